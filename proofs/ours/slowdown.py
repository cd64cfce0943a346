"""How depth slows learning: steps until the error is small, and networks whose decay is proved, against depth."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import product
from math import inf, isfinite

import numpy as np

from fa_theory.claims.claim import Bound, Check, CheckOutcome, Claim, Fidelity, Hypothesis, Kind, Source
from fa_theory.claims.procedure import Context, Trials
from fa_theory.claims.procedures import Medians, Ratio
from fa_theory.enclosure.deep import certify_deep_state
from fa_theory.model.ball import Array
from fa_theory.model.deep_problem import DeepLaw, DeepProblem
from fa_theory.simulation.engine import simulate

DEPTHS = (2, 3, 4, 5, 6)
SHALLOW, DEEP = DEPTHS[0], DEPTHS[-1]
STEPS, SMALL = 400, 0.01
CERTIFIED_BY = 1000
SHARE = 0.6
RULES = {"BP": "bp", "uSF": "usf", "FA": "fa", "DFA": "dfa"}
LAW = DeepLaw("tanh", 2, 4, (16,), eta=0.4)
AXIS = ("L", "layers")


def law(group: str, depth: int) -> DeepLaw:
    """The law of a group, such as ``"tanh, FA"``, with a number of layers."""
    psi, rule = group.split(", ")
    return replace(LAW, activation=psi, rule=RULES[rule], hidden=(depth - 1) * LAW.hidden)


def groups(activation: str, *rules: str) -> tuple[str, ...]:
    """The names of groups."""
    return tuple(f"{activation}, {rule}" for rule in rules)


def steps_until_small(problems: Sequence[DeepProblem]) -> list[float]:
    """The first step at which the error is at most 0.01 times that at the start; ``inf`` if it is after step 400."""
    loss = simulate(list(problems), STEPS, record=("loss",), backend="numpy")["loss"]
    small: Array = loss <= SMALL**2 * loss[:, :1]
    return [float(row.argmax()) if row.any() else inf for row in small]


def sampled_steps(group: str, depth: int, rngs: Sequence[np.random.Generator]) -> list[float]:
    """Steps until the errors of networks are small."""
    return steps_until_small([law(group, depth).sample(rng) for rng in rngs])


def proved_times(problems: Sequence[DeepProblem]) -> list[float]:
    """``1/(1 − q)`` for the rate q of a certificate of the state after 1000 steps; ``inf`` without a certificate."""
    runs = simulate(
        list(problems), CERTIFIED_BY, record=("loss",), every=CERTIFIED_BY, states=(CERTIFIED_BY,), backend="numpy"
    )
    times = []
    for i, problem in enumerate(problems):
        state = runs.network(CERTIFIED_BY, i)
        if not runs.finished[i] or not all(np.isfinite(W).all() for W in state.weights.W):
            times.append(inf)
            continue
        found = certify_deep_state(replace(problem, network=state), step=CERTIFIED_BY)
        times.append(inf if found.certificate is None else 1 / (1 - found.certificate.rate))
    return times


def sampled_times(eta: float = LAW.eta) -> Callable[[str, int, Sequence[np.random.Generator]], list[float]]:
    """Time constants of networks, for a step size."""

    def sample(group: str, depth: int, rngs: Sequence[np.random.Generator]) -> list[float]:
        return proved_times([replace(law(group, depth), eta=eta).sample(rng) for rng in rngs])

    return sample


def slower(group: str, least: float) -> Ratio:
    """Six layers take so many times as many steps as two."""
    return Ratio((group, DEEP), (group, SHALLOW), least)


SAMPLED = (*groups("tanh", "BP", "FA", "DFA"), *groups("relu", "BP", "FA", "DFA"))
SLOWED = Medians(
    sampled_steps,
    "steps until the error is 0.01 of the first",
    AXIS,
    tuple(product(SAMPLED, (SHALLOW, DEEP))),
    Trials(100, 400, 1600),
    ratios=(
        *(slower(group, 1.2) for group in SAMPLED if group != "tanh, BP"),
        slower("relu, FA", 3),
        *(Ratio((f"{psi}, FA", DEEP), (f"{psi}, BP", DEEP), 1.5) for psi in ("tanh", "relu")),
    ),
    further=(
        *product(SAMPLED, DEPTHS[1:-1]),
        *product((*groups("tanh", "uSF"), *groups("relu", "uSF")), DEPTHS),
    ),
    name="steps",
    block=100,
)
PROVED = Medians(
    sampled_times(),
    "a proof of decay, by the time constant of its rate",
    AXIS,
    tuple(product(groups("tanh", "FA"), (SHALLOW, DEEP))),
    Trials(14, 84, 336),
    share=SHARE,
    later=(*product(groups("tanh", "FA"), DEPTHS[1:-1]), *product(groups("tanh", "BP", "uSF", "DFA"), DEPTHS)),
    further=tuple(product(groups("relu", "BP", "FA", "DFA"), DEPTHS)),
    name="proved",
    block=14,
)

LAWS = Hypothesis(
    "law",
    r"$n = 2$ samples on the unit sphere in $d = 4$ dimensions, $y_i \sim N(0,1)$, $L - 1$ hidden layers of $16$ "
    r"neurons, one output, all weights and all feedback $N(0,1)$, factors $s_l = w_{l-1}^{-1/2}$, $\eta = 0.4$, full "
    r"batches",
)


def _single(rule: str, depth: int, name: str, context: Context, *, zero: str = "") -> DeepProblem:
    problem = replace(law(f"tanh, {rule}", depth), n=1).sample(context.rng(name))
    if zero == "y":
        return replace(problem, y=np.zeros_like(problem.y))
    if zero == "B":
        weights = problem.network.weights
        silent = weights._replace(B=tuple(map(np.zeros_like, weights.B)))
        return replace(problem, network=problem.network.with_weights(silent))
    return problem


def _reached(name: str, says: str, rule: str, zero: str = "") -> Check:
    def run(context: Context) -> CheckOutcome:
        (steps,) = steps_until_small([_single(rule, DEEP, name, context, zero=zero)])
        return CheckOutcome(0 < steps < inf, f"after {steps:g} steps")

    return Check(name, says, run)


def _proved(name: str, says: str, rule: str, zero: str = "") -> Check:
    def run(context: Context) -> CheckOutcome:
        (time,) = proved_times([_single(rule, DEEP, name, context, zero=zero)])
        return CheckOutcome(time < inf, f"the time constant is {time:.3g}")

    return Check(name, says, run)


def _same_in_two_layers(context: Context) -> CheckOutcome:
    steps = [
        sampled_steps(group, SHALLOW, [context.rng("two layers", i) for i in range(10)])
        for group in groups("tanh", "FA", "DFA")
    ]
    return CheckOutcome(steps[0] == steps[1], f"10 networks, after {min(steps[0]):g} to {max(steps[0]):g} steps")


def _linear(context: Context) -> CheckOutcome:
    problem = DeepLaw("linear", 6, 3, (8, 8), eta=0.1).sample(context.rng("linear"))
    return CheckOutcome(proved_times([problem]) == [inf], "there is no certificate")


def _every_place(procedure: Medians, says: str) -> Check:
    def run(context: Context) -> CheckOutcome:
        spreads = procedure.spreads(context.records(procedure.name))
        least = min(sum(map(isfinite, found.values)) for found in spreads.values())
        return CheckOutcome(least > 0, f"{least} networks at least, at each of {len(spreads)} places")

    return Check("non-vacuity", says, run)


slowed = Claim(
    id="ours.depth-slows-feedback",
    title="Depth slows learning, feedback alignment most",
    kind=Kind.CONJECTURE,
    bound=Bound.LOWER,
    summary="Six layers take longer than two under FA and DFA, ReLU under FA 3 times; FA takes 1.5 times BP's steps.",
    statement=rf"""Let $N_L$ be the first step at which $\|e\|_2 \le {SMALL:g} \|e(0)\|_2$ in a network of $L$ layers,
$\infty$ if it comes after step {STEPS}, and $m_L$ its median. Then
\[ m_6 \ge 1.2 m_2 \]
under FA and DFA with $\tanh$ and with ReLU, and under BP with ReLU; $m_6 \ge 3 m_2$ under FA with ReLU; and with either
activation $m_6$ is under FA at least $1.5$ times as large as under BP. A quick run has $100$ networks of two and of six
layers; the larger budgets show the depths in between, and uSF.""",
    hypotheses=(LAWS,),
    source=Source(
        "moskovitz2018",
        "abstract: feedback alignment does not scale to deep networks",
        Fidelity.OURS,
        "The number of steps in small networks, where feedback alignment learns at every depth, but later.",
        proved=False,
    ),
    procedures=(SLOWED,),
    mutants=(
        SLOWED.mutant(
            "the other way", "two layers take longer than six", Ratio(("tanh, FA", SHALLOW), ("tanh, FA", DEEP), 1.0)
        ),
        SLOWED.mutant(
            "as fast as BP", "BP takes as long as FA in six layers", Ratio(("tanh, BP", DEEP), ("tanh, FA", DEEP), 1.0)
        ),
        SLOWED.mutant("ten times", "six layers of tanh take 10 times as long as two", slower("tanh, FA", 10)),
        SLOWED.mutant("BP with tanh", "six layers of tanh under BP take 3 times as long as two", slower("tanh, BP", 3)),
    ),
    degenerate=(
        _reached("n=1", "one sample, six layers: the error becomes small", "FA"),
        _reached("y=0", "zero targets: the error becomes small", "FA", "y"),
        _reached("B=0", "no feedback, one sample: the last layer alone makes the error small", "FA", "B"),
        Check("L=2", "in two layers FA and DFA are the same rule", _same_in_two_layers),
    ),
    witness=_every_place(SLOWED, "at every depth, under every rule, the error of some networks becomes small"),
)

proved = Claim(
    id="ours.certified-at-every-depth",
    title="Decay for all time is proved of most networks at every depth from 2 to 6",
    kind=Kind.THEOREM,
    bound=Bound.PROBABILITY,
    summary="2 to 6 layers of tanh (n=2, d=4): after 1000 steps, decay for all time has a certificate, P ≥ 0.6.",
    statement=rf"""For $L = 2, \dots, 6$ and $\psi = \tanh$, with probability at least ${SHARE:g}$ over data,
initialisation and feedback, the state after {CERTIFIED_BY} steps has a certificate, from which the error decays
exponentially for all later times, under FA, and under BP, uSF and DFA.

A network that is not certified counts as a failure. The medians of $1/(1-q)$, where $q$ is the rate of the certificate,
are shown with exact intervals. \emph{{A quick run has FA alone, with two and six layers, and tests a smaller
probability}}; the larger budgets test the statement itself, and show ReLU, of which nothing is claimed: errors that
are nearly at rest behind a kink have no certificate.""",
    hypotheses=(LAWS,),
    source=Source(
        "song2021",
        "Theorem 3.2, against depth",
        Fidelity.OURS,
        "The frequency of certificates at one small width, for each number of layers.",
    ),
    uses=("ours.deep-decay",),
    probability=SHARE,
    procedures=(PROVED,),
    mutants=(
        PROVED.elsewhere("large steps", "the same for η = 20", sampled_times(20.0), 8),
        PROVED.surer("more than the trials support", "probability 0.9999", 0.9999),
    ),
    degenerate=(
        _proved("n=1", "one sample, six layers: certified", "FA"),
        _proved("y=0", "zero targets: certified", "FA", "y"),
        _proved("B=0", "no feedback, one sample: the last layer alone, certified", "FA", "B"),
        Check("singular kernel", "linear with n > d: a component of the error never changes", _linear),
    ),
    witness=_every_place(PROVED, "at every depth some networks are certified"),
)
