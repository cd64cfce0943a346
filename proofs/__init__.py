"""The claims, one folder per paper, each claim beside what settles it."""
