"""Which path computes a simulation, and what runs it."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from functools import partial

from fa_theory.errors import InputError
from fa_theory.model.activations import activation
from fa_theory.model.data import checks
from fa_theory.model.data.synthetic import SYNTHETIC
from fa_theory.model.law import Law
from fa_theory.model.problem import Problem
from fa_theory.model.rules import Rule

from . import compiled, infinite, linear_path, sample_space, weight_space
from .ensemble import Ensemble, stream
from .trajectories import Trajectories

PATHS = ("auto", weight_space.PATH, sample_space.PATH, linear_path.PATH, infinite.PATH)
BACKENDS = ("auto", "numpy", "numba")

Follow = Callable[[Ensemble, Sequence[int], Collection[str], Collection[int]], Trajectories]

FIXED = (Rule.FA, Rule.DFA)
"""Rules whose feedback weights stay as they were drawn."""
MANY = 64
"""Networks in a batch at most."""
ENTRIES = 2**16
"""Entries of ``Z``, or of the matrices of the linear law, in a batch: what fits in a cache."""
HELD = 2**28
"""Bytes of W above which networks that come from a law are drawn block by block."""


@dataclass(frozen=True, slots=True)
class SimulationShape:
    """What the choice depends on.

    Attributes
    ----------
    n, d, p
        Samples, input dimension, width.
    linear
        Whether the exact law of linear networks applies: a linear activation, one output, FA.
    law
        Whether the weights come from a law.
    rule
        The learning rule.
    """

    n: int
    d: int
    p: int
    linear: bool
    law: bool
    rule: Rule

    @classmethod
    def of_problem(cls, problem: Problem, rule: Rule) -> SimulationShape:
        """The shape of given problems."""
        net = problem.network
        linear = _linear(net.psi.name, net.single_output, rule)
        return cls(problem.n, problem.d, problem.p, linear, law=False, rule=rule)

    @classmethod
    def of_law(cls, law: Law, rule: Rule, seed: int) -> SimulationShape:
        """The shape of what a law draws; data of unknown shape are drawn once to see it."""
        name, p = activation(law.activation).name, checks.size("p", law.p)
        n, d, k = law.n, law.d, law.k
        if d is None or law.data not in SYNTHETIC:
            data = law.sample_data(stream(law, seed, 0))
            n, d, k = data.n, data.d, data.k
        n, d = checks.size("n", n), checks.size("d", d)
        return cls(n, d, p, _linear(name, k is None, rule), law=True, rule=rule)


def _linear(name: str, single_output: bool, rule: Rule) -> bool:
    return name == "linear" and single_output and rule in FIXED


@dataclass(frozen=True, slots=True)
class Choice:
    """How a simulation is done.

    Attributes
    ----------
    path
        One of `PATHS`.
    batch
        How many networks at a time; 0: all.
    follow, backend
        What runs networks that are held.
    unheld
        Whether the first layer of a network is too large to be held, and drawn block by block.
    """

    path: str
    batch: int
    follow: Follow = weight_space.follow
    backend: str = "numpy"
    unheld: bool = False


def choose(shape: SimulationShape, record: Collection[str], states: Collection[int], path: str, backend: str) -> Choice:
    """Choose, or refuse what is asked for with an InputError that says what can be done."""
    n, d, p = shape.n, shape.d, shape.p
    if backend == "auto":
        backend = one_of("FA_THEORY_BACKEND", os.environ.get("FA_THEORY_BACKEND", "auto"), BACKENDS)
    if path == infinite.PATH:
        _refuse_numba(backend, path)
        if states or shape.rule not in FIXED:
            asked = "states" if states else f"the rule {shape.rule.name}"
            raise InputError(
                f"the limit of infinite width is that of errors under FA or DFA, and does not tell {asked}"
            )
        return Choice(path, batch=0)
    beyond = [*(name for name in record if name not in linear_path.RECORDABLE), *(["states"] if states else [])]
    if path == linear_path.PATH or (path == "auto" and shape.linear and not beyond):
        _refuse_linear(shape, beyond)
        backend = "numba" if backend != "numpy" and _compiled(backend) else "numpy"
        batch = max(1, min(MANY, ENTRIES // n**2))
        return Choice(linear_path.PATH, batch, partial(linear_path.follow, backend=backend), backend)
    cheaper = sample_space.PATH if n < 2 * d else weight_space.PATH
    path = cheaper if path == "auto" else path
    if path == sample_space.PATH and shape.law and not states and 8 * p * d > HELD:
        _refuse_numba(backend, f"{path} at width {p}, where W is never held")
        _refuse_too_large(shape, 16 * p * n)
        return Choice(path, 1, unheld=True)
    _refuse_too_large(shape, 16 * p * (n + d))
    if path != cheaper:
        _refuse_numba(backend, f"{path} for n = {n}, d = {d}")
    elif backend != "numpy" and (follow := _compiled(backend)):
        return Choice(path, max(1, HELD // (8 * p * (n + d))), follow)
    follow = sample_space.follow if path == sample_space.PATH else weight_space.follow
    return Choice(path, max(1, min(MANY, ENTRIES // (n * p))), follow)


def _compiled(backend: str) -> Follow | None:
    """The compiled path, if there is one."""
    if compiled.available():
        return compiled.follow
    if backend == "numba":
        raise InputError("backend='numba' needs numba, which is not installed: pip install 'fa-theory[fast]'")
    return None


def _refuse_numba(backend: str, path: str) -> None:
    if backend == "numba":
        raise InputError(f"there is no compiled form of the path {path}; choose backend='auto' or 'numpy'")


def _refuse_too_large(shape: SimulationShape, need: int) -> None:
    """Refuse what would end without a word when memory does."""
    if not hasattr(os, "sysconf"):
        return
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    if need > memory:
        raise InputError(
            f"a network with n = {shape.n}, d = {shape.d}, p = {shape.p} takes {need / 2**30:,.0f} GiB, but this "
            f"machine has {memory / 2**30:,.0f}; choose a smaller width, or path={infinite.PATH!r}"
        )


def _refuse_linear(shape: SimulationShape, beyond: Sequence[str]) -> None:
    if not shape.linear:
        raise InputError(
            "the linear law is that of linear networks with one output under feedback alignment; choose path='auto'"
        )
    if beyond:
        raise InputError(
            f"the linear law knows inner products of the weights, which do not tell {beyond[0]}; choose "
            f"path={sample_space.PATH!r} or {weight_space.PATH!r}, or record only {', '.join(linear_path.RECORDABLE)}"
        )


def one_of(name: str, value: str, known: Sequence[str]) -> str:
    """Return a name if it is known.

    Raises
    ------
    InputError
        If it is not; the message lists those that are.
    """
    if value not in known:
        raise InputError(f"unknown {name} {value!r}; choose one of {', '.join(known)}")
    return value
