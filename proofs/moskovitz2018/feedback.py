"""Sign-symmetric feedback on numbers: the rules of Liao, Leibo & Poggio (2016), and the angles they make."""

from __future__ import annotations

import numpy as np

from fa_theory.model.ball import Array, Ball, balls


def sign_symmetric(W: Array, M: Array) -> Array:
    """``|M| ∘ sign W``: uSF for ``M = 1``, frSF for M that stays, brSF for M drawn anew in each batch."""
    sent: Array = np.abs(M) * np.sign(W)
    return sent


def uniform_feedback(W: Array) -> Array:
    """``sign W``, uSF."""
    return sign_symmetric(W, balls(np.ones(W.shape)))


def product(V: Array, W: Array) -> Ball:
    """``⟨V, W⟩``."""
    found: Ball = np.sum(V * W)
    return found


def norm(A: Array) -> Ball:
    """The Frobenius norm."""
    squares: Ball = np.sum(A * A)
    return squares.root_of_square()


def strictly_normalised(V: Array, W: Array) -> Array:
    """``V ‖W‖/‖V‖``, feedback of the norm of the weights."""
    sent: Array = V * (norm(W) / norm(V))
    return sent


def cosine(V: Array, W: Array) -> Ball:
    """``⟨V, W⟩ / (‖V‖ ‖W‖)``."""
    return product(V, W) / (norm(V) * norm(W))


def layer(rng: np.random.Generator, k: int | None = None, p: int | None = None, *, zeros: int = 0) -> Array:
    """Standard normal weights in balls, of sizes 1 to 4 unless they are given; the first ``zeros`` of them are 0."""
    W = rng.standard_normal((k or int(rng.integers(1, 5)), p or int(rng.integers(1, 5))))
    W.flat[:zeros] = 0
    return balls(W)


def magnitudes(rng: np.random.Generator, W: Array) -> Array:
    """Ones (uSF), numbers uniform on [0, 1], or standard normal numbers (frSF, brSF), each in a third of the cases."""
    match int(rng.integers(3)):
        case 0:
            return balls(np.ones(W.shape))
        case 1:
            return balls(rng.uniform(size=W.shape))
        case _:
            return balls(rng.standard_normal(W.shape))
