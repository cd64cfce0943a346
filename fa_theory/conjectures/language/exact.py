"""Networks in exact rationals."""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from .domain import Domain
from .networks import Networks


def exact(networks: Networks) -> Networks:
    """The same networks in rationals; floats are taken exactly.

    Examples
    --------
    >>> from fa_theory.conjectures import Domain
    >>> domain = Domain(n=1, d=1, p=1, eta=0.5)
    >>> exact(domain.sample(domain.smallest(), np.random.default_rng(0), 1)).eta
    array([Fraction(1, 2)], dtype=object)
    """
    return networks.map(lambda array: np.asarray(_FRACTIONS(array), dtype=object).reshape(array.shape))


_FRACTIONS = np.frompyfunc(Fraction, 1, 1)


def within(domain: Domain, networks: Networks) -> Networks:
    """The same networks in rationals, with η and λ at the exact end of their range if the float is the nearest to it.

    A domain with ``eta=0.1`` means 1/10, which is not a float64.

    Examples
    --------
    >>> domain = Domain(n=1, d=1, p=1, eta=0.1)
    >>> within(domain, domain.sample(domain.smallest(), np.random.default_rng(0), 1)).eta
    array([Fraction(1, 10)], dtype=object)
    """
    made = exact(networks)
    for name in ("eta", "lam"):
        low, high = domain.exact(name)
        values = [_end(x, low, high) for x in getattr(made, name)]
        made = made.replace(**{name: np.array(values, dtype=object)})
    return made


def _end(x: Fraction, low: Fraction, high: Fraction) -> Fraction:
    if low <= x <= high:
        return x
    return next((end for end in (low, high) if float(end) == float(x)), x)
