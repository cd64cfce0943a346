"""Derivatives along flows: the steps that differentiate a term by the axioms of sums, products and the chain rule.

Nothing here is trusted. The differentiability of a tensor is a hypothesis of each proof, and part of its statement.
"""

from __future__ import annotations

from typing import NamedTuple

from .notation import Expression, IndexName, Json, Tensor, Value, d, differentiable, forall, given, json, of, term
from .writer import REAL, Fact, Multiple, ProofWriter, axiom, item


class Rate(NamedTuple):
    """Differentiability of ``s ↦ body`` at t, its derivative there, and the equation for it."""

    smooth: Fact
    equation: Fact
    value: Expression


class Flow:
    """Differentiates along real time t; ``s`` is the bound time.

    Examples
    --------
    >>> P = ProofWriter("a square")
    >>> flow = Flow(P, "s", "t")
    >>> f, g = P.tensors("f f.", "real")
    >>> flow.moves(f, g)
    >>> print(P.said(flow.rate(f(flow.s) ** 2).equation))
    d(s:real ↦ f[s]·f[s])[t] = f.[t]·f[t] + f[t]·f.[t]
    """

    def __init__(self, proof: ProofWriter, s: str, t: str) -> None:
        self.proof = proof
        self.s, self.t = proof.indices(f"{s} {t}", REAL)
        self.moving: dict[str, tuple[Fact, Fact, Tensor]] = {}
        self.chains: dict[str, tuple[Fact, Fact, str]] = {}

    def moves(self, tensor: Tensor, rate: Tensor) -> None:
        """Assume that a tensor whose first axis is real time is differentiable, with derivative ``rate``."""
        sorts: list[str] = self.proof.data["tensors"][tensor.name][1:]
        names: list[IndexName] = []
        for sort in sorts:
            known = [name for name, s in self.proof.data["indices"].items() if s == sort]
            free = [IndexName(name) for name in known if name not in [i.name for i in names]]
            names.append(free[0] if free else self.proof.index(f"{sort}.{len(names)}", sort))
        every = (self.t, *names)
        smooth = forall(*every, differentiable(self.s, tensor(self.s, *names), self.t))
        defined = forall(*every, rate(*every).equals(d(self.s, tensor(self.s, *names), self.t)))
        self.moving[tensor.name] = (
            self.proof.assume(f"{tensor.name} differentiable", smooth, f"{tensor.name} is differentiable in time"),
            self.proof.assume(f"{tensor.name} rate", defined, f"rate of {tensor.name}"),
            rate,
        )

    def chain(self, function: str, slope: str) -> None:
        """Assume the chain rule for a function of one real number, with derivative ``slope``."""
        name = "curve"
        if name not in self.proof.data["tensors"]:
            self.proof.tensor(name, REAL)
        curve, s, t = Tensor(name), self.s, self.t
        composed = Expression(["fn", function, curve(s).json])
        inner = differentiable(s, curve(s), t)
        rule = d(s, composed, t).equals(Expression(["fn", slope, curve(t).json]) * d(s, curve(s), t))
        self.chains[function] = (
            self.proof.assume(
                f"{function} differentiable",
                forall(curve, t, given(inner, differentiable(s, composed, t))),
                f"{function} is differentiable: so is its composition with a differentiable function of time",
            ),
            self.proof.assume(
                f"{function} chain rule",
                forall(curve, t, given(inner, rule)),
                f"{slope} is the derivative of {function}",
            ),
            slope,
        )

    def rate(self, body: Value) -> Rate:
        """Differentiate a term."""
        return self._rate(json(body))

    def _rate(self, x: Json) -> Rate:
        if not _depends(x, self.s.name):
            constant = (term(x), self.t)
            return Rate(axiom("differentiable_constant")(*constant), axiom("d_constant")(*constant), term(0))
        match x:
            case [name, first, *rest] if name in self.moving and first == self.s.name:
                smooth, rate, dot = self.moving[name]
                at = (self.t, *(Expression(i) for i in rest))
                return Rate(smooth(*at), self._turned(x, rate(*at)), Expression([dot.name, *map(json, at)]))
            case ["num", _]:
                return Rate(axiom("differentiable_time")(self.t), axiom("d_time")(self.t), term(1))
            case ["+", *parts]:
                return self._folded("+", parts)
            case ["*", *parts]:
                return self._folded("*", parts)
            case ["-", a]:
                return self._folded("*", [-1, a])
            case ["-", a, b]:
                return self._folded("+", [a, ["*", -1, b]])
            case ["^", base, k]:
                return self._folded("*", [base] * k)
            case ["sum", [name, *more], inner]:
                return self._total(name, ["sum", more, inner] if more else inner)
            case ["fn", function, inner] if function in self.chains:
                return self._composed(function, inner)
            case _:
                raise ValueError(f"no rule differentiates {x}")

    def _named(self, kind: str) -> str:
        return f"{kind} {len(self.proof.data['steps']) + 1}"

    def _equation(self, x: Json, value: Expression, *by: Fact | Multiple) -> Fact:
        return self.proof.show(self._named("rate"), d(self.s, Expression(x), self.t).equals(value), *by)

    def _turned(self, x: Json, rate: Fact) -> Fact:
        said = self.proof.said(rate)
        from .unparse import term_json

        return self._equation(x, Expression(term_json(said.left)), rate)

    def _now(self, x: Json) -> Expression:
        return Expression(_renamed(x, self.s.name, self.t.name))

    def _folded(self, head: str, parts: list[Json]) -> Rate:
        done, rate = parts[0], self._rate(parts[0])
        for part in parts[1:]:
            rate, done = self._two(head, (done, rate), (part, self._rate(part))), [head, done, part]
        return rate

    def _two(self, head: str, left: tuple[Json, Rate], right: tuple[Json, Rate]) -> Rate:
        (a, of_a), (b, of_b) = left, right
        values = (of(self.s, Expression(a)), of(self.s, Expression(b)), self.t)
        smooth = [of_a.smooth, of_b.smooth]
        if head == "+":
            fact = axiom("d_sum")(*values, given=smooth)
            value = of_a.value + of_b.value
            equation = self._equation([head, a, b], value, fact, of_a.equation, of_b.equation)
            return Rate(self._smooth(axiom("differentiable_sum")(*values, given=smooth)), equation, value)
        fact = axiom("d_product")(*values, given=smooth)
        value = of_a.value * self._now(b) + self._now(a) * of_b.value
        equation = self._equation([head, a, b], value, fact, of_a.equation * self._now(b), of_b.equation * self._now(a))
        return Rate(self._smooth(axiom("differentiable_product")(*values, given=smooth)), equation, value)

    def _smooth(self, fact: Fact) -> Fact:
        return self.proof.instance(self._named("differentiable"), fact)

    def _total(self, name: str, inner: Json) -> Rate:
        one, i = self._rate(inner), IndexName(name)
        every = self.proof.generalise(self._named("each"), one.smooth, i)
        sort = self.proof.data["indices"][name]
        values = (of(i, self.s, Expression(inner)), self.t)
        fact = axiom("d_total", sort)(*values, given=[every])
        value = Expression(["sum", [name], one.value.json])
        equation = self._equation(["sum", [name], inner], value, fact, item(one.equation, over=[i]))
        return Rate(self._smooth(axiom("differentiable_total", sort)(*values, given=[every])), equation, value)

    def _composed(self, function: str, inner: Json) -> Rate:
        smooth, rule, slope = self.chains[function]
        one = self._rate(inner)
        values = (of(self.s, Expression(inner)), self.t)
        at = Expression(["fn", slope, self._now(inner).json])
        equation = self._equation(
            ["fn", function, inner], at * one.value, rule(*values, given=[one.smooth]), one.equation * at
        )
        return Rate(self._smooth(smooth(*values, given=[one.smooth])), equation, at * one.value)


def _depends(x: Json, name: str) -> bool:
    return x == name or (isinstance(x, list) and any(_depends(part, name) for part in x))


def _renamed(x: Json, old: str, new: str) -> Json:
    return new if x == old else [_renamed(part, old, new) for part in x] if isinstance(x, list) else x
