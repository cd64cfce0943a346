"""Networks of any depth: every rule against a transcription of its formula, gradients, and the exact step."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from importlib.util import find_spec

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fa_theory.model.ball import balls, midpoints
from fa_theory.model.deep import DeepNetwork, DeepWeights, Learning, advance, gaussian_deep_network, of_two_layers
from fa_theory.model.losses import as_loss
from fa_theory.model.network import Network
from fa_theory.model.rules import RULES, Rule, step
from fa_theory.model.secant import exact_step

ALL = tuple(RULES.values())
LINEAR_IN_THE_ERROR = [r for r in RULES.values() if r.name not in ("drtp", "hebb", "gevb")]
SMOOTH = ("tanh", "linear", "softplus", "gelu", "erf", "sigmoid")


@dataclass
class Deep:
    """A network, its data, and what a step needs."""

    net: DeepNetwork
    X: np.ndarray
    y: np.ndarray
    rule: Rule
    eta: float
    keep: list[float]
    draws: list[np.ndarray | None]

    def after(self, **settings) -> tuple[DeepNetwork, np.ndarray]:
        learning = Learning(self.rule, **settings)
        return advance(self.net, self.X, self.y, eta=self.eta, keep=self.keep, learning=learning, draws=self.draws)


@st.composite
def deep(draw, rules=ALL, psis=(*SMOOTH, "relu"), depths=(2, 4), biases=True, decay=True):
    rule, psi = draw(st.sampled_from(list(rules))), draw(st.sampled_from(psis))
    hidden = draw(st.lists(st.integers(1, 5), min_size=depths[0] - 1, max_size=depths[1] - 1))
    n, d, k, seed = draw(st.tuples(st.integers(1, 3), st.integers(1, 4), st.integers(1, 3), st.integers(0, 2**20)))
    scaling = draw(st.sampled_from(["ntk", "standard", "mean-field"]))
    rng = np.random.default_rng(seed)
    net = gaussian_deep_network(rng, (d, *hidden, k), psi, rule, scaling=scaling, biases=biases and draw(st.booleans()))
    c = tuple(rng.normal(size=a.shape) for a in net.weights.c)
    net = net.with_weights(net.weights._replace(c=c))
    keep = list(1 - 0.2 * rng.uniform(size=net.depth)) if decay else [1.0] * net.depth
    draws = [rng.normal(size=rule.draws(W.shape)) if rule.draws else None for W in net.weights.W[1:]]
    return Deep(net, rng.normal(size=(n, d)), rng.normal(size=(n, k)), rule, 0.1, keep, draws)


# the rules, sample by sample and as their papers have them; B and W of the layer above


def frobenius(A):
    return np.sqrt((A**2).sum())


TRANSCRIBED = {
    "fa": lambda W, B: B,
    "bp": lambda W, B: W,
    "kolen-pollack": lambda W, B: B,
    "weight-mirror": lambda W, B: B,
    "sign": lambda W, B: np.abs(B) * np.sign(W),
    "brsf": lambda W, B: np.abs(B) * np.sign(W),
    "usf": lambda W, B: np.sign(W),
    "usf-normalised": lambda W, B: np.sign(W) * frobenius(B) / frobenius(np.sign(W)),
    "usf-strict": lambda W, B: np.sign(W) * frobenius(W) / frobenius(np.sign(W)),
    "sign-strict": lambda W, B: np.abs(B) * np.sign(W) * frobenius(W) / frobenius(B * np.sign(W)),
    "brsf-strict": lambda W, B: np.abs(B) * np.sign(W) * frobenius(W) / frobenius(B * np.sign(W)),
}
FROM_OUTPUT = {
    "dfa": lambda e, y, B: B.T @ e,
    "drtp": lambda e, y, B: B.T @ y,
    "gevb": lambda e, y, B: e.sum() + 0 * B[0],
}


def transcribed(one: Deep) -> tuple[list[np.ndarray], list[np.ndarray], list[np.ndarray]]:
    """W, c and B after a step, by loops over samples and layers."""
    net, name = one.net, one.rule.name
    W, B, c, _ = net.weights
    L = net.depth
    s = [1.0] + [
        {"ntk": w**-0.5, "standard": 1.0, "mean-field": w ** -(1.0 if at == L else 0.5)}[net.scaling.name]
        for at, w in enumerate(net.widths[1:-1], 2)
    ]
    dW, dc = [np.zeros_like(A) for A in W], [np.zeros(A.shape[0]) for A in W]
    for x, target in zip(one.X, one.y, strict=True):
        h, z = [x], []
        for at in range(L):
            z.append(s[at] * W[at] @ h[at] + (c[at] if c else 0))
            h.append(net.psi.value(z[at]))
        e = z[-1] - target
        delta = e
        for at in range(L - 1, -1, -1):
            if at < L - 1:
                slope = net.psi.slope(z[at])
                if name in TRANSCRIBED:
                    delta = slope * (s[at + 1] * TRANSCRIBED[name](W[at + 1], B[at]).T @ delta)
                elif name in FROM_OUTPUT:
                    delta = slope * (s[at + 1] * FROM_OUTPUT[name](e, target, B[at]))
                else:
                    assert name == "hebb"
                    delta = -h[at + 1]
            dW[at] += s[at] * np.outer(delta, h[at])
            dc[at] += delta
    W_new = [k * A - one.eta * g for k, A, g in zip(one.keep, W, dW, strict=True)]
    B_new = list(B)
    for at in range(1, L):
        if name == "kolen-pollack":
            B_new[at - 1] = one.keep[at] * B[at - 1] - one.eta * dW[at]
        if name.startswith("brsf"):
            spread = net.widths[at] ** -0.5 if net.scaling.name == "standard" else 1.0
            B_new[at - 1] = spread * one.draws[at - 1]
        if name == "weight-mirror":
            noise = one.draws[at - 1]
            products = [np.outer(net.psi.value(s[at] * W[at] @ xi), xi) / s[at] for xi in noise]
            B_new[at - 1] = 0.9 * B[at - 1] + 0.1 * sum(products) / len(noise)
    if name == "gevb":
        W_new[1:] = [np.abs(A) for A in W_new[1:]]
    return W_new, [a - one.eta * g for a, g in zip(c, dc, strict=bool(c))] if c else [], B_new


@given(deep())
def test_every_rule_is_the_formula_of_its_paper(one):
    after, _ = one.after()
    W, c, B = transcribed(one)
    for found, expected in ((after.weights.W, W), (after.weights.c, c), (after.weights.B, B)):
        assert len(found) == len(expected)
        assert all(np.allclose(a, b, rtol=1e-12, atol=1e-12) for a, b in zip(found, expected, strict=True))


def test_every_rule_is_transcribed():
    assert {*TRANSCRIBED, *FROM_OUTPUT, "hebb"} == set(RULES)


@given(deep(rules=(Rule.BP,), psis=SMOOTH, decay=False))
def test_backpropagation_is_the_gradient(one):
    """Against central differences of the loss."""
    after, _ = one.after()
    W, c, tiny = one.net.weights.W, one.net.weights.c, 1e-6

    def loss(arrays):
        weights = DeepWeights(tuple(arrays[: len(W)]), one.net.weights.B, tuple(arrays[len(W) :]))
        return 0.5 * ((one.net.with_weights(weights).forward(one.X).f - one.y) ** 2).sum()

    arrays = [*W, *c]
    for at, (A, new) in enumerate(zip(arrays, (*after.weights.W, *after.weights.c), strict=True)):
        place = tuple(size // 2 for size in A.shape)
        up, down = ([B + 0 for B in arrays] for _ in range(2))
        up[at][place] += tiny
        down[at][place] -= tiny
        slope = (loss(up) - loss(down)) / (2 * tiny)
        assert (A[place] - new[place]) / one.eta == pytest.approx(slope, rel=1e-5, abs=1e-6)


@pytest.mark.skipif(find_spec("jax") is None, reason="JAX is not installed")
@settings(max_examples=30)
@given(deep(rules=(Rule.BP,), decay=False), st.sampled_from(["squares", "cross-entropy"]))
def test_backpropagation_is_the_gradient_of_autodiff(one, name):
    """Against JAX's automatic differentiation of the textbook loss, to rounding."""
    import jax

    weights = one.net.weights
    if name == "cross-entropy":
        one.y = one.y**2 / (one.y**2).sum(axis=-1, keepdims=True)

    def loss(W, c):
        f = one.net.with_weights(DeepWeights(W, weights.B, c)).forward(jax.numpy.asarray(one.X)).f
        squares, entropy = 0.5 * ((f - one.y) ** 2).sum(), -(one.y * jax.nn.log_softmax(f)).sum()
        return squares if name == "squares" else entropy

    with jax.enable_x64(True):
        arrays = tuple(tuple(map(jax.numpy.asarray, part)) for part in (weights.W, weights.c))
        gradients = jax.grad(loss, argnums=(0, 1))(*arrays)
        told = as_loss(name).value(one.net.forward(one.X).f, one.y)
        assert np.allclose(told, loss(*arrays), rtol=1e-12)
    after, _ = one.after(loss=name)
    for part, slopes in (("W", gradients[0]), ("c", gradients[1])):
        for old, new, slope in zip(getattr(weights, part), getattr(after.weights, part), slopes, strict=True):
            assert np.allclose((old - new) / one.eta, slope, rtol=1e-12, atol=1e-12)


@given(deep(rules=(Rule.FA, Rule.KOLEN_POLLACK)))
def test_feedback_through_the_weights_is_backpropagation(one):
    tied = one.net.with_weights(one.net.weights._replace(B=one.net.weights.W[1:]))
    one.net = tied
    fa, _ = one.after()
    one.rule = Rule.BP
    bp, _ = one.after()
    assert all(np.array_equal(a, b) for a, b in zip(fa.weights.W, bp.weights.W, strict=True))


@given(deep(rules=LINEAR_IN_THE_ERROR, biases=False))
def test_the_step_of_the_error_is_exact(one):
    after, e = one.after()
    terms = exact_step(one.net, after, one.X, rule=one.rule, keep=one.keep)
    predicted = e - one.eta * np.einsum("iajb,jb->ia", terms.K, e) - terms.drift
    assert np.allclose(after.forward(one.X).f - one.y, predicted, rtol=1e-13, atol=1e-13 * (1 + abs(e).max()))


def test_slopes_in_the_place_of_secants_are_refuted():
    """Mutant of the exact step."""
    rng = np.random.default_rng(0)
    net, X, y = gaussian_deep_network(rng, (3, 6, 6, 1), "tanh", "fa"), rng.normal(size=(3, 3)), rng.normal(size=(3, 1))
    after, e = advance(net, X, y, eta=0.3, keep=[1.0] * 3)
    wrong = e - 0.3 * np.einsum("iajb,jb->ia", exact_step(net, net, X, rule="fa").K, e)
    assert abs(after.forward(X).f - y - wrong).max() > 1e-3


# two layers are the case L = 2


@given(
    deep(rules=[r for r in RULES.values() if r.entrywise], depths=(2, 2), biases=False).filter(
        lambda one: one.net.scaling.name == "ntk"
    )
)
def test_two_layers_agree(one):
    two = one.net.two_layers()
    lam = (1 - one.keep[1]) / one.eta
    one.keep[0] = 1.0
    expected = step(two, one.X, one.y, eta=one.eta, lam=lam, rule=one.rule)
    found = one.after()[0].two_layers()
    for name in ("W", "beta", "b"):
        assert np.allclose(getattr(found, name), getattr(expected, name), rtol=1e-13, atol=1e-13)


@pytest.mark.parametrize("rule", [r.name for r in RULES.values() if r.entrywise])
@pytest.mark.parametrize("k", [None, 2])
def test_two_layers_agree_exactly_in_rationals(rule, k):
    exact = np.frompyfunc(Fraction, 1, 1)
    rng = np.random.default_rng(1)
    W, beta, b = (exact(rng.integers(-4, 5, size=shape)) / 2 for shape in ((4, 3), (4, k or 1), (4, k or 1)))
    X, y = exact(rng.integers(-4, 5, size=(3, 3))), exact(rng.integers(-4, 5, size=(3, k or 1)))
    two = Network(W, beta, b, "relu") if k else Network(W, beta[:, 0], b[:, 0], "relu")
    expected = step(two, X, y if k else y[:, 0], eta=Fraction(1, 4), lam=Fraction(1, 3), rule=rule)
    after, _ = advance(
        of_two_layers(two), X, y, eta=Fraction(1, 4), keep=[1, 1 - Fraction(1, 12)], learning=Learning(rule)
    )
    found = after.two_layers()
    assert (found.W == expected.W).all()
    assert (found.beta == expected.columns(expected.beta)).all()
    assert (found.b == expected.columns(expected.b)).all()


def test_balls_contain_the_floats():
    rng = np.random.default_rng(2)
    net, X, y = gaussian_deep_network(rng, (3, 4, 4, 2), "tanh", "fa"), rng.normal(size=(2, 3)), rng.normal(size=(2, 2))
    inside = net.with_weights(DeepWeights(*(tuple(map(balls, part)) for part in net.weights)))
    float_after, _ = advance(net, X, y, eta=0.5, keep=[1.0, 1.0, 1.0])
    ball_after, _ = advance(inside, balls(X), balls(y), eta=0.5, keep=[1.0, 1.0, 1.0])
    for a, b in zip(float_after.weights.W, ball_after.weights.W, strict=True):
        assert np.allclose(a, midpoints(b), rtol=1e-14, atol=1e-14)


def test_a_batch_is_its_networks():
    rng = np.random.default_rng(3)
    nets = [gaussian_deep_network(rng, (3, 7, 5, 2), "tanh", "fa", biases=True) for _ in range(3)]
    X, y, eta = rng.normal(size=(3, 4, 3)), rng.normal(size=(3, 4, 2)), np.array([0.1, 0.2, 0.3])[:, None, None]
    stacked = DeepWeights(
        *(
            tuple(map(np.stack, zip(*(getattr(net.weights, name) for net in nets), strict=True)))
            for name in DeepWeights._fields
        )
    )
    together, _ = advance(nets[0].with_weights(stacked), X, y, eta=eta, keep=[1 - 0.1 * eta] * 3)
    for i, net in enumerate(nets):
        alone, _ = advance(net, X[i], y[i], eta=float(eta[i, 0, 0]), keep=[1 - 0.1 * float(eta[i, 0, 0])] * 3)
        for a, b in zip(together.weights.W + together.weights.c, alone.weights.W + alone.weights.c, strict=True):
            assert np.array_equal(a[i], b)


def test_momentum_is_that_of_sgd():
    """Against the recursion written out: ``V ← μV + (∇ + λW)``, ``W ← W − ηV``."""
    rng = np.random.default_rng(4)
    net, X, y = gaussian_deep_network(rng, (3, 5, 1), "tanh", "bp"), rng.normal(size=(2, 3)), rng.normal(size=(2, 1))
    W, V, eta, lam, mu = [A.copy() for A in net.weights.W], [0.0, 0.0], 0.1, 0.3, 0.9
    for _ in range(4):
        plain, _ = advance(
            net.with_weights(net.weights._replace(W=tuple(W), V=())),
            X,
            y,
            eta=1.0,
            keep=[1, 1],
            learning=Learning("bp"),
        )
        V = [mu * v + (a - b) + lam * a for v, a, b in zip(V, W, plain.weights.W, strict=True)]
        W = [a - eta * v for a, v in zip(W, V, strict=True)]
    for _ in range(4):
        net, _ = advance(net, X, y, eta=eta, keep=[1 - eta * lam] * 2, learning=Learning("bp", momentum=mu))
    assert all(np.allclose(a, b, rtol=1e-12, atol=1e-13) for a, b in zip(W, net.weights.W, strict=True))


@pytest.mark.parametrize("rows", ["fixed", "bounded"])
def test_rows_keep_their_norm(rows):
    rng = np.random.default_rng(5)
    net = gaussian_deep_network(rng, (3, 9, 9, 2), "relu", "fa")
    after, _ = advance(
        net,
        rng.normal(size=(4, 3)),
        rng.normal(size=(4, 2)),
        eta=0.1,
        keep=[1, 1, 1],
        learning=Learning("fa", rows=rows),
    )
    for W, width in zip(after.weights.W, net.widths, strict=False):
        norms = np.linalg.norm(W, axis=1)
        assert np.allclose(norms, width**0.5) if rows == "fixed" else (norms <= width**0.5 * (1 + 1e-15)).all()


def test_the_weight_mirror_learns_the_weights():
    rng = np.random.default_rng(6)
    net = gaussian_deep_network(rng, (3, 6, 40, 2), "linear", "weight-mirror")
    for _ in range(400):
        draws = [rng.normal(size=Rule.WEIGHT_MIRROR.draws(W.shape)) for W in net.weights.W[1:]]
        after, _ = advance(
            net,
            np.zeros((1, 3)),
            np.zeros((1, 2)),
            eta=0.1,
            keep=[1, 1, 1],
            learning=Learning("weight-mirror"),
            draws=draws,
        )
        net = after
    for B, W in zip(net.weights.B, net.weights.W[1:], strict=True):
        assert (B * W).sum() / np.linalg.norm(B) / np.linalg.norm(W) > 0.7


def test_a_rule_of_ones_own():
    half = Rule("half", sent=lambda W, B: (W + B) / 2)
    rng = np.random.default_rng(7)
    net, X, y = gaussian_deep_network(rng, (3, 5, 4, 2), "tanh", half), rng.normal(size=(2, 3)), rng.normal(size=(2, 2))
    found = {
        r: advance(net, X, y, eta=0.1, keep=[1, 1, 1], learning=Learning(r))[0].weights.W for r in ("fa", "bp", half)
    }
    # in the layer below the last one, the signal is linear in what it is sent through
    assert np.allclose(found[half][1], (found["fa"][1] + found["bp"][1]) / 2, atol=1e-14)
    assert not np.allclose(found[half][0], (found["fa"][0] + found["bp"][0]) / 2, atol=1e-6)
