"""fa-theory: theorems on feedback alignment, derived, proved for concrete networks, attacked and printed.

The names below are imported when they are first used, so that ``import fa_theory`` costs nothing.

>>> import numpy as np
>>> import fa_theory as fa
>>> problem = fa.sample(rng=np.random.default_rng(0), n=4, d=8, p=60, activation="tanh", eta=0.2)
>>> outcome = fa.certify_from_start(problem.network, problem.X, problem.y, eta=problem.eta)
>>> fa.recheck(outcome.certificate).valid
True
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .checker.recheck import recheck, recheck_file
    from .claims.library import library
    from .display.certificates import view
    from .enclosure.certify import certify_run, certify_state
    from .enclosure.start import certify_from_start
    from .model.activations import ACTIVATIONS, activation
    from .model.data import dataset
    from .model.network import Network, alignment
    from .model.problem import Problem, sample
    from .model.rules import Rule, step
    from .model.schedules import Schedule
    from .simulation.engine import simulate
    from .simulation.run import run

__version__ = "0.1.0"

_HOME = {
    "ACTIVATIONS": "model.activations",
    "Network": "model.network",
    "Problem": "model.problem",
    "Rule": "model.rules",
    "Schedule": "model.schedules",
    "activation": "model.activations",
    "alignment": "model.network",
    "certify_from_start": "enclosure.start",
    "certify_run": "enclosure.certify",
    "certify_state": "enclosure.certify",
    "recheck": "checker.recheck",
    "recheck_file": "checker.recheck",
    "dataset": "model.data",
    "library": "claims.library",
    "run": "simulation.run",
    "sample": "model.problem",
    "simulate": "simulation.engine",
    "step": "model.rules",
    "view": "display.certificates",
}

__all__ = [
    "ACTIVATIONS",
    "Network",
    "Problem",
    "Rule",
    "Schedule",
    "activation",
    "alignment",
    "certify_from_start",
    "certify_run",
    "certify_state",
    "dataset",
    "library",
    "recheck",
    "recheck_file",
    "run",
    "sample",
    "simulate",
    "step",
    "view",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'fa_theory' has no attribute {name!r}")
    return getattr(import_module(f"fa_theory.{_HOME[name]}"), name)
