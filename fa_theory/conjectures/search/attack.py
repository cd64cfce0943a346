"""The attack on a conjecture: draws from its distribution, structured networks, and local search for small margins."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

import numpy as np

from fa_theory.conjectures.language import effort, limits
from fa_theory.conjectures.language.declare import Conjecture
from fa_theory.conjectures.language.nearby import shaken
from fa_theory.conjectures.language.networks import Networks, NetworkShape

from .descent import Coordinates, Method, methods
from .families import opening, structured
from .judge import Judge, Judged
from .pool import Pool
from .record import Attack, AttackProgress, SampleCounts, Violation
from .shapes import batch, overhead, shapes, work

Notify = Callable[[AttackProgress], None]

LAW_SHARE = 0.25
"""At least this share of the work is used for draws from the distribution."""
LAW_FIRST = 20_000
"""At first it is half of the work: conjectures that fail often fail for draws of all shapes."""
PLAY = 8000
"""Work on one source before another may be chosen."""
LAW_ROUND = 2**14
"""Most independent draws in a round."""
ROUND_WITH_LIMITS = 64
"""Draws in the first round if the conjecture contains limits: then a batch is expensive, and one more network cheap."""
LAW_BATCH = 80
"""Most work on a batch of them, as a multiple of the fixed cost of a batch."""
EXPLORATION = 0.02
"""Weight of a decrease of the objective by 1, relative to trying the source used least."""
EARLY, CHEAP = 4, 20.0
"""The largest shape is tried as the shape of this number if its networks are cheap: some statements fail only there."""
ORDER = {"structured": 0, "mutate": 2, "gradient": 5, "evolve": 12}
"""Number of larger shapes that are tried before a source is tried on a shape."""


@dataclass(eq=False)
class _Arm:
    """A source on a shape, and its recent decrease of the objective."""

    source: str
    shape: NetworkShape
    aim: str
    order: int
    method: Method | None = None
    proposed: Networks | None = None
    plays: int = 0
    gain: float = 0.0


class Search:
    """An attack that yields every violation as soon as it is found, and can be resumed.

    The networks it judges depend on ``rng`` only, not on the time they take.

    Attributes
    ----------
    attack
        The results so far.

    Examples
    --------
    >>> from fa_theory.conjectures import Domain, conjecture, norm
    >>> @conjecture(Domain(n=(1, 3), d=(1, 3), p=(1, 8), eta=(0.01, 1.0)))
    ... def error_never_grows(run):
    ...     return norm(run[1].error) <= norm(run[0].error)
    >>> search = Search(error_never_grows, rng=np.random.default_rng(0))
    >>> violation = next(search.violations(trials=10_000))
    >>> violation.margin < 0, error_never_grows.domain.contains_shape(violation.network.shape)
    (True, True)
    """

    def __init__(self, conjecture: Conjecture, *, rng: np.random.Generator) -> None:
        self.judge = Judge(conjecture)
        self.domain = conjecture.domain
        self.attack = Attack()
        self._rng = rng
        self._stream = self._batches()
        self._arms: list[_Arm] = []
        self._pools: dict[tuple[NetworkShape, str], Pool] = {}
        self._spent = {"law": 0.0, "rest": 0.0}
        self._round, self._first = ROUND_WITH_LIMITS if conjecture.has_limits else 4, 64
        self._complaints: float = 1 if conjecture.has_limits else math.inf  # many runs have no limit
        self._priced = partial(limits.priced, conjecture)

    def _make_arms(self) -> list[_Arm]:
        arms: list[_Arm] = []
        chosen = shapes(self.domain)
        for i, shape in enumerate(chosen):
            if shape is chosen[-1] and work(self._priced(shape)) < CHEAP:
                i = min(i, EARLY)
            for source in ("structured", *methods(Coordinates(self.domain, shape))):
                aims = self.judge.aims[:1] if source == "structured" else self.judge.aims
                arms.extend(_Arm(source, shape, aim, i + ORDER[source]) for aim in aims)
        return sorted(arms, key=lambda arm: arm.order)

    def violations(
        self,
        *,
        deadline: float = math.inf,
        trials: float = math.inf,
        notify: Notify | None = None,
        enough: Callable[[], bool] | None = None,
    ) -> Iterator[Violation]:
        """Continue the attack until a limit is reached.

        Parameters
        ----------
        deadline
            On the clock of `effort.now`, which counts work.
        trials
            Most networks to judge, counted from the start of the attack; the batch that exceeds it is completed.
        notify
            Called after every batch.
        enough
            Called after every batch; True stops the attack.

        Yields
        ------
        Violation
            One at a time: first all, later only simpler or much worse ones.

        Raises
        ------
        InputError
            If the conjecture gives NaN from finite numbers on networks drawn from its distribution.
        """
        resumed = time.monotonic() - self.attack.seconds
        for judged, source in self._stream:
            self.attack.seconds = time.monotonic() - resumed
            self.attack.add(judged, source)
            for violation in self.attack.violations_in(judged, source):
                if self.attack.keep(violation):
                    left = time.monotonic()
                    yield violation
                    resumed += time.monotonic() - left
            if notify is not None:
                notify(AttackProgress(self.attack.n_trials, self.attack.smallest, source, self.attack.seconds))
            if effort.passed(deadline) or self.attack.n_trials >= trials or (enough is not None and enough()):
                return

    def _batches(self) -> Iterator[tuple[Judged, str]]:
        """An endless sequence of judged batches; many violations are so common that the simplest batch has one."""
        yield self._judge(self._generic(opening(self.domain, self._rng)), "rest"), "structured"
        self._arms = self._make_arms()
        self._pools = {(arm.shape, aim): Pool(self.domain) for arm in self._arms for aim in self.judge.aims}
        while True:
            arm = self._choose()
            yield from self._play(arm)
            while self._spent["law"] < max(LAW_SHARE * sum(self._spent.values()), min(self._spent["rest"], LAW_FIRST)):
                yield from self._draw()

    # the law

    def _draw(self) -> Iterator[tuple[Judged, str]]:
        """A round of independent draws from the distribution; it counts if it is completed."""
        drawn: dict[NetworkShape, int] = {}
        for _ in range(self._round):
            shape = self.domain.random_shape(self._rng)
            drawn[shape] = drawn.get(shape, 0) + 1
        law = SampleCounts()
        for shape, count in drawn.items():
            for some in _split(count, batch(self._priced(shape), LAW_BATCH * overhead(shape))):
                judged = self._judge(self.domain.sample(shape, self._rng, some), "law")
                if judged.undefined.any() and not self.attack.law.undefined and self._complaints:
                    self._complaints -= 1
                    self.judge.complain(judged.networks[judged.undefined][:4])
                law.count(judged)
                yield judged, "law"
        self.attack.law.join(law)
        priced = {self._priced(shape): count for shape, count in drawn.items()}
        if sum(count * work(shape) for shape, count in priced.items()) < sum(map(overhead, priced)):
            self._round = min(2 * self._round, LAW_ROUND)  # more draws would cost little more

    # the arms

    def _choose(self) -> _Arm:
        """The arm with the largest recent decrease of the objective, or one that was tried rarely."""
        fresh = next((arm for arm in self._arms if not arm.plays), None)
        played = [arm for arm in self._arms if arm.plays]
        if fresh is not None and (not played or self._rng.random() < 0.5):
            return fresh
        total = math.log(1 + sum(arm.plays for arm in played))

        def promise(arm: _Arm) -> float:
            closeness = -min(1.0, max(-1.0, self._pools[arm.shape, arm.aim].best))
            return arm.gain + EXPLORATION * (closeness + math.sqrt(total / arm.plays))

        return max(played, key=promise)

    def _play(self, arm: _Arm) -> Iterator[tuple[Judged, str]]:
        pool = self._pools[arm.shape, arm.aim]
        before, limit = pool.best, self._spent["rest"] + PLAY
        if arm.source == "structured" or not pool.regimes:
            count = min(batch(self._priced(arm.shape)), self._first)
            self._first *= 4
            judged = self._judge(self._generic(structured(self.domain, arm.shape, self._rng, count)), "rest")
            yield judged, "structured"
        if arm.source != "structured":
            if arm.method is None:
                at = Coordinates(self.domain, arm.shape)
                arm.method = methods(at)[arm.source](at, partial(pool.start, self._rng), self._rng)
                arm.proposed = next(arm.method)
            while arm.proposed is not None and self._spent["rest"] < limit:
                proposed = self._generic(arm.proposed) if arm.source == "mutate" else arm.proposed
                judged = self._judge(proposed, "rest")
                arm.proposed = arm.method.send(judged.objectives[arm.aim])
                yield judged, arm.source
        arm.plays += 1
        arm.gain = 0.5 * arm.gain + 0.5 * max(0.0, min(before, 1.0) - min(pool.best, 1.0))

    def _generic(self, networks: Networks) -> Networks:
        """Networks near these and in no special position, if the conjecture is about almost every network."""
        if not self.judge.generic:
            return networks
        return shaken(self.domain, networks, self._rng, 10.0 ** self._rng.uniform(-4, -1, len(networks)))

    def _judge(self, networks: Networks, kind: str) -> Judged:
        judged = self.judge(networks)
        shape = self._priced(networks.shape)
        self._spent[kind] += overhead(shape) + len(networks) * work(shape)
        for aim, objective in judged.objectives.items():
            if (networks.shape, aim) in self._pools:
                self._pools[networks.shape, aim].add(networks, objective)
        return judged


def _split(count: int, most: int) -> Iterator[int]:
    while count > 0:
        yield min(count, most)
        count -= most


def attack(
    conjecture: Conjecture,
    *,
    rng: np.random.Generator,
    deadline: float = math.inf,
    trials: float = math.inf,
    notify: Notify | None = None,
    enough: Callable[[], bool] | None = None,
) -> Attack:
    """Attack a conjecture until a limit is reached; see `Search.violations`, which yields violations as found.

    Examples
    --------
    >>> from fa_theory.conjectures import Domain, conjecture
    >>> @conjecture(Domain(n=1, d=1, p=(1, 4)))
    ... def loss_is_not_negative(run):
    ...     return run[0].loss >= 0
    >>> found = attack(loss_is_not_negative, rng=np.random.default_rng(0), trials=5000)
    >>> found.candidates, found.law.accepted == found.law.drawn > 0
    ([], True)
    """
    search = Search(conjecture, rng=rng)
    for _ in search.violations(deadline=deadline, trials=trials, notify=notify, enough=enough):
        pass
    return search.attack
