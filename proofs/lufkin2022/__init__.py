"""Lufkin, Puri, Song, Zhong & Lafferty (2022), Emergent organization of receptive fields.

The claims are stated from the abstract and the beginning of the introduction; the full text was not at hand. Its model
of activation and its parameters are therefore not reproduced: the lattices and the sparse coding here are ours, of the
kind that the abstract describes.
"""

# the modules that declare claims
READING_ORDER = ("patterns", "waves", "energy", "dynamics", "orientation", "reorganisation", "text")
