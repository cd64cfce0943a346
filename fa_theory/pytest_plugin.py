"""The pytest door: every claim and every mutant is a test item of its own, and the run ends with the verdicts.

Files named by the ini option ``fa_theory_claims`` (globs relative to the root; default ``proofs/**/*.py``), and files
given on the command line, are searched for claims bound at their top level. An item is named by the id of its claim:

    pytest proofs                                 every claim
    pytest -k song2021.linear-recursion           one claim with its mutants
    pytest --fa-budget standard --fa-seed 7       more trials, other randomness

A file of conjectures that is given on the command line, or named by the ini option, has an item for every conjecture;
it passes when the conjecture is proved or survives the attack:

    pytest my_conjectures.py --fa-seconds 30      30 seconds for each
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from .claims.library import Located
    from .claims.result import ClaimResult

_RESULTS = pytest.StashKey[dict[tuple[str, str], "ClaimResult"]]()
"""By id and origin: two files may happen to use the same id."""
_FILES = pytest.StashKey[set[Path]]()
_FOLDER = pytest.StashKey[Path]()
DEFAULT_GLOB = "proofs/**/*.py"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declare the options ``--fa-budget`` and ``--fa-seed`` and the ini option ``fa_theory_claims``."""
    group = parser.getgroup("fa-theory", "claims of feedback-alignment theory")
    group.addoption("--fa-budget", choices=("quick", "standard", "thorough"), default="quick", help="work per claim")
    group.addoption("--fa-seed", type=int, default=0, help="the one number all randomness comes from")
    group.addoption(
        "--fa-seconds", type=float, default=10.0, help="work for each conjecture, in seconds of a quiet machine"
    )
    parser.addini("fa_theory_claims", "globs of files that declare claims", type="args", default=[DEFAULT_GLOB])


def pytest_configure(config: pytest.Config) -> None:
    """Begin without results."""
    config.stash[_RESULTS] = {}


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> DeclaringFile | None:
    """Take a file that is named, or given on the command line and no test, and that can declare something."""
    if file_path.suffix != ".py":
        return None
    is_test = any(file_path.match(pattern) for pattern in parent.config.getini("python_files"))
    given = parent.session.isinitpath(file_path) and not is_test
    if not given and file_path not in _named(parent.config):
        return None
    from .claims.library import mentions_claims

    declares = mentions_claims(file_path) or declares_conjectures(file_path)
    return DeclaringFile.from_parent(parent, path=file_path) if declares else None


def _named(config: pytest.Config) -> set[Path]:
    """The files that the ini option names."""
    if _FILES not in config.stash:
        globs = config.getini("fa_theory_claims")
        config.stash[_FILES] = {path for pattern in globs for path in config.rootpath.glob(pattern)}
    return config.stash[_FILES]


def declares_conjectures(file: Path) -> bool:
    """Whether a file can declare conjectures: cheap enough to ask of every file, and not taken in by an example."""
    return re.search(rb"^@conjecture\(", file.read_bytes(), re.MULTILINE) is not None


class DeclaringFile(pytest.File):
    """A file that declares claims or conjectures."""

    def collect(self) -> Iterator[ClaimItem | ConjectureItem]:
        from .claims.library import mentions_claims
        from .errors import InputError

        try:
            if mentions_claims(self.path):
                yield from self._claims()
            if declares_conjectures(self.path):
                from .conjectures.settle.isolation import names

                for name in names(str(self.path)):
                    yield ConjectureItem.from_parent(self, name=name)
        except InputError as error:
            raise self.CollectError(str(error)) from None

    def _claims(self) -> Iterator[ClaimItem]:
        from .claims.library import Located, load, origin_of

        origin = origin_of(self.path)
        for claim in load(origin):
            located = Located(claim, origin)
            yield ClaimItem.from_parent(self, name=claim.id, located=located, mutant=None)
            for mutant in claim.mutants:
                name = f"{claim.id}[mutant: {mutant.name}]"
                yield ClaimItem.from_parent(self, name=name, located=located, mutant=mutant.name)


class ClaimFailure(Exception):
    """A claim or conjecture did not come out as it should; the message is all there is to show."""


class _Item(pytest.Item):
    """An item whose failure is one message, without a traceback."""

    def folder(self) -> Path:
        """A fresh folder for this session's ledger and certificates."""
        if _FOLDER not in self.config.stash:
            import tempfile

            folder = tempfile.TemporaryDirectory(prefix="fa-theory-", ignore_cleanup_errors=True)
            self.config.add_cleanup(folder.cleanup)
            self.config.stash[_FOLDER] = Path(folder.name)
        return self.config.stash[_FOLDER]

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        from .errors import FATheoryError

        if isinstance(excinfo.value, ClaimFailure | FATheoryError):
            return str(excinfo.value)
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, int | None, str]:
        return self.path, None, self.name


class ConjectureItem(_Item):
    """A conjecture."""

    def runtest(self) -> None:
        from .conjectures.settle import isolation
        from .conjectures.settle.outcome import ConjectureVerdict

        (outcome,) = isolation.run(
            [f"{self.path}::{self.name}"],
            budget=self.config.getoption("--fa-seconds"),
            seed=self.config.getoption("--fa-seed"),
            out=str(self.folder()),
            jobs=1,
            notify=lambda *_: None,
        )
        if outcome.verdict not in (ConjectureVerdict.PROVED, ConjectureVerdict.SUPPORTED):
            raise ClaimFailure("\n".join([f"{self.name} is {outcome.verdict.value}: {outcome.why}", *outcome.shown]))


class ClaimItem(_Item):
    """A claim, or one of its mutants."""

    def __init__(self, *, located: Located, mutant: str | None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.located, self.mutant = located, mutant

    def runtest(self) -> None:
        result = self._result()
        if self.mutant is not None:
            found = next(m for m in result.mutants if m.name == self.mutant)
            if not found.refuted:
                raise ClaimFailure(f"{result.id}: the mutant that says {found.says!r} was not refuted: {found.detail}")
            return
        from .claims.verdict import established

        if not established(result.verdict, expects_refutation=result.erratum is not None):
            raise ClaimFailure(f"{result.id} is {result.verdict.value}: {result.why}")

    def _result(self) -> ClaimResult:
        """Settle the claim, once for all its items."""
        from .claims.procedure import Budget
        from .claims.runner import Settings, verify

        results, key = self.config.stash[_RESULTS], (self.located.claim.id, self.located.origin)
        if key not in results:
            budget = Budget(self.config.getoption("--fa-budget"))
            settings = Settings(self.config.getoption("--fa-seed"), budget, 1, self.folder())
            document = verify([self.located], settings)
            results[key] = document.claims[0]
        return results[key]


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """End with the verdicts."""
    results = config.stash[_RESULTS]
    if not results:
        return
    terminalreporter.section("verdicts")
    width = max(len(id) for id, _ in results)
    for (id, _), result in sorted(results.items()):
        refuted = sum(m.refuted for m in result.mutants)
        mutants = f"mutants {refuted}/{len(result.mutants)}"
        terminalreporter.write_line(f"{result.words:<20} {id:<{width}}  {mutants:<13} {result.why}")
