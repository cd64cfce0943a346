"""The Coq library of ``proofs/coq``, and certificates checked by the kernel of Coq. Nothing here is needed without Coq.

`compiler` runs ``coqc`` under limits, `library` compiles the library once, `theorems` lists its headline theorems with
their axioms.
"""
