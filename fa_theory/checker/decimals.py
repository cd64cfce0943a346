"""Bounds as decimals: upper bounds are rounded up, lower ones down, so that printed bounds are true."""

from __future__ import annotations

from decimal import ROUND_CEILING, ROUND_FLOOR, Context, Decimal


def above(x: float, digits: int = 6, *, places: int | None = None) -> str:
    """A decimal ≥ ``x``, with a given number of significant digits or decimal places.

    Examples
    --------
    >>> above(1.23449e-12, 4), above(0.1, 4), above(-0.12345, 4), above(0.25, 4), above(0.83123, places=3)
    ('1.235e-12', '0.1001', '-0.1234', '0.25', '0.832')
    """
    return _rounded(x, digits, places, ROUND_CEILING)


def below(x: float, digits: int = 6, *, places: int | None = None) -> str:
    """A decimal ≤ ``x``, with a given number of significant digits or decimal places.

    Examples
    --------
    >>> below(0.7, 4), below(1e100, 3), below(float("-inf"), 3), below(0.83193, places=3)
    ('0.6999', '1e+100', '-inf', '0.831')
    """
    return _rounded(x, digits, places, ROUND_FLOOR)


def interval(low: float, high: float, digits: int = 6, *, places: int | None = None) -> str:
    """Both ends, rounded outwards.

    Examples
    --------
    >>> interval(0.83184, 0.83193, 4), interval(0.5, 1, places=3)
    ('[0.8318, 0.832]', '[0.500, 1.000]')
    """
    return f"[{below(low, digits, places=places)}, {above(high, digits, places=places)}]"


def _rounded(x: float, digits: int, places: int | None, rounding: str) -> str:
    exact = Decimal(x + 0.0)  # every float is a decimal; no −0
    if not exact.is_finite():
        return str(float(x))
    if places is not None:
        return f"{exact.quantize(Decimal(1).scaleb(-places), rounding, Context(prec=999))}"
    shown = format(Context(prec=digits, rounding=rounding).create_decimal(exact), f".{digits}g")
    mantissa, e, exponent = shown.partition("e")
    return (mantissa.rstrip("0").rstrip(".") if "." in mantissa else mantissa) + e + exponent
