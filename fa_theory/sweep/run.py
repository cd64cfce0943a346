"""Running a sweep: what the store does not have yet is carried out and stored."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import closing

from fa_theory.errors import FATheoryError

from .cells import Item
from .execute import Executor
from .store import Store

Tell = Callable[[Item], object]
"""Called with every work item just stored."""


def complete(items: Sequence[Item], store: Store, execute: Executor, *, tell: Tell = lambda item: None) -> None:
    """Carry out the work items that the store lacks, the longest first.

    Raises
    ------
    FATheoryError
        If work items failed, after all others are done; or if the workers are lost.
    """
    finished = store.finished()
    left = [item for item in items if item.key not in finished]
    left.sort(key=lambda item: -item.cost)  # so that no long one is left alone at the end
    failures = []
    with closing(execute(left)) as answers:
        for item, answer in answers:
            if isinstance(answer, str):
                failures.append(answer)
            else:
                store.add(item, answer)
                tell(item)
    if failures:
        raise FATheoryError(
            f"{len(failures)} of {len(items)} work items failed, first {min(failures)}; "
            "the others are kept, and the same command tries again"
        )
