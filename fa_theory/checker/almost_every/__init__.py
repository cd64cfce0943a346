"""Statements about almost every network: analytic formulas that are not 0 at one exact network."""
