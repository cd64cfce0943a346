"""Conserved quantities: known theorems are found, false ones are not, and formulas are those of the engine."""

from __future__ import annotations

import json
import random
from dataclasses import replace
from fractions import Fraction
from itertools import product
from pathlib import Path

import numpy as np
import pytest

import fa_theory as fa
from fa_theory.checker.proof import Refused, replay
from fa_theory.discovery.ansatz import Ansatz
from fa_theory.discovery.contractions import Contractions, flat, widths
from fa_theory.discovery.documents import changed_by_steps, conserved_by_flow, conserved_by_steps
from fa_theory.discovery.dynamics import Dynamics
from fa_theory.discovery.invariants import Invariants, invariants
from fa_theory.discovery.modular import evaluated, point, rank
from fa_theory.discovery.named import ACTIVATIONS, DECAYS, RULES, LinearNetwork, formulas
from fa_theory.discovery.plasticity import Plasticity, parse
from fa_theory.discovery.text import shown
from fa_theory.errors import InputError
from fa_theory.model.rules import as_rule


def rule_named(name: str, **network: object) -> Plasticity:
    return parse(formulas(name, LinearNetwork(**network)))  # type: ignore[arg-type]


def quantities(found: Invariants) -> set[str]:
    return {shown(each.polynomial, found.rule) for each in found.found}


GIROTTI = """
# two scalar layers
state w1 w2
constant m
input x e
w1' = - m e x
w2' = - w1 e x
"""
MATCHED = "W1W1ᵀ − W2ᵀB2 − B2ᵀW2"
NEURON = "½Σ_k W1[r,k]² − Σ_a B2[a,r]·W2[a,r]"
KNOWN = {
    "Robertson & Koyejo, Lillicrap et al.: linear": (rule_named("fa"), 4, {MATCHED}, 8),
    "Robertson & Koyejo: one neuron": (rule_named("fa", activation="homogeneous"), 4, {NEURON}, 3),
    "Girotti: scalar": (parse(GIROTTI), 4, {"½w1² − w2 m"}, 1),
    "balanced": (rule_named("bp"), 4, {"W1W1ᵀ − W2ᵀW2"}, 6),
    "balanced neurons": (
        rule_named("bp", activation="homogeneous"),
        4,
        {"Σ_k W1[r,k]² − Σ_a W2[a,r]²"},
        3,
    ),
    "balanced, three layers": (rule_named("bp", layers=3), 3, {"W1W1ᵀ − W2ᵀW2", "W2W2ᵀ − W3ᵀW3"}, 12),
    "three layers": (rule_named("fa", layers=3), 3, {MATCHED, "W2W2ᵀ − W3ᵀB3 − B3ᵀW3"}, 16),
    "DFA: the last hidden layer only": (rule_named("dfa", layers=3), 3, {"W2W2ᵀ − W3ᵀB3 − B3ᵀW3"}, 16),
    "Kolen–Pollack": (rule_named("kolen-pollack"), 3, {"W2 − B2", "W1W1ᵀ − B2ᵀB2"}, 12),
    "any activation": (rule_named("fa", activation="any"), 4, set(), 0),
    "matched decay": (
        rule_named("fa", decay="matched"),
        3,
        {"g² W1W1ᵀ − g² W2ᵀB2 − g² B2ᵀW2"},
        8,
    ),
    "equal decay": (rule_named("fa", decay="all"), 4, set(), None),
    "decay of the output layer": (rule_named("fa", decay="output"), 4, set(), None),
}


@pytest.mark.parametrize("name", KNOWN)
def test_known_theorems_are_found_and_nothing_false(name: str) -> None:
    rule, degree, wanted, most = KNOWN[name]
    found = invariants(rule, degree)
    assert quantities(found) == wanted
    assert found.bound is not None
    assert found.bound.most >= found.independent
    if most is not None:
        assert found.bound.most == most
    for each in found.found:
        document = conserved_by_flow(rule, each.polynomial, each.labels)
        assert replay(json.dumps(document)).text.startswith(
            "for all sizes" if rule is not KNOWN["Girotti: scalar"][0] else "for all"
        )


COMPLETE = {
    "two layers": (rule_named("fa", kernels=True), 3, {"N2W1", MATCHED}, 8),
    "direct, three layers": (
        rule_named("dfa", layers=3, kernels=True),
        4,
        {
            "N2W1",
            "W2ᵀN3ᵀ",
            "W2W2ᵀ − W3ᵀB3 − B3ᵀW3",
            "N2W1W1ᵀK2ᵀ − N2W2ᵀL2ᵀ",
            "K2W1W1ᵀK2ᵀ − L2W2K2ᵀ − K2W2ᵀL2ᵀ",
        },
        16,
    ),
}


@pytest.mark.parametrize("name", COMPLETE)
def test_with_kernels_of_the_feedback_the_list_is_complete(name: str) -> None:
    rule, degree, wanted, most = COMPLETE[name]
    found = invariants(rule, degree)
    assert quantities(found) == wanted
    assert found.bound is not None
    assert found.independent == found.bound.most == most
    for each in found.found[-2:]:
        assert replay(json.dumps(conserved_by_flow(rule, each.polynomial, each.labels))).text
    (last,) = (each for each in found.found if shown(each.polynomial, rule) == min(wanted))
    unrelated = replace(rule, relations=())
    with pytest.raises(Refused):
        conserved_by_flow(unrelated, last.polynomial, last.labels)


OTHER = {
    "the invariant of FA under BP": ("fa", {}, formulas("bp").replace("constant", "constant B2[c,p]")),
    "that of BP under FA": ("bp", {}, formulas("fa")),
    "of single neurons for any activation": (
        "fa",
        {"activation": "homogeneous"},
        formulas("fa", LinearNetwork(2, "any")),
    ),
    "of layers for ReLU": ("fa", {}, formulas("fa", LinearNetwork(2, "homogeneous"))),
    "with decay": ("fa", {}, formulas("fa", LinearNetwork(decay="all"))),
}


@pytest.mark.parametrize("name", OTHER)
def test_what_is_nearly_conserved_is_refused(name: str) -> None:
    of, network, other = OTHER[name]
    found = invariants(rule_named(of, **network), 2).found[0]
    with pytest.raises(Refused):
        conserved_by_flow(parse(other), found.polynomial, found.labels)


def test_a_step_changes_the_invariant_by_the_square_of_the_step() -> None:
    rule = rule_named("fa", activation="homogeneous")
    found = invariants(rule, 2)
    change = Dynamics(rule).change(found.found[0].polynomial)
    assert shown(change, rule).startswith("½η² Σ")
    document = changed_by_steps(rule, found.found[0].polynomial, change, found.found[0].labels)
    assert replay(json.dumps(document)).text
    with pytest.raises(Refused):
        changed_by_steps(rule, found.found[0].polynomial, {m: 2 * c for m, c in change.items()}, ("p",))
    assert quantities(invariants(rule, 3, steps=True)) == set()


def test_steps_of_kolen_and_pollack_keep_the_difference() -> None:
    rule = rule_named("kolen-pollack")
    found = invariants(rule, 2, steps=True)
    assert quantities(found) == {"W2 − B2"}
    assert replay(json.dumps(conserved_by_steps(rule, found.found[0].polynomial, found.found[0].labels))).text


@pytest.mark.parametrize(("name", "activation"), list(product(["fa", "bp", "kolen-pollack"], ["linear", "relu"])))
def test_the_formulas_are_those_of_the_engine(name: str, activation: str) -> None:
    """One step of the engine moves the weights along the rates, up to scalings."""
    rule = rule_named(name, activation="linear" if activation == "linear" else "homogeneous")
    problem = fa.sample(rng=1, n=4, d=3, p=5, activation=activation, eta=0.1, k=2, rule=name)
    network, X, y = problem.network, problem.X, problem.y
    after = fa.step(network, X, y, eta=0.1, rule=name)
    root = np.sqrt(5)
    values = {"W1": network.W, "W2": network.beta.T / root, "B2": network.b.T / root}
    values |= {"X": X, "E": network.error(X, y), "D1": (X @ network.W.T > 0).astype(float)}
    moved = {"W1": after.W - network.W, "W2": root * (after.beta.T - network.beta.T)}
    if name == "kolen-pollack":
        moved["B2"] = root * (after.b.T - network.b.T)
    for weights, change in moved.items():
        rate = sum(float(c) * _product(factors, values) for c, factors in rule.rates[weights])
        assert np.allclose(change, 0.1 * rate)


@pytest.mark.parametrize(("name", "activation"), list(product(["fa", "dfa", "bp"], ["linear", "relu"])))
def test_the_formulas_of_three_layers_are_those_of_the_engine(name: str, activation: str) -> None:
    rule = rule_named(name, layers=3, activation="linear" if activation == "linear" else "homogeneous")
    law = fa.DeepLaw(activation, n=6, d=4, hidden=(5, 3), k=2, rule=name, eta=0.1, scaling="standard")
    problem = law.sample(0)
    network, X, y = problem.network, problem.X, problem.y
    seen = network.forward(X)
    e = seen.f - y
    learnt = as_rule(name)
    values = {"X": X, "E": e, "D1": (seen.z[0] > 0).astype(float), "D2": (seen.z[1] > 0).astype(float)}
    for layer in (1, 2, 3):
        values[f"W{layer}"] = network.matrix(layer)
        if layer > 1 and name != "bp":
            values[f"B{layer}"] = network.feedback(layer, learnt)
    gradients = network.gradients(seen, network.signals(seen, e, y, learnt))
    for layer, gradient in enumerate(gradients, 1):
        rate = sum(float(c) * _product(factors, values) for c, factors in rule.rates[f"W{layer}"])
        assert np.allclose(gradient, -rate)


EXAMPLES = Path(__file__).parents[2] / "examples" / "rules"


def test_the_examples_conserve_what_the_documentation_says() -> None:
    skip, residual = (parse((EXAMPLES / f"{name}.txt").read_text("utf-8")) for name in ("skip", "residual"))
    found = invariants(skip, 2)
    assert "W1 − B2ᵀW0" in quantities(found)
    assert found.bound is not None
    assert found.independent == found.bound.most == 14
    found = invariants(residual, 2)
    assert len(found.found) == 2
    for each in found.found:
        assert replay(json.dumps(conserved_by_flow(residual, each.polynomial, each.labels))).text


def _product(factors: object, values: dict[str, np.ndarray]) -> np.ndarray:
    names = {-1: "a", -2: "b"}
    texts = [
        "".join(names.setdefault(i, "cdefghijklm"[len(names) - 2]) for i in at)
        for _, at in factors  # type: ignore[attr-defined]
    ]
    return np.einsum(f"{','.join(texts)}->ab", *(values[name] for name, _ in factors))  # type: ignore[attr-defined]


@pytest.mark.parametrize("entrywise", [frozenset(), frozenset("p")])
def test_the_canonical_form_does_not_depend_on_names(entrywise: frozenset[str]) -> None:
    ring = Contractions({"W": ("p", "d"), "V": ("p", "p"), "b": ("p",)})
    draw = np.random.default_rng(0)
    monomials = Ansatz(ring, {"W": 1, "V": 1, "b": 1}, entrywise).monomials(4, ("p",))
    assert len(set(monomials)) == len(monomials) > 30
    for monomial in monomials:
        factors = flat(monomial)
        names = draw.permutation(20)
        renamed = [(name, tuple(i if i < 0 else int(names[i]) for i in at)) for name, at in factors]
        assert ring.monomial([renamed[k] for k in draw.permutation(len(renamed))]) == monomial


def test_the_numbers_of_classes() -> None:
    """Counted by an enumeration of set partitions, independently of this one."""
    ring = Contractions({"W": ("p", "d"), "v": ("p",), "b": ("p",)})
    tensors = {"W": 1, "v": 1, "b": 1}
    assert [len(Ansatz(ring, tensors, frozenset()).monomials(k, ())) for k in (4, 6, 8)] == [18, 58, 163]
    assert [len(Ansatz(ring, tensors, frozenset("pd")).monomials(k, ())) for k in (4, 5)] == [280, 1071]


@pytest.mark.parametrize(
    ("entrywise", "most", "labels"), [(frozenset[str](), 4, ()), (frozenset("p"), 3, ()), (frozenset("p"), 3, ("p",))]
)
def test_monomials_are_independent_from_the_sizes_on_that_are_printed(
    entrywise: frozenset[str], most: int, labels: tuple[str, ...]
) -> None:
    axes: dict[str, tuple[str, ...]] = {"W": ("p", "d"), "v": ("p",), "b": ("p",)}
    ring = Contractions(axes)
    monomials = Ansatz(ring, dict.fromkeys(axes, 1), entrywise).monomials(most, labels)
    from_here = widths(monomials, axes)
    ranks = []
    for sizes in (from_here, {sort: max(size - 1, 1) for sort, size in from_here.items()}):
        draw, rows = random.Random(0), []
        shape = [sizes[sort] for sort in labels]
        for _ in monomials:
            values = point(axes, sizes, draw)
            rows.append([int(evaluated([(Fraction(1), flat(m))], values, shape).ravel()[0]) for m in monomials])
        ranks.append(rank(rows))
    assert ranks[0] == len(monomials) > ranks[1]


def test_every_named_rule_can_be_read() -> None:
    for name, layers, activation, decay, momentum, one in product(
        RULES, (2, 3, 5), ACTIVATIONS, DECAYS, (False, True), (False, True)
    ):
        rule = parse(formulas(name, LinearNetwork(layers, activation, decay, momentum, one)))
        assert rule.title.startswith(RULES[name].title)
        assert {f"W{k + 1}" for k in range(layers)} <= set(rule.rates)


WRONG = {
    "state W[p,d\nW[r,k]' = 0": "expected tensors such as W",
    "state w\nw' = - v": "line 2: v is not declared",
    "state w": "line 2: w is state and has no rate",
    "state w\nw = 1": "w is state: write w′ = its rate",
    "state w[d]\ninput x[d]\nw[k]' = x[j]": "the index k is missing",
    "state w[d] v[p]\ninput x[p]\nv[r]' = x[r]\nw[k]' = x[k]": "the index k is of size d and of size p",
    "state w\nw' = 1/0 w": "1/0 is no number",
    "state w\nw' = -": "the formula ends too early",
    "state w\nw' = @": "cannot read '@'",
    "state w\nstate w\nw' = w": "w is declared twice",
    "state w\nderived h\nh = h w\nw' = h": "circular",
    "velocity w": "expected one of state",
    "input x": "nothing moves",
    "state w\nentrywise q\nw' = w": "no tensor has a leg of the size q",
    "state eta\neta' = 1": "'eta' has another meaning",
    "state w[real]\nw[k]' = w[k]": "'real' has another meaning",
    "state w[w]\nw[k]' = w[k]": "w is a size and a tensor",
    "state w[p]\nw[sum]' = w[sum]": "'sum' has another meaning; choose another name for the index",
    "state w\ninput e f\nw' = e\ne = f w\nf = e": "the definition of e contains e",
    "state w\ngrowth g h\nw' = w\ng' = g\nh' = h": "the second growth factor",
    "state w\nrelation w = 0\nw' = w": "a relation is between constants, and w is state",
    "state w[d]\nconstant a[d] b[d]\nrelation a[k] b[j] = 0\nw[k]' = w[k]": "connected by indices",
    "state w\nrelation\nw' = w": "expected a relation such as",
}


def test_names_of_the_rule_may_be_those_that_proofs_like_to_use() -> None:
    rule = parse("state s[p] t[p]\ninput i e\ns[p]' = - t[p] e\nt[p]' = - s[p] e")
    for each in invariants(rule, 2).found:
        assert replay(json.dumps(conserved_by_flow(rule, each.polynomial, each.labels))).text


@pytest.mark.parametrize("text", WRONG)
def test_a_wrong_line_is_named(text: str) -> None:
    with pytest.raises(InputError, match=WRONG[text].replace("(", r"\(")):
        parse(text)


def test_a_degree_is_positive_and_a_rule_known() -> None:
    with pytest.raises(InputError, match="degree ≥ 1 but got 0"):
        invariants(parse(GIROTTI), 0)
    with pytest.raises(InputError, match="unknown rule 'gd'; choose one of bp, fa"):
        formulas("gd")
    with pytest.raises(InputError, match="2 to 5 layers but got 9"):
        formulas("fa", LinearNetwork(layers=9))
    assert Fraction(1, 2) in {
        c for each in invariants(parse(GIROTTI), 2).found for c in map(abs, each.polynomial.values())
    }
