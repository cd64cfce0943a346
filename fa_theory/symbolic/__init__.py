"""Writing proofs, and printing their formulas."""
