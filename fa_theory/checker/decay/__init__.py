"""Certificates of exponential decay: from a state, and from the initial network."""
