"""The kinds of procedure: each decides its result from the records of its tasks, so that nobody can type one."""

from .asserted import Enclosures
from .certified import Certified
from .disproved import Disproved
from .frequency import FrequencyByWidth
from .instances import Instance, Instances
from .medians import Medians, Ratio
from .planned import Planned
from .predicted import Predicted
from .proved import Proved, wrong_proofs
from .refuted import Refuted
from .rehearsed import Rehearsed
from .scaling import Scaling
from .trained_law import TrainedLaw

__all__ = [
    "Certified",
    "Disproved",
    "Enclosures",
    "FrequencyByWidth",
    "Instance",
    "Instances",
    "Medians",
    "Planned",
    "Predicted",
    "Proved",
    "Ratio",
    "Refuted",
    "Rehearsed",
    "Scaling",
    "TrainedLaw",
    "wrong_proofs",
]
