"""From a violation to the smallest and simplest certified one."""
