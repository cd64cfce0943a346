"""Runs beside that of the network, recurrences, time logic, linear algebra: as NumPy and the checker compute them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import fa_theory.conjectures as language
from fa_theory.checker.recheck import recheck
from fa_theory.conjectures import (
    Conjecture,
    Domain,
    Run,
    array,
    conjecture,
    equal,
    exp,
    iterate,
    norm,
    outer,
    row_at,
    softmax,
)
from fa_theory.conjectures.language.evaluate import Evaluator
from fa_theory.conjectures.language.exact import exact
from fa_theory.conjectures.language.expression import parts
from fa_theory.conjectures.language.snippet import margins, snippet
from fa_theory.conjectures.prove.plain import OTHERS, plain, unrolled
from fa_theory.conjectures.settle.check import check
from fa_theory.conjectures.settle.outcome import ConjectureOutcome
from fa_theory.conjectures.shrink.certify import certify_counterexample
from fa_theory.errors import InputError
from fa_theory.model.ball import balls

SMALL = Domain(n=2, d=2, p=3, steps=2, eta=(0.01, 0.5), activation="tanh", arrays={"V": ("p", "p"), "u": ("d",)})


def value(says: Callable[[Run], Any], domain: Domain = SMALL, *, count: int = 3) -> np.ndarray[Any, Any]:
    made: Conjecture = conjecture(domain)(lambda run: says(run))
    drawn = domain.sample(domain.smallest(), np.random.default_rng(1), count)
    return np.asarray(Evaluator(drawn)(says(made.run)))


def settled(
    says: Callable[[Run], Any], domain: Domain, out: Path, budget: float = 2.0, **how: Any
) -> ConjectureOutcome:
    made: Conjecture = conjecture(domain, **how)(says)
    made.build()
    return check(made, budget=budget, seed=0, out=out)


def drawn() -> Any:
    return SMALL.sample(SMALL.smallest(), np.random.default_rng(1), 3)


@pytest.mark.parametrize("rule", ["fa", "bp", "sign", "usf"])
def test_a_run_under_a_rule_is_that_of_a_domain_with_the_rule(rule: str) -> None:
    from dataclasses import replace

    there = value(lambda run: run[2].W, replace(SMALL, rule=rule))
    beside = value(lambda run: run.with_(rule=rule)[2].W)
    np.testing.assert_allclose(beside, there, rtol=1e-12)


def test_the_cutoff_of_the_domain_holds_beside_it() -> None:
    domain = Domain(n=1, d=1, p=2, steps=3, eta=0.1, lam=2.0, cutoff=1)
    np.testing.assert_allclose(value(lambda run: run.with_()[3].beta, domain), value(lambda run: run[3].beta, domain))


def test_schedules_and_lengths_are_formulas() -> None:
    found = value(lambda run: run.with_(eta=lambda t: 0, steps=run.p)[-1].t)
    np.testing.assert_array_equal(found, 3)
    still = value(lambda run: norm(run.with_(eta=lambda t: 0, steps=7)[-1].W - run[0].W))
    np.testing.assert_array_equal(still, 0)
    halved = value(lambda run: iterate({"x": 1}, lambda s: {"x": s.x / (2 + s.t)}, steps=3)[-1].x)
    np.testing.assert_allclose(halved, 1 / 24)


def test_wider_networks_and_own_rules() -> None:
    twice = value(
        lambda run: (
            run.with_(W=language.stack(run[0].W, run[0].W), beta=language.stack(run[0].beta, run[0].beta) / 2**0)[
                0
            ].output
        )
    )
    np.testing.assert_allclose(twice, value(lambda run: run[0].output) * np.sqrt(2))

    def momentum(s: Any) -> dict[str, Any]:
        v = 0.5 * s["v"] - s.feedback_W
        return {"v": v, "W": s.W + s.run.eta * v}

    heavy = value(lambda run: run.with_(step=momentum, start={"v": 0 * run[0].W})[1].W)
    np.testing.assert_allclose(heavy, value(lambda run: run[1].W))

    def learned(s: Any) -> dict[str, Any]:
        return {"b": s.b - s.run.eta * s.gradient_beta}

    kolen_pollack = value(lambda run: run.with_(step=learned, start={"b": run.b}, lam=0)[2].b)
    moved = value(lambda run: run.b - run[0].beta + run.with_(step=learned, start={"b": run.b}, lam=0)[2].beta)
    np.testing.assert_allclose(kolen_pollack, moved)


def test_linear_algebra_is_that_of_numpy() -> None:
    V, u = drawn().array("V"), drawn().array("u")
    S = V + np.swapaxes(V, 1, 2)
    here: dict[str, tuple[Callable[[Any], Any], Any]] = {
        "inverse": (lambda V: language.inverse(V), np.linalg.inv(V)),
        "det": (lambda V: language.det(V), np.linalg.det(V)),
        "rank": (lambda V: language.rank(V), 3),
        "eigenvalue": (lambda V: language.eigenvalue(V + V.T, 1), np.linalg.eigvalsh(S)[:, 1]),
        "singular": (lambda V: language.singular_value(V, 0), np.linalg.svd(V)[1][:, 2]),
        "row": (lambda V: V[1], V[:, 1]),
        "columns": (lambda V: V[:, 0:2], V[:, :, 0:2]),
        "reversed": (lambda V: V[::-1], V[:, ::-1]),
        "column": (lambda V: V[:, 1], V[:, :, 1]),
        "diagonal": (lambda V: language.diagonal(V), np.diagonal(V, axis1=1, axis2=2)),
        "matrix": (lambda V: language.diagonal(V[0]), np.array([np.diag(A[0]) for A in V])),
        "identity": (lambda V: language.identity(V), np.array([np.eye(3)] * 3)),
        "side by side": (lambda V: language.stack(V, V, axis=1), np.concatenate([V, V], axis=2)),
        "projector": (lambda V: language.projector(V[:, 0:2]), [A[:, :2] @ np.linalg.pinv(A[:, :2]) for A in V]),
        "sizes": (lambda V: language.rows(V) * language.columns(V[:, 0:2]), 6),
    }
    for name, (says, there) in here.items():
        found = value(lambda run, says=says: says(run.array("V")))
        np.testing.assert_allclose(found, np.broadcast_to(there, found.shape), rtol=1e-9, err_msg=name)
        exact = Evaluator(drawn().map(balls))(says(language.named("V", run_of(SMALL).array("V"))))
        if name != "rank":
            mid = np.vectorize(lambda ball: ball.midpoint)(exact)
            np.testing.assert_allclose(mid, np.broadcast_to(there, mid.shape), rtol=1e-9, err_msg=name)
    np.testing.assert_allclose(value(lambda run: language.solve(run.X.T @ run.X, run.array("u"))).shape, (3, 2))
    assert u.shape == (3, 2)


def run_of(domain: Domain) -> Run:
    return conjecture(domain)(lambda run: run.eta).run


def test_time_logic() -> None:
    losses = np.stack([value(lambda run, t=t: run.with_(steps=4)[t].loss) for t in range(5)], axis=1)
    long = {"steps": 4}
    every = value(lambda run: run.with_(**long).always(lambda s: s.loss <= 1).margin)
    np.testing.assert_allclose(every, 1 - losses.max(axis=1))
    some = value(lambda run: run.with_(**long).sometime(lambda s: s.loss <= 1).margin)
    np.testing.assert_allclose(some, 1 - losses.min(axis=1))
    pairs = value(lambda run: run.with_(**long).pairs(lambda s, t: t.loss <= s.loss).margin)
    expected = [min(row[i] - row[j] for i in range(5) for j in range(i + 1, 5)) for row in losses]
    np.testing.assert_allclose(pairs, expected)
    three = value(lambda run: run.with_(**long).every_step(lambda a, b, c: a.loss + c.loss >= 2 * b.loss).margin)
    np.testing.assert_allclose(three, np.min(losses[:, :-2] + losses[:, 2:] - 2 * losses[:, 1:-1], axis=1))
    level = float(np.median(losses))
    first = value(lambda run: run.with_(**long).first_time(lambda s: s.loss <= level))
    expected = [next((t for t, x in enumerate(row) if x <= level), 5) for row in losses]
    np.testing.assert_array_equal(first, expected)


def test_the_rate_along_the_flow_is_that_of_small_steps() -> None:
    h = 1e-6
    for quantity in (
        lambda s: s.loss,
        lambda s: norm(s.W) ** 2 / 2 + language.inner(s.b, s.beta),
        lambda s: language.exp(-s.alignment) * norm(s.beta),
        lambda s: language.log(norm(s.features)) / language.sqrt(norm(s.W)),
    ):
        exact = value(lambda run, q=quantity: run[0].rate(q(run[0])))
        small = lambda run, q=quantity: q(run.with_(eta=h, steps=1)[1]) - q(run[0])  # noqa: E731
        np.testing.assert_allclose(value(small) / h, exact, rtol=1e-4, atol=1e-4)


CHECKED: dict[str, Callable[[Run], Any]] = {
    "another rule": lambda run: norm(run[2].error) <= norm(run.with_(rule="bp")[2].error) / 100,
    "schedule": lambda run: run.with_(eta=lambda t: 1 / (1 + t), steps=run.p).always(lambda s: norm(s.error) <= 0.01),
    "own array": lambda run: language.det(run.array("V")) >= language.eigenvalue(run.array("V"), 1) + 100,
    "alternatives": lambda run: (run[0].loss <= 0) | (norm(run[0].W) <= 0.1),
    "premise": lambda run: language.implies(run[0].loss >= 0, norm(run[0].W) <= 0.1),
    "first time": lambda run: run.with_(steps=3).first_time(lambda s: s.loss <= 0) <= 2,
    "some time": lambda run: run.sometime(lambda s: s.loss <= -1),
    "two times": lambda run: run.with_(steps=3).pairs(lambda s, t: t.loss <= s.loss / 100),
    "three states": lambda run: run.every_step(lambda a, b, c: a.loss + b.loss + c.loss <= 0),
    "parts": lambda run: norm(language.stack(run.X[:, 0], run.X[1])) <= 0.01,
    "projector": lambda run: equal(language.projector(run.X[:, 0:1]), 2 * language.projector(run.X[:, 0:1])),
    "flow": lambda run: run[0].rate(run[0].loss) >= 0.01,
    "rows": lambda run: language.rows(run.X) * norm(language.identity(run.X)) <= 1,
    "data": lambda run: norm(run.with_(X=language.array([[1, 0.5]]), y=language.array([2]))[1].error) <= 0.001,
}


@pytest.mark.parametrize("name", CHECKED)
def test_what_is_false_of_a_network_is_certified(name: str) -> None:
    """The checker follows what floats computed, and its document is that of the same conjecture."""
    made: Conjecture = conjecture(SMALL)(CHECKED[name])
    found = [certify_counterexample(made, drawn()[i]) for i in range(3)]
    documents = [document for document in found if document is not None]
    assert documents, name
    verdict = recheck(documents[0])
    assert verdict.valid
    assert verdict.reason.isprintable()
    worse = {**documents[0], "conclusion": [*documents[0]["conclusion"], *documents[0]["conclusion"]]}
    assert not recheck(worse).valid


def test_short_runs_beside_are_written_out_for_proofs(tmp_path: Path) -> None:
    run = run_of(SMALL)
    words = {part.op for part in parts(unrolled(run.with_(rule="bp", lam=0)[2].W))}
    assert not words & set(OTHERS)
    free = Domain(n=(1, 3), d=(1, 3), p=(1, 9), activation="tanh", steps=1)
    assert settled(lambda run: equal(run.with_()[1].W, run[1].W), free, tmp_path).verdict == "proved"
    tied = settled(lambda run: equal(run.with_(rule="bp")[1].beta, run[1].beta), free, tmp_path)
    assert tied.verdict == "proved"
    premise = settled(
        lambda run: language.implies(norm(run[0].error) <= 0, run[0].loss <= 0),
        free,
        tmp_path,
    )
    assert premise.verdict in ("proved", "supported")
    long: Conjecture = conjecture(SMALL)(lambda run: run.with_(steps=9)[-1].loss >= 0)
    assert plain(long) is None


def test_own_data_are_the_same_for_all_networks(tmp_path: Path) -> None:
    mine = Domain(n=2, d=2, p=(1, 3), steps=0, inputs=[[1, 0], [0.5, 1]], targets=np.array([1, 0.3]))
    outcome = settled(lambda run: run[0].loss >= 0.6, mine, tmp_path)
    assert outcome.verdict == "falsified"
    true = settled(lambda run: [equal(run.y[0], 1), equal(run.X[1, 0], 0.5)], mine, tmp_path, budget=0.3)
    assert true.verdict in ("proved", "supported")
    for wrong in ({"inputs": [[1, 0]]}, {"inputs": "gauss"}, {"inputs": [["a", "b"], [1, 2]]}, {"targets": [1, 2, 3]}):
        with pytest.raises(InputError, match="domain: "):
            Domain(n=2, d=2, p=1, **wrong)


def test_bounds_hold_of_draws_and_of_counterexamples(tmp_path: Path) -> None:
    domain = Domain(n=1, d=2, p=4, steps=0, bounds={"W": 0.5, "beta": 0.1})
    assert (value(lambda run: norm(run[0].W), domain, count=50) <= 0.5).all()
    assert settled(lambda run: norm(run[0].W) <= 0.4, domain, tmp_path).verdict == "falsified"
    assert settled(lambda run: norm(run[0].W) <= 0.5, domain, tmp_path, budget=0.3).verdict != "falsified"
    with pytest.raises(InputError, match="bounds"):
        Domain(n=1, d=1, p=1, bounds={"Z": 1})


def test_deep_networks() -> None:
    def two(run: Run) -> Any:
        return language.deep(run, [run[0].W, run[0].beta], [run.b])[2].W(1)

    np.testing.assert_allclose(value(two), value(lambda run: run[2].W), rtol=1e-12)
    np.testing.assert_allclose(
        value(lambda run: language.deep(run, [run[0].W, run[0].beta], [run.b], rule="dfa")[1].W(1)),
        value(lambda run: run[1].W),
        rtol=1e-12,
    )
    h = 1e-6

    def slope(run: Run, layer: int) -> Any:
        """The loss a little along an update, and the square of the update, which is the slope if it is the gradient."""
        V = run.array("V")
        three = [run[0].W, V, run[0].beta]
        start = language.deep(run, three, [], rule="bp")[0]
        moved = [x - h * start.update(i) if i == layer else x for i, x in enumerate(three, 1)]
        return (start.loss - language.deep(run, moved, [], rule="bp")[0].loss) / h - norm(start.update(layer)) ** 2

    for layer in (1, 2):
        np.testing.assert_allclose(value(lambda run, layer=layer: slope(run, layer)), 0, atol=1e-3)
    with pytest.raises(InputError, match="as many feedback weights"):
        value(lambda run: language.deep(run, [run[0].W, run[0].beta], [])[0].loss)


@pytest.mark.parametrize("name", CHECKED)
def test_the_script_in_plain_numpy_says_the_same(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    made: Conjecture = conjecture(SMALL)(CHECKED[name])
    instance = exact(drawn()[0])
    code = snippet(made, instance)
    assert "fa_theory" not in code
    exec(compile(code, "snippet", "exec"), {})
    printed = float(capsys.readouterr().out.splitlines()[-1].split()[1])
    assert printed == pytest.approx(margins(made, instance)[-1][1], rel=1e-9)


@pytest.mark.parametrize("activation", ["linear", "relu", "tanh", "erf", "sigmoid", "softplus", "gelu"])
def test_every_activation_has_its_numpy(activation: str, capsys: pytest.CaptureFixture[str]) -> None:
    domain = Domain(n=2, d=2, p=3, k=2, steps=2, activation=activation, rule="sign", lam=0.1, cutoff=1)
    made: Conjecture = conjecture(domain)(lambda run: norm(run[2].features) + norm(run[2].slopes) <= 0)
    instance = exact(domain.sample(domain.smallest(), np.random.default_rng(0), 1))
    exec(compile(snippet(made, instance), "snippet", "exec"), {})
    printed = float(capsys.readouterr().out.splitlines()[-1].split()[1])
    assert printed == pytest.approx(margins(made, instance)[-1][1], rel=1e-9)


@pytest.mark.parametrize(
    ("says", "message"),
    [
        (lambda run: run.with_(momentum=1), "with_ takes"),
        (lambda run: run.with_(rule="sgd"), "rule is one of"),
        (lambda run: run.with_(step=lambda s: {"v": s.W}), "a step but no start"),
        (lambda run: run.with_(step=lambda s: {"W": s.loss}), "changes its rank"),
        (lambda run: run.with_(steps=run[0].loss)[-1].loss >= 0, "depend on sizes only"),
        (lambda run: run.with_(steps=2)[3].loss >= 0, "has no state 3"),
        (lambda run: run.array("Q"), "no array 'Q'; it has V, u"),
        (lambda run: run[0].los, "did you mean loss"),
        (lambda run: run.etas, "did you mean eta"),
        (lambda run: run[0].error.sum(), r"write total\(x\)"),
        (lambda run: (run[0].loss <= 1) & (run[0].loss >= 0), "return a list of statements"),
        (lambda run: run.pairs(lambda s, t: run.always(lambda u: u.loss <= s.loss)), "cannot be nested"),
        (lambda run: run[0].rate(run[1].loss), "of another time"),
    ],
)
def test_mistakes_are_named(says: Callable[[Run], Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        value(lambda run: language.smallest(s.margin) if isinstance(s := says(run), language.Statement) else s)


# what is sent back, and rows at a time


def test_another_error_is_sent_back_and_down() -> None:
    domain = Domain(n=3, d=2, p=4, activation="tanh", eta=0.5, steps=1)
    batch = domain.sample(domain.smallest(), np.random.default_rng(0), 2)
    run = conjecture(domain)(lambda run: run[0].loss).run
    other = run.with_(error=lambda s: 1 / (1 + exp(-s.output)) - run.y)
    evaluation = Evaluator(batch)
    for i in range(2):
        X, W, beta, b = batch.X[i], batch.W[i], batch.beta[i], batch.b[i]
        H = np.tanh(X @ W.T)
        r = 1 / (1 + np.exp(-H @ beta / 2)) - batch.y[i]
        assert evaluation(other[1].beta)[i] == pytest.approx(beta - 0.5 * H.T @ r / 2)
        assert evaluation(other[1].W)[i] == pytest.approx(W - 0.5 * (np.outer(r, b) * (1 - H**2)).T @ X / 2)
    same = run.with_(error=lambda s: s.error)
    assert evaluation(same[1].W) == pytest.approx(evaluation(run[1].W))


def test_rows_at_a_time() -> None:
    domain = Domain(n=3, d=2, p=2, steps=0)
    batch = domain.sample(domain.smallest(), np.random.default_rng(0), 2)
    run = conjecture(domain)(lambda run: run[0].loss).run
    evaluation = Evaluator(batch)
    for t in range(3):
        assert evaluation(row_at(run.X, t, 3)) == pytest.approx(batch.X[:, t])
        assert evaluation(row_at(run.y, t, 3)) == pytest.approx(batch.y[:, t])
    assert (evaluation(row_at(run.X, 3, 3)) == 0).all()
    single = run.with_(
        X=lambda t: outer(array([1]), row_at(run.X, t, 3)), y=lambda t: array([1]) * row_at(run.y, t, 3), steps=2
    )
    X, W, beta = batch.X[0], batch.W[0], batch.beta[0]
    for t in range(2):
        h = W @ X[t]
        g = h @ beta / np.sqrt(2) - batch.y[0, t]
        W, beta = (
            W - batch.eta[0] * g * np.outer(batch.b[0], X[t]) / np.sqrt(2),
            beta - batch.eta[0] * g * h / np.sqrt(2),
        )
    assert evaluation(single[2].W)[0] == pytest.approx(W)
    assert evaluation(single[2].beta)[0] == pytest.approx(beta)
    with pytest.raises(InputError, match="row_at takes the number of rows"):
        row_at(run.X, 0, 0)


def test_feedback_may_be_drawn_anew_for_every_step() -> None:
    domain = Domain(n=2, d=2, p=3, steps=0, eta=0.5, arrays={"B": (3, "p"), "V": ("p", "p"), "u": (3,)})
    batch = domain.sample(domain.smallest(), np.random.default_rng(0), 2)
    run = conjecture(domain)(lambda run: run[0].loss).run
    fresh = run.with_(b=run.redrawn("B"), steps=2)
    X, W, beta = batch.X[0], batch.W[0], batch.beta[0]
    for t in range(2):
        e = X @ W.T @ beta / np.sqrt(3) - batch.y[0]
        W, beta = (
            W - 0.5 * np.outer(batch.array("B")[0, t], e @ X) / np.sqrt(3),
            beta - 0.5 * (X @ W.T).T @ e / np.sqrt(3),
        )
    assert Evaluator(batch)(fresh[2].W)[0] == pytest.approx(W)
    assert Evaluator(batch)(fresh[2].beta)[0] == pytest.approx(beta)
    with pytest.raises(InputError, match="b is drawn for 3 steps, but the run has 4"):
        run.with_(b=run.redrawn("B"), steps=4)
    with pytest.raises(InputError, match=r"arrays=\{'V': \(5, \"p\"\)\}, not \('p', 'p'\)"):
        run.redrawn("V")
    with pytest.raises(InputError, match="a row for each"):
        run.redrawn("u")
    with pytest.raises(InputError, match="no array 'A'"):
        run.redrawn("A")
    with pytest.raises(InputError, match="X is a matrix here"):
        run.with_(X=run.redrawn("B"))
    several = conjecture(Domain(n=2, d=2, p=3, k=2, arrays={"B": (3, "p")}))(lambda run: run[0].loss).run
    with pytest.raises(InputError, match="b is a matrix here"):
        several.with_(b=several.redrawn("B"))


def test_redrawn_feedback_is_refuted_with_a_document(tmp_path: Path) -> None:
    found = settled(
        lambda run: norm(run.with_(b=run.redrawn("B"), steps=2)[2].error) <= 2 * norm(run.with_(steps=2)[2].error),
        Domain(n=1, d=1, p=1, steps=0, eta=0.5, arrays={"B": (2, "p")}),
        tmp_path,
    )
    assert found.verdict == "falsified"


def test_softmax_is_taken_row_by_row_and_is_refuted_with_a_document(tmp_path: Path) -> None:
    domain = Domain(n=2, d=1, p=1, k=3, steps=1, activation="tanh")
    batch = domain.sample(domain.smallest(), np.random.default_rng(0), 4)
    run = conjecture(domain)(lambda run: run[0].loss).run
    f = np.array([[800.0, 801.0, 700.0], [-900.0, -900.0, -900.0]])
    shares = Evaluator(batch.replace(y=np.stack([batch.y[0], f, batch.y[0], -f])))(softmax(run.y))
    weights = np.exp(f - f.max(axis=1, keepdims=True))
    np.testing.assert_allclose(shares[1], weights / weights.sum(axis=1, keepdims=True), atol=1e-30, rtol=1e-12)
    np.testing.assert_allclose(shares.sum(axis=2), 1)
    with pytest.raises(InputError, match="softmax takes a matrix with a row for each sample, not a vector"):
        softmax(run.y[0])

    def falls(run: Run) -> Any:
        other = run.with_(error=lambda s: softmax(s.output) - run.y)
        return norm(softmax(other[1].output) - run.y) <= norm(softmax(other[0].output) - run.y)

    assert settled(falls, domain, tmp_path).verdict == "falsified"
