"""Sweeps: a grid of networks, what to measure on them, and a store from which a killed sweep goes on."""
