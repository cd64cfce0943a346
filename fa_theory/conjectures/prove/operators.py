"""Facts about operator norms: every fact is an instance of a lemma that the kernel has proved."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from fractions import Fraction
from functools import partial
from typing import TYPE_CHECKING, Any

from fa_theory.checker.proof.budget import need
from fa_theory.symbolic.proof import Fact, axiom, library

from .names import flat, names
from .statement import times
from .usable import UsableFact

if TYPE_CHECKING:
    from .facts import Facts

Json = Any


class Operators:
    """Facts about the operator norm of a matrix, and about norms of products with it."""

    def __init__(self, facts: Facts) -> None:
        self.facts = facts
        self.proof, self.algebra, self.signs = facts.proof, facts.algebra, facts.signs

    def _sorts(self, *indices: str) -> list[str]:
        return [self.proof.data["indices"][i] for i in indices]

    def norm(self, k: str, j: str, entry: Json) -> Json:
        """The operator norm of a matrix with rows k and columns j."""
        term = ["fn", "op", ["of", [k, j], entry]]
        self.facts.later(term)
        return term

    def spectral(self, term: Json, k: str, j: str, entry: Json) -> Iterator[UsableFact]:
        """``λ_max(AᵀA)^½ = ‖A‖``."""
        B, A = self._sorts(k, j)
        matrix = ["of", [k, j], entry]
        made = lambda: self.proof.use(library.spectral_norm(), A=A, B=B)(matrix)  # noqa: E731
        yield UsableFact(term, "=", self.norm(k, j, entry), made, "λ_max(AᵀA) = ‖A‖²")

    def about(self, term: Json, k: str, j: str, entry: Json) -> Iterator[UsableFact]:
        """Upper bounds of an operator norm."""
        B, A = self._sorts(k, j)
        matrix = ["of", [k, j], entry]
        made = lambda: self.proof.use(library.op_at_most_frobenius(), A=A, B=B)(matrix)  # noqa: E731
        yield UsableFact(term, "<=", self.facts.norm([k, j], entry), made, "‖A‖ ≤ ‖A‖_F")
        if not self.facts.spectral:
            return
        turned = lambda: self.proof.use(library.op_transpose(), A=B, B=A)(["of", [j, k], entry])  # noqa: E731
        yield UsableFact(term, "<=", ["fn", "op", ["of", [j, k], entry]], turned, "‖Aᵀ‖ = ‖A‖")
        for other in self._forms(entry):
            yield from self._form(k, j, other)

    def below(self, k: str, j: str, entry: Json) -> Iterator[UsableFact]:
        """``‖A‖ ≤ m^½ ‖m^−½ A‖`` for sizes m."""
        B, A = self._sorts(k, j)
        for other in self._forms(entry):
            factors = flat(other[1:]) if isinstance(other, list) and other[0] == "*" else []
            sizes = [f for f in factors if isinstance(f, list) and f[0] == "size"]
            if not sizes:
                continue
            back = times(*(["size", f[1], str(-Fraction(f[2]))] for f in sizes))
            rest = times(*(f for f in factors if f not in sizes))
            term, bound = (["fn", "op", ["of", [k, j], e]] for e in (rest, entry))

            def made(back: Json = back, term: Json = term, bound: Json = bound) -> Fact:
                sign = self.signs.of_term(back)
                need(sign is not None, "a size without a sign")
                assert sign is not None
                weak = self.facts.prover.combine(0, "<=", back, [{"use": sign.fact.ref}])
                value = axiom("abs_up")(back, given=[weak])
                fact = self.proof.use(library.op_scaled(), A=A, B=B)(back, bound[2])
                items = [{"use": fact.ref}, {"use": value.ref, "times": bound}]
                return self.facts.prover.combine(term, "<=", ["*", back, bound], items)

            yield UsableFact(term, "<=", ["*", back, bound], made, "‖cA‖ = |c| ‖A‖")

    def entries(self, term: Json, k: str, j: str, entry: Json) -> Iterator[UsableFact]:
        """``‖A‖_F ≤ √m ‖A‖`` for m columns, and for m rows."""
        for row, column in ((k, j), (j, k)):
            B, A = self._sorts(row, column)
            bound = ["*", ["size", A, "1/2"], self.norm(row, column, entry)]
            lemma = partial(self._entries, A, B, ["of", [row, column], entry])
            yield UsableFact(term, "<=", bound, lemma, "‖A‖_F ≤ √m ‖A‖")

    def _entries(self, A: str, B: str, matrix: Json) -> Fact:
        return self.proof.use(library.frobenius_at_most_op(), A=A, B=B)(matrix)

    def _forms(self, entry: Json) -> list[Json]:
        """The entry as it is, and multiplied out."""
        monos = [
            times(str(c), self.algebra.mono_json(m)) if c != 1 else self.algebra.mono_json(m)
            for m, c in self.algebra.poly(entry).items()
        ]
        splits = [["+", one, times_sum([*monos[:n], *monos[n + 1 :]])] for n, one in enumerate(monos)]
        return [entry, *(splits if 1 < len(monos) < 5 else monos if len(monos) == 1 else [])]

    def _form(self, k: str, j: str, entry: Json) -> Iterator[UsableFact]:
        B, A = self._sorts(k, j)
        term = ["fn", "op", ["of", [k, j], entry]]
        match entry:
            case ["+" | "-", a, b]:
                c = ["-", b] if entry[0] == "-" else b
                both = ["of", [k, j], a], ["of", [k, j], c]
                bound = ["+", self.norm(k, j, a), self.norm(k, j, c)]
                lemma = lambda: self.proof.use(library.op_triangle(), A=A, B=B)(*both)  # noqa: E731
                yield UsableFact(term, "<=", bound, lemma, "the triangle inequality")
            case ["-", a]:
                yield from self._scaled(term, k, j, -1, a)
            case ["*", *_]:
                factors = flat(entry[1:])
                outside = [f for f in factors if not names(f) & {k, j}]
                inside = [f for f in factors if names(f) & {k, j}]
                sums = [f for f in inside if isinstance(f, list) and f[0] == "sum" and len(f[1]) == 1]
                if outside:
                    yield from self._scaled(term, k, j, times(*outside), times(*inside))
                elif len(sums) == 1:
                    rest = [f for f in inside if f is not sums[0]]
                    yield from self._product(term, k, j, sums[0][1][0], flat([*rest, sums[0][2]]))
            case ["sum", [m], body]:
                yield from self._product(term, k, j, m, flat([body]))

    def _scaled(self, term: Json, k: str, j: str, c: Json, rest: Json) -> Iterator[UsableFact]:
        """``‖cA‖ ≤ |c| ‖A‖``."""
        B, A = self._sorts(k, j)
        up, down = self.signs.of_term(c), self.signs.of_term(["-", c])
        size = c if up is not None else ["-", c] if down is not None else ["fn", "abs", c]
        inner, matrix = self.norm(k, j, rest), ["of", [k, j], rest]

        def made() -> Fact:
            fact = self.proof.use(library.op_scaled(), A=A, B=B)(c, matrix)
            if size[:2] == ["fn", "abs"] if isinstance(size, list) else False:
                return fact
            sign = up if up is not None else down
            assert sign is not None
            low, high = (0, c) if up is not None else (c, 0)
            weak = self.facts.prover.combine(low, "<=", high, [{"use": sign.fact.ref}])
            value = axiom("abs_up" if up is not None else "abs_down")(c, given=[weak])
            items = [{"use": fact.ref}, {"use": value.ref, "times": inner}]
            return self.facts.prover.combine(term, "<=", ["*", size, inner], items)

        yield UsableFact(term, "<=", ["*", size, inner], made, "‖cA‖ = |c| ‖A‖")

    def _product(self, term: Json, k: str, j: str, m: str, factors: list[Json]) -> Iterator[UsableFact]:
        """``‖LR‖ ≤ ‖L‖ ‖R‖``, for every way to tell L from R."""
        B, A = self._sorts(k, j)
        (C,) = self._sorts(m)
        for size in range(1, len(factors)):
            for chosen in itertools.combinations(range(len(factors)), size):
                left = times(*(factors[n] for n in chosen))
                right = times(*(f for n, f in enumerate(factors) if n not in chosen))
                if {k, m} <= names(left) and {m, j} <= names(right) and j not in names(left) and k not in names(right):
                    product = ["*", self.norm(k, m, left), self.norm(m, j, right)]
                    both = ["of", [k, m], left], ["of", [m, j], right]
                    lemma = lambda both=both: self.proof.use(library.op_product(), A=A, B=B, C=C)(*both)  # noqa: E731
                    yield UsableFact(term, "<=", product, lemma, "‖AB‖ ≤ ‖A‖ ‖B‖")

    def frobenius(self, term: Json, k: str, j: str, m: str, left: Json, right: Json) -> Iterator[UsableFact]:
        """``‖LR‖_F ≤ ‖L‖ ‖R‖_F``."""
        B, A = self._sorts(k, j)
        (C,) = self._sorts(m)
        product = ["*", self.norm(k, m, left), self.facts.norm([m, j], right)]
        both = ["of", [k, m], left], ["of", [m, j], right]
        lemma = lambda: self.proof.use(library.op_times_frobenius(), A=A, B=B, C=C)(*both)  # noqa: E731
        yield UsableFact(term, "<=", product, lemma, "‖AB‖_F ≤ ‖A‖ ‖B‖_F")


def times_sum(terms: list[Json]) -> Json:
    """A sum of terms."""
    return terms[0] if len(terms) == 1 else ["+", *terms]
