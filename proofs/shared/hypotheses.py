"""The hypotheses that several claims of the paper share, and the witness that sampled networks satisfy them."""

from __future__ import annotations

import numpy as np

from fa_theory.claims.claim import Check, CheckOutcome, Hypothesis
from fa_theory.claims.procedure import Context
from fa_theory.model import notation
from fa_theory.model.law import Law

DYNAMICS = Hypothesis("feedback alignment", notation.STEP)
FLOW = Hypothesis("flow", notation.FLOW)
LINEAR = Hypothesis("linear activation", r"$\psi(x) = x$")
GAUSSIAN = Hypothesis("Gaussian initialisation", r"$W(0), \beta(0), b$ have independent $N(0,1)$ entries")
SPHERE = Hypothesis("unit data", r"$\|x_i\|_2 = 1$, with $x_i$ uniform on the sphere and $y_i \sim N(0,1)$")
UNREGULARISED = Hypothesis("no regularisation", r"$\lambda(t) = 0$ for all $t$")


def met(law: Law) -> Check:
    """The witness for `GAUSSIAN` and `SPHERE`: samples have unit rows and weights of mean 0 and variance 1."""

    def run(context: Context) -> CheckOutcome:
        problems = [law.sample(context.rng("met", i)) for i in range(50)]
        lengths = np.concatenate([np.linalg.norm(problem.X, axis=1) for problem in problems])
        networks = [problem.network for problem in problems]
        weights = np.concatenate([A.ravel() for net in networks for A in (net.W, net.beta, net.b)])
        mean, variance = float(weights.mean()), float(weights.var())
        error = 1 / np.sqrt(len(weights))
        unit = bool(np.allclose(lengths, 1, rtol=0, atol=1e-12))
        holds = unit and abs(mean) < 4 * error and abs(variance - 1) < 4 * np.sqrt(2) * error
        found = f"{len(weights)} weights drawn have mean {mean:.4f} and variance {variance:.4f}"
        return CheckOutcome(holds, f"{found}; {'all' if unit else 'not all'} {len(lengths)} samples have length 1")

    return Check("non-vacuity", "networks drawn from the law satisfy the hypotheses", run)
