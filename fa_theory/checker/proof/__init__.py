"""The proof kernel: replays proofs of statements about sums, norms, means and trajectories of any size.

``replay(document)`` is all there is to call. Read ``terms`` for what can be said, ``rules`` and ``axioms`` for what is
accepted and why, ``normal`` for algebra, ``document`` for the form of a proof.
"""

from .budget import Refused
from .document import Proof, replay
from .show import ProvedStatement

__all__ = ["Proof", "ProvedStatement", "Refused", "replay"]
