"""B1: the effective tangent kernel of any learning rule, at any width and any depth."""

from __future__ import annotations

from functools import cache

from fa_theory.symbolic.proof import Fact, ProofWriter, item
from fa_theory.symbolic.proof.notation import (
    Assertion,
    Expression,
    IndexName,
    Tensor,
    Value,
    d,
    forall,
    num,
    size,
    total,
)

from ...shared.motion import Motion
from ...shared.one_step import INVERSE, ROOT

MUTANTS = ("without the features", "gradients on both sides", "features above the weights")
Layer = IndexName | int


class _Deep(Motion):
    """A network of any depth; the layers are numbered by the times 0, 1, 2, …"""

    def __init__(self, title: str) -> None:
        super().__init__(title, "n", "p")
        P = self.P
        (self.i, self.j), (self.r, self.q), self.m = P.indices("i j", "n"), P.indices("r q", "p"), P.index("m", "time")
        self.starts()
        axes = ("real", "time", "n", "p")
        self.W = P.tensor("W", "real", "time", "p", "p")
        (self.z, self.z_rate), (self.h, self.h_rate) = P.tensors("z z.", *axes), P.tensors("h h.", *axes)
        self.D, self.g, self.sent = P.tensors("D g g~", *axes)
        self.e, self.u, self.K = P.tensor("e", "real", "n"), P.tensor("u", "p"), P.tensor("K", "real", "time", "n", "n")
        self.flow.moves(self.z, self.z_rate)
        self.flow.moves(self.h, self.h_rate)

    def fed(self, at: IndexName, m: Layer) -> Expression:
        return ROOT * total(self.q, self.W(at, m, self.r, self.q) * self.h(at, m, self.i, self.q))

    def chain(self, slope: Value) -> Assertion:
        s, t, m, i, q = self.s, self.t, self.m, self.i, self.q
        return forall(t, m, i, q, d(s, self.h(s, m + 1, i, q), t).equals(slope * d(s, self.z(s, m + 1, i, q), t)))

    def added(self, features: Value, sent: Tensor) -> Assertion:
        """What layer m adds to the kernel."""
        t, m, i, j, r = self.t, self.m, self.i, self.j, self.r
        signals = total(r, self.g(t, m + 1, i, r) * sent(t, m + 1, j, r))
        return forall(t, m, i, j, self.K(t, m + 1, i, j).equals(self.K(t, m, i, j) + INVERSE * signals * features))

    def features(self, m: Layer) -> Expression:
        return total(self.q, self.h(self.t, m, self.i, self.q) * self.h(self.t, m, self.j, self.q))

    def settings(self) -> None:
        P, s, t, m, i, j, r, q = self.P, self.s, self.t, self.m, self.i, self.j, self.r, self.q
        seen = forall(t, m, i, r, self.z(t, m + 1, i, r).equals(self.fed(t, m)))
        P.assume("LAYERS", seen, "pre-activations z of the next layer")
        P.assume("INPUT", forall(t, i, q, d(s, self.h(s, 0, i, q), t).equals(0)), "layer 0: inputs that do not change")
        P.assume("CHAIN", self.chain(self.D(t, m + 1, i, q)), "chain rule for the activation, with slopes D")
        pulled = -ROOT * total(j, self.e(t, j) * self.sent(t, m + 1, j, r) * self.h(t, m, j, q))
        self.moves(self.W, ("time", "p", "p"), (m, r, q), pulled, "the rule: errors e, and signals g~ of any kind")
        back = self.D(t, m + 1, i, q) * ROOT * total(r, self.W(t, m + 1, r, q) * self.g(t, m + 2, i, r))
        P.assume("BACK", forall(t, m, i, q, self.g(t, m + 1, i, q).equals(back)), "g: the gradients of the output")
        P.assume("K0", forall(t, i, j, self.K(t, 0, i, j).equals(0)), "the kernel of no layer")
        P.assume("K+", self.added(self.features(m), self.sent), "each layer adds its signals times its features")

    def carried(self, m: Layer) -> Assertion:
        t, i, j, r = self.t, self.i, self.j, self.r
        moved = total(r, self.g(t, m + 1, i, r) * self.z_rate(t, m + 1, i, r))
        return forall(t, i, moved.equals(-total(j, self.K(t, m + 1, i, j) * self.e(t, j))))

    def velocity(self, m: Layer, name: str, *more: Fact) -> Fact:
        rate = self.flow.rate(self.fed(self.s, m))
        goal = self.z_rate(self.t, m + 1, self.i, self.r).equals(rate.value)
        known = Fact("z rate")(self.t, m + 1, self.i, self.r)
        shown = self.P.show(name, goal, known, rate.equation, rewrite=["LAYERS"], reason="product rule")
        return self.P.generalise(f"{name} everywhere", shown, self.t, self.i, self.r)


@cache
def effective() -> ProofWriter:
    """Prove ``f' = −Ke`` with ``K = Σ_l G̃^{l+1} ∘ Φ^l``."""
    N = _Deep("The effective kernel of a learning rule")
    N.settings()
    P, s, t, m, i, j, r, q = N.P, N.s, N.t, N.m, N.i, N.j, N.r, N.q
    first, later = N.velocity(0, "velocity of layer 1"), N.velocity(m + 1, "velocity of the next layer")
    still = P.show("inputs rest", forall(t, i, q, N.h_rate(t, 0, i, q).equals(0)),
                   Fact("h rate")(t, 0, i, q), Fact("INPUT")(t, i, q))  # fmt: skip
    base = P.show(
        "layer 1",
        N.carried(0),
        item(Fact("K+")(t, 0, i, j), N.e(t, j), over=[j]),
        item(Fact("K0")(t, i, j), N.e(t, j), over=[j]),
        rewrite=[first, "velocity of W", still],
        reason="the inputs do not move: what is left is the step of the first weights",
    )
    before = P.assume("up to m", N.carried(m), "up to layer m")
    slope = N.D(t, m + 1, i, q) * N.z_rate(t, m + 1, i, q)
    turned = P.show("velocity of h", forall(t, i, q, N.h_rate(t, m + 1, i, q).equals(slope)),
                    Fact("h rate")(t, m + 1, i, q), Fact("CHAIN")(t, m, i, q),
                    Fact("z rate")(t, m + 1, i, q) * N.D(t, m + 1, i, q), reason="chain rule")  # fmt: skip
    step = P.show(
        "one more layer",
        N.carried(m + 1),
        before(t, i),
        item(Fact("K+")(t, m + 1, i, j), N.e(t, j), over=[j]),
        item(Fact("BACK")(t, m, i, q), N.z_rate(t, m + 1, i, q), over=[q]),
        rewrite=[later, "velocity of W", turned],
        reason="the weights of the layer move, and what moves below it arrives through the gradients",
    )
    every = P.induct("all layers", m, [N.carried(m)], [base], [step], reason="induction over the layers")
    top = forall(i, r, N.g(t, m + 1, i, r).equals(N.u(r)))
    read = P.assume("READ", top, "the output is read by u from layer m+1, whose gradients are u")
    output = total(r, N.u(r) * N.z(s, m + 1, i, r))
    rate = N.flow.rate(output)
    found = P.show(
        "the output",
        forall(i, d(s, output, t).equals(-total(j, N.K(t, m + 1, i, j) * N.e(t, j)))),
        rate.equation,
        every(m, t, i),
        item(read(i, r), N.z_rate(t, m + 1, i, r), over=[r]),
        reason="the output is the reading of the last layer",
    )
    whole = P.generalise("at all times", P.discharge("if it is read there", found, "READ"), t, m)
    for name in ("z", "h"):
        whole = P.drop(f"without {name}.", whole, f"{name} rate")
    smooth = [P.generalise("the output is differentiable", rate.smooth, t, m, i), *N.smooth()]
    for name in ("z", "h"):
        known = Fact(f"{name} differentiable")
        smooth += [P.generalise(f"{name} is smooth", P.instance(f"{name} above", known(t, m + 1, i, q)), t, m, i, q)]
    bottom = P.instance("inputs are smooth, each", Fact("h differentiable")(t, 0, i, q))
    smooth += [P.generalise("inputs are smooth", bottom, t, i, q)]
    P.conclude(N.stated(whole), defined=smooth, witness=_example(N))
    P.mutant("without the features", {"K+": N.added(1, N.sent)}, witness=_example(N))
    P.mutant("gradients on both sides", {"K+": N.added(N.features(m), N.g)}, witness=_example(N))
    P.mutant("features above the weights", {"K+": N.added(N.features(m + 1), N.sent)}, witness=_example(N))
    return P


def _example(N: _Deep) -> list[Assertion]:
    """Linear layers of which the first learns, from zero, by errors 1 and signals 1; those above take means."""
    t, m, i, j, r, q = N.t, N.m, N.i, N.j, N.r, N.q
    moved = -size("n") * num(t)
    return [
        *(
            forall(t, j, N.e(t, j).equals(1)),
            forall(r, N.u(r).equals(1)),
            forall(t, m, i, r, N.g(t, m, i, r).equals(1)),
        ),
        forall(t, m, i, r, N.D(t, m, i, r).equals(1)),
        forall(t, i, q, N.h(t, 0, i, q).equals(1)),
        forall(t, m, i, q, N.h(t, m + 1, i, q).equals(moved)),
        forall(t, r, q, N.W(t, 0, r, q).equals(ROOT * moved)),
        forall(t, m, r, q, N.W(t, m + 1, r, q).equals(ROOT)),
        forall(t, j, r, N.sent(t, 1, j, r).equals(1)),
        forall(t, m, j, r, N.sent(t, m + 2, j, r).equals(0)),
    ]
