"""The simulations of our own."""

# the modules that declare experiments
EXPERIMENTS = ("depth",)
