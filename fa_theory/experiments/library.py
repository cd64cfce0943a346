"""Finding experiments in the folders ``experiments`` of the papers."""

from __future__ import annotations

import importlib
import importlib.util
import inspect
from functools import cache
from types import ModuleType
from typing import Any

from fa_theory.errors import InputError
from fa_theory.papers import papers

from .experiment import Experiment


@cache
def experiments() -> dict[str, type[Experiment[Any]]]:
    """All experiments by name, in the order of ``EXPERIMENTS`` in the ``__init__`` of their folders.

    Raises
    ------
    InputError
        If two experiments share a name.
    """
    found: dict[str, type[Experiment[Any]]] = {}
    for paper in papers():
        folder = f"{paper}.experiments"
        if importlib.util.find_spec(folder) is None:
            continue
        for module in importlib.import_module(folder).EXPERIMENTS:
            for each in experiments_of(importlib.import_module(f"{folder}.{module}")):
                if each.name in found:
                    raise InputError(f"{found[each.name].__module__} and {each.__module__} both declare {each.name}")
                found[each.name] = each
    return found


def experiments_of(module: ModuleType) -> list[type[Experiment[Any]]]:
    """The experiments that a module declares.

    Raises
    ------
    InputError
        If there are none.
    """
    found = [
        value
        for value in vars(module).values()
        if inspect.isclass(value)
        and issubclass(value, Experiment)
        and value.__module__ == module.__name__
        and not inspect.isabstract(value)
    ]
    if not found:
        raise InputError(f"{module.__name__} declares no experiment; derive a class from Experiment")
    return found
