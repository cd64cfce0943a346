"""The Coq library: complete, without unproved statements, and its theorems and axioms are those recorded."""

from __future__ import annotations

import re

import pytest

from fa_theory.coq import compiler, library, theorems

UNPROVED = r"\b(Admitted|admit|Axioms?|Parameters?|Conjecture|Unset Guard Checking|Unset Universe Checking)\b"


def sources() -> dict[str, str]:
    return {
        str(file.relative_to(library.source())): file.read_text("utf-8")
        for file in sorted(library.source().rglob("*.v"))
    }


def without_comments(text: str) -> str:
    """Coq without its comments, which may be nested."""
    kept, depth = [], 0
    for part in re.split(r"(\(\*|\*\))", text):
        if part == "(*":
            depth += 1
        elif part == "*)":
            depth -= 1
        elif not depth:
            kept.append(part)
    assert depth == 0
    return "".join(kept)


def test_nothing_is_left_unproved() -> None:
    assert len(sources()) > 15
    for name, text in sources().items():
        code = without_comments(text)
        assert not re.search(UNPROVED, code), name
        assert code.count("Proof.") == len(re.findall(r"\bQed\b", code)), name
    assert re.search(UNPROVED, without_comments("(* a (* b *) c *) Admitted."))


def test_the_project_names_every_file_once() -> None:
    audits = {f"theories/{part}/Audit.v" for part in theorems.PARTS}
    assert sorted([*library.modules(), *audits]) == sorted(sources())


def test_a_file_comes_after_those_it_requires() -> None:
    seen: set[str] = set()
    for name in library.modules():
        text = without_comments(sources()[name])
        for part, names in re.findall(r"From FA\.(\w+) Require (?:Import|Export) ([\w ]+)\.", text):
            assert {f"theories/{part}/{module}.v" for module in names.split()} <= seen, name
        seen.add(name)


def test_the_core_needs_no_real_numbers() -> None:
    for name, text in sources().items():
        if "/core/" in name:
            assert not re.search(r"\bReals\b|FA\.reals|Rstruct", without_comments(text)), name


def test_every_file_and_headline_theorem_is_explained() -> None:
    for name, text in sources().items():
        assert text.startswith("(* "), name
    for name in theorems.theorems():
        declared = rf"\(\*(?:(?!\*\)).)*\*\)\n(?:Theorem|Corollary|Lemma) {name}\b"
        assert any(re.search(declared, text, flags=re.DOTALL) for text in sources().values()), name


def test_recorded_axioms() -> None:
    reals = {
        "ClassicalDedekindReals.sig_not_dec",
        "ClassicalDedekindReals.sig_forall_dec",
        "FunctionalExtensionality.functional_extensionality_dep",
        "Classical_Prop.classic",
        "Epsilon.epsilon_statement",
    }
    core, real = ({t.name: set(t.axioms) for t in theorems.parse(theorems.recorded(part))} for part in theorems.PARTS)
    assert len(core) >= 10
    assert not any(core.values())
    assert len(real) >= 3
    assert all(axioms <= reals for axioms in real.values())


def test_statements_are_read_back_from_what_coq_prints() -> None:
    first, second = theorems.parse(
        "t\n     : forall x : R,\n       x = x\nAxioms:\nA.one : forall P,\n  P\nA.two\n  : True\n"
        "u\n     : True\nClosed under the global context\n"
    )
    assert first == theorems.CoqTheorem("t", "forall x : R,\nx = x", ("A.one", "A.two"))
    assert second == theorems.CoqTheorem("u", "True", ())
    assert first.rests_on == "the axioms one, two"


@pytest.mark.usefixtures("coq")
@pytest.mark.parametrize("part", theorems.PARTS)
def test_the_kernel_accepts_every_theorem_with_the_axioms_recorded(part: str) -> None:
    theorems.audit(part)


@pytest.mark.usefixtures("coq")
def test_the_audit_notices_a_changed_statement(monkeypatch: pytest.MonkeyPatch) -> None:
    text = theorems.recorded("reals").replace("4 / (3 * sqrt 3)", "3 / (3 * sqrt 3)", 1)
    monkeypatch.setattr(theorems, "recorded", lambda part: text)
    monkeypatch.setattr(theorems, "printed", lambda part, allowance: text.replace("3 / (3", "4 / (3", 1))
    with pytest.raises(library.CoqError, match=r"reals/Audit.expected, line 17: Coq prints something else"):
        theorems.audit("reals")


@pytest.mark.usefixtures("coq")
def test_limits(tmp_path: library.Path) -> None:
    (tmp_path / "Slow.v").write_text("Fixpoint f n := match n with O => O | S m => f m + f m end. Compute f 60.\n")
    found = compiler.compile_file(tmp_path / "Slow.v", tmp_path, compiler.CoqLimits(seconds=3.0))
    assert not found.accepted
    assert found.late
    found = compiler.compile_file(tmp_path / "Slow.v", tmp_path, compiler.CoqLimits(seconds=60.0, mebibytes=40))
    assert not found.accepted
