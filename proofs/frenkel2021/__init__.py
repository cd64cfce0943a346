"""Frenkel, Lefebvre & Bol (2021), Learning without feedback: fixed random learning signals."""

# the modules that declare claims
READING_ORDER = ("targets",)
