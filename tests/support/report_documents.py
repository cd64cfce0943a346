"""Result documents for tests of the report: every verdict, every kind of figure, and texts that hurt."""

from __future__ import annotations

import math

import msgspec

from fa_theory.claims.claim import Bound, Erratum, Fidelity, Hypothesis, Kind, Source
from fa_theory.claims.procedure import Budget
from fa_theory.claims.result import SCHEMA, ClaimResult, ResultDocument
from fa_theory.record.evidence import (
    SHOWN,
    Artefact,
    CheckResult,
    DerivationRow,
    Evidence,
    Method,
    MutantResult,
    Result,
)
from fa_theory.record.figure import Axis, Curve, Figure
from fa_theory.record.table import Table

NASTY = r"""_ % # & $ ~ ^ \ { } < > | "q" 'r' ` \input{x} <script>alert(1)</script> {{ 1 }} << 2 >> <% 3 %> $5 and $6"""
UNICODE = "ψ(z) ≥ λη‖e‖² · 10⁻¹² → β₀, γ̃, Ḡ, ẇ, 𝐊 ⪰ 0, ⟨b, β⟩ ∈ ℝ, Wᵀ, 中, 😀, \x07"
HASH = "3f786850e387550fdab836ed7e6dc881de23001b2c9d7d3ad0b4f6c1c2f8a1b9"
RERUN = "fa-theory verify song2021.exponential-decay-of-concrete-networks --seed 20210607 --budget standard"

STEPS = [float(t) for t in range(0, 400, 4)]
ERROR = Figure(
    name="error",
    caption=r"Error of a certified network with $\eta = 0.2$: the run, and the bound that holds for all time.",
    x=Axis(label="step $t$"),
    y=Axis(label=r"$\|e(t)\|_2$", scale="log"),
    curves=[
        Curve(label="run", x=STEPS, y=[3 * math.exp(-0.03 * t) for t in STEPS]),
        Curve(
            label="certified bound",
            x=STEPS[40:],
            y=[4 * math.exp(-0.02 * t) for t in STEPS[40:]],
            low=[1e-6] * 60,
            high=[4 * math.exp(-0.02 * t) for t in STEPS[40:]],
            style="dashed",
        ),
    ],
)
ALIGNMENT = Figure(
    name="alignment",
    caption="Alignment of the same network.",
    x=Axis(label="step $t$"),
    y=Axis(label=r"$\cos\angle(b, \beta(t))$"),
    curves=[
        Curve(label="run", x=STEPS, y=[0.7 - 0.65 * math.exp(-0.02 * t) for t in STEPS]),
        Curve(label="certified limit", x=STEPS[40:], y=[0.7] * 60, low=[0.66] * 60, high=[0.73] * 60, style="dashed"),
    ],
)
WIDTHS = [50.0, 100.0, 200.0, 400.0, 800.0]
SCALING = Figure(
    name="scaling",
    caption="Concentration of the Gram matrix.",
    x=Axis(label="width $p$", scale="log"),
    y=Axis(label=r"$\lVert G(0) - \bar G\rVert$", scale="log"),
    curves=[
        Curve(
            label="observed",
            x=WIDTHS,
            y=[p**-0.5 for p in WIDTHS],
            low=[0.8 * p**-0.5 for p in WIDTHS],
            high=[1.2 * p**-0.5 for p in WIDTHS],
            style="points",
        ),
        Curve(label="$\\propto p^{-0.5}$", x=WIDTHS, y=[1.1 * p**-0.5 for p in WIDTHS], style="step"),
    ],
)


DOCUMENT = Artefact(path="proofs/a-0123456789abcdef.json", sha256="0" * 64, kind="proofs")


def evidence(method: Method, result: Result, **more: object) -> Evidence:
    fields: dict[str, object] = {
        "procedure": method.value,
        "method": method,
        "result": result,
        "settles": True,
        "says": f"what {method.value} found: 19 of 20 networks, error probability ≤ 2e-12",
        "n": 20,
        "rerun": RERUN,
        "artefacts": [DOCUMENT] if result in SHOWN else [],
    }
    return Evidence(**(fields | more))  # type: ignore[arg-type]


def claim(id: str, verdict: Result, *found: Evidence, **more: object) -> ClaimResult:
    fields: dict[str, object] = {
        "id": id,
        "title": "Exponential decay of the error",
        "kind": Kind.THEOREM,
        "bound": Bound.UPPER,
        "statement": r"For all $t \ge 0$ \[ \lVert e(t)\rVert_2 \le q^t \lVert e(0)\rVert_2 . \]",
        "summary": "The error of this network decays exponentially for ever.",
        "hypotheses": [Hypothesis(name="small step", statement=r"$0 < \eta < 2/\lVert G + H\rVert$")],
        "source": Source(
            key="song2021", locator="Theorem 3.2", fidelity=Fidelity.ADAPTED, changes="constants explicit", proved=True
        ),
        "uses": [],
        "erratum": None,
        "verdict": verdict,
        "why": found[0].says,
        "complete": verdict not in (Result.UNDECIDED, Result.NOT_RUN),
        "evidence": list(found),
        "mutants": [
            MutantResult(
                name="sign flipped", says="$H$ enters with the wrong sign", refuted=True, detail="at 12 points"
            )
        ],
        "degenerate": [CheckResult(name="n = 1", says="one sample", holds=True, detail="the error is a number")],
        "witness": CheckResult(name="witness", says="tanh, p = 500", holds=True, detail="20 of 20 samples accepted"),
    }
    return ClaimResult(**(fields | more))  # type: ignore[arg-type]


DERIVATION = [
    DerivationRow(
        part="one step",
        latex=r"e_i^{+} = \frac{1}{\sqrt p} \sum_r \beta_r^{+} \psi\left(\sum_{k=1}^{d} W_{rk}^{+} X_{ik}\right) - y_i",
        reason="the definition of the error after the step",
        checks="normal form; 40 random rational points",
    ),
    DerivationRow(
        part="one step",
        latex=r"e^+ &= (1-\eta\lambda) e - \eta\lambda y \\ &\quad - \eta\bigl[\tilde G + \tilde H\bigr] e",
        reason="collect terms with $\\tilde G_{ij}$ and λ",
        checks="normal form; 40 random rational points",
    ),
    DerivationRow(
        part="one step",
        latex=" + ".join(rf"\frac{{\eta^{k}}}{{p^{k}}} \sum_{{r=1}}^{{p}} \beta_r b_r X_{{r{k}}}" for k in range(12)),
        reason="a formula far too wide for a line",
        checks="normal form",
    ),
]


def document() -> ResultDocument:
    """Every verdict, every kind of figure, derivations, files, texts that hurt."""
    proportion = {"interval": (0.8318491, 1.0), "confidence": 0.99, "quantity": "P(error decays) at p = 500"}
    wide = Table(
        caption="Certified networks by law",
        columns=["law", "certified", "T", "rate q", "limit alignment", "note"],
        rows=[
            [
                f"tanh, sphere, (n,d,p)=(10,20,{p}), η=0.2, λ=0.3 for 60 steps",
                19,
                None,
                0.98765432,
                "[0.663, 0.731]",
                "ok",
            ]
            for p in range(500, 540)
        ],
    )
    certificates = [
        Artefact(path=f"certificates/song2021.decay-{HASH[:16]}.json", sha256=HASH, kind="certificates")
    ] * 12
    claims = [
        claim(
            "song2021.error-recursion",
            Result.DERIVED,
            evidence(Method.SYMBOLIC, Result.DERIVED, derivation=DERIVATION),
            title=r"The secant-kernel identity $e^+ = (I - \eta(\tilde G + \tilde H))e$",
            kind=Kind.LEMMA,
            statement=(
                r"With the \emph{secant slopes} $s_{ir}$, \begin{align*} a &= b \\ &= c \end{align*} "
                r"for ψ of class $C^1$, 95\%~sure."
            ),
        ),
        claim(
            "song2021.decay",
            Result.ENCLOSED,
            evidence(
                Method.ENCLOSURE,
                Result.ENCLOSED,
                figures=[ERROR, ALIGNMENT, SCALING],
                tables=[wide],
                artefacts=certificates,
            ),
            evidence(Method.SAMPLING, Result.SUPPORTED, settles=False, **proportion),
            uses=["song2021.error-recursion", "song2021.not-in-this-run"],
            complete=False,
        ),
        claim(
            "song2021.probability",
            Result.SUPPORTED,
            evidence(Method.SAMPLING, Result.SUPPORTED, figures=[SCALING], **proportion),
            uses=["song2021.decay", "song2021.error-recursion"],
            statement=r"See \cref{claim:song2021.decay}: \begin{itemize}\item one $x$ \item two\end{itemize}",
        ),
        claim(
            "song2021.literal-contraction",
            Result.FALSIFIED,
            evidence(Method.ENCLOSURE, Result.FALSIFIED),
            erratum=Erratum(refuted_by="networks of width 8", repaired_by="song2021.decay"),
            source=Source(key="folklore", locator="§ 2", fidelity=Fidelity.VERBATIM, changes="", proved=False),
            kind=Kind.CONJECTURE,
        ),
        claim("moskovitz2018.wrong", Result.FALSIFIED, evidence(Method.ENCLOSURE, Result.FALSIFIED)),
        claim("lufkin2022.open", Result.UNDECIDED, evidence(Method.SYMBOLIC, Result.UNDECIDED), kind=Kind.DEFINITION),
        claim("mine.never-met", Result.VACUOUS, evidence(Method.SAMPLING, Result.VACUOUS), complete=False),
        claim(
            "lillicrap2016.nasty",
            Result.NOT_RUN,
            evidence(
                Method.SAMPLING,
                Result.NOT_RUN,
                says=NASTY,
                procedure=UNICODE,
                tables=[Table(caption=NASTY, columns=[NASTY, "b"], rows=[[UNICODE, True], [HASH * 2, -1.5e-7]])],
                figures=[
                    msgspec.structs.replace(
                        ERROR, name=NASTY, caption=NASTY, x=Axis(label=NASTY), y=Axis(label=UNICODE)
                    )
                ],
            ),
            title=NASTY,
            summary=UNICODE,
            hypotheses=[Hypothesis(name=NASTY, statement="$η > 0$")],
            source=Source(key="lillicrap2016", locator=NASTY, fidelity=Fidelity.OURS, changes=NASTY, proved=False),
            mutants=[MutantResult(name=NASTY, says=UNICODE, refuted=False, detail=f"see {HASH}/{HASH}.json")],
        ),
    ]
    return ResultDocument(
        schema=SCHEMA,
        seed=20210607,
        budget=Budget.QUICK,
        command="fa-theory verify --budget quick --seed 20210607 --json out/result.json --out out/a_rather_long_folder",
        machine={"processor": "Fastcore 9", "cores": "4", "system": "Linux x86_64", "python": "CPython"},
        versions={"python": "3.11.9", "fa-theory": "0.1.0", "numpy": "2.0.1"},
        claims=claims,
        failures=[f"lillicrap2016.nasty / sampling / {HASH}: ValueError: {NASTY}"],
        exit_code=2,
    )
