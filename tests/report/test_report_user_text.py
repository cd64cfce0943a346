"""Texts of users in the report: whatever they write is printed, breaks no page and runs nothing."""

from __future__ import annotations

import re
import shlex
import shutil
from html import unescape
from pathlib import Path

import msgspec
import pytest
from report_documents import claim, document, evidence

from fa_theory.claims.claim import Fidelity, Hypothesis, Kind, Source
from fa_theory.claims.result import ClaimResult
from fa_theory.record.evidence import Artefact, CheckResult, Method, Result
from fa_theory.record.table import Table
from fa_theory.report import Rendered, latex, pdf, render

TEX = pytest.mark.skipif(shutil.which("pdflatex") is None, reason="needs pdflatex")
LONG = {
    "letters": "Pneumonoultramicroscopicsilicovolcanoconiosis" * 6,
    "underscores": "a_very_long_name_that_goes_on_and_on_and_" * 8,
    "path": "/srv/data/" + "experiments-2021/run_07/" * 15 + "x.json",
    "digits": "0123456789" * 30,
    "commands": r"\textbf\input{/etc/passwd}\write18{touch pwned}\csname end\endcsname" * 3,
    "specials": "_%#&${}^~<>|\"'`\\" * 12,
    "formulas": "$" + "x_1 + " * 60 + "y$ and $\\frac{1}{2}$ and 50 $ or 60 $",
    "hebrew-arabic": "שלום עולם " * 20 + "مرحبا بالعالم" * 20 + "\u202ereversed\u202c",
    "beyond-plane": "𝔘𝓃𝒾𝕔𝕠𝕕𝕖 😀👩‍👩‍👧 🇪🇺 " * 25,
    "cyrillic-chinese": "Сходимость " * 15 + "收敛" * 60,
    "markup": "<script>alert(document.title)</script><img src=x onerror=alert(1)>{{ 7*7 }}<% x %>" * 3,
    "hyphens": "--option -- --- fi ?` !` << >> ,, ''",
}


def written(id: str, text: str) -> ClaimResult:
    """A conjecture in which a user's text stands wherever one can."""
    found = evidence(
        Method.SAMPLING,
        Result.VACUOUS,
        procedure=text,
        says=text,
        rerun=f"fa-theory check {text}",
        tables=[Table(caption=text, columns=[text, "b"], rows=[[text, 1.0], ["x", None]])],
        artefacts=[Artefact(path=f"counterexamples/{text}.json", sha256="0" * 64, kind="counterexamples")],
    )
    check = CheckResult(name=text, says=text, holds=False, detail=text)
    return claim(
        id,
        Result.VACUOUS,
        found,
        title=text,
        summary=text,
        why=text,
        kind=Kind.CONJECTURE,
        hypotheses=[Hypothesis(name=text, statement="$p > 0$")],
        source=Source(f"{text}.py", text, Fidelity.OURS, proved=False),
        uses=["song2021.not-here"],
        mutants=[],
        degenerate=[check],
        witness=check,
    )


@pytest.fixture(scope="module")
def written_down(tmp_path_factory: pytest.TempPathFactory) -> Rendered:
    everything = msgspec.structs.replace(
        document(),
        claims=[written(f"users-file.{name}", text) for name, text in LONG.items()],
        failures=list(LONG.values()),
        command=shlex.join(["fa-theory", "check", *LONG.values()]),
        machine=LONG,
    )
    return render(everything, tmp_path_factory.mktemp("user"), formats=("tex", "html"))


@TEX
def test_user_text_is_typeset_within_the_margins(written_down: Rendered, tmp_path: Path) -> None:
    assert written_down.tex is not None
    assert pdf._run("pdflatex", written_down.tex, tmp_path, 120)
    log = (tmp_path / "report.log").read_text(errors="replace")
    assert not re.search(r"^!", log, re.MULTILINE)
    too_wide = [float(points) for points in re.findall(r"Overfull \\hbox \(([\d.]+)pt", log)]
    assert max(too_wide, default=0.0) < 10
    for problem in ("undefined", "multiply defined", "Missing character", "Rerun to get"):
        assert not re.search(rf"Warning.*{problem}|{problem}: ", log), problem
    assert not list(tmp_path.parent.rglob("pwned"))


@pytest.mark.parametrize("name", LONG)
def test_user_text_is_shown_literally_on_the_page(name: str, written_down: Rendered) -> None:
    assert written_down.html is not None
    html = written_down.html.read_text("utf-8")
    assert "<script" not in html
    assert "<img" not in html
    assert "49<" not in html
    if "$" not in LONG[name]:
        assert unescape(html).count(LONG[name].strip()) >= 5


@TEX
def test_every_sign_with_a_command_has_one_that_the_template_knows(tmp_path: Path) -> None:
    from pylatexenc.latexencode import get_builtin_uni2latex_dict

    signs = " ".join(chr(sign) for sign in get_builtin_uni2latex_dict() if sign > 0x20)
    one = claim("a.b", Result.DERIVED, evidence(Method.SYMBOLIC, Result.DERIVED, says=signs), title="signs", why="why")
    done = render(msgspec.structs.replace(document(), claims=[one], failures=[]), tmp_path, formats=("pdf",))
    assert done.notes == []


def test_two_hyphens_are_no_dash() -> None:
    assert latex.escape("--budget") == "-{}-budget"


def test_a_vacuous_conjecture_is_called_so_everywhere(tmp_path: Path) -> None:
    alone = msgspec.structs.replace(document(), claims=[written("mine.nothing", "nothing")], failures=[])
    done = render(alone, tmp_path, formats=("tex", "html"))
    assert done.tex is not None
    assert done.html is not None
    assert done.tex.read_text().count(r"{\ensuremath{\varnothing}}{vacuous}") >= 4
    assert "∅</span> vacuous" in done.html.read_text()
    assert "undecided" not in done.tex.read_text().replace("counts as undecided", "").replace(" is undecided,", "")
