"""Warnings about conjectures that say less than they seem to, each with its line."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from fa_theory.conjectures.language.declare import Conjecture, ForAll, Generic, Scales, WithProbability
from fa_theory.conjectures.language.domain import Domain
from fa_theory.conjectures.language.evaluate import Evaluator
from fa_theory.conjectures.language.expression import RECURRENT, Expr, Statement
from fa_theory.conjectures.language.keys import key
from fa_theory.conjectures.language.networks import Networks
from fa_theory.model.ball import Array

from .draws import accepted

SHAPES, EACH, FEW = 12, 40, 8
"""Shapes, draws of each, and draws of each if the conjecture contains limits."""
TINY = 1e-12


@dataclass(frozen=True)
class Warning:
    """A warning: a word for its kind, the line, and an explanation."""

    kind: str
    line: int
    says: str

    @property
    def fails(self) -> bool:
        """Whether it says that some draws fail."""
        return self.says.startswith("it fails only")


def lint(conjecture: Conjecture, *, rng: np.random.Generator) -> list[Warning]:
    """Warnings about a conjecture.

    Parameters
    ----------
    conjecture
        Any.
    rng
        Generator of the networks for the warnings about margins, which are not proofs.

    Returns
    -------
    list of Warning
        Of the kinds ``tautology``, ``restates``, ``one-network``, ``independent``, ``vacuous``,
        ``never-binds``, ``undefined``, ``no-steps``, ``degenerate``, ``only-n-1``, ``only-lam-0``.

    Examples
    --------
    >>> from fa_theory.conjectures import Domain, conjecture, norm
    >>> @conjecture(Domain(n=1, d=1, p=1))
    ... def trivial(run):
    ...     return norm(run[0].error) <= norm(run[0].error)
    >>> [warning.kind for warning in lint(trivial, rng=np.random.default_rng(0))]
    ['tautology', 'degenerate']
    """
    return [*_by_form(conjecture), *_by_trial(conjecture, rng)]


def _by_form(conjecture: Conjecture) -> Iterator[Warning]:
    domain, line = conjecture.domain, conjecture.line
    assumed = {key(s): name for name, given in conjecture.hypotheses.items() for s in given}
    for statement in conjecture.statements:
        where = _line(statement) or line
        if isinstance(statement, Statement) and key(statement.left) == key(statement.right):
            yield Warning("tautology", where, "both sides are the same formula")
        if key(statement) in assumed:
            yield Warning("restates", where, f"this repeats the hypothesis “{assumed[key(statement)]}”")
        leaves = set(_leaves(statement))
        if not leaves:
            yield Warning("independent", where, "it contains no quantity of a network")
        elif isinstance(conjecture.quantifier, ForAll | Generic | WithProbability):
            if leaves <= {"eta", "lam", "n", "d", "p", "T"}:
                yield Warning("independent", where, "it depends only on sizes and parameters, not on a network")
            elif not leaves & {"W", "beta", "b"}:
                yield Warning("independent", where, "it depends only on the data, not on weights")
    if _one_network(domain):
        yield Warning("one-network", line, "the domain fixes everything except random data")


def _by_trial(conjecture: Conjecture, rng: np.random.Generator) -> Iterator[Warning]:
    line = conjecture.line
    binds = dict.fromkeys(conjecture.hypotheses, False)
    found: list[tuple[Networks, Array]] = []
    drawn = undefined = 0
    for _ in range(SHAPES):
        shape = conjecture.domain.random_shape(rng)
        batch = conjecture.domain.sample(shape, rng, FEW if conjecture.has_limits else EACH)
        evaluation = Evaluator(batch)
        holds = accepted(conjecture, evaluation)
        for name, margin in conjecture.hypothesis_margins.items():
            binds[name] = binds[name] or bool((~(evaluation(margin) >= 0)).any())
        margins = evaluation(conjecture.margin)
        drawn += len(batch)
        undefined += int(np.isnan(margins[holds]).sum())
        keep = holds & ~np.isnan(margins)
        found.append((batch[keep], margins[keep]))
    kept = sum(len(margins) for _, margins in found)
    if not kept and not undefined:
        yield Warning("vacuous", line, f"none of {drawn} draws satisfies the hypotheses")
    for name, statements in conjecture.hypotheses.items():
        if not binds[name]:
            where = next((_line(s) for s in statements if _line(s)), line)
            yield Warning("never-binds", where, f"every one of {drawn} draws satisfies the hypothesis “{name}”")
    if undefined:
        where = _line(conjecture.statements[0]) or line
        yield Warning("undefined", where, f"the margin is not a number for {undefined} of {drawn} draws")
    if kept > 1:
        yield from _margins(conjecture, found)


def _margins(conjecture: Conjecture, found: list[tuple[Networks, Array]]) -> Iterator[Warning]:
    line = _line(conjecture.statements[0]) or conjecture.line
    found = [(batch[np.isfinite(margins)], margins[np.isfinite(margins)]) for batch, margins in found]
    every = np.concatenate([margins for _, margins in found])
    if not len(every):
        yield Warning("no-steps", line, "it is about every step, but no run drawn has a step, so it holds trivially")
        return
    if isinstance(conjecture.quantifier, ForAll | Generic):
        equalities = all(isinstance(s, Statement) and s.relation == "eq" for s in conjecture.statements)
        if (np.abs(every) <= TINY).all() and not equalities:
            yield Warning("degenerate", line, "the margin is 0 for all draws; if it is an identity, use equal")
            return
    if not isinstance(conjecture.quantifier, Scales) and np.ptp(every) <= TINY * np.abs(every).max() and every[0] != 0:
        yield Warning("degenerate", line, f"the margin is {every[0]:g} for all draws: it is constant")
        return
    ones = np.concatenate([np.full(len(margins), batch.shape.n == 1) for batch, margins in found])
    free = np.concatenate([batch.lam == 0 for batch, _ in found])
    for kind, special, words in (("only-n-1", ones, "n = 1"), ("only-lam-0", free, "λ = 0")):
        if special.all() or not special.any():
            continue
        bad, zero = every < -TINY, np.abs(every) <= TINY
        if bad[special].any() and not bad[~special].any():
            yield Warning(kind, line, f"it fails only where {words}: is this case intended?")
        if zero[~special].all() and not zero[special].all():
            yield Warning(kind, line, f"the margin is 0 except where {words}; only this case is tested")


def _leaves(x: Expr | Statement) -> Iterator[str]:
    if isinstance(x, Statement):
        yield from _leaves(x.left)
        yield from _leaves(x.right)
    elif x.op == "leaf":
        yield str(x.value)
    elif x.op in RECURRENT:
        yield "W"
    else:
        for arg in x.args:
            yield from _leaves(arg)


def _line(x: Expr | Statement) -> int:
    return max(x.left.line, x.right.line) if isinstance(x, Statement) else x.line


def _one_network(domain: Domain) -> bool:
    sizes = all(domain.whole(name)[0] == domain.whole(name)[1] for name in ("n", "d", "p", "steps"))
    numbers = all(domain.real(name)[0] == domain.real(name)[1] for name in ("eta", "lam"))
    weights = domain.W_scale == 0 and domain.beta_scale == 0
    return sizes and numbers and weights and len(domain.activations) == 1
