"""The report: LaTeX, HTML and PDF out of one result document, and out of nothing else."""

from .render import FORMATS, Rendered, render

__all__ = ["FORMATS", "Rendered", "render"]
