"""The symbolic engine: the normal form is sound, the exact check is independent, and both refuse what is false."""

import itertools
import random
import subprocess
import sys
from fractions import Fraction

import numpy as np
import pytest
import sympy
from sympy import IndexedBase, Symbol, sqrt

from fa_theory.errors import InputError
from fa_theory.model.activations import activation
from fa_theory.model.network import Network
from fa_theory.model.rules import step
from fa_theory.proofs.shared import setting
from fa_theory.symbolic import notation as no
from fa_theory.symbolic.derivation import Derivation, Induction, Part, Step
from fa_theory.symbolic.dual import Dual
from fa_theory.symbolic.equation import Equation, by_head
from fa_theory.symbolic.exact import agree
from fa_theory.symbolic.inequality import (
    AbsoluteHomogeneity,
    Adding,
    CauchySchwarz,
    Homogeneity,
    KnownInequality,
    OperatorBound,
    Triangle,
)
from fa_theory.symbolic.normal import normal_form
from fa_theory.symbolic.notation import Mean, Psi, W, X, b, beta, e, i, j, k, l, p, r, total, u, y
from fa_theory.symbolic.place import Place
from fa_theory.symbolic.render import latex, text

a, c = Symbol("a"), Symbol("c")
t = Symbol("t", integer=True, nonnegative=True)

EQUAL = {
    "scope: a bound index hides a free one": (total(y[i], i) * y[i], y[i] * total(y[j], j)),
    "a square of a sum is a double sum": (total(y[i], i) ** 2, total(y[i] * y[j], i, j)),
    "order of summation": (total(X[i, k] * y[i], i, k), total(total(X[i, k], k) * y[i], i)),
    "empty index counts its range": (total(y[j], i, j), no.n * total(y[i], i)),
    "roots of the width": (total(beta[r] / sqrt(p), r) / sqrt(p), total(beta[r], r) / p),
    "delta selects": (total(no.delta[i, j] * X[j, k], j), X[i, k]),
    "trace of delta": (total(no.delta[i, i], i), no.n),
    "symbolic powers": (a**t * a * (1 - a), a ** (t + 1) - a ** (t + 2)),
    "binomial": ((a + c) ** 3, a**3 + 3 * a**2 * c + 3 * a * c**2 + c**3),
    "chain rule": (no.rate(no.psi(a + no.tau * c) ** 2), 2 * no.psi(a) * no.dpsi(a) * c),
    "nested chain rule": (no.rate(no.psi(no.psi(a + no.tau * c))), no.dpsi(no.psi(a)) * no.dpsi(a) * c),
    "norm of equal vectors": (no.Norm(total(no.delta[i, j] * e[j], j) + y[i] - y[i], i), no.Norm(e[l], l)),
}
UNEQUAL = {
    "square of a sum is not a sum of squares": (total(y[i], i) ** 2, total(y[i] ** 2, i)),
    "sum of products is not product of sums": (total(X[i, k] * y[i], i), total(X[i, k], i) * total(y[i], i)),
    "transposed": (total(X[i, k] * X[j, k] * y[i], i, k), total(X[i, k] * X[j, k] * y[j], i, k)),
    "free indices differ": (y[i], y[j]),
    "width forgotten": (total(beta[r] / p, r), total(beta[r], r) / sqrt(p)),
    "delta is not one": (total(no.delta[i, j] * y[j], j), total(y[j], j)),
    "psi is not linear": (no.psi(a + c), no.psi(a) + no.psi(c)),
    "psi is not its slope": (no.psi(a), no.dpsi(a)),
    "psi depends on its indices": (no.psi(y[i]) * y[j], no.psi(y[j]) * y[i]),
    "norms differ": (no.Norm(e[i] + y[i], i), no.Norm(e[i], i) + no.Norm(y[i], i)),
    "powers": (a ** (t + 1), a**t),
    "inner derivative forgotten": (no.rate(no.psi(a + no.tau * c)), no.dpsi(a)),
}


@pytest.mark.parametrize("case", EQUAL)
def test_both_checks_accept_identities(case: str) -> None:
    left, right = EQUAL[case]
    assert normal_form(left - right) == {}
    assert agree(left, right).ok


@pytest.mark.parametrize("case", UNEQUAL)
def test_both_checks_refuse_false_identities(case: str) -> None:
    left, right = UNEQUAL[case]
    assert normal_form(left - right) != {}
    result = agree(left, right)
    assert not result.ok
    assert result.counterexample.startswith("the sides differ at n=")


def random_formula(draw: random.Random, depth: int) -> no.Expr:
    """A random polynomial with sums, free in i only."""
    atoms = [y[i], a, sympy.Integer(draw.randint(-2, 2)), total(X[i, k] * W[r, k] * beta[r], k, r), total(y[j], j)]
    if depth == 0:
        return draw.choice(atoms)
    one, two = (random_formula(draw, depth - 1) for _ in "12")
    return draw.choice([one + two, one * two, total(one.xreplace({i: j}) * X[j, k] * X[i, k], j, k), one**2])


def test_equal_normal_forms_mean_equal_values_and_unequal_ones_do_not() -> None:
    draw = random.Random(0)
    formulas = [random_formula(draw, 2) for _ in range(24)]
    # Multiplied out by SymPy, a formula looks different but is the same.
    pairs = [(f, sympy.expand(f)) for f in formulas] + list(itertools.pairwise(formulas))
    verdicts = [
        (normal_form(left) == normal_form(right), agree(left, right, points=1, sizes=((2, 1, 1), (2, 2, 4))).ok)
        for left, right in pairs
    ]
    assert all(same == equal for same, equal in verdicts)
    assert {same for same, _ in verdicts} == {True, False}


def test_exact_check_asks_sympy_for_no_algebra(monkeypatch: pytest.MonkeyPatch) -> None:
    def forbidden(*_args: object, **_kwargs: object) -> None:
        raise AssertionError("the exact check must not use SymPy's algebra")

    left, right = EQUAL["chain rule"]
    for owner, name in ((sympy.Expr, "expand"), (sympy.Basic, "simplify"), (sympy.Basic, "doit"), (sympy.Expr, "diff")):
        monkeypatch.setattr(owner, name, forbidden)
    assert agree(left, right).ok


def test_error_probability_is_the_schwartz_zippel_bound() -> None:
    left, right = EQUAL["binomial"]
    for points in (1, 2):
        result = agree(left, right, points=points)
        assert result.degree == 3
        assert result.error_probability == pytest.approx((3 / 2**61) ** points)


def test_regularisation_is_also_tried_at_zero() -> None:
    place = Place(dict(zip(no.SIZES, (1, 1, 1), strict=True)), {}, (0, "0"), no_lam=True)
    assert place.value(no.lam * a + 3, {}) == 3


def test_exact_check_needs_square_widths() -> None:
    with pytest.raises(InputError, match=r"√2 is not rational; evaluate at widths that are squares"):
        agree(sqrt(p), sqrt(p), sizes=((1, 1, 2),))


@pytest.mark.parametrize("formula", [1 / a, sqrt(a), sympy.sin(a) ** -1, (a + c) ** -1])
def test_normal_form_refuses_what_is_not_polynomial(formula: no.Expr) -> None:
    with pytest.raises(InputError):
        normal_form(formula)


def test_partial_sums_are_refused() -> None:
    with pytest.raises(InputError, match="whole range"):
        normal_form(sympy.Sum(y[i], (i, 0, 1)))


def test_dual_numbers_differentiate() -> None:
    x = Dual(Fraction(2), 1)
    assert (3 * x**2 + x + 1).slope == 13
    assert (x**0).slope == 0


class TestExpectation:
    """E over independent neurons: the moment rules against sums over all outcomes."""

    sizes = ((1, 1, 1), (1, 1, 2), (2, 1, 2))

    def both(self, left: no.Expr, right: no.Expr) -> tuple[bool, bool]:
        return normal_form(left - right) == {}, agree(left, right, sizes=self.sizes).ok

    def test_cross_terms_of_standard_entries_vanish(self) -> None:
        square = no.Mean(total(beta[r], r) ** 2, (beta,))
        assert self.both(square, p) == (True, True)
        assert self.both(square, p**2) == (False, False)

    def test_mean_of_a_product_of_independent_entries(self) -> None:
        product = no.Mean(total(beta[r] * b[r] * no.D[i, r], r), (beta, b), (no.D,))
        assert self.both(product, sympy.Integer(0)) == (True, True)

    def test_entries_of_one_neuron_may_depend_on_each_other(self) -> None:
        together = no.Mean(total(no.D[i, r] * no.Psi[i, r], r), (), (no.D, no.Psi))
        apart = no.Mean(total(no.D[i, r], r), (), (no.D,)) * no.Mean(total(no.Psi[i, r], r), (), (no.Psi,)) / p
        assert self.both(together, apart) == (False, False)

    def test_the_mean_of_what_is_fixed_is_itself(self) -> None:
        assert self.both(no.Mean(y[i] * a), y[i] * a) == (True, True)

    def test_different_neurons_are_independent(self) -> None:
        double = no.Mean(total((1 - no.delta[r, u]) * no.D[i, r] * no.D[i, u], r, u), (), (no.D,))
        single = no.Mean(total(no.D[i, r], r), (), (no.D,)) / p
        assert self.both(double, p * (p - 1) * single**2) == (True, True)

    def test_unknown_functions_of_random_entries_are_refused(self) -> None:
        with pytest.raises(InputError, match="not a polynomial in random entries"):
            normal_form(no.Mean(no.psi(beta[r]), (beta,)))


class TestRules:
    def test_circular_definitions_are_refused(self) -> None:
        with pytest.raises(InputError, match="circular definitions: a → c → a"):
            by_head([Equation(a, c + 1, "one"), Equation(c, a - 1, "two")])

    def test_two_definitions_of_one_thing_are_refused(self) -> None:
        with pytest.raises(InputError, match="both say what a is"):
            by_head([Equation(a, c, "one"), Equation(a, c + 1, "two")])

    def test_loose_indices_are_refused(self) -> None:
        with pytest.raises(InputError, match="free on the right"):
            Equation(e[i], y[j], "loose")

    def test_a_rule_does_not_capture_indices(self) -> None:
        K = IndexedBase("K")
        gram = Equation(K[i, j], total(X[i, k] * X[j, k], k), "Gram matrix")
        swapped = total(K[j, i] * W[r, k], k)  # the k of the rule is not the k of this sum
        explicit = total(X[i, no.h] * X[j, no.h], no.h) * total(W[r, k], k)
        assert normal_form(swapped - explicit, [gram]) == {}
        assert agree(swapped, explicit, [gram]).ok


def exact_norm_values(place: Place) -> None:
    """Make norms concrete in a place: the ℓ¹ norm and the operator norm it induces (largest column sum)."""

    def call(function: str, argument: tuple[Fraction, ...], _degree: int) -> Fraction:
        if function == "Abs":
            return abs(argument)  # type: ignore[arg-type,return-value]
        if function == "Norm":
            return sum(map(abs, argument), Fraction(0))
        width = place.sizes[no.n]
        return max(sum(map(abs, argument[column::width]), Fraction(0)) for column in range(width))

    place._call = call  # type: ignore[method-assign,assignment]


@pytest.mark.parametrize("seed", range(5))
def test_lemmas_hold_for_a_concrete_norm(seed: int) -> None:
    M = IndexedBase("M")
    shifted_e, shifted_y = e[i] - 2**60, y[i] - 2**60  # both signs occur
    lemmas = [
        Triangle(shifted_e, shifted_y, i),
        Homogeneity(no.eta, shifted_y, i),
        AbsoluteHomogeneity(a - 2**60, shifted_y, i),
        OperatorBound(M[i, j] - 2**60, e[j] - 2**60, i, j),
        CauchySchwarz(shifted_e, shifted_y, i),
        CauchySchwarz(shifted_e, shifted_y, i, negative=True),
        Adding(no.eta * no.lam),
    ]
    for lemma in lemmas:
        place = Place(dict(zip(no.SIZES, (3, 1, 1), strict=True)), {}, (seed, "0"))
        exact_norm_values(place)
        assert place.value(lemma.lower, {}) <= place.value(lemma.upper, {}), lemma.words


@pytest.mark.parametrize("lemma", [lambda: Homogeneity(1 - no.eta, y[i], i), lambda: Adding(no.eta - 1)])
def test_lemmas_refuse_factors_of_unknown_sign(lemma: object) -> None:
    with pytest.raises(InputError, match="visibly non-negative"):
        lemma()  # type: ignore[operator]


def chain(left: no.Expr, *steps: Step, right: no.Expr | None = None) -> Part:
    return Part("a chain", left, steps[-1].after if right is None else right, steps)


class TestDerivation:
    definition = Equation(a, c + 1, "definition of a")

    def failures(self, *parts: Part, **given: object) -> list[str]:
        derivation = Derivation("test", "", given.pop("rules", ()), parts, **given)  # type: ignore[arg-type]
        return [failure.detail for failure in derivation.check().failures]

    def test_a_step_knows_only_the_equations_it_names(self) -> None:
        assert self.failures(chain(a, Step(c + 1, "definition", (self.definition,))), rules=(self.definition,)) == []
        assert self.failures(chain(a, Step(c + 1, "no reason")), rules=(self.definition,)) != []

    def test_an_equation_from_nowhere_is_refused(self) -> None:
        (detail,) = self.failures(chain(a, Step(c + 1, "definition", (self.definition,))))
        assert "neither given nor derived before" in detail

    def test_a_chain_must_end_at_its_claim(self) -> None:
        (detail,) = self.failures(chain(a + a, Step(2 * a, "double"), right=3 * a))
        assert detail == "it ends at 2 a and not at 3 a"

    def test_a_later_part_may_use_an_earlier_conclusion_and_not_the_other_way_round(self) -> None:
        first = chain(a, Step(c + 1, "definition", (self.definition,)))
        second = chain(2 * a, Step(2 * c + 2, "by the first part", (first.rule(),)))
        assert self.failures(first, second, rules=(self.definition,)) == []
        other = Part("about y", y[i], y[i] + 0 * a, (Step(y[i], "the same"),))
        late = chain(y[i] * a, Step(y[i] * (c + 1), "by a later part", (Equation(a, c + 1, "later"),)))
        assert self.failures(late, other) != []

    def test_an_inequality_cannot_be_used_as_an_equation(self) -> None:
        bound = KnownInequality(a, c, "bound")
        first = chain(a, Step(c, "bound", (), ((sympy.Integer(1), bound),)))
        second = chain(2 * a, Step(2 * c, "as if equal", (first.rule(),)))
        assert any("neither given" in detail for detail in self.failures(first, second, hypotheses=(bound,)))

    def test_an_inequality_must_not_be_multiplied_by_an_unknown_sign(self) -> None:
        bound = KnownInequality(a, c, "bound")
        part = chain(a * (1 - no.eta), Step(c * (1 - no.eta), "multiplied", (), ((1 - no.eta, bound),)))
        (detail,) = self.failures(part, hypotheses=(bound,))
        assert "not visibly non-negative" in detail

    def test_an_induction_must_fit_and_must_not_start_from_itself(self) -> None:
        start, following = Symbol("a0"), Symbol("a+")
        bound = KnownInequality(a, c, "induction hypothesis")
        by_hypothesis = Step(c, "hypothesis", (), ((sympy.Integer(1), bound),))
        base = Part("start", start, c, (Step(c, "start", (Equation(start, c, "start"),)),))
        step_rule = Equation(following, a, "step")
        good = Part("step", following, c, (Step(a, "step", (step_rule,)), by_hypothesis))
        rules = (Equation(start, c, "start"), step_rule)

        def induction(parts: tuple[Part, ...], names: dict[no.Expr, no.Expr]) -> list[str]:
            proof = Induction("for all t", bound, 0, 1, names, {a: following})
            return self.failures(*parts, rules=rules, hypotheses=(bound,), inductions=(proof,))

        assert induction((base, good), {a: start}) == []
        assert induction((good, base), {a: start}) != []
        circular = Part("start", a, c, (by_hypothesis,))
        assert any("start of the induction uses" in detail for detail in induction((circular, good), {}))

    def test_the_same_seed_gives_the_same_report_and_text(self) -> None:
        part = chain(total(y[i], i) ** 2, Step(total(y[i] * y[j], i, j), "multiply out"))
        one, two = (Derivation("test", "words", (), (part,)) for _ in "12")
        assert one.check(3) == two.check(3)
        assert one.to_latex() == two.to_latex()
        assert one.rows() == [
            {
                "part": "a chain",
                "latex": r"\left(\sum_{i} y_{i}\right)^{2} = \sum_{ij} y_{i} y_{j}",
                "text": "(Σ_i y_i)² = Σ_ij y_i y_j",
                "reason": "multiply out",
                "checks": "normal form ✓ · exact at 5 sizes × 2 points ✓",
            }
        ]


@pytest.mark.parametrize(
    ("formula", "as_latex", "as_text"),
    [
        (IndexedBase("W0+")[r, k], "W^{+}_{0,rk}", "W⁺₀_rk"),
        (no.eta * no.lam / p ** sympy.Rational(3, 2) * y[i], r"\frac{\eta \lambda}{p^{3/2}} y_{i}", "η λ/p^(3/2) y_i"),
        (no.Norm(e[i], i) * no.OperatorNorm(X[i, k], k, i), None, "‖X‖ ‖e‖"),
        (y[i] - 2 * a * e[i], "y_{i} - 2 a e_{i}", "y_i − 2 a e_i"),
        (no.Mean(beta[r], (beta,)), r"\mathbb{E} \left(\beta_{r}\right)", "E(β_r)"),
        (a ** (t + 1), "a^{t+1}", "aᵗ⁺¹"),
        (total(y[i], i) * total(beta[r], r), None, "(Σ_r β_r) Σ_i y_i"),
    ],
)
def test_rendering(formula: no.Expr, as_latex: str | None, as_text: str) -> None:
    assert text(formula) == as_text
    if as_latex is not None:
        assert latex(formula) == as_latex


def test_the_symbolic_step_is_the_step_of_the_model() -> None:
    """The rules of the derivations, evaluated exactly, against `fa_theory.model` on the same rationals."""
    n, d, width = 3, 2, 4
    rules = by_head(
        [
            setting.ERROR,
            setting.NEXT_ERROR,
            setting.FEATURES_LINEAR,
            setting.NEXT_FEATURES_LINEAR,
            setting.STEP_BETA,
            setting.STEP_W_LINEAR,
        ]
    )
    place = Place({no.n: n, no.d: d, p: width}, rules, (7, "0"))

    def array(entry: no.Expr) -> np.ndarray:
        ranges = [range(place.sizes[no.size(index)]) for index in entry.indices]
        shape = tuple(len(values) for values in ranges)
        cells = [
            Fraction(place.value(entry, dict(zip(entry.indices, at, strict=True)))) for at in itertools.product(*ranges)
        ]
        return np.array(cells, dtype=object).reshape(shape)

    network = Network(array(W[r, k]), array(beta[r]), array(b[r]), activation("linear"))
    inputs, targets = array(X[i, k]), array(y[i])
    after = step(network, inputs, targets, eta=place.value(no.eta, {}), lam=place.value(no.lam, {}))
    assert (array(setting.W_[r, k]) == after.W).all()
    assert (after.beta == array(setting.beta_[r])).all()
    assert (after.error(inputs, targets) == array(setting.e_[i])).all()


def test_importing_the_package_does_not_import_sympy() -> None:
    code = "import sys, fa_theory, fa_theory.symbolic; sys.exit('sympy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_what_is_random_by_definition_is_not_taken_for_fixed_inside_a_mean() -> None:
    """Without the definition of G both checks would pull it out of the mean."""
    gram = Equation(setting.G[i, j], total(Psi[i, r] * Psi[j, r], r) / p, "Gram matrix")
    square = Mean(setting.G[i, j] ** 2, (), (Psi,))
    for after in (Mean(setting.G[i, j], (), (Psi,)) ** 2, setting.G[i, j] ** 2):
        step = Step(after, "the square of the mean")
        report = Derivation("Jensen", "Wrong.", (gram,), (Part("wrong", square, after, (step,)),)).check()
        assert not report.ok
        assert "takes G for fixed inside a mean" in report.failures[0].detail
    listed = Part("wrong", square, after, (Step(after, "the square of the mean", (gram,)),))
    assert not Derivation("Jensen", "Wrong.", (gram,), (listed,), sizes=((1, 1, 1), (1, 1, 2))).check().ok
