"""Commands that refuse a repeated option, for which the parser would silently take the last value."""

from __future__ import annotations

from typing import Any

import typer
from typer.core import TyperCommand


class Once(TyperCommand):
    """A command whose options may be given only once, except lists.

    Raises
    ------
    typer.BadParameter
        If one is given twice; exit code 2.
    """

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Parse the command line."""
        _, _, order = self.make_parser(ctx).parse_args(args=list(args))
        for parameter in order:
            if order.count(parameter) > 1 and not parameter.multiple and not parameter.is_eager:
                values = " with its values separated by commas" if "," in (parameter.metavar or "") else ""
                raise typer.BadParameter(f"was given twice; give it once{values}", ctx=ctx, param=parameter)  # type: ignore[arg-type]
        return super().parse_args(ctx, args)
