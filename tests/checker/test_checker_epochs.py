"""Certificates of minibatches: what is true is accepted, everything else is refused; runs stay within every bound."""

from __future__ import annotations

import itertools
import json
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import mpmath
import numpy as np
import pytest
from certificates import ETA, instance, scaled, sealed
from flint import arb, arb_mat, ctx
from judged import accepted, faulty, refusal
from moving_certificates import epochs

import fa_theory.checker
from fa_theory.checker.decay import epochs as checker
from fa_theory.checker.decay import from_state
from fa_theory.checker.linalg import up
from fa_theory.checker.recheck import _KINDS, recheck
from fa_theory.enclosure.certificate import floats
from fa_theory.enclosure.epochs import certify_epochs_state
from fa_theory.errors import InputError
from fa_theory.model.problem import Problem
from fa_theory.model.rules import Rule
from fa_theory.seeds import generator

SCHEMA = json.loads((Path(fa_theory.checker.__file__).parent / "certificate.schema.json").read_text())
ZERO, ONE = (0.0).hex(), (1.0).hex()


TRUE = (
    ("tanh", "fa", 2, "all", ()),
    ("tanh", "fa", 1, "all", ()),
    ("tanh", "bp", 2, "all", ()),
    ("softplus", "fa", 3, "cyclic", ()),
    ("linear", "fa", 1, "cyclic", ()),
    ("tanh", "fa", 4, "all", ()),
    ("tanh", "fa", 2, "all", (2,)),
)


@pytest.mark.parametrize("what", TRUE, ids=str)
def test_accepts_what_is_true(what: Any) -> None:
    doc = epochs(*what)
    for precision in (53, 200):
        verdict = recheck(doc, precision=precision)
        assert verdict.valid, verdict.reason
    assert "after m epochs" in verdict.reason
    assert 0 < verdict.bounds["rate"] < 1
    assert verdict.bounds["contraction"] + verdict.bounds["perturbation"] < verdict.bounds["rate"]
    assert verdict.bounds["growth"] >= 1


def test_the_schema_describes_them() -> None:
    validator = jsonschema.Draft202012Validator(SCHEMA)
    for doc in (epochs(outputs=(2,)), epochs(rule="bp"), epochs("linear", batch=1, orders="cyclic")):
        validator.validate(doc)
    kind = jsonschema.Draft202012Validator({**SCHEMA["$defs"]["decay-of-epochs"], "$defs": SCHEMA["$defs"]})
    assert kind.is_valid(doc)
    for key in doc:
        assert not kind.is_valid({k: v for k, v in doc.items() if k != key}), key
    for wrong in ({"extra": 1}, {"orders": "any"}, {"batches": [[0, "1"]]}):
        assert not kind.is_valid(doc | wrong)


@cache
def lies() -> dict[str, tuple[dict[str, Any], str]]:
    """Name → (a false document with a digest that fits, a word its refusal must contain)."""
    truth = epochs()
    q, tube, claims = float.fromhex(truth["rate"]), truth["tube"], truth["conclusions"]
    verdict = recheck(truth).bounds
    least = verdict["contraction"] + verdict["perturbation"]
    flipped = [scaled(truth["y"][0], -1), *truth["y"][1:]]
    changes: dict[str, tuple[dict[str, Any], str]] = {
        "rate just too small": ({"rate": float(least - 1e-6 * (1 - least)).hex()}, ""),
        "rate smaller": ({"rate": (q * 0.98).hex()}, "contraction"),
        "rate 0": ({"rate": ZERO}, "contraction"),
        "rate 1": ({"rate": ONE}, "rate"),
        "rate above 1": ({"rate": (1.5).hex()}, "rate"),
        "budget halved": ({"tube": tube | {"budget": scaled(tube["budget"], 0.5)}}, "tube.budget"),
        "budget just too small": (
            {"tube": tube | {"budget": float(verdict["budget"] * 0.95).hex()}},
            "tube.budget",
        ),
        "budget zero": ({"tube": tube | {"budget": ZERO}}, "tube.budget"),
        "budget too generous": ({"tube": tube | {"budget": scaled(tube["budget"], 1e4)}}, ""),
        "rho halved": ({"tube": tube | {"rho": scaled(tube["rho"], 0.5)}}, "tube.rho"),
        "tau halved": ({"tube": tube | {"tau": scaled(tube["tau"], 0.5)}}, "tube.tau"),
        "eta doubled": ({"eta": (2 * ETA).hex()}, ""),
        "eta huge": ({"eta": (1e300).hex()}, ""),
        "y with a sign flipped": ({"y": flipped}, ""),
        "beta negated": ({"beta": scaled(truth["beta"], -1)}, ""),
        "b five times as large": ({"b": scaled(truth["b"], 5)}, ""),
        "W negated": ({"W": scaled(truth["W"], -1)}, ""),
        "X scaled to infinity": ({"X": scaled(truth["X"], 1e300)}, ""),
        "samples permuted": ({"X": truth["X"][::-1]}, ""),
        "relu instead": ({"activation": "relu"}, ""),
        "norm singular": ({"norm": [truth["norm"][0]] * len(truth["norm"])}, "norm"),
        "norm zero": ({"norm": scaled(truth["norm"], 0.0)}, "norm"),
    }
    for key in checker.CLAIMS:
        smaller = {"conclusions": claims | {key: scaled(claims[key], 0.999)}}
        changes[f"{key} too small"] = (smaller, f"conclusions.{key}")
    return {name: (sealed(truth | change), word) for name, (change, word) in changes.items()}


def test_refuses_what_is_false() -> None:
    for name, (doc, word) in lies().items():
        assert word in refusal(doc), name


@pytest.mark.parametrize(
    ("batches", "says"),
    [
        ([], "batches: expected a list of 1 to 4 batches"),
        ([[]], "batches[0]: expected a list of one or more samples"),
        ([[0, 1], [2]], "batches: expected each of the samples 0 to 3 once"),
        ([[0, 1], [1, 2], [3]], "batches: expected each of the samples 0 to 3 once"),
        ([[0, 1, 2, 3], []], "batches[1]: expected a list of one or more samples"),
        ([[0, 1, 2, 3, 4]], "batches: expected each of the samples 0 to 3 once"),
        ([[0, 1], [2, -3]], "batches[1][1]: expected"),
        ([[0, 1], [2, True]], "batches[1][1]: expected"),
        ([[0, 1], [2, "3"]], "batches[1][1]: expected"),
        ([[0, 1], [2, 3.0]], "batches[1][1]: expected"),
        ([0, 1, 2, 3], "batches[0]: expected a list of one or more samples"),
        ({"0": [0]}, "batches: expected a list of 1 to 4 batches"),
        ([[0], [1], [2], [3], []], "batches: expected a list of 1 to 4 batches"),
    ],
)
def test_batches_are_a_partition(batches: Any, says: str) -> None:
    assert says in refusal(sealed(epochs() | {"batches": batches}))


def test_the_rule_is_read_strictly() -> None:
    assert "rule: expected one of" in refusal(sealed(epochs() | {"rule": "dfa"}))
    assert "orders: expected one of" in refusal(sealed(epochs() | {"orders": "random"}))
    assert "b: expected the numbers of beta" in refusal(sealed(epochs() | {"rule": "bp"}))
    assert refusal(sealed(epochs(rule="bp") | {"rule": "fa", "orders": "some"}))


def test_what_is_below_zero_is_not_read() -> None:
    doc, below = epochs(), (-(2.0**-1074)).hex()
    tube, claims = doc["tube"], doc["conclusions"]
    least = tube | {"budget": ZERO, "rho": [ZERO, *tube["rho"][1:]], "tau": [ZERO, *tube["tau"][1:]]}
    checker.DecayOfEpochs.read(doc | {"tube": least, "rate": ZERO, "conclusions": dict.fromkeys(claims, ZERO)})
    for key, value in (("budget", below), ("rho", [below, *tube["rho"][1:]]), ("tau", [below, *tube["tau"][1:]])):
        where = f"tube.{key}" if key == "budget" else f"tube.{key}[0]"
        assert f"{where}: expected" in refusal(sealed(doc | {"tube": tube | {key: value}}))
    assert "rate: expected" in refusal(sealed(doc | {"rate": below}))
    for key in checker.CLAIMS:
        assert f"conclusions.{key}: expected" in refusal(sealed(doc | {"conclusions": claims | {key: below}}))


def test_every_leaf_is_protected_by_the_digest() -> None:
    doc = epochs()
    for key in ("W", "beta", "b", "norm", "y"):
        holder = doc[key] if isinstance(doc[key][0], str) else doc[key][0]
        kept, holder[0] = holder[0], float(np.nextafter(float.fromhex(holder[0]), 9)).hex()
        assert "digest" in refusal(doc)
        holder[0] = kept
    assert "digest" in refusal(doc | {"batches": doc["batches"][::-1]})
    assert recheck(doc).valid


def one_order() -> Any:
    """A linear network that converges in one order of its samples and diverges in another."""
    network, X, y = instance("linear", seed=54)
    return Problem(X, network.output(X) + 1e-9 * y, network, 2.0)


def near(n: int, batches: list[list[int]]) -> dict[str, Any]:
    """A certificate of a network with small errors; eight batches are too many for all orders."""
    for seed in range(9):
        network, X, y = instance(n=n, d=3 * n, p=10 * n, seed=seed)
        outcome = certify_epochs_state(Problem(X, network.output(X) + 1e-9 * y, network, ETA), batches=batches)
        if outcome.certificate is not None:
            document: dict[str, Any] = outcome.certificate.document
            return document
    raise AssertionError(outcome.reason)


def generous(doc: dict[str, Any], **change: Any) -> dict[str, Any]:
    """A changed document with a wide tube, and with conclusions that only (E1) or the reading can refuse."""
    tube = {key: scaled(value, 50) for key, value in doc["tube"].items()}
    claims = {key: scaled(value, 1 if key == "error" else 1000) for key, value in doc["conclusions"].items()}
    return sealed({**doc, "tube": tube, "conclusions": claims, **change})


def test_an_order_that_diverges_is_not_covered() -> None:
    batches = [[0], [1], [2], [3]]
    outcome = certify_epochs_state(one_order(), batches=batches, orders="cyclic")
    assert outcome.certificate is not None, outcome.reason
    assert "contraction" in refusal(sealed({**outcome.certificate, "orders": "all"}))
    assert "contraction" in refusal(sealed({**outcome.certificate, "batches": [[0], [3], [1], [2]]}))
    assert not certify_epochs_state(one_order(), batches=batches).certified
    assert not certify_epochs_state(one_order(), batches=[[0], [3], [1], [2]], orders="cyclic").certified


# runs in 60 digits

PSI = {
    "tanh": (mpmath.tanh, lambda z: 1 - mpmath.tanh(z) ** 2),
    "linear": (lambda z: z, lambda z: mpmath.mpf(1)),
}
number = np.vectorize(mpmath.mpf, otypes=[object])


def norm(v: Any) -> Any:
    return mpmath.sqrt(sum(x * x for x in np.ravel(v)))


@pytest.mark.parametrize("what", [TRUE[0], TRUE[1], TRUE[2], TRUE[4]], ids=str)
def test_runs_in_60_digits_stay_within_every_bound(what: Any) -> None:
    doc = epochs(*what)
    psi, slope = (np.vectorize(f, otypes=[object]) for f in PSI[doc["activation"]])
    rng, bounds = generator(0, "60 digits", str(what)), recheck(doc).bounds
    with mpmath.workdps(60):
        X, y, W0, beta0, b, C = (number(floats(doc[key])) for key in ("X", "y", "W", "beta", "b", "norm"))
        eta, q, root = float.fromhex(doc["eta"]), mpmath.mpf(float.fromhex(doc["rate"])), mpmath.sqrt(len(W0))
        W, beta, total = W0, beta0, mpmath.mpf(0)

        def error() -> Any:
            return psi(X @ W.T) @ beta / root - y

        first = start = norm(C @ error())
        size = norm(error())
        for epoch in range(1, 13):
            order = list(range(len(doc["batches"])))
            if doc["orders"] == "all":
                rng.shuffle(order)
            seen = mpmath.mpf(0)
            for rows in (doc["batches"][k] for k in order):
                e, Z = error()[rows], X[rows] @ W.T
                seen += norm(e) ** 2
                back = beta if doc["rule"] == "bp" else b
                W, beta = (
                    W - eta / root * (slope(Z) * np.outer(e, back)).T @ X[rows],
                    beta - eta / root * psi(Z).T @ e,
                )
                assert norm(C @ error()) <= bounds["growth"] * start
            total, start = total + mpmath.sqrt(seen), norm(C @ error())
            assert start <= q**epoch * first
            assert norm(error()) <= bounds["overshoot"] * q**epoch * size
        assert total <= float.fromhex(doc["tube"]["budget"])
        rho, tau = floats(doc["tube"]["rho"]), floats(doc["tube"]["tau"])
        assert all(norm(row) <= r for row, r in zip(W - W0, rho, strict=True))
        assert all(abs(x) <= t for x, t in zip(beta - beta0, tau, strict=True))
        assert norm(error()) > 0


# the bounds, computed another way


@pytest.mark.parametrize("cyclic", [False, True])
@pytest.mark.parametrize("seed", range(4))
def test_bounds_hold_for_all_products(seed: int, cyclic: bool) -> None:
    """Both ways, against products of steps whose kernels are anywhere within the radius."""
    g = generator(seed, "products")
    A = g.normal(size=(5, 5))
    K = A @ A.T / 5 + 0.3 * np.eye(5)
    radius = 0.02 * abs(g.normal(size=K.shape))
    values, Q = np.linalg.eigh(K)
    C = np.round(values**-0.5 * Q, 12).T if seed % 2 else np.linalg.cholesky(np.linalg.inv(K)).T
    Ci, eta, batches = np.linalg.inv(C), 0.6 / values[-1], [[0, 3], [1], [2, 4]]
    with ctx.workprec(64):
        ball = arb_mat([list(map(arb, *rows)) for rows in zip(K.tolist(), radius.tolist(), strict=True)])
        exact_C = arb_mat(C.tolist())
        for way in (checker.enumerated, checker.closed):
            found = way(exact_C, exact_C.inv(), arb(eta), ball, batches, cyclic=cyclic)
            assert found is not None
            R = np.array([[up(x) for x in row] for row in found.R.tolist()])
            y = [eta * np.linalg.norm(abs(C) @ R[:, rows] @ abs(Ci)[rows], 2) for rows in batches]
            a, grown, h = up(found.a), up(found.g), up(found.h)
            u = grown * (np.prod([1 + grown * each for each in y]) - 1)
            omega = np.sqrt(sum(np.linalg.norm(Ci[rows], 2) ** 2 for rows in batches))
            for order in [(0, 1, 2)] if cyclic else itertools.permutations(range(3)):
                for corner in range(3):
                    M, w = np.eye(5), np.zeros((5, 5))
                    for rows in (batches[k] for k in order):
                        signs = np.sign(g.normal(size=K.shape)) if corner else 0
                        near, P = K + signs * radius, np.zeros((5, 5))
                        P[rows, rows] = 1
                        w[rows] = (Ci @ M)[rows]
                        M = C @ (np.eye(5) - eta * near @ P) @ Ci @ M
                        assert np.linalg.norm(M, 2) <= grown + u
                    assert np.linalg.norm(M, 2) <= a + u
                    assert np.linalg.norm(w, 2) <= h + omega * u
                    if not corner and way is checker.enumerated:
                        assert np.linalg.norm(M, 2) <= a * (1 + 1e-9)


def two(M: Any) -> float:
    return float(np.linalg.norm(M, 2))


def by_all_products(C: Any, eta: float, N: Any, batches: list[list[int]], cyclic: bool) -> tuple[float, float, float]:
    """a, g and h of all orders, each order and each piece for itself."""
    m, Ci, a, g, h = len(C), np.linalg.inv(C), 0.0, 1.0, 0.0
    steps = [C @ (np.eye(m) - eta * N[:, rows] @ np.eye(m)[rows]) @ Ci for rows in batches]
    for order in [tuple(range(len(batches)))] if cyclic else itertools.permutations(range(len(batches))):
        for first in range(len(order)):
            M = np.eye(m)
            for k in order[first:]:
                M = steps[k] @ M
                g = max(g, two(M))
        M, w = np.eye(m), np.zeros((m, m))
        for k in order:
            w[batches[k]] = (Ci @ M)[batches[k]]
            M = steps[k] @ M
        a, h = max(a, two(M)), max(h, two(w))
    return a, g, h


def by_closed_form(C: Any, eta: float, batches: list[list[int]], cyclic: bool) -> tuple[float, float, float]:
    Ci, place = np.linalg.inv(C), np.zeros(len(C), dtype=int)
    for k, rows in enumerate(batches):
        place[rows] = k
    N = Ci @ Ci.T
    gain = eta * (2 - eta * max(two(N[np.ix_(rows, rows)]) for rows in batches))
    if cyclic:
        length = two(np.eye(len(C)) + eta * np.where(place[None, :] < place[:, None], N, 0))
    else:
        length = 1 + eta * two(np.where(place[None, :] == place[:, None], 0, abs(N)))
    return np.sqrt(max(0.0, 1 - gain / (two(C) * length) ** 2)), 1.0, gain**-0.5


@pytest.mark.parametrize("cyclic", [False, True])
@pytest.mark.parametrize("seed", range(4))
def test_both_ways_agree_with_a_second_writing(seed: int, cyclic: bool) -> None:
    g = generator(seed, "both ways")
    C, K = np.eye(5) + 0.15 * g.normal(size=(5, 5)), np.eye(5) + 0.3 * g.normal(size=(5, 5))
    radius, eta, batches = 0.02 * abs(g.normal(size=K.shape)), 0.4, [[0, 3], [1], [4, 2]]
    with ctx.workprec(64):
        ball = arb_mat([list(map(arb, *rows)) for rows in zip(K.tolist(), radius.tolist(), strict=True)])
        exact_C = arb_mat(C.tolist())
        found = [
            way(exact_C, exact_C.inv(), arb(eta), ball, batches, cyclic=cyclic)
            for way in (checker.enumerated, checker.closed)
        ]
    expected = by_all_products(C, eta, K, batches, cyclic), by_closed_form(C, eta, batches, cyclic)
    N = np.linalg.inv(C.T @ C)
    for way, (a, grown, h), R in zip(found, expected, (radius, abs(K - N) + radius), strict=True):
        assert way is not None
        assert (1 - up(way.a) ** 2) == pytest.approx(1 - a**2, rel=1e-2, abs=1e-2 * a**2 / (1 + a**2))
        assert [up(way.a), up(way.g), up(way.h)] == pytest.approx([a, grown, h], rel=1e-2)
        assert [up(x) for x in way.R.entries()] == pytest.approx(R.ravel(), rel=1e-6)
        assert all(up(x) >= y * (1 - 1e-9) for x, y in zip((way.a, way.g, way.h), (a, grown, h), strict=True))


@pytest.mark.parametrize("what", [TRUE[0], TRUE[3], TRUE[6]], ids=str)
def test_the_quantities_of_the_theorem_agree_with_a_second_writing(what: Any) -> None:
    claim = checker.DecayOfEpochs.read(epochs(*what))
    state, k, eta, q = claim.state, claim.state.k, float(claim.state.eta), float(claim.q)
    with ctx.workprec(64):
        ways = checker.bounds(claim)
        Z = state.X * state.W.transpose()
        e, C = (
            np.array([[float(x.mid()) for x in row] for row in M.tolist()])
            for M in (state.error(state.features(Z), state.beta), claim.C)
        )
        tube = from_state.tube(state, Z, claim.S, claim.rho, claim.tau, follows=claim.follows)
        Ci, batches = np.linalg.inv(C), checker.by_output(claim.batches, k)
        assert batches == [[i * k + c for i in rows for c in range(k)] for rows in claim.batches]
        found = [
            way(claim.C, claim.C.inv(), state.eta, tube.kernel, batches, cyclic=claim.cyclic)
            for way in (checker.closed, checker.enumerated)
        ]
    applied = [norms for norms in found if norms is not None]
    assert len(ways) == len(applied)
    weighted, omega = np.linalg.norm(C @ e.ravel()), np.linalg.norm([two(Ci[rows]) for rows in batches])
    for way, norms in zip(ways, applied, strict=True):
        R = np.array([[up(x) for x in row] for row in norms.R.tolist()])
        y = [eta * two(abs(C) @ R[:, rows] @ abs(Ci)[rows]) for rows in batches]
        u = up(norms.g) * (np.prod([1 + up(norms.g) * each for each in y]) - 1)
        assert [up(way.u), up(way.a), way.way] == [pytest.approx(u, rel=1e-3), up(norms.a), norms.way]
        assert up(way.budget) == pytest.approx((up(norms.h) + omega * u) * weighted / (1 - q), rel=1e-3)
        expected = {
            "error": np.linalg.norm(e),
            "movement_w": max(map(up, tube.rho)),
            "movement_beta": max(map(up, tube.tau)),
            "overshoot": min(two(C) * two(Ci), two(Ci) * weighted / np.linalg.norm(e)),
            "growth": up(norms.g) + u,
        }
        assert {key: up(x) for key, x in way.at_most.items()} == pytest.approx(expected, rel=1e-3)


def test_the_closed_form_is_rounded_upwards() -> None:
    """One error, and a norm of 1: in 12 bits nothing else makes h larger."""
    one = arb_mat([[1]])
    for step in range(300, 340):
        with ctx.workprec(12):
            found = checker.closed(one, one, arb(step / 1024), one, [[0]], cyclic=True)
        assert found is not None
        with ctx.workprec(200):
            eta = arb(step / 1024)
            assert found.h >= 1 / (eta * (2 - eta)).sqrt()
            assert found.a >= abs(1 - eta)


def test_the_order_is_named() -> None:
    for what, words in ((TRUE[0], "each in any order"), (TRUE[3], "in the order of the document")):
        assert words in recheck(epochs(*what)).reason
    for cyclic, words in ((False, "all 6 orders"), (True, "the order of the batches")):
        one = arb_mat(np.eye(3).tolist())
        found = checker.enumerated(one, one, arb(0.1), one, [[0], [1], [2]], cyclic=cyclic)
        assert found is not None
        assert found.way == words


def test_product_norm_is_no_less() -> None:
    g = generator(0, "product norm")
    for _ in range(20):
        X, Y = abs(g.normal(size=(6, 2))), abs(g.normal(size=(2, 6)))
        found = up(checker.product_norm(arb_mat(X.tolist()), arb_mat(Y.tolist())))
        assert np.linalg.norm(X @ Y, 2) <= found <= 1.001 * np.linalg.norm(X @ Y, 2)


def test_too_many_orders_are_left_to_the_closed_form() -> None:
    assert checker.products(5, cyclic=False) == 325
    assert checker.products(5, cyclic=True) == 15
    ten = arb_mat(np.eye(10).tolist())
    assert checker.enumerated(ten, ten, arb(0.1), ten, [[i] for i in range(10)], cyclic=False) is None
    assert checker.closed(ten, ten, arb(0.1), ten, [[i] for i in range(10)], cyclic=False) is not None
    assert checker.closed(ten, ten, arb(2), ten, [[i] for i in range(10)], cyclic=False) is None


# mutants of the checker: each must be told from the original by these documents

MUTANTS: dict[str, tuple[str, str]] = {
    "1 − q dropped": ("* weighted / (1 - q)", "* weighted"),
    "C dropped from ‖e‖_C": ("euclidean((C * e).entries())", "euclidean(e.entries())"),
    "h dropped": ("(norms.h + omega * u)", "(omega * u)"),
    "u dropped": ("if not found.a + found.u < q:", "if not found.a < q:"),
    "(E1) dropped": ("if not found.a + found.u < q:", "if False:"),
    "(E2) dropped": ('needs.append(("tube.budget", found.budget, claim.S))', "pass"),
    "(1) dropped": ('("rho", found.rho, claim.rho)', '("rho", claim.rho, claim.rho)'),
    "(2) dropped": ('("tau", found.tau, claim.tau)', '("tau", claim.tau, claim.tau)'),
    "all orders as one": ('cyclic=orders == "cyclic"', "cyclic=True"),
    "a of one order": ("a, h = a.max(spectral_norm(M))", "a, h = (a if a > 0 else spectral_norm(M))"),
    "η dropped from the steps": ("chosen(back, rows) * eta for rows", "chosen(back, rows) for rows"),
    "not a partition": ("!= list(range(n)):", "== 0:"),
    "q not below 1": ("claim.q < 1", "claim.q < 9"),
    "growth without u": ("(norms.g + u).upper()", "norms.g"),
    "closed form: no λ": ("gain / (size * size)", "gain / (length * length)"),
}


@pytest.fixture(scope="module")
def battery() -> list[tuple[dict[str, Any], bool]]:
    truth, one = epochs(), epochs(batch=1)
    cyclic = certify_epochs_state(one_order(), batches=[[0], [1], [2], [3]], orders="cyclic").certificate
    assert cyclic is not None
    found = [(truth, True), (one, True), (epochs(batch=4), True), (cyclic.document, True)]
    found += [(doc, False) for doc, _ in lies().values()]
    certain = cyclic.document
    found += [(generous(certain), True), (generous(certain, orders="all"), False)]
    two, many = near(4, [[0, 1], [2, 3]]), near(8, [[i] for i in range(8)])
    found += [(generous(two), True), (generous(two, batches=[[0, 1], [2, 3], [0]]), False)]
    found += [
        (many, True),
        *((generous(many, rate=scaled(many["rate"], factor)), False) for factor in (0.98, 0.9, 0.5)),
    ]
    grown = {"conclusions": truth["conclusions"] | {"growth": float(1 + 1e-9).hex()}}
    found += [(sealed(truth | grown), False)]
    # the budget of half the batches, and what follows from it
    for factor in (0.97, 0.5, 0.05):
        tube = {key: scaled(value, factor) for key, value in truth["tube"].items()}
        moved = {key: scaled(truth["conclusions"][key], factor) for key in ("movement_w", "movement_beta")}
        found += [(sealed(truth | {"tube": tube, "conclusions": truth["conclusions"] | moved}), False)]
    return found


def test_battery(battery: list[tuple[dict[str, Any], bool]]) -> None:
    assert [accepted(doc) for doc, _ in battery] == [verdict for _, verdict in battery]


@pytest.mark.parametrize("name", MUTANTS)
def test_battery_kills_mutants_of_the_checker(
    name: str, battery: list[tuple[dict[str, Any], bool]], monkeypatch: pytest.MonkeyPatch
) -> None:
    original, mutation = MUTANTS[name]
    mutant = faulty(checker, original, mutation, monkeypatch)
    monkeypatch.setitem(_KINDS, "decay-of-epochs", (mutant.DecayOfEpochs, mutant))
    assert any(accepted(doc) != verdict for doc, verdict in battery)


def test_what_the_search_refuses() -> None:
    network, X, y = instance()
    with pytest.raises(InputError, match="rules fa and bp but got 'kolen-pollack'"):
        certify_epochs_state(Problem(X, y, network, ETA, rule=Rule.KOLEN_POLLACK), batches=[[0, 1], [2, 3]])
    with pytest.raises(InputError, match="each of the samples 0 to 3 once"):
        certify_epochs_state(Problem(X, y, network, ETA), batches=[[0, 1], [2]])
    with pytest.raises(InputError, match="unknown orders 'any'"):
        certify_epochs_state(Problem(X, y, network, ETA), batches=[[0, 1], [2, 3]], orders="any")
