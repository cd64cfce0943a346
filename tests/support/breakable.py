"""A conjecture to break, and networks of its domain, for the tests of counterexamples."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

import fa_theory.checker
from fa_theory.conjectures import Conjecture, Domain, Run, conjecture, norm
from fa_theory.conjectures.language.networks import Networks

SCHEMA = json.loads((Path(fa_theory.checker.__file__).parent / "certificate.schema.json").read_text())


@conjecture(Domain(n=(1, 3), d=(1, 3), p=(1, 4), eta=(0.01, 8.0), steps=(1, 3)))
def never_grows(run: Run) -> Any:
    """The error never grows."""
    return norm(run[-1].error) <= norm(run[0].error)


def network(claim: Conjecture, seed: int = 0, **sizes: Any) -> Networks:
    """A random network of the domain."""
    domain = claim.domain
    least = {name: domain.whole(name)[0] for name in ("n", "d", "p", "steps")}
    shape = domain.shape(least | sizes, domain.activations[0])
    return domain.sample(shape, np.random.default_rng(seed), 1)
