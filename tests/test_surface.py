"""What a person at a Python prompt meets: names, arguments, reprs, tables and files."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tomllib
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import fa_theory as fa
from fa_theory.checker.__main__ import main as checker
from fa_theory.checker.document import MalformedDocument
from fa_theory.extras import EXTRAS, needed
from fa_theory.model.rules import as_rule


def problem(**more: Any) -> fa.Problem:
    return fa.sample(**{"rng": 0, "n": 4, "d": 8, "p": 60, "activation": "tanh", "eta": 0.2} | more)


@pytest.fixture(scope="module")
def certificate() -> fa.Certificate:
    found = fa.certify_from_start(problem()).certificate
    assert found is not None
    return found


# names


def test_dir_shows_everything_public() -> None:
    assert sorted(dir(fa)) == sorted({*fa.__all__, "__version__"})
    assert set(fa.__all__) == set(fa._HOME)
    assert {"Law", "Claim", "conjecture", "Domain", "required_width", "verify", "check", "recheck"} <= set(dir(fa))
    assert all(getattr(fa, name) is not None for name in fa.__all__)


# arguments


@pytest.mark.parametrize("rule", ["fa", "dfa", "bp", "sign"])
def test_a_rule_is_named_by_a_string_everywhere(rule: str) -> None:
    named, given = problem(rule=rule), replace(problem(), rule=as_rule(rule))
    curves = [
        fa.simulate(named, 5, record="loss")["loss"],
        fa.simulate(given, 5, record="loss")["loss"],
        fa.simulate(problem(), 5, rule=rule, record="loss")["loss"],
    ]
    assert (curves[0] == curves[1]).all()
    assert (curves[0] == curves[2]).all()
    state = fa.step(named.network, named.X, named.y, eta=0.2, rule=rule)
    assert np.allclose(np.sum(state.error(named.X, named.y) ** 2) / 2, curves[0][0, 1], rtol=1e-12)


def test_backpropagation_by_name_is_not_feedback_alignment() -> None:
    ours = [fa.simulate(problem(rule=rule), 1, record="loss")["loss"][0, 1] for rule in ("fa", "bp", "sign")]
    assert len({round(float(loss), 6) for loss in ours}) == 3


NAMES = {
    "sample": lambda rule: problem(rule=rule),
    "simulate": lambda rule: fa.simulate(problem(), 2, rule=rule),
    "simulate a law": lambda rule: fa.simulate(fa.Law("tanh", 2, 3, 4), 2, rule=rule),
    "Problem": lambda rule: replace(problem(), rule=rule),
    "run": lambda rule: fa.run(problem().network, problem().X, problem().y, eta=0.1, rule=rule),
    "step": lambda rule: fa.step(problem().network, problem().X, problem().y, eta=0.1, rule=rule),
}


@pytest.mark.parametrize("wrong", ["nonsense", "FA", None, 3, ["fa"]])
@pytest.mark.parametrize("door", NAMES)
def test_another_rule_is_refused(door: str, wrong: Any) -> None:
    if wrong is None and door.startswith(("simulate", "run")):
        return  # there None means: as the problem has it
    with pytest.raises(fa.InputError, match=r"unknown rule .*; choose one of fa, dfa, bp, sign"):
        NAMES[door](wrong)


def test_a_seed_serves_as_generator() -> None:
    assert (problem(rng=3).X == problem(rng=np.random.default_rng(3)).X).all()
    assert (fa.Law("tanh", 2, 3, 4).sample(1).X == fa.Law("tanh", 2, 3, 4).sample(np.random.default_rng(1)).X).all()
    for wrong in (-1, True, "0", None, 0.5):
        with pytest.raises(fa.InputError, match="expected rng to be a seed"):
            problem(rng=wrong)


def test_sizes_are_taken_from_data_that_are_given() -> None:
    X, y = [[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]], [1, 2, 3]
    made = fa.sample(rng=0, data=(X, y), p=5, activation="relu", eta=0.1)
    assert (made.n, made.d, made.p) == (3, 2, 5)
    assert (np.array(X) == made.X).all()
    with pytest.raises(fa.InputError, match=r"the data have \(n, d, k\) = \(3, 2, None\)"):
        fa.sample(rng=0, data=(X, y), n=4, p=5, activation="relu", eta=0.1)
    with pytest.raises(fa.InputError, match="X has 3 rows but y has 2"):
        fa.sample(rng=0, data=(X, y[:2]), p=5, activation="relu", eta=0.1)
    with pytest.raises(fa.InputError, match="omit target and normalisation"):
        fa.sample(rng=0, data=(X, y), p=5, activation="relu", eta=0.1, target="y")
    for wrong in ([X, y], 3, None):
        with pytest.raises(fa.InputError, match="expected data to be"):
            fa.sample(rng=0, data=wrong, p=5, activation="relu", eta=0.1)


def test_a_network_takes_the_name_of_its_activation() -> None:
    network = fa.Network([[1.0, 0.5]], [1.0], [2.0], "tanh")
    assert network.psi is fa.activation("tanh")
    assert float(network.output(np.eye(2))[0]) == pytest.approx(np.tanh(1.0))
    for wrong in ("tanhh", None, np.tanh, []):
        with pytest.raises(fa.InputError, match=r"unknown activation .*; choose one of linear"):
            fa.Network([[1.0]], [1.0], [2.0], wrong)
    with pytest.raises(fa.InputError, match="unknown activation"):
        fa.Law("tanhh", 2, 3, 4)


@pytest.mark.parametrize("eta", ["0.1", None, 0.0, -1.0, float("nan"), True, 1j])
def test_a_step_size_is_a_positive_number(eta: Any) -> None:
    with pytest.raises(fa.InputError, match="expected a finite step size eta > 0"):
        problem(eta=eta)
    with pytest.raises(fa.InputError, match="expected a finite step size eta > 0"):
        fa.Law("tanh", 2, 3, 4, eta=eta)


# problems travel whole


def test_certificates_of_a_problem_are_those_of_its_parts(certificate: fa.Certificate) -> None:
    one = problem()
    parts = fa.certify_from_start(one.network, one.X, one.y, eta=one.eta, data_label=one.label)
    assert parts.certificate == certificate
    assert fa.certify_run(one).certified
    assert fa.certify_state(one).steps == 0
    with pytest.raises(fa.InputError, match="the problem has its own eta"):
        fa.certify_from_start(one, eta=0.1)  # type: ignore[call-overload]
    with pytest.raises(fa.InputError, match="a network also needs X and y"):
        fa.certify_run(one.network, eta=0.1)  # type: ignore[call-overload]
    with pytest.raises(fa.InputError, match="expected a Problem, or a Network"):
        fa.run("tanh")  # type: ignore[call-overload]


def test_certificates_are_about_feedback_alignment() -> None:
    for certify in (fa.certify_from_start, fa.certify_run, fa.certify_state):
        with pytest.raises(fa.InputError, match="which the rule 'bp' does not have"):
            certify(problem(rule="bp"))


# certificates


def test_a_certificate_is_read_and_written(certificate: fa.Certificate, tmp_path: Path) -> None:
    path = certificate.save(tmp_path / "proof.json")
    again = fa.Certificate.load(path)
    assert again == certificate
    assert hash(again) == hash(certificate)
    assert certificate.save(tmp_path).name.startswith("decay-from-start-")
    for form in (again, path, str(path), json.loads(path.read_text()), again.document):
        assert fa.recheck(form).valid
    assert not fa.recheck(certificate | {"rate": (0.5).hex()}).valid
    assert certificate.recheck().valid


def test_a_certificate_says_what_it_proves(certificate: fa.Certificate) -> None:
    assert certificate.rate == float.fromhex(certificate["rate"])
    low, high = certificate.limits["alignment"]
    assert -1 <= low < high <= 1
    assert set(certificate.limits) == {"alignment", "movement_w", "total_w", "total_beta"}
    one = problem()
    assert (certificate.network.W == one.network.W).all()
    assert (certificate.problem.y == one.y).all()
    assert certificate.problem.eta == one.eta
    with pytest.raises(AttributeError):
        certificate.rate = 0.5  # type: ignore[misc]
    with pytest.raises(TypeError):
        certificate["rate"] = "0x1p-1"  # type: ignore[index]


def test_what_is_no_certificate(tmp_path: Path) -> None:
    for wrong in ([], {}, {"format": "fa-theory-certificate/2"}, "x"):
        with pytest.raises(MalformedDocument, match="format: expected 'fa-theory-certificate/1' but got"):
            fa.Certificate(wrong)  # type: ignore[arg-type]
    (tmp_path / "x.json").write_text("{")
    with pytest.raises(MalformedDocument, match="not valid JSON"):
        fa.Certificate.load(tmp_path / "x.json")
    with pytest.raises(fa.InputError, match="no rate; it is not about decay"):
        _ = fa.Certificate({"format": "fa-theory-certificate/1", "kind": "growth"}).rate


# commands


def test_check_takes_a_conjecture_or_a_file(tmp_path: Path) -> None:
    file = tmp_path / "mine.py"
    file.write_text(
        "import fa_theory as fa\n\n"
        "@fa.conjecture(fa.Domain(n=1, d=1, p=1))\n"
        "def the_loss_is_not_negative(run):\n    return run[0].loss >= 0\n"
    )
    (outcome,) = fa.check(file, budget=2, out=tmp_path)
    assert outcome.verdict.value == "proved"
    for wrong, message in ((problem(), "expected a conjecture"), (tmp_path / "no.py", "there is no file")):
        with pytest.raises(fa.InputError, match=message):
            fa.check(wrong, out=tmp_path)
    for budget in (0, -1, "20", float("nan"), True):
        with pytest.raises(fa.InputError, match="expected a positive budget in seconds"):
            fa.check(file, budget=budget, out=tmp_path)  # type: ignore[arg-type]


def test_verify_takes_ids(tmp_path: Path) -> None:
    found = fa.verify("song2021.linear-recursion", out=tmp_path)
    assert [claim.id for claim in found.claims] == ["song2021.linear-recursion"]
    for more, message in (
        ({"budget": "fast"}, "unknown budget 'fast'; choose one of quick, standard, thorough"),
        ({"seed": -1}, "seed ≥ 0 but got -1"),
        ({"jobs": 0}, "jobs ≥ 1 but got 0"),
    ):
        with pytest.raises(fa.InputError, match=message):
            fa.verify("song2021.linear-recursion", out=tmp_path, **more)  # type: ignore[arg-type]
    with pytest.raises(fa.InputError, match=r"did you mean song2021.linear-recursion"):
        fa.verify("song2021.linear-recusion", out=tmp_path)


# reprs


def test_reprs_fit_a_terminal(certificate: fa.Certificate, tmp_path: Path) -> None:
    wide = problem(n=20, d=30, p=500)
    things: dict[str, Any] = {
        "problem": wide,
        "network": wide.network,
        "dataset": fa.dataset("sphere", rng=0, n=50, d=30),
        "law": fa.Law("tanh", 2, 3, 4),
        "trajectories": fa.simulate(wide, 20, states=(20,)),
        "certificate": certificate,
        "outcome": fa.certify_run(problem()),
        "view": fa.view(certificate),
        "curves": fa.curves(certificate, 20),
        "claim": fa.library()["song2021.linear-recursion"].claim,
        "located": fa.library()["song2021.linear-recursion"],
        "results": (results := fa.verify("song2021.linear-recursion", out=tmp_path)),
        "result": results.claims[0],
        "decay": fa.infinite_decay(wide.X, -wide.y, "tanh", eta=0.1),
        "width": fa.required_width(np.eye(2), np.array([1.0, -1.0]), "erf", eta=0.5, delta=0.1),
        "conjecture": fa.conjecture(fa.Domain(n=1, d=1, p=1))(holds),
        "checked": fa.check(fa.conjecture(fa.Domain(n=1, d=1, p=1))(holds), budget=1, out=tmp_path),
    }
    long = {name: len(repr(thing)) for name, thing in things.items() if len(repr(thing)) > 320 or "\n" in repr(thing)}
    assert long == {}
    assert repr(wide) == "Problem(tanh, n=20, d=30, p=500, eta=0.2)"
    assert repr(things["network"]) == "Network(tanh, p=500, d=30)"


def holds(run: Any) -> Any:
    return run[0].loss >= 0


# runs


def test_a_run_is_drawn(certificate: fa.Certificate) -> None:
    found = fa.simulate(fa.Law("tanh", 4, 8, 60), 20, ensemble=3, record=("loss", "alignment", "error"))
    for name in ("loss", "alignment", "error"):
        (axes,) = found.plot(name).axes
        assert axes.get_xlabel() == "step $t$"
        assert axes.lines
    assert sum(axes.get_visible() for axes in found.plot().axes) == 3
    with pytest.raises(fa.InputError, match="'movement_W' was not recorded"):
        found.plot("movement_W")
    assert fa.curves(certificate, 20).plot().axes[0].get_yscale() == "log"


def test_a_run_becomes_a_table() -> None:
    pytest.importorskip("pandas")
    found = fa.simulate(fa.Law("tanh", 2, 8, 60), 20, ensemble=3, every=5, record=("loss", "error"))
    frame = found.to_dataframe()
    assert frame.shape == (3 * 5, 3)
    assert list(frame.columns) == ["loss", "error[0]", "error[1]"]
    assert frame.loc[(2, 20), "loss"] == found["loss"][2, -1]
    assert frame.loc[(1, 5), "error[1]"] == found["error"][1, 1, 1]


def test_a_run_becomes_labelled_arrays() -> None:
    pytest.importorskip("xarray")
    found = fa.simulate(fa.Law("tanh", 2, 8, 60, k=2), 20, ensemble=3, every=5, record=("loss", "error"))
    data = found.to_xarray()
    assert dict(data.sizes) == {"network": 3, "t": 5, "sample": 2, "output": 2}
    assert float(data["error"].sel(t=10, network=1)[1, 0]) == found["error"][1, 2, 1, 0]


def test_a_run_is_written_and_read(tmp_path: Path) -> None:
    found = fa.simulate(fa.Law("tanh", 2, 8, 60), 20, ensemble=3, states=(0, 20), record=("loss", "error"))
    again = fa.Trajectories.load(found.save(tmp_path / "run.npz"))
    for name in ("loss", "error"):
        assert (again[name] == found[name]).all()
    assert again.notes == found.notes
    assert repr(again) == repr(found)
    assert (again.network(20, 2).W == found.network(20, 2).W).all()
    with pytest.raises(fa.InputError, match=r"ends in .npz"):
        found.save(tmp_path / "run.csv")
    np.savez(tmp_path / "other.npz", X=np.eye(2))
    (tmp_path / "text.npz").write_text("not an archive")
    for name in ("other.npz", "text.npz"):
        with pytest.raises(fa.InputError, match=r"is not a file written by Trajectories.save"):
            fa.Trajectories.load(tmp_path / name)


# extras


def test_a_missing_library_is_asked_for_in_one_line() -> None:
    code = (
        "import sys; sys.modules['numpy'] = None; import fa_theory as fa\n"
        "try: fa.simulate\nexcept fa.InputError as error: print(error)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "numpy is not installed; install it with: pip install 'fa-theory[full]'\n"
    with pytest.raises(ModuleNotFoundError, match="no_such"):
        needed("no_such")


@pytest.mark.parametrize("command", ["", "--version", "verify", "certify --help"])
def test_without_its_libraries_the_command_says_how_to_get_them(command: str) -> None:
    code = "import sys; sys.modules['typer'] = None; from fa_theory.__main__ import main; main()"
    done = subprocess.run([sys.executable, "-c", code, *command.split()], capture_output=True, text=True)
    assert done.returncode == 2
    assert done.stderr.startswith("fa-theory: typer is not installed; install it with: pip install 'fa-theory[full]'.")
    assert done.stderr.count("\n") == 1


def test_the_extras_are_those_of_the_project() -> None:
    project = tomllib.loads((Path(__file__).parent.parent / "pyproject.toml").read_text("utf-8"))["project"]
    names = {"scikit-learn": "sklearn", "python-flint": "flint"}

    def modules(requirements: list[str]) -> set[str]:
        found = (re.split(r"[>\[]", requirement)[0] for requirement in requirements)
        return {names.get(name, name) for name in found} - {"fa-theory"}

    extras = {name: modules(found) for name, found in project["optional-dependencies"].items()}
    assert project["dependencies"] == ["python-flint>=0.7"]
    assert {module for module, extra in EXTRAS.items() if extra == "full"} - extras["full"] <= {"markupsafe"}
    assert extras["full"] <= set(EXTRAS)
    for module, extra in EXTRAS.items():
        assert module in extras[extra] or module == "markupsafe"  # of jinja2
    for part in ("fast", "tables", "dask", "bench"):
        assert extras[part] <= set(EXTRAS)


# the command


@pytest.mark.parametrize("program", [[sys.executable, "-m", "fa_theory"], [sys.executable, "-m", "fa_theory.cli"]])
def test_python_m_and_version(program: list[str]) -> None:
    done = subprocess.run([*program, "--version"], capture_output=True, text=True, check=True)
    assert done.stdout == f"fa-theory {fa.__version__}\n"
    done = subprocess.run([*program, "verify", "--help"], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("Usage: fa-theory verify")


def test_the_checker_says_its_version(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        checker(["--version"])
    assert stop.value.code == 0
    assert capsys.readouterr().out == f"fa-theory-check {fa.__version__}\n"


def test_versions_agree() -> None:
    project = tomllib.loads((Path(__file__).parent.parent / "pyproject.toml").read_text("utf-8"))["project"]
    citation = (Path(__file__).parent.parent / "CITATION.cff").read_text("utf-8")
    assert fa.__version__ == project["version"]
    assert f"\nversion: {fa.__version__}\n" in citation


@pytest.mark.parametrize(("typed", "offered"), [("ver", "verify"), ("cer", "certify"), ("rech", "recheck")])
def test_the_shell_completes(typed: str, offered: str) -> None:
    asked = {"_FA_THEORY_COMPLETE": "complete_bash", "COMP_WORDS": f"fa-theory {typed}", "COMP_CWORD": "1"}
    program = [sys.executable, "-m", "fa_theory"]
    done = subprocess.run(program, capture_output=True, text=True, env=os.environ | asked)
    assert done.stdout.split() == [offered]


def test_importing_a_table_library_is_left_until_it_is_used() -> None:
    code = (
        "import sys, fa_theory as fa; fa.simulate(fa.Law('tanh', 2, 3, 4), 2);"
        "print({'pandas', 'xarray', 'matplotlib'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
