"""What was proved, in words and in LaTeX."""

from __future__ import annotations

from fa_theory.conjectures.language.declare import Conjecture
from fa_theory.conjectures.language.latex import claim, latex, text


def words(conjecture: Conjecture, of: str = "every network") -> tuple[str, str]:
    """Hypotheses and conclusion, with "for every network of the domain"."""
    said = claim(conjecture.statements)
    given = [claim(statements) for statements in conjecture.hypotheses.values()]
    assuming = "".join(f", if {text(statements)}" for statements in given)
    tex = r",\quad ".join(latex(statements) for statements in given)
    return (
        f"for {of} of the domain{assuming}: {text(said)}",
        (rf"{tex} \implies " if tex else "") + latex(said),
    )
