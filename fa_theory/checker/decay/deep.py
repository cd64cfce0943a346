"""Kind ``deep-decay-from-state``: decay for all time, of a network of any depth, under any of several rules.

Layers are numbered l = 1…L, of widths ``w_0 = d, …, w_L = k``: ``h_0 = x``, ``z_l = s_l W_l h_{l−1}``, ``h_l = ψ(z_l)``
for l < L, ``f = z_L``, ``e = f − y``. One step of a rule, without regularisation and in exact arithmetic, is

    W_l⁺ = W_l − η s_l Σ_j g_{l,j} e_j h_{l−1,j}ᵀ,    g_{l,j} of shape w_l×k,  g_L = I,  and with D_l = diag ψ'(z_l)
    g_l = s_{l+1} D_l F_{l+1}ᵀ g_{l+1},               or s_{l+1} D_l F_{l+1}ᵀ if the rule is direct.

F is B for ``fa`` and ``dfa``, W for ``bp``, ``B(0) + W − W(0)`` for ``kolen-pollack``, sign W for ``usf`` and
``|B| ∘ sign W`` for ``sign``. Errors are indexed by a = (i,c), sample and output, m = nk of them. Row a of the matrices
H_l, G_l, with m rows of length w_l, is h_{l,i} and column c of g_{l,i}.

The step is exact. Let S_{l,i} be the diagonal of secant slopes of ψ between z_{l,i} and z_{l,i}⁺, and let row a of J_l
be row c of ``J_{L,i} = I``, ``J_{l,i} = s_{l+1} J_{l+1,i} W_{l+1} S_{l,i}``. Then

    (1)   e⁺ = (I − ηK̃) e,    K̃_ab = Σ_l s_l² (h⁺_{l−1,a}·h_{l−1,b}) (J_{l,a}·G_{l,b}).

Proof. ``z_l⁺ − z_l = s_l W_l (h⁺_{l−1} − h_{l−1}) − η s_l² Σ_b (h⁺_{l−1}·h_{l−1,b}) G_{l,b} e_b`` by the rule, and
``h_l⁺ − h_l = S_l (z_l⁺ − z_l)``, ``h_0⁺ = h_0``. Substitute from l = L downwards. ∎

Let C be invertible, q < 1, ``σ = ‖C⁻¹‖₂`` and ``S = σ‖Ce(0)‖₂/(1 − q)``. A *tube* bounds how far H_l, G_l and J_l are
from fixed centres, in every entry and in norm, as `rows` has it; hats are the largest sizes in it, ``Ĝ_br`` of entries
and ``‖Ĝ_b‖`` of norms. A *sweep* is what follows from a tube for the next step, with ``T_ab ≥ |u_a·v_b|``:

    (2)   |(W_l' − W_l) h_a|_r ≤ η s_l S (Σ_b T_ab² Ĝ_br²)^½,  with u = v = h_{l−1};   in norm with ‖Ĝ_b‖ for Ĝ_br
    (3)   |J_a (W_l' − W_l)|_c ≤ η s_l S (Σ_b T_ab² Ĥ_bc²)^½,  with u = J_l, v = G_l;  in norm with ‖Ĥ_b‖ for Ĥ_bc

δz_l is s_l times the sum of (2) and what δh_{l−1} becomes through W_l; δh_l and slopes are from the ranges of ψ and ψ'
over ``z_l ± δz_l``. δJ_l is what δJ_{l+1} becomes through W_{l+1}, with (3), and the slopes; δG_l the same with F, and
with (3) if F moves with W.

Theorem. Let a sweep of a tube lie in the tube, and for ``usf`` and ``sign``, for all l ≥ 2, let
``|W_l|_rc > η s_l S (Σ_b Ĝ_br² Ĥ_bc²)^½``. Let K ± R contain, entry by entry, the matrices K̃ of (1) for all H, G, J in
the sweep. If

    (4)   ‖C(I − ηK)C⁻¹‖₂ + η ‖ |C| R |C⁻¹| ‖₂ < q,      or (4') of `deep_kinks`, which keeps wide slopes apart,

then ``‖e(t)‖_C ≤ q^t ‖e(0)‖_C`` for all t ≥ 0. And ``‖W_l(t) − W_l(0)‖_F ≤ η s_l S ‖M‖₂^½``, where the m×m matrix M
contains all ``(G_a·G_b)(H_a·H_b)``, G = G_l, H = H_{l−1}.

Proof, by induction: up to time t let H and G lie in the tube, and J up to t − 1, and let ``‖e(τ)‖_C ≤ q^τ‖e(0)‖_C`` for
τ ≤ t, so that ``Σ_τ ‖e(τ)‖₂ ≤ S``. At t = 0 this holds, as a sweep contains what has not moved. By the rule
``W_l(t+1) − W_l(0) = −η s_l Σ_{τ≤t} Σ_b e_b(τ) G_b(τ) H_b(τ)ᵀ``, and for earlier times there are fewer terms. Entry
(r,c) is at most ``η s_l Σ_τ ‖e(τ)‖₂ (Σ_b Ĝ_br² Ĥ_bc²)^½`` by Cauchy–Schwarz over b, so signs of W stay as they are. The
product with a vector h_a of the tube, from the right, is at most (2) in the same way, and its norm is at most
``η s_l Σ_τ Σ_b |e_b(τ)| T_ab ‖Ĝ_b‖``, so again at most (2). (3) is the same from the left. So z_1(t+1), h_1(t+1),
z_2(t+1), … lie in the sweep, layer by layer, and thus in the tube. The slopes in J(t) are averages of ψ' between z(t)
and z(t+1), both in ``z ± δz``; so J_L(t), J_{L−1}(t), … lie in the sweep, and so do G_L(t+1), G_{L−1}(t+1), …. Hence
K̃(t) is in K ± R, and (4) gives ``‖e(t+1)‖_C ≤ q‖e(t)‖_C``; so does (4'). For the norm in F,
``‖Σ_b e_b G_b H_bᵀ‖_F² = Σ_ab e_a e_b (G_a·G_b)(H_a·H_b)``. ∎

The centres are the values at the state, with slopes fixed at numbers of the checker's choice; any choice is sound. The
tube is not in the document: bounds are swept until they are stable, enlarged a little, and accepted only if one more
sweep does not leave them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from operator import mul
from typing import Any, NamedTuple

from flint import arb, arb_mat

from fa_theory.checker import document as doc
from fa_theory.checker import ranges
from fa_theory.checker.decimals import above
from fa_theory.checker.linalg import elementwise, euclidean, inverse, norm_below, spectral_norm, up
from fa_theory.checker.verdict import Finding, violation_size, violations

from . import deep_kinks, kinks
from .backwards import BACKWARDS, Backwards
from .from_state import overshoot, refuted
from .rows import Map, Rows, added, around, greatest, inflated, inner, known, outer, scaled, squares, through, times
from .rows import within as lies_within

KEYS = (
    *("format", "kind", "data", "activation", "scaling", "rule", "eta", "X", "y", "W", "B", "step"),
    *("norm", "rate", "conclusions", "digest"),
)
CLAIMS = ("error", "budget", "overshoot")
SCALINGS = {"ntk": (1, 1), "standard": (0, 0), "mean-field": (1, 2)}
"""``s_l = w_{l−1}^{−a/2}``: a for 1 < l < L, and for l = L; ``s_1 = 1``."""
MAX_LAYERS = 64
MAX_COST = 3 * 10**9
"""See `cost`."""
_SWEEPS, _FREE = 40, 4
"""Sweeps at most, and how many of the first choose centres for the slopes."""
_ENLARGED = arb(1) + arb(2) ** -10
"""Factor on the bounds of a sweep, so that the next may lie within."""
_LOST = 32
"""A tube that reaches so many times further than the first sweep is given up; true ones grow a little."""


class ExactDeepState(NamedTuple):
    """One exact state of a network of L layers on its data."""

    activation: str
    scaling: str
    rule_name: str
    eta: arb
    X: arb_mat
    y: arb_mat
    W: list[arb_mat]
    B: list[arb_mat]
    """In the place of W_2, …, W_L; empty for a rule that has none."""

    @classmethod
    def read(cls, document: Mapping[str, Any]) -> ExactDeepState:
        """Read the entries that describe the state."""
        doc.text(document["data"], "data")
        X, y, given = doc.matrix(document["X"], "X"), document["y"], document["W"]
        several = isinstance(y, list) and y and isinstance(y[0], list)
        k = len(y[0]) if several else 1
        if several and k == 1:
            raise doc.refusal("y", "numbers, not rows, if there is one output", y)
        if X.nrows() * k > doc.MAX_ERRORS:
            raise doc.refusal("y", f"at most {doc.MAX_ERRORS} samples times outputs", y)
        if not isinstance(given, list) or not 2 <= len(given) <= MAX_LAYERS:
            raise doc.refusal("W", f"a list of 2 to {MAX_LAYERS} matrices", given)
        W: list[arb_mat] = []
        for at, M in enumerate(given, 1):
            rows, columns = k if at == len(given) else None, W[-1].nrows() if W else X.ncols()
            W.append(doc.matrix(M, f"W[{at - 1}]", rows, columns))
        needed = cost(X.nrows() * k, (X.ncols(), *(M.nrows() for M in W)))
        if needed > MAX_COST:
            raise doc.refusal("W", f"sizes of a cost up to {MAX_COST:,}, not {needed:,},", given)
        rule = doc.text(document["rule"], "rule", tuple(BACKWARDS))
        return cls(
            activation=doc.text(document["activation"], "activation", ranges.ACTIVATIONS),
            scaling=doc.text(document["scaling"], "scaling", tuple(SCALINGS)),
            rule_name=rule,
            eta=doc.number(document["eta"], "eta", least=2.0**-1074),
            X=X,
            y=arb_mat(X.nrows(), k, doc.array(y, "y", (X.nrows(), *((k,) if several else ())))),
            W=W,
            B=_feedback(document["B"], rule, W, k),
        )

    @property
    def widths(self) -> tuple[int, ...]:
        """``w_0, …, w_L``."""
        return (self.X.ncols(), *(W.nrows() for W in self.W))

    def scale(self, layer: int) -> arb:
        """``s_l``."""
        if layer == 1:
            return arb(1)
        power = SCALINGS[self.scaling][layer == len(self.W)]
        return 1 / arb(self.W[layer - 1].ncols()).sqrt() ** power

    @property
    def rule(self) -> Backwards:
        """The rule."""
        return BACKWARDS[self.rule_name]

    def backwards(self, layer: int) -> arb_mat:
        """F in the place of ``W_l``."""
        W = self.W[layer - 1]
        return self.rule.through(W, self.B[layer - 2] if self.B else W)


def cost(errors: int, widths: Sequence[int]) -> int:
    """What a check takes at most, in units of about 10 ns: products and norms of matrices, and single numbers."""
    total = 20 * errors**3
    for into, out in pairwise(widths):
        total += 200 * errors * into * out + 10 * min(into, out) ** 3 + 20_000 * errors * (into + out + errors)
    return total


def _feedback(given: object, rule: str, W: list[arb_mat], k: int) -> list[arb_mat]:
    """Read B; null for a rule without."""
    if not BACKWARDS[rule].stored:
        if given is not None:
            raise doc.refusal("B", f"null, as the rule {rule} has no feedback weights", given)
        return []
    if not isinstance(given, list) or len(given) != len(W) - 1:
        raise doc.refusal("B", f"a list of {len(W) - 1} matrices", given)
    rows = [k if BACKWARDS[rule].direct else M.nrows() for M in W[1:]]
    shapes = zip(given, rows, W[1:], strict=True)
    return [doc.matrix(B, f"B[{at}]", r, M.ncols()) for at, (B, r, M) in enumerate(shapes)]


@dataclass(frozen=True)
class DeepDecayFromState:
    """The claims of a document of this kind; not trusted."""

    state: ExactDeepState
    step: int
    C: arb_mat
    q: arb
    at_most: dict[str, arb]
    movement: list[arb]

    @classmethod
    def read(cls, document: Mapping[str, Any]) -> DeepDecayFromState:
        """Read a document of kind ``deep-decay-from-state``."""
        doc.fields(document, "document", KEYS)
        state = ExactDeepState.read(document)
        m = len(state.y.entries())
        claims = doc.fields(document["conclusions"], "conclusions", (*CLAIMS, "movement"))
        return cls(
            state=state,
            step=doc.whole(document["step"], "step"),
            C=doc.matrix(document["norm"], "norm", m, m),
            q=doc.number(document["rate"], "rate", least=0.0),
            at_most={key: doc.number(claims[key], f"conclusions.{key}", least=0.0) for key in CLAIMS},
            movement=doc.vector(claims["movement"], "conclusions.movement", len(state.W), least=0.0),
        )


class DeepTube(NamedTuple):
    """Where H, G and J are; entry l of H is H_l, entry l − 1 of the others G_l and J_l."""

    H: list[Rows]
    G: list[Rows]
    J: list[Rows]

    def each(self) -> list[Rows]:
        """All of them."""
        return [*self.H, *self.G, *self.J]

    def size(self) -> arb:
        """All bounds in norm together."""
        return sum((r for rows in self.each() for r in rows.reach), arb(0)).upper()


class Sweep:
    """The sweeps of one state, see the module."""

    def __init__(self, state: ExactDeepState, nu: Sequence[Sequence[arb]] | None = None) -> None:
        self.state, self.depth, self.S, self.nu = state, len(state.W), arb(0), nu
        k = state.y.ncols()
        self.scales = [state.scale(layer) for layer in range(1, self.depth + 1)]
        self.back = [Map.of(W) for W in state.W[1:]]
        self.forth = [Map.of(state.W[0].transpose()), *(M.turned() for M in self.back)]
        self.feedback = [Map.of(state.backwards(layer)) for layer in range(2, self.depth + 1)]
        self.units = arb_mat([[arb(a == b) for b in range(k)] for _ in range(state.X.nrows()) for a in range(k)])
        self.z: list[arb_mat] = []
        self.h = [_repeated(state.X, k)]
        for scale, M in zip(self.scales, self.forth, strict=True):
            self.z.append(self.h[-1] * M.matrix * scale)
            if len(self.z) < self.depth:
                self.h.append(elementwise(self._value, self.z[-1]))
        self.e = doc.column([self.z[-1][a, a % k] for a in range(self.units.nrows())]) - doc.column(state.y.entries())
        self.middle = [elementwise(self._slope, z).mid() for z in self.z[:-1]]
        """Slopes at the centres."""

    def _value(self, z: arb) -> arb:
        return ranges.value_range(self.state.activation, z)

    def _slope(self, z: arb) -> arb:
        return ranges.slope_range(self.state.activation, z)

    def start(self) -> DeepTube:
        """The centres, with no bounds: a first guess."""
        H = [known(h) for h in self.h]
        return DeepTube(H, *self._backward(None, H, self.middle))

    def __call__(self, tube: DeepTube) -> tuple[DeepTube, list[arb_mat]]:
        """What follows from a tube, and the slopes in it."""
        H, slopes = [tube.H[0]], []
        for at, z in enumerate(self.z[:-1]):
            scale = self.scales[at]
            carried = scaled(through(H[at], self.forth[at]), scale)
            products = inner(H[at], tube.H[at])
            dz = added(carried, *self.pushed(products, tube.G[at], scale * scale))
            if self.nu is not None:
                dz = added(dz, *off_in_front(H[at], self.nu[at], scale))
            ball = elementwise(lambda x, r: x + arb(0, r), z, dz.radius)
            slopes.append(elementwise(self._slope, ball))
            steepest = [greatest([s.abs_upper() for s in row]) for row in slopes[-1].tolist()]
            h = self.h[at + 1]
            radius = elementwise(lambda x, y: (self._value(x) - y).abs_upper(), ball, h)
            H.append(around(h, radius, list(map(mul, steepest, dz.reach))))
        return DeepTube(H, *self._backward(tube, H, slopes)), slopes

    def _backward(self, tube: DeepTube | None, H: list[Rows], slopes: list[arb_mat]) -> tuple[list[Rows], list[Rows]]:
        """G and J, from the last layer to the first."""
        G, J = [known(self.units)], [known(self.units)]
        for at in range(self.depth - 2, -1, -1):
            scale, middle = self.scales[at + 1], self.middle[at]

            def behind(V: Rows, M: Map, moves: bool, at: int = at, scale: arb = scale) -> Rows:
                found = through(V, M)
                if moves and tube is not None:
                    found = added(found, *self.pushed(inner(V, tube.G[at + 1]), tube.H[at + 1], scale))
                if moves:
                    found = added(found, *self.off_behind(V, at + 1))
                return scaled(found, scale)

            J.insert(0, times(behind(J[0], self.back[at], True), middle, slopes[at]))
            above_it = known(self.units) if self.state.rule.direct else G[0]
            G.insert(0, times(behind(above_it, self.feedback[at], self.state.rule.moves), middle, slopes[at]))
        return G, J

    def pushed(self, products: arb_mat, out: Rows, scale: arb) -> tuple[arb_mat, list[arb]]:
        """(2) or (3): from enclosed products to bounds on every entry, and on norms."""
        factor, sizes = self.state.eta * scale * self.S, squares(elementwise(arb.abs_upper, products))
        entries = sizes * squares(out.most)
        norms = sizes * doc.column(list(map(mul, out.longest, out.longest)))
        return elementwise(lambda x: (factor * x.sqrt()).upper(), entries), [
            (factor * x.sqrt()).upper() for x in norms.entries()
        ]

    def off_behind(self, V: Rows, at: int) -> tuple[arb_mat, list[arb]]:
        """What ν adds to (3)."""
        columns = self.state.W[at].ncols()
        if self.nu is None:
            return arb_mat(V.centre.nrows(), columns), [arb(0)] * V.centre.nrows()
        return off_behind(V, self.nu[at], columns)

    def closed(self, S: arb) -> tuple[DeepTube, list[arb_mat]] | None:
        """A tube that no step leaves if all errors sum to at most S, with its slopes; None if none is found."""
        self.S, tube, first = S, self.start(), arb(0)
        for count in range(_SWEEPS):
            found, slopes = self(tube)
            if count > _FREE and all(map(lies_within, found.each(), tube.each())):
                return found, slopes
            size = found.size()
            first = size if count == 0 else first
            if not size <= _LOST * first:
                return None
            if count < _FREE:
                self.middle = [s.mid() for s in slopes]
            tube = DeepTube(*([inflated(rows, _ENLARGED) for rows in part] for part in found))
        return None

    def kernel(self, tube: DeepTube) -> arb_mat:
        """Balls ``K ± R``."""
        m = self.units.nrows()
        K = arb_mat(m, m)
        for scale, H, G, J in zip(self.scales, tube.H, tube.G, tube.J, strict=True):
            K += elementwise(mul, inner(H, H), inner(J, G)) * (scale * scale)
        return K

    def movement(self, tube: DeepTube) -> list[arb]:
        """Bounds on ``‖W_l(t) − W_l(0)‖_F`` for all t, of each layer."""
        return [
            (self.state.eta * scale * self.S * spectral_norm(elementwise(mul, inner(G, G), inner(H, H))).sqrt()).upper()
            for scale, H, G in zip(self.scales, tube.H, tube.G, strict=True)
        ]

    def turns(self, tube: DeepTube) -> str:
        """Where a sign of W may change; empty if nowhere."""
        for at in range(1, self.depth):
            squared = squares(tube.G[at].most).transpose() * squares(tube.H[at].most)
            factor = self.state.eta * self.scales[at] * self.S
            for rc, (w, x) in enumerate(zip(self.state.W[at].entries(), squared.entries(), strict=True)):
                r, c = divmod(rc, self.state.W[at].ncols())
                if not abs(w) > factor * x.sqrt() + (self.nu[at][r] if self.nu is not None else 0):
                    return f"signs: entry ({r}, {c}) of W_{at + 1} may change its sign, which the rule depends on"
        return ""


def off_in_front(H: Rows, nu: Sequence[arb], scale: arb) -> tuple[arb_mat, list[arb]]:
    """Bounds on ``s (W' − W) h`` for ‖W'_r − W_r‖ ≤ ν_r: in every entry, and in norm."""
    size = euclidean(nu)
    return outer(H.longest, list(nu)) * scale, [scale * size * length for length in H.longest]


def off_behind(V: Rows, nu: Sequence[arb], columns: int) -> tuple[arb_mat, list[arb]]:
    """Bounds on ``v (W' − W)`` for ‖W'_r − W_r‖ ≤ ν_r: in every entry, and in norm."""
    found = [x.upper() for x in (V.most * doc.column(list(nu))).entries()]
    return outer(found, [arb(1)] * columns), found


def _repeated(X: arb_mat, k: int) -> arb_mat:
    """Every row k times."""
    return arb_mat([row for row in X.tolist() for _ in range(k)])


class DeepBounds(NamedTuple):
    """The results of rigorous arithmetic, to be compared with the claim."""

    at_most: dict[str, arb]
    movement: list[arb]
    contraction: arb
    perturbation: arb
    """The tube term of (4), or the remainder up to q if (4') holds."""
    contracts: bool
    """Whether (4) or (4') holds."""


def bounds(
    state: ExactDeepState, C: arb_mat, q: arb, nu: Sequence[Sequence[arb]] | None = None, eps: arb | None = None
) -> DeepBounds | str:
    """Evaluate the theorem's quantities; or say why they do not exist.

    With ν and ε they hold for every state whose rows are that far from those of W, and whose error is that far from the
    error of the state, at most.
    """
    Ci = inverse(C)
    if Ci is None:
        return "norm: C is not certainly invertible"
    sigma = spectral_norm(Ci)
    sweep = Sweep(state, nu)
    weighted, e = euclidean((C * sweep.e).entries()), sweep.e
    if eps is not None:
        weighted = (weighted + spectral_norm(C) * eps).upper()
        e = elementwise(lambda x: x + arb(0, eps), e)
    S = (sigma * weighted / (1 - q)).upper()
    closed = sweep.closed(S)
    if closed is None:
        return f"tube: no bounds are found that a step does not leave, as the errors may add up to {above(up(S))}"
    tube, slopes = closed
    turns = sweep.turns(tube) if state.rule.signs else ""
    if turns:
        return turns
    A, s = kinks.one_step(C, Ci, state.eta, sweep.kernel(tube))
    at_most = {
        "error": euclidean(e.entries()),
        "budget": S,
        "overshoot": overshoot(C, sigma, weighted, e),
    }
    contraction, contracts = spectral_norm(A), norm_below(A, q - s)
    if not contracts and contraction < q:
        kernels = deep_kinks.expansion(sweep, tube, slopes)
        if kernels is not None and deep_kinks.contract(kernels, C, Ci, q, state.eta):
            contracts, s = True, (q - contraction).upper()
    return DeepBounds(at_most, sweep.movement(tube), contraction, s, contracts)


def check(claim: DeepDecayFromState) -> Finding:
    """Check a claim of this kind."""
    reason = obstacle(claim)
    return refuted(reason) if reason else judge(claim, bounds(claim.state, claim.C, claim.q))


def obstacle(claim: DeepDecayFromState) -> str:
    """Why the theorem does not apply to this claim; empty if it applies."""
    return "" if claim.q < 1 else f"rate: q = {float(claim.q):.6g} is not below 1"


def judge(claim: DeepDecayFromState, found: DeepBounds | str) -> Finding:
    """Compare a claim with the bounds found."""
    if isinstance(found, str):
        return refuted(found)
    state, q = claim.state, claim.q
    needs = [(f"conclusions.{key}", need, claim.at_most[key]) for key, need in found.at_most.items()]
    needs += [
        (f"conclusions.movement, layer {layer}", *pair)
        for layer, pair in enumerate(zip(found.movement, claim.movement, strict=True), 1)
    ]
    faults = [fault for where, *ends in needs for fault in violations(where, *((arb(0), x) for x in ends))]
    if not found.contracts:
        cause = "the centre of the tube does not contract" if found.contraction > q else "the tube is too wide"
        reached = f"{above(up(found.contraction))} plus tube term {above(up(found.perturbation))}"
        excess = violation_size((found.contraction + found.perturbation - q) / (1 - q))
        faults.append((excess, f"contraction: ‖C(I−ηK)C⁻¹‖ = {reached} is not below q = {float(q):.6g}; {cause}"))
    proved = {key: up(value) for key, value in found.at_most.items()}
    proved |= {f"movement_{layer}": up(value) for layer, value in enumerate(found.movement, 1)}
    proved |= {"rate": float(q), "contraction": up(found.contraction), "perturbation": up(found.perturbation)}
    decay = f"‖e(t)‖ ≤ {above(proved['overshoot'], 4)} · {above(proved['rate'])}^t · {above(proved['error'], 4)}"
    network = f"{state.activation} {'-'.join(map(str, state.widths))}, {state.rule_name}"
    return Finding(faults, proved, f"{decay} for all t ≥ 0 after step {claim.step} ({network})")
