"""The language of conjectures: formulas mean what NumPy computes, balls contain floats, mistakes are named."""

from __future__ import annotations

import dataclasses
import math
import re
import textwrap
from collections.abc import Callable, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from flint import ctx

import fa_theory.conjectures as language
from fa_theory.conjectures import (
    BestConstant,
    Conjecture,
    Domain,
    Expr,
    Run,
    Scales,
    Statement,
    WithProbability,
    conjecture,
    cosine,
    eigmax,
    eigmin,
    equal,
    inner,
    largest,
    maximum,
    mean,
    minimum,
    norm,
    outer,
    row_norms,
    smallest,
    spectral_norm,
    sqrt,
    total,
    trace,
)
from fa_theory.conjectures.language.declare import margin
from fa_theory.conjectures.language.domain import RULES
from fa_theory.conjectures.language.evaluate import Evaluator, blame
from fa_theory.conjectures.language.expression import constant
from fa_theory.conjectures.language.networks import Networks
from fa_theory.errors import InputError, UncertainComparison
from fa_theory.model.activations import activation
from fa_theory.model.ball import Ball, balls
from fa_theory.model.network import Network
from fa_theory.model.rules import step

STEPS, COUNT = 3, 4
ACTIVATIONS = ("linear", "relu", "tanh", "sigmoid", "erf", "softplus")


def domain(k: int | None, name: str = "tanh", **changes: Any) -> Domain:
    given: dict[str, Any] = {"n": 3, "d": 2, "p": 4, "k": k, "activation": name, "steps": STEPS, "eta": (0.05, 0.3)}
    return Domain(**{**given, "lam": (0.0, 0.5), **changes})


def batch(k: int | None, name: str = "tanh", seed: int = 0, **changes: Any) -> Networks:
    where = domain(k, name, **changes)
    return where.sample(where.smallest(), np.random.default_rng(seed), COUNT)


def states(networks: Networks, i: int) -> list[Network]:
    """The run of one network, step by step."""
    state = Network(networks.W[i], networks.beta[i], networks.b[i], activation(networks.shape.activation))
    found = [state]
    for t in range(networks.shape.steps):
        lam = networks.lam[i] if networks.cutoff is None or t < networks.cutoff else 0.0
        state = step(state, networks.X[i], networks.y[i], eta=networks.eta[i], lam=lam, rule=networks.rule)
        found.append(state)
    return found


# quantities

Direct = Callable[[Network, np.ndarray, np.ndarray, Network], Any]


def gradient(s: Network, X: np.ndarray, y: np.ndarray, feedback: np.ndarray) -> np.ndarray:
    """Neuron by neuron, sample by sample."""
    made = np.zeros_like(s.W)
    e = s.output(X) - y
    for r in range(s.p):
        for i in range(len(X)):
            made[r] += np.dot(feedback[r], e[i]) * s.psi.slope(s.W[r] @ X[i : i + 1].T)[0] * X[i] / math.sqrt(s.p)
    return made


QUANTITIES: dict[str, Direct] = {
    "W": lambda s, X, y, first: s.W,
    "beta": lambda s, X, y, first: s.beta,
    "preactivations": lambda s, X, y, first: X @ s.W.T,
    "features": lambda s, X, y, first: s.psi.value(X @ s.W.T),
    "slopes": lambda s, X, y, first: s.psi.slope(X @ s.W.T),
    "output": lambda s, X, y, first: s.psi.value(X @ s.W.T) @ s.beta / math.sqrt(s.p),
    "error": lambda s, X, y, first: s.output(X) - y,
    "loss": lambda s, X, y, first: np.sum((s.output(X) - y) ** 2) / 2,
    "alignment": lambda s, X, y, first: np.vdot(s.b, s.beta) / np.linalg.norm(s.b) / np.linalg.norm(s.beta),
    "G": lambda s, X, y, first: s.gram(X),
    "H": lambda s, X, y, first: s.feedback_gram(X),
    "gradient_W": lambda s, X, y, first: gradient(s, X, y, s.beta),
    "feedback_W": lambda s, X, y, first: gradient(s, X, y, s.b),
    "gradient_beta": lambda s, X, y, first: s.psi.value(X @ s.W.T).T @ (s.output(X) - y) / math.sqrt(s.p),
    "movement_W": lambda s, X, y, first: np.linalg.norm(s.W - first.W, axis=1),
    "movement_beta": lambda s, X, y, first: np.linalg.norm(s.beta - first.beta),
    "total_W": lambda s, X, y, first: np.linalg.norm(s.W - first.W),
}


def test_every_quantity_is_tried() -> None:
    public = {name for name in vars(language.RunState) if isinstance(getattr(language.RunState, name), property)}
    assert public == QUANTITIES.keys() | {"b", "t"}  # see test_beside


@pytest.mark.parametrize("k", [None, 2])
@pytest.mark.parametrize("name", ACTIVATIONS)
def test_a_quantity_is_what_numpy_computes(name: str, k: int | None) -> None:
    networks = batch(k, name)
    run, evaluation = Run(STEPS, k is not None), Evaluator(networks)
    runs = [states(networks, i) for i in range(COUNT)]
    for quantity, direct in QUANTITIES.items():
        if quantity == "H" and k:
            continue
        for t in (0, 1, STEPS, -1, -2):
            formula = getattr(run[t], quantity)
            found = evaluation(formula)
            expected = [direct(runs[i][t], networks.X[i], networks.y[i], runs[i][0]) for i in range(COUNT)]
            assert found.ndim == 1 + formula.rank
            np.testing.assert_allclose(found, expected, rtol=1e-10, atol=1e-12, err_msg=f"{quantity} at {t}")


def test_gradient_W_is_the_derivative_of_the_loss() -> None:
    networks = batch(2, "tanh", rule="bp")
    s, X, y = states(networks, 0)[0], networks.X[0], networks.y[0]
    found = Evaluator(networks)(Run(STEPS, True)[0].gradient_W)[0]
    h = 1e-6
    for index in np.ndindex(s.W.shape):
        change = np.zeros_like(s.W)
        change[index] = h
        up, down = (np.sum(Network(W, s.beta, s.b, s.psi).error(X, y) ** 2) / 2 for W in (s.W + change, s.W - change))
        assert found[index] == pytest.approx((up - down) / (2 * h), rel=1e-5, abs=1e-7)


@pytest.mark.parametrize("k", [None, 2])
def test_what_determines_the_run(k: int | None) -> None:
    networks = batch(k)
    run, evaluation = Run(STEPS, k is not None), Evaluator(networks)
    for name in ("X", "y", "b", "eta", "lam"):
        np.testing.assert_array_equal(evaluation(getattr(run, name)), getattr(networks, name))
    assert [evaluation(x)[0] for x in (run.n, run.d, run.p, run.T)] == [3, 2, 4, STEPS]


@pytest.mark.parametrize("rule", RULES)
def test_rules_and_cutoff(rule: str) -> None:
    networks = batch(None, "tanh", rule=rule, cutoff=1, lam=(0.5, 0.9))
    found = Evaluator(networks)(Run(STEPS)[-1].beta)
    np.testing.assert_allclose(found, [states(networks, i)[-1].beta for i in range(COUNT)], rtol=1e-12)


# operators and functions

rng = np.random.default_rng(5)
A, B = rng.standard_normal((2, 3, 3))
u, v = rng.standard_normal((2, 3))
S = (A + A.T) / 2


def value(build: Callable[[Run], Any]) -> np.ndarray:
    """A formula of X = A, W = B, y = u, (b = β = v), for a linear network with n = d = p = 3."""
    shape = Domain(n=3, d=3, p=3, steps=0).smallest()
    parts = {"X": A, "y": u, "W": B, "beta": v, "b": v, "eta": np.array(0.5), "lam": np.array(0.0)}
    networks = Networks(shape=shape, rule="fa", cutoff=None, **{name: x[None] for name, x in parts.items()})
    floats = Evaluator(networks)(build(Run(0)))[0]
    enclosed = Evaluator(networks.map(balls))(build(Run(0)))[0]
    for x, ball in zip(np.ravel(floats), np.ravel(enclosed), strict=True):
        assert Ball(ball).plus_minus(1e-10).contains(float(x)), "the ball does not contain the float"
    return np.asarray(floats)


OPERATORS: list[tuple[Callable[[Run], Any], Any]] = [
    (lambda run: run.X + run.y, A + u),
    (lambda run: run.X * run.y, A * u),
    (lambda run: run.y * run.X, u * A),
    (lambda run: 2 - run.X, 2 - A),
    (lambda run: 2 / run.X, 2 / A),
    (lambda run: run.X / run.eta, A / 0.5),
    (lambda run: -abs(run.y), -abs(u)),
    (lambda run: run.X**3, A**3),
    (lambda run: run.X**-2, A**-2.0),
    (lambda run: run.X**0, np.ones((3, 3))),
    (lambda run: run.X @ run[0].W, A @ B),
    (lambda run: run.X @ run.y, A @ u),
    (lambda run: run.y @ run.X, u @ A),
    (lambda run: run.y @ run.b, u @ v),
    (lambda run: run.X.T, A.T),
    (lambda run: run.X[1, 2], A[1, 2]),
    (lambda run: run.y[2], u[2]),
    (lambda run: norm(run.X), np.linalg.norm(A)),
    (lambda run: norm(run.y), np.linalg.norm(u)),
    (lambda run: norm(run.eta), 0.5),
    (lambda run: row_norms(run.X), np.linalg.norm(A, axis=1)),
    (lambda run: trace(run.X), np.trace(A)),
    (lambda run: total(run.X), A.sum()),
    (lambda run: mean(run.X), A.mean()),
    (lambda run: mean(run.y), u.mean()),
    (lambda run: smallest(run.X), A.min()),
    (lambda run: largest(run.y), u.max()),
    (lambda run: inner(run.X, run[0].W), np.sum(A * B)),
    (lambda run: cosine(run.y, run.b), u @ v / np.linalg.norm(u) / np.linalg.norm(v)),
    (lambda run: outer(run.y, run.b), np.outer(u, v)),
    (lambda run: eigmin(run.X), np.linalg.eigvalsh(S)[0]),
    (lambda run: eigmax(run.X), np.linalg.eigvalsh(S)[-1]),
    (lambda run: spectral_norm(run.X), np.linalg.norm(A, 2)),
    (lambda run: maximum(run.X, 0, run.y), np.maximum(np.maximum(A, 0), u)),
    (lambda run: minimum(run.X, run.y), np.minimum(A, u)),
    (lambda run: sqrt(abs(run.X)), np.sqrt(abs(A))),
    (lambda run: language.exp(run.y), np.exp(u)),
    (lambda run: language.log(abs(run.y)), np.log(abs(u))),
    (lambda run: language.sign(run.X), np.sign(A)),
    (lambda run: language.psi(run.X), A),
    (lambda run: language.slope(run.X), np.ones((3, 3))),
    (lambda run: np.maximum(run.X, 0), np.maximum(A, 0)),
    (lambda run: np.minimum(run.X, run.y), np.minimum(A, u)),
    (lambda run: np.sqrt(abs(run.X)), np.sqrt(abs(A))),
    (lambda run: np.exp(run.y), np.exp(u)),
    (lambda run: np.matmul(run.X, run.y), A @ u),
    (lambda run: np.abs(run.X), abs(A)),
    (lambda run: np.float64(2) * run.X, 2 * A),
    (lambda run: Fraction(1, 3) * run.X, A / 3),
    (lambda run: np.negative(run.X), -A),
]


@pytest.mark.parametrize("index", range(len(OPERATORS)))
def test_an_operator_is_that_of_numpy(index: int) -> None:
    build, expected = OPERATORS[index]
    np.testing.assert_allclose(value(build), expected, rtol=1e-11, atol=1e-12)


def test_products_that_do_not_fit_are_refused_with_their_line() -> None:
    networks = batch(None)
    run = Run(STEPS)
    with pytest.raises(InputError, match="line"):
        Evaluator(networks)(run.X @ run.X)
    with pytest.raises(InputError, match="line"):
        Evaluator(networks)(run.X + run.b)
    with pytest.raises(InputError, match="line"):
        Evaluator(networks)(eigmin(run.X))


# statements

RUN = Run(STEPS)


def margins(networks: Networks, made: Any) -> np.ndarray:
    return np.asarray(Evaluator(networks)(margin(made if isinstance(made, list) else [made])))


def test_margins_of_statements() -> None:
    networks = batch(None)
    X, y = networks.X, networks.y
    gap = np.min(X, axis=(1, 2))
    np.testing.assert_allclose(margins(networks, RUN.X >= 0), gap)
    np.testing.assert_allclose(margins(networks, RUN.X >= 0), gap)
    np.testing.assert_allclose(margins(networks, RUN.X > 0), gap)
    np.testing.assert_allclose(margins(networks, RUN.X <= 1), 1 - np.max(X, axis=(1, 2)))
    np.testing.assert_allclose(margins(networks, equal(RUN.y, 0)), -np.max(abs(y), axis=1))
    np.testing.assert_allclose(margins(networks, RUN.X), gap)
    both = margins(networks, [RUN.X >= 0, RUN.y <= 1])
    np.testing.assert_allclose(both, np.minimum(gap, 1 - np.max(y, axis=1)))
    assert (RUN.X > 0).strict
    assert not (RUN.X >= 0).strict


def test_over_time() -> None:
    networks = batch(None)
    losses = Evaluator(networks)
    values = np.array([losses(RUN[t].loss) for t in range(STEPS + 1)])
    drops = RUN.every_step(lambda s, after: after.loss <= s.loss)
    np.testing.assert_allclose(margins(networks, drops), np.min(values[:-1] - values[1:], axis=0))
    np.testing.assert_allclose(margins(networks, RUN.always(lambda s: s.loss)), values.min(axis=0))
    np.testing.assert_allclose(losses(RUN.sum_over_time(lambda s: s.loss)), values[:-1].sum(axis=0))
    nothing = batch(None, steps=0)
    assert (margins(nothing, Run(0).every_step(lambda s, after: after.loss <= s.loss)) == np.inf).all()


def test_a_time_inside_a_time_is_refused() -> None:
    """The inner moment would be read as the outer one."""
    with pytest.raises(InputError, match="cannot be nested"):
        RUN.sum_over_time(lambda s: RUN.sum_over_time(lambda inside: inside.loss * s.loss))
    with pytest.raises(InputError, match="cannot be nested"):
        RUN.always(lambda s: RUN.every_step(lambda a, b: a.loss <= b.loss))


# batches and balls

SAYS: list[Callable[[Run], Any]] = [
    lambda run: [norm(run[1].error) <= norm(run[0].error), run.every_step(lambda s, after: after.loss <= s.loss)],
    lambda run: inner(run[0].gradient_W, run[0].feedback_W) >= 0,
    lambda run: abs(run[0].alignment) <= 1,
    lambda run: eigmin(run[-1].G),
    lambda run: [largest(abs(run[2].W)) < 3, smallest(row_norms(run[1].W)) > 0, run[-1].movement_beta <= 4],
    lambda run: spectral_norm(run[1].W) <= norm(run[1].W),
    lambda run: equal(run[1].W, run[0].W - run.eta * run[0].feedback_W),
]


@pytest.mark.parametrize("k", [None, 2])
@pytest.mark.parametrize("index", range(len(SAYS)))
def test_a_batch_is_its_networks_and_balls_contain_floats(index: int, k: int | None) -> None:
    formula = margin(_listed(SAYS[index](Run(STEPS, k is not None))))
    networks = batch(k, "tanh")
    together = Evaluator(networks)(formula)
    for i in range(COUNT):
        np.testing.assert_allclose(Evaluator(networks[i])(formula), together[i : i + 1], rtol=1e-12, atol=1e-14)
    with ctx.workprec(128):
        enclosed = Evaluator(networks.map(balls))(formula)
    for x, ball in zip(together, enclosed, strict=True):
        assert float(ball.arb.rad()) < 1e-14  # eigenvalues are as sharp as floats; the rest is sharper
        assert ball.midpoint == pytest.approx(float(x), rel=1e-11, abs=1e-12)


def _listed(made: Any) -> Sequence[Any]:
    return made if isinstance(made, list) else [made]


def test_balls_that_overlap_are_not_decided() -> None:
    """Minima, maxima and norms of wide balls are enclosed; the true value lies inside whatever the ball contains."""
    networks = batch(None, "tanh").map(balls)
    wide = networks.replace(X=np.vectorize(lambda x: x.plus_minus(0.5), otypes=[object])(networks.X))
    draw = np.random.default_rng(3)
    inside = batch(None, "tanh")
    for formula in (
        smallest(RUN.X),
        largest(RUN.X),
        norm(RUN.X),
        maximum(RUN.X[0, 0], 0),
        eigmin(RUN[0].G),
        RUN[2].loss,
    ):
        enclosed = Evaluator(wide)(formula)
        for _ in range(5):
            moved = inside.replace(X=inside.X + draw.uniform(-0.5, 0.5, inside.X.shape))
            for x, ball in zip(Evaluator(moved)(formula), enclosed, strict=True):
                assert Ball(ball).plus_minus(1e-10).contains(float(x))


def test_the_sign_of_an_uncertain_ball_is_not_decided() -> None:
    networks = batch(None).map(balls)
    wide = networks.replace(y=np.vectorize(lambda x: x.plus_minus(10), otypes=[object])(networks.y))
    try:
        found = Evaluator(wide)(language.sign(RUN.y))
    except (InputError, UncertainComparison):
        return
    assert all(ball.contains(-1) and ball.contains(1) for ball in found.flat)


# refusals


def written(tmp_path: Path, body: str, declaration: str = "Domain(n=(1, 2), d=(1, 2), p=(1, 4))") -> Conjecture:
    """A conjecture in a file of its own; its function begins in line 8."""
    text = f"""\
import math
import numpy as np
from fa_theory.conjectures import *


@conjecture({declaration})
def claim(run):
{textwrap.indent(textwrap.dedent(body), "    ")}
"""
    file = tmp_path / "mine.py"
    file.write_text(text, "utf-8")
    space: dict[str, Any] = {}
    exec(compile(text, str(file), "exec"), space)
    found = space["claim"]
    assert isinstance(found, Conjecture)
    return found


MISTAKES = {
    "if": ("if run[0].loss > 0:\n    return run[0].loss", "a statement has no truth value yet"),
    "if on a formula": ("if run[0].loss:\n    return run[0].loss", "a formula has no value yet"),
    "and": ("return (run[0].loss >= 0) and (run[1].loss >= 0)", "a list of statements"),
    "not": ("return not (run[0].loss >= 0)", "a statement has no truth value yet"),
    "chained": ("return 0 <= run[0].loss <= 1", r"\[a <= b, b <= c\]"),
    "numpy norm": ("return np.linalg.norm(run[0].error) <= 1", "instead of those of NumPy"),
    "numpy sum": ("return np.sum(run[0].error) <= 1", "instead of those of NumPy|has no value"),
    "numpy where": ("return np.where(run[0].error > 0, 1, 0)", "has no truth value yet|instead of those of NumPy"),
    "numpy sort": ("return np.sort(run[0].error)", "instead of those of NumPy"),
    "numpy array": ("return np.array(run[0].error)", "instead of those of NumPy"),
    "numpy list": ("return np.array([run[0].loss, run[1].loss]) >= 0", "NumPy|must return"),
    "numpy tanh": ("return np.tanh(run[0].error)", "np.tanh cannot be applied to it"),
    "numpy clip": ("return np.clip(run[0].error, 0, 1)", "cannot be applied to it|NumPy"),
    "numpy reduce": ("return np.add.reduce(run[0].error)", "cannot be applied to it"),
    "numpy less": ("return np.less_equal(run[0].loss, 1)", "cannot be applied to it"),
    "numpy dot": ("return np.dot(run[0].error, run[0].error)", "instead of those of NumPy"),
    "numpy out": ("return np.add(run[0].loss, 1, out=np.zeros(1))", "cannot be applied to it"),
    "float": ("return float(run[0].loss)", "a formula has no value yet"),
    "int": ("return int(run[0].loss)", "a formula has no value yet"),
    "math": ("return math.sqrt(run[0].loss)", "instead of those of math"),
    "max": ("return max(run[0].loss, run[1].loss)", "a statement has no truth value yet"),
    "min": ("return min(run[0].loss, 1)", "a statement has no truth value yet"),
    "sorted": ("return sorted([run[0].loss, run[1].loss])", "a statement has no truth value yet"),
    "sum": ("return sum(run[0].error)", "its entries cannot be looped over"),
    "loop": ("return [x for x in run[0].error]", "its entries cannot be looped over"),
    "len": ("return len(run[0].error)", "has no|its entries cannot be looped over"),
    "round": ("return round(run[0].loss)", "round"),
    "floor division": ("return run[0].loss // 2", "no value|//|supported"),
    "modulo": ("return run[0].loss % 2", "no value|%|supported"),
    "equality": ("return run[0].loss == run[1].loss", r"write equal\(a, b\)"),
    "inequality": ("return run[0].loss != run[1].loss", "must return a formula"),
    "divmod": ("return divmod(run[0].loss, 2)[0]", "no value|supported"),
    "index beyond": ("return run[0].error[2] >= 0", None),
    "negative index": ("return run[0].error[-1] >= 0", "indices ≥ 0"),
    "too many indices": ("return run[0].error[0, 0] >= 0", "a vector takes 1 indices"),
    "slice": ("return run[0].error[run.n:] >= 0", "indices ≥ 0"),
    "boolean index": ("return run[0].error[True] >= 0", "indices ≥ 0"),
    "transpose of a vector": ("return run[0].error.T", "only a matrix has a transpose"),
    "scalar @": ("return run.eta @ run[0].error", "use \\* for numbers"),
    "power": ("return run[0].loss ** 0.5", "for roots use sqrt"),
    "power of a formula": ("return run[0].loss ** run.eta", "exponents must be whole numbers"),
    "formula as a power": ("return 2 ** run[0].loss", "no value|power|supported"),
    "half a power": ("return run[0].loss ** True", "exponents must be whole numbers"),
    "beyond the run": ("return run[7].loss", "states 0 to 1, not 7"),
    "half a step": ("return run[0.5].loss", "whole number of steps"),
    "text": ("return run[0].loss <= 'one'", "expected a number or a formula but got 'one'"),
    "nan": ("return run[0].loss <= float('nan')", "expected a finite number"),
    "infinity": ("return run[0].loss <= math.inf", "expected a finite number"),
    "boolean": ("return run[0].loss <= True", "expected a number or a formula"),
    "complex": ("return run[0].loss <= 1j", "expected a number or a formula"),
    "array": ("return run[0].error <= np.ones(2)", "expected a number or a formula|cannot be applied to it"),
    "nothing": ("run[0].loss >= 0", "must return a formula, a statement"),
    "a number": ("return 1", "must return a formula, a statement"),
    "a boolean": ("return True", "must return a formula, a statement"),
    "a text": ("return 'yes'", "must return a formula, a statement"),
    "an empty list": ("return []", "must return a formula, a statement"),
    "a state": ("return run[0]", "must return a formula, a statement"),
    "a dictionary": ("return {'loss': run[0].loss}", "must return a formula, a statement"),
    "eigenvalue of a vector": ("return eigmin(run[0].error)", "eigmin takes a matrix, not a vector"),
    "trace of a vector": ("return trace(run.y)", "trace takes a matrix, not a vector"),
    "rows of a vector": ("return row_norms(run.y)", "row_norms takes a matrix, not a vector"),
    "spectral norm of a vector": ("return spectral_norm(run.y)", "only a matrix has a transpose|takes a matrix"),
    "vector for every step": ("return run.always(lambda s: s.error)", "one number for every step, not a vector"),
    "division by 0": ("return run[0].loss / 0 >= 0", "division by 0"),
    "unknown quantity": ("return run[0].accuracy", "accuracy"),
}


@pytest.mark.parametrize("mistake", [name for name, (_, says) in MISTAKES.items() if says])
def test_a_mistake_is_named_with_file_and_line(mistake: str, tmp_path: Path) -> None:
    body, says = MISTAKES[mistake]
    claim = written(tmp_path, body)
    with pytest.raises(InputError, match=says or "") as refused:
        claim.build()
    assert re.search(r"mine\.py(, line |:)[68]", str(refused.value))


def test_an_entry_beyond_the_smallest_size_is_refused(tmp_path: Path) -> None:
    claim = written(tmp_path, "x = 1\nreturn run[0].error[1] >= 0")
    networks = claim.domain.sample(claim.domain.smallest(), np.random.default_rng(0), 2)
    with pytest.raises(InputError, match=r"line 9: there is no entry \(1,\) in shape \(1,\)"):
        Evaluator(networks)(claim.margin)


def test_several_outputs_have_no_H(tmp_path: Path) -> None:
    claim = written(tmp_path, "return eigmin(run[0].H) >= 0", "Domain(n=2, d=2, p=2, k=2)")
    with pytest.raises(InputError, match=r"mine.py, line 8: H is defined for one output only"):
        _ = claim.margin


def test_a_run_of_open_length(tmp_path: Path) -> None:
    claim = written(tmp_path, "return run[1].loss <= 1", "Domain(n=2, d=2, p=2, steps=(1, 3))")
    with pytest.raises(InputError, match="state 0 and run\\[-1\\]; its length is not fixed, not 1"):
        _ = claim.margin


def test_the_line_of_a_nan(tmp_path: Path) -> None:
    claim = written(tmp_path, "L = run[0].loss\nbad = sqrt(-1 - L)\nreturn bad >= 0")
    networks = claim.domain.sample(claim.domain.smallest(), np.random.default_rng(0), 2)
    assert blame(claim.margin, networks) == 9


def test_a_state_before_the_start(tmp_path: Path) -> None:
    claim = written(tmp_path, "return run[-3].loss >= 0")
    with pytest.raises(InputError, match=r"mine.py, line 8: the run has states 0 to 1, not -3"):
        claim.build()
    claim = written(tmp_path, "return run[-3].loss >= 0", "Domain(n=1, d=1, p=2, steps=(1, 3))")
    networks = claim.domain.sample(claim.domain.smallest(), np.random.default_rng(0), 2)
    with pytest.raises(InputError, match=r"a run of 1 steps has no state run\[-3\]"):
        Evaluator(networks)(claim.margin)


@pytest.mark.parametrize(
    ("says", "make"),
    [
        ("probability", lambda: WithProbability(1.5)),
        ("probability", lambda: WithProbability(True)),
        ("probability", lambda: WithProbability(math.nan)),
        ("4 widths", lambda: Scales(-1, widths=(1, 2, 3))),
        ("4 widths", lambda: Scales(-1, widths=(8, 4, 2, 1))),
    ],
)
def test_quantifiers_refuse(says: str, make: Callable[[], object]) -> None:
    with pytest.raises(InputError, match=says):
        make()


def test_a_conjecture_describes_itself() -> None:
    @conjecture(Domain(n=1, d=1, p=2), assuming={"small": lambda run: run[0].loss <= 1}, quantifier=BestConstant(2))
    def a_claim(run: Run) -> Expr:
        """The loss stays small.

        More.
        """
        return run[1].loss

    assert (a_claim.name, a_claim.title, a_claim.strict) == ("a_claim", "The loss stays small.", False)
    assert a_claim.file == Path(__file__)
    assert list(a_claim.hypothesis_margins) == ["small"]


# domains

DOMAINS = [
    Domain(n=(1, 3), d=(1, 3), p=(1, 4), activation=("linear", "tanh"), eta=(0.01, 1.0), lam=(0.0, 2.0)),
    Domain(n=(1, 3), d=(2, 5), p=2, inputs="sphere", targets="bounded", feedback="sign"),
    Domain(n=2, d=2, p=2, inputs="ball", targets="zero", feedback="tied"),
    Domain(n=(1, 4), d=(1, 4), p=3, k=(1, 3), inputs="orthonormal", steps=(0, 2)),
    Domain(n=1, d=1, p=1, W_scale=0, beta_scale=0, feedback="tied"),
    Domain(n=1, d=3, p=2, W_scale=3.0, beta_scale=0.1, eta=0.1, lam=0.2),
]


def contains(where: Domain, networks: Networks) -> bool:
    squares = np.sum(networks.X**2, axis=-1)
    eye = networks.X @ networks.X.swapaxes(-1, -2) - np.eye(networks.shape.n)
    return all(
        (
            where.contains_shape(networks.shape),
            where.inputs != "sphere" or np.allclose(squares, 1),
            where.inputs != "ball" or (squares <= 1 + 1e-12).all(),
            where.inputs != "orthonormal" or np.allclose(eye, 0),
            where.targets != "bounded" or (abs(networks.y) <= 1).all(),
            where.targets != "zero" or not networks.y.any(),
            where.feedback != "sign" or (abs(networks.b) == 1).all(),
            where.feedback != "tied" or (networks.b == networks.beta).all(),
            where.W_scale > 0 or not networks.W.any(),
            where.beta_scale > 0 or not networks.beta.any(),
            ((where.real("eta")[0] <= networks.eta) & (networks.eta <= where.real("eta")[1])).all(),
            ((where.real("lam")[0] <= networks.lam) & (networks.lam <= where.real("lam")[1])).all(),
        )
    )


@pytest.mark.parametrize("where", DOMAINS)
def test_what_is_drawn_lies_in_the_domain_and_projecting_twice_is_projecting_once(where: Domain) -> None:
    draw = np.random.default_rng(1)
    for _ in range(30):
        shape = where.random_shape(draw)
        drawn = where.sample(shape, draw, 5)
        assert contains(where, drawn)
        assert len(drawn) == 5
        wild = drawn.map(lambda x: x * 7 - 3)
        once = where.project(wild)
        assert contains(where, once)
        twice = where.project(once)
        for name in ("X", "y", "W", "beta", "b", "eta", "lam"):
            np.testing.assert_allclose(getattr(twice, name), getattr(once, name), rtol=1e-13, atol=1e-15)


def test_all_sizes_are_drawn() -> None:
    where = Domain(n=(1, 3), d=(1, 2), p=(2, 5), k=(1, 2), activation=("relu", "tanh"), steps=(0, 2))
    draw = np.random.default_rng(0)
    shapes = [where.random_shape(draw) for _ in range(400)]
    assert {s.n for s in shapes} == {1, 2, 3}
    assert {s.p for s in shapes} == {2, 3, 4, 5}
    assert {s.k for s in shapes} == {1, 2}
    assert {s.steps for s in shapes} == {0, 1, 2}
    assert {s.activation for s in shapes} == {"relu", "tanh"}


def test_the_same_seed_draws_the_same_networks() -> None:
    where = DOMAINS[0]
    one, other = (where.sample(where.smallest(), np.random.default_rng(7), 3) for _ in range(2))
    np.testing.assert_array_equal(one.W, other.W)


@pytest.mark.parametrize("where", DOMAINS)
def test_a_shape_outside_is_not_contained(where: Domain) -> None:
    inside = where.random_shape(np.random.default_rng(0))
    assert where.contains_shape(inside)
    for change in ({"p": 99}, {"activation": "softplus"}, {"k": None if where.k else 2}, {"steps": 77}):
        assert not where.contains_shape(dataclasses.replace(inside, **change))


@pytest.mark.parametrize(
    ("says", "given"),
    [
        ("low ≤ high for n", {"n": 0}),
        ("low ≤ high for p", {"p": (4, 2)}),
        ("whole number", {"d": 1.5}),
        ("whole number", {"d": True}),
        ("whole number", {"p": (1, 2, 3)}),
        ("low ≤ high for steps", {"steps": -1}),
        ("unknown activation 'elu'", {"activation": "elu"}),
        ("unknown activation", {"activation": ()}),
        ("inputs is one of", {"inputs": "cube"}),
        ("targets is one of", {"targets": "random"}),
        ("feedback is one of", {"feedback": "none"}),
        ("rule is one of", {"rule": "adam"}),
        ("eta > 0", {"eta": 0}),
        ("eta > 0", {"eta": (-1, 1)}),
        ("eta is a finite number", {"eta": (1, 0.1)}),
        ("eta is a finite number", {"eta": math.nan}),
        ("eta is a finite number", {"eta": "0.1"}),
        ("lam ≥ 0", {"lam": -0.1}),
        ("lam is a finite number", {"lam": math.inf}),
        ("W_scale ≥ 0", {"W_scale": -1}),
        ("cutoff ≥ 0", {"cutoff": -1}),
        ("orthonormal inputs need n ≤ d", {"n": 3, "d": 2, "inputs": "orthonormal"}),
    ],
)
def test_a_domain_refuses(says: str, given: dict[str, Any]) -> None:
    with pytest.raises(InputError, match=says):
        Domain(**{"n": 2, "d": 2, "p": 2, **given})


def test_networks_join_and_part() -> None:
    one, two = batch(None, seed=1), batch(None, seed=2)
    joined = Networks.join([one, two])
    assert len(joined) == 2 * COUNT
    np.testing.assert_array_equal(joined[COUNT].W, two.W[:1])
    np.testing.assert_array_equal(joined[COUNT:].beta, two.beta)


def test_rationals_are_run_exactly() -> None:
    networks = batch(None, "relu", p=4, steps=2).map(lambda x: np.vectorize(Fraction, otypes=[object])(x))
    last = networks.states[-1]
    assert all(isinstance(x, Fraction) for x in last.W.flat)
    floats = batch(None, "relu", p=4, steps=2).states[-1]
    np.testing.assert_allclose(last.W.astype(float), floats.W, rtol=1e-12)


def test_constants_are_exact() -> None:
    assert constant(0.1).value == constant(np.float64(0.1)).value == constant(np.float32(0.1)).value == Fraction(1, 10)
    assert constant(1e-320).value == Fraction(1, 10**320)
    assert constant(Fraction(1, 3)).value == Fraction(1, 3)
    assert constant(np.float32(0.5)).value == Fraction(1, 2)
    assert isinstance(RUN.X <= 1, Statement)
