"""What a result consists of: evidence, tables, figures."""
