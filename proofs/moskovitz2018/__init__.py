"""Moskovitz, Litwin-Kumar & Abbott (2018), Feedback alignment in deep convolutional networks.

The claims are stated from the abstract and from what others say of the paper; the full text was not at hand. Settled is
what is exact: the angles between sign-symmetric feedback and the weights, and when they make a step descend.

Not settled is what the paper measures: that plain feedback alignment fails in deep convolutional networks where
sign-symmetric feedback comes close to backpropagation, and which obstacle each modification removes there. That, and
the accuracies of Xiao et al. (2018) and Bartunov et al. (2018), needs networks of more than two layers, and
convolutions.
"""

# the modules that declare claims
READING_ORDER = ("signs", "angles", "descent")
