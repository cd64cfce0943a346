"""tanh networks: constants for the theorem ``tanh_certificate``, and its instance as a Coq file.

The theorem needs a table of tanh at the rounded pre-activations, which Coq-Interval verifies entry by entry, and then,
with ``b' = b/√p``, ``β' = β/√p``, D the slopes at the table's points and all norms of matrices Frobenius's,

    ρ = r₀ + (η/p)(2‖Ψ‖τ_Ψ + τ_Ψ²) + η(2‖K‖τ_D‖b'‖B + ‖K‖‖b'‖R_β) + C_z C_β ε + (c₂/2) C_z² ε (B + C_β ε) < 1,
    C_z = η‖K‖‖b'‖,    C_β = (η/p)(‖Ψ‖ + τ_Ψ),    B = ‖β'‖ + R_β,    C_z ε ≤ (1 − ρ)R_z,    C_β ε ≤ (1 − ρ)R_β,

``‖I − (η/p)(ΨΨᵀ + K∘(D diag(bβ)Dᵀ))‖₂ ≤ r₀``, τ_Ψ and τ_D what slopes of at most 1 and c₂ make of the radius R_z. The
conditions must hold at the state of the document.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import sqrt

from flint import arb, ctx, fmpq

from . import floats
from .exact import ExactNetwork, Matrix, NotExportable, dyadic, matrix, rational, root_below, vector
from .linear import factor

BITS = 30
"""Of the entries of the table and of the points at which tanh is taken."""
NORM_BITS = 48
C2 = Fraction(77, 100)
"""Bound on ``|tanh''|``."""


@dataclass(frozen=True)
class TanhConstants:
    """The numbers of a certificate."""

    Z: Matrix
    """Rounded pre-activations."""
    table: Matrix
    """tanh of them, rounded."""
    r0: Fraction
    L: Matrix
    radius_z: Fraction
    radius_beta: Fraction
    epsilon: Fraction
    rho: Fraction


@dataclass(frozen=True)
class _TanhSizes:
    """η, η/p, and the norms of K, b', Ψ and β'."""

    eta_w: float
    eta_beta: float
    K: float
    b: float
    features: float
    beta: float
    loose: float
    """What rounding adds to every norm."""

    def movement(self, radius_z: float) -> tuple[float, float]:
        """C_z and C_β."""
        return self.eta_w * self.K * self.b, self.eta_beta * (self.features + radius_z + self.loose)

    def rate(self, r0: float, epsilon: float, radius_z: float, radius_beta: float) -> float:
        """ρ of the module docstring."""
        c2, tau = float(C2), radius_z + self.loose
        tau_D, B = c2 * radius_z + 3 * self.loose, self.beta + radius_beta
        C_z, C_beta = self.movement(radius_z)
        features = self.eta_beta * (2 * self.features * tau + tau**2)
        slopes = self.eta_w * self.K * self.b * (2 * tau_D * B + radius_beta)
        second = C_z * C_beta * epsilon + c2 / 2 * C_z**2 * epsilon * (B + C_beta * epsilon)
        return r0 + features + slopes + second

    def radii(self, r0: float, epsilon: float) -> tuple[float, float] | None:
        """The least radii, from below by iteration; None if there are none with ρ < 1."""
        z = beta = 0.0
        for _ in range(4000):
            rho = self.rate(r0, epsilon, z, beta)
            if not rho < 1 - 1e-5:
                return None
            C_z, C_beta = self.movement(z)
            wider_z, wider_beta = C_z * epsilon / (1 - rho) * 1.001, C_beta * epsilon / (1 - rho) * 1.001
            if abs(wider_z - z) + abs(wider_beta - beta) < 1e-12:
                return z, beta
            z, beta = wider_z, wider_beta
        return None


def rounded_tanh(z: Fraction, bits: int) -> Fraction:
    """tanh z to the nearest multiple of 2^-bits.

    Examples
    --------
    >>> float(rounded_tanh(Fraction(1, 2), 20))
    0.46211719512939453
    """
    with ctx.workprec(bits + 64):
        value = (arb(fmpq(z.numerator, z.denominator)).tanh() * 2**bits + arb(0.5)).floor().unique_fmpz()
    assert value is not None
    return Fraction(int(value), 2**bits)


def search(network: ExactNetwork) -> TanhConstants:
    """Find constants at the state of the document.

    Raises
    ------
    NotExportable
        If there are none.
    """
    n, p = network.n, network.p
    eta, root = float(network.eta), 1 / sqrt(p)
    Z = [
        [dyadic_exact(sum((x * w for x, w in zip(x_i, w_r, strict=True)), Fraction(0))) for w_r in network.W]
        for x_i in network.X
    ]
    table = [[rounded_tanh(z, BITS) for z in row] for row in Z]
    X, P = ([[float(x) for x in row] for row in M] for M in (network.X, table))
    y, beta, b = ([float(x) for x in v] for v in (network.y, network.beta, network.b))
    D = [[1 - x * x for x in row] for row in P]
    K, G = floats.times_transposed(X, X), floats.times_transposed(P, P)
    both = [b_r * beta_r for b_r, beta_r in zip(b, beta, strict=True)]
    H = floats.times_transposed([[x * c for x, c in zip(row, both, strict=True)] for row in D], D)
    A = [[(1.0 if i == j else 0.0) - eta / p * (G[i][j] + K[i][j] * H[i][j]) for j in range(n)] for i in range(n)]
    made = factor(A)
    if made is None:
        raise NotExportable("the numbers of the network are too large for float64")
    r0, L = made
    loose = 4 * sqrt(n * p) * 2.0**-BITS
    sizes = _TanhSizes(
        eta, eta / p, floats.frobenius(K), floats.norm(b) * root, floats.frobenius(P), floats.norm(beta) * root, loose
    )
    error = floats.norm([root * floats.dot(row, beta) - target for row, target in zip(P, y, strict=True)])
    epsilon = dyadic(error * 1.001 + 2 * loose * sizes.beta + 1e-7, 50)
    room = sizes.radii(float(r0), float(epsilon))
    if room is None:
        raise NotExportable(
            f"no rate below 1 at this state: the norm of the step matrix is {float(r0):.6g}, and with an error of "
            f"{error:.3g} the movement ahead, bounded in Frobenius norms, is too large"
        )
    radius_z, radius_beta = (dyadic(x * 1.005 + 1e-10, 50) for x in room)
    rho = dyadic(sizes.rate(float(r0), float(epsilon), float(radius_z), float(radius_beta)) + 1e-6, 40)
    return TanhConstants(Z, table, r0, L, radius_z, radius_beta, epsilon, rho)


def dyadic_exact(z: Fraction) -> Fraction:
    """The nearest multiple of 2^-BITS of an exact number."""
    return Fraction(round(z * 2**BITS), 2**BITS)


def render_table(found: TanhConstants) -> str:
    """The table, with the proof of every entry; needs only ``TanhTable``."""
    rows = ";\n  ".join(
        "[:: " + "; ".join(f"({rational(z)}, {rational(v)})" for z, v in zip(zs, vs, strict=True)) + "]"
        for zs, vs in zip(found.Z, found.table, strict=True)
    )
    return f"""\
Definition tau : Q := (1#{2 ** (BITS - 1)}).
Definition tab : list (list (Q * Q)) := [::
  {rows}].
Lemma table_checks : tab_ok tau tab. Proof. unfold tab_ok, tab, tau; solve_tab. Qed.
"""


def render(network: ExactNetwork, found: TanhConstants) -> tuple[str, str]:
    """The certificate and its theorem in Coq."""
    bits = NORM_BITS
    ones = [Fraction(1)] * network.n
    certificate = f"""\
(* Found by a search that nobody needs to trust. *)
Definition the_certificate : scert := SCert {bits}
  {rational(root_below(network.p, bits))} {rational(Fraction(1, 2**bits))}
  (qm_of fst tab) (qm_of snd tab) (qm_of dq tab) tau (3 * tau) (1#1) {rational(C2)} {rational(found.r0)}
  {matrix(found.L)} {vector(ones)}
  {rational(found.radius_z)} {rational(found.radius_beta)}
  {rational(found.epsilon)} {rational(found.rho)}.
Local Close Scope Q_scope.
Lemma rows_fit : all (fun r => size r == width the_network) tab. Proof. by vm_compute. Qed.
Lemma tau_fits : Qle_bool (qadd (qmul (2#1)%qq (tauP the_certificate))
  (qmul (tauP the_certificate) (tauP the_certificate))) (tauD the_certificate). Proof. by vm_compute. Qed.
Lemma it_checks : scheck the_network the_certificate. Proof. by vm_compute. Qed.
Local Open Scope ring_scope.
"""
    theorem = f"""\
Theorem error_decays (t : nat) :
  nrm (error_after (R := R_rcfType) tanh dtanh the_network t)
    <= QRR {rational(found.rho)}%qq ^+ t * QRR {rational(found.epsilon)}%qq /\\ QRR {rational(found.rho)}%qq < 1.
Proof.
exact: (@tanh_certificate the_network the_certificate tab (erefl _) (erefl _) (erefl _) (erefl _) (erefl _)
  table_checks (erefl _) rows_fit tau_fits it_checks t).
Qed.
"""
    return certificate, theorem
