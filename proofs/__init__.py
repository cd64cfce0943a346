"""The claims, one folder per paper, each claim next to the procedures that settle it."""
