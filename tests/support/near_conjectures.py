"""Conjectures near true ones: small changes to the source of a statement, its hypotheses and its domain."""

from __future__ import annotations

import ast
import copy
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import fa_theory.conjectures as front
from fa_theory.conjectures import Conjecture, Domain
from fa_theory.conjectures.language.declare import ForAll


class Written(NamedTuple):
    """A conjecture as source: the conclusion, hypotheses and the arguments of the domain."""

    conclusion: str
    domain: dict[str, Any]
    hypotheses: tuple[str, ...] = ()

    def conjecture(self) -> Conjecture:
        """As the front end makes it."""
        names = {name: getattr(front, name) for name in front.__all__}

        def says(source: str) -> Any:
            return lambda run: eval(source, names | {"run": run})

        assumes = {f"h{k}": says(source) for k, source in enumerate(self.hypotheses)}
        here = Path(__file__)
        return Conjecture("near", "near", Domain(**self.domain), ForAll(), says(self.conclusion), assumes, here, 1)


SMALL: dict[str, Any] = {"n": (1, 3), "d": (1, 2), "p": (1, 3), "activation": "tanh", "steps": 1, "lam": (0, 0.5)}
LINEAR = SMALL | {"activation": "linear"}
RELU = SMALL | {"activation": "relu"}
STILL = SMALL | {"steps": 0}
ORTHONORMAL: dict[str, Any] = {"inputs": "orthonormal", "n": (1, 2), "d": (2, 3)}

TRUE: tuple[Written, ...] = (
    Written("abs(run[0].alignment) <= 1", SMALL),
    Written("eigmin(run[-1].G) >= 0", SMALL),
    Written("eigmax(run[0].G) <= trace(run[0].G)", STILL),
    Written("equal(trace(run[0].G), norm(run[0].features) ** 2 / run.p)", STILL),
    Written("equal(run[0].loss, norm(run[0].error) ** 2 / 2)", STILL),
    Written("trace(run[-1].G) <= run.n", SMALL),
    Written("norm(run[0].output) <= norm(run[0].beta) * sqrt(run.n)", STILL),
    Written("abs(inner(run.b, run[0].beta)) <= norm(run.b) * norm(run[0].beta)", STILL),
    Written("norm(run.b + run[0].beta) <= norm(run.b) + norm(run[0].beta)", STILL),
    Written("norm(run.y) - norm(run[0].output) <= norm(run[0].error)", STILL),
    Written("equal(run[1].beta, (1 - run.eta * run.lam) * run[0].beta - run.eta * run[0].gradient_beta)", SMALL),
    Written("norm(run[1].W - run[0].W) <= run.eta * norm(run[0].feedback_W)", SMALL),
    Written(
        "norm(run[1].beta) <= (1 - run.eta * run.lam) * norm(run[0].beta) + run.eta * norm(run[0].gradient_beta)", SMALL
    ),
    Written("equal(inner(run[0].W, run[0].gradient_W), inner(run[0].beta, run[0].gradient_beta))", LINEAR),
    Written("equal(run[0].gradient_W, run[0].feedback_W)", STILL | {"feedback": "tied"}),
    Written("eigmin(run[0].H) >= 0", STILL | {"feedback": "tied"}),
    Written("run.every_step(lambda s, t: norm(t.W - s.W) <= run.eta * norm(s.feedback_W))", SMALL | {"steps": (0, 2)}),
    Written("run.always(lambda s: norm(s.error) >= 0)", SMALL | {"steps": (0, 2)}),
    Written("inner(run[0].gradient_W, run[0].feedback_W) >= 0", STILL, ("smallest(run.b * run[0].beta) >= 0",)),
    Written("smallest(run[0].features) >= 0", RELU | {"steps": 0}),
    Written("largest(run[0].features) <= 1", STILL),
    Written("smallest(run[0].features) >= -1", STILL),
    Written("smallest(run[0].G) >= 0", RELU | {"steps": 0}),
    Written("exp(-norm(run[0].error)) <= 1", STILL),
    Written("norm(run.b / norm(run.b)) <= 1", STILL, ("norm(run.b) >= 0.1",)),
    Written("inner(run.b, run[0].beta) / norm(run.b) <= norm(run[0].beta)", STILL, ("norm(run.b) >= 0.1",)),
    Written("inner(run[0].error, run[0].G @ run[0].error) >= 0", STILL),
    Written("run[0].error ** 2 >= 0", STILL),
    Written("norm(run[0].W) <= 3", STILL, ("norm(run[0].W) <= 2",)),
    Written("equal(exp(run.lam) * exp(run.eta), exp(run.lam + run.eta))", STILL),
    Written(
        "2 * norm(run.b) * norm(run[0].beta) <= norm(run.b) ** 2 / run.eta + run.eta * norm(run[0].beta) ** 2", STILL
    ),
    Written(
        "norm(run[1].W - run[0].W) <= run.eta / sqrt(run.p) * norm(run.b) * norm(run[0].error)", SMALL | ORTHONORMAL
    ),
    Written("norm(run[0].preactivations) <= norm(run[0].W)", STILL | ORTHONORMAL),
)

_NAMES = (
    ("W", "gradient_W", "feedback_W"), ("beta", "gradient_beta", "b"), ("G", "H"), ("error", "output", "y"),
    ("n", "d", "p"), ("eta", "lam"), ("norm", "trace", "total", "row_norms", "spectral_norm"), ("eigmin", "eigmax"),
    ("smallest", "largest"), ("minimum", "maximum"), ("exp", "sqrt", "abs"), ("features", "G"),
)  # fmt: skip
_OPERATORS: dict[type[ast.operator], tuple[type[ast.operator], ...]] = {
    ast.Add: (ast.Sub,), ast.Sub: (ast.Add,), ast.Mult: (ast.Div, ast.Add), ast.Div: (ast.Mult,), ast.Pow: (ast.Mult,),
}  # fmt: skip
_RELATIONS: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.LtE: (ast.GtE, ast.Lt), ast.GtE: (ast.LtE, ast.Gt), ast.Lt: (ast.LtE,), ast.Gt: (ast.GtE,),
}  # fmt: skip


def near(right: Written, seed: int) -> Iterator[Written]:
    """Endlessly many conjectures near one: one change, sometimes two."""
    rng = random.Random(seed)
    while True:
        new = _changed(right, rng)
        if rng.random() < 0.2:
            new = _changed(new, rng)
        yield new


def _changed(right: Written, rng: random.Random) -> Written:
    chance = rng.random()
    if chance < 0.15 and right.hypotheses:
        return right._replace(hypotheses=())
    if chance < 0.2 and right.hypotheses:
        return right._replace(hypotheses=(_source(right.hypotheses[0], rng),))
    if chance < 0.35:
        wider = {
            "activation": rng.choice(["linear", "relu", "tanh", "softplus", ("tanh", "relu"), ("linear", "sigmoid")]),
            "lam": rng.choice([0, (0, 3), (0.5, 1)]),
            "eta": rng.choice([(0.01, 5), 1]),
            "steps": rng.choice([0, 1, 2, (0, 2)]),
            "feedback": rng.choice(["normal", "tied"]),
        }
        name = rng.choice(sorted(wider))
        return right._replace(domain=right.domain | {name: wider[name]})
    if chance < 0.45:
        return right._replace(conclusion=_broken(right.conclusion, rng))
    return right._replace(conclusion=_source(right.conclusion, rng))


def _broken(source: str, rng: random.Random) -> str:
    """Divided by something, or with a side that may be undefined."""
    tree = ast.parse(source, mode="eval")
    places = [x for x in ast.walk(tree) if isinstance(x, ast.Call | ast.Attribute) and _valued(x)]
    if not places:
        return source
    x = ast.unparse(rng.choice(places))
    zero = rng.choice(
        ["run.lam", "norm(run.y)", "norm(run[0].error)", "(run.eta - run.eta)", "norm(run.b)", "total(run.b)"]
    )
    made = rng.choice([f"({x}) / {zero} * {zero}", f"({x}) / {zero}", f"exp(({x}) / {zero})", f"norm(({x}) / {zero})"])
    return source.replace(x, made, 1)


def _valued(x: ast.expr) -> bool:
    text = ast.unparse(x)
    return text.startswith("norm(") or (text.startswith("run[") and isinstance(x, ast.Attribute))


def _source(source: str, rng: random.Random) -> str:
    """The source with one node changed."""
    tree = ast.parse(source, mode="eval")
    changes: list[tuple[ast.AST, str, Any]] = []
    for x in ast.walk(tree):
        match x:
            case ast.BinOp(left=left, op=op, right=right):
                changes += [(x, "op", new()) for new in _OPERATORS.get(type(op), ())]
                changes += [(x, "=", left), (x, "=", right)]
            case ast.Compare(left=left, ops=[op], comparators=[right]):
                changes += [(x, "ops", [new()]) for new in _RELATIONS.get(type(op), ())]
                changes.append((x, "=", ast.Call(ast.Name("equal", ast.Load()), [left, right], [])))
            case ast.Constant(value=int() | float() as value) if not isinstance(value, bool):
                changes += [(x, "value", value + 1), (x, "value", value - 1), (x, "value", value / 2), (x, "value", 0)]
            case ast.Attribute(attr=name):
                changes += [(x, "attr", other) for group in _NAMES if name in group for other in group if other != name]
            case ast.Name(id=name):
                changes += [(x, "id", other) for group in _NAMES if name in group for other in group if other != name]
            case ast.UnaryOp(op=ast.USub(), operand=inside):
                changes.append((x, "=", inside))
            case ast.Call(func=ast.Name(id="equal"), args=[left, right]):
                changes.append((x, "=", ast.Compare(left, [ast.LtE()], [right])))
                changes.append((x, "=", ast.Compare(left, [ast.Lt()], [right])))
            case ast.Call(args=[left, right]):
                changes.append((x, "args", [right, left]))
            case _:
                pass
    if not changes:
        return source
    node, name, new = rng.choice(changes)
    if name == "=":
        return ast.unparse(_Put(node, new).visit(tree))
    setattr(node, name, new)
    return ast.unparse(tree)


class _Put(ast.NodeTransformer):
    def __init__(self, old: ast.AST, new: ast.AST) -> None:
        self.old, self.new = old, new

    def visit(self, node: ast.AST) -> Any:
        return copy.deepcopy(self.new) if node is self.old else super().visit(node)
