"""Sharp inequalities between quantities of a network, found on samples: ``A ≤ p^α n^β B C`` and ``A ≤ B + C``.

All products and sums of a library of quantities are compared with each quantity on thousands of networks: draws from
the domain, structured ones, and both at many scales. What holds on all of them and is attained up to `SHARP` on some is
a candidate. Of these only such are kept as bound a quantity better than all others kept, on some of the networks (the
rule of TxGraffiti). Nothing found is true because of this: candidates are to be attacked and proved.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations_with_replacement, product
from typing import Any

import numpy as np
from numpy.typing import NDArray

import fa_theory.conjectures as language
from fa_theory.conjectures import Domain, Expr, conjecture
from fa_theory.conjectures.language.evaluate import Evaluator
from fa_theory.conjectures.language.nearby import shaken
from fa_theory.conjectures.language.networks import Networks
from fa_theory.conjectures.search.families import structured
from fa_theory.conjectures.search.shapes import shapes
from fa_theory.errors import InputError

Floats = NDArray[np.float64]
SHARP, ROUNDING = 0.999, 1e-9
"""The largest ratio of the sides must be in [SHARP, 1 + ROUNDING]."""
POWERS = tuple(Fraction(i, 2) for i in (-2, -1, 0, 1, 2))
BETTER = 0.002
"""Share of the networks on which a bound must be the best of its quantity."""
EACH = 160
"""Networks of a shape."""
LIBRARY: dict[str, str] = {
    "‖X‖": "norm(run.X)",
    "‖X‖₂": "spectral_norm(run.X)",
    "‖y‖": "norm(run.y)",
    "‖b‖": "norm(run.b)",
    "‖β‖": "norm(run[0].beta)",
    "‖W‖": "norm(run[0].W)",
    "‖W‖₂": "spectral_norm(run[0].W)",
    "|b·β|": "abs(inner(run.b, run[0].beta))",
    "max ‖w_r‖": "largest(row_norms(run[0].W))",
    "‖Ψ‖": "norm(run[0].features)",
    "‖Ψ‖₂": "spectral_norm(run[0].features)",
    "‖f‖": "norm(run[0].output)",
    "‖e‖": "norm(run[0].error)",
    "tr G": "trace(run[0].G)",
    "λ_max(G)": "eigmax(run[0].G)",
    "‖G‖": "norm(run[0].G)",
    "‖∇_W L‖": "norm(run[0].gradient_W)",
    "‖Δ_W‖": "norm(run[0].feedback_W)",
    "‖∇_β L‖": "norm(run[0].gradient_beta)",
    "|⟨∇_W L, Δ_W⟩|": "abs(inner(run[0].gradient_W, run[0].feedback_W))",
}
"""Quantities of the start, by their symbols: formulas of the language of conjectures."""
AFTER_A_STEP: dict[str, str] = {
    "‖W(1) − W(0)‖": "norm(run[1].W - run[0].W)",
    "‖β(1) − β(0)‖": "norm(run[1].beta - run[0].beta)",
    "‖f(1) − f(0)‖": "norm(run[1].output - run[0].output)",
    "η": "run.eta",
}
"""Further ones where the domain has a step."""


Watch = Callable[[int, int, str], None]
"""Told how much is done, of how much, and what."""


def silent(done: int, total: int, label: str) -> None:
    """Tell nobody."""


@dataclass(frozen=True)
class Inequality:
    """``left ≤ p^α n^β · first · second``, or ``left ≤ first + second``.

    Attributes
    ----------
    left, right
        Symbols of quantities; one or two on the right.
    powers
        Exponents of p and n; not used for a sum.
    plus
        Whether it is a sum.
    largest, typical
        The largest ratio of the sides on the samples, and the median.
    where
        The sizes at which it is largest.
    """

    left: str
    right: tuple[str, ...]
    powers: tuple[Fraction, Fraction] = (Fraction(0), Fraction(0))
    plus: bool = False
    largest: float = 0.0
    typical: float = 0.0
    where: str = ""

    def __str__(self) -> str:
        sizes = [_power(size, x) for size, x in zip("pn", self.powers, strict=True) if x]
        right = " + ".join(self.right) if self.plus else " · ".join([*sizes, *self.right])
        return f"{self.left} ≤ {right}"

    def source(self, library: dict[str, str]) -> str:
        """As a line of a conjecture; sizes with negative powers stand on the left."""
        left, right = [library[self.left]], [library[name] for name in self.right]
        if self.plus:
            return f"{left[0]} <= {' + '.join(right)}"
        for size, x in zip(("run.p", "run.n"), self.powers, strict=True):
            if x:
                factor = size if abs(x) == 1 else f"sqrt({size})"
                (right if x > 0 else left).append(factor)
        return f"{' * '.join(left)} <= {' * '.join(right)}"


def _power(size: str, x: Fraction) -> str:
    return size if x == 1 else f"{size}^({x})" if x < 0 or x.denominator > 1 else f"{size}^{x}"


@dataclass(frozen=True)
class Sampled:
    """The values of all quantities on the sampled networks.

    Attributes
    ----------
    library
        The source of each quantity, by symbol.
    values
        ``(m,)`` for each symbol.
    p, n
        Sizes of the networks, ``(m,)``.
    shapes
        The size of each network in words.
    """

    library: dict[str, str]
    values: dict[str, Floats]
    p: Floats
    n: Floats
    shapes: list[str]


def sampled(domain: Domain, rng: np.random.Generator, *, watch: Watch = silent) -> Sampled:
    """Evaluate all quantities on networks of the domain.

    Raises
    ------
    InputError
        If a quantity is not defined for the networks of the domain.
    """
    library = LIBRARY | (AFTER_A_STEP if domain.whole("steps")[1] else {})
    made = conjecture(domain)(lambda run: run.eta)
    run = made.run
    names: dict[str, Any] = {name: getattr(language, name) for name in language.__all__}
    formulas: dict[str, Expr] = {symbol: eval(code, names, {"run": run}) for symbol, code in library.items()}
    found: dict[str, list[Floats]] = {symbol: [] for symbol in library}
    p: list[Floats] = []
    n: list[Floats] = []
    where: list[str] = []
    chosen = shapes(domain)
    for i, shape in enumerate(chosen):
        watch(i, len(chosen), f"n = {shape.n}, d = {shape.d}, p = {shape.p}")
        for batch in _networks(domain, shape, rng):
            evaluation = Evaluator(batch)
            values = {symbol: evaluation(formula) for symbol, formula in formulas.items()}
            finite = np.all([np.isfinite(v) & (v < 1e100) for v in values.values()], axis=0)
            for symbol, value in values.items():
                found[symbol].append(value[finite])
            p.append(np.full(finite.sum(), float(shape.p)))
            n.append(np.full(finite.sum(), float(shape.n)))
            where += [f"n = {shape.n}, d = {shape.d}, p = {shape.p}, {shape.activation}"] * int(finite.sum())
    joined = {symbol: np.concatenate(parts) for symbol, parts in found.items()}
    if not len(where):
        raise InputError("no network of the domain has finite quantities")
    return Sampled(library, joined, np.concatenate(p), np.concatenate(n), where)


def _networks(domain: Domain, shape: Any, rng: np.random.Generator) -> Iterator[Networks]:
    """Draws, structured networks, and both at other scales."""
    for made in (domain.sample(shape, rng, EACH), structured(domain, shape, rng, EACH)):
        yield made
        scales = {name: 10.0 ** rng.uniform(-2, 2, len(made)) for name in ("X", "y", "W", "beta", "b")}
        scaled = {
            name: getattr(made, name) * s.reshape(-1, *[1] * (getattr(made, name).ndim - 1))
            for name, s in scales.items()
        }
        yield domain.project(made.replace(**scaled))
        yield shaken(domain, made, rng, 0.01)


def candidates(data: Sampled, *, watch: Watch = silent) -> list[Inequality]:
    """Inequalities that hold on all samples and are attained on some."""
    found: list[Inequality] = []
    exponents = [POWERS if (size > 1).any() else (Fraction(0),) for size in (data.p, data.n)]
    sizes = {(a, b): data.p ** float(a) * data.n ** float(b) for a, b in product(*exponents)}
    pairs = [(name,) for name in data.values] + list(combinations_with_replacement(data.values, 2))
    for i, left in enumerate(data.values):
        watch(i, len(data.values), left)
        for right in pairs:
            if left in right:
                continue
            whole = np.prod([data.values[name] for name in right], axis=0)
            ratio = _ratio(data.values[left], whole)
            for powers, size in sizes.items():
                scaled = None if ratio is None else ratio / size
                made = _sharp(left, right, scaled, data, powers=powers)
                found += [made] if made is not None else []
            if len(right) == 2 and right[0] != right[1]:
                total = data.values[right[0]] + data.values[right[1]]
                made = _sharp(left, right, _ratio(data.values[left], total), data, plus=True)
                found += [made] if made is not None else []
    return found


def _ratio(left: Floats, right: Floats) -> Floats | None:
    """``left / right``, 0 where both vanish; None if only the right side does."""
    tiny = 1e-12 * max(float(np.max(right)), 1e-300)
    zero = right <= tiny * 1e-100
    if (left[zero] > 1e-9).any():
        return None
    return np.where(zero, 0.0, left / np.where(zero, 1.0, right))


def _sharp(
    left: str,
    right: tuple[str, ...],
    ratio: Floats | None,
    data: Sampled,
    *,
    powers: tuple[Fraction, Fraction] = (Fraction(0), Fraction(0)),
    plus: bool = False,
) -> Inequality | None:
    if ratio is None:
        return None
    i = int(np.argmax(ratio))
    if not SHARP <= ratio[i] <= 1 + ROUNDING:
        return None
    return Inequality(left, right, powers, plus, float(ratio[i]), float(np.median(ratio)), data.shapes[i])


def reduced(data: Sampled, found: Sequence[Inequality]) -> list[Inequality]:
    """Those that bound their quantity better than all others kept, on some networks; the tightest first."""
    kept: list[Inequality] = []
    for left in dict.fromkeys(each.left for each in found):
        best = np.full(len(data.p), np.inf)
        rivals = sorted(
            (each for each in found if each.left == left), key=lambda each: (-each.typical, len(each.right))
        )
        for each in rivals:
            bound = _bound(data, each)
            if np.mean(bound < best * (1 - 1e-6)) > BETTER:
                kept.append(each)
                best = np.minimum(best, bound)
    return sorted(kept, key=lambda each: -each.typical)


def _bound(data: Sampled, each: Inequality) -> Floats:
    parts = [data.values[name] for name in each.right]
    if each.plus:
        return np.asarray(np.sum(parts, axis=0))
    a, b = each.powers
    return np.asarray(np.prod(parts, axis=0) * data.p ** float(a) * data.n ** float(b))
