"""The setting that the papers have in common."""
