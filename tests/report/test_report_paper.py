"""The report as a paper: both formats say the same, what is written once, and what must never be printed."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections import Counter
from html.parser import HTMLParser
from pathlib import Path

import msgspec
import pytest
from report_documents import claim, document, evidence

from fa_theory.claims.claim import Hypothesis
from fa_theory.claims.result import ClaimResult, ResultDocument
from fa_theory.cli import report as command
from fa_theory.errors import InputError
from fa_theory.model import notation
from fa_theory.record.evidence import Method, Result
from fa_theory.report import Rendered, render
from fa_theory.report.graph import layout
from fa_theory.report.mathematics import typeset
from fa_theory.report.view import report_view

WORD = re.compile(r"[A-Za-z]{2,}|\d+")


def plain_document() -> ResultDocument:
    """Everything but the claim whose texts are meant to hurt: its signs have different names in the two formats."""
    kept = [one for one in document().claims if one.id != "lillicrap2016.nasty"]
    return msgspec.structs.replace(document(), claims=kept, failures=[])


@pytest.fixture(scope="module")
def rendered(tmp_path_factory: pytest.TempPathFactory) -> Rendered:
    out = tmp_path_factory.mktemp("paper")
    return render(plain_document(), out, formats=("tex", "html"), author="A. B. & Č. Ď.", date="1 May 2026")


class _Words(HTMLParser):
    """Text of a page without pictures, formulas, styles and the list of contents."""

    SILENT = ("svg", "math", "style", "nav", "title")

    def __init__(self, html: str) -> None:
        super().__init__()
        self.depth, self.words = 0, ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.depth += tag in self.SILENT
        self.words += " " if tag in ("td", "th", "p", "li", "dt", "dd", "tr", "br", "div", "sup") else ""

    def handle_endtag(self, tag: str) -> None:
        self.depth -= tag in self.SILENT
        self.words += " " if tag in ("h1", "h2", "h3", "h4", "figure", "code", "pre", "a") else ""

    def handle_data(self, data: str) -> None:
        self.words += "" if self.depth else data


def arguments(tex: str, start: int, number: int) -> tuple[list[str], int]:
    """Arguments in braces from a place on, and where they end."""
    found = []
    for _ in range(number):
        start = tex.index("{", start)
        depth, end = 0, start
        while True:
            if tex[end] == "\\":
                end += 2
                continue
            depth += {"{": 1, "}": -1}.get(tex[end], 0)
            end += 1
            if not depth:
                break
        found.append(tex[start + 1 : end - 1])
        start = end
    return found, start


def only(tex: str, name: str, number: int, kept: int | None) -> str:
    """LaTeX in which a command is replaced by one of its arguments, or by nothing."""
    while (match := re.search(rf"\\{name}(?![A-Za-z])(?:\[[^\]]*\])?(?=\{{)", tex)) is not None:
        found, end = arguments(tex, match.end(), number)
        tex = tex[: match.start()] + " " + ("" if kept is None else found[kept]) + " " + tex[end:]
    return tex


def words_of_tex(tex: str) -> list[str]:
    """Words of the document, formulas and pictures left out."""
    body = tex[tex.index(r"\begin{document}") : tex.index(r"\end{document}")]
    body = re.sub(r"\\begin\{tikzpicture\}.*?\\end\{tikzpicture\}", "", body, flags=re.DOTALL)
    body = re.sub(r"\\endfirsthead.*?\\endhead", "", body, flags=re.DOTALL)
    body = re.sub(r"\\begin\{longtable\}.*|\\hyperref\[[^\]]*\]|\\allowbreak\{\}|\\label\{[^}]*\}", "", body)
    body = re.sub(r"(?<!\\)\$.*?(?<!\\)\$|(?<!\\)\\\[.*?(?<!\\)\\\]", " ", body, flags=re.DOTALL)
    body = re.sub(r"\\tableofcontents|\\(?:begin|end)\{[a-z]+\}(?:\[[^\]]*\])?", " ", body)
    for name, number, kept in (
        ("heading", 5, 2), ("verdict", 3, 2), ("textcolor", 2, None), ("drawn", 4, 2), ("dependencies", 2, 1),
        ("largegraph", 2, 1), ("longformula", 2, None), ("formula", 1, None), ("href", 2, 1), ("ensuremath", 1, None),
        ("ding", 1, None), ("setlength", 2, None),
    ):  # fmt: skip
        body = only(body, name, number, kept)
    body = re.sub(r"\\(?:text(?:tt|bf|superscript)|emph)\{", "{", body)
    body = body.replace("-{}", "-").replace("{}", "")
    return WORD.findall(re.sub(r"\\[A-Za-z]+\*?", " ", body))


def test_both_formats_say_the_same_word_for_word(rendered: Rendered) -> None:
    assert rendered.tex is not None
    assert rendered.html is not None
    html = WORD.findall(_Words(rendered.html.read_text()).words)
    tex = words_of_tex(rendered.tex.read_text())
    assert len(html) > 1000
    assert tex == html


def test_both_formats_draw_what_every_claim_rests_on(rendered: Rendered) -> None:
    assert rendered.tex is not None
    assert rendered.html is not None
    html, tex = rendered.html.read_text(), rendered.tex.read_text()
    drawn = re.findall(r'<figure class="graph">(.*?)</figure>', html, flags=re.DOTALL)
    resting = [each for each in plain_document().claims if each.uses]
    assert len([one for one in drawn if "Claims on which this claim depends." in one]) == len(resting) > 0
    assert len(drawn) == len(re.findall(r"\\begin\{tikzpicture\}", tex))
    boxes = [re.findall(r"<text [^>]*>(?:<tspan[^>]*>[^<]*</tspan> )?([^<]*)</text>", one) for one in drawn]
    pictures = re.findall(r"\\begin\{tikzpicture\}.*?\\end\{tikzpicture\}", tex, flags=re.DOTALL)
    for names, picture in zip(boxes, pictures, strict=True):
        assert names
        letters = re.sub(r"[^A-Za-z0-9]", "", picture)
        assert all(re.sub(r"[^A-Za-z0-9]", "", name) in letters for name in names)


@pytest.mark.skipif(not (shutil.which("pdflatex") and shutil.which("pdftotext")), reason="needs TeX and pdftotext")
def test_every_word_of_the_page_is_in_the_pdf(tmp_path: Path) -> None:
    done = render(plain_document(), tmp_path)
    assert done.notes == []
    assert done.pdf is not None
    assert done.html is not None
    found = subprocess.run(["pdftotext", str(done.pdf), "-"], capture_output=True, text=True, check=True).stdout
    in_pdf = Counter(re.findall("[a-z]{5,}", re.sub(r"-\n", "", found.lower().replace("\ufb01", "fi"))))
    page = Counter(re.findall(r"(?<![-./\w])[a-z]{5,}(?![-./\w])", _Words(done.html.read_text()).words.lower()))
    missing = {word: count for word, count in page.items() if in_pdf[word] < 0.8 * count - 1}
    assert not missing


def test_no_line_begins_with_the_sign_after_a_formula(rendered: Rendered) -> None:
    assert rendered.html is not None
    after = re.findall(r"</math>([.,;:)?].{7})", rendered.html.read_text())
    assert len(after) > 3
    assert all(one[1:] == "</span>" for one in after)


def test_title_author_date_and_abstract(rendered: Rendered) -> None:
    assert rendered.tex is not None
    assert rendered.html is not None
    html, tex = rendered.html.read_text(), rendered.tex.read_text()
    assert '<meta name="author" content="A. B. &amp; Č. Ď.">' in html
    assert '<p class="author">A. B. &amp; Č. Ď.</p>' in html
    assert "<b>Abstract.</b> This report states 7 claims about feedback alignment based on Song, Xu and" in html
    assert r"pdfauthor={A. B. \&" in tex
    assert "1 May 2026" in tex


def test_a_hypothesis_of_several_claims_and_the_rule_are_written_once(tmp_path: Path) -> None:
    rule, shared = (
        Hypothesis("feedback alignment", notation.STEP),
        Hypothesis("p<n and λ<γ", r"$p < n$, $\lambda < \gamma$"),
    )
    found = [_with("a.b", rule, shared), _with("a.c", rule, shared)]
    done = render(msgspec.structs.replace(document(), claims=found), tmp_path, formats=("tex", "html"))
    assert done.html is not None
    html = done.html.read_text()
    assert html.count(f'alttext="{notation.FIRST_STEP.replace("&", "&amp;")}') == 1
    assert html.count('alttext="\\lambda &lt; \\gamma"') == 1
    assert html.count('alttext="p&lt;n"') == html.count('alttext="λ&lt;γ"') == 3  # defined once, named twice


def _with(id: str, *hypotheses: Hypothesis) -> ClaimResult:
    return claim(id, Result.DERIVED, evidence(Method.SYMBOLIC, Result.DERIVED), hypotheses=list(hypotheses))


def test_files_of_another_report_do_not_stay_and_those_of_this_one_do(tmp_path: Path) -> None:
    render(document(), tmp_path, formats=("tex", "html"))
    (tmp_path / "report.pdf").touch()
    done = render(document(), tmp_path, formats="html", only="song2021.decay")
    assert done.notes == [f"removed report.tex, report.html, report.pdf of another report from {tmp_path}"]
    assert not (tmp_path / "report.pdf").exists()
    assert render(document(), tmp_path, formats="tex", only="song2021.decay").notes == []
    assert (tmp_path / "report.html").exists()
    assert "1 of 8 claims" in (tmp_path / "report.run").read_text()


def test_claims_stand_paper_by_paper(rendered: Rendered) -> None:
    shown = report_view(document())
    assert [paper.key for paper in shown.papers] == ["lillicrap2016", "song2021", "folklore"]
    assert [one.id for paper in shown.papers for one in paper.claims] == list(shown.number)


def test_only_what_settles_a_claim_stands_with_it() -> None:
    shown = report_view(document())
    decay = next(one for one in shown.claims if one.id == "song2021.decay")
    assert shown.lead["song2021.decay"].figure in decay.evidence[0].figures


def test_conjectures_are_called_so(tmp_path: Path) -> None:
    falsified = claim(
        "mine.grows", Result.FALSIFIED, evidence(Method.ENCLOSURE, Result.FALSIFIED), mutants=[], complete=False
    )
    run = msgspec.structs.replace(
        document(), claims=[falsified], seconds=7.5, budget=None, command="", failures=[], exit_code=1
    )
    done = render(run, tmp_path, formats=("html",))
    assert done.html is not None
    html = done.html.read_text()
    assert "budget 7.5 s per conjecture" in html
    assert "A conjecture was falsified or contradicted." in html
    for wrong in ("person must look", "Degenerate cases", "quick", "Not proved in the literature", "mutant"):
        assert wrong not in html, wrong


def test_graphs_keep_boxes_apart_and_within_the_line() -> None:
    uses = {f"a.x{k}": [f"a.x{j}" for j in range(max(k - 3, 0), k, 2)] for k in range(20)}
    found = layout(uses, {id: f"Theorem 1\nsome-rather-long-name-{id[2:]}" for id in uses})
    wide, high = found.box
    assert found == layout(uses, {id: f"Theorem 1\nsome-rather-long-name-{id[2:]}" for id in uses})
    assert all(wide / 2 - 1e-9 <= box.x <= 158 - wide / 2 + 1e-9 for box in found.boxes)
    for k, one in enumerate(found.boxes):
        for other in found.boxes[:k]:
            assert abs(one.x - other.x) >= wide or abs(one.y - other.y) >= high


@pytest.mark.parametrize(
    "text",
    [
        "a file out/run-1/x_1.json and an option --lam=0.2",
        "a letter, e.g. of a friend, at 10 networks",
        "5 and 6, yes (no) – 95 %",
        "0123456789abcdef" * 20,
        "my_variable and song2021.lazy-drift",
    ],
)
def test_words_are_no_formulas(text: str) -> None:
    assert [piece.text for piece in typeset(text) if piece.is_math] == []


def test_date_and_author_of_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "86400")
    assert command.released() == "2 January 1970"
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "soon")
    with pytest.raises(InputError, match="SOURCE_DATE_EPOCH is 'soon'"):
        command.released()
    monkeypatch.delenv("SOURCE_DATE_EPOCH")
    assert command.released() == ""
    monkeypatch.setenv("PATH", "")
    assert command.signature() == ""
