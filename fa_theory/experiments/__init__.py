"""Simulations of the papers: declared next to the proofs of a paper, found and run from here."""
