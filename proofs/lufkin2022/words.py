"""Word vectors from a text, by counting; and maps of words.

A word is described by the words within a few places of it: positive pointwise mutual information, reduced by a singular
value decomposition. The text is split in two halves. Vectors of the first train a map; those of the second, which the
map has never seen, say whether neighbours on it have similar meanings.
"""

from __future__ import annotations

import importlib.util
import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from fa_theory.errors import InputError
from fa_theory.model.ball import Array

from .maps import MapPlan, TopographicMap, trained
from .topography import Order

WORD = re.compile(r"[a-z]{3,}")
LEAST = 200
"""Words of the vocabulary below which there is no map to speak of."""
BLOCK = 400
"""Words in a passage; passages go to the two halves in turn."""


@dataclass(frozen=True)
class Corpus:
    """A text as words, and where it is from."""

    words: tuple[str, ...]
    provenance: str


def python_reference() -> Corpus:
    """The topics of the Python language reference, which come with Python.

    Raises
    ------
    InputError
        If this Python has been installed without them.
    """
    try:
        from pydoc_data.topics import topics
    except ImportError:
        raise InputError("this Python has no pydoc_data; name a text with --corpus FILE") from None
    text = "\n".join(topics[name] for name in sorted(topics))
    return _corpus(text, f"the Python language reference, {len(topics)} topics")


def lee_background() -> Corpus:
    """The 300 news documents of Lee et al. in the test data of gensim.

    Raises
    ------
    InputError
        If gensim is not installed, or without its test data.
    """
    found = importlib.util.find_spec("gensim")
    if found is None or found.origin is None:
        raise InputError("gensim is not installed; install fa-theory[text], or name a text with --corpus FILE")
    path = Path(found.origin).parent / "test" / "test_data" / "lee_background.cor"
    if not path.is_file():
        raise InputError(f"{path.name} is not part of this gensim; name a text with --corpus FILE")
    return _corpus(path.read_text(encoding="utf-8"), "the Lee background corpus, 300 news documents")


def from_file(path: Path) -> Corpus:
    """The text of a file.

    Raises
    ------
    InputError
        If it cannot be read as UTF-8.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as why:
        raise InputError(f"{path} cannot be read as UTF-8 text: {why}") from None
    return _corpus(text, path.name)


def _corpus(text: str, provenance: str) -> Corpus:
    words = tuple(WORD.findall(text.lower()))
    return Corpus(words, f"{provenance}, {len(words)} words")


@dataclass(frozen=True, eq=False)
class WordVectors:
    """Vectors of the same words from two halves of a text.

    Attributes
    ----------
    vocabulary
        The words, the most frequent first.
    train, held_out
        Vectors of norm 1 by rows, ``(V, d)``.
    """

    vocabulary: tuple[str, ...]
    train: Array
    held_out: Array


def vectors(
    corpus: Corpus, *, vocabulary: int = 400, skipped: int = 60, contexts: int = 1000, window: int = 4, d: int = 40
) -> WordVectors:
    """Count, weight and reduce.

    Parameters
    ----------
    vocabulary
        Largest number of words: the most frequent but for the ``skipped`` first, each at least 5 times in both halves.
    contexts
        Number of context words, the most frequent.
    window
        Places to the left and to the right that count.
    d
        Length of the vectors.

    Raises
    ------
    InputError
        If fewer than 200 words are frequent enough.
    """
    words = corpus.words
    half = np.arange(len(words)) // BLOCK % 2
    counts = Counter(words)
    parts = [Counter(w for w, h in zip(words, half, strict=True) if h == side) for side in (0, 1)]
    order = sorted(counts, key=lambda w: (-counts[w], w))
    chosen = [w for w in order[skipped:] if min(parts[0][w], parts[1][w]) >= 5][:vocabulary]
    if len(chosen) < LEAST:
        raise InputError(
            f"{corpus.provenance}: only {len(chosen)} words occur 5 times in both halves, and a map needs {LEAST}; "
            "give a longer text"
        )
    columns = {w: k for k, w in enumerate(order[:contexts])}
    rows = {w: k for k, w in enumerate(chosen)}
    row = np.array([rows.get(w, -1) for w in words])
    column = np.array([columns.get(w, -1) for w in words])
    halves = []
    for side in (0, 1):
        table = np.zeros((len(chosen), len(columns)))
        for offset in range(1, window + 1):
            for a, b in ((slice(None, -offset), slice(offset, None)), (slice(offset, None), slice(None, -offset))):
                both = (row[a] >= 0) & (column[b] >= 0) & (half[a] == side) & (half[b] == side)
                np.add.at(table, (row[a][both], column[b][both]), 1)
        halves.append(_reduced(table, d))
    return WordVectors(tuple(chosen), *halves)


def _reduced(table: Array, d: int) -> Array:
    """Positive pointwise mutual information, its first singular vectors, rows of norm 1."""
    total = table.sum()
    expected = table.sum(axis=1, keepdims=True) * table.sum(axis=0, keepdims=True) / max(total, 1.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        information = np.where(table > 0, np.log(np.where(table > 0, table, 1) / np.maximum(expected, 1e-12)), 0)
    left, values, _ = np.linalg.svd(np.maximum(information, 0), full_matrices=False)
    found = left[:, :d] * np.sqrt(values[:d])
    found = found - found.mean(axis=0)
    normalised: Array = found / np.maximum(np.linalg.norm(found, axis=1, keepdims=True), 1e-12)
    return normalised


def word_map(plan: MapPlan, known: WordVectors, rng: np.random.Generator) -> TopographicMap:
    """A map trained on the vectors of the first half, each word as often as any other."""

    def sample(rng: np.random.Generator, count: int) -> Array:
        found: Array = known.train[rng.integers(len(known.train), size=count)]
        return found

    return trained(plan, sample, known.train.shape[1], rng)


def places(trained_: TopographicMap, known: WordVectors) -> Array:
    """Where each word stands, ``(V, 2)``: row and column of the neuron that answers most."""
    best = np.argmax(known.train @ trained_.Phi, axis=1)
    return np.stack(np.divmod(best, trained_.plan.side), axis=1)


def distances(at: Array, side: int) -> Array:
    """Distances of words on the torus, ``(V, V)``: the larger of the two displacements."""
    gap = np.abs(at[:, None, :] - at)
    found: Array = np.max(np.minimum(gap, side - gap), axis=2)
    return found


def meaning(at: Array, known: WordVectors, side: int, rng: np.random.Generator, shuffles: int = 199) -> Order:
    """Whether words of adjacent neurons are alike in the half of the text that the map has not seen.

    Words of the same neuron do not count: any clustering makes those alike, with or without a map.
    """
    near = np.triu(distances(at, side) == 1, 1)
    alike = known.held_out @ known.held_out.T
    found = float(alike[near].mean())
    null = []
    for _ in range(shuffles):
        order = rng.permutation(len(at))
        null.append(float(alike[np.ix_(order, order)][near].mean()))
    p = (1 + sum(value >= found for value in null)) / (1 + shuffles)
    return Order(found, float(np.mean(null)), float(np.std(null)), p)


def nearest(word: str, at: Array, known: WordVectors, side: int, count: int = 6) -> list[str]:
    """The words that stand nearest to a word; among equals, those of the most similar vectors.

    Raises
    ------
    InputError
        If the word is not in the vocabulary.
    """
    if word not in known.vocabulary:
        raise InputError(f"the vocabulary has no word {word!r}; it begins with {', '.join(known.vocabulary[:8])}, …")
    k = known.vocabulary.index(word)
    away = distances(at, side)[k] - 0.01 * known.train @ known.train[k]
    away[k] = np.inf
    return [known.vocabulary[int(i)] for i in np.argsort(away, kind="stable")[:count]]


def titles(trained_: TopographicMap, known: WordVectors) -> list[str]:
    """The word to which each neuron answers most, ``side²`` of them."""
    return [known.vocabulary[int(k)] for k in np.argmax(known.train @ trained_.Phi, axis=0)]
