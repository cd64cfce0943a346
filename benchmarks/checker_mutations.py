"""Does a test notice every small fault of the checker? ``python benchmarks/checker_mutations.py [MODULE ...]``.

A module is named from the checker on: ``ranges``, ``decay.kinks``, ``boxes.cover``. The proof kernel is left to
`kernel_mutations`. ``--every N`` takes a sample.

Every mutant of `mutants` is put into the running checker of a forked process (no file changes) and meets the tests that
reach its lines, those that caught the most first; it is killed if one of them fails, crashes or takes too long. Results
are kept in ``out/checker-mutations.json`` and taken up again; ``--again`` forgets the survivors first. The report gives
the score and every survivor without a class in ``checker_survivors.tsv``, whose columns are class, reason, module,
function, line and change.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import resource
import signal
import sys
import time
import types
import warnings
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

import coverage
import pytest
from _pytest.config import parse_warning_filter
from _pytest.runner import runtestprotocol
from mutants import Mutant, mutants

import fa_theory.checker
from fa_theory.checker.binary64 import pair_tables, tables

CHECKER = Path(fa_theory.checker.__file__).parent
ROOT = CHECKER.parent.parent
TESTS = [f"checker/test_checker{name}.py" for name in ("_units", "_formulas", "_reading", "", "_deviation", "_boxes")]
TESTS += [f"checker/test_{name}.py" for name in ("checker_membership", "counterexample", "json_limits", "printed")]
TESTS += [f"checker/test_{name}.py" for name in ("shadow", "slow")]
TESTS += [
    "checker/test_enclosures.py",
    "enclosure/test_from_start.py",
    "enclosure/test_kinks.py",
    "conjectures/test_limits.py",
]
LEFT_OUT = (
    *("search", "schema", "mutants", "leaf", "deep"),
    *("to_a_width", "certifies", "tighter", "curves", "two_sided"),
)
"""Slow ones, or about other things."""
_DEEP = [f"checker/test_{name}.py" for name in ("rows", "deep_twice", "deep_shadow_twice", "deep_kinks", "deep_decay")]
_NOT_DEEP = (
    *("mutant", "battery", "leaf", "lies", "obey", "too_long", "too_many", "only_the_comparison", "accepts", "early"),
    *("units_of_the_norm", "two_layers_agree", "agree_with_a_second", "tubes_contain", "with_any_slopes", "may_change"),
)
GROUPS: dict[tuple[str, ...], tuple[list[str], tuple[str, ...]]] = {
    tuple(f"decay.{name}" for name in ("deep", "deep_kinks", "deep_shadow", "rows", "backwards")): (_DEEP, _NOT_DEEP),
    ("decay.deep_start",): (
        ["checker/test_deep_start.py", "checker/test_deep_shadow_twice.py"],
        ("mutant", "stay_within", "perturbed"),
    ),
    ("decay.epochs",): (["checker/test_checker_epochs.py"], ("mutant",)),
    ("decay.momentum",): (["checker/test_checker_momentum.py"], ("mutant",)),
    ("decay.curve", "decay.float_curve"): (["checker/test_curve.py"], ("mutant",)),
    ("decay.floats",): (["checker/test_floats_twice.py", "checker/test_floats.py"], ("mutant",)),
    ("decay.float_run",): (["checker/test_float_run.py", "checker/test_floats.py"], ("mutant",)),
    ("decay.relu",): (["checker/test_relu_twice.py", "checker/test_relu.py"], ("mutant",)),
    ("decay.sharp",): (["checker/test_sharp_twice.py", "checker/test_sharp.py"], ("mutant",)),
    ("binary64.forms",): (["checker/test_forms.py"], ("mutant", "faults")),
    ("decay.pairs", "decay.sharp_pairs", "binary64.pairs"): (
        ["checker/test_pairs_twice.py", "checker/test_pairs.py", "checker/test_pair_tables.py"],
        ("mutant", "faults_of_tables"),
    ),
    ("binary64.pair_tables",): (["checker/test_pair_tables.py"], ("faults",)),
    tuple(f"binary64.{name}" for name in ("bounds", "environment", "products", "tables")): (
        ["checker/test_binary64_twice.py", "checker/test_environment.py", "checker/test_binary64.py"],
        ("mutant",),
    ),
    ("stored",): (["checker/test_stored.py"], ("mutant",)),
    tuple(f"enclosure.{name}" for name in ("assertion", "evaluate", "integrals", "terms", "values", "words")): (
        ["checker/test_enclosures.py"],
        (
            "documents_of_claims",
            "largest",
            "costly",
            "random",
            "of_an_integrand",
            "of_the_package",
            "few_coefficients",
            "twice",
        ),
    ),
    tuple(f"counterexample.{name}" for name in ("formula", "words")): (
        ["checker/test_checker_formulas.py", "checker/test_checker_reading.py", "checker/test_json_limits.py"],
        ("mutant",),
    ),
    ("counterexample.growth", "counterexample.rules"): (["checker/test_growth.py"], ("mutant",)),
    ("counterexample.matrices",): (["checker/test_checker_formulas.py", "checker/test_counterexample.py"], ("mutant",)),
    ("counterexample.settling", "counterexample.derivatives"): (
        ["checker/test_settling.py", "checker/test_derivatives.py", "conjectures/test_limits.py"],
        ("mutant",),
    ),
    tuple(f"almost_every.{name}" for name in ("claim", "kinds", "nonzero", "ranks")): (
        ["checker/test_almost_every.py"],
        ("mutant",),
    ),
    ("counterexample.recurrences",): (["checker/test_recurrences.py"], ("mutant",)),
}
"""Modules with tests of their own: which they are, and words in the names of those that are left out."""
SLOWEST, BUDGET = 1.0, 2.5
"""Seconds: slower tests are left out; as many of the others as take so long meet a mutant."""
SURVIVORS = Path(__file__).with_name("checker_survivors.tsv")


def put_in(mutant: Mutant, module: types.ModuleType) -> None:
    """Make the running module the mutant."""
    code = compile(mutant.tree(), str(module.__file__), "exec")
    if not mutant.owner:
        _replace_constants(module, code)
        return
    target: Any = module
    for depth, name in enumerate(mutant.owner):
        code = next(c for c in code.co_consts if isinstance(c, types.CodeType) and c.co_name == name)
        target = vars(target)[name]
        target = getattr(target, "__func__", getattr(target, "fget", target))
        if isinstance(target, types.FunctionType):
            target.__code__ = code
            return
        assert depth == 0
    raise LookupError(f"{mutant.owner} is no function")


def _module(path: Path) -> str:
    """The name of a module of the checker, from the checker on."""
    return ".".join(path.relative_to(CHECKER).with_suffix("").parts)


def _replace_constants(module: types.ModuleType, code: types.CodeType) -> None:
    new = types.ModuleType(module.__name__)
    new.__dict__.update(__file__=module.__file__, __package__=module.__package__)
    exec(code, new.__dict__)
    for name, old in list(vars(module).items()):
        if name.startswith("__") or isinstance(old, types.FunctionType | types.ModuleType | type):
            continue
        for other in list(sys.modules.values()):
            if getattr(other, "__dict__", {}).get(name) is old:
                setattr(other, name, vars(new)[name])


class Run:
    """A pytest plugin that runs the selected tests once, then every mutant against them."""

    def __init__(self, modules: list[str], path: Path, processes: int, again: bool, every: int, budget: float) -> None:
        self.path, self.processes, self.budget = path, processes, budget
        self.results: dict[str, str] = json.loads(path.read_text()) if path.exists() else {}
        self.all: dict[str, tuple[str, Mutant]] = {}
        for name in modules:
            source = CHECKER.joinpath(*name.split(".")).with_suffix(".py").read_text(encoding="utf-8")
            for i, mutant in list(enumerate(mutants(source)))[::every]:
                key = hashlib.sha256(f"{i} {mutant.change}\n{source}".encode()).hexdigest()
                self.all[key[:20]] = (name, mutant)
                if again and not self.results.get(key[:20]):
                    self.results.pop(key[:20], None)
        self.reached: defaultdict[str, set[tuple[str, int]]] = defaultdict(set)
        self.cost: dict[str, float] = {}
        self.kills: Counter[tuple[str, tuple[str, ...], str]] = Counter()

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Run the tests once with a record of the lines they reach, then the mutants."""
        items = {item.nodeid: item for item in session.items}
        watched = coverage.Coverage(data_file=None, include=[f"{CHECKER}/*"])
        watched.start()
        for name, item in items.items():
            watched.switch_context(name)
            for _ in range(2):  # the first time it may have to make a certificate
                before = time.process_time()
                assert self._passes(item), f"{name} fails without any mutant"
                self.cost[name] = time.process_time() - before
                if self.cost[name] < 0.2:
                    break
        watched.stop()
        for path in CHECKER.rglob("*.py"):
            for line, names in watched.get_data().contexts_by_lineno(str(path)).items():
                for name in names:
                    self.reached[name].add((_module(path), line))
        print(f"the tests take {sum(self.cost.values()):.1f} s")
        waiting = [key for key in self.all if key not in self.results]
        print(f"{len(items)} tests, {len(self.all)} mutants, {len(waiting)} of them new", flush=True)
        running: dict[int, tuple[str, int]] = {}
        for done, key in enumerate(waiting):
            running |= self._start(key, items)
            if len(running) == self.processes:
                self._finish(running)
            if done % 50 == 0:
                print(f"{done} of {len(waiting)}, {sum(not x for x in self.results.values())} survive", flush=True)
        while running:
            self._finish(running)
        return True

    @staticmethod
    def _passes(item: pytest.Item) -> bool:
        for module in (tables, pair_tables):
            module._BUILT.clear()  # made by the module as it is now
        with warnings.catch_warnings():
            for mark in item.iter_markers("filterwarnings"):
                for text in mark.args:
                    warnings.filterwarnings(*parse_warning_filter(text, escape=False))
            return not any(report.failed for report in runtestprotocol(item, log=False, nextitem=None))

    def _chosen(self, module: str, mutant: Mutant) -> list[str]:
        places = {(module, line) for line in mutant.lines}
        names = [
            name
            for name, reached in self.reached.items()
            if (reached & places or (not mutant.owner and any(where == module for where, _ in reached)))
            and self.cost[name] < SLOWEST
        ]
        names.sort(key=lambda name: (-self.kills[module, mutant.owner, name], self.cost[name]))
        spent, chosen = 0.0, []
        for name in names:
            if spent < self.budget:
                chosen.append(name)
                spent += self.cost[name]
        return chosen

    def _start(self, key: str, items: dict[str, pytest.Item]) -> dict[int, tuple[str, int]]:
        module, mutant = self.all[key]
        out, into = os.pipe()
        child = os.fork()
        if child:
            os.close(into)
            return {child: (key, out)}
        limit = int(2 * self.budget) + 5
        resource.setrlimit(resource.RLIMIT_CPU, (limit, limit))
        resource.setrlimit(resource.RLIMIT_AS, (6 * 2**30, 6 * 2**30))
        signal.alarm(20 * limit)
        killer = "(does not load)"
        try:
            put_in(mutant, sys.modules[f"fa_theory.checker.{module}"])
            killer = next((name for name in self._chosen(module, mutant) if not self._passes(items[name])), "")
        except BaseException as error:
            killer = killer or f"({type(error).__name__})"
        os.write(into, f"={killer}".encode()[:4000])
        os._exit(0)

    def _finish(self, running: dict[int, tuple[str, int]]) -> None:
        child, _ = os.wait()
        key, out = running.pop(child)
        with os.fdopen(out, "rb") as pipe:
            killer = pipe.read().decode()
        self.results[key] = killer[1:] if killer else "(crash or time limit)"
        module, mutant = self.all[key]
        self.kills[module, mutant.owner, self.results[key]] += 1
        self.path.parent.mkdir(exist_ok=True)
        self.path.write_text(json.dumps(self.results))

    def report(self) -> bool:
        """Print the score and the survivors; whether all of them are classified and none is REAL."""
        table = [line.split("\t") for line in SURVIVORS.read_text(encoding="utf-8").splitlines() if "\t" in line]
        known = {tuple(row[2:6]): row[0] for row in table}
        done = {key: mutant for key, mutant in self.all.items() if key in self.results}
        survivors = [done[key] for key in done if not self.results[key]]
        counts: Counter[str] = Counter()
        for module, mutant in survivors:
            row = (module, ".".join(mutant.owner) or "-", mutant.line, " ".join(mutant.change.split()))
            kind = known.get(row, "REAL")
            counts[kind] += 1
            if kind == "REAL":
                print(f"{module}:{mutant.lines.start}\t" + "\t".join((kind, *row)))
        killed = len(done) - len(survivors)
        print(f"{killed} of {len(done)} mutants killed: {killed / max(len(done), 1):.1%}; {dict(counts)} survive")
        return counts["REAL"] == 0


def main() -> int:
    """Run the command."""
    names = sorted(name for name in map(_module, CHECKER.rglob("[!_]*.py")) if not name.startswith("proof."))
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("modules", nargs="*", default=names)
    parser.add_argument("--again", action="store_true", help="run the survivors again")
    parser.add_argument("--every", type=int, default=1, metavar="N", help="only every N-th mutant of a module")
    parser.add_argument("--budget", type=float, default=BUDGET, metavar="S", help="seconds of tests for a mutant")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--results", type=Path, default=ROOT / "out" / "checker-mutations.json")
    options = parser.parse_args()
    chosen = options.modules or names
    rest = [name for name in chosen if not any(name in group for group in GROUPS)]
    parts = [([name for name in chosen if name in group], *GROUPS[group]) for group in GROUPS]
    failed = 0
    for modules, tests, left_out in [*parts, (rest, TESTS, LEFT_OUT)]:
        if modules:
            run = Run(modules, options.results, options.processes, options.again, options.every, options.budget)
            arguments = ["-q", "-p", "no:cacheprovider", "-k", f"not ({' or '.join(left_out)})", "--rootdir", str(ROOT)]
            arguments += ["-c", str(ROOT / "pyproject.toml"), "-W", "ignore::pytest.PytestAssertRewriteWarning"]
            arguments += ["-o", "addopts=", *(str(ROOT / "tests" / test) for test in tests)]
            failed |= int(pytest.main(arguments, plugins=[run])) or int(not run.report())
    return failed


if __name__ == "__main__":
    sys.exit(main())
