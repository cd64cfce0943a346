"""L1: the largest mode of a difference of Gaussians, and the first mode of a network with slow inhibition.

``k̂(x) = A e^{−ax} − B e^{−bx}`` with ``x = q²/2``, ``a = σ_E²`` and ``b = σ_I²`` is stationary at the ``x_c`` with
``B b e^{−bx_c} = A a e^{−ax_c}``. Put ``r = a/b``, E and I for the two terms at x_c, so that ``I = rE``, and u, v for
``e^{−ay}`` and ``e^{−by}``, ``y = x − x_c``. The exponential lies above its tangents, at −ay: ``u (1 + ay) ≤ 1`` and
``u (1 + (a − b) y) ≤ v``. That is all that the proofs use of it.
"""

from __future__ import annotations

from functools import cache

from fa_theory.symbolic.proof import Fact, ProofWriter, item
from fa_theory.symbolic.proof.notation import Assertion, Expression, at_least_0, positive, term

MUTANTS_OF_LARGEST = ("not stationary", "value of the other power")
MUTANTS_OF_UNIFORM = ("inhibition as strong as excitation", "the other mode is larger")
MUTANTS_OF_TRACE = ("no leak of inhibition",)
MUTANTS_OF_DETERMINANT = ("the gain of waves",)
MUTANTS_OF_TRAVELLING = ("weak inhibition",)
MUTANTS_OF_FREQUENCY = ("frequency without the leak",)
MUTANTS_OF_RISE = ("below the onset",)
MUTANTS_OF_STANDING = ("at the gain of waves",)
MUTANTS_OF_FALL = ("below the gain of patterns",)


class _Gaussians:
    """Ratio of the squared radii, and the exponentials at a distance y."""

    def __init__(self, title: str) -> None:
        self.P = P = ProofWriter(title)
        self.a, self.b, self.r, self.y, self.u, self.v = P.scalars("a b r y u v")
        P.assume("RATIO", self.a.equals(self.r * self.b), "r is the ratio σ_E²/σ_I²")
        P.assume("NARROW", at_least_0(self.r), "squared radii are positive")
        P.assume("WIDE", self.r <= 1, "inhibition reaches further")
        first, second = self.u * (1 + self.a * self.y), self.u * (1 + (self.a - self.b) * self.y)
        P.assume("TANGENT", first <= 1, "exp above its tangent at −ay, at 0")
        P.assume("TANGENT2", second <= self.v, "exp above its tangent at −ay, at −by")

    def chord(self) -> Fact:
        """``r (1 − v) ≤ 1 − u``."""
        r, u, v = self.r, self.u, self.v
        rest = self.P.show("0 ≤ 1 − r", at_least_0(1 - r), "WIDE")
        return self.P.show(
            "excitation falls by more",
            r * (1 - v) <= 1 - u,
            item("TANGENT", 1 - r, sign=rest),
            item("TANGENT2", r, sign="NARROW"),
            rewrite=["RATIO"],
            reason="add the tangents with the weights 1 − r and r: the terms with y cancel",
        )


@cache
def largest() -> ProofWriter:
    """Prove ``E u − I v ≤ (1 − r) E`` if ``I = r E``: no mode exceeds the stationary one, whose value that is."""
    N = _Gaussians("The largest mode of a difference of Gaussians")
    P, r, u, v = N.P, N.r, N.u, N.v
    E, I = P.scalars("E I")  # noqa: E741
    P.assume("EXCITATION", at_least_0(E), "E is A exp(−σ_E² q_c²/2)")
    P.assume("STATIONARY", I.equals(r * E), "I is B exp(−σ_I² q_c²/2), and the slope of the transform is 0 at q_c")

    def said(value: Expression) -> Assertion:
        return E * u - I * v <= value

    P.conclude(
        P.show(
            "no mode is larger",
            said((1 - r) * E),
            item(N.chord(), E, sign="EXCITATION"),
            rewrite=["STATIONARY"],
            reason="excitation falls by more than inhibition",
        )
    )
    P.mutant("not stationary", {"STATIONARY": I.equals(E)})
    P.mutant("value of the other power", {}, conclusion=said((1 - r) ** 2 * E))
    return P


@cache
def uniform() -> ProofWriter:
    """Prove ``A u − B v ≤ A − B`` at ``x ≥ 0`` if ``B ≤ r A``: the uniform mode is the largest."""
    N = _Gaussians("Narrow or weak inhibition: the uniform mode is the largest")
    P, r, u, v = N.P, N.r, N.u, N.v
    A, B = P.scalars("A B")
    P.assume("EXCITATION", at_least_0(A), "excitation")
    P.assume("WEAK", r * A >= B, "inhibition is narrow or weak")
    P.assume("FALLS", v <= 1, "exp(−bx) for x ≥ 0")

    def said(value: Expression) -> Assertion:
        return A * u - B * v <= value

    fallen = P.show("0 ≤ 1 − v", at_least_0(1 - v), "FALLS")
    P.conclude(
        P.show(
            "no mode is larger",
            said(A - B),
            item(N.chord(), A, sign="EXCITATION"),
            item("WEAK", 1 - v, sign=fallen),
            reason="excitation falls by more than inhibition",
        )
    )
    P.mutant("inhibition as strong as excitation", {"WEAK": A >= B})
    P.mutant("the other mode is larger", {}, conclusion=said((1 - r) * (A - B)))
    return P


class _Slow:
    """``u̇ = −u + γ k∗u − b v``, ``τ v̇ = −v + u`` at a mode: trace and determinant, with h = 1/τ and m = γ k̂_c."""

    def __init__(self, title: str) -> None:
        self.P = P = ProofWriter(title)
        self.b, self.h, self.most = P.scalars("b h m")

    def trace(self, driven: Expression) -> Expression:
        return driven - 1 - self.h

    def determinant(self, driven: Expression) -> Expression:
        return (1 + self.b - driven) * self.h

    def any_mode(self) -> tuple[Expression, Fact]:
        """``γ k̂`` at a mode, and that it is at most m."""
        P = self.P
        gain, k, top = P.scalars("gain khat kc")
        P.assume("GAIN", positive(gain), "a gain")
        P.assume("LARGEST", k <= top, "the largest value of the transform")
        P.assume("MOST", self.most.equals(gain * top), "m is γ k̂_c")
        return gain * k, P.show("γ k̂ ≤ m", gain * k <= self.most, item("LARGEST", gain), rewrite=["MOST"])

    def slow(self) -> None:
        self.P.assume("SLOW", positive(self.h), "h is 1/τ")


@cache
def trace() -> ProofWriter:
    """Prove ``T < 0`` at every mode if ``γ k̂_c < 1 + 1/τ``."""
    N = _Slow("Below the onset of waves traces are negative")
    P = N.P
    driven, every = N.any_mode()
    below = P.assume("BELOW", N.most < 1 + N.h, "below the onset of waves")
    P.conclude(P.show("the trace is negative", N.trace(driven) < 0, every, below))
    P.mutant("no leak of inhibition", {}, conclusion=driven - 1 < 0)
    return P


@cache
def determinant() -> ProofWriter:
    """Prove ``0 < D`` at every mode if ``γ k̂_c < 1 + b``."""
    N = _Slow("Below the onset of patterns determinants are positive")
    P = N.P
    N.slow()
    driven, every = N.any_mode()
    below = P.assume("BELOW", N.most < 1 + N.b, "below the onset of patterns")
    room = P.show("0 < 1 + b − γ k̂", positive(1 + N.b - driven), every, below)
    said = positive(N.determinant(driven))
    P.conclude(P.show("the determinant is positive", said, item("SLOW", 1 + N.b - driven, sign=room)))
    P.mutant("the gain of waves", {"BELOW": N.most < 1 + N.h})
    return P


@cache
def travelling() -> ProofWriter:
    """Prove ``T² < 4D`` at the onset ``γ k̂_c = 1 + 1/τ`` if ``b τ > 1``: the first mode travels."""
    N = _Slow("The first mode travels if bτ > 1")
    P = N.P
    N.slow()
    P.assume("STRONG", N.h < N.b, "bτ > 1")
    P.assume("ONSET", N.most.equals(1 + N.h), "at the onset of waves")
    gap = P.show("0 < b − h", positive(N.b - N.h), "STRONG")
    size = P.show("0 < (b − h) h", positive((N.b - N.h) * N.h), item("SLOW", N.b - N.h, sign=gap))
    complex_ = N.trace(N.most) ** 2 < 4 * N.determinant(N.most)
    reason = "the trace is 0, and the determinant (b − h) h"
    P.conclude(P.show("the eigenvalues are complex", complex_, size, rewrite=["ONSET"], reason=reason))
    P.mutant("weak inhibition", {"STRONG": N.b < N.h})
    return P


@cache
def frequency() -> ProofWriter:
    """Prove ``D = (b − 1/τ)/τ`` at the onset of waves: the square of the frequency."""
    N = _Slow("The frequency at the onset")
    P = N.P
    P.assume("ONSET", N.most.equals(1 + N.h), "at the onset of waves")

    def said(square: Expression) -> Assertion:
        return N.determinant(N.most).equals(square)

    P.conclude(P.show("the frequency", said((N.b - N.h) * N.h), rewrite=["ONSET"]))
    P.mutant("frequency without the leak", {}, conclusion=said(N.b * N.h))
    return P


@cache
def rise() -> ProofWriter:
    """Prove ``0 < T`` at the largest mode above the onset of waves."""
    N = _Slow("Above the onset of waves the largest mode grows")
    P = N.P
    above = P.assume("ABOVE", 1 + N.h < N.most, "above the onset of waves")
    P.conclude(P.show("the trace is positive", positive(N.trace(N.most)), above))
    P.mutant("below the onset", {"ABOVE": term(1) < N.most})
    return P


@cache
def standing() -> ProofWriter:
    """Prove ``T < 0`` at ``γ k̂_c = 1 + b`` if ``b τ < 1``; there ``D = 0``: an eigenvalue is 0, the other negative."""
    N = _Slow("The first mode stands if bτ < 1")
    P = N.P
    weak = P.assume("WEAK", N.b < N.h, "bτ < 1")
    P.assume("ONSET", N.most.equals(1 + N.b), "at the onset of patterns")
    P.conclude(P.show("the trace is negative", N.trace(N.most) < 0, weak, rewrite=["ONSET"]))
    P.mutant("at the gain of waves", {"ONSET": N.most.equals(1 + N.h)})
    return P


@cache
def fall() -> ProofWriter:
    """Prove ``D < 0`` at the largest mode if ``1 + b < γ k̂_c``: it grows, and does not turn."""
    N = _Slow("Above the onset of patterns the largest mode grows")
    P = N.P
    N.slow()
    above = P.assume("ABOVE", 1 + N.b < N.most, "above the onset of patterns")
    room = P.show("0 < m − 1 − b", positive(N.most - 1 - N.b), above)
    said = N.determinant(N.most) < 0
    P.conclude(P.show("the determinant is negative", said, item("SLOW", N.most - 1 - N.b, sign=room)))
    P.mutant("below the gain of patterns", {"ABOVE": term(1) < N.most})
    return P
