"""Lechner (2020), Learning representations for binary-classification without backpropagation."""

# the modules that declare claims
READING_ORDER = ("concordance",)
