"""Where claims are found: the proofs of the package, and files of the user."""

from __future__ import annotations

import re
import shutil
from importlib import import_module
from pathlib import Path

import pytest
from tiny_claims import line_of, located, write

import fa_theory.reports
from fa_theory.claims.claim import Claim, Fidelity
from fa_theory.claims.library import (
    claims_of,
    in_order,
    library,
    load,
    origin_of,
    packaged,
    proof_modules,
    select,
)
from fa_theory.errors import InputError
from fa_theory.papers import PROOFS

LIBRARY = [item.claim for item in library().values()]
PROOFS_FOLDER = Path(next(iter(import_module(PROOFS).__path__))).resolve()
ALL_PROOFS = [origin_of(file) for file in sorted(PROOFS_FOLDER.rglob("*.py")) if file.name != "__init__.py"]


def refused(*targets: Path | str) -> str:
    """The message with which targets are refused, which is one line."""
    with pytest.raises(InputError) as caught:
        select([str(target) for target in targets])
    assert "\n" not in str(caught.value)
    return str(caught.value)


# the user's files


def test_a_file_of_the_user(tmp_path: Path) -> None:
    file = write(tmp_path, 'second = tiny("mine.second", uses=("mine.first",))\nfirst = tiny("mine.first")')
    found = select([str(file)])
    assert [item.claim.id for item in found] == ["mine.first", "mine.second"]  # each after those it uses
    assert {item.origin for item in found} == {str(file)}


def test_a_folder_is_searched_for_files_that_declare_claims(tmp_path: Path) -> None:
    write(tmp_path, 'claim = tiny("mine.one")', "one.py")
    write(tmp_path, 'claim = tiny("mine.two", uses=("mine.one",))', "below/two.py")
    (tmp_path / "unrelated.py").write_text("raise RuntimeError('must not be imported')")
    (tmp_path / "__init__.py").write_text("# fa_theory.claims\nraise RuntimeError('must not be imported')")
    (tmp_path / "notes.txt").write_text("fa_theory.claims")
    assert [item.claim.id for item in select([str(tmp_path)])] == ["mine.one", "mine.two"]


def test_a_claim_may_use_one_of_the_library(tmp_path: Path) -> None:
    (item,) = located(tmp_path, 'claim = tiny("mine.one", uses=("song2021.secant-kernel",))')
    assert item.claim.uses == ("song2021.secant-kernel",)


def test_a_claim_under_two_names_counts_once(tmp_path: Path) -> None:
    assert len(located(tmp_path, 'claim = tiny("mine.one")\nalias = claim')) == 1


def test_a_syntax_error_names_file_and_line(tmp_path: Path) -> None:
    file = write(tmp_path, "x = 1\ny = = 2")
    assert f"{file}:{line_of(file, 'y = =')}: SyntaxError" in refused(file)


def test_a_syntax_error_in_an_imported_file_names_that_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    helper = tmp_path / "helper_of_claims.py"
    helper.write_text("\n\ny = = 2\n")
    monkeypatch.syspath_prepend(tmp_path)
    assert f"{helper}:3: SyntaxError" in refused(write(tmp_path, "import helper_of_claims"))


@pytest.mark.parametrize(
    ("line", "error"),
    [
        ("1 / 0", "ZeroDivisionError: division by zero"),
        ("import no_such_module", "ModuleNotFoundError: No module named 'no_such_module'"),
        ("sys.exit(7)", "SystemExit: 7"),
        ("from math import nothing", "ImportError: cannot import name 'nothing'"),
        ('claim = tiny("No Dots")', "InputError: claim id 'No Dots' is not of the form"),
        ('claim = tiny("mine.one", mutants=())', "InputError: claim mine.one has no mutant"),
        ('claim = tiny("mine.one", Tiny(settles=False))', "InputError: claim mine.one has no procedure that settles"),
        ('claim = tiny("mine.one", Tiny(), Tiny())', "two procedures named 'tiny'"),
        ('claim = tiny("mine.one", mutants=(check("n=1"),))', "two checks named 'n=1'"),
        ('claim = tiny("mine.one", Tiny(name="checks"))', "a procedure named 'checks', which is reserved"),
        ('source = Source("song2021", "Theorem 1", Fidelity.ADAPTED)', "say in `changes` what was changed"),
    ],
)
def test_an_error_at_import_names_file_and_line(tmp_path: Path, line: str, error: str) -> None:
    file = write(tmp_path, f"before = 1\n{line}\nafter = 1")
    message = refused(file)
    innermost = "return Claim(" if "tiny(" in line else line
    assert message.startswith(f"{file}:{line_of(file, innermost)}: ")
    assert error in message


def test_a_file_that_failed_can_be_repaired(tmp_path: Path) -> None:
    file = write(tmp_path, "1 / 0")
    refused(file)
    assert len(select([str(write(tmp_path, 'claim = tiny("mine.one")'))])) == 1


def test_an_interrupt_is_not_an_error_of_the_file(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        load(str(write(tmp_path, "raise KeyboardInterrupt")))


@pytest.mark.parametrize("bytes_", [b"\x00\x01", b"# \xff\xfe fa_theory.claims\n"])
def test_a_file_that_is_not_python(tmp_path: Path, bytes_: bytes) -> None:
    file = tmp_path / "claims.py"
    file.write_bytes(bytes_)
    assert str(file) in refused(file)


def test_a_file_without_the_ending_of_python(tmp_path: Path) -> None:
    file = tmp_path / "claims.txt"
    file.write_text("nothing")
    assert "is not a Python file" in refused(file)


def test_two_claims_of_a_file_share_an_id(tmp_path: Path) -> None:
    file = write(tmp_path, 'one = tiny("mine.one")\ntwo = tiny("mine.one")')
    assert refused(file) == f"{file} declares the claim mine.one twice; ids must differ"


def test_two_files_share_an_id(tmp_path: Path) -> None:
    files = [write(tmp_path, 'one = tiny("mine.one")', name) for name in ("a.py", "b.py")]
    assert refused(tmp_path) == f"claim mine.one is declared twice: in {files[0]} and in {files[1]}"


def test_the_ids_of_the_library_are_taken(tmp_path: Path) -> None:
    file = write(tmp_path, 'one = tiny("song2021.secant-kernel")')
    assert refused(file).startswith("claim song2021.secant-kernel is declared twice: in fa_theory.proofs.song2021.")


def test_a_claim_imported_from_the_library_is_that_of_the_library(tmp_path: Path) -> None:
    assert len(located(tmp_path, "from fa_theory.proofs.song2021.recursion import secant_step")) == 1


def test_an_unknown_claim_is_used(tmp_path: Path) -> None:
    file = write(tmp_path, 'one = tiny("mine.one", uses=("song2021.secant-kernal",))')
    message = refused(file)
    assert message.startswith(f"{file}: claim mine.one refers to 'song2021.secant-kernal', which does not exist")
    assert "did you mean song2021.secant-kernel?" in message


def test_an_erratum_refers_to_a_claim(tmp_path: Path) -> None:
    file = write(tmp_path, 'one = variant("mine.one", erratum=Erratum("a network", "mine.repaired"))')
    assert "refers to 'mine.repaired', which does not exist" in refused(file)


@pytest.mark.parametrize(
    ("body", "circle"),
    [
        ('a = tiny("mine.a", uses=("mine.a",))', "mine.a → mine.a"),
        ('a = tiny("mine.a", uses=("mine.b",))\nb = tiny("mine.b", uses=("mine.a",))', "mine.a → mine.b → mine.a"),
    ],
)
def test_claims_that_use_each_other_in_a_circle(tmp_path: Path, body: str, circle: str) -> None:
    file = write(tmp_path, body)
    message = refused(file)
    assert message.startswith(f"{file}: claims use each other in a cycle: ")
    assert set(circle.split(" → ")) <= set(message.split(": ")[-1].split(" → "))


def test_a_file_or_folder_without_claims(tmp_path: Path) -> None:
    file = write(tmp_path, "x = 1")
    assert refused(file).startswith(f"{file} declares no claims; define a fa_theory.claims.claim.Claim")
    file.unlink()
    assert f"{tmp_path} declares no claims" in refused(tmp_path)


@pytest.mark.parametrize("target", ["no/such/file.py", "", "x" * 300, "song"])
def test_a_target_that_names_nothing(target: str) -> None:
    assert "is neither a claim id nor an existing file" in refused(target)


def test_a_misspelt_id_gets_a_suggestion() -> None:
    assert "did you mean song2021.linear-recursion?" in refused("song2021.linear-recusion")


def test_ids_and_prefixes() -> None:
    assert [item.claim.id for item in select(["song2021.secant-kernel"])] == ["song2021.secant-kernel"]
    assert select([]) == list(library().values())
    papers = {claim.id.split(".")[0] for claim in LIBRARY}
    for paper in papers:
        assert [item.claim for item in select([paper])] == [c for c in LIBRARY if c.id.startswith(f"{paper}.")]
    assert select(["song2021.secant-kernel"] * 2) == select(["song2021.secant-kernel"])


def test_the_proofs_by_their_files() -> None:
    """The folder that people see, with its helper modules, gives the claims of the installed package."""
    assert set(select([str(PROOFS_FOLDER)])) == set(library().values())
    module = PROOFS_FOLDER / "song2021" / "recursion.py"
    assert {item.origin for item in select([str(module)])} == {f"{PROOFS}.song2021.recursion"}


def test_a_copy_of_a_proof_elsewhere_is_a_file_of_the_user(tmp_path: Path) -> None:
    copied = shutil.copy(PROOFS_FOLDER / "song2021" / "recursion.py", tmp_path)
    assert not packaged(origin_of(Path(copied)))


# the library


def test_every_module_that_binds_a_claim_is_in_the_reading_order() -> None:
    declaring = {origin for origin in ALL_PROOFS if claims_of(import_module(origin))}
    assert declaring == set(proof_modules())


def test_every_claim_stands_after_those_it_uses() -> None:
    seen: set[str] = set()
    for claim in LIBRARY:
        assert seen.issuperset(claim.uses), claim.id
        seen.add(claim.id)
    assert list(library().values()) == in_order(library().values())


def test_ids_differ() -> None:
    ids = [claim.id for module in proof_modules() for claim in load(module)]
    assert len(ids) == len(set(ids)) == len(LIBRARY)


@pytest.fixture(scope="session")
def bibliography() -> set[str]:
    file = Path(next(iter(fa_theory.reports.__path__))) / "references.bib"
    return set(re.findall(r"^@\w+\{([^,\s]+),", file.read_text(encoding="utf-8"), flags=re.MULTILINE))


@pytest.mark.parametrize("claim", LIBRARY, ids=lambda claim: claim.id)
def test_every_claim_is_declared_in_full(claim: Claim, bibliography: set[str]) -> None:
    assert claim.source.key in bibliography
    assert claim.source.locator
    assert claim.id.startswith(f"{claim.source.key}.") or claim.source.fidelity is Fidelity.OURS
    assert claim.source.changes or claim.source.fidelity is Fidelity.VERBATIM
    assert claim.mutants
    assert claim.degenerate
    assert claim.title.strip()
    assert claim.summary.endswith(".")
    assert "$" not in claim.summary  # plain words for the terminal
    for item in (*claim.mutants, *claim.degenerate, claim.witness):
        assert item.says.strip(), item.name


@pytest.mark.parametrize("claim", LIBRARY, ids=lambda claim: claim.id)
def test_statements_are_latex(claim: Claim) -> None:
    for statement in (claim.statement, *(hypothesis.statement for hypothesis in claim.hypotheses)):
        assert re.search(r"\$|\\\[", statement), statement
        assert statement.count("{") == statement.count("}")
        assert statement.replace(r"\$", "").count("$") % 2 == 0
        assert statement.count(r"\[") == statement.count(r"\]")
        assert statement.count(r"\left") == statement.count(r"\right")
