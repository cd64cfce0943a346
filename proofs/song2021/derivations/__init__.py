"""Symbolic derivations for all n, d, p: one module each, with ``derivation()`` and the ``mutants()`` it must not be."""
