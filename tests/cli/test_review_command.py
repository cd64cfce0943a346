"""``fa-theory review``: what it prints and writes, how it resumes, and what it refuses."""

from __future__ import annotations

import json
import struct
import sys
from collections.abc import Callable
from pathlib import Path

import msgspec
import numpy as np
import pytest

from fa_theory.cli import main
from fa_theory.review.summary import FORMAT, ReviewDocument

SMALL = ("--networks", "3", "--steps", "30", "--layers", "8", "-n", "4", "-d", "5", "--jobs", "1")


@pytest.fixture
def run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., tuple[int, str, str]]:
    """Runs a command in a folder of its own: exit code, standard output, standard error."""
    monkeypatch.chdir(tmp_path)

    def review(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["fa-theory", "review", *arguments])
        code = 0
        try:
            main()
        except SystemExit as stop:
            code = int(stop.code or 0)
        said = capsys.readouterr()
        return code, said.out, said.err

    return review


Run = Callable[..., tuple[int, str, str]]


def document(path: Path) -> ReviewDocument:
    """Read strictly: another field, a missing one or another type is an error."""
    return msgspec.json.decode(path.read_bytes(), type=ReviewDocument)


def test_two_layers_with_a_page_a_document_and_certificates(run: Run, tmp_path: Path) -> None:
    code, out, _ = run("--networks", "4", "--steps", "150", "--layers", "40", "-n", "4", "-d", "8", "--json", "r.json")
    assert code == 0
    lines = out.splitlines()
    assert lines[0] == "fa on tanh 40, sphere, (n,d)=(4,8), η=0.1"
    assert lines[1] == "4 networks, 150 steps, 95 % intervals, seed 0"
    assert max(map(len, (line for line in lines if not line.startswith("written")))) <= 80
    for name in ("networks with ascending steps", "least cos(B, J), hidden layer 1", "alignment of layer 2 at the end"):
        assert any(line.startswith(name) for line in lines)
    folder = tmp_path / "out" / "review" / "fa-40-sphere"
    page = (folder / "review.html").read_text()
    assert "<svg" in page
    assert "fa-theory review --networks 4" in page
    found = document(folder / "review.json")
    assert found == document(tmp_path / "r.json")
    assert found.format == FORMAT
    assert found.layers == [8, 40, 1]
    assert found.figures.decay.certified.count == len(found.figures.decay.certificates) == 4
    assert all((tmp_path / path).is_file() for path in found.figures.decay.certificates)
    assert 0 < (found.figures.decay.slowest or 0) < 1


def test_the_document_refuses_another_field(run: Run, tmp_path: Path) -> None:
    run(*SMALL, "--certificates", "none", "--format", "", "--json", "r.json")
    content = json.loads((tmp_path / "r.json").read_text())
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(content | {"more": 1}, ReviewDocument)
    del content["figures"]["ascents"]
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(content, ReviewDocument)


def test_every_figure_is_that_of_any_number_of_workers(run: Run, tmp_path: Path) -> None:
    for jobs, out in (("1", "a"), ("2", "b")):
        run(*SMALL[:-1], jobs, "--certificates", "none", "--format", "", "--out", out, "--json", f"{out}.json")
    assert (tmp_path / "a.json").read_bytes() == (tmp_path / "b.json").read_bytes()


def test_a_rule_of_a_file_at_depth_and_what_is_not_certified(run: Run, tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text(
        "from fa_theory.model.rules import Rule\n"
        "lazy = Rule('lazy', learnt=lambda at: 0.9 * at.B + 0.1 * at.W)\n"
        "plain = Rule('plain')\n"
        "broken = Rule('broken', sent=lambda W, B: W @ B)\n"
    )
    code, out, _ = run(*SMALL, "--rule", "mine.py:lazy", "--layers", "8,8")
    assert code == 2  # --layers twice
    deep = (
        "--networks",
        "3",
        "--steps",
        "30",
        "-n",
        "4",
        "-d",
        "5",
        "--jobs",
        "1",
        "--layers",
        "8,8",
        "--format",
        "tex",
    )
    code, out, _ = run(*deep, "--rule", "mine.py:lazy")
    assert code == 0
    assert out.startswith("lazy (mine.py) on tanh 8-8, sphere")
    assert "not certified" in out
    assert "\\begin{longtable}" in next((tmp_path / "out" / "review").glob("*/review.tex")).read_text()
    assert document(next((tmp_path / "out" / "review").glob("*/review.json"))).figures.decay.reasons
    code, out, err = run(*deep, "--rule", "mine.py:broken")
    assert (code, out) == (2, "")
    assert err.startswith("fa-theory: the rule mine.py:broken failed: ValueError")
    assert len(err.splitlines()) == 1


def test_classes_have_an_accuracy_and_a_test(run: Run, tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    np.savez(tmp_path / "two.npz", X=rng.standard_normal((12, 3)), y=np.sign(rng.standard_normal(12)))
    more = (
        "--networks",
        "2",
        "--steps",
        "20",
        "--layers",
        "6",
        "--jobs",
        "1",
        "--certificates",
        "none",
        "--format",
        "",
    )
    code, out, _ = run(*more, "--data", "two.npz", "--test", "4")
    assert code == 0
    assert "data: all 12 rows of two.npz" in out
    assert "(n,d)=(8,3)" in out
    assert "test accuracy, BP" in out
    code, out, _ = run(
        *more, "--data", "digits", "-n", "20", "--outputs", "10", "--loss", "cross-entropy", "--rule", "dfa"
    )
    assert code == 0
    assert "accuracy" in out


def test_a_table_and_a_folder_of_images_are_read(run: Run, tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    rows = [f"{a:.3f},{b:.3f},{a - b:.3f}" for a, b in rng.standard_normal((9, 2))]
    (tmp_path / "table.csv").write_text("first,second,yield\n" + "\n".join(rows) + "\n")
    more = (
        "--networks",
        "2",
        "--steps",
        "10",
        "--layers",
        "5",
        "--jobs",
        "1",
        "--certificates",
        "none",
        "--format",
        "",
    )
    code, out, _ = run(*more, "--data", "table.csv", "--target", "yield")
    assert code == 0
    assert "data: all 9 rows of table.csv" in out
    folder = tmp_path / "mnist"
    folder.mkdir()
    images, labels = rng.integers(0, 255, (8, 4, 4)), np.arange(8) % 2
    header = struct.pack(">4B3I", 0, 0, 8, 3, 8, 4, 4)
    (folder / "train-images-idx3-ubyte").write_bytes(header + images.astype(np.uint8).tobytes())
    (folder / "train-labels-idx1-ubyte").write_bytes(
        struct.pack(">4BI", 0, 0, 8, 1, 8) + labels.astype(np.uint8).tobytes()
    )
    code, out, _ = run(*more, "--data", "mnist", "--outputs", "2", "-n", "6")
    assert code == 0
    assert "data: 6 of 8 rows of train-images-idx3-ubyte, drawn at random; targets: " in out
    assert "one-hot vectors of the 2 classes" in out
    code, out, err = run(*more, "--data", "out")
    assert (code, out) == (2, "")
    assert err == "fa-theory: the folder out has no training images: expected train-images-idx3-ubyte, plain or .gz\n"


def test_an_interrupted_review_resumes(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from fa_theory.review import measure

    real, seen = measure.reviewed, list[int]()

    def stopping(job, out):  # type: ignore[no-untyped-def]
        seen.append(job.number)
        if len(seen) == 3:  # the first is the trial
            raise KeyboardInterrupt
        return real(job, out)

    monkeypatch.setattr(measure, "reviewed", stopping)
    plain = (*SMALL, "--certificates", "none", "--format", "")
    code, _, err = run(*plain)
    assert code == 130
    assert "interrupted" in err
    monkeypatch.setattr(measure, "reviewed", real)
    code, _, err = run(*plain)
    assert code == 0
    assert "resuming: 1 of 3 networks already finished" in err


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        (("--rule", "nonsense"), "unknown rule 'nonsense'; choose one of fa, dfa"),
        (("--rule", "none.py:x"), "there is no file none.py"),
        (("--rule", "none.py"), "name the rule in it as none.py:NAME"),
        (("--layers", "8,x"), "--layers takes widths separated by commas"),
        (("--layers", "0"), "--layers takes widths ≥ 1"),
        (("--layers", "1000000000"), "GiB"),
        (("--data", "nowhere.csv"), "neither a data source"),
        (("--data", "digits", "--outputs", "3"), "digits has 10 classes"),
        (("--confidence", "1"), "confidence strictly between 0 and 1"),
        (("--eta", "-1"), "expected a finite step size eta > 0 but got -1"),
        (("--loss", "cross-entropy"), "needs k ≥ 2 classes"),
        (("--format", "doc"), "--format takes html, tex, pdf but got 'doc'"),
        (("--networks", "10000000"), "--networks 10000000 exceeds the limit"),
        (("--activation", "tan"), "unknown activation 'tan'"),
    ],
)
def test_a_wrong_input_is_one_line_and_code_2(arguments: tuple[str, ...], part: str, run: Run) -> None:
    code, out, err = run(*arguments)
    assert (code, out) == (2, "")
    (line,) = err.splitlines()
    assert line.startswith("fa-theory: ")
    assert part in line
