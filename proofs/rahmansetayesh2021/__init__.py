"""Rahmansetayesh, Ghazizadeh & Marvasti (2021), The underlying mechanisms of alignment in error backpropagation."""
