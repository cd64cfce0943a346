"""Sweeps: a grid of networks, the quantities to measure, and a store from which a killed sweep resumes.

The bits of a value depend on the specification, the code, the versions of Python, NumPy, SciPy and JAX, and the
arithmetic of the machine (`fa_theory.work.provenance.arithmetic`), since BLAS and NumPy choose instructions for the
processor. They do not depend on the number of workers, on which worker computes an item, on the order, or on how often
the sweep was interrupted. The store refuses to resume if one of the former differs.
"""
