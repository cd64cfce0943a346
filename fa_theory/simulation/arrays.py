"""What runs the formulas of any depth: NumPy, or JAX, which compiles them for a CPU or a GPU.

The formulas are the same functions. What differs is here: how a loop runs, how a row is written, and where arrays live.
Nothing that is proved rests on either.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import cache
from importlib.util import find_spec
from typing import Any

import numpy as np

from fa_theory.errors import InputError
from fa_theory.extras import needed
from fa_theory.model.ball import Array

Carry = Any
Body = Callable[[Any, Carry], Carry]

DTYPES = ("float64", "float32")
STRIDE = 16
"""Turns of a loop that a GPU takes without asking."""


class ByNumPy:
    """Plain NumPy, one step after the other: the reference."""

    name, compiles = "numpy", False

    def __init__(self, dtype: str = "float64") -> None:
        self.dtype = dtype

    def loop(self, first: int, last: int, body: Body, carry: Carry) -> Carry:
        """``carry = body(i, carry)`` for ``i = first, …, last − 1``."""
        for i in range(first, last):
            carry = body(i, carry)
        return carry

    def put(self, rows: dict[str, Array], at: int, row: dict[str, Array]) -> dict[str, Array]:
        """Write one row of every column."""
        for name, value in row.items():
            rows[name][at] = value
        return rows

    def where(self, condition: Any, yes: Any, no: Any) -> Any:
        """One of two numbers."""
        return yes if condition else no

    def when(self, condition: Any, change: Callable[[Carry], Carry], carry: Carry) -> Carry:
        """``change(carry)`` under a condition, else ``carry``."""
        return change(carry) if condition else carry

    def shapes(self, function: Callable[[], dict[str, Array]]) -> dict[str, tuple[int, ...]]:
        """The shapes of what a function returns."""
        return {name: np.shape(value) for name, value in function().items()}

    def compiled(self, function: Callable[..., Any], changed: tuple[int, ...] = ()) -> Callable[..., Any]:
        """A function as fast as it gets; the numbers of the arguments whose memory it may take for its result.

        The first argument is this object, the second a task; both are constants of what is compiled.
        """
        return function

    def array(self, A: Array) -> Array:
        """An array where it is computed with; floats become of the type asked for."""
        return A.astype(self.dtype) if A.dtype.kind == "f" else A

    @contextmanager
    def ready(self) -> Iterator[None]:
        """The settings for a run."""
        with np.errstate(all="ignore"):
            yield


class ByJax:
    """JAX, with compiled loops: on a CPU, or on a GPU if there is one.

    Two of one device and type are equal, so that what was compiled is found again.
    """

    name, compiles = "jax", True

    def __init__(self, device: str | None = None, dtype: str = "float64") -> None:
        self.device, self.dtype = device, dtype

    def __hash__(self) -> int:
        return hash((self.device, self.dtype))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ByJax) and (self.device, self.dtype) == (other.device, other.dtype)

    def loop(self, first: Any, last: Any, body: Body, carry: Carry) -> Carry:
        """See `ByNumPy.loop`; the ends need not be known when it is compiled.

        A GPU asks the host after every turn of such a loop whether it goes on, so there most turns are taken `STRIDE`
        at a time, in loops whose length is known.
        """
        fori = _jax().lax.fori_loop
        if self._on_cpu:
            return fori(first, last, body, carry)
        strides = (last - first) // STRIDE
        carry = fori(0, strides, lambda i, x: fori(0, STRIDE, lambda j, y: body(first + i * STRIDE + j, y), x), carry)
        return fori(first + strides * STRIDE, last, body, carry)

    @property
    def _on_cpu(self) -> bool:
        kind = _jax().default_backend() if self.device is None else _device(self.device).platform
        return bool(kind == "cpu")

    def put(self, rows: dict[str, Any], at: Any, row: dict[str, Any]) -> dict[str, Any]:
        """See `ByNumPy.put`."""
        return {name: rows[name].at[at].set(value) for name, value in row.items()}

    def where(self, condition: Any, yes: Any, no: Any) -> Any:
        """See `ByNumPy.where`."""
        return _jax().numpy.where(condition, yes, no)

    def when(self, condition: Any, change: Callable[[Carry], Carry], carry: Carry) -> Carry:
        """See `ByNumPy.when`; both are computed."""
        return _jax().tree.map(lambda a, b: _jax().numpy.where(condition, a, b), change(carry), carry)

    def shapes(self, function: Callable[[], dict[str, Any]]) -> dict[str, tuple[int, ...]]:
        """See `ByNumPy.shapes`; nothing is computed."""
        return {name: tuple(value.shape) for name, value in _jax().eval_shape(function).items()}

    def compiled(self, function: Callable[..., Any], changed: tuple[int, ...] = ()) -> Callable[..., Any]:
        """See `ByNumPy.compiled`."""
        return _compiled(function, changed)

    def array(self, A: Array) -> Any:
        """See `ByNumPy.array`; always a copy, which may be given away."""
        return _jax().numpy.array(A, dtype=self.dtype if A.dtype.kind == "f" else None)

    @contextmanager
    def ready(self) -> Iterator[None]:
        """The one place where the settings of JAX are changed, and they are changed back.

        Raises
        ------
        InputError
            If a function of the user is not one that JAX can follow.
        """
        jax = _jax()
        with ExitStack() as settings:
            settings.enter_context(jax.enable_x64(self.dtype == "float64"))
            # otherwise GPUs round float32 to fewer bits
            settings.enter_context(jax.default_matmul_precision("highest"))
            if self.device is not None:
                settings.enter_context(jax.default_device(_device(self.device)))
            try:
                yield
            except (jax.errors.TracerArrayConversionError, jax.errors.ConcretizationTypeError) as error:
                raise InputError(
                    "JAX cannot follow a rule or quantity that calls functions of NumPy or asks for values; use "
                    "arithmetic, methods of arrays and namespace(A), or backend='numpy'"
                ) from error


Arrays = ByNumPy | ByJax


@cache
def available() -> bool:
    """Whether JAX is installed."""
    return find_spec("jax") is not None


def missing() -> str:
    """Why there is no JAX, or nothing."""
    return "" if available() else "backend='jax' needs JAX, which is not installed: pip install 'fa-theory[fast]'"


def arrays(backend: str, device: str | None, dtype: str) -> Arrays:
    """What runs the formulas.

    Raises
    ------
    InputError
        If JAX is asked for and not there, or NumPy for a device.
    """
    if dtype not in DTYPES:
        raise InputError(f"unknown dtype {dtype!r}; choose one of {', '.join(DTYPES)}")
    if backend == "jax":
        if reason := missing():
            raise InputError(reason)
        if device is not None:
            _device(device)
        return ByJax(device, dtype)
    if device not in (None, "cpu"):
        raise InputError(f"NumPy runs on the CPU, not on device={device!r}; choose backend='jax'")
    return ByNumPy(dtype)


def _jax() -> Any:
    return needed("jax")


@cache
def _compiled(function: Callable[..., Any], changed: tuple[int, ...]) -> Callable[..., Any]:
    made: Callable[..., Any] = _jax().jit(function, static_argnums=(0, 1), donate_argnums=changed)
    return made


def _device(name: str) -> Any:
    """The first device of a kind, such as ``cpu`` or ``gpu``, or ``gpu:1``.

    Raises
    ------
    InputError
        If there is none.
    """
    kind, _, number = name.partition(":")
    try:
        return _jax().devices(kind)[int(number or 0)]
    except (RuntimeError, IndexError, ValueError):
        raise InputError(f"there is no device {name!r} here; choose one of {', '.join(_devices())}") from None


def _devices() -> list[str]:
    return sorted({device.platform for device in _jax().devices()} | {"cpu"})
