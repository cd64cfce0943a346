"""A data set and its origin."""

from __future__ import annotations

from dataclasses import dataclass

from fa_theory.model import checks
from fa_theory.model.checks import Floats


@dataclass(frozen=True, eq=False)
class Dataset:
    """Inputs and targets.

    Attributes
    ----------
    X
        Inputs ``x_i`` as rows, ``(n, d)``, float64.
    y
        Targets, ``(n,)`` or ``(n, k)``, float64.
    name
        A short name for tables and labels.
    normalisation
        The normalisation of ``X``; one of `fa_theory.model.data.NORMALISATIONS`.
    provenance
        One sentence for the report: the rows and the meaning of the targets.

    Raises
    ------
    InputError
        If a shape is wrong, the lengths differ, or an element is not finite.
    """

    X: Floats
    y: Floats
    name: str
    normalisation: str = "none"
    provenance: str = ""

    def __post_init__(self) -> None:
        X, y = checks.pair(self.X, self.y, self.name)
        object.__setattr__(self, "X", X)
        object.__setattr__(self, "y", y)

    def __repr__(self) -> str:
        outputs = "" if self.k is None else f", k={self.k}"
        return f"Dataset({self.name!r}, n={self.n}, d={self.d}{outputs}, normalisation={self.normalisation!r})"

    @property
    def n(self) -> int:
        """Number of samples."""
        return int(self.X.shape[0])

    @property
    def d(self) -> int:
        """Input dimension."""
        return int(self.X.shape[1])

    @property
    def k(self) -> int | None:
        """Number of outputs, or None if ``y`` is a vector."""
        return int(self.y.shape[1]) if self.y.ndim == 2 else None
