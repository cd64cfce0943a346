"""The folder of a report holds the files of only one report, so that files of different runs are not confused."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

from fa_theory.work.files import write

from .view import View

STAMP = "report.run"
"""Identifies the report that the files belong to."""
_FILES = ("report.tex", "report.html", "report.pdf", "report.log")


def clear(out: Path, shown: View) -> list[str]:
    """Remove the files of any other report, and figures; then record which report the folder holds.

    Returns
    -------
    list of str
        A note on removed files that the user may miss.
    """
    ids = " ".join(claim.id for claim in shown.claims)
    name = hashlib.sha256("\n".join([shown.digest, ids, shown.author, shown.date]).encode()).hexdigest()
    stamp = out / STAMP
    same = stamp.is_file() and stamp.read_text("utf-8", "replace").split()[:1] == [name]
    removed = [] if same else [file for file in _FILES if (out / file).is_file()]
    for file in removed:
        (out / file).unlink()
    for old in (out / "figures").glob("*.pdf"):
        if re.fullmatch(r"dependencies|\d{2,}-[\w-]+", old.stem):
            old.unlink()
    shown_of = f"{len(shown.claims)} of {len(shown.claims) + len(shown.left_out)} {shown.noun[1]}"
    write(stamp, f"{name}\nresult document {shown.digest}: {shown.document.command or 'from Python'}; {shown_of}\n")
    papers = [file for file in removed if file != "report.log"]
    return [f"removed {', '.join(papers)} of another report from {out}"] if papers else []
