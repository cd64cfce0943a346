"""L4: words of similar meaning stand next to each other, judged by text that the map has not seen."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np

from fa_theory.claims.claim import Bound, Check, CheckOutcome, Claim, Fidelity, Hypothesis, Kind, Source
from fa_theory.claims.procedure import Context, Trials
from fa_theory.claims.procedures import Planned
from fa_theory.errors import InputError

from .energy import CODING
from .maps import MapPlan
from .patterns import ABSTRACT
from .topography import correlations, permutation_test
from .words import BLOCK, Corpus, WordVectors, meaning, nearest, places, python_reference, vectors, word_map

SIDE = 8
SMALL = MapPlan(side=SIDE, steps=80, batch=50, inference=20)
LEVEL = 0.01
DELTA = 0.3


@cache
def known() -> WordVectors:
    """Vectors of the Python language reference."""
    return vectors(python_reference())


def meaningful(p: int, rng: np.random.Generator, *, shuffled: bool = False) -> bool:
    """Whether adjacent neurons have similar receptive fields, and their words similar meanings in the other half."""
    given = known()
    if shuffled:  # words trade their vectors in the half that the map has not seen
        given = replace(given, held_out=given.held_out[rng.permutation(len(given.held_out))])
    found = word_map(replace(SMALL, side=p), given, rng)
    order = meaning(places(found, given), given, p, rng)
    return max(order.p, permutation_test(correlations(found.Phi), p, rng).p) <= LEVEL


MEANING = Planned(meaningful, (SIDE,), Trials(15, 60, 300), DELTA, "neighbours have similar meanings", name="word maps")


def _short(context: Context) -> CheckOutcome:
    try:
        vectors(Corpus(("word",) * 1000, "one word"))
    except InputError as why:
        return CheckOutcome(True, str(why))
    return CheckOutcome(False, "a text of one word gave vectors")


def _no_meaning(context: Context) -> CheckOutcome:
    rng, given = context.rng("random"), known()
    random = replace(given, held_out=rng.standard_normal(given.held_out.shape))
    order = meaning(places(word_map(SMALL, given, rng), given), random, SIDE, rng)
    return CheckOutcome(order.p > 0.001, f"random vectors: similarity {order.similarity:+.4f}, p = {order.p:.3f}")


def _shown(context: Context) -> CheckOutcome:
    rng, given = context.rng("map"), known()
    found = word_map(SMALL, given, rng)
    at = places(found, given)
    order = meaning(at, given, SIDE, rng)
    word = given.vocabulary[10]
    close = ", ".join(nearest(word, at, given, SIDE, 4))
    return CheckOutcome(
        order.p <= LEVEL,
        f"similarity {order.similarity:.3f}, shuffled {order.null:+.3f} ± {order.deviation:.3f}; by “{word}”: {close}",
    )


text_map = Claim(
    id="lufkin2022.text-map",
    title="Words form a map whose neighbours have similar meanings",
    kind=Kind.CONJECTURE,
    bound=Bound.PROBABILITY,
    summary="Words at adjacent neurons are alike in text that the map has not seen, beyond shuffled words.",
    statement=rf"""Train a map of {SIDE} × {SIDE} neurons on vectors of 400 words from one half of a text, the
reference of the Python language. With probability at least ${1 - DELTA:g}$ over starts: neighbouring receptive
fields correlate more than in shuffled maps, and words of adjacent neurons are more alike in the other half of the
text than if words are shuffled (permutation tests at the level {LEVEL:g}). Words of the same neuron do not count.""",
    hypotheses=(
        CODING,
        Hypothesis(
            "word vectors",
            "positive pointwise mutual information with words at most $4$ places away, reduced to $40$ dimensions; "
            f"passages of ${BLOCK}$ words go to the two halves in turn",
        ),
    ),
    source=Source(
        "lufkin2022",
        "experiments with natural language text",
        Fidelity.ADAPTED,
        f"On a text that comes with Python, with words judged by its other half. {ABSTRACT}",
        proved=False,
    ),
    uses=("lufkin2022.energy-descent",),
    probability=1 - DELTA,
    procedures=(MEANING,),
    mutants=(
        MEANING.elsewhere(
            "shuffled meanings",
            "the same with the words of the other half shuffled",
            lambda p, rng: meaningful(p, rng, shuffled=True),
            8,
        ),
        MEANING.stronger("more than the trials show", "failure probability 1e-4", 1e-4),
    ),
    degenerate=(
        Check("one word", "a text without a vocabulary", _short),
        Check("random vectors", "a second half without meaning", _no_meaning),
    ),
    witness=Check("non-vacuity", "a map, and the neighbours of a word", _shown),
)
