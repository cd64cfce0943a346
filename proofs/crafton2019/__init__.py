"""Crafton, Parihar, Gebhardt & Raychowdhury (2019), Direct feedback alignment with sparse connections."""

# the modules that declare claims
READING_ORDER = ("sparse",)
