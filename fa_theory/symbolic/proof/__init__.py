"""Writing proofs for the kernel ``fa_theory.checker.proof``: notation, a writer that searches, a library of lemmas."""

from .writer import Fact, Lemma, Multiple, ProofWriter, axiom, item

__all__ = ["Fact", "Lemma", "Multiple", "ProofWriter", "axiom", "item"]
