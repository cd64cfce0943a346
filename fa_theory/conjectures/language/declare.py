"""The declaration of a conjecture: a domain, hypotheses, a conclusion and a quantifier."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, TypeAlias

from fa_theory.errors import InputError
from fa_theory.model.rules import as_rule
from fa_theory.shown import displayed_by

from .domain import Domain
from .expression import Expr, Statement, Time, formula, is_limit, parts, where
from .meant import suggestion
from .operations import minimum, smallest
from .quantities import Run

Says: TypeAlias = Callable[[Run], Any]
"""A function from a run to a formula (a margin, ≥ 0 where it holds), a statement, or a list of these."""


@dataclass(frozen=True, slots=True)
class ForAll:
    """For all networks of the domain; one certified counterexample refutes it."""

    def __str__(self) -> str:
        return "for all networks of the domain"


@dataclass(frozen=True, slots=True)
class Generic:
    """For almost every network of the domain: exceptions may form a null set, such as networks with a weight of 0.

    Only an open set of violations refutes it: a network and a radius, within which every network of the domain violates
    it.
    """

    def __str__(self) -> str:
        return "for almost every network of the domain"


@dataclass(frozen=True, slots=True)
class WithProbability:
    """With probability at least ``at_least`` under the distribution of the domain."""

    at_least: float

    def __post_init__(self) -> None:
        if isinstance(self.at_least, bool) or not 0 < self.at_least < 1:
            raise InputError(f"expected a probability between 0 and 1 but got {self.at_least!r}")

    def __str__(self) -> str:
        return f"with probability at least {self.at_least:g} under the distribution of the domain"


SCALED = {"n": "n", "d": "d", "p": "p", "k": "k", "T": "steps", "eta": "eta", "lam": "lam"}
"""What an exponent may be one of, and its name in a domain."""
BOUNDS = ("equal", "at most", "at least")


@dataclass(frozen=True, slots=True)
class Scales:
    """The conclusion is a quantity whose typical size grows like a power of a size of the network.

    Attributes
    ----------
    exponent, tolerance
        The exponent claimed, and by how much the true one may differ; the statement is refuted if it differs more.
    widths
        The values of the size at which it is measured.
    size
        ``n, d, p, k, T, eta`` or ``lam``.
    of
        What grows: the ``median`` or the ``mean`` of the absolute value, or its quantile at a level between 0 and 1.
    bound
        ``equal``; ``at most`` for an upper bound, such as O(p^{-1/2}); ``at least`` for a lower one.
    """

    exponent: float
    widths: tuple[float, ...] = (16, 32, 64, 128, 256, 512)
    tolerance: float = 0.05
    size: str = "p"
    of: str | float = "median"
    bound: str = "equal"

    def __post_init__(self) -> None:
        if len(set(self.widths)) < 4 or sorted(self.widths) != list(self.widths) or self.widths[0] <= 0:
            raise InputError(f"expected at least 4 widths in increasing order but got {self.widths}")
        if self.size not in SCALED or self.bound not in BOUNDS:
            raise InputError(
                f"expected a size out of {', '.join(SCALED)} and a bound out of {', '.join(BOUNDS)} "
                f"but got {self.size!r} and {self.bound!r}"
            )
        level = not isinstance(self.of, str | bool) and 0 < self.of < 1
        if self.of not in ("median", "mean") and not level:
            raise InputError(f"expected of='median', of='mean' or a level between 0 and 1 but got {self.of!r}")

    @property
    def statistic(self) -> str:
        """What grows, in words."""
        return self.of if isinstance(self.of, str) else f"{self.of:g}-quantile"

    def __str__(self) -> str:
        limit = "" if self.bound == "equal" else f"{self.bound} "
        values = f"at {self.size} = {self.widths[0]:g} to {self.widths[-1]:g}"
        power = f"exponent {limit}{self.exponent:g} ± {self.tolerance:g} of {self.size}"
        return f"{self.statistic} of the absolute value: {power}, {values}"


@dataclass(frozen=True, slots=True)
class BestConstant:
    """The conclusion is a quantity; find the smallest c with ``quantity ≤ c`` for all networks of the domain.

    If ``claimed`` is given, the conjecture is that it is at most that.
    """

    claimed: float | None = None

    def __str__(self) -> str:
        least = "the smallest valid c" if self.claimed is None else f"c = {self.claimed:g} is valid"
        return f"{least} for all networks of the domain"


@dataclass(frozen=True, slots=True)
class ThereIs:
    """For all networks of the domain there is a choice of some parts for which the conclusion holds.

    It is searched for, network by network: found for all that are drawn, the conjecture is *supported*; otherwise
    nothing is shown. Hypotheses speak of the other parts.

    Attributes
    ----------
    parts
        What is chosen: ``X, y, W, beta, b, eta, lam`` or further arrays of the domain.
    """

    parts: tuple[str, ...]

    def __init__(self, *parts: str) -> None:
        if not parts or not all(isinstance(part, str) for part in parts):
            raise InputError(f"{where()}: ThereIs takes names of parts, such as ThereIs('beta'), not {parts!r}")
        object.__setattr__(self, "parts", parts)

    def __str__(self) -> str:
        return f"for all networks of the domain there is a choice of {', '.join(self.parts)}"

    def check(self, domain: Domain, hypotheses: Sequence[Expr]) -> None:
        """Refuse names that the domain does not have, and hypotheses about what is chosen."""
        known = (*CHOSEN, *domain.arrays)
        for part in self.parts:
            if part not in known:
                raise InputError(f"ThereIs chooses {', '.join(known)}, not {part!r}")
        for said in hypotheses:
            for x in parts(said):
                later = x.op == "state" or (x.op == "leaf" and x.time is not None and x.time != Time(0))
                if later or (x.op == "leaf" and x.value in self.parts):
                    raise InputError("a hypothesis of ThereIs speaks of the parts that are chosen; conclude it")


CHOSEN = ("X", "y", "W", "beta", "b", "eta", "lam")
Quantifier: TypeAlias = ForAll | Generic | WithProbability | Scales | BestConstant | ThereIs


@dataclass(frozen=True, eq=False)
class Conjecture:
    """A conjecture: under its hypotheses, the conclusion holds for all or for most networks of its domain.

    Attributes
    ----------
    name, title
        Name of the function, and the first line of its docstring.
    domain, quantifier
        The networks it is about; for all of them, or in which sense for most.
    conclusion
        The decorated function.
    assumes
        Named hypotheses: functions like the conclusion.
    file, line
        Where it is written.
    """

    name: str
    title: str
    domain: Domain
    quantifier: Quantifier
    conclusion: Says = field(repr=False)
    assumes: Mapping[str, Says] = field(repr=False)
    file: Path
    line: int
    setting: Callable[[Run], Run] | None = field(default=None, repr=False)
    """From the run of the network to the run that the functions are given."""

    _repr_html_ = displayed_by("conjectures.conjecture")
    _repr_latex_ = displayed_by("conjectures.latex")

    def __repr__(self) -> str:
        assumed = f", if {', '.join(self.assumes)}" if self.assumes else ""
        return f"Conjecture({self.name}: {self.quantifier}{assumed}; {self.domain})"

    @cached_property
    def run(self) -> Run:
        """The symbolic run that is passed to the functions."""
        low, high = self.domain.whole("steps")
        domain = self.domain
        run = Run(
            steps=low if low == high else None,
            outputs=domain.k is not None,
            rule=as_rule(domain.rule).name,
            activations=domain.activations,
            cutoff=domain.cutoff,
            arrays=domain.arrays,
        )
        return run if self.setting is None else self.setting(run)

    @cached_property
    def statements(self) -> tuple[Expr | Statement, ...]:
        """The conclusion as written: statements and margins."""
        return _listed(self.conclusion(self.run), self.name, self.file, self.line)

    @cached_property
    def hypotheses(self) -> Mapping[str, tuple[Expr | Statement, ...]]:
        """The hypotheses as written, by name."""
        return {name: _listed(says(self.run), name, self.file, self.line) for name, says in self.assumes.items()}

    @cached_property
    def margin(self) -> Expr:
        """The conclusion as one number: it fails where this is negative (or 0, if `strict`)."""
        return margin(self.statements)

    @property
    def strict(self) -> bool:
        """Whether a margin of 0 violates the conclusion."""
        return any(isinstance(s, Statement) and s.strict for s in self.statements)

    @cached_property
    def hypothesis_margins(self) -> Mapping[str, Expr]:
        """The hypotheses as numbers: a network satisfies them where all are ≥ 0 (> 0, if strict)."""
        return {name: margin(statements) for name, statements in self.hypotheses.items()}

    @cached_property
    def has_limits(self) -> bool:
        """Whether it contains limits as t → ∞."""
        said = (self.margin, *self.hypothesis_margins.values())
        return any(is_limit(part) for margin in said for part in parts(margin))

    @cached_property
    def of_law(self) -> bool:
        """Whether it is about the distribution: with means, quantiles or probabilities in its conclusion."""
        return any(part.op == "of_law" for part in parts(self.margin))

    def build(self) -> None:
        """Call the functions of the user, so that their errors are raised now.

        Raises
        ------
        InputError
            With file and line.
        """
        from fa_theory.claims.library import where_raised

        try:
            if isinstance(self.quantifier, ThereIs):
                try:
                    self.quantifier.check(self.domain, list(self.hypothesis_margins.values()))
                except InputError as error:
                    raise InputError(f"{self.file}, line {self.line}: {error}") from None
            for says in (self.margin, *self.hypothesis_margins.values()):
                if self.of_law and not isinstance(self.quantifier, ForAll):
                    raise InputError(
                        f"{self.file}, line {self.line}: {self.name} is about the distribution, as it contains a mean, "
                        "a quantile or a probability; leave out the quantifier"
                    )
                if says.rank:
                    raise InputError(f"{self.file}, line {self.line}: {self.name} must reduce to one number")
        except InputError:
            raise
        except Exception as error:
            raise InputError(
                f"{where_raised(error, self.file)}: {type(error).__name__}: {error}{meant(error)}"
            ) from None


def meant(error: BaseException | None) -> str:
    """The name that was probably meant, in the file of a user."""
    names = getattr(sys.modules.get("fa_theory.conjectures"), "__all__", ())  # what a file imports, if it could
    return suggestion(error, names, (Domain, Scales, WithProbability, BestConstant, conjecture))


def margin(statements: Sequence[Expr | Statement]) -> Expr:
    """The smallest margin of several statements."""
    margins = [s.margin if isinstance(s, Statement) else smallest(s) if s.rank else s for s in statements]
    return minimum(*margins) if len(margins) > 1 else margins[0]


def _listed(made: Any, name: str, file: Path, line: int) -> tuple[Expr | Statement, ...]:
    items = made if isinstance(made, list | tuple) else [made]
    if not items or not all(isinstance(item, Expr | Statement) for item in items):
        raise InputError(
            f"{file}, line {line}: {name} must return a formula, a statement such as a <= b, or a list of these, "
            f"but it returned {made!r}"[:400]
            + ("; for a == b write equal(a, b)" if any(isinstance(item, bool) for item in items) else "")
        )
    return tuple(item if isinstance(item, Statement) else formula(item) for item in items)


def conjecture(
    domain: Domain,
    *,
    assuming: Mapping[str, Says] | None = None,
    quantifier: Quantifier = ForAll(),
    setting: Callable[[Run], Run] | None = None,
) -> Callable[[Says], Conjecture]:
    """Declare the decorated function as a conjecture.

    Parameters
    ----------
    domain
        The networks it is about.
    assuming
        Hypotheses by name: functions from the run to a margin or statement.
    quantifier
        `ForAll`, `Generic`, `WithProbability`, `Scales`, `BestConstant` or `ThereIs`.
    setting
        The run that the functions are given, made from that of the network: ``lambda run: run.with_(eta=1 / run.n)``.

    Examples
    --------
    >>> from fa_theory.conjectures import Domain, conjecture, norm
    >>> @conjecture(Domain(n=(1, 2), d=1, p=(1, 4), eta=(0.01, 0.1)))
    ... def error_never_grows(run):
    ...     "One step of feedback alignment never increases the error."
    ...     return norm(run[1].error) <= norm(run[0].error)
    >>> error_never_grows.title, error_never_grows.margin.rank
    ('One step of feedback alignment never increases the error.', 0)
    """

    if assuming is not None and not isinstance(assuming, Mapping):
        raise InputError(
            f"{where()}: hypotheses have names: assuming={{'large loss': lambda run: run[0].loss > 1}}, "
            f"not {assuming!r}"[:300]
        )

    def declare(conclusion: Says) -> Conjecture:
        code = conclusion.__code__
        title = (inspect.getdoc(conclusion) or conclusion.__name__.replace("_", " ")).partition("\n")[0]
        made = Conjecture(
            name=conclusion.__name__,
            title=title,
            domain=domain,
            quantifier=quantifier,
            conclusion=conclusion,
            assumes=dict(assuming or {}),
            file=Path(code.co_filename),
            line=code.co_firstlineno,
            setting=setting,
        )
        declared = _declared.get()
        if declared is not None:
            declared.append(made)
        return made

    return declare


_declared: ContextVar[list[Conjecture] | None] = ContextVar("declared", default=None)


@contextmanager
def declared() -> Iterator[list[Conjecture]]:
    """Collect the conjectures declared in the block, including those whose name is reused in the module."""
    made: list[Conjecture] = []
    token = _declared.set(made)
    try:
        yield made
    finally:
        _declared.reset(token)
