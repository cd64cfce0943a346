"""A flow given by the rate of each tensor, as the hypotheses of a proof."""

from __future__ import annotations

from collections.abc import Callable

from fa_theory.symbolic.proof import Fact, Multiple, ProofWriter, library
from fa_theory.symbolic.proof.flow import Flow, Rate
from fa_theory.symbolic.proof.notation import Assertion, Expression, IndexName, Tensor, d, forall, of


class Motion:
    """A flow with named rates: ``moves`` assumes each tensor's, ``rate`` differentiates and inserts them."""

    def __init__(self, title: str, *sorts: str) -> None:
        self.P = P = ProofWriter(title)
        P.sorts(*sorts)
        self.names: list[str] = []
        self.along: Rate

    def starts(self) -> None:
        """After all indices have been declared."""
        self.flow = Flow(self.P, "s", "t")
        self.s, self.t = self.flow.s, self.flow.t

    def moves(
        self, T: Tensor, sorts: tuple[str, ...], at: tuple[IndexName, ...], value: Expression, words: str
    ) -> None:
        """Assume the flow of a tensor, whose other axes have these sorts."""
        P, t = self.P, self.t
        rate = P.tensor(f"{T.name}.", "real", *sorts)
        self.flow.moves(T, rate)
        known = P.assume(f"FLOW_{T.name}", self.law(T, at, value), words)
        named = forall(t, *at, rate(t, *at).equals(value))
        P.show(f"velocity of {T.name}", named, Fact(f"{T.name} rate")(t, *at), known(t, *at))
        self.names.append(T.name)

    def law(self, T: Tensor, at: tuple[IndexName, ...], value: Expression) -> Assertion:
        """The flow of a tensor."""
        return forall(self.t, *at, d(self.s, T(self.s, *at), self.t).equals(value))

    def rate(
        self,
        body: Expression,
        name: str,
        goal: Assertion,
        reason: str,
        *rewrite: Fact | str,
        by: tuple[Fact | Multiple, ...] = (),
    ) -> Fact:
        """Show ``goal`` from the derivative of ``body`` with all flows inserted, and these items."""
        self.along = self.flow.rate(body)
        velocities = [f"velocity of {name}" for name in self.names]
        return self.P.show(name, goal, self.along.equation, *by, rewrite=[*velocities, *rewrite], reason=reason)

    def constant(
        self, body: Callable[[IndexName], Expression], name: str, reason: str, *by: Fact | Multiple, rewrite: str = ""
    ) -> Fact:
        """The fact ``body(t) = body(0)``, from a rate that vanishes."""
        P, s, t = self.P, self.s, self.t
        more = [rewrite] if rewrite else []
        still = self.rate(body(s), f"{name} has rate 0", d(s, body(s), t).equals(0), reason, *more, by=by)
        every = [
            P.generalise(f"{name} is differentiable", self.along.smooth, t),
            P.generalise(f"{name} never moves", still, t),
        ]
        return P.use(library.flow_constant())(of(s, body(s)), t, given=every)

    def stated(self, fact: Fact) -> Fact:
        """The fact without the names of the rates."""
        for name in self.names:
            fact = self.P.drop(f"without {name}.", fact, f"{name} rate")
        return fact

    def smooth(self) -> list[Fact]:
        """That all tensors are differentiable."""
        return [Fact(f"{name} differentiable") for name in self.names]

    def defined(self, *at: IndexName) -> list[Fact]:
        """That the body of the last `rate` is differentiable, and all tensors are."""
        return [self.P.generalise("it is differentiable", self.along.smooth, self.t, *at), *self.smooth()]
