"""Launay, Poli, Boniface & Krzakala (2020), Direct feedback alignment scales to modern deep learning."""

# no claims: what it states is measured
READING_ORDER = ()
