"""The domain of a conjecture: the networks, data and runs it is about, and the distribution they are drawn from.

A domain is both a set and a distribution. As a *set* it contains the networks that a statement "for all networks"
covers: ``gaussian`` inputs and weights may be any real numbers, ``sphere`` inputs any of norm 1, and so on. As a
*distribution* it defines how a network is drawn at random. The checker verifies that a counterexample lies in the set.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from fractions import Fraction
from typing import Any

import numpy as np

from fa_theory.checker.counterexample.formula import is_name
from fa_theory.checker.counterexample.membership import BOUNDED, OPTIONAL, RESERVED
from fa_theory.checker.counterexample.rules import FEEDBACK as CHECKED_RULES
from fa_theory.checker.ranges import ACTIVATIONS
from fa_theory.errors import InputError
from fa_theory.model.ball import Array
from fa_theory.model.rules import Rule

from . import effort
from .literal import rational
from .networks import Axes, Networks, NetworkShape

INPUTS = ("gaussian", "sphere", "ball", "orthonormal")
TARGETS = ("gaussian", "zero", "bounded")
FEEDBACK = ("gaussian", "sign", "tied")
RULES = tuple(CHECKED_RULES)
"""Those under which the checker can run a counterexample."""

SHAPE, SAMPLE, DRAWN, PROJECT, PROJECTED, DECOMPOSED = 15.0, 60.0, 0.015, 60.0, 0.005, 20.0
"""Units of work (`effort`): for a shape; for a batch and every number drawn; for a batch and every number brought into
the domain; for every matrix made orthonormal."""

Whole = int | tuple[int, int]
Real = float | Fraction | tuple[float | Fraction, float | Fraction]


GIVEN = "given"


class GivenArray(str):
    """What ``inputs`` and ``targets`` are called where the user gives the numbers themselves, in rationals."""

    numbers: Array

    @staticmethod
    def of(value: object, name: str) -> GivenArray:
        """The numbers as rationals."""
        made = np.array(value, dtype=object)
        try:
            rationals = [rational(x) for x in made.flat]
        except (TypeError, ValueError, OverflowError):
            raise InputError(f"domain: {name} is a name or an array of finite numbers, not {value!r}"[:300]) from None
        given = GivenArray(GIVEN)
        given.numbers = np.array(rationals, dtype=object).reshape(made.shape)
        return given


@dataclass(frozen=True)
class Domain:
    """The networks that a conjecture is about. A pair ``(low, high)`` is a range, both ends included.

    Numbers have the value that is written: ``eta=0.1`` is 1/10 in proofs and counterexamples, not the nearest float64.

    Attributes
    ----------
    n, d, p
        Samples, input dimension, width.
    k
        Outputs. None: one output, with y of shape (n,) and β, b of shape (p,).
    activation
        One name or several; see `fa_theory.checker.ranges.ACTIVATIONS`.
    steps
        Number of steps T.
    eta, lam, cutoff
        Step size η > 0; regularisation λ ≥ 0, for the first ``cutoff`` steps (None: in all steps).
    rule
        ``fa``, ``bp``, ``dfa`` (the same as ``fa`` in a two-layer network), or ``sign``: sign-symmetric feedback
        ``|b| sign β(t)`` (Moskovitz et al. 2018). A `Rule` may be given instead of its name.
    inputs
        ``gaussian``: any real inputs, drawn from N(0, 1). ``sphere``: rows of norm 1. ``ball``: rows of norm at most 1.
        ``orthonormal``: ``XXᵀ = I``, which needs n ≤ d.
    targets
        ``gaussian``: any real targets, drawn from N(0, 1). ``zero``: y = 0. ``bounded``: |y| ≤ 1.
    feedback
        ``gaussian``: any real b, drawn from N(0, 1). ``sign``: entries ±1. ``tied``: b = β(0).
        Instead of a name, the user's own arrays: inputs (n, d), and targets (n,) or (n, k), which are then the same for
        all networks, in the numbers as written.
    W_scale, beta_scale
        Standard deviation of the initial weights, which may be any real numbers; 0: they are zero.
    arrays
        Further arrays of any real numbers, drawn from N(0, 1), by name: ``{"V": ("p", "d")}``, with the sizes n, d, p,
        k or numbers; see `Run.array`. For test points, teachers, noise, and the layers of deep networks.
    bounds
        Largest Euclidean norms of X, y, W, beta, b, by name. Those drawn larger are rescaled to this norm.
    alignment
        The ends (low, high) of cos∠(b, β(0)), low < high; it is drawn between them, and b is turned accordingly.

    Raises
    ------
    InputError
        If a value is invalid.

    Examples
    --------
    >>> domain = Domain(n=(1, 3), d=2, p=(1, 8), activation=("linear", "tanh"), eta=(0.01, 1.0))
    >>> domain.smallest()
    NetworkShape(n=1, d=2, p=1, k=None, activation='linear', steps=1)
    >>> Domain(n=2, d=2, p=4, eta=0)
    Traceback (most recent call last):
    ...
    fa_theory.errors.InputError: domain: expected eta > 0 but got 0
    """

    n: Whole
    d: Whole
    p: Whole
    k: Whole | None = None
    activation: str | tuple[str, ...] = "linear"
    steps: Whole = 1
    eta: Real = (0.01, 1.0)
    lam: Real = 0.0
    cutoff: int | None = None
    rule: str = "fa"
    inputs: Any = "gaussian"
    targets: Any = "gaussian"
    feedback: str = "gaussian"
    W_scale: float = 1.0
    beta_scale: float = 1.0
    arrays: Mapping[str, Axes] = field(default_factory=dict, hash=False)
    bounds: Mapping[str, float] = field(default_factory=dict, hash=False)
    alignment: tuple[float | Fraction, float | Fraction] | None = None

    def __post_init__(self) -> None:
        self._fix_data()
        self._check_arrays()
        if isinstance(self.rule, Rule):
            object.__setattr__(self, "rule", self.rule.name)
        for name in ("n", "d", "p", "k", "steps"):
            if name != "k" or self.k is not None:
                low, high = self.whole(name)
                if not (0 if name == "steps" else 1) <= low <= high:
                    raise InputError(f"domain: expected 1 ≤ low ≤ high for {name} but got {getattr(self, name)!r}")
        for name in self.activations or ("",):
            if name not in ACTIVATIONS:
                raise InputError(f"domain: unknown activation {name!r}; there are {', '.join(ACTIVATIONS)}")
        for name, allowed in (("inputs", INPUTS), ("targets", TARGETS), ("feedback", FEEDBACK), ("rule", RULES)):
            if getattr(self, name) not in allowed and not isinstance(getattr(self, name), GivenArray):
                raise InputError(f"domain: {name} is one of {', '.join(allowed)}, not {getattr(self, name)!r}")
        if not self.real("eta")[0] > 0:
            raise InputError(f"domain: expected eta > 0 but got {self.eta!r}")
        for name in ("lam", "W_scale", "beta_scale"):
            if not self.real(name)[0] >= 0:
                raise InputError(f"domain: expected {name} ≥ 0 but got {getattr(self, name)!r}")
        if self.cutoff is not None and (type(self.cutoff) is not int or self.cutoff < 0):
            raise InputError(f"domain: expected a cutoff ≥ 0 steps but got {self.cutoff!r}")
        self._check_alignment()
        if self.inputs == "orthonormal" and self.whole("n")[0] > self.whole("d")[1]:
            raise InputError(f"domain: orthonormal inputs need n ≤ d but n = {self.n!r} and d = {self.d!r}")

    def _check_alignment(self) -> None:
        if self.alignment is None:
            return
        given = self.alignment
        if not isinstance(given, tuple) or not -1 <= self.real("alignment")[0] < self.real("alignment")[1] <= 1:
            raise InputError(f"domain: alignment is a pair −1 ≤ low < high ≤ 1, not {given!r}; b is turned to fit")
        if self.feedback != "gaussian" or not self.beta_scale:
            raise InputError('domain: with alignment, b and β(0) are any weights: feedback="gaussian", beta_scale > 0')
        one = self.whole("p")[0] * (self.whole("k")[0] if self.k is not None else 1) == 1
        if one and self.real("alignment")[0] > -1 and self.real("alignment")[1] < 1:
            raise InputError("domain: with one neuron and one output, cos∠(b, β) is −1 or 1; start p at 2")

    def _fix_data(self) -> None:
        """Turn the user's own inputs and targets into rationals."""
        for name in ("inputs", "targets"):
            if not isinstance(getattr(self, name), str):
                object.__setattr__(self, name, GivenArray.of(getattr(self, name), name))
        X, y = self.data.get("X"), self.data.get("y")
        if X is not None and (X.ndim != 2 or (self.whole("n"), self.whole("d")) != _twice(X.shape)):
            raise InputError(
                f"domain: inputs of shape {X.shape} need n and d to be these numbers, not {self.n} and {self.d}"
            )
        if y is not None and (_twice(y.shape) != tuple(self.whole(s) for s in ("n", *(["k"] if self.k else [])))):
            raise InputError(
                f"domain: targets of shape {y.shape} need n, and k if there are columns, to be these numbers"
            )

    def _check_arrays(self) -> None:
        for name, axes in self.arrays.items():
            valid = isinstance(axes, tuple) and 0 < len(axes) <= 2 and all(_is_axis(axis, self) for axis in axes)
            if not is_name(name) or name in RESERVED or not valid:
                raise InputError(
                    f"domain: arrays={{{name!r}: {axes!r}}}: expected a new name, and a tuple of one or two sizes, "
                    "each 'n', 'd', 'p', 'k' or a number"
                )
        for name, bound in self.bounds.items():
            if name not in BOUNDED or isinstance(bound, bool) or not 0 < bound < math.inf:
                raise InputError(f"domain: bounds={{{name!r}: {bound!r}}}: expected a norm > 0 of {', '.join(BOUNDED)}")

    @property
    def data(self) -> dict[str, Array]:
        """The inputs X and targets y that the user fixed, in rationals."""
        parts = (("X", self.inputs), ("y", self.targets))
        return {name: fixed.numbers for name, fixed in parts if isinstance(fixed, GivenArray)}

    def __str__(self) -> str:
        sizes = [
            (name, getattr(self, name)) for name in ("n", "d", "p", "k", "steps") if getattr(self, name) is not None
        ]
        parts = [f"{name} {_span(value)}" for name, value in sizes]
        parts += [", ".join(self.activations), f"η {_span(self.eta)}"]
        if self.real("lam")[1]:
            parts.append(f"λ {_span(self.lam)}" + ("" if self.cutoff is None else f" for {self.cutoff} steps"))
        parts += [f"rule {self.rule}", f"inputs {self.inputs}"]
        defaults = {f.name: f.default for f in fields(self)}
        for name in ("targets", "feedback", "W_scale", "beta_scale"):
            if getattr(self, name) != defaults[name]:
                parts.append(f"{name.replace('_', ' ')} {getattr(self, name)}")
        parts += [f"{name} ({', '.join(map(str, axes))})" for name, axes in self.arrays.items()]
        if self.alignment is not None:
            parts.append(f"cos∠(b, β(0)) {_span(self.alignment)}")
        parts += [f"‖{name}‖ ≤ {bound:g}" for name, bound in self.bounds.items()]
        return "; ".join(parts)

    def whole(self, name: str) -> tuple[int, int]:
        """Both ends of a range of whole numbers."""
        value = getattr(self, name)
        ends = value if isinstance(value, tuple) else (value, value)
        if len(ends) != 2 or not all(type(x) is int for x in ends):
            raise InputError(f"domain: {name} is a whole number or a pair (low, high), not {value!r}")
        return ends

    def real(self, name: str) -> tuple[float, float]:
        """Both ends of a range of numbers."""
        value = getattr(self, name)
        ends = value if isinstance(value, tuple) else (value, value)
        numbers = len(ends) == 2 and all(isinstance(x, int | float | Fraction) and type(x) is not bool for x in ends)
        if not numbers or not all(math.isfinite(x) for x in ends) or ends[0] > ends[1]:
            raise InputError(f"domain: {name} is a finite number or a pair low ≤ high, not {value!r}")
        return float(ends[0]), float(ends[1])

    def exact(self, name: str) -> tuple[Fraction, Fraction]:
        """Both ends of a range of numbers as written: 0.1 is 1/10.

        Examples
        --------
        >>> Domain(n=1, d=1, p=1, eta=(0.1, 0.5)).exact("eta")
        (Fraction(1, 10), Fraction(1, 2))
        """
        self.real(name)
        value = getattr(self, name)
        low, high = value if isinstance(value, tuple) else (value, value)
        return rational(low), rational(high)

    @property
    def activations(self) -> tuple[str, ...]:
        """The names of the activations."""
        return (self.activation,) if isinstance(self.activation, str) else tuple(self.activation)

    def smallest(self) -> NetworkShape:
        """The smallest shape."""
        return self.shape({name: self.whole(name)[0] for name in ("n", "d", "p", "steps")}, self.activations[0])

    def shape(self, sizes: dict[str, int], activation: str) -> NetworkShape:
        """A shape of given sizes; k is its smallest unless given."""
        k = None if self.k is None else sizes.get("k", self.whole("k")[0])
        return NetworkShape(sizes["n"], sizes["d"], sizes["p"], k, activation, sizes["steps"])

    def contains_shape(self, shape: NetworkShape) -> bool:
        """Whether networks of this shape belong to the domain."""
        sizes = {"n": shape.n, "d": shape.d, "p": shape.p, "steps": shape.steps}
        if self.k is not None and shape.k is not None:
            sizes["k"] = shape.k
        inside = all(self.whole(name)[0] <= size <= self.whole(name)[1] for name, size in sizes.items())
        fits = self.inputs != "orthonormal" or shape.n <= shape.d
        return inside and fits and (self.k is None) == (shape.k is None) and shape.activation in self.activations

    def random_shape(self, rng: np.random.Generator) -> NetworkShape:
        """Draw a shape: sizes uniform on a logarithmic scale, activations with equal probability."""
        while True:
            effort.spend(SHAPE)
            names = ("n", "d", "p", "steps", *(("k",) if self.k is not None else ()))
            sizes = {name: _log_uniform(rng, *self.whole(name)) for name in names}
            shape = self.shape(sizes, str(rng.choice(self.activations)))
            if self.contains_shape(shape):
                return shape

    def sample(self, shape: NetworkShape, rng: np.random.Generator, count: int) -> Networks:
        """Draw ``count`` networks of a shape from the distribution of the domain."""
        n, d, p, outputs = shape.n, shape.d, shape.p, shape.outputs
        effort.spend(SAMPLE + DRAWN * count * (n * d + p * d + (n + 2 * p) * (shape.k or 1)))
        beta = float(self.beta_scale) * rng.standard_normal((count, p, *outputs))
        b = rng.standard_normal((count, p, *outputs))
        y = rng.standard_normal((count, n, *outputs))
        drawn = Networks(
            shape=shape,
            rule=self.rule,
            cutoff=self.cutoff,
            X=rng.standard_normal((count, n, d)),
            y=np.clip(y, -1, 1) if self.targets == "bounded" else y,
            W=float(self.W_scale) * rng.standard_normal((count, p, d)),
            beta=beta,
            b=b,
            eta=_between(rng, *self.real("eta"), count, logarithmic=True),
            lam=_between(rng, *self.real("lam"), count),
            arrays=self.arrays,
            more=rng.standard_normal((count, self.numbers_more(shape))),
        )
        if self.alignment is not None:
            low, high = self.real("alignment")
            drawn = drawn.replace(b=_turned(drawn.b, drawn.beta, *2 * (rng.uniform(low, high, count),)))
        return self.project(drawn)

    def numbers_more(self, shape: NetworkShape) -> int:
        """How many numbers the further arrays have."""
        return max((place.stop for place, _ in shape.layout(self.arrays).values()), default=0)

    def project(self, networks: Networks) -> Networks:
        """The nearest networks of the domain: inputs rescaled, numbers clipped to their ranges."""
        X, y, b = networks.X, networks.y, networks.b
        effort.spend(PROJECT + PROJECTED * (X.size + networks.W.size + 3 * b.size))
        if self.inputs == "orthonormal":
            effort.spend(DECOMPOSED * (len(X) + X.size / 10))
        with np.errstate(all="ignore"):
            lengths = np.sqrt(np.sum(X * X, axis=-1, keepdims=True))
            unit = np.where(lengths > 0, X / lengths, np.eye(1, X.shape[-1])[0])
        if self.inputs == "sphere":
            X = unit
        elif self.inputs == "ball":
            X = np.where(lengths > 1, unit, X)
        elif self.inputs == "orthonormal":
            u, _, vt = np.linalg.svd(X, full_matrices=False)
            X = u @ vt
        if self.targets == "zero":
            y = np.zeros_like(y)
        elif self.targets == "bounded":
            y = np.clip(y, -1, 1)
        if self.feedback == "sign":
            b = np.where(b < 0, -1.0, 1.0)
        parts = {
            "X": X,
            "y": y,
            "W": networks.W if self.W_scale else np.zeros_like(networks.W),
            "beta": networks.beta if self.beta_scale else np.zeros_like(networks.beta),
            "b": b,
        }
        for name, fixed in self.data.items():
            parts[name] = np.broadcast_to(fixed.astype(float), parts[name].shape).copy()
        for name, bound in self.bounds.items():
            parts[name] = _within_norm(parts[name], bound)
        if self.alignment is not None:
            low, high = self.real("alignment")
            parts["b"] = _turned(parts["b"], parts["beta"], low + TURN * (high - low), high - TURN * (high - low))
        return networks.replace(
            **parts | ({"b": parts["beta"]} if self.feedback == "tied" else {}),
            eta=np.clip(networks.eta, *self.real("eta")),
            lam=np.clip(networks.lam, *self.real("lam")),
        )

    def document(self) -> dict[str, Any]:
        """The domain as JSON, for a counterexample; numbers as exact rationals."""
        described: dict[str, Any] = {f.name: getattr(self, f.name) for f in fields(self) if f.name not in OPTIONAL}
        if self.arrays:
            described["arrays"] = {name: list(axes) for name, axes in self.arrays.items()}
        if self.bounds:
            described["bounds"] = {name: str(rational(bound)) for name, bound in self.bounds.items()}
        if self.alignment is not None:
            described["alignment"] = [str(x) for x in self.exact("alignment")]
        if self.data:
            described["data"] = {name: _texts(fixed) for name, fixed in self.data.items()}
            described |= {name: "gaussian" for name in ("inputs", "targets") if described[name] == GIVEN}
        for name in ("n", "d", "p", "steps"):
            described[name] = list(self.whole(name))
        described["k"] = None if self.k is None else list(self.whole("k"))
        for name in ("eta", "lam"):
            described[name] = [str(x) for x in self.exact(name)]
        described["activation"] = list(self.activations)
        for name in ("W_scale", "beta_scale"):
            described[name] = str(rational(described[name]))
        return described


TURN = 1e-9
"""How far inside the range of cos∠(b, β) feedback is turned, as a share of the range."""


def _turned(b: Array, beta: Array, low: Array | float, high: Array | float) -> Array:
    """The feedback weights, turned in the plane of b and β until cos∠(b, β) is in the range; of the same norm."""
    shape = b.shape
    b, beta = b.reshape(len(b), -1), beta.reshape(len(beta), -1)
    with np.errstate(all="ignore"):
        size = np.linalg.norm(b, axis=1, keepdims=True)
        unit = beta / np.linalg.norm(beta, axis=1, keepdims=True)
        along = np.sum(b * unit, axis=1, keepdims=True)
        rest = b - along * unit
        across = rest / np.linalg.norm(rest, axis=1, keepdims=True)
        ends = (np.reshape(end, (-1, 1)) for end in (low, high))
        cosine = np.clip(along / size, *ends)
        turned = size * (cosine * unit + np.sqrt(1 - cosine**2) * np.where(np.isfinite(across), across, 0))
        kept = (cosine == along / size) | ~np.isfinite(turned).all(axis=1, keepdims=True)
    made: Array = np.where(kept, b, turned)
    return made.reshape(shape)


def _twice(shape: tuple[int, ...]) -> tuple[tuple[int, int], ...]:
    return tuple((length, length) for length in shape)


def _is_axis(axis: object, domain: Domain) -> bool:
    if isinstance(axis, str):
        return axis in ("n", "d", "p") or (axis == "k" and domain.k is not None)
    return type(axis) is int and 0 < axis <= 1024


def _within_norm(x: Array, bound: float) -> Array:
    """The same arrays, those longer than the bound rescaled to just below it."""
    axes = tuple(range(1, x.ndim))
    with np.errstate(all="ignore"):
        lengths = np.sqrt(np.sum(x * x, axis=axes, keepdims=True))
        scaled: Array = np.where(lengths > bound, x * (bound * (1 - 1e-12) / lengths), x)
    return np.where(np.isfinite(scaled), scaled, 0.0)


def _texts(x: Array) -> Any:
    return [_texts(row) for row in x] if isinstance(x, np.ndarray) else str(x)


def _span(value: Whole | Real | None) -> str:
    if isinstance(value, tuple):
        return f"{_span(value[0])} to {_span(value[1])}"
    return str(value) if isinstance(value, Fraction) else f"{value:g}"


def _log_uniform(rng: np.random.Generator, low: int, high: int) -> int:
    return min(high, int(math.exp(rng.uniform(math.log(low + 1), math.log(high + 2)))) - 1)


def _between(rng: np.random.Generator, low: float, high: float, count: int, logarithmic: bool = False) -> Array:
    if low == high:
        return np.full(count, float(low))
    drawn: Array = rng.uniform(0, 1, count)
    return low * (high / low) ** drawn if logarithmic else low + (high - low) * drawn
