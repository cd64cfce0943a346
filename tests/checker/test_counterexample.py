"""Counterexamples to conjectures: what is true is accepted, everything else refused."""

from __future__ import annotations

import contextlib
import copy
import json
import operator
import random
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import jsonschema
import numpy as np
import pytest
from breakable import SCHEMA, network, never_grows
from flint import arb, ctx, fmpq
from judged import refusal

from fa_theory.checker import document
from fa_theory.checker.counterexample import formula, stated, violation
from fa_theory.checker.counterexample.numbers import Undefined
from fa_theory.checker.counterexample.rules import FEEDBACK
from fa_theory.checker.document import MalformedDocument
from fa_theory.checker.ranges import ACTIVATIONS
from fa_theory.checker.recheck import recheck
from fa_theory.conjectures import (
    Conjecture,
    Domain,
    Expr,
    Run,
    conjecture,
    cosine,
    eigmax,
    eigmin,
    exp,
    inner,
    largest,
    log,
    maximum,
    mean,
    minimum,
    norm,
    outer,
    psi,
    row_norms,
    sign,
    slope,
    smallest,
    spectral_norm,
    sqrt,
    total,
    trace,
)
from fa_theory.conjectures.language.evaluate import Evaluator
from fa_theory.conjectures.language.exact import exact
from fa_theory.conjectures.language.networks import Networks
from fa_theory.conjectures.language.program import declaration, program
from fa_theory.conjectures.shrink.certify import certify_counterexample
from fa_theory.conjectures.shrink.certify import counterexample_document as written
from fa_theory.conjectures.shrink.coordinates import realise
from fa_theory.conjectures.shrink.simplify import draw, rationals
from fa_theory.errors import InputError, UncertainComparison
from fa_theory.model.ball import as_arb, balls


def ones(claim: Conjecture, **parts: float) -> Networks:
    """The smallest network of the domain with the parts given, all others 1."""
    batch = network(claim, n=1, d=1, p=1)
    return batch.replace(
        **{
            name: np.full_like(getattr(batch, name), parts.get(name, 1.0))
            for name in ("X", "y", "W", "beta", "b", "eta", "lam")
        }
    )


def growing() -> dict[str, Any]:
    """A valid counterexample: from e = 1 to e = 4."""
    doc = certify_counterexample(never_grows, ones(never_grows, y=0.0, eta=3.0, lam=0.0))
    assert doc is not None
    return doc


def sealed(doc: dict[str, Any], same: bool = True) -> dict[str, Any]:
    """The document with digests that fit."""
    doc = copy.deepcopy(doc)
    if same:
        doc["conjecture"]["digest"] = stated.conjecture_digest(doc)
    return doc | {"digest": document.digest(doc)}


# every operation, on every activation


def machine_of(batch: Networks) -> formula.Machine:
    """The checker's run of a network."""
    claim = conjecture(Domain(n=1, d=1, p=1))(lambda run: run.eta > 0)
    claimed = violation.Counterexample.read(written(claim, batch, 128))
    return violation.run(claimed)


def formulas(run: Run) -> dict[str, Expr]:
    """Formulas with every operation; numbers, vectors and matrices."""
    start, end = run[0], run[-1]
    made = {
        "arithmetic": (run.eta + 2) * run.lam / 3 - run.T / (run.n + run.d * run.p),
        "powers": start.loss**3 + run.eta**-2,
        "entries": start.W[0, 0] + total(run.b),
        "psi": end.features,
        "slopes": end.slopes,
        "error": end.error,
        "broadcast": start.features * total(start.W) + row_norms(start.W),
        "eig": eigmin(start.G) + eigmax(end.G) + spectral_norm(end.W),
        "trace": trace(start.G) - mean(start.W),
        "gradients": norm(end.gradient_W - end.feedback_W) + norm(end.gradient_beta),
        "alignment": end.alignment + cosine(end.gradient_W, end.feedback_W),
        "extremes": smallest(end.W) + largest(abs(end.W)) + total(maximum(end.W, 0, -end.W)) + total(minimum(end.W, 1)),
        "functions": sqrt(abs(start.loss)) + exp(-end.loss) + log(1 + end.loss) + total(sign(end.W)),
        "outer": norm(outer(end.movement_W, end.movement_W)) + end.movement_beta,
        "over time": run.every_step(lambda s, t: t.loss <= s.loss).margin + run.sum_over_time(lambda s: s.loss),
        "always": run.always(lambda s: inner(s.W, run[0].W)).margin,
    }
    return made if run.outputs else made | {"H": end.H @ end.error, "vectors": end.error @ end.error + run.y @ run.y}


@pytest.mark.parametrize("rule", FEEDBACK)
@pytest.mark.parametrize("k", [None, 2])
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_the_checker_computes_what_floats_and_balls_compute(activation: str, k: int | None, rule: str) -> None:
    domain = Domain(n=3, d=2, p=(3, 4), k=k, activation=activation, steps=3, eta=0.1, lam=0.3, cutoff=2, rule=rule)
    for p in (3, 4):
        shape = domain.shape({"n": 3, "d": 2, "p": p, "steps": 3}, activation)
        batch = domain.sample(shape, np.random.default_rng(p), 1)
        machine = machine_of(batch)
        in_balls = Evaluator(exact(batch).map(balls))
        for name, part in formulas(Run(3, k is not None)).items():
            found = machine.run(formula.read(program(part), name))
            floats = Evaluator(batch)(part)[0]
            assert found.shape == np.shape(floats), name
            for mine, theirs, ball in zip(found.entries, np.ravel(floats), np.ravel(in_balls(part)[0]), strict=True):
                enclosure = arb(mine) if isinstance(mine, fmpq) else mine
                assert enclosure.overlaps(ball.arb), name
                assert (enclosure + arb(0, 1e-9 * (1 + abs(theirs)))).contains(float(theirs)), (name, mine, theirs)
                assert enclosure.rad() < 1e-9, name


def grown(run: Run, rng: np.random.Generator) -> list[Expr]:
    """Random formulas, each made of earlier ones."""
    functions: list[Callable[..., Any]] = [operator.add, operator.sub, operator.mul, operator.truediv, operator.matmul]
    functions += [maximum, minimum, outer, inner, abs, operator.neg, sqrt, exp, log, sign, psi, slope, total, mean]
    functions += [smallest, largest, norm, row_norms, trace, eigmin, eigmax, spectral_norm, lambda x: x.T]
    functions += [lambda x, e=e: x**e for e in (0, 2, 3, -1)]
    start, end = run[0], run[-1]
    pool = [run.X, run.y, run.b, run.eta, run.lam, run.p, start.W, end.W, end.beta, end.error, end.features, end.G]
    pool += [run.sum_over_time(lambda s: s.loss), run.always(lambda s: smallest(s.slopes)).margin]
    for _ in range(40):
        f = functions[rng.integers(len(functions))]
        args = [pool[i] for i in rng.integers(len(pool), size=2)]
        for count in (1, 2):
            with contextlib.suppress(InputError, TypeError):
                pool.append(f(*args[:count]))
                break
    return pool[14:]


@pytest.mark.parametrize("seed", range(12))
def test_random_formulas_on_networks_of_small_numbers(seed: int) -> None:
    """Zeros, kinks and equalities abound there; what the checker knows lies in what balls enclose."""
    rng = np.random.default_rng(seed)
    compared = 0
    for activation in ACTIVATIONS:
        k, steps = (None, 1, 2)[rng.integers(3)], int(rng.integers(4))
        rule, inputs = rng.choice(["fa", "bp", "sign"]), rng.choice(["gaussian", "sphere", "ball"])
        domain = Domain(2, 2, (1, 3), k, activation, steps, (0.01, 2.0), (0.0, 1.0), 1, str(rule), str(inputs))
        drawn = draw(domain, domain.random_shape(rng), rng, 1)
        instance = realise(domain, rationals(domain, drawn))
        machine, in_balls = machine_of(instance), Evaluator(instance.map(balls))
        for part in grown(Run(steps, k is not None), rng):
            try:
                found, other = machine.run(formula.read(program(part), "")), in_balls(part)[0]
            except (Undefined, UncertainComparison, InputError, ValueError):
                continue  # not defined there, or shapes that do not fit
            assert found.shape == np.shape(other)
            for mine, theirs in zip(found.entries, np.ravel(other), strict=True):
                if as_arb(theirs).is_finite():
                    assert as_arb(mine).overlaps(as_arb(theirs)), (part.op, mine, theirs)
                    compared += 1
    assert compared > 50


# what is accepted, and what is not


def test_a_valid_counterexample_is_accepted_and_follows_the_schema() -> None:
    doc = growing()
    verdict = recheck(doc)
    assert verdict.valid
    assert verdict.kind == "counterexample"
    assert verdict.bounds["margin_low"] <= -3 <= verdict.bounds["margin_high"]
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    jsonschema.validate(doc, SCHEMA)
    assert recheck(json.loads(json.dumps(doc))) == verdict


def changed(*path: Any, to: Any, same: bool = True) -> Callable[[], dict[str, Any]]:
    """The valid document with one thing changed, and digests that fit."""

    def make() -> dict[str, Any]:
        doc = copy.deepcopy(growing())
        place: Any = doc
        for key in path[:-1]:
            place = place[key]
        place[path[-1]] = to
        return sealed(doc, same)

    return make


def nested(depth: int) -> list[Any]:
    """A program inside a program inside …"""
    body: list[Any] = [["const", [], "-1"]]
    for _ in range(depth):
        body = [["least_over_time", [], [0, body]]]
    return body


REFUSED = {
    "a smaller step": (changed("network", "eta", to="1"), "nothing certainly violates"),
    "another weight": (changed("network", "W", to=[["0"]]), "nothing certainly violates"),
    "step size outside": (changed("network", "eta", to="9"), "domain: eta = 9"),
    "regularised": (changed("network", "lam", to="1/10"), "domain: lam"),
    "too many steps": (changed("network", "steps", to=4), "domain: steps = 4"),
    "no step": (changed("network", "steps", to=0), "domain: steps = 0"),
    "another rule": (changed("network", "rule", to="bp"), "domain: rule"),
    "unknown rule": (changed("network", "rule", to="sgd"), "expected one of"),
    "another cutoff": (changed("network", "cutoff", to=0), "domain: cutoff"),
    "another activation": (changed("network", "activation", to="tanh"), "domain: activation"),
    "sphere": (changed("domain", "inputs", to="sphere"), None),
    "bounded": (changed("network", "y", to=["x"]), "expected a rational"),
    "tied": (changed("domain", "feedback", to="tied"), None),
    "initial weights 0": (changed("domain", "W_scale", to="0"), r"W\(0\) is not 0"),
    "strict turned off, equality": (changed("network", "eta", to="0"), "domain: eta"),
    "trivial conclusion, old digest": (
        changed("conclusion", to=[{"program": [["const", [], "-1"]], "strict": False}], same=False),
        "conjecture.digest",
    ),
    "wider domain, old digest": (changed("domain", "eta", to=["1", "1"], same=False), "conjecture"),
    "precision": (changed("precision", to=10**9), "expected 32 to 4096"),
    "precision true": (changed("precision", to=True), "expected a whole number"),
    "deep nesting": (changed("conclusion", to=[{"program": nested(40), "strict": False}]), "nested 3 deep"),
    "huge program": (
        changed("conclusion", to=[{"program": [["const", [], "-1"]] * 5000, "strict": False}]),
        "1 to 4000 nodes",
    ),
    "nan": (changed("network", "eta", to="nan"), "expected a rational"),
    "float": (changed("network", "eta", to=3.0), "expected a rational"),
    "not in lowest terms": (changed("network", "eta", to="6/2"), "expected a rational"),
    "division by zero": (changed("network", "eta", to="3/0"), "expected a rational"),
    "long number": (changed("network", "eta", to="1" * 5000), "expected a rational"),
    "foreign digits": (changed("network", "eta", to="٣"), "expected a rational"),
    "ragged": (changed("network", "X", to=[["1"], ["1", "1"]]), "equal rows"),
    "empty": (changed("network", "y", to=[]), "expected a list"),
    "wrong shape": (changed("network", "b", to=["1", "1"]), "expected shape"),
    "deep array": (changed("network", "X", to=[[[["1"]]]]), "expected a rational"),
    "title of two lines": (changed("conjecture", "title", to="one\ntwo"), "one printable line"),
    "no statement": (changed("conclusion", to=[]), "1 to 64 statements"),
    "strict is 1": (changed("conclusion", to=[{"program": [["const", [], "-1"]], "strict": 1}]), "true or false"),
    "a vector": (changed("conclusion", to=[{"program": [["leaf", [], ["y"]]], "strict": False}]), "must be a number"),
    "1/0": (
        changed("conclusion", to=[{"program": [["const", [], "0"], ["pow", [0], -1]], "strict": False}]),
        "divides by 0",
    ),
    "root of -1": (
        changed("conclusion", to=[{"program": [["const", [], "-1"], ["sqrt", [0], None]], "strict": False}]),
        "root of a negative",
    ),
    "log of 0": (
        changed("conclusion", to=[{"program": [["const", [], "0"], ["log", [0], None]], "strict": False}]),
        "not certainly defined",
    ),
    "step 9": (
        changed("conclusion", to=[{"program": [["leaf", [], ["beta", 9, "start"]]], "strict": False}]),
        "speaks of step 9",
    ),
    "step before the first": (
        changed("conclusion", to=[{"program": [["leaf", [], ["beta", 9, "end"]]], "strict": False}]),
        "speaks of step -8",
    ),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_is_changed_is_refused(what: str) -> None:
    make, reason = REFUSED[what]
    if reason is None:  # a true counterexample, to another conjecture, which its digest tells
        doc = make()
        assert recheck(doc).valid
        assert doc["conjecture"]["digest"] != declaration(never_grows)["conjecture"]["digest"]
    else:
        with pytest.raises(AssertionError, match=reason):
            raise AssertionError(refusal(make()))


def test_a_document_that_was_changed_is_refused() -> None:
    doc = growing()
    assert "digest" in refusal(doc | {"precision": 256})
    for key in doc:
        assert refusal({name: value for name, value in doc.items() if name != key})
    assert "unknown key" in refusal(doc | {"more": 1})
    for op in ("const", "leaf", "pow", "entry", "least_over_time", "norm", "add", "max", "os.system", 3, None, []):
        for args in ([], [0], [0, 0], [-1], [True], ["0"], None):
            for extra in (None, 1, [], [[]], ["W"], ["W", 0], [0, [["x", [], None]]], {"a": 1}, "1", [2**70]):
                node = [["const", [], "1"], [op, args, extra]]
                assert refusal(changed("conclusion", to=[{"program": node, "strict": False}])())


def test_no_other_key_is_accepted() -> None:
    assert "unknown key 'more'" in refusal(sealed(growing() | {"more": 1}))


def test_it_is_judged_at_its_own_precision_or_a_higher_one(monkeypatch: pytest.MonkeyPatch) -> None:
    claim = violation.Counterexample.read(sealed(growing() | {"precision": 200}))
    seen: list[int] = []
    monkeypatch.setattr(violation, "_judge", lambda claim: seen.append(ctx.prec))
    for bits in (53, 300):
        with ctx.workprec(bits):
            violation.check(claim)
    assert seen == [200, 300]


def places(tree: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Paths to all parts of a document."""
    children = tree.items() if isinstance(tree, dict) else enumerate(tree) if isinstance(tree, list) else ()
    return [path, *(p for key, child in children for p in places(child, (*path, key)))]


def test_no_document_makes_the_checker_stumble() -> None:
    rng = random.Random(0)
    junk: list[Any] = [None, True, 0, -1, 2**70, 3.5, float("inf"), "", "-3/7", "x", [], [[]], {}, ["1"], [["1", "2"]]]
    whole = places(growing())[1:]
    verdicts = set()
    for _ in range(400):
        doc = copy.deepcopy(growing())
        path = rng.choice(whole)
        part: Any = doc
        for key in path[:-1]:
            part = part[key]
        part[path[-1]] = rng.choice(junk)
        with contextlib.suppress(TypeError, KeyError, ValueError):
            doc = sealed(doc)
        try:
            verdicts.add(recheck(doc).valid)
        except MalformedDocument:
            verdicts.add(None)
    assert verdicts == {True, False, None}  # True where it is the title, say


def test_costs_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(formula, "BUDGET", 2 * 10**5)
    square = [["leaf", [], ["X"]], ["transpose", [0], None], ["matmul", [0, 1], None]]
    program = square + [["matmul", [i, i], None] for i in range(2, 300)] + [["total", [299], None]]
    wide = changed("conclusion", to=[{"program": program, "strict": False}])()
    wide["network"] |= {"X": [["0"] * 9] * 40, "y": ["0"] * 40, "W": [["1"] * 9]}
    wide["domain"] |= {"n": [1, 99], "d": [1, 99]}
    assert "cost" in refusal(sealed(wide))
    tower = [["const", [], "2"]] + [["pow", [i], 64] for i in range(40)] + [["neg", [40], None]]
    assert recheck(changed("conclusion", to=[{"program": tower, "strict": False}])()).valid  # −2^(64^40) < 0
    tower += [["exp", [i], None] for i in range(40, 44)]
    assert refusal(changed("conclusion", to=[{"program": tower, "strict": False}])())
    rows = [[f"1/{10**390 + i * 40 + j}" for j in range(40)] for i in range(40)]
    wide["network"] |= {"X": rows, "W": [["0"] * 40]}
    wide["domain"] |= {"inputs": "sphere"}
    assert "too long" in refusal(sealed(wide))
    long = changed("network", "steps", to=10_000)()
    long["domain"]["steps"] = [1, 10_000]
    assert refusal(sealed(long))


# exactness


def holds(domain: Domain, says: Callable[[Run], Any], **parts: Any) -> bool:
    """Whether the checker accepts the network of ones, with some parts replaced, as a counterexample."""
    claim = conjecture(domain)(says)
    return certify_counterexample(claim, ones(claim, **parts)) is not None


LINE = Domain(n=1, d=1, p=1, eta=(0.1, 9.0))
"""One weight of everything."""


def test_equality_is_decided() -> None:
    zero = {"y": 1.0, "lam": 0.0}  # e = 0: nothing ever moves
    assert holds(LINE, lambda run: norm(run[1].error) < norm(run[0].error), **zero)
    assert not holds(LINE, lambda run: norm(run[1].error) <= norm(run[0].error), **zero)
    assert holds(LINE, lambda run: eigmin(run[0].G) > 1, **zero)
    assert not holds(LINE, lambda run: eigmin(run[0].G) >= 1, **zero)
    assert holds(LINE, lambda run: run[0].alignment < 1, **zero)
    assert not holds(LINE, lambda run: 1 / norm(run[0].error) < 0, **zero)


def test_a_statement_of_several_is_violated_only_as_it_was_written() -> None:
    assert not holds(LINE, lambda run: [run[0].loss <= 0, run.eta > 0], y=1.0, lam=0.0)
    assert holds(LINE, lambda run: [run[0].loss < 0, run.eta > 0], y=1.0, lam=0.0)


def test_hypotheses_must_hold_and_may_hold_with_equality() -> None:
    for assumed, accepted in (
        (lambda run: inner(run.b, run[0].beta) >= 0, True),
        (lambda run: inner(run.b, run[0].beta) > 0, False),
    ):
        domain = Domain(n=1, d=1, p=2, eta=(1.0, 9.0))
        falls = conjecture(domain, assuming={"aligned": assumed})(lambda run: run[1].loss <= run[0].loss)
        batch = network(falls, n=1, d=1, p=2).map(np.ones_like)
        batch = batch.replace(y=np.zeros((1, 1)), b=np.array([[1.0, -1.0]]), lam=np.zeros(1), eta=np.full(1, 8.0))
        assert (certify_counterexample(falls, batch) is not None) is accepted


@pytest.mark.parametrize(
    ("matrix", "least", "most"),
    [
        ([[1, 1], [1, 1]], 0, 2),
        ([[2, 1], [1, 2]], 1, 3),
        ([["3/5", "1/7"], ["1/7", "3/5"]], Fraction(16, 35), Fraction(26, 35)),
        ([[0, 0, 0], [0, 0, 0], [0, 0, 0]], 0, 0),
        ([[1, 2, 0], [2, 4, 0], [0, 0, "5/2"]], 0, 5),
    ],
)
def test_rational_eigenvalues_are_found_exactly(matrix: Any, least: Any, most: Any) -> None:
    from fa_theory.checker.counterexample import numbers

    A = numbers.Value((len(matrix), len(matrix)), [numbers.rational(str(x), "") for row in matrix for x in row])
    assert [str(numbers.eigenvalue(which, A)) for which in (0, 1)] == [str(least), str(most)]


def test_irrational_eigenvalues_are_enclosed() -> None:
    from fa_theory.checker.counterexample import numbers

    A = numbers.Value((2, 2), [fmpq(1), fmpq(1), fmpq(1), fmpq(0)])
    low, high = (numbers.eigenvalue(which, A) for which in (0, 1))
    assert isinstance(low, arb)
    assert low.overlaps((1 - arb(5).sqrt()) / 2)
    assert high.overlaps((1 + arb(5).sqrt()) / 2)


DOMAINS = [
    ({"inputs": "sphere"}, {"X": 1.0}, {"X": 0.6}),
    ({"inputs": "ball"}, {"X": -0.6}, {"X": 1.0 + 2.0**-52}),
    ({"inputs": "orthonormal"}, {"X": -1.0}, {"X": 0.5}),
    ({"targets": "zero"}, {"y": 0.0}, {"y": 2.0**-900}),
    ({"targets": "bounded"}, {"y": -1.0}, {"y": -1.0 - 2.0**-52}),
    ({"feedback": "sign"}, {"b": -1.0}, {"b": 0.0}),
    ({"feedback": "tied"}, {"b": 0.5, "beta": 0.5}, {"b": 0.5, "beta": -0.5}),
    ({"W_scale": 0.0}, {"W": 0.0}, {"W": 2.0**-900}),
    ({"beta_scale": 0.0}, {"beta": 0.0}, {"beta": 1.0}),
    ({"eta": 0.1}, {"eta": 0.1}, {"eta": 0.25}),
    ({"lam": (0.5, 1.0)}, {"lam": 0.75}, {"lam": 0.0}),
]


def test_the_domain_is_decided_exactly_with_long_numbers() -> None:
    doc = growing()
    doc["conclusion"] = [{"program": [["const", [], "-1"]], "strict": False}]
    doc["network"] |= {"X": [[f"{10**190 + 1}/{10**190}", "0"]], "W": [["0", "0"]]}
    assert recheck(sealed(doc)).valid
    doc["domain"]["inputs"] = "sphere"
    assert "norm 1" in refusal(sealed(doc))
    doc["domain"]["inputs"] = "ball"
    assert "longer than 1" in refusal(sealed(doc))


@pytest.mark.parametrize(("where", "inside", "outside"), DOMAINS)
def test_the_domain_is_decided_exactly(where: Any, inside: Any, outside: Any) -> None:
    domain = Domain(**{"n": 1, "d": 1, "p": 1, "eta": (0.1, 9.0), "steps": 0, "lam": (0.0, 1.0)} | where)
    never = lambda run: run.n < 0  # noqa: E731
    assert holds(domain, never, **inside)
    assert not holds(domain, never, **outside)
