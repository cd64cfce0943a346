"""The learning rules of the engine as formulas, for networks of any depth.

Scalings such as ``1/√p`` and the learning rates of layers are absorbed in the weights; ``E`` is the derivative of the
loss by the outputs, so that what is found for every E holds for every loss, every data set and every minibatch.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal, NamedTuple

from fa_theory.errors import InputError

HIDDEN = (("p", "r"), ("q", "j"), ("u", "l"), ("v", "m"))
"""Size and index of each hidden layer."""
Activation = Literal["linear", "homogeneous", "any"]
Decay = Literal["none", "output", "all", "matched"]


class NamedRule(NamedTuple):
    """A rule of the engine, as far as formulas need it: the letter of what the error is sent back through.

    W are the weights, B weights of their own, S the signs of W times magnitudes that stay.
    """

    title: str
    sent: Literal["W", "B", "S"]
    direct: bool = False
    """Whether the error goes from the output to each layer."""
    learnt: bool = False
    """Whether B takes the steps of W."""


RULES = {
    "bp": NamedRule("backpropagation", "W"),
    "fa": NamedRule("feedback alignment", "B"),
    "dfa": NamedRule("direct feedback alignment", "B", direct=True),
    "kolen-pollack": NamedRule("Kolen–Pollack", "B", learnt=True),
    "sign": NamedRule("sign-symmetric feedback, while no sign changes", "S"),
}
ACTIVATIONS = {
    "linear": "linear",
    "homogeneous": "with a 1-homogeneous activation such as ReLU",
    "any": "with any activation",
}
DECAYS = {
    "none": "",
    "output": ", decay of the output layer",
    "all": ", decay of all weights",
    "matched": ", decay that doubles from layer to layer",
}


@dataclass(frozen=True)
class LinearNetwork:
    """What a rule is applied to, see `formulas`."""

    layers: int = 2
    activation: str = "linear"
    decay: str = "none"
    momentum: bool = False
    one_output: bool = False
    kernels: bool = False


def formulas(name: str, network: LinearNetwork = LinearNetwork()) -> str:
    """A rule as text that `fa_theory.discovery.plasticity.parse` reads.

    Parameters
    ----------
    name
        One of `RULES`.
    network
        Layers (2 to 5); ``activation``: ``linear``, ``homogeneous`` (``ψ(z) = ψ'(z) z``), ``any``; ``decay`` of the
        weights: ``none``, ``output`` layer, ``all`` equally, or ``matched``: λ in the first layer and twice as much in
        each further one; ``momentum``: heavy ball; ``one_output``; ``kernels``:
        of the constant feedback, as further constants ``N`` with ``B N = 0``, and for DFA ``K B = L B'``.

    Raises
    ------
    InputError
        If a name or number is unknown.

    Examples
    --------
    >>> print(formulas("fa"))
    # feedback alignment, two layers, linear
    state W1[p,d] W2[c,p]
    constant B2[c,p] T[c,d]
    input X[n,d] E[n,c]
    derived H1[n,p] G1[n,p]
    <BLANKLINE>
    E[i,a] = W2[a,r] H1[i,r] - T[a,k] X[i,k]
    H1[i,r] = W1[r,k] X[i,k]
    G1[i,r] = E[i,a] B2[a,r]
    W1[r,k]' = - G1[i,r] X[i,k]
    W2[a,r]' = - E[i,a] H1[i,r]
    """
    _known("rule", name, RULES)
    _known("activation", network.activation, ACTIVATIONS)
    _known("decay", network.decay, DECAYS)
    if not 2 <= network.layers <= len(HIDDEN) + 1:
        raise InputError(f"expected 2 to {len(HIDDEN) + 1} layers but got {network.layers}")
    return _Formulas(name, network).text()


def _known(what: str, value: str, among: Collection[str]) -> None:
    if value not in among:
        raise InputError(f"unknown {what} {value!r}; choose one of {', '.join(among)}")


class _Formulas:
    def __init__(self, name: str, network: LinearNetwork) -> None:
        self.rule, self.network, self.depth = RULES[name], network, network.layers
        last = ("", "") if network.one_output else ("c", "a")
        self.places = [("d", "k"), *HIDDEN[: self.depth - 1], last]
        """Size and index of the inputs, of each hidden layer, and of the outputs."""

    def at(self, tensor: str, *places: tuple[str, str], index: bool = True) -> str:
        """A tensor with its indices, or with its sizes."""
        inside = ",".join(place[index] for place in places if place[0])
        return f"{tensor}[{inside}]" if inside else tensor

    def weights(self, letter: str, layer: int, *, index: bool = True) -> str:
        """The weights or feedback weights of a layer."""
        direct = self.rule.direct and letter == "B"
        above = self.places[-1] if direct else self.places[layer]
        return self.at(f"{letter}{layer}", above, self.places[layer - 1], index=index)

    def hidden(self, letter: str, layer: int, *, index: bool = True) -> str:
        """Values of all samples in a layer: X, E, or the letter."""
        name = {0: "X", self.depth: "E"}.get(layer, f"{letter}{layer}")
        return self.at(name, ("n", "i"), self.places[layer], index=index)

    def text(self) -> str:
        """The file."""
        layers, between = range(1, self.depth + 1), range(1, self.depth)
        kind = self.network.activation
        sent, learnt = self.rule.sent, self.rule.learnt
        feedback = [self.weights(sent, layer, index=False) for layer in layers if layer > 1 and sent != "W"]
        weights = [self.weights("W", layer, index=False) for layer in layers]
        velocities = [w.replace("W", "U", 1) for w in weights] if self.network.momentum else []
        if self.network.momentum and learnt:
            velocities += [b.replace("B", "C", 1) for b in feedback]
        linear = kind == "linear"
        extra = {"linear": [], "homogeneous": ["D"], "any": ["D", "H"]}[kind]
        inputs = [self.hidden("", 0, index=False), self.hidden("", self.depth, index=False)]
        inputs += [self.hidden(letter, layer, index=False) for letter in extra for layer in between]
        derived = [self.hidden(letter, layer, index=False) for letter in ("H", "G") for layer in between]
        derived = [each for each in derived if each not in inputs]
        constants = [
            *([] if learnt else feedback),
            *([self.at("T", self.places[-1], self.places[0], index=False)] if linear else []),
        ]
        constants += ["lam"] if self.network.decay != "none" else []
        constants += ["gam"] if self.network.momentum else []
        number = {2: "two", 3: "three", 4: "four", 5: "five"}[self.depth]
        title = f"{self.rule.title}, {number} layers, {ACTIVATIONS[kind]}{DECAYS[self.network.decay]}"
        title += ", heavy ball" * self.network.momentum + ", one output" * self.network.one_output
        lines = [f"# {title}", "state " + " ".join([*weights, *(feedback if learnt else []), *velocities])]
        lines += ["constant " + " ".join(constants)] if constants else []
        lines += ["input " + " ".join(inputs), "derived " + " ".join(derived)]
        if "lam" in constants or "gam" in constants:
            lines += ["growth g"]
        if not linear:
            lines += ["entrywise " + " ".join(size for size, _ in self.places[1:-1])]
        lines += [""]
        if linear:
            targets = f"{self.at('T', self.places[-1], self.places[0])} {self.hidden('', 0)}"
            outputs = f"{self.weights('W', self.depth)} {self.hidden('H', self.depth - 1)}"
            lines += [f"{self.hidden('', self.depth)} = {outputs} - {targets}"]
        if kind != "any":
            lines += [
                f"{self.hidden('H', m)} = {self.slope(m)}{self.weights('W', m)} {self.hidden('H', m - 1)}"
                for m in between
            ]
        above = {m: self.depth if self.rule.direct else m + 1 for m in between}
        lines += [
            f"{self.hidden('G', m)} = {self.slope(m)}{self.hidden('G', above[m])} {self.weights(sent, m + 1)}"
            for m in between
        ]
        for m in layers:
            lines += self.moves("W", "U", m)
            lines += self.moves("B", "C", m) if learnt and m > 1 else []
        if "lam" in constants or "gam" in constants:
            lines += [f"g' = {'gam' if 'gam' in constants else 'lam'} g"]
        return "\n".join([*lines, *(self.kernels() if self.network.kernels else [])])

    def kernels(self) -> list[str]:
        """Constants in the kernels of the feedback, and for DFA pairs that make the feedback of two layers equal."""
        letter = "" if self.rule.learnt or self.rule.sent == "W" else self.rule.sent
        lines: list[str] = []
        for m in range(2, self.depth + 1) if letter else []:
            start = m if self.rule.direct else self.depth
            chain = " ".join(self.weights(letter, k) for k in range(start, m - 1, -1))
            below = self.places[m - 1]
            lines += [f"constant {self.at(f'N{m}', (f'm{m}', ''), below, index=False)}"]
            lines += [f"relation {chain} {self.at(f'N{m}', (f'm{m}', f'x{m}'), below)} = 0"]
            if self.rule.direct and m < self.depth:
                one, two = self.places[m - 1], self.places[m]
                row = (f"k{m}", f"y{m}")
                lines += [
                    f"constant {self.at(f'K{m}', row, one, index=False)} {self.at(f'L{m}', row, two, index=False)}"
                ]
                left = f"{self.at(f'K{m}', row, one)} {self.weights('B', m)}"
                lines += [f"relation {left} = {self.at(f'L{m}', row, two)} {self.weights('B', m + 1)}"]
        return lines

    def slope(self, layer: int) -> str:
        """The factor ψ'(z)."""
        return "" if self.network.activation == "linear" else self.hidden("D", layer) + " "

    def moves(self, letter: str, velocity: str, layer: int) -> list[str]:
        """The rate of weights, and of their velocity."""
        weights = self.weights(letter, layer)
        force = f"- {self.hidden('G', layer)} {self.hidden('H', layer - 1)}"
        strength = {"none": 0, "output": int(layer == self.depth), "all": 1, "matched": 2 ** (layer - 1)}
        decay = strength[self.network.decay]
        if decay:
            force += f" - {f'{decay} ' * (decay > 1)}lam {weights}"
        if not self.network.momentum:
            return [f"{weights}' = {force}"]
        speed = weights.replace(letter, velocity, 1)
        return [f"{weights}' = {speed}", f"{speed}' = {force} - gam {speed}"]
