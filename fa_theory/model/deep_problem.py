"""Training problems for networks of any depth, and the laws they are drawn from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from fa_theory.errors import InputError
from fa_theory.seeds import as_generator

from . import checks
from .activations import activation
from .ball import Array
from .batches import Batches
from .checks import Floats
from .convolution import Convolution
from .data import dataset
from .data.synthetic import SYNTHETIC
from .deep import DeepNetwork, Learning, as_scaling, gaussian_deep_network
from .problem import step_size
from .rules import Rule
from .schedules import Schedule


@dataclass(frozen=True, eq=False)
class DeepProblem:
    """A training problem for a network of any depth.

    Attributes
    ----------
    X, y
        Inputs ``(n, d)`` and targets ``(n, k)`` or, for one output, ``(n,)``.
    network
        The state at step 0.
    eta
        Step size η > 0, on the loss summed over the samples of a step.
    lam
        Regularisation: ``λ_1, …, λ_L``, or one number for the last layer.
    cutoff
        The step at which it is switched off; None: never.
    learning
        Rule, momentum, normalisation of rows, loss.
    batches
        Which samples a step sees; None: all.
    test
        Inputs and targets that are looked at, but never learnt from; None: there are none.

    Raises
    ------
    InputError
        If a number or a shape is unusable.

    Examples
    --------
    >>> net = gaussian_deep_network(np.random.default_rng(0), (3, 8, 8, 1), "tanh", "dfa")
    >>> DeepProblem(np.eye(3), np.ones(3), net, eta=0.1, learning=Learning("dfa"))
    DeepProblem(tanh, 3-8-8-1, ntk, n=3, eta=0.1, rule='dfa')
    """

    X: Array
    y: Array
    network: DeepNetwork
    eta: float
    lam: float | Sequence[float] = 0.0
    cutoff: int | None = None
    learning: Learning = Learning()  # noqa: RUF009 - frozen, so one instance may be shared
    batches: Batches | None = None
    test: tuple[Array, Array] | None = None

    def __post_init__(self) -> None:
        step_size(self.eta)
        if not isinstance(self.network, DeepNetwork):
            raise InputError(f"expected a DeepNetwork but got {self.network!r}; see gaussian_deep_network")
        X, y = _pair(self.X, self.y, "problem")
        object.__setattr__(self, "X", X)
        object.__setattr__(self, "y", y)
        self.learning.loss.check(y)
        widths = self.network.widths
        if (X.shape[1], y.shape[1]) != (widths[0], widths[-1]):
            raise InputError(f"X has shape {X.shape} and y {y.shape}, but the network is {self.network}")
        if self.test is not None:
            object.__setattr__(self, "test", _pair(*self.test, "test"))
        if self.batches is not None and self.batches.order == "online":
            raise InputError("a problem has its samples; the order 'online' is for a DeepLaw, which draws new ones")
        direct, B = self.learning.rule.direct, self.network.weights.B
        for layer, (feedback, W) in enumerate(zip(B, self.network.weights.W[1:], strict=True), 2):
            expected = (widths[-1], widths[layer - 1]) if direct else W.shape[-2:]
            if feedback.shape[-2:] != expected:
                raise InputError(
                    f"under the rule {self.learning.rule.name} B_{layer} has shape {expected}, but it has "
                    f"{feedback.shape}; draw the network with the rule that it learns by"
                )
        for value in self.lams:
            Schedule(value, self.cutoff)

    def __repr__(self) -> str:
        """In one line; the numbers themselves are left out."""
        lam = f", lam={self.lam!r}" if any(self.lams) else ""
        sizes = repr(self.network)[len("DeepNetwork(") : -1]
        return f"DeepProblem({sizes}, n={len(self.X)}, eta={self.eta:g}{lam}, rule={self.learning.rule.name!r})"

    @property
    def lams(self) -> tuple[float, ...]:
        """``λ_1, …, λ_L``."""
        return lams(self.lam, self.network.depth)


def lams(lam: float | Sequence[float], depth: int) -> tuple[float, ...]:
    """``λ_1, …, λ_L`` from these numbers, or from that of the last layer.

    Raises
    ------
    InputError
        If their number is not that of the layers.
    """
    if isinstance(lam, int | float):
        return (*(depth - 1) * (0.0,), float(lam))
    if len(lam) != depth:
        raise InputError(f"expected one λ for each of {depth} layers, or a number for the last, but got {lam!r}")
    return tuple(map(float, lam))


def _pair(X: Array, y: Array, where: str) -> tuple[Floats, Floats]:
    X, y = checks.pair(X, y, where)
    return X, y.reshape(len(y), -1)


@dataclass(frozen=True, slots=True)
class DeepLaw:
    """A law of data, networks of any depth and hyper-parameters.

    Attributes
    ----------
    activation
        An activation, or its name.
    n, d
        Samples, and input dimension (None: that of the data).
    hidden
        The hidden layers: their widths, or a `fa_theory.model.convolution.Convolution`.
    data
        A source for `fa_theory.model.data.dataset`; with ``"teacher"`` the targets come from an independent network of
        the same kind.
    k
        Number of outputs.
    eta, lam, cutoff
        As in `DeepProblem`; ``lam`` is a number, or a tuple with one for each layer.
    rule, momentum, rows, loss
        As in `fa_theory.model.deep.Learning`.
    scaling, biases
        As in `fa_theory.model.deep.gaussian_deep_network`.
    batch, order
        Size and order of minibatches, see `fa_theory.model.batches.Batches`; None: all samples at every step.
    test
        Number of further samples that are never learnt from.
    target
        Where the targets stand in a file.
    image
        Channels, height and width of the inputs, where the first hidden layer is a convolution.

    Raises
    ------
    InputError
        If a name is unknown, or a number is unusable.

    Examples
    --------
    >>> law = DeepLaw("tanh", 20, 10, (30, 30), rule="dfa", batch=5, order="shuffled")
    >>> print(law)
    tanh 30-30, sphere, (n,d)=(20,10), η=0.1, dfa, batch=5 shuffled
    >>> law.sample(rng=0)
    DeepProblem(tanh, 10-30-30-1, ntk, n=20, eta=0.1, rule='dfa')
    """

    activation: str
    n: int
    d: int | None
    hidden: tuple[int | Convolution, ...]
    data: str = "sphere"
    k: int = 1
    eta: float = 0.1
    lam: float | tuple[float, ...] = 0.0
    cutoff: int | None = None
    rule: str | Rule = "fa"
    momentum: float = 0.0
    rows: str | None = None
    scaling: str = "ntk"
    biases: bool = False
    batch: int | None = None
    order: str = "cyclic"
    test: int = 0
    target: str | int | None = None
    image: tuple[int, int, int] | None = None
    loss: str = "squares"

    def __post_init__(self) -> None:
        object.__setattr__(self, "activation", activation(self.activation).name)
        hidden = (w if isinstance(w, Convolution) else checks.size("width", w) for w in self.hidden)
        object.__setattr__(self, "hidden", tuple(hidden))
        for name in ("n", "k") if self.d is None else ("n", "d", "k"):
            checks.size(name, getattr(self, name))
        if not self.hidden:
            raise InputError("expected at least one hidden layer; hidden = (p,) is a network of two layers")
        step_size(self.eta)
        as_scaling(self.scaling)
        lams(self.lam, len(self.hidden) + 1)
        _ = self.learning, self.batches
        if self.learning.loss.distributions and (self.k < 2 or self.data in SYNTHETIC):
            raise InputError(
                f"the loss {self.loss!r} needs k ≥ 2 classes, but the data are {self.data!r} with k = {self.k}; "
                "use data with classes, such as digits with k = 10"
            )
        if self.order == "online" and (self.batch is None or self.data not in SYNTHETIC):
            raise InputError(f"the order 'online' needs a batch size and drawn data ({', '.join(SYNTHETIC)})")

    def __str__(self) -> str:
        hidden = (f"{w.channels}×{w.window}²" if isinstance(w, Convolution) else str(w) for w in self.hidden)
        kind = f"{self.activation} {'-'.join(hidden)}, {self.data}, (n,d)=({self.n},{self.d})"
        parts = [kind, *([f"{self.k} outputs"] if self.k > 1 else []), f"η={self.eta:g}"]
        if any(lams(self.lam, len(self.hidden) + 1)):
            parts.append(f"λ={self.lam}" + ("" if self.cutoff is None else f" for {self.cutoff} steps"))
        parts.append(self.learning.rule.name)
        named = {"momentum": 0.0, "rows": None, "loss": "squares", "biases": False, "test": 0}
        parts += [f"{name}={getattr(self, name)}" for name, default in named.items() if getattr(self, name) != default]
        parts += [self.scaling] if self.scaling != "ntk" else []
        parts += [f"batch={self.batch} {self.order}"] if self.batch else []
        return ", ".join(parts)

    @property
    def widths(self) -> tuple[int, ...]:
        """Widths of all layers; that of inputs from a file, which nobody has read yet, counts as 1."""
        channels = (w.channels if isinstance(w, Convolution) else w for w in self.hidden)
        return (self.d or 1, *channels, self.k)

    @property
    def learning(self) -> Learning:
        """Rule, momentum, normalisation of rows, loss."""
        # names stand for their rule and loss
        return Learning(self.rule, self.momentum, self.rows, self.loss)  # type: ignore[arg-type]

    @property
    def batches(self) -> Batches | None:
        """Which samples a step sees."""
        return None if self.batch is None else Batches(self.batch, self.order)

    def sample(self, rng: int | np.random.Generator) -> DeepProblem:
        """Draw a problem, from a generator or a seed: a teacher if there is one, the data, the network."""
        return self.problem(*self.drawn(as_generator(rng)))

    def drawn(self, rng: np.random.Generator) -> tuple[DeepNetwork | None, Floats, Floats, DeepNetwork]:
        """Teacher, inputs and targets (those of the test last), network."""
        teacher = None
        if self.data == "teacher":
            teacher = self._network(rng, checks.size("d", self.d), self.k)
        X, y = self.samples(rng, self.n + self.test, teacher)
        return teacher, X, y, self._network(rng, X.shape[1], y.shape[1])

    def problem(self, teacher: DeepNetwork | None, X: Floats, y: Floats, network: DeepNetwork) -> DeepProblem:
        """The problem of what was drawn."""
        n, batches = self.n, None if self.order == "online" else self.batches
        test = (X[n:], y[n:]) if self.test else None
        return DeepProblem(X[:n], y[:n], network, self.eta, self.lam, self.cutoff, self.learning, batches, test)

    def samples(self, rng: np.random.Generator, n: int, teacher: DeepNetwork | None) -> tuple[Floats, Floats]:
        """Draw n samples, ``(n, d)`` and ``(n, k)``."""
        k = None if self.k == 1 else self.k
        source = "gaussian" if teacher is not None else self.data
        found = dataset(source, rng=rng, n=n, d=self.d, k=k, target=self.target)
        return found.X, found.y.reshape(n, -1) if teacher is None else teacher.forward(found.X).f

    def _network(self, rng: np.random.Generator, d: int, k: int) -> DeepNetwork:
        widths = (d, *self.hidden, k)
        return gaussian_deep_network(
            rng, widths, self.activation, self.learning.rule, scaling=self.scaling, biases=self.biases, image=self.image
        )
