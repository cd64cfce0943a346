"""The derivations, in indexed sums."""
