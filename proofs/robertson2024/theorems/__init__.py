"""The theorems, with proofs for the proof kernel."""
