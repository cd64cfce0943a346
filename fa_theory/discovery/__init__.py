"""Finding statements: quantities that a learning rule conserves, and quantities that it can only decrease."""
