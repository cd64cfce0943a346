"""Kind ``decay-of-epochs``: minibatches, in every order or in one; the error decays from epoch to epoch, for all time.

The document holds a state (W, β) at step T with data X, y, feedback b and step size η, as `from_state` does; the rule,
feedback alignment or backpropagation (b is β at every time); a partition of the samples into batches B_1 … B_N;
whether the order of the batches may be another in every epoch (``all``) or is the listed one (``cyclic``); an
invertible matrix C, a rate q < 1, a budget S and radii ρ_r, τ_r. A step on a batch is that of the rule with the samples
of the batch: P_B e takes the place of e, P_B the projection on B. In an epoch every batch has one step. Steps are in
exact arithmetic, λ = 0. Notation as in `from_state`: ``‖v‖_C = ‖Cv‖₂``; 𝐊 is the range of the secant kernels on the
tube that S, ρ and τ make.

Exact step. ``e⁺ = (I − ηK̃P_B) e`` with a secant kernel K̃, which is in 𝐊 between two states of the tube: in the
identity of `from_state` only e is replaced.

Let N be any matrix, ``|K̃ − N| ≤ R`` for all K̃ in 𝐊, ``A_B = C(I − ηNP_B)C⁻¹`` and ``y_B = η ‖ |C| R P_B |C⁻¹| ‖₂``.
A *piece* of an order is a product of the A_B of consecutive batches, later ones on the left, or the empty product I.
For every order that may occur let

    g ≥ the norm of every piece,             a ≥ the norm of the whole product,
    h ≥ ‖w‖₂ / ‖Ce‖₂ for every e, where w has as its part on every batch that of the error before its step,

the last for steps with the kernel N from e on. Let ``ω = (Σ_B ‖P_B C⁻¹‖₂²)^½`` and ``u = g (Π_B (1 + g y_B) − 1)``.

Theorem. If the tube satisfies (1) and (2) of `from_state` with this S, and

    (E1)  a + u < q              (E2)  (h + ωu) ‖e(0)‖_C / (1 − q) ≤ S

then for the error e(m) at the start of every epoch, and e after any number of steps of that epoch,

    ‖e(m)‖_C ≤ q^m ‖e(0)‖_C,        ‖e‖_C ≤ (g + u) ‖e(m)‖_C,

and the weights stay in the tube for ever.

Proof, by induction over the steps: let all states so far be in the tube. Every step so far had a kernel ``N + Δ``,
``|Δ| ≤ R``, so it multiplied Ce by ``A_B + Y_B``, ``‖Y_B‖ ≤ y_B``. Multiply out the product of such factors: it is the
product of the A_B, and for every set of k ≥ 1 batches one term with their Y_B and k + 1 pieces around them, of norm at
most g^{k+1} times the product of the y_B. These terms sum to at most u in norm, also for a part of an epoch. Hence both
inequalities, by (E1). For the same reason the vector w of an epoch, or of its steps so far (0 on the other batches),
differs from that with the kernel N by at most ``ωu‖Ce(m)‖``; so ``‖w‖ ≤ (h + ωu) q^m ‖e(0)‖_C``, and by (E2) the norms
of the w of all epochs sum to at most S. The rule moves the weights in an epoch by

    Δw_r = −(η/√p) Xᵀ(ψ'(z_r) ∘ w b_r),        Δβ_r = −(η/√p) wᵀψ(z_r),

where slopes and features of a sample (and β, in the place of b) are those at the step of its batch. These are the
formulas of `from_state` with w in the place of e; as there, (1) and (2) keep the next state in the tube. ∎

There are two ways to the bounds g, a and h. A certificate is valid if one of them does.

*All products.* N is the midpoint of 𝐊, and the products are formed for every order: N! of them if it may change.

*Closed form.* ``N = (CᵀC)⁻¹``, which is symmetric and positive definite. Let Λ have the blocks N_BB' for which B' comes
before B, and

    κ ≥ max_B ‖N_BB‖₂,    η(2 − ηκ) > 0,    ℓ ≥ ‖I + ηΛ‖₂.

Then ``g = 1``, ``a = (1 − η(2 − ηκ) ‖C‖₂⁻² ℓ⁻²)^½`` and ``h = (η(2 − ηκ))^{-1/2}`` are valid. For all orders at once
``ℓ = 1 + η ‖ |N| without its blocks N_BB ‖₂`` will do, as |Λ| is at most that, entry by entry.

Proof. ‖·‖_C is the norm of N⁻¹. By a step with w_B = P_B e its square changes by ``−2η‖w_B‖² + η² w_BᵀNw_B``, at most
``−η(2 − ηκ)‖w_B‖² ≤ 0``; so g = 1, and in an epoch it falls by at least ``η(2 − ηκ)‖w‖²``, hence h. The error before
the step on B is e less ``ηNw_B'`` for all earlier B', so ``e = (I + ηΛ)w`` and ``‖w‖ ≥ ‖e‖/ℓ``. Last, ``‖e‖_C ≤ ‖C‖₂
‖e‖₂``. (Claim ``ours.minibatch-epochs``.) ∎

For two layers and one output the secant kernels are almost symmetric, and the closed form serves any number of batches,
also of one sample. Single steps do not contract, as P_B e may be 0: the product of their norms would prove nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import factorial, inf
from typing import Any

from flint import arb, arb_mat

from fa_theory.checker import document as doc
from fa_theory.checker.decimals import above
from fa_theory.checker.linalg import elementwise, euclidean, identity, inverse, spectral_norm, up
from fa_theory.checker.verdict import Finding, violation_size, violations

from . import from_state
from .backwards import TWO_LAYERS

KEYS = (*doc.STATE_KEYS, "rule", "batches", "orders", "step", "norm", "rate", "tube", "conclusions")
ORDERS = ("all", "cyclic")
CLAIMS = ("error", "movement_w", "movement_beta", "overshoot", "growth")
MAX_COST = 20_000_000
"""Largest number of products times (nk)³ for which all orders are tried."""
_ROUGH = 7
"""Squarings for norms that may be a little too large."""
_SQUARINGS = 12

Batches = list[list[int]]


@dataclass(frozen=True)
class DecayOfEpochs:
    """The claims of a document of this kind; not trusted."""

    state: doc.ExactState
    follows: bool
    batches: Batches
    cyclic: bool
    step: int
    C: arb_mat
    q: arb
    S: arb
    rho: list[arb]
    tau: list[arb]
    at_most: dict[str, arb]

    @classmethod
    def read(cls, document: Mapping[str, Any]) -> DecayOfEpochs:
        """Read a document of kind ``decay-of-epochs``."""
        doc.fields(document, "document", KEYS)
        state = doc.ExactState.read(document)
        follows = read_rule(document)
        orders = doc.text(document["orders"], "orders", ORDERS)
        tube = doc.fields(document["tube"], "tube", ("budget", "rho", "tau"))
        claims = doc.fields(document["conclusions"], "conclusions", CLAIMS)
        return cls(
            state=state,
            follows=follows,
            batches=partition(document["batches"], state.X.nrows()),
            cyclic=orders == "cyclic",
            step=doc.whole(document["step"], "step"),
            C=doc.matrix(document["norm"], "norm", len(state.y), len(state.y)),
            q=doc.number(document["rate"], "rate", least=0.0),
            S=doc.number(tube["budget"], "tube.budget", least=0.0),
            rho=doc.vector(tube["rho"], "tube.rho", state.p, least=0.0),
            tau=doc.vector(tube["tau"], "tube.tau", state.p, least=0.0),
            at_most={key: doc.number(claims[key], f"conclusions.{key}", least=0.0) for key in CLAIMS},
        )


def read_rule(document: Mapping[str, Any]) -> bool:
    """Whether b is β at every time; it must be so at the start, then."""
    follows = doc.text(document["rule"], "rule", TWO_LAYERS) == "bp"
    if follows and document["b"] != document["beta"]:
        raise doc.refusal("b", "the numbers of beta, as the rule is bp", document["b"])
    return follows


def partition(value: object, n: int) -> Batches:
    """Accept lists of sample numbers in which each of 0 … n − 1 occurs once."""
    if not isinstance(value, list) or not 0 < len(value) <= n:
        raise doc.refusal("batches", f"a list of 1 to {n} batches", value)
    found: Batches = []
    for k, batch in enumerate(value):
        if not isinstance(batch, list) or not batch:
            raise doc.refusal(f"batches[{k}]", "a list of one or more samples", batch)
        found.append([doc.whole(i, f"batches[{k}][{place}]") for place, i in enumerate(batch)])
    if sorted(i for batch in found for i in batch) != list(range(n)):
        raise doc.refusal("batches", f"each of the samples 0 to {n - 1} once", value)
    return found


@dataclass(frozen=True)
class EpochNorms:
    """The bounds a, g and h of the theorem, and R."""

    a: arb
    g: arb
    h: arb
    R: arb_mat
    way: str
    """How they were found."""


def products(count: int, *, cyclic: bool) -> int:
    """Number of products to form for all pieces."""
    if cyclic:
        return count * (count + 1) // 2
    return sum(factorial(count) // factorial(count - k) for k in range(1, count + 1))


def by_output(batches: Batches, k: int) -> Batches:
    """The errors of every batch, with k outputs."""
    return [[i * k + c for i in batch for c in range(k)] for batch in batches]


def chosen(rows: list[list[arb]], which: Sequence[int]) -> arb_mat:
    """Some rows of a matrix."""
    return arb_mat([rows[i] for i in which])


def product_norm(X: arb_mat, Y: arb_mat) -> arb:
    """Exact number no less than ``‖XY‖₂``, where X has few columns.

    ``‖XY‖₂²`` is the spectral radius of ``M = XᵀX YYᵀ``, which is at most ``‖M^N‖_F^{1/N}``.

    Examples
    --------
    >>> bound = product_norm(arb_mat([[3], [4]]), arb_mat([[0, 2]]))
    >>> bound >= 10, bound < 10.001
    (True, True)
    """
    M = X.transpose() * X * (Y * Y.transpose())
    for _ in range(_SQUARINGS):
        M = M * M
    norm = euclidean(M.entries())
    for _ in range(_SQUARINGS + 1):
        norm = norm.sqrt().upper()
    return norm


def enumerated(C: arb_mat, Ci: arb_mat, eta: arb, K: arb_mat, batches: Batches, *, cyclic: bool) -> EpochNorms | None:
    """The bounds from all products; None if they are too many."""
    m, count = K.nrows(), len(batches)
    if products(count, cyclic=cyclic) * m**3 > MAX_COST:
        return None
    one, N = identity(m), K.mid()
    columns, back = (C * N).transpose().tolist(), Ci.tolist()
    steps = [one - chosen(columns, rows).transpose() * chosen(back, rows) * eta for rows in batches]
    a, g, h = arb(0), arb(1), arb(0)

    def pieces(
        M: arb_mat, seen: list[list[arb]], left: tuple[int, ...], *, start: bool
    ) -> Iterator[tuple[arb_mat, list[list[arb]], bool]]:
        """Every piece from here on, with the rows of the errors before their steps, and whether it is a whole order."""
        for place, k in enumerate(left):
            if cyclic and place:
                return
            rest = (*left[:place], *left[place + 1 :])
            before = Ci * M
            rows = list(seen)
            for i in batches[k]:
                rows[i] = [before[i, j] for j in range(m)]
            after = steps[k] * M
            yield after, rows, start and not rest
            yield from pieces(after, rows, rest, start=start)

    nothing = [[arb(0)] * m for _ in range(m)]
    for first in range(count if cyclic else 1):
        for M, rows, whole in pieces(one, nothing, tuple(range(first, count)), start=first == 0):
            g = g.max(spectral_norm(M, _ROUGH))
            if whole:
                a, h = a.max(spectral_norm(M)), h.max(spectral_norm(arb_mat(rows), _ROUGH))
    R = elementwise(arb.rad, K)
    return EpochNorms(a, g, h, R, f"all {factorial(count)} orders" if not cyclic else "the order of the batches")


def closed(C: arb_mat, Ci: arb_mat, eta: arb, K: arb_mat, batches: Batches, *, cyclic: bool) -> EpochNorms | None:
    """The bounds from the closed form; None if η(2 − ηκ) is not certainly positive."""
    m = K.nrows()
    N = Ci * Ci.transpose()
    place = {i: k for k, rows in enumerate(batches) for i in rows}
    kappa = arb(0)
    for rows in batches:
        kappa = kappa.max(spectral_norm(arb_mat([[N[i, j] for j in rows] for i in rows])))
    gain = eta * (2 - eta * kappa)
    if not gain > 0:
        return None
    if cyclic:
        Lambda = arb_mat([[N[i, j] if place[j] < place[i] else arb(0) for j in range(m)] for i in range(m)])
        length = spectral_norm(identity(m) + Lambda * eta)
    else:
        off = [[arb(0) if place[i] == place[j] else N[i, j].abs_upper() for j in range(m)] for i in range(m)]
        length = 1 + eta * spectral_norm(arb_mat(off))
    size = spectral_norm(C) * length
    a = (1 - gain / (size * size)).upper().max(arb(0)).sqrt().upper()
    R = elementwise(arb.abs_upper, K - N)
    return EpochNorms(a, arb(1), (1 / gain.sqrt()).upper(), R, "the closed form")


@dataclass(frozen=True)
class EpochBounds:
    """What follows for one way to the bounds."""

    at_most: dict[str, arb]
    rho: list[arb]
    tau: list[arb]
    a: arb
    u: arb
    budget: arb
    """The left side of (E2)."""
    way: str


def bounds(claim: DecayOfEpochs) -> list[EpochBounds]:
    """The quantities of the theorem for q < 1, for each way that applies; empty if C is not certainly invertible."""
    state, C, q = claim.state, claim.C, claim.q
    Ci = inverse(C)
    if Ci is None:
        return []
    Z = state.X * state.W.transpose()
    e = state.error(state.features(Z), state.beta)
    around = from_state.tube(state, Z, claim.S, claim.rho, claim.tau, follows=claim.follows)
    sigma, weighted = spectral_norm(Ci), euclidean((C * e).entries())
    batches = by_output(claim.batches, state.k)
    back = Ci.tolist()
    omega = euclidean(spectral_norm(chosen(back, rows)) for rows in batches)
    sizes = elementwise(arb.abs_upper, C), elementwise(arb.abs_upper, Ci).tolist()
    found = []
    for way in (closed, enumerated):
        norms = way(C, Ci, state.eta, around.kernel, batches, cyclic=claim.cyclic)
        if norms is None:
            continue
        spread, product = (sizes[0] * norms.R).transpose().tolist(), arb(1)
        for rows in batches:
            y = state.eta * product_norm(chosen(spread, rows).transpose(), chosen(sizes[1], rows))
            product *= 1 + norms.g * y
        u = (norms.g * (product - 1)).upper()
        at_most = {
            "error": euclidean(e.entries()),
            "movement_w": from_state.max_upper(around.rho),
            "movement_beta": from_state.max_upper(around.tau),
            "overshoot": from_state.overshoot(C, sigma, weighted, e),
            "growth": (norms.g + u).upper(),
        }
        budget = ((norms.h + omega * u) * weighted / (1 - q)).upper()
        found.append(EpochBounds(at_most, around.rho, around.tau, norms.a, u, budget, norms.way))
    return found


def check(claim: DecayOfEpochs) -> Finding:
    """Check a claim of this kind."""
    if not claim.q < 1:
        return from_state.refuted(f"rate: q = {float(claim.q):.6g} is not below 1")
    ways = bounds(claim)
    if not ways:
        return from_state.refuted("norm: C is not certainly invertible, or no bound on the orders applies")
    findings = [judged(claim, found) for found in ways]
    return min(findings, key=lambda finding: max((size for size, _ in finding.violations), default=-inf))


def judged(claim: DecayOfEpochs, found: EpochBounds) -> Finding:
    """The claim against one way to the bounds."""
    q = claim.q
    needs = [(f"conclusions.{key}", need, claim.at_most[key]) for key, need in found.at_most.items()]
    for name, need, radii in (("rho", found.rho, claim.rho), ("tau", found.tau, claim.tau)):
        needs += [(f"tube.{name}, neuron {r}", *pair) for r, pair in enumerate(zip(need, radii, strict=True))]
    needs.append(("tube.budget", found.budget, claim.S))
    faults = [fault for where, *ends in needs for fault in violations(where, *((arb(0), x) for x in ends))]
    if not found.a + found.u < q:
        cause = "the centre of the tube does not contract" if found.a > q else "the tube is too wide"
        reached = f"{above(up(found.a))} plus tube term {above(up(found.u))}"
        excess = violation_size((found.a + found.u - q) / (1 - q))
        faults.append(
            (excess, f"contraction: by {found.way} an epoch gives {reached}, not below q = {float(q):.6g}; {cause}")
        )
    proved = {key: up(value) for key, value in found.at_most.items()}
    proved |= {"rate": float(q), "contraction": up(found.a), "perturbation": up(found.u), "budget": up(found.budget)}
    order = "in the order of the document" if claim.cyclic else "each in any order"
    decay = f"{above(proved['overshoot'], 4)} · {above(proved['rate'])}^m · {above(proved['error'], 4)}"
    epochs = f"after m epochs of {len(claim.batches)} batches, {order}, for all m ≥ 0 after step {claim.step}"
    statement = f"‖e‖ ≤ {decay} {epochs}"
    return Finding(faults, proved, statement)
