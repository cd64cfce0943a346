"""Proofs for the kernel."""
