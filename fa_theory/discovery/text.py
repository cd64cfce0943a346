"""Polynomials as text: products of matrices where they are such, sums over indices elsewhere."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from fractions import Fraction

from .contractions import Component, Factor, Monomial, Polynomial
from .plasticity import ETA, NAME, Plasticity

NICE = {Fraction(1, 2): "½", Fraction(1, 4): "¼", Fraction(3, 4): "¾"}


GREEK = {ETA: "η", "lam": "λ", "gam": "γ"}


def shown(polynomial: Polynomial, rule: Plasticity) -> str:
    """A polynomial in the notation of matrices.

    Examples
    --------
    >>> from .plasticity import parse
    >>> rule = parse("state W[p,d]\\nconstant b[p]\\ninput v[d]\\nW[r,k]' = - b[r] v[k]")
    >>> square, bb = (("W", (0, 1)), ("W", (0, 1))), (("b", (0,)), ("b", (0,)))
    >>> shown({(square,): Fraction(1, 2), (bb, bb): Fraction(-1)}, rule)
    '½‖W‖² − (‖b‖²)²'
    """
    out = ""
    for monomial, c in sorted(polynomial.items(), key=lambda item: (item[1] < 0, order(item[0], rule))):
        body = _monomial(monomial, rule)
        number = NICE.get(abs(c), str(abs(c)))
        size = body if abs(c) == 1 and body else number + (" " if body and number[-1].isdigit() else "") + body
        out += (" − " if c < 0 else " + ") + size if out else ("−" if c < 0 else "") + size
    return out or "0"


def square_shown(weight: Fraction, multiplier: Monomial, body: Polynomial, rule: Plasticity) -> str:
    """``weight · multiplier · ‖body‖²``; a matrix or its transpose, whichever is shorter."""
    turned = {
        tuple(tuple((n, tuple(-3 - i if i < 0 else i for i in at)) for n, at in part) for part in monomial): c
        for monomial, c in body.items()
    }
    free = {i for monomial in body for part in monomial for _, at in part for i in at if i < 0}
    texts = [shown(body, rule), *([shown(turned, rule)] if len(free) == 2 else [])]
    text = min(texts, key=lambda text: (text.count("ᵀ"), len(text)))
    square = (text if text.endswith("‖²") else f"({text})²") if not free else f"‖{text}‖²"
    front = shown({multiplier: weight}, rule)
    return square if front == "1" else f"{front} {square}"


def labels_shown(labels: tuple[str, ...], rule: Plasticity) -> list[str]:
    """The names of the free labels, different from each other."""
    return [_name(k, labels, rule) for k in range(len(labels))]


def _name(k: int, labels: tuple[str, ...], rule: Plasticity) -> str:
    letter = rule.letters.get(labels[k], labels[k])
    return letter + "′" * labels[:k].count(labels[k])


def order(monomial: Monomial, rule: Plasticity) -> tuple[object, ...]:
    """Monomials in the order in which they are printed: those with the fewest constants first."""
    place = {name: k for k, name in enumerate(rule.kinds)}
    names = sorted((name for component in monomial for name, _ in component), key=lambda name: place.get(name, -1))
    constant = sum(rule.kinds.get(name) in ("constant", "growth") for name in names)
    return (constant, [place.get(name, -1) for name in names], monomial)


def _monomial(monomial: Monomial, rule: Plasticity) -> str:
    kinds = {ETA: -2} | {name: -1 if kind == "growth" else k for k, (name, kind) in enumerate(rule.kinds.items())}
    scalars = sorted((c for c in monomial if not any(at for _, at in c)), key=lambda c: kinds[c[0][0]])
    rest = [c for c in monomial if any(at for _, at in c)]
    parts = [_power(GREEK.get(c[0][0], c[0][0]), k) for c, k in Counter(scalars).items()]
    words = [_word(component) for component in rest]
    free = [i for component in rest for _, at in component for i in at if i < 0]
    if None in words or len(set(free)) < len(free):
        parts += [_power(_indexed(component, rule), k) for component, k in Counter(rest).items()]
        return " ".join(parts)
    closed = [w for w, component in zip(words, rest, strict=True) if not _free(component)]
    parts += [_power(str(w), k) for w, k in Counter(closed).items()]
    opened = [
        str(w)
        for w, component in sorted(zip(words, rest, strict=True), key=lambda x: [-i for i in _free(x[1])])
        if _free(component)
    ]
    if len(opened) == 2:
        opened = [opened[0], opened[1] if re.fullmatch(NAME, opened[1]) else f"({opened[1]})"]
        parts.append(f"{opened[0]} {opened[1]}ᵀ")
    else:
        parts += opened
    return " ".join(parts)


def _power(text: str, k: int) -> str:
    if k == 1:
        return text
    bare = text in GREEK.values() or re.fullmatch(NAME, text) or text.startswith(("⟨", "tr(")) or text.endswith("]")
    base = text if bare else f"({text})"
    return base + "".join("⁰¹²³⁴⁵⁶⁷⁸⁹"[int(digit)] for digit in str(k))


def _free(component: Component) -> list[int]:
    return sorted((i for _, at in component for i in at if i < 0), reverse=True)


def _word(component: Component) -> str | None:
    """A component as a product of matrices and vectors, if each index stands in two places."""
    count = Counter(i for _, at in component for i in at)
    if any(number != (2 if i >= 0 else 1) for i, number in count.items()):
        return None
    factors = list(component)
    ends = [k for k, (_, at) in enumerate(factors) if len(at) == 1]
    free = _free(component)
    if free:
        k = next(k for k, (_, at) in enumerate(factors) if free[0] in at)
        return "".join(_walk(factors, k, free[0]))
    if ends:
        path = _walk(factors, ends[0], None)
        if len(path) == 2 and path[0] == path[1]:
            return f"‖{path[0]}‖²"
        return f"{path[0]}ᵀ{''.join(path[1:])}" if len(path) > 2 else f"⟨{path[0]}, {path[1]}⟩"
    start = factors[0][1][0]
    path = _walk(factors, 0, start)
    turned = [path[k:] + path[:k] for k in range(len(path))]
    half = len(path) // 2
    square = next((p for p in turned if len(p) % 2 == 0 and _transposed(p[half:]) == p[:half]), None)
    if square is not None:
        return f"‖{''.join(square[:half])}‖²"
    inner = next((p for p in turned if len(p) > 1 and p[-1].endswith("ᵀ")), None)
    return f"⟨{''.join(inner[:-1])}, {inner[-1][:-1]}⟩" if inner else f"tr({''.join(path)})"


def _transposed(path: Iterable[str]) -> list[str]:
    return [m.removesuffix("ᵀ") if m.endswith("ᵀ") else m + "ᵀ" for m in reversed(list(path))]


def _walk(factors: list[Factor], k: int, entered: int | None) -> list[str]:
    """The matrices on the way from a factor that is entered through an index, transposed where necessary."""
    left, out = dict(enumerate(factors)), []
    while True:
        name, at = left.pop(k)
        if len(at) == 1:
            out.append(name)
            leave = at[0] if entered is None else None
        else:
            forward = at[0] == entered
            out.append(name if forward else name + "ᵀ")
            leave = at[1] if forward else at[0]
        following = next(
            (j for j, (_, other) in left.items() if leave is not None and leave >= 0 and leave in other), None
        )
        if following is None:
            return out
        k, entered = following, leave


def _indexed(component: Component, rule: Plasticity) -> str:
    """A component with its indices, summed over those without a label."""
    names: dict[int, str] = {}
    used: Counter[str] = Counter()
    free = {i: sort for name, at in component for i, sort in zip(at, rule.axes[name], strict=True) if i < 0}
    for i, sort in sorted(free.items(), reverse=True):
        names[i] = rule.letters[sort] + "′" * used[sort]
        used[sort] += 1
    bound: list[str] = []
    for name, at in component:
        for i, sort in zip(at, rule.axes[name], strict=True):
            if i not in names:
                names[i] = rule.letters[sort] + "′" * used[sort]
                used[sort] += 1
                bound.append(names[i])
    factors = Counter(f"{name}[{','.join(names[i] for i in at)}]" if at else name for name, at in component)
    product = "·".join(_power(text, k) if k > 1 else text for text, k in factors.items())
    return f"Σ_{''.join(bound)} {product}" if bound else product


def sizes_shown(sizes: Mapping[str, int]) -> str:
    """Sizes in one line."""
    return ", ".join(f"{sort} = {number}" for sort, number in sorted(sizes.items()))
