"""The default real data: scikit-learn's bundled 8×8 handwritten digits."""

from __future__ import annotations

import numpy as np

from .table import Choose, SourceRows


def read(choose: Choose) -> SourceRows:
    """Read the digits: 1797 images of 64 pixels 0…16, labels 0…9 (Alpaydin & Kaynak 1998, UCI repository)."""
    from sklearn.datasets import load_digits

    X, labels = load_digits(return_X_y=True)
    rows = choose(len(X))
    return SourceRows(
        X[rows].astype(np.float64), labels[rows].astype(np.float64), rows, len(X), labels=tuple(range(10))
    )
