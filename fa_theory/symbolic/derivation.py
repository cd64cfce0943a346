"""Derivations: chains of steps, each with a reason in words and two independent machine checks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from fa_theory.shown import displayed_by

from .chain import Induction, Part, Step
from .checking import DerivationReport, Facts, StepReport, check_end, check_inductions, check_step
from .equation import Equation, by_head
from .exact import POINTS, SIZES_TRIED
from .inequality import KnownInequality
from .notation import Expr
from .render import latex, text

__all__ = ["Derivation", "DerivationReport", "Induction", "Part", "Step", "StepReport"]

LATEX_RELATION = {"=": "=", "≤": r"\le"}


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
        The hypotheses that are inequalities. Symbols declared non-negative are hypotheses, too.
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
    >>> from sympy import IndexedBase
    >>> from fa_theory.symbolic.notation import X, i, j, k, total, y
    >>> K = IndexedBase("K")
    >>> gram = Equation(K[i, j], total(X[i, k] * X[j, k], k), "definition of K")
    >>> square = total(total(X[i, k] * y[i], i) ** 2, k)
    >>> form = total(K[i, j] * y[i] * y[j], i, j)
    >>> chain = Part("a Gram matrix gives squares", form, square, (Step(square, "collect the square", (gram,)),))
    >>> derivation = Derivation("Gram", "Gram matrices are positive semi-definite.", (gram,), (chain,))
    >>> derivation.check().ok
    True
    >>> derivation.with_rule(Equation(K[i, j], -gram.right, "a wrong sign")).check().steps[0].detail
    'normal forms differ in 1 term; the sides differ at n=1, d=1, p=1'
    """

    title: str
    statement: str
    rules: tuple[Equation, ...]
    parts: tuple[Part, ...]
    hypotheses: tuple[KnownInequality, ...] = ()
    inductions: tuple[Induction, ...] = ()
    builds_on: tuple[Derivation, ...] = ()
    sizes: tuple[tuple[int, int, int], ...] = SIZES_TRIED

    _repr_html_ = displayed_by("derivations.derivation")
    _repr_latex_ = displayed_by("derivations.latex")

    def __post_init__(self) -> None:
        by_head(self.known_rules())

    def known_rules(self) -> tuple[Equation, ...]:
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
        joints: list[StepReport] = []
        chances = [0.0]
        for derivation in self.builds_on:
            earlier = derivation.check(seed, points)
            chances.append(earlier.error_probability)
            joints.append(StepReport(f"“{derivation.title}” is derived", earlier.ok, earlier.ok))
        found = list(self._reports(seed, points))
        joints += map(check_end, self.parts)
        joints += check_inductions(self.inductions, self.parts, self.known_rules())
        steps = tuple(report for report, _ in found)
        chances += [chance for _, chance in found]
        return DerivationReport(self.title, steps, tuple(joints), max(chances), points, self.sizes)

    def _reports(self, seed: int, points: int) -> Iterator[tuple[StepReport, float]]:
        """Every step as it is checked, and the error probability of its exact check."""
        facts = Facts(self.known_rules(), self.hypotheses)
        for derivation in self.builds_on:
            for part in derivation.parts:
                facts.add(part)
        for part in self.parts:
            for before, step in part.links():
                yield check_step(before, step, facts, seed=seed, points=points, sizes=self.sizes)
            facts.add(part)

    def first_refused(self, seed: int = 0, points: int = POINTS) -> StepReport | None:
        """The first step that both checks refuse, if any; the steps after it are not looked at.

        Examples
        --------
        >>> from fa_theory.symbolic.notation import i, total, y
        >>> wrong = total(y[i] ** 2, i)
        >>> square = Part("a square", total(y[i], i) ** 2, wrong, (Step(wrong, "no cross terms"),))
        >>> Derivation("Square", "wrong", (), (square,)).first_refused().detail
        'normal forms differ in 2 terms; the sides differ at n=2, d=1, p=4'
        """
        return next((r for r, _ in self._reports(seed, points) if not r.ok_normal_form and not r.ok_exact), None)

    def errors_of(self, wrong: Derivation) -> str:
        """What a wrong version of this derivation says in other words than this one: rules and conclusions."""
        said = [
            f"{text(new.left)} = {text(new.right)} ({new.words})"
            for old, new in zip(self.rules, wrong.rules, strict=True)
            if old != new
        ]
        said += [
            f"{new.words}: {text(new.left)} {new.relation} {text(new.right)}"
            for old, new in zip(self.parts, wrong.parts, strict=True)
            if (old.left, old.right) != (new.left, new.right)
        ]
        return "; ".join(said)

    def with_rule(self, rule: Equation) -> Derivation:
        """The same derivation with another rule for the same thing; used to make mutants."""
        (old,) = (known for known in self.rules if known.head == rule.head)

        def swap(rules: tuple[Equation, ...]) -> tuple[Equation, ...]:
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

    def conclusions(self) -> list[str]:
        """What the parts conclude, as LaTeX."""
        return [f"{latex(part.left)} {LATEX_RELATION[part.relation]} {latex(part.right)}" for part in self.parts]

    def rows(self, report: DerivationReport | None = None) -> list[dict[str, str]]:
        """One row per step: ``part``, ``latex``, ``text``, ``reason``, and what the ``checks`` said.

        The first row of a part starts with the left side of its claim, every other row with the relation.

        Parameters
        ----------
        report
            What `check` returned; without it the derivation is checked now.
        """
        report = report or self.check()
        links = [(part, before, step) for part in self.parts for before, step in part.links()]
        return [
            {
                "part": part.words,
                "latex": f"{latex(before) if step is part.steps[0] else '{}'} "
                f"{LATEX_RELATION[step.relation]} {latex(step.after)}",
                "text": f"{text(before) + ' ' if step is part.steps[0] else ''}{step.relation} {text(step.after)}",
                "reason": step.reason,
                "checks": report.in_words(said),
            }
            for (part, before, step), said in zip(links, report.steps, strict=True)
        ]

    def given(self) -> list[dict[str, str]]:
        """The definitions and hypotheses: ``latex``, ``text`` and ``words`` of each."""
        sides = [(rule.left, "=", rule.right, rule.words) for rule in self.rules]
        sides += [(h.lower, "≤", h.upper, h.words) for h in self.hypotheses]
        return [
            {
                "latex": f"{latex(left)} {LATEX_RELATION[relation]} {latex(right)}",
                "text": f"{text(left)} {relation} {text(right)}",
                "words": words,
            }
            for left, relation, right, words in sides
        ]

    def to_latex(self) -> str:
        """The whole derivation as LaTeX (packages amsmath, amssymb); the same text every time."""
        given = [f"&{row['latex']} && \\text{{({row['words']})}}" for row in self.given()]
        lines = [rf"\paragraph{{{self.title}.}} {self.statement}", "Given:", *_aligned(" \\\\\n".join(given))]
        for part in self.parts:
            lines.append(rf"\noindent\emph{{{part.words[0].upper()}{part.words[1:]}.}}")
            chain = [
                f"\\intertext{{\\footnotesize {step.reason}:}}\n&{LATEX_RELATION[step.relation]} {latex(step.after)}"
                for step in part.steps
            ]
            lines += _aligned(f"{latex(part.left)} \\\\\n" + " \\\\\n".join(chain))
        lines += [rf"\noindent\emph{{By induction:}} {induction.words}." for induction in self.inductions]
        return "\n".join(lines) + "\n"

    def to_text(self) -> str:
        """The whole derivation as plain text, for a terminal."""
        lines = [self.title, self.statement, "given"]
        lines += [f"  {row['text']}   [{row['words']}]" for row in self.given()]
        for part in self.parts:
            lines += [part.words, f"  {text(part.left)}"]
            lines += [f"  {step.relation} {text(step.after)}   [{step.reason}]" for step in part.steps]
        lines += [f"by induction: {induction.words}" for induction in self.inductions]
        return "\n".join(lines) + "\n"


def _aligned(body: str) -> list[str]:
    return [r"\begin{align*}", body, r"\end{align*}"]
