"""A run with a ledger and two workers that write down who they are, to be killed: ``resumed_jobs.py FOLDER JOBS``."""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path
from typing import Any

from fa_theory.work.files import write
from fa_theory.work.resumable import performed


def work(job: tuple[str, int]) -> dict[str, Any]:
    """Note the process, take a moment, note the job."""
    folder, number = job
    with open(f"{folder}/pids", "a") as log:
        log.write(f"{os.getpid()}\n")
    time.sleep(0.01)
    with open(f"{folder}/done", "a") as log:
        log.write(f"{number}\n")
    return {"square": number**2}


def main(folder: str, count: int) -> None:
    """Do the jobs, and write what they gave."""
    jobs = [(folder, i) for i in range(count)]
    with performed(Path(folder) / "ledger.sqlite", "key", jobs, work, workers=2) as found:
        write(Path(folder) / "results.json", json.dumps([found[job]["square"] for job in jobs]))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
