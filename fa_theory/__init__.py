"""fa-theory: theorems on feedback alignment: derivations, certificates for concrete networks, tests and reports.

The names below are imported when they are first used, so that ``import fa_theory`` is fast.

>>> import fa_theory as fa
>>> problem = fa.sample(rng=0, n=4, d=8, p=60, activation="tanh", eta=0.2)
>>> problem
Problem(tanh, n=4, d=8, p=60, eta=0.2)
>>> certificate = fa.certify_from_start(problem).certificate
>>> fa.recheck(certificate).valid
True
>>> fa.simulate(problem, 100, rule="bp")
Trajectories(1 network, steps 0…100: loss, alignment; sample space, ...)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .claims.claim import Claim
    from .claims.library import library
    from .commands import check, recheck, verify
    from .conjectures.language.declare import Conjecture, conjecture
    from .conjectures.language.domain import Domain
    from .display.certificates import view
    from .enclosure.certify import certify_run, certify_state
    from .enclosure.curves import curves
    from .enclosure.epochs import certify_epochs
    from .enclosure.momentum import certify_momentum
    from .enclosure.reading import Certificate
    from .enclosure.start import certify_from_start
    from .errors import FATheoryError, InputError
    from .gram.decay import infinite_decay
    from .gram.width import required_width
    from .model.activations import ACTIVATIONS, Activation, activation
    from .model.data import Dataset, dataset
    from .model.deep import DeepNetwork, Learning, gaussian_deep_network
    from .model.deep_problem import DeepLaw, DeepProblem
    from .model.law import Law
    from .model.network import Network, alignment
    from .model.problem import Problem, sample
    from .model.rules import Rule, step
    from .model.schedules import Schedule
    from .simulation.engine import simulate
    from .simulation.run import run
    from .simulation.trajectories import Trajectories

__version__ = "0.1.0"

_HOME = {
    "ACTIVATIONS": "model.activations",
    "Activation": "model.activations",
    "Certificate": "enclosure.reading",
    "Claim": "claims.claim",
    "Conjecture": "conjectures.language.declare",
    "Dataset": "model.data",
    "DeepLaw": "model.deep_problem",
    "DeepNetwork": "model.deep",
    "DeepProblem": "model.deep_problem",
    "Domain": "conjectures.language.domain",
    "FATheoryError": "errors",
    "InputError": "errors",
    "Law": "model.law",
    "Learning": "model.deep",
    "Network": "model.network",
    "Problem": "model.problem",
    "Rule": "model.rules",
    "Schedule": "model.schedules",
    "Trajectories": "simulation.trajectories",
    "activation": "model.activations",
    "alignment": "model.network",
    "certify_epochs": "enclosure.epochs",
    "certify_from_start": "enclosure.start",
    "certify_momentum": "enclosure.momentum",
    "certify_run": "enclosure.certify",
    "certify_state": "enclosure.certify",
    "check": "commands",
    "conjecture": "conjectures.language.declare",
    "curves": "enclosure.curves",
    "dataset": "model.data",
    "gaussian_deep_network": "model.deep",
    "infinite_decay": "gram.decay",
    "library": "claims.library",
    "recheck": "commands",
    "required_width": "gram.width",
    "run": "simulation.run",
    "sample": "model.problem",
    "simulate": "simulation.engine",
    "step": "model.rules",
    "verify": "commands",
    "view": "display.certificates",
}

__all__ = [
    "ACTIVATIONS",
    "Activation",
    "Certificate",
    "Claim",
    "Conjecture",
    "Dataset",
    "DeepLaw",
    "DeepNetwork",
    "DeepProblem",
    "Domain",
    "FATheoryError",
    "InputError",
    "Law",
    "Learning",
    "Network",
    "Problem",
    "Rule",
    "Schedule",
    "Trajectories",
    "activation",
    "alignment",
    "certify_epochs",
    "certify_from_start",
    "certify_momentum",
    "certify_run",
    "certify_state",
    "check",
    "conjecture",
    "curves",
    "dataset",
    "gaussian_deep_network",
    "infinite_decay",
    "library",
    "recheck",
    "required_width",
    "run",
    "sample",
    "simulate",
    "step",
    "verify",
    "view",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'fa_theory' has no attribute {name!r}")
    from .extras import needed

    return getattr(needed(f"fa_theory.{_HOME[name]}"), name)


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
