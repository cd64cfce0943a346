"""Documents of kind ``growth``: one step in exact numbers, and every entry that the format fixes."""

from __future__ import annotations

from math import inf
from typing import Any

import numpy as np
import pytest
from flint import arb, arb_mat

from fa_theory.checker.counterexample import growth, rules
from fa_theory.checker.counterexample import numbers as num
from fa_theory.checker.counterexample.growth import ErrorGrowth, check, squared_errors
from fa_theory.checker.document import ExactState, MalformedDocument
from fa_theory.model.activations import ACTIVATIONS


def one(beta: float = 0.0, b: float = 1.0, W: float = 1.0, eta: float = 1.0) -> ExactState:
    """A linear neuron with input 1 and target −1."""
    return ExactState("linear", arb(eta), arb_mat([[1]]), [arb(-1)], arb_mat([[W]]), [arb(beta)], [arb(b)])


def test_one_step_of_one_neuron() -> None:
    # e = 1: W ← 1 − ηb, β ← −η, e ← (1 − ηb)(−η) + 1
    for b, eta, after in ((1.0, 2.0, 3.0), (-3.0, 1.0, -3.0), (1.0, 0.5, 0.75), (2.0, 0.5, 1.0), (0.0, 4.0, -3.0)):
        assert [float(v) for v in squared_errors(one(b=b, eta=eta))] == [1.0, after**2]


@pytest.mark.parametrize("name", ["linear", "tanh", "relu", "softplus"])
@pytest.mark.parametrize("k", [1, 2])
def test_a_step_in_floats(name: str, k: int) -> None:
    g = np.random.default_rng([k, len(name)])
    n, d, p, eta = 3, 2, 4, 0.75
    X, W, y, beta, b = (g.normal(size=size) for size in ((n, d), (p, d), (n, k), (p, k), (p, k)))
    psi = ACTIVATIONS[name]

    def error(W: Any, beta: Any) -> Any:
        return psi.value(X @ W.T) @ beta / np.sqrt(p) - y

    e, s = error(W, beta), eta / np.sqrt(p)
    after = error(W - s * ((e @ b.T) * psi.slope(X @ W.T)).T @ X, beta - s * psi.value(X @ W.T).T @ e)
    mat = [arb_mat(A.tolist()) for A in (X, W)]
    flat = [[arb(v) for v in A.ravel().tolist()] for A in (y, beta, b)]
    of = ExactState(name, arb(eta), mat[0], flat[0], mat[1], flat[1], flat[2])
    assert np.allclose([float(v) for v in squared_errors(of)], [(e**2).sum(), (after**2).sum()], rtol=1e-10)


def test_only_what_is_certainly_more_is_growth() -> None:
    # the error is multiplied by 3
    for state in (one(eta=2.0), one(b=-3.0)):
        for factor in (0.0, 1.0, 2.999, 3 * (1 - 2.0**-40)):
            found = check(ErrorGrowth(state, arb(factor)))
            assert found.violations == []
            assert "multiplies the error by more than" in found.statement
            assert 3 * (1 - 1e-12) < found.bounds["growth_low"] <= 3 <= found.bounds["growth_high"] < 3 * (1 + 1e-12)
        for factor in (3.0, 3 * (1 + 2.0**-40), 4.0):
            found = check(ErrorGrowth(state, arb(factor)))
            assert [size for size, _ in found.violations] == [inf]
            assert found.statement == ""
            assert f"growth by more than {factor:.6g} is claimed" in found.violations[0][1]
    shown = check(ErrorGrowth(one(eta=2.0), arb(1.5))).statement
    assert shown == "one step multiplies the error by more than 1.5"


def test_no_error_and_a_kink_on_the_way() -> None:
    assert check(ErrorGrowth(one(beta=-1.0), arb(0.0))).violations
    # the slope at exactly 0 is 0, so W stays, and so do features and error
    still = ExactState("relu", arb(1), arb_mat([[1]]), [arb(-1)], arb_mat([[0]]), [arb(1)], [arb(1)])
    assert [float(v) for v in squared_errors(still)] == [1.0, 1.0]


def document(**parts: Any) -> dict[str, Any]:
    h: Any = float.hex
    return {
        "format": "", "kind": "growth", "data": "made up", "activation": "linear", "eta": h(2.0), "X": [[h(1.0)]],
        "y": [h(-1.0)], "W": [[h(1.0)]], "beta": [h(0.0)], "b": [h(1.0)], "digest": "", "steps": 1, "lam": h(0.0),
        "factor": h(2.5),
    } | parts  # fmt: skip


def test_what_a_document_must_say() -> None:
    claim = ErrorGrowth.read(document())
    assert claim.factor == 2.5
    assert check(claim).violations == []
    assert ErrorGrowth.read(document(factor=(0.0).hex())).factor == 0
    bad = [
        *({"steps": steps} for steps in (2, 0, True, 1.0, "1", None)),
        *({"lam": lam} for lam in (0, (0.5).hex(), 0.0, None, "-0x0.0p+0")),
        *({"factor": factor} for factor in ((-1.0).hex(), (-(2.0**-1074)).hex(), "nan", 1.5)),
        {"more": 1},
    ]
    for change in bad:
        with pytest.raises(MalformedDocument):
            ErrorGrowth.read(document(**change))
    for key in growth.KEYS:
        with pytest.raises(MalformedDocument):
            ErrorGrowth.read({name: value for name, value in document().items() if name != key})
    with pytest.raises(MalformedDocument, match="steps: this format knows only 1"):
        ErrorGrowth.read(document(steps=2))


def test_feedback_of_the_rules() -> None:
    b, beta = (num.array([str(x) for x in entries], "", 9) for entries in ((-3, 2, 5), (7, -4, 0)))
    sent = {name: [int(x) for x in rule(b, beta).entries] for name, rule in rules.FEEDBACK.items()}
    assert sent == {
        "fa": [-3, 2, 5],
        "dfa": [-3, 2, 5],
        "bp": [7, -4, 0],
        "sign": [3, -2, 0],
        "usf": [1, -1, 0],
    }
    assert rules.CONSTANT == ("fa", "dfa")
