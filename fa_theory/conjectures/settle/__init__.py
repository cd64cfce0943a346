"""From a conjecture to its verdict."""
