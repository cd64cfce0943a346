"""Messages about what a file of conjectures gets wrong: file, line, and the name that was probably meant."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

from fa_theory.conjectures import Domain
from fa_theory.conjectures.language.load import conjectures
from fa_theory.errors import InputError

HEAD = "from fa_theory.conjectures import *\nimport fa_theory.conjectures as fc\nD = Domain(n=2, d=3, p=2)\n"
MESSAGES = {
    "@conjecture(D)\ndef c(run):\n    return run[0].aligment >= 0": ", line 6: there is no quantity 'aligment' here; "
    "did you mean alignment?",
    "@conjecture(D)\ndef c(run):\n    return norn(run[0].W) >= 0": ":6: NameError: name 'norn' is not defined; did you "
    "mean norm?",
    "@conjecture(D)\ndef c(run):\n    return fc.nrom(run[0].W) >= 0": ":6: AttributeError: fa_theory.conjectures has "
    "no 'nrom'; did you mean norm?",
    "from fa_theory.conjectures import eigenvlaue": "; did you mean eigenvalue?",
    "D = Domain(n=1, d=1, p=1, activaton='tanh')": "argument 'activaton'; did you mean activation?",
    "@conjecture(D, quantifer=Generic())\ndef c(run):\n    return run[0].loss": "argument 'quantifer'; did you mean "
    "quantifier?",
    "S = Scales(-0.5, width=(1, 2, 3, 4))": "argument 'width'; did you mean widths?",
    "@conjecture(D, assuming=lambda run: run[0].loss)\ndef c(run):\n    return run[0].loss": "hypotheses have names",
    "@conjecture(D)\ndef c(run):\n    return len(run[0].W)": ", line 6: a formula has no value yet: its sizes are "
    "rows(x) and columns(x)",
    "@conjecture(D)\ndef c(run):\n    return run.with_(lambda_=0)[0].loss": "not 'lambda_'; did you mean lam?",
    "@conjecture(D)\ndef c(run):\n    return run[0].W.sum()": ", line 6: .sum: write total(x)",
    "@conjecture(D)\ndef c(run):\n    return (run.b >= 0) & (run.b <= 1)": ", line 6: & joins nothing here",
    "@conjecture(D)\ndef c(run):\n    return [run[t].loss for t in range(run.T)]": ", line 6: a formula has no value "
    "yet",
    "@conjecture(D)\ndef c(run):\n    return run.limit.los": "there is no quantity 'los' here; did you mean loss?",
}


def built(file: Path) -> None:
    """Load a file and build its conjectures."""
    for each in conjectures(str(file)):
        each.build()


@pytest.mark.parametrize("text", MESSAGES)
def test_the_message_says_where_and_what(text: str, tmp_path: Path) -> None:
    file = tmp_path / "mine.py"
    file.write_text(HEAD + text + "\n")
    with pytest.raises(InputError) as caught:
        built(file)
    assert str(file) in str(caught.value)
    assert MESSAGES[text] in str(caught.value)


def test_a_step_size_may_be_a_fraction() -> None:
    domain = Domain(n=1, d=1, p=1, eta=Fraction(1, 3), lam=(0, Fraction(1, 7)))
    assert domain.exact("eta") == (Fraction(1, 3), Fraction(1, 3))
    assert "η 1/3; λ 0 to 1/7" in str(domain)
