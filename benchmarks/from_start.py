"""Time per certificate from the start: ``python benchmarks/from_start.py [TRIALS]``.

First, whole certificates after 600 steps (seconds of CPU to make one, and to check it alone). Then the enclosure
against its peer with a ball for every number (`entrywise`): bits and seconds that either needs to enclose the state
after T steps to a radius of 2^-40, against T and p. Then against the same run written naively, in weight space and
entry by entry, over `arb` scalars and over mpmath's floating-point numbers, which prove nothing and are slow all the
same.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from math import ceil, inf, log2
from statistics import median
from time import process_time
from typing import Any

import entrywise
from flint import arb, ctx
from mpmath import mp
from threadpoolctl import threadpool_limits

from fa_theory.checker.decay import from_start, trajectory
from fa_theory.checker.document import ExactState
from fa_theory.checker.recheck import recheck
from fa_theory.enclosure.certificate import state_document
from fa_theory.enclosure.start import certify_after
from fa_theory.model.law import Law
from fa_theory.model.problem import Problem
from fa_theory.seeds import generator

LAWS = (
    *(Law(psi, 5, 5, 50) for psi in ("tanh", "erf", "sigmoid", "softplus", "linear", "relu")),
    *(Law(psi, 10, 20, 500) for psi in ("tanh", "erf", "sigmoid", "softplus", "linear", "relu")),
    *(law for psi in ("tanh", "linear", "relu") for law in (Law(psi, 5, 5, 50, k=2), Law(psi, 10, 20, 200, k=3))),
)
STEPS = 600


def drawn(law: Law, trial: int = 0) -> Problem:
    return law.sample(generator(0, "benchmark", str(law), trial))


def state(problem: Problem) -> ExactState:
    return ExactState.read(state_document("", problem.network, problem.X, problem.y, problem.eta, ""))


def certificates(law: Law, trials: int) -> str:
    making, checking, certified, bits = [], [], 0, 0
    for trial in range(trials):
        problem = drawn(law, trial)
        begin = process_time()
        outcome = certify_after(problem.network, problem.X, problem.y, eta=problem.eta, steps=STEPS)
        making.append(process_time() - begin)
        if outcome.certificate is None:
            continue
        certified += 1
        bits = outcome.certificate["precision"]
        from_start._last.clear()
        begin = process_time()
        assert recheck(outcome.certificate).valid
        checking.append(process_time() - begin)
    check = f"{median(checking):8.2f}" if checking else f"{'–':>8}"
    return f"{law!s:<46} {certified:>3}/{trials:<3} {bits:>5} {median(making):8.2f} {check}"


def naive(problem: Problem, steps: int, number: Any, tanh: Any, root: Any) -> Any:
    """W and β, by the rule as it is written."""
    network = problem.network
    X, W = ([[number(float(x)) for x in row] for row in M] for M in (problem.X, network.W))
    y, beta, b = ([number(float(x)) for x in v] for v in (problem.y, network.beta, network.b))
    n, d, p = len(X), len(X[0]), len(W)
    scale = number(problem.eta) / root(number(p))
    for _ in range(steps):
        psi = [[tanh(sum(x * w for x, w in zip(X[i], W[r], strict=True))) for r in range(p)] for i in range(n)]
        e = [sum(beta[r] * psi[i][r] for r in range(p)) / root(number(p)) - y[i] for i in range(n)]
        for r in range(p):
            beta[r] = beta[r] - scale * sum(e[i] * psi[i][r] for i in range(n))
            pull = [e[i] * (1 - psi[i][r] * psi[i][r]) * b[r] * scale for i in range(n)]
            for k in range(d):
                W[r][k] = W[r][k] - sum(pull[i] * X[i][k] for i in range(n))
    return W, beta


def seconds(f: Any) -> float:
    begin = process_time()
    f()
    return process_time() - begin


def shadow(S: ExactState, steps: int, bits: int) -> float:
    """Largest radius after some steps, or inf."""
    end = trajectory.enclose(S, arb(0), None, steps, bits=bits)
    return inf if isinstance(end, tuple) else max(float(r) for r in (*end.nu, *(x.rad() for x in end.beta)))


def needed(radius: Callable[[ExactState, int, int], float], S: ExactState, steps: int) -> str:
    """Bits and seconds for a radius of 2^-40; the bits are found by a secant."""
    bits = 128
    while True:
        begin = process_time()
        found = radius(S, steps, bits)
        spent = process_time() - begin
        if found < 2.0**-40:
            return f"{bits:>6} {spent:>8.2f}"
        bits = 2 * bits if found == inf else bits + 64 * ceil((log2(found) + 40) / 64)


def growth() -> None:
    print(f"\n{'tanh (10,20,p) to 2^-40':<26} {'p':>5} {'T':>5} {'bits':>6} {'s':>8}   {'peer bits':>6} {'s':>5}")
    for p, steps in ((50, 200), (200, 200), (500, 200), (100, 100), (100, 300), (100, 1000), (100, 3000)):
        S = state(drawn(Law("tanh", 10, 20, p)))
        peer = needed(entrywise.radius, S, steps)
        print(f"{'':<26} {p:>5} {steps:>5} {needed(shadow, S, steps)}   {peer}", flush=True)


def against_naive(bits: int = 256, steps: int = 10) -> None:
    problem = drawn(Law("tanh", 5, 5, 50))
    ours = seconds(lambda: trajectory.enclose(state(problem), arb(0), None, steps, bits=bits))
    with ctx.workprec(bits):
        scalars = seconds(lambda: naive(problem, steps, arb, lambda x: x.tanh(), lambda x: x.sqrt()))
    with mp.workprec(bits):
        floats = seconds(lambda: naive(problem, steps, mp.mpf, mp.tanh, mp.sqrt))
    print(f"\n{steps} steps of tanh (5,5,50) at {bits} bits: {ours:.3f} s; arb scalars {scalars:.3f} s "
          f"({scalars / ours:.1f} ×), mpmath {floats:.3f} s ({floats / ours:.0f} ×)")  # fmt: skip


if __name__ == "__main__":
    trials = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    with threadpool_limits(1):
        print(f"{f'after {STEPS} steps':<46} {'certified':>7} {'bits':>5} {'make s':>8} {'check s':>8}")
        for law in LAWS:
            print(certificates(law, trials), flush=True)
        growth()
        against_naive()
