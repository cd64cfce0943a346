"""The pytest door: every claim and every mutant is a test item of its own, and the run ends with the verdicts.

Files named by the ini option ``fa_theory_claims`` (globs relative to the root; default ``proofs/**/*.py``), and files
given on the command line, are searched for claims bound at their top level. An item is named by the id of its claim:

    pytest proofs                                 every claim
    pytest -k song2021.linear-recursion           one claim with its mutants
    pytest --fa-budget standard --fa-seed 7       more trials, other randomness
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from fa_theory.claims.library import Located
    from fa_theory.claims.result import ClaimResult

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
    parser.addini("fa_theory_claims", "globs of files that declare claims", type="args", default=[DEFAULT_GLOB])


def pytest_configure(config: pytest.Config) -> None:
    """Begin without results."""
    config.stash[_RESULTS] = {}


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> ClaimFile | None:
    """Take a file that is named, or given on the command line and no test, and that can declare claims."""
    if file_path.suffix != ".py":
        return None
    is_test = any(file_path.match(pattern) for pattern in parent.config.getini("python_files"))
    given = parent.session.isinitpath(file_path) and not is_test
    if not given and file_path not in _named(parent.config):
        return None
    from fa_theory.claims.library import mentions_claims

    return ClaimFile.from_parent(parent, path=file_path) if mentions_claims(file_path) else None


def _named(config: pytest.Config) -> set[Path]:
    """The files that the ini option names."""
    if _FILES not in config.stash:
        globs = config.getini("fa_theory_claims")
        config.stash[_FILES] = {path for pattern in globs for path in config.rootpath.glob(pattern)}
    return config.stash[_FILES]


class ClaimFile(pytest.File):
    """A file that declares claims."""

    def collect(self) -> Iterator[ClaimItem]:
        from fa_theory.claims.library import Located, load, origin_of
        from fa_theory.errors import InputError

        origin = origin_of(self.path)
        try:
            claims = load(origin)
        except InputError as error:
            raise self.CollectError(str(error)) from None
        for claim in claims:
            located = Located(claim, origin)
            yield ClaimItem.from_parent(self, name=claim.id, located=located, mutant=None)
            for mutant in claim.mutants:
                name = f"{claim.id}[mutant: {mutant.name}]"
                yield ClaimItem.from_parent(self, name=name, located=located, mutant=mutant.name)


class ClaimFailure(Exception):
    """A claim did not come out as its declaration says; the message is all there is to show."""


class ClaimItem(pytest.Item):
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
        from fa_theory.claims.verdict import established

        if not established(result.verdict, expects_refutation=result.erratum is not None):
            raise ClaimFailure(f"{result.id} is {result.verdict.value}: {result.why}")

    def _result(self) -> ClaimResult:
        """Settle the claim, once for all its items."""
        from fa_theory.claims.procedure import Budget
        from fa_theory.claims.runner import Settings, verify

        results, key = self.config.stash[_RESULTS], (self.located.claim.id, self.located.origin)
        if key not in results:
            budget = Budget(self.config.getoption("--fa-budget"))
            settings = Settings(self.config.getoption("--fa-seed"), budget, 1, self._folder())
            document = verify([self.located], settings)
            results[key] = document.claims[0]
        return results[key]

    def _folder(self) -> Path:
        """A fresh folder for this session's ledger and certificates."""
        if _FOLDER not in self.config.stash:
            import tempfile

            folder = tempfile.TemporaryDirectory(prefix="fa-theory-", ignore_cleanup_errors=True)
            self.config.add_cleanup(folder.cleanup)
            self.config.stash[_FOLDER] = Path(folder.name)
        return self.config.stash[_FOLDER]

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        from fa_theory.errors import FATheoryError

        if isinstance(excinfo.value, ClaimFailure | FATheoryError):
            return str(excinfo.value)
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, int | None, str]:
        return self.path, None, self.name


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
