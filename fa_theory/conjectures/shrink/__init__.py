"""From a violation to the smallest and simplest one, certified."""
