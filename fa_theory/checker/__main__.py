"""``fa-theory-check FILE…``: check certificates, one line each.

Exit code 0: all valid · 1: some invalid · 2: some file unreadable or malformed.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from importlib.metadata import version

from .decay.from_start import ARITHMETICS
from .document import MalformedDocument
from .recheck import recheck_file


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit code."""
    parser = argparse.ArgumentParser(
        prog="fa-theory-check",
        description="Check certificates of the fa-theory suite in ball arithmetic, from their exact data alone.",
        epilog="exit code 0: all valid; 1: some invalid; 2: some file unreadable or malformed",
    )
    parser.add_argument("--version", action="version", version=f"fa-theory-check {version('fa-theory')}")
    parser.add_argument("files", nargs="+", metavar="FILE", help="certificate (JSON)")
    parser.add_argument("--json", action="store_true", help="print one JSON object per line")
    parser.add_argument("--precision", type=int, metavar="BITS", help="working precision (default: 64, then 192)")
    parser.add_argument(
        "--arithmetic",
        choices=ARITHMETICS,
        default="arb",
        help="of the steps of decay- and curve-from-start: arb (default), balls; binary64, floats with proved bounds",
    )
    options = parser.parse_args(arguments)
    if options.precision is not None and not 32 <= options.precision <= 65536:
        parser.error(f"expected a precision from 32 to 65536 bits but got {options.precision}")
    worst = 0
    for path in options.files:
        bounds: dict[str, float] = {}
        data: tuple[str, ...]
        trusted, data = "", ()
        try:
            verdict = recheck_file(path, precision=options.precision, arithmetic=options.arithmetic)
            word, reason, bounds = "valid" if verdict.valid else "INVALID", verdict.reason, verdict.bounds
            trusted, data = verdict.trusted, verdict.data
        except MalformedDocument as error:
            word, reason = "MALFORMED", str(error)
        except OSError as error:
            word, reason = "UNREADABLE", error.strerror or str(error)
        worst = max(worst, {"valid": 0, "INVALID": 1, "MALFORMED": 2, "UNREADABLE": 2}[word])
        line = f"{path}: {word}: {reason}" + (f"; trusted: {trusted}" if "binary64" in trusted else "")
        line += f"; files: {', '.join(data)}" if data else ""
        if options.json:
            line = json.dumps(
                {"file": path, "result": word.lower(), "reason": reason, "bounds": bounds, "trusted": trusted}
            )
        print(line.encode(sys.stdout.encoding or "utf-8", "replace").decode(sys.stdout.encoding or "utf-8"))
    return worst


if __name__ == "__main__":
    sys.exit(main())
