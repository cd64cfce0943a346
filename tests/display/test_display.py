"""What notebooks show: well-formed, escaped, small, and never an exception."""

from __future__ import annotations

from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import fa_theory as fa
from fa_theory.checker.document import FORMAT, MalformedDocument
from fa_theory.claims.claim import Claim
from fa_theory.claims.procedure import Budget
from fa_theory.claims.result import SCHEMA, ClaimResult, ResultDocument
from fa_theory.conjectures import Domain, conjecture, norm
from fa_theory.conjectures.settle.outcome import ConjectureOutcome as ConjectureOutcome
from fa_theory.conjectures.settle.outcome import ConjectureVerdict
from fa_theory.enclosure.certify import CertificationOutcome, certify_run, growth_counterexample
from fa_theory.enclosure.curves import curves
from fa_theory.model.law import Law
from fa_theory.record.evidence import CheckResult, Evidence, Method, MutantResult, Result
from fa_theory.record.figure import Axis, Curve, Figure
from fa_theory.record.table import Table
from fa_theory.simulation.trajectories import Trajectories

VOID = {"br", "hr", "img", "meta", "link", "input"}
EVIL = "<script>alert('x')</script> & \"quoted\" $\\frac{1}{0 $ </div>"


class Balance(HTMLParser):
    """Fails where tags do not match, or where something would be executed or loaded."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag not in ("script", "iframe", "link", "img", "object"), tag
        for name, value in attrs:
            assert not name.startswith("on"), name
            assert name not in ("src", "srcdoc") or not value, (name, value)
            assert name not in ("href", "xlink:href") or (value or "").startswith("#"), (name, value)
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        assert self.open, f"</{tag}> closes nothing"
        assert self.open.pop() == tag


def shown(thing: Any) -> str:
    """The HTML of an object, after all that can be checked about any."""
    html = thing._repr_html_()
    assert isinstance(html, str), "nothing was displayed"
    assert len(html) < 150_000
    reader = Balance()
    reader.feed(html)
    reader.close()
    assert not reader.open
    return html


@pytest.fixture(scope="module")
def certified() -> CertificationOutcome:
    """A certificate from the start."""
    problem = Law("tanh", 3, 6, 40, lam=0.1, cutoff=5).sample(np.random.default_rng(0))
    return fa.certify_from_start(
        problem.network, problem.X, problem.y, eta=problem.eta, schedule=problem.schedule, data_label=EVIL
    )


def result(**changes: Any) -> ClaimResult:
    """What was found out about a claim."""
    claim: Claim = fa.library()["song2021.linear-recursion"].claim
    names = ("id", "title", "kind", "bound", "statement", "summary", "hypotheses", "source", "uses", "erratum")
    evidence = Evidence(
        procedure="trials",
        method=Method.SAMPLING,
        result=Result.SUPPORTED,
        settles=True,
        says=EVIL,
        n=10,
        interval=(0.9, 1.0),
        confidence=0.99,
        quantity=EVIL,
        tables=[Table(caption=EVIL, columns=["a", EVIL], rows=[[1.5, EVIL], [None, True]])],
        figures=[
            Figure(
                name="f",
                caption=EVIL,
                x=Axis(label="p", scale="log"),
                y=Axis(label="rate"),
                curves=[Curve(label=EVIL, x=[1.0, 10.0], y=[0.5, 0.6], low=[0.4, 0.5], high=[0.6, 0.7])],
            )
        ],
    )
    found: dict[str, Any] = {name: getattr(claim, name) for name in names} | {
        "verdict": Result.SUPPORTED,
        "why": EVIL,
        "complete": False,
        "evidence": [evidence],
        "mutants": [MutantResult(name=EVIL, says=EVIL, refuted=True, detail=EVIL)],
        "degenerate": [],
        "witness": CheckResult(name="w", says="s", holds=True, detail="d"),
    }
    return ClaimResult(**found | changes)


@pytest.mark.parametrize("id", ["song2021.tube-theorem", "song2021.contraction-any-width", "song2021.alignment-mean"])
def test_claims(id: str) -> None:
    located = fa.library()[id]
    html = shown(located)
    assert html == shown(located.claim)
    assert id in html
    assert "<math" in html
    assert 'class="tex"' not in html, "a formula was not understood"
    assert located.claim.statement in (located.claim._repr_latex_() or "")


def test_results() -> None:
    found = result()
    html = shown(found)
    assert "supported" in html
    assert "[0.9, 1] at 99 % confidence" in html
    assert "<svg" in html
    assert "&lt;script&gt;" in html
    shown(found.evidence[0])
    document = ResultDocument(
        schema=SCHEMA,
        seed=1,
        budget=Budget.QUICK,
        command="",
        versions={},
        claims=[found, result(verdict=Result.DERIVED)],
        failures=[EVIL],
        exit_code=0,
    )
    assert "derived" in shown(document)


def test_proofs() -> None:
    procedure: Any = fa.library()["song2021.linear-closure"].claim.procedures[0]
    html = shown(procedure.proof())
    assert html.count("<math") > len(procedure.proof().finished.steps)
    assert "all 3 steps" in html


def test_certificates(certified: CertificationOutcome, tmp_path: Path) -> None:
    html = shown(certified)
    assert "accepted by the checker" in html
    assert "until step 5" in html
    assert "<svg" in html
    assert "&lt;script&gt;" in html
    assert (certified._repr_latex_() or "").startswith(r"$\|e(")
    path = tmp_path / "certificate.json"
    certified.certificate.save(path)
    assert "Not checked" in shown(fa.view(path))
    assert "accepted by the checker" in shown(fa.view(path, check=True))
    assert certified.certificate is not None
    refused = fa.view(certified.certificate | {"rate": (0.5).hex()}, check=True)
    assert "refused by the checker" in shown(refused)


def test_other_certificates() -> None:
    problem = Law("linear", 3, 6, 40).sample(np.random.default_rng(1))
    shown(certify_run(problem))
    failed = CertificationOutcome(None, EVIL, 7)
    assert "no certificate" in shown(failed)
    assert failed._repr_latex_() is None
    network = fa.Network(np.ones((1, 1)), np.array([-1.0]), np.array([3.0]), fa.activation("linear"))
    growth = growth_counterexample(network, np.ones((1, 1)), np.zeros(1), eta=0.1, factor=1.0)
    assert growth is not None
    assert "The error grows" in shown(fa.view(growth))


def test_what_is_shown_is_still_true(certified: CertificationOutcome) -> None:
    """Upper bounds are rounded up, and intervals outwards."""
    from fa_theory.display.page import above

    certificate = certified.certificate
    assert certificate is not None
    rate = float.fromhex(certificate["rate"])
    assert rate <= float(above(rate, 7)) <= rate * (1 + 1e-6)
    for value in (0.1, 1 / 3, 123456.789, 1e-300, 2.5e17):
        for digits in (2, 4, 7):
            mantissa, _, power = above(value, digits).partition(r" \cdot 10^")
            assert float(mantissa) * 10.0 ** float(power.strip("{}") or 0) >= value * (1 - 1e-15)


def test_a_file_that_is_no_certificate(tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    path.write_text("[]")
    with pytest.raises(MalformedDocument, match="but got a list"):
        fa.view(path)
    with pytest.raises(MalformedDocument, match="but got None"):
        fa.view({})


def test_runs(certified: CertificationOutcome) -> None:
    problem = fa.sample(rng=np.random.default_rng(0), n=3, d=4, p=10, k=2, activation="relu", eta=0.1)
    assert "k = 2" in shown(problem)
    quantities = ("error", "loss", "alignment", "movement_W", "farthest_beta")
    found = fa.simulate(Law("tanh", 3, 5, 20), 30, ensemble=4, record=quantities)
    assert shown(found).count("<svg") == len(quantities)
    assert "1 network<" in shown(fa.simulate(problem, 5))
    assert certified.certificate is not None
    shown(curves(certified.certificate, 50))


def test_runs_that_diverge_or_stand_still() -> None:
    wild = fa.simulate(Law("linear", 3, 5, 20, eta=1e6), 200, ensemble=3)
    assert "3 of them diverged" in shown(wild)
    nothing = np.full((2, 3), np.nan)
    t = np.arange(3)
    shown(Trajectories(t, {"loss": nothing, "alignment": nothing}, np.zeros(2, int), "weight space", EVIL))
    shown(Trajectories(t, {"loss": np.zeros((2, 3))}, np.full(2, -1), "weight space", "numpy"))


def test_conjectures() -> None:
    @conjecture(Domain(n=1, d=1, p=1, activation="linear"))
    def grows(run: Any) -> Any:
        return norm(run[1].error) >= norm(run[0].error)

    assert "<math" in shown(grows)
    assert r"\ge" in (grows._repr_latex_() or "") or r"\le" in (grows._repr_latex_() or "")
    for verdict in ConjectureVerdict:
        outcome = ConjectureOutcome(
            name=EVIL,
            title=EVIL,
            file="x.py",
            line=1,
            verdict=verdict,
            why=EVIL,
            statement=EVIL,
            domain=EVIL,
            quantifier=EVIL,
            margin=-1.0,
            interval=(0.0, 0.1),
            quantity=EVIL,
            counterexample=EVIL,
            formulas=["W = 1"],
            proof=[("a \\le b", EVIL), ("", EVIL)],
            warnings=[EVIL],
        )
        html = shown(outcome)
        assert verdict.value in html
        assert "<script" not in html


def test_nothing_ever_raises() -> None:
    """What cannot be displayed is left to ``repr``."""
    assert CertificationOutcome({"kind": "decay-from-state"}, "", 0)._repr_html_() is None
    assert fa.view({"format": FORMAT, "kind": "growth"})._repr_html_() is None
    broken = Trajectories(np.arange(2), {"loss": np.zeros(())}, np.zeros(1), "", "")
    assert broken._repr_html_() is None


def test_every_kind_the_checker_knows_is_displayed() -> None:
    from fa_theory.checker import recheck
    from fa_theory.display import certificates

    assert certificates._KINDS.keys() == recheck._KINDS.keys()
