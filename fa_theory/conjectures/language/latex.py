"""Formulas and statements as LaTeX and as plain text."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from .expression import Expr, Statement, Time, constant
from .operations import OPERATIONS

SUM, PRODUCT, POWER, ATOM = range(4)
"""Precedence of the operations."""
GE, TRANSPOSED = (r"\ge", "≥"), (r"^{\top}", "ᵀ")
RELATIONS = {"le": (r"\le", "≤"), "lt": ("<", "<"), "eq": ("=", "=")}
NAMES = {name: (name, name) for name in ("X", "y", "b", "W", "n", "d", "p", "k", "T")} | {
    "eta": (r"\eta", "η"),
    "lam": (r"\lambda", "λ"),
    "beta": (r"\beta", "β"),
}
FUNCTIONS = {"min": (r"\min", "min"), "max": (r"\max", "max")}
"""Of several arguments, in LaTeX and in plain text."""


def latex(x: Expr | Statement | Sequence[Expr | Statement]) -> str:
    r"""A formula or statement as LaTeX; a single margin is printed with "≥ 0", as a statement.

    Examples
    --------
    >>> from fa_theory.conjectures import Run, norm
    >>> run = Run(steps=1)
    >>> print(latex(norm(run[1].error) <= norm(run[0].error) / 2))
    \left\lVert e(1)\right\rVert \le \frac{\left\lVert e(0)\right\rVert}{2}
    """
    return _Printer(0).any(x)


def text(x: Expr | Statement | Sequence[Expr | Statement]) -> str:
    """A formula or statement as plain text.

    Examples
    --------
    >>> from fa_theory.conjectures import Run, norm
    >>> run = Run(steps=1)
    >>> text([norm(run[1].error) <= norm(run[0].error) / 2, run.eta > 0])
    '‖e(1)‖ ≤ ‖e(0)‖/2 and 0 < η'
    """
    return _Printer(1).any(x)


def claim(statements: Sequence[Expr | Statement]) -> list[Statement | Expr]:
    """The conclusion of a conjecture as statements: a single margin means margin ≥ 0."""
    return [s if isinstance(s, Statement) else s >= 0 for s in statements]


class _Printer:
    def __init__(self, style: int) -> None:
        self.style = style

    def any(self, x: Expr | Statement | Sequence[Expr | Statement]) -> str:
        if isinstance(x, Statement) and x.alternatives:
            return (r"\text{ or }" if self.style == 0 else " or ").join(map(self.statement, x.alternatives))
        if isinstance(x, Statement):
            return self.statement(x)
        if isinstance(x, Expr):
            return self.formula(x)
        joint = r",\quad " if self.style == 0 else " and "
        return joint.join(self.any(part) for part in x)

    def statement(self, x: Statement) -> str:
        over_time = _peeled(x.right)
        if _is_zero(x.left) and over_time.op == "least_over_time":
            return self.for_all_times(over_time, x.relation)
        return f"{self.formula(x.left)} {RELATIONS[x.relation][self.style]} {self.formula(x.right)}"

    def for_all_times(self, x: Expr, relation: str) -> str:
        body = x.args[0]
        last = self.times(x)
        quantifier = rf"\quad\text{{for all }}{last}" if self.style == 0 else f" for all {last}"
        while body.op == "smallest":
            body = body.args[0]
        if body.op == "neg" and body.args[0].op == "largest" and body.args[0].args[0].op == "abs":
            right, left = body.args[0].args[0].args[0].args
            return f"{self.formula(left)} = {self.formula(right)}{quantifier}"
        if body.op == "sub":
            right, left = body.args
            return f"{self.formula(left)} {RELATIONS[relation][self.style]} {self.formula(right)}{quantifier}"
        over = {"le": GE, "lt": (">", ">")}[relation]
        return f"{self.formula(body)} {over[self.style]} 0{quantifier}"

    def formula(self, x: Expr, at_least: int = SUM) -> str:
        body, binds = self.parts(x)
        return self.group(body) if binds < at_least else body

    def group(self, body: str) -> str:
        return rf"\left({body}\right)" if self.style == 0 else f"({body})"

    def parts(self, x: Expr) -> tuple[str, int]:
        """The text of a formula, and the precedence of its outermost operation."""
        op, args, tex = x.op, x.args, self.style == 0
        match op:
            case "const":
                return self.number(x.value)
            case "leaf":
                name = NAMES.get(x.value, (rf"\mathrm{{{x.value}}}", x.value))[self.style]
                return (f"{name}({moment(x.time)})" if x.time else name), ATOM
            case "named":
                return (x.value if tex else plain(x.value)), ATOM
            case "add" | "sub":
                sign = "+" if op == "add" else "-" if tex else "−"
                tight = SUM if op == "add" else PRODUCT
                return f"{self.formula(args[0])} {sign} {self.formula(args[1], tight)}", SUM
            case "neg":
                return f"{'-' if tex else '−'}{self.formula(args[0], PRODUCT)}", SUM
            case "mul" | "matmul":
                between = " " if op == "matmul" else self.dot(args)
                return between.join(self.formula(arg, PRODUCT) for arg in args), PRODUCT
            case "div" if tex:
                return rf"\frac{{{self.formula(args[0])}}}{{{self.formula(args[1])}}}", ATOM
            case "div":
                return f"{self.formula(args[0], PRODUCT)}/{self.formula(args[1], POWER)}", PRODUCT
            case "pow":
                exponent = f"{{{x.value}}}" if tex else str(x.value)
                return f"{self.formula(args[0], ATOM)}^{exponent}", POWER
            case "transpose":
                return f"{self.formula(args[0], ATOM)}{TRANSPOSED[self.style]}", POWER
            case "outer":
                left, right = (self.formula(arg, ATOM) for arg in args)
                return f"{left} {right}{TRANSPOSED[self.style]}", PRODUCT
            case "entry":
                inside, where = self.formula(args[0], ATOM), ",".join(str(i + 1) for i in x.value)
                return f"{inside}_{{{where}}}" if tex else f"{inside}[{where}]", ATOM
            case "abs":
                inside = self.formula(args[0])
                return (rf"\left\lvert {inside}\right\rvert" if tex else f"|{inside}|"), ATOM
            case "total" if args[0].op == "mul":
                inside = ", ".join(self.formula(arg) for arg in args[0].args)
                return (rf"\left\langle {inside}\right\rangle" if tex else f"⟨{inside}⟩"), ATOM
            case "least_over_time" | "most_over_time" | "sum_over_time" | "first_over_time":
                return self.over_time(x), PRODUCT
            case "of_law":
                return self.of_law(x), ATOM
            case "state" | "previous":
                return self.variable(x), ATOM
            case "clock":
                return f"(t+{x.value})" if x.value else "t", ATOM
            case "array":
                return self.array(x), ATOM
            case "eigenvalue":
                return rf"\lambda_{{{x.value + 1}}}" * tex + f"λ_{x.value + 1}" * (not tex) + self.group(
                    self.formula(args[0])
                ), ATOM
            case "slice":
                inside = ", ".join(_range(*each) for each in x.value)
                return f"{self.formula(args[0], ATOM)}[{inside}]", ATOM
            case "flat":
                return self.formula(args[0], ATOM), ATOM
            case "stack":
                inside = (", " if x.value else "; ").join(self.formula(arg) for arg in args)
                return (rf"\left[{inside}\right]" if tex else f"[{inside}]"), ATOM
        if op in OPERATIONS:
            left, right = OPERATIONS[op].around[self.style]
            return f"{left}{self.formula(args[0])}{right}", ATOM
        name = FUNCTIONS[op][self.style]
        return name + self.group(", ".join(self.formula(arg) for arg in args)), ATOM

    def dot(self, args: tuple[Expr, ...]) -> str:
        """The sign between two factors: entries of vectors and matrices are multiplied one by one."""
        if all(arg.rank for arg in args):
            return r" \odot " if self.style == 0 else " ⊙ "
        return r"\, " if self.style == 0 else " "

    def over_time(self, x: Expr) -> str:
        name = OVER_TIME[x.op][self.style]
        return f"{name}_{{{self.times(x)}}} {self.formula(x.args[0], PRODUCT)}"

    def times(self, x: Expr) -> str:
        """The times that a formula runs over."""
        tex = self.style == 0
        (following, after), end = x.value, "T"
        if len(x.args) > 1:
            end = self.formula(x.args[1], PRODUCT)
        le = r"\le " if tex else " ≤ "
        last = f"<{end}" if following == 1 else f"{le}{end}" + (f"-{following}" if following else "")
        return f"s<t{last}" if after else f"t{last}"

    def of_law(self, x: Expr) -> str:
        """A number that belongs to the distribution."""
        of, inside = x.value, self.formula(x.args[0])
        if of.kind == "probability":
            inside = self.statement(Statement("lt" if of.strict else "le", constant(0), x.args[0]))
        name = LAWS[of.kind][self.style]
        level = f"_{{{of.level:g}}}" if of.kind == "quantile" else ""
        at = ", ".join(f"{NAMES.get(size, (size, size))[self.style]}={value}" for size, value in of.at)
        where = (rf"\mid {at}" if self.style == 0 else f" | {at}") if at else ""
        return rf"{name}{level}\left[{inside}{where}\right]" if self.style == 0 else f"{name}{level}[{inside}{where}]"

    def variable(self, x: Expr) -> str:
        """A variable of a run beside that of the network."""
        name = x.value[1]
        symbol = NAMES.get(name, (rf"\mathrm{{{name}}}", name))[self.style]
        mark = r"^{*}" if self.style == 0 else "*"
        return f"{symbol}{mark}({moment(x.time)})" if x.time else f"{symbol}{mark}"

    def array(self, x: Expr) -> str:
        """Numbers of the user; more than a few by their shape only."""
        rows = [row if isinstance(row, tuple) else (row,) for row in x.value]
        if len(rows) * len(rows[0]) > 12:
            return f"({len(rows)} by {len(rows[0])} numbers)"
        if self.style:
            return f"[{'; '.join(' '.join(map(str, row)) for row in rows)}]"
        body = r" \\ ".join(" & ".join(self.number(value)[0] for value in row) for row in rows)
        return rf"\begin{{pmatrix}} {body} \end{{pmatrix}}"

    def number(self, value: Fraction) -> tuple[str, int]:
        if value.denominator == 1:
            return str(value.numerator) if value >= 0 else self.group(str(value.numerator)), ATOM
        decimal = repr(float(value))
        if Fraction(decimal) == value and len(decimal) < len(str(value)):
            return decimal, ATOM if value > 0 else SUM
        if self.style == 0:
            return (
                rf"{'-' if value < 0 else ''}\frac{{{abs(value.numerator)}}}{{{value.denominator}}}",
                PRODUCT if value > 0 else SUM,
            )
        return str(value).replace("-", "−"), PRODUCT if value > 0 else SUM


def moment(time: Time) -> str:
    """A time as printed: ``t+1``, ``T``, ``3``."""
    if not (time.bound or time.from_end):
        return str(time.offset)
    symbol, sign = ("s" if time.outer else "t", "+") if time.bound else ("T", "-")
    return symbol if time.offset == 0 else f"{symbol}{sign}{time.offset}"


LAWS = {
    "mean": (r"\mathbb{E}", "E"),
    "variance": (r"\mathrm{Var}", "Var"),
    "quantile": ("Q", "Q"),
    "probability": (r"\mathbb{P}", "P"),
}
OVER_TIME = {
    "least_over_time": (r"\min", "min"),
    "most_over_time": (r"\max", "max"),
    "sum_over_time": (r"\sum", "Σ"),
    "first_over_time": (r"\tau", "first time ≥ 0"),
}


def _range(start: int | None, stop: int | None, step: int | None) -> str:
    ends = ["" if x is None else str(x) for x in (start, stop)]
    return ":".join([*ends, *([] if step is None else [str(step)])])


def plain(label: str) -> str:
    """A label as plain text."""
    from pylatexenc.latex2text import LatexNodes2Text

    return str(LatexNodes2Text().latex_to_text(label.replace(r"\lVert", "‖").replace(r"\rVert", "‖"))).strip()


def _peeled(x: Expr) -> Expr:
    while x.op == "named":
        x = x.args[0]
    return x


def _is_zero(x: Expr) -> bool:
    return x.op == "const" and x.value == 0
