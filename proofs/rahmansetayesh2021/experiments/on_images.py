"""What the simulations on images have in common: the data, the width, the batches and the step size."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from fa_theory.errors import InputError
from fa_theory.experiments.experiment import Experiment, Job
from fa_theory.experiments.options import option
from fa_theory.work.sizes import check_network

PIXELS = 28 * 28


@dataclass(frozen=True, kw_only=True)
class OnImages(Experiment[Job]):
    """A simulation with batches of digits or MNIST."""

    data: Path | None = option(
        None, metavar="FOLDER", help="Folder with the IDX files of MNIST, plain or .gz; default: scikit-learn's digits."
    )
    width: int = option(100, least=1, help="Hidden neurons.")
    batch: int = option(100, least=1, help="Images in a batch.")
    step_size: float | None = option(
        None, help="Step size on the mean loss of a batch; default: 0.2 for the digits, 0.05 for images of a folder."
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        check_network(self.width, self.batch, PIXELS)
        if not 0 < self.rate < float("inf"):
            raise InputError(f"expected a finite step size > 0 but got {self.rate!r}")

    @property
    def folder(self) -> str:
        """Folder of the data; empty: digits."""
        return "" if self.data is None else str(self.data)

    @property
    def rate(self) -> float:
        """The step size: larger images make larger steps."""
        return self.step_size if self.step_size is not None else 0.05 if self.folder else 0.2

    @property
    def preamble(self) -> str:
        from ...shared.images import images

        return images(self.folder).provenance

    @property
    def depends_on(self) -> Sequence[str]:
        from ...shared.images import digest, images

        return [digest(images(self.folder))]

    def check_batch(self) -> None:
        """Refuse a batch of more images than there are.

        Raises
        ------
        InputError
            If it is.
        """
        from ...shared.images import images

        n = len(images(self.folder).X)
        if self.batch > n:
            raise InputError(f"a batch of {self.batch} is more than the {n} training images; take a smaller one")
