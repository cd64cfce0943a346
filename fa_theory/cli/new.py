"""``fa-theory new``."""

from __future__ import annotations

import keyword
from pathlib import Path
from typing import Annotated

import typer

from fa_theory.errors import InputError

from .terminal import console

TEMPLATE = '''\
"""A conjecture about feedback alignment. Check it with: fa-theory check {name}.py"""

from fa_theory.conjectures import Domain, conjecture, norm

# Which networks it is about. A pair (low, high) is a range with both ends; "gaussian" inputs, targets and weights may
# be any real numbers, and are drawn from N(0, 1). See help(Domain) for everything that can be said here.
DOMAIN = Domain(
    n=(1, 4),  # samples
    d=(1, 4),  # input dimension
    p=(1, 16),  # width
    activation=("linear", "tanh", "relu"),
    eta=(0.01, 1.0),  # step size
    steps=1,  # number of steps of feedback alignment
)


# A hypothesis (leave `assuming` out if you need none): a function of the run that returns a statement.
def starts_aligned(run):
    return run[0].alignment >= 0


# The conclusion. run[t] is the network after t steps: .error, .loss, .W, .beta, .G, .H, .alignment, .gradient_W, ...;
# run[-1] is the last one; run.X, run.y, run.b, run.eta are what the run starts from.
@conjecture(DOMAIN, assuming={{"b and beta start aligned": starts_aligned}})
def {name}(run):
    """One step of feedback alignment does not increase the error."""
    return norm(run[1].error) <= norm(run[0].error)
'''


def new(
    name: Annotated[str, typer.Argument(help="Name of the conjecture, as a Python name.")],
    directory: Annotated[Path, typer.Option("--in", metavar="DIR", help="Where to write the file.")] = Path(),
) -> None:
    """Write NAME.py, a commented conjecture to start from."""
    if not name.isidentifier() or keyword.iskeyword(name):
        raise InputError(f"expected a Python name such as error_never_grows but got {name!r}")
    path = directory / f"{name}.py"
    if path.exists():
        raise InputError(f"{path} exists already; choose another name")
    directory.mkdir(parents=True, exist_ok=True)
    path.write_text(TEMPLATE.format(name=name), encoding="utf-8")
    console().print(f"wrote {path}; check it with: fa-theory check {path}", markup=False)
