"""Hypotheses about all times of a run of unknown length, and proofs by induction as long as the run lasts.

A hypothesis is ``∀ τ. τ ≤ T → H(τ)``, for the last time T; one about every step is ``∀ τ. τ + 1 ≤ T → H(τ)``. A
conclusion about every time t has the premise ``t ≤ T`` or ``t + 1 ≤ T``. It is shown at t itself, or by induction over
the formulas ``τ ≤ T → C(τ)``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from fa_theory.symbolic.proof import Fact, axiom

from .statement import LAST, Said, before
from .usable import UsableFact

if TYPE_CHECKING:
    from .rules import Attempt

Json = Any


class Along:
    """The hypotheses of one attempt that speak of all times of its run."""

    def __init__(self, attempt: Attempt) -> None:
        self.attempt, self.prover = attempt, attempt.prover
        self.assumed = [(name, said) for name, said in attempt.assumed if said.until]

    @property
    def needed(self) -> bool:
        """Whether there are such hypotheses."""
        return bool(self.assumed)

    def premise(self) -> dict[str, Json] | None:
        """What the conclusion says of its time."""
        goal = self.attempt.goal
        return before("t", goal.until) if self.needed and goal.until else None

    def start(self) -> None:
        """Learn the hypotheses at time 0, at the last time, and at the time of the conclusion."""
        self.learn(0, lambda: [axiom("time_sign")(LAST)], "state")
        self.learn(LAST, list, "state")
        if self.premise() is not None:
            self._learn_until("t", self.attempt.goal.until, "until")

    def _learn_until(self, time: str, until: str, name: str) -> list[UsableFact]:
        """Learn them at τ, if τ ≤ T, and at τ and τ + 1, if τ + 1 ≤ T, by the hypothesis with this name."""
        learnt = self.learn(time, lambda: [Fact(name)], until)
        return [*learnt, *(self.learn([time, 1], lambda: [Fact(name)], "state") if until == "step" else [])]

    def learn(self, time: Json, why: Callable[[], list[Fact]], until: str) -> list[UsableFact]:
        """Learn them at one time, for which a fact shows that it is in the run."""
        learnt = []
        for name, said in self.assumed:
            if said.until == "step" and (until != "step" or isinstance(time, list)):
                continue
            claim = self._at(name, said, time, why)
            self.prover.learn(claim)
            learnt.append(claim)
        return learnt

    def _at(self, name: str, said: Said, time: Json, why: Callable[[], list[Fact]]) -> UsableFact:
        left, right = (self.prover.algebra.renamed(side, {"t": time}) for side in (said.left, said.right))
        others = tuple(v for v in said.variables if v != "t" and v not in said.loose)

        def made() -> Fact:
            low, _, high = before(time, said.until)["say"]
            inside = self.prover.combine(low, "<=", high, [{"use": fact.ref} for fact in why()])
            fact = Fact(name)(time, *others, given=[inside])
            return self.prover.combine(left, said.relation, right, [{"use": fact.ref}], variables=others)

        return UsableFact(left, said.relation, right, made, f"hypothesis “{name}” at time {_shown(time)}", others)

    # ---------------------------------------------------------------------------------------------------- induction
    def induced(self) -> Fact | None:
        """The conclusion by induction over its time, as long as the run lasts."""
        goal, prover = self.attempt.goal, self.prover
        time = next((v for v in ("t", LAST) if v in goal.variables and v in str([goal.left, goal.right])), None)
        if time is None or goal.until == "step":
            return None
        others = tuple(v for v in goal.variables if v not in (time, LAST))
        tau = "t3"

        def at(moment: Json) -> tuple[Json, Json]:
            put = {time: moment}
            return prover.algebra.renamed(goal.left, put), prover.algebra.renamed(goal.right, put)

        def formula(moment: Json) -> dict[str, Json]:
            left, right = at(moment)
            here: dict[str, Json] = {"say": [left, goal.relation, right], "if": [before(moment, "state")]}
            return here | ({"all": list(others)} if others else {})

        def closed(moment: Json, fact: Fact) -> Fact:
            left, right = at(moment)
            return prover.combine(
                left,
                goal.relation,
                right,
                [{"use": fact.ref}],
                variables=others,
                premises=[before(moment, "state")],
            )

        start = prover.prove(at(0)[0], goal.relation, at(0)[1])
        if start is None:
            return None
        count = len(self.attempt.proof.data["steps"])
        prover.hypothesis(f"before {count}", formula(tau), "the induction hypothesis")
        inside = prover.hypothesis(f"inside {count}", before([tau, 1], "state"), "the run goes on")
        kept, said = list(prover.claims), set(prover._said)
        left, right = at(tau)

        def known() -> Fact:
            weak = prover.combine(["num", tau], "<=", ["num", LAST], [{"use": inside.fact().ref}])
            fact = Fact(f"before {count}")(*others, given=[weak])
            return prover.combine(left, goal.relation, right, [{"use": fact.ref}], variables=others)

        earlier = UsableFact(left, goal.relation, right, known, "the induction hypothesis", others)
        here = UsableFact(left, goal.relation, right, lambda: earlier.fact(others), "the induction hypothesis")
        prover.learn(earlier, here)
        self._learn_until(tau, "step", f"inside {count}")
        onward = prover.prove(at([tau, 1])[0], goal.relation, at([tau, 1])[1])
        new = [claim for claim in prover.claims if claim not in kept]
        prover.claims, prover._said = kept, said
        for claim in new:
            prover.signs.forget(claim)
        prover._scalars.clear()
        if onward is None:
            return None
        done = self.attempt.proof.step(
            prover.name(),
            "induction",
            "by induction over the steps of the run",
            var=tau,
            goals=[self.attempt.proof._unhidden(formula(tau), frozenset(), {})],
            base=[closed(0, start).ref],
            step=[closed([tau, 1], onward).ref],
        )
        items = [{"use": "until"}] if time == "t" else []
        weak = prover.combine(["num", time], "<=", ["num", LAST], items)
        return done(time, *others, given=[weak])


def _shown(time: Json) -> str:
    return f"{time[0]} + {time[1]}" if isinstance(time, list) else str(time)


__all__ = ["Along"]
