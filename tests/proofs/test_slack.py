"""The slack of the theory: at which width certificates begin, for which failure probabilities that is known."""

import pytest

from fa_theory.claims.procedure import Trials
from fa_theory.proofs.song2021.slack import BY_GAMMA, BY_SIZE, CASES, DELTAS, MIDDLE, SMALLER, Slack
from fa_theory.record.evidence import Evidence, Result
from fa_theory.work.ledger import Record

SLACK = Slack((2, 8), Trials(1, 1, 1))


def records(certified: dict[int, int], trials: int) -> dict[str, Record]:
    return {
        f"{k} {p} {i}": {"case": k, "p": p, "certified": i < certified[p]}
        for k in range(len(CASES))
        for p in SLACK.widths
        for i in range(trials)
    }


@pytest.fixture(scope="module")
def many() -> Evidence:
    return SLACK.conclude(records({2: 90, 8: 100}, 100))


def test_a_smaller_delta_begins_at_a_larger_width(many):
    table = many.tables[1]
    begins = {row[2]: row[3] for row in table.rows if row[0] == 8}
    assert begins == {0.5: "≤ 2", 0.1: 8, 0.01: None}
    assert many.result is Result.SUPPORTED
    assert "with probability at least 0.9" in many.says


def test_the_ratio_is_that_of_the_widths(many):
    for n, _, delta, begins, required, slack in many.tables[1].rows:
        if begins == 8:
            assert slack == pytest.approx(required / 8, rel=0.05), (n, delta)


def test_there_is_a_figure_against_each_of_the_three(many):
    figures = {figure.name: figure for figure in many.figures}
    assert set(figures) == {"slack-n", "slack-gamma", "slack-delta"}
    required = figures["slack-delta"].curves[0]
    assert required.x == list(SMALLER)
    assert required.y == sorted(required.y)
    for name, cases in (("slack-n", BY_SIZE), ("slack-gamma", BY_GAMMA)):
        curves = [curve for curve in figures[name].curves if curve.style == "line"]
        assert len(curves) == len(DELTAS)
        assert all(len(curve.x) == len(cases) for curve in curves)
    assert MIDDLE in BY_SIZE
    assert MIDDLE in BY_GAMMA


def test_too_few_trials_leave_it_open():
    found = SLACK.conclude(records({2: 3, 8: 3}, 3))
    assert found.result is Result.UNDECIDED
    assert [curve.label for curve in found.figures[2].curves] == ["required"]


def test_failures_at_the_largest_width_contradict():
    assert SLACK.conclude(records({2: 0, 8: 20}, 100)).result is Result.CONTRADICTED
