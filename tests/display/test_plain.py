"""LaTeX on a terminal: no symbol of a formula is lost."""

from __future__ import annotations

import re

import pytest

from fa_theory.claims.library import library
from fa_theory.record.plain import plain


@pytest.mark.parametrize(
    ("latex", "shown"),
    [
        (r"\beta_r", "βᵣ"),
        (r"\sum_r \beta_r b_r", "∑ᵣ βᵣ bᵣ"),
        (r"\sum_{r=1}^p \gamma^4", "∑ᵣ₌₁ᵖ γ⁴"),
        (r"\lambda_{\min}(\bar G) \ge 0", "λ_(min)(G̅) ≥ 0"),
        (r"\frac{V}{2p}", "V/(2p)"),
        (r"\tfrac a3", "a/3"),
        (r"\log\frac{N}{\delta}", "log(N/δ)"),
        (r"\frac{\eta}{\sqrt p}\sum_i e_i", "η/(√(p)) ∑ᵢ eᵢ"),
    ],
)
def test_formulas(latex: str, shown: str) -> None:
    assert re.sub(" +", " ", plain(f"${latex}$")) == shown


SIGNS = {r"\beta": "β", r"\sum": "∑", r"\gamma": "γ", r"\lambda": "λ", r"\eta": "η", r"\psi": "ψ", r"\Sigma": "Σ"}


@pytest.mark.parametrize("id", library())
def test_every_greek_letter_and_sum_of_a_statement_is_shown(id: str) -> None:
    statement = library()[id].claim.statement
    shown = plain(statement)
    for command, sign in SIGNS.items():
        assert shown.count(sign) >= len(re.findall(re.escape(command) + r"(?![A-Za-z])", statement)), command
