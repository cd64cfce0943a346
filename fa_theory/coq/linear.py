"""Linear networks: constants for the theorem ``linear_certificate``, and its instance as a Coq file.

With the hidden weights multiplied by 1/√p, ``h = XWᵀ/√p``, a step is ``h ← h − (η/p) K e bᵀ``, ``β ← β − η hᵀe``. The
file follows T steps in the kernel, around rounded centres, and then needs a rate ρ < 1 and radii R_h, R_β with

    ρ = r₀ + η(2‖h‖τ_h + τ_h²) + (η/p)‖b‖τ_β‖K‖ + (η/p)η‖b‖(‖h‖ + τ_h)ε‖K‖,    ‖I − ηhhᵀ − (η/p)(b·β)K‖₂ ≤ r₀,
    (η/p)‖K‖‖b‖ε ≤ (1 − ρ)R_h,    η(‖h‖ + τ_h)ε ≤ (1 − ρ)R_β,    ε ≥ ‖e(T)‖,

τ the radii plus what is not known about the state after T steps. Norms of matrices are Frobenius's. T is the first step
after which the conditions hold.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import ceil, inf, isfinite, log2, sqrt

from . import floats
from .exact import ExactNetwork, Matrix, NotExportable, dyadic, matrix, rational, root_below, vector

MOST_STEPS = 200
"""Steps followed in the kernel; the bits needed grow with them."""
MOST_BITS = 1024
_UNIT = 2.0**-100
_SPARE = 30
"""The radii after T steps are about 2 to minus this."""


@dataclass(frozen=True)
class LinearConstants:
    """The numbers of a certificate."""

    steps: int
    bits: int
    r0: Fraction
    L: Matrix
    radius_h: Fraction
    radius_beta: Fraction
    epsilon: Fraction
    rho: Fraction


@dataclass(frozen=True)
class _Sizes:
    """η/p, η, and the norms of K, b and h."""

    eta_w: float
    eta_beta: float
    K: float
    b: float
    h: float

    def rate(self, r0: float, epsilon: float, tau_h: float, tau_beta: float) -> float:
        """ρ of the module docstring."""
        first = self.eta_beta * (2 * self.h * tau_h + tau_h**2) + self.eta_w * self.b * tau_beta * self.K
        return r0 + first + self.eta_w * self.eta_beta * self.b * (self.h + tau_h) * epsilon * self.K


def radii(sizes: _Sizes, r0: float, epsilon: float) -> tuple[float, float] | None:
    """The least radii with room for all movement, from below by iteration; None if there are none with ρ < 1."""
    h = beta = 0.0
    for _ in range(4000):
        rho = sizes.rate(r0, epsilon, h, beta)
        if not rho < 1 - 1e-5:
            return None
        wider_h = sizes.eta_w * sizes.K * sizes.b * epsilon / (1 - rho) * 1.001
        wider_beta = sizes.eta_beta * (sizes.h + h) * epsilon / (1 - rho) * 1.001
        if abs(wider_h - h) + abs(wider_beta - beta) < 1e-12:
            return h, beta
        h, beta = wider_h, wider_beta
    return None


def factor(A: floats.Rows) -> tuple[Fraction, Matrix] | None:
    """A rational r₀ slightly above ‖A‖₂, and L with ``LLᵀ`` close to ``r₀²I − AᵀA`` less half its least eigenvalue."""
    columns = floats.transposed(A)
    S = floats.times_transposed(columns, columns)
    largest = floats.eigenvalues(S)[-1]
    if not isfinite(largest):
        return None
    r0 = dyadic(sqrt(max(largest, 0.0)) + 1e-6, 40)
    spare = (float(r0) ** 2 - largest) / 2
    n = len(A)
    L = floats.cholesky([[(float(r0) ** 2 - spare if i == j else 0.0) - S[i][j] for j in range(n)] for i in range(n)])
    return None if L is None else (r0, [[dyadic(x, 34) for x in row] for row in L])


def search(network: ExactNetwork) -> LinearConstants:
    """Follow the run in float64 until the conditions hold.

    Raises
    ------
    NotExportable
        If they do not within `MOST_STEPS` steps, or too many bits would be needed to follow the run.
    """
    n, p = network.n, network.p
    eta, root = float(network.eta), 1 / sqrt(p)
    X, W = ([[float(x) for x in row] for row in M] for M in (network.X, network.W))
    y, beta, b = ([float(x) for x in v] for v in (network.y, network.beta, network.b))
    h = [[root * z for z in row] for row in floats.times_transposed(X, W)]
    K = floats.times_transposed(X, X)
    size_K, size_b = floats.frobenius(K), floats.norm(b)
    loose_h, loose_beta = _UNIT * (floats.frobenius(h) + sqrt(n * p)), 0.0
    start, best = 0.0, inf
    for step in range(MOST_STEPS + 1):
        e = [floats.dot(row, beta) - target for row, target in zip(h, y, strict=True)]
        error = floats.norm(e)
        start = start or error
        if not error < 1e6 * (start + 1):
            raise NotExportable(f"the error grows: it is {error:.3g} after {step} steps")
        sizes = _Sizes(eta / p, eta, size_K, size_b, floats.frobenius(h))
        found = _conditions(sizes, h, K, floats.dot(b, beta), error)
        if found is not None:
            best = min(best, found[0])
            if found[1] is not None:
                grown = max(loose_h, loose_beta, _UNIT) / _UNIT
                bits = max(48, 8 * ceil((log2(grown) + _SPARE) / 8))
                if bits > MOST_BITS:
                    raise NotExportable(f"{bits} bits would be needed to follow {step} steps; at most {MOST_BITS}")
                return _constants(step, bits, sizes, found[1])
        unknown = loose_h * floats.norm(beta) + sizes.h * loose_beta
        loose_h, loose_beta = (
            loose_h + sizes.eta_w * size_K * unknown * size_b + sqrt(n * p) * _UNIT,
            loose_beta + eta * (sizes.h * unknown + loose_h * error) + sqrt(p) * _UNIT,
        )
        pull = [floats.dot(row, e) for row in K]
        columns = floats.transposed(h)
        h = [
            [z - sizes.eta_w * pull_i * b_r for z, b_r in zip(row, b, strict=True)]
            for row, pull_i in zip(h, pull, strict=True)
        ]
        beta = [beta_r - eta * floats.dot(column, e) for beta_r, column in zip(beta, columns, strict=True)]
    raise NotExportable(
        f"no rate below 1 within {MOST_STEPS} steps: the norm of the step matrix was {best:.6g} at best, and the "
        f"error is {error:.3g}"
    )


_Found = tuple[Fraction, Matrix, float, float, float]


def _conditions(
    sizes: _Sizes, h: floats.Rows, K: floats.Rows, aligned: float, error: float
) -> tuple[float, _Found | None] | None:
    """The norm of the step matrix, and r₀, L, ε and radii if the conditions hold; None if nothing is finite."""
    G = floats.times_transposed(h, h)
    n = len(h)
    A = [
        [(1.0 if i == j else 0.0) - sizes.eta_beta * G[i][j] - sizes.eta_w * aligned * K[i][j] for j in range(n)]
        for i in range(n)
    ]
    made = factor(A)
    if made is None:
        return None
    r0, L = made
    epsilon = float(dyadic(error * 1.0005 + 1e-7, 50))
    room = radii(sizes, float(r0), epsilon)
    return float(r0), None if room is None else (r0, L, epsilon, *room)


def _constants(step: int, bits: int, sizes: _Sizes, found: _Found) -> LinearConstants:
    r0, L, epsilon, h, beta = found
    radius_h, radius_beta = (dyadic(x * 1.002 + 1e-10, 50) for x in (h, beta))
    # what is not known after the steps is below 1e-8
    rate = sizes.rate(float(r0), epsilon, float(radius_h) + 1e-8, float(radius_beta) + 1e-8)
    return LinearConstants(step, bits, r0, L, radius_h, radius_beta, Fraction(epsilon), dyadic(rate + 1e-6, 40))


def render(network: ExactNetwork, found: LinearConstants) -> tuple[str, str]:
    """The certificate and its theorem in Coq."""
    bits = found.bits + 8
    ones = [Fraction(1)] * network.n
    certificate = f"""\
(* Found by a search that nobody needs to trust. *)
Definition the_problem : problem :=
  Problem the_network {found.bits} {rational(root_below(network.p, bits))} {rational(Fraction(1, 2**bits))}.
Definition the_certificate : cert := Cert {found.steps} {rational(found.r0)}
  {matrix(found.L)} {vector(ones)}
  {rational(found.radius_h)} {rational(found.radius_beta)}
  {rational(found.epsilon)} {rational(found.rho)}.
Lemma it_checks : check the_problem the_certificate. Proof. by vm_compute. Qed.
Local Open Scope ring_scope.
"""
    theorem = f"""\
Theorem error_decays (R : rcfType) (t : nat) :
  nrm (error_after idfun (fun=> 1 : R) the_network ({found.steps} + t))
    <= QR R {rational(found.rho)}%qq ^+ t * QR R {rational(found.epsilon)}%qq /\\ QR R {rational(found.rho)}%qq < 1.
Proof. exact: (linear_certificate R it_checks t). Qed.
"""
    return certificate, theorem
