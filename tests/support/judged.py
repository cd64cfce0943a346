"""What the checker says of a document, and the checker with a fault put in."""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from fa_theory.checker.document import MalformedDocument
from fa_theory.checker.recheck import recheck


def refusal(doc: Any) -> str:
    """Why the document is refused; fails if it is accepted, or if the reason is not one line."""
    try:
        answer = recheck(doc)
    except MalformedDocument as error:
        reason = str(error)
    else:
        assert not answer.valid, f"accepted: {answer.reason}"
        reason = answer.reason
    assert reason.isprintable()
    assert 0 < len(reason) < 400
    return reason


def accepted(doc: dict[str, Any]) -> bool:
    """Whether the checker accepts a document, at 64 bits."""
    try:
        return recheck(doc, precision=64).valid
    except MalformedDocument:
        return False


def faulty(module: ModuleType, original: str, fault: str, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A module of the checker with a fault in the place of what stands there."""
    assert module.__file__ is not None
    source = Path(module.__file__).read_text(encoding="utf-8")
    assert original in source
    mutant = ModuleType("fa_theory.checker.mutant")
    mutant.__package__ = module.__package__
    monkeypatch.setitem(sys.modules, mutant.__name__, mutant)
    exec(compile(source.replace(original, fault), "mutant", "exec"), mutant.__dict__)
    return mutant
