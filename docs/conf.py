"""The documentation: built by ``make docs``, every warning an error."""

from __future__ import annotations

import sys
from importlib.util import find_spec
from pathlib import Path

import fa_theory

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE / "_ext"))

project = "fa-theory"
author = "the authors of fa-theory"
version = release = fa_theory.__version__

extensions = [
    "sphinx.ext.autodoc",
    "myst_nb",
    "mathml",
    "docstrings",
    "api_pages",
    "claim_pages",
    "coverage_pages",
    "command_line",
    "schemas",
    "pictures",
    "verdict_terms",
    "citation",
]
exclude_patterns = ["_build", "generated/gallery", "generated/verdicts"]
templates_path = ["_templates"]
nitpicky = True
# types of other packages, which have no pages here
nitpick_ignore = [
    ("py:class", "Axes"),
    ("py:class", "Drawing"),
    ("py:class", "pd.DataFrame"),
    ("py:class", "xr.Dataset"),
    ("py:obj", "matplotlib.figure.Figure"),
]
default_role = "py:obj"

html_theme = "furo"
html_title = "fa-theory"
html_static_path = ["_static"]
html_css_files = ["fa-theory.css"]
html_show_sphinx = False
html_show_copyright = False
html_copy_source = False
html_theme_options = {"footer_icons": [], "navigation_with_keys": True}
html_math_renderer = "mathml"

# pages and notebooks

myst_enable_extensions = [
    "amsmath",
    "attrs_block",
    "attrs_inline",
    "colon_fence",
    "deflist",
    "dollarmath",
    "substitution",
]
myst_substitutions = {"version": release}
myst_heading_anchors = 3
nb_execution_mode = "cache"
nb_execution_raise_on_error = True
nb_execution_timeout = 120
nb_merge_streams = True

# the interface, from its docstrings

autodoc_default_options = {"members": True, "exclude-members": "__init__, __new__"}
autodoc_mock_imports = [name for name in ("jax",) if find_spec(name) is None]
autodoc_member_order = "bysource"
autodoc_typehints_format = "short"
autodoc_preserve_defaults = True
suppress_warnings = ["ref.python"]  # a short name with several homes: the nearest is linked
