"""Inequalities as files of conjectures, which ``fa-theory check`` takes; and domains as the command line names them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

from fa_theory.claims.library import imported
from fa_theory.conjectures import Domain
from fa_theory.errors import InputError

from .inequalities import Inequality

IMPORTS = "Domain, conjecture, eigmax, inner, largest, norm, row_norms, spectral_norm, sqrt, trace"


def read_domain(text: str) -> Domain:
    """A domain: ``FILE.py::NAME``, or its parameters, such as ``n=1..3,d=2,p=1..8,activation=tanh+relu,eta=0.01..1``.

    Examples
    --------
    >>> read_domain("n=1..3,d=2,p=4,steps=0,activation=tanh").whole("n")
    (1, 3)
    """
    if ".py" in text:
        file, _, name = text.partition("::")
        if not Path(file).is_file():
            raise InputError(f"there is no file {file}")
        found = {key: value for key, value in vars(imported(Path(file).resolve())).items() if isinstance(value, Domain)}
        if name not in found and (name or len(found) != 1):
            raise InputError(f"name a domain of {file}: {file}::NAME; it has {', '.join(found) or 'none'}")
        return found[name] if name else next(iter(found.values()))
    allowed = [f.name for f in fields(Domain) if f.name not in ("arrays", "bounds")]
    given: dict[str, Any] = {}
    for part in text.split(","):
        name, equals, value = part.strip().partition("=")
        if not equals or name not in allowed:
            raise InputError(
                f"expected a file or parameters such as n=1..3,d=2,p=4 out of {', '.join(allowed)}: {part!r}"
            )
        given[name] = _value(value)
    missing = [name for name in ("n", "d", "p") if name not in given]
    if missing:
        raise InputError(f"the domain needs {', '.join(missing)}, such as {missing[0]}=1..3")
    return Domain(**given)


def _value(text: str) -> Any:
    ends = [_number(part) for part in text.split("..")]
    if len(ends) == 2:
        return tuple(ends)
    return tuple(text.split("+")) if "+" in text else ends[0]


def _number(text: str) -> Any:
    if re.fullmatch(r"\d+", text):
        return int(text)
    try:
        return float(text)
    except ValueError:
        return text


def written(domain: Domain, found: Sequence[Inequality], library: dict[str, str]) -> str:
    """A file with one conjecture for each inequality, ``inequality_1`` and so on."""
    if domain.data or domain.arrays or domain.bounds:
        raise InputError("inequalities are sought in domains without own data, further arrays and bounds")
    defaults = {f.name: f.default for f in fields(Domain)}
    given = {f.name: getattr(domain, f.name) for f in fields(Domain)}
    changed = {name: value for name, value in given.items() if value != defaults[name] and value != {}}
    said = ", ".join(f"{name}={value!r}" for name, value in changed.items())
    lines = [
        '"""Inequalities that fa-theory discover inequalities found: sharp on samples, and not proved by that."""',
        "",
        f"from fa_theory.conjectures import {IMPORTS}  # noqa: F401",
        "",
        f"DOMAIN = Domain({said})",
    ]
    for number, each in enumerate(found, 1):
        lines += [
            "",
            "",
            "@conjecture(DOMAIN)",
            f"def inequality_{number}(run):",
            f'    """{each}."""',
            f"    return {each.source(library)}",
        ]
    return "\n".join([*lines, ""])
