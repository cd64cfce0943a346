"""The papers whose proofs come with the package."""

from __future__ import annotations

import importlib
import pkgutil

PROOFS = "fa_theory.proofs"


def papers() -> list[str]:
    """Names of the packages below `PROOFS` that belong to one paper.

    Examples
    --------
    >>> "fa_theory.proofs.song2021" in papers(), "fa_theory.proofs.shared" in papers()
    (True, False)
    """
    folders = pkgutil.iter_modules(importlib.import_module(PROOFS).__path__, f"{PROOFS}.")
    return [folder.name for folder in folders if folder.name != f"{PROOFS}.shared"]
