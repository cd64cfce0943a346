"""The activations ψ: one file each, with everything the rest of the package needs to know of it.

The names are those the checker knows (`fa_theory.checker.ranges.ACTIVATIONS`), which has its own enclosures. For
each there is a module of that name here, whose ``PSI`` declares it.
"""

from __future__ import annotations

from importlib import import_module

from fa_theory.checker import ranges
from fa_theory.errors import InputError

from .activation import Activation, Span

__all__ = ["ACTIVATIONS", "Activation", "Span", "activation"]


def _declared(name: str) -> Activation:
    psi: Activation = import_module(f".{name}", __name__).PSI
    return psi


ACTIVATIONS: dict[str, Activation] = {name: _declared(name) for name in ranges.ACTIVATIONS}
"""By name."""


def activation(name: str | Activation) -> Activation:
    """Look an activation up by name; an activation is returned as it is.

    Raises
    ------
    InputError
        If there is no activation of that name; the message lists those that exist.
    """
    if isinstance(name, Activation):
        return name
    if not isinstance(name, str) or name not in ACTIVATIONS:
        raise InputError(f"unknown activation {name!r}; choose one of {', '.join(ACTIVATIONS)}")
    return ACTIVATIONS[name]
