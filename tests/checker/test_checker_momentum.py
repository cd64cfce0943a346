"""Certificates with momentum: what is true is accepted, everything else is refused; runs stay within every bound."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import cache
from operator import mul
from pathlib import Path
from typing import Any
from unittest.mock import patch

import jsonschema
import mpmath
import numpy as np
import pytest
from certificates import scaled, sealed
from flint import arb, arb_mat, ctx
from judged import accepted, faulty, refusal
from moving_certificates import MU, moving, problem
from test_checker_epochs import PSI, norm, number

import fa_theory.checker
from fa_theory.checker.decay import from_state
from fa_theory.checker.decay import momentum as checker
from fa_theory.checker.linalg import elementwise, up
from fa_theory.checker.recheck import _KINDS, recheck
from fa_theory.enclosure.certificate import exact, floats, state_of
from fa_theory.enclosure.momentum import Moving, certify_momentum, certify_momentum_state
from fa_theory.errors import InputError
from fa_theory.model.problem import Problem
from fa_theory.model.rules import Rule, step

SCHEMA = json.loads((Path(fa_theory.checker.__file__).parent / "certificate.schema.json").read_text())
ZERO, ONE, BELOW = (0.0).hex(), (1.0).hex(), (-(2.0**-1074)).hex()
TRUE = (("tanh", "fa", ()), ("linear", "fa", ()), ("tanh", "bp", ()), ("softplus", "fa", ()), ("tanh", "fa", (2,)))


@pytest.mark.parametrize("what", TRUE, ids=str)
def test_accepts_what_is_true(what: Any) -> None:
    for precision in (53, 200):
        verdict = recheck(moving(*what), precision=precision)
        assert verdict.valid, verdict.reason
    assert "with momentum 0.5" in verdict.reason
    assert MU < verdict.bounds["contraction"] < verdict.bounds["rate"] < 1


def test_the_schema_describes_them() -> None:
    for doc in (moving(), moving(outputs=(2,)), moving(rule="bp")):
        jsonschema.Draft202012Validator(SCHEMA).validate(doc)
    kind = jsonschema.Draft202012Validator({**SCHEMA["$defs"]["decay-with-momentum"], "$defs": SCHEMA["$defs"]})
    for key in doc:
        assert not kind.is_valid({k: v for k, v in doc.items() if k != key}), key
    assert not kind.is_valid(doc | {"extra": 1})
    assert not kind.is_valid(doc | {"momentum": "0.5"})


@cache
def lies() -> dict[str, tuple[dict[str, Any], str]]:
    """Name → (a false document with a digest that fits, a word its refusal must contain)."""
    truth = moving()
    q, tube, velocity, claims = (truth[key] for key in ("rate", "tube", "velocity", "conclusions"))
    found = recheck(truth).bounds
    changes: dict[str, tuple[dict[str, Any], str]] = {
        "rate just too small": ({"rate": float(found["contraction"] + 1e-6).hex()}, "contraction"),
        "rate smaller": ({"rate": scaled(q, 0.98)}, "contraction"),
        "rate below the momentum": ({"rate": (0.49).hex()}, "not above the momentum"),
        "rate the momentum": ({"rate": MU.hex()}, "not above the momentum"),
        "rate 1": ({"rate": ONE}, "rate"),
        "momentum larger": ({"momentum": (0.9).hex()}, ""),
        "momentum 1": ({"momentum": ONE}, "not above the momentum"),
        "level just too small": ({"level": scaled(truth["level"], 0.99)}, "level"),
        "level halved": ({"level": scaled(truth["level"], 0.5)}, "level"),
        "level too generous": ({"level": scaled(truth["level"], 1e4)}, ""),
        "past forgotten": ({"past": scaled(truth["past"], 0.0)}, ""),
        "past of the other sign": ({"past": scaled(truth["past"], -1)}, ""),
        "velocity of W five times as large": ({"velocity": velocity | {"W": scaled(velocity["W"], 5)}}, ""),
        "velocity of β much larger": ({"velocity": velocity | {"beta": scaled(velocity["beta"], 100)}}, ""),
        "velocity of W negated": ({"velocity": velocity | {"W": scaled(velocity["W"], -1)}}, ""),
        "rho halved": ({"tube": tube | {"rho": scaled(tube["rho"], 0.5)}}, "tube.rho"),
        "tau halved": ({"tube": tube | {"tau": scaled(tube["tau"], 0.5)}}, "tube.tau"),
        "eta doubled": ({"eta": scaled(truth["eta"], 2)}, ""),
        "eta huge": ({"eta": (1e300).hex()}, ""),
        "y with a sign flipped": ({"y": [scaled(truth["y"][0], -1), *truth["y"][1:]]}, ""),
        "beta negated": ({"beta": scaled(truth["beta"], -1)}, ""),
        "W negated": ({"W": scaled(truth["W"], -1)}, ""),
        "samples permuted": ({"X": truth["X"][::-1]}, ""),
        "norm singular": ({"norm": [truth["norm"][0]] * len(truth["norm"])}, "norm"),
        "norm of half the size": ({"norm": truth["norm"][:4]}, "norm: expected"),
        "past too long": ({"past": truth["past"] * 2}, "past: expected"),
    }
    for key in checker.CLAIMS:
        smaller = {"conclusions": claims | {key: scaled(claims[key], 0.999)}}
        changes[f"{key} too small"] = (smaller, f"conclusions.{key}")
    return {name: (sealed(truth | change), word) for name, (change, word) in changes.items()}


def test_refuses_what_is_false() -> None:
    for name, (doc, word) in lies().items():
        assert word in refusal(doc), name


@pytest.mark.parametrize("what", [TRUE[0], TRUE[1], TRUE[2]], ids=str)
def test_runs_in_60_digits_stay_within_every_bound(what: Any) -> None:
    doc = moving(*what)
    psi, slope = (np.vectorize(f, otypes=[object]) for f in PSI[doc["activation"]])
    with mpmath.workdps(60):
        X, y, W0, beta0, b, C, u = (number(floats(doc[key])) for key in ("X", "y", "W", "beta", "b", "norm", "past"))
        V, nu = (number(floats(doc["velocity"][key])) for key in ("W", "beta"))
        eta, mu, q, level, bound = (
            mpmath.mpf(float.fromhex(x))
            for x in (doc["eta"], doc["momentum"], doc["rate"], doc["level"], doc["conclusions"]["bound"])
        )
        W, beta, root, total = W0, beta0, mpmath.sqrt(len(W0)), mpmath.mpf(0)
        rho, tau = floats(doc["tube"]["rho"]), floats(doc["tube"]["tau"])
        for t in range(16):
            Z = X @ W.T
            e = psi(Z) @ beta / root - y
            assert norm(C @ np.concatenate([e, u])) <= level * q**t
            assert norm(e) <= bound * q**t
            back = beta if doc["rule"] == "bp" else b
            V = mu * V - eta / root * (slope(Z) * np.outer(e, back)).T @ X
            nu = mu * nu - eta / root * psi(Z).T @ e
            W, beta, u, total = W + V, beta + nu, e + mu * u, total + norm(e)
            assert all(norm(row) <= r for row, r in zip(W - W0, rho, strict=True))
            assert all(abs(x) <= t for x, t in zip(beta - beta0, tau, strict=True))
        assert total / (1 - mu) <= float.fromhex(doc["conclusions"]["budget"])
        assert norm(e) > 0


def trained() -> tuple[Problem, Problem]:
    """A network after training, and the same with targets that leave small errors."""
    network, X, _ = state_of(moving())
    base = replace(problem(), network=network)
    return base, replace(base, y=network.output(X) + 1e-6)


def test_the_rest_of_the_velocity_counts() -> None:
    """From rest with a given velocity, which no past explains, a bound is found; and it is less than what happens."""
    base, near = trained()
    push = 1e-8 * np.ones_like(base.network.W)
    moving_on = Moving(base.network, push, 1e-8 * np.ones(base.p), np.zeros(base.n))
    outcome = certify_momentum_state(near, moving_on, mu=MU)
    assert outcome.certificate is not None, outcome.reason
    forced = recheck(outcome.certificate).bounds["forcing"]
    assert forced > 0
    still = certify_momentum_state(near, Moving.at_rest(near), mu=MU)
    assert still.certificate is not None
    assert recheck(still.certificate).bounds["forcing"] == 0
    assert refusal(sealed({**still.certificate, "velocity": outcome.certificate["velocity"]}))


@pytest.mark.parametrize("what", [TRUE[0], TRUE[2], TRUE[4]], ids=str)
def test_the_velocity_is_split_as_it_says(what: Any) -> None:
    """V' and ν' computed another way: a step without momentum for the error u."""
    doc = moving(*what)
    claim = checker.DecayWithMomentum.read(doc)
    network, X, _ = state_of(doc)
    u = floats(doc["past"])
    with ctx.workprec(64):
        V, nu = checker.rest_of_velocity(claim, claim.state.X * claim.state.W.transpose())
    away = step(network, X, network.output(X) - u, eta=float.fromhex(doc["eta"]), rule=doc["rule"])
    expected = floats(doc["velocity"]["W"]) - (away.W - network.W)
    np.testing.assert_allclose(middles(V), expected, rtol=1e-6, atol=1e-14)
    expected = floats(doc["velocity"]["beta"]) - (away.beta - network.beta)
    np.testing.assert_allclose(middles(nu), expected.reshape(len(expected), -1), rtol=1e-6, atol=1e-14)


def middles(M: arb_mat) -> Any:
    return np.array([[float(x.mid()) for x in row] for row in M.tolist()])


@pytest.mark.parametrize("what", [TRUE[0], TRUE[2], TRUE[4]], ids=str)
def test_bounds_agree_with_a_second_writing_in_floating_point(what: Any) -> None:
    """With a velocity and a past that are not small, so that every term shows."""
    claim, g = checker.DecayWithMomentum.read(moving(*what)), np.random.default_rng(0)
    state, m, k = claim.state, len(claim.state.y), claim.state.k
    V, nu, u = (0.01 * g.normal(size=shape) for shape in ((state.p, state.X.ncols()), (state.p, k), m))
    tau, rho = ([arb(float(x)) for x in 0.1 * (1 + g.random(state.p))] for _ in range(2))
    claim = replace(
        claim, V=arb_mat(V.tolist()), nu=arb_mat(nu.tolist()), u=list(map(arb, u.tolist())), rho=rho, tau=tau
    )
    mu, q, level, eta = (float(x) for x in (claim.mu, claim.q, claim.level, state.eta))
    with ctx.workprec(64):
        found = checker.bounds(claim)
        assert found is not None
        Z = state.X * state.W.transpose()
        rest = [middles(M) for M in checker.rest_of_velocity(claim, Z)]
        e = middles(state.error(state.features(Z), state.beta)).ravel()
        C, X = middles(claim.C), middles(state.X)
        Ci = np.linalg.inv(C)
        on, to = C[:, :m], Ci[:m]
        sigma = np.linalg.norm(to, 2)
        S, share = (sigma * level / (1 - q) + mu * np.linalg.norm(u)) / (1 - mu), mu / (1 - mu)
        drift = from_state.OtherMovement(
            [arb(float(x)) for x in share * np.linalg.norm(rest[0], axis=1)],
            arb_mat((share * abs(X @ rest[0].T)).tolist()),
            [arb(float(x)) for x in share * np.linalg.norm(rest[1], axis=1)],
        )
        tube = from_state.tube(state, Z, arb(float(S)), rho, tau, follows=claim.follows, drift=drift)
        beta = tube.weights[0].transpose()
        along = arb_mat((X @ rest[0].T).tolist())
        slopes = elementwise(mul, tube.slopes, along)
        phi = tube.features * arb_mat(rest[1].tolist()) + slopes * beta
    K, R = middles(tube.kernel), radii(tube.kernel)
    middle, radius = (f(phi).ravel() / np.sqrt(state.p) for f in (middles, radii))
    M = np.block([[np.eye(m) - eta * K, -eta * mu * K], [np.eye(m), mu * np.eye(m)]])
    F = eta * np.linalg.norm(abs(on) @ R @ abs(u)) + np.linalg.norm(abs(on @ middle) + abs(on) @ radius)
    expected = {
        "a": np.linalg.norm(C @ M @ Ci, 2),
        "tube": eta * np.linalg.norm(abs(on) @ R @ abs(to), 2) / (1 - mu / q),
        "forced": mu * F / level,
        "level": np.linalg.norm(C @ np.concatenate([e, u])),
    }
    assert {key: up(getattr(found, key)) for key in expected} == pytest.approx(expected, rel=1e-3)
    assert [up(x) for x in found.rho] == pytest.approx([up(x) for x in tube.rho], rel=1e-3)
    assert [up(x) for x in found.tau] == pytest.approx([up(x) for x in tube.tau], rel=1e-3)
    conclusions = [np.linalg.norm(e), S, max(map(up, tube.rho)), max(map(up, tube.tau)), sigma * level]
    assert [up(x) for x in found.at_most.values()] == pytest.approx(conclusions, rel=1e-3)


def test_the_drift_is_rounded_upwards() -> None:
    """In few bits, where along, w and β are exact: all that is rounded is the share μ/(1−μ) of them."""
    claim, g, seen = checker.DecayWithMomentum.read(moving()), np.random.default_rng(0), []
    n, d, p = claim.state.X.nrows(), claim.state.X.ncols(), claim.state.p

    class Seen(Exception):
        pass

    def watched(*_: Any, drift: Any, follows: bool) -> None:
        seen.append(drift)
        raise Seen

    for bits in range(10, 20):
        V, nu = arb_mat(p, d), arb_mat(p, 1)
        for r in range(p):
            V[r, 0], nu[r, 0] = int(g.integers(-99, 99)), int(g.integers(-99, 99))
        state = replace(claim.state, X=arb_mat([[int(j == 0) for j in range(d)] for _ in range(n)]))
        at = replace(claim, state=state, V=V, nu=nu, mu=arb(0.7), u=[arb(0)] * n)
        with ctx.workprec(bits), patch.object(from_state, "tube", watched), pytest.raises(Seen):
            checker.bounds(at)
        with ctx.workprec(200):
            share = arb(0.7) / (1 - arb(0.7))
            for r in range(p):
                assert seen[-1].w[r] >= share * abs(V[r, 0])
                assert all(seen[-1].z[i, r] >= share * abs(V[r, 0]) for i in range(n))
                assert seen[-1].beta[r] >= share * abs(nu[r, 0])


def test_what_is_too_large_or_too_small_is_not_read() -> None:
    doc = moving()
    tube, least = doc["tube"], (2.0**-1074).hex()
    assert checker.DecayWithMomentum.read(doc | {"level": least, "momentum": ZERO, "rate": ZERO}).level == 2.0**-1074
    assert "level: expected" in refusal(sealed(doc | {"level": ZERO}))
    for key in ("rho", "tau"):
        checker.DecayWithMomentum.read(doc | {"tube": tube | {key: [ZERO, *tube[key][1:]]}})
        assert f"tube.{key}[0]: expected" in refusal(sealed(doc | {"tube": tube | {key: [BELOW, *tube[key][1:]]}}))
    for key in ("momentum", "rate"):
        assert f"{key}: expected" in refusal(sealed(doc | {key: BELOW}))
    for key in checker.CLAIMS:
        assert f"conclusions.{key}: expected" in refusal(
            sealed(doc | {"conclusions": doc["conclusions"] | {key: BELOW}})
        )
    larger = moving(outputs=(2,))
    with patch.object(checker, "MAX_ERRORS", 4):
        checker.DecayWithMomentum.read(doc)
        assert "y: expected at most 4 samples times outputs" in refusal(larger)


def radii(M: arb_mat) -> Any:
    return np.array([[float(x.rad()) for x in row] for row in M.tolist()])


def test_a_run_from_rest_is_the_heavy_ball() -> None:
    base = problem()
    moving_on = Moving.at_rest(base)
    for _ in range(3):
        moving_on = moving_on.after(base.X, base.y, eta=base.eta, mu=0.0)
    plain = base.network
    for _ in range(3):
        plain = step(plain, base.X, base.y, eta=base.eta)
    np.testing.assert_allclose(moving_on.network.W, plain.W, rtol=1e-13)


# mutants of the checker: each must be told from the original by these documents

MUTANTS: dict[str, tuple[str, str]] = {
    "1 − q dropped": ("sigma * level / (1 - q)", "sigma * level"),
    "1 − μ dropped": ("* euclidean(claim.u)) / (1 - mu)).upper()", "* euclidean(claim.u))).upper()"),
    "past dropped from S": ("mu * euclidean(claim.u)", "0"),
    "μ/q dropped": ("/ (1 - mu / q)).upper()", ").upper()"),
    "forcing dropped": ("found.a + found.tube + found.forced", "found.a + found.tube"),
    "tube dropped": ("found.a + found.tube + found.forced", "found.a + found.forced"),
    "(M1) dropped": ('needs.append(("level", found.level, claim.level))', "pass"),
    "(M2) dropped": ("if not reached < q:", "if False:"),
    "u dropped from x": ("*e.entries(), *claim.u]", "*e.entries(), *[arb(0)] * m]"),
    "velocity is not split": ("V, nu = rest_of_velocity(claim, Z)", "V, nu = claim.V * 0, claim.nu * 0"),
    "drift of W dropped": ("[(share * euclidean(row)).upper() for row in V.tolist()]", "[arb(0)] * state.p"),
    "drift of β dropped": ("[(share * euclidean(row)).upper() for row in nu.tolist()]", "[arb(0)] * state.p"),
    "φ without β": ("around.features * nu +", ""),
    "(1) dropped": ('("rho", found.rho, claim.rho)', '("rho", claim.rho, claim.rho)'),
    "(2) dropped": ('("tau", found.tau, claim.tau)', '("tau", claim.tau, claim.tau)'),
    "M without momentum": ("K * (-state.eta * mu)", "K * 0"),
}


@pytest.fixture(scope="module")
def battery() -> list[tuple[dict[str, Any], bool]]:
    truth = moving()
    found = [(truth, True), (moving("linear"), True)] + [(doc, False) for doc, _ in lies().values()]
    # pushed from outside: the velocity is what the claims are about
    base, near = trained()
    pushed = Moving(base.network, 1e-8 * np.ones_like(base.network.W), 1e-8 * np.ones(base.p), np.zeros(base.n))
    outcome = certify_momentum_state(near, pushed, mu=MU)
    assert outcome.certificate is not None, outcome.reason
    doc, at = outcome.certificate.document, recheck(outcome.certificate).bounds
    found.append((doc, True))
    found.append((sealed(doc | {"rate": float(at["contraction"] + 0.9 * at["forcing"]).hex()}), False))
    with ctx.workprec(64):
        claim = checker.DecayWithMomentum.read(doc)
        needs, rest = checker.bounds(claim), checker.rest_of_velocity(claim, claim.state.X * claim.state.W.transpose())
    assert needs is not None
    for key, need, M in (("rho", needs.rho, rest[0]), ("tau", needs.tau, rest[1])):
        drift = MU / (1 - MU) * np.linalg.norm(middles(M), axis=1)
        less = np.array([float(x) for x in need]) - drift / 2
        found.append((sealed(doc | {"tube": doc["tube"] | {key: exact(less)}}), False))
    # all that moves is the past
    u = 1e-6 * np.ones(base.n)
    before = step(base.network, base.X, base.network.output(base.X) - u, eta=base.eta)
    past = Moving(base.network, before.W - base.network.W, before.beta - base.network.beta, u)
    outcome = certify_momentum_state(replace(base, y=base.network.output(base.X)), past, mu=MU)
    assert outcome.certificate is not None, outcome.reason
    doc = outcome.certificate.document
    found += [(doc, True), (sealed(doc | {"level": scaled(doc["level"], 0.9)}), False)]
    # a wider tube than is needed, until it is too wide
    for factor in (1.2, 1.5, 2.0, 3.0, 4.0, 6.0):
        tube = {key: scaled(value, factor) for key, value in truth["tube"].items()}
        claims = {key: scaled(value, 10) for key, value in truth["conclusions"].items()}
        wide = sealed(truth | {"tube": tube, "conclusions": claims})
        with ctx.workprec(64):
            needs = checker.bounds(checker.DecayWithMomentum.read(wide))
        assert needs is not None
        found.append((wide, bool(needs.a + needs.tube + needs.forced < float.fromhex(truth["rate"]))))
    for factor in (0.97, 0.5, 0.05):
        tube = {key: scaled(value, factor) for key, value in truth["tube"].items()}
        moved = {key: scaled(truth["conclusions"][key], factor) for key in ("movement_w", "movement_beta", "budget")}
        found.append((sealed(truth | {"tube": tube, "conclusions": truth["conclusions"] | moved}), False))
    claim = checker.DecayWithMomentum.read(truth)
    for q in (0.3, 0.6, 0.9):
        with ctx.workprec(64):
            needs = checker.bounds(replace(claim, q=arb(q)))
        assert needs is not None
        claims = {key: exact(np.asarray(max(up(x), 0.0) * 2)) for key, x in needs.at_most.items()}
        found.append((sealed(truth | {"rate": q.hex(), "conclusions": claims}), False))
    return found


def test_battery(battery: list[tuple[dict[str, Any], bool]]) -> None:
    assert [accepted(doc) for doc, _ in battery] == [verdict for _, verdict in battery]


@pytest.mark.parametrize("name", MUTANTS)
def test_battery_kills_mutants_of_the_checker(
    name: str, battery: list[tuple[dict[str, Any], bool]], monkeypatch: pytest.MonkeyPatch
) -> None:
    original, mutation = MUTANTS[name]
    mutant = faulty(checker, original, mutation, monkeypatch)
    monkeypatch.setitem(_KINDS, "decay-with-momentum", (mutant.DecayWithMomentum, mutant))
    assert any(accepted(doc) != verdict for doc, verdict in battery)


def test_what_the_search_refuses() -> None:
    base = problem()
    with pytest.raises(InputError, match="rules fa and bp but got 'kolen-pollack'"):
        certify_momentum(replace(base, rule=Rule.KOLEN_POLLACK), mu=MU)
    for mu in (1.0, -0.1, float("nan")):
        with pytest.raises(InputError, match="momentum of at least 0 and below 1"):
            certify_momentum(base, mu=mu)
