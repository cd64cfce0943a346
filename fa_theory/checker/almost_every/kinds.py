"""What kind of function of the network the nodes of a formula are.

All networks of one shape are points of an affine space V, the affine hull of that part of the domain. A node is

* *constant*, if it depends on the shape only;
* *analytic*, if it is a real-analytic function on all of V: the numbers of the network; sums, products and whatever
  else is a polynomial of such; exp, ψ and ψ' of such, for the activations in `ANALYTIC`; and so the states of a run,
  which follow from those before by such operations under the rules in `RULES`;
* a *quotient* u/v of analytic functions, where v is not 0 at the network x at which it is evaluated. With it, sums,
  products and quotients of such are of this kind as long as no divisor is 0 at x, and so are the entries of an inverse;
* *with roots*, if it is made by sums, products and quotients from quotients and *roots*: norms, absolute values, square
  roots and eigenvalues, all of quotients. A norm or a square root is a root of ``t² − g``, ``|g|`` of ``t² − g²``, and
  the eigenvalues are those of a characteristic polynomial.

Of all other formulas nothing is known: extremes of several numbers, signs, logarithms, ranks, runs beside that of the
network.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum

from fa_theory.checker.counterexample.formula import OVER_TIME, Machine, Node, Program, bound_times
from fa_theory.checker.counterexample.numbers import Value

ANALYTIC = ("linear", "tanh", "erf", "sigmoid", "softplus", "gelu")
"""Activations that are real-analytic on the whole line, as are their slopes."""
RULES = ("fa", "dfa", "bp")
"""Rules that send the error back through b or β; the others take signs."""
SIGNED = ("norm", "row_norms", "abs", "sqrt")
EIGENVALUES = ("eigmin", "eigmax", "eigenvalue")
_SIZES = ("rows", "columns", "identity")
_POLYNOMIAL = (
    "add", "sub", "mul", "neg", "total", "product", "mean", "trace", "matmul", "outer", "transpose", "entry", "slice",
    "stack", "diagonal", "flat", "det",
)  # fmt: skip
_KEEP_SIGNS = (
    "add", "div", "total", "product", "mean", "trace", "outer", "transpose", "entry", "slice", "stack", "diagonal",
    "flat", "min", "max", "smallest", "largest",
)  # fmt: skip
"""What has entries ≥ 0 if its arguments have."""
_ENTIRE = ("exp", "psi", "slope")
_EXTREME = ("min", "max", "smallest", "largest")


class FormulaKind(IntEnum):
    """Each includes those before it."""

    CONSTANT = 0
    ANALYTIC = 1
    QUOTIENT = 2
    WITH_ROOTS = 3
    UNKNOWN = 4


@dataclass(frozen=True)
class Analysed:
    """A program with what is known of its nodes.

    Attributes
    ----------
    program
        The program.
    moments
        The times that its leaves count from.
    values
        Its nodes at the network.
    kinds
        Of its nodes.
    signs
        Of its nodes, whether the form shows that all entries are ≥ 0 wherever they are defined.
    """

    program: Program
    moments: tuple[int, ...]
    values: list[Value]
    kinds: list[FormulaKind]
    signs: list[bool]

    def index(self, place: int) -> int:
        """Which eigenvalue a node is, the smallest being number 0."""
        node = self.program[place]
        size: int = self.values[node.args[0]].shape[0]
        last = node.extra if node.op == "eigenvalue" else size - 1
        return 0 if node.op == "eigmin" else last


def analysed(
    machine: Machine,
    program: Program,
    moments: tuple[int, ...] = (),
    replaced: Mapping[int, Value] | None = None,
) -> Analysed:
    """The kinds and signs of all nodes; nothing is known of those that are replaced by other values.

    Raises
    ------
    Undefined
        If a node has no certain value at the network.
    """
    made = Analysed(program, moments, machine.values(program, moments, replaced=replaced), [], [])
    for place, node in enumerate(program):
        unknown = replaced is not None and place in replaced
        made.kinds.append(FormulaKind.UNKNOWN if unknown else _kind(machine, made, node))
        made.signs.append(not unknown and _at_least_0(made, place))
    return made


def _kind(machine: Machine, of: Analysed, node: Node) -> FormulaKind:
    op, given = node.op, [of.kinds[i] for i in node.args]
    among = max(given, default=FormulaKind.CONSTANT)
    match op:
        case "leaf":
            name, _, origin = node.extra
            if origin != "limit":
                return FormulaKind.CONSTANT if name in ("n", "d", "p", "T") else FormulaKind.ANALYTIC
        case "const" | "array":
            return FormulaKind.CONSTANT
        case "sum_over_time" if not node.args:
            following, body, after = node.extra
            times = bound_times(len(machine.states) - 1, following, after, of.moments)
            parts = [analysed(machine, body, (*of.moments, t)).kinds[-1] for t in times]
            if max(parts, default=FormulaKind.CONSTANT) < FormulaKind.WITH_ROOTS:
                return max(parts, default=FormulaKind.CONSTANT)
        case _ if op in _SIZES:
            return among if among > FormulaKind.ANALYTIC else FormulaKind.CONSTANT  # is it defined everywhere?
        case _ if node.args and among is FormulaKind.CONSTANT and op not in OVER_TIME:
            return FormulaKind.CONSTANT
        case _ if op in _POLYNOMIAL or (op == "pow" and node.extra >= 0):
            return among
        case "div" | "inverse" | "pow":
            return max(among, FormulaKind.QUOTIENT)
        case _ if op in _ENTIRE and among <= FormulaKind.ANALYTIC:
            return FormulaKind.ANALYTIC
        case "sqrt" if not of.signs[node.args[0]]:
            return FormulaKind.UNKNOWN
        case _ if op in (*SIGNED, *EIGENVALUES) and among <= FormulaKind.QUOTIENT:
            return FormulaKind.WITH_ROOTS
        case _ if op in _EXTREME and len(node.args) == 1 and len(of.values[node.args[0]].entries) == 1:
            return among
    return FormulaKind.UNKNOWN


def _at_least_0(of: Analysed, place: int) -> bool:
    """Whether the form of a node shows that its entries are ≥ 0 wherever it is defined."""
    node, value = of.program[place], of.values[place]
    if of.kinds[place] is FormulaKind.CONSTANT:
        return all(x >= 0 for x in value.entries)
    every = bool(node.args) and all(of.signs[i] for i in node.args)
    same = len(set(node.args)) == 1
    match node.op:
        case "leaf":
            return node.extra[0] in ("eta", "lam")  # no domain has negative ones
        case "exp" | "norm" | "row_norms" | "abs" | "sqrt":
            return True
        case "pow":
            return every or node.extra % 2 == 0
        case "mul":
            return every or same
        case "matmul":
            return every or (same and not value.shape)  # a vector times itself
        case "sub":
            left, right = node.args
            ordered = of.program[left].op in EIGENVALUES and of.program[right].op in EIGENVALUES
            if ordered and of.program[left].args == of.program[right].args:
                return of.index(left) >= of.index(right)
            return (
                of.signs[left]
                and of.kinds[right] is FormulaKind.CONSTANT
                and all(x <= 0 for x in of.values[right].entries)
            )
        case op if op in _KEEP_SIGNS:
            return every
    return False
