"""A learning rule by its name, or one that a Python file of the user defines."""

from __future__ import annotations

from pathlib import Path

from fa_theory.claims.library import imported
from fa_theory.errors import InputError
from fa_theory.model.rules import RULES, Rule, as_rule


def file_of(text: str) -> Path | None:
    """The file of ``FILE.py:NAME``, or None if the text is the name of a rule."""
    file, _, name = text.rpartition(":")
    return Path(file.removesuffix(":")) if name and file else None


def rule_of(text: str) -> Rule:
    """The rule that a text names: one of the package, or ``FILE.py:NAME``.

    Raises
    ------
    InputError
        If there is no such rule, or its file cannot be read; the message says which there are.

    Examples
    --------
    >>> rule_of("dfa")
    Rule.DFA
    """
    path = file_of(text)
    if path is None:
        if text.endswith(".py"):
            raise InputError(f"{text} is a file; name the rule in it as {text}:NAME")
        if text not in RULES:
            raise InputError(f"unknown rule {text!r}; choose one of {', '.join(RULES)}, or FILE.py:NAME for your own")
        return as_rule(text)
    if not path.is_file():
        raise InputError(f"there is no file {path}; a rule of your own is FILE.py:NAME")
    name = text.rpartition(":")[2]
    known = {key: value for key, value in vars(imported(path)).items() if isinstance(value, Rule)}
    if name not in known:
        said = f"it has {', '.join(known)}" if known else "it has none: write NAME = Rule(...)"
        raise InputError(f"{path} binds no rule to the name {name!r}; {said}")
    return known[name]
