"""The simulations of the paper."""

# the modules that declare experiments
EXPERIMENTS = ("sheets", "images", "hand", "words")
