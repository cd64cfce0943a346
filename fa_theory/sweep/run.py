"""Running a sweep: what the store does not have yet is carried out and stored."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import closing

from .cells import Item
from .execute import Executor
from .store import Store

Notify = Callable[[Item], object]
"""Called with every work item just stored."""


def run_items(
    items: Sequence[Item], store: Store, execute: Executor, *, notify: Notify = lambda item: None
) -> list[str]:
    """Carry out the work items that the store lacks, the shortest first; return a line for each that failed.

    Raises
    ------
    FATheoryError
        If the workers are lost.
    """
    finished = store.finished()
    left = [item for item in items if item.key not in finished]
    left.sort(key=lambda item: item.cost)  # so that one too large for the memory stops no other
    failures = []
    with closing(execute(left)) as answers:
        for item, answer in answers:
            if isinstance(answer, str):
                failures.append(answer)
            else:
                store.add(item, answer)
                notify(item)
    return failures
