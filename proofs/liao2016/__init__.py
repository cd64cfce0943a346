"""Liao, Leibo & Poggio (2016), How important is weight symmetry in backpropagation?"""

# the modules that declare claims
READING_ORDER = ("manhattan",)
