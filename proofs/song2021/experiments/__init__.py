"""The simulations of the paper."""
