"""Figures as they are drawn, and how verdicts look."""
