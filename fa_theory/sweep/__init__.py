"""Sweeps: a grid of networks, what to measure on them, and a store from which a killed sweep goes on.

The bits of a value depend on the spec, on our code, on the versions of Python, NumPy, SciPy and JAX, and on the
arithmetic of the machine (`fa_theory.work.provenance.arithmetic`), since BLAS and NumPy choose instructions for the
processor. They do not depend on the number of workers, on who carries a work item out, on the order, or on how often
the sweep was interrupted. The store refuses to go on where one of the former differs.
"""
