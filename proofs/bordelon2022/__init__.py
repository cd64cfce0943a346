"""Bordelon & Pehlevan (2022), The influence of learning rule on representation dynamics in wide neural networks.

Stated from the abstract and a summary. What the paper has at infinite width is proved here at every width, in terms of
overlaps at the start, which have simple limits. Gated linear networks are not covered: their gates depend on side
information, and the package has no such layers. Nor is the mean-field theory of deep nonlinear networks.
"""

# the modules that declare claims
READING_ORDER = ("rules", "white_data", "widths")
