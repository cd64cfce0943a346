"""Song, Xu & Lafferty (2021), Convergence and alignment of gradient descent with random backpropagation weights."""
