"""The language of conjectures: one expression tree, read by all that follows."""
