"""Proofs by boxes: a conjecture checked, in balls, on boxes that cover its domain."""
