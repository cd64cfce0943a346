"""The proof kernel: replays proofs of statements about sums, norms, means and trajectories of any size.

The entry point is ``replay(document)``. The language is defined in ``terms``, the inference rules and their proofs in
``rules`` and ``axioms``, the algebra in ``normal``, the format of a proof in ``document``.
"""

from .budget import Refused
from .document import Proof, replay
from .show import ProvedStatement

__all__ = ["Proof", "ProvedStatement", "Refused", "replay"]
