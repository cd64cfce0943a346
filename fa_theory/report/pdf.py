"""Typesetting with any installed TeX engine; the other formats of the report need none."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

from fa_theory.work.files import write

_ENGINES = ("pdflatex", "lualatex", "xelatex", "tectonic")
_INSTALL = "install one (Debian: apt install texlive-latex-extra texlive-fonts-recommended lmodern)"
_RUNS = 4


def typeset(tex: Path, *, seconds: float = 120) -> tuple[Path | None, list[str]]:
    """Compile a LaTeX file to a PDF next to it.

    Parameters
    ----------
    tex
        The file.
    seconds
        Time limit for each run of the engine.

    Returns
    -------
    tuple
        The PDF, or None, and notes for the user. The log is kept as ``.log`` only after an error.
    """
    pdf, log = tex.with_suffix(".pdf"), tex.with_suffix(".log")
    for stale in (pdf, log):
        stale.unlink(missing_ok=True)
    engine = next(filter(shutil.which, _ENGINES), None)
    if engine is None:
        return None, [
            f"no PDF, because no TeX engine is installed; {tex} is complete and compiles elsewhere; {_INSTALL}"
        ]
    with tempfile.TemporaryDirectory(prefix="fa-theory-") as folder:
        work = Path(folder)
        try:
            ok = _run(engine, tex, work, seconds)
        except subprocess.TimeoutExpired:
            return None, [f"{engine} did not finish within {seconds:g} s, so there is no PDF; compile {tex} manually"]
        except OSError as error:
            return None, [f"{engine} does not start ({error.strerror}), so there is no PDF; {_INSTALL}"]
        made = work / pdf.name
        if made.exists():
            write(pdf, made.read_bytes())
        if ok and made.exists():
            return pdf, []
        return _failure(engine, tex, work)


def _run(engine: str, tex: Path, work: Path, seconds: float) -> bool:
    """Run until the cross-references are stable."""
    if engine == "tectonic":
        command = [engine, "--untrusted", "--keep-logs", "--outdir", str(work), tex.name]
    else:
        flags = ["-interaction=nonstopmode", "-file-line-error", "-no-shell-escape"]
        command = [engine, *flags, f"-output-directory={work}", tex.name]
    # The date 0 keeps the clock out of the PDF.
    quiet = {"SOURCE_DATE_EPOCH": "0", "FORCE_SOURCE_DATE": "1", "max_print_line": "1000"}
    # TeX reads and writes below the folder of the report and in its work folder, and nowhere else.
    quiet |= {"openin_any": "p", "openout_any": "p", "TEXMFOUTPUT": str(work)}
    before: list[bytes] = []
    for _ in range(1 if engine == "tectonic" else _RUNS):
        done = subprocess.run(
            command,
            cwd=tex.parent,
            env={**os.environ, **quiet},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=seconds,
            check=False,
        )
        if done.returncode:
            return False
        after = [file.read_bytes() for file in sorted(work.glob("*")) if file.suffix in (".aux", ".toc", ".out")]
        if after == before:
            break
        before = after
    return True


def _failure(engine: str, tex: Path, work: Path) -> tuple[Path | None, list[str]]:
    pdf, log, made = tex.with_suffix(".pdf"), tex.with_suffix(".log"), work / tex.with_suffix(".log").name
    first = "no message"
    if made.exists():
        write(log, made.read_bytes())
        lines = made.read_text(errors="replace").splitlines()
        first = next((line for line in lines if re.match(r"!|.*\.tex:\d+: ", line)), first)
    hint = f"; a package is missing: {_INSTALL}" if "not found" in first else ""
    kept = "the PDF may be incomplete" if pdf.exists() else "no PDF"
    return (pdf if pdf.exists() else None), [f"{engine} stopped ({kept}): {first}{hint}; see {log}"]
