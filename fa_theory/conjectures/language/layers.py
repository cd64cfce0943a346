"""Deep networks beside the network of a domain: any number of layers, trained by FA, DFA or backpropagation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from fa_theory.errors import InputError
from fa_theory.model.rules import as_rule

from .beside import IterationState, UserIteration
from .domain import RULES as CHECKED
from .expression import Expr, Time, formula, named, node, where
from .operations import columns, inner, psi, rows, slope, sqrt
from .over_time import OverTime
from .quantities import Run, at_time
from .recurrence import Recurrence

RULES = tuple(rule for rule in CHECKED if as_rule(rule).sent in ("b", "beta"))
"""Whose signals are known at any depth."""


@dataclass(frozen=True, eq=False)
class LayersState:
    """A deep network at one time: its weights, and the quantities of its layers.

    Layers are numbered from 1, the first hidden one; the last weights are the output weights β.
    """

    of: DeepRun
    state: IterationState

    def _named(self, symbol: str, x: Expr) -> Expr:
        return named(f"{symbol}^{{{self.of.rule.upper()}}}({at_time(self.state.time)})", x)

    def W(self, layer: int) -> Expr:
        """The weights of a layer, (p_l, p_{l−1})."""
        self._layer(layer)
        return self.state[f"W{layer}"]

    @property
    def beta(self) -> Expr:
        """The output weights β, (p_L) or (p_L, k)."""
        return self.state["beta"]

    def preactivations(self, layer: int) -> Expr:
        """``Z_l = H_{l−1} W_lᵀ``, over √p_{l−1} from the second layer on, (n, p_l)."""
        made = self.hidden(layer - 1) @ self.W(layer).T
        return self._named(f"Z_{{{layer}}}", made if layer == 1 else made / sqrt(columns(self.W(layer))))

    def hidden(self, layer: int) -> Expr:
        """``H_l = ψ(Z_l)``, (n, p_l); the inputs for layer 0."""
        return self.of.X if layer == 0 else self._named(f"H_{{{layer}}}", psi(self.preactivations(layer)))

    @property
    def output(self) -> Expr:
        """``f = H_L β/√p_L``, (n) or (n, k)."""
        return self._named("f", self.hidden(self.of.depth) @ self.beta / sqrt(rows(self.beta)))

    @property
    def error(self) -> Expr:
        """``e = f − y``."""
        return self._named("e", self.output - self.of.y)

    @property
    def loss(self) -> Expr:
        """``L = ½‖e‖²``."""
        return self._named("L", inner(self.error, self.error) / 2)

    @property
    def t(self) -> Expr:
        """The time: the number of steps made."""
        return self.state.t

    def signal(self, layer: int, rule: str | None = None) -> Expr:
        """What a rule sends back to the pre-activations of a layer, (n, p_l); for ``bp`` the gradient in them."""
        rule, of, e = rule or self.of.rule, self.of, self.error
        slopes = slope(self.preactivations(layer))
        last = layer == of.depth
        if rule == "dfa":
            return _sent(e, of.feedback[layer - 1]) / sqrt(rows(of.feedback[layer - 1])) * slopes
        if last:
            through = self.beta if rule == "bp" else of.feedback[-1]
            return _sent(e, through) / sqrt(rows(self.beta)) * slopes
        above = self.W(layer + 1) if rule == "bp" else of.feedback[layer - 1]
        return self.signal(layer + 1, rule) @ above / sqrt(columns(self.W(layer + 1))) * slopes

    def update(self, layer: int, rule: str | None = None) -> Expr:
        """What a rule takes for the gradient in the weights of a layer; for ``bp`` it is the gradient."""
        made = self.signal(layer, rule).T @ self.hidden(layer - 1)
        return made if layer == 1 else made / sqrt(columns(self.W(layer)))

    @property
    def gradient_beta(self) -> Expr:
        """``∇_β L``."""
        return self.hidden(self.of.depth).T @ self.error / sqrt(rows(self.beta))

    def _layer(self, layer: int) -> None:
        if type(layer) is not int or not 1 <= layer <= self.of.depth:
            raise InputError(f"{where()}: the hidden layers have the numbers 1 to {self.of.depth}, not {layer!r}")


def _sent(e: Expr, through: Expr) -> Expr:
    """The error through feedback weights, (n, p)."""
    return e @ through.T if through.rank == 2 else node("outer", e, through, rank=2)


@dataclass(frozen=True, eq=False)
class DeepRun(OverTime[LayersState]):
    """The run of a deep network; see `deep`."""

    X: Expr
    y: Expr
    feedback: tuple[Expr, ...]
    rule: str
    depth: int
    variables: UserIteration | None = None

    def __getitem__(self, t: int) -> LayersState:
        assert self.variables is not None
        return LayersState(self, self.variables[t])

    @property
    def limit(self) -> LayersState:
        """The limit of the states as t → ∞, if there is one."""
        assert self.variables is not None
        return LayersState(self, self.variables.limit)

    @property
    def T(self) -> Expr:
        """Number of steps."""
        assert self.variables is not None
        return self.variables.T

    def _at(self, time: Time) -> LayersState:
        assert self.variables is not None
        return LayersState(self, IterationState(self.variables, time))

    def _length(self) -> tuple[Expr, ...]:
        return (self.T,)


def deep(
    run: Run,
    layers: Sequence[object],
    feedback: Sequence[object],
    *,
    rule: str = "fa",
    steps: object = None,
    X: object = None,
    y: object = None,
    eta: object = None,
) -> DeepRun:
    """A deep network with the activation of the domain, beside its network.

    Parameters
    ----------
    run
        The run of the domain: for what is left out below.
    layers
        The weights at the start: W₁ (p₁, d), W₂ (p₂, p₁), …, and last β, (p_L) or (p_L, k).
    feedback
        The fixed feedback: for ``fa`` in place of W₂, …, W_L, β, in their shapes; for ``dfa`` one for each hidden
        layer, (p_l) or (p_l, k); none for ``bp``.
    rule
        ``fa``, ``dfa`` or ``bp``.
    steps, X, y, eta
        Number of steps, data and step size; left out, those of the run.

    Examples
    --------
    >>> from fa_theory.conjectures import Domain, conjecture
    >>> @conjecture(Domain(n=2, d=2, p=3, arrays={"V": ("p", "p"), "B": ("p", "p")}))
    ... def falls(run):
    ...     three = deep(run, [run[0].W, run.array("V"), run[0].beta], [run.array("B"), run.b])
    ...     return three[1].loss <= three[0].loss
    >>> falls.margin.rank
    0
    """
    if rule not in RULES:
        raise InputError(f"{where()}: a deep network learns by {', '.join(RULES)}, not {rule!r}")
    *hidden, beta = (formula(x) for x in layers)
    sent = tuple(formula(x) for x in feedback)
    if not hidden or (rule != "bp" and len(sent) != len(hidden)):
        raise InputError(
            f"{where()}: a deep network has W₁, …, W_L and β, and as many feedback weights as hidden layers for fa and "
            f"dfa; there are {len(hidden)} and {len(sent)}"
        )
    made = DeepRun(
        X=run.X if X is None else formula(X),
        y=run.y if y is None else formula(y),
        feedback=sent,
        rule=rule,
        depth=len(hidden),
    )
    rate = run.eta if eta is None else formula(eta)

    def step(recurrence: Recurrence) -> Mapping[str, object]:
        inside = UserIteration(recurrence, inside=True)
        s = LayersState(made, IterationState(inside, Time(0, bound=True)))
        recurrence.vanishing.append(s.error)
        moved: dict[str, Any] = {f"W{i}": s.W(i) - rate * s.update(i) for i in range(1, made.depth + 1)}
        return moved | {"beta": s.beta - rate * s.gradient_beta}

    start = {f"W{i}": W for i, W in enumerate(hidden, 1)} | {"beta": beta}
    length = run.T if steps is None else steps
    variables = UserIteration(Recurrence.of(start, step, length))
    return DeepRun(made.X, made.y, sent, rule, made.depth, variables)
