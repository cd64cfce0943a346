"""Data: inputs ``X`` and targets ``y``, drawn at random or read from a file."""

from .dataset import Dataset
from .normalise import NORMALISATIONS
from .sources import SOURCES, dataset

__all__ = ["NORMALISATIONS", "SOURCES", "Dataset", "dataset"]
