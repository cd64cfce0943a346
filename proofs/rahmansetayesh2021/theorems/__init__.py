"""The theorems, proved on the kernel."""
