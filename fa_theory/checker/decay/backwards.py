"""The learning rules of certificates at any depth: what the error is sent back through.

This table is the checker's own.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from flint import arb, arb_mat

from fa_theory.checker.linalg import elementwise


def _sign(x: arb) -> arb:
    return arb((x > 0) - (x < 0))


@dataclass(frozen=True)
class Backwards:
    """What a rule does on the way back.

    Attributes
    ----------
    through
        From W and B to F, in the place of W.
    stored
        Whether the rule has feedback weights B.
    direct
        Whether F leads from the output to each hidden layer.
    moves
        Whether F moves by what W moves by.
    signs
        Whether F depends on the signs of W.
    """

    through: Callable[[arb_mat, arb_mat], arb_mat]
    stored: bool = True
    direct: bool = False
    moves: bool = False
    signs: bool = False


BACKWARDS = {
    "fa": Backwards(lambda W, B: B),
    "dfa": Backwards(lambda W, B: B, direct=True),
    "bp": Backwards(lambda W, B: W, stored=False, moves=True),
    "kolen-pollack": Backwards(lambda W, B: B, moves=True),
    "usf": Backwards(lambda W, B: elementwise(_sign, W), stored=False, signs=True),
    "sign": Backwards(lambda W, B: elementwise(lambda w, b: _sign(w) * abs(b), W, B), signs=True),
}
"""The rules by name."""
TWO_LAYERS = ("fa", "bp")
"""Rules of certificates of minibatches and of momentum, which are about two layers."""
