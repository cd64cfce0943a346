"""Rahmansetayesh, Ghazizadeh & Marvasti (2021), The underlying mechanisms of alignment in error backpropagation."""

# the modules that declare claims
READING_ORDER = ("identity", "pairs", "signals", "nonnegative", "normalisation", "lags")
