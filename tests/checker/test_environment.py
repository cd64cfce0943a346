"""The test of the machine notices a fault in any one number of any one operation that it tries."""

from __future__ import annotations

import sys
from collections.abc import Callable
from operator import matmul
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from fa_theory.checker.binary64 import environment
from fa_theory.checker.binary64.environment import Unfit, examine, examine_products

SHAPES = ((7, 5, 3), (64, 64, 64), (200, 200, 200))


@pytest.fixture
def few_products(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, ...]]:
    """Products are noted, not tried."""
    asked: list[tuple[int, ...]] = []
    monkeypatch.setattr(environment, "examine_products", lambda *shape: asked.append(shape))
    return asked


def test_products_of_these_shapes_are_tried(few_products: list[tuple[int, ...]]) -> None:
    examine()
    assert few_products == list(SHAPES)
    few_products.clear()
    examine((1, 2, 3), (500, 2, 201), (3, 999, 1))
    assert few_products == [*SHAPES, (1, 2, 3), (200, 2, 200), (3, 200, 1)]


@pytest.mark.usefixtures("few_products")
@pytest.mark.parametrize("change", [{"mant_dig": 52}, {"mant_dig": 64}, {"min_exp": -1020}, {"min_exp": -16381}])
def test_other_floats_are_refused(change: dict[str, int], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "float_info", SimpleNamespace(**{"mant_dig": 53, "min_exp": -1021} | change))
    with pytest.raises(Unfit, match="not IEEE 754 binary64"):
        examine()


@pytest.mark.usefixtures("few_products")
@pytest.mark.parametrize("bits", [51, 53, 63])
def test_other_arrays_are_refused(bits: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(np, "finfo", lambda kind: SimpleNamespace(nmant=bits))
    with pytest.raises(Unfit, match="not IEEE 754 binary64"):
        examine()


class Wrong(np.ndarray[Any, Any]):
    """An array whose n-th operation is off in one entry, by the last bit or down to 0."""

    waiting: int
    place: int
    to: Callable[[float], float]

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **kwargs: Any) -> Any:
        plain = [x.view(np.ndarray) if isinstance(x, Wrong) else x for x in inputs]
        out = getattr(ufunc, method)(*plain, **kwargs)
        if ufunc not in (np.add, np.subtract, np.multiply, np.divide, np.sqrt, np.rint):
            return out
        Wrong.waiting -= 1
        if Wrong.waiting == 0:
            out[self.place] = Wrong.to(float(out[self.place]))
        return out.view(Wrong)


PLACES = (0, 517, environment._WIDE - 1)


def wrong_arrays(monkeypatch: pytest.MonkeyPatch, which: int, place: int, to: Callable[[float], float]) -> None:
    """Arrays of ones, and all that is made of them, have one operation that is off."""
    ones, full = np.ones, np.full
    Wrong.waiting, Wrong.place, Wrong.to = which, place, staticmethod(to)
    monkeypatch.setattr(np, "ones", lambda n: ones(n).view(Wrong))
    monkeypatch.setattr(np, "full", lambda n, x: full(n, x).view(Wrong))


OPERATIONS = 24
"""As many as the test takes before its products."""


@pytest.mark.usefixtures("few_products")
def test_the_operations_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    wrong_arrays(monkeypatch, 0, 0, float)
    examine()
    assert Wrong.waiting == -OPERATIONS


@pytest.mark.usefixtures("few_products")
@pytest.mark.parametrize("which", range(1, OPERATIONS + 1))
def test_one_wrong_number_is_noticed(which: int, monkeypatch: pytest.MonkeyPatch) -> None:
    for place in PLACES:
        with monkeypatch.context() as patch:
            wrong_arrays(patch, which, place, lambda x: 1.5 * x + 3)
            with pytest.raises(Unfit, match=r"binary64: .* came out as"):
                examine()


@pytest.mark.usefixtures("few_products")
def test_the_last_bit_of_results_is_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    noticed = 0
    for which in range(1, OPERATIONS + 1):
        with monkeypatch.context() as patch:
            wrong_arrays(patch, which, 3, lambda x: float(np.nextafter(x, np.inf)))
            try:
                examine()
            except Unfit:
                noticed += 1
    assert noticed >= 20  # the others are intermediate, and rounded again


# products


def calls(shape: tuple[int, int, int]) -> int:
    count = 0

    def counted(A: Any, B: Any) -> Any:
        nonlocal count
        count += 1
        return matmul(A, B)

    examine_products(*shape, counted)
    return count


@pytest.mark.parametrize("shape", [(7, 5, 3), (1, 1, 1), (3, 1, 2), (1, 8, 1), (20, 40, 30)])
def test_one_wrong_entry_of_any_product_is_noticed(shape: tuple[int, int, int]) -> None:
    total = calls(shape)
    assert total == (10 if shape[1] > 1 else 3)
    for which in range(total):
        for corner in (0, -1):
            for up in (np.inf, -np.inf):
                count = 0

                def multiply(A: Any, B: Any, which: int = which, corner: int = corner, up: float = up) -> Any:
                    nonlocal count
                    C = np.array(matmul(A, B))
                    if count == which:
                        C[corner, corner] = np.nextafter(C[corner, corner], up)
                    count += 1
                    return C

                with pytest.raises(Unfit, match=r"a product of .* is wrong in 1 of "):
                    examine_products(*shape, multiply)


def kept_bits(count: int) -> Callable[[Any, Any], Any]:
    """Results with so many bits."""

    def multiply(A: Any, B: Any) -> Any:
        mantissa, exponent = np.frexp(matmul(A, B))
        return np.ldexp(np.rint(mantissa * 2.0**count) / 2.0**count, exponent)

    return multiply


@pytest.mark.parametrize("inner", [2, 5, 64, 200])
def test_results_of_fewer_bits_are_noticed(inner: int) -> None:
    shape = (60, inner, 60)
    for count in (24, 32, 40, 48, 51):
        with pytest.raises(Unfit, match="a product of"):
            examine_products(*shape, kept_bits(count))
    examine_products(*shape, kept_bits(53))


@pytest.mark.parametrize("factor", ["left", "right"])
def test_factors_of_fewer_bits_are_noticed(factor: str) -> None:
    def multiply(A: Any, B: Any) -> Any:
        shorter: Any = lambda M: np.ldexp(np.rint((f := np.frexp(M))[0] * 2.0**21) / 2.0**21, f[1])  # noqa: E731
        return matmul(shorter(A), B) if factor == "left" else matmul(A, shorter(B))

    with pytest.raises(Unfit, match="integers"):
        examine_products(60, 64, 60, multiply)


SCALED: dict[str, Callable[[Any, Any], Any]] = {
    # what mixes rows, columns or terms of very different sizes
    "rows": lambda A, B: (lambda C: (C + C[::-1]) - C[::-1])(matmul(A, B)),
    "columns": lambda A, B: (lambda C: (C + C[:, ::-1]) - C[:, ::-1])(matmul(A, B)),
    "rows of a factor": lambda A, B: matmul((A + A[::-1]) - A[::-1], B),
    "columns of a factor": lambda A, B: matmul(A, (B + B[:, ::-1]) - B[:, ::-1]),
    "terms of a factor": lambda A, B: matmul((A + A[:, ::-1]) - A[:, ::-1], B),
    "terms of the other": lambda A, B: matmul(A, (B + B[::-1]) - B[::-1]),
}


@pytest.mark.parametrize("mixed", SCALED)
def test_mixed_sizes_are_noticed(mixed: str) -> None:
    with pytest.raises(Unfit, match="a product of scaled integers"):
        examine_products(40, 30, 50, SCALED[mixed])


@pytest.mark.parametrize("least", [2.0**-1022, 2.0**-1060])
def test_sums_that_are_flushed_are_noticed(least: float) -> None:
    def multiply(A: Any, B: Any) -> Any:
        C = matmul(A, B)
        return np.where(abs(C) < least, 0.0, C)

    with pytest.raises(Unfit, match="tiny numbers"):
        examine_products(7, 5, 3, multiply)


@pytest.mark.parametrize("mode", ["up", "down", "odd", "half away"])
def test_rounding_of_sums_is_noticed(mode: str) -> None:
    """Of one large and one small number, whose sum is rounded in another way."""

    def multiply(A: Any, B: Any) -> Any:
        C = np.array(matmul(A, B))
        two = A.shape[1] > 1 and (A[:, 1:-1] == 0).all() and (abs(A[:, 0]) == 1).all()
        if not two:
            return C
        small, sign = abs(A[0, -1]), np.sign(A[0, 0])
        ulp = 2.0**-52
        size = {
            "up": 1 + ulp if sign > 0 or small > ulp / 2 else 1.0,
            "down": 1.0 if sign > 0 else 1 + ulp,
            "odd": 1 + ulp,
            "half away": 1 + ulp if small >= ulp / 2 else 1.0,
        }[mode]
        return np.full_like(C, sign * size)

    with pytest.raises(Unfit, match="two numbers"):
        examine_products(3, 4, 2, multiply)
