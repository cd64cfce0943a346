"""The learning rules the checker knows: through which weights c the error is sent back, given b and β.

This table is the checker's own. The feedback weights b stay as they are under every rule in it.
"""

from __future__ import annotations

from collections.abc import Callable

from . import numbers as num
from .numbers import Value


def _signs(b: Value, beta: Value) -> Value:
    """``|b| sign β``."""
    return num.entrywise(lambda u, v: num.mul(num.absolute(u), num.sign(v)), b, beta)


FEEDBACK: dict[str, Callable[[Value, Value], Value]] = {
    "fa": lambda b, beta: b,
    "bp": lambda b, beta: beta,
    "dfa": lambda b, beta: b,  # in a network of two layers the same as FA
    "sign": _signs,
    "usf": lambda b, beta: num.entrywise(num.sign, beta),
}
CONSTANT = ("fa", "dfa")
"""Rules with ``c = b``, which are those of certificates of decay."""
