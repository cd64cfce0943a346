"""The contract of the command line: what other tools may rely on."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import pytest
from tiny_claims import write

import fa_theory.claims.result
from fa_theory.claims.library import library
from fa_theory.claims.result import json_schema, read
from fa_theory.cli import main
from fa_theory.coq.exact import NotExportable
from fa_theory.coq.export import export

Run = Callable[..., tuple[int, str, str]]

TINY = """
one = tiny("mine.one")
two = tiny("mine.two", uses=("mine.one",))
"""
SMALL = ("certify", "-n", 2, "-p", 20)
QUICK = (*SMALL, "--jobs", 1)
CHATTER = re.compile(r"[\x1b\u2500-\u257f]")
"""Colours and box drawing."""


@pytest.fixture
def fa(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Run:
    """Run the command line in an empty folder; return exit code, output and errors."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments: object) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["fa-theory", *map(str, arguments)])
        with pytest.raises(SystemExit) as stop:
            main()
        out, err = capsys.readouterr()
        assert "Traceback" not in err
        assert not CHATTER.search(out + err)
        return int(stop.value.code or 0), out, err

    return run


def real(*arguments: str, folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the command line in a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "fa_theory.cli", *arguments],
        cwd=folder,
        env=os.environ | {"OPENBLAS_NUM_THREADS": "1"} | environment,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )


# verify


def test_verify_writes_the_result_document(fa: Run, tmp_path: Path) -> None:
    write(tmp_path, TINY)
    code, out, err = fa("verify", "claims.py", "--json", "r/result.json", "--jobs", 1, "--seed", 3)
    assert code == 0
    document = json.loads((tmp_path / "r" / "result.json").read_text())
    assert document["schema"] == "fa-theory/result/1"
    assert (document["seed"], document["budget"], document["exit_code"]) == (3, "quick", 0)
    assert document["command"] == "fa-theory verify claims.py --budget quick --seed 3"
    one, two = document["claims"]
    assert (one["id"], one["verdict"], one["complete"], one["uses"]) == ("mine.one", "enclosed", True, [])
    assert (two["id"], two["uses"]) == ("mine.two", ["mine.one"])
    (evidence,) = one["evidence"]
    assert (evidence["method"], evidence["result"], evidence["n"]) == ("enclosure", "enclosed", 3)
    assert evidence["interval"] is None
    assert {key: one["mutants"][0][key] for key in ("name", "refuted")} == {"name": "mutant", "refuted": True}
    assert document["failures"] == []
    assert (tmp_path / "out" / "results.json").read_bytes() == (tmp_path / "r" / "result.json").read_bytes()
    assert "● enclosed  mine.one  1/1" in out
    assert "2 claims: 2 enclosed; 2 complete" in out
    assert "budget quick, seed 3; written to out/results.json" in out
    assert "verifying: 12 of 12" in err


@pytest.mark.parametrize(
    ("body", "code", "word"),
    [
        ('claim = tiny("mine.one")', 0, "● enclosed"),
        ('claim = tiny("mine.one", Tiny(result=Result.FALSIFIED))', 1, "✗ falsified"),
        ('claim = tiny("mine.one", Tiny(result=Result.UNDECIDED))', 3, "? undecided"),
        ('claim = tiny("mine.one", mutants=(check("survivor", False),))', 3, "? undecided"),
        ('claim = tiny("mine.one", Tiny(lambda i, c: 1 / 0))', 2, "– not run"),
        (
            'right = tiny("mine.right")\n'
            'claim = variant("mine.one", Tiny(result=Result.FALSIFIED), erratum=Erratum("a network", "mine.right"))',
            0,
            "✗ variant refuted",
        ),
        (
            'right = tiny("mine.right")\nclaim = variant("mine.one", erratum=Erratum("a network", "mine.right"))',
            1,
            "● enclosed",
        ),
    ],
)
def test_exit_codes_of_verify(fa: Run, tmp_path: Path, body: str, code: int, word: str) -> None:
    write(tmp_path, body)
    found, out, _ = fa("verify", "claims.py", "--jobs", 1)
    assert found == code
    assert re.search(rf"^{re.escape(word)}\s+mine\.one", out, flags=re.MULTILINE)
    assert json.loads((tmp_path / "out" / "results.json").read_text())["exit_code"] == code


def test_a_crash_is_named(fa: Run, tmp_path: Path) -> None:
    write(tmp_path, 'claim = tiny("mine.one", Tiny(lambda i, c: 1 / 0, n=1))')
    _, out, _ = fa("verify", "claims.py", "--jobs", 1)
    assert "crashed: mine.one / tiny / task 0: ZeroDivisionError: division by zero" in out


def test_verify_is_deterministic(fa: Run, tmp_path: Path) -> None:
    write(tmp_path, TINY)
    first, again = (fa("verify", "claims.py", "--jobs", 1), (tmp_path / "out" / "results.json").read_bytes())
    second = fa("verify", "claims.py", "--jobs", 1)
    timeless = [re.sub(r"in \d+\.\d s", "in … s", str(each)) for each in (first, second)]
    assert timeless[0] == timeless[1]
    assert (tmp_path / "out" / "results.json").read_bytes() == again


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("verify", "no.such-claim"), "'no.such-claim' is neither a claim id nor an existing file"),
        (("verify", "song2021.linear-recusion"), "did you mean song2021.linear-recursion?"),
        (("verify", "bad.py"), "SyntaxError"),
        (("verify", "."), "SyntaxError"),
        (("verify", "claims.py", "--out", "file/below"), "cannot create the folder file/below: Not a directory"),
        (("verify", "claims.py", "--json", "file/below"), "cannot write file/below: "),
        (("verify", "claims.py", "--seed", -1), "'--seed'"),
        (("verify", "claims.py", "--seed", "one"), "'--seed'"),
        (("verify", "claims.py", "--jobs", 0), "'--jobs'"),
        (("verify", "claims.py", "--budget", "huge"), "'huge' is not one of 'quick', 'standard', 'thorough'"),
        (("show", "song2021.linear-recusion"), "did you mean song2021.linear-recursion?"),
        (("show",), "Missing argument 'ID'"),
        (("recheck",), "Missing argument 'FILE"),
        (("report",), "out/results.json does not exist; run fa-theory verify --out out first"),
        (("report", "--out", "empty"), "empty/results.json does not exist"),
        (("report", "--from", "nothing.json"), "cannot read nothing.json: No such file or directory"),
        (("report", "--from", "file"), "file is not a result document: "),
        (("report", "--from", "."), "cannot read .: Is a directory"),
        (("report", "--from", "file", "--format", "docx"), "unknown format 'docx'; choose from tex, html, pdf"),
        (("certify", "--eta", 0), "expected a finite step size eta > 0 but got 0.0"),
        (("certify", "--eta", -0.1), "expected a finite step size eta > 0 but got -0.1"),
        (("certify", "--eta", "nan"), "expected a finite step size eta > 0 but got nan"),
        (("certify", "--eta", "inf"), "expected a finite step size eta > 0 but got inf"),
        (("certify", "--eta", "fast"), "'--eta'"),
        (("certify", "--activation", "tanx"), "unknown activation 'tanx'; choose one of linear, relu, tanh"),
        (("certify", "--data", "sphre"), "'sphre' is neither a data source (gaussian, sphere"),
        (("certify", "--data", "file"), "file: unknown file type; expected .npz, .csv"),
        (("certify", "--data", "damaged.npz"), "damaged.npz"),
        (("certify", "--data", "nan.csv"), "nan"),
        (("certify", "--data", "digits", "-d", 20), "digits has inputs of dimension 64 but d = 20 was requested"),
        (("certify", "--data", "digits", "-n", 10**6), "1797"),
        (("certify", "--data", "isometric", "-n", 5, "-d", 3), "isometric data needs n ≤ d but got n = 5, d = 3"),
        (("certify", "--lam", 0.3), "lam = 0.3 needs --cutoff STEPS"),
        (("certify", "--lam", -0.3, "--cutoff", 5), "expected a finite regularisation lam ≥ 0 but got -0.3"),
        (("certify", "--lam", "nan", "--cutoff", 5), "expected a finite regularisation lam ≥ 0 but got nan"),
        (
            ("certify", "--lam", 0.3, "--cutoff", 50, "--max-steps", 20),
            "max_steps = 20 is before the end of the regularisation",
        ),
        (("certify", "--cutoff", -1), "'--cutoff'"),
        (("certify", "-n", 0), "'-n'"),
        (("certify", "--batch", 0), "'--batch'"),
        (("certify", "--batch", 11), "expected a batch of 1 to 10 samples but got 11"),
        (("certify", "--batch", 2, "--momentum", 0.5), "--batch 2 and --momentum 0.5 cannot be combined"),
        (("certify", "--orders", "cyclic"), "--orders cyclic is about minibatches: give --batch, or omit it"),
        (("certify", "--batch", 2, "--orders", "any"), "'--orders'"),
        (("certify", "--batch", 2, "--lam", 0.1, "--cutoff", 3), "--lam cannot be combined with --batch"),
        (("certify", "--momentum", 0.5, "--alignment-width", 0.1), "cannot be combined with --momentum"),
        (("certify", "--momentum", 0.5, "--layers", "9,9"), "--layers cannot be combined with --momentum"),
        (("certify", "--momentum", 0.5, "--rule", "dfa"), "are for the rules fa and bp but got 'dfa'"),
        (("certify", "--momentum", 1), "expected a momentum of at least 0 and below 1 but got 1.0"),
        (("certify", "--trials", 0), "'--trials'"),
        (("certify", "--seed", -1), "'--seed'"),
        (("certify", "-n", 2, "-p", 20, "--out", "file"), "file"),
        (("certify", "-n", 2, "-p", 20, "--json", "file/below"), "file"),
        (("nonsense",), "No such command 'nonsense'"),
        (("verify", "--nonsense"), "No such option: --nonsense"),
    ],
)
def test_bad_input_ends_with_one_message_and_code_2(
    fa: Run, tmp_path: Path, arguments: tuple[object, ...], message: str
) -> None:
    write(tmp_path, TINY)
    (tmp_path / "bad.py").write_text("import fa_theory.claims\nx = = 1\n")
    (tmp_path / "file").write_text("not what you expect")
    (tmp_path / "damaged.npz").write_bytes(b"PK\x03\x04 and then nothing")
    (tmp_path / "nan.csv").write_text("a,b,y\n1,2,3\n4,nan,6\n")
    alone = ("--jobs", 1) if arguments[0] in ("verify", "certify") and "--jobs" not in arguments else ()
    code, _, err = fa(*arguments, *alone)
    assert code == 2
    assert message in err
    said = [line for line in err.splitlines() if not line.startswith(("verifying:", "certifying:"))]
    assert said[-1].startswith(("fa-theory: ", "Error: "))
    assert len(said) == 1 or said[0].startswith("Usage: ")


# the schema


def test_the_published_schema_is_that_of_the_code() -> None:
    published = Path(fa_theory.claims.result.__file__).with_name("result.schema.json")
    assert json.loads(published.read_text("utf-8")) == json_schema(), "run python -m fa_theory.claims.result"


def test_real_documents_follow_the_schema(fa: Run, tmp_path: Path) -> None:
    """A derivation, certified counterexamples with an erratum, and a crash."""
    write(tmp_path, 'claim = tiny("mine.one", Tiny(lambda i, c: 1 / 0), uses=("song2021.secant-kernel",))')
    code, _, _ = fa("verify", "song2021.secant-kernel", "song2021.contraction-any-width", "claims.py", "--jobs", 1)
    assert code == 2
    document = json.loads((tmp_path / "out" / "results.json").read_text())
    jsonschema.Draft202012Validator.check_schema(json_schema())
    jsonschema.validate(document, json_schema())
    assert read(tmp_path / "out" / "results.json").claims[0].id == document["claims"][0]["id"]
    for broken in ({"seed": "0"}, {"budget": "huge"}, {"exit_code": None}, {"claims": [{}]}):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(document | broken, json_schema())


# certify and recheck


def certify(fa: Run, tmp_path: Path, *arguments: object) -> dict[str, Any]:
    words = SMALL if "--jobs" in arguments else QUICK
    code, out, _ = fa(*words, *arguments, "--out", "out", "--json", "c.json")
    summary: dict[str, Any] = json.loads((tmp_path / "c.json").read_text())
    keys = ["trials", "probability", "certified", "rates", "certificates", "failures", "limits", "trusted"]
    assert list(summary) == keys
    assert summary["certified"] == len(summary["rates"]) == len(summary["certificates"])
    assert summary["trials"] == summary["certified"] + len(summary["failures"])
    assert len(summary["limits"]) == summary["certified"]
    assert code == (0 if not summary["failures"] else 3)
    assert all(0 < rate < 1 for rate in summary["rates"])
    assert f"{summary['certified']} of {summary['trials']} certified" in out
    if summary["certificates"]:
        assert fa("recheck", *summary["certificates"])[0] == 0
    return summary


def test_certify_writes_certificates_that_recheck_accepts(fa: Run, tmp_path: Path) -> None:
    summary = certify(fa, tmp_path, "-d", 4, "--trials", 3, "--seed", 5)
    assert summary["certified"] == 3
    assert all(Path(path).parent == Path("out/certificates") for path in summary["certificates"])
    assert len(set(summary["certificates"])) == 3


@pytest.mark.parametrize("late", [(), ("--late",)])
def test_certify_several_outputs(fa: Run, tmp_path: Path, late: tuple[str, ...]) -> None:
    summary = certify(fa, tmp_path, "-d", 4, "--outputs", 3, *late)
    document = json.loads((tmp_path / summary["certificates"][0]).read_text())
    assert {len(row) for row in document["beta"]} == {3}


@pytest.mark.parametrize(
    ("options", "kind"),
    [
        (("--batch", 2, "--rule", "bp"), "decay-of-epochs"),
        (("--batch", 1, "--orders", "cyclic"), "decay-of-epochs"),
        (("--momentum", 0.5), "decay-with-momentum"),
    ],
)
def test_certify_minibatches_and_momentum(fa: Run, tmp_path: Path, options: tuple[object, ...], kind: str) -> None:
    summary = certify(fa, tmp_path, "-d", 4, *options)
    assert summary["limits"] == [{"alignment": None}]
    assert json.loads(Path(summary["certificates"][0]).read_text())["kind"] == kind
    assert fa("recheck", *summary["certificates"])[0] == 0


def test_certify_from_the_start_unless_asked_otherwise(fa: Run, tmp_path: Path) -> None:
    def kind(*arguments: object) -> str:
        path = certify(fa, tmp_path, "-d", 4, *arguments)["certificates"][0]
        return str(json.loads((tmp_path / path).read_text())["kind"])

    assert kind() == "decay-from-start"
    assert kind("--late") == "decay-from-state"
    low, high = certify(fa, tmp_path, "-d", 4, "--alignment-width", 1e-4)["limits"][0]["alignment"]
    assert high - low <= 1e-4
    for width in ((0.0,), (1e-4, "--late")):
        code, _, err = fa(*QUICK, "-d", 4, "--alignment-width", *width)
        assert (code, "must be positive, and cannot be combined with --late" in err) == (2, True)


DEEP = ("certify", "--layers", "12,12", "-n", 2, "-d", 4, "--eta", 0.8)


def test_certify_at_any_depth_and_rule(fa: Run, tmp_path: Path) -> None:
    for rule, late in (("dfa", ()), ("bp", ("--late",))):
        code, _, err = fa(*DEEP, "--rule", rule, *late, "--json", "found.json")
        assert code == 0, err
        path = json.loads((tmp_path / "found.json").read_text())["certificates"][0]
        document = json.loads((tmp_path / path).read_text())
        assert document["kind"] == f"deep-decay-from-{'state' if late else 'start'}"
        assert (document["rule"], [len(W) for W in document["W"]]) == (rule, [12, 12, 1])
        assert fa("recheck", path)[0] == 0


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--layers", "12,x"), "--layers '12,x': expected whole numbers ≥ 1"),
        (("--layers", "0"), "width"),
        (("--rule", "hebb"), "is for one of the rules fa, dfa, bp"),
        (("--rule", "brsf"), "not for 'brsf', which draws numbers without a bound in every step"),
        (("--rule", "nosuch"), "unknown rule 'nosuch'; choose one of fa, dfa, bp, kolen-pollack, usf, sign\n"),
        (("--layers", "5,5", "-p", 3), "omit it with --layers 5,5"),
        (("--layers", "9999,9999"), "exceeds the limit of the checker"),
        (("--layers", "5,5", "--lam", 0.1, "--cutoff", 5), "give --late"),
        (("--layers", "5,5", "--late", "--coq"), "networks of two layers"),
        (("--layers", "5,5", "--arithmetic", "binary64"), "omit them"),
        (("--late", "--arithmetic", "binary64"), "--arithmetic binary64 is for enclosed steps"),
        (("--momentum", "0.5", "--arithmetic", "arb"), "--arithmetic arb is for enclosed steps"),
    ],
)
def test_certify_refuses_at_any_depth_in_one_line(fa: Run, arguments: tuple[object, ...], says: str) -> None:
    code, _, err = fa("certify", *arguments)
    assert (code, says in err) == (2, True), err
    assert len(err.splitlines()) == 1


def test_certify_continues_to_a_state_that_coq_covers(fa: Run, tmp_path: Path) -> None:
    def found(*arguments: object) -> dict[str, Any]:
        path = certify(fa, tmp_path, "-d", 5, "--late", *arguments)["certificates"][0]
        document: dict[str, Any] = json.loads((tmp_path / path).read_text())
        return document

    early, later = found(), found("--coq")
    with pytest.raises(NotExportable, match="no rate below 1 at this state"):
        export(early)
    assert export(later).steps == later["step"] > early["step"]
    code, _, err = fa(*QUICK, "-d", 4, "--coq")
    assert (code, "give --late" in err) == (2, True)
    code, out, _ = fa(*QUICK, "-d", 4, "--activation", "relu", "--late", "--coq")
    assert (code, "the Coq theorems are about" in out) == (3, True)


def test_certify_tells_how_far_it_is(fa: Run) -> None:
    _, _, err = fa(*QUICK, "-d", 4)
    assert len(err.splitlines()) == 11
    assert all(re.fullmatch(r"certifying: \d+ of \d+", line) for line in err.splitlines())


def test_certify_with_regularisation_at_the_start(fa: Run, tmp_path: Path) -> None:
    summary = certify(fa, tmp_path, "-d", 4, "--lam", 0.3, "--cutoff", 7)
    document = json.loads((tmp_path / summary["certificates"][0]).read_text())
    assert document["schedule"] == {"lam": (0.3).hex(), "cutoff": 7}
    assert document["step"] >= 7


@pytest.mark.parametrize("data", ["sphere", "gaussian", "isometric", "teacher", "digits", "points.csv", "points.npz"])
def test_certify_on_all_kinds_of_data(fa: Run, tmp_path: Path, data: str) -> None:
    X, y = np.array([[3.0, 1.0, 0.0], [0.0, 2.0, 1.0], [1.0, 0.0, 5.0]]), np.array([1.0, -1.0, 0.5])
    np.savez(tmp_path / "points.npz", X=X, y=y)
    np.savetxt(tmp_path / "points.csv", np.column_stack([X, y]), delimiter=",", header="a,b,c,y", comments="")
    dimension = ("-d", 4) if data in ("sphere", "gaussian", "isometric", "teacher") else ()
    assert certify(fa, tmp_path, "--data", data, "--eta", 0.05, *dimension)["certified"] == 1


@pytest.mark.parametrize("activation", ["linear", "relu", "erf", "sigmoid", "softplus"])
def test_certify_all_activations(fa: Run, tmp_path: Path, activation: str) -> None:
    certify(fa, tmp_path, "-d", 4, "--activation", activation, "--max-steps", 400)


def test_certify_tells_why_it_failed(fa: Run, tmp_path: Path) -> None:
    summary = certify(fa, tmp_path, "-d", 4, "--max-steps", 0, "--trials", 2)
    assert summary["certified"] == 0
    assert all(summary["failures"])
    assert "diverged" in certify(fa, tmp_path, "-d", 4, "--eta", 1000)["failures"][0]


def test_certify_is_deterministic(fa: Run, tmp_path: Path) -> None:
    def bytes_of(*arguments: object) -> list[bytes]:
        summary = certify(fa, tmp_path, "-d", 4, "--trials", 2, *arguments)
        return [(tmp_path / path).read_bytes() for path in summary["certificates"]]

    first = bytes_of("--seed", 1)
    assert bytes_of("--seed", 1) == first
    assert bytes_of("--seed", 1, "--jobs", 2) == first
    assert bytes_of("--seed", 2) != first


def test_recheck(fa: Run, tmp_path: Path) -> None:
    good = certify(fa, tmp_path, "-d", 4)["certificates"][0]
    document = json.loads(Path(good).read_text())
    (tmp_path / "lie.json").write_text(json.dumps(document | {"rate": (0.5).hex()}))
    (tmp_path / "torn.json").write_text(Path(good).read_text()[:100])
    (tmp_path / "-dash.json").write_text(Path(good).read_text())

    def recheck(*files: str) -> tuple[int, list[str]]:
        code, out, _ = fa("recheck", *files)
        return code, [line.split(": ")[1] for line in out.splitlines()]

    assert recheck(good, good) == (0, ["valid", "valid"])
    assert recheck(good, "lie.json") == (1, ["valid", "INVALID"])
    assert recheck("lie.json", "torn.json", good) == (2, ["INVALID", "MALFORMED", "valid"])
    assert recheck("missing.json", good) == (2, ["UNREADABLE", "valid"])
    assert recheck(".") == (2, ["MALFORMED"])
    assert recheck("--", "-dash.json") == (0, ["valid"])


# list, show, report


def test_list_shows_every_claim(fa: Run) -> None:
    code, out, _ = fa("list")
    assert code == 0
    assert [line.split()[0] for line in out.splitlines()] == ["id", *library()]


@pytest.mark.parametrize("id", library())
def test_show(fa: Run, id: str) -> None:
    code, out, err = fa("show", id)
    claim = library()[id].claim
    assert (code, err) == (0, "")
    assert out.startswith(f"{id}  {claim.kind.value}, {claim.bound.value}: ")
    for shown in (claim.summary, *claim.uses, *(mutant.name for mutant in claim.mutants), f"fa-theory verify {id}"):
        assert shown in out
    assert "$" not in out


def test_report(fa: Run, tmp_path: Path) -> None:
    write(tmp_path, TINY)
    fa("verify", "claims.py", "--jobs", 1)
    code, out, _ = fa("report", "--format", "tex,html")
    assert code == 0
    assert [line.split() for line in out.splitlines()] == [
        ["tex", "out/report/report.tex"],
        ["html", "out/report/report.html"],
    ]
    first = [(tmp_path / line.split()[1]).read_bytes() for line in out.splitlines()]
    fa("report", "--from", "out/results.json", "--format", "tex,html")
    assert [(tmp_path / line.split()[1]).read_bytes() for line in out.splitlines()] == first
    code, out, err = fa("report", "--only", "mine.none,mine.nun")
    assert (code, out) == (2, "")
    assert "the result document has no claim 'mine.none'; the nearest are mine." in err
    id = fa("verify", "claims.py", "--jobs", 1)[1].splitlines()[1].split()[2]
    code, out, _ = fa("report", "--format", "tex", "--only", f"{id}, ", "--only", id)
    assert code == 0
    assert f"x:{id}" in (tmp_path / "out/report/report.tex").read_text()


# a process of its own


@pytest.mark.parametrize("command", [None, "list", "show", "verify", "certify", "recheck", "report"])
def test_help(fa: Run, command: str | None) -> None:
    code, out, err = fa(*([command] if command else []), "--help")
    assert (code, err) == (0, "")
    assert out.startswith(f"Usage: fa-theory {command or '[OPTIONS]'}")
    for known in ("list", "show", "verify", "certify", "recheck", "report") if command is None else ():
        assert f"  {known} " in out
    if command is None:
        assert "0 nothing falsified; 1 something falsified" in out


def test_without_arguments_comes_the_help(fa: Run) -> None:
    code, out, err = fa()
    assert code == 2
    assert "Usage: fa-theory" in out + err


def test_a_terminal_without_greek_letters(tmp_path: Path) -> None:
    write(tmp_path, 'claim = tiny("mine.one", Tiny(lambda i, c: {}["ψ"]))')
    process = real("verify", "claims.py", "--jobs", "1", folder=tmp_path, PYTHONIOENCODING="ascii", PYTHONUTF8="0")
    assert process.returncode == 2
    assert "? not run" in process.stdout
    assert "crashed: mine.one / tiny / task 0: KeyError" in process.stdout
    assert "Traceback" not in process.stderr


def test_an_output_that_is_closed_early(tmp_path: Path) -> None:
    process = subprocess.run(
        f"{sys.executable} -m fa_theory.cli list | head -1", shell=True, capture_output=True, text=True, check=True
    )
    assert process.stdout.startswith("id ")
    assert process.stderr == ""
