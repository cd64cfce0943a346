"""Structured networks, which have probability 0 under a continuous distribution: degenerate, aligned, and simple ones,
and very small or large ones.

Every network of a batch gets a few changes, chosen at random, so that rare conditions are combined: for example, nearly
collinear inputs with b opposite to β. The result is projected onto the domain.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from fa_theory.conjectures.language import effort
from fa_theory.conjectures.language.domain import Domain
from fa_theory.conjectures.language.networks import Networks, NetworkShape
from fa_theory.model.ball import Array

from .shapes import batch, shapes

Change = Callable[[Array, np.random.Generator], Array]
"""Changes arrays ``(m, ...)`` of m networks."""
Relation = Callable[[Networks, np.random.Generator], dict[str, Array]]
"""Ties one part of networks to others."""


VARIED = 600.0
"""Units of work (`effort`) for a batch."""
MIXED = 4
"""Number of changes, and of relations, in a batch."""


def structured(domain: Domain, shape: NetworkShape, rng: np.random.Generator, count: int) -> Networks:
    """Networks of many families: half of them of small integers, half changed at random."""
    drawn = domain.sample(shape, rng, count)
    half = count // 2
    return domain.project(Networks.join([simple(domain, drawn[:half], rng), varied(drawn[half:], rng)]))


def opening(domain: Domain, rng: np.random.Generator) -> Networks:
    """A few networks of the smallest shape, half of them of small integers."""
    shape = domain.smallest() if domain.contains_shape(domain.smallest()) else shapes(domain)[0]
    drawn = domain.sample(shape, rng, min(16, batch(shape)))
    half = len(drawn) // 2
    parts = {name: _integers(getattr(drawn[:half], name), rng) for name in _arrays(drawn)}
    return domain.project(Networks.join([drawn[:half].replace(**parts), drawn[half:]]))


def simple(domain: Domain, networks: Networks, rng: np.random.Generator) -> Networks:
    """Networks of integers between −2 and 2, with η and λ at the ends of their ranges or round numbers between."""
    parts = {name: _integers(getattr(networks, name), rng) for name in _arrays(networks)}
    return _few(networks.replace(**parts, **_rates(domain, networks, rng)), rng)


def _few(networks: Networks, rng: np.random.Generator) -> Networks:
    """Tie some parts to others in about every second network."""
    for i in rng.permutation(len(RELATIONS))[:MIXED]:
        networks = _some(networks, RELATIONS[i], rng, 0.2)
    return networks


def varied(networks: Networks, rng: np.random.Generator) -> Networks:
    """Apply at most one random change to every array of every network, and then some relations."""
    effort.spend(VARIED + 0.1 * networks.X.size)
    parts = {name: _changed(getattr(networks, name), rng) for name in _arrays(networks)}
    return _few(networks.replace(**parts), rng)


def _changed(array: Array, rng: np.random.Generator) -> Array:
    """One change for two of three networks, from a few drawn for the batch, since many would take longer."""
    array = array.copy()
    chosen = rng.integers(-MIXED // 2, MIXED, len(array))
    for i, change in enumerate(rng.permutation(len(CHANGES))[:MIXED]):
        hit = np.flatnonzero(chosen == i)
        if len(hit):
            array[hit] = CHANGES[change](array[hit], rng)
    return array


def _some(networks: Networks, relate: Relation, rng: np.random.Generator, share: float) -> Networks:
    hit = rng.random(len(networks)) < share
    if not hit.any():
        return networks
    parts = {}
    for name, values in relate(networks[hit], rng).items():
        parts[name] = getattr(networks, name).copy()
        parts[name][hit] = values
    return networks.replace(**parts)


def _rates(domain: Domain, networks: Networks, rng: np.random.Generator) -> dict[str, Array]:
    made = {}
    for name in ("eta", "lam"):
        low, high = domain.real(name)
        rounded = 2.0 ** np.round(np.log2(np.maximum(getattr(networks, name), 1e-9)))
        ends = rng.choice([low, high], len(networks))
        made[name] = np.where(rng.random(len(networks)) < 0.5, ends, rounded)
    return made


# changes of one array


def _column(rng: np.random.Generator, array: Array) -> Array:
    """A power of ten for every network."""
    scale: Array = 10.0 ** rng.uniform(-2, 2, (len(array), *[1] * (array.ndim - 1)))
    return scale


def _integers(array: Array, rng: np.random.Generator) -> Array:
    largest = rng.integers(1, 3, (len(array), *[1] * (array.ndim - 1)))
    drawn: Array = rng.integers(-largest, largest + 1, array.shape).astype(float)
    return drawn


def _sparse(array: Array, rng: np.random.Generator) -> Array:
    return array * (rng.random(array.shape) < 0.5)


def _equal_rows(array: Array, rng: np.random.Generator) -> Array:
    """Repeat the first row (entry), exactly, up to signs, or nearly."""
    kind = rng.integers(3, size=len(array)).reshape(-1, *[1] * (array.ndim - 1))
    signs = np.where(kind == 1, rng.choice([-1.0, 1.0], (len(array), array.shape[1], *[1] * (array.ndim - 2))), 1)
    noise = np.where(kind == 2, 10.0 ** rng.uniform(-4, -1, (len(array), *[1] * (array.ndim - 1))), 0)
    rows: Array = signs * array[:, :1] + noise * array
    return rows


def _lower_rank(array: Array, rng: np.random.Generator) -> Array:
    """Make the last row a sum of the others."""
    array = array.copy()
    if array.shape[1] > 1:
        array[:, -1] = array[:, :-1].sum(axis=1)
    return array


def _orthonormal(array: Array, rng: np.random.Generator) -> Array:
    if array.ndim == 2:
        return np.asarray(array / np.maximum(np.linalg.norm(array, axis=1, keepdims=True), 1e-9))
    u, _, vt = np.linalg.svd(array, full_matrices=False)
    return np.asarray(u @ vt)


def _heavy(array: Array, rng: np.random.Generator) -> Array:
    return array / np.maximum(abs(rng.standard_normal(array.shape)), 1e-3)


def _one_zero(array: Array, rng: np.random.Generator) -> Array:
    array = array.copy()
    array[:, rng.integers(array.shape[1])] = 0
    return array


def _frames(array: Array, rng: np.random.Generator) -> Array:
    """Identity matrices, permutations, rows of a Hadamard matrix, one-hot and rank-one arrays."""
    rows, columns = (*array.shape[1:], 1)[:2]
    made = np.zeros((len(array), rows, columns))
    for one in made:
        kind = rng.integers(5)
        if kind == 0:
            np.fill_diagonal(one, 1)
        elif kind == 1:
            one[np.arange(min(rows, columns)), rng.permutation(columns)[: min(rows, columns)]] = 1
        elif kind == 2:
            one[:] = _hadamard(rows, columns)
        elif kind == 3:
            one[rng.integers(rows), rng.integers(columns)] = 1
        else:
            one[:] = np.outer(rng.integers(-1, 2, rows), rng.integers(-1, 2, columns))
    return made.reshape(array.shape)


def _hadamard(rows: int, columns: int) -> Array:
    """The first rows and columns of a Hadamard matrix."""
    size = 1 << (max(rows, columns) - 1).bit_length()
    i, j = np.arange(size)[:rows, None], np.arange(size)[None, :columns]
    bits = i & j
    parity = np.zeros_like(bits)
    while bits.any():
        parity ^= bits & 1
        bits = bits >> 1
    signs: Array = 1.0 - 2.0 * parity
    return signs


CHANGES: Sequence[Change] = (
    _frames,
    _integers,
    _sparse,
    _equal_rows,
    _lower_rank,
    _orthonormal,
    _heavy,
    _one_zero,
    lambda array, rng: np.zeros_like(array),
    lambda array, rng: array * _column(rng, array),
    lambda array, rng: rng.choice([-1.0, 1.0], array.shape),
    lambda array, rng: abs(array),
    lambda array, rng: -abs(array),
)
ARRAYS = ("X", "y", "W", "beta", "b")


def _arrays(networks: Networks) -> tuple[str, ...]:
    return (*ARRAYS, *(("more",) if networks.more.size else ()))


# relations between arrays


def _signs(networks: Networks, rng: np.random.Generator, opposite: bool) -> dict[str, Array]:
    scale = _column(rng, networks.b) if rng.random() < 0.5 else 1.0
    return {"b": (-1.0 if opposite else 1.0) * scale * networks.beta}


def _feedback_signs(networks: Networks, rng: np.random.Generator) -> dict[str, Array]:
    """b with the signs of β, or the opposite ones."""
    return {"b": rng.choice([-1.0, 1.0]) * np.sign(networks.beta) * abs(networks.b)}


def _orthogonal_feedback(networks: Networks, rng: np.random.Generator) -> dict[str, Array]:
    """b orthogonal to β."""
    axes = tuple(range(1, networks.b.ndim))
    along = np.sum(networks.b * networks.beta, axis=axes, keepdims=True)
    square = np.sum(networks.beta**2, axis=axes, keepdims=True)
    return {"b": networks.b - along / np.maximum(square, 1e-30) * networks.beta}


def _fitted(networks: Networks, rng: np.random.Generator) -> dict[str, Array]:
    """Targets near the output, equal to it, or opposite."""
    with np.errstate(all="ignore"):
        state = networks.states[0]
        output = state.readout(state.psi.value(state.preactivations(networks.X)))
    factor = rng.choice([0.0, 0.5, 1.0, 1.0, 2.0, -1.0], (len(output), *[1] * (output.ndim - 1)))
    noise = 10.0 ** rng.uniform(-3, 0) * networks.y if rng.random() < 0.5 else 0
    return {"y": factor * output + noise}


def _neurons_along_inputs(networks: Networks, rng: np.random.Generator) -> dict[str, Array]:
    """Neurons that are inputs, up to sign."""
    chosen = rng.integers(networks.shape.n, size=networks.shape.p)
    signs = rng.choice([-1.0, 1.0], (len(networks), networks.shape.p, 1))
    return {"W": signs * networks.X[:, chosen]}


def _neurons_at_kinks(networks: Networks, rng: np.random.Generator) -> dict[str, Array]:
    """Neurons orthogonal to an input, exactly where the numbers allow: two of its coordinates, turned."""
    X, W = networks.X, np.zeros_like(networks.W)
    d = networks.shape.d
    if d == 1:
        return {"W": W}
    for r in range(networks.shape.p):
        i, j = rng.choice(d, 2, replace=False)
        row = X[:, rng.integers(networks.shape.n)]
        W[:, r, i], W[:, r, j] = row[:, j], -row[:, i]
    return {"W": W}


def _all_frames(networks: Networks, rng: np.random.Generator) -> dict[str, Array]:
    """Inputs and weights that are both simple matrices, such as identities."""
    return {"X": _frames(networks.X, rng), "W": _frames(networks.W, rng)}


RELATIONS: Sequence[Relation] = (
    _all_frames,
    lambda networks, rng: _signs(networks, rng, opposite=False),
    lambda networks, rng: _signs(networks, rng, opposite=True),
    _feedback_signs,
    _orthogonal_feedback,
    _fitted,
    _neurons_along_inputs,
    _neurons_at_kinks,
)
