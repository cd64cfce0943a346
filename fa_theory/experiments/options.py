"""Options as fields of a dataclass: type, default, range and help in one place."""

from __future__ import annotations

from collections import Counter
from dataclasses import MISSING, Field, dataclass, field, fields
from enum import StrEnum
from types import NoneType
from typing import Any, get_args, get_origin, get_type_hints

from fa_theory.errors import InputError


@dataclass(frozen=True, slots=True)
class Option:
    """An option of an experiment.

    Attributes
    ----------
    name
        Name of the field; on the command line ``_`` becomes ``-``.
    kind
        Type of the value, or of each value.
    several
        Whether it is a tuple of values.
    default
        None if the experiment chooses, `dataclasses.MISSING` if it must be given.
    help, least, metavar
        See `option`.
    """

    name: str
    kind: type[Any]
    several: bool
    default: Any
    help: str
    least: float | None
    metavar: str | None


def option(default: Any = MISSING, *, help: str, least: float | None = None, metavar: str | None = None) -> Any:
    """A field that is an option.

    Its type is ``int``, ``float``, ``bool``, ``Path`` or a `StrEnum`, a tuple of numbers or of the members of a
    `StrEnum`, or one of these ``| None``.

    Parameters
    ----------
    default
        None means that the experiment chooses; without a default the option is required.
    help
        One sentence; if the default is None, it states what is chosen.
    least
        The smallest value allowed.
    metavar
        Placeholder for the value in the help.
    """
    return field(default=default, metadata={"help": help, "least": least, "metavar": metavar})


def options(experiment: type) -> tuple[Option, ...]:
    """The options of an experiment: required ones first, the seed last.

    Examples
    --------
    >>> @dataclass(frozen=True, kw_only=True)
    ... class Dice:
    ...     sides: tuple[int, ...] | None = option(None, help="Numbers of sides; default: 4 to 20.")
    >>> [(one.name, one.kind, one.several) for one in options(Dice)]
    [('sides', <class 'int'>, True)]
    """
    hints = get_type_hints(experiment)
    found = [_option(each, hints[each.name]) for each in fields(experiment)]
    return tuple(sorted(found, key=lambda one: (one.name == "seed", one.default is not MISSING)))


def _option(each: Field[Any], hint: Any) -> Option:
    if NoneType in get_args(hint):
        (hint,) = (kind for kind in get_args(hint) if kind is not NoneType)
    several = get_origin(hint) is tuple
    return Option(each.name, get_args(hint)[0] if several else hint, several, each.default, **each.metadata)


def check(experiment: Any) -> None:
    """Reject values that are out of range or repeated, and convert the names of choices.

    Raises
    ------
    InputError
        The message names the option.
    """
    for one in options(type(experiment)):
        value = getattr(experiment, one.name)
        if value is None:
            continue
        values = tuple(_checked(one, each) for each in (value if one.several else (value,)))
        twice = [each for each, count in Counter(values).items() if count > 1]
        if twice:
            raise InputError(f"{one.name} contains {twice[0]} twice; give every value once")
        if not values:
            raise InputError(f"{one.name} is empty; give at least one value")
        object.__setattr__(experiment, one.name, values if one.several else values[0])


def _checked(one: Option, value: Any) -> Any:
    if issubclass(one.kind, StrEnum):
        if value not in list(one.kind):
            raise InputError(f"{one.name} has no choice {value!r}; choose from {', '.join(one.kind)}")
        return one.kind(value)
    if one.least is not None and not value >= one.least:
        raise InputError(f"expected {one.name} ≥ {one.least:g} but got {value!r}")
    return value
