"""Theorem 3.2 a posteriori from time zero: the first steps enclosed, the rest by the tube theorem."""

from __future__ import annotations

from typing import Any

from fa_theory.claims.claim import Bound, Check, CheckOutcome, Claim, Fidelity, Hypothesis, Kind, Source
from fa_theory.claims.procedure import Trials
from fa_theory.claims.procedures import Certified
from fa_theory.model.law import Law

from ..shared.tampered import multiplied, tampered, times
from .certificates import attempted, from_start

LAWS = (
    Law("tanh", 5, 10, 100),
    Law("erf", 5, 10, 100),
    Law("linear", 5, 10, 100),
    Law("sigmoid", 3, 10, 100),
    Law("softplus", 5, 10, 100),
    Law("relu", 5, 10, 200),
    Law("tanh", 5, 10, 100, lam=0.3, cutoff=60),
)


def _one_step_less(certificate: dict[str, Any]) -> None:
    certificate["step"] -= 1


def _cutoff_later(certificate: dict[str, Any]) -> None:
    certificate["schedule"]["cutoff"] += 1


def _another_start(certificate: dict[str, Any]) -> None:
    certificate["W"][0][0] = times(certificate["W"][0][0], 1.25)


decay_from_start = Claim(
    id="song2021.decay-from-start",
    title="From random initialisation, the error of these networks decays exponentially for all time",
    kind=Kind.THEOREM,
    bound=Bound.UPPER,
    summary="For every network with such a certificate, decay and limits are proved from initialisation.",
    statement=r"""For every network listed with a certificate, feedback alignment in exact arithmetic from the initial
weights $(W(0), \beta(0))$ has after the stated $T$ steps an error $\|e(T)\|_2 \le \varepsilon$, and for all $t \ge 0$
\[ \|e(T+t)\|_2 \le \kappa\, q^t\, \varepsilon, \qquad q < 1; \]
the parameters converge, and the limits of $\|w_r(t) - w_r(0)\|_2$, $\|W(t) - W(0)\|_F$, $\|\beta(t) - \beta(0)\|_2$ and
$\cos\angle(b, \beta(t))$ lie in the stated intervals.""",
    hypotheses=(
        Hypothesis(
            "contraction on the tube",
            r"the inequality of the tube theorem holds for every state in the balls around $(W(T), \beta(T))$",
        ),
        Hypothesis("no further regularisation", r"$\lambda(t) = 0$ for all $t \ge T$"),
    ),
    source=Source(
        "song2021",
        "Theorem 3.2",
        Fidelity.ADAPTED,
        "A posteriori and for one concrete network: the first T steps are enclosed in ball arithmetic from the initial "
        "weights, which are float64 numbers drawn from the law; from then on the tube theorem holds.",
    ),
    uses=("song2021.tube-theorem",),
    procedures=(
        Certified(LAWS, Trials(2, 10, 50), from_start=True),
        Certified(
            (Law("tanh", 5, 10, 100, lam=0.3, cutoff=60),),
            Trials(1, 10, 50),
            from_start=True,
            alignment_width=1e-6,
            name="limits",
        ),
    ),
    mutants=(
        tampered("steps", "the same bounds hold one step earlier", from_start, _one_step_less),
        tampered("cutoff", "regularisation lasts one step longer", from_start, _cutoff_later),
        tampered("feedback", "the feedback has the other sign", from_start, multiplied("b", by=-1)),
        tampered("start", "one initial weight is a quarter larger", from_start, _another_start),
        tampered(
            "displacement",
            "the first layer moves one per cent less",
            from_start,
            multiplied("conclusions", "limits", "total_w", "high", by=0.99),
        ),
    ),
    degenerate=(
        attempted("n=1", Law("tanh", 1, 4, 20), "one sample: certified", certified=True, start=True),
        attempted("b=0", Law("tanh", 2, 6, 30), "no feedback: certified", certified=True, zero=("b",), start=True),
        attempted("e=0", Law("tanh", 2, 4, 9), "zero error: certified", certified=True, zero=("y", "beta"), start=True),
        attempted(
            "singular Gram",
            Law("linear", 6, 3, 60),
            "linear with n > d: one component of the error never changes, so there is no certificate",
            certified=False,
            start=True,
        ),
    ),
    witness=Check(
        "non-vacuity",
        "certificates exist",
        lambda context: CheckOutcome(
            any("artefact" in r for r in context.records("certificates").values()), "some networks are certified"
        ),
    ),
)
