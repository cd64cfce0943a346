"""The axioms: closed formulas that hold for all finite sorts A and B and half-integers E, each with its proof."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import Any

from .budget import need
from .language import Declarations
from .rules import Theorem, axiom
from .terms import REAL, TIME, Formula

Json = Any


@dataclass(frozen=True)
class Axiom:
    """A formula, its proof, its sorts, and whether the exponent E occurs."""

    formula: Json
    proof: str
    sorts: tuple[str, ...] = ()
    exponent: bool = False


def _say(*said: Json, over: str = "", given: Sequence[Json] = ()) -> Json:
    return {"all": over.split(), "if": list(given), "say": list(said)}


def _f(name: str, *arguments: Json) -> Json:
    return ["fn", name, *arguments]


def _differentiable(term: Json, at: str = "w") -> Json:
    return _say(["differentiable", "s", term, at], "=", 1)


def _d(term: Json) -> Json:
    return ["d", "s", term, "w"]


def _size_sign(exponent: str) -> Json:
    return _say(0, "<", ["size", "A", exponent])


_OP = _f("op", ["of", ["i", "j"], ["M", "i", "j"]])
_TOP = _f("top", ["of", ["i", "h"], ["S", "i", "h"]])
_FORM = ["sum", ["i", "h"], ["*", ["q", "i"], ["S", "i", "h"], ["q", "h"]]]
_Q2 = ["sum", ["i"], ["^", ["q", "i"], 2]]
_SUP = _f("sup", ["of", ["t"], ["a", "t"]])
_MV2 = ["sum", ["i"], ["^", ["sum", ["j"], ["*", ["M", "i", "j"], ["v", "j"]]], 2]]
_V2 = ["sum", ["j"], ["^", ["v", "j"], 2]]
_BELOW = _say(["a", "t"], "<=", "c", over="t")
_FS, _GS, _FIS, _T = ["f", "s"], ["g", "s"], ["F", "i", "s"], ["num", "s"]
_BOTH = [_differentiable(_FS), _differentiable(_GS)]
_EACH = [_say(["differentiable", "s", _FIS, "w"], "=", 1, over="i")]
_FALLS = _say(
    *(["d", "s", _FS, "u"], "<=", 0),
    over="u",
    given=[_say(["num", "r"], "<=", ["num", "u"]), _say(["num", "u"], "<=", ["num", "w"])],
)

_DECLARED: Json = {
    "sorts": ["A", "B"],
    "indices": {"i": "A", "h": "A", "j": "B", "t": TIME, "m": TIME, "r": REAL, "s": REAL, "u": REAL, "w": REAL},
    "tensors": {"x": [], "y": [], "c": [], "M": ["A", "B"], "v": ["B"], "S": ["A", "A"], "q": ["A"], "a": [TIME]}
    | {"f": [REAL], "g": [REAL], "F": ["A", REAL]},
}

AXIOMS = {
    "sqrt_square": Axiom(
        _say(["^", _f("sqrt", "x"), 2], "=", "x", over="x", given=[_say(0, "<=", "x")]), "definition of the square root"
    ),
    "sqrt_sign": Axiom(_say(0, "<=", _f("sqrt", "x"), over="x"), "definition of the square root, which is 0 for x < 0"),
    "inverse": Axiom(
        _say(["*", "x", _f("inv", "x")], "=", 1, over="x", given=[_say(0, "<", ["^", "x", 2])]), "x² > 0, so x ≠ 0"
    ),
    "abs_up": Axiom(_say(_f("abs", "x"), "=", "x", over="x", given=[_say(0, "<=", "x")]), "definition of |x|"),
    "abs_down": Axiom(_say(_f("abs", "x"), "=", ["-", "x"], over="x", given=[_say("x", "<=", 0)]), "definition of |x|"),
    "max_right": Axiom(
        _say(_f("max", "x", "y"), "=", "y", over="x y", given=[_say("x", "<=", "y")]), "definition of the maximum"
    ),
    "max_left": Axiom(
        _say(_f("max", "x", "y"), "=", "x", over="x y", given=[_say("y", "<=", "x")]), "definition of the maximum"
    ),
    "size_sign": Axiom(_size_sign("E"), "sorts are not empty", ("A",), exponent=True),
    "size_one": Axiom(_say(1, "<=", ["size", "A"]), "sorts are not empty", ("A",)),
    "op_bound": Axiom(
        _say(_MV2, "<=", ["*", ["^", _OP, 2], _V2], over="M v"), "op is the largest ‖Mv‖/‖v‖, v ≠ 0", ("A", "B")
    ),
    "op_sign": Axiom(_say(0, "<=", _OP, over="M"), "there is a v ≠ 0, as sorts are not empty", ("A", "B")),
    "op_least": Axiom(
        _say(
            *(_OP, "<=", "c"),
            over="M c",
            given=[_say(0, "<=", "c"), _say(_MV2, "<=", ["*", ["^", "c", 2], _V2], over="v")],
        ),
        "op is the largest ‖Mv‖/‖v‖, v ≠ 0",
        ("A", "B"),
    ),
    "top_bound": Axiom(
        _say(_FORM, "<=", ["*", _TOP, _Q2], over="S q"), "top is the largest qᵀSq/‖q‖², q ≠ 0; both are 0 at 0", ("A",)
    ),
    "top_least": Axiom(
        _say(_TOP, "<=", "c", over="S c", given=[_say(_FORM, "<=", ["*", "c", _Q2], over="q")]),
        "top is the largest qᵀSq/‖q‖², q ≠ 0, and there is such a q, as sorts are not empty",
        ("A",),
    ),
    "sup_upper": Axiom(
        _say(["a", "m"], "<=", _SUP, over="a c m", given=[_BELOW]),
        "a function bounded above has a supremum, which is an upper bound",
    ),
    "sup_least": Axiom(_say(_SUP, "<=", "c", over="a c", given=[_BELOW]), "the supremum is the least upper bound"),
    "time_sign": Axiom(_say(0, "<=", ["num", "t"], over="t"), "times are natural numbers"),
    "real_sign": Axiom(_say(0, "<=", ["num", "w"], over="w"), "real time starts at 0"),
    "differentiable_constant": Axiom(_differentiable("x") | {"all": ["x", "w"]}, "all difference quotients are 0"),
    "d_constant": Axiom(_say(_d("x"), "=", 0, over="x w"), "all difference quotients are 0"),
    "differentiable_time": Axiom(_differentiable(_T) | {"all": ["w"]}, "all difference quotients are 1"),
    "d_time": Axiom(_say(_d(_T), "=", 1, over="w"), "all difference quotients are 1"),
    "differentiable_sum": Axiom(
        _differentiable(["+", _FS, _GS]) | {"all": ["f", "g", "w"], "if": _BOTH}, "limits of difference quotients add"
    ),
    "d_sum": Axiom(
        _say(_d(["+", _FS, _GS]), "=", ["+", _d(_FS), _d(_GS)], over="f g w", given=_BOTH),
        "limits of difference quotients add",
    ),
    "differentiable_product": Axiom(
        _differentiable(["*", _FS, _GS]) | {"all": ["f", "g", "w"], "if": _BOTH}, "as for d_product"
    ),
    "d_product": Axiom(
        _say(
            *(_d(["*", _FS, _GS]), "=", ["+", ["*", _d(_FS), ["g", "w"]], ["*", ["f", "w"], _d(_GS)]]),
            over="f g w",
            given=_BOTH,
        ),
        "f(s)g(s) − f(w)g(w) = (f(s) − f(w)) g(w) + f(s) (g(s) − g(w)), and f is continuous at w",
    ),
    "differentiable_total": Axiom(
        _differentiable(["sum", ["i"], _FIS]) | {"all": ["F", "w"], "if": _EACH}, "finitely many limits add", ("A",)
    ),
    "d_total": Axiom(
        _say(_d(["sum", ["i"], _FIS]), "=", ["sum", ["i"], _d(_FIS)], over="F w", given=_EACH),
        "finitely many limits add",
        ("A",),
    ),
    "decreasing": Axiom(
        _say(
            *(["f", "w"], "<=", ["f", "r"]),
            over="f r w",
            given=[_say(["num", "r"], "<=", ["num", "w"]), _differentiable(_FS, "u") | {"all": ["u"]}, _FALLS],
        ),
        "the mean value theorem on [r, w], where f is continuous (at 0 from the right)",
    ),
}


@lru_cache(maxsize=1000)
def _formula(name: str, sorts: tuple[str, ...], exponent: str) -> Formula:
    names = {"A": "A", "B": "B"} | dict(zip("AB", sorts, strict=False))
    said = _size_sign(exponent) if AXIOMS[name].exponent else AXIOMS[name].formula
    return Declarations(_DECLARED, names).formula(said)


def use(name: str, sorts: Sequence[str], exponent: Fraction | None) -> Theorem:
    """An axiom for these sorts; infinite sorts are not allowed."""
    need(name in AXIOMS, "there is no axiom {}", name)
    known = AXIOMS[name]
    need(len(sorts) == len(known.sorts), "the axiom {} is about {} sorts, not {}", name, len(known.sorts), len(sorts))
    need(
        (exponent is not None) == known.exponent, "the axiom {} has {} exponent", name, "an" if known.exponent else "no"
    )
    return axiom(_formula(name, tuple(sorts), str(exponent)))
