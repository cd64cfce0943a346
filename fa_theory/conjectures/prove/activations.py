"""What proofs may use of activations and of exp, log and sign: closed formulas, each with its source."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import Any

from fa_theory.model.activations import Activation, activation

from .statement import number

Json = Any
PSI, SLOPE = ["fn", "psi", "x"], ["fn", "psi'", "x"]
Cited = tuple[str, dict[str, Json], str]
"""Name, formula, source."""


def _say(left: Json, relation: str, right: Json, *given: Json) -> dict[str, Json]:
    return {"say": [left, relation, right], "all": ["x"]} | ({"if": list(given)} if given else {})


_POSITIVE, _NEGATIVE = {"say": [0, "<", "x"]}, {"say": ["x", "<", 0]}
_EXP, _LOG, _SIGN = ["fn", "exp", "x"], ["fn", "log", "x"], ["fn", "sign", "x"]
ELEMENTARY: dict[str, tuple[Cited, ...]] = {
    "exp": (
        ("exp > 0", _say(0, "<", _EXP), "exp: it is the square of exp(x/2), which is not 0"),
        ("exp above its tangent", _say(["+", 1, "x"], "<=", _EXP), "exp: it is convex, with tangent 1 + x at 0"),
        ("exp ≤ 1", _say(_EXP, "<=", 1, {"say": ["x", "<=", 0]}), "exp: it grows, and exp 0 = 1"),
    ),
    "log": (
        (
            "log below its tangent",
            _say(_LOG, "<=", ["-", "x", 1], _POSITIVE),
            "log: it is concave, with tangent x − 1 at 1",
        ),
    ),
    "sign": (
        ("sign times size", _say(["*", _SIGN, ["fn", "abs", "x"]], "=", "x"), "sign: definition"),
        ("sign ≤ 1", _say(_SIGN, "<=", 1), "sign: definition"),
        ("sign ≥ −1", _say(-1, "<=", _SIGN), "sign: definition"),
        ("sign of x > 0", _say(_SIGN, "=", 1, _POSITIVE), "sign: definition"),
        ("sign of x < 0", _say(_SIGN, "=", -1, _NEGATIVE), "sign: definition"),
        ("x sign x ≥ 0", _say(0, "<=", ["*", "x", _SIGN]), "sign: definition"),
    ),
}


def lipschitz(every: Sequence[Activation]) -> Fraction | None:
    """At least ``sup |ψ'|`` of all of them, if each has a bound and ``ψ(0) = 0``, so that ``|ψ(z)| ≤ sup|ψ'| |z|``."""
    found = Fraction(0)
    for psi in every:
        span = psi.slopes
        if not psi.fixes_zero or span.low is None or span.high is None:
            return None
        found = max(found, -Fraction(span.low), Fraction(span.high))
    return found


def properties(names: Sequence[str]) -> Iterator[Cited]:
    """What all these activations have in common.

    Examples
    --------
    >>> [name for name, _, _ in properties(["tanh"])][:2]
    ['ψ low', 'ψ high']
    """
    every = [activation(name) for name in names]
    source = "ψ: elementary, for ψ(x) = " + " and for ψ(x) = ".join(psi.formula for psi in every)
    for name, term, spans in (
        ("ψ", PSI, [psi.values for psi in every]),
        ("ψ'", SLOPE, [psi.slopes for psi in every]),
    ):
        lows = [Fraction(s.low) for s in spans if s.low is not None]
        highs = [Fraction(s.high) for s in spans if s.high is not None]
        if len(lows) == len(spans):
            below = all(s.strict_low or low > min(lows) for s, low in zip(spans, lows, strict=True))
            yield f"{name} low", _say(number(min(lows)), "<" if below else "<=", term), source
        if len(highs) == len(spans):
            above = all(s.strict_high or high < max(highs) for s, high in zip(spans, highs, strict=True))
            yield f"{name} high", _say(term, "<" if above else "<=", number(max(highs))), source
    steepest = lipschitz(every)
    if steepest is not None:
        yield "ψ grows slowly", _say(["^", PSI, 2], "<=", ["*", number(steepest**2), ["^", "x", 2]]), source
    if all(psi.fixes_zero and psi.monotone for psi in every):
        yield "ψ keeps signs", _say(0, "<=", ["*", "x", PSI]), source
    if all(psi.above_identity for psi in every):
        yield "ψ above identity", _say("x", "<=", PSI), source
    if all(psi.homogeneous for psi in every):
        yield "ψ homogeneous", _say(PSI, "=", ["*", "x", SLOPE]), source
    if all(psi.steps for psi in every):
        yield "ψ' is 0 or 1", _say(["^", SLOPE, 2], "=", SLOPE), source
    if all(psi.fixes_zero for psi in every):
        yield "ψ(0) = 0", {"say": [["fn", "psi", 0], "=", 0]}, source
