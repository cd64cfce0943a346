"""Two ways to write the same problem have to give the same step: exactly for linear and ReLU, in balls otherwise."""

import dataclasses
from fractions import Fraction

import numpy as np
import pytest
from claimed import PRECISION, Case, exact, floats, fractions, refute, vanishes
from flint import ctx
from hypothesis import given
from hypothesis import strategies as st

from fa_theory import strategies
from fa_theory.model.activations import activation
from fa_theory.model.ball import balls
from fa_theory.model.network import Network
from fa_theory.model.rules import Rule, step

RULES = (Rule.FA, Rule.BP)
# a square width gives linear and ReLU networks rational steps, where equal means equal, kinks included
PROBLEMS = strategies.problems(rules=RULES, square_width=True)
SEVERAL_OUTPUTS = strategies.problems(rules=RULES, square_width=True, k=(1, 3))
ODD = strategies.problems(rules=RULES, square_width=True, psi=strategies.activations(names=["linear", "tanh", "erf"]))


def change(one: Case, *, X=None, y=None, **arrays) -> Case:
    network = dataclasses.replace(one.network, **arrays)
    return one._replace(network=network, X=one.X if X is None else X, y=one.y if y is None else y)


def same(A, B) -> bool:
    return vanishes(A - B)


@given(PROBLEMS | SEVERAL_OUTPUTS, st.randoms(use_true_random=False))
def test_permuted_neurons(problem, random):
    """Neurons have no order: permuting the rows of W, β and b permutes the step and leaves the error alone."""
    with ctx.workprec(PRECISION):
        one = exact(problem)
        net, order = one.network, random.sample(range(problem.p), problem.p)
        twin = change(one, W=net.W[order], beta=net.beta[order], b=net.b[order])
        assert same(twin.after().W, one.after().W[order])
        assert same(twin.after().beta, one.after().beta[order])
        assert same(twin.error_after(), one.error_after())


@given(PROBLEMS | SEVERAL_OUTPUTS, st.randoms(use_true_random=False))
def test_permuted_samples(problem, random):
    """Samples have no order: permuting the rows of X and y leaves the weights' step alone."""
    with ctx.workprec(PRECISION):
        one = exact(problem)
        order = random.sample(range(problem.n), problem.n)
        twin = change(one, X=one.X[order], y=one.y[order])
        assert same(twin.after().W, one.after().W)
        assert same(twin.after().beta, one.after().beta)
        assert same(twin.error_after(), one.error_after()[order])


def rational_rotation(d: int, random):
    """An exactly orthogonal matrix: a signed permutation times plane rotations by the angle of the 3-4-5 triangle."""
    Q = fractions(np.eye(d))[random.sample(range(d), d)]
    Q = Q * fractions(np.array([random.choice([-1, 1]) for _ in range(d)]))
    for i in range(d - 1):
        turn = fractions(np.eye(d))
        turn[i : i + 2, i : i + 2] = [[Fraction(3, 5), Fraction(-4, 5)], [Fraction(4, 5), Fraction(3, 5)]]
        Q = Q @ turn
    return Q


@given(PROBLEMS | SEVERAL_OUTPUTS, st.randoms(use_true_random=False))
def test_rotated_inputs(problem, random):
    """Only inner products of inputs count: ``X → XQ, W → WQ`` with orthogonal Q turns ``W⁺ → W⁺Q``, same error."""
    with ctx.workprec(PRECISION):
        one = exact(problem)
        Q = rational_rotation(problem.d, random)
        if not problem.network.psi.piecewise_linear:
            Q = balls(Q)
        twin = change(one, X=one.X @ Q, W=one.network.W @ Q)
        assert same(twin.after().W, one.after().W @ Q)
        assert same(twin.after().beta, one.after().beta)
        assert same(twin.error_after(), one.error_after())


@given(PROBLEMS | SEVERAL_OUTPUTS)
def test_flipped_output(problem):
    """``(β, b, y) → −(β, b, y)`` flips the error and β⁺ and leaves W⁺ alone, for every ψ."""
    with ctx.workprec(PRECISION):
        one = exact(problem)
        twin = change(one, beta=-one.network.beta, b=-one.network.b, y=-one.y)
        assert same(twin.error(), -one.error())
        assert same(twin.after().W, one.after().W)
        assert same(twin.after().beta, -one.after().beta)


@given(ODD, st.randoms(use_true_random=False))
def test_flipped_neurons(problem, random):
    """For odd ψ a neuron may change sign: ``(w_r, β_r, b_r) → −(w_r, β_r, b_r)`` flips its step."""
    with ctx.workprec(PRECISION):
        one = exact(problem)
        net, signs = one.network, np.array([random.choice([-1, 1]) for _ in range(problem.p)])
        twin = change(one, W=net.W * signs[:, None], beta=net.beta * signs, b=net.b * signs)
        assert same(twin.after().W, one.after().W * signs[:, None])
        assert same(twin.after().beta, one.after().beta * signs)
        assert same(twin.error_after(), one.error_after())


@given(PROBLEMS | SEVERAL_OUTPUTS)
def test_every_sample_twice(problem):
    """Every sample twice with half the step and twice the decay is the same step."""
    with ctx.workprec(PRECISION):
        one = exact(problem)
        twin = change(one, X=np.concatenate([one.X, one.X]), y=np.concatenate([one.y, one.y]))
        twin = twin._replace(eta=one.eta / 2, lam=2 * one.lam)
        assert same(twin.after().W, one.after().W)
        assert same(twin.after().beta, one.after().beta)


@given(PROBLEMS | SEVERAL_OUTPUTS)
def test_unused_input_dimension(problem):
    """An input that is always 0 changes nothing, and its weights stay as they are."""
    with ctx.workprec(PRECISION):
        one = exact(problem)
        X = np.concatenate([one.X, 0 * one.X[:, :1]], axis=1)
        extra = one.network.W[:, :1]
        twin = change(one, X=X, W=np.concatenate([one.network.W, extra], axis=1))
        assert same(twin.after().W, np.concatenate([one.after().W, extra], axis=1))
        assert same(twin.after().beta, one.after().beta)


@pytest.mark.parametrize("problems", [PROBLEMS, SEVERAL_OUTPUTS], ids=["one output", "several outputs"])
def test_batch_equals_loop(problems):
    """A leading axis is a batch of networks: the batched step is the step of each, to 1e-12 of its size."""

    @given(problems)
    def check(problem):
        one = floats(problem)
        net, factors = one.network, (1.0, -0.5, 2.0)
        each = [Network(c * net.W, c * net.beta, net.b, net.psi) for c in factors]
        stacked = (np.stack([getattr(net, name) for net in each]) for name in ("W", "beta", "b"))
        batch = one._replace(network=Network(*stacked, net.psi))
        for index, net in enumerate(each):
            alone = one._replace(network=net)
            for of_batch, of_one in [
                (batch.error(), alone.error()),
                (batch.after().W, alone.after().W),
                (batch.after().beta, alone.after().beta),
                (batch.error_after(), alone.error_after()),
            ]:
                atol = 1e-12 * (1 + abs(of_one).max())
                np.testing.assert_allclose(of_batch[index], of_one, rtol=0, atol=atol)

    check()


class TestMutants:
    """Twins that are not the same problem must be told apart."""

    def test_feedback_left_behind(self):
        """Permuting W and β but not b is another problem."""

        def claim(problem):
            one = exact(problem)
            net, order = one.network, list(range(problem.p))[::-1]
            twin = change(one, W=net.W[order], beta=net.beta[order])
            return same(twin.error_after(), one.error_after())

        linear = strategies.problems(p=(4, 4), psi=strategies.activations(names=["linear"]))
        smallest = refute(linear, claim)
        assert (smallest.n, smallest.d) == (1, 1)

    def test_flipped_neurons_of_relu(self):
        """Flipping the sign of a neuron needs an odd ψ."""

        def claim(problem):
            one = exact(problem)
            net = one.network
            twin = change(one, W=-net.W, beta=-net.beta, b=-net.b)
            return same(twin.error_after(), one.error_after())

        relu = strategies.problems(psi=strategies.activations(names=["relu"]), square_width=True)
        smallest = refute(relu, claim)
        assert (smallest.n, smallest.d, smallest.p) == (1, 1, 1)

    def test_stretched_inputs(self):
        """``X → 2X, W → W/2`` keeps the output but not the step: it is no rotation."""

        def claim(problem):
            one = exact(problem)
            twin = change(one, X=2 * one.X, W=one.network.W / 2)
            assert same(twin.error(), one.error())
            return same(twin.error_after(), one.error_after())

        linear = strategies.problems(psi=strategies.activations(names=["linear"]), square_width=True)
        smallest = refute(linear, claim)
        assert (smallest.n, smallest.d, smallest.p) == (1, 1, 1)


def test_steps_share_no_memory():
    """A step leaves the state it started from as it was."""
    net = Network(np.ones((2, 2)), np.ones(2), np.ones(2), activation("tanh"))
    step(net, np.eye(2), np.zeros(2), eta=1)
    assert np.all(net.W == 1)
    assert np.all(net.beta == 1)
