"""Every claim is one that its paper's statements name, and every statement is settled or says why not."""

from __future__ import annotations

from pathlib import Path

import pytest

from fa_theory.claims.coverage import PaperStatement, coverage
from fa_theory.claims.library import library
from fa_theory.errors import InputError


@pytest.mark.parametrize("paper", coverage())
def test_statements_and_claims_agree(paper: str) -> None:
    named = {id for statement in coverage()[paper] for id in statement.claims}
    own = {id for id in library() if id.startswith(f"{paper}.")}
    assert named <= set(library()), f"no such claims: {sorted(named - set(library()))}"
    assert own <= named, f"claims that no statement of {paper} names: {sorted(own - named)}"


def test_a_statement_without_claims_says_why() -> None:
    with pytest.raises(InputError, match="nothing settles the statement 'It converges'"):
        PaperStatement("It converges")


def test_what_is_known_names_every_claim_once() -> None:
    page = Path(__file__).parents[2] / "docs" / "known.md"
    lines = page.read_text("utf-8").splitlines()
    named = [line for line in lines if line in library()]
    assert sorted(named) == sorted(library())
