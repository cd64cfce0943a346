"""The document: its text, its parts, its steps, and when its statement is shown to be defined."""

from __future__ import annotations

import json
from typing import Any

import pytest
from refused_documents import BARE, TRUE, changed, combine, document, lemma, says, step

from fa_theory.checker.proof import Refused, replay
from fa_theory.checker.proof.budget import Allowance, working
from fa_theory.checker.proof.document import MAX_FILES, MAX_STEPS, MAX_TEXT, _visibly, obligations, parse
from fa_theory.checker.proof.language import Declarations
from fa_theory.symbolic.proof import library


def refused(data: Any, load: Any = None) -> str:
    with pytest.raises(Refused) as caught:
        replay(data, load)
    return str(caught.value)


# ---------------------------------------------------------------------------------------------------------- reading
@pytest.mark.parametrize(
    ("text", "why"),
    [
        ('{"a": 1.5}', "decimal 1.5: write a fraction"),
        ('{"a": 1.' + "5" * 100 + "}", "decimal 1." + "5" * 38 + ": write a fraction"),
        ('{"a": 1e3}', "decimal 1e3: write a fraction"),
        ('{"a": NaN}', "decimal NaN: write a fraction"),
        ('{"a": -Infinity}', "decimal -Infinity: write a fraction"),
        ('{"a": 1, "b": {"c": 1, "c": 2}}', "an object has a key twice"),
        ("{", "not JSON: "),
        ("3", "a document is an object, not 3"),
        ({"a": {1, 2}}, "not JSON: "),
        ({"a": 0.5}, "decimal 0.5: write a fraction"),
    ],
)
def test_what_is_no_document_is_refused(text: Any, why: str) -> None:
    with pytest.raises(Refused) as caught:
        parse(text)
    assert str(caught.value).startswith(why)
    assert len(str(caught.value)) <= 110


def test_a_document_is_read_as_plain_data() -> None:
    data = {"a": [1, "1/2", None, {"b": True}]}
    assert parse(data) == parse(json.dumps(data)) == data
    assert parse(data)["a"] is not data["a"]


def test_the_longest_document(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fa_theory.checker.proof.document.MAX_TEXT", 2)
    assert parse("{}") == {}
    with pytest.raises(Refused, match="the document is longer than 2 characters"):
        parse("{ }")


@pytest.mark.parametrize(
    ("parts", "why"),
    [
        ({"format": "fa-theory-proof/2"}, "expected a proof of format fa-theory-proof/1"),
        ({"kind": "lemma"}, "expected a proof of format fa-theory-proof/1"),
        ({"steps": {}}, "steps: expected a list"),
        ({"steps": ["done"]}, "step: expected an object but got 'done'"),
        ({"concludes": ["done"]}, "concludes: expected a name"),
        ({"concludes": "doné"}, "there is no 'doné' to conclude"),
        ({"lemmas": []}, "lemmas: expected an object"),
        ({"hypotheses": [TRUE]}, "hypotheses: expected an object"),
        ({"axioms": [TRUE]}, "axioms: expected an object"),
        ({"uses": ["A"]}, "uses: expected an object"),
        ({"uses": {"A": "A"}}, "uses A: expected an object"),
        ({"uses": {"A": {"lemma": "A"}}}, "uses A: sorts is missing"),
        ({"uses": {"A": {"sorts": {}}}}, "uses A: name a lemma or a file"),
        ({"uses": {"A": {"lemma": 3, "sorts": {}}}}, "uses A: expected a name"),
        ({"uses": {"A": {"lemma": "A", "sorts": []}}}, "sorts of A: expected an object"),
        ({"uses": {"A": {"lemma": "A", "sorts": {"n": "real"}}}}, "uses A: its sorts are finite"),
        ({"uses": {"A": {"lemma": "A", "sorts": {"n": "z"}}}}, "unknown sort 'z'"),
        ({"uses": {"A": {"lemma": "A", "sorts": {}}}, "lemmas": {"A": 3}}, "lemma A: expected an object"),
        ({"hypotheses": {"H": 3}}, "H: formula: expected an object"),
        ({"hypotheses": {"a:b": TRUE}}, "'a:b' is no name of a fact"),
        ({"hypotheses": {"a\nb": TRUE}}, "'a\\nb' is no name of a fact"),
        ({"hypotheses": {"": TRUE}}, "'' is no name of a fact"),
        ({"hypotheses": {"x" * 81: TRUE}}, "is no name of a fact"),
        ({"hypotheses": {"H": TRUE}, "axioms": {"H": {"source": "s", "statement": TRUE}}}, "the name H is taken"),
        ({"axioms": {"A": {"statement": TRUE}}}, "axiom A: source is missing"),
        ({"axioms": {"A": {"source": 3, "statement": TRUE}}}, "source of A: expected a name"),
        ({"axioms": {"A": {"source": "", "statement": TRUE}}}, "axiom A: name its source"),
        ({"axioms": {"A": {"source": "a\nb", "statement": TRUE}}}, "axiom A: name its source"),
        ({"axioms": {"A": {"source": "x" * 301, "statement": TRUE}}}, "axiom A: name its source"),
        (
            {"axioms": {"A": {"source": "s", "statement": says(["*", ["v", "i"], ["b", "r"]], "=", ["+", "x", "y"])}}},
            "b:p, i:n, r:p, v:n, x:ℝ, y:ℝ are free",
        ),
        ({"title": 3}, "title: expected a name"),
        ({"title": "a\nb"}, "a title is one line of text"),
        ({"witness": TRUE}, "witness: expected a list"),
        ({"witness": [3]}, "witness: formula: expected an object"),
        ({"defined": "done"}, "defined: expected a list"),
        ({"defined": ["other"]}, "there is no 'other'"),
    ],
)
def test_what_is_no_part_of_a_document_is_refused(parts: dict[str, Any], why: str) -> None:
    assert why in refused(changed(document(), **parts))


def test_names_and_sources_may_be_long() -> None:
    data = document(
        hypotheses={"x" * 80: TRUE}, axioms={"A": {"source": "s" * 300, "statement": TRUE}}, title="t", witness=[TRUE]
    )
    proof = replay(data)
    assert list(proof.theorems) == ["x" * 80, "A", "done"]
    assert [str(f) for f in proof.witness] == ["0 ≤ 0"]
    assert not replay(document()).witness


# ------------------------------------------------------------------------------------------------- lemmas and files
def test_each_lemma_is_replayed_once_for_its_sorts() -> None:
    loads: list[str] = []
    text = json.dumps(lemma(step("done", "instance", use=["ax", "size_one", "S"]), sorts=["S"], concludes="done"))

    def load(name: str) -> str:
        loads.append(name)
        return text

    uses = {f"A{s}{k}": {"file": "L", "sorts": {"S": s}} for s in "np" for k in "12"}
    proof = replay(document(uses=uses), load)
    assert loads == ["L", "L"]
    assert [str(proof.theorems[name].formula) for name in uses] == ["1 ≤ |n|", "1 ≤ |n|", "1 ≤ |p|", "1 ≤ |p|"]


def test_the_order_in_which_sorts_are_named_does_not_matter() -> None:
    loads: list[str] = []
    text = json.dumps(changed(BARE, sorts=["S", "T"]))
    sorts = {"S": "n", "T": "p"}
    uses = {"A": {"file": "L", "sorts": sorts}, "B": {"file": "L", "sorts": dict(reversed(sorts.items()))}}
    replay(document(uses=uses), lambda name: loads.append(name) or text)  # type: ignore[func-returns-value]
    assert loads == ["L"]


def test_a_lemma_and_a_file_of_one_name_are_two() -> None:
    data = document(
        uses={"A": {"lemma": "L", "sorts": {}}, "B": {"file": "L", "sorts": {}}},
        lemmas={"L": lemma(combine("done", says(0, "<=", 1)), concludes="done")},
    )
    proof = replay(data, {"L": lemma(combine("done", says(0, "<=", 2)), concludes="done")}.__getitem__)
    assert [str(proof.theorems[name].formula) for name in "AB"] == ["0 ≤ 1", "0 ≤ 2"]


def test_a_lemma_may_use_what_was_used_before() -> None:
    """A uses B, then the document uses B: nothing uses itself."""
    a = changed(BARE, uses={"B": {"lemma": "B", "sorts": {}}})
    uses = {name: {"lemma": name, "sorts": {}} for name in "AB"}
    assert list(replay(document(uses=uses, lemmas={"A": a, "B": BARE})).theorems) == ["A", "B", "done"]


def test_a_lemma_that_uses_itself_through_another_is_refused() -> None:
    a, b = (changed(BARE, uses={"X": {"lemma": name, "sorts": {}}}) for name in "BA")
    data = document(uses={"A": {"lemma": "A", "sorts": {}}}, lemmas={"A": a, "B": b})
    assert refused(data) == "A: B: A uses itself"


def test_lemmas_stand_in_the_outermost_document() -> None:
    data = document(uses={"A": {"lemma": "A", "sorts": {}}}, lemmas={"A": changed(BARE, lemmas={})})
    assert refused(data) == "A: lemmas stand in the outermost document"


@pytest.mark.parametrize(
    ("error", "why"),
    [(RecursionError, "terms are nested too deeply"), (MemoryError, "the document needs too much memory")],
)
def test_what_is_too_large_is_refused(error: type[Exception], why: str) -> None:
    def load(name: str) -> str:
        raise error

    assert refused(document(uses={"A": {"file": "A", "sorts": {}}}), load) == why


def test_so_many_lemmas_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fa_theory.checker.proof.document.MAX_FILES", 2)
    uses = {name: {"lemma": name, "sorts": {}} for name in "ABC"}
    replay(document(uses={name: uses[name] for name in "AB"}, lemmas=dict.fromkeys("ABC", BARE)))
    assert "more than 2 documents" in refused(document(uses=uses, lemmas=dict.fromkeys("ABC", BARE)))
    assert (MAX_TEXT, MAX_STEPS, MAX_FILES) == (8 * 2**20, 20_000, 200)


def test_files_and_lemmas_that_are_not_there() -> None:
    assert refused(document(uses={"A": {"lemma": "B", "sorts": {}}})) == "there is no lemma 'B'"
    assert "'B' is another file" in refused(document(uses={"A": {"file": "B", "sorts": {}}}))
    bad = lemma(combine("done", says(0, "<=", -1)), concludes="done")
    said = refused(document(uses={"A": {"lemma": "B", "sorts": {}}}, lemmas={"B": bad}))
    assert said == "B: step 'done': does not follow; left over: -1"


# ------------------------------------------------------------------------------------------------------------ steps
def test_so_many_steps_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fa_theory.checker.proof.document.MAX_STEPS", 1)
    replay(document())
    assert refused(document(combine("one", TRUE))) == "more than 1 steps"


def test_steps_are_kept_with_their_reasons() -> None:
    proof = replay(document(combine("one", says("x", "=", "x"), reason="a reason"), combine("two", TRUE)))
    assert [(s.name, s.rule, s.reason, str(s.theorem.formula)) for s in proof.steps] == [
        ("one", "combine", "a reason", "x = x"),
        ("two", "combine", "", "0 ≤ 0"),
        ("done", "combine", "", "0 ≤ 0"),
    ]
    replay(document(combine("one", TRUE, reason="r" * 2000)))


H = {"H": says("x", "=", "y"), "K": says("x", "<=", 0), "D": says("c", "=", "x"), "T": says("x", "=", 0, all=["x"])}


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ({"rule": "combine", "goal": TRUE}, "name of a step: expected a name"),
        (combine("a", TRUE, reason=3), "step 'a': reason: expected a name"),
        (combine("a", TRUE, reason="r" * 2001), "step 'a': a reason is one line of text"),
        (combine("a", TRUE, reason="a\nb"), "step 'a': a reason is one line of text"),
        ({"as": "a", "goal": TRUE}, "step 'a': rule: expected a name"),
        (step("a", "guess", goal=TRUE), "step 'a': there is no rule 'guess'"),
        (step("a", "combine"), "combine: goal is missing"),
        (step("a", "combine", goal=TRUE, items={}), "items: expected a list"),
        (step("a", "combine", goal=TRUE, rewrite="H"), "facts: expected a list"),
        (step("a", "combine", goal=TRUE, use="H"), "combine: 'use' is not known"),
        (combine("a", TRUE, ["H"]), "item: expected an object"),
        (combine("a", TRUE, [{"times": 1}]), "item: use is missing"),
        (combine("a", TRUE, [{"use": "K", "factor": 1}]), "item: 'factor' is not known"),
        (combine("a", TRUE, [{"use": "K", "over": "i"}]), "over: expected a list"),
        (combine("a", TRUE, [{"use": "K", "over": ["x"]}]), "the index 'x' is not declared"),
        (combine("a", TRUE, [{"use": "K", "over": [["mean", "Q", ["b"]]]}]), "the law 'Q' is not declared"),
        (combine("a", TRUE, [{"use": "K", "sign": "S"}]), "there is no 'S'"),
        (step("a", "instance"), "instance: use is missing"),
        (step("a", "instance", use="H", at=[]), "instance: 'at' is not known"),
        (step("a", "instance", use=3), "expected the name of a fact but got 3"),
        (step("a", "instance", use=["H"]), "expected the name of a fact but got ['H']"),
        (step("a", "instance", use={"at": []}), "instance: by is missing"),
        (step("a", "instance", use={"by": "T", "at": "x"}), "values: expected a list"),
        (step("a", "instance", use={"by": "T"}), "0 values for x:ℝ"),
        (step("a", "instance", use={"by": "K", "at": ["x"]}), "1 values for no variable"),
        (step("a", "instance", use={"by": "K", "given": "H"}), "facts: expected a list"),
        (step("a", "instance", use={"by": "K", "with": []}), "instance: 'with' is not known"),
        (step("a", "instance", use=["ax", 3]), "axiom: expected a name but got 3"),
        (step("a", "instance", use=["ax", "size_one"]), "the axiom size_one is about 1 sorts, not 0"),
        (step("a", "instance", use=["ax", "size_one", "n", "1/2"]), "the axiom size_one has no exponent"),
        (step("a", "instance", use=["ax", "size_sign", "n"]), "the axiom size_sign has an exponent"),
        (step("a", "instance", use=["ax", "size_sign", "n", "1", "2"]), "the axiom size_sign: ['2'] is no sort"),
        (step("a", "instance", use=["ax", "size_sign", "n", "q"]), "'q' is no rational number"),
        (step("a", "instance", use=["ax", "size_sign", "n", ["n"]]), "number: expected a name"),
        (step("a", "instance", use=["ax", "size_one", "time"]), "'time' is no rational number"),
        (step("a", "generalise", use="H"), "generalise: over is missing"),
        (step("a", "generalise", use="H", over="c"), "over: expected a list"),
        (step("a", "generalise", use="H", over=["c", "c"]), "has a name twice"),
        (step("a", "generalise", use="H", over=["q"]), "'q' is not declared"),
        (step("a", "discharge", use="H"), "discharge: hyp is missing"),
        (step("a", "discharge", use="H", hyp=3), "hypothesis: expected a name"),
        (step("a", "discharge", use="H", hyp="x"), "there is no hypothesis 'x'"),
        (step("a", "induction", var="t", goals=[], base=[]), "induction: step is missing"),
        (step("a", "induction", var="t", goals=TRUE, base=[], step=[]), "goals: expected a list"),
        (step("a", "induction", var="t", goals=[], base=[], step=[]), "there is no goal 0"),
        (step("a", "induction", var="t", goals=[], base=[], step=[], which="0"), "which: expected an integer"),
        (step("a", "induction", var="x", goals=[], base=[], step=[]), "the index 'x' is not declared"),
        (step("a", "induction", var="t", goals=[], base=[], step=[], over=0), "induction: 'over' is not known"),
        (step("a", "cases", split=["x", "y"], low="K"), "cases: high is missing"),
        (step("a", "cases", split="xy", low="K", high="K"), "split: expected a list"),
        (step("a", "cases", split=["x"], low="K", high="K"), "split: two terms, not 1"),
        (step("a", "cases", split=["x", "y"], low="K", high="K", goal=0), "cases: 'goal' is not known"),
        (step("a", "absurd", use="K"), "absurd: goal is missing"),
        (step("a", "absurd", use="K", goal=TRUE, over=0), "absurd: 'over' is not known"),
        (step("a", "congruence", fn="F"), "congruence: use is missing"),
        (step("a", "congruence", fn=3, use="H"), "function: expected a name"),
        (step("a", "congruence", fn="G", use="H"), "'G' is no function of one argument"),
        (step("a", "congruence", fn="Q", use="H"), "'Q' is no function of one argument"),
        (step("a", "congruence", fn="F", use="H", at="t"), "F is not taken at t"),
        (step("a", "congruence", fn="^t", use="H", at="w"), "^t is not taken at w"),
        (step("a", "congruence", fn="F", use="H", over=0), "congruence: 'over' is not known"),
        (step("a", "drop", use="H"), "drop: defs is missing"),
        (step("a", "drop", use="H", defs="D"), "definitions: expected a list"),
        (step("a", "drop", use="H", defs=[]), "a definition, or start and step of one, not 0"),
        (step("a", "drop", use="H", defs=["D", "D", "D"]), "a definition, or start and step of one, not 3"),
        (step("a", "drop", use="H", defs=["D"], over=0), "drop: 'over' is not known"),
    ],
)
def test_what_is_no_step_is_refused(said: Any, why: str) -> None:
    assert why in refused(document(said, hypotheses=H))


def concluded(*steps: Any, **parts: Any) -> Any:
    """What each step proves, and from what."""
    proof = replay(document(*steps, **parts))
    return {s.name: str(s.theorem) for s in proof.steps if s.name != "done"}


def test_every_operand_of_a_step_is_used() -> None:
    names = {
        "LOW": says("x", "<=", "y"), "HIGH": says("y", "<", "x"), "NEVER": says(1, "<=", 0), "TOO": says("c", "<", 0),
        "V": says(["v", "i"], "<=", 1, all=["i"]), "C": says(0, "<=", "c"),
    }  # fmt: skip
    both = combine("both", says("x", "<=", ["+", "x", "c"]), [{"use": "C"}, {"use": "LOW", "times": 0}])
    other = combine("other", says("x", "<=", ["+", "x", "c"]), [{"use": "C"}, {"use": "HIGH", "times": 0}])
    assert concluded(
        step("absurd", "absurd", use="NEVER", goal=says("x", "<", "y")),
        step("one", "instance", use={"by": "V", "at": ["j"]}),
        combine("sum", says(["sum", ["i"], ["*", "c", ["v", "i"]]], "<=", ["*", "c", ["size", "n"]]),
                [{"use": {"by": "V", "at": ["k"]}, "times": "c", "sign": "C", "over": ["k"]}]),
        combine("mean", says(["mean", "L", ["b"], ["*", ["^", ["b", "r"], 2], "x"]], "<=",
                             ["*", ["mean", "L", ["b"], ["^", ["b", "r"], 2]], "y"]),
                [{"use": "LOW", "times": ["^", ["b", "r"], 2], "sign": {"by": "SQUARE", "at": [["b", "r"]]},
                  "over": [["mean", "L", ["b"]]]}]),
        both, other,
        step("cases", "cases", split=["x", "y"], low="both", high="other"),
        step("all", "generalise", use={"by": "V", "at": ["j"]}, over=["j", "c"]),
        step("discharged", "discharge", use="both", hyp="LOW"),
        hypotheses=names,
        uses={"SQUARE": {"lemma": "S", "sorts": {}}},
        lemmas={"S": library.square().document},
    ) == {
        "absurd": "1 ≤ 0 ⊢ x < y",
        "one": "∀ i:n. v[i] ≤ 1 ⊢ v[j] ≤ 1",
        "sum": "∀ i:n. v[i] ≤ 1; 0 ≤ c ⊢ Σ_i:n c·v[i] ≤ c·|n|",
        "mean": "x ≤ y ⊢ E[b ~ L](b[r]^2·x) ≤ E[b ~ L](b[r]^2)·y",
        "both": "0 ≤ c; x ≤ y ⊢ x ≤ x + c",
        "other": "0 ≤ c; y < x ⊢ x ≤ x + c",
        "cases": "0 ≤ c ⊢ x ≤ x + c",
        "all": "∀ i:n. v[i] ≤ 1 ⊢ ∀ j:n, c:ℝ. v[j] ≤ 1",
        "discharged": "0 ≤ c ⊢ (x ≤ y) → x ≤ x + c",
    }  # fmt: skip


def test_strict_is_not_what_is_weak_times_a_positive_number() -> None:
    data = document(
        combine("a", says("x", "<", "y"), [{"use": "H", "times": 1}]), hypotheses={"H": says("x", "<=", "y")}
    )
    assert "nothing here is strict" in refused(data)


def test_an_equation_about_a_fixed_index_rewrites_there() -> None:
    rule = {"R": says(["M", "i", "j"], "=", "c", all=["j"])}
    rewritten = combine("a", says(["M", "i", "k"], "=", "c"), rewrite=["R"])
    assert concluded(rewritten, hypotheses=rule) == {"a": "∀ j:n. M[i, j] = c ⊢ M[i, k] = c"}
    assert "does not follow" in refused(document(combine("a", says(["M", "k", "i"], "=", "c"), rewrite=["R"]),
                                                 hypotheses=rule))  # fmt: skip


def test_the_goal_of_an_induction_is_the_one_named() -> None:
    names = {
        "A0": says(["a", 0], "<=", 0), "B0": says(["e", 0], "<=", 1),
        "A": says(["a", "t"], "<=", 0), "B": says(["e", "t"], "<=", 1),
        "FALL_A": says(["a", ["t", 1]], "<=", ["a", "t"], all=["t"]),
        "FALL_B": says(["e", ["t", 1]], "<=", ["+", ["a", "t"], 1], all=["t"]),
    }  # fmt: skip
    onward = [
        combine("A1", says(["a", ["t", 1]], "<=", 0), [{"use": {"by": "FALL_A", "at": ["t"]}}, {"use": "A"}]),
        combine("B1", says(["e", ["t", 1]], "<=", 1), [{"use": {"by": "FALL_B", "at": ["t"]}}, {"use": "A"}]),
    ]
    operands = {
        "var": "t", "goals": [says(["a", "t"], "<=", 0), says(["e", "t"], "<=", 1)], "base": ["A0", "B0"],
        "step": ["A1", "B1"],
    }  # fmt: skip
    assumed = "a[0] ≤ 0; e[0] ≤ 1; ∀ t:time. a[t+1] ≤ a[t]; ∀ t:time. e[t+1] ≤ a[t] + 1 ⊢ "
    found = concluded(
        *onward,
        step("first", "induction", **operands),
        step("zeroth", "induction", **operands, which=0),
        step("second", "induction", **operands, which=1),
        hypotheses=names,
        tensors={"a": ["time"], "e": ["time"]},
        laws={},
    )
    sides = {name: (set(said.split(" ⊢ ")[0].split("; ")), said.split(" ⊢ ")[1]) for name, said in found.items()}
    from_all = set(assumed.removesuffix(" ⊢ ").split("; "))
    assert sides["first"] == sides["zeroth"] == (from_all, "∀ t:time. a[t] ≤ 0")
    assert sides["second"] == (from_all, "∀ t:time. e[t] ≤ 1")


def test_functions_of_both_sides_are_taken_where_it_is_said() -> None:
    names = {"H": says("x", "=", "y"), "C": says(["f", "s"], "=", "x", all=["s"])}
    assert concluded(
        step("F", "congruence", fn="F", use="H"),
        step("root", "congruence", fn="sqrt", use="H"),
        step("power", "congruence", fn="^t", use="H", at=["t", 2]),
        step("number", "congruence", fn="^t", use="H", at=2),
        step("slope", "congruence", fn="d", use="C", at="w"),
        step("start", "congruence", fn="d", use="C", at=0),
        hypotheses=names,
    ) == {
        "F": "x = y ⊢ F(x) = F(y)",
        "root": "x = y ⊢ sqrt(x) = sqrt(y)",
        "power": "x = y ⊢ x^(t+2) = y^(t+2)",
        "number": "x = y ⊢ x^2 = y^2",
        "slope": "∀ s:real. f[s] = x ⊢ d(s:real ↦ f[s])[w] = d(s:real ↦ x)[w]",
        "start": "∀ s:real. f[s] = x ⊢ d(s:real ↦ f[s])[0] = d(s:real ↦ x)[0]",
    }


def test_definitions_are_dropped() -> None:
    names = {
        "D": says("c", "=", "x"), "K": says(0, "<=", "c"),
        "first": says(["a", 0], "=", 1), "next": says(["a", ["t", 1]], "=", ["a", "t"], all=["t"]),
    }  # fmt: skip
    used = [{"use": name, "times": 0} for name in ("D", "first", {"by": "next", "at": ["t"]}, "K")]
    assert concluded(
        combine("all", says("y", "<=", ["+", "y", "c"]), [{"use": "K"}, *used[:3]]),
        step("recursion", "drop", use="all", defs=["first", "next"]),
        step("definition", "drop", use="recursion", defs=["D"]),
        hypotheses=names,
    ) == {
        "all": "0 ≤ c; c = x; a[0] = 1; ∀ t:time. a[t+1] = a[t] ⊢ y ≤ y + c",
        "recursion": "0 ≤ c; c = x ⊢ y ≤ y + c",
        "definition": "0 ≤ x ⊢ y ≤ y + x",
    }


# ------------------------------------------------------------------------------------------------------ definedness
NAMES = Declarations(
    {
        "sorts": ["n", "p"],
        "indices": {"i": "n", "j": "n", "r": "p", "t": "time", "s": "real", "w": "real"},
        "tensors": {"x": [], "y": [], "v": ["n"], "b": ["p"], "f": ["real"]},
        "functions": {"F": 1},
        "laws": {"N": {"kind": "gauss", "axes": [["p"]]}},
    }
)


def inverse(term: Any) -> Any:
    return ["fn", "inv", term]


def root(term: Any) -> Any:
    return ["fn", "sqrt", term]


SLOPE = ["d", "s", ["f", "s"], "w"]


@pytest.mark.parametrize(
    ("said", "conditions"),
    [
        (says(["fn", "F", "x"], "=", ["fn", "abs", "x"]), []),
        (says(inverse("x"), "=", 0), ["0 < x^2"]),
        (says(0, "=", inverse("x")), ["0 < x^2"]),
        (says(root("x"), "=", root("y")), ["0 ≤ x", "0 ≤ y"]),
        (says(SLOPE, "=", 0, all=["w"]), ["∀ w:real. differentiable(s:real ↦ f[s])[w] = 1"]),
        (says(["differentiable", "s", ["f", "s"], "w"], "=", 0, all=["w"]), []),
        # inside other terms, and one inside another
        (says(["*", 2, ["^", ["+", 1, ["fn", "F", inverse("x")]], 2]], "=", 0), ["0 < x^2"]),
        (says(inverse(root("x")), "=", 0), ["0 ≤ x", "0 < sqrt(x)^2"]),
        # for all values of what is bound there, and of nothing else
        (says(inverse(["v", "i"]), "=", 0, all=["i", "j"]), ["∀ i:n. 0 < v[i]^2"]),
        (says(["sum", ["i"], inverse(["v", "i"])], "=", 0), ["∀ i:n. 0 < v[i]^2"]),
        (says(["sum", ["i"], inverse("x")], "=", 0, all=["x"]), ["∀ x:ℝ. 0 < x^2"]),
        (says(["sum", ["i"], inverse(["*", "x", ["v", "i"]])], "=", 0, all=["x"]), ["∀ x:ℝ, i:n. 0 < (x·v[i])^2"]),
        (says(["mean", "N", ["b"], root(["b", "r"])], "=", 0, all=["r"]), ["∀ r:p, b:p. 0 ≤ b[r]"]),
        # under the premises, and those before a premise
        (says(inverse("x"), "=", 0, **{"if": [says(0, "<", "x")]}), ["(0 < x) → 0 < x^2"]),
        (says(0, "=", 0, **{"if": [says(inverse("x"), "=", 0)]}), ["0 < x^2"]),
        (
            says(0, "=", 0, **{"if": [says(0, "<", "x"), says(inverse("x"), "=", 0), says(0, "<", "y")]}),
            ["(0 < x) → 0 < x^2"],
        ),
        (
            says(0, "=", 0, **{"if": [says(0, "<", "x"), says(0, "=", 0, **{"if": [says(inverse("x"), "=", 0)]})]}),
            ["(0 < x) → 0 < x^2"],
        ),
        (
            says(inverse("x"), "=", 0, **{"if": [says("y", "<", "x"), says(0, "<", "y")]}),
            ["(y < x) → (0 < y) → 0 < x^2"],
        ),
        (
            says(inverse(["v", "i"]), "=", 0, all=["i", "j"], **{"if": [says(0, "<", ["v", "j"])]}),
            ["∀ i:n, j:n. (0 < v[j]) → 0 < v[i]^2"],
        ),
        (
            says(0, "=", 0, all=["x", "y"], **{"if": [says(0, "<", "y"), says(inverse(["+", "x", ["v", "i"]]), "=", 0,
                 all=["i"], **{"if": [says(["v", "i"], "<", 0)]})]}),
            ["∀ x:ℝ, y:ℝ, i:n. (0 < y) → (v[i] < 0) → 0 < (x + v[i])^2"],
        ),
        # roots of what is seen not to be negative
        (says(root(["sum", ["i"], ["^", ["v", "i"], 2]]), "=", root(["size", "n"])), []),
        (says(root(0), "=", root("1/2")), []),
        (says(root(-1), "=", 0), ["0 ≤ -1"]),
        (says(root(["^", "x", 3]), "=", 0), ["0 ≤ x^3"]),
        (says(root(["^", ["size", "n"], 3]), "=", 0), []),
        (says(root(["+", ["^", "x", 2], "y"]), "=", 0), ["0 ≤ x^2 + y"]),
        (says(root(["+", "y", ["^", "x", 2]]), "=", 0), ["0 ≤ y + x^2"]),
        (says(root(["*", ["^", "x", 2], "y"]), "=", 0), ["0 ≤ x^2·y"]),
        (says(root(["*", 2, ["+", ["^", "x", 2], 1]]), "=", 0), []),
        (says(root(["mean", "N", ["b"], ["^", ["b", "r"], 2]]), "=", 0, all=["r"]), []),
        (says(root(["mean", "N", ["b"], ["b", "r"]]), "=", 0, all=["r"]), ["∀ r:p. 0 ≤ E[b ~ N](b[r])"]),
        (says(root(["sum", ["i"], ["v", "i"]]), "=", 0), ["0 ≤ Σ_i:n v[i]"]),
        (says(root(["fn", "abs", "x"]), "=", 0), ["0 ≤ abs(x)"]),
    ],
)  # fmt: skip
def test_conditions_under_which_a_formula_is_defined(said: Any, conditions: list[str]) -> None:
    assert list(map(str, obligations(NAMES.formula(said)))) == conditions


SHADOWED = ["sum", ["i"], inverse(["v", "i"])]


@pytest.mark.parametrize(
    ("said", "conditions"),
    [
        (says(SHADOWED, "=", 0, **{"if": [says(0, "<", ["v", "i"])]}), ["∀ i':n. (0 < v[i]) → 0 < v[i']^2"]),
        (
            says(0, "=", 0, **{"if": [says(0, "<", ["v", "i"]), says(inverse(["v", "i"]), "=", 1, all=["i"])]}),
            ["∀ i':n. (0 < v[i]) → 0 < v[i']^2"],
        ),
        (
            says(0, "=", 0, **{"if": [says(0, "<", ["v", "i"]), says(0, "=", SHADOWED, all=["x"])]}),
            ["∀ i':n. (0 < v[i]) → 0 < v[i']^2"],
        ),
        (
            says(root(["b", "r"]), "=", 0, **{"if": [says(0, "<", ["v", "i"])], "all": ["r"]}),
            ["∀ r:p. (0 < v[i]) → 0 ≤ b[r]"],
        ),
    ],
)
def test_a_premise_does_not_reach_below_a_binder_of_its_index(said: Any, conditions: list[str]) -> None:
    with working(Allowance(1000)):
        assert list(map(str, obligations(NAMES.formula(said)))) == conditions


def test_one_positive_entry_does_not_make_the_others_invertible() -> None:
    """∀ i. (0 < v_i) → Σ_i 1/v_i ≤ Σ_i 1/v_i + 1: that v_i > 0 for one i says nothing of the others."""
    positive = says(0, "<", ["v", "i"])
    steps = [
        combine("square", says(0, "<", ["^", ["v", "i"], 2]), [{"use": "P", "times": ["v", "i"], "sign": "P"}]),
        step("under", "discharge", use="square", hyp="P"),
        step("each", "generalise", use="under", over=["i"]),
        combine("fixed", says(SHADOWED, "<=", ["+", SHADOWED, 1], **{"if": [positive]})),
        step("done", "generalise", use="fixed", over=["i"]),
    ]
    data = document(*steps, hypotheses={"P": positive}, concludes="done", defined=["each"])
    assert "not shown to be defined: ∀ i:n, i':n. (0 < v[i]) → 0 < v[i']^2" in refused(data)
    every = {"ALL": says(0, "<", ["^", ["v", "j"], 2], all=["i", "j"], **{"if": [positive]})}
    steps[3]["items"] = [{"use": {"by": "ALL", "at": ["i", "j"], "given": ["P"]}, "times": 0}]
    done = [
        {**steps[3], "goal": says(SHADOWED, "<=", ["+", SHADOWED, 1])},
        step("if", "discharge", use="fixed", hyp="P"),
    ]
    data = document(*done, {**steps[4], "use": "if"}, hypotheses={"P": positive} | every, concludes="done",
                    defined=["ALL"])  # fmt: skip
    assert list(replay(data).hypotheses) == ["ALL"]


def test_a_value_may_bind_what_is_bound_around_it() -> None:
    """x := Σ_i 1/v_i in Σ_i x v_i, and a premise for all i below ∀ i."""
    each = says(inverse(["v", "i"]), "=", 1, all=["i"])
    outer = ["sum", ["i"], ["*", "x", ["v", "i"]]]
    proof = replay(
        document(
            combine("all", says(outer, "=", outer, all=["x"])),
            step("value", "instance", use={"by": "all", "at": [SHADOWED]}),
            combine("v", says(["v", "i"], "=", ["v", "i"], all=["i"]), [{"use": {"by": "H", "at": ["i"]}, "times": 0}]),
            step("premise", "discharge", use="v", hyp="H"),
            hypotheses={"H": each},
        )
    )
    assert str(proof.theorems["premise"].formula) == "∀ i:n. (∀ i:n. inv(v[i]) = 1) → v[i] = v[i]"
    assert [str(c) for c in obligations(proof.theorems["premise"].formula)] == ["∀ i:n. 0 < v[i]^2"]
    assert str(proof.theorems["value"].formula.left) == "Σ_i:n (Σ_i:n inv(v[i]))·v[i]"
    assert [str(c) for c in obligations(proof.theorems["value"].formula)] == ["∀ i:n. 0 < v[i]^2"] * 2


def test_a_supremum_is_not_stated() -> None:
    with pytest.raises(Refused, match="a supremum in a statement may be infinite"):
        list(obligations(NAMES.formula(says(0, "=", ["^", ["fn", "sup", ["of", ["t"], ["num", "t"]]], 2]))))


@pytest.mark.parametrize("power", range(4))
def test_even_powers_are_not_negative(power: int) -> None:
    assert _visibly(NAMES.term(["^", "x", power])) == (power % 2 == 0)


def test_what_is_shown_to_be_defined_counts() -> None:
    """From assumptions of the statement, in the conclusion and in each hypothesis."""
    names = {"X": says(1, "<=", ["^", "x", 2]), "H": says(inverse("y"), "<=", "x"), "Y": says(0, "<", ["^", "y", 2])}
    defined = combine("x is not 0", says(0, "<", ["^", "x", 2]), [{"use": "X"}])
    claim = says(inverse("x"), "<=", ["+", inverse("x"), 1])

    def stated(*used: str, defined_by: Any = ("x is not 0", "Y")) -> Any:
        done = combine("done", claim, [{"use": name, "times": 0} for name in used])
        return document(defined, done, hypotheses=names, concludes="done", defined=list(defined_by))

    assert list(replay(stated("X", "H", "Y")).hypotheses) == ["X", "H", "Y"]
    assert list(replay(stated("X", defined_by=["x is not 0"])).hypotheses) == ["X"]
    assert "not shown to be defined: 0 < y^2" in refused(stated("X", "H", "Y", defined_by=["x is not 0"]))
    assert "not shown to be defined: 0 < x^2" in refused(stated("X", "H", "Y", defined_by=["Y"]))
    assert "'x is not 0' assumes more than the statement" in refused(stated("Y"))
    assert "'Y' assumes more than the statement" in refused(stated("X", "H"))


def test_a_premise_is_not_assumed_where_it_is_shown_to_be_defined() -> None:
    """(inv(x) = 1) → …: that x is not 0 is to be shown without it."""
    premise = says(inverse("x"), "=", 1)
    under = says(0, "<", ["^", "x", 2], **{"if": [premise]})
    data = document(
        combine("done", says(0, "<=", 1, **{"if": [premise]})), hypotheses={"D": under}, concludes="done", defined=["D"]
    )
    assert "assumes more" in refused(data)
    done = combine("done", says(0, "<=", 1, **{"if": [premise]}), [{"use": {"by": "D", "given": ["P"]}, "times": 0}])
    data = document(done, hypotheses={"D": under, "P": premise}, concludes="done", defined=["D"])
    assert "not shown to be defined: 0 < x^2" in refused(data)


def test_what_every_text_says() -> None:
    proof = replay(document(combine("done", says("x", "<=", ["+", "x", 1])), concludes="done"))
    assert proof.text == str(proof.statement) == "for all x:ℝ\nthen\n  x ≤ x + 1"
    assert proof.theorems["done"] is proof.theorem
    assert (dict(proof.axioms), dict(proof.sources)) == ({}, {})


NAMES_IN_ORDER = ["a1", "b2", "c3", "d4", "e5", "g6"]


@pytest.mark.parametrize(
    ("said", "declared", "why"),
    [
        (lambda n: says(["+", *n], "=", ["+", *n]), {"tensors": {n: [] for n in NAMES_IN_ORDER}}, "a1:ℝ, b2:ℝ, c3:ℝ"),
        (
            lambda n: says(["+", *(["fn", f, 0] for f in n)], "=", ["+", *(["fn", f, 0] for f in n)]),
            {"functions": dict.fromkeys(NAMES_IN_ORDER, 1)},
            "the function a1, b2, c3, d4, e5, g6 is",
        ),
        (
            lambda n: says(0, "=", ["*", 0, *(["mean", law, ["z"], "z"] for law in n)]),
            {"laws": {name: {"kind": "gauss", "axes": [[]]} for name in NAMES_IN_ORDER}, "tensors": {"z": []}},
            "the law a1, b2, c3, d4, e5, g6 is",
        ),
    ],
    ids=["tensors", "functions", "laws"],
)
def test_refusals_are_the_same_each_time(said: Any, declared: Any, why: str) -> None:
    """What is not declared is listed in alphabetical order."""
    used = lemma(combine("done", said(NAMES_IN_ORDER)), **declared, concludes="done")
    assert why in refused(document(uses={"A": {"lemma": "A", "sorts": {}}}, lemmas={"A": used}, concludes="A"))


def test_fixed_indices_are_listed_in_order() -> None:
    term = ["*", *(["v", i] for i in NAMES_IN_ORDER)]
    data = document(
        combine("done", says(term, "=", term)), indices=dict.fromkeys(NAMES_IN_ORDER, "n"), concludes="done"
    )
    assert "about a fixed a1:n, b2:n, c3:n, d4:n, e5:n, g6:n: say" in refused(data)
