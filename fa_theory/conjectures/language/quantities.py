"""The objects of conjectures: the run of a network, its states, and the quantities of each state by name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, NoReturn

from fa_theory.errors import InputError

from .expression import Expr, Time, named, node
from .expression import where as here
from .flow import flow_rate
from .networks import Axes
from .operations import arcsin, cosine, diagonal, eigmin, inner, maximum, norm, outer, psi, row_at, slope, sqrt
from .operations import row_norms as rows
from .over_time import OverTime, unknown_attribute


def leaf(name: str, rank: int, time: Time | None = None) -> Expr:
    """A quantity the network or the data provide."""
    return node("leaf", rank=rank, value=name, time=time)


def at_time(time: Time) -> str:
    """A time as a label has it."""
    if time.endless:
        return r"\infty"
    if time.outer:
        return "s"
    if time.bound:
        return "t" if time.offset == 0 else f"t+{time.offset}"
    if time.from_end:
        return "T" if time.offset == 0 else f"T-{time.offset}"
    return str(time.offset)


@dataclass(frozen=True)
class PerStep:
    """A row of a matrix for each step of a run; a function of the time."""

    of: Expr
    steps: int

    def __call__(self, t: Expr) -> Expr:
        """Row t."""
        return row_at(self.of, t, self.steps)


@dataclass(frozen=True)
class RunState:
    """The network at one time of its run.

    Shapes: n samples, d inputs, p neurons; with one output ``error`` is a vector (n,) and ``beta`` (p,), with k outputs
    they are matrices (n, k) and (p, k).
    """

    run: Run
    time: Time

    def __getattr__(self, name: str) -> NoReturn:
        raise unknown_attribute(self, name)

    def _given(self, name: str) -> Expr:
        """What is given to the run, at this time: X, y, b, η, λ, or p."""
        return self.run.given(name, self.time)

    @property
    def t(self) -> Expr:
        """The time: the number of steps made."""
        return self.run.moment(self.time)

    @property
    def b(self) -> Expr:
        """The feedback weights at this time, as β; the same as `Run.b` unless the run changes them."""
        return self._given("b")

    def rate(self, quantity: Expr) -> Expr:
        """The derivative of a quantity of this state along the continuous flow ``W' = −Δ_W, β' = −∇_β L − λβ``.

        Examples
        --------
        >>> state = Run(steps=0)[0]
        >>> state.rate(state.loss).rank
        0
        """
        return flow_rate(quantity, self)

    def _named(self, symbol: str, x: Expr) -> Expr:
        return named(f"{symbol}{self.run.mark}({at_time(self.time)})", x)

    @property
    def W(self) -> Expr:
        """First-layer weights (p, d)."""
        return self._named("W", self.run.at("W", self.time))

    @property
    def beta(self) -> Expr:
        """Output weights β, (p,) or (p, k)."""
        return self._named(r"\beta", self.run.at("beta", self.time))

    @property
    def preactivations(self) -> Expr:
        """``Z = X Wᵀ``, (n, p)."""
        return self._named("Z", self._given("X") @ self.W.T)

    @property
    def features(self) -> Expr:
        """``Ψ = ψ(Z)``, (n, p)."""
        return self._named(r"\Psi", psi(self.preactivations))

    @property
    def slopes(self) -> Expr:
        """``ψ'(Z)``, (n, p)."""
        return self._named("D", slope(self.preactivations))

    @property
    def output(self) -> Expr:
        """``f = Ψβ/√p``, (n,) or (n, k)."""
        return self._named("f", self.features @ self.beta / sqrt(self._given("p")))

    @property
    def error(self) -> Expr:
        """``e = f − y``, (n,) or (n, k)."""
        return self._named("e", self.output - self._given("y"))

    @property
    def loss(self) -> Expr:
        """``L = ½‖e‖²``."""
        return self._named("L", inner(self.error, self.error) / 2)

    @property
    def alignment(self) -> Expr:
        """``cos∠(b, β)``; not defined where b or β is 0."""
        return self._named(r"\cos\angle(b,\beta)", cosine(self.b, self.beta))

    @property
    def G(self) -> Expr:
        """Gram matrix ``ΨΨᵀ/p``, (n, n)."""
        return self._named("G", self.features @ self.features.T / self._given("p"))

    @property
    def H(self) -> Expr:
        """``H_ij = (x_i·x_j) p⁻¹ Σ_r β_r b_r ψ'(z_ir) ψ'(z_jr)``, (n, n); one output only."""
        self.run.one_output("H")
        weighted = self.slopes * (self.beta * self.b)
        return self._named("H", (self._given("X") @ self._given("X").T) * (weighted @ self.slopes.T) / self._given("p"))

    def gradient_through(self, feedback: Expr, error: Expr | None = None) -> Expr:
        """The gradient of the loss in W, (p, d), the error propagated through ``feedback``; β gives the true one.

        Another error may be given: that of another loss, or a signal from outside.
        """
        e = self.error if error is None else error
        back = e @ feedback.T if self.run.outputs else node("outer", e, feedback, rank=2)
        return (back * self.slopes).T @ self._given("X") / sqrt(self._given("p"))

    @property
    def gradient_W(self) -> Expr:
        """``∇_W L``, the gradient of backpropagation, (p, d)."""
        return self._named(r"\nabla_W L", self.gradient_through(self.beta))

    @property
    def feedback_W(self) -> Expr:
        """The replacement for ``∇_W L`` in feedback alignment: the error propagated through b, (p, d)."""
        return self._named(r"\Delta_W", self.gradient_through(self.b))

    @property
    def gradient_beta(self) -> Expr:
        """``∇_β L = Ψᵀe/√p``, as β."""
        return self._named(r"\nabla_\beta L", self.features.T @ self.error / sqrt(self._given("p")))

    @property
    def movement_W(self) -> Expr:
        """``‖w_r(t) − w_r(0)‖`` for every neuron, (p,)."""
        return self._named(r"\lVert w_r-w_r(0)\rVert", rows(self.W - self.run[0].W))

    @property
    def movement_beta(self) -> Expr:
        """``‖β(t) − β(0)‖``."""
        return self._named(r"\lVert\beta-\beta(0)\rVert", norm(self.beta - self.run[0].beta))

    @property
    def total_W(self) -> Expr:
        """``‖W(t) − W(0)‖``, the Frobenius norm."""
        return self._named(r"\lVert W-W(0)\rVert", norm(self.W - self.run[0].W))


@dataclass(frozen=True)
class Run(OverTime[RunState]):
    """The run of a network, as used in conjectures.

    ``run[t]`` is the state after t steps and ``run[-1]`` the last one; ``run.X, run.y, run.b, run.eta, run.lam, run.n,
    run.d, run.p`` determine the run; ``run.limit`` is the limit of its states as t → ∞.

    Examples
    --------
    >>> run = Run(steps=2)
    >>> (norm(run[1].error) <= norm(run[0].error)).margin.rank
    0
    >>> run[3]
    Traceback (most recent call last):
    ...
    fa_theory.errors.InputError: ...the run has states 0 to 2, not 3; ...
    """

    steps: int | None
    """Number of steps, or None if the domain does not fix it."""
    outputs: bool = False
    """Whether the networks have k outputs, so that y is a matrix."""
    rule: str = "fa"
    """The rule of the domain."""
    activations: tuple[str, ...] = ("linear",)
    """Those of the domain."""
    cutoff: int | None = None
    """The step from which λ is 0."""
    arrays: Mapping[str, Axes] = field(default_factory=dict)
    """The axes of the further arrays of the domain."""

    mark: ClassVar[str] = ""
    """What tells its quantities from those of other runs when they are printed."""

    def at(self, name: str, time: Time) -> Expr:
        """A variable at some time: W or β."""
        return leaf(name, 2 if name == "W" else self.output_rank, time)

    def given(self, name: str, time: Time) -> Expr:
        """What does not change along the run: X, y, b, η, λ, n, d, p; the time is that of who asks."""
        made: Expr = getattr(Run, name).fget(self)
        return made

    def array(self, name: str) -> Expr:
        """A further array of the domain, see `fa_theory.conjectures.language.domain.Domain`."""
        if name not in self.arrays:
            known = f"it has {', '.join(self.arrays)}" if self.arrays else 'declare it there: arrays={"V": ("p", "d")}'
            raise InputError(f"{here()}: the domain has no array {name!r}; {known}")
        return named(rf"\mathrm{{{name}}}", leaf(name, len(self.arrays[name])))

    def redrawn(self, name: str) -> PerStep:
        """Row t of a further array at step t: ``run.with_(b=run.redrawn("B"))`` is feedback drawn anew for every step.

        The array has a row for each step, ``arrays={"B": (5, "p")}`` for at most five steps; after that it is 0.
        """
        each, (count, *others) = self.array(name), self.arrays[name]
        if not isinstance(count, int) or len(others) != 1:
            raise InputError(
                f"{here()}: what is drawn anew for every step is an array with a row for each, such as "
                f'arrays={{{name!r}: (5, "p")}}, not {self.arrays[name]!r}'
            )
        return PerStep(each, count)

    def __getattr__(self, name: str) -> NoReturn:
        raise unknown_attribute(self, name)

    def __getitem__(self, t: int) -> RunState:
        if type(t) is not int:
            raise InputError(f"{here()}: a state is indexed by a whole number of steps, not {t!r}")
        if t < 0 and (self.steps is None or -1 - t <= self.steps):
            return RunState(self, Time(-1 - t, from_end=True))
        if t < 0 or t > (0 if self.steps is None else self.steps):
            known = (
                "state 0 and run[-1]; its length is not fixed" if self.steps is None else f"states 0 to {self.steps}"
            )
            raise InputError(f"{here()}: the run has {known}, not {t}; give the domain more steps")
        return RunState(self, Time(t))

    @property
    def output_rank(self) -> int:
        """1 for one output, 2 for k outputs."""
        return 2 if self.outputs else 1

    def one_output(self, what: str) -> None:
        """Raise an error for several outputs."""
        if self.outputs:
            raise InputError(f"{here()}: {what} is defined for one output only; remove k from the domain")

    @property
    def limit(self) -> RunState:
        """The limit of the states as t → ∞, beyond the T steps, if there is one; otherwise it is not defined."""
        return RunState(self, Time(0, endless=True))

    @property
    def X(self) -> Expr:
        """Inputs (n, d)."""
        return named("X", leaf("X", 2))

    @property
    def y(self) -> Expr:
        """Targets (n,) or (n, k)."""
        return named("y", leaf("y", self.output_rank))

    @property
    def b(self) -> Expr:
        """Feedback weights, as β."""
        return named("b", leaf("b", self.output_rank))

    @property
    def eta(self) -> Expr:
        """Step size η."""
        return named(r"\eta", leaf("eta", 0))

    @property
    def lam(self) -> Expr:
        """Regularisation λ."""
        return named(r"\lambda", leaf("lam", 0))

    @property
    def n(self) -> Expr:
        """Number of samples."""
        return named("n", leaf("n", 0))

    @property
    def d(self) -> Expr:
        """Input dimension."""
        return named("d", leaf("d", 0))

    @property
    def p(self) -> Expr:
        """Width."""
        return named("p", leaf("p", 0))

    @property
    def T(self) -> Expr:
        """Number of steps."""
        return named("T", leaf("T", 0))

    @property
    def Gbar(self) -> Expr:
        """The Gram matrix of infinite width, ``Ḡ_ij = E[ψ(w·x_i) ψ(w·x_j)]`` for w from N(0, I), (n, n).

        In closed form, for one activation: linear, ReLU (Cho & Saul 2009) or erf (Williams 1997). For ReLU inputs must
        not be 0.
        """
        S = self.X @ self.X.T
        squares = diagonal(S)
        match self.activations:
            case ("linear",):
                made = S
            case ("relu",):
                sizes = outer(squares, squares)
                height = sqrt(maximum(0, sizes - S * S))
                made = (height + (arcsin(1) + arcsin(S / sqrt(sizes))) * S) / (4 * arcsin(1))
            case ("erf",):
                made = arcsin(2 * S / sqrt(outer(1 + 2 * squares, 1 + 2 * squares))) / arcsin(1)
            case _:
                raise InputError(
                    f"{here()}: Ḡ has a closed form for linear, relu or erf networks, one of them alone in the domain, "
                    f"not for {', '.join(self.activations)}"
                )
        return named(rf"\bar G{self.mark}", made)

    @property
    def gamma(self) -> Expr:
        """``γ = λ_min(Ḡ)``."""
        return named(rf"\gamma{self.mark}", eigmin(self.Gbar))

    def _at(self, time: Time) -> RunState:
        return RunState(self, time)

    def _length(self) -> tuple[Expr, ...]:
        return ()

    def with_(self, **changes: Any) -> Run:
        """The run with changes; see `fa_theory.conjectures.language.beside.varied`."""
        from .beside import varied

        return varied(self, **changes)
