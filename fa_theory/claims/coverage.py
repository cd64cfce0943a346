"""What a paper states, and what settles it: one row for every statement, settled or not.

Each paper of the package declares its rows as ``STATEMENTS`` in ``statements.py``, beside its proofs.
"""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from functools import cache

from fa_theory.errors import InputError
from fa_theory.papers import papers


@dataclass(frozen=True, slots=True)
class PaperStatement:
    """Something a paper states.

    Attributes
    ----------
    says
        The statement in a short plain sentence.
    claims
        Ids of the claims that settle it, or a part of it.
    unsettled
        What is left open here, and why. Empty if nothing is.

    Raises
    ------
    InputError
        If there are neither claims nor a reason.

    Examples
    --------
    >>> PaperStatement("Gradient flow conserves the bracket", ("robertson2024.neuron-bracket",)).is_settled
    True
    """

    says: str
    claims: tuple[str, ...] = ()
    unsettled: str = ""

    def __post_init__(self) -> None:
        if not self.claims and not self.unsettled:
            raise InputError(f"nothing settles the statement {self.says!r}; say why in `unsettled`")

    @property
    def is_settled(self) -> bool:
        """Whether nothing of it is left open."""
        return not self.unsettled


@cache
def coverage() -> dict[str, tuple[PaperStatement, ...]]:
    """The statements of every paper, by its key.

    Examples
    --------
    >>> {"song2021", "robertson2024"} <= set(coverage())
    True
    """
    return {name.rpartition(".")[2]: importlib.import_module(f"{name}.statements").STATEMENTS for name in papers()}
