"""Options that several commands share."""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperCommand

from fa_theory.errors import InputError

Seed = Annotated[int, typer.Option(min=0, help="The one number that all randomness comes from.")]
Jobs = Annotated[int, typer.Option(min=1, show_default="all cores", help="Worker processes.")]
Json = Annotated[Path | None, typer.Option("--json", metavar="FILE", help="Also write the result here as JSON.")]
Out = Annotated[Path, typer.Option(metavar="DIR", help="Folder for everything that is written.")]

DEFAULT_OUT = Path("out")
DEFAULT_JOBS = os.cpu_count() or 1


class OnceCommand(TyperCommand):
    """A command in which an option that takes one value may be given once: the last one would win without a word."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Parse the arguments.

        Raises
        ------
        InputError
            If an option is repeated that takes one value.
        """
        order: list[Any] = self.make_parser(ctx).parse_args(args=list(args))[2]
        for option, times in Counter(order).items():
            single = option.param_type_name == "option" and not option.multiple
            if times > 1 and single and not (option.is_flag and not option.secondary_opts):
                name = max(option.opts, key=len)
                raise InputError(f"{name} is given {times} times, but takes one value")
        return super().parse_args(ctx, args)
