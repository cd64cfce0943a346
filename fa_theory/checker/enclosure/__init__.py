"""Enclosures: assertions about numbers that the checker computes itself, in balls."""
