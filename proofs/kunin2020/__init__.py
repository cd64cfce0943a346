"""Kunin, Nayebi, Sagastuy-Brena, Ganguli, Bloom & Yamins (2020), Two routes to scalable credit assignment."""

# the modules that declare claims
READING_ORDER = ("alignment",)
