"""Checking a statement for all networks: a short attack, an attempt at a proof, and then the full attack."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import msgspec

from fa_theory.checker.decimals import above
from fa_theory.conjectures import prove
from fa_theory.conjectures.language import effort
from fa_theory.conjectures.language.declare import Conjecture
from fa_theory.conjectures.language.exact import within
from fa_theory.conjectures.language.networks import Networks
from fa_theory.conjectures.language.snippet import formulas, lines, snippet
from fa_theory.conjectures.search import Attack, Search, Violation
from fa_theory.conjectures.search.record import SampleCounts
from fa_theory.conjectures.shrink.certify import certify_counterexample
from fa_theory.conjectures.shrink.shrink import shrink
from fa_theory.record.evidence import Method
from fa_theory.record.table import Table
from fa_theory.statistics.binomial import Proportion

from .outcome import ConjectureOutcome, ConjectureVerdict
from .progress import CheckProgress
from .second_look import BITS, DIGITS, SecondLook, second_look
from .witness import witness
from .work import Work

Found = dict[str, Any]
"""The fields of an outcome that a certified counterexample or a proof changes."""

CONFIDENCE = 0.99
WARM_UP = 0.05
"""Share of the budget for a first attack, before a proof is attempted."""
PROOF_SHARE = 0.25
"""Most of the budget that the attempt at a proof may take."""
SHRINK_SHARE = 0.25
"""Most of the budget that one shrinking may take."""
LOOKS = 40
"""Number of violations within rounding that are examined."""


def settle_for_all(conjecture: Conjecture, start: ConjectureOutcome, work: Work) -> ConjectureOutcome:
    """Check a conjecture for all networks of its domain."""
    search = CounterexampleSearch(conjecture, work)
    found = search.until(work.at(WARM_UP)) or _proved(conjecture, search) or search.until(work.at(1))
    outcome = attacked(start, search.attack)
    return msgspec.structs.replace(outcome, **found) if found else survived(outcome, search)


def _proved(conjecture: Conjecture, search: CounterexampleSearch) -> Found | None:
    """The fields that a proof changes in an outcome, if there is one and a network that satisfies the hypotheses."""
    search.notify("looking for a proof")
    proof = prove.attempt(conjecture, deadline=search.work.at(WARM_UP + PROOF_SHARE))
    if proof is None or (proof.conditions and defined(search.attack.law) == 0):
        return None  # a statement that is undefined is not proved either
    if search.attack.where is None:  # so far no network satisfies the hypotheses with a defined conclusion
        found = search.until(search.work.at(1), enough=lambda: search.attack.where is not None)
        if found or search.attack.where is None:
            return found
    met, kept = "", []
    if conjecture.hypotheses:
        search.notify("looking for a network that satisfies the hypotheses")
        limit = effort.now() + SHRINK_SHARE * search.work.budget
        met_by = witness(conjecture, search.attack.where, deadline=limit)
        if met_by is None:
            why = "it follows from the hypotheses, but no network was certified to satisfy them"
            return {"verdict": ConjectureVerdict.UNDECIDED, "why": why}
        network, document = met_by
        met = f"the hypotheses hold for a network with n·d·p = {network.shape.size}, which the checker accepts"
        kept = [f"{met}: {search.work.keep(document, 'witnesses')}"]
    return {
        "documents": [str(search.work.keep(document, "proofs")) for document in proof.documents],
        "verdict": ConjectureVerdict.PROVED,
        "method": Method.ENCLOSURE if proof.method == "boxes" else Method.SYMBOLIC,
        "why": f"by {proof.method}: {proof.says}",
        "proof": [(proof.latex, "; ".join(filter(None, [proof.how, *proof.lemmas, proof.trial, met])))],
        "shown": [*proof.lines, *kept],
    }


class CounterexampleSearch:
    """The attack on a conjecture, in which every violation is shrunk and certified as soon as it is found."""

    def __init__(self, conjecture: Conjecture, work: Work) -> None:
        self.conjecture, self.work = conjecture, work
        self._search = Search(conjecture, rng=work.rng("attack"))
        self.seen: Counter[SecondLook] = Counter()
        """Results in balls for the violations that could not be certified."""

    @property
    def attack(self) -> Attack:
        """The results of the attack so far."""
        return self._search.attack

    def notify(self, phase: str) -> None:
        """Report progress."""
        attack = self.attack
        self.work.notify(CheckProgress(phase, attack.n_trials, smallest(attack), self.work.fraction))

    def until(self, deadline: float, *, enough: Callable[[], bool] | None = None) -> Found | None:
        """Attack until a deadline, or until it is enough; the fields for a certified counterexample, or None."""
        for violation in self._search.violations(
            deadline=deadline, notify=lambda p: self.notify(f"attacking ({p.source})"), enough=enough
        ):
            if violation.tied and self.seen.total() >= LOOKS:
                continue
            if violation.tied and self.conjecture.has_limits:
                self.seen[SecondLook.UNKNOWN] += 1  # no enclosure of a limit is that narrow
                continue
            certified = self._certified(violation)
            if certified is not None:
                return certified
            self.seen[second_look(self.conjecture, violation.network)] += 1
        return None

    def _certified(self, violation: Violation) -> Found | None:
        document = certify_counterexample(self.conjecture, violation.network)
        if document is None and violation.tied:
            return None
        self.notify("shrinking")
        limit = effort.now() + SHRINK_SHARE * self.work.budget
        network: Networks = shrink(self.conjecture, violation.network, deadline=limit)
        smaller = certify_counterexample(self.conjecture, network)
        if smaller is None:
            network = violation.network
        document = smaller or document
        if document is None:
            return None
        path = self.work.keep(document, "counterexamples")
        instance = within(self.conjecture.domain, network)
        script = self.work.write(path.with_suffix(".py"), snippet(self.conjecture, instance))
        return {
            "verdict": ConjectureVerdict.FALSIFIED,
            "method": Method.ENCLOSURE,
            "why": f"a counterexample with n·d·p = {network.shape.size}, which the checker accepts",
            "counterexample": str(path),
            "snippet": str(script),
            "shown": lines(self.conjecture, instance),
            "formulas": formulas(instance),
            "size": network.shape.size,
            "first_violation_seconds": violation.seconds,
        }


def smallest(attack: Attack) -> float | None:
    """Smallest margin of an attack, if any network satisfied the hypotheses."""
    return attack.smallest if attack.where is not None else None


def attacked(start: ConjectureOutcome, attack: Attack) -> ConjectureOutcome:
    """The outcome with the counts of an attack."""
    law = attack.law
    rows: list[list[str | int | float | bool | None]] = [[name, count] for name, count in attack.sources.most_common()]
    return msgspec.structs.replace(
        start,
        margin=smallest(attack),
        n_trials=attack.n_trials,
        n_law=defined(law),
        acceptance=law.accepted / law.drawn if law.drawn else None,
        tables=[Table(caption="The attack: networks evaluated, by source", columns=["source", "networks"], rows=rows)],
    )


def defined(law: SampleCounts) -> int:
    """A lower bound on the number of draws with a margin."""
    return max(law.failing, law.accepted - law.undefined)


def _failing(outcome: ConjectureOutcome, law: SampleCounts) -> ConjectureOutcome:
    """With the interval of the probability that the conclusion fails, if there were draws."""
    if not defined(law):
        return outcome
    return msgspec.structs.replace(
        outcome,
        interval=(0.0, Proportion(law.failing, defined(law), CONFIDENCE).upper),
        confidence=CONFIDENCE,
        quantity="probability that the conclusion fails, under the distribution of the domain",
    )


def survived(outcome: ConjectureOutcome, search: CounterexampleSearch) -> ConjectureOutcome:
    """The outcome of a conjecture that was not refuted."""
    attack, law = search.attack, search.attack.law
    drawn = f"{law.drawn:,} networks drawn from its distribution"
    if attack.where is None:
        tried = f"none of {attack.n_trials:,} networks"
        why = f"{tried} satisfies the hypotheses with a defined conclusion, so nothing was tested"
        return msgspec.structs.replace(outcome, verdict=ConjectureVerdict.VACUOUS, why=why)
    unknown = search.seen[SecondLook.UNKNOWN]
    if unknown and (defined(law) > 0 or not law.drawn):
        by = "whose limits could not be enclosed" if search.conjecture.has_limits else f"undecided with {BITS} bits"
        why = f"{unknown} violations in floats, {by}"
        return msgspec.structs.replace(_failing(outcome, law), verdict=ConjectureVerdict.UNDECIDED, why=why)
    if defined(law) == 0:
        if search.seen[SecondLook.OUTSIDE] or second_look(search.conjecture, attack.where) is SecondLook.OUTSIDE:
            why = f"the hypotheses hold for none of {drawn}, and elsewhere only within rounding; nothing was tested"
            return msgspec.structs.replace(outcome, verdict=ConjectureVerdict.VACUOUS, why=why)
        why = f"none of {drawn} satisfies the hypotheses and has a margin; {attack.accepted:,} others satisfy it"
        return msgspec.structs.replace(outcome, verdict=ConjectureVerdict.UNDECIDED, why=why)
    outcome = _failing(outcome, law)
    rate = Proportion(law.failing, defined(law), CONFIDENCE)
    equal = (
        f"; both sides agree to {DIGITS} digits for {search.seen[SecondLook.EQUAL]}"
        if search.seen[SecondLook.EQUAL]
        else ""
    )
    why = (
        f"no violation among {attack.accepted:,} networks{equal}; it fails with probability at most "
        f"{above(rate.upper, 2)} ({CONFIDENCE:.0%} confidence, N = {defined(law):,})"
    )
    if law.undefined:
        why += f"; omitted: {law.undefined:,} networks without a margin, whose run overflows or has no limit"
    return msgspec.structs.replace(outcome, verdict=ConjectureVerdict.SUPPORTED, why=why)
