"""The documents behind the verdicts of a run, one a line; fails if a verdict above supported names none.

python .ci/documents.py out/results.json
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from fa_theory.record.evidence import SHOWN, Method, Result


def documents(results: Path) -> list[str]:
    """Paths of all documents of a result file; they lie in its folder."""
    found = []
    for claim in json.loads(results.read_text("utf-8"))["claims"]:
        for evidence in claim["evidence"]:
            paths = [results.parent / artefact["path"] for artefact in evidence.get("artefacts", ())]
            if Result(evidence["result"]) in SHOWN and evidence["method"] != Method.KERNEL and not paths:
                sys.exit(f"{claim['id']}: {evidence['procedure']} is {evidence['result']} without a document")
            found += [str(path) for path in paths]
    return list(dict.fromkeys(found))


if __name__ == "__main__":
    print("\n".join(documents(Path(sys.argv[1]))))
