"""Nøkland (2016), Direct feedback alignment provides learning in deep neural networks."""

# the modules that declare claims
READING_ORDER = ("angles",)
