"""Loss curves: the enclosure of linear networks, late bounds, and the command."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from fa_theory.cli import app
from fa_theory.enclosure import linear_loss
from fa_theory.enclosure.linear_loss import enclose
from fa_theory.errors import InputError
from fa_theory.model.activations import activation
from fa_theory.model.network import Network
from fa_theory.model.rules import Rule, advance
from fa_theory.model.schedules import Schedule
from fa_theory.proofs.song2021.experiments.loss import loss_curve
from fa_theory.proofs.song2021.experiments.loss_curves import LossCurves
from fa_theory.proofs.song2021.experiments.networks import AlignmentCell


def small(p: int, seed: int = 0) -> tuple[Network, np.ndarray, np.ndarray]:
    """A network whose numbers have few digits, so that exact runs stay short."""
    rng = np.random.default_rng(seed)
    W, beta, b, X, y = (np.round(8 * rng.standard_normal(shape)) / 8 for shape in ((p, 3), p, p, (2, 3), 2))
    return Network(W, beta, b, activation("linear")), X, y


def exactly(A: np.ndarray) -> np.ndarray:
    return np.asarray(np.frompyfunc(Fraction, 1, 1)(A), dtype=object)


@pytest.mark.parametrize(("p", "lam", "cutoff"), [(1, 0.0, None), (4, 0.5, None), (9, 0.25, 2)])
def test_the_exact_run_lies_in_the_intervals(p: int, lam: float, cutoff: int | None) -> None:
    network, X, y = small(p)
    schedule, steps = Schedule(lam, cutoff), 5
    found = enclose(network, X, y, eta=0.0625, steps=list(range(steps)), schedule=schedule)
    assert found is not None
    state = Network(exactly(network.W), exactly(network.beta), exactly(network.b), network.psi)
    for t in range(steps):
        after, e = advance(state, exactly(X), exactly(y), eta=0.0625, lam=schedule(t))
        low, high = found.loss[t]
        assert Fraction(low) <= sum(e**2) / 2 <= Fraction(high)
        dot, b2, beta2 = (sum(u * v) for u, v in ((state.b, state.beta), (state.b, state.b), (state.beta, state.beta)))
        low, high = found.alignment[t]
        signed = dot * abs(dot) / (b2 * beta2)  # cos·|cos|, which is rational
        assert Fraction(low) * abs(Fraction(low)) <= signed <= Fraction(high) * abs(Fraction(high))
        assert high - low < 1e-12
        state = after


def test_another_network_lies_outside() -> None:
    network, X, y = small(4)
    found = enclose(network, X, y, eta=0.0625, steps=[3])
    other = enclose(network, X, y + 2.0**-40, eta=0.0625, steps=[3])
    assert found is not None
    assert other is not None
    assert found.loss[0][1] < other.loss[0][0] or other.loss[0][1] < found.loss[0][0]


def test_a_cosine_that_is_not_defined_can_be_anything() -> None:
    network, X, y = small(4)
    found = enclose(Network(network.W, 0 * network.beta, network.b, network.psi), X, y, eta=0.0625, steps=[0])
    assert found is not None
    assert found.alignment == [(-1.0, 1.0)]


def test_a_loss_below_the_smallest_float() -> None:
    network = Network(np.eye(1), np.zeros(1), np.ones(1), activation("linear"))
    found = enclose(network, np.eye(1), np.ones(1), eta=0.5, steps=[0, 800])
    assert found is not None
    assert found.loss[1] == (0.0, 5e-324)
    assert found.width == 0.0


def test_too_few_bits(monkeypatch: pytest.MonkeyPatch) -> None:
    network, X, y = small(4)
    steps = [0, 400]
    assert enclose(network, X, 100 * y, eta=2.0, steps=[0, 60]) is None  # a run that diverges doubly exponentially
    found = enclose(network, X, y, eta=0.0625, steps=steps)
    assert found is not None
    monkeypatch.setattr(linear_loss, "FIRST_BITS", 32)
    monkeypatch.setattr(linear_loss, "MOST_BITS", 32)
    assert enclose(network, X, y, eta=0.0625, steps=steps) is None


def test_what_cannot_be_enclosed() -> None:
    network, X, y = small(4)
    tanh = Network(network.W, network.beta, network.b, activation("tanh"))
    for wrong, words in ((tanh, "expected a linear network"), (network, "increasing steps")):
        with pytest.raises(InputError, match=words):
            enclose(wrong, X, y, eta=0.1, steps=[1, 1])


@pytest.mark.parametrize("lam", [0.0, 0.3])
def test_the_float_run_agrees_with_the_enclosure(lam: float) -> None:
    found = loss_curve(AlignmentCell("linear", lam, 30), np.random.default_rng(1), steps=300, every=50)
    assert found.enclosed is not None
    assert found.t.tolist() == found.enclosed.t == list(range(0, 301, 50))
    for values, intervals in ((found.loss, found.enclosed.loss), (found.alignment, found.enclosed.alignment)):
        assert values == pytest.approx([low for low, _ in intervals], rel=1e-9)


def test_what_has_no_bound_says_why() -> None:
    kept = loss_curve(AlignmentCell("relu", 0.3, 60), np.random.default_rng(0), steps=10)
    early = loss_curve(AlignmentCell("tanh", 0.0, 60), np.random.default_rng(0), steps=10)
    unasked = loss_curve(AlignmentCell("tanh", 0.0, 60), np.random.default_rng(0), steps=10, certify=False)
    assert kept.certificate is early.certificate is unasked.certificate is None
    assert "λ is eventually 0" in kept.reason
    assert early.reason.startswith("no bound up to step 10: ")
    assert unasked.reason == "not requested"
    with pytest.raises(InputError, match="steps ≥ 1"):
        loss_curve(AlignmentCell("tanh", 0.0, 60), np.random.default_rng(0), steps=0)


def test_a_certificate_for_ever_after_a_cutoff() -> None:
    cell, cutoff = AlignmentCell("relu", 0.3, 60), 100
    found = loss_curve(cell, np.random.default_rng(0), steps=1600, every=200, cutoff=cutoff)
    assert found.certificate is not None, found.reason
    assert found.certificate["step"] >= cutoff
    assert found.certificate["schedule"] == {"lam": float(cell.lam_here).hex(), "cutoff": cutoff}
    kept = loss_curve(cell, np.random.default_rng(0), steps=200, every=200)
    assert found.loss[0] == kept.loss[0]
    assert found.loss[1] < kept.loss[1]
    never = loss_curve(cell, np.random.default_rng(0), steps=100, every=50, cutoff=101)
    assert "λ is eventually 0" in never.reason


def test_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    options = ["--activation", "linear", "--activation", "relu", "--width", "60", "--steps", "1600", "--lam", "0,0.3"]
    app(["simulate", "song2021-loss", *options, "--out", str(tmp_path), "--jobs", "1"], standalone_mode=False)
    everything = json.loads((tmp_path / "song2021-loss.json").read_text())
    assert [(row["activation"], row["lam"], row["rule"]) for row in everything] == [
        (activation, lam, rule) for activation in ("linear", "relu") for lam in (0.0, 0.3) for rule in ("fa", "bp")
    ]
    rows, compared = everything[::2], everything[1::2]
    for ours, theirs in zip(rows, compared, strict=True):
        assert theirs["loss"][0] == pytest.approx(ours["loss"][0])  # the same network
        assert theirs["loss"][-1] < theirs["loss"][0]
        assert theirs["loss"][-1] != ours["loss"][-1]
        assert theirs["enclosed"] is theirs["envelope"] is None
    assert all(row["enclosed"] and row["envelope"] is None for row in rows[:2])
    assert rows[0]["loss"][0] == pytest.approx(rows[1]["loss"][0])  # networks differ in λ only
    bound = rows[2]["envelope"]
    assert (tmp_path / "certificates" / bound["certificate"]).is_file()
    after = [t >= bound["from"] for t in rows[2]["steps"]]
    assert [x is not None for x in bound["loss"]] == after
    assert all(loss <= above for loss, above in zip(rows[2]["loss"], bound["loss"], strict=True) if above is not None)
    assert rows[3]["envelope"] is None
    printed = capsys.readouterr().out
    assert "for all t ≥ 0 after step" in printed
    assert "λ is eventually 0" in printed
    assert "fa-theory recheck" in printed
    assert "only feedback alignment is certified" in printed
    assert (tmp_path / "song2021-loss.pdf").is_file()


def test_backpropagation_goes_down_the_gradient_of_the_same_network() -> None:
    cell, steps = AlignmentCell("tanh", 0.3, 20), 3
    found = loss_curve(cell, np.random.default_rng(1), rule=Rule.BP, steps=steps)
    problem = cell.problem(np.random.default_rng(1))
    state = problem.network
    for t in range(steps):
        assert found.loss[t] == pytest.approx(np.mean((state.output(problem.X) - problem.y) ** 2))
        state, _ = advance(state, problem.X, problem.y, eta=cell.eta, lam=cell.lam_here, rule=Rule.BP)
    assert found.certificate is found.enclosed is None


def test_without_backpropagation() -> None:
    jobs = LossCurves(activation=("linear",), lam=(0.0,), bp=False).jobs()
    assert [job.rule for job in jobs] == [Rule.FA]


@pytest.mark.parametrize(
    ("lam", "says"), [(0.0, "; no bound up to step 4: "), (0.3, "; no bound: certificates require that λ is")]
)
def test_enclosed_curves_say_why_no_bound_holds_later(lam: float, says: str) -> None:
    found = loss_curve(AlignmentCell("tanh", lam, 20), np.random.default_rng(0), steps=4, every=2, from_start=True)
    assert found.reason.startswith("from the start: loss and alignment are in the given intervals")
    assert says in found.reason
