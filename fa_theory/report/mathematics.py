"""Find formulas in Unicode in plain text and rewrite them as LaTeX: for example ``‖w_r⁺‖² ≤ √p``.

Anything that is not certainly a formula stays plain text, and no character is lost: only the typesetting changes.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from fa_theory.record.text import Piece, pieces

_SUPER, _SUB = "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻ᵀᵗⁿᵏ", "₀₁₂₃₄₅₆₇₈₉"
_SCRIPTS = dict(zip(_SUPER + _SUB, [*"0123456789+-", r"\top ", *"tnk0123456789"], strict=True))
_ACCENTS = {"\u0302": "hat", "\u0303": "tilde", "\u0304": "bar", "\u0305": "bar", "\u0307": "dot"}
_FRACTIONS = {"½": r"\tfrac12 ", "⅓": r"\tfrac13 ", "⅔": r"\tfrac23 ", "¼": r"\tfrac14 ", "¾": r"\tfrac34 "}
_FUNCTIONS = {name: rf"\{name} " for name in ("cos", "det", "exp", "lim", "log", "max", "min", "sup", "tanh")}
_FUNCTIONS |= {name: rf"\mathrm{{{name}}}\," for name in ("erf", "tr")} | {"id": r"\mathrm{id}"}
_SIGNS = {
    "‖": r"\|", "∠": r"\angle ", "Σ": r"\sum ", "∑": r"\sum ", "∞": r"\infty ", "·": r"\cdot ", "×": r"\times ",
    "≤": r"\le ", "≥": r"\ge ", "≠": r"\neq ", "≈": r"\approx ", "→": r"\to ", "⪰": r"\succeq ", "∈": r"\in ",
    "−": "-", "±": r"\pm ", "∝": r"\propto ", "~": r"\sim ", "⟨": r"\langle ", "⟩": r"\rangle ",
    "≪": r"\ll ", "⊙": r"\odot ", "∇": r"\nabla ", "∘": r"\circ ", "…": r"\dots ",
}  # fmt: skip
_MARKS = "".join(_ACCENTS)
_TOKEN = re.compile(
    rf"(?P<word>(?:e\.g|i\.e)\.|[A-Za-z]+\d[A-Za-z0-9]{{4,}}|\d+[A-Za-z][A-Za-z0-9]{{4,}})"
    rf"|(?P<function>(?:{'|'.join(_FUNCTIONS)})(?![A-Za-z-]))"
    rf"|(?P<product>[A-Za-z]{{2}}(?=[{_SUPER}])|[a-z][A-Z](?![A-Za-z]))"
    rf"|(?P<name>[A-Za-z]{{2,}}(?:['’_-][A-Za-z]+)*)"
    rf"|(?P<index>_(?:min|max|[A-Za-z]{{1,3}}(?![A-Za-z0-9])|\d+|[α-ω])|[{_SUB}]+)"
    rf"|(?P<power>\^(?:\([^()\s]+\)|\{{[^{{}}\s]+\}}|[−-]?(?:\d+|[A-Za-zα-ω](?![A-Za-z])))|[{_SUPER}]+)"
    rf"|(?P<number>\d+(?:[.\u202f]\d+)*)|(?P<fraction>[{''.join(_FRACTIONS)}])"
    rf"|(?P<letter>(?:[A-Za-zα-ωΓΔΘΛΞΠΦΨΩℓ][{_MARKS}]?|Σ[{_MARKS}])'*)|(?P<root>√)"
    r"|(?P<relation>[=≤≥<>≠≈→⪰∈∝≪~])|(?P<operator>[+−·×/±∘⊙-])|(?P<open>[(\[⟨])|(?P<close>[)\]⟩])"
    r"|(?P<bar>[‖|])|(?P<sign>[∠Σ∑∞…∇])|(?P<comma>,)|(?P<space> )|(?P<other>.)",
    re.DOTALL,
)
_OPAQUE = re.compile(r"^--|[\\%#&]|://|[A-Za-z0-9_]{2}[./:]+[A-Za-z]{2}")
_LONGEST = 80
"""Longest word that may be a formula."""
_JOINS = frozenset("=≤≥<>≠≈→⪰∈∝≪~+−·×/±∘⊙-")
_E = re.compile(r"(?<![\w.])(\d+(?:\.\d+)?)e([+-]\d{1,3})(?![\w.])")
_SIGNALS = {"fraction", "power", "index", "relation", "root", "sign"}
_APART = {("number", "open"), ("letter", "number"), ("index", "number"), ("close", "number")}
"""With a space between them these are not a product: a remark in brackets, or a separate number."""
_EDGES = {"space", "comma", "operator", "relation"}


class _Token(NamedTuple):
    kind: str
    text: str


def typeset(text: str) -> list[Piece]:
    r"""Split a text into words and formulas; formulas between dollars are kept.

    Examples
    --------
    >>> [tuple(piece) for piece in typeset("falls like p^(-1/2) if λ_min ≥ ½‖w_r‖², say")]
    ... # doctest: +NORMALIZE_WHITESPACE
    [('falls like ', False), ('p^{-1/2}', True), (' if ', False),
     ('λ_{\\min} \\ge \\tfrac12 \\|w_{r}\\|^{2}', True), (', say', False)]
    """
    found: list[Piece] = []
    for piece in pieces(text):
        found += [piece] if piece.is_math else _split(piece.text)
    return [piece for piece in found if piece.text]


def _split(text: str) -> Iterator[Piece]:
    source = _E.sub(_power_of_ten, text.replace(" +/- ", " ± "))
    source = "".join(_decomposed(sign) for sign in source)
    plain, run = "", list[_Token]()
    for token in [*_tokens(source), _Token("word", "")]:
        if token.kind not in ("word", "name", "other"):
            run.append(token)
            continue
        for part in _formulas(run):
            if part.is_math:
                yield Piece(unicodedata.normalize("NFC", plain), False)
                yield part
                plain = ""
            else:
                plain += part.text
        plain, run = plain + token.text, []
    yield Piece(unicodedata.normalize("NFC", plain), False)


def _decomposed(sign: str) -> str:
    """Decompose a letter with a mathematical accent into letter and accent."""
    parts = unicodedata.normalize("NFD", sign)
    return parts if len(parts) == 2 and parts[1] in _ACCENTS else sign


def _tokens(source: str) -> Iterator[_Token]:
    """Words, signs and letters; paths, names and options are single words."""
    chunks = re.findall(r"[^\S ]+|[^\s]+| ", source)
    for k, chunk in enumerate(chunks):
        if len(chunk) > _LONGEST or _OPAQUE.search(chunk):
            yield _Token("word", chunk)
            continue
        for match in _TOKEN.finditer(chunk):
            kind = match.lastgroup or "other"
            beside = (chunks[max(k - 2, 0)], chunks[min(k + 2, len(chunks) - 1)])
            article = match[0] in "aA" and chunk.strip("(),.:;") == match[0] and not _JOINS & set(beside)
            yield _Token("name" if article and kind == "letter" else kind, match[0])


def _power_of_ten(match: re.Match[str]) -> str:
    power = str(int(match[2])).translate(str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻"))
    return match[1] if float(match[1]) == 0 else f"{match[1]} × 10{power}"


def _formulas(run: Sequence[_Token]) -> Iterator[Piece]:
    """The formulas in a run of tokens, with the text between them."""
    depth, part = 0, list[_Token]()
    for token in run:
        beside = [one.kind for one in part[-2:]]
        if not depth and len(beside) == 2 and beside[1] == "space" and (beside[0], token.kind) in _APART:
            yield from _formula(part)
            part = []
        depth += (token.kind == "open") - (token.kind == "close")
        if depth < 0 or (token.kind == "comma" and depth == 0):
            yield from _formula(part)
            yield Piece(token.text, False)
            depth, part = 0, []
        else:
            part.append(token)
    if depth:  # a bracket that closes after a word: what stands in it is looked at alone
        k = _unclosed(part)
        yield from _formula(part[:k])
        yield Piece(part[k].text, False)
        yield from _formulas(part[k + 1 :])
    else:
        yield from _formula(part)


def _unclosed(part: Sequence[_Token]) -> int:
    """Index of the first unclosed bracket."""
    waiting: list[int] = []
    for k, token in enumerate(part):
        if token.kind == "open":
            waiting.append(k)
        elif token.kind == "close":
            waiting.pop()
    return waiting[0]


def _formula(part: Sequence[_Token]) -> Iterator[Piece]:
    start, end = 0, len(part)
    while start < end and part[start].kind in _EDGES and part[start].text not in "−-":
        start += 1
    while start < end and (part[start].kind == "space" or part[start].text == "-"):
        start += 1
    while end > start and part[end - 1].kind in _EDGES:
        end -= 1
    inner = part[start:end]
    latex = _latex(inner) if _is_formula(inner) else None
    yield Piece("".join(token.text for token in part[:start]), False)
    yield Piece(latex, True) if latex else Piece("".join(token.text for token in inner), False)
    yield Piece("".join(token.text for token in part[end:]), False)


def _is_formula(part: Sequence[_Token]) -> bool:
    kinds = {token.kind for token in part}
    if [token.kind for token in part] == ["open", "letter", "close"]:  # the number of an item
        return False
    if not kinds & {"letter", "number", "product", "fraction"}:
        return False
    bars = [sum(token.text == bar for token in part) for bar in "‖|"]
    scripts = {"index", "power"}
    hanging = part[0].kind in scripts or any(
        a.kind in ("space", "operator", "relation", "open") and b.kind in scripts for a, b in pairwise(part)
    )
    if hanging or any(count % 2 for count in bars) or part[-1].kind == "root":
        return False
    return bool(kinds & _SIGNALS) or "letter" in kinds


def _latex(part: Sequence[_Token]) -> str:
    atoms, used, k = list[str](), set[str](), 0
    while k < len(part):
        kind, text = part[k]
        if kind == "root":
            inside, k = _under(part, k + 1)
            atoms.append(rf"\sqrt{{{inside}}}")
            used = set()
            continue
        if kind in ("index", "power"):
            if kind in used:  # TeX has no second index on one letter
                atoms[-1], used = f"{{{atoms[-1]}}}", set()
            atoms[-1] += _one(kind, text)
            used.add(kind)
        else:
            is_sum = text not in "Σ∑" or _sums(part[k + 1 :])
            atoms.append(_one(kind, text) if is_sum else r"\Sigma ")
            used = set()
        k += 1
    return "".join(atoms).strip()


def _sums(after: Sequence[_Token]) -> bool:
    """Whether a sigma is a sum: then a space follows, and no relation; else it is a letter."""
    rest = [token.kind for token in after if token.kind != "index"]
    return rest[:1] == ["bar"] or (rest[:1] == ["space"] and rest[1:2] not in (["relation"], ["operator"]))


def _under(part: Sequence[_Token], k: int) -> tuple[str, int]:
    """The radicand: a bracket, or one letter or number with its index."""
    if part[k].kind == "open":
        depth, end = 0, k
        while True:
            depth += (part[end].kind == "open") - (part[end].kind == "close")
            end += 1
            if not depth:
                return _latex(part[k + 1 : end - 1]), end
    end = k + 1
    while end < len(part) and part[end].kind == "index":
        end += 1
    return _latex(part[k:end]), end


def _one(kind: str, text: str) -> str:
    match kind:
        case "index" | "power":
            body = text[1:].strip("(){}") if text[0] in "_^" else "".join(_SCRIPTS[sign] for sign in text)
            body = {"min": r"\min", "max": r"\max"}.get(body, body.replace("−", "-"))
            return f"{'_' if kind == 'index' else '^'}{{{body.strip()}}}"
        case "letter" if len(text) > 1 and text[1] in _ACCENTS:
            return rf"\{_ACCENTS[text[1]]} {text[0]}{text[2:]}"
        case "function":
            return _FUNCTIONS[text]
        case "fraction":
            return _FRACTIONS[text]
        case "number":
            return text.replace("\u202f", r"\,")
        case _:
            return _SIGNS.get(text, text)
