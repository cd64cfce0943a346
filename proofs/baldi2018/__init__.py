"""Baldi, Sadowski & Lu (2018), Learning in the machine: random backpropagation and the deep learning channel.

Stated from the abstract and a summary. Settled are short chains, and what chains of any length descend.
"""

# the modules that declare claims
READING_ORDER = ("chains",)
