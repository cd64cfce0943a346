"""The report: from a result document to LaTeX, HTML, drawings and PDF."""

from __future__ import annotations

import os
import re
import shutil
import stat
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from html import unescape
from html.parser import HTMLParser
from pathlib import Path

import msgspec
import pytest
from report_documents import DERIVATION, ERROR, NASTY, RERUN, SCALING, claim, document, evidence

from fa_theory.errors import FATheoryError, InputError
from fa_theory.figures import draw as figures
from fa_theory.record.evidence import Method, Result
from fa_theory.record.figure import Curve
from fa_theory.record.text import interval, number, pieces
from fa_theory.report import Rendered, graph, latex, markup, pdf, render


@pytest.fixture(scope="module")
def rendered(tmp_path_factory: pytest.TempPathFactory) -> Rendered:
    return render(document(), tmp_path_factory.mktemp("report"), formats=("tex", "html"))


class Page(HTMLParser):
    """Checks that elements are closed, and collects ids, links and the text."""

    VOID = frozenset({"meta", "br", "link", "img", "hr"})

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.ids: list[str] = []
        self.links: list[str] = []
        self.tags: set[str] = set()
        self.words = ""
        self.feed(html)
        assert not self.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        found = dict(attrs)
        self.ids += [value for value in [found.get("id")] if value]
        self.links += [value for name in ("href", "xlink:href", "src") if (value := found.get(name))]
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in self.VOID:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words += data


@pytest.fixture(scope="module")
def page(rendered: Rendered) -> Page:
    assert rendered.html is not None
    return Page(rendered.html.read_text("utf-8"))


@pytest.fixture(scope="module")
def tex(rendered: Rendered) -> str:
    assert rendered.tex is not None
    return rendered.tex.read_text("utf-8")


def test_a_document_determines_every_byte(rendered: Rendered, tmp_path: Path) -> None:
    assert rendered.tex is not None
    again = render(document(), tmp_path, formats=("tex", "html"))
    assert again.notes == rendered.notes == []
    first, second = (
        {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
        for folder in (rendered.tex.parent, tmp_path)
    )
    assert first == second
    assert len([path for path in first if path.suffix == ".pdf"]) == 5


def test_page_is_closed_in_itself(page: Page) -> None:
    assert len(page.ids) == len(set(page.ids))
    inside = {f"#{id}" for id in page.ids}
    outside = {link for link in page.links if link not in inside}
    assert all(re.match(r"https://(doi|arxiv)\.org/", link) for link in outside), outside
    assert not page.tags & {"script", "link", "img", "iframe"}
    assert {"#song2021.decay", "#reference-song2021"} <= set(page.links)


def test_page_shows_user_text_literally(page: Page) -> None:
    assert NASTY in page.words
    assert "𝐊" in page.words
    assert "ℝ" in page.words
    assert "中, 😀" in page.words


@pytest.mark.parametrize(
    ("sign", "command", "words"),
    [
        ("■", r"\ensuremath{\blacksquare}", "derived"),
        ("●", r"\ding{108}", "enclosed"),
        ("○", r"\raisebox{0.15ex}{\scalebox{0.7}{\ensuremath{\boldsymbol{\bigcirc}}}}", "supported"),
        ("✗", r"\ding{55}", "falsified"),
        ("✗", r"\ding{55}", "falsified as stated"),
        ("?", r"\textbf{?}", "undecided"),
        ("–", r"\textendash{}", "not run"),
    ],
)
def test_every_verdict_has_symbol_and_word(page: Page, tex: str, sign: str, command: str, words: str) -> None:
    assert page.words.count(f"{sign} {words}") >= 3
    assert tex.count(f"{{{command}}}{{{words}}}") >= 3


def test_what_must_be_printed(page: Page, tex: str) -> None:
    for expected in (
        RERUN,
        "0.2, λ=0.3 for 60 steps",
        "[0.8318, 1] at 99 %",
        "20 instances",
        "20 networks",
        "20210607",
        "Fastcore 9",
    ):
        assert expected in page.words
    assert "fa-theory recheck certificates/song2021.decay-*.json" in page.words
    assert "Refuted by: networks of width 8. Repaired by theorem 3" in page.words
    assert "song2021.not-in-this-run (not part of this run)" in page.words
    for expected in (r"Repaired by \hyperref[x:song2021.decay]{theorem 3}", r"{[SXL21}, Theorem 3.2]"):
        assert expected in tex


def test_only_cited_references_are_printed(page: Page, tex: str) -> None:
    assert "Convergence and alignment of gradient descent" in page.words
    assert r"\item[{[SXL21]}]" in tex
    assert "moskovitz2018}" not in tex
    assert "folklore" in page.words


def test_formulas_become_mathml_or_stay_legible(page: Page) -> None:
    assert "math" in page.tags
    assert "<math" in markup.formula(r"\begin{aligned} a &= b \\ &\le \tilde G_{ij} \end{aligned}", display=True)
    assert "mtable" in markup.formula(r"a &= b \\ &= c", display=True)
    assert markup.formula(r"\nonsense{<x>}") == '<span class="tex"><code>\\nonsense{&lt;x&gt;}</code></span>'
    for row in DERIVATION:
        ElementTree.fromstring(str(markup.formula(row.latex, display=True)))
        assert "<math" in markup.formula(row.latex, display=True)


def test_statement_keeps_emphasis_lists_and_references() -> None:
    html = markup.fragment(
        r"\emph{all} $x$ 5\% \cref{claim:a.b} ``so''~-- \begin{itemize}\item $y$\end{itemize} <b>",
        {"claim:a.b": "lemma 3"},
    )
    assert html.startswith("<em>all</em> <math")
    assert '5% <a href="#a.b">lemma 3</a> “so”' in html
    assert "<ul><li><math" in html
    assert html.endswith("&lt;b&gt;")


def test_latex_is_ascii_and_knows_greek(tex: str) -> None:
    assert tex.isascii()
    assert latex.text("ψ ≥ $λ$ at 5 $") == r"\ensuremath{\psi} \ensuremath{\geq} $\ensuremath{\lambda}$ at 5 \$"
    assert latex.escape("e⁻¹² x₁₀ γ̃ Ḡ ᵀ") == (
        r"e\ensuremath{^{-12}} x\ensuremath{_{10}} \ensuremath{\tilde{\ensuremath{\gamma}}} "
        r"\ensuremath{\bar{G}} \ensuremath{^{T}}"
    )
    for sign in r"\{}$&#^_%~":
        assert re.sub(r"\\[a-zA-Z]+(\{\})?|\\.|[{}]", "", latex.escape(sign)) == ""


@pytest.mark.parametrize("text", ["$x$y$", "$5 and $6", "$ x $", "$}{$", "$a%b$", "$x_$", "$a & b$"])
def test_doubtful_dollars_are_dollars(text: str) -> None:
    assert "".join(piece.text for piece in pieces(text) if not piece.is_math).count("$") >= 1


def test_numbers_and_outward_intervals() -> None:
    assert [number(v) for v in (0.0, -0.5, 123456.0, 1e-5, -2e10)] == ["0", "−0.5", "1.235 × 10⁵", "10⁻⁵", "−2 × 10¹⁰"]
    assert interval(0.12345678, 0.98765432) == "[0.1234, 0.9877]"
    assert interval(-0.12345678, -1e-9) == "[−0.1235, −10⁻⁹]"


def test_a_figure_that_cannot_be_drawn_is_a_note(tmp_path: Path) -> None:
    curve = Curve(label="run", x=[1.0, 2.0], y=[1.0])
    bad = msgspec.structs.replace(ERROR, curves=[curve])
    made = claim("a.b", Result.ENCLOSED, evidence(Method.ENCLOSURE, Result.ENCLOSED, figures=[bad]))
    done = render(msgspec.structs.replace(document(), claims=[made]), tmp_path, formats=("html",))
    assert done.tex is None
    assert done.notes == [
        "figure 1 was not drawn: the figure 'error' has a curve 'run' with 2 x and 1 y; the lengths must agree"
    ]
    assert "could not be drawn" in (tmp_path / "report.html").read_text()


def test_labels_that_matplotlib_does_not_know_become_plain() -> None:
    assert figures.label(r"$\lVert e\rVert$ of $p") == r"$\Vert  e\Vert $ of \$p"
    assert figures.label(r"$\mathfrk{x}\alpha$") == "xα"


def test_axis_marks_are_the_widths_tried() -> None:
    axes = figures.draw(SCALING).axes[0]
    assert [tick.get_text() for tick in axes.get_xticklabels()] == ["50", "100", "200", "400", "800"]
    assert {text.get_text() for text in axes.texts} == {"observed", "$\\propto p^{-0.5}$"}
    assert axes.get_legend() is None


def test_claims_in_a_circle_are_refused() -> None:
    with pytest.raises(InputError, match="in a cycle"):
        graph.links({"a.x": ["a.y"], "a.y": ["a.x"]})


def test_wrong_use(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="unknown format 'docx'"):
        render(document(), tmp_path, formats=("docx",))
    occupied = tmp_path / "file"
    occupied.touch()
    with pytest.raises(FATheoryError, match="choose another folder"):
        render(document(), occupied, formats=("html",))


def test_an_empty_document_is_a_report(tmp_path: Path) -> None:
    empty = msgspec.structs.replace(document(), claims=[], failures=[], command="", exit_code=0)
    assert render(empty, tmp_path, formats=("tex", "html")).notes == []


def _engine(folder: Path, script: str) -> None:
    folder.mkdir(exist_ok=True)
    program = folder / "pdflatex"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)


def test_no_engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    tex = tmp_path / "report.tex"
    tex.touch()
    (tmp_path / "report.pdf").touch()
    made, notes = pdf.typeset(tex)
    assert made is None
    assert not (tmp_path / "report.pdf").exists(), "a PDF of an earlier run would be mistaken for this one"
    assert "compiles elsewhere" in notes[0]
    assert "texlive-latex-extra" in notes[0]


def test_engine_that_hangs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _engine(tmp_path / "bin", "exec sleep 60")
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}")
    (tmp_path / "report.tex").touch()
    assert "did not finish within 0.2 s" in pdf.typeset(tmp_path / "report.tex", seconds=0.2)[1][0]


def test_engine_that_stops(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    script = (
        "for a; do case $a in -output-directory=*) d=${a#*=};; esac; done\n"
        'echo "./report.tex:7: Oh no" > "$d/report.log"; exit 1'
    )
    _engine(tmp_path / "bin", script)
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}")
    (tmp_path / "report.tex").touch()
    made, notes = pdf.typeset(tmp_path / "report.tex")
    assert made is None
    assert notes == [f"pdflatex stopped (no PDF): ./report.tex:7: Oh no; see {tmp_path / 'report.log'}"]


@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="needs pdflatex")
def test_typesets_without_errors_and_within_the_margins(rendered: Rendered, tmp_path: Path) -> None:
    assert rendered.tex is not None
    pages = []
    for name in ("one", "two"):
        work = tmp_path / name
        work.mkdir()
        assert pdf._run("pdflatex", rendered.tex, work, 180)
        pages.append((work / "report.pdf").read_bytes())
    assert pages[0] == pages[1]
    log = (tmp_path / "one" / "report.log").read_text(errors="replace")
    too_wide = [float(points) for points in re.findall(r"Overfull \\hbox \(([\d.]+)pt", log)]
    assert max(too_wide, default=0.0) < 10
    for problem in ("undefined", "multiply defined", "Missing character", "invalid in math mode", "Rerun"):
        assert not re.search(rf"Warning.*{problem}|{problem}: ", log), problem


@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="needs pdflatex")
@pytest.mark.parametrize("formula", [r"\nonsense{x}", r"\input{secret}", r"\frac{1", "x^2^3", "a & b", r"\left( x"])
def test_a_formula_that_tex_would_reject_is_shown_as_its_source(formula: str, tmp_path: Path) -> None:
    (tmp_path / "secret.tex").write_text("what nobody may read")
    wrong = claim(
        "a.b", Result.DERIVED, evidence(Method.SYMBOLIC, Result.DERIVED), statement=rf"\input{{secret}} ${formula}$ end"
    )
    done = render(msgspec.structs.replace(document(), claims=[wrong]), tmp_path)
    assert done.notes == []
    assert done.html is not None
    assert done.tex is not None
    assert "nobody may read" not in done.html.read_text()
    assert r"\input{secret}" in unescape(done.html.read_text())
    assert r"\input" not in done.tex.read_text()


def test_import_is_light() -> None:
    heavy = ("matplotlib", "jinja2", "pybtex", "pylatexenc", "latex2mathml", "numpy", "sympy")
    program = f"import fa_theory.report, sys; print([name for name in {heavy} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
