"""Running a sweep: items missing from the store are computed and stored."""

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
    """Compute the work items missing from the store, the shortest first; return one line for each failure.

    Raises
    ------
    FATheoryError
        If the workers are lost.
    """
    finished = store.finished()
    left = [item for item in items if item.key not in finished]
    left.sort(key=lambda item: item.cost)  # so that one too large for the memory does not prevent others
    failures = []
    with closing(execute(left)) as answers:
        for item, answer in answers:
            if isinstance(answer, str):
                failures.append(answer)
            else:
                store.add(item, answer)
                notify(item)
    return failures
