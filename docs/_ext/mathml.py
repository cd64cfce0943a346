"""Formulas as MathML, written when the site is built: it needs no script and no network, and looks like the report.

A formula that cannot be converted is a warning, and so stops the build.
"""

from __future__ import annotations

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util import logging
from sphinx.writers.html5 import HTML5Translator

from fa_theory.report import markup

logger = logging.getLogger(__name__)


def _written(node: nodes.Element, *, display: bool) -> str:
    html = str(markup.formula(node.astext(), display=display))
    if 'class="tex"' in html:
        logger.warning("formula not understood: %s", node.astext(), location=node)
    return html


def inline(self: HTML5Translator, node: nodes.math) -> None:
    """A formula in a line."""
    self.body.append(_written(node, display=False))
    raise nodes.SkipNode


def block(self: HTML5Translator, node: nodes.math_block) -> None:
    """A displayed formula."""
    self.body.append(_written(node, display=True))
    raise nodes.SkipNode


def setup(app: Sphinx) -> dict[str, bool]:
    """Register with Sphinx."""
    app.add_html_math_renderer("mathml", (inline, None), (block, None))
    return {"parallel_read_safe": True, "parallel_write_safe": True}
