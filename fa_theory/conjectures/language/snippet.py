"""A counterexample in readable form: a few lines for the terminal, LaTeX for the report, and Python that reruns it."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np

from fa_theory.model.ball import Array
from fa_theory.model.rules import as_rule

from .declare import Conjecture, margin
from .evaluate import Evaluator
from .expression import Expr, Statement, is_limit, parts
from .networks import Networks
from .numpy_code import ACTIVATIONS, FAR, NumpyWriter

WIDE, LARGE, MANY = 100, 8, 100
NAMES = {"X": "X", "y": "y", "W": "W(0)", "beta": "β(0)", "b": "b"}
SYMBOLS = {"X": "X", "y": "y", "W": "W(0)", "beta": r"\beta(0)", "b": "b"}


def number(x: Fraction) -> str:
    """A rational in its usual notation; an exact float64 value without a short notation as that float.

    Examples
    --------
    >>> number(Fraction(3, 5)), number(Fraction(-2)), number(Fraction(0.1))
    ('3/5', '-2', '0.1')
    """
    return str(x) if x.denominator < 10**7 else repr(float(x))


def margins(conjecture: Conjecture, instance: Networks) -> list[tuple[str, float, bool]]:
    """Name, value in floats (never −0) and strictness of every statement, the hypotheses first."""
    evaluation = Evaluator(instance.map(lambda array: array.astype(float)))
    said: list[tuple[str, Expr | Statement]] = [
        (name, s) for name, statements in conjecture.hypotheses.items() for s in statements
    ]
    said += [("conclusion", s) for s in conjecture.statements]
    return [(name, float(evaluation(margin([s]))[0]) + 0.0, isinstance(s, Statement) and s.strict) for name, s in said]


def lines(conjecture: Conjecture, instance: Networks) -> list[str]:
    """The counterexample in at most 25 lines of text.

    Parameters
    ----------
    conjecture
        The violated conjecture.
    instance
        A batch of one, of rationals.

    Examples
    --------
    >>> from fa_theory.conjectures import Domain, conjecture
    >>> from fa_theory.conjectures.language.exact import exact
    >>> @conjecture(Domain(n=1, d=1, p=1, eta=0.5, W_scale=0))
    ... def converged(run):
    ...     "Everything is learned at once."
    ...     return run[1].loss < run[0].loss
    >>> one = converged.domain.sample(converged.domain.smallest(), np.random.default_rng(0), 1)
    >>> print("\\n".join(lines(converged, exact(one.map(np.ones_like).replace(W=0 * one.W, beta=0 * one.beta)))))
    n = 1, d = 1, p = 1, linear, 1 step of fa, η = 1, λ = 1
    X    = [[1]]
    y    = [1]
    W(0) = [[0]]
    β(0) = [0]
    b    = [1]
    conclusion: margin 0, must be > 0
    """
    said = margins(conjecture, instance)
    shown = [
        f"{name}: margin {value + 0.0:.6g}, must be {'>' if strict else '≥'} 0" for name, value, strict in said[-18:]
    ]
    arrays = [(symbol, getattr(instance, name)[0]) for name, symbol in NAMES.items()] + _further(instance)
    made = [f"{symbol:4} = {_shown(array)}" for symbol, array in arrays]
    return [_head(instance), *(line if len(line) <= WIDE else f"{line[: WIDE - 1]}…" for line in [*made, *shown])]


def _head(instance: Networks) -> str:
    shape = instance.shape
    sizes = {"n": shape.n, "d": shape.d, "p": shape.p, **({} if shape.k is None else {"k": shape.k})}
    parts = [f"{name} = {size}" for name, size in sizes.items()]
    parts += [shape.activation, f"{shape.steps} step{'' if shape.steps == 1 else 's'} of {instance.rule}"]
    parts += [f"η = {number(instance.eta[0])}", f"λ = {number(instance.lam[0])}"]
    return ", ".join(parts) + ("" if instance.cutoff is None else f" until step {instance.cutoff}")


def _shown(array: Array) -> str:
    """An array in a line; one that is too long by its entries that are not 0, if these are few."""
    text = _text(array)
    places = np.argwhere(array)
    if len(text) <= WIDE - 7 or len(places) > array.size // 2:
        return text
    filled = ", ".join(f"[{', '.join(map(str, index))}] = {number(array[tuple(index)])}" for index in places)
    return f"{' × '.join(map(str, array.shape))} zeros" + (f" except {filled}" if len(places) else "")


def _text(array: Array) -> str:
    return f"[{', '.join(_text(row) for row in array)}]" if isinstance(array, np.ndarray) else number(array)


def formulas(instance: Networks) -> list[str]:
    """The network in LaTeX, one formula per part; arrays with more than 8 rows or columns by their shape only."""
    shape = instance.shape
    sizes = {"n": shape.n, "d": shape.d, "p": shape.p, **({} if shape.k is None else {"k": shape.k}), "T": shape.steps}
    parts = [f"{name}={size}" for name, size in sizes.items()]
    parts += [rf"\eta={_fraction(instance.eta[0])}", rf"\lambda={_fraction(instance.lam[0])}"]
    arrays = [f"{symbol}={_pmatrix(getattr(instance, name)[0])}" for name, symbol in SYMBOLS.items()]
    return [r",\quad ".join(parts), r",\quad ".join(arrays[:2]), r",\quad ".join(arrays[2:])]


def _fraction(x: Fraction) -> str:
    text = number(x)
    if "/" not in text:
        return text
    top, bottom = text.removeprefix("-").split("/")
    return rf"{'-' if x < 0 else ''}\tfrac{{{top}}}{{{bottom}}}"


def _pmatrix(array: Array) -> str:
    rows = array if array.ndim == 2 else array[None]
    if max(rows.shape) > LARGE:
        return rf"(\text{{{' × '.join(map(str, array.shape))} numbers}})".replace("×", r"$\times$")
    body = r" \\ ".join(" & ".join(_fraction(x) for x in row) for row in rows)
    matrix = rf"\begin{{pmatrix}} {body} \end{{pmatrix}}"
    return matrix if array.ndim == 2 else rf"{matrix}^{{\top}}"


def snippet(conjecture: Conjecture, instance: Networks) -> str:
    """A script in plain NumPy that runs the network and prints the margins of all statements, in floats.

    Limits are those after many steps.
    """
    shape = instance.shape
    psi, slope = ACTIVATIONS[shape.activation]
    arrays = [*((name, getattr(instance, name)[0]) for name in NAMES), *_further(instance)]
    uses_erf = "erf" in psi or "erf" in slope
    writer = NumpyWriter()
    said = [(name, s) for name, given in conjecture.hypotheses.items() for s in given]
    said += [("conclusion", s) for s in conjecture.statements]
    margins = [(name, margin([s]), isinstance(s, Statement) and s.strict) for name, s in said]
    endless = any(is_limit(part) and part.op == "leaf" for _, x, _ in margins for part in parts(x))
    writer.runs([x for _, x, _ in margins])
    for name, x, strict in margins:
        writer.say(f"print({name!r}, {writer.formula(x)}, {'must be > 0' if strict else 'must be ≥ 0'!r})")
    decay = "lam" if instance.cutoff is None else f"(lam if t < {instance.cutoff} else 0)"
    return "\n".join(
        [
            f'"""Counterexample to {conjecture.name}, in plain NumPy.',
            "",
            "It prints the margins of all hypotheses and of the conclusion, in floats; fa-theory recheck verifies them",
            "exactly.",
            '"""',
            "",
            "import functools  # noqa: F401",
            "import math  # noqa: F401",
            "",
            "import numpy as np",
            "",
            *(["erf = np.vectorize(math.erf)"] if uses_erf else []),
            f"psi = lambda z: {psi}  # noqa: E731",
            f"slope = lambda z: {slope}  # noqa: E731",
            "symmetric = lambda A: (A + A.T) / 2  # noqa: E731",
            "",
            *(f"{name} = {_literal(array)}".replace("{name}", name) for name, array in arrays),
            f"eta, lam = {_float(instance.eta[0])}, {_float(instance.lam[0])}",
            f"n, d, p, T = {shape.n}, {shape.d}, {shape.p}, {shape.steps}",
            "",
            "states = [{'W': W, 'beta': beta}]",
            "",
            "",
            "def step(W, beta, t):",
            "    Z = X @ W.T",
            "    e = psi(Z) @ beta / math.sqrt(p) - y",
            *(f"    {line}" for line in _sent(instance)),
            "    back = (np.outer(e, sent) if e.ndim == 1 else e @ sent.T) * slope(Z)",
            "    W_next = W - eta / math.sqrt(p) * back.T @ X",
            f"    beta_next = (1 - eta * {decay}) * beta - eta / math.sqrt(p) * psi(Z).T @ e",
            "    return {'W': W_next, 'beta': beta_next}",
            "",
            "",
            "for t in range(T):",
            "    states.append(step(**states[-1], t=t))",
            *(["limit = states[-1]", f"for t in range(T, T + {FAR}):", "    limit = step(**limit, t=t)"] * endless),
            "",
            *writer.lines,
            "",
        ]
    )


def _sent(instance: Networks) -> list[str]:
    """Lines that compute the weights through which the rule sends the error back."""
    rank = 1 if instance.shape.k is None else 2
    writer = NumpyWriter("sent_")
    W, B = (Expr("leaf", (), rank, name) for name in ("beta", "b"))
    found = writer.formula(as_rule(instance.rule).through(W, B))
    return [*writer.lines, f"sent = {found}"]


def _further(instance: Networks) -> list[tuple[str, Array]]:
    return [(name, instance.array(name)[0]) for name in instance.arrays]


def _literal(array: Array) -> str:
    """An array in NumPy; a large one with few entries that are not 0 by these."""
    if array.size > MANY and np.count_nonzero(array) <= array.size // 4:
        places = [(tuple(int(i) for i in index), array[tuple(index)]) for index in np.argwhere(array)]
        filled = ", ".join(f"{index}: {_float(x)}" for index, x in places)
        return f"np.zeros({array.shape})\nfor place, value in {{{filled}}}.items():\n    {{name}}[place] = value"
    return f"np.array({_code(array)}, dtype=float)"


def _code(array: Any) -> str:
    if isinstance(array, np.ndarray):
        return f"[{', '.join(map(_code, array))}]"
    return _float(array)


def _float(x: Fraction) -> str:
    text = number(x)
    return f"({text})" if "/" in text else text
