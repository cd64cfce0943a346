"""Akrout, Wilson, Humphreys, Lillicrap & Tweed (2019), Deep learning without weight transport."""

# the modules that declare claims
READING_ORDER = ("feedback",)
