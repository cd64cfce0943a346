"""Formulas as plain NumPy: a script that needs nothing but NumPy, to be read, changed and run."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction

from .expression import Expr, Time, is_limit, parts
from .program import recurrences
from .recurrence import Recurrence

BINARY = {"add": "+", "sub": "-", "mul": "*", "div": "/", "matmul": "@"}
CALLS = {
    "abs": "abs({})",
    "neg": "-{}",
    "sqrt": "np.sqrt({})",
    "exp": "np.exp({})",
    "arcsin": "np.arcsin(np.clip({}, -1, 1))",
    "log": "np.log({})",
    "sign": "np.sign({})",
    "psi": "psi({})",
    "slope": "slope({})",
    "total": "np.sum({})",
    "product": "np.prod({})",
    "mean": "np.mean({})",
    "smallest": "np.min({})",
    "largest": "np.max({})",
    "norm": "np.sqrt(np.sum(np.square({})))",
    "row_norms": "np.linalg.norm({}, axis=1)",
    "trace": "np.trace({})",
    "transpose": "{}.T",
    "eigmin": "np.linalg.eigvalsh(symmetric({}))[0]",
    "eigmax": "np.linalg.eigvalsh(symmetric({}))[-1]",
    "inverse": "np.linalg.inv({})",
    "det": "np.linalg.det({})",
    "rank": "np.linalg.matrix_rank({})",
    "rows": "np.shape({})[0]",
    "columns": "np.shape({})[1]",
    "identity": "np.eye(len({}))",
    "flat": "np.ravel({})",
    "diagonal": "np.diag({})",
    "named": "{}",
}
OVER_TIME = {"least_over_time": "min", "most_over_time": "max", "sum_over_time": "sum"}
ACTIVATIONS = {
    "linear": ("z", "np.ones_like(z)"),
    "relu": ("np.maximum(z, 0)", "np.where(z > 0, 1.0, 0.0)"),
    "tanh": ("np.tanh(z)", "1 - np.tanh(z) ** 2"),
    "sigmoid": ("1 / (1 + np.exp(-z))", "np.exp(-z) / (1 + np.exp(-z)) ** 2"),
    "softplus": ("np.logaddexp(0, z)", "1 / (1 + np.exp(-z))"),
    "erf": ("erf(z)", "2 / math.sqrt(math.pi) * np.exp(-(z**2))"),
    "gelu": (
        "z * (1 + erf(z / math.sqrt(2))) / 2",
        "(1 + erf(z / math.sqrt(2))) / 2 + z * np.exp(-(z**2) / 2) / math.sqrt(2 * math.pi)",
    ),
}
"""ψ and ψ' in NumPy."""


FAR = 10_000
"""Steps after which a run counts as having reached its limit, in a script."""


class NumpyWriter:
    """Writes formulas as lines of Python; equal parts are computed once where they do not depend on a bound time."""

    def __init__(self, stem: str = "v") -> None:
        self.lines: list[str] = []
        self._stem = stem
        self._indent = 0
        self._known: list[dict[int, str]] = [{}]
        self._names = 0
        self._runs: dict[Recurrence, str] = {}
        self._keep: list[Expr] = []

    def say(self, line: str) -> None:
        """Add a line."""
        self.lines.append("    " * self._indent + line)

    def new(self, stem: str = "") -> str:
        """A fresh name."""
        self._names += 1
        return f"{stem or self._stem}{self._names}"

    def runs(self, formulas: list[Expr]) -> None:
        """Define the runs beside that of the network that formulas speak of."""
        ends = [part for x in formulas for part in parts(x)]
        for recurrence, number in recurrences(formulas).items():
            name = self._runs[recurrence] = f"run{number + 1}"
            length = self.formula(recurrence.steps)
            start = ", ".join(f"{v!r}: {self.formula(x)}" for v, x in recurrence.start.items())
            self.say(f"{name} = [{{{start}}}]")
            self.say(f"for t in range(int({length} + 0.5)):")
            with self._inside():
                self.say(f"before = {name}[-1]")
                step = ", ".join(f"{v!r}: {self.formula(x)}" for v, x in recurrence.step.items())
                self.say(f"{name}.append({{**before, {step}}})")
            if any(is_limit(part) and part.op == "state" and part.value[0] is recurrence for part in ends):
                self.say(f"{name}_limit = {name}[-1]")
                self.say(f"for _ in range({FAR}):")
                with self._inside():
                    self.say(f"before = {name}_limit")
                    step = ", ".join(f"{v!r}: {self.formula(x)}" for v, x in recurrence.step.items())
                    self.say(f"{name}_limit = {{**before, {step}}}")

    @contextmanager
    def _inside(self) -> Iterator[None]:
        self._indent += 1
        self._known.append({})
        yield
        self._indent -= 1
        self._known.pop()

    def formula(self, x: Expr) -> str:
        """The name of a formula, or a short text for it, after the lines that compute it."""
        for scope in self._known:
            if id(x) in scope:
                return scope[id(x)]
        text = self._text(x)
        if x.args and x.op != "named":
            name = self.new()
            self.say(f"{name} = {text}")
            text = name
        self._known[-1][id(x)] = text
        self._keep.append(x)
        return text

    def _text(self, x: Expr) -> str:
        op = x.op
        if op in (*OVER_TIME, "first_over_time"):
            return self._over_time(x)
        args = [self.formula(arg) for arg in x.args]
        if op in BINARY:
            return f"{args[0]} {BINARY[op]} {args[1]}"
        if op in CALLS:
            return CALLS[op].format(*args)
        match op:
            case "const":
                return _number(x.value)
            case "array":
                return f"np.array({_nested(x.value)})"
            case "leaf" if is_limit(x):
                return f"limit[{x.value!r}]"
            case "state" if is_limit(x):
                return f"{self._runs[x.value[0]]}_limit[{x.value[1]!r}]"
            case "leaf":
                return str(x.value) if x.time is None else f"states[{_time(x.time)}][{x.value!r}]"
            case "state":
                recurrence, name = x.value
                assert x.time is not None
                return f"{self._runs[recurrence]}[{_time(x.time)}][{name!r}]"
            case "previous":
                return f"before[{x.value[1]!r}]"
            case "clock":
                return f"(t + {x.value})" if x.value else "t"
            case "min" | "max":
                return f"functools.reduce(np.{op}imum, [{', '.join(args)}])"
            case "pow":
                return f"{args[0]} ** {x.value}" if x.value >= 0 else f"1 / {args[0]} ** {-x.value}"
            case "outer":
                return f"np.outer({args[0]}, {args[1]})"
            case "entry":
                return f"{args[0]}[{', '.join(map(str, x.value))}]"
            case "slice":
                return f"{args[0]}[{', '.join(_slice(each) for each in x.value)}]"
            case "stack":
                return f"np.concatenate([{', '.join(args)}], axis={x.value})"
            case "eigenvalue":
                return f"np.linalg.eigvalsh(symmetric({args[0]}))[{x.value}]"
        raise ValueError(f"{op} has no words in NumPy; there are {', '.join([*BINARY, *CALLS])}")

    def _over_time(self, x: Expr) -> str:
        following, after = x.value
        last = f"int({self.formula(x.args[1])} + 0.5)" if len(x.args) > 1 else "T"
        name = self.new("at")
        self.say(f"def {name}(t, s=None):")
        with self._inside():
            body = self.formula(x.args[0])
            self.say(f"return {body}")
        end = f"{last} + 1 - {following}"
        if x.op == "first_over_time":
            return f"next((t for t in range({end}) if {name}(t) >= 0), {last} + 1)"
        begin, call = ("t + 1", f"{name}(u, t)") if after else ("0", f"{name}(u)")
        return f"{OVER_TIME[x.op]}({call} for u in range({begin}, {end}))"


def _time(time: Time) -> str:
    if time.from_end:
        return str(-1 - time.offset)
    if not time.bound:
        return str(time.offset)
    return ("s" if time.outer else "t") + (f" + {time.offset}" if time.offset else "")


def _slice(each: tuple[int | None, int | None, int | None]) -> str:
    start, stop, step = ("" if part is None else str(part) for part in each)
    return f"{start}:{stop}:{step}" if step else f"{start}:{stop}"


def _number(x: Fraction) -> str:
    return str(x.numerator) if x.denominator == 1 else f"({x.numerator} / {x.denominator})"


def _nested(values: tuple[object, ...]) -> str:
    inside = (_nested(v) if isinstance(v, tuple) else _number(v) for v in values)  # type: ignore[arg-type]
    return f"[{', '.join(inside)}]"
