"""The exact step of the errors of deep networks, for any feedback: of two, three and four layers, and of any number."""

from __future__ import annotations

from functools import cache, reduce
from operator import add

from fa_theory.symbolic.proof import Fact, ProofWriter, item
from fa_theory.symbolic.proof.notation import (
    Assertion,
    Expression,
    IndexName,
    Tensor,
    delta,
    forall,
    given,
    total,
)

MUTANTS = (
    "transport without decay",
    "decay of the first layer dropped",
    "features before the step twice",
    "transport without slopes",
    "ascent in the first layer",
)
MUTANTS_OF_ANY_DEPTH = (
    "transport without decay, any depth",
    "decay dropped, any depth",
    "features before the step twice, any depth",
)


class _Layers:
    """One step of L layers of any widths; layer 0 is X, and the units of layer L are the outputs."""

    def __init__(self, depth: int) -> None:
        self.P = P = ProofWriter(f"The exact step of {depth} layers")
        self.depth = depth
        sorts = ["d", *(f"p{level}" for level in range(1, depth)), "k"]
        P.sorts("n", *sorts)
        self.i, self.j = P.indices("i j", "n")
        self.a, self.b = P.indices("a b", "k")
        self.r = [P.index("m" if level == 0 else f"r{level}", sort) for level, sort in enumerate(sorts)]
        self.y, self.e, self.e1 = P.tensors("y e e+", "n", "k")
        self.K, self.eta = P.tensor("K~", "n", "k", "n", "k"), P.scalar("eta")
        X = P.tensor("X", "n", "d")
        self.h: dict[int, Tensor] = {0: X}
        self.h1: dict[int, Tensor] = {0: X}
        self.z, self.z1, self.W, self.W1, self.g, self.J, self.S = (dict[int, Tensor]() for _ in range(7))
        self.s, self.kappa = dict[int, Expression](), dict[int, Expression]()
        for level in range(1, depth + 1):
            below, sort = sorts[level - 1 : level + 1]
            self.s[level], self.kappa[level] = P.scalars(f"s{level} kappa{level}")
            self.z[level], self.z1[level] = P.tensors(f"z{level} z{level}+", "n", sort)
            self.W[level], self.W1[level] = P.tensors(f"W{level} W{level}+", sort, below)
            self.g[level] = P.tensor(f"g{level}", "n", sort, "k")
            self.J[level] = P.tensor(f"J{level}", "n", "k", sort)
            if level < depth:
                self.h[level], self.h1[level] = P.tensors(f"h{level} h{level}+", "n", sort)
                self.S[level] = P.tensor(f"S{level}", "n", sort)
        self._assume()

    def _assume(self) -> None:
        P, i, a, L = self.P, self.i, self.a, self.depth
        for level in range(1, L + 1):
            r, c = self.r[level], self.r[level - 1]
            for W, h, z, plus in ((self.W, self.h, self.z, ""), (self.W1, self.h1, self.z1, "+")):
                sent = self.s[level] * total(c, W[level](r, c) * h[level - 1](i, c))
                words = f"layer {level}" + (" after the step" if plus else "")
                P.assume(f"LAYER{level}{plus}", forall(i, r, z[level](i, r).equals(sent)), words)
            P.assume(f"STEP{level}", self.step(level), f"step of layer {level}, for any g{level}")
            if level < L:
                moved = self.S[level](i, r) * (self.z1[level](i, r) - self.z[level](i, r))
                secant = forall(i, r, self.h1[level](i, r).equals(self.h[level](i, r) + moved))
                P.assume(f"SECANT{level}", secant, f"secant slopes of layer {level}")
        for e, z, name in ((self.e, self.z, "ERROR"), (self.e1, self.z1, "NEXT_ERROR")):
            P.assume(name, forall(i, a, e(i, a).equals(z[L](i, a) - self.y(i, a))), "error")
        for level in range(L, 0, -1):
            P.assume(f"PATH{level}", self.path(level), f"from layer {level} to the outputs, with secant slopes")
        P.assume("KERNEL", self.kernel(self.h1), "the secant kernel")

    def step(self, level: int, sign: int = 1) -> Assertion:
        """The step of the weights of a layer."""
        j, b, r, c = self.j, self.b, self.r[level], self.r[level - 1]
        pull = total(j, total(b, self.g[level](j, r, b) * self.e(j, b)) * self.h[level - 1](j, c))
        moved = self.kappa[level] * self.W[level](r, c) - sign * self.eta * self.s[level] * pull
        return forall(r, c, self.W1[level](r, c).equals(moved))

    def path(self, level: int, *, decay: bool = True, slopes: bool = True) -> Assertion:
        """The definition of J, from the top down."""
        i, a, r = self.i, self.a, self.r[level]
        J = self.J[level](i, a, r)
        if level == self.depth:
            return forall(i, a, r, J.equals(delta(a, r)))
        above = self.r[level + 1]
        sent = self.s[level + 1] * total(above, self.J[level + 1](i, a, above) * self.W[level + 1](above, r))
        sent = self.kappa[level + 1] * sent if decay else sent
        return forall(i, a, r, J.equals(sent * self.S[level](i, r) if slopes else sent))

    def met(self, level: int, features: dict[int, Tensor]) -> Expression:
        """``h_{l-1,i}⁺ · h_{l-1,j}``."""
        c = self.r[level - 1]
        return total(c, features[level - 1](self.i, c) * self.h[level - 1](self.j, c))

    def kernel(self, features: dict[int, Tensor]) -> Assertion:
        """The definition of the kernel."""
        i, j, a, b = self.i, self.j, self.a, self.b

        def part(level: int) -> Expression:
            r = self.r[level]
            back = total(r, self.J[level](i, a, r) * self.g[level](j, r, b))
            return self.s[level] ** 2 * self.met(level, features) * back

        return forall(i, a, j, b, self.K(i, a, j, b).equals(reduce(add, map(part, range(1, self.depth + 1)))))

    def after(self, lowest: int = 1) -> Assertion:
        """The conclusion; decay of the layers from ``lowest`` on."""
        i, j, a, b = self.i, self.j, self.a, self.b
        right = self.e(i, a) - self.eta * total(j, b, self.K(i, a, j, b) * self.e(j, b))
        for level in range(lowest, self.depth + 1):
            r = self.r[level]
            right = right - (1 - self.kappa[level]) * total(r, self.J[level](i, a, r) * self.z[level](i, r))
        return forall(i, a, self.e1(i, a).equals(right))

    def show_layer(self, level: int) -> Fact:
        """How the pre-activations of a layer move."""
        P, i, j, b, r, c = self.P, self.i, self.j, self.b, self.r[level], self.r[level - 1]
        z, z1, s, kappa, eta = self.z, self.z1, self.s[level], self.kappa[level], self.eta
        pulled = total(j, b, self.met(level, self.h1) * self.g[level](j, r, b) * self.e(j, b))
        right = -(1 - kappa) * z[level](i, r) - eta * s**2 * pulled
        rewrite = [f"LAYER{level}+", f"STEP{level}"]
        if level > 1:
            below = self.S[level - 1](i, c) * (z1[level - 1](i, c) - z[level - 1](i, c))
            right = kappa * s * total(c, self.W[level](r, c) * below) + right
        items = [item(Fact(f"LAYER{level}")(i, r), kappa)]
        if level > 1:
            items.append(item(Fact(f"SECANT{level - 1}")(i, c), kappa * s * self.W[level](r, c), over=[c]))
        return P.show(
            f"layer {level} moves",
            forall(i, r, (z1[level](i, r) - z[level](i, r)).equals(right)),
            *items,
            rewrite=rewrite,
            reason="the features after the step meet the step of the weights; the rest is what moved below",
        )

    def show(self) -> Fact:
        """From the outputs down to the first layer."""
        P, i, a, L = self.P, self.i, self.a, self.depth
        moves = {level: self.show_layer(level) for level in range(1, L + 1)}
        return P.show(
            "the error after the step",
            self.after(),
            Fact("ERROR")(i, a),
            Fact("NEXT_ERROR")(i, a),
            *(
                item(moves[level](i, self.r[level]), self.J[level](i, a, self.r[level]), over=[self.r[level]])
                for level in range(1, L + 1)
            ),
            rewrite=["KERNEL", *(f"PATH{level}" for level in range(1, L + 1))],
            reason="put in what moved below, layer after layer",
        )


@cache
def proof(depth: int) -> ProofWriter:
    """Prove ``e⁺ = e − ηK̃e − Σ_l (1 − κ_l) J_l z_l`` for so many layers."""
    N = _Layers(depth)
    P, top = N.P, depth - 1
    P.conclude(N.show())
    P.mutant("transport without decay", {f"PATH{top}": N.path(top, decay=False)})
    P.mutant("decay of the first layer dropped", {}, conclusion=N.after(2))
    P.mutant("features before the step twice", {"KERNEL": N.kernel(N.h)})
    P.mutant("transport without slopes", {f"PATH{top}": N.path(top, slopes=False)})
    P.mutant("ascent in the first layer", {"STEP1": N.step(1, -1)})
    return P


class _AnyDepth:
    """One step of a network whose layers are numbered 0, 1, 2, …, all of one width.

    A layer of fewer units is one with weights 0 on the others; activations are only in the secant slopes.
    """

    def __init__(self) -> None:
        self.P = P = ProofWriter("The exact step of any number of layers")
        P.sorts("n", "p")
        self.i, self.j = P.indices("i j", "n")
        self.r, self.c, self.b = P.indices("r c b", "p")
        self.l, self.L = P.indices("l L", "time")
        self.z, self.z1, self.h, self.h1, self.S = P.tensors("z z+ h h+ S", "time", "n", "p")
        self.W, self.W1 = P.tensors("W W+", "time", "p", "p")
        self.g = P.tensor("g", "time", "n", "p", "p")
        self.N, self.D = P.tensor("N", "time", "n", "p", "n", "p"), P.tensor("D", "time", "n", "p")
        self.e, self.e1, self.y = P.tensors("e e+ y", "n", "p")
        self.s, self.kappa = P.tensors("s kappa", "time")
        self.eta = P.scalar("eta")
        self._assume()

    def _assume(self) -> None:
        P, i, j, r, c, b, l_ = self.P, self.i, self.j, self.r, self.c, self.b, self.l
        z, z1, h, h1, W, W1, up = self.z, self.z1, self.h, self.h1, self.W, self.W1, self.l + 1
        P.assume("INPUTS", forall(i, r, z1(0, i, r).equals(z(0, i, r))), "layer 0, the inputs, does not change")
        for Z, H, V, name in ((z, h, W, "LAYERS"), (z1, h1, W1, "LAYERS+")):
            sent = self.s(up) * total(c, V(up, r, c) * H(l_, i, c))
            words = "the layers" + (" after the step" if "+" in name else "")
            P.assume(name, forall(l_, i, r, Z(up, i, r).equals(sent)), words)
        moved = self.S(l_, i, r) * (z1(l_, i, r) - z(l_, i, r))
        P.assume("SECANT", forall(l_, i, r, h1(l_, i, r).equals(h(l_, i, r) + moved)), "secant slopes")
        pull = total(j, total(b, self.g(up, j, r, b) * self.e(j, b)) * h(l_, j, c))
        step = self.kappa(up) * W(up, r, c) - self.eta * self.s(up) * pull
        P.assume("STEP", forall(l_, r, c, W1(up, r, c).equals(step)), "the step, for any g")
        P.assume("KERNEL0", forall(i, r, j, b, self.N(0, i, r, j, b).equals(0)), "kernel of the inputs")
        P.assume("KERNEL", self.kernel(h1), "kernel of the next layer")
        P.assume("DECAY0", forall(i, r, self.D(0, i, r).equals(0)), "decay before the inputs")
        P.assume("DECAY", self.decay(), "decay up to the next layer")

    def through(self, body: Expression, *, decay: bool = True) -> Expression:
        """What a layer passes on of something that has the index c."""
        up = self.l + 1
        sent = self.s(up) * total(self.c, self.W(up, self.r, self.c) * self.S(self.l, self.i, self.c) * body)
        return self.kappa(up) * sent if decay else sent

    def kernel(self, features: Tensor, *, decay: bool = True) -> Assertion:
        i, j, r, c, b, l_ = self.i, self.j, self.r, self.c, self.b, self.l
        met = total(c, features(l_, i, c) * self.h(l_, j, c)) * self.g(l_ + 1, j, r, b)
        right = self.s(l_ + 1) ** 2 * met + self.through(self.N(l_, i, c, j, b), decay=decay)
        return forall(l_, i, r, j, b, self.N(l_ + 1, i, r, j, b).equals(right))

    def decay(self, *, own: bool = True) -> Assertion:
        i, r, c, l_ = self.i, self.r, self.c, self.l
        right = self.through(self.D(l_, i, c))
        if own:
            right = (1 - self.kappa(l_ + 1)) * self.z(l_ + 1, i, r) + right
        return forall(l_, i, r, self.D(l_ + 1, i, r).equals(right))

    def moved(self, level: IndexName | int) -> Assertion:
        i, j, r, b = self.i, self.j, self.r, self.b
        pulled = self.eta * total(j, b, self.N(level, i, r, j, b) * self.e(j, b))
        return forall(i, r, self.z1(level, i, r).equals(self.z(level, i, r) - pulled - self.D(level, i, r)))

    def show(self) -> Fact:
        P, i, j, r, c, b, l_, L = self.P, self.i, self.j, self.r, self.c, self.b, self.l, self.L
        now = P.assume("up to layer l", self.moved(l_))
        base = P.show("the inputs", self.moved(0), Fact("INPUTS")(i, r), rewrite=["KERNEL0", "DECAY0"])
        weight = self.kappa(l_ + 1) * self.s(l_ + 1) * self.W(l_ + 1, r, c)
        onward = P.show(
            "the next layer",
            self.moved(l_ + 1),
            Fact("LAYERS+")(l_, i, r),
            item(Fact("LAYERS")(l_, i, r), self.kappa(l_ + 1)),
            item(Fact("STEP")(l_, r, c), self.s(l_ + 1) * self.h1(l_, i, c), over=[c]),
            item(Fact("SECANT")(l_, i, c), weight, over=[c]),
            item(now(i, c), weight * self.S(l_, i, c), over=[c]),
            rewrite=["KERNEL", "DECAY"],
            reason="the features after the step meet the step of the weights; the rest is what moved below",
        )
        every = P.induct("every layer", l_, [self.moved(l_)], [base], [onward], reason="induction over the layers")
        before = forall(i, r, self.e(i, r).equals(self.z(L, i, r) - self.y(i, r)))
        after = forall(i, r, self.e1(i, r).equals(self.z1(L, i, r) - self.y(i, r)))
        error = P.assume("error", before)
        next_error = P.assume("next error", after)
        right = self.e(i, r) - self.eta * total(j, b, self.N(L, i, r, j, b) * self.e(j, b)) - self.D(L, i, r)
        goal = forall(L, given(before, after, forall(i, r, self.e1(i, r).equals(right))))
        return P.show("the error after the step", goal, every(L, i, r), error(i, r), next_error(i, r))


@cache
def any_depth() -> ProofWriter:
    """Prove ``e⁺ = e − ηN_L e − D_L`` for every number L of layers, by induction over them."""
    N = _AnyDepth()
    P, i, r = N.P, N.i, N.r
    two_layers = [forall(i, r, e(i, r).equals(z(2, i, r) - N.y(i, r))) for e, z in ((N.e, N.z), (N.e1, N.z1))]
    P.conclude(N.show(), witness=two_layers)
    P.mutant("transport without decay, any depth", {"KERNEL": N.kernel(N.h1, decay=False)})
    P.mutant("decay dropped, any depth", {"DECAY": N.decay(own=False)})
    P.mutant("features before the step twice, any depth", {"KERNEL": N.kernel(N.h)})
    return P


@cache
def two() -> ProofWriter:
    """Two layers."""
    return proof(2)


@cache
def three() -> ProofWriter:
    """Three layers."""
    return proof(3)


@cache
def four() -> ProofWriter:
    """Four layers."""
    return proof(4)
