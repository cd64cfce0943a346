"""Counterexamples: a network that violates a statement."""
