"""The report: LaTeX, HTML and PDF from one result document and nothing else."""

from .render import FORMATS, Rendered, render

__all__ = ["FORMATS", "Rendered", "render"]
