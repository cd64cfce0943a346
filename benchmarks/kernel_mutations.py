"""Does a test notice every small fault of the proof kernel? ``python benchmarks/kernel_mutations.py [MODULE ...]``.

Two kinds of faults: those of `mutants` (and, for this kernel, of `_more`: a set of hypotheses left out of a union,
operands exchanged), and those written by hand in ``kernel_faults.toml``. Each is put into the running kernel of a
forked process; no file changes. It is killed if a kernel test that reaches its lines fails, crashes or takes too long.
Results are kept in ``out/kernel-mutations.json`` and taken up again; ``--again`` forgets the survivors first. The
report gives the score and every survivor without a reason in ``kernel_survivors.tsv``.
"""

from __future__ import annotations

import argparse
import ast
import hashlib
import json
import os
import resource
import signal
import sys
import time
import tomllib
import types
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import Any

import coverage
import pytest
from _pytest.runner import runtestprotocol
from mutants import Mutant, mutants

import fa_theory.checker.proof.evaluate
from fa_theory.checker.proof import axioms

HERE = Path(__file__).parent
KERNEL = Path(fa_theory.checker.proof.__file__).parent
ROOT = HERE.parent
TESTS = ROOT / "tests" / "checker" / "proof"
KERNEL_MODULES = (
    "terms", "monomials", "expect", "normal", "rules", "axioms", "language", "document", "budget", "evaluate", "germs",
    "reals", "show",
)  # fmt: skip
SLOWEST = 3.0
"""Seconds of a test that is left out."""
SPARED = {"shown", "_shown", "describe", "_Described", "__str__", "__repr__"}
"""What only words messages; ``text`` and ``lines`` word what is proved."""


@dataclass(frozen=True)
class Fault:
    """A module with a fault.

    Attributes
    ----------
    key
        The same in every run, until the module changes.
    tree
        Makes its syntax tree.
    """

    key: str
    module: str
    tree: Callable[[], ast.Module]
    lines: range
    where: str
    change: str

    @property
    def row(self) -> tuple[str, ...]:
        """As in ``kernel_survivors.tsv``."""
        return self.module, self.where, " ".join(self.change.split())


def _key(*parts: object) -> str:
    return hashlib.sha256(" ".join(map(str, parts)).encode()).hexdigest()[:20]


def _more(node: Any) -> Iterator[Any]:
    match node:
        case ast.Dict(keys=keys, values=values) if len(keys) > 1:
            for k, key in enumerate(keys):
                if key is None:  # {**a, **b}
                    rest = [x for m, x in enumerate(keys) if m != k], [x for m, x in enumerate(values) if m != k]
                    yield ast.Dict(*rest)
        case ast.Tuple(elts=elements) | ast.List(elts=elements) if any(isinstance(x, ast.Starred) for x in elements):
            for k in range(len(elements)):
                yield type(node)([x for m, x in enumerate(elements) if m != k], ast.Load())
        case ast.BinOp(left=left, op=ast.BitOr() | ast.BitAnd(), right=right):
            yield left
            yield right
        case ast.BinOp(left=left, op=ast.Sub() | ast.Pow() | ast.Div(), right=right) as pair:
            yield ast.BinOp(right, pair.op, left)
        case ast.Call(func=function, args=[one, two, *rest], keywords=keywords) if not (
            isinstance(function, ast.Name) and function.id in ("need", "isinstance", "zip", "replace", "range")
        ):
            yield ast.Call(function, [two, one, *rest], keywords)
        case ast.Call(func=ast.Attribute(value=base, attr="union" | "difference" | "intersection"), args=[_, *_]):
            yield base
        case ast.Call(func=ast.Name(id="tuple" | "list"), args=[ast.Call(func=ast.Name(id="reversed"), args=[x])]):
            yield x
        case ast.Call(func=ast.Name(id="sorted" | "reversed" | "frozenset"), args=[x, *_]):
            yield ast.Call(ast.Name("list", ast.Load()), [x], [])
        case ast.IfExp(body=body, orelse=other):
            yield body
            yield other


def faults(module: str) -> Iterator[Fault]:
    """All faults of a module."""
    source = (KERNEL / f"{module}.py").read_text(encoding="utf-8")
    tree = ast.parse(source)
    content = _key(module, ast.unparse(tree))
    found = [mutant for mutant in mutants(source) if not SPARED.intersection(mutant.owner)]
    for owner, path in _expressions(tree, (), ()):
        old = _at(tree, path)
        for new in _more(old):
            before, after = ast.unparse(old), ast.unparse(new)
            if before != after:  # two equal operands are exchanged otherwise
                lines = range(old.lineno, (old.end_lineno or old.lineno) + 1)
                found.append(Mutant(tree, path, new, owner, lines, "", f"{before}  →  {after}"))
    for m in found:
        where = ".".join(m.owner) or "-"
        yield Fault(_key(content, m.path, ast.unparse(m.new)), module, m.tree, m.lines, where, m.change)


def by_hand() -> Iterator[Fault]:
    """The faults written by hand: a text that stands once in a module, and another one for it."""
    for fault in tomllib.loads((HERE / "kernel_faults.toml").read_text(encoding="utf-8"))["fault"]:
        source = (KERNEL / f"{fault['module']}.py").read_text(encoding="utf-8")
        if source.count(fault["old"]) != 1:
            raise SystemExit(f"kernel_faults.toml: {fault['old']!r} stands {source.count(fault['old'])} times")
        line = source[: source.index(fault["old"])].count("\n") + 1
        # a fault keeps the line numbers of what follows
        missing = fault["old"].count("\n") - fault["new"].count("\n")
        changed = source.replace(fault["old"], fault["new"] + "\n" * missing)
        lines = range(line, line + fault["old"].count("\n") + 1)
        key = _key(fault["module"], changed)
        yield Fault(key, fault["module"], partial(ast.parse, changed), lines, "by hand", fault["why"])


def _expressions(node: ast.AST, path: Any, owner: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Any]]:
    if isinstance(node, ast.expr):
        yield owner, path
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        owner = (*owner, node.name)
        if node.name in SPARED:
            return
    skipped = {"annotation", "returns", "decorator_list", "args" if isinstance(node, ast.FunctionDef) else ""}
    if isinstance(node, ast.JoinedStr | ast.Raise | ast.Subscript | ast.match_case):
        skipped |= {"slice", "pattern", "values", "exc"}
    for name, value in ast.iter_fields(node):
        if name not in skipped:
            for k, child in enumerate(value if isinstance(value, list) else [value]):
                if isinstance(child, ast.AST):
                    yield from _expressions(child, (*path, (name, k if isinstance(value, list) else None)), owner)


def _at(tree: ast.AST, path: Any) -> Any:
    node: Any = tree
    for name, k in path:
        node = getattr(node, name) if k is None else getattr(node, name)[k]
    return node


@cache
def _compiled(path: str) -> types.CodeType:
    return compile(Path(path).read_text(encoding="utf-8"), path, "exec")


def put_in(fault: Fault) -> bool:
    """Make the running kernel the one with the fault; False if nothing of it can be reached."""
    module = sys.modules[f"fa_theory.checker.proof.{fault.module}"]
    path = str(module.__file__)
    faulty = compile(fault.tree(), path, "exec")
    done = _exchange(vars(module), _compiled(path), faulty)
    # what a function made when the module was imported, it makes again
    done = _replace_constants(module, faulty) or done
    axioms._formula.cache_clear()
    return done


def _exchange(names: Any, before: types.CodeType, after: types.CodeType) -> bool:
    """Give functions of a module or class whose code differs the new code."""
    done = False
    old = {c.co_name: c for c in before.co_consts if isinstance(c, types.CodeType)}
    for code in (c for c in after.co_consts if isinstance(c, types.CodeType)):
        if code.co_name not in old or _same(old[code.co_name], code) or code.co_name not in names:
            continue
        target = names[code.co_name]
        target = getattr(target, "__func__", None) or getattr(target, "fget", None) or getattr(target, "func", target)
        target = getattr(target, "__wrapped__", target)
        if isinstance(target, types.FunctionType):
            target.__code__ = code
            done = True
        elif isinstance(target, type):
            done = _exchange(vars(target), old[code.co_name], code) or done
    return done


def _same(a: types.CodeType, b: types.CodeType) -> bool:
    """Whether two pieces of code do the same, wherever they stand."""
    if (a.co_code, a.co_names, a.co_varnames) != (b.co_code, b.co_names, b.co_varnames):
        return False
    if len(a.co_consts) != len(b.co_consts):
        return False
    return all(
        _same(x, y) if isinstance(x, types.CodeType) and isinstance(y, types.CodeType) else (type(x), x) == (type(y), y)
        for x, y in zip(a.co_consts, b.co_consts, strict=True)
    )


def _replace_constants(module: types.ModuleType, code: types.CodeType) -> bool:
    new = types.ModuleType(module.__name__)
    new.__dict__.update(__file__=module.__file__, __package__=module.__package__)
    exec(code, new.__dict__)
    done = False
    for name, old in list(vars(module).items()):
        if name.startswith("__") or isinstance(old, types.FunctionType | types.ModuleType | type):
            continue
        if name not in vars(new) or repr(vars(new)[name]) == repr(old) or " at 0x" in repr(old):
            continue
        for other in list(sys.modules.values()):
            if getattr(other, "__dict__", {}).get(name) is old:
                setattr(other, name, vars(new)[name])
                done = True
    return done


def explained() -> dict[tuple[str, ...], str]:
    """The survivors that are known, by module, place and change, each with its kind."""
    rows = [line.split("\t") for line in (HERE / "kernel_survivors.tsv").read_text(encoding="utf-8").splitlines()]
    return {tuple(row[2:5]): row[0] for row in rows}


class Run:
    """A pytest plugin that runs the kernel tests once, then every fault against them."""

    def __init__(self, modules: list[str], path: Path, again: bool, every: int, hand: bool, budget: float) -> None:
        self.path, self.budget = path, budget
        self.results: dict[str, str] = json.loads(path.read_text()) if path.exists() else {}
        found = [fault for fault in by_hand() if fault.module in modules]
        if not hand:
            for module in modules:
                found += list(faults(module))[::every]
        self.all = {fault.key: fault for fault in found}
        self.known = explained()
        if again:
            self.results = {key: killer for key, killer in self.results.items() if killer}
        else:
            rows = Counter(fault.row for fault in self.all.values())
            alone = [key for key, fault in self.all.items() if fault.row in self.known and rows[fault.row] == 1]
            self.results |= dict.fromkeys(alone, "")
        self.reached: defaultdict[str, set[tuple[str, int]]] = defaultdict(set)
        self.cost: dict[str, float] = {}
        self.kills: Counter[tuple[str, str, str]] = Counter()

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Record which lines the tests reach, then run the faults."""
        items = {item.nodeid: item for item in session.items}
        files: defaultdict[Path, list[pytest.Item]] = defaultdict(list)
        for item in session.items:
            files[item.path].append(item)
        for file, own in files.items():
            for name, (cost, lines) in self._record(file, own).items():
                self.cost[name] = cost
                self.reached[name] = {(module, line) for module, line in lines}
        waiting = [key for key in self.all if key not in self.results]
        print(f"{len(items)} tests in {sum(self.cost.values()):.0f} s; {len(self.all)} faults, {len(waiting)} new")
        for done, key in enumerate(waiting):
            self._meet(key, items)
            if done % 25 == 0:
                alive = sum(not self.results.get(key, "?") for key in self.all)
                print(f"{done} of {len(waiting)}, {alive} survive", flush=True)
        return True

    def _record(self, file: Path, items: list[pytest.Item]) -> dict[str, tuple[float, list[tuple[str, int]]]]:
        """What each test of a file costs, and the lines it reaches; kept until the tests or the kernel change."""
        sources = [file, *sorted((ROOT / "tests" / "support").glob("*.py")), *sorted(KERNEL.glob("*.py"))]
        kept = self.path.parent / "kernel-reached" / f"{_key(*(s.read_text(encoding='utf-8') for s in sources))}.json"
        if kept.exists():
            found = json.loads(kept.read_text())
            if {item.nodeid for item in items} <= found.keys():
                return {item.nodeid: found[item.nodeid] for item in items}
        watched = coverage.Coverage(data_file=None, include=[f"{KERNEL}/*"])
        watched.start()
        cost = {}
        for item in items:
            watched.switch_context(item.nodeid)
            before = time.process_time()
            assert self._passes(item), f"{item.nodeid} fails without any fault"
            cost[item.nodeid] = (time.process_time() - before) / 2  # the record doubles it
        watched.stop()
        lines = defaultdict[str, list[tuple[str, int]]](list)
        for module in KERNEL_MODULES:
            for line, names in watched.get_data().contexts_by_lineno(str(KERNEL / f"{module}.py")).items():
                for name in names:
                    lines[name].append((module, line))
        found = {name: (seconds, lines[name]) for name, seconds in cost.items()}
        kept.parent.mkdir(parents=True, exist_ok=True)
        kept.write_text(json.dumps(found))
        return found

    @staticmethod
    def _passes(item: pytest.Item) -> bool:
        return not any(report.failed for report in runtestprotocol(item, log=False, nextitem=None))

    def _chosen(self, fault: Fault) -> list[str]:
        places = {(fault.module, line) for line in fault.lines}
        near = [name for name, reached in self.reached.items() if reached & places]
        if not near:  # a constant of the module
            near = [name for name, reached in self.reached.items() if any(m == fault.module for m, _ in reached)]
        near = [name for name in near if self.cost[name] < SLOWEST]
        near.sort(key=lambda name: (-self.kills[fault.module, fault.where, name], self.cost[name]))
        spent, chosen = 0.0, []
        for name in near:
            if spent < self.budget:
                chosen.append(name)
                spent += self.cost[name]
        return chosen

    def _meet(self, key: str, items: dict[str, pytest.Item]) -> None:
        fault = self.all[key]
        _compiled(str(KERNEL / f"{fault.module}.py"))
        out, into = os.pipe()
        child = os.fork()
        if not child:
            limit = int(2 * self.budget) + 5
            resource.setrlimit(resource.RLIMIT_CPU, (limit, limit))
            resource.setrlimit(resource.RLIMIT_AS, (6 * 2**30, 6 * 2**30))
            signal.alarm(20 * limit)
            killer = "(does not load)"
            try:
                if put_in(fault):
                    killer = next((name for name in self._chosen(fault) if not self._passes(items[name])), "")
                else:
                    killer = "(changes nothing)"
            except BaseException as error:
                killer = f"({type(error).__name__})"
            os.write(into, f"={killer}".encode()[:4000])
            os._exit(0)
        os.close(into)
        os.waitpid(child, 0)
        with os.fdopen(out, "rb") as pipe:
            said = pipe.read().decode()
        self.results[key] = said[1:] if said else "(crash or time limit)"
        self.kills[fault.module, fault.where, self.results[key]] += 1
        self.path.parent.mkdir(exist_ok=True)
        self.path.write_text(json.dumps(self.results))

    def report(self) -> bool:
        """Print the score and the survivors; whether each of them has a reason."""
        score: Counter[str] = Counter()
        left = 0
        for module in KERNEL_MODULES:
            count: Counter[str] = Counter()
            for key, fault in self.all.items():
                killer = self.results.get(key)
                if fault.module != module or killer is None or killer == "(changes nothing)":
                    continue
                kind = "killed" if killer else self.known.get(fault.row, "OPEN")
                count[kind] += 1
                if kind == "OPEN":
                    left += 1
                    print(f"fa_theory/checker/proof/{module}.py:{fault.lines.start}\t" + "\t".join(fault.row))
            if count:
                print(f"{module}: {count.total()} faults, " + ", ".join(f"{n} {kind}" for kind, n in count.items()))
            score += count
        share = score["killed"] / max(score.total(), 1)
        print(f"{score['killed']} of {score.total()} killed ({share:.1%}): {dict(score)}")
        return not left


def main() -> int:
    """Run the command."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("modules", nargs="*", default=KERNEL_MODULES)
    parser.add_argument("--again", action="store_true", help="run the survivors again")
    parser.add_argument("--every", type=int, default=1, metavar="N", help="only every N-th of the automatic faults")
    parser.add_argument("--by-hand", action="store_true", help="only the faults written by hand")
    parser.add_argument("--results", type=Path, default=ROOT / "out" / "kernel-mutations.json")
    parser.add_argument("--tests", nargs="+", default=["."], help="files below tests/checker/proof")
    parser.add_argument("--budget", type=float, default=12, metavar="SECONDS", help="of tests that meet a fault")
    options = parser.parse_args()
    run = Run(list(options.modules), options.results, options.again, options.every, options.by_hand, options.budget)
    arguments = ["-q", "-p", "no:cacheprovider", "-k", "not hostile_documents", "-o", "addopts="]
    arguments += ["--rootdir", str(ROOT), "-c", str(ROOT / "pyproject.toml")]
    arguments += ["-W", "ignore::pytest.PytestAssertRewriteWarning"]
    code = pytest.main([*arguments, *(str(TESTS / file) for file in options.tests)], plugins=[run])
    return int(code) or int(not run.report())


if __name__ == "__main__":
    sys.exit(main())
