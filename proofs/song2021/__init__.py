"""Song, Xu & Lafferty (2021), Convergence and alignment of gradient descent with random backpropagation weights."""

# the modules that declare claims, in reading order
__all__ = ["alignment", "concentration", "contraction", "decay", "probability", "recursion", "regularisation"]
