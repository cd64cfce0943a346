"""Baldi, Sadowski & Lu (2018), Learning in the machine: random backpropagation and the deep learning channel.

Stated from a summary. Settled is the shortest linear chain; what longer linear networks do is in the claims of our own.
"""

# the modules that declare claims
READING_ORDER = ("chains",)
