"""Terms as formulas, for people."""

from __future__ import annotations

from .terms import Term

_INFIX = {"+": " + ", "*": " · ", "-": " − ", "/": " / ", "@": " @ "}
_ATOMS = ("number", "name", "pi", "ones", "identity", "entry", "^", "T", "mean", "gram", "sum", "prod")


def said(term: Term) -> str:
    """A term in the notation of mathematics; ``@`` is the product of matrices.

    Examples
    --------
    >>> from .terms import Reader
    >>> said(Reader().term(["sum", "k", 0, 3, ["^", ["neg", "k"], 2]], ""))
    'Σ_{k=0..3} ((−k)^2)'
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
            return f"{sign}_{{{term.bound[0]}={term.whole[0]}..{term.whole[1]}}} ({said(parts[0])})"
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
            return _INFIX[op].join(map(_inner, parts))
        case "min_eigenvalue" | "max_eigenvalue":
            return f"λ_{term.op[:3]}(symmetric part of {said(parts[0])})"
        case "norm":
            return f"‖{said(parts[0])}‖₂"
        case "at_least":
            return f"[{said(parts[0])} ≥ {said(parts[1])}]"
        case op:
            return f"{op}({', '.join(map(said, parts))})"


def _inner(term: Term) -> str:
    text = said(term)
    return f"({text})" if term.op in (*_INFIX, "neg", "integral", "table") or "/" in text[:1] else text
