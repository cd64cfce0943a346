"""Refinetti, d'Ascoli, Ohana & Goldt (2021), Align, then memorise: the dynamics of learning with feedback alignment.

Stated from the abstract, a summary, and the published code of the equations. Proved is what is exact: the form of deep
linear networks under direct feedback from zero, which of many solutions aligns best, and a count of signs. The
equations of online learning and the phases of training are compared with simulations.
"""

# the modules that declare claims
READING_ORDER = ("deep_linear", "degeneracy", "learning")
