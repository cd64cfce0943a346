"""Hanut & Kadmon (2025), Training large neural networks with low-dimensional error feedback."""

# the modules that declare claims
READING_ORDER = ("low_rank",)
