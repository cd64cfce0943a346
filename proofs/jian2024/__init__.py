"""Ji-An & Benna (2024), Deep learning without weight symmetry."""

# the modules that declare claims
READING_ORDER = ("product",)
