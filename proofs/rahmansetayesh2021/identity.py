"""R1: the alignment that error signals and inputs from outside bring about, exactly."""

from __future__ import annotations

from typing import Any

import numpy as np
from flint import ctx

from fa_theory.claims.claim import Bound, Check, CheckOutcome, Claim, Fidelity, Kind, Source
from fa_theory.claims.procedure import Context, Trials
from fa_theory.claims.procedures import Instance, Instances, Proved, wrong_proofs

from .driven import ABSTRACTS, RULE, small
from .theorems import exogenous


def trial(rng: np.random.Generator) -> Instance:
    return Instance(vanishes=(small(rng).residual(),))


def _case(name: str, says: str, **fixed: Any) -> Check:
    def run(context: Context) -> CheckOutcome:
        with ctx.workprec(128):
            found = Instance(vanishes=(small(context.rng(name), **fixed).residual(),))
        return CheckOutcome(found.shown(1e-9), f"residual 0 within {found.radius():.0e}")

    return Check(name, says, run)


def _met(context: Context) -> CheckOutcome:
    with ctx.workprec(128):
        gained = [small(context.rng(i)).gained() for i in range(20)]
    moved = sum(not x.contains(0) for x in gained)
    return CheckOutcome(moved > 0, f"{moved} of 20 random runs certainly change their alignment")


def _rectified(context: Context) -> CheckOutcome:
    """ReLU hidden outputs with the slopes in the rule: the sums of the linear layer are not what is gained."""
    wrong = 0
    for i in range(20):
        with ctx.workprec(128):
            run = small(context.rng("relu", i), n=1)
            W, beta, eta = run.W, run.beta, run.eta
            for e, x in zip(run.e, run.x, strict=True):
                z = x @ W.T
                slopes = np.where(z > 0, 1, 0)  # random balls are certainly of one sign
                W, beta = W - eta * ((e @ run.b.T * slopes).T @ x), beta - eta * ((z * slopes).T @ e)
            left = np.sum(run.b * (beta - run.beta)) + eta * run.lead() - eta * eta * run.pairs()
            wrong += not left.contains(0)
    return CheckOutcome(wrong > 0, f"the residual is certainly not 0 in {wrong} of 20 runs")


alignment_identity = Claim(
    id="rahmansetayesh2021.alignment-identity",
    title="What exogenous signals do to the alignment, exactly",
    kind=Kind.THEOREM,
    bound=Bound.IDENTITY,
    summary="Whatever drives a linear hidden layer, ⟨b, β⟩ moves by a term in η and a sum over pairs of steps in η².",
    statement=r"""Let $e_i(t) \in \mathbb{R}^k$ and $x_i(t) \in \mathbb{R}^d$, $i \le n$, be any error signals and
inputs, and the hidden layer linear. For all $n, d, p, k$ and $T$,
\[ \langle b, \beta(T) - \beta(0) \rangle = -\eta \sum_{t<T} \sum_i b\, e_i(t) \cdot W(0)\, x_i(t)
   + \eta^2 \sum_{s<t<T} \sum_{i,l} \bigl(b\, e_i(t) \cdot b\, e_l(s)\bigr) \bigl(x_i(t) \cdot x_l(s)\bigr) . \]
No loss is used: the second sum is there whether or not anything is learned.""",
    hypotheses=(RULE,),
    source=Source(
        "rahmansetayesh2021",
        "abstract: alignment by the successive application of the update rule",
        Fidelity.ADAPTED,
        f"The identity is our formulation, for one linear hidden layer, batches, and with the term of first order. "
        f"{ABSTRACTS}",
    ),
    procedures=(
        Proved(exogenous.identity),
        Instances(trial, Trials(40, 400, 4000)),
    ),
    mutants=(
        *wrong_proofs(exogenous.identity, *exogenous.MUTANTS_OF_IDENTITY),
        Check("ReLU hidden layer", "the same sums for a ReLU hidden layer", _rectified),
    ),
    degenerate=(
        _case("T=1", "one step: no pairs, the term of first order only", T=1),
        _case("p=1", "one neuron: holds", p=1),
        _case("n=1", "one input at a time: holds", n=1),
        _case("b=0", "no feedback: both sides are 0", zero=("b",)),
        _case("e=0", "no error signals: nothing moves", zero=("e",)),
        _case("W=0", "hidden weights that start at 0: the pairs alone", zero=("W",)),
    ),
    witness=Check("non-vacuity", "any signals qualify", _met),
)
