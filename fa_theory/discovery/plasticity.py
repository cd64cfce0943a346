"""A learning rule as formulas: what moves, what stays, what is arbitrary, and the rates.

::

    state    W1[p,d] W2[c,p]
    constant B2[c,p] T[c,d]
    input    X[n,d] E[n,c]

    W1[r,k]' = - E[i,a] B2[a,r] X[i,k]
    W2[a,r]' = - E[i,a] X[i,k] W1[r,k]
    E[i,a] = W2[a,r] W1[r,k] X[i,k] - T[a,k] X[i,k]

Indices that do not stand on the left are summed over. ``input`` is arbitrary at each time: what is found holds whatever
it is. ``derived`` tensors are replaced by their definitions; an input may have one too, which ``discover monotone``
uses. ``entrywise p`` allows an index of size p to occur any number of times, as single neurons need. ``growth g`` is a
scalar whose powers may multiply a quantity without counting in its degree. ``relation B2[a,r] K[x,r] = 0`` says what
constants satisfy. Text after # is a comment.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from fractions import Fraction

from fa_theory.checker.proof.language import WORDS
from fa_theory.checker.proof.terms import BUILT_IN, REAL, TIME
from fa_theory.errors import InputError

from .contractions import Factor, Template, substituted
from .relations import Relation, is_connected

KINDS = ("state", "constant", "input", "derived", "growth")
NAME = r"[A-Za-z][A-Za-z0-9_]*"
TENSOR = re.compile(rf"({NAME})(?:\[\s*({NAME}(?:\s*,\s*{NAME})*)\s*\])?")
TOKEN = re.compile(rf"\s*(?:([+-])|([0-9]+(?:/[0-9]+)?)|{TENSOR.pattern}(?:\^([0-9]+))?)")
LEFT = re.compile(rf"\s*{TENSOR.pattern}\s*('?)\s*=")
ETA = "eta"
"""The step size; a step adds it times the rate."""
RESERVED = frozenset({ETA, TIME, REAL, *WORDS, *BUILT_IN})
"""Names with another meaning here or in proofs."""
MOST_FACTORS = 12


@dataclass
class Plasticity:
    """A learning rule as formulas, read by `parse`.

    Attributes
    ----------
    title
        The first comment.
    axes
        The sorts of the legs of each tensor.
    kinds
        ``state``, ``constant``, ``input``, ``derived`` or ``growth``.
    rates
        The derivative of each state tensor (of others: none), free of derived tensors.
    definitions
        Of inputs, free of derived tensors.
    entrywise
        Sorts whose indices may occur any number of times.
    letters
        For each sort the first name of an index in the formulas.
    relations
        What constants satisfy.
    """

    title: str = ""
    axes: dict[str, tuple[str, ...]] = field(default_factory=dict)
    kinds: dict[str, str] = field(default_factory=dict)
    rates: dict[str, Template] = field(default_factory=dict)
    definitions: dict[str, Template] = field(default_factory=dict)
    entrywise: frozenset[str] = frozenset()
    letters: dict[str, str] = field(default_factory=dict)
    relations: tuple[Relation, ...] = ()

    def named(self, *kinds: str) -> tuple[str, ...]:
        """The tensors of these kinds."""
        return tuple(name for name, kind in self.kinds.items() if kind in kinds)

    @property
    def helpers(self) -> tuple[str, ...]:
        """The constants that are in relations and nowhere else."""
        formulas = [*self.rates.values(), *self.definitions.values()]
        inside = {name for body in formulas for _, factors in body for name, _ in factors}
        sides = [factors for r in self.relations for factors in (r.left, *(body for _, body in r.right))]
        related = {name for factors in sides for name, _ in factors}
        return tuple(name for name in self.named("constant") if name in related - inside)

    @property
    def moving(self) -> tuple[str, ...]:
        """The tensors with a rate."""
        return self.named("state", "growth")


def parse(text: str, where: str = "rule") -> Plasticity:
    """Read a rule.

    Parameters
    ----------
    text
        In the form that the module describes.
    where
        The file, for messages.

    Raises
    ------
    InputError
        If a line cannot be read; the message names it.

    Examples
    --------
    >>> rule = parse("state w[d] v\\ninput u[d] e\\nw[k]' = - e u[k]\\nv' = - e")
    >>> rule.axes["w"], rule.kinds["u"], rule.rates["v"]
    (('d',), 'input', [(Fraction(-1, 1), [('e', ())])])
    """
    return _Reader(where).read(text)


class _Reader:
    def __init__(self, where: str) -> None:
        self.rule, self.where, self.line = Plasticity(), where, 0
        self.derived: dict[str, Template] = {}

    def wrong(self, why: str) -> InputError:
        return InputError(f"{self.where}, line {self.line}: {why}")

    def read(self, text: str) -> Plasticity:
        rule = self.rule
        for self.line, raw in enumerate(text.splitlines(), 1):
            line, _, comment = raw.partition("#")
            if comment.strip() and not rule.title and not line.strip():
                rule.title = comment.strip()
            word = line.split(maxsplit=1)[0] if line.strip() else ""
            if word in KINDS:
                self._declare(word, line.split(maxsplit=1)[1] if len(line.split()) > 1 else "")
            elif word == "entrywise":
                rule.entrywise |= frozenset(line.split()[1:])
            elif word == "relation":
                self._relation(line.split(maxsplit=1)[1] if len(line.split()) > 1 else "")
            elif "=" in line:
                self._formula(line)
            elif word:
                raise self.wrong(
                    f"expected one of {', '.join(KINDS)}, entrywise, relation, or a formula with =, but got {word!r}"
                )
        return self._finished()

    def _declare(self, kind: str, rest: str) -> None:
        left = TENSOR.sub("", rest).strip()
        if left or not rest.strip():
            raise self.wrong(f"expected tensors such as W[p,d] after {kind!r} but got {left or 'nothing'!r}")
        for match in TENSOR.finditer(rest):
            name, axes = match[1], tuple(re.findall(NAME, match[2] or ""))
            for word in (name, *axes):
                if word in ((RESERVED if word == name else {TIME, REAL}) | {*KINDS}):
                    raise self.wrong(f"{word!r} has another meaning; choose another name")
            if name in self.rule.axes:
                raise self.wrong(f"{name} is declared twice")
            if len(axes) > 2:
                raise self.wrong(f"{name} has {len(axes)} indices; the most is 2")
            if kind == "growth" and self.rule.named("growth"):
                raise self.wrong(f"{name} would be the second growth factor; the most is 1")
            if kind == "growth" and axes:
                raise self.wrong(f"{name} is a growth factor, which has no indices")
            self.rule.axes[name], self.rule.kinds[name] = axes, kind

    def _formula(self, line: str) -> None:
        match = LEFT.match(line)
        if match is None:
            raise self.wrong(f"expected NAME[i,…] or NAME[i,…]' before = but got {line.split('=')[0].strip()!r}")
        name, labels, is_rate = match[1], re.findall(NAME, match[2] or ""), bool(match[3])
        kind = self._kind(name, labels)
        if len(set(labels)) < len(labels):
            raise self.wrong(f"the indices of {name} on the left must be different")
        moves = kind in ("state", "growth")
        if moves != is_rate:
            raise self.wrong(f"{name} is {kind}: write {name}{'′ = its rate' if moves else ' = its definition'}")
        table = self.rule.rates if is_rate else self.derived
        if name in table:
            raise self.wrong(f"{name} has two formulas")
        table[name] = self._terms(line[match.end() :], labels, dict(zip(labels, self.rule.axes[name], strict=True)))

    def _relation(self, text: str) -> None:
        left, equals, right = text.partition("=")
        count = Counter(i for match in TENSOR.finditer(left) for i in re.findall(NAME, match[2] or ""))
        labels = [i for i, number in count.items() if number == 1]
        sorts: dict[str, str] = {}
        for match in TENSOR.finditer(left):
            indices = re.findall(NAME, match[2] or "")
            if self._kind(match[1], indices) != "constant":
                raise self.wrong(f"a relation is between constants, and {match[1]} is {self.rule.kinds[match[1]]}")
            self._sorted(match[1], indices, sorts)
        if not equals or not sorts:
            raise self.wrong(f"expected a relation such as B[a,r] K[r] = 0 but got {text.strip() or 'nothing'!r}")
        known = {label: sorts[label] for label in labels}
        product, *others = self._terms(left, labels, known)
        if others or product[0] != 1 or not is_connected(product[1]):
            raise self.wrong("the left side of a relation is one product, connected by indices that are summed over")
        relation = Relation(
            tuple(product[1]), self._terms(right, labels, known), tuple(known.values()), " ".join(text.split())
        )
        self.rule.relations += (relation,)

    def _kind(self, name: str, indices: list[str]) -> str:
        if name not in self.rule.axes:
            raise self.wrong(f"{name} is not declared")
        if len(indices) != len(self.rule.axes[name]):
            raise self.wrong(f"{name} has {len(self.rule.axes[name])} indices, not {len(indices)}")
        return self.rule.kinds[name]

    def _terms(self, text: str, labels: list[str], sorts: dict[str, str]) -> Template:
        out: list[tuple[Fraction, list[Factor]]] = []
        place, sign, start, known = 0, Fraction(1), True, dict(sorts)
        names: dict[str, int] = {label: -1 - k for k, label in enumerate(labels)}
        while text[place:].strip():
            match = TOKEN.match(text, place)
            if match is None:
                raise self.wrong(f"cannot read {text[place:].strip()!r}")
            place = match.end()
            if match[1]:
                sign, start = (
                    (-sign if match[1] == "-" else sign) if start else Fraction(1 - 2 * (match[1] == "-")),
                    True,
                )
                continue
            if start:
                out.append((sign, []))
                names, known = {label: -1 - k for k, label in enumerate(labels)}, dict(sorts)
            sign, start = Fraction(1), False
            if match[2]:
                try:
                    out[-1] = (out[-1][0] * Fraction(match[2]), out[-1][1])
                except ZeroDivisionError:
                    raise self.wrong(f"{match[2]} is no number") from None
                continue
            indices = re.findall(NAME, match[4] or "")
            self._kind(match[3], indices)
            self._sorted(match[3], indices, known)
            at = tuple(names.setdefault(i, sum(1 for x in names.values() if x >= 0)) for i in indices)
            out[-1][1].extend([(match[3], at)] * int(match[5] or 1))
            if len(out[-1][1]) > MOST_FACTORS:
                raise self.wrong(f"a product has more than {MOST_FACTORS} factors")
        if not out or start:
            raise self.wrong("the formula ends too early")
        for c, factors in out:
            missing = {-1 - k for k in range(len(labels))} - {i for _, at in factors for i in at}
            if missing and c:
                raise self.wrong(f"the index {labels[-1 - max(missing)]} is missing in a term")
        return [(c, factors) for c, factors in out if c]

    def _sorted(self, name: str, indices: list[str], known: dict[str, str]) -> None:
        for i, sort in zip(indices, self.rule.axes[name], strict=True):
            if i in RESERVED:
                raise self.wrong(f"{i!r} has another meaning; choose another name for the index")
            self.rule.letters.setdefault(sort, i)
            if known.setdefault(i, sort) != sort:
                raise self.wrong(f"the index {i} is of size {known[i]} and of size {sort}")

    def _finished(self) -> Plasticity:
        rule = self.rule
        self.line += 1
        for name, kind in rule.kinds.items():
            needs = (
                (kind in ("state", "growth"), name in rule.rates) if kind != "derived" else (True, name in self.derived)
            )
            if needs[0] and not needs[1]:
                raise self.wrong(f"{name} is {kind} and has no {'definition' if kind == 'derived' else 'rate'}")
            if kind == "constant" and name in self.derived:
                raise self.wrong(f"{name} is constant and has a definition; declare it as derived or input")
        sizes = {sort for axes in rule.axes.values() for sort in axes}
        if sizes & set(rule.axes):
            raise self.wrong(f"{min(sizes & set(rule.axes))} is a size and a tensor; choose two names")
        if not rule.named("state"):
            raise self.wrong("nothing moves: declare a state")
        unknown = sorted(rule.entrywise - {sort for axes in rule.axes.values() for sort in axes})
        if unknown:
            raise self.wrong(f"no tensor has a leg of the size {unknown[0]}")
        rule.rates = {name: self._plain(body) for name, body in rule.rates.items()}
        rule.definitions = {n: self._plain(body) for n, body in self.derived.items() if rule.kinds[n] == "input"}
        self._no_circle()
        return rule

    def _no_circle(self) -> None:
        """Refuse definitions of inputs that contain themselves."""
        inside = {n: {m for _, factors in body for m, _ in factors} for n, body in self.rule.definitions.items()}
        for name, reached in inside.items():
            new = set(reached)
            while new:
                new = set().union(*(inside.get(m, set()) for m in new)) - reached
                reached |= new
            if name in reached:
                raise self.wrong(f"the definition of {name} contains {name}")

    def _plain(self, body: Template) -> Template:
        """Without derived tensors."""
        done: list[tuple[Fraction, list[Factor]]] = []
        todo = [(c, list(factors)) for c, factors in body]
        while todo:
            c, factors = todo.pop(0)
            k = next((k for k, (name, _) in enumerate(factors) if self.rule.kinds[name] == "derived"), None)
            if k is None:
                done.append((c, factors))
                continue
            for c2, inner in self.derived[factors[k][0]]:
                todo.append((c * c2, substituted(factors, k, inner)))
            if len(todo) + len(done) > 1000 or len(factors) > 4 * MOST_FACTORS:
                raise self.wrong(f"the definition of {factors[k][0]} is circular, or too long when written out")
        return done
