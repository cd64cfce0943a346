"""Whose statement a claim is, and which probability it reached."""

from __future__ import annotations

import itertools
from pathlib import Path

import msgspec
import pytest
from report_documents import claim, document, evidence
from tiny_claims import write

from fa_theory.claims.claim import Bound, Erratum, Fidelity, Kind, Source
from fa_theory.claims.library import library, load
from fa_theory.claims.procedure import Budget, Trials
from fa_theory.claims.procedures.frequency import FrequencyByWidth
from fa_theory.claims.procedures.planned import Planned
from fa_theory.claims.procedures.rehearsed import Rehearsed
from fa_theory.claims.runner import Settings, verify
from fa_theory.errors import InputError
from fa_theory.record.evidence import Evidence, Method, Result

ERRATUM = Erratum("a network", "song2021.decay")
SOURCE = Source("song2021", "Theorem 1", Fidelity.ADAPTED, "a word", proved=False)


@pytest.mark.parametrize(
    ("kind", "expected"),
    [(Kind.VARIANT, "variant refuted"), (Kind.READING, "variant refuted"), (Kind.THEOREM, "falsified as stated")],
)
def test_an_expected_refutation_says_whose_statement_it_is(kind: Kind, expected: str) -> None:
    found = claim("a.b", Result.FALSIFIED, evidence(Method.ENCLOSURE, Result.FALSIFIED), kind=kind, erratum=ERRATUM)
    assert found.words == expected
    assert msgspec.structs.replace(found, erratum=None).words == "falsified"


def test_only_verbatim_statements_of_the_library_are_falsified_as_stated() -> None:
    failing = {id: located.claim for id, located in library().items() if located.claim.erratum}
    assert len(failing) >= 5
    assert all(c.kind.is_ours or c.source.fidelity is Fidelity.VERBATIM for c in failing.values())
    assert failing["song2021.contraction-any-width"].kind is Kind.VARIANT
    assert failing["song2021.regularisation-necessary"].kind is Kind.READING
    assert failing["song2021.lazy-drift-exponent"].kind is Kind.READING


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ('erratum=Erratum("x", "mine.right")', "has an erratum but is not quoted verbatim from song2021"),
        ("kind=Kind.VARIANT", "is a variant, which song2021 does not state"),
        (
            'kind=Kind.READING, source=Source("a2020", "1", Fidelity.VERBATIM, proved=False)',
            "is a reading, which a2020",
        ),
        ("bound=Bound.PROBABILITY", "has bound probability but states None; give probability=0.95"),
        ("bound=Bound.PROBABILITY, probability=1.0", "has bound probability but states 1.0"),
        ("probability=0.5", "states the probability 0.5 but has bound upper"),
    ],
)
def test_a_declaration_that_misattributes_is_refused(tmp_path: Path, fields: str, says: str) -> None:
    with pytest.raises(InputError, match=says):
        load(str(write(tmp_path, f'claim = tiny("mine.one", {fields})')))


def test_every_claim_about_a_probability_in_the_library_states_it() -> None:
    stating = [located.claim for located in library().values() if located.claim.bound is Bound.PROBABILITY]
    assert len(stating) >= 5
    for c in stating:
        assert c.probability is not None
        # a rehearsal stands for networks that only the thorough budget can pay for
        most = Budget.THOROUGH if any(isinstance(p, Rehearsed) for p in c.procedures) else Budget.STANDARD
        able = [p.reachable(most) for p in c.procedures if p.settles]
        assert min(x for x in able if x is not None) >= c.probability, c.id


SAMPLED = """
from fa_theory.claims.procedures import FrequencyByWidth, Planned
from fa_theory.claims.procedure import Trials

PLANNED = Planned(lambda p, rng: True, (4, 8), Trials({trials}), delta=0.05, success="it holds")
claim = tiny("mine.one", PLANNED, bound=Bound.PROBABILITY, probability=1 - PLANNED.delta)
user = tiny("mine.two", uses=("mine.one",))
"""


@pytest.mark.parametrize(
    ("trials", "level", "complete"),
    [
        ("10, 200, 200", "P ≥ 0.588 (states 0.95)", False),
        ("200, 200, 200", "P ≥ 0.973 (states 0.95)", True),
        ("1, 1, 200", "P ≥ 0.346 (states 0.95)", False),
    ],
)
def test_a_statistical_verdict_names_the_probability_it_reached(
    tmp_path: Path, trials: str, level: str, complete: bool
) -> None:
    from fa_theory.claims.library import select

    file = write(tmp_path, SAMPLED.format(trials=trials))
    found = verify(select([str(file)]), Settings(0, Budget.QUICK, 1, tmp_path / "out"))
    one, two = found.claims
    assert one.verdict_in_full == f"supported at {level}"
    assert (one.complete, two.complete) == (complete, complete)
    assert found.exit_code == 0
    if complete:
        assert found.on_probabilities == "1 of 1 claim about a probability is supported at the stated level."
    else:
        budget = "standard" if "200, 200" in trials else "thorough"
        assert "1 at a lower level, given in the verdict" in found.on_probabilities
        assert f"the quick budget has too few trials, the {budget} budget has enough." in found.on_probabilities


def test_a_larger_budget_never_reaches_less() -> None:
    for procedure in (
        Planned(lambda p, rng: True, (4, 8), Trials(10, 100, 1000), delta=0.01, success="x"),
        FrequencyByWidth(lambda p, rng: True, (4, 8), 4, Trials(10, 100, 1000), delta=0.01, success="x"),
    ):
        able = [procedure.reachable(budget) for budget in Budget]
        assert all(a <= b for a, b in itertools.pairwise(able))


def test_the_probability_reached_is_computed_from_the_trials() -> None:
    procedure = FrequencyByWidth(lambda p, rng: True, (4, 8), 4, Trials(10, 100, 1000), delta=0.3, success="x")
    found = procedure.conclude({"a": {"p": 4, "n": 100, "successes": 90}, "b": {"p": 8, "n": 100, "successes": 95}})
    assert found.interval is not None
    assert found.reached == found.interval[0] < 0.9


def test_a_proof_has_no_level() -> None:
    with pytest.raises(ValueError, match="a probability must be sampled"):
        Evidence(
            procedure="x", method=Method.ENCLOSURE, result=Result.SUPPORTED, settles=True, says="", n=1, reached=0.5
        )
    assert all(not c.level for c in document().claims)
    assert document().on_probabilities == ""


def test_the_report_prints_a_variant_as_a_variant_and_the_probability_reached(tmp_path: Path) -> None:
    from fa_theory.report import render

    interval = {"interval": (0.67, 1.0), "confidence": 0.99, "quantity": "P(it holds)", "reached": 0.67}
    refuted = claim(
        "a.b",
        Result.FALSIFIED,
        evidence(Method.ENCLOSURE, Result.FALSIFIED),
        kind=Kind.VARIANT,
        erratum=Erratum("x", "a.c"),
    )
    sampled = claim(
        "a.c",
        Result.SUPPORTED,
        evidence(Method.SAMPLING, Result.SUPPORTED, **interval),
        bound=Bound.PROBABILITY,
        probability=0.95,
        reached=0.67,
        reachable=Budget.STANDARD,
        complete=False,
    )
    found = msgspec.structs.replace(document(), claims=[refuted, sampled], failures=[], exit_code=0)
    rendered = render(found, tmp_path, formats=("html", "tex"))
    assert rendered.html is not None
    assert rendered.tex is not None
    html, tex = rendered.html.read_text(), rendered.tex.read_text()
    for text in (html, tex):
        assert "Variant 1" in text
        assert "our variant, not stated there" in text
        assert "variant refuted" in text
        assert "falsified as stated" not in text
        assert "0 of 1 claim about a probability is supported at the stated level" in text
        assert "(states 0.95)" in text
