"""Certificates for all time of networks that are trained by minibatches, in every order, or with momentum."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from itertools import permutations

import numpy as np

from fa_theory.claims.claim import Bound, Check, CheckOutcome, Claim, Fidelity, Hypothesis, Kind, Source
from fa_theory.claims.procedure import Context, Trials
from fa_theory.claims.procedures import Certified, Proved, TrainedLaw, wrong_proofs
from fa_theory.enclosure.epochs import certify_epochs
from fa_theory.enclosure.momentum import certify_momentum
from fa_theory.enclosure.reading import Certificate
from fa_theory.model.ball import Array
from fa_theory.model.law import Law
from fa_theory.model.problem import Problem

from ..shared.exact import Draw, holds
from ..shared.tampered import Change, multiplied, tampered, wider_gap
from .theorems import recursions

Train = Callable[[Problem], Certificate | None]
SMALL = Law("tanh", 4, 6, 60, eta=0.5)


def _source(changes: str) -> Source:
    return Source("song2021", "Theorem 3.2", Fidelity.OURS, changes)


def by_batches(problem: Problem) -> Certificate | None:
    """A certificate for batches of two samples, or of one where there is one only."""
    return certify_epochs(problem, batch=min(2, problem.n), max_steps=5000).certificate


def with_momentum(problem: Problem) -> Certificate | None:
    """A certificate for μ = ½."""
    return certify_momentum(problem, mu=0.5, max_steps=5000).certificate


def _mutant(name: str, says: str, train: Train, change: Change) -> Check:
    return tampered(name, says, lambda rng: train(SMALL.sample(rng)), change)


def certified(name: str, says: str, train: Train, law: Law, *, zero: str = "") -> Check:
    """A network that has a certificate."""

    def run(context: Context) -> CheckOutcome:
        problem = law.sample(context.rng(name))
        if zero:
            getattr(problem if zero == "y" else problem.network, zero)[:] = 0
        found = train(problem)
        return CheckOutcome(found is not None, "it has a certificate" if found is not None else "it has none")

    return Check(name, says, run)


def _memory(draw: Draw) -> bool:
    """A sequence that attains the recursion, against its bound: μ = ¼, q = ¾, c = 3/2."""
    a, y, mu, F = (Fraction(1, k) for k in (2, 16, 4, 2))
    q, c, level = Fraction(3, 4), Fraction(3, 2), Fraction(1)
    n, total, power = level, level, Fraction(1)
    for t in range(12):
        if n > q**t * level:
            return False
        n = a * n + y * total + mu * power * F
        total, power = n + mu * total, mu * power
    return a * level + y * c * level + mu * F <= q * level


def _unperturbed(draw: Draw) -> bool:
    return _products(draw, Fraction(0))


def _products(draw: Draw, size_of_Y: Fraction = Fraction(1, 100)) -> bool:
    """Products of three factors with deviations, in every order, against the bound."""
    A = [np.array([[Fraction(1), Fraction(0)], [draw(1)[0] / 9, Fraction(1, 2)]]) for _ in range(3)]
    Y = [draw(2, 2) * size_of_Y for _ in range(3)]
    one = np.array([[Fraction(1), Fraction(0)], [Fraction(0), Fraction(1)]])

    def norm(M: Array) -> Fraction:
        """The largest sum of a row, of absolute values."""
        largest: Fraction = max(sum(abs(x) for x in row) for row in M)
        return largest

    for order in permutations(range(3)):
        plain = perturbed = one
        g, bound = Fraction(1), Fraction(1)
        for first in range(3):
            piece = one
            for k in order[first:]:
                piece = A[k] @ piece
                g = max(g, norm(piece))
        for k in order:
            plain, perturbed, bound = A[k] @ plain, (A[k] + Y[k]) @ perturbed, bound * (1 + g * norm(Y[k]))
        if norm(perturbed - plain) > g * (bound - 1):
            return False
    return True


products = Claim(
    id="ours.perturbed-products",
    title="Products of steps whose kernels are known up to a radius",
    kind=Kind.LEMMA,
    bound=Bound.UPPER,
    summary="If every piece of a product has norm at most g, deviations y change it by at most g(∏(1 + g y) − 1).",
    statement=r"""Let $x_{t+1} = (A_t + Y_t) x_t$, $\|Y_t\| \le y_t$, let every product of consecutive $A_t$ have norm
at most $g$, and let $n_t = \|x_t\|$, $T_t = \sum_{s<t} y_s n_s$. Then $\|x_t - A_{t-1} \cdots A_0 x_0\| \le g T_t$ and
$n_t \le g(n_0 + T_t)$ by variation of constants, and therefore
\[ n_0 + T_t \le n_0 \prod_{s<t} (1 + g y_s), \qquad
   \|x_t - A_{t-1} \cdots A_0 x_0\| \le g\, n_0 \prod_{s<t} (1 + g y_s) - g\, n_0 . \]
The kernel proves the first inequality from $n_t \le g(n_0 + T_t)$.""",
    hypotheses=(
        Hypothesis("pieces", r"$n_t \le g (n_0 + T_t)$ with $g \ge 0$"),
        Hypothesis("deviations", r"$y_t \ge 0$, $T_0 = 0$, $T_{t+1} = T_t + y_t n_t$"),
    ),
    source=_source("A discrete Grönwall inequality, for an epoch of minibatches."),
    procedures=(Proved(recursions.epoch),),
    mutants=wrong_proofs(recursions.epoch, *recursions.MUTANTS_OF_EPOCH),
    degenerate=(holds("y=0", "no deviations: nothing changes", _unperturbed, "both products agree"),),
    witness=holds("non-vacuity", "all orders of three factors", _products, "the bound holds"),
)

memory = Claim(
    id="ours.fading-memory",
    title="A recursion with fading memory and fading forcing decays",
    kind=Kind.LEMMA,
    bound=Bound.UPPER,
    summary="Errors that enter later steps with weights μ^k decay like q^t if a + y/(1 − μ/q) + μF/Γ ≤ q.",
    statement=r"""Let $n_{t+1} \le a\, n_t + y \sum_{s \le t} \mu^{t-s} n_s + \mu^{t+1} F$ with $n_0 \le \Gamma$, all
numbers non-negative and $\mu < q$. If
\[ a + \frac{y}{1 - \mu/q} + \frac{\mu F}{\Gamma} \le q \]
then $n_t \le q^t \Gamma$ for all $t$. In the proof $S_t = \sum_{s \le t} \mu^{t-s} n_s$ and $E_t = \mu^t$ are given by
recursions, $c = 1/(1 - \mu/q)$, and the condition is multiplied by $\Gamma$.""",
    hypotheses=(
        Hypothesis("signs", r"$a, y, \mu, F, \Gamma \ge 0$ and $\mu \le q$"),
        Hypothesis("memory", r"$c (q - \mu) = q$ and $c \ge 1$, that is, $c = 1/(1 - \mu/q)$"),
    ),
    source=_source("The induction for heavy-ball momentum, with a velocity at the start."),
    procedures=(Proved(recursions.memory),),
    mutants=wrong_proofs(recursions.memory, *recursions.MUTANTS_OF_MEMORY),
    degenerate=(holds("t<12", "the sequence that attains it", _memory, "it stays below the bound"),),
    witness=holds("non-vacuity", "the sequence that attains the recursion", _memory, "it satisfies the condition"),
)

minibatches = Claim(
    id="ours.epochs-certified",
    title="Minibatches in every order: the errors of these networks decay from epoch to epoch for all time",
    kind=Kind.THEOREM,
    bound=Bound.UPPER,
    summary="For every network with a certificate, each epoch of minibatches, in any order, contracts the error.",
    statement=r"""For every network listed with a certificate there are $q < 1$ and an invertible $C$ such that from the
recorded state on, if every batch of the partition has one step in an epoch, in any order and in another one in every
epoch, the error after $m$ epochs obeys, for all $m \ge 0$,
\[ \|C e(m)\|_2 \le q^m\, \|C e(0)\|_2 , \]
within an epoch $\|Ce\|_2$ is at most $g'$ times its value at the start, and the weights stay in a tube of the stated
radii.""",
    hypotheses=(
        Hypothesis("an epoch", r"$a + u < q$: the bound for all orders at the middle kernel, and what the tube adds"),
        Hypothesis("no regularisation", r"$\lambda = 0$"),
    ),
    source=_source("A posteriori, for one network, and with minibatches, which the paper does not treat."),
    uses=("song2021.tube-theorem", "ours.minibatch-epochs", "ours.perturbed-products"),
    procedures=(
        Certified(
            (
                TrainedLaw(Law("tanh", 10, 20, 50, eta=1.0), batch=5),
                TrainedLaw(Law("tanh", 10, 20, 50, eta=1.0), batch=2),
                TrainedLaw(Law("linear", 10, 20, 50, eta=0.5), batch=5),
                TrainedLaw(Law("tanh", 10, 20, 50, eta=0.5), batch=1),
                TrainedLaw(Law("tanh", 10, 20, 50, eta=0.5), rule="bp", batch=5),
            ),
            Trials(1, 10, 60),
            max_steps=10_000,
        ),
    ),
    mutants=(
        _mutant("rate", "the gap 1 − q is 1.5 times as large", by_batches, wider_gap(1.5)),
        _mutant("budget", "half the sum of the errors", by_batches, multiplied("tube", "budget", by=0.5)),
        _mutant("radius of w", "every neuron moves half as far", by_batches, multiplied("tube", "rho", by=0.5)),
        _mutant("step size", "the step size is ten times as large", by_batches, multiplied("eta", by=10)),
        _mutant("sign of y", "the targets have the other sign", by_batches, multiplied("y", by=-1)),
    ),
    degenerate=(
        certified("n=1", "one sample, one batch", by_batches, Law("tanh", 1, 4, 50)),
        certified("y=0", "zero targets", by_batches, SMALL, zero="y"),
    ),
    witness=certified("non-vacuity", "certificates exist", by_batches, SMALL),
)

momentum = Claim(
    id="ours.momentum-certified",
    title="Heavy-ball momentum: the errors of these networks decay exponentially for all time",
    kind=Kind.THEOREM,
    bound=Bound.UPPER,
    summary="For every network with a certificate, the error decays exponentially under momentum, for all time.",
    statement=r"""For every network listed with a certificate there are $q < 1$, an invertible $C$ and $\Gamma$ such
that from the recorded state and velocity on, for all $t \ge 0$,
\[ \|C\, (e(t), U(t-1))\|_2 \le q^t\, \Gamma, \qquad U(t) = e(t) + \mu\, U(t-1), \]
and the weights stay in a tube of the stated radii.""",
    hypotheses=(
        Hypothesis(
            "contraction",
            r"$\mu < q$ and $a + y/(1 - \mu/q) + \mu F/\Gamma < q$: the companion matrix at the middle kernel, what "
            r"the tube adds, and the part of the velocity that past errors do not explain",
        ),
        Hypothesis("no regularisation", r"$\lambda = 0$"),
    ),
    source=_source("A posteriori, for one network, and with momentum, which the paper does not treat."),
    uses=("song2021.tube-theorem", "ours.fading-memory"),
    procedures=(
        Certified(
            (
                TrainedLaw(Law("tanh", 5, 10, 50, eta=0.2), momentum=0.5),
                TrainedLaw(Law("tanh", 5, 10, 50, eta=0.1), momentum=0.9),
                TrainedLaw(Law("tanh", 5, 10, 50, eta=0.1), rule="bp", momentum=0.9),
                TrainedLaw(Law("linear", 5, 10, 50, eta=0.2), momentum=0.5),
            ),
            Trials(1, 10, 60),
            max_steps=10_000,
        ),
    ),
    mutants=(
        _mutant("rate", "the gap 1 − q is 1.5 times as large", with_momentum, wider_gap(1.5)),
        _mutant("level", "half the level", with_momentum, multiplied("level", by=0.5)),
        _mutant("past", "past errors of the other sign", with_momentum, multiplied("past", by=-1)),
        _mutant("velocity", "five times the velocity of W", with_momentum, multiplied("velocity", "W", by=5)),
        _mutant(
            "radius of β", "every output weight moves half as far", with_momentum, multiplied("tube", "tau", by=0.5)
        ),
    ),
    degenerate=(
        certified("n=1", "one sample", with_momentum, Law("tanh", 1, 4, 50)),
        certified("y=0", "zero targets", with_momentum, SMALL, zero="y"),
    ),
    witness=certified("non-vacuity", "certificates exist", with_momentum, SMALL),
)
