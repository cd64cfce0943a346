"""The simulations of the paper."""

# the modules that declare experiments
EXPERIMENTS = ("depth",)
