"""Moskovitz, Litwin-Kumar & Abbott (2018), Feedback alignment in deep convolutional networks.

The claims are stated from the abstract and from what others say of the paper; the full text was not at hand. What is
exact, angles and directions, is derived; what the paper measures in deep networks is measured in small ones.
"""

# the modules that declare claims
READING_ORDER = ("signs", "angles", "descent", "depth")
