"""The figures that a reviewer asks for, about one learning rule, one kind of network and one source of data."""
