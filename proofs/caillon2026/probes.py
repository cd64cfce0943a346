"""What one random probe tells of a Jacobian."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

import numpy as np
from flint import acb, arb

from fa_theory.claims.claim import Bound, Check, CheckOutcome, Claim, Fidelity, Hypothesis, Kind, Source
from fa_theory.claims.procedure import Context, Trials
from fa_theory.claims.procedures import Enclosures, Instance, Proved, wrong_proofs
from fa_theory.enclosure.asserted import PI, Asserted, WrittenTerm, bound, number
from fa_theory.model.ball import Array, Ball

from ..shared.exact import Draw, holds, vanishes
from .theorems import probes

PROBE = Hypothesis("probe", r"$p \in \mathbb{R}^n$ standard normal; the estimate of $J$ is $(Jp)p^\top$")
CHANGES = "Stated from the abstract and from descriptions by others. "


def _product(draw: Draw, *, silent: bool = False, zero: bool = False) -> Array:
    J, p = draw(3, 4), draw(4)
    J, p = 0 * J if zero else J, 0 * p if silent else p
    return np.array([np.sum(J * np.outer(J @ p, p)) - np.sum((J @ p) ** 2)])


direction = Claim(
    id="caillon2026.probe-direction",
    title="One probe never points away from the Jacobian, and is right on average",
    kind=Kind.LEMMA,
    bound=Bound.LOWER,
    summary="⟨J, (Jp)pᵀ⟩ = ‖Jp‖² ≥ (σ v·p)² for every singular value σ with vector v, and E (Jp)pᵀ = J.",
    statement=r"""For all $J$ and $p$, and all sizes,
\[ \langle J, (Jp)p^\top\rangle = \|Jp\|^2 \ge (\sigma\, v^\top p)^2 \]
for every singular value $\sigma$ of $J$ with right singular vector $v$. For standard normal $p$, $E\,(Jp)p^\top = J$.
So the cosine of the estimate with $J$ is $\|Jp\| / (\|J\|_F \|p\|)$: at least
$(\|J\|_2 / \|J\|_F)\, |\cos\angle(v, p)|$ for the largest $\sigma$, and never negative.""",
    hypotheses=(PROBE,),
    source=Source("caillon2026", "forward-gradient estimator", Fidelity.ADAPTED, CHANGES),
    procedures=(
        Proved(probes.cosine, name="proof of the product"),
        Proved(probes.bound, name="proof of the bound"),
        Proved(probes.unbiased, name="proof of the mean"),
    ),
    mutants=(
        *wrong_proofs(probes.cosine, *probes.MUTANTS_OF_COSINE),
        *wrong_proofs(probes.bound, *probes.MUTANTS_OF_BOUND),
        *wrong_proofs(probes.unbiased, *probes.MUTANTS_OF_MEAN),
    ),
    degenerate=(
        vanishes("p=0", "no probe", lambda draw: _product(draw, silent=True)),
        vanishes("J=0", "no Jacobian", lambda draw: _product(draw, zero=True)),
    ),
    witness=holds(
        "non-vacuity",
        "a Jacobian and a probe drawn at random",
        lambda draw: bool(np.sum((draw(3, 4) @ draw(4)) ** 2) > 0),
        "the product is positive",
    ),
)


def along_one(n: int) -> arb:
    """``E |cos∠(v, p)|`` in n dimensions: the mean for a Jacobian of rank one."""
    half = arb(n) / 2
    return half.gamma() / (half + arb(1) / 2).gamma() / arb.pi().sqrt()


def in_the_plane(ratio: arb) -> arb:
    """``E ‖Jp‖/‖p‖`` over ``‖J‖₂`` for n = 2 and singular values 1 and ``ratio``: a complete elliptic integral."""
    return acb(1 - ratio**2).elliptic_e().real * 2 / arb.pi()


def claimed(n: int, share: arb, factor: arb) -> arb:
    """``factor · √(2/(πn)) ‖J‖₂/‖J‖_F``."""
    return factor * (2 / (arb.pi() * n)).sqrt() * share


def _margins(rng: np.random.Generator, *, factor: Fraction = Fraction(1)) -> Instance:
    """Means minus the bound: rank one and orthogonal in n dimensions, and any singular values for n = 2."""
    n, ratio = int(rng.integers(1, 200)), arb(float(rng.uniform(0, 1)))
    scale = arb(factor.numerator) / factor.denominator
    fro = (1 + ratio**2).sqrt()
    flat = 1 / arb(n).sqrt()
    return Instance(
        margins=(
            Ball(along_one(n) - claimed(n, arb(1), scale)),
            Ball(flat - claimed(n, flat, scale)),
            Ball(in_the_plane(ratio) / fro - claimed(2, 1 / fro, scale)),
        )
    )


def _means(rng: np.random.Generator) -> Mapping[str, Any]:
    """The means for rank one in n dimensions and for n = 2, as integrals over an angle, exceed the bound."""
    said, n, right_angle = Asserted(), int(rng.integers(2, 200)), PI / 2
    turned = said.let("turned", bound("integral", "x", 0, right_angle, of=lambda x: x.of("sin") ** (n - 2)))
    aligned = bound("integral", "x", 0, right_angle, of=lambda x: x.of("cos") * x.of("sin") ** (n - 2))
    said.at_most((2 / (PI * n)).of("sqrt"), said.let("aligned", aligned) / turned)
    orthogonal = 1 / number(n).of("sqrt")
    said.at_most((2 / (PI * n)).of("sqrt") * orthogonal, orthogonal)
    ratio = said.let("r", number(Fraction(int(rng.integers(1, 64)), 64)))

    def stretched(x: WrittenTerm) -> WrittenTerm:
        return (x.of("cos") ** 2 + ratio**2 * x.of("sin") ** 2).of("sqrt")

    plane = said.let("plane", bound("integral", "x", 0, right_angle, of=stretched) / right_angle)
    frobenius = said.let("F", (1 + ratio**2).of("sqrt"))
    said.at_most((2 / (2 * PI)).of("sqrt") / frobenius, plane / frobenius)
    return said.document


MEANS = Enclosures(
    _means, Trials(8, 80, 800), "the means for rank one, orthogonal J and n = 2 exceed the bound", name="means"
)


def _too_much(context: Context) -> CheckOutcome:
    found = [_margins(context.rng("too much", k), factor=Fraction(5, 4)).violated() for k in range(20)]
    return CheckOutcome(any(found), f"a margin is certainly negative in {sum(found)} of 20 cases")


def _one(context: Context) -> CheckOutcome:
    return CheckOutcome(bool(along_one(1).contains(1)), "n = 1: the cosine is 1")


def _round(context: Context) -> CheckOutcome:
    return CheckOutcome(bool(in_the_plane(arb(1)).contains(1)), "equal singular values: ‖Jp‖ = ‖p‖")


def _half(context: Context) -> CheckOutcome:
    found = float(along_one(100) / claimed(100, arb(1), arb(1)))
    return CheckOutcome(1 < found < 1.01, f"rank one, n = 100: the mean is {found:.4f} of the bound")


expected = Claim(
    id="caillon2026.expected-cosine",
    title="The expected cosine of one probe with the Jacobian",
    kind=Kind.THEOREM,
    bound=Bound.LOWER,
    summary="E cos ≥ √(2/(πn)) ‖J‖₂/‖J‖_F: on random instances of rank one, orthogonal, or with two inputs.",
    statement=r"""For standard normal $p \in \mathbb{R}^n$ and $J \neq 0$
\[ E \cos\angle\bigl(J, (Jp)p^\top\bigr) \ge \sqrt{\frac{2}{\pi n}}\; \frac{\|J\|_2}{\|J\|_F} . \]
The mean is $\Gamma(\tfrac n2) / (\sqrt\pi\, \Gamma(\tfrac{n+1}{2}))$ where $J$ has rank one, $1/\sqrt n$ where $J$ is
orthogonal, and a complete elliptic integral for $n = 2$.""",
    hypotheses=(PROBE,),
    source=Source("caillon2026", "positive expected cosine", Fidelity.ADAPTED, f"{CHANGES}The exact means are ours."),
    uses=("caillon2026.probe-direction",),
    procedures=(MEANS,),
    mutants=(Check("a larger constant", "the bound, larger by a quarter", _too_much),),
    degenerate=(
        Check("n=1", "one input", _one),
        Check("σ₁=σ₂", "two inputs, equal singular values", _round),
    ),
    witness=Check("non-vacuity", "a Jacobian of rank one with 100 inputs", _half),
)
