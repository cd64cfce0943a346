"""What the entries of a formula are at least and at most, for every network of the domain and of any size.

Each rule is a fact about real numbers; the ends are rationals, rounded outwards.
"""

from __future__ import annotations

from fractions import Fraction
from functools import reduce
from operator import or_

from fa_theory.conjectures.language.domain import Domain
from fa_theory.conjectures.language.expression import Expr
from fa_theory.model.activations import activation

from .entries import Entries
from .ranges import NONNEGATIVE, ONE, POSITIVE, UNIT, ZERO, Range, above, of_span
from .shapes import NotProvable, axes


class EntryBounds:
    """Bounds of formulas about the networks of a domain."""

    def __init__(self, domain: Domain, entries: Entries) -> None:
        self.domain = domain
        self.activations = tuple(activation(name) for name in domain.activations)
        self.entries = entries
        self.assumed: list[tuple[Expr, bool]] = []
        """Formulas that are ≥ 0, or > 0, by hypothesis."""
        self._known: dict[int, tuple[Range, Expr]] = {}

    def __call__(self, x: Expr) -> Range:
        if id(x) not in self._known:
            found = self._range(x)
            if not found.positive and any(x.op == h.op and self.same(x, h) for h, _ in self.assumed):
                strict = any(positive for h, positive in self.assumed if x.op == h.op and self.same(x, h))
                found = above(max(found.low or ZERO, ZERO), found.high, strict)
            self._known[id(x)] = found, x
        return self._known[id(x)][0]

    def nonnegative(self, x: Expr) -> bool:
        """Whether no entry is negative."""
        return self(x).nonnegative

    def _range(self, x: Expr) -> Range:
        op = x.op
        args = [self(arg) for arg in x.args]
        match op:
            case "const":
                return above(x.value, x.value)
            case "leaf":
                return self._leaf(str(x.value))
            case "add":
                return args[0] + args[1]
            case "sub":
                return args[0] + -args[1]
            case "neg":
                return -args[0]
            case "mul":
                product = args[0] * args[1]
                return product if product.nonnegative or not self.same(*x.args) else NONNEGATIVE
            case "div":
                return args[0] * args[1].inverse()
            case "pow":
                found: Range = args[0] ** x.value
                return found
            case "abs":
                return args[0].absolute()
            case "sqrt":
                return Range(ZERO, None, args[0].positive)
            case "exp":
                if args[0].is_nonpositive:
                    return Range(ZERO, ONE, True)
                return Range(ONE, None, True) if args[0].nonnegative else POSITIVE
            case "sign":
                return above(ONE, ONE) if args[0].positive else Range(ZERO if args[0].nonnegative else -ONE, ONE)
            case "psi":
                found = reduce(or_, (of_span(psi.values) for psi in self.activations))
                grows = args[0].nonnegative and all(psi.fixes_zero and psi.monotone for psi in self.activations)
                return found if found.nonnegative or not grows else Range(ZERO, found.high)
            case "slope":
                return reduce(or_, (of_span(psi.slopes) for psi in self.activations))
            case "norm" | "row_norms":
                return NONNEGATIVE
            case "transpose" | "mean" | "smallest" | "largest" | "entry":
                return args[0]
            case "min" | "max":
                return self._extreme(op, args)
            case "total" | "trace":
                if op == "trace" and self.psd(x.args[0]):
                    return NONNEGATIVE
                return self._signs(args[0])
            case "eigmin" | "eigmax":
                return NONNEGATIVE if self.psd(x.args[0]) else Range()
            case "inverse":
                return args[0].inverse()
            case "outer" | "matmul" | "inner":
                if x.rank == 0 and self._square(*x.args):
                    return NONNEGATIVE
                return self._signs(args[0] * args[1])
            case "sum_over_time":  # 0 in a run without steps
                return NONNEGATIVE if args[0].nonnegative else Range()
        return Range()

    def _leaf(self, name: str) -> Range:
        domain = self.domain
        if name in ("eta", "lam"):
            return above(*domain.exact(name))
        if name in ("n", "d", "p", "k", "T"):
            low, high = domain.whole("steps" if name == "T" else name)
            return above(Fraction(low), Fraction(high))
        small = {
            "X": domain.inputs != "gaussian",
            "y": domain.targets == "bounded",
            "b": domain.feedback == "sign",
            "W": False,
            "beta": False,
        }
        return UNIT if small[name] else Range()

    @staticmethod
    def _signs(x: Range) -> Range:
        """Of a sum of at least one number of a range."""
        if x.nonnegative:
            return Range(ZERO, None, x.positive)
        return Range(None, ZERO) if x.is_nonpositive else Range()

    @staticmethod
    def _extreme(op: str, args: list[Range]) -> Range:
        if op == "min":
            return -EntryBounds._extreme("max", [-arg for arg in args])
        lows = [arg.low for arg in args if arg.low is not None]
        highs = [arg.high for arg in args]
        high = None if any(h is None for h in highs) else max(h for h in highs if h is not None)
        return above(max(lows, default=None), high, any(arg.positive for arg in args))

    def same(self, x: Expr, z: Expr) -> bool:
        """Whether both have the same axes and multiply out to the same."""
        try:
            return x.rank == z.rank and self.entries.same(x, z)
        except NotProvable:  # too many terms to tell
            return False

    def _square(self, x: Expr, z: Expr) -> bool:
        """Whether the product of two vectors is ``v·v``, or ``v·Av`` with A positive semidefinite."""
        if self.same(x, z):
            return True
        for product, v in ((x, z), (z, x)):
            if product.op == "matmul":
                left, right = product.args
                matrix, u = (left, right) if left.rank == 2 else (right, left)
                if self.same(u, v) and len(set(axes(matrix))) == 1 and self.psd(matrix):
                    return True
        return False

    def psd(self, A: Expr) -> bool:
        """Whether a matrix is positive semidefinite by its shape.

        ``AAᵀ``; ``ABAᵀ`` and ``A diag(w) Aᵀ`` with B positive semidefinite, w ≥ 0; ``vvᵀ``; sums, non-negative
        multiples, and entrywise products (Schur 1911) of positive semidefinite matrices.
        """
        op, args = A.op, A.args
        if op == "transpose":
            return self.psd(args[0])
        if op == "outer":
            return self.same(*args)
        if op == "add":
            return all(arg.rank == 2 and self.psd(arg) for arg in args)
        if op in ("mul", "div"):
            left, right = args
            if right.rank == 0:
                return self.nonnegative(right) and self.psd(left)
            if op == "mul" and left.rank == 0:
                return self.nonnegative(left) and self.psd(right)
            return op == "mul" and left.rank == right.rank == 2 and self.psd(left) and self.psd(right)
        return op == "matmul" and args[0].rank == args[1].rank == 2 and self._sandwich(*args)

    def _sandwich(self, P: Expr, Q: Expr) -> bool:
        transposed = Q.args[0] if Q.op == "transpose" else Expr("transpose", (Q,), 2)
        if self.same(P, transposed):
            return True
        if P.op == "matmul" and self.same(P.args[0], transposed):
            return P.args[1].rank == 2 and self.psd(P.args[1])
        if P.op == "mul":
            for A, w in (P.args, P.args[::-1]):
                if A.rank == 2 and w.rank < 2 and self.nonnegative(w) and self.same(A, transposed):
                    return True
        return False
