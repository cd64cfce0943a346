"""Caillon, Fagnou, Delattre & Allauzen (2026), Scaling direct feedback learning with Jacobian alignment guarantees."""

# the modules that declare claims
READING_ORDER = ("probes",)
