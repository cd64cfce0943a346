"""Terms as formulas, for people."""

from __future__ import annotations

from .terms import ClosedTerm

_INFIX = {"+": (" + ", 1), "-": (" − ", 1), "*": (" · ", 2), "/": (" / ", 2), "@": (" @ ", 2)}
"""Symbols, and how tightly they bind."""
_LOOSE = {"neg": 2, "integral": 0, "table": 0, "sum": 1, "prod": 1}


def said(term: ClosedTerm) -> str:
    """A term in the notation of mathematics; ``@`` is the product of matrices.

    Examples
    --------
    >>> from .terms import Reader
    >>> said(Reader().term(["sum", "k", 0, 3, ["^", ["neg", "k"], 2]], ""))
    'Σ_{k=0..3} (−k)^2'
    """
    parts = term.args
    match term.op:
        case "number":
            return term.text
        case "name":
            return term.bound[0]
        case "pi":
            return "π"
        case "neg":
            return f"−{_inner(parts[0])}"
        case "^":
            return f"{_inner(parts[0])}^{term.whole[0]}"
        case "T":
            return f"{_inner(parts[0])}ᵀ"
        case "ones":
            return f"ones({term.whole[0]}, {term.whole[1]})"
        case "identity":
            return f"identity({term.whole[0]})"
        case "entry":
            return f"{_inner(parts[0])}[{said(parts[1])}, {said(parts[2])}]"
        case "sum" | "prod":
            sign = "Σ" if term.op == "sum" else "Π"
            return f"{sign}_{{{term.bound[0]}={term.whole[0]}..{term.whole[1]}}} {_tight(parts[0], 2)}"
        case "table":
            (i, j), (a, b, c, d) = term.bound, term.whole
            return f"the matrix of {said(parts[0])} for {i} = {a}..{b}, {j} = {c}..{d}"
        case "integral":
            return f"∫ ({said(parts[0])}) d{term.bound[0]} from {said(parts[1])} to {said(parts[2])}"
        case "mean":
            return f"E[{said(parts[0])}; {term.bound[0]} ~ N(0, 1)]"
        case "gram":
            f = f"{term.bound[0]} ↦ {said(parts[0])}"
            return f"(E f(x_i·w) f(x_j·w); w ~ N(0, I), f: {f}, x_i the rows of {said(parts[1])})"
        case op if op in _INFIX:
            symbol, level = _INFIX[op]
            first, rest = _tight(parts[0], level), [_tight(part, level + 1) for part in parts[1:]]
            return symbol.join([first, *rest])
        case "min_eigenvalue" | "max_eigenvalue":
            return f"λ_{term.op[:3]}(symmetric part of {said(parts[0])})"
        case "norm":
            return f"‖{said(parts[0])}‖₂"
        case "at_least":
            return f"[{said(parts[0])} ≥ {said(parts[1])}]"
        case op:
            return f"{op}({', '.join(map(said, parts))})"


def _inner(term: ClosedTerm) -> str:
    """In brackets unless it is an atom."""
    return _tight(term, 3)


def _tight(term: ClosedTerm, level: int) -> str:
    """In brackets if it binds less tightly than this."""
    match term.op:
        case "number":
            binds = 3 if term.text[0].isdigit() and "/" not in term.text else 1
        case op if op in _INFIX:
            binds = _INFIX[op][1]
        case op:
            binds = _LOOSE.get(op, 3)  # an atom, or a function with its own brackets
    return f"({said(term)})" if binds < level else said(term)
