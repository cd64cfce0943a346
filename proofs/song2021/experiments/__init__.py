"""The simulations of the paper."""

# the modules that declare experiments
EXPERIMENTS = ("alignment", "loss_curves", "classification")
