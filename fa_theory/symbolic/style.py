"""Two ways to write the parts of a formula: LaTeX, and plain text with Greek letters."""

from __future__ import annotations

from typing import Protocol

GREEK = {
    "alpha": "α", "beta": "β", "gamma": "γ", "delta": "δ", "epsilon": "ε", "eta": "η", "lam": "λ", "kappa": "κ",
    "nu": "ν", "rho": "ρ", "sigma": "σ", "tau": "τ", "theta": "θ", "omega": "ω", "psi": "ψ",
    "Gamma": "Γ", "Lambda": "Λ", "Sigma": "Σ", "Psi": "Ψ",
}  # fmt: skip
MARKS = {
    "+": ("^{+}", "⁺"),
    "~": (r"\tilde ", "\u0303"),
    ".": (r"\dot ", "\u0307"),
    "-": (r"\bar ", "\u0304"),
    "'": ("'", "'"),
}


class Style(Protocol):
    """Rules for composing the parts of a formula."""

    def name(self, name: str, indices: str = "") -> str:
        """A symbol with its indices."""
        ...

    def fraction(self, above: str, below: str) -> str:
        """A quotient."""
        ...

    def power(self, base: str, exponent: str) -> str:
        """A power."""
        ...

    def root(self, inside: str) -> str:
        """A square root."""
        ...

    def sum(self, indices: str, body: str) -> str:
        """A sum over indices."""
        ...

    def group(self, inside: str) -> str:
        """Parentheses."""
        ...

    def norm(self, inside: str) -> str:
        """A norm."""
        ...

    def rate(self, inside: str) -> str:
        """A derivative in time at 0."""
        ...

    def mean(self, inside: str) -> str:
        """An expectation."""
        ...

    def absolute(self, inside: str) -> str:
        """An absolute value."""
        ...

    def minus(self) -> str:
        """The sign of a negative term."""
        ...


class Latex(Style):
    """LaTeX for amsmath."""

    def name(self, name: str, indices: str = "") -> str:
        stem, marks, number = split(name)
        indices = indices.replace("·", r"\cdot ")
        match stem:
            case "lam":
                text = r"\lambda"
            case "exp" | "log" | "max":
                text = f"\\{stem}"
            case _ if stem in GREEK:
                text = f"\\{stem}"
            case _:
                text = stem if len(stem) == 1 else rf"\mathit{{{stem}}}"  # one name, not a product of letters
        over = "".join(MARKS[mark][0] for mark in marks if mark in "~.-")
        text = over + (f"{{{text}}}" if over else text)
        below = ",".join(part for part in (number, indices) if part)
        return text + "".join(MARKS[mark][0] for mark in marks if mark in "+'") + (f"_{{{below}}}" if below else "")

    def fraction(self, above: str, below: str) -> str:
        return rf"\frac{{{above}}}{{{below}}}"

    def power(self, base: str, exponent: str) -> str:
        # a second superscript on the same symbol is an error in TeX
        bare = "^" in base and not base.startswith(r"\left")
        return f"{self.group(base) if bare else base}^{{{exponent}}}"

    def root(self, inside: str) -> str:
        return rf"\sqrt{{{inside}}}"

    def sum(self, indices: str, body: str) -> str:
        return rf"\sum_{{{indices}}} {body}"

    def group(self, inside: str) -> str:
        return rf"\left({inside}\right)"

    def norm(self, inside: str) -> str:
        return rf"\left\lVert {inside} \right\rVert"

    def rate(self, inside: str) -> str:
        return rf"\left.\frac{{\mathrm{{d}}}}{{\mathrm{{d}}\tau}}\right|_{{\tau=0}} {inside}"

    def mean(self, inside: str) -> str:
        return rf"\mathbb{{E}} {inside}"

    def absolute(self, inside: str) -> str:
        return rf"\left|{inside}\right|"

    def minus(self) -> str:
        return "-"


class Text(Style):
    """Plain text with Greek letters and superscripts, for a terminal."""

    _SUPERSCRIPT = str.maketrans("0123456789+-t()", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻ᵗ⁽⁾")
    _SUBSCRIPT = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")

    def name(self, name: str, indices: str = "") -> str:
        stem, marks, number = split(name)
        text = GREEK.get(stem, stem) + "".join(MARKS[mark][1] for mark in marks)
        return text + number.translate(self._SUBSCRIPT) + (f"_{indices}" if indices else "")

    def fraction(self, above: str, below: str) -> str:
        return f"{above}/({below})" if " " in below else f"{above}/{below}"

    def power(self, base: str, exponent: str) -> str:
        if "/" in exponent:  # "/" has no superscript
            return f"{base}^({exponent})"
        if base.startswith("√") or base[-1] in "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻ᵗ⁾":
            base = self.group(base)
        return base + exponent.replace(" ", "").translate(self._SUPERSCRIPT)

    def root(self, inside: str) -> str:
        return f"√{self.group(inside) if ' ' in inside else inside}"

    def sum(self, indices: str, body: str) -> str:
        return f"Σ_{indices} {body}"

    def group(self, inside: str) -> str:
        return f"({inside})"

    def norm(self, inside: str) -> str:
        return f"‖{inside}‖"

    def rate(self, inside: str) -> str:
        return f"d/dτ {inside}"

    def mean(self, inside: str) -> str:
        return f"E{inside}"

    def absolute(self, inside: str) -> str:
        return f"|{inside}|"

    def minus(self) -> str:
        return "−"


def split(name: str) -> tuple[str, str, str]:
    """``"W0+"`` → stem W, marks +, number 0."""
    stem = name.rstrip("".join(MARKS))
    marks = name[len(stem) :]
    letters = stem.rstrip("0123456789")
    return letters, marks, stem[len(letters) :]
