"""Direct random target projection: targets take the place of errors."""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from fa_theory.claims.claim import Bound, Claim, Fidelity, Hypothesis, Kind, Source
from fa_theory.claims.procedures import Proved, wrong_proofs
from fa_theory.model.ball import Array

from ..shared.exact import Draw, holds, vanishes
from .theorems import targets

ONE_SAMPLE = Hypothesis(
    "one sample, from zero",
    r"$W(0) = V(0) = 0$; one input $x$, hidden activity $h = Wx$; $W$ moves by $\eta\, u\, x^\top$, $u = B^\top T$; "
    r"$V$ moves by $\eta\, e\, h^\top$ with $e = T - y$",
)
CHANGES = "Stated from the abstract and from descriptions by others, for one hidden layer. "


def _gap(T: Fraction, y: Fraction) -> Fraction:
    return (2 * T - 1) * (T - y) - y * (1 - y)


def _signs(draw: Draw) -> bool:
    ys = [abs(y) / 3 for y in draw(20)]
    return all(_gap(Fraction(T), y) >= 0 for T in (0, 1) for y in ys)


def _certain(draw: Draw) -> bool:
    return all(_gap(Fraction(T), Fraction(T)) == 0 for T in (0, 1))


signs = Claim(
    id="frenkel2021.target-signs",
    title="A one-hot target knows the sign of the error",
    kind=Kind.LEMMA,
    bound=Bound.LOWER,
    summary="For targets 0 or 1 and outputs y in (0, 1), error and 2T − 1 agree in sign, by at least y(1 − y).",
    statement=r"""Let a target be $T \in \{0, 1\}$, and $y$ the output. Then
\[ (2T - 1)(T - y) \ge y(1 - y) . \]
So for outputs strictly between 0 and 1, as those of sigmoid and softmax, the error $T - y$ has the sign of $2T - 1$,
which is known before there is an output.""",
    hypotheses=(Hypothesis("classes", r"$T \in \{0, 1\}$"),),
    source=Source(
        "frenkel2021", "targets as a proxy of the error sign", Fidelity.ADAPTED, f"{CHANGES}The bound is ours."
    ),
    procedures=(Proved(targets.signs),),
    mutants=wrong_proofs(targets.signs, *targets.MUTANTS_OF_SIGNS),
    degenerate=(holds("y=T", "an output that is certain and right", _certain, "both sides are 0"),),
    witness=holds("non-vacuity", "outputs drawn at random", _signs, "the inequality holds"),
)


class _Start:
    """Two layers from zero, in exact numbers; the error has given signs at every step."""

    def __init__(self, draw: Draw, *, steps: int = 3, flip: bool = False, eta: Fraction = Fraction(1, 2)) -> None:
        x, self.u, sign = draw(3), draw(4), np.array([1, -1])
        W, V, self.S = 0 * draw(4, 3), 0 * draw(2, 4), 0 * draw(2)
        self.eta, self.x = eta, x
        for t in range(steps):
            e = sign * abs(draw(2))
            W, V, self.S = W + eta * np.outer(self.u, x), V + eta * np.outer(e, W @ x), self.S + t * e
        self.e = sign * abs(draw(2)) * (-1 if flip else 1)
        self.sent = V.T @ self.e

    def left(self) -> Array:
        left: Array = self.sent - self.eta**2 * (self.x @ self.x) * (self.S @ self.e) * self.u
        return left


parallel = Claim(
    id="frenkel2021.parallel-signals",
    title="From zero, targets and backpropagation send parallel signals",
    kind=Kind.THEOREM,
    bound=Bound.IDENTITY,
    summary="One sample, from zero: what backpropagation sends to the hidden layer is a multiple of u = BᵀT, exactly.",
    statement=r"""Under direct random target projection, one sample, from zero weights, for all sizes and all $t$,
\[ V(t)^\top e(t) = \eta^2 |x|^2 \, \bigl(S(t)^\top e(t)\bigr)\, u , \qquad S(t) = \sum_{s<t} s\, e(s) , \]
whatever the errors are. Meanwhile $W(t) = \eta t\, u x^\top$: the hidden layer moves on, also when there is no
error left.""",
    hypotheses=(ONE_SAMPLE,),
    source=Source("frenkel2021", "alignment of the signals", Fidelity.ADAPTED, f"{CHANGES}The exact factor is ours."),
    procedures=(Proved(targets.form),),
    mutants=wrong_proofs(targets.form, *targets.MUTANTS_OF_FORM),
    degenerate=(
        vanishes("t=0", "no step", lambda draw: _Start(draw, steps=0).left()),
        vanishes("η=0", "nothing moves", lambda draw: _Start(draw, eta=Fraction(0)).left()),
    ),
    witness=vanishes("non-vacuity", "errors drawn at random", lambda draw: _Start(draw).left()),
)

acute = Claim(
    id="frenkel2021.acute-signals",
    title="From zero, the signals of targets and of backpropagation make no obtuse angle",
    kind=Kind.THEOREM,
    bound=Bound.LOWER,
    summary="One sample, from zero: u·Vᵀe ≥ 0 at all times and any depth, if the error of each output keeps its sign.",
    statement=r"""Let the last hidden layer be active along the feedback of the targets, $h(t) = a(t)\, u$ with
$a(t) \ge 0$, as one sample makes it at any depth, from zero; let $V(0) = 0$, $V(t{+}1) = V(t) + \eta\, e(t) h(t)^\top$,
$\eta \ge 0$; and let the error of each output keep its sign, as that of a one-hot target does. Then for all sizes
and all $t$
\[ u^\top V(t)^\top e(t) \ge 0 . \]""",
    hypotheses=(
        Hypothesis("activity", r"$h(t) = a(t)\, u$, $a(t) \ge 0$"),
        Hypothesis("signs", r"$\sigma_c e_c(t) \ge 0$ for all $t$, with $\sigma_c = \pm 1$"),
    ),
    source=Source("frenkel2021", "alignment of the signals", Fidelity.ADAPTED, "Stated from descriptions by others."),
    uses=("frenkel2021.target-signs", "frenkel2021.deeper-layers"),
    procedures=(Proved(targets.angle),),
    mutants=wrong_proofs(targets.angle, *targets.MUTANTS_OF_ANGLE),
    degenerate=(
        holds("t=0", "no step", lambda draw: bool(np.all(_Start(draw, steps=0).sent == 0)), "nothing is sent"),
        holds(
            "signs change",
            "without the hypothesis the angle is obtuse",
            lambda draw: bool((s := _Start(draw, steps=4, flip=True)).u @ s.sent <= 0),
            "u·Vᵀe ≤ 0",
        ),
    ),
    witness=holds(
        "non-vacuity",
        "errors of constant signs",
        lambda draw: bool((s := _Start(draw, steps=6)).u @ s.sent > 0),
        "u·Vᵀe > 0",
    ),
)


def _deeper(draw: Draw, *, steps: int = 3, dead: bool = False) -> Array:
    """What three linear layers leave of ``W₂ = w v uᵀ``, from zero."""
    x, u, v, eta = draw(2), draw(3), draw(4), Fraction(1, 2)
    x = 0 * x if dead else x
    W1, W2, w = 0 * draw(3, 2), 0 * draw(4, 3), Fraction(0)
    for t in range(steps):
        W2, w = W2 + eta * np.outer(v, W1 @ x), w + eta * eta * t * (x @ x)
        W1 = W1 + eta * np.outer(u, x)
    left: Array = W2 - w * np.outer(v, u)
    return left


deeper = Claim(
    id="frenkel2021.deeper-layers",
    title="From zero, targets give every hidden layer rank one, along the feedback of its neighbours",
    kind=Kind.THEOREM,
    bound=Bound.IDENTITY,
    summary="One sample, from zero: W = w v uᵀ with w ≥ 0 for a layer above activity a u, a ≥ 0, and so on upwards.",
    statement=r"""Let a linear layer learn from targets, from zero, above activity $h(t) = a(t)\, u$, and let $v$ be the
feedback that it gets itself. Then for all sizes and all $t$
\[ W(t) = w(t)\, v u^\top , \qquad w(t) = \eta \sum_{s<t} a(s) , \]
and $w(t) \ge 0$ if $a \ge 0$ and $\eta \ge 0$. So its own activity is $w a |u|^2\, v$, of the same form, from layer to
layer; and where backpropagation sends it $\beta v$, the layer below gets $\beta w |v|^2\, u$: the
signs of $u^\top V^\top e$ at the last hidden layer are those of all layers below.""",
    hypotheses=(
        Hypothesis("one sample, from zero", r"$W(0) = 0$, $W(t{+}1) = W(t) + \eta\, v\, h(t)^\top$"),
        Hypothesis("activity below", r"$h(t) = a(t)\, u$, as in the first layer, $a(t) = \eta t |x|^2$"),
    ),
    source=Source(
        "frenkel2021",
        "alignment of the signals",
        Fidelity.ADAPTED,
        "Stated from descriptions by others, layer by layer.",
    ),
    uses=("frenkel2021.parallel-signals",),
    procedures=(Proved(targets.layer, name="proof of the form"), Proved(targets.positive, name="proof of the sign")),
    mutants=(
        *wrong_proofs(targets.layer, *targets.MUTANTS_OF_LAYER),
        *wrong_proofs(targets.positive, *targets.MUTANTS_OF_SIZE),
    ),
    degenerate=(
        vanishes("t=0", "no step", lambda draw: _deeper(draw, steps=0)),
        vanishes("x=0", "no input", lambda draw: _deeper(draw, dead=True)),
    ),
    witness=vanishes("non-vacuity", "two hidden layers, inputs drawn at random", _deeper),
)
