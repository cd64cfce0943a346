"""Small random networks on which the identities are evaluated in ball arithmetic."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from flint import ctx

from fa_theory.claims.claim import Check, CheckOutcome
from fa_theory.claims.procedures import Instance
from fa_theory.errors import InputError
from fa_theory.model.activations import ACTIVATIONS, activation
from fa_theory.model.ball import Array, Ball, balls
from fa_theory.model.network import Network

Residual = Callable[..., Array]


def small(rng: np.random.Generator, psi: str | None = None, **fixed: Any) -> tuple[Network, Array, Array, Ball, Ball]:
    """Draw ``(network, X, y, eta, lam)`` in balls, sizes 1 to 4 unless fixed; ``zero`` names arrays set to 0."""
    if unknown := fixed.keys() - {"n", "d", "p", "zero", "duplicate", "lam"}:
        raise InputError(f"small networks have no parameter {min(unknown)!r} to fix")
    n, d, p = (int(fixed.get(size, rng.integers(1, 5))) for size in ("n", "d", "p"))
    name = psi or str(rng.choice(list(ACTIVATIONS)))
    arrays = {
        "X": rng.standard_normal((n, d)),
        "y": rng.standard_normal(n),
        "W": rng.standard_normal((p, d)),
        "beta": rng.standard_normal(p),
        "b": rng.standard_normal(p),
    }
    for zero in fixed.get("zero", ()):
        arrays[zero] *= 0
    if fixed.get("duplicate"):
        arrays["X"][:] = arrays["X"][0]
    X, y, W, beta, b = (balls(array) for array in arrays.values())
    eta, lam = Ball(float(rng.uniform(0.01, 1))), Ball(float(fixed.get("lam", rng.uniform(0, 1))))
    return Network(W, beta, b, activation(name)), X, y, eta, lam


def vanishing(residual: Residual, psi: str | None = None, **options: Any) -> Callable[[np.random.Generator], Instance]:
    """A trial that evaluates a residual on a small random network."""

    def trial(rng: np.random.Generator) -> Instance:
        network, X, y, eta, lam = small(rng, psi)
        return Instance(vanishes=tuple(residual(network, X, y, eta=eta, lam=lam, **options).flat))

    return trial


_CASES: dict[str, tuple[str, dict[str, Any]]] = {
    "n=1": ("one sample", {"n": 1}),
    "p=1": ("one neuron", {"p": 1}),
    "λ=0": ("no regularisation", {"lam": 0.0}),
    "y=0": ("zero targets", {"zero": ("y",)}),
    "b=0": ("no feedback: H = 0 and the first layer does not change", {"zero": ("b",)}),
    "singular Gram": ("all samples equal", {"n": 3, "duplicate": True}),
}


def degenerate(residual: Residual, psi: str | None = None, **options: Any) -> tuple[Check, ...]:
    """The degenerate cases of an identity: it holds there without change."""

    def case(name: str, says: str, fixed: dict[str, Any]) -> Check:
        def run(context: Any) -> CheckOutcome:
            network, X, y, eta, lam = small(context.rng(name), psi, **fixed)
            with ctx.workprec(128):
                instance = Instance(vanishes=tuple(residual(network, X, y, eta=eta, lam=lam, **options).flat))
            return CheckOutcome(instance.shown(1e-9), f"residual 0 within {instance.radius():.0e}")

        return Check(name, f"{says}: the identity holds unchanged", run)

    return tuple(case(name, says, fixed) for name, (says, fixed) in _CASES.items())


def always(says: str, psi: str | None = None) -> Check:
    """The witness of an identity without hypotheses: every network drawn satisfies them."""

    def run(context: Any) -> CheckOutcome:
        drawn = [small(context.rng(i), psi)[0] for i in range(20)]
        finite = sum(all(x.arb.is_finite() for x in network.W.flat) for network in drawn)
        return CheckOutcome(finite == 20, f"{finite} of 20 networks drawn satisfy the hypotheses")

    return Check("non-vacuity", says, run)
