"""Sign-symmetric feedback on numbers: the rules of Liao, Leibo & Poggio (2016), and the angles they make."""

from __future__ import annotations

import numpy as np

from fa_theory.model.ball import Array, Ball, balls


def sign_symmetric(A: Array, M: Array) -> Array:
    """``|M| ∘ sign A``: uSF for ``M = 1``, frSF for M that stays, brSF for M drawn anew in each batch."""
    sent: Array = np.abs(M) * np.sign(A)
    return sent


def uniform_feedback(A: Array) -> Array:
    """``sign A``, uSF."""
    return sign_symmetric(A, balls(np.ones(A.shape)))


def product(B: Array, A: Array) -> Ball:
    """``⟨B, A⟩``."""
    found: Ball = np.sum(B * A)
    return found


def norm(A: Array) -> Ball:
    """The Frobenius norm."""
    squares: Ball = np.sum(A * A)
    return squares.root_of_square()


def strictly_normalised(B: Array, A: Array) -> Array:
    """``B ‖A‖/‖B‖``, feedback of the norm of the weights."""
    sent: Array = B * (norm(A) / norm(B))
    return sent


def cosine(B: Array, A: Array) -> Ball:
    """``⟨B, A⟩ / (‖B‖ ‖A‖)``."""
    return product(B, A) / (norm(B) * norm(A))


def layer(rng: np.random.Generator, k: int | None = None, p: int | None = None, *, zeros: int = 0) -> Array:
    """Standard normal weights in balls, of sizes 1 to 4 unless they are given; the first ``zeros`` of them are 0."""
    A = rng.standard_normal((k or int(rng.integers(1, 5)), p or int(rng.integers(1, 5))))
    A.flat[:zeros] = 0
    return balls(A)


def magnitudes(rng: np.random.Generator, A: Array) -> Array:
    """Ones (uSF), numbers uniform on [0, 1], or standard normal numbers (frSF, brSF), each in a third of the cases."""
    match int(rng.integers(3)):
        case 0:
            return balls(np.ones(A.shape))
        case 1:
            return balls(rng.uniform(size=A.shape))
        case _:
            return balls(rng.standard_normal(A.shape))
