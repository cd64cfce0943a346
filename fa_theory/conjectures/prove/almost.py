"""Proofs for almost every network: an exact network of every shape at which an analytic margin is not 0.

What is found is a document of kind ``almost-every``, which the checker evaluates again
(`fa_theory.checker.almost_every.claim`). Where the form of a margin M does not show that ``M ≥ 0``, the document says
``|M| > 0``, and ``M ≥ 0`` is proved for all networks besides, by the kernel.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np
from flint import ctx

from fa_theory.checker import document as doc
from fa_theory.checker.almost_every.claim import settle, unfit
from fa_theory.checker.boxes.extent import Shape, shapes
from fa_theory.checker.counterexample import network
from fa_theory.checker.counterexample.numbers import Undefined
from fa_theory.checker.counterexample.stated import StatedConjecture
from fa_theory.checker.recheck import recheck
from fa_theory.conjectures.language import effort
from fa_theory.conjectures.language.declare import Conjecture
from fa_theory.conjectures.language.exact import within
from fa_theory.conjectures.language.expression import Expr, Statement, constant, parts
from fa_theory.conjectures.language.networks import PARTS, NetworkShape
from fa_theory.conjectures.language.program import declaration
from fa_theory.conjectures.shrink.certify import written
from fa_theory.model.ball import Array
from fa_theory.seeds import generator

from .concrete import by_entries
from .plain import plain
from .proof import ConjectureProof
from .rules import by_rules
from .words import words

TRIES = 4
"""Networks that are tried for one shape."""
UNIT = 16
"""Their numbers are multiples of 1/16."""
PRECISION = 128
OPERATION = 0.6
"""Units of work (`effort`) for an operation that the checker counts."""
BUDGET = 500_000
"""Operations for one network."""
SHARE = 0.5
"""Of the time left, for the search for networks."""


def by_witnesses(conjecture: Conjecture, *, deadline: float, notify: Callable[[str], None]) -> ConjectureProof | None:
    """A proof for almost every network of the domain; None if the statement is of another form, or has none."""
    mine = [s for s in conjecture.statements if isinstance(s, Statement) and _of_this_kind(s)]
    rest: list[Expr | Statement] = [s for s in conjecture.statements if not any(s is each for each in mine)]
    if not mine:
        return None
    documents: list[dict[str, Any]] = []
    now = effort.now()
    for said in mine:
        until = now + SHARE * (deadline - now)
        found = _document(conjecture, said, until, notify)
        if found is None and said.relation == "lt" and said.right.op != "least_over_time":
            found = _document(conjecture, constant(0) < abs(said.right - said.left), until, notify)
            rest.append(replace(said, relation="le"))
        if found is None:
            return None
        documents.append(found)
    weak = _for_all(conjecture, rest, deadline, notify) if rest else None
    if rest and weak is None:
        return None
    text, tex = words(conjecture, "almost every network")
    how = (
        "a formula that is analytic, or made from such by division and roots, and not 0 at one point, nor any conjugate"
    )
    kept = () if weak is None else weak.documents
    lemmas = (f"{how}, is 0 on a null set only", *(() if weak is None else weak.lemmas))
    return ConjectureProof("witnesses", text, tex, () if weak is None else weak.conditions, lemmas, (*documents, *kept))


def _of_this_kind(said: Statement) -> bool:
    return said.relation == "lt" or any(part.op == "rank" for side in (said.left, said.right) for part in parts(side))


def _for_all(
    conjecture: Conjecture, said: Sequence[Expr | Statement], deadline: float, notify: Callable[[str], None]
) -> ConjectureProof | None:
    """A proof of some statements for all networks of the domain."""
    weak = replace(conjecture, conclusion=lambda run: list(said))
    for method, stated in ((by_rules, plain(weak)), (by_entries, weak)):
        now = effort.now()
        found = None if stated is None else method(stated, deadline=now + 0.7 * (deadline - now), notify=notify)
        if found is not None and all(verdict.valid for verdict in map(recheck, found.documents)):
            return found
    return None


def _document(
    conjecture: Conjecture, said: Statement, deadline: float, notify: Callable[[str], None]
) -> dict[str, Any] | None:
    """A document that says this of almost every network, without hypotheses; None if the checker refuses it."""
    one = replace(conjecture, conclusion=lambda run: said, assumes={})
    try:
        stated = StatedConjecture.read(declaration(one))
        reason = unfit(stated)
        networks = [] if reason else [_network(one, stated, each, deadline) for each in shapes(stated.domain)]
    except (doc.MalformedDocument, Undefined) as error:
        reason, networks = str(error), []
    if reason or not networks:
        notify(f"no proof by witnesses: {reason or 'the domain is empty'}")
        return None
    made = {"format": doc.FORMAT, "kind": "almost-every", **declaration(one), "networks": networks}
    made["precision"] = PRECISION
    return made | {"digest": doc.digest(made)}


def _network(conjecture: Conjecture, stated: StatedConjecture, shape: Shape, deadline: float) -> dict[str, Any]:
    """A network of few digits at which the checker finds no conjugate of a margin to be 0.

    Raises
    ------
    Undefined
        If none is found.
    """
    rng = generator(0, "almost every", str(shape))
    sizes = NetworkShape(shape.n, shape.d, shape.p, shape.k, shape.activation, shape.steps)
    doubt = "there was no time to look for a network"
    for _ in range(TRIES):
        if effort.passed(deadline):
            break
        drawn = within(conjecture.domain, conjecture.domain.sample(sizes, rng, 1))
        parts = {name: _short(getattr(drawn, name)) for name in PARTS if name not in ("eta", "lam")}
        parts |= {name: fixed[None] for name, fixed in conjecture.domain.data.items()}
        made = written(drawn.replace(**parts))
        left = 0
        try:
            with ctx.workprec(PRECISION):
                doubt, left = settle(stated, shape, *network.read(made, "network"), BUDGET)
        except Undefined as error:
            doubt = str(error)
        effort.spend(OPERATION * (BUDGET - left))
        if not doubt:
            return made
    raise Undefined(f"{shape}: {doubt}")


def _short(array: Array) -> Array:
    """Multiples of 1/`UNIT`, none of them larger in absolute value, so that bounds are kept."""
    made = [Fraction(int(x * UNIT), UNIT) for x in array.ravel()]
    return np.array(made, dtype=object).reshape(array.shape)
