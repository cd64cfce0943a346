"""A counterexample in readable form: a few lines for the terminal, LaTeX for the report, and Python that reruns it."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np

from fa_theory.model.ball import Array

from .declare import Conjecture, margin
from .evaluate import Evaluator
from .expression import Expr, Statement
from .networks import Networks

WIDE, LARGE = 100, 8
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
    made = [f"{symbol:4} = {_text(getattr(instance, name)[0])}" for name, symbol in NAMES.items()]
    return [_head(instance), *(line if len(line) <= WIDE else f"{line[: WIDE - 1]}…" for line in [*made, *shown])]


def _head(instance: Networks) -> str:
    shape = instance.shape
    sizes = {"n": shape.n, "d": shape.d, "p": shape.p, **({} if shape.k is None else {"k": shape.k})}
    parts = [f"{name} = {size}" for name, size in sizes.items()]
    parts += [shape.activation, f"{shape.steps} step{'' if shape.steps == 1 else 's'} of {instance.rule}"]
    parts += [f"η = {number(instance.eta[0])}", f"λ = {number(instance.lam[0])}"]
    return ", ".join(parts) + ("" if instance.cutoff is None else f" until step {instance.cutoff}")


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
    """Python that builds the network from its exact numbers and prints all margins, in floats and in balls."""
    shape = instance.shape
    arrays = [f"    {name}={_code(getattr(instance, name))}," for name in (*NAMES, "eta", "lam")]
    return "\n".join(
        [
            f'"""Counterexample to {conjecture.name}: it fails where its margin is < 0 (≤ 0 if it is strict)."""',
            "",
            "import runpy",
            "from fractions import Fraction as F",
            "",
            "import numpy as np",
            "",
            "from fa_theory.conjectures.language.evaluate import Evaluator",
            "from fa_theory.conjectures.language.networks import Networks, NetworkShape",
            "from fa_theory.model.ball import balls",
            "",
            f"conjecture = runpy.run_path({str(conjecture.file)!r})[{conjecture.name!r}]",
            "network = Networks(",
            f"    shape={shape!r},",
            f"    rule={instance.rule!r},",
            f"    cutoff={instance.cutoff!r},",
            *arrays,
            ").map(lambda numbers: np.array(numbers, dtype=object))",
            "in_floats = Evaluator(network.map(lambda numbers: numbers.astype(float)))",
            "in_balls = Evaluator(network.map(balls))",
            'for name, margin in [*conjecture.hypothesis_margins.items(), ("conclusion", conjecture.margin)]:',
            "    print(name, in_floats(margin)[0], in_balls(margin)[0])",
            "",
        ]
    )


def _code(array: Any) -> str:
    if isinstance(array, np.ndarray):
        return f"[{', '.join(map(_code, array))}]"
    return number(array) if array.denominator == 1 else f"F({number(array).replace('/', ', ')})"
