"""Lemmas proved in the kernel: squares, roots, Cauchy–Schwarz, norms, absolute values, maxima, powers over time, flows.

Each function gives a lemma with a closed conclusion; ``A`` and ``B`` are its finite sorts.
"""

from __future__ import annotations

from fractions import Fraction
from functools import cache

from .notation import (
    Assertion,
    Expression,
    IndexName,
    Tensor,
    Value,
    absolute,
    at_least_0,
    d,
    delta,
    differentiable,
    forall,
    given,
    inv,
    largest,
    norm,
    num,
    of,
    op,
    positive,
    size,
    sqrt,
    square_sum,
    term,
    top,
    total,
)
from .writer import REAL, TIME, Fact, Lemma, Multiple, ProofWriter, axiom, item

HALF = Fraction(1, 2)


class _Vectors(ProofWriter):
    """Scalars x, y, c, vectors u, v of sort A and a matrix M of sorts B × A."""

    def __init__(self, title: str, names: str = "", *sorts: str) -> None:
        super().__init__(title)
        if sorts:
            self.sorts(*sorts)
        self.i, self.j = self.indices("i j", "A") if "A" in sorts else (IndexName("i"), IndexName("j"))
        self.k = self.index("k", "B") if "B" in sorts else IndexName("k")
        for name in names.split():
            axes = {"u": ("A",), "v": ("A",), "M": ("B", "A")}.get(name, ())
            self.tensor(name, *axes)

    x, y, c, b = (Expression([name]) for name in ("x", "y", "c", "b"))
    u, v, M = Tensor("u"), Tensor("v"), Tensor("M")

    def squared(self, name: str, i: IndexName, entry: Value) -> Fact:
        """``‖entry‖² = Σ entry²``."""
        inside = square_sum(i, entry)
        sign = self.show(f"{name} ≥ 0", at_least_0(inside), item(self.use(square())(entry), over=[i]))
        return self.show(name, (sqrt(inside) ** 2).equals(inside), axiom("sqrt_square")(inside, given=[sign]))

    def by_root(self, name: str, goal: Assertion, signs: list[Fact | Multiple], squares: list[Fact | Multiple]) -> Fact:
        """``a ≤ b`` from ``0 ≤ b`` and ``a² ≤ b²``."""
        a, _, b = goal.say
        low, high = Expression(a), Expression(b)
        sign = self.show(f"{name}, sign", at_least_0(high), *signs)
        squared = self.show(f"{name}, squares", low**2 <= high**2, *squares)
        return self.show(name, goal, self.use(root())(low, high, given=[sign, squared]))


@cache
def square() -> Lemma:
    """``0 ≤ x²``."""
    p = _Vectors("squares", "x")
    x = p.x
    up, down = p.assume("x ≥ 0", at_least_0(x)), p.assume("x < 0", x < 0)
    p.show("if x ≥ 0", at_least_0(x**2), item(up, x, sign=up))
    p.show("if x < 0", at_least_0(x**2), item(down, -x, sign=down))
    both = p.cases("either way", 0, x, Fact("if x ≥ 0"), Fact("if x < 0"))
    return p.lemma("square", p.generalise("square", both, x))


@cache
def root() -> Lemma:
    """``0 ≤ y, x² ≤ y² ⟹ x ≤ y``."""
    p = _Vectors("monotone root", "x y")
    x, y = p.x, p.y
    low, high = p.assume("x ≤ y", x <= y), p.assume("y < x", y < x)
    sign, squares = p.assume("y ≥ 0", at_least_0(y)), p.assume("x² ≤ y²", x**2 <= y**2)
    p.show("low", x <= y, low)
    total_ = p.show("x + y", positive(x + y), high, sign)
    never = p.show("never", positive(0), item(high, x + y, sign=total_), squares)
    p.absurd("high", never, x <= y)
    both = p.cases("either way", x, y, Fact("low"), Fact("high"))
    return p.lemma("root", p.show("root", forall(x, y, given(at_least_0(y), x**2 <= y**2, x <= y)), both))


@cache
def equal_if_both() -> Lemma:
    """``x ≤ y, y ≤ x ⟹ x = y``."""
    p = _Vectors("antisymmetry", "x y")
    x, y = p.x, p.y
    p.assume("x ≤ y", x <= y)
    p.assume("y ≤ x", y <= x)
    up = p.show("0 ≤ y - x", at_least_0(y - x), "x ≤ y")
    down = p.show("y - x ≤ 0", y - x <= 0, "y ≤ x")
    goal = forall(x, y, given(x <= y, y <= x, x.equals(y)))
    both = axiom("abs_up")(y - x, given=[up]), axiom("abs_down")(y - x, given=[down])
    return p.lemma("equal_if_both", p.show("equal", goal, *both, reason="|y − x| is y − x and x − y"))


@cache
def cauchy_schwarz_squared() -> Lemma:
    """``(Σ u v)² ≤ Σ u² Σ v²``."""
    p = _Vectors("Cauchy–Schwarz, squared", "u v", "A")
    u, v, i, j = p.u, p.v, p.i, p.j
    goal = total(i, u(i) * v(i)) ** 2 <= square_sum(i, u(i)) * square_sum(i, v(i))
    squares = item(p.use(square())(u(i) * v(j) - u(j) * v(i)), over=[i, j])
    return p.lemma("cauchy_schwarz_squared", p.show("result", forall(u, v, goal), squares))


@cache
def cauchy_schwarz() -> Lemma:
    """``Σ u v ≤ ‖u‖ ‖v‖``."""
    p = _Vectors("Cauchy–Schwarz", "u v", "A")
    u, v, i = p.u, p.v, p.i
    nu, nv = norm(i, u(i)), norm(i, v(i))
    nu2, nv2 = p.squared("‖u‖²", i, u(i)), p.squared("‖v‖²", i, v(i))
    fact = p.by_root(
        "bound",
        total(i, u(i) * v(i)) <= nu * nv,
        [axiom("sqrt_sign")(square_sum(i, u(i))) * nv],
        [p.use(cauchy_schwarz_squared(), A="A")(of(i, u(i)), of(i, v(i))), nu2 * nv**2, nv2 * square_sum(i, u(i))],
    )
    return p.lemma("cauchy_schwarz", p.generalise("result", fact, u, v))


@cache
def triangle() -> Lemma:
    """``‖u + v‖ ≤ ‖u‖ + ‖v‖``."""
    p = _Vectors("triangle inequality", "u v", "A")
    u, v, i = p.u, p.v, p.i
    nu, nv = norm(i, u(i)), norm(i, v(i))
    squares = [p.squared("‖u‖²", i, u(i)), p.squared("‖v‖²", i, v(i)), p.squared("‖u+v‖²", i, u(i) + v(i))]
    signs = [axiom("sqrt_sign")(square_sum(i, u(i))), axiom("sqrt_sign")(square_sum(i, v(i)))]
    product = p.use(cauchy_schwarz(), A="A")(of(i, u(i)), of(i, v(i)))
    fact = p.by_root("bound", norm(i, u(i) + v(i)) <= nu + nv, [*signs], [product, *squares])
    return p.lemma("triangle", p.generalise("result", fact, u, v))


def _by_sign(name: str, goal: Assertion, up: Multiple, down: Multiple) -> Lemma:
    """A statement about |x| for x ≥ 0 and for x < 0, which are facts to use in items."""
    p = _Vectors(name, "x c")
    x = p.x
    p.assume("x ≥ 0", at_least_0(x))
    p.assume("x < 0", x < 0)
    p.show("x ≤ 0", x <= 0, "x < 0")
    p.show("|x| = x", absolute(x).equals(x), axiom("abs_up")(x, given=["x ≥ 0"]))
    p.show("|x| = -x", absolute(x).equals(-x), axiom("abs_down")(x, given=["x ≤ 0"]))
    at_most = p.show("up", goal, up, "x ≥ 0")
    above = p.show("down", goal, down, "x ≤ 0")
    both = p.cases("either way", 0, x, at_most, above)
    return p.lemma(name, p.generalise("result", both, x))


@cache
def abs_sign() -> Lemma:
    """``0 ≤ |x|``."""
    return _by_sign("abs_sign", at_least_0(absolute(_Vectors.x)), item("|x| = x"), item("|x| = -x"))


@cache
def abs_square() -> Lemma:
    """``|x|² = x²``."""
    p = _Vectors("abs_square", "x")
    x, a = p.x, absolute(p.x)
    p.assume("x ≥ 0", at_least_0(x))
    p.assume("x < 0", x < 0)
    p.show("x ≤ 0", x <= 0, "x < 0")
    up = p.show("up", (a**2).equals(x**2), axiom("abs_up")(x, given=["x ≥ 0"]) * (a + x))
    down = p.show("down", (a**2).equals(x**2), axiom("abs_down")(x, given=["x ≤ 0"]) * (a - x))
    return p.lemma("abs_square", p.generalise("result", p.cases("either way", 0, x, up, down), x))


@cache
def abs_at_most() -> Lemma:
    """``x ≤ c, −x ≤ c ⟹ |x| ≤ c``."""
    p = _Vectors("abs_at_most", "x c")
    x, c = p.x, p.c
    p.assume("x ≥ 0", at_least_0(x))
    p.assume("x < 0", x < 0)
    p.assume("x ≤ c", x <= c)
    p.assume("-x ≤ c", -x <= c)
    p.show("x ≤ 0", x <= 0, "x < 0")
    up = p.show("up", absolute(x) <= c, axiom("abs_up")(x, given=["x ≥ 0"]), "x ≤ c")
    down = p.show("down", absolute(x) <= c, axiom("abs_down")(x, given=["x ≤ 0"]), "-x ≤ c")
    both = p.cases("either way", 0, x, up, down)
    return p.lemma("abs_at_most", p.show("result", forall(x, c, given(x <= c, -x <= c, absolute(x) <= c)), both))


def _below_abs(name: str, sign: int) -> Lemma:
    p = _Vectors(name, "x")
    x, a = p.x, absolute(p.x)
    signs, squares = p.use(abs_sign())(x), p.use(abs_square())(x)
    return p.lemma(name, p.generalise("result", p.by_root("bound", sign * x <= a, [signs], [squares]), x))


@cache
def below_abs() -> Lemma:
    """``x ≤ |x|``."""
    return _below_abs("below_abs", 1)


@cache
def minus_below_abs() -> Lemma:
    """``−x ≤ |x|``."""
    return _below_abs("minus_below_abs", -1)


@cache
def abs_triangle() -> Lemma:
    """``|x + y| ≤ |x| + |y|``."""
    p = _Vectors("triangle inequality of |x|", "x y")
    x, y = p.x, p.y
    bound = absolute(x) + absolute(y)
    above, below = p.use(below_abs()), p.use(minus_below_abs())
    one = p.show("x + y", x + y <= bound, above(x), above(y))
    two = p.show("-(x + y)", -(x + y) <= bound, below(x), below(y))
    goal = forall(x, y, absolute(x + y) <= bound)
    return p.lemma("abs_triangle", p.show("result", goal, p.use(abs_at_most())(x + y, bound, given=[one, two])))


@cache
def homogeneous() -> Lemma:
    """``‖c u‖ ≤ |c| ‖u‖``."""
    p = _Vectors("homogeneous norm", "c u", "A")
    c, u, i = p.c, p.u, p.i
    nu, ac = norm(i, u(i)), absolute(c)
    one, other = p.squared("‖u‖²", i, u(i)), p.squared("‖cu‖²", i, c * u(i))
    fact = p.by_root(
        "bound",
        norm(i, c * u(i)) <= ac * nu,
        [item(axiom("sqrt_sign")(square_sum(i, u(i))), ac, sign=p.use(abs_sign())(c))],
        [other, one * ac**2, p.use(abs_square())(c) * square_sum(i, u(i))],
    )
    return p.lemma("homogeneous", p.generalise("result", fact, c, u))


@cache
def op_bound() -> Lemma:
    """``‖Mu‖ ≤ ‖M‖ ‖u‖``, M of sorts B × A."""
    p = _Vectors("operator norm", "M u", "A", "B")
    M, u, i, k = p.M, p.u, p.i, p.k
    Mu, nu, size_ = total(i, M(k, i) * u(i)), norm(i, u(i)), op(k, i, M(k, i))
    one, other = p.squared("‖u‖²", i, u(i)), p.squared("‖Mu‖²", k, Mu)
    fact = p.by_root(
        "bound",
        norm(k, Mu) <= size_ * nu,
        [axiom("sqrt_sign")(square_sum(i, u(i))) * size_],
        [axiom("op_bound", "B", "A")(of(k, i, M(k, i)), of(i, u(i))), other, one * size_**2],
    )
    return p.lemma("op_bound", p.generalise("result", fact, M, u))


@cache
def op_at_most_frobenius() -> Lemma:
    """``‖M‖ ≤ ‖M‖_F``, M of sorts B × A."""
    p = _Vectors("operator and Frobenius norm", "M u", "A", "B")
    M, u, i, k = p.M, p.u, p.i, p.k
    F2 = total(k, i, M(k, i) ** 2)
    sign = p.show("ΣΣM² ≥ 0", at_least_0(F2), item(p.use(square())(M(k, i)), over=[k, i]))
    squared = p.show("‖M‖_F²", (sqrt(F2) ** 2).equals(F2), axiom("sqrt_square")(F2, given=[sign]))
    Mu = total(i, M(k, i) * u(i))
    rows = item(p.use(cauchy_schwarz_squared(), A="A")(of(i, M(k, i)), of(i, u(i))), over=[k])
    bound = forall(u, square_sum(k, Mu) <= sqrt(F2) ** 2 * square_sum(i, u(i)))
    fact = p.show("‖Mu‖²", bound, rows, squared * square_sum(i, u(i)))
    least = axiom("op_least", "B", "A")(of(k, i, M(k, i)), sqrt(F2), given=[axiom("sqrt_sign")(F2), fact])
    return p.lemma("op_at_most_frobenius", p.generalise("result", p.instance("‖M‖", least), M))


@cache
def frobenius_triangle() -> Lemma:
    """``‖M + N‖_F ≤ ‖M‖_F + ‖N‖_F``, M and N of sorts B × A."""
    p = _Vectors("triangle inequality of matrices", "M", "A", "B")
    M, N, i, k = p.M, p.tensor("N", "B", "A"), p.i, p.k
    j, m = p.j, p.index("m", "B")

    def length(name: str, entry: Expression) -> tuple[Expression, Fact]:
        square_ = total(k, i, entry**2)
        sign = p.show(f"{name} ≥ 0", at_least_0(square_), item(p.use(square())(entry), over=[k, i]))
        root_ = sqrt(square_)
        return root_, p.show(name, (root_**2).equals(square_), axiom("sqrt_square")(square_, given=[sign]))

    (nM, M2), (nN, N2), (nS, S2) = (
        length("‖M‖²", M(k, i)),
        length("‖N‖²", N(k, i)),
        length("‖M+N‖²", M(k, i) + N(k, i)),
    )
    signs = [axiom("sqrt_sign")(total(k, i, x(k, i) ** 2)) for x in (M, N)]
    swapped = item(p.use(square())(M(k, i) * N(m, j) - N(k, i) * M(m, j)), over=[k, i, m, j])
    product = total(k, i, M(k, i) * N(k, i))
    p.show(
        "ΣMN, squared",
        product**2 <= total(k, i, M(k, i) ** 2) * total(k, i, N(k, i) ** 2),
        swapped,
    )
    inner = p.by_root(
        "ΣMN",
        product <= nM * nN,
        [signs[0] * nN],
        [Fact("ΣMN, squared"), M2 * nN**2, N2 * total(k, i, M(k, i) ** 2)],
    )
    fact = p.by_root("bound", nS <= nM + nN, [*signs], [inner, M2, N2, S2])
    return p.lemma("frobenius_triangle", p.generalise("result", fact, M, N))


@cache
def abs_product() -> Lemma:
    """``|xy| ≤ |x| |y|``."""
    p = _Vectors("absolute value of a product", "x y")
    x, y = p.x, p.y
    ax, ay = absolute(x), absolute(y)
    above, below = p.use(below_abs()), p.use(minus_below_abs())
    signs = {}
    for name, at, size_ in (("x", x, ax), ("y", y, ay)):
        signs[name, 1] = p.show(f"|{name}| − {name}", at_least_0(size_ - at), above(at))
        signs[name, -1] = p.show(f"|{name}| + {name}", at_least_0(size_ + at), below(at))
    bounds = [
        p.show(
            f"{sign}xy",
            sign * x * y <= ax * ay,
            item(signs["x", 1], HALF * (ay + sign * y), sign=p.sign(HALF * (ay + sign * y))),
            item(signs["x", -1], HALF * (ay - sign * y), sign=p.sign(HALF * (ay - sign * y))),
        )
        for sign in (1, -1)
    ]
    both = p.use(abs_at_most())(x * y, ax * ay, given=bounds)
    return p.lemma("abs_product", p.show("result", forall(x, y, absolute(x * y) <= ax * ay), both))


@cache
def op_dominated() -> Lemma:
    """``|M_ki| ≤ N_ki for all k, i ⟹ ‖M‖ ≤ ‖N‖``, both of sorts B × A."""
    p = _Vectors("a matrix dominated entry by entry", "M u", "A", "B")
    M, u, i, k, N = p.M, p.u, p.i, p.k, p.tensor("N", "B", "A")
    entries = forall(k, i, absolute(M(k, i)) <= N(k, i))
    p.assume("entries", entries)
    Mu, most = total(i, M(k, i) * u(i)), total(i, N(k, i) * absolute(u(i)))
    product = p.use(abs_product())(M(k, i), u(i))
    bounds = [
        p.show(
            f"{sign}Mu",
            sign * Mu <= most,
            item(p.use(lemma())(M(k, i) * u(i)), over=[i]),
            item(product, over=[i]),
            item(Fact("entries")(k, i), absolute(u(i)), over=[i]),
        )
        for sign, lemma in ((1, below_abs), (-1, minus_below_abs))
    ]
    low, high = (p.show(f"{c} 0", at_least_0(most + c * Mu), bound) for c, bound in zip((-1, 1), bounds, strict=True))
    row = p.show("row", forall(k, Mu**2 <= most**2), item(low, most + Mu, sign=high))
    size_ = op(k, i, N(k, i))
    bound = forall(u, square_sum(k, Mu) <= size_**2 * square_sum(i, u(i)))
    fact = p.show(
        "‖Mu‖²",
        bound,
        item(row(k), over=[k]),
        axiom("op_bound", "B", "A")(of(k, i, N(k, i)), of(i, absolute(u(i)))),
        item(p.use(abs_square())(u(i)), size_**2, over=[i]),
    )
    sign = axiom("op_sign", "B", "A")(of(k, i, N(k, i)))
    least = axiom("op_least", "B", "A")(of(k, i, M(k, i)), size_, given=[sign, fact])
    return p.lemma("op_dominated", p.show("result", forall(M, N, given(entries, op(k, i, M(k, i)) <= size_)), least))


@cache
def op_symmetric() -> Lemma:
    """``M symmetric, −c‖v‖² ≤ vᵀMv ≤ c‖v‖² for all v ⟹ ‖M‖ ≤ c``, M of sorts A × A."""
    p = _Vectors("norm of a symmetric matrix", "u v c", "A")
    u, v, c, i, j, M, l_ = p.u, p.v, p.c, p.i, p.j, p.tensor("M", "A", "A"), p.index("l", "A")
    form = total(i, j, v(i) * M(i, j) * v(j))
    symmetric = forall(i, j, M(i, j).equals(M(j, i)))
    above = forall(v, form <= c * square_sum(i, v(i)))
    below = forall(v, -form <= c * square_sum(i, v(i)))
    same, up, down = p.assume("symmetric", symmetric), p.assume("above", above), p.assume("below", below)
    p.assume("c > 0", positive(c))
    p.assume("c ≤ 0", c <= 0)

    def image(k: IndexName) -> Expression:
        return total(j, M(k, j) * u(j))

    image2, u2 = square_sum(i, image(i)), square_sum(i, u(i))
    bound = image2 <= c**2 * u2

    def polarised(name: str, s: Expression) -> Fact:
        """``⟨M(su + Mu), su + Mu⟩ − ⟨M(su − Mu), su − Mu⟩ = 4s‖Mu‖²``."""
        turned = item(same(i, l_), 2 * s * u(l_) * image(i), over=[i, l_])
        plus, minus = up(of(i, s * u(i) + image(i))), down(of(i, s * u(i) - image(i)))
        return p.show(name, 4 * s * image2 <= 2 * c * (s * s * u2 + image2), plus, minus, turned)

    scaled = polarised("c > 0, both", c)
    p.assume("bound", bound)
    more = p.assume("more", c**2 * u2 < image2)
    never = p.show("never", positive(0), item(more, c, sign=Fact("c > 0")), scaled)
    high = p.cases(
        "c > 0, bound", image2, c**2 * u2, p.show("less", bound, "bound"), p.absurd("not more", never, bound)
    )
    flat = polarised("c ≤ 0, both", Expression(1))
    low = p.show("c ≤ 0, bound", bound, flat, item("c ≤ 0", u2 + image2), p.signed(c**2 * u2))
    every = p.generalise("‖Mu‖²", p.cases("either way", c, 0, low, high), u)
    ones = of(i, 1)
    sign = p.show("c|A| ≥ 0", at_least_0(c * size("A")), up(ones), down(ones))
    weak = p.show("c ≥ 0", at_least_0(c), item(sign, size("A", -1)))
    least = axiom("op_least", "A", "A")(of(i, j, M(i, j)), c, given=[weak, every])
    goal = forall(M, c, given(symmetric, above, below, op(i, j, M(i, j)) <= c))
    return p.lemma("op_symmetric", p.show("result", goal, least))


@cache
def max_right() -> Lemma:
    """``y ≤ max(x, y)``."""
    return _max("max_right", _Vectors.y)


@cache
def max_left() -> Lemma:
    """``x ≤ max(x, y)``."""
    return _max("max_left", _Vectors.x)


def _max(name: str, low: Expression) -> Lemma:
    p = _Vectors(name, "x y")
    x, y = p.x, p.y
    p.assume("x ≤ y", x <= y)
    p.assume("y < x", y < x)
    p.show("y ≤ x", y <= x, "y < x")
    goal = low <= largest(x, y)
    one = p.show("right", goal, axiom("max_right")(x, y, given=["x ≤ y"]), "x ≤ y")
    two = p.show("left", goal, axiom("max_left")(x, y, given=["y ≤ x"]), "y ≤ x")
    return p.lemma(name, p.generalise("result", p.cases("either way", x, y, one, two), x, y))


@cache
def max_at_most() -> Lemma:
    """``x ≤ c, y ≤ c ⟹ max(x, y) ≤ c``."""
    p = _Vectors("max_at_most", "x y c")
    x, y, c = p.x, p.y, p.c
    p.assume("x ≤ c", x <= c)
    p.assume("y ≤ c", y <= c)
    p.assume("x ≤ y", x <= y)
    p.assume("y < x", y < x)
    p.show("y ≤ x", y <= x, "y < x")
    one = p.show("right", largest(x, y) <= c, axiom("max_right")(x, y, given=["x ≤ y"]), "y ≤ c")
    two = p.show("left", largest(x, y) <= c, axiom("max_left")(x, y, given=["y ≤ x"]), "x ≤ c")
    both = p.cases("either way", x, y, one, two)
    return p.lemma("max_at_most", p.show("result", forall(x, y, c, given(x <= c, y <= c, largest(x, y) <= c)), both))


@cache
def power_sign() -> Lemma:
    """``0 ≤ b ⟹ 0 ≤ b^t`` for all times t."""
    p = _Vectors("powers over time", "b")
    b, (t,) = p.b, p.indices("t", TIME)
    sign, before = p.assume("b ≥ 0", at_least_0(b)), p.assume("before", at_least_0(b**t))
    start = p.show("start", at_least_0(1))
    onward = p.show("onward", at_least_0(b ** (t + 1)), item(before, b, sign=sign))
    every = p.induct("for all times", t, [at_least_0(b**t)], [start], [onward])
    return p.lemma("power_sign", p.show("result", forall(b, t, given(at_least_0(b), at_least_0(b**t))), every(t)))


@cache
def geometric() -> Lemma:
    """``a(0) ≤ c, a(t+1) ≤ b a(t) for all t, 0 ≤ b ⟹ a(t) ≤ b^t c``."""
    p = _Vectors("geometric decay", "b c")
    b, c, a, (t,) = p.b, p.c, p.tensor("a", TIME), p.indices("t", TIME)
    start, step = a(0) <= c, forall(t, a(t + 1) <= b * a(t))
    p.assume("start", start)
    sign, fall, before = p.assume("b ≥ 0", at_least_0(b)), p.assume("step", step), p.assume("before", a(t) <= b**t * c)
    onward = p.show("onward", a(t + 1) <= b ** (t + 1) * c, fall(t), item(before, b, sign=sign))
    every = p.induct("for all times", t, [a(t) <= b**t * c], [Fact("start")], [onward])
    goal = forall(a, b, c, t, given(start, step, at_least_0(b), a(t) <= b**t * c))
    return p.lemma("geometric", p.show("result", goal, every(t)))


@cache
def geometric_sum() -> Lemma:
    """``s(0) = 0, s(t+1) = s(t) + b^t ⟹ (1 − b) s(t) = 1 − b^t``."""
    p = _Vectors("geometric sum", "b")
    b, s, (t,) = p.b, p.tensor("s", TIME), p.indices("t", TIME)
    first, step = s(0).equals(0), forall(t, s(t + 1).equals(s(t) + b**t))
    p.assume("first", first)
    add, before = p.assume("step", step), p.assume("before", ((1 - b) * s(t)).equals(1 - b**t))
    start = p.show("start", ((1 - b) * s(0)).equals(0), Fact("first") * (1 - b))
    onward = p.show("onward", ((1 - b) * s(t + 1)).equals(1 - b ** (t + 1)), add(t) * (1 - b), before)
    every = p.induct("for all times", t, [((1 - b) * s(t)).equals(1 - b**t)], [start], [onward])
    return p.lemma(
        "geometric_sum",
        p.show("result", forall(s, b, t, given(first, step, ((1 - b) * s(t)).equals(1 - b**t))), every(t)),
    )


@cache
def quotient() -> Lemma:
    """``0 < c, x ≤ c y ⟹ x/c ≤ y``."""
    p = _Vectors("division by a positive number", "x y c")
    x, y, c = p.x, p.y, p.c
    sign, bound = p.assume("c > 0", positive(c)), p.assume("x ≤ cy", x <= c * y)
    squared = p.show("c² > 0", positive(c**2), item(sign, c, sign=sign))
    one = p.show("c/c = 1", (c * inv(c)).equals(1), axiom("inverse")(c, given=[squared]))
    p.assume("1/c < 0", inv(c) < 0)
    p.assume("1/c ≥ 0", at_least_0(inv(c)))
    never = p.show("never", term(0) < 0, item("1/c < 0", c, sign=sign), one)
    p.absurd("negative", never, at_least_0(inv(c)))
    p.show("not negative", at_least_0(inv(c)), "1/c ≥ 0")
    weak = p.cases("1/c", 0, inv(c), Fact("not negative"), Fact("negative"))
    goal = forall(x, y, c, given(positive(c), x <= c * y, x * inv(c) <= y))
    return p.lemma("quotient", p.show("result", goal, item(bound, inv(c), sign=weak), one * y), defined=[squared])


@cache
def inverse_sign() -> Lemma:
    """``0 ≤ x, 0 < x² ⟹ 0 < 1/x``."""
    p = _Vectors("the sign of an inverse", "x")
    x = p.x
    sign, squared = p.assume("x ≥ 0", at_least_0(x)), p.assume("x² > 0", positive(x**2))
    one = p.show("x/x = 1", (x * inv(x)).equals(1), axiom("inverse")(x, given=[squared]))
    p.assume("1/x ≤ 0", inv(x) <= 0)
    p.assume("1/x > 0", positive(inv(x)))
    never = p.show("never", term(1) <= 0, item("1/x ≤ 0", x, sign=sign), one)
    p.absurd("not positive", never, positive(inv(x)))
    p.show("positive", positive(inv(x)), "1/x > 0")
    both = p.cases("either way", inv(x), 0, Fact("not positive"), Fact("positive"))
    goal = forall(x, given(at_least_0(x), positive(x**2), positive(inv(x))))
    return p.lemma("inverse_sign", p.show("result", goal, both), defined=[squared])


@cache
def positive_if_not_0() -> Lemma:
    """``0 ≤ x, 0 < x² ⟹ 0 < x``."""
    p = _Vectors("a number that is not 0", "x")
    x = p.x
    sign, squared = p.assume("x ≥ 0", at_least_0(x)), p.assume("x² > 0", positive(x**2))
    low, high = p.assume("x ≤ 0", x <= 0), p.assume("x > 0", positive(x))
    never = p.show("never", positive(0), squared, item(low, x, sign=sign))
    both = p.cases("either way", x, 0, p.absurd("low", never, positive(x)), p.show("high", positive(x), high))
    goal = forall(x, given(at_least_0(x), positive(x**2), positive(x)))
    return p.lemma("positive_if_not_0", p.show("result", goal, both))


@cache
def top_at_most_trace() -> Lemma:
    """``0 ≤ vᵀMv for all v ⟹ λ_max(M) ≤ tr M``."""
    p = _Vectors("the largest eigenvalue and the trace", "v", "A")
    v, i, j, M, (h, m) = p.v, p.i, p.j, p.tensor("M", "A", "A"), p.indices("h m", "A")
    positive_ = forall(v, at_least_0(total(i, j, v(i) * M(i, j) * v(j))))
    psd, trace = p.assume("psd", positive_), total(i, M(i, i))
    turned = psd(of(h, v(m) * delta(i, h) - v(i) * delta(m, h)))
    goal = forall(v, total(i, j, v(i) * M(i, j) * v(j)) <= trace * square_sum(i, v(i)))
    bound = p.show("form", goal, item(turned, HALF, over=[i, m]))
    least = axiom("top_least", "A")(of(i, j, M(i, j)), trace, given=[bound])
    done = p.show("result", forall(M, given(positive_, top(i, j, M(i, j)) <= trace)), least)
    return p.lemma("top_at_most_trace", done)


@cache
def top_at_most_frobenius() -> Lemma:
    """``λ_max(M) ≤ ‖M‖_F``."""
    p = _Vectors("the largest eigenvalue and the Frobenius norm", "v", "A")
    v, i, j, M = p.v, p.i, p.j, p.tensor("M", "A", "A")
    F2, v2 = total(i, j, M(i, j) ** 2), square_sum(i, v(i))
    sign = p.show("ΣΣM² ≥ 0", at_least_0(F2), item(p.use(square())(M(i, j)), over=[i, j]))
    length = p.show("Σv² ≥ 0", at_least_0(v2), item(p.use(square())(v(i)), over=[i]))
    squared = p.show("‖M‖_F²", (sqrt(F2) ** 2).equals(F2), axiom("sqrt_square")(F2, given=[sign]))
    Mv, form = total(j, M(i, j) * v(j)), total(i, j, v(i) * M(i, j) * v(j))
    rows = item(p.use(cauchy_schwarz_squared(), A="A")(of(j, M(i, j)), of(j, v(j))), v2, over=[i], sign=length)
    whole = p.use(cauchy_schwarz_squared(), A="A")(of(i, v(i)), of(i, Mv))
    weak = p.show("sign", at_least_0(sqrt(F2) * v2), item(axiom("sqrt_sign")(F2), v2, sign=length))
    squares = p.show("squares", form**2 <= (sqrt(F2) * v2) ** 2, whole, rows, squared * v2**2)
    here = p.show("here", form <= sqrt(F2) * v2, p.use(root())(form, sqrt(F2) * v2, given=[weak, squares]))
    bound = p.generalise("form", here, v)
    least = axiom("top_least", "A")(of(i, j, M(i, j)), sqrt(F2), given=[bound])
    return p.lemma("top_at_most_frobenius", p.generalise("result", p.instance("λ_max", least), M))


@cache
def cancel() -> Lemma:
    """``0 < c, cx ≤ cy ⟹ x ≤ y``."""
    p = _Vectors("a positive factor on both sides", "x y c")
    x, y, c = p.x, p.y, p.c
    sign, bound = p.assume("c > 0", positive(c)), p.assume("cx ≤ cy", c * x <= c * y)
    low = p.show("low", x <= y, p.assume("x ≤ y", x <= y))
    never = p.show("never", positive(0), item(p.assume("y < x", y < x), c, sign=sign), bound)
    both = p.cases("either way", x, y, low, p.absurd("high", never, x <= y))
    return p.lemma("cancel", p.show("result", forall(x, y, c, given(positive(c), c * x <= c * y, x <= y)), both))


class _Operators(_Vectors):
    """Matrices M and N of sorts B × A, L of sorts B × C, R of sorts C × A, a vector u of sort A."""

    def __init__(self, title: str, names: str, *sorts: str) -> None:
        super().__init__(title, "", *sorts)
        self.m = self.index("m", "C") if "C" in sorts else IndexName("m")
        axes = {"M": "BA", "N": "BA", "L": "BC", "R": "CA", "u": "A", "w": "B", "c": ""}
        for name in names.split():
            self.tensor(name, *axes[name])

    N, L, R, w = Tensor("N"), Tensor("L"), Tensor("R"), Tensor("w")

    def least(self, matrix: Expression, bound: Expression, signs: list[Fact | Multiple], form: Fact) -> Fact:
        """``‖M‖ ≤ c`` from ``0 ≤ c`` and ``‖Mu‖² ≤ c²‖u‖²`` for all u."""
        k, i = self.k, self.i
        sign = self.show("bound ≥ 0", at_least_0(bound), *signs)
        return self.instance("‖M‖", axiom("op_least", "B", "A")(of(k, i, matrix), bound, given=[sign, form]))


@cache
def op_triangle() -> Lemma:
    """``‖M + N‖ ≤ ‖M‖ + ‖N‖``, both of sorts B × A."""
    p = _Operators("triangle inequality of operator norms", "M N u", "A", "B")
    M, N, u, i, k = p.M, p.N, p.u, p.i, p.k
    a, b = op(k, i, M(k, i)), op(k, i, N(k, i))
    Mu, Nu, nu2 = total(i, M(k, i) * u(i)), total(i, N(k, i) * u(i)), square_sum(i, u(i))
    both = total(i, (M(k, i) + N(k, i)) * u(i))
    parts = [p.use(op_bound(), A="A", B="B")(of(k, i, x(k, i)), of(i, u(i))) for x in (M, N)]
    apart = p.use(triangle(), A="B")(of(k, Mu), of(k, Nu))
    bound = p.show("‖(M+N)u‖", norm(k, both) <= (a + b) * norm(i, u(i)), apart, *parts)
    lengths = p.squared("‖u‖²", i, u(i)), p.squared("‖(M+N)u‖²", k, both)
    signs = [axiom("op_sign", "B", "A")(of(k, i, x(k, i))) for x in (M, N)]
    gap = p.show("gap", at_least_0((a + b) * norm(i, u(i)) - norm(k, both)), bound)
    whole = p.show(
        "whole",
        at_least_0((a + b) * norm(i, u(i)) + norm(k, both)),
        item(signs[0], norm(i, u(i))),
        item(signs[1], norm(i, u(i))),
        axiom("sqrt_sign")(square_sum(k, both)),
    )
    squares = item(gap, (a + b) * norm(i, u(i)) + norm(k, both), sign=whole)
    goal = forall(u, square_sum(k, both) <= (a + b) ** 2 * nu2)
    form = p.show("form", goal, squares, lengths[0] * (a + b) ** 2, lengths[1])
    fact = p.least(M(k, i) + N(k, i), a + b, [*signs], form)
    return p.lemma("op_triangle", p.generalise("result", fact, M, N))


@cache
def op_scaled() -> Lemma:
    """``‖cM‖ ≤ |c| ‖M‖``, M of sorts B × A."""
    p = _Operators("a multiple of a matrix", "M u c", "A", "B")
    M, u, c, i, k = p.M, p.u, p.c, p.i, p.k
    size_ = op(k, i, M(k, i))
    sign, square_ = p.use(abs_sign())(c), p.use(abs_square())(c)
    nu2 = square_sum(i, u(i))
    p.show("c² ≥ 0", at_least_0(c**2), p.use(square())(c))
    bound = item(axiom("op_bound", "B", "A")(of(k, i, M(k, i)), of(i, u(i))), c**2, sign=Fact("c² ≥ 0"))
    goal = forall(u, square_sum(k, total(i, c * M(k, i) * u(i))) <= (absolute(c) * size_) ** 2 * nu2)
    form = p.show("form", goal, bound, square_ * (size_**2 * nu2))
    positive_ = item(axiom("op_sign", "B", "A")(of(k, i, M(k, i))), absolute(c), sign=sign)
    fact = p.least(c * M(k, i), absolute(c) * size_, [positive_], form)
    return p.lemma("op_scaled", p.generalise("result", fact, c, M))


@cache
def op_product() -> Lemma:
    """``‖LR‖ ≤ ‖L‖ ‖R‖``, of sorts B × C and C × A."""
    p = _Operators("operator norm of a product", "L R u", "A", "B", "C")
    L, R, u, i, k, m = p.L, p.R, p.u, p.i, p.k, p.m
    a, b, nu2 = op(k, m, L(k, m)), op(m, i, R(m, i)), square_sum(i, u(i))
    Ru = total(i, R(m, i) * u(i))
    p.show("a² ≥ 0", at_least_0(a**2), p.use(square())(a))
    outer_ = axiom("op_bound", "B", "C")(of(k, m, L(k, m)), of(m, Ru))
    inner = item(axiom("op_bound", "C", "A")(of(m, i, R(m, i)), of(i, u(i))), a**2, sign=Fact("a² ≥ 0"))
    product = total(m, L(k, m) * R(m, i))
    goal = forall(u, square_sum(k, total(i, product * u(i))) <= (a * b) ** 2 * nu2)
    form = p.show("form", goal, outer_, inner)
    sign = item(axiom("op_sign", "C", "A")(of(m, i, R(m, i))), a, sign=axiom("op_sign", "B", "C")(of(k, m, L(k, m))))
    fact = p.least(product, a * b, [sign], form)
    return p.lemma("op_product", p.generalise("result", fact, L, R))


@cache
def op_times_frobenius() -> Lemma:
    """``‖LR‖_F ≤ ‖L‖ ‖R‖_F``, of sorts B × C and C × A."""
    p = _Operators("operator norm times Frobenius norm", "L R", "A", "B", "C")
    L, R, i, k, m = p.L, p.R, p.i, p.k, p.m
    a, product = op(k, m, L(k, m)), total(m, L(k, m) * R(m, i))

    def length(name: str, row: IndexName, entry: Expression) -> tuple[Expression, Fact]:
        inside = total(row, i, entry**2)
        sign = p.show(f"{name} ≥ 0", at_least_0(inside), item(p.use(square())(entry), over=[row, i]))
        return sqrt(inside), p.show(
            name, (sqrt(inside) ** 2).equals(inside), axiom("sqrt_square")(inside, given=[sign])
        )

    (nR, R2), (nP, P2) = length("‖R‖²", m, R(m, i)), length("‖LR‖²", k, product)
    columns = item(axiom("op_bound", "B", "C")(of(k, m, L(k, m)), of(m, R(m, i))), over=[i])
    sign = item(axiom("sqrt_sign")(total(m, i, R(m, i) ** 2)), a, sign=axiom("op_sign", "B", "C")(of(k, m, L(k, m))))
    fact = p.by_root("bound", nP <= a * nR, [sign], [columns, P2, R2 * a**2])
    return p.lemma("op_times_frobenius", p.generalise("result", fact, L, R))


@cache
def op_transpose() -> Lemma:
    """``‖Mᵀ‖ ≤ ‖M‖``, M of sorts B × A."""
    p = _Operators("operator norm of the transpose", "M w", "A", "B")
    M, w, i, k, n = p.M, p.w, p.i, p.k, p.index("n", "B")
    a, w2 = op(k, i, M(k, i)), square_sum(k, w(k))
    image = total(n, M(n, i) * w(n))
    s, most = square_sum(i, image), a**2 * w2
    back = total(i, M(k, i) * image)
    p.show("‖w‖² ≥ 0", at_least_0(w2), item(p.use(square())(w(k)), over=[k]))
    p.show("bound ≥ 0", at_least_0(most), item(p.use(square())(a), w2, sign=Fact("‖w‖² ≥ 0")))
    product = p.use(cauchy_schwarz_squared(), A="B")(of(k, w(k)), of(k, back))
    forward = item(axiom("op_bound", "B", "A")(of(k, i, M(k, i)), of(i, image)), w2, sign=Fact("‖w‖² ≥ 0"))
    squares = p.show("s²", s**2 <= most * s, product, forward)
    low = p.show("low", s <= most, p.assume("s ≤ most", s <= most))
    high = p.assume("most < s", most < s)
    sign = p.show("s > 0", positive(s), high, "bound ≥ 0")
    never = p.show("never", positive(0), item(high, s, sign=sign), squares)
    both = p.cases("either way", s, most, low, p.absurd("high", never, s <= most))
    form = p.generalise("form", both, w)
    least = axiom("op_least", "A", "B")(
        of(i, k, M(k, i)), a, given=[axiom("op_sign", "B", "A")(of(k, i, M(k, i))), form]
    )
    return p.lemma("op_transpose", p.generalise("result", p.instance("‖Mᵀ‖", least), M))


@cache
def frobenius_at_most_op() -> Lemma:
    """``‖M‖_F ≤ √|A| ‖M‖``, M of sorts B × A."""
    p = _Operators("Frobenius norm by the operator norm", "M", "A", "B")
    M, i, j, k = p.M, p.i, p.j, p.k
    a, inside = op(k, i, M(k, i)), total(k, i, M(k, i) ** 2)
    sign = p.show("‖M‖_F² ≥ 0", at_least_0(inside), item(p.use(square())(M(k, i)), over=[k, i]))
    length = p.show("‖M‖_F²", (sqrt(inside) ** 2).equals(inside), axiom("sqrt_square")(inside, given=[sign]))
    columns = item(axiom("op_bound", "B", "A")(of(k, i, M(k, i)), of(i, delta(i, j))), over=[j])
    bound = size("A", HALF) * a
    positive_ = item(axiom("op_sign", "B", "A")(of(k, i, M(k, i))), size("A", HALF))
    fact = p.by_root("bound", sqrt(inside) <= bound, [positive_], [columns, length])
    return p.lemma("frobenius_at_most_op", p.generalise("result", fact, M))


@cache
def spectral_norm() -> Lemma:
    """``max(λ_max(MᵀM), 0)^½ = ‖M‖``, M of sorts B × A."""
    p = _Operators("the spectral norm is the operator norm", "M u", "A", "B")
    M, u, i, j, k = p.M, p.u, p.i, p.j, p.k
    a, nu2 = op(k, i, M(k, i)), square_sum(i, u(i))
    gram = total(k, M(k, i) * M(k, j))
    lam = top(i, j, gram)
    most = largest(lam, 0)
    form = total(i, j, u(i) * gram * u(j))
    image2 = square_sum(k, total(i, M(k, i) * u(i)))
    up = p.show(
        "form",
        forall(u, form <= a**2 * nu2),
        axiom("op_bound", "B", "A")(of(k, i, M(k, i)), of(i, u(i))),
    )
    below = p.instance("λ ≤ a²", axiom("top_least", "A")(of(i, j, gram), a**2, given=[up]))
    sign_a = axiom("op_sign", "B", "A")(of(k, i, M(k, i)))
    square_a = p.show("0 ≤ a²", a**2 >= 0, p.use(square())(a))
    high = p.show("max ≤ a²", most <= a**2, p.use(max_at_most())(lam, 0, a**2, given=[below, square_a]))
    sign = p.show("max ≥ 0", at_least_0(most), p.use(max_right())(lam, 0))
    length = p.show("root squared", (sqrt(most) ** 2).equals(most), axiom("sqrt_square")(most, given=[sign]))
    one = p.by_root("≤", sqrt(most) <= a, [sign_a], [high, length])
    p.show("‖u‖² ≥ 0", at_least_0(nu2), item(p.use(square())(u(i)), over=[i]))
    over = item(p.use(max_left())(lam, 0), nu2, sign=Fact("‖u‖² ≥ 0"))
    image = p.show(
        "image",
        forall(u, image2 <= sqrt(most) ** 2 * nu2),
        axiom("top_bound", "A")(of(i, j, gram), of(i, u(i))),
        over,
        length * nu2,
    )
    least = axiom("op_least", "B", "A")(of(k, i, M(k, i)), sqrt(most), given=[axiom("sqrt_sign")(most), image])
    other = p.instance("≥", least)
    equal = p.use(equal_if_both())(sqrt(most), a, given=[one, other])
    done = p.generalise("result", p.instance("equal", equal), M)
    return p.lemma("spectral_norm", done, defined=[p.generalise("defined", sign, M)])


@cache
def flow_decreasing() -> Lemma:
    """``f differentiable, f' ≤ 0 for all times ⟹ f(w) ≤ f(0)``, along real time."""
    p = ProofWriter("a function with non-positive derivative does not increase")
    f, (s, w, u) = p.tensor("f", REAL), p.indices("s w u", REAL)
    smooth = forall(u, differentiable(s, f(s), u))
    falls = forall(u, d(s, f(s), u) <= 0)
    p.assume("differentiable", smooth)
    p.assume("rate", falls)
    late = p.show("0 ≤ w", num(0) <= num(w), axiom("real_sign")(w))
    weak = forall(u, given(num(0) <= num(u), num(u) <= num(w), d(s, f(s), u) <= 0))
    rate = p.show("rate between", weak, Fact("rate")(u))
    bound = axiom("decreasing")(of(s, f(s)), 0, w, given=[late, Fact("differentiable"), rate])
    goal = forall(f, w, given(smooth, falls, f(w) <= f(0)))
    return p.lemma("flow_decreasing", p.show("result", goal, bound), defined=["differentiable"])


@cache
def flow_constant() -> Lemma:
    """``f differentiable, f' = 0 for all times ⟹ f(w) = f(0)``, along real time."""
    p = ProofWriter("a function with zero derivative is constant")
    f, (s, w, u) = p.tensor("f", REAL), p.indices("s w u", REAL)
    smooth, rate = forall(u, differentiable(s, f(s), u)), forall(u, d(s, f(s), u).equals(0))
    p.assume("differentiable", smooth)
    p.assume("rate", rate)
    here = Fact("differentiable")(u)
    constant = axiom("differentiable_constant")(-1, u)
    falls = p.show("rate ≤ 0", forall(u, d(s, f(s), u) <= 0), Fact("rate")(u))
    minus = p.instance(
        "-f differentiable", axiom("differentiable_product")(of(s, -1), of(s, f(s)), u, given=[constant, here])
    )
    both = axiom("d_product")(of(s, -1), of(s, f(s)), u, given=[constant, here])
    level = axiom("d_constant")(-1, u)
    rises = p.show("-f' ≤ 0", forall(u, d(s, -f(s), u) <= 0), both, level * f(u), Fact("rate")(u))
    lemma = p.use(flow_decreasing())
    down = p.instance("down", lemma(of(s, f(s)), w, given=["differentiable", falls]))
    minus_all = p.generalise("-f differentiable, always", minus, u)
    up = p.show("up", f(0) <= f(w), lemma(of(s, -f(s)), w, given=[minus_all, rises]))
    goal = forall(f, w, given(smooth, rate, f(w).equals(f(0))))
    equal = p.use(equal_if_both())(f(w), f(0), given=[down, up])
    return p.lemma("flow_constant", p.show("result", goal, equal), defined=["differentiable"])


LEMMAS = (
    *(square, root, equal_if_both, cauchy_schwarz_squared, cauchy_schwarz, triangle, abs_sign, abs_square),
    *(abs_at_most, below_abs, minus_below_abs, abs_triangle, homogeneous, op_bound, op_at_most_frobenius),
    *(frobenius_triangle, abs_product, op_dominated, op_symmetric),
    *(
        max_right,
        max_left,
        max_at_most,
        power_sign,
        geometric,
        geometric_sum,
        quotient,
        inverse_sign,
        positive_if_not_0,
        top_at_most_trace,
        top_at_most_frobenius,
        cancel,
        op_triangle,
        op_scaled,
        op_product,
        op_times_frobenius,
        op_transpose,
        frobenius_at_most_op,
        spectral_norm,
        flow_decreasing,
        flow_constant,
    ),
)
"""All of them."""
