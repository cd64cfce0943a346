"""Statements on linear feedback alignment that are ours: found by machine search, and proved.

Whether they are new was not checked. Near are Garg & Vempala (2021) and Girotti, Mitliagkas & Gidel (2021) on the
convergence of linear networks, and the literature on conservation laws of gradient flows.
"""

# the modules that declare claims
READING_ORDER = ("lyapunov", "invariants", "minibatch", "deep", "depth", "slowdown", "training")
