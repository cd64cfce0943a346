"""Simulations of the papers: declared beside the proofs of a paper, found and run from here."""
