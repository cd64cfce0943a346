"""Four ways to look for a violation, timed alike: this suite, plain Hypothesis, and random draws, single and batched.

All see the same domain and the same margin. A find counts when balls confirm hypotheses and violation, so that nobody
scores with rounding noise; that confirmation is not on anyone's clock.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress

import numpy as np
from flint import ctx
from hypothesis import HealthCheck, Phase, assume, given, seed, settings
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable
from hypothesis.extra.numpy import arrays

from fa_theory.conjectures import Conjecture
from fa_theory.conjectures.language.evaluate import Evaluator
from fa_theory.conjectures.language.networks import Networks, NetworkShape
from fa_theory.conjectures.search.attack import Search
from fa_theory.conjectures.search.judge import margin_of
from fa_theory.errors import UncertainComparison
from fa_theory.model.ball import balls

BATCH = 256
REACHES = (100.0, 1e300)
"""Plain Hypothesis draws weights and data from −r to r, for the r of these with which it is faster."""


class PeerSearch:
    """A conjecture, a time limit, and a clock that stands still while a find is confirmed."""

    def __init__(self, conjecture: Conjecture, seconds: float) -> None:
        self.conjecture, self.seconds = conjecture, seconds
        self.margin = margin_of(conjecture)[1]
        self.hypotheses = list(conjecture.hypothesis_margins.values())
        self.found: float | None = None
        self._begin = time.perf_counter()

    @property
    def elapsed(self) -> float:
        return time.perf_counter() - self._begin

    @property
    def over(self) -> bool:
        return self.found is not None or self.elapsed > self.seconds

    def violating(self, networks: Networks) -> np.ndarray:
        """Which networks seem to satisfy the hypotheses and violate the conclusion, in floats."""
        value = Evaluator(networks)
        suspect = value(self.margin) <= 0 if self.conjecture.strict else value(self.margin) < 0
        for hypothesis in self.hypotheses:
            suspect &= value(hypothesis) >= 0
        return suspect

    def offer(self, networks: Networks) -> None:
        """Confirm the first of some suspects, and stop the clock if one is confirmed."""
        elapsed = self.elapsed
        if elapsed <= self.seconds and any(self._confirmed(networks[i]) for i in range(min(len(networks), 4))):
            self.found = elapsed
        self._begin = time.perf_counter() - elapsed

    def _confirmed(self, network: Networks) -> bool:
        try:
            with ctx.workprec(256):
                value = Evaluator(network.map(balls))
                met = all(value(hypothesis)[0] >= 0 for hypothesis in self.hypotheses)
                margin = value(self.margin)[0]
                return met and bool(margin <= 0 if self.conjecture.strict else margin < 0)
        except UncertainComparison:
            return False


Finder = Callable[[Conjecture, float, int], float | None]
"""From a conjecture, a time limit and a seed to the time of the first violation."""


def this_suite(conjecture: Conjecture, seconds: float, key: int) -> float | None:
    """The search of this suite."""
    peer = PeerSearch(conjecture, seconds)
    search = Search(conjecture, rng=np.random.default_rng(key))
    deadline = time.monotonic() + seconds
    for violation in search.violations(enough=lambda: time.monotonic() >= deadline):
        peer.offer(violation.network)
        if peer.over:
            break
    return peer.found


def random_draws(conjecture: Conjecture, seconds: float, key: int, count: int = 1) -> float | None:
    """Draws from the law of the domain, one after the other."""
    search = PeerSearch(conjecture, seconds)
    rng = np.random.default_rng(key)
    while not search.over:
        networks = conjecture.domain.sample(conjecture.domain.random_shape(rng), rng, count)
        suspect = search.violating(networks)
        if suspect.any():
            search.offer(networks[suspect])
    return search.found


def random_batches(conjecture: Conjecture, seconds: float, key: int) -> float | None:
    """Draws from the law of the domain, in batches."""
    return random_draws(conjecture, seconds, key, BATCH)


class Stop(KeyboardInterrupt):
    """Leaves Hypothesis at once, which handles every other exception itself."""


def plain_hypothesis(conjecture: Conjecture, seconds: float, key: int) -> float | None:
    """``@given`` over sizes and elementwise floats, as one would write it by hand."""
    found = [_plain_hypothesis(conjecture, seconds, key, reach) for reach in REACHES]
    return min((seconds for seconds in found if seconds is not None), default=None)


def _plain_hypothesis(conjecture: Conjecture, seconds: float, key: int, reach: float) -> float | None:
    search = PeerSearch(conjecture, seconds)

    @seed(key)
    @settings(
        max_examples=10**9,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(networks(conjecture, reach))
    def holds(drawn: Networks) -> None:
        if search.over:
            raise Stop
        value = Evaluator(drawn)
        assume(all(value(hypothesis)[0] >= 0 for hypothesis in search.hypotheses))
        if search.violating(drawn).any():
            search.offer(drawn)
            if search.over:
                raise Stop

    with suppress(Stop, Unsatisfiable):
        holds()
    return search.found


@st.composite
def networks(draw: st.DrawFn, conjecture: Conjecture, reach: float) -> Networks:
    """One network of the domain: its sizes, then its arrays float by float, then rescaled into the domain."""
    domain = conjecture.domain
    n, d, p, steps = (draw(st.integers(*domain.whole(name))) for name in ("n", "d", "p", "steps"))
    k = None if domain.k is None else draw(st.integers(*domain.whole("k")))
    shape = NetworkShape(n, d, p, k, draw(st.sampled_from(domain.activations)), steps)
    assume(domain.contains_shape(shape))

    def array(*sizes: int) -> np.ndarray:
        return draw(arrays(np.float64, (1, *sizes), elements=st.floats(-reach, reach)))

    def number(name: str) -> np.ndarray:
        return np.array([draw(st.floats(*domain.real(name)))])

    drawn = Networks(
        shape=shape, rule=domain.rule, cutoff=domain.cutoff,
        X=array(n, d), y=array(n, *shape.outputs), W=array(p, d), beta=array(p, *shape.outputs),
        b=array(p, *shape.outputs), eta=number("eta"), lam=number("lam"),
        arrays=domain.arrays, more=array(domain.numbers_more(shape)),
    )  # fmt: skip
    return domain.project(drawn)


FINDERS: dict[str, Finder] = {
    "fa-theory": this_suite,
    "Hypothesis": plain_hypothesis,
    "random": random_draws,
    "random, batched": random_batches,
}
