"""Infinite-width kernels in closed form: one formula for floats and balls, declared with the activation.

With ``u = w·x_i, v = w·x_j, w ~ N(0, I)``, the kernels depend on ``K = XXᵀ`` only: on ``a = K_ii``, ``b = K_jj`` and
``k = K_ij``. (erf has a closed form as well, that of a mixture with one scale: `fa_theory.gram.enclosed`.)

**Rounding.** Each form has a bound on its error in floats. For linear networks it is ``d u √(ab)``; for others
see the module of the activation, such as `fa_theory.model.activations.relu`.
"""

from __future__ import annotations

import numpy as np

from fa_theory.errors import InputError
from fa_theory.model.activations import ACTIVATIONS, Activation
from fa_theory.model.activations.kernels import ClosedForm, Pairs
from fa_theory.model.ball import Array, pi_like

from .kernel import SLACK, Kernel
from .number import covariance, inputs

CLOSED_FORMS = tuple(
    name for name, psi in ACTIVATIONS.items() if psi.kernels and isinstance(psi.kernels[0], ClosedForm)
)


def _pairs(X: Array) -> Pairs:
    k = covariance(inputs(X))
    a = np.broadcast_to(np.diagonal(k)[:, None], k.shape)
    area = a * a.T - k * k
    np.fill_diagonal(area, 0 * k[0, 0])  # exactly: a row is parallel to itself
    return Pairs(a, a.T, k, area, pi_like(k))


def closed_gram(X: Array, psi: Activation, *, slope: bool = False) -> Kernel:
    """``E ψ(w·x_i) ψ(w·x_j)``, or with ψ' in place of ψ, in closed form.

    Parameters
    ----------
    X
        Inputs, ``(n, d)``: floats, or balls or rationals for a rigorous enclosure (see `fa_theory.model.ball.balls`)
        at the current precision ``flint.ctx.prec``.
    psi
        One with a closed form, such as linear or ReLU.
    slope
        Whether to use ψ' instead of ψ.

    Returns
    -------
    Kernel
        Of floats or balls. In floats the error is about ``1e-16 (d + 8) √(K_ii K_jj)``, but up to ``1e-8 √d`` for the
        slopes of ReLU at nearly parallel rows, where the area s loses half its digits.

    Raises
    ------
    InputError
        If there is no closed form for ψ, or X is not a finite matrix.

    Notes
    -----
    A row that is zero has ReLU slope 0, by the convention ψ'(0) = 0.

    Examples
    --------
    >>> from fa_theory.model.activations import activation
    >>> from fa_theory.model.ball import balls
    >>> closed_gram(np.eye(2), activation("relu")).value.round(3)
    array([[0.5  , 0.159],
           [0.159, 0.5  ]])
    >>> closed_gram(balls(np.eye(2)), activation("relu")).value[0, 0].contains(0.5)
    True
    """
    form = psi.kernels[slope] if psi.kernels else None
    if not isinstance(form, ClosedForm):
        raise InputError(f"no closed form for {psi.name!r}, only for {', '.join(CLOSED_FORMS)}; use another method")
    q = _pairs(X)
    value = form.kernel(q)
    if value.dtype == object:
        return Kernel.of_balls(value)
    return Kernel(value, SLACK * np.asarray(form.rounding(q, np.shape(X)[1])), 1.0, "closed form")
