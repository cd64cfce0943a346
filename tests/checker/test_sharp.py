"""The bounds of `sharp`: steps in directions that reach them, runs in 40 digits, and what they are made of."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import mpmath
import numpy as np
import pytest
from flint import arb, arb_mat, arb_series, ctx

from fa_theory.checker.binary64 import tables
from fa_theory.checker.binary64.bounds import Upper
from fa_theory.checker.binary64.products import OutOfRange
from fa_theory.checker.binary64.tables import THIRD
from fa_theory.checker.decay import float_run, floats, sharp
from fa_theory.checker.decay.sharp import SharpOrbit, SharpShadow, SharpStep
from fa_theory.checker.decay.trajectory import Enclosure
from fa_theory.checker.document import ExactState
from fa_theory.model.activations import activation

NAMES = tuple(THIRD)
MPS: dict[str, Any] = {
    "linear": (lambda z: z, lambda z: mpmath.mpf(1)),
    "tanh": (mpmath.tanh, lambda z: mpmath.sech(z) ** 2),
    "erf": (mpmath.erf, lambda z: 2 / mpmath.sqrt(mpmath.pi) * mpmath.exp(-z * z)),
    "sigmoid": (lambda z: 1 / (1 + mpmath.exp(-z)), lambda z: mpmath.exp(-z) / (1 + mpmath.exp(-z)) ** 2),
    "softplus": (lambda z: mpmath.log1p(mpmath.exp(z)), lambda z: 1 / (1 + mpmath.exp(-z))),
}
number = np.vectorize(mpmath.mpf, otypes=[object])


def balls(A: Any) -> arb_mat:
    return arb_mat(np.asarray(A, float).tolist())


def state(name: str, X: Any, y: Any, W: Any, beta: Any, b: Any, eta: float) -> ExactState:
    lists = ([arb(x) for x in v.tolist()] for v in (y, beta, b))
    first, second, third = lists
    return ExactState(name, arb(eta), balls(X), first, balls(W), second, third)


@dataclass
class Case:
    """A step from an exact state, taken with e*, and a run nearby."""

    name: str
    X: Any
    y: Any
    W: Any
    beta: Any
    b: Any
    eta: float
    keep: float
    e_star: Any
    slip: tuple[Any, Any]

    def error(self, W: Any, beta: Any) -> Any:
        return activation(self.name).value(self.X @ W.T) @ beta / np.sqrt(len(beta)) - self.y

    def stepped(self, W: Any, beta: Any, e: Any) -> tuple[Any, Any]:
        psi, s, Z = activation(self.name), self.eta / np.sqrt(len(beta)), self.X @ W.T
        return W - s * (psi.slope(Z) * np.outer(e, self.b)).T @ self.X, self.keep * beta - s * psi.value(Z).T @ e

    @cached_property
    def next(self) -> tuple[Any, Any]:
        """The next exact state: not quite the outcome of the step."""
        W, beta = self.stepped(self.W, self.beta, self.e_star)
        return W - self.slip[0].T @ self.X, beta + self.slip[1]

    def bounds(self, dW: Any, dbeta: Any) -> tuple[list[float], list[float]]:
        """Distances after a step, and what the theorem allows."""
        run, here = (self.W + dW, self.beta + dbeta), (self.W, self.beta)
        e_run, e = self.error(*run), self.error(*here)
        after, there = self.stepped(*run, e_run), self.next
        before = (
            Upper(np.linalg.norm(dW, axis=1)),
            arb(float(np.linalg.norm(dW))),
            arb(float(np.linalg.norm(dbeta))),
            arb(float(np.linalg.norm(e_run - e))),
        )
        nu, *rest = self.shadow.further(self.step, *before)
        gap = after[0] - there[0]
        found = [*np.linalg.norm(gap, axis=1), np.linalg.norm(gap), np.linalg.norm(after[1] - there[1])]
        found.append(np.linalg.norm(self.error(*after) - self.error(*there)))
        return [float(x) for x in found], [*nu.x.tolist(), *(float(x) for x in rest)]

    @cached_property
    def shadow(self) -> SharpShadow:
        return SharpShadow(state(self.name, self.X, self.y, self.W, self.beta, self.b, self.eta))

    @cached_property
    def step(self) -> SharpStep:
        psi, s, Z = activation(self.name), self.eta / np.sqrt(len(self.beta)), self.X @ self.W.T
        W, beta = self.next
        far = np.abs(self.error(self.W, self.beta) - self.e_star).max()
        zero, Z_next = arb(0), self.X @ W.T
        return SharpStep(
            Z=Z,
            features=psi.value(Z),
            slopes=psi.slope(Z),
            e=self.e_star[:, None],
            beta=self.beta[:, None],
            pull=s * psi.slope(Z) * np.outer(self.e_star, self.b),
            turn=s * (psi.value(Z).T @ self.e_star)[:, None],
            beta_next=beta[:, None],
            keep=arb(self.keep),
            Z_next=Z_next,
            errors=floats.Errors(zero, zero, zero, arb(float(far))),
            zeta_next=zero,
            pull_error=zero,
            turn_error=zero,
            delta_n=arb(float(np.linalg.norm(self.slip[0]))),
            delta_beta=arb(float(np.linalg.norm(self.slip[1]))),
            features_next=psi.value(Z_next),
            slopes_next=psi.slope(Z_next),
            phi_next=arb(float(np.linalg.norm(self.X @ self.X.T, axis=1).max() * np.linalg.norm(self.slip[0]))),
            sigma_next=arb(float(np.linalg.norm(self.X @ self.X.T, axis=1).max() * np.linalg.norm(self.slip[0]))),
            delta_rows=Upper(np.linalg.norm(self.slip[0], axis=0)),
            far=arb(float(far)),
        )


def case(name: str, seed: int, *, keep: float = 1.0, off: float = 0.0, force: float = 1.0, p: int = 9) -> Case:
    """A case; ``off`` is the size of what is not quite so."""
    g = np.random.default_rng([seed, NAMES.index(name)])
    n, d = 4, 3
    X, W = 2 * g.normal(size=(n, d)), g.normal(size=(p, d)) / 2
    y, beta, b = (g.normal(size=m) for m in (n, p, p))
    slip = off * 1e-2 * g.normal(size=(n, p)), off * 1e-2 * g.normal(size=p)
    made = Case(name, X, force * y, W, beta, b, 0.15625, keep, y, slip)
    made.e_star = made.error(W, beta) + off * g.normal(size=n)
    return made


def away(c: Case, dW: Any, size: float) -> tuple[Any, Any]:
    return size * dW / np.linalg.norm(dW), np.zeros(len(c.beta))


@pytest.mark.parametrize("off", [0.0, 0.1])
@pytest.mark.parametrize("keep", [1.0, 0.5, -0.75])
@pytest.mark.parametrize("size", [1e-5, 1e-2, 0.3])
@pytest.mark.parametrize("name", NAMES)
def test_the_theorem_holds(name: str, size: float, keep: float, off: float) -> None:
    for seed in range(2):
        g = np.random.default_rng(seed)
        c = case(name, seed, keep=keep, off=off * size, force=float(g.choice([1.0, 8.0])))
        for share in (1.0, 0.0, 0.5):
            dW, dbeta = g.normal(size=c.W.shape), g.normal(size=c.beta.shape)
            found, allowed = c.bounds(share * size * dW, (1 - share) * size * dbeta)
            assert all(x <= r * (1 + 1e-9) + 1e-13 for x, r in zip(found, allowed, strict=True)), (seed, share)


def steepest(c: Case) -> Any:
    """The small dW, orthogonal to what changes e, that changes e after a step most; and one neuron's worst."""
    (p, d), size = c.W.shape, 1e-6
    flat = np.eye(p * d).reshape(-1, p, d)
    here = c.error(c.W, c.beta)
    after = c.error(*c.stepped(c.W, c.beta, c.e_star))
    first, later = [], []
    for dW in flat:
        W = c.W + size * dW
        e = c.error(W, c.beta)
        first.append((e - here) / size)
        later.append((c.error(*c.stepped(W, c.beta, c.e_star + e - here)) - after) / size)
    A, B = np.array(first).T, np.array(later).T
    _, sizes, rows = np.linalg.svd(A)
    free = rows[len(sizes) :]
    direction = np.linalg.svd(B @ free.T)[2][0]
    return (direction @ free).reshape(p, d)


def shares(name: str, seeds: int = 3) -> Any:
    """Largest shares of ν̄ and ε that are taken, in the steepest direction and in that of one neuron."""
    taken = []
    for seed in range(seeds):
        c = case(name, seed, force=8.0, p=12)
        found, allowed = c.bounds(*away(c, steepest(c), 1e-6))
        share_of_error = found[-1] / allowed[-1]
        s, C = c.eta / np.sqrt(len(c.beta)), c.step
        second, _ = sharp.second(name, C)
        worst = []
        for r in range(len(c.beta)):
            M = np.eye(3) - s * c.b[r] * (c.X.T * (c.e_star * second[:, r])) @ c.X
            dW = np.zeros_like(c.W)
            dW[r] = np.linalg.svd(M)[2][0]
            found, allowed = c.bounds(*away(c, dW, 1e-6))
            worst.append([found[r] / allowed[r], found[-3] / allowed[-3]])
        taken.append([share_of_error, *np.max(worst, axis=0)])
    return np.max(taken, axis=0)


@pytest.mark.parametrize("name", [name for name in NAMES if name != "linear"])
def test_the_bounds_are_nearly_reached(name: str) -> None:
    taken = shares(name)
    assert (taken <= 1 + 1e-6).all()
    assert taken[0] > 0.3, taken
    assert (taken[1:] > 0.8).all(), taken


def halved(method: Callable[..., Any], by: float) -> Callable[..., Any]:
    """A bound that is too small."""

    def wrong(*args: Any) -> Any:
        value = method(*args)
        return Upper(by * value.x) if isinstance(value, Upper) else by * value

    return wrong


WRONG = {"growth": 0.5, "reach": 0.0, "together": 0.0}


@pytest.mark.parametrize("part", WRONG)
def test_every_part_counts(part: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(SharpShadow, part, halved(getattr(SharpShadow, part), WRONG[part]))
    beyond = False
    for name in ("tanh", "sigmoid"):
        for seed in range(3):
            c, g = case(name, seed, force=8.0, p=12), np.random.default_rng(seed)
            tries = [away(c, steepest(c), 1e-6), (np.zeros_like(c.W), 1e-6 * g.normal(size=12))]
            for found, allowed in (c.bounds(*each) for each in tries):
                beyond |= any(x > r * (1 + 1e-6) + 1e-13 for x, r in zip(found, allowed, strict=True))
        beyond |= bool((shares(name) > 1 + 1e-6).any())
    assert beyond


@pytest.mark.parametrize("name", NAMES)
def test_the_linear_part_is_that_of_a_step(name: str) -> None:
    """By differences: what a small dW alone does to the error after a step, β̂ and the received error kept."""
    shares = []
    for seed in range(5):
        c, size, worst = case(name, seed, force=8.0), 1e-6, []
        shadow, step, psi = c.shadow, c.step, activation(name)
        (W_hat, beta_hat), Z = c.stepped(c.W, c.beta, c.e_star), c.X @ c.W.T
        s = c.eta / np.sqrt(len(c.b))
        for dW in np.eye(c.W.size).reshape(-1, *c.W.shape):
            W = c.W + size * dW
            later = W - s * (psi.slope(c.X @ W.T) * np.outer(c.e_star, c.b)).T @ c.X
            change = (psi.value(c.X @ later.T) - psi.value(c.X @ W_hat.T)) @ beta_hat
            worst.append((change - (psi.value(c.X @ W.T) - psi.value(Z)) @ c.beta) / size)
        true = np.linalg.norm(np.array(worst), 2)
        beta = Upper(np.abs(step.beta_next[:, 0]))
        with ctx.workprec(64):
            bound = float(shadow.linear(step, *sharp.second(name, step), beta)[0])
        assert true <= bound * (1 + 1e-4)
        shares.append(true / bound)
    assert max(shares) > 0.5, shares


@pytest.mark.parametrize(("third", "false"), [("0", True), ("2", False)])
def test_without_the_third_derivative_it_is_false(third: str, false: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two neurons at the inflexion of ψ, moved apart: e does not change, and one of them moves on, by a square."""
    monkeypatch.setitem(THIRD, "tanh", third)
    c = replace(case("tanh", 0, p=2), X=np.eye(1), y=np.array([5.0]), W=np.zeros((2, 1)), beta=np.ones(2), b=np.ones(2))
    c = replace(c, e_star=c.error(c.W, c.beta), slip=(np.zeros((1, 2)), np.zeros(2)))
    found, allowed = c.bounds(np.array([[0.3], [-0.3]]), np.zeros(2))
    assert any(x > r * (1 + 1e-9) for x, r in zip(found, allowed, strict=True)) is false


# what is computed


def drawn(name: str, seed: int, size: float = 1.0, n: int = 5, p: int = 30) -> ExactState:
    g = np.random.default_rng([seed, 7])
    d = 6
    X, W = size * g.normal(size=(n, d)), g.normal(size=(p, d)) / max(size, 1)
    y, beta, b = (g.normal(size=m) for m in (n, p, p))
    return state(name, X, y, W, beta, b, 0.25 / max(size, 1) ** 2)


@pytest.mark.parametrize("size", [1.0, 2.0**-5, 8.0])
@pytest.mark.parametrize("name", NAMES)
def test_second_derivatives_and_steps_are_as_good_as_is_said(name: str, size: float) -> None:
    for seed in range(1):
        of = drawn(name, seed, size)
        follow = SharpShadow(of)
        orbit = SharpOrbit(of, follow)
        N, beta = orbit.start(of.by_output(of.beta))
        with ctx.workprec(192):
            keep = 1 - of.eta * arb(0.3)
        for _ in range(3):
            N_next, step = orbit.step(N, beta, keep)
            C, off = sharp.second(name, step)
            with ctx.workprec(250):
                XX, start = of.X * of.X.transpose(), of.X * of.W.transpose()
                Z = start - XX * balls(N)
                n, p, s = of.X.nrows(), of.p, of.scale()
                psi, slope, bend = derivatives(name, Z.entries())
                assert all(abs(x - v) <= off for x, v in zip(bend, C.ravel().tolist(), strict=True))
                D, e = arb_mat(n, p, slope), balls(step.e)
                exact = [[N[i, r] + D[i, r] * e[i, 0] * s * of.b[r] for r in range(p)] for i in range(n)]
                for r, bound in enumerate(step.delta_rows.x.tolist()):
                    gap = sum(((exact[i][r] - float(N_next[i, r])) ** 2 for i in range(n)), arb(0)).sqrt()
                    assert gap <= bound
                Z_hat = start - XX * arb_mat(exact)
                psi, slope, _ = derivatives(name, Z_hat.entries())
                for true, found, bound in (
                    (psi, step.features_next, step.phi_next),
                    (slope, step.slopes_next, step.sigma_next),
                ):
                    assert all(abs(x - v) <= bound for x, v in zip(true, found.ravel().tolist(), strict=True))
            N, beta = N_next, step.beta_next


def derivatives(name: str, Z: list[arb]) -> tuple[list[arb], ...]:
    """ψ, ψ' and ψ'' in balls."""
    found: tuple[list[arb], ...] = ([], [], [])
    before, ctx.cap = ctx.cap, 3
    try:
        for z in Z:
            c = PSI[name](arb_series([z, 1])).coeffs()
            c = [*c, *[arb(0)] * (3 - len(c))]
            for k, into in enumerate(found):
                into.append(c[k] * (1, 1, 2)[k])
    finally:
        ctx.cap = before
    return found


PSI: dict[str, Callable[[arb_series], arb_series]] = {
    "linear": lambda x: x,
    "tanh": lambda x: 1 - 2 / ((2 * x).exp() + 1),
    "erf": lambda x: x.erf(),
    "sigmoid": lambda x: 1 / (1 + (-x).exp()),
    "softplus": lambda x: (1 + x.exp()).log(),
}


@pytest.mark.parametrize("name", NAMES)
def test_third_derivatives(name: str) -> None:
    with mpmath.workdps(30):
        top = max(abs(mpmath.diff(MPS[name][0], z, 3)) for z in np.linspace(-4, 4, 161))
        bound = mpmath.mpf(THIRD[name])
        assert top <= bound <= top * (1 + mpmath.mpf(10) ** -2) + mpmath.mpf(10) ** -9


@pytest.mark.parametrize("width", [1, 2])
@pytest.mark.parametrize(("name", "lam"), list(zip(NAMES, (0.3, 0.0, 0.3, 0.0, 0.3), strict=True)))
def test_long_runs_are_inside(name: str, lam: float, width: int) -> None:
    """Against the run in weight space, in 60 digits, with long inputs: every bound, at every tenth step."""
    of = drawn(name, 3, {"linear": 0.5, "softplus": 1.0}.get(name, 4.0), n=4, p=6)
    of = replace(of, eta=of.eta / 4)
    steps, ends = 41, []
    with np.errstate(all="ignore"):
        run = float_run.FloatRun(of, arb(lam), 30, width)
        assert isinstance(run.follow, SharpShadow)
        at = run.start()
        for t in range(steps):
            before = at
            at, step = run.step(at)
            if t % 10 == 0:
                ends.append((before, step))
    value, slope = (np.vectorize(f, otypes=[object]) for f in MPS[name])

    def state_of(A: Any) -> Any:
        return number(A) if width == 1 else number(A.high) + number(A.low)

    with mpmath.workdps(60):
        floats_of = {key: np.array([[float(x) for x in row] for row in getattr(of, key).tolist()]) for key in "XW"}
        X, W = (number(floats_of[key]) for key in "XW")
        y, beta, b = (number(np.array([float(x) for x in v])) for v in (of.y, of.beta, of.b))
        eta, root, W0, tight = mpmath.mpf(float(of.eta)), mpmath.sqrt(of.p), W, []
        for t in range(steps):
            Z = X @ W.T
            e = value(Z) @ beta / root - y
            if t % 10 == 0:
                here, step = ends[t // 10]
                gap = W - (W0 - state_of(here.N).T @ X)
                off = [mpmath.sqrt(sum(x * x for x in row)) for row in gap]
                whole = mpmath.sqrt(sum(x * x for x in off))
                beta_off = mpmath.sqrt(sum(x * x for x in beta - state_of(here.beta)[:, 0]))
                e_off = mpmath.sqrt(sum(x * x for x in e - number(step.e[:, 0])))
                error = float(here.away.epsilon) + 2 * float(step.errors.epsilon)  # √n = 2
                assert all(x <= v for x, v in zip(off, here.away.nu.x.tolist(), strict=True))
                assert whole <= float(here.away.whole)
                assert beta_off <= float(here.away.mu)
                assert e_off <= error
                tight.append(float(here.away.whole))
            keep = 1 - eta * mpmath.mpf(lam) if t < 30 else 1
            beta = keep * beta - eta / root * (value(Z).T @ e)
            W = W - eta / root * (slope(Z) * np.outer(e, b)).T @ X
    assert tight[-1] < (1e-3, 1e-18)[width - 1]


def test_others_are_left_to_the_first_theorem() -> None:
    of = drawn("tanh", 1)
    assert sharp.covers(of)
    two = replace(of, y=of.y * 2, beta=of.beta * 2, b=of.b * 2)
    assert not sharp.covers(two)
    assert not sharp.covers(replace(of, activation="gelu"))
    with pytest.raises(ValueError, match="gelu"):
        sharp.second("gelu", case("tanh", 0).step)
    assert set(NAMES) | {"gelu"} == set(tables.SMOOTH)


def test_large_numbers_are_refused() -> None:
    c = case("tanh", 0)
    large = replace(c.step, beta=c.step.beta * 2.0**70)
    with pytest.raises(OutOfRange):
        c.shadow.further(large, Upper(np.zeros(9)), arb(0), arb(0), arb(0))


def test_the_error_is_known_better_than_the_state() -> None:
    """In long runs the bound on the error alone decides whether the end can be certified."""
    of = drawn("sigmoid", 3, n=4, p=40)
    with np.errstate(all="ignore"):
        end = float_run.enclose(of, arb(0), None, 600)
    assert isinstance(end, Enclosure)
    told = of.error(of.features(end.Z), end.beta).entries()
    assert all(x.overlaps(y) and 20 * x.rad() < y.rad() for x, y in zip(end.e.entries(), told, strict=True))
