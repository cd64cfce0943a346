"""Infrastructure for long computations: processes, threads, ledgers."""
