"""One work item: simulate and measure its networks. This runs on the workers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fa_theory.simulation.engine import simulate
from fa_theory.work.provenance import arithmetic, code_digest, versions

from .cells import Item
from .functionals import functional

COMPUTING = (
    "checker",
    "gram",
    "model",
    "simulation",
    "sweep",
    "work",
    "errors.py",
    "extras.py",
    "seeds.py",
    "shown.py",
)
"""All code that a value can depend on."""
PACKAGES = ("numpy", "scipy", "jax", "jaxlib")


@dataclass(frozen=True, slots=True)
class Record:
    """The stored results of a work item.

    Attributes
    ----------
    diverged
        For each network the first recorded step at which it was not finite, −1 if it did not diverge.
    values
        For each functional one number per network; None where it diverged or the functional is undefined.
    path, backend
        How the engine computed it.
    """

    diverged: list[int]
    values: dict[str, list[float | None]]
    path: str
    backend: str


def carry_out(item: Item) -> Record | str:
    """Simulate and measure; an error is returned as one line of text.

    Examples
    --------
    >>> from .cells import SweepCell
    >>> cell = SweepCell("tanh", "fa", "sphere", 4, 8, None, 0.2, 0.0, "never", 60)
    >>> record = carry_out(Item(0, cell, 0, 3, 7, 20, 20, ("final loss", "loss at 0")))
    >>> record.diverged, max(record.values["final loss"]) < max(record.values["loss at 0"])
    ([-1, -1, -1], True)
    """
    measured = [functional(text) for text in item.functionals]
    try:
        found = simulate(
            item.cell.law,
            item.steps,
            ensemble=item.count,
            seed=item.seed,
            rule=item.cell.learning,
            record=sorted({f.quantity for f in measured}),
            every=item.every,
            backend=item.backend,
            device=item.device,
        )
        diverged = np.array(found.diverged)
        for f in measured:
            # a loss that overflows while the error is still finite has diverged, too
            recorded = found[f.quantity]
            infinite = np.asarray(np.isinf(recorded.reshape(*recorded.shape[:2], -1)).any(axis=2))
            diverged = np.where((diverged < 0) & infinite.any(axis=1), found.t[infinite.argmax(axis=1)], diverged)
        values = {f.text: np.where(diverged < 0, f.values(found), np.nan) for f in measured}
        return Record(
            [int(t) for t in diverged],
            {text: [float(x) if np.isfinite(x) else None for x in column] for text, column in values.items()},
            found.path,
            found.backend,
        )
    except Exception as error:
        return f"{item.cell}: {type(error).__name__}: {' '.join(str(error).split())}"


def environment() -> dict[str, str]:
    """What the bits of a value depend on besides the specification: code, machine arithmetic, and versions."""
    return {"fa-theory code": code_digest(*COMPUTING)[:16], **arithmetic(), **versions(PACKAGES)}
