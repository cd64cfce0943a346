"""A verdict is computed, never typed: pure functions of what was recorded."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from fa_theory.record.evidence import REFUTING, CheckResult, Evidence, MutantResult, Result

STRENGTH = (Result.SUPPORTED, Result.ENCLOSED, Result.DERIVED, Result.KERNEL_CHECKED)
"""The results that establish something, weakest first."""
_OPEN = (Result.NOT_RUN, Result.VACUOUS, Result.UNDECIDED)
_WORST_FIRST = (*REFUTING, *_OPEN, *STRENGTH)


def decide(
    evidence: Sequence[Evidence],
    mutants: Sequence[MutantResult],
    cases: Sequence[CheckResult],
    *,
    expects_refutation: bool = False,
) -> tuple[Result, str]:
    """Return the verdict on a claim and the reason for it in one sentence.

    A refutation by any procedure counts. Otherwise everything must have run and be decided, and all mutants must be
    refuted; then the verdict is the weakest result among the procedures that settle the claim, unless the kernel of
    Coq accepts a theorem that states the whole claim. An expected refutation also requires that all mutants are
    refuted.

    Parameters
    ----------
    evidence
        One entry per procedure.
    mutants
        The wrong versions of the claim.
    cases
        Degenerate cases and the non-vacuity witness.
    expects_refutation
        Whether the claim carries an erratum.
    """
    worst = min(evidence, key=lambda e: _WORST_FIRST.index(e.result))
    if worst.result not in STRENGTH and not (worst.result in REFUTING and expects_refutation):
        return worst.result, worst.says
    for mutant in mutants:
        if not mutant.refuted:
            return Result.UNDECIDED, f"the mutant {mutant.name!r} was not refuted: {mutant.detail}"
    for case in cases:
        if not case.holds:
            return Result.UNDECIDED, f"the check {case.name!r} does not hold: {case.detail}"
    if worst.result in REFUTING:
        return worst.result, worst.says
    # a theorem of the library states the whole claim, the document of a proof what one procedure shows
    kernel = next((e for e in evidence if e.settles and e.result is Result.KERNEL_CHECKED and not e.artefacts), None)
    if kernel is not None:
        return kernel.result, kernel.says
    # of equal results, the one that shows the smallest probability, if any is about one
    weakest = min(
        (e for e in evidence if e.settles),
        key=lambda e: (STRENGTH.index(e.result), 1.0 if e.reached is None else e.reached),
    )
    return weakest.result, weakest.says


def established(verdict: Result, *, expects_refutation: bool) -> bool:
    """Whether a verdict is the one expected from the declaration of the claim."""
    return verdict in REFUTING if expects_refutation else verdict in STRENGTH


def reached(evidence: Iterable[Evidence]) -> float | None:
    """The probability shown by all procedures that settle a claim; None if none of them is about a probability."""
    return min((e.reached for e in evidence if e.settles and e.reached is not None), default=None)


def reaches(stated: float | None, found: float | None) -> bool:
    """Whether the probability that a claim states has been shown.

    Examples
    --------
    >>> reaches(0.95, 0.67), reaches(0.95, 0.96), reaches(None, None), reaches(0.95, None)
    (False, True, True, False)
    """
    return stated is None or (found is not None and found >= stated)


def complete(settled: Mapping[str, bool], uses: Mapping[str, Iterable[str]]) -> dict[str, bool]:
    """Whether each claim and everything it uses, directly or not, is settled; a claim not in this run counts as not.

    Examples
    --------
    >>> complete({"a": True, "b": False, "c": True}, {"a": [], "b": ["a"], "c": ["b"]})
    {'a': True, 'b': False, 'c': False}
    """
    known: dict[str, bool] = {}

    def visit(id: str) -> bool:
        if id not in known:
            known[id] = settled.get(id, False) and all(visit(other) for other in uses.get(id, ()))
        return known[id]

    return {id: visit(id) for id in settled}


def exit_code(verdicts: Iterable[tuple[Result, bool]], *, crashed: bool = False) -> int:
    """Exit code of a run from (verdict, refutation expected) pairs.

    2 if a task crashed; 1 if something was falsified or contradicted, or an expected refutation does not succeed; 3 if
    something is undecided, vacuous or was not run; 0 otherwise.

    Examples
    --------
    >>> exit_code([(Result.DERIVED, False), (Result.FALSIFIED, True)]), exit_code([(Result.SUPPORTED, True)])
    (0, 1)
    """
    pairs = list(verdicts)
    if crashed:
        return 2
    if any((verdict in REFUTING) != expected for verdict, expected in pairs):
        return 1
    return 3 if any(verdict in _OPEN for verdict, _ in pairs) else 0
