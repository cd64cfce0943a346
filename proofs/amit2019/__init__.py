"""Amit (2019), Deep learning with asymmetric connections and Hebbian updates."""

# the modules that declare claims
READING_ORDER = ("updated",)
