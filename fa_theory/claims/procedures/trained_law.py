"""Networks that are trained by minibatches or with momentum, for `Certified`."""

from __future__ import annotations

from dataclasses import dataclass, replace

from fa_theory.claims.procedure import Context
from fa_theory.enclosure.certify import CertificationOutcome
from fa_theory.enclosure.epochs import certify_epochs
from fa_theory.enclosure.momentum import certify_momentum
from fa_theory.model.law import Law
from fa_theory.model.rules import as_rule


@dataclass(frozen=True, slots=True)
class TrainedLaw:
    """How networks of a law are trained: by minibatches, or with momentum.

    Attributes
    ----------
    law
        The networks.
    rule
        ``"fa"`` or ``"bp"``.
    batch
        Size of a minibatch; None: all samples, with momentum.
    orders
        ``"all"`` or ``"cyclic"``, of minibatches.
    momentum
        μ, without minibatches.
    """

    law: Law
    rule: str = "fa"
    batch: int | None = None
    orders: str = "all"
    momentum: float = 0.0

    def __str__(self) -> str:
        if self.batch is None:
            return f"{self.rule}, {self.law}, μ={self.momentum:g}"
        return f"{self.rule}, {self.law}, batches of {self.batch}, {self.orders} orders"

    def certify(self, context: Context, key: str, max_steps: int) -> CertificationOutcome:
        """Draw a network, train it, and certify a state of it."""
        problem = replace(self.law.sample(context.rng(key)), rule=as_rule(self.rule))
        if self.batch is None:
            return certify_momentum(problem, mu=self.momentum, max_steps=max_steps)
        rng = context.rng(f"{key}, orders")
        return certify_epochs(problem, batch=self.batch, orders=self.orders, max_steps=max_steps, rng=rng)
