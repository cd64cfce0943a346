"""Clark, Abbott & Chung (2021), Credit assignment through broadcasting a global error vector."""

# the modules that declare claims
READING_ORDER = ("broadcast",)
