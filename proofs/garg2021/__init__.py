"""Garg & Vempala (2021), How and when random feedback works: a case study of low-rank matrix factorization.

Stated from the abstract; the text of the theorems was not at hand. The flow is that of linear networks on white inputs.
"""

# the modules that declare claims
READING_ORDER = ("factorisation",)
