"""Checking a derivation: every step in both ways, and that the steps join up to what is claimed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import sympy

from .chain import Induction, Part, Step, sides
from .equation import Equation, heads
from .exact import agree
from .inequality import LEMMAS, KnownInequality, Summed, nonnegative
from .normal import normal_form
from .notation import Expr, Mean
from .render import text


@dataclass(frozen=True)
class StepReport:
    """What the two checks say of one step."""

    reason: str
    ok_normal_form: bool
    ok_exact: bool
    detail: str = ""

    @property
    def ok(self) -> bool:
        """Whether both checks accept the step."""
        return self.ok_normal_form and self.ok_exact


@dataclass(frozen=True)
class DerivationReport:
    """What the checks say of a whole derivation.

    Attributes
    ----------
    steps
        One report per step.
    joints
        One report per place where steps must join up: ends of chains, inductions, derivations built upon.
    error_probability
        Upper bound on the probability that the exact check alone passes one given false identity at one size.
    points, sizes
        Random points per size, and the sizes (n, d, p) tried.
    """

    title: str
    steps: tuple[StepReport, ...]
    joints: tuple[StepReport, ...]
    error_probability: float
    points: int
    sizes: tuple[tuple[int, int, int], ...]

    @property
    def ok(self) -> bool:
        """Whether every step and every joint holds."""
        return not self.failures

    @property
    def failures(self) -> tuple[StepReport, ...]:
        """The steps and joints that do not hold."""
        return tuple(report for report in (*self.steps, *self.joints) if not report.ok)

    def in_words(self, step: StepReport) -> str:
        """One line on one step."""
        if step.ok:
            return f"normal form ✓ · exact at {len(self.sizes)} sizes × {self.points} points ✓"
        return f"refuted: {step.detail}"


class Facts:
    """What a step may use: given equations and inequalities, and the conclusions of parts that come before it."""

    def __init__(self, rules: Iterable[Equation], hypotheses: Iterable[KnownInequality]) -> None:
        rules = tuple(rules)
        self._means: dict[str, set[str]] = {}
        """What stands in the definition of each symbol and tensor."""
        for rule in rules:
            self._means[rule.head] = not_averaged(rule.right)
        self.equations = {sides(rule) for rule in rules}
        self.inequalities = {sides(hypothesis) for hypothesis in hypotheses}

    def add(self, part: Part) -> None:
        """From now on the conclusion of a part may be used."""
        self.inequalities.add(sides(part))
        if part.relation == "=":
            self.equations.add(sides(part))

    def random_unawares(self, before: Expr, step: Step) -> str:
        """What stands inside a mean and is random by its definition, of which the step makes no use, or "".

        Both checks take all that is not listed as random for fixed, and look into definitions only as they are used.
        """
        used = {rule.head for rule in step.using}
        for mean in before.atoms(Mean) | step.after.atoms(Mean):
            random = averaged(mean)
            for name in sorted(self._behind(heads(mean.args[0]), used) - used - random):
                if self._behind({name}, set(self._means)) & random:
                    return f"takes {name} for fixed inside a mean, but its definition is random; use it in the step"
        return ""

    def _behind(self, names: set[str], opened: set[str]) -> set[str]:
        """Names, and all that stands behind them in the definitions that are opened."""
        found, waiting = set[str](), list(names)
        while waiting:
            name = waiting.pop()
            if name not in found:
                found.add(name)
                waiting += self._means.get(name, set()) if name in opened else ()
        return found

    def objection(self, before: Expr, step: Step) -> str:
        """What the step uses without right, or ""."""
        if unawares := self.random_unawares(before, step):
            return unawares
        for rule in step.using:
            if sides(rule) not in self.equations:
                return f"uses “{rule.words}”, which is neither given nor derived before"
        for multiplier, used in step.because:
            inequality = used.each if isinstance(used, Summed) else used
            if not isinstance(inequality, LEMMAS) and sides(inequality) not in self.inequalities:
                return f"uses “{inequality.words}”, which is neither given nor derived before"
            if not nonnegative(multiplier):
                return f"multiplies “{inequality.words}” by {text(multiplier)}, which is not visibly non-negative"
        return ""


def averaged(mean: Mean) -> set[str]:
    """Names of the tensors that a mean is over."""
    return {str(tensor.label) for tensors in mean.args[1:] for tensor in tensors}


def not_averaged(expr: Expr) -> set[str]:
    """Names of all symbols and tensors that occur in a formula, but for those that a mean around them is over."""
    if isinstance(expr, Mean):
        return not_averaged(expr.args[0]) - averaged(expr)
    if isinstance(expr, sympy.Indexed | sympy.Symbol | sympy.Idx):
        return heads(expr)
    return set[str]().union(*(not_averaged(part) for part in expr.args))


def check_step(before: Expr, step: Step, facts: Facts, **how: Any) -> tuple[StepReport, float]:
    """Check one step in both ways; also return the error probability of the exact check."""
    # For an inequality the identity to check is: after = before + Σ multiplier · (upper − lower).
    gain = sum((m * (inequality.upper - inequality.lower) for m, inequality in step.because), sympy.S.Zero)
    left, right = before + gain, step.after
    objection = facts.objection(before, step)
    difference = normal_form(left - right, step.using)
    exact = agree(left, right, step.using, **how)
    said = [objection] if objection else []
    if difference:
        said.append(f"normal forms differ in {len(difference)} term{'s' if len(difference) > 1 else ''}")
    if exact.counterexample:
        said.append(exact.counterexample)
    report = StepReport(step.reason, not difference and not objection, exact.ok and not objection, "; ".join(said))
    return report, exact.error_probability if exact.ok else 0.0


def check_end(part: Part) -> StepReport:
    """Check that a chain arrives at the right side of its claim."""
    end = part.steps[-1].after
    gap = "" if end == part.right else f"it ends at {text(end)} and not at {text(part.right)}"
    return StepReport(f"the chain “{part.words}” ends at its claim", not gap, not gap, gap)


def check_inductions(
    inductions: Sequence[Induction], parts: Sequence[Part], rules: Iterable[Equation]
) -> Iterator[StepReport]:
    """Check that hypothesis, start and step of each induction fit, and that no start rests on what is to be proved."""
    assumed = {sides(induction.hypothesis) for induction in inductions}
    given = {sides(rule) for rule in rules} - assumed
    for induction in inductions:
        gap = ""
        for place, names, when in (
            (induction.base, induction.start, "0"),
            (induction.step, induction.following, "t+1"),
        ):
            renamed = tuple(side.xreplace(names) for side in sides(induction.hypothesis))
            if renamed != sides(parts[place]):
                gap = f"the hypothesis at time {when} is not what part {place + 1} concludes"
        for step in parts[induction.base].steps:
            loose = [rule.words for rule in step.using if sides(rule) not in given]
            loose += [fact.words for _, fact in step.because if not isinstance(fact, LEMMAS)]
            if loose:
                gap = f"the start of the induction uses “{loose[0]}”, which is not a definition or a lemma"
        yield StepReport(f"induction: {induction.words}", not gap, not gap, gap)
