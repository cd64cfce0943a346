"""A network as a document holds it, exact, and its run in rationals or balls."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flint import fmpq

from fa_theory.checker import document as doc
from fa_theory.checker.ranges import ACTIVATIONS

from . import formula, membership
from . import numbers as num
from .formula import Machine, State
from .numbers import Value
from .rules import FEEDBACK

ARRAYS = ("X", "y", "W", "beta", "b")
NETWORK = (*ARRAYS, "eta", "lam", "activation", "rule", "cutoff", "steps")
MAX_STEPS, MAX_STORED = 10_000, 500_000


def read(value: object, where: str) -> tuple[Mapping[str, Any], dict[str, Value]]:
    """Read a network: its parameters, with its sizes, and its arrays."""
    extra = ("arrays",) if isinstance(value, dict) and "arrays" in value else ()
    stated = dict(doc.fields(value, where, (*NETWORK, *extra)))
    arrays = {name: num.array(stated[name], f"{where}.{name}", MAX_STORED) for name in ARRAYS}
    arrays |= _others(stated.pop("arrays", {}), f"{where}.arrays")
    if len(arrays["X"].shape) != 2 or len(arrays["W"].shape) != 2:
        raise doc.MalformedDocument(f"{where}: X and W are matrices")
    (n, d), p, outputs = arrays["X"].shape, arrays["W"].shape[0], arrays["y"].shape[1:]
    fitting = {"y": (n, *outputs), "W": (p, d), "beta": (p, *outputs), "b": (p, *outputs)}
    for name, shape in fitting.items():
        if arrays[name].shape != shape:
            raise doc.MalformedDocument(f"{where}.{name}: expected shape {shape} but got {arrays[name].shape}")
    for name in ("eta", "lam"):
        stated[name] = num.rational(stated[name], f"{where}.{name}")
    doc.text(stated["activation"], f"{where}.activation", ACTIVATIONS)
    doc.text(stated["rule"], f"{where}.rule", membership.ALLOWED["rule"])
    membership.cutoff(stated["cutoff"], f"{where}.cutoff")
    steps = doc.whole(stated["steps"], f"{where}.steps")
    k = outputs[0] if outputs else 1
    if steps > MAX_STEPS or (steps + 1) * p * (d + k) > MAX_STORED:
        raise doc.MalformedDocument(f"{where}: {steps} steps of this size are more than this checker stores")
    stated |= {"n": n, "d": d, "p": p, "k": outputs[0] if outputs else None}
    return stated, arrays


def _others(value: object, where: str) -> dict[str, Value]:
    """The arrays that a domain has besides those of the network."""
    if not isinstance(value, dict) or len(value) > membership.MAX_ARRAYS:
        raise doc.MalformedDocument(f"{where}: expected an object of at most {membership.MAX_ARRAYS} arrays")
    return {
        membership.array_name(name, where): num.array(each, f"{where}.{name}", MAX_STORED)
        for name, each in value.items()
    }


def start(network: Mapping[str, Any], arrays: Mapping[str, Value], left: int = formula.BUDGET) -> Machine:
    """The network with its first state; η, λ and all entries are rationals, or balls for all numbers in them."""
    sizes = {name: formula.constant(network[name]) for name in ("n", "d", "p")} | {
        "T": formula.constant(network["steps"])
    }
    scalars = {name: Value((), [network[name]]) for name in ("eta", "lam")}
    data = {name: array for name, array in arrays.items() if name not in formula.MOVING} | scalars | sizes
    return Machine(network["activation"], data, [{"W": arrays["W"], "beta": arrays["beta"]}], left=left)


def advance(machine: Machine, network: Mapping[str, Any]) -> None:
    """Add the states at the steps 1 … T."""
    for t in range(network["steps"]):
        machine.states.append(following(machine, network, machine.states[t], decays(network, t)))


def decays(network: Mapping[str, Any], t: int) -> bool:
    """Whether λ is on in the step from time t."""
    return network["cutoff"] is None or t < network["cutoff"]


def signal(machine: Machine, state: State) -> Value:
    """``g = e/√p = Ψβ/p − y/√p``, (n, k); so all stays rational for y = 0, whatever p is."""
    combine, p = machine.combine, machine.data["p"]
    features = machine.psi("psi", machine.matmul(machine.data["X"], num.transpose(state["W"])))
    target = combine("div", columns(machine.data["y"]), Value((), [num.root(_number(p))]))
    return combine("sub", combine("div", machine.matmul(features, columns(state["beta"])), p), target)


def following(
    machine: Machine, network: Mapping[str, Any], state: State, decaying: bool, g: Value | None = None
) -> State:
    """The state one step later.

    With g of `signal` and c = b, β or ``|b| sign β``, a step is ``W ← W − η (gcᵀ ∘ ψ'(Z))ᵀ X`` and
    ``β ← (1 − ηλ)β − η Ψᵀg``. Another g may be given in its place.
    """
    combine, matmul = machine.combine, machine.matmul
    X, eta, lam = (machine.data[name] for name in ("X", "eta", "lam"))
    W, beta, b = state["W"], columns(state["beta"]), columns(machine.data["b"])
    Z = matmul(X, num.transpose(W))
    features, slopes = machine.psi("psi", Z), machine.psi("slope", Z)
    pull = combine("mul", eta, signal(machine, state) if g is None else g)
    back = combine("mul", matmul(pull, num.transpose(sent(network, b, beta))), slopes)
    keep = Value((), [num.sub(fmpq(1), num.mul(_number(eta), _number(lam)) if decaying else fmpq(0))])
    beta = combine("sub", combine("mul", keep, beta), matmul(num.transpose(features), pull))
    W = combine("sub", W, matmul(num.transpose(back), X))
    return {"W": W, "beta": Value(state["beta"].shape, beta.entries)}


def sent(network: Mapping[str, Any], b: Value, beta: Value) -> Value:
    """The weights through which the error is sent back, (p, k)."""
    return FEEDBACK[network["rule"]](columns(b), columns(beta))


def _number(value: Value) -> num.Real:
    return value.entries[0]


def columns(v: Value) -> Value:
    """A vector as a matrix of one column."""
    return v if len(v.shape) == 2 else Value((v.shape[0], 1), v.entries)
