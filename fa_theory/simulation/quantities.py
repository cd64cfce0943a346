"""Quantities that a simulation can record: one object each, with its computation on every path.

A path for which a quantity defines no computation is not used when it is recorded. A quantity can also be a function of
the state, ``lambda state: ...``; then networks are run in NumPy, where the whole state is available.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from fa_theory.errors import InputError
from fa_theory.model.ball import Array
from fa_theory.model.deep import DeepNetwork
from fa_theory.model.network import Network

from . import moment

if TYPE_CHECKING:
    from .infinite import WidthLimit
    from .linear_law import LinearState
    from .moment import Moment
    from .neurons import Neurons


class NetworkState(NamedTuple):
    """One network at one step, the argument of recorded functions.

    Attributes
    ----------
    t
        The step.
    network
        Its weights, ``W (p, d)``, β and b.
    X, y
        Its data.
    error
        ``e = f − y``, of the shape of y.
    """

    t: int
    network: Network
    X: Array
    y: Array
    error: Array


class DeepState(NamedTuple):
    """One network of any depth at one step, as a function to be recorded sees it.

    Attributes
    ----------
    t
        The step.
    network
        Its weights.
    X, y
        Its samples, ``(n, d)`` and ``(n, k)``.
    error
        ``e = f − y``, ``(n, k)``.
    """

    t: int
    network: DeepNetwork
    X: Array
    y: Array
    error: Array


class OfNeurons(NamedTuple):
    """A quantity from blocks of neurons.

    Attributes
    ----------
    measure
        The contribution of some neurons, ``(m, ·)``.
    whole
        The quantity, ``(m,)``, from the contributions of all.
    largest
        Whether contributions are combined by the maximum instead of the sum.
    """

    measure: Callable[[Neurons], Array]
    whole: Callable[[Array], Array]
    largest: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Quantity:
    """A quantity that can be recorded; every field after ``label`` is its computation on a path, or None.

    Attributes
    ----------
    name
        Its name in the record.
    meaning
        In words or as a formula; one number for each network and step unless a shape is given.
    label
        For axes of figures, LaTeX in dollars.
    falling
        Whether it is drawn on a logarithmic axis.
    moved_weights
        Whether it needs ``W − W(0)``, which is then tracked.
    of_error
        From errors ``(..., n, k)``.
    rotates
        Whether `of_error` is the same in every orthonormal basis of the samples.
    of_neurons
        In weight space and in sample space, in NumPy.
    of_layers
        From m networks of any depth, in formulas that NumPy and JAX both have.
    of_law
        Under the exact law of linear networks.
    of_limit
        At infinite width.
    of_state
        From the whole state of one network, a number or an array.
    test
        Whether it looks at samples of a test.
    axes
        What it has beyond networks and steps; nothing if it is one number.
    """

    name: str
    meaning: str
    label: str
    falling: bool = False
    moved_weights: bool = False
    of_error: Callable[[Array], Array] | None = None
    rotates: bool = False
    of_neurons: OfNeurons | None = None
    of_layers: Callable[[Moment], Array] | None = None
    of_law: Callable[[LinearState], Array] | None = None
    of_limit: Callable[[WidthLimit], Array] | None = None
    of_state: Callable[[Any], Any] | None = None
    test: bool = False
    axes: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return f"Quantity({self.name!r})"


def _squares(e: Array) -> Array:
    squares: Array = 0.5 * (e**2).sum(axis=(-2, -1))
    return squares


def _flat(v: Array) -> Array:
    return v.reshape(len(v), -1)


def _dot(u: Array, v: Array) -> Array:
    product: Array = np.sum(u * v, axis=1)
    return product


def _square_of(v: Array) -> Array:
    return _dot(_flat(v), _flat(v))[:, None]


def _farthest(moves: Array) -> Array:
    longest: Array = np.sqrt(np.square(moves).sum(axis=2)).max(axis=1, keepdims=True)
    return longest


def _root(whole: Array) -> Array:
    return np.asarray(np.sqrt(whole[:, 0]))


def _products(part: Neurons) -> Array:
    b, beta = _flat(part.b), _flat(part.beta)
    return np.stack([_dot(b, beta), _dot(b, b), _dot(beta, beta)], axis=1)


def _cosine(whole: Array) -> Array:
    with np.errstate(divide="ignore"):
        return np.asarray(whole[:, 0] / np.sqrt(whole[:, 1]) / np.sqrt(whole[:, 2]))


def _first(whole: Array) -> Array:
    return np.asarray(whole[:, 0])


ERROR = Quantity(
    "error",
    "e = f − y, shape (m, r, n) or (m, r, n, k)",
    r"$\|e\|_2$",
    falling=True,
    of_error=lambda e: e,
    axes=("sample", "output"),
)
LOSS = Quantity(
    "loss",
    "½‖e‖², or the other loss that a network of any depth learns by",
    r"loss $\frac{1}{2}\|e\|_2^2$",
    falling=True,
    of_error=_squares,
    rotates=True,
    of_layers=moment.loss,
)
LARGEST_ERROR = Quantity(
    "largest_error",
    "max_i |e_i|",
    r"$\max_i |e_i|$",
    falling=True,
    of_error=lambda e: abs(e).max(axis=(-2, -1)),
)
ALIGNMENT = Quantity(
    "alignment",
    "cos∠(b, β), of all outputs, and for more layers of all B_l and W_l together; nan where b or β is 0",
    r"$\cos\angle(b, \beta)$",
    of_neurons=OfNeurons(_products, _cosine),
    of_layers=moment.alignment,
    of_law=lambda state: state.alignment,
    of_limit=lambda limit: limit.nothing,
)
MOVEMENT_W = Quantity(
    "movement_W",
    "‖W(t) − W(0)‖_F",
    r"$\|W(t) - W(0)\|_F$",
    moved_weights=True,
    of_neurons=OfNeurons(lambda part: _square_of(part.layer.moved()), _root),
    of_layers=lambda now: moment.movement(now)[:, 0],
    of_law=lambda state: state.movement_W,
    of_limit=lambda limit: limit.movement_W(),
)
MOVEMENT_BETA = Quantity(
    "movement_beta",
    "‖β(t) − β(0)‖",
    r"$\|\beta(t) - \beta(0)\|_2$",
    of_neurons=OfNeurons(lambda part: _square_of(part.moved_beta()), _root),
    of_layers=lambda now: moment.movement(now)[:, -1],
    of_law=lambda state: state.movement_beta,
    of_limit=lambda limit: limit.beta_moves(limit.movement_beta()),
)
FARTHEST_W = Quantity(
    "farthest_W",
    "max_r ‖w_r(t) − w_r(0)‖",
    r"$\max_r \|w_r(t) - w_r(0)\|_2$",
    moved_weights=True,
    of_neurons=OfNeurons(lambda part: _farthest(part.layer.moved()), _first, largest=True),
    of_layers=lambda now: moment.farthest(now.moved[0], axis=-1),
    of_limit=lambda limit: limit.nothing,
)
FARTHEST_BETA = Quantity(
    "farthest_beta",
    "max_r |β_r(t) − β_r(0)|",
    r"$\max_r |\beta_r(t) - \beta_r(0)|$",
    of_neurons=OfNeurons(lambda part: _farthest(part.moved_beta()), _first, largest=True),
    of_layers=lambda now: moment.farthest(now.moved[-1], axis=-2),
    of_limit=lambda limit: limit.beta_moves(limit.nothing),
)

LAYER, LAYERS = ("layer",), ("layer", "eigenvalue")


def _of_layers(name: str, told: Callable[[Moment], Array], label: str, **more: Any) -> Quantity:
    """A quantity told of networks of any depth, with the meaning that its formula states."""
    return Quantity(name, " ".join((told.__doc__ or "").split()).rstrip("."), label, of_layers=told, **more)


OF_LAYERS = (
    _of_layers("accuracy", moment.accuracy, "accuracy"),
    _of_layers("test_loss", moment.loss_of_test, "loss on the test", falling=True, test=True),
    _of_layers("test_accuracy", moment.accuracy_of_test, "accuracy on the test", test=True),
    _of_layers("layer_alignment", moment.layer_alignment, r"$\cos\angle(B_l, W_l)$", axes=LAYER),
    _of_layers("update_cosine", moment.update_cosine, "cosine with the gradient", moved_weights=True, axes=LAYER),
    _of_layers("obtuse", moment.obtuse, "obtuse steps", moved_weights=True, axes=LAYER),
    _of_layers("signal_alignment", moment.signal_alignment, "alignment of error signals", axes=LAYER),
    _of_layers("movement", moment.movement, r"$\|W_l(t) - W_l(0)\|_F$", moved_weights=True, axes=LAYER),
    _of_layers("kernel_alignment", moment.kernel_alignment, "kernel alignment", axes=LAYER),
    _of_layers("gram_spectrum", moment.gram_spectrum, "eigenvalues", axes=LAYERS),
    _of_layers("tangent_spectrum", moment.tangent_spectrum, "eigenvalues", axes=LAYERS[1:]),
)
"""Told of networks of any depth only; an axis for layers comes after that for steps."""

QUANTITIES: dict[str, Quantity] = {
    one.name: one
    for one in (
        *(ERROR, LOSS, LARGEST_ERROR, ALIGNMENT, MOVEMENT_W, MOVEMENT_BETA, FARTHEST_W, FARTHEST_BETA),
        *OF_LAYERS,
    )
}
"""Quantities that can be recorded by name, as arrays (m, r, …): m networks, r recorded steps."""

Recordable = str | Quantity | Callable[[Any], Any]
Record = Recordable | Collection[Recordable]


def quantities(record: Record) -> tuple[Quantity, ...]:
    """The quantities to record, each once.

    Parameters
    ----------
    record
        Names out of `QUANTITIES`, quantities, or functions from a `NetworkState`, or in networks of any depth from a
        `DeepState`, to a number or an array, which are recorded under their own names; or a single one of these.

    Raises
    ------
    InputError
        If a name is unknown, or a function has no name.

    Examples
    --------
    >>> def longest_row(state):
    ...     return np.linalg.norm(state.network.W, axis=1).max()
    >>> quantities(("loss", longest_row))
    (Quantity('loss'), Quantity('longest_row'))
    """
    items = [record] if isinstance(record, str | Quantity) or callable(record) else list(record)
    found: dict[str, Quantity] = {}
    for item in items:
        one = _quantity(item)
        if found.setdefault(one.name, one) is not one and found[one.name].of_state is not one.of_state:
            raise InputError(f"two quantities have the name {one.name!r}; give one of them another name")
    return tuple(found.values())


def _quantity(item: Recordable) -> Quantity:
    if isinstance(item, Quantity):
        return item
    if isinstance(item, str):
        if item not in QUANTITIES:
            raise InputError(f"unknown record {item!r}; choose one of {', '.join(QUANTITIES)}")
        return QUANTITIES[item]
    name = getattr(item, "__name__", "")
    if not callable(item) or not name.isidentifier():
        raise InputError(
            f"cannot record {item!r}; expected one of {', '.join(QUANTITIES)}, or a named function of the state: "
            "write def, or Quantity(name, meaning, label, of_state=...)"
        )
    return Quantity(name, item.__doc__ or name, name, of_state=item)


def recorded(column: Quantity, states: Sequence[NetworkState | DeepState], before: Sequence[Array]) -> Array:
    """A function of the state for each network, ``(m, ...)``, of the same shape as before."""
    assert column.of_state is not None
    try:
        found = np.stack([np.asarray(column.of_state(state), dtype=float) for state in states])
        if before and before[0].shape != found.shape:
            raise ValueError(f"the shape was {before[0].shape[1:]} and is {found.shape[1:]}")
        return found
    except (TypeError, ValueError) as error:
        raise InputError(
            f"recording {column.name!r} at step {states[0].t} failed: {error}; a function of the state must return a "
            "number or an array, with the same shape for all networks and steps"
        ) from error
