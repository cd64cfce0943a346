"""Limits of recurrences that are known exactly: what is enclosed, how tightly, and what must be refused."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

import pytest
from flint import arb, fmpq

from fa_theory.checker.counterexample import formula, network, recurrences, settling
from fa_theory.checker.counterexample.formula import Machine
from fa_theory.checker.counterexample.numbers import Undefined, ball
from fa_theory.checker.document import MalformedDocument

Nodes = list[list[Any]]
X: list[Any] = ["previous", [], "x"]
Z: list[Any] = ["previous", [], "z"]


def number(x: object) -> list[Any]:
    return ["const", [], str(x)]


def array(*entries: object) -> Nodes:
    return [["array", [], [str(x) for x in entries]]]


def linear(A: Sequence[Sequence[object]], c: Sequence[object]) -> Nodes:
    """``A x + c``."""
    rows = [[str(x) for x in row] for row in A]
    return [["array", [], rows], X, ["matmul", [0, 1], None], *array(*c), ["add", [2, 3], None]]


def machine_of(start: Mapping[str, Nodes], step: Mapping[str, Nodes], activation: str = "relu") -> Machine:
    run = {"length": [number(1)], "start": dict(start), "step": dict(step)}
    return Machine(activation, {}, recurrences=recurrences.read([run]))


def limits(
    start: Mapping[str, Nodes],
    step: Mapping[str, Nodes],
    rate: str,
    C: Sequence[Sequence[object]] = ((1,),),
    signal: object = "step",
    steps: int = 0,
    activation: str = "relu",
) -> dict[str, list[arb]]:
    """The enclosures of all variables."""
    machine = machine_of(start, step, activation)
    norm = [[str(x) for x in row] for row in C]
    stated = {"run": 0, "steps": steps, "signal": signal, "norm": norm, "rate": rate}
    settling.find(machine, {}, settling.read([stated]))
    return {name: [ball(x) for x in value.entries] for name, value in machine.limits[0].items()}


def is_near(found: arb, centre: object, radius: object) -> None:
    """The ball is the one with this centre and radius, a little larger at most."""
    middle, least = arb(fmpq(str(centre))), arb(fmpq(str(radius)))
    assert abs(found.mid() - middle) < 1e-9
    assert least <= found.rad() < least * 1.01 + 1e-9


HALF = [X, number("1/2"), ["mul", [0, 1], None], number(1), ["add", [2, 3], None]]
"""``x/2 + 1``: 2 in the limit."""


def test_radii_reach_the_limit_and_no_farther() -> None:
    for C in (((1,),), ((3,),), ((-5,),)):
        is_near(limits({"x": [number(3)]}, {"x": HALF}, "513/1024", C)["x"][0], 3, 1)
        is_near(limits({"x": [number(3)]}, {"x": HALF}, "513/1024", C, steps=3)["x"][0], "17/8", "1/8")
    is_near(limits({"x": [number(3)]}, {"x": HALF}, "3/4")["x"][0], 3, 2)
    is_near(limits({"x": [number(2)]}, {"x": HALF}, "3/4")["x"][0], 2, 0)


@pytest.mark.parametrize("rate", ["1/2", "511/1024", "0", "1", "5/4", "-3/4"])
def test_rates_that_are_not_reached(rate: str) -> None:
    with pytest.raises(Undefined, match=r"limits: the (signal shrinks by|rate .* is not between)"):
        limits({"x": [number(3)]}, {"x": HALF}, rate)


def test_what_stays_or_grows_has_no_limit() -> None:
    for factor, start in ((1, 1), (-1, 1), (2, 1), (-2, Fraction(1, 10**6)), (Fraction(1025, 1024), 1)):
        with pytest.raises(Undefined, match="limits: "):
            limits({"x": array(start)}, {"x": linear([[factor]], [Fraction(1, 7)])}, "1023/1024")


def test_a_norm_may_be_needed() -> None:
    A, c, start = (("1/2", 1), (0, "1/2")), (1, 1), {"x": array(5, 3)}
    with pytest.raises(Undefined, match=r"shrinks by \[1\.2071"):
        limits(start, {"x": linear(A, c)}, "7/8", ((1, 0), (0, 1)))
    with pytest.raises(Undefined, match="shrinks by"):  # the wrong way round
        limits(start, {"x": linear(A, c)}, "7/8", ((4, 0), (0, 1)))
    found = limits(start, {"x": linear(A, c)}, "3/4", ((1, 0), (0, 4)))["x"]
    # r = (3/2, -1/2), C r = (3/2, -2), S = 10; the limit is (6, 2)
    assert found[0].contains(6)
    assert found[1].contains(2)
    is_near(found[0], 5, 10)
    is_near(found[1], 3, "5/2")


def test_signals_sum_up_in_what_they_move() -> None:
    # x halves, and z moves by 3x: z(∞) = 1 + 6 x(0)
    moved = [X, number(3), ["mul", [0, 1], None], Z, ["add", [2, 3], None]]
    halved = [X, number("1/2"), ["mul", [0, 1], None]]
    for x in (1, -2):
        found = limits(
            {"x": [number(x)], "z": [number(1)]}, {"x": halved, "z": moved}, "513/1024", signal=[{"x": 0, "z": 0}]
        )
        is_near(found["z"][0], 1, abs(6 * x))
        is_near(found["x"][0], x, abs(x))
    # what moves z in all must be in a signal
    for places in ([{"x": 0}], [{"z": 0}]):
        with pytest.raises(Undefined, match="a step is made even where the signal is 0"):
            limits({"x": [number(1)], "z": [number(1)]}, {"x": halved, "z": moved}, "513/1024", signal=places)


def test_a_step_where_the_signal_is_zero() -> None:
    # r = x; z moves by z or by z², which is 0 at the start, or by 1 or z − 1/2
    halved = [X, number("1/2"), ["mul", [0, 1], None]]
    for more in (
        [["mul", [1, 2], None], ["sub", [4, 2], None], ["add", [3, 4], None]],
        [["mul", [1, 1], None], ["add", [3, 4], None]],
        [["add", [3, 2], None]],
        [number("1/2"), ["sub", [1, 4], None], ["add", [3, 5], None]],
    ):
        moved = [X, Z, number(2 if len(more) == 3 else 1), ["add", [0, 1], None], *more]
        with pytest.raises(Undefined, match="a step is made even where the signal is 0"):
            limits({"x": [number(1)], "z": [number(0)]}, {"x": halved, "z": moved}, "3/4", signal=[{"x": 0, "z": 0}])
    # the signal is 0 at once, z is not at rest
    moved = [X, Z, Z, ["add", [0, 1], None], ["add", [2, 3], None]]
    for z in (0, 1):
        with pytest.raises(Undefined, match="a step is made even where the signal is 0"):
            limits({"x": [number(0)], "z": [number(z)]}, {"x": halved, "z": moved}, "3/4", signal=[{"x": 0, "z": 0}])


KINKS: dict[str, tuple[Nodes, int]] = {
    # on the way to 0 from 1 the box meets the other side of the kink, where it grows
    "minimum": ([X, number(0), ["min", [0, 1], None], number(-8), ["mul", [2, 3], None], number("1/4"),
                 ["mul", [0, 5], None], ["add", [4, 6], None]], 1),
    "maximum": ([X, number(0), ["max", [0, 1], None], number(-8), ["mul", [2, 3], None], number("1/4"),
                 ["mul", [0, 5], None], ["add", [4, 6], None]], -1),
    "ψ": ([X, ["psi", [0], None], number(-8), ["mul", [1, 2], None], number("1/4"),
           ["mul", [0, 4], None], ["add", [3, 5], None]], -1),
    "absolute value": ([X, ["abs", [0], None], number("3/4"), ["mul", [1, 2], None], number("-1/2"),
                        ["mul", [0, 4], None], ["add", [3, 5], None]], 1),
    "sign": ([X, ["sign", [0], None], number("1/16"), ["mul", [1, 2], None], number("1/4"),
              ["mul", [0, 4], None], ["sub", [5, 3], None]], 1),
    "root": ([X, ["abs", [0], None], ["sqrt", [1], None], number("1/4"), ["mul", [2, 3], None]], 1),
}  # fmt: skip


@pytest.mark.parametrize("name", KINKS)
def test_a_box_with_a_kink_or_jump_has_the_slopes_of_both_sides(name: str) -> None:
    step, start = KINKS[name]
    with pytest.raises(Undefined, match="limits: "):
        limits({"x": [number(start)]}, {"x": step}, "7/8")


def test_a_kink_whose_slopes_are_all_small() -> None:
    found = limits({"x": [number(1)]}, {"x": [X, ["abs", [0], None], number("1/2"), ["mul", [1, 2], None]]}, "513/1024")
    is_near(found["x"][0], 1, 1)


SUM = [X, ["total", [0], None], number("1/4"), ["mul", [1, 2], None], number(1), ["add", [3, 4], None]]
"""``Σx/4 + 1``, a number: 4/3 in the limit, though two equal entries would stay at 2."""


@pytest.mark.parametrize("start", [array(2, 2), array(2, "21/10")])
def test_a_variable_that_changes_its_shape(start: Nodes) -> None:
    with pytest.raises(Undefined, match="changes its shape"):
        limits({"x": start}, {"x": SUM}, "3/4", ((1, 0), (0, 1)))
    assert limits({"x": start}, {"x": SUM}, "3/4", steps=20)["x"][0].contains(fmpq(4, 3))
    grows = [X, *array("1/2", "1/2"), ["mul", [0, 1], None]]
    for C in (((1,),), ((1, 0), (0, 1))):
        with pytest.raises(Undefined, match="changes its shape"):
            limits({"x": [number(1)]}, {"x": grows}, "3/4", C)


def test_a_variable_without_a_step_is_its_own_limit() -> None:
    found = limits({"x": [number(3)], "z": [number(7)]}, {"x": HALF}, "3/4")
    is_near(found["z"][0], 7, 0)
    is_near(limits({"z": [number(7)]}, {}, "3/4")["z"][0], 7, 0)


def test_numbers_with_huge_exponents() -> None:
    square = [X, ["mul", [0, 0], None]]
    for start, T in (("1/3", 60), ("1/3", 34)):
        with pytest.raises(Undefined, match="too large or too small"):
            limits({"x": [number(start)]}, {"x": square}, "3/4", steps=T, signal=[{"x": 0}])
    assert limits({"x": [number("1/3")]}, {"x": square}, "3/4", steps=12, signal=[{"x": 0}])["x"][0].contains(0)


def test_time_and_unknown_things() -> None:
    clock = [X, ["clock", [], 1], ["div", [0, 1], None]]
    with pytest.raises(Undefined, match="depends on the time"):
        limits({"x": [number(1)]}, {"x": clock}, "3/4")
    for signal in ("error", "inputs", "output"):
        with pytest.raises(Undefined, match=f"a recurrence has no signal {signal}"):
            limits({"x": [number(1)]}, {"x": HALF}, "3/4", signal=signal)
    for places in ([{"x": 5}], [{"z": 0}], [{"x": 0}, {"x": 9}]):
        with pytest.raises(Undefined, match="a place that its recurrence does not have"):
            limits({"x": [number(1)]}, {"x": HALF}, "3/4", signal=places)
    for bad in ([], [{}], [{"x": -1}], [{"x": True}], [3], [{"x": 0}] * 17, [{"x": 0, "z": -1}]):
        with pytest.raises(MalformedDocument, match="signal"):
            limits({"x": [number(1)]}, {"x": HALF}, "3/4", signal=bad)


def test_large_norms_and_runs_cost() -> None:
    machine = machine_of({"x": array(1, 1)}, {"x": HALVED})
    machine.left = 10**4
    stated = {"run": 0, "steps": 0, "signal": "step", "norm": [["1", "0"], ["0", "1"]], "rate": "3/4"}
    claim = settling.Settling.read(stated, "")
    tail = settling.tail_of(machine, {}, claim)
    settling.limit(machine, tail, claim)
    spent = 10**4 - machine.left
    assert 100 < spent < 10**3
    large = machine_of({"x": array(*[1] * 60)}, {"x": HALVED})
    one = [[str(int(i == j)) for j in range(60)] for i in range(60)]
    claim = settling.Settling.read(stated | {"norm": one}, "")
    large.left = 30_000  # a run of 60 numbers takes less, their matrices take 27,000
    with pytest.raises(Undefined, match="cost: "):
        settling.limit(large, settling.tail_of(large, {}, claim), claim)
    moved = [X, Z, ["add", [0, 1], None]]
    machine = machine_of({"x": [number(1)], "z": array(*[0] * settling.MAX_VARIABLES)}, {"x": HALVED, "z": moved})
    claim = settling.Settling.read(stated | {"signal": [{"x": 0, "z": 0}], "norm": [["1"]]}, "")
    tail = settling.tail_of(machine, {}, claim)
    with pytest.raises(Undefined, match="larger than this checker differentiates"):
        settling.linearised(tail, tail.now, [arb(1)])


def test_no_norm_hides_growth() -> None:
    for C in (4, "1/4"):
        with pytest.raises(Undefined, match="shrinks by"):
            limits({"x": [number(1)]}, {"x": linear_number("3/2")}, "7/8", ((C,),))


def linear_number(factor: object) -> Nodes:
    return [X, number(factor), ["mul", [0, 1], None]]


HALVED = linear_number("1/2")


def test_a_run_that_leaves_every_box() -> None:
    # z ← z + k z² x with x(t) = 2^−t: no box holds for large k, though x shrinks
    for k, settles in (("1/64", True), (8, False)):
        moved = [Z, ["mul", [0, 0], None], X, ["mul", [1, 2], None], number(k), ["mul", [3, 4], None],
                 ["add", [0, 5], None]]  # fmt: skip
        start, step = {"x": [number(1)], "z": [number(1)]}, {"x": HALVED, "z": moved}
        if settles:
            assert limits(start, step, "3/4", signal=[{"x": 0, "z": 2}])["z"][0].contains(fmpq(133, 128))
            continue
        with pytest.raises(Undefined, match="no box is found"):
            limits(start, step, "3/4", signal=[{"x": 0, "z": 2}])


SCALED: Nodes = [["mul", [0, 1], None], ["total", [2], None]]
OTHERS: dict[str, tuple[Nodes, Nodes]] = {
    "operation": ([["exp", [0], None]], [["abs", [0], None]]),
    "constant": ([number(2), ["mul", [0, 1], None]], [number(3), ["mul", [0, 1], None]]),
    "argument": ([number(2), ["mul", [0, 1], None]], [number(2), ["mul", [0, 0], None]]),
    "array": ([*array(2, 1), *SCALED], [*array(2, 3), *SCALED]),
    "shape of an array": ([*array(2), *SCALED], [["array", [], [["2"]]], *SCALED]),
    "number of arguments": ([["min", [0, 0, 0], None]], [["min", [0, 0], None]]),
    "power": ([["pow", [0], 2]], [["pow", [0], 3]]),
}


@pytest.mark.parametrize("name", OTHERS)
def test_formulas_that_differ_are_no_signal(name: str) -> None:
    one, other = ([X, *nodes] for nodes in OTHERS[name])  # of x alone, for both variables
    places = {"x": len(one) - 1, "z": len(other) - 1}
    start = {"x": [number(1)], "z": [number(1)]}
    with pytest.raises(Undefined, match="are not the same"):
        limits(start, {"x": one, "z": other}, "3/4", signal=[places])


def test_formulas_that_are_the_same_at_other_places() -> None:
    doubled = [X, *(["add", [i, i], None] for i in range(50))]
    down = [*doubled, number(f"-1/{2**51}"), ["mul", [50, 51], None], ["add", [0, 52], None]]
    shifted = [Z, *([op, [i + 1 for i in args], extra] for op, args, extra in doubled)]
    moved = [*shifted, number(f"1/{2**50}"), ["mul", [51, 52], None], ["add", [0, 53], None]]
    found = limits(
        {"x": [number(1)], "z": [number(0)]}, {"x": down, "z": moved}, "513/1024", signal=[{"x": 50, "z": 51}]
    )
    is_near(found["z"][0], 0, 2)
    weights = [*array("1/2"), X, ["mul", [0, 1], None]]
    with pytest.raises(Undefined, match="a step is made even where"):
        limits({"x": array(1)}, {"x": [*weights, *array(1), ["add", [2, 3], None]]}, "3/4", signal=[{"x": 0}])


def test_time_of_an_earlier_run() -> None:
    first = {"length": [number(9)], "start": {"v": [number(1)]}, "step": {}}
    for node in (["state", [], [0, "v", 0, "bound"]], ["state", [], [0, "v", 1, "outer"]]):
        second = {
            "length": [number(1)],
            "start": {"x": [number(1)]},
            "step": {"x": [*HALVED, node, ["mul", [2, 3], None]]},
        }
        machine = Machine("relu", {}, recurrences=recurrences.read([first, second]))
        stated = {"run": 1, "steps": 0, "signal": "step", "norm": [["1"]], "rate": "3/4"}
        with pytest.raises(Undefined, match="depends on the time"):
            settling.find(machine, {}, settling.read([stated]))


def test_the_point_is_in_the_box() -> None:
    # U(θ, 0) is 2 at z = e and near it, though 0 for far smaller or far larger z
    far = [X, Z, number(10), ["sub", [2, 1], None], ["sign", [3], None], number(1), ["add", [4, 5], None]]
    low = [X, Z, number(1), ["sub", [1, 2], None], ["sign", [3], None], number(1), ["add", [4, 5], None]]
    start = {"x": [number(1)], "z": [number(1), ["exp", [0], None]]}
    for made in (far, low):
        step = {"x": HALVED, "z": [*made, ["add", [0, 1], None], ["add", [6, 7], None]]}
        with pytest.raises(Undefined, match="a step is made even where"):
            limits(start, step, "3/4", signal=[{"x": 0, "z": 0}])


# the network itself


def trained(T: int, **parts: Any) -> tuple[Machine, dict[str, Any]]:
    """A linear network of one neuron and its run."""
    given: dict[str, Any] = {
        "X": [["1"]], "y": ["1"], "W": [["1"]], "beta": ["0"], "b": ["0"], "eta": "1/2", "lam": "0",
        "activation": "linear", "rule": "fa", "cutoff": None, "steps": T,
    } | parts  # fmt: skip
    described, arrays = network.read(given, "network")
    machine = network.start(described, arrays)
    network.advance(machine, described)
    return machine, dict(described)


def network_limit(T: int, steps: int, signal: str, rate: str, size: int = 1, **parts: Any) -> formula.State:
    machine, described = trained(T, **parts)
    one = [[str(int(i == j)) for j in range(size)] for i in range(size)]
    stated = {"run": None, "steps": steps, "signal": signal, "norm": one, "rate": rate}
    settling.find(machine, described, settling.read([stated]))
    return machine.limits[None]


@pytest.mark.parametrize("T", [0, 2, 5])
@pytest.mark.parametrize("signal", ["error", "inputs"])
def test_a_frozen_first_layer(T: int, signal: str) -> None:
    # β ← β − (β − 1)/2 = 1 − 2^−t
    found = network_limit(T, 2, signal, "513/1024")
    is_near(ball(found["beta"].entries[0]), "3/4", "1/4")
    is_near(ball(found["W"].entries[0]), 1, 0)


def test_output_with_constant_regularisation() -> None:
    # β ← (1 − 1/4) β − β/2, W is frozen
    parts = {"y": ["0"], "beta": ["1"], "lam": "1/2"}
    is_near(ball(network_limit(0, 0, "output", "257/1024", **parts)["beta"].entries[0]), 1, 1)
    is_near(ball(network_limit(3, 1, "output", "257/1024", **parts)["beta"].entries[0]), "1/4", "1/4")
    for signal in ("error", "inputs"):
        with pytest.raises(Undefined, match="does not determine the steps"):
            network_limit(0, 0, signal, "3/4", **parts)
    with pytest.raises(Undefined, match="does not determine the steps"):
        network_limit(0, 0, "output", "3/4", **parts | {"y": ["1"]})


def test_regularisation_counts_until_its_end() -> None:
    # β ← 3β/4 − (β − 1)/2 once from 0: 1/2; again with λ: 5/8, without: 3/4
    parts = {"lam": "1/2"}
    found = network_limit(1, 1, "error", "513/1024", **parts, cutoff=1)
    is_near(ball(found["beta"].entries[0]), "1/2", "1/2")
    found = network_limit(1, 2, "error", "513/1024", **parts, cutoff=2)
    is_near(ball(found["beta"].entries[0]), "5/8", "3/8")
    with pytest.raises(Undefined, match="λ is still on at step 1"):
        network_limit(1, 1, "error", "513/1024", **parts, cutoff=2)
    # W stays wherever it is, so no fixed point is isolated
    with pytest.raises(Undefined, match="shrinks by"):
        network_limit(1, 1, "step", "1023/1024", 2, **parts)


def test_without_regularisation_its_end_does_not_matter() -> None:
    found = network_limit(0, 0, "error", "513/1024", cutoff=5)
    is_near(ball(found["beta"].entries[0]), 0, 1)
    assert found["W"].entries == [fmpq(1)]
    assert isinstance(found["W"].entries[0], fmpq)


def test_inputs_only_for_linear_networks() -> None:
    with pytest.raises(Undefined, match="does not determine the steps"):
        network_limit(0, 0, "inputs", "3/4", activation="tanh")
