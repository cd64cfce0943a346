"""Girotti, Mitliagkas & Gidel (2021), Convergence analysis and implicit regularization of feedback alignment.

Stated from the abstract and from a summary; the text of the theorems was not at hand. Settled is one component of a
shallow linear network, along the flow and in steps.
"""

# the modules that declare claims
READING_ORDER = ("components",)
