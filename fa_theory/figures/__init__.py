"""Drawing of figures, and the appearance of verdicts."""
