"""``fa-theory new``."""

from __future__ import annotations

import builtins
import keyword
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

import typer

from fa_theory.errors import InputError
from fa_theory.work.files import write

from .terminal import console

TEMPLATE = '''\
"""A conjecture about feedback alignment. Check it with: fa-theory check {name}.py"""

from fa_theory.conjectures import Domain, conjecture, norm

# The networks it covers. A pair (low, high) is a closed range; "gaussian" inputs, targets and weights may
# be any real numbers and are drawn from N(0, 1). See help(Domain) for all options.
DOMAIN = Domain(
    n=(1, 4),  # samples
    d=(1, 4),  # input dimension
    p=(1, 16),  # width
    activation=("linear", "tanh", "relu"),
    eta=(0.01, 1.0),  # step size
    steps=1,  # number of steps of feedback alignment
)


# A hypothesis (omit `assuming` if you need none): a function of the run that returns a statement.
def starts_aligned(run):
    return run[0].alignment >= 0


# The conclusion. run[t] is the network after t steps: .error, .loss, .W, .beta, .G, .H, .alignment, .gradient_W, ...;
# run[-1] is the last one; run.X, run.y, run.b and run.eta are the inputs of the run.
@conjecture(DOMAIN, assuming={{"b and beta start aligned": starts_aligned}})
def {name}(run):
    """One step of feedback alignment does not increase the error."""
    return norm(run[1].error) <= norm(run[0].error)
'''


def new(
    name: Annotated[str, typer.Argument(help="Name of the conjecture, as a Python name.")],
    directory: Annotated[Path, typer.Option("--in", metavar="DIR", help="Where to write the file.")] = Path(),
) -> None:
    """Write NAME.py, a commented template for a conjecture."""
    if not name.isidentifier() or keyword.iskeyword(name):
        raise InputError(f"expected a Python name such as error_never_grows but got {name!r}")
    if taken := _taken(name):
        raise InputError(f"{name!r} is {taken}, which the file would hide; try {name}_conjecture")
    path = directory / f"{name}.py"
    if path.exists():
        raise InputError(f"{path} already exists; choose another name")
    write(path, TEMPLATE.format(name=name))
    console().print(f"wrote {path}; check it with: fa-theory check {path}", markup=False)


def _taken(name: str) -> str:
    """What a name already refers to: in Python, or in the file that would be written."""
    from fa_theory import conjectures

    if name in conjectures.__all__ or name in ("DOMAIN", "starts_aligned"):
        return "a name that conjecture files use"
    if name in dir(builtins):
        return "a Python builtin"
    if name in sys.stdlib_module_names:
        return "a standard library module"
    try:
        found = find_spec(name)
    except ValueError:  # __main__
        return "a standard library module"
    here = found is None or (found.origin is not None and Path(found.origin).parent.resolve() == Path.cwd())
    return "" if here else "an installed module"
