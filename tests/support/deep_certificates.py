"""Small certificates about networks of several depths and rules, that several test files start from."""

from __future__ import annotations

import copy
from functools import cache
from typing import Any, NamedTuple
from unittest.mock import patch

from certificates import _skew
from flint import arb, arb_mat

from fa_theory.enclosure import deep_search
from fa_theory.enclosure.deep import certify_deep_run
from fa_theory.model.deep_problem import DeepLaw


class Case(NamedTuple):
    """A law, small enough for tests."""

    activation: str = "tanh"
    hidden: tuple[int, ...] = (20, 20)
    rule: str = "fa"
    k: int = 1
    scaling: str = "ntk"
    eta: float = 0.3
    n: int = 3
    seed: int = 0


@cache
def _certificate(case: Case) -> dict[str, Any]:
    law = DeepLaw(
        case.activation,
        case.n,
        6,
        case.hidden,
        k=case.k,
        eta=case.eta,
        rule=case.rule,
        scaling=case.scaling,
    )
    with patch.object(deep_search, "norms", _skew):
        outcome = certify_deep_run(law.sample(rng=case.seed), max_steps=4000)
    assert outcome.certificate is not None, f"{case}: {outcome.reason}"
    return outcome.certificate.document


def deep_certificate(case: Case | None = None, **change: Any) -> dict[str, Any]:
    """A valid certificate, free to be changed."""
    return copy.deepcopy(_certificate((case or Case())._replace(**change)))


class Run:
    """A network in balls of high precision, written for tests alone."""

    def __init__(self, document: dict[str, Any]) -> None:
        def matrix(rows: Any) -> arb_mat:
            rows = rows if isinstance(rows[0], list) else [[x] for x in rows]
            return arb_mat([[arb(float.fromhex(x)) for x in row] for row in rows])

        self.rule, self.psi = document["rule"], document["activation"]
        self.X, self.y = matrix(document["X"]), matrix(document["y"])
        self.W = [matrix(M) for M in document["W"]]
        self.B = [matrix(M) for M in document["B"] or []]
        self.eta, self.start = arb(float.fromhex(document["eta"])), [W * 1 for W in self.W]
        self.C = matrix(document["norm"])
        widths = [W.ncols() for W in self.W]
        half = {"ntk": [arb(1) / arb(w).sqrt() for w in widths], "standard": [arb(1)] * len(widths)}
        half["mean-field"] = [*half["ntk"][:-1], 1 / arb(widths[-1])]
        self.s = [arb(1), *half[document["scaling"]][1:]]

    def each(self, M: arb_mat, f: Any) -> arb_mat:
        return arb_mat(M.nrows(), M.ncols(), [f(x) for x in M.entries()])

    def value(self, x: arb) -> arb:
        match self.psi:
            case "linear":
                return x
            case "relu":
                return x if x > 0 else arb(0)
            case "tanh":
                return x.tanh()
            case "erf":
                return x.erf()
            case "sigmoid":
                return 1 / (1 + (-x).exp())
            case "softplus":
                return (1 + x.exp()).log()
            case "gelu":
                return x * (1 + (x / arb(2).sqrt()).erf()) / 2
        raise AssertionError(self.psi)

    def slope(self, x: arb) -> arb:
        match self.psi:
            case "linear":
                return arb(1)
            case "relu":
                return arb(1) if x > 0 else arb(0)
            case "tanh":
                return 1 - x.tanh() ** 2
            case "erf":
                return 2 * (-x * x).exp() / arb.pi().sqrt()
            case "sigmoid":
                return self.value(x) * (1 - self.value(x))
            case "softplus":
                return 1 / (1 + (-x).exp())
            case "gelu":
                return (1 + (x / arb(2).sqrt()).erf()) / 2 + x * (-x * x / 2).exp() / (2 * arb.pi()).sqrt()
        raise AssertionError(self.psi)

    def feedback(self, at: int) -> arb_mat:
        W = self.W[at]
        signs = self.each(W, lambda x: arb((x > 0) - (x < 0)))
        match self.rule:
            case "bp":
                return W
            case "usf":
                return signs
            case "sign":
                pairs = zip(signs.entries(), self.B[at - 1].entries(), strict=True)
                return arb_mat(W.nrows(), W.ncols(), [s * abs(b) for s, b in pairs])
        return self.B[at - 1]

    def step(self) -> arb_mat:
        """The error, as a column sample after sample; and one step."""
        h, slopes = [self.X], []
        for s, W in zip(self.s, self.W, strict=True):
            z = h[-1] * W.transpose() * s
            h.append(self.each(z, self.value))
            slopes.append(self.each(z, self.slope))
        e = z - self.y
        delta = [e]
        for at in range(len(self.W) - 1, 0, -1):
            back = (e if self.rule == "dfa" else delta[0]) * self.feedback(at) * self.s[at]
            pairs = zip(back.entries(), slopes[at - 1].entries(), strict=True)
            delta.insert(0, arb_mat(back.nrows(), back.ncols(), [x * y for x, y in pairs]))
        moves = [d.transpose() * x * (self.eta * s) for d, x, s in zip(delta, h, self.s, strict=False)]
        self.W = [(W - move).mid() for W, move in zip(self.W, moves, strict=True)]
        if self.rule == "kolen-pollack":
            self.B = [(B - move).mid() for B, move in zip(self.B, moves[1:], strict=True)]
        return arb_mat(len(e.entries()), 1, e.entries())

    def moved(self) -> list[float]:
        """``‖W_l − W_l(0)‖_F``."""
        return [
            float(sum((x * x for x in (W - V).entries()), arb(0)).sqrt())
            for W, V in zip(self.W, self.start, strict=True)
        ]


def length(v: arb_mat) -> float:
    return float(sum((x * x for x in v.entries()), arb(0)).sqrt())
