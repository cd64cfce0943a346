"""Rows of vectors that are known up to an error in every entry, and up to an error in norm.

A statement about depth needs both. With a matrix M of width w, ``|M| δ`` loses up to √w against the norm of Mδ, and
``‖M‖₂ ‖δ‖`` loses up to √w against every entry. So each bound is derived in both ways, and the smaller one counts.

`Rows` stands for all matrices whose row a differs from row a of one fixed real matrix, the *centre*, by at most
``radius_a`` in every entry and by at most ``reach_a`` in Euclidean norm. The centre is enclosed in narrow balls. Hats
mean largest values: ``v̂ = |centre| + radius`` for entries and ``‖v‖^ = ‖centre‖ + reach`` for norms. With rows v, u and
their centres c, d:

    v_a·u_b − c_a·d_b  = (v−c)_a·u_b + c_a·(u−d)_b         `inner`
    v_a M − c_a M      = (v−c)_a M                         `through`
    v_a∘s_a − c_a∘m_a  = (v−c)_a∘s_a + c_a∘(s−m)_a         `times`, for s within m ± δ

A ball around 0 times a ball is a ball around 0, with the radius of the one times the largest size in the other; so
radii are multiplied as balls around 0, and no absolute values of matrices are needed.

By the triangle inequality the first is at most ``(radius_a·û_b + |c_a|·radius_b)``, and by Cauchy–Schwarz at most
``reach_a ‖u_b‖^ + ‖c_a‖ reach_b``; similarly for the others.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, reduce
from operator import mul

from flint import arb, arb_mat

from fa_theory.checker.linalg import elementwise, euclidean, spectral_norm

_SQUARINGS = 5
"""For the norms of weights: at most a factor ``w^(1/128)`` too large."""
_UNIT = arb(0, 1)


@dataclass(frozen=True)
class Rows:
    """Rows around a centre; see the module."""

    centre: arb_mat
    radius: arb_mat
    """Exact numbers."""
    reach: list[arb]
    """Exact numbers."""

    @cached_property
    def errors(self) -> arb_mat:
        """Balls around 0 with the radii of the entries."""
        return self.radius * _UNIT

    @cached_property
    def sizes(self) -> arb_mat:
        """Upper bounds on the entries of the centre."""
        return elementwise(arb.abs_upper, self.centre)

    @cached_property
    def lengths(self) -> list[arb]:
        """Upper bounds on the norms of the rows of the centre."""
        return [euclidean(row) for row in self.centre.tolist()]

    @cached_property
    def most(self) -> arb_mat:
        """Upper bounds on entries."""
        return ceiling(self.sizes + self.radius)

    @cached_property
    def longest(self) -> list[arb]:
        """Upper bounds on norms of rows."""
        return [(length + reach).upper() for length, reach in zip(self.lengths, self.reach, strict=True)]


def around(centre: arb_mat, radius: arb_mat, reach: list[arb]) -> Rows:
    """Rows within both bounds, of which each also bounds the other."""
    return Rows(centre, *capped(radius, reach))


def capped(radius: arb_mat, reach: list[arb]) -> tuple[arb_mat, list[arb]]:
    """Upper ends of bounds on entries and on norms of rows, each made no larger than the other allows."""
    entries = ceiling(radius).tolist()
    least = [r.upper().min(_length(row)) for r, row in zip(reach, entries, strict=True)]
    return arb_mat([[x.min(r) for x in row] for r, row in zip(least, entries, strict=True)]), least


def _length(sizes: list[arb]) -> arb:
    """Upper bound on the norm of a vector of bounds."""
    return sum(map(mul, sizes, sizes), arb(0)).sqrt().upper()


def known(centre: arb_mat) -> Rows:
    """Rows that are the centre."""
    return Rows(centre, arb_mat(centre.nrows(), centre.ncols()), [arb(0)] * centre.nrows())


def ceiling(M: arb_mat) -> arb_mat:
    """The upper ends of the entries."""
    return elementwise(arb.upper, M)


def squares(M: arb_mat) -> arb_mat:
    """The squares of the entries."""
    entries = M.entries()
    return arb_mat(M.nrows(), M.ncols(), list(map(mul, entries, entries)))


def outer(u: list[arb], v: list[arb]) -> arb_mat:
    """``u vᵀ``."""
    return arb_mat([[x * y for y in v] for x in u])


def products(A: Rows, B: Rows) -> tuple[arb_mat, arb_mat]:
    """The products of the rows of the centres of A and B, and how far those of the rows may be from them."""
    by_entry = A.errors * (B.centre + B.errors).transpose() + A.centre * B.errors.transpose()
    by_norm = outer(A.reach, B.longest) + outer(A.lengths, B.reach)
    radius = elementwise(lambda x, y: x.upper().min(y.upper()), by_entry, by_norm)
    return A.centre * B.centre.transpose(), radius


def inner(A: Rows, B: Rows) -> arb_mat:
    """Balls that contain all products of a row of A with a row of B."""
    return elementwise(lambda c, r: c + arb(0, r), *products(A, B))


@dataclass(frozen=True)
class Map:
    """A matrix that rows are multiplied by, from the right; with the norms that this needs."""

    matrix: arb_mat
    columns: list[arb] | None
    """Norms of the columns, if they are used."""
    norm: arb

    @classmethod
    def of(cls, matrix: arb_mat, norm: arb | None = None) -> Map:
        """Compute the norms; a bound on the spectral norm may be known."""
        columns = [euclidean(column) for column in matrix.transpose().tolist()]
        norm = spectral_norm(matrix, _SQUARINGS) if norm is None else norm
        return cls(matrix, columns, norm)

    @classmethod
    def coarse(cls, matrix: arb_mat, norm: arb) -> Map:
        """With a bound on the spectral norm, and no others."""
        return cls(matrix, None, norm)

    def turned(self) -> Map:
        """The transpose."""
        columns = None if self.columns is None else [euclidean(row) for row in self.matrix.tolist()]
        return Map(self.matrix.transpose(), columns, self.norm)


def carried(A: Rows, M: Map) -> tuple[arb_mat, list[arb]]:
    """How far products of the rows with M may be from those of the centre: balls for the entries, and norms."""
    radius = A.errors * M.matrix
    if M.columns is not None:
        radius = elementwise(lambda x, y: x.upper().min(y.upper()), radius, outer(A.reach, M.columns))
    return radius, [r * M.norm for r in A.reach]


def through(A: Rows, M: Map) -> Rows:
    """All products of the rows with M."""
    return around(A.centre * M.matrix, *carried(A, M))


def times(A: Rows, middle: arb_mat, slopes: arb_mat) -> Rows:
    """All entrywise products of rows with what the balls ``slopes`` contain; the new centre is that with ``middle``."""
    return times_within(A, middle, elementwise(lambda s, m: (s - m).abs_upper(), slopes, middle))


def times_within(A: Rows, middle: arb_mat, off: arb_mat) -> Rows:
    """All entrywise products of rows with slopes that are ``off`` from those in the balls ``middle``, at most."""
    steepest = elementwise(arb.abs_upper, middle + off * _UNIT)
    moved = elementwise(mul, A.sizes, off)
    reach = [
        greatest(top) * r + _length(row) for top, r, row in zip(steepest.tolist(), A.reach, moved.tolist(), strict=True)
    ]
    return around(elementwise(mul, A.centre, middle), elementwise(mul, A.radius, steepest) + moved, reach)


def greatest(entries: list[arb]) -> arb:
    """The largest of exact numbers."""
    return reduce(arb.max, entries)


def added(A: Rows, radius: arb_mat, reach: list[arb]) -> Rows:
    """Rows with further errors."""
    return around(A.centre, A.radius + radius, [x + y for x, y in zip(A.reach, reach, strict=True)])


def scaled(A: Rows, factor: arb) -> Rows:
    """Rows times a positive factor."""
    return around(A.centre * factor, A.radius * factor, [x * factor for x in A.reach])


def within(A: Rows, B: Rows) -> bool:
    """Whether the bounds of A are certainly at most those of B, which has the same centre."""
    entries = all(x <= y for x, y in zip(A.radius.entries(), B.radius.entries(), strict=True))
    return entries and all(x <= y for x, y in zip(A.reach, B.reach, strict=True))


def inflated(A: Rows, factor: arb) -> Rows:
    """Rows with all bounds multiplied."""
    return Rows(A.centre, ceiling(A.radius * factor), [(x * factor).upper() for x in A.reach])
