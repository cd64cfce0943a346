"""The theorems of the paper, as documents of the proof kernel."""
