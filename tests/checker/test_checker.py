"""The trusted kernel: what is true is accepted, everything else is refused, in one clear line."""

from __future__ import annotations

import ast
import json
import sys
from functools import cache
from pathlib import Path
from typing import Any

import flint
import jsonschema
import numpy as np
import pytest
from certificates import ETA, certificate, honest_but, instance, scaled, sealed
from flint import arb, arb_mat
from judged import accepted, faulty, refusal

import fa_theory.checker
from fa_theory.checker import document, linalg, ranges, verdict
from fa_theory.checker.__main__ import main
from fa_theory.checker.decay import from_state, kinks
from fa_theory.checker.document import MalformedDocument
from fa_theory.checker.recheck import _KINDS, recheck, recheck_file
from fa_theory.enclosure import search
from fa_theory.enclosure.certify import growth_counterexample
from fa_theory.gram.definite import lambda_min_lower
from fa_theory.model.activations import ACTIVATIONS
from fa_theory.model.network import Network

SCHEMA = json.loads((Path(fa_theory.checker.__file__).parent / "certificate.schema.json").read_text())
ULP = 1 + 2.0**-52


def growth() -> dict[str, Any]:
    """A valid certificate of kind ``growth``."""
    network, X, y = instance()
    doc = growth_counterexample(Network(network.W, -9 * network.b, network.b, network.psi), X, y, eta=1.0, factor=1.0)
    assert doc is not None
    return doc.document


# positive controls


@pytest.mark.parametrize("name", ["linear", "relu", "tanh", "erf", "softplus"])
def test_accepts_what_is_true(name: str) -> None:
    verdict = recheck(certificate(name))
    assert verdict.valid
    assert verdict.bounds["rate"] < 1
    for precision in (53, 100, 300):
        assert recheck(certificate(name), precision=precision).valid


def test_accepts_after_cutoff() -> None:
    assert recheck(certificate(cutoff=60)).valid


def test_restores_the_precision() -> None:
    before = flint.ctx.prec
    recheck(certificate())
    refusal({**certificate(), "eta": "0.2"})
    assert flint.ctx.prec == before


@pytest.mark.parametrize("make", [certificate, growth, lambda: certificate(cutoff=60), lambda: certificate("relu")])
def test_schema_describes_real_certificates(make: Any) -> None:
    validator = jsonschema.Draft202012Validator(SCHEMA)
    validator.check_schema(SCHEMA)
    doc = make()
    validator.validate(doc)
    for key in doc:
        assert not validator.is_valid({k: v for k, v in doc.items() if k != key}), key
    assert not validator.is_valid(doc | {"extra": 1})
    assert not validator.is_valid(doc | {"eta": "0.2"})
    assert not validator.is_valid(doc | {"eta": "-0x1.0000000000000p+0"})


# tampering


def leaves(value: Any, path: tuple[Any, ...] = ()) -> Any:
    """Yield the paths to all leaves."""
    if isinstance(value, dict):
        for key, child in value.items():
            yield from leaves(child, (*path, key))
    elif isinstance(value, list):
        for i, child in enumerate(value):
            yield from leaves(child, (*path, i))
    else:
        yield path, value


def altered(value: Any) -> Any:
    """The smallest change of a leaf that keeps its type, so that only the digest can tell."""
    if isinstance(value, str) and value.lstrip("-").startswith("0x"):
        return float(np.nextafter(float.fromhex(value), np.inf)).hex()
    if isinstance(value, str):
        return value[:-1] + ("0" if value[-1:] != "0" else "1")
    return 7 if value is None else value + 1


@pytest.mark.parametrize("make", [certificate, growth])
def test_every_leaf_is_protected_by_the_digest(make: Any) -> None:
    doc = make()
    paths = list(leaves(doc))
    assert len(paths) > 300
    for path, value in paths:
        *parents, last = path
        holder = doc
        for key in parents:
            holder = holder[key]
        holder[last] = altered(value)
        refusal(doc)
        holder[last] = value
    assert recheck(doc).valid


@cache
def lies() -> dict[str, tuple[dict[str, Any], str]]:
    """Name → (re-digested false document, a word its refusal must contain)."""
    truth = certificate()
    q = float.fromhex(truth["rate"])
    conclusions, tube = truth["conclusions"], truth["tube"]
    low, high = (float.fromhex(conclusions["alignment"][end]) for end in ("low", "high"))
    n, p = len(truth["X"]), len(truth["b"])
    heavy = int(np.argmax([abs(float.fromhex(x)) for x in truth["b"]]))

    def at(values: list[str], i: int, value: str) -> list[str]:
        return [*values[:i], value, *values[i + 1 :]]

    def interval(a: float, b: float) -> dict[str, Any]:
        return {"conclusions": conclusions | {"alignment": {"low": a.hex(), "high": b.hex()}}}

    swapped = [truth["y"][1], truth["y"][0], *truth["y"][2:]]
    changes: dict[str, tuple[dict[str, Any], str]] = {
        "rate smaller": ({"rate": (q * 0.98).hex()}, ""),
        "rate 0": ({"rate": (0.0).hex()}, "contraction"),
        "rate 1": ({"rate": (1.0).hex()}, "rate"),
        "rate above 1": ({"rate": (1.5).hex()}, "rate"),
        "rate nearer to 1": ({"rate": (0.1 * q + 0.9).hex()}, ""),
        "rho halved": ({"tube": tube | {"rho": scaled(tube["rho"], 0.5)}}, "tube.rho"),
        "rho zero": ({"tube": tube | {"rho": [(0.0).hex()] * p}}, "tube.rho"),
        "rho of one neuron": (
            {"tube": tube | {"rho": at(tube["rho"], heavy, (0.0).hex())}},
            f"tube.rho, neuron {heavy}:",
        ),
        "rho too generous": ({"tube": tube | {"rho": scaled(tube["rho"], 1e4)}}, ""),
        "tau halved": ({"tube": tube | {"tau": scaled(tube["tau"], 0.5)}}, "tube.tau"),
        "tau zero": ({"tube": tube | {"tau": [(0.0).hex()] * p}}, "tube.tau"),
        "tau of one neuron": ({"tube": tube | {"tau": at(tube["tau"], 3, (0.0).hex())}}, "tube.tau, neuron 3:"),
        "tau too generous": ({"tube": tube | {"tau": scaled(tube["tau"], 1e4)}}, "contraction"),
        "alignment shifted up": (interval(low + 2 * (high - low), high + 2 * (high - low)), "alignment"),
        "alignment shifted down": (interval(low - 2 * (high - low), high - 2 * (high - low)), "alignment"),
        "alignment low end": (interval(low + 0.01 * (high - low), high), "alignment"),
        "alignment high end": (interval(low, high - 0.01 * (high - low)), "alignment"),
        "alignment reversed": (interval(high, low), "alignment"),
        "alignment negated": (interval(-high, -low), "alignment"),
        "lambda still on": ({"schedule": {"lam": (0.3).hex(), "cutoff": None}}, "schedule"),
        "cutoff one too late": ({"schedule": {"lam": (0.3).hex(), "cutoff": truth["step"] + 1}}, "schedule"),
        "eta doubled": ({"eta": (2 * ETA).hex()}, ""),
        "eta huge": ({"eta": (1e300).hex()}, ""),
        "y with a sign flipped": ({"y": at(truth["y"], 0, scaled(truth["y"][0], -1))}, ""),
        "y swapped": ({"y": swapped}, ""),
        "beta with a sign flipped": ({"beta": at(truth["beta"], 5, scaled(truth["beta"][5], -1))}, ""),
        "beta negated": ({"beta": scaled(truth["beta"], -1)}, ""),
        "b negated": ({"b": scaled(truth["b"], -1)}, ""),
        "W negated": ({"W": scaled(truth["W"], -1)}, ""),
        "X negated": ({"X": scaled(truth["X"], -1)}, ""),
        "X scaled to infinity": ({"X": scaled(truth["X"], 1e300)}, ""),
        "W and beta huge": ({"W": scaled(truth["W"], 1e300), "beta": scaled(truth["beta"], 1e300)}, ""),
        "samples permuted": ({"X": truth["X"][::-1]}, ""),
        "wrong activation": ({"activation": "erf"}, ""),
        "relu instead": ({"activation": "relu"}, ""),
        "norm singular": ({"norm": [truth["norm"][0]] * n}, "norm"),
        "norm zero": ({"norm": [[(0.0).hex()] * n] * n}, "norm"),
        "norm with a row of zeros": ({"norm": [*truth["norm"][:-1], [(0.0).hex()] * n]}, "norm"),
        "norm transposed": ({"norm": [list(column) for column in zip(*truth["norm"], strict=True)]}, ""),
    }
    for key in from_state.CLAIMS:
        smaller = scaled(conclusions[key], 0.999)
        changes[f"{key} too small"] = ({"conclusions": conclusions | {key: smaller}}, f"conclusions.{key}")
        changes[f"{key} zero"] = ({"conclusions": conclusions | {key: (0.0).hex()}}, f"conclusions.{key}")
    return {name: (sealed(truth | change), word) for name, (change, word) in changes.items()}


@pytest.mark.parametrize("name", list(lies()))
def test_refuses_lies_that_are_consistently_sealed(name: str) -> None:
    doc, word = lies()[name]
    assert word in refusal(doc)


def test_changing_only_the_units_of_the_norm_changes_nothing() -> None:
    doc = certificate()
    assert recheck(sealed(doc | {"norm": scaled(doc["norm"], 2.0**40)})).valid


def test_no_claim_about_alignment_is_always_right() -> None:
    doc = certificate()
    assert recheck(sealed(doc | {"conclusions": doc["conclusions"] | {"alignment": None}})).valid


def test_names_the_worst_of_several_faults() -> None:
    doc = certificate()
    rho = [(0.0).hex() if r == 7 else scaled(x, 0.9) for r, x in enumerate(doc["tube"]["rho"])]
    assert "tube.rho, neuron 7:" in refusal(sealed(doc | {"tube": doc["tube"] | {"rho": rho}}))


def too_early() -> dict[str, Any]:
    """Everything is honest, but the state is too far from convergence: the tube is too wide."""
    network, X, y = instance(p=400)
    y = network.output(X) + 0.01 * y
    search_margin, search.MARGIN = search.MARGIN, -np.inf
    try:
        M = np.eye(4) - ETA * (network.gram(X) + network.feedback_gram(X))
        found = search.tube(network, X, y, ETA, np.eye(4), np.eye(4), (1 + np.linalg.norm(M, 2)) / 2)
    finally:
        search.MARGIN = search_margin
    assert isinstance(found, search.Candidate)
    return honest_but(network, X, y, found.C, found.q, found.rho, found.tau)


def anti_aligned() -> dict[str, Any]:
    """G contracts, but G + H does not: β = −20 b, with hardly any error yet."""
    network, X, _ = instance(p=40)
    network = Network(network.W, -20 * network.b, network.b, network.psi)
    y = network.output(X) + 1e-12
    q = (1 + np.linalg.norm(np.eye(4) - ETA * network.gram(X), 2)) / 2
    return honest_but(network, X, y, np.eye(4), q, np.full(40, 1e-9), np.full(40, 1e-9))


def test_refuses_a_tube_that_is_too_wide_and_says_so() -> None:
    reason = refusal(too_early())
    assert "contraction" in reason
    assert "the tube is too wide" in reason


def test_refuses_a_centre_that_does_not_contract() -> None:
    assert "the centre of the tube does not contract" in refusal(anti_aligned())


# mutants of the checker: each must be told from the original by the documents above

MUTANTS: dict[str, tuple[Any, str, str]] = {
    "σ dropped": (from_state, "sigma * weighted / (1 - q)", "weighted / (1 - q)"),
    "1 − q dropped": (from_state, "sigma * weighted / (1 - q)", "sigma * weighted"),
    "C dropped from ‖e‖_C": (from_state, "euclidean((C * e).entries())", "euclidean(e.entries())"),
    "S dropped": (from_state, "euclidean(row) * S for", "euclidean(row) for"),
    "b dropped": (from_state, "euclidean(row) * S for", "S for"),
    "one output of b": (from_state, "euclidean(row) * S for", "euclidean(row[:1]) * S for"),
    "‖X‖ dropped": (from_state, "(force * size * slope)", "(force * slope)"),
    "tube not widened": (from_state, "x + arb(0, r.upper())", "x"),
    "β radius dropped": (from_state, "[[radius] * k for", "[[arb(0)] * k for"),
    "β radius of one output": (from_state, "[[radius] * k for", "[[radius] + [arb(0)] * (k - 1) for"),
    "H dropped": (from_state, "(gram + H)", "gram"),
    "H negated": (from_state, "(gram + H)", "(gram - H)"),
    "H without its blocks": (from_state, "[arb(1)] * k * k)", "identity(k).entries())"),
    "outputs mixed by G": (from_state, "features.transpose(), identity(k))", "features.transpose(), identity(k) + k)"),
    "β and b swapped": (from_state, "= beta.transpose(), b.transpose()", "= b.transpose(), beta.transpose()"),
    "1/p dropped": (from_state, "* (1 / arb(p))", ""),
    "η dropped": (kinks, "K.mid() * eta", "K.mid()"),
    "C⁻¹ dropped": (kinks, "* eta) * Ci\n    spread", "* eta)\n    spread"),
    "R dropped": (from_state, "norm_below(A, q - s)", "norm_below(A, q)"),
    "(3) dropped": (from_state, "norm_below(A, q - s)", "True"),
    "(1) dropped": (from_state, '("rho", found.rho, claim.rho)', '("rho", claim.rho, claim.rho)'),
    "(2) dropped": (from_state, '("tau", found.tau, claim.tau)', '("tau", claim.tau, claim.tau)'),
    "q not below 1": (from_state, "q < 1", "q < 9"),
    "λ forgotten": (from_state, "if claim.lam > 0 and", "if False and"),
    "λ off by one": (from_state, "claim.cutoff > claim.step", "claim.cutoff > claim.step + 1"),
    "κ too small": (from_state, "sigma * weighted / error", "weighted / error"),
    "claims one-sided": (verdict, "found[1] <= claimed[1]", "True"),
    "claims other side": (verdict, "claimed[0] <= found[0]", "True"),
    "alignment without drift": (from_state, "(reach * along)", "(0 * along)"),
    "alignment of one output": (from_state, "euclidean((features * state", "0 * euclidean((features * state"),
}


def several_outputs() -> list[tuple[dict[str, Any], bool]]:
    """Documents with two outputs, with the right verdict."""
    truth = certificate(outputs=(2,))
    tube = truth["tube"]
    turned = {key: [row[::-1] for row in truth[key]] for key in ("y", "beta", "b")}
    norm = [[row[2 * i + c] for i in range(len(row) // 2) for c in (1, 0)] for row in truth["norm"]]
    one_sign = [[scaled(truth["beta"][0][0], -1), truth["beta"][0][1]], *truth["beta"][1:]]
    lies = [{key: value} for key, value in turned.items()]
    lies += [{"norm": norm}, turned, {"beta": one_sign}, {"rate": scaled(truth["rate"], 0.98)}]
    lies += [{"tube": tube | {name: [scaled(radii[0], 0.5), *radii[1:]]}} for name, radii in tube.items()]
    lies += [{"tube": tube | {name: scaled(radii, 0.9)}} for name, radii in tube.items()]
    lies += [{"beta": truth["b"], "b": truth["beta"]}]
    documents = [(truth, True), (truth | turned | {"norm": norm}, True), *((truth | lie, False) for lie in lies)]
    return [(sealed(doc), verdict) for doc, verdict in documents]


@pytest.fixture(scope="module")
def battery() -> list[tuple[dict[str, Any], bool]]:
    """Documents with the right verdict."""
    truth = certificate()
    n, p = len(truth["X"]), len(truth["b"])
    shrunk = truth | {
        "tube": {name: scaled(radii, 0.9) for name, radii in truth["tube"].items()},
        "conclusions": truth["conclusions"]
        | {key: scaled(truth["conclusions"][key], 0.9) for key in ("budget", "movement_w", "movement_beta")},
    }
    everything = [(truth, True), (certificate(cutoff=60), True), (sealed(shrunk), False)]
    everything += [(sealed(truth | {"norm": scaled(truth["norm"], 2.0**-20)}), True)]
    everything += [(doc, False) for doc, _ in lies().values()]
    everything += [(too_early(), False), (anti_aligned(), False)]
    everything += several_outputs()
    off = {"lam": (0.3).hex(), "cutoff": truth["step"]}
    assert n == 4
    assert p == 40
    return [*everything, (sealed(truth | {"schedule": off}), True)]


def test_battery(battery: list[tuple[dict[str, Any], bool]]) -> None:
    assert [accepted(doc) for doc, _ in battery] == [verdict for _, verdict in battery]


@pytest.mark.parametrize("name", MUTANTS)
def test_battery_kills_mutants_of_the_checker(
    name: str, battery: list[tuple[dict[str, Any], bool]], monkeypatch: pytest.MonkeyPatch
) -> None:
    module, original, mutation = MUTANTS[name]
    mutant = faulty(module, original, mutation, monkeypatch)
    if module is from_state:
        monkeypatch.setitem(_KINDS, "decay-from-state", (mutant.DecayFromState, mutant))
    elif module is kinks:
        monkeypatch.setattr(from_state, "kinks", mutant)
    else:
        monkeypatch.setattr(from_state, "violations", mutant.violations)
    assert any(accepted(doc) != verdict for doc, verdict in battery)


# malformed documents


def malformed() -> dict[str, Any]:
    truth = certificate()
    rows = truth["X"]
    return {
        "not an object": [truth],
        "null": None,
        "empty": {},
        "missing kind": {k: v for k, v in truth.items() if k != "kind"},
        "unknown kind": truth | {"kind": "decay-from-start"},
        "kind is a list": truth | {"kind": ["growth"]},
        "unknown format": truth | {"format": "fa-theory-certificate/2"},
        "other kind's keys": truth | {"kind": "growth"},
        "extra key": truth | {"note": ""},
        "missing digest": {k: v for k, v in truth.items() if k != "digest"},
        "extra key inside": truth | {"tube": truth["tube"] | {"note": ""}},
        "missing key inside": truth | {"schedule": {"lam": (0.0).hex()}},
        "tube is a list": truth | {"tube": []},
        "unknown activation": truth | {"activation": "swish"},
        "activation in capitals": truth | {"activation": "Tanh"},
        "eta decimal": truth | {"eta": "0.2"},
        "eta a float": truth | {"eta": 0.2},
        "eta zero": truth | {"eta": (0.0).hex()},
        "eta negative": truth | {"eta": (-0.2).hex()},
        "eta NaN": truth | {"eta": "nan"},
        "eta infinite": truth | {"eta": "inf"},
        "eta bool": truth | {"eta": True},
        "eta overflow": truth | {"eta": "0x1.0000000000000p+1024"},
        "eta too long": truth | {"eta": "0x1." + "0" * 100_000 + "p+0"},
        "eta more digits than a float": truth | {"eta": "0x1.00000000000001p+0"},
        "eta in capitals": truth | {"eta": truth["eta"].upper()},
        "eta with spaces": truth | {"eta": truth["eta"] + " "},
        "eta line break": truth | {"eta": truth["eta"] + "\n"},
        "step negative": truth | {"step": -1},
        "step bool": truth | {"step": True},
        "step a string": truth | {"step": "3"},
        "step a float": truth | {"step": 3.0},
        "step huge": truth | {"step": 10**400},
        "cutoff a string": truth | {"schedule": truth["schedule"] | {"cutoff": "0"}},
        "rate negative": truth | {"rate": (-0.5).hex()},
        "rho negative": truth | {"tube": truth["tube"] | {"rho": scaled(truth["tube"]["rho"], -1)}},
        "rho too short": truth | {"tube": truth["tube"] | {"rho": truth["tube"]["rho"][1:]}},
        "tau too long": truth | {"tube": truth["tube"] | {"tau": [*truth["tube"]["tau"], (0.0).hex()]}},
        "X transposed": truth | {"X": [list(column) for column in zip(*rows, strict=True)]},
        "X ragged": truth | {"X": [rows[0][1:], *rows[1:]]},
        "X empty": truth | {"X": []},
        "X of empty rows": truth | {"X": [[] for _ in rows]},
        "X flat": truth | {"X": rows[0]},
        "X nested deeper": truth | {"X": [rows]},
        "X with a number": truth | {"X": [[0.5, *rows[0][1:]], *rows[1:]]},
        "W transposed": truth | {"W": [list(column) for column in zip(*truth["W"], strict=True)]},
        "several outputs": truth | {"y": [[x] for x in truth["y"]]},
        "norm not square": truth | {"norm": [row[1:] for row in truth["norm"]]},
        "alignment a pair": truth | {"conclusions": truth["conclusions"] | {"alignment": ["0x0.0p+0", "0x0.0p+0"]}},
        "label not text": truth | {"data": 3},
        "label too long": truth | {"data": "x" * 201},
        "label of deep lists": truth | {"data": deep(100_000)},
        "digest of deep lists": truth | {"digest": deep(100_000)},
        "too many samples": truth | {"X": rows * 200},
        "too many numbers": truth | {"X": [rows[0] * 1_000_000]},
        "growth with regularisation": growth() | {"lam": (0.3).hex()},
        "growth over two steps": growth() | {"steps": 2},
        "growth over True steps": growth() | {"steps": True},
        "growth by a negative factor": growth() | {"factor": (-1.0).hex()},
    }


def deep(levels: int) -> list[Any]:
    nested: list[Any] = []
    for _ in range(levels):
        nested = [nested]
    return nested


def test_malformed_documents_get_one_clear_line() -> None:
    for name, doc in malformed().items():
        if name == "digest of deep lists":
            assert "digest" in refusal(doc)
            continue
        with pytest.raises(MalformedDocument) as caught:
            recheck(doc)
        assert "\n" not in str(caught.value), name
        assert 10 < len(str(caught.value)) < 300, name


@pytest.mark.parametrize(
    ("text", "word"),
    [
        (b"", "JSON"),
        (b"{", "JSON"),
        (b"\xff\xfe\x00", "JSON"),
        (b'{"a": "\x80"}', "JSON"),
        (b'{"eta": NaN}', "NaN"),
        (b'{"eta": -Infinity}', "Infinity"),
        (b'{"eta": 0.2}', "0.2"),
        (b'{"eta": 1e999}', "1e999"),
        (b'{"eta": ' + b"1" * 5000 + b"}", "JSON"),
        (b'{"eta": "a", "eta": "b"}', "'eta' occurs twice"),
        (b'{"tube": {"rho": 1, "rho": 2}}', "'rho' occurs twice"),
        (b"[" * 200_000 + b"]" * 200_000, "nested"),
        (b"[]", "object"),
        (b"3", "object"),
    ],
)
def test_malformed_files(text: bytes, word: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "c.json"
    path.write_bytes(text)
    with pytest.raises(MalformedDocument, match=word):
        recheck_file(path)
    assert main([str(path)]) == 2
    assert capsys.readouterr().out.count("\n") == 1


def test_file_size_is_limited(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(document, "MAX_BYTES", 100)
    path = tmp_path / "c.json"
    path.write_text(json.dumps(certificate()))
    with pytest.raises(MalformedDocument, match="larger than 100 bytes"):
        recheck_file(path)


def test_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    good, bad = tmp_path / "good.json", tmp_path / "bad.json"
    good.write_text(json.dumps(certificate()))
    bad.write_text(json.dumps(lies()["rho halved"][0]))
    assert main([str(good)]) == 0
    assert main([str(good), str(bad)]) == 1
    assert main([str(bad), str(tmp_path / "absent.json"), str(good)]) == 2
    assert main([str(tmp_path)]) == 2
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 7
    assert ": valid: ‖e(t)‖ ≤ " in lines[0]
    assert ": INVALID: tube.rho, neuron" in lines[2]
    assert ": UNREADABLE: " in lines[4]
    assert main(["--json", "--precision", "100", str(good)]) == 0
    record = json.loads(capsys.readouterr().out)
    assert record["result"] == "valid"
    assert record["bounds"]["rate"] < 1
    with pytest.raises(SystemExit) as caught:
        main(["--precision", "7", str(good)])
    assert caught.value.code == 2


# kind growth


def test_growth() -> None:
    doc = growth()
    verdict = recheck(doc)
    assert verdict.valid
    low, high = verdict.bounds["growth_low"], verdict.bounds["growth_high"]
    assert 1 < low <= high
    assert high - low < 1e-12
    assert recheck(sealed(doc | {"factor": low.hex()})).valid is False or low < high
    assert "factor" in refusal(sealed(doc | {"factor": (high * ULP).hex()}))
    assert recheck(sealed(doc | {"factor": (low * (1 - 1e-12)).hex()})).valid
    for change in ({"b": scaled(doc["b"], -1)}, {"eta": (0.01).hex()}):
        refusal(sealed(doc | change | {"factor": (low * (1 - 1e-12)).hex()}))


def test_growth_from_no_error_is_no_growth() -> None:
    network, X, _ = instance("linear", p=1, n=1, d=1)
    one = np.ones((1, 1))
    doc = growth()
    still = {"X": [[(1.0).hex()]], "y": [(1.0).hex()], "W": [[(1.0).hex()]], "beta": [(1.0).hex()], "b": [(1.0).hex()]}
    refusal(sealed(doc | still | {"activation": "linear", "factor": (0.0).hex()}))
    assert network.W.shape == X.shape == one.shape


# enclosures contain what they enclose


@pytest.mark.parametrize("name", ranges.ACTIVATIONS)
def test_ranges_contain_thousands_of_points(name: str) -> None:
    g = np.random.default_rng(1)
    psi = ACTIVATIONS[name]
    for _ in range(150):
        low = g.normal() * 10 ** g.uniform(-3, 1.5)
        high = low + 10 ** g.uniform(-8, 1.5)
        x = ranges.hull(arb(low), arb(high))
        value, slope = ranges.value_range(name, x), ranges.slope_range(name, x)
        t = np.concatenate([[low, high, np.clip(0.0, low, high)], g.uniform(low, high, 27)])
        tolerance = 1e-12 * (1 + abs(t).max())  # the points are computed in float64
        for inside, points in ((value, psi.value(t)), (slope, psi.slope(t))):
            assert points.min() > float(inside.lower()) - tolerance
            assert points.max() < float(inside.upper()) + tolerance
            reach = points.max() - points.min() + 0.1 * (high - low) + tolerance
            assert float(inside.upper() - inside.lower()) < 3 * reach or name == "relu"
        s = t[::-1]
        apart = abs(s - t) > 1e-6
        secants = (psi.value(t) - psi.value(s))[apart] / (t - s)[apart]
        assert (secants > float(slope.lower()) - 1e-7).all()
        assert (secants < float(slope.upper()) + 1e-7).all()
        assert ranges.steepest(name) >= slope.lower()


@pytest.mark.parametrize("name", ranges.ACTIVATIONS)
@pytest.mark.parametrize("x", [1e300, -1e300, 1e10, -1e10, 800.0, -800.0])
def test_ranges_of_huge_arguments_are_tight(name: str, x: float) -> None:
    value, slope = ranges.value_range(name, arb(x)), ranges.slope_range(name, arb(x, 1))
    limits = {"tanh": np.sign(x), "erf": np.sign(x), "sigmoid": float(x > 0), "linear": x}
    limit = limits[name] if name in limits else max(x, 0.0)
    assert abs(value - limit) <= 1e-15 * (1 + abs(limit))
    assert abs(slope - float(name == "linear" or (name not in limits and x > 0))) < 1e-15


@pytest.mark.parametrize("name", ranges.ACTIVATIONS)
def test_nothing_certain_follows_from_an_undefined_ball(name: str) -> None:
    for x in (arb("nan"), arb(0, float("inf"))):
        value, slope = ranges.value_range(name, x), ranges.slope_range(name, x)
        assert not value < 0.99
        assert not value > 0.01
        assert not slope < ranges.steepest(name)
        assert not slope > ranges.steepest(name)


def test_tube_kernel_contains_sampled_kernels() -> None:
    """Secant kernels between random states of the tube contract in the certified norm, as the theorem says."""
    doc = certificate()
    network, X, y = instance()
    W, beta, b, C = (
        np.array([[float.fromhex(x) for x in row] if isinstance(row, list) else float.fromhex(row) for row in doc[key]])
        for key in ("W", "beta", "b", "norm")
    )
    rho, tau = (np.array([float.fromhex(x) for x in doc["tube"][key]]) for key in ("rho", "tau"))
    Ci, q, p, g = np.linalg.inv(C), float.fromhex(doc["rate"]), len(b), np.random.default_rng(0)
    psi, XX, worst = network.psi, X @ X.T, 0.0
    for _ in range(2000):
        direction = g.normal(size=(2, *W.shape))
        direction /= np.linalg.norm(direction, axis=-1, keepdims=True)
        W1, W2 = W + g.uniform(0.9, 1, size=(2, 1, 1)) * rho[:, None] * direction
        # the sharper tube of pre-activations is not sampled here: keep to a part of ρ that is surely inside
        W1, W2 = W + 0.3 * (W1 - W), W + 0.3 * (W2 - W)
        B = beta + tau * g.choice([-1, 1], size=p)
        Z1, Z2 = X @ W1.T, X @ W2.T
        s = (psi.value(Z2) - psi.value(Z1)) / (Z2 - Z1)
        K = (psi.value(Z2) @ psi.value(Z1).T + XX * ((s * (B * b)) @ psi.slope(Z1).T)) / p
        worst = max(worst, float(np.linalg.norm(C @ (np.eye(len(X)) - ETA * K) @ Ci, 2)))
    assert worst < q
    assert len(y) == len(X)


# linear algebra


def random_matrix(g: np.random.Generator, rows: int, columns: int) -> tuple[np.ndarray, arb_mat]:
    A = g.normal(size=(rows, columns))
    return A, arb_mat(rows, columns, A.ravel().tolist())


def test_norms_bound_from_above_and_tightly() -> None:
    g = np.random.default_rng(0)
    for rows, columns in [(1, 1), (3, 3), (2, 7), (7, 2), (12, 12)]:
        A, M = random_matrix(g, rows, columns)
        true = np.linalg.norm(A, 2)
        assert true * (1 - 1e-12) < float(linalg.spectral_norm(M)) < true * 1.0003
        assert linalg.norm_below(M, arb(true * (1 + 1e-10)))
        assert not linalg.norm_below(M, arb(true * (1 - 1e-10)))
        assert not linalg.norm_below(M, arb(-2 * true))
        wide = linalg.elementwise(lambda x: x + arb(0, 0.01), M)
        bound = float(linalg.spectral_norm(wide))
        for _ in range(20):
            assert np.linalg.norm(A + 0.01 * g.choice([-1, 1], size=A.shape), 2) < bound
    assert linalg.spectral_norm(arb_mat(3, 3)) == 0
    assert not linalg.spectral_norm(arb_mat(1, 1, [arb("nan")])) < 1e300
    assert not linalg.norm_below(arb_mat(1, 1, [arb("nan")]), arb(1))


def test_positive_definite_is_true_only_if_certain() -> None:
    g = np.random.default_rng(0)
    for n in (1, 2, 5, 20):
        A, _ = random_matrix(g, n, n)
        S = A @ A.T
        smallest = np.linalg.eigvalsh(S)[0]
        for shift, answer in ((0.999, True), (1.001, False)):
            M = arb_mat(n, n, (S - shift * smallest * np.eye(n)).ravel().tolist())
            assert linalg.positive_definite(M) is answer
        fuzzy = arb_mat(n, n, [arb(x, smallest) for x in S.ravel()])
        assert not linalg.positive_definite(fuzzy)
    assert not linalg.positive_definite(arb_mat([[1, 1], [1, 1]]))
    assert not linalg.positive_definite(arb_mat(1, 1, [arb("nan")]))


def test_lambda_min_lower() -> None:
    g = np.random.default_rng(0)
    for n in (1, 3, 10):
        A, _ = random_matrix(g, n, n)
        S = (A + A.T) / 2
        M = arb_mat(n, n, S.ravel().tolist())
        true = np.linalg.eigvalsh(S)[0]
        for guess, accuracy in ((true, 1e-11), (true + 0.5, 8.0), (true - 0.5, 1.0)):
            bound = float(lambda_min_lower(M, guess))
            assert true - accuracy < bound < true + 1e-12
    assert lambda_min_lower(arb_mat(2, 2), 0.0) < 0
    assert lambda_min_lower(arb_mat(1, 1, [arb("nan")]), 1.0) == arb("-inf")


def test_up_rounds_up() -> None:
    for x in (arb(1) / 3, arb("1e-400"), arb("1e400"), -arb(1) / 3, arb(0)):
        assert arb(linalg.up(x)) >= x.upper()


def test_the_kernel_is_small_and_imports_only_flint_and_the_standard_library() -> None:
    allowed = {"flint", *sys.stdlib_module_names}
    for path in Path(fa_theory.checker.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                assert {alias.name.split(".")[0] for alias in node.names} <= allowed, path
            if isinstance(node, ast.ImportFrom) and node.level == 0:
                assert str(node.module).split(".")[0] in allowed, path
            if isinstance(node, ast.ImportFrom):
                assert node.level <= 1, path
