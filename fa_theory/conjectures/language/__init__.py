"""The language of conjectures: one expression tree, used by all other parts."""
