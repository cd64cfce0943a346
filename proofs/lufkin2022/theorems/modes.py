"""L1: Fourier modes of a periodic lattice, and how they grow.

A lattice enters through its translations ``S_m`` alone: a Fourier mode is a pair of functions, its cosine and its sine,
that every translation rotates by an angle. So one proof serves rings, tori and any other periodic lattice.
"""

from __future__ import annotations

from functools import cache

from fa_theory.symbolic.proof import Fact, ProofWriter, item, library
from fa_theory.symbolic.proof.flow import Flow
from fa_theory.symbolic.proof.notation import (
    Assertion,
    Expression,
    IndexName,
    Tensor,
    at_least_0,
    d,
    delta,
    forall,
    inv,
    of,
    square_sum,
    total,
)

MUTANTS_OF_EIGENFUNCTIONS = ("no leak", "leak of the other sign", "cosine and sine exchanged", "kernel that is odd")
MUTANTS_OF_AMPLITUDE = ("growth without the leak", "clock at half the rate")
MUTANTS_OF_DECAY = ("bound without the leak", "twice the rate")


class _Mode:
    """A kernel k on a lattice with translations S, and a mode with cosine c and sine s."""

    def __init__(self) -> None:
        self.P = P = ProofWriter("Fourier modes are eigenfunctions")
        P.sorts("n", "m")
        self.i, self.j, self.a = *P.indices("i j", "n"), P.index("a", "m")
        self.S, (self.k, self.C, self.D) = P.tensor("S", "m", "n", "n"), P.tensors("k C D", "m")
        (self.c, self.s, self.u), self.K = P.tensors("c s u", "n"), P.tensor("K", "n", "n")
        self.symbol, self.x, self.y = P.scalars("khat x y")

    def shifted(self, function: Tensor, value: Expression) -> Assertion:
        """Every translation sends a function to this value."""
        return forall(self.a, self.i, total(self.j, self.S(self.a, self.i, self.j) * function(self.j)).equals(value))

    def sine_transform(self, sine: Tensor) -> Assertion:
        return total(self.a, self.k(self.a) * sine(self.a)).equals(0)

    def eigenfunction(self, factor: Expression) -> Assertion:
        i, j = self.i, self.j
        return forall(i, (-self.u(i) + total(j, self.K(i, j) * self.u(j))).equals(factor * self.u(i)))

    def dot(self, left: Tensor, right: Tensor, over: IndexName) -> Expression:
        return total(over, left(over) * right(over))

    def orthogonal(self, to: Tensor, other: Tensor) -> Assertion:
        """A kernel with ``Σ k to = 0``."""
        a = self.a
        share = self.dot(to, other, a) * inv(self.dot(to, to, a))
        return forall(a, self.k(a).equals(other(a) - to(a) * share))

    def translations(self, of_c: Expression, of_s: Expression) -> Assertion:
        """Matrices that send c and s where they belong, and everything orthogonal to both to 0."""
        a, i, j, c, s = self.a, self.i, self.j, self.c, self.s
        cc, ss, cs = (self.dot(x, y, self.P.index(name, "n")) for x, y, name in ((c, c, "p"), (s, s, "q"), (c, s, "r")))
        whole = inv(cc * ss - cs**2)
        dual_c, dual_s = (ss * c(j) - cs * s(j)) * whole, (cc * s(j) - cs * c(j)) * whole
        return forall(a, i, j, self.S(a, i, j).equals(of_c * dual_c + of_s * dual_s))


@cache
def eigenfunctions() -> ProofWriter:
    """Prove ``−u + k∗u = (k̂ − 1) u`` for every combination u of the cosine and the sine of a mode."""
    N = _Mode()
    P, i, j, a, c, s, k, C, D = N.P, N.i, N.j, N.a, N.c, N.s, N.k, N.C, N.D
    of_c, of_s = C(a) * c(i) + D(a) * s(i), C(a) * s(i) - D(a) * c(i)
    P.assume("CONVOLUTION", forall(i, j, N.K(i, j).equals(total(a, k(a) * N.S(a, i, j)))), "coupling by a kernel")
    cosine = P.assume("COSINE", N.shifted(c, of_c), "a translation rotates the mode: its cosine")
    sine = P.assume("SINE", N.shifted(s, of_s), "a translation rotates the mode: its sine")
    even = P.assume("EVEN", N.sine_transform(D), "an even kernel: its sine transform is 0")
    P.assume("SYMBOL", N.symbol.equals(total(a, k(a) * C(a))), "Fourier transform of the kernel")
    P.assume("MODE", forall(i, N.u(i).equals(N.x * c(i) + N.y * s(i))), "any phase and size of the mode")
    P.conclude(
        P.show(
            "modes are eigenfunctions",
            N.eigenfunction(N.symbol - 1),
            item(cosine(a, i), N.x * k(a), over=[a]),
            item(sine(a, i), N.y * k(a), over=[a]),
            item(even, N.x * s(i)),
            item(even, N.y * c(i)),
            rewrite=["CONVOLUTION", "MODE", "SYMBOL"],
            reason="every translation rotates the mode; the sine parts cancel, as the kernel is even",
        ),
        witness=[N.translations(of_c, of_s), N.orthogonal(D, C)],
    )
    P.mutant("no leak", {}, conclusion=N.eigenfunction(N.symbol))
    P.mutant("leak of the other sign", {}, conclusion=N.eigenfunction(N.symbol + 1))
    P.mutant(
        "cosine and sine exchanged",
        {"COSINE": N.shifted(c, D(a) * c(i) + C(a) * s(i))},
        witness=[N.translations(D(a) * c(i) + C(a) * s(i), of_s), N.orthogonal(D, C)],
    )
    P.mutant(
        "kernel that is odd",
        {"EVEN": N.sine_transform(C)},
        witness=[N.translations(of_c, of_s), N.orthogonal(C, D)],
    )
    return P


class _Sheet:
    """``u̇ = −u + K u`` on a lattice with symmetric coupling, and a clock z."""

    def __init__(self, title: str) -> None:
        self.P = P = ProofWriter(title)
        P.sorts("n")
        self.i, self.j = P.indices("i j", "n")
        self.flow = Flow(P, "s", "t")
        self.s, self.t = self.flow.s, self.flow.t
        self.u, self.rate_u, self.K = *P.tensors("u u.", "real", "n"), P.tensor("K", "n", "n")
        self.z, self.rate_z = P.tensors("z z.", "real")
        self.flow.moves(self.u, self.rate_u)
        self.flow.moves(self.z, self.rate_z)
        i, j, t = self.i, self.j, self.t
        velocity = -self.u(t, i) + total(j, self.K(i, j) * self.u(t, j))
        P.assume("LATTICE", forall(t, i, self.rate_u(t, i).equals(velocity)), "leak and lateral coupling")

    def clock(self, rate: Expression) -> Assertion:
        return forall(self.t, self.rate_z(self.t).equals(rate * self.z(self.t)))


@cache
def amplitude() -> ProofWriter:
    """Prove that ``a(t) z(t)`` is constant for the amplitude a of a mode and ``ż = −(k̂ − 1) z``: a is exponential."""
    N = _Sheet("The amplitude of a mode")
    P, i, j, s, t = N.P, N.i, N.j, N.s, N.t
    c, symbol = P.tensor("c", "n"), P.scalar("khat")
    P.assume("SYMMETRIC", forall(i, j, N.K(i, j).equals(N.K(j, i))), "an even kernel")
    mode = P.assume(
        "EIGENFUNCTION", forall(i, total(j, N.K(i, j) * c(j)).equals(symbol * c(i))), "a mode of the coupling"
    )
    P.assume("CLOCK", N.clock(1 - symbol), "z is the exponential of −(k̂−1)t")

    def scaled(at: IndexName | int) -> Expression:
        return total(i, c(i) * N.u(at, i)) * N.z(at)

    rate = N.flow.rate(scaled(s))
    swapped = P.show(
        "coupling seen from the mode",
        total(i, j, c(i) * N.K(i, j) * N.u(t, j)).equals(symbol * total(i, c(i) * N.u(t, i))),
        item(mode(j), N.u(t, j), over=[j]),
        item(Fact("SYMMETRIC")(i, j), c(i) * N.u(t, j), over=[i, j]),
        reason="the coupling is symmetric, and the mode is an eigenfunction",
    )
    still = P.show(
        "the scaled amplitude has rate 0",
        d(s, scaled(s), t).equals(0),
        rate.equation,
        item(swapped, N.z(t)),
        rewrite=["LATTICE", "CLOCK"],
        reason="the mode grows at the rate k̂−1, the clock falls at it",
    )
    every = [P.generalise(n, x, t) for n, x in (("it is differentiable", rate.smooth), ("its rate is 0", still))]
    P.conclude(
        P.show(
            "the amplitude of a mode",
            forall(t, scaled(t).equals(scaled(0))),
            P.use(library.flow_constant())(of(s, scaled(s)), t, given=every),
            reason="a function with zero rate is constant",
        ),
        defined=["u differentiable", "z differentiable"],
        witness=[forall(i, j, N.K(i, j).equals(symbol * delta(i, j)))],
    )
    P.mutant("growth without the leak", {"CLOCK": N.clock(-symbol)})
    P.mutant("clock at half the rate", {"CLOCK": N.clock((1 - symbol) / 2)})
    return P


@cache
def decay() -> ProofWriter:
    """Prove ``‖u(t)‖² z(t) ≤ ‖u(0)‖² z(0)`` for ``ż = 2g z`` if ``uᵀKu ≤ (1−g)‖u‖²``: no pattern forms."""
    N = _Sheet("Below the threshold")
    P, i, j, s, t = N.P, N.i, N.j, N.s, N.t
    gap, v = P.scalar("g"), P.tensor("v", "n")

    def coupled(bound: Expression) -> Assertion:
        return forall(v, total(i, j, v(i) * N.K(i, j) * v(j)) <= bound * square_sum(i, v(i)))

    below = P.assume("BELOW", coupled(1 - gap), "every mode has k̂ at most 1−g")
    P.assume("CLOCK", N.clock(2 * gap), "z is the exponential of 2gt")
    P.assume("POSITIVE CLOCK", forall(t, at_least_0(N.z(t))), "an exponential is positive")

    def scaled(at: IndexName | int) -> Expression:
        return square_sum(i, N.u(at, i)) * N.z(at)

    rate = N.flow.rate(scaled(s))
    falls = P.show(
        "the scaled square does not grow",
        d(s, scaled(s), t) <= 0,
        rate.equation,
        item(below(of(i, N.u(t, i))), 2 * N.z(t), sign=P.signed(2 * N.z(t))),
        rewrite=["LATTICE", "CLOCK"],
        reason="the leak outweighs the coupling by at least g",
    )
    every = [P.generalise(n, x, t) for n, x in (("it is differentiable", rate.smooth), ("its rate", falls))]
    P.conclude(
        P.show(
            "below the threshold activity decays",
            forall(t, scaled(t) <= scaled(0)),
            P.use(library.flow_decreasing())(of(s, scaled(s)), t, given=every),
            reason="a function that does not grow stays below its start",
        ),
        defined=["u differentiable", "z differentiable"],
    )
    P.mutant("bound without the leak", {"BELOW": coupled(2 - gap)})
    P.mutant("twice the rate", {"CLOCK": N.clock(4 * gap)})
    return P
