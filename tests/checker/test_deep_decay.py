"""Certificates of decay at any depth and rule: what is true is accepted, all else refused, and runs obey them."""

from __future__ import annotations

import copy
import json
from itertools import pairwise
from pathlib import Path
from typing import Any
from unittest.mock import patch

import jsonschema
import numpy as np
import pytest
from certificates import scaled, sealed
from deep_certificates import Case, Run, deep_certificate, length
from flint import arb, arb_mat, ctx
from judged import faulty, refusal

import fa_theory.checker
from fa_theory.checker.decay import backwards, deep, deep_kinks, rows
from fa_theory.checker.document import MalformedDocument
from fa_theory.checker.linalg import up
from fa_theory.checker.recheck import _KINDS, recheck
from fa_theory.enclosure import deep_search
from fa_theory.enclosure.reading import Certificate

SCHEMA = json.loads((Path(fa_theory.checker.__file__).parent / "certificate.schema.json").read_text())
CASES = [
    Case(),
    Case(rule="dfa", hidden=(16, 12, 14)),
    Case(rule="bp", activation="softplus", eta=0.1),
    Case(rule="kolen-pollack", activation="erf"),
    Case(rule="usf", hidden=(12, 12), seed=1),
    Case(rule="sign", hidden=(12, 12), seed=1),
    Case(hidden=(30,), k=2, activation="gelu", n=2),
    Case(rule="dfa", k=2, n=2, hidden=(24, 20)),
    Case(activation="linear", hidden=(10, 10, 10), eta=0.1),
    Case(activation="sigmoid", hidden=(16, 16), rule="bp", n=1, eta=1.0),
    Case(activation="relu", hidden=(40, 40), rule="bp", eta=0.1, seed=1),
    Case(scaling="mean-field", rule="bp", hidden=(20, 20), eta=2.0),
    Case(scaling="standard", hidden=(20, 20), eta=0.05),
]
NAMED = {str(tuple(case)): case for case in CASES}


ALONE = patch.object(deep_kinks, "MAX_WIDE", -1)
"""Without (4'), so that bounds tell the tube term of (4); (4') has tests of its own."""


@pytest.mark.parametrize("name", NAMED)
def test_accepts_what_is_true_and_runs_obey_it(name: str) -> None:
    doc = deep_certificate(NAMED[name])
    answer = recheck(doc)
    assert answer.valid, answer.reason
    jsonschema.Draft202012Validator(SCHEMA).validate(doc)
    q, bounds = float.fromhex(doc["rate"]), answer.bounds
    with ctx.workprec(200):
        run = Run(doc)
        errors, sizes = [], []
        for _ in range(60):
            e = run.step()
            errors.append(length(e))
            sizes.append(length(run.C * e))
            assert all(x <= bounds[f"movement_{at}"] for at, x in enumerate(run.moved(), 1))
    assert errors[0] <= bounds["error"] <= errors[0] * (1 + 1e-9)
    assert all(b <= q * a for a, b in pairwise(sizes))
    assert all(e <= bounds["overshoot"] * q**t * bounds["error"] for t, e in enumerate(errors))
    assert sum(errors) <= bounds["budget"]


@pytest.mark.parametrize("name", list(NAMED)[:6])
def test_tubes_contain_the_runs(name: str) -> None:
    """Everything that the induction speaks of, along a run in high precision; and the kernel that (1) needs."""
    doc = deep_certificate(NAMED[name])
    claim = deep.DeepDecayFromState.read(doc)
    with ctx.workprec(64):
        sweep = deep.Sweep(claim.state)
        found = deep.bounds(claim.state, claim.C, claim.q)
        assert not isinstance(found, str)
        closed = sweep.closed(found.at_most["budget"])
        assert closed is not None
        tube, _ = closed
        K = sweep.kernel(tube)
        eta = claim.state.eta
    with ctx.workprec(200):
        run, k = Run(doc), claim.state.y.ncols()
        before = run.step()
        for _ in range(12):
            z, h = [], [run.X]
            for s, W in zip(run.s, run.W, strict=True):
                z.append(h[-1] * W.transpose() * s)
                h.append(run.each(z[-1], run.value))
            for at, H in enumerate(tube.H):
                seen = deep._repeated(h[at], k)
                inside(seen, H)
            after = run.step()
            # (1) with the signs of its worst case: e⁺ ∈ e − η (K ± R) e
            allowed = before - K * before * eta
            assert all(x.overlaps(y) for x, y in zip(after.entries(), allowed.entries(), strict=True))
            before = after


def inside(seen: arb_mat, bounds: rows.Rows) -> None:
    off = seen - bounds.centre
    for row, radius, reach in zip(off.tolist(), bounds.radius.tolist(), bounds.reach, strict=True):
        assert all(abs(x).lower() <= r * (1 + 1e-12) + 1e-17 for x, r in zip(row, radius, strict=True))
        assert sum((x * x for x in row), arb(0)).sqrt().lower() <= reach * (1 + 1e-12) + 1e-17


@pytest.mark.parametrize("name", NAMED)
def test_bounds_agree_with_a_second_writing_in_floating_point(name: str) -> None:
    doc = deep_certificate(NAMED[name])
    claim = deep.DeepDecayFromState.read(doc)
    with ctx.workprec(64), ALONE:
        found = deep.bounds(claim.state, claim.C, claim.q)
        assert not isinstance(found, str)
        S = up(found.at_most["budget"])
    other = deep_search.FloatSweep.of(Certificate(doc).deep_problem)
    C = np.array([[float.fromhex(x) for x in row] for row in doc["norm"]])
    Ci, q = np.linalg.inv(C), float.fromhex(doc["rate"])
    assert pytest.approx(np.linalg.norm(Ci, 2) * np.linalg.norm(C @ other.e) / (1 - q), rel=3e-3) == S
    tube = other.closed(S)
    assert tube is not None
    K, R = other.kernel(tube)
    s = claim.state.eta
    assert up(found.perturbation) == pytest.approx(float(s) * np.linalg.norm(abs(C) @ R @ abs(Ci), 2), rel=5e-3)
    A = C @ (np.eye(len(K)) - float(s) * K) @ Ci
    assert up(found.contraction) == pytest.approx(np.linalg.norm(A, 2), rel=1e-3)
    for scale, G, H, moved in zip(other.scales, tube.G, tube.H, found.movement, strict=True):
        (x, dx), (y, dy) = deep_search.inner(G, G), deep_search.inner(H, H)
        most = np.linalg.norm((abs(x) + dx) * (abs(y) + dy), 2)
        assert 0.98 * float(s) * scale * S * np.linalg.norm(x * y, 2) ** 0.5 <= up(moved)
        assert up(moved) <= 1.02 * float(s) * scale * S * most**0.5


# tampering


def leaves(value: Any, path: tuple[Any, ...] = ()) -> Any:
    if isinstance(value, dict):
        for key, child in value.items():
            yield from leaves(child, (*path, key))
    elif isinstance(value, list):
        for i, child in enumerate(value):
            yield from leaves(child, (*path, i))
    else:
        yield path, value


def test_every_leaf_is_protected_by_the_digest() -> None:
    doc = deep_certificate(hidden=(12, 12), rule="sign", seed=1)
    paths = list(leaves(doc))
    assert len(paths) > 300
    for path, value in paths[:: len(paths) // 60]:
        *parents, last = path
        holder: Any = doc
        for key in parents:
            holder = holder[key]
        if isinstance(value, str) and value.lstrip("-").startswith("0x"):
            holder[last] = float(np.nextafter(float.fromhex(value), np.inf)).hex()
        else:
            holder[last] = 7 if value is None else value + (1 if isinstance(value, int) else "0")
        refusal(doc)
        holder[last] = value
    assert recheck(doc).valid


def changed(doc: dict[str, Any], **entries: Any) -> dict[str, Any]:
    return sealed(copy.deepcopy(doc) | entries)


def lies(case: Case) -> dict[str, dict[str, Any]]:
    """Documents with digests that fit, and something false."""
    truth = deep_certificate(case)
    q, found = float.fromhex(truth["rate"]), truth["conclusions"]
    contraction = recheck(truth).bounds["contraction"]
    m = len(truth["norm"])
    made: dict[str, dict[str, Any]] = {
        "rate of the centre alone": {"rate": contraction.hex()},
        "rate 0": {"rate": (0.0).hex()},
        "rate 1": {"rate": (1.0).hex()},
        "rate above 1": {"rate": (1.5).hex()},
        "rate nearly 1": {"rate": (1 - 1e-9).hex()},
        "eta huge": {"eta": (1e300).hex()},
        "eta larger": {"eta": (100.0).hex()},
        "y moved": {"y": scaled(truth["y"], 3)},
        "X huge": {"X": scaled(truth["X"], 1e300)},
        "W huge": {"W": scaled(truth["W"], 1e300)},
        "W negated": {"W": [*truth["W"][:-1], scaled(truth["W"][-1], -1)]},
        "a layer missing": {"W": truth["W"][1:]},
        "norm singular": {"norm": [truth["norm"][0]] * m if m > 1 else [[(0.0).hex()]]},
        "norm zero": {"norm": [[(0.0).hex()] * m] * m},
        "no movement of a layer": {"conclusions": found | {"movement": [(0.0).hex(), *found["movement"][1:]]}},
        "less movement": {"conclusions": found | {"movement": scaled(found["movement"], 0.999)}},
        "fewer layers": {"conclusions": found | {"movement": found["movement"][1:]}},
    }
    if truth["activation"] != "relu":
        made["relu instead"] = {"activation": "relu"}
    for key in deep.CLAIMS:
        made[f"{key} too small"] = {"conclusions": found | {key: scaled(found[key], 0.999)}}
    if truth["B"] is not None and case.rule != "sign":
        made["B negated"] = {"B": scaled(truth["B"], -1)}
        made["B missing"] = {"B": None}
    if q > 0:
        made["q a little less than is proved"] = {"rate": (contraction + 0.5 * (up_to(truth) - contraction)).hex()}
    return {name: changed(truth, **entries) for name, entries in made.items()}


def up_to(doc: dict[str, Any]) -> float:
    """Contraction and tube term at the rate of the document: no rate below this is proved with that tube."""
    bounds = recheck(doc).bounds
    return bounds["contraction"] + 0.5 * bounds["perturbation"]


@pytest.mark.parametrize("name", [list(NAMED)[at] for at in (0, 1, 4)])
def test_refuses_lies_that_are_consistently_sealed(name: str) -> None:
    for lie, doc in lies(NAMED[name]).items():
        assert refusal(doc), lie


def test_a_state_that_is_too_early_is_refused_in_words() -> None:
    doc = deep_certificate()
    generous = dict.fromkeys(deep.CLAIMS, (1e9).hex()) | {"movement": [(1e9).hex()] * 3}
    early = changed(doc, y=[(float.fromhex(y) + 0.02).hex() for y in doc["y"]], conclusions=generous)
    assert "the tube is too wide" in refusal(early)
    doc = deep_certificate(activation="linear", hidden=(10, 10, 10), eta=0.1)
    assert "tube: no bounds are found" in refusal(changed(doc, y=scaled(doc["y"], 100)))


@pytest.mark.parametrize("rule", ["usf", "sign"])
def test_signs_that_may_change_are_refused(rule: str) -> None:
    doc = deep_certificate(rule=rule, hidden=(12, 12), seed=1)
    W = copy.deepcopy(doc["W"])
    W[1][3][4] = (0.0).hex()
    assert "entry (3, 4) of W_2 may change its sign" in refusal(changed(doc, W=W))
    W[1][3][4] = (1e-7).hex()
    assert "may change its sign" in refusal(changed(doc, W=W))


def test_the_rule_matters() -> None:
    doc = deep_certificate()
    for rule in ("bp", "usf"):
        assert "null" in refusal(changed(doc, rule=rule))
    assert recheck(changed(doc, rule="bp", B=None)).reason.endswith("(tanh 6-20-20-1, bp)")  # true as well
    assert "B[0]" in refusal(changed(doc, rule="dfa"))
    assert "rule" in refusal(changed(doc, rule="hebb"))


def test_units_of_the_norm_do_not_matter() -> None:
    doc = deep_certificate()
    assert recheck(changed(doc, norm=scaled(doc["norm"], 2.0**40))).valid


def test_two_layers_agree_with_the_other_kind() -> None:
    """The smallest case: an error and a budget that are those of `from_state`."""
    from fa_theory.enclosure.certify import certify_state
    from fa_theory.model.activations import activation
    from fa_theory.model.network import Network

    doc = deep_certificate(hidden=(30,), rule="fa")
    W, beta, b, X, y = (np.vectorize(float.fromhex)(doc[key][i]) for key, i in (("W", 0), ("W", 1), ("B", 0), *XY))
    network = Network(W, beta[0], b[0], activation("tanh"))
    X, y = (np.vectorize(float.fromhex)(doc[key]) for key in ("X", "y"))
    outcome = certify_state(network, X, y, eta=0.3)
    assert outcome.certificate is not None
    ours, theirs = (float.fromhex(d["conclusions"]["error"]) for d in (doc, outcome.certificate))
    assert ours == pytest.approx(theirs, rel=1e-9)


XY = (("X", 0), ("y", 0))


# mutants of the checker: each must be told from the original by documents, or by the second writing

MUTANTS: dict[str, tuple[Any, str, str]] = {
    "σ dropped": (deep, "(sigma * weighted / (1 - q))", "(weighted / (1 - q))"),
    "1 − q dropped": (deep, "(sigma * weighted / (1 - q))", "(sigma * weighted)"),
    "C dropped": (deep, "euclidean((C * sweep.e).entries())", "euclidean(sweep.e.entries())"),
    "R dropped": (deep, "spectral_norm(A), norm_below(A, q - s)", "spectral_norm(A), norm_below(A, q)"),
    "(4) dropped": (deep, "spectral_norm(A), norm_below(A, q - s)", "spectral_norm(A), True"),
    "signs ignored": (deep, "if state.rule.signs else", "if False else"),
    "signs of layer 2 ignored": (deep, "for at in range(1, self.depth):", "for at in range(2, self.depth):"),
    "(2) dropped": (deep, "added(carried, *self.pushed(products, tube.G[at], scale * scale))", "carried"),
    "(3) dropped": (deep, "if moves and tube is not None", "if False"),
    "(3) for J dropped": (deep, "self.back[at], True)", "self.back[at], False)"),
    "(3) for G dropped": (deep, "self.feedback[at], self.state.rule.moves)", "self.feedback[at], False)"),
    "errors do not pass": (deep, "carried = scaled(through(H[at], self.forth[at]), scale)", "carried = known(z)"),
    "η dropped from a push": (deep, "self.state.eta * scale * self.S, squares", "scale * self.S, squares"),
    "S dropped from a push": (deep, "self.state.eta * scale * self.S, squares", "self.state.eta * scale, squares"),
    "one layer of K": (deep, "K += elementwise(mul, inner(H, H)", "K = elementwise(mul, inner(H, H)"),
    "scale of K": (deep, "inner(J, G)) * (scale * scale)", "inner(J, G)) * scale"),
    "slopes not widened": (deep, "slopes.append(elementwise(self._slope, ball))", "slopes.append(self.middle[at])"),
    "movement halved": (deep, "self.S * spectral_norm(elementwise", "self.S / 2 * spectral_norm(elementwise"),
    "DFA through the layers": (backwards, "direct=True", "direct=False"),
    "F of BP is constant": (backwards, "stored=False, moves=True", "stored=False, moves=False"),
    "F of Kolen-Pollack is constant": (backwards, "lambda W, B: B, moves=True", "lambda W, B: B"),
    "B in the place of its size": (backwards, "_sign(w) * abs(b)", "_sign(w) * b"),
    "radius of products": (rows, "lambda c, r: c + arb(0, r)", "lambda c, r: c"),
    "radius of slopes": (rows, "moved = elementwise(mul, A.sizes, off)", "moved = A.sizes * 0"),
    "half of a product's radius": (rows, "A.errors * (B.centre + B.errors).transpose() +", ""),
    "other half of a product's radius": (rows, "+ A.centre * B.errors.transpose()", ""),
    "maps lose the norm": (rows, "[r * M.norm for r in A.reach]", "[arb(0)] * A.centre.nrows()"),
}


@pytest.fixture(scope="module")
def battery() -> list[tuple[dict[str, Any], bool, tuple[float, ...]]]:
    """Documents with the right verdict and the right bounds."""
    cases = [CASES[at] for at in (0, 1, 2, 3, 4, 5, 7)]
    documents = [deep_certificate(case) for case in cases]
    documents += [lies(CASES[0])[name] for name in ("rate of the centre alone", "less movement", "rate above 1")]
    documents += [lies(CASES[0])["q a little less than is proved"]]
    W = copy.deepcopy(deep_certificate(CASES[4])["W"])
    W[1][3][4] = (1e-9).hex()
    documents.append(changed(deep_certificate(CASES[4]), W=W))
    early = deep_certificate()
    documents.append(changed(early, y=[(float.fromhex(y) + 0.1).hex() for y in early["y"]]))
    return [(doc, *answer(doc)) for doc in documents]


def answer(doc: dict[str, Any]) -> tuple[bool, tuple[float, ...]]:
    try:
        with ALONE:
            found = recheck(doc, precision=64)
    except (MalformedDocument, ValueError):
        return False, ()
    return found.valid, tuple(found.bounds.values())


def test_battery(battery: list[tuple[dict[str, Any], bool, tuple[float, ...]]]) -> None:
    assert [recheck(doc).valid for doc, _, _ in battery] == [True] * 7 + [False] * 6


@pytest.mark.parametrize("name", MUTANTS)
def test_mutants_of_the_checker_are_seen(
    name: str, battery: list[tuple[dict[str, Any], bool, tuple[float, ...]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    module, original, mutation = MUTANTS[name]
    mutant = faulty(module, original, mutation, monkeypatch)
    if module is deep:
        monkeypatch.setitem(_KINDS, "deep-decay-from-state", (mutant.DeepDecayFromState, mutant))
    elif module is backwards:
        monkeypatch.setattr(deep, "BACKWARDS", mutant.BACKWARDS)
    else:
        for used in ("Map", "Rows", "added", "around", "inner", "known", "scaled", "through", "times"):
            monkeypatch.setattr(deep, used, getattr(mutant, used))
        monkeypatch.setattr(deep, "lies_within", mutant.within)
    seen = ((*answer(doc), right, known) for doc, right, known in battery)
    assert any(valid != right or differ(values, known) for valid, values, right, known in seen)


def test_only_the_comparison_refuses_a_movement_that_is_too_small(monkeypatch: pytest.MonkeyPatch) -> None:
    lie = lies(CASES[0])["less movement"]
    assert not recheck(lie).valid
    monkeypatch.setattr(deep, "violations", lambda *_: [])
    assert recheck(lie).valid


def differ(a: tuple[float, ...], b: tuple[float, ...]) -> bool:
    return len(a) != len(b) or any(abs(x - y) > 1e-3 * abs(y) for x, y in zip(a, b, strict=True))


# malformed documents


def malformed() -> dict[str, Any]:
    truth = deep_certificate()
    return {
        "a key too many": truth | {"note": ""},
        "a key too few": {key: value for key, value in truth.items() if key != "B"},
        "keys of the other kind": truth | {"kind": "decay-from-state"},
        "one layer": truth | {"W": truth["W"][:1]},
        "no layers": truth | {"W": []},
        "W not a list": truth | {"W": {"1": truth["W"]}},
        "too many layers": truth | {"W": [[["0x0.0p+0"]]] * 65},
        "layers that do not fit": truth | {"W": truth["W"][::-1]},
        "a layer of numbers": truth | {"W": [truth["W"][0][0], *truth["W"][1:]]},
        "a ragged layer": truth | {"W": [[truth["W"][0][0][:-1], *truth["W"][0][1:]], *truth["W"][1:]]},
        "outputs do not fit": truth | {"W": [*truth["W"][:-1], truth["W"][-1] * 2]},
        "B of other shapes": truth | {"B": truth["B"][::-1]},
        "too few B": truth | {"B": truth["B"][1:]},
        "unknown rule": truth | {"rule": "FA"},
        "unknown scaling": truth | {"scaling": "mup"},
        "unknown activation": truth | {"activation": "selu"},
        "eta zero": truth | {"eta": (0.0).hex()},
        "eta negative": truth | {"eta": (-0.1).hex()},
        "eta a float": truth | {"eta": 0.1},
        "one output as rows": truth | {"y": [[y] for y in truth["y"]]},
        "too few targets": truth | {"y": truth["y"][1:]},
        "movement negative": truth | {"conclusions": truth["conclusions"] | {"movement": [(-1.0).hex()] * 3}},
        "movement a number": truth | {"conclusions": truth["conclusions"] | {"movement": (1.0).hex()}},
        "norm too small": truth | {"norm": [["0x1.0000000000000p+0"]]},
        "step negative": truth | {"step": -1},
    }


@pytest.mark.parametrize("name", list(malformed()))
def test_refuses_malformed_documents_in_one_line(name: str) -> None:
    with pytest.raises(MalformedDocument) as caught:
        recheck(malformed()[name])
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 200


def test_refuses_what_would_take_too_long() -> None:
    truth = deep_certificate()
    X, y = [["0x0.0p+0"]] * 360, ["0x0.0p+0"] * 360
    W = [[["0x0.0p+0"]] * 260, [["0x0.0p+0"] * 260] * 260, [["0x0.0p+0"] * 260]]
    with pytest.raises(MalformedDocument, match="cost"):
        recheck(truth | {"X": X, "y": y, "W": W, "B": W[1:]})
