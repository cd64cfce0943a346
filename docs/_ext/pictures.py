"""``{picture}``: some lines of Python, or a command, with what they draw; they are run when the page is built.

The body of the directive is run as it stands and shown below its picture. Python ends with an expression: a drawing, a
figure as data, or a list of them. A command (``$ fa-theory …``) is run
in an empty folder, and ``:file:`` names the SVG that it writes there. Every picture follows the theme, light or dark.
"""

from __future__ import annotations

import ast
import hashlib
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ClassVar

from docutils import nodes
from docutils.parsers.rst import directives
from matplotlib.figure import Figure as Drawing
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from fa_theory.figures import draw
from fa_theory.figures.verdicts import GREY, INK, PALETTE, Drawn
from fa_theory.record.figure import Figure


def themed(svg: str) -> str:
    """A drawing whose black is the colour of the text, and whose other colours are lighter on a dark page."""
    svg = svg.replace("#ffffff", "transparent").replace(INK, "currentColor")
    for colour in (*PALETTE, GREY):
        for name, lighter in ((colour, "--lighter"), (Drawn(colour, "-", "o").dark, "--lighter-text")):
            mixed = f"color-mix(in srgb, {name.lower()}, white var({lighter}))"
            svg = re.sub(rf"(?<=: ){name}\b", mixed, svg, flags=re.IGNORECASE)
    return svg


def element(drawn: bytes | Drawing | Figure | list[Figure], description: str) -> str:
    """What was drawn, as an element of a page; figures of a list stand side by side, or below each other on a phone."""
    match drawn:
        case list():
            return (
                f'<div class="pictures">{"".join(element(draw.panels([each]), each.caption) for each in drawn)}</div>'
            )
        case Figure():
            drawn = draw.svg_file(draw.draw(drawn))
        case Drawing():
            drawn = draw.svg_file(drawn)
    prefix = f"fa{hashlib.sha256(drawn).hexdigest()[:8]}"  # ids in two pictures of one page must differ
    return f'<div class="picture">{themed(draw.svg_element(drawn, prefix, description))}</div>'


@contextmanager
def empty_folder() -> Iterator[Path]:
    """An empty folder as the current one."""
    before = Path.cwd()
    with tempfile.TemporaryDirectory() as name:
        os.chdir(name)
        try:
            yield Path(name)
        finally:
            os.chdir(before)


def value_of(code: str) -> Any:
    """Run lines of Python; the value of the last one."""
    tree = ast.parse(code)
    last = tree.body.pop()
    if not isinstance(last, ast.Expr):
        raise ValueError(f"the last line of a picture must be an expression, but it is {ast.unparse(last)}")
    names: dict[str, Any] = {}
    exec(compile(tree, "picture", "exec"), names)
    return eval(compile(ast.Expression(last.value), "picture", "eval"), names)


def written_by(commands: str, file: str) -> bytes:
    """Run commands of ours in the current folder; the file that they write."""
    script = re.sub(r"^\$ fa-theory", f"{sys.executable} -m fa_theory", commands, flags=re.MULTILINE)
    done = subprocess.run(["bash", "-ec", script], capture_output=True, text=True)
    if done.returncode:
        raise ValueError(f"{commands!r} ended with code {done.returncode}: {done.stderr}")
    return Path(file).read_bytes()


class Picture(SphinxDirective):
    """The directive; its argument describes the picture, also for those who cannot see it."""

    has_content = True
    required_arguments = 1
    final_argument_whitespace = True
    option_spec: ClassVar[dict[str, Any]] = {"file": directives.unchanged, "hidden": directives.flag}

    def run(self) -> list[nodes.Node]:
        """Draw, and show the lines."""
        for source in (__file__, draw.__file__):
            self.env.note_dependency(source)
        code, description = "\n".join(self.content), self.arguments[0]
        command = code.startswith("$ ")
        with empty_folder():
            drawn = written_by(code, self.options["file"]) if command else value_of(code)
        picture = nodes.raw("", element(drawn, description), format="html")
        caption = nodes.paragraph("", "", *self.parse_inline(description)[0], classes=["picture-caption"])
        shown = nodes.literal_block(code, code, language="console" if command else "python")
        return [picture] if "hidden" in self.options else [picture, caption, shown]


def setup(app: Sphinx) -> dict[str, bool]:
    """Register with Sphinx."""
    app.add_directive("picture", Picture)
    return {"parallel_read_safe": False}  # a picture is drawn in a folder of its own
