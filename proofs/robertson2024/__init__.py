"""Robertson & Koyejo (2024), Implicit regularization in feedback alignment learning mechanisms for neural networks."""

# the modules that declare claims
READING_ORDER = ("conservation", "layers", "flow_decay", "linear_decay")
