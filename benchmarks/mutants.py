"""Small faults in a module: every mutant is the syntax tree with one node changed.

Annotations, decorators, defaults, docstrings and the texts of messages are left alone.
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

_COMPARISONS: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Lt: (ast.LtE, ast.GtE),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
}
_ARITHMETIC: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.Pow: ast.Mult,
    ast.FloorDiv: ast.Mod,
    ast.Mod: ast.FloorDiv,
}
_EXCHANGED = [("upper", "lower"), ("max", "min"), ("abs_upper", "abs_lower"), ("euclidean", "least_norm")]
_EXCHANGED += [("all", "any"), ("add", "sub"), ("mul", "div"), ("mid", "upper")]
_NAMES = {a: b for pair in _EXCHANGED for a, b in (pair, pair[::-1])}
_DROPPED = {"upper", "lower", "max", "min", "abs_upper", "abs_lower", "mid", "sqrt", "abs", "float", "kept"}
_RETURNS = {"bool": ("True", "False"), "str": ("''",), "arb": ("arb(0)",), "list": ("[]",)}


Path = tuple[tuple[str, int | None], ...]
"""Fields and positions that lead to a node."""


@dataclass(frozen=True)
class Mutant:
    """One fault."""

    source: ast.Module
    path: Path
    new: ast.AST
    owner: tuple[str, ...]
    """Names of the function, or class and method, that it is in; empty at module level."""
    lines: range
    """Lines of the changed node."""
    line: str
    """Text of the first of them."""
    change: str

    def tree(self) -> ast.Module:
        """The module with the fault; it shares what is not changed."""
        return _with(self.source, self.path, self.new)  # type: ignore[no-any-return]


def mutants(source: str) -> Iterator[Mutant]:
    """All mutants of a module, in the order of its lines."""
    tree = ast.parse(source)
    for owner, path in _places(tree, (), ()):
        node = _at(tree, path)
        for new in _variants(node, tree, owner):
            before, after = ast.unparse(node), ast.unparse(new)
            if before != after:
                lines = range(node.lineno, (node.end_lineno or node.lineno) + 1)
                yield Mutant(
                    tree, path, new, owner, lines, source.splitlines()[node.lineno - 1].strip(), f"{before}  →  {after}"
                )


def _places(node: ast.AST, path: Path, owner: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Path]]:
    """Yield where something may be changed: expressions and statements, outer ones first."""
    if isinstance(node, ast.expr | ast.stmt):
        yield owner, path
    skipped = {"annotation", "returns", "decorator_list", "args" if isinstance(node, ast.FunctionDef) else ""}
    if isinstance(node, ast.JoinedStr | ast.Raise):
        return
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        owner = (*owner, node.name)
    for name, value in ast.iter_fields(node):
        if name not in skipped:
            for i, child in enumerate(value if isinstance(value, list) else [value]):
                if isinstance(child, ast.AST):
                    yield from _places(child, (*path, (name, i if isinstance(value, list) else None)), owner)


def _at(tree: ast.AST, path: Path) -> Any:
    node: Any = tree
    for name, i in path:
        node = getattr(node, name) if i is None else getattr(node, name)[i]
    return node


def _with(node: Any, path: Path, new: ast.AST) -> Any:
    """A copy of a tree with another node at a path."""
    if not path:
        return ast.fix_missing_locations(ast.copy_location(copy.copy(new), node))
    (name, i), *rest = path
    value = getattr(node, name)
    inside = _with(value if i is None else value[i], tuple(rest), new)
    return _changed(node, **{name: inside if i is None else [*value[:i], inside, *value[i + 1 :]]})


def _expression(text: str) -> ast.expr:
    return ast.parse(text, mode="eval").body


def _changed(node: Any, **fields: Any) -> Any:
    new = copy.copy(node)
    for name, value in fields.items():
        setattr(new, name, value)
    return new


def _variants(node: Any, tree: ast.Module, owner: tuple[str, ...]) -> Iterator[Any]:
    match node:
        case ast.Compare(ops=ops):
            for i, op in enumerate(ops):
                for other in _COMPARISONS[type(op)]:
                    yield _changed(node, ops=[*ops[:i], other(), *ops[i + 1 :]])
        case ast.BinOp(left=left, op=op, right=right):
            if type(op) in _ARITHMETIC:
                yield _changed(node, op=_ARITHMETIC[type(op)]())
            if isinstance(op, ast.Add | ast.Sub | ast.Mult | ast.Div):
                yield left
            if isinstance(op, ast.Add | ast.Mult):
                yield right
        case ast.UnaryOp(op=ast.Not() | ast.USub(), operand=operand):
            yield operand
        case ast.BoolOp(op=op, values=values):
            yield _changed(node, op=ast.Or() if isinstance(op, ast.And) else ast.And())
            for i in range(len(values)):
                kept = values[:i] + values[i + 1 :]
                yield _changed(node, values=kept) if len(kept) > 1 else kept[0]
        case ast.Constant(value=bool() as value):
            yield ast.Constant(not value)
        case ast.Constant(value=int() | float() as value):
            yield ast.Constant(value + 1)
            yield ast.Constant(value - 1)
        case ast.Constant(value=str() as value) if value in _NAMES:
            yield ast.Constant(_NAMES[value])
        case ast.Call(func=ast.Attribute(value=base, attr=attr) as func, args=args):
            if attr in _NAMES:
                yield _changed(node, func=_changed(func, attr=_NAMES[attr]))
            if attr in _DROPPED:
                yield args[0] if args and isinstance(base, ast.Name) and base.id in ("num", "arb") else base
        case ast.Call(func=ast.Name(id=name) as func, args=args):
            if name in _NAMES:
                yield _changed(node, func=_changed(func, id=_NAMES[name]))
            if name in _DROPPED and args:
                yield args[0]
            if name == "range":
                last = args[-1]
                for text in ("{} - 1", "{} + 1"):
                    yield _changed(node, args=[*args[:-1], _expression(text.format(f"({ast.unparse(last)})"))])
                if len(args) == 1:
                    yield _changed(node, args=[ast.Constant(1), last])
        case ast.IfExp() | ast.If() | ast.While():
            yield _changed(node, test=ast.UnaryOp(ast.Not(), node.test))
        case ast.ListComp() | ast.GeneratorExp() | ast.SetComp() | ast.DictComp():
            for i, generator in enumerate(node.generators):
                if generator.ifs:
                    less = _changed(generator, ifs=generator.ifs[1:])
                    yield _changed(node, generators=[*node.generators[:i], less, *node.generators[i + 1 :]])
        case ast.Raise() | ast.AugAssign():
            yield ast.Pass()
        case ast.Expr(value=ast.Call()):
            yield ast.Pass()
        case ast.Return(value=value) if value is not None:
            kind = ast.unparse(_function(tree, owner).returns or ast.Constant(None)).partition("[")[0]
            for text in _RETURNS.get(kind, ()):
                yield ast.Return(_expression(text))


def _function(tree: ast.Module, owner: tuple[str, ...]) -> ast.FunctionDef:
    node: Any = tree
    for name in owner:
        node = next(item for item in ast.walk(node) if item is not node and getattr(item, "name", None) == name)
    return node  # type: ignore[no-any-return]
