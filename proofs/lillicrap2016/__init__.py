"""Lillicrap, Cownden, Tweed & Akerman (2016), Random synaptic feedback weights support error backpropagation.

The claims are about the linear networks of the supplement, on white inputs: first layer A, second layer W, feedback B,
linear target T, and the error E = T − WA. Its formulas are stated from a summary of the supplement; what was printed is
attributed to the paper only where the summary gives the formula.

Not settled is what the paper measures: angles, and learning in nonlinear and spiking networks.
"""

# the modules that declare claims
READING_ORDER = ("linear", "one_sample", "acts_as_inverse")
