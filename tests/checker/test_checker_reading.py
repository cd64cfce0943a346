"""Reading certificates, entry by entry: every limit is met exactly, every refusal says what was expected."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest
from certificates import certificate, certified, sealed
from flint import arb_mat
from test_checker_units import growth

from fa_theory.checker import document
from fa_theory.checker.__main__ import main
from fa_theory.checker.decay import from_start, from_state, trajectory
from fa_theory.checker.document import MalformedDocument
from fa_theory.checker.recheck import recheck, recheck_file

ONE, NEGATIVE = (1.0).hex(), (-1.0).hex()


def refused(read: Any, *arguments: Any, **named: Any) -> str:
    """The line that says why."""
    with pytest.raises(MalformedDocument) as caught:
        read(*arguments, **named)
    return str(caught.value)


# entries


def test_numbers_have_one_spelling() -> None:
    for x in (0.0, -0.0, 0.1, -1e300, 2.0**-1074, 1.7976931348623157e308):
        assert document.number(x.hex(), "x") == x
    for bad in (
        "0.1",
        "1",
        "0x1p0",
        "0x1.0p+0",
        ONE.upper(),
        ONE + " ",
        "nan",
        "inf",
        "-inf",
        "0x1p+5000",
        1.0,
        1,
        None,
    ):
        assert refused(document.number, bad, "x").startswith("x: expected a finite float64 as float.hex writes it but")
    assert document.number((0.5).hex(), "x", least=0.5) == 0.5
    assert refused(document.number, (0.25).hex(), "x", least=0.5) == "x: expected a number ≥ 0.5 but got 0.25"
    assert document.number(NEGATIVE, "x") == -1
    assert document.number((-0.0).hex(), "x", least=0.0) == 0


def test_whole_numbers() -> None:
    assert [document.whole(i, "i") for i in (0, 1, 10**15)] == [0, 1, 10**15]
    for bad in (-1, 10**15 + 1, True, False, 1.0, "1", None, 10**5000):
        assert refused(document.whole, bad, "i").startswith("i: expected a whole number from 0 to 10^15 but got ")


def test_texts() -> None:
    assert document.text("x" * 200, "t") == "x" * 200
    assert document.text("b", "t", ("a", "b")) == "b"
    for bad in ("x" * 201, 3, None, ["x"]):
        assert "a string of at most 200 characters" in refused(document.text, bad, "t")
    for bad in ("c", "", "ab", 3, ["a"]):
        assert "one of a, b" in refused(document.text, bad, "t", ("a", "b"))
    assert refused(document.text, "x" * 201, "t").endswith("x…")
    assert refused(document.text, 10**58, "t").endswith("0")
    assert refused(document.text, 10**61, "t").endswith("0…")
    assert "but got a list of 2" in refused(document.text, [1, 2], "t")
    assert "but got a dict of 1" in refused(document.text, {"a": 1}, "t")


def test_objects_have_exactly_their_keys() -> None:
    assert document.fields({"a": 1, "b": 2}, "o", ("a", "b")) == {"a": 1, "b": 2}
    assert refused(document.fields, {"a": 1}, "o", ("a", "b")) == "o: missing key 'b'"
    assert refused(document.fields, {"a": 1, "b": 2, "c": 3}, "o", ("a", "b")) == "o: unknown key 'c'"
    assert len(refused(document.fields, {"c" * 1000: 1}, "o", ("a",))) < 100
    for bad in ([], "ab", None, 3):
        assert "o: expected an object" in refused(document.fields, bad, "o", ("a",))
    assert document.interval({"low": ONE, "high": NEGATIVE}, "i") == (1, -1)
    assert "i.low" in refused(document.interval, {"low": 1, "high": ONE}, "i")
    assert "i.high" in refused(document.interval, {"low": ONE, "high": 1}, "i")


def test_arrays() -> None:
    two, three = (2.0).hex(), (3.0).hex()
    assert document.vector([ONE, two], "v") == [1, 2]
    assert document.vector([ONE, two], "v", 2) == [1, 2]
    assert "v: expected a list of 3 numbers" in refused(document.vector, [ONE, two], "v", 3)
    assert "v: expected a list of 1 numbers" in refused(document.vector, [ONE, two], "v", 1)
    assert "v[1]: expected a number ≥ 0.0" in refused(document.vector, [ONE, NEGATIVE], "v", 2, 0.0)
    assert document.matrix([[ONE, two, three]], "M") == arb_mat([[1, 2, 3]])
    assert document.matrix([[ONE], [two]], "M", 2, 1) == arb_mat([[1], [2]])
    assert document.array([[ONE, two], [three, ONE]], "A", (2, None)) == [1, 2, 3, 1]
    for bad in ([], {}, None, "ab", ONE):
        assert "v: expected a list of one or more numbers" in refused(document.vector, bad, "v")
        assert "M: expected a list of one or more rows" in refused(document.matrix, bad, "M")
    assert "M[1]: expected a list of 2 numbers" in refused(document.matrix, [[ONE, two], [ONE]], "M")
    assert "M[0]: expected a list of one or more numbers" in refused(document.matrix, [[]], "M")
    assert "M: expected a list of 3 rows" in refused(document.matrix, [[ONE]], "M", 3, 1)
    assert "M[0]: expected a list of 2 numbers" in refused(document.matrix, [[ONE]], "M", 1, 2)
    assert "M[0][0]: expected a finite" in refused(document.matrix, [[1]], "M")
    assert "M[0]: expected" in refused(document.matrix, [ONE], "M")


def test_arrays_are_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    # those of the documentation
    assert (document.MAX_BYTES, document.MAX_ERRORS, document.MAX_FEATURES) == (134_217_728, 360, 400_000)
    monkeypatch.setattr(document, "MAX_ENTRIES", 6)
    assert len(document.vector([ONE] * 6, "v")) == 6
    assert "at most 6 numbers" in refused(document.vector, [ONE] * 7, "v")
    assert document.matrix([[ONE] * 3] * 2, "M").nrows() == 2
    assert "M: expected at most 6 numbers" in refused(document.matrix, [[ONE] * 3] * 3, "M")
    assert "M: expected at most 6 numbers" in refused(document.matrix, [[ONE] * 4] * 2, "M")
    assert document.matrix([[ONE] * 3] * 2, "M", 2, 3).ncols() == 3
    assert len(document.array([[ONE]] * 4, "a", (4, None))) == 4
    assert "at most 6 numbers" in refused(document.array, [[ONE]] * 7, "a", (7, None))


def test_what_is_no_list_is_refused() -> None:
    for bad in ({"a": ONE}, 3, "ab", None, [], [3], [None], ["ab"], [3, [ONE]]):
        assert refused(document.matrix, bad, "M").startswith("M")
        assert refused(document.ExactState.read, certificate() | {"y": bad}).startswith("y")


def test_a_digest_is_of_numbers_that_json_has() -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        document.digest({"x": float("nan")})


# states


def test_states_are_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    doc = certificate(outputs=(2,))  # 4 samples, 40 neurons, 2 outputs
    for name, most in (("MAX_ERRORS", 8), ("MAX_FEATURES", 320)):
        with monkeypatch.context() as patch:
            patch.setattr(document, name, most)
            assert document.ExactState.read(doc).k == 2
            patch.setattr(document, name, most - 1)
            assert f"at most {most - 1} samples" in refused(document.ExactState.read, doc)


def test_states_fit_together() -> None:
    doc = certificate()
    state = document.ExactState.read(doc)
    assert (state.p, state.k) == (40, 1)
    assert document.ExactState.read(doc | {"eta": (2.0**-1074).hex()}).eta > 0
    assert "eta: expected a number ≥" in refused(document.ExactState.read, doc | {"eta": (0.0).hex()})
    assert "y: expected numbers, not rows" in refused(document.ExactState.read, doc | {"y": [[x] for x in doc["y"]]})
    for key, bad in (("y", doc["y"][1:]), ("beta", doc["beta"][1:]), ("b", doc["b"] * 2)):
        assert f"{key}: expected a list of {len(doc[key])} numbers" in refused(
            document.ExactState.read, doc | {key: bad}
        )
    assert "W[0]: expected a list of 6 numbers" in refused(
        document.ExactState.read, doc | {"W": [row[1:] for row in doc["W"]]}
    )
    assert "activation: expected one of" in refused(document.ExactState.read, doc | {"activation": "step"})
    assert "data: expected a string" in refused(document.ExactState.read, doc | {"data": 3})
    several = certificate(outputs=(2,))
    one = several | {"X": several["X"][:1], "y": several["y"][:1]}
    assert (document.ExactState.read(one).k, document.ExactState.read(one).X.nrows()) == (2, 1)
    assert "beta[0]: expected a list of 2" in refused(document.ExactState.read, several | {"beta": [[ONE]] * 40})
    assert "b: expected a list of 40 rows" in refused(document.ExactState.read, several | {"b": ONE})


# kinds


def at(doc: dict[str, Any], path: str, new: Any) -> dict[str, Any]:
    """The document with one entry changed."""
    doc = copy.deepcopy(doc)
    *parents, key = path.split(".")
    place = doc
    for parent in parents:
        place = place[parent]
    place[key] = new
    return sealed(doc)


SMALL = (-(2.0**-1074)).hex()


@pytest.mark.parametrize(
    "path",
    ["schedule.lam", "rate", *(f"conclusions.{key}" for key in from_state.CLAIMS), "tube.rho", "tube.tau", "eta"],
)
def test_what_is_never_negative(path: str) -> None:
    doc = certificate()
    bad = [SMALL, *doc["tube"]["rho"][1:]] if path.startswith("tube") else SMALL
    assert "expected a number ≥" in refused(recheck, at(doc, path, bad))


@pytest.mark.parametrize("make", [certificate, certified, growth])
def test_every_key_is_needed_and_no_other(make: Any) -> None:
    doc = make()
    for path in ("", "schedule", "tube", "conclusions", "conclusions.limits", "conclusions.alignment"):
        place: Any = doc
        for key in path.split(".") if path else ():
            place = place.get(key) if isinstance(place, dict) else None
        if not isinstance(place, dict):
            continue
        place["more"] = 1
        assert "unknown key 'more'" in refused(recheck, sealed(doc))
        del place["more"]
        for key in list(place):
            value = place.pop(key)
            refused(recheck, sealed(doc) if key not in ("digest", "format") else doc)
            place[key] = value
    doc["digest"] = "0" * 64
    assert "digest" in recheck(doc).reason
    assert "format: expected one of" in refused(recheck, sealed(doc | {"format": "fa-theory-certificate/2"}))
    assert "kind: expected one of" in refused(recheck, sealed(doc | {"kind": "decay"}))
    for bad in ([], None, "x", 3, [doc]):
        assert "document: expected a JSON object" in refused(recheck, bad)


def test_precision_of_a_certificate_from_the_start() -> None:
    doc = certified()
    for bits in (31, 65537):
        assert "precision: expected 32 to 65536 bits" in refused(recheck, at(doc, "precision", bits))
    for bits in (32, 65536):
        assert from_start.DecayFromStart.read(at(doc, "precision", bits)).bits == bits


def test_the_cost_of_a_run_is_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    doc = certified()
    claim = from_start.DecayFromStart.read(doc)
    n, p, steps = len(doc["X"]), len(doc["b"]), doc["step"]
    for bits in (64, 5000):
        each = (n * p + 32) * (bits + 256 + bits**2 // 2048) + 5 * n**3 + 5 * n**2 * p
        assert trajectory.cost(claim.late.state, 7, bits) == 7 * each
    cost = trajectory.cost(claim.late.state, steps, doc["precision"])
    monkeypatch.setattr(trajectory, "MAX_COST", cost)
    assert recheck(doc).valid
    monkeypatch.setattr(trajectory, "MAX_COST", cost - 1)
    assert recheck(doc).reason.startswith(f"cost: {steps} steps of {n}×{p} numbers")


def test_the_schedule_must_be_over() -> None:
    doc = certificate(cutoff=60)
    step = doc["step"]
    assert recheck(at(doc, "schedule.cutoff", step)).valid
    assert "λ is still on" in recheck(at(doc, "schedule.cutoff", step + 1)).reason
    assert "λ is still on" in recheck(at(doc, "schedule.cutoff", None)).reason
    assert recheck(at(at(doc, "schedule.cutoff", None), "schedule.lam", (0.0).hex())).valid
    assert recheck(at(at(doc, "schedule.cutoff", step + 1), "schedule.lam", (0.0).hex())).valid
    assert "rate: q = 1 is not below 1" in recheck(at(doc, "rate", ONE)).reason


def test_bounds_of_a_verdict_are_those_found() -> None:
    doc = certificate()
    verdict = recheck(doc)
    claims = {key: float.fromhex(doc["conclusions"][key]) for key in from_state.CLAIMS}
    for key, claimed in claims.items():
        assert claimed * (1 - 1e-3) <= verdict.bounds[key] <= claimed
    low, high = (float.fromhex(doc["conclusions"]["alignment"][end]) for end in ("low", "high"))
    assert low <= verdict.bounds["alignment_low"] < verdict.bounds["alignment_high"] <= high
    assert verdict.bounds["alignment_high"] - verdict.bounds["alignment_low"] > 0.99 * (high - low)
    assert verdict.bounds["rate"] == float.fromhex(doc["rate"])
    assert verdict.bounds["contraction"] + verdict.bounds["perturbation"] <= verdict.bounds["rate"] * (1 + 1e-12)
    without = recheck(at(doc, "conclusions.alignment", None))
    assert without.valid
    assert without.bounds["alignment_low"] == verdict.bounds["alignment_low"]


def test_the_worst_violation_is_named() -> None:
    doc = certificate()
    bad = at(doc, "conclusions.error", (1e-9).hex())
    assert "conclusions.error" in recheck(bad).reason
    bad = at(bad, "conclusions.budget", (1e-12).hex())
    assert "conclusions.budget" in recheck(bad).reason
    narrow = at(certificate(), "rate", (float.fromhex(doc["rate"]) * 0.5).hex())
    wide = at(certificate(), "tube.tau", [(1e6).hex()] * 40)
    assert "the centre of the tube does not contract" in recheck(narrow).reason
    assert "the tube is too wide" in recheck(wide).reason


def test_precisions_are_tried_in_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    tried: list[int] = []
    from flint import ctx

    from fa_theory.checker.verdict import Finding

    def check(claim: Any) -> Finding:
        tried.append(ctx.prec)
        return Finding([(1.0, "a"), (2.0, "b")] if ctx.prec < 192 else [], {}, "fine")

    monkeypatch.setattr(from_state, "check", check)
    assert recheck(certificate()).reason == "fine"
    assert tried == [64, 192]
    assert recheck(certificate(), precision=100).reason == "b"
    assert recheck(certificate(), precision=200).valid
    recheck(certificate(), precision=7)
    assert tried == [64, 192, 100, 200, 32]


# files


def test_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "c.json"
    text = json.dumps(growth()).encode()
    path.write_bytes(text)
    for most, fits in ((len(text), True), (len(text) - 1, False)):
        monkeypatch.setattr(document, "MAX_BYTES", most)
        if fits:
            assert recheck_file(path).valid
        else:
            assert refused(recheck_file, path) == f"the file is larger than {most} bytes"
    assert "regular file" in refused(document.load, tmp_path)
    path.write_bytes(b"{")
    assert refused(document.load, path).startswith("not valid JSON: Expecting property name")
    with pytest.raises(FileNotFoundError):
        document.load(tmp_path / "absent")

    def out_of_memory(*_: Any, **__: Any) -> None:
        raise MemoryError

    monkeypatch.setattr(document, "MAX_BYTES", 10**6)
    monkeypatch.setattr(json, "loads", out_of_memory)
    assert "more memory" in refused(document.load, path)
    capsys.readouterr()


def test_the_command_says_what_came_of_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    good, bad, none = tmp_path / "good", tmp_path / "bad", tmp_path / "none"
    good.write_text(json.dumps(growth()))
    bad.write_text(json.dumps(growth() | {"digest": ""}))
    none.write_text("{")
    for paths, code in (([good], 0), ([good, bad], 1), ([bad, good], 1), ([bad, none, good], 2), ([tmp_path / "x"], 2)):
        assert main([str(path) for path in paths]) == code
    lines = capsys.readouterr().out.splitlines()
    assert [line.split(": ")[1] for line in lines] == [
        *("valid", "valid", "INVALID", "INVALID", "valid", "INVALID", "MALFORMED", "valid", "UNREADABLE")
    ]
    assert main(["--json", str(good), str(bad)]) == 1
    records = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [record["result"] for record in records] == ["valid", "invalid"]
    assert records[0]["bounds"]["growth_low"] > 1
    for bits, code in (("31", 2), ("65537", 2), ("x", 2)):
        with pytest.raises(SystemExit) as caught:
            main(["--precision", bits, str(good)])
        assert caught.value.code == code
    assert "expected a precision from 32 to 65536 bits" in capsys.readouterr().err
    assert main(["--precision", "32", str(good)]) == 0
