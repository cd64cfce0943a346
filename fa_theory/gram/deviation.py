"""How far the Gram matrices of one concrete network are from their infinite-width limits: verified upper bounds."""

from __future__ import annotations

from flint import arb, ctx

from fa_theory.checker.linalg import spectral_norm
from fa_theory.errors import InputError
from fa_theory.model.ball import Array, balls
from fa_theory.model.network import Network

from .enclosed import enclosed_gram
from .number import inputs, matrix


def _in_balls(network: Network) -> Network:
    if network.W.ndim != 2:
        raise InputError(f"expected one network but got a batch, W of shape {network.W.shape}; take one at a time")
    return Network(balls(network.W), balls(network.beta), balls(network.b), network.psi)


def gram_deviation_upper(network: Network, X: Array, *, bits: int = 128) -> arb:
    """Verified upper bound of ``‖G − Ḡ‖₂`` for exactly this network and these inputs.

    Parameters
    ----------
    network
        Floats (each an exact dyadic rational) or balls.
    X
        Inputs, ``(n, d)``: floats, rationals or balls.
    bits
        Working precision.

    Returns
    -------
    arb
        An exact number; at most a factor ``n^(1/16384)`` above the norm for exact numbers.

    Raises
    ------
    InputError
        If the shapes do not fit, or a number is not finite.

    Notes
    -----
    Song, Xu & Lafferty (2021), the lemma on the concentration of G(0), asks for it to be at most γ/4.

    Examples
    --------
    >>> import numpy as np
    >>> from fa_theory.model.activations import activation
    >>> from fa_theory.model.problem import gaussian_network
    >>> network = gaussian_network(np.random.default_rng(0), 100, 3, activation("tanh"))
    >>> bound = gram_deviation_upper(network, np.eye(3))
    >>> bound.is_exact(), round(float(bound), 3)
    (True, 0.052)
    """
    with ctx.workprec(bits):
        X = balls(inputs(X))
        difference = _in_balls(network).gram(X) - enclosed_gram(X, network.psi)
        return spectral_norm(matrix(difference))


def feedback_gram_upper(network: Network, X: Array, *, bits: int = 128) -> arb:
    """Verified upper bound of ``‖H‖₂``, whose limit is 0; parameters, result and errors as in `gram_deviation_upper`.

    Examples
    --------
    >>> import numpy as np
    >>> from fa_theory.model.activations import activation
    >>> from fa_theory.model.problem import gaussian_network
    >>> network = gaussian_network(np.random.default_rng(0), 100, 3, activation("tanh"))
    >>> bool(feedback_gram_upper(network, np.eye(3)) >= np.linalg.norm(network.feedback_gram(np.eye(3)), 2) - 1e-14)
    True
    """
    with ctx.workprec(bits):
        X = balls(inputs(X))
        return spectral_norm(matrix(_in_balls(network).feedback_gram(X)))
