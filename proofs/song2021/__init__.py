"""Song, Xu & Lafferty (2021), Convergence and alignment of gradient descent with random backpropagation weights."""

# the modules that declare claims
READING_ORDER = (
    "recursion",
    "concentration",
    "gram_limits",
    "kinks",
    "decay",
    "from_start",
    "apriori",
    "lazy",
    "probability",
    "published_size",
    "contraction",
    "regularisation",
    "alignment",
    "small_initialisation",
    "alignment_mean",
    "orthogonal_start",
    "cutoff",
    "near_isometry",
    "cutoff_probability",
    "constant_regularisation",
)
