"""The pytest plugin: every claim, mutant and conjecture is a test item, and the run ends with the verdicts.

Files named by the ini option ``fa_theory_claims`` (globs relative to the root; default ``proofs/**/*.py``), and files
given on the command line, are searched for claims at their top level. An item is named by the id of its claim and
has the marker ``fa_claim``:

    pytest proofs                                 every claim
    pytest -k song2021.linear-recursion           one claim with its mutants
    pytest --fa-budget standard --fa-seed 7       more trials, another seed

A file of conjectures that is given on the command line or named by the ini option, and every test file that declares
conjectures, has an item for each of them, with the marker ``fa_conjecture``. It passes when the conjecture is proved or
supported, and fails when it is falsified, contradicted, undecided, vacuous or cannot be evaluated; the message says
which:

    pytest my_conjectures.py --fa-seconds 30      30 seconds for each
    pytest -m "not fa_conjecture"                 everything else

``fa_theory_conjectures = false`` in the ini file ignores conjectures in test files.

With pytest-xdist, ``--dist loadgroup`` settles each claim in one worker, together with its mutants.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from .extras import explained

if TYPE_CHECKING:
    from .claims.library import Located
    from .claims.result import ClaimResult

_RESULTS = pytest.StashKey[dict[tuple[str, str], "ClaimResult"]]()
"""By id and origin: two files may happen to use the same id."""
_LINES = pytest.StashKey[dict[tuple[str, ...], None]]()
"""Lines of the verdict section, in parts; each once."""
_FILES = pytest.StashKey[set[Path]]()
_FOLDER = pytest.StashKey[Path]()
_PROPERTY = "fa_theory_verdict"
"""Name of the property of a test report that carries a line; reports of workers come with it, and so do JUnit files."""
DEFAULT_GLOB = "proofs/**/*.py"
CLAIM, CONJECTURE = "fa_claim", "fa_conjecture"
"""Markers of the items."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declare the options ``--fa-budget``, ``--fa-seed`` and ``--fa-seconds``, and the ini option."""
    group = parser.getgroup("fa-theory", "claims of feedback-alignment theory")
    group.addoption("--fa-budget", choices=("quick", "standard", "thorough"), default="quick", help="work per claim")
    group.addoption("--fa-seed", type=int, default=0, help="seed of all random numbers")
    group.addoption("--fa-seconds", type=float, default=10.0, help="work per conjecture, in seconds on an idle machine")
    parser.addini("fa_theory_claims", "globs of files that declare claims", type="args", default=[DEFAULT_GLOB])
    parser.addini("fa_theory_conjectures", "whether conjectures in test files are tests", type="bool", default=True)


def pytest_configure(config: pytest.Config) -> None:
    """Initialise the results, and register the markers."""
    config.stash[_RESULTS], config.stash[_LINES] = {}, {}
    config.pluginmanager.register(_Reports(config.stash[_LINES]), "fa-theory-reports")
    config.addinivalue_line("markers", f"{CLAIM}: a claim of fa-theory, or one of its mutants")
    config.addinivalue_line("markers", f"{CONJECTURE}: a conjecture checked by fa-theory")


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> DeclaringFile | None:
    """Collect a file that is named by the ini option or on the command line and may declare claims or conjectures.

    Test files are searched only for conjectures: pytest imports them itself, including claims that they use.
    """
    if file_path.suffix != ".py":
        return None
    is_test = any(file_path.match(pattern) for pattern in parent.config.getini("python_files"))
    named = file_path in _named(parent.config) or (parent.session.isinitpath(file_path) and not is_test)
    searched = named or (is_test and parent.config.getini("fa_theory_conjectures"))
    claims, conjectures = named and _mentions_claims(file_path), searched and declares_conjectures(file_path)
    if not (claims or conjectures):
        return None
    return DeclaringFile.from_parent(parent, path=file_path, claims=claims, conjectures=conjectures)


def _mentions_claims(file: Path) -> bool:
    try:
        from .claims.library import mentions_claims  # heavy, so only if a file may declare claims
    except ModuleNotFoundError as error:
        raise pytest.Collector.CollectError(str(explained(error) or error)) from None
    return mentions_claims(file)


def _named(config: pytest.Config) -> set[Path]:
    """The files that the ini option names."""
    if _FILES not in config.stash:
        globs = config.getini("fa_theory_claims")
        config.stash[_FILES] = {path for pattern in globs for path in config.rootpath.glob(pattern)}
    return config.stash[_FILES]


def declares_conjectures(file: Path) -> bool:
    """Whether a function at the top level of a file is decorated with ``conjecture``; nothing is imported for it."""
    content = file.read_bytes()
    if b"conjecture(" not in content:
        return False
    try:
        body = ast.parse(content).body
    except (SyntaxError, ValueError):  # whoever imports the file says where
        return False
    functions = [node for node in body if isinstance(node, ast.FunctionDef)]
    return any(_is_conjecture(decorator) for function in functions for decorator in function.decorator_list)


def _is_conjecture(decorator: ast.expr) -> bool:
    """``@conjecture(…)``, ``@fa.conjecture(…)``."""
    match decorator:
        case ast.Call(func=ast.Name(id="conjecture") | ast.Attribute(attr="conjecture")):
            return True
    return False


class DeclaringFile(pytest.File):
    """A file that declares claims or conjectures."""

    def __init__(self, *, claims: bool, conjectures: bool, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.claims, self.conjectures = claims, conjectures

    def collect(self) -> Iterator[ClaimItem | ConjectureItem]:
        from .errors import InputError

        try:
            if self.claims:
                yield from self._claims()
            if self.conjectures:
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
    """A claim or conjecture did not have the expected verdict; only the message is shown."""


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

    def add_verdict(self, words: str, name: str, more: str, why: str) -> None:
        """Add a line to the verdict section, through the report of this item."""
        from .figures.verdicts import look
        from .record.plain import in_unicode

        line = (f"{look(words).symbol} {words}", name, more, in_unicode(why))
        self.user_properties.append((_PROPERTY, "\t".join(" ".join(part.split()) for part in line)))

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        from .errors import FATheoryError

        if isinstance(excinfo.value, ClaimFailure | FATheoryError):
            return str(excinfo.value)
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, int | None, str]:
        return self.path, None, self.name


class ConjectureItem(_Item):
    """A conjecture."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.add_marker(CONJECTURE)

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
        checked = f"; check it: fa-theory recheck {' '.join(outcome.documents)}" if outcome.documents else ""
        self.add_verdict(outcome.verdict.value, self.name, "conjecture", outcome.why + checked)
        if outcome.verdict not in (ConjectureVerdict.PROVED, ConjectureVerdict.SUPPORTED):
            raise ClaimFailure("\n".join([_failure(self.name, outcome.verdict.value, outcome.why), *outcome.shown]))


class ClaimItem(_Item):
    """A claim, or one of its mutants."""

    def __init__(self, *, located: Located, mutant: str | None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.located, self.mutant = located, mutant
        self.add_marker(CLAIM)
        if self.config.pluginmanager.hasplugin("xdist"):
            self.add_marker(pytest.mark.xdist_group(f"{located.origin}::{located.claim.id}"))

    def runtest(self) -> None:
        result = self._result()
        refuted = sum(m.refuted for m in result.mutants)
        why = f"{result.verdict_in_full}: {result.why}" if result.level else result.why
        self.add_verdict(result.words, result.id, f"mutants {refuted}/{len(result.mutants)}", why)
        if self.mutant is not None:
            found = next(m for m in result.mutants if m.name == self.mutant)
            if not found.refuted:
                raise ClaimFailure(f"{result.id}: the mutant {found.says!r} was not refuted: {found.detail}")
            return
        from .claims.verdict import established

        if not established(result.verdict, expects_refutation=result.erratum is not None):
            raise ClaimFailure(_failure(result.id, result.verdict.value, result.why))

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


def _failure(name: str, verdict: str, why: str) -> str:
    """The reason for a failure in one line, which distinguishes undecided from falsified."""
    from .record.plain import in_unicode

    said = "undecided, not falsified" if verdict == "undecided" else verdict
    return f"{name} is {said}: {in_unicode(why)}"


class _Reports:
    """Collects the lines of the verdict section from test reports; with xdist these come from workers."""

    def __init__(self, lines: dict[tuple[str, ...], None]) -> None:
        self.lines = lines

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.when == "call":
            for name, line in report.user_properties:
                if name == _PROPERTY:
                    self.lines[tuple(str(line).split("\t"))] = None


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """End with the verdicts."""
    told: dict[tuple[str, ...], None] = config.stash[_LINES]
    lines = sorted(told, key=lambda line: line[1])
    if not lines:
        return
    terminalreporter.section("verdicts")
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    for line in lines:
        terminalreporter.write_line("  ".join(part.ljust(n) for part, n in zip(line, widths, strict=True)).rstrip())
