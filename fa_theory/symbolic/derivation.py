"""Derivations: chains of steps, each with a reason in words and two independent machine checks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import sympy

from .exact import POINTS, SIZES_TRIED, agree
from .inequality import LEMMAS, Hypothesis, Inequality, Summed, nonnegative
from .normal import normal_form
from .notation import Expr
from .render import latex, text
from .rule import Rule, by_head


@dataclass(frozen=True)
class Step:
    """One link of a chain: what precedes it equals ``after`` (or is at most ``after``).

    Attributes
    ----------
    after
        The formula the step arrives at.
    reason
        Why, in words.
    using
        The equations the step uses. The checks know no others: a step whose reason is incomplete fails.
    because
        For an inequality: pairs (non-negative multiplier, inequality); see `fa_theory.symbolic.inequality`.
    """

    after: Expr
    reason: str
    using: tuple[Rule, ...] = ()
    because: tuple[tuple[Expr, Inequality], ...] = ()

    @property
    def relation(self) -> str:
        return "≤" if self.because else "="


@dataclass(frozen=True)
class Part:
    """A chain from ``left`` to ``right``; its conclusion is ``left = right``, or ``left ≤ right`` if a step says ≤."""

    words: str
    left: Expr
    right: Expr
    steps: tuple[Step, ...]

    @property
    def relation(self) -> str:
        return "≤" if any(step.because for step in self.steps) else "="

    def rule(self) -> Rule:
        """The conclusion, for use in later parts: an equation."""
        return Rule(self.left, self.right, self.words)

    def inequality(self) -> Hypothesis:
        """The conclusion, for use in later parts: an inequality."""
        return Hypothesis(self.left, self.right, self.words)

    def links(self) -> Iterator[tuple[Expr, Step]]:
        """Every step with the formula it starts from, so that there is no gap between steps."""
        before = self.left
        for step in self.steps:
            yield before, step
            before = step.after


@dataclass(frozen=True)
class Induction:
    """``hypothesis`` holds at every time t, because ``base`` and ``step`` (conclusions of parts) say so.

    Attributes
    ----------
    words
        The conclusion.
    hypothesis
        What is claimed at time t: a rule or a hypothesis that the part ``step`` uses.
    base, step
        Indices of the parts that conclude it at time 0 and, from time t, at time t + 1.
    start, following
        How the quantities at time t are called at time 0 and at time t + 1. Renamed so, the hypothesis must be
        exactly what the two parts conclude; this is checked.
    """

    words: str
    hypothesis: Rule | Hypothesis
    base: int
    step: int
    start: dict[Expr, Expr] = field(hash=False)
    following: dict[Expr, Expr] = field(hash=False)

    def gap(self, parts: Sequence[Part]) -> str:
        """What does not fit, or ""."""
        for place, renaming, when in ((self.base, self.start, "0"), (self.step, self.following, "t+1")):
            sides = tuple(side.xreplace(renaming) for side in _sides(self.hypothesis))
            if sides != _sides(parts[place]):
                return f"the hypothesis at time {when} is not what part {place + 1} concludes"
        used = {fact for step in parts[self.base].steps for fact in (*step.using, *(f for _, f in step.because))}
        return "the start of the induction uses its hypothesis" if self.hypothesis in used else ""


@dataclass(frozen=True)
class StepReport:
    """What the two checks say of one step."""

    reason: str
    ok_normal_form: bool
    ok_exact: bool
    detail: str = ""

    @property
    def ok(self) -> bool:
        return self.ok_normal_form and self.ok_exact


@dataclass(frozen=True)
class DerivationReport:
    """What the checks say of a whole derivation.

    Attributes
    ----------
    steps
        One report per step, then one per place where the steps must join up.
    error_probability
        Upper bound on the probability that the exact check alone passes one given false identity at one size.
    points, sizes
        Random points per size, and the sizes (n, d, p) tried.
    """

    title: str
    steps: tuple[StepReport, ...]
    error_probability: float
    points: int
    sizes: tuple[tuple[int, int, int], ...]

    @property
    def ok(self) -> bool:
        return all(step.ok for step in self.steps)

    @property
    def failures(self) -> tuple[StepReport, ...]:
        return tuple(step for step in self.steps if not step.ok)


@dataclass(frozen=True)
class Derivation:
    """A statement about all n, d, p, and the chains of steps that derive it.

    Attributes
    ----------
    title, statement
        In words; ``$…$`` holds LaTeX. The formulas of the conclusions are printed from `parts`, never typed.
    rules
        The definitions and hypotheses that are equations; together they can always be satisfied (`by_head`).
    parts
        The chains. A part may use the conclusions of earlier parts.
    hypotheses
        The hypotheses that are inequalities.
    inductions
        Which parts together prove a statement for all times.
    builds_on
        Derivations whose rules and conclusions are used; they are checked too.
    sizes
        The sizes (n, d, p) at which `check` evaluates exactly; p must be a square where √p occurs.

    Raises
    ------
    InputError
        If rules contradict each other or are circular.

    Examples
    --------
    >>> from fa_theory.symbolic.notation import X, Psi, i, j, k, total, y
    >>> K = sympy.IndexedBase("K")
    >>> gram = Rule(K[i, j], total(X[i, k] * X[j, k], k), "definition of K")
    >>> square = total(total(X[i, k] * y[i], i) ** 2, k)
    >>> form = total(K[i, j] * y[i] * y[j], i, j)
    >>> chain = Part("a Gram matrix gives squares", form, square, (Step(square, "collect the square", (gram,)),))
    >>> derivation = Derivation("Gram", "Gram matrices are positive semi-definite.", (gram,), (chain,))
    >>> derivation.check().ok
    True
    >>> derivation.with_rule(Rule(K[i, j], -gram.right, "a wrong sign")).check().steps[0].detail
    'normal forms differ in 1 term; the sides differ at n=1, d=1, p=1'
    """

    title: str
    statement: str
    rules: tuple[Rule, ...]
    parts: tuple[Part, ...]
    hypotheses: tuple[Hypothesis, ...] = ()
    inductions: tuple[Induction, ...] = ()
    builds_on: tuple[Derivation, ...] = ()
    sizes: tuple[tuple[int, int, int], ...] = SIZES_TRIED

    def __post_init__(self) -> None:
        by_head(self.known_rules())

    def known_rules(self) -> tuple[Rule, ...]:
        """Own definitions and hypotheses, and those of the derivations this one builds on."""
        inherited = (rule for derivation in self.builds_on for rule in derivation.known_rules())
        return tuple(dict.fromkeys((*inherited, *self.rules)))

    def check(self, seed: int = 0, points: int = POINTS) -> DerivationReport:
        """Check every step in both ways, and that the steps join up to the conclusions.

        Parameters
        ----------
        seed
            Where the random points of the exact check come from.
        points
            Random points per size.
        """
        reports: list[StepReport] = []
        chance = 0.0
        for derivation in self.builds_on:
            earlier = derivation.check(seed, points)
            chance = max(chance, earlier.error_probability)
            reports.append(StepReport(f"“{derivation.title}” is derived", earlier.ok, earlier.ok))
        facts = _Facts.of(self)
        for part in self.parts:
            for before, step in part.links():
                report, error = _check_step(before, step, facts, {"seed": seed, "points": points, "sizes": self.sizes})
                reports.append(report)
                chance = max(chance, error)
            end = part.steps[-1].after if part.steps else part.left
            if end != part.right:
                gap = f"it ends at {text(end)} and not at {text(part.right)}"
                reports.append(StepReport(f"the chain “{part.words}” ends at its claim", False, False, gap))
            facts = facts.and_part(part)
        for induction in self.inductions:
            gap = induction.gap(self.parts)
            reports.append(StepReport(f"induction: {induction.words}", not gap, not gap, gap))
        return DerivationReport(self.title, tuple(reports), chance, points, self.sizes)

    def with_rule(self, rule: Rule) -> Derivation:
        """The same derivation with another rule for the same thing; used to make mutants."""
        (old,) = (known for known in self.rules if known.head == rule.head)

        def swap(rules: tuple[Rule, ...]) -> tuple[Rule, ...]:
            return tuple(rule if known == old else known for known in rules)

        parts = tuple(
            replace(part, steps=tuple(replace(step, using=swap(step.using)) for step in part.steps))
            for part in self.parts
        )
        return replace(self, rules=swap(self.rules), parts=parts)

    def with_end(self, right: Expr, part: int = -1) -> Derivation:
        """The same derivation with another conclusion of one part; used to make mutants."""
        parts = list(self.parts)
        *steps, last = parts[part].steps
        parts[part] = replace(parts[part], right=right, steps=(*steps, replace(last, after=right)))
        return replace(self, parts=tuple(parts))

    def rows(self, report: DerivationReport | None = None) -> list[dict[str, str]]:
        """One row per step: ``latex``, ``text``, ``reason``, and what the ``checks`` said.

        Parameters
        ----------
        report
            What `check` returned; without it the derivation is checked now.
        """
        report = report or self.check()
        said = iter(report.steps[len(self.builds_on) :])
        rows = []
        for part in self.parts:
            for number, (before, step) in enumerate(part.links()):
                result = next(said)
                rows.append(
                    {
                        "latex": (latex(before) + " " if number == 0 else "{}")
                        + {"=": "= ", "≤": r"\le "}[step.relation]
                        + latex(step.after),
                        "text": (text(before) + " " if number == 0 else "") + step.relation + " " + text(step.after),
                        "reason": step.reason,
                        "checks": _in_words(result, report),
                    }
                )
            if any(not step.ok and step.reason.startswith(f"the chain “{part.words}”") for step in report.steps):
                next(said)
        return rows

    def to_latex(self) -> str:
        """The whole derivation as LaTeX (packages amsmath, amssymb); the same text every time."""
        lines = [rf"\paragraph{{{self.title}.}} {self.statement}"]
        if self.rules or self.hypotheses:
            given = [f"{latex(rule.left)} &= {latex(rule.right)} && \\text{{{rule.words}}}" for rule in self.rules]
            given += [rf"{latex(h.lower)} &\le {latex(h.upper)} && \text{{{h.words}}}" for h in self.hypotheses]
            lines += ["Given:", *_align(" \\\\\n".join(given))]
        for part in self.parts:
            lines.append(rf"\emph{{{part.words[0].upper()}{part.words[1:]}.}}")
            body = latex(part.left)
            for step in part.steps:
                relation = {"=": "=", "≤": r"\le"}[step.relation]
                body += f"\n  &{relation} {latex(step.after)} \\\\\n\\intertext{{\\footnotesize\\quad({step.reason})}}"
            lines += _align(body if part.steps else f"{latex(part.left)} &= {latex(part.right)}")
        lines += [rf"\emph{{By induction:}} {induction.words}." for induction in self.inductions]
        return "\n".join(lines) + "\n"

    def to_text(self) -> str:
        """The whole derivation as plain text, for a terminal."""
        lines = [self.title, self.statement, "given"]
        lines += [f"  {text(rule.left)} = {text(rule.right)}   [{rule.words}]" for rule in self.rules]
        lines += [f"  {text(h.lower)} ≤ {text(h.upper)}   [{h.words}]" for h in self.hypotheses]
        for part in self.parts:
            lines += [part.words, f"  {text(part.left)}"]
            lines += [f"  {step.relation} {text(step.after)}   [{step.reason}]" for step in part.steps]
        lines += [f"by induction: {induction.words}" for induction in self.inductions]
        return "\n".join(lines) + "\n"


@dataclass(frozen=True)
class _Facts:
    """What a step may use: equations and inequalities, as pairs of sides."""

    equations: frozenset[tuple[Expr, Expr]]
    inequalities: frozenset[tuple[Expr, Expr]]

    @classmethod
    def of(cls, derivation: Derivation) -> _Facts:
        facts = cls(
            frozenset(_sides(rule) for rule in derivation.known_rules()),
            frozenset(_sides(hypothesis) for hypothesis in derivation.hypotheses),
        )
        for earlier in derivation.builds_on:
            for part in earlier.parts:
                facts = facts.and_part(part)
        return facts

    def and_part(self, part: Part) -> _Facts:
        new = frozenset({_sides(part)})
        equations = self.equations | new if part.relation == "=" else self.equations
        return _Facts(equations, self.inequalities | new)

    def missing(self, step: Step) -> str:
        """What the step uses without right, or ""."""
        for rule in step.using:
            if _sides(rule) not in self.equations:
                return f"uses “{rule.words}”, which is neither given nor derived before"
        for multiplier, used in step.because:
            inequality = used.each if isinstance(used, Summed) else used
            if not isinstance(inequality, LEMMAS) and _sides(inequality) not in self.inequalities:
                return f"uses “{inequality.words}”, which is neither given nor derived before"
            if not nonnegative(multiplier):
                return f"multiplies “{inequality.words}” by {text(multiplier)}, which is not visibly non-negative"
        return ""


def _sides(fact: Any) -> tuple[Expr, Expr]:
    return (fact.left, fact.right) if isinstance(fact, Rule | Part) else (fact.lower, fact.upper)


def _check_step(before: Expr, step: Step, facts: _Facts, how: dict[str, Any]) -> tuple[StepReport, float]:
    # For an inequality the identity to check is: after = before + Σ multiplier · (upper − lower).
    gain = sum((m * (inequality.upper - inequality.lower) for m, inequality in step.because), sympy.S.Zero)
    left, right = before + gain, step.after
    missing = facts.missing(step)
    difference = normal_form(left - right, step.using)
    exact = agree(left, right, step.using, **how)
    said = [missing] if missing else []
    if difference:
        said.append(f"normal forms differ in {len(difference)} term{'s' if len(difference) > 1 else ''}")
    if exact.counterexample:
        said.append(exact.counterexample)
    report = StepReport(step.reason, not difference and not missing, exact.ok and not missing, "; ".join(said))
    return report, exact.error_probability if exact.ok else 0.0


def _in_words(result: StepReport, report: DerivationReport) -> str:
    if result.ok:
        return f"normal form ✓ · exact at {len(report.sizes)} sizes × {report.points} points ✓"
    return f"refuted: {result.detail}"


def _align(body: str) -> list[str]:
    return [r"\begin{align*}", body, r"\end{align*}"]
