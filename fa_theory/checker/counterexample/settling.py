"""Limits of runs as t → ∞: what a counterexample proves of them, for any rule that settles.

Let θ be all variables of a run that change, ``θ(t+1) = F(θ(t))`` from step T on, and r(θ) ∈ ℝᵐ a signal from which a
step is made: ``F(θ) = θ + U(θ, r(θ))`` with ``U(θ, 0) = 0``. The document names T, a signal, an invertible matrix C and
a rate q < 1. Let ``S = ‖C r(θ(T))‖₂ / (1 − q)``, let B be a box around θ(T) with the radii ρ_i, and let 𝐌 and 𝐉 be
balls that contain ``∂U/∂r (θ, r)`` and ``∂r/∂θ (θ)`` for all θ ∈ B and all r with ``|r_j| ≤ ‖(C⁻¹)_j‖₂ ‖C r(θ(T))‖₂``.

Theorem. If ``‖(𝐌C⁻¹)_i‖₂ S ≤ ρ_i`` for all i, and ``‖C (I + 𝐉𝐌) C⁻¹‖₂ < q``, then θ(t) stays in B for all t ≥ T, and
converges; and ``‖C r(θ(T+t))‖₂ ≤ qᵗ ‖C r(θ(T))‖₂``.

Proof, by induction over t: as ``U(θ, 0) = 0``, a step is ``U(θ, r) = M r``, M the mean of ∂U/∂r between 0 and r, which
is in 𝐌. All steps so far add up to less than ρ_i in θ_i, since ``Σ_s |(M(s) r(s))_i| ≤ ‖(𝐌C⁻¹)_i‖₂ Σ_s ‖C r(s)‖₂`` and
the last sum is at most S; so the next state is in B, too. And ``r(θ + M r) = r + J M r``, J the mean of ∂r/∂θ along
this step, which is in 𝐉 as B is convex; so ``‖C r‖₂`` falls by the factor q. The steps are summable. ∎

The limit is in B, with the radii ``‖(𝐌C⁻¹)_i‖₂ S``. Where r(θ(T)) is exactly 0, it is θ(T). The signal of a run may be

* ``"step"``: the step itself, ``U(θ, r) = r``. Then the limit is an isolated fixed point that attracts; nothing has to
  vanish, so errors and λ may be what they like.
* ``"error"`` of the network: g of `network.signal`. The limit is a network without error; it need not be isolated.
* ``"inputs"``: ``Xᵀg``, for linear networks, where the error tends to what no linear network can fit.
* ``"output"``: β, for y = 0; then λ may stay on.
* of a recurrence: lists of places in the programs of its step, ``[{variable: node}, …]``. In every list the formulas at
  these places are the same; together they are r, and U(θ, r) is the step with r in their places. ``U(θ, 0) = 0`` is
  shown by its value at one point and its derivatives on B, all exactly 0.

The steps up to T are computed as the run itself is. From T on λ is constant; a recurrence may not mention time, nor
change the shape of a variable.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flint import arb, arb_mat, fmpq

from fa_theory.checker import document as doc
from fa_theory.checker.linalg import euclidean, identity, inverse, norm_below, spectral_norm

from . import network
from . import numbers as num
from .derivatives import carried, slopes_of, value_of
from .formula import MAX_LENGTH, OVER_TIME, Machine, Program, State, StatedRecurrence
from .numbers import ZERO, Real, Undefined, Value

SIGNALS = ("step", "error", "inputs", "output")
MAX_RUNS, MAX_VARIABLES, MAX_EXPONENT = 16, 2000, 100_000
QUICK = 4
"""Squarings for a norm that is only shown."""
SWEEPS, LARGER = 12, arb(5) / 4
"""How often the box is made larger, and by what factor, until no step leaves it."""

Places = list[dict[str, int]]


@dataclass(frozen=True)
class Settling:
    """What is claimed of one run; nothing in it is trusted."""

    run: int | None
    """The number of the recurrence; None: the run of the network."""
    steps: int
    signal: str | Places
    C: Value
    rate: fmpq

    @classmethod
    def read(cls, value: object, where: str) -> Settling:
        """Read a claim."""
        stated = doc.fields(value, where, ("run", "steps", "signal", "norm", "rate"))
        run, signal = stated["run"], stated["signal"]
        steps = doc.whole(stated["steps"], f"{where}.steps")
        if steps > MAX_LENGTH:
            raise doc.MalformedDocument(f"{where}.steps: expected at most {MAX_LENGTH} but got {steps}")
        return cls(
            run=None if run is None else doc.whole(run, f"{where}.run"),
            steps=steps,
            signal=_places(signal, f"{where}.signal")
            if isinstance(signal, list)
            else doc.text(signal, f"{where}.signal", SIGNALS),
            C=num.array(stated["norm"], f"{where}.norm", 10**6),
            rate=num.rational(stated["rate"], f"{where}.rate"),
        )


def _places(value: Sequence[Any], where: str) -> Places:
    def is_place(item: object) -> bool:
        return isinstance(item, dict) and bool(item) and all(type(i) is int and i >= 0 for i in item.values())

    if not 0 < len(value) <= MAX_RUNS or not all(map(is_place, value)):
        raise doc.MalformedDocument(f"{where}: expected a list of objects with the number of a node for every variable")
    return [dict(item) for item in value]


def read(value: object) -> list[Settling]:
    """Read what a document claims about limits: a list."""
    if not isinstance(value, list) or not 0 < len(value) <= MAX_RUNS:
        raise doc.MalformedDocument(f"limits: expected a list of 1 to {MAX_RUNS} claims")
    return [Settling.read(item, f"limits[{i}]") for i, item in enumerate(value)]


def find(machine: Machine, described: Mapping[str, Any], claims: Sequence[Settling]) -> None:
    """Give the machine the limits that are proved.

    Raises
    ------
    Undefined
        If a claim does not hold.
    """
    for claim in claims:
        found = limit(machine, tail_of(machine, described, claim), claim)
        kept = {} if claim.run is None else machine.variables(claim.run, claim.steps)
        machine.limits[claim.run] = {**kept, **found}  # a variable without a step is its own limit


@dataclass(frozen=True)
class Tail:
    """A run from some step on.

    Attributes
    ----------
    now
        The variables that change, at that step.
    signal
        From variables to r.
    step
        From variables and r to the variables one step later.
    """

    now: State
    signal: Callable[[State], list[Value]]
    step: Callable[[State, list[Value]], State]

    def moved(self, state: State, r: list[Value]) -> dict[str, Value]:
        """U(θ, r)."""
        after = self.step(state, r)
        return {name: num.entrywise(num.sub, after[name], state[name]) for name in state}


def tail_of(machine: Machine, described: Mapping[str, Any], claim: Settling) -> Tail:
    """The run that a claim is about, from its step T on."""
    if claim.run is None:
        if not isinstance(claim.signal, str):
            raise Undefined("limits: the run of the network has no programs")
        return network_tail(machine, described, claim.signal, claim.steps)
    return recurrence_tail(machine, claim.run, claim.signal, claim.steps)


def network_tail(machine: Machine, described: Mapping[str, Any], signal: str, steps: int) -> Tail:
    """The run of the network from a step on; the states up to its own last step are those of the machine."""
    state, start = machine.states[min(steps, len(machine.states) - 1)], len(machine.states) - 1
    for t in range(start, steps):
        state = network.following(machine, described, state, network.decays(described, t))
    decaying = network.decays(described, steps)
    lam = machine.data["lam"].entries[0]
    if decaying and described["cutoff"] is not None and not num.is_exactly(lam, 0):
        raise Undefined(f"limits: λ is still on at step {steps} and ends later")

    def error(at: State) -> Value:
        return network.signal(machine, at)

    def step(at: State, g: Value | None) -> State:
        return network.following(machine, described, at, decaying, g)

    regularised = decaying and not num.is_exactly(lam, 0)
    X = machine.data["X"]
    match signal:
        case "step":
            return _whole_step(state, lambda at: step(at, None))
        case "error" if not regularised:
            return Tail(state, lambda at: [error(at)], lambda at, r: step(at, r[0]))
        case "inputs" if not regularised and machine.activation == "linear":
            # for ψ = id a step uses Xᵀg only: W ← W − η c (Xᵀg)ᵀ and β ← β − η W Xᵀg
            def linear(at: State, r: list[Value]) -> State:
                c = network.sent(described, machine.data["b"], at["beta"])
                pull = machine.combine("mul", machine.data["eta"], r[0])
                W = machine.combine("sub", at["W"], machine.matmul(c, num.transpose(pull)))
                beta = machine.combine("sub", network.columns(at["beta"]), machine.matmul(at["W"], pull))
                return {"W": W, "beta": Value(at["beta"].shape, beta.entries)}

            return Tail(state, lambda at: [machine.matmul(num.transpose(X), error(at))], linear)
        case "output" if all(num.is_exactly(x, 0) for x in machine.data["y"].entries):
            # for y = 0 the error is linear in β; with r in place of β everywhere
            def shrinking(at: State, r: list[Value]) -> State:
                after = step({"W": at["W"], "beta": r[0]}, None)
                gained = num.entrywise(num.sub, after["beta"], r[0])
                return {"W": after["W"], "beta": num.entrywise(num.add, at["beta"], gained)}

            return Tail(state, lambda at: [at["beta"]], shrinking)
    raise Undefined(f"limits: the signal {signal} does not determine the steps of this run")


def _whole_step(now: State, follow: Callable[[State], State]) -> Tail:
    """Where the signal is the step itself."""

    def signal(at: State) -> list[Value]:
        after = follow(at)
        return [num.entrywise(num.sub, after[name], at[name]) for name in now]

    def step(at: State, r: list[Value]) -> State:
        return {name: num.entrywise(num.add, at[name], u) for name, u in zip(now, r, strict=True)}

    return Tail(now, signal, step)


def recurrence_tail(machine: Machine, which: int, signal: str | Places, steps: int) -> Tail:
    """A recurrence from a step on."""
    state = machine.variables(which, steps)
    recurrence = machine.recurrences[which]
    if any(map(_mentions_time, recurrence.step.values())):
        raise Undefined("limits: a step of this recurrence depends on the time")
    moving = {name: state[name] for name in recurrence.step}
    fixed = {name: x for name, x in state.items() if name not in moving}

    def follow(at: State, replaced: Mapping[str, Mapping[int, Value]]) -> State:
        before = {**fixed, **at}
        return {
            name: machine.run(program, (steps,), before, replaced.get(name, {}))
            for name, program in recurrence.step.items()
        }

    # what is made of θ has the shape of θ, at this step and so at all later ones: shapes depend on shapes only
    if any(after.shape != moving[name].shape for name, after in follow(moving, {}).items()):
        raise Undefined("limits: a variable of this recurrence changes its shape")
    if signal == "step":
        return _whole_step(moving, lambda at: follow(at, {}))
    if isinstance(signal, str):
        raise Undefined(f"limits: a recurrence has no signal {signal}")
    sources = [_source(recurrence, places) for places in signal]
    own = {program[i].extra: number for number, (program, i) in enumerate(sources) if program[i].op == "previous"}

    def read_off(at: State) -> list[Value]:
        before = {**fixed, **at}
        return [machine.run(program[: i + 1], (steps,), before) for program, i in sources]

    def step(at: State, r: list[Value]) -> State:
        replaced = {
            name: {places[name]: r[number] for number, places in enumerate(signal) if name in places} for name in at
        }
        after = follow(at, replaced)
        # a variable that is a signal moves from r to its next value
        start = {name: r[own[name]] if name in own else at[name] for name in at}
        return {
            name: num.entrywise(num.add, at[name], num.entrywise(num.sub, after[name], start[name])) if name in own
            else after[name]
            for name in at
        }  # fmt: skip

    tail = Tail(moving, read_off, step)
    _vanishes(tail)
    return tail


def _mentions_time(program: Program) -> bool:
    return any(
        node.op in ("clock", *OVER_TIME) or (node.op in ("leaf", "state") and node.extra[-1] in ("bound", "outer"))
        for node in program
    )


def _source(recurrence: StatedRecurrence, places: Mapping[str, int]) -> tuple[Program, int]:
    """The formula at all these places, which must be one and the same."""
    if any(name not in recurrence.step or i >= len(recurrence.step[name]) for name, i in places.items()):
        raise Undefined("limits: a signal names a place that its recurrence does not have")
    formulas = [(recurrence.step[name], i) for name, i in places.items()]
    if any(not _same(formulas[0], other) for other in formulas[1:]):
        raise Undefined("limits: the formulas at the places of a signal are not the same")
    return formulas[0]


def _same(left: tuple[Program, int], right: tuple[Program, int]) -> bool:
    """Whether two nodes with all that they use are the same."""
    waiting, seen = [(left[1], right[1])], set()
    while waiting:
        pair = waiting.pop()
        if pair in seen:
            continue
        seen.add(pair)
        one, other = left[0][pair[0]], right[0][pair[1]]
        if one.op != other.op or len(one.args) != len(other.args) or not _equal(one.extra, other.extra):
            return False
        waiting += zip(one.args, other.args, strict=True)
    return True


def _equal(one: Any, other: Any) -> bool:
    if isinstance(one, Value) and isinstance(other, Value):
        return one.shape == other.shape and one.entries == other.entries
    return type(one) is type(other) and bool(one == other)


def _vanishes(tail: Tail) -> None:
    """``U(θ, 0) = 0`` for all θ: exactly 0 at one point, with derivatives that are exactly 0 everywhere near."""
    zeros = [Value(v.shape, [ZERO] * len(v.entries)) for v in tail.signal(tail.now)]
    points = {name: Value(v.shape, [_point(x) for x in v.entries]) for name, v in tail.now.items()}
    if any(not x == 0 for v in tail.moved(points, zeros).values() for x in v.entries):
        raise Undefined("limits: a step is made even where the signal is 0")


def _flat_at(tail: Tail, box: State) -> None:
    """``∂U(θ, 0)/∂θ = 0`` on a box, exactly."""
    zeros = [Value(v.shape, [ZERO] * len(v.entries)) for v in tail.signal(tail.now)]
    if any(slopes_of(x) for v in tail.moved(_variables(box), zeros).values() for x in v.entries):
        raise Undefined("limits: a step is made even where the signal is 0")


def _point(x: Real) -> fmpq:
    """A rational inside a ball."""
    if isinstance(x, fmpq):
        return x
    top, power = x.mid().man_exp()
    if abs(power) > MAX_EXPONENT:
        raise Undefined(f"limits: a number of the run is too large or too small for a fraction: {x.str(6)}")
    return fmpq(top) * fmpq(2) ** int(power)


def _variables(box: State) -> State:
    """All variables of a run, numbered one after the other."""
    made, first = {}, 0
    for name, value in box.items():
        made[name] = carried(value, first)
        first += len(value.entries)
    return made


def _all(values: Iterator[Value] | Sequence[Value]) -> list[Real]:
    return [x for v in values for x in v.entries]


def _jacobian(numbers: Sequence[Real], count: int) -> arb_mat:
    rows = [[num.ball(slopes_of(x).get(j, ZERO)) for j in range(count)] for x in numbers]
    return arb_mat(rows)


@dataclass(frozen=True)
class Linearised:
    """J and M on a box."""

    J: arb_mat
    M: arb_mat

    @property
    def contraction(self) -> arb_mat:
        """``I + JM``."""
        return identity(self.J.nrows()) + self.J * self.M


def linearised(tail: Tail, box: State, reach: Sequence[arb]) -> Linearised:
    """𝐉 and 𝐌 on a box, for signals as large as that."""
    count = sum(len(v.entries) for v in box.values())
    if count > MAX_VARIABLES:
        raise Undefined(f"limits: a run of {count} numbers is larger than this checker differentiates")
    signal = tail.signal(_variables(box))
    r, first = [], 0
    for v in signal:
        size = len(v.entries)
        r.append(carried(Value(v.shape, [arb(0, x) for x in reach[first : first + size]]), first))
        first += size
    _flat_at(tail, box)
    moved = tail.moved(box, r)
    return Linearised(_jacobian(_all(signal), count), _jacobian(_all(list(moved.values())), first))


def limit(machine: Machine, tail: Tail, claim: Settling) -> State:
    """Balls around the limits of all variables.

    Raises
    ------
    Undefined
        If the claim does not prove that there are limits.
    """
    before = machine.left
    signal = tail.signal(tail.now)
    tail.step(tail.now, signal)
    price = before - machine.left
    if all(num.is_exactly(x, 0) for x in _all(signal)):
        _flat_at(tail, tail.now)
        return tail.now
    r = [num.ball(value_of(x)) for x in _all(signal)]
    m, q = len(r), arb(claim.rate)
    if claim.C.shape != (m, m):
        raise Undefined(f"limits: the norm is of shape {claim.C.shape}, and the signal has {m} numbers")
    if not 0 < claim.rate < 1:
        raise Undefined(f"limits: the rate {claim.rate} is not between 0 and 1")
    count = sum(len(v.entries) for v in tail.now.values())
    machine.spend(m * m * (m + count) // 16)
    C = arb_mat(m, m, [num.ball(x) for x in claim.C.entries])
    Ci = inverse(C)
    if Ci is None:
        raise Undefined("limits: the norm is not certainly invertible")
    size = euclidean((C * arb_mat(m, 1, r)).entries())
    total = (size / (1 - q)).upper()
    reach = [(euclidean(row) * size).upper() for row in Ci.tolist()]
    radii = [arb(0)] * count
    for _ in range(SWEEPS):
        machine.spend(price * (count + m) // 4)
        found = linearised(tail, _widened(tail.now, radii), reach)
        needed = [(euclidean(row) * total).upper() for row in (found.M * Ci).tolist()]
        if all(bool(x <= y) for x, y in zip(needed, radii, strict=True)):
            break
        radii = [(x * LARGER).upper() for x in needed]
    else:
        raise Undefined("limits: no box is found that the run does not leave")
    A = C * found.contraction * Ci
    if not norm_below(A, q):
        raise Undefined(
            f"limits: the signal shrinks by {spectral_norm(A, QUICK).str(6)} in every step, which is not below q"
        )
    return _widened(tail.now, needed)


def _widened(state: State, radii: Sequence[arb]) -> State:
    made, first = {}, 0
    for name, v in state.items():
        here = radii[first : first + len(v.entries)]
        made[name] = Value(
            v.shape,
            [x if r == 0 else num.kept(num.ball(x) + arb(0, r)) for x, r in zip(v.entries, here, strict=True)],
        )
        first += len(v.entries)
    return made
