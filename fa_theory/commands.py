"""Three commands from Python: `verify` settles claims, `check` settles conjectures, `recheck` verifies documents.

They do what ``fa-theory verify``, ``fa-theory check`` and ``fa-theory recheck`` do, and return the result instead of
printing it. They work in this process, so the code of a conjecture is not isolated.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, overload

from .errors import InputError

if TYPE_CHECKING:
    from .checker.decay.from_start import Arithmetic
    from .checker.verdict import Verdict
    from .claims.procedure import Budget
    from .claims.result import ResultDocument
    from .conjectures.language.declare import Conjecture
    from .conjectures.settle.outcome import ConjectureOutcome


def verify(
    *targets: str | Path, budget: str | Budget = "quick", seed: int = 0, jobs: int = 1, out: str | Path = "out"
) -> ResultDocument:
    """Verify claims.

    Parameters
    ----------
    targets
        Claim ids, beginnings of ids (``"song2021"``), or files of claims; none: all claims of the library.
    budget
        ``"quick"``, ``"standard"`` or ``"thorough"``: seconds, minutes or hours of work.
    seed
        Seed of all random numbers.
    jobs
        Worker processes.
    out
        Folder for certificates and for the ledger from which an interrupted run is resumed.

    Returns
    -------
    ResultDocument
        Verdicts and evidence; ``document.write(path)`` writes the file that ``fa-theory report --from`` prints.

    Raises
    ------
    InputError
        If a target matches nothing, or a number is invalid.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     found = verify("song2021.linear-recursion", out=folder)
    >>> [(claim.id, claim.words) for claim in found.claims]
    [('song2021.linear-recursion', 'derived')]
    """
    from .claims.library import select
    from .claims.procedure import Budget
    from .claims.runner import Settings
    from .claims.runner import verify as settle

    names = [each.value for each in Budget]
    if budget not in names:
        raise InputError(f"unknown budget {budget!r}; choose one of {', '.join(names)}")
    settings = Settings(_whole("seed", seed, 0), Budget(budget), _whole("jobs", jobs, 1), Path(out))
    return settle(select([str(target) for target in targets]), settings, command="fa_theory.verify")


@overload
def check(
    conjecture: Conjecture, *, budget: float = ..., seed: int = ..., out: str | Path = ...
) -> ConjectureOutcome: ...
@overload
def check(
    conjecture: str | Path, *, budget: float = ..., seed: int = ..., out: str | Path = ...
) -> list[ConjectureOutcome]: ...
def check(
    conjecture: Conjecture | str | Path, *, budget: float = 20.0, seed: int = 0, out: str | Path = "out"
) -> ConjectureOutcome | list[ConjectureOutcome]:
    """Check a conjecture, or those of a file: a certified counterexample, a proof, or the extent of the search.

    Parameters
    ----------
    conjecture
        An object made by the decorator `fa_theory.conjecture`, or ``"FILE.py"``, or ``"FILE.py::NAME"``.
    budget
        Time for each conjecture, in seconds.
    seed
        Seed of all random numbers.
    out
        Folder for counterexamples and proofs.

    Returns
    -------
    ConjectureOutcome or list
        The outcome; a list, in the order of the file, if a file was given.

    Raises
    ------
    InputError
        If there is no such conjecture, it cannot be evaluated, or a number is invalid.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> import fa_theory as fa
    >>> @fa.conjecture(fa.Domain(n=1, d=1, p=1))
    ... def the_loss_is_not_negative(run):
    ...     return run[0].loss >= 0
    >>> with TemporaryDirectory() as folder:
    ...     check(the_loss_is_not_negative, budget=2, out=folder).verdict.value
    'proved'
    """
    from .conjectures.language.declare import Conjecture
    from .conjectures.language.load import conjectures
    from .conjectures.settle.check import check as settle

    if isinstance(budget, bool) or not isinstance(budget, int | float) or not 0 < budget < float("inf"):
        raise InputError(f"expected a positive budget in seconds but got {budget!r}")
    seed = _whole("seed", seed, 0)
    if isinstance(conjecture, str | Path):
        return [settle(each, budget=budget, seed=seed, out=Path(out)) for each in conjectures(str(conjecture))]
    if not isinstance(conjecture, Conjecture):
        raise InputError(
            f"expected a conjecture or a file of conjectures but got {conjecture!r:.60}; declare one with "
            "@conjecture(Domain(...)); settle claims with verify and check documents with recheck"
        )
    return settle(conjecture, budget=budget, seed=seed, out=Path(out))


def recheck(
    document: Mapping[str, Any] | str | Path, *, precision: int | None = None, arithmetic: Arithmetic = "arb"
) -> Verdict:
    """Verify a certificate, a counterexample or a proof with the checker, from its exact data alone.

    Parameters
    ----------
    document
        A `Certificate`, a document as read from JSON, or the path of a file.
    precision
        Working precision in bits, at least 32; by default 64, and 192 if that does not suffice.
    arithmetic
        Of the steps of a certificate from the start: ``arb``, balls of python-flint; or ``binary64``, floats of NumPy
        with proved bounds, which is much faster.

    Returns
    -------
    Verdict
        Valid or not, with the reason, the checker's own bounds and the arithmetic that was trusted.

    Raises
    ------
    MalformedDocument
        If it is not a document in this format.
    OSError
        If a file cannot be read.
    """
    from .checker.recheck import recheck as recheck_document
    from .checker.recheck import recheck_file

    if isinstance(document, str | Path):
        return recheck_file(document, precision=precision, arithmetic=arithmetic)
    return recheck_document(document, precision=precision, arithmetic=arithmetic)


def _whole(name: str, value: int, least: int) -> int:
    if isinstance(value, bool) or not hasattr(value, "__index__") or value < least:
        raise InputError(f"expected a whole number {name} ≥ {least} but got {value!r}")
    return int(value)
