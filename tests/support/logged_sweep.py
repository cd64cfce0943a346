"""``fa-theory sweep``, with a line in a log for every work item that a worker begins, and time to be killed in it."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

from fa_theory.cli import main
from fa_theory.sweep import execute, work
from fa_theory.sweep.cells import Item
from fa_theory.sweep.work import Record


def logged(item: Item) -> Record | str:
    with open(os.environ["SWEEP_LOG"], "a") as log:
        log.write(f"{item.number} {item.first} {os.getpid()}\n")
    time.sleep(0.05)
    return work.carry_out(item)


def begun(log: Path) -> list[tuple[int, int]]:
    """Keys of the work items that were begun, as often as they were."""
    rows = [tuple(map(int, row.split())) for row in log.read_text().splitlines()] if log.exists() else []
    return [(number, first) for number, first, _ in rows]


if __name__ == "__main__":
    execute.carry_out = logged
    sys.exit(main())
