"""Certificates as objects: the content of a document in floats, and reading and writing of files."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from fa_theory.checker import document as doc
from fa_theory.checker.stored import Stored, plain
from fa_theory.errors import InputError
from fa_theory.model.activations import activation
from fa_theory.model.deep import DeepNetwork, DeepWeights, Learning, as_scaling
from fa_theory.model.deep_problem import DeepProblem
from fa_theory.model.problem import Problem
from fa_theory.model.rules import as_rule
from fa_theory.model.schedules import Schedule
from fa_theory.shown import displayed_by
from fa_theory.work import files

from .certificate import beside, floats, state_of, write

if TYPE_CHECKING:
    from fa_theory.checker.verdict import Verdict
    from fa_theory.model.network import Network


class Certificate(Mapping[str, Any]):
    """A document about one network that the checker can verify from its exact data alone.

    It is a read-only mapping with the entries of the JSON file, numbers written by `float.hex`. The attributes give the
    same numbers as floats.

    Parameters
    ----------
    document
        The document, as read from JSON. Only its format is checked; see `recheck`.

    Raises
    ------
    MalformedDocument
        If it is not of the format ``fa-theory-certificate/1``.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> from fa_theory.enclosure.start import certify_from_start
    >>> from fa_theory.model.problem import sample
    >>> certificate = certify_from_start(sample(rng=1, n=3, d=6, p=60, activation="tanh", eta=0.2)).certificate
    >>> certificate
    Certificate(decay-from-start, tanh, n=3, d=6, p=60, step=..., rate=0.9..., digest=...)
    >>> with TemporaryDirectory() as folder:
    ...     path = certificate.save(f"{folder}/proof.json")
    ...     Certificate.load(path) == certificate
    True
    >>> sorted(certificate.limits)
    ['alignment', 'movement_w', 'total_beta', 'total_w']
    """

    __slots__ = ("document",)

    def __init__(self, document: Mapping[str, Any]) -> None:
        if not isinstance(document, Mapping) or document.get("format") != doc.FORMAT:
            found = repr(document.get("format")) if isinstance(document, Mapping) else f"a {type(document).__name__}"
            raise doc.MalformedDocument(f"format: expected {doc.FORMAT!r} but got {found[:60]}")
        self.document = dict(document)

    @classmethod
    def load(cls, path: str | Path) -> Certificate:
        """Read a file.

        Raises
        ------
        MalformedDocument
            If it is not JSON, or has another format.
        OSError
            If it cannot be read.
        """
        return cls(doc.load(path))

    def save(self, path: str | Path) -> Path:
        """Write a file, or, into an existing folder, a file named by kind and digest. Returns the path."""
        path = Path(path)
        if any(isinstance(value, Stored) for value in self.document.values()) and not path.is_dir():
            raise InputError(f"this certificate has files of its own: expected an existing folder but got {path}")
        if path.is_dir():
            return write(self.document, path)
        return files.write(path, self.to_json())

    def to_json(self) -> str:
        """The document as JSON: the same bytes for the same certificate."""
        written = {key: plain(value) for key, value in self.document.items()}
        return json.dumps(written, sort_keys=True, separators=(",", ":")) + "\n"

    def beside(self, least: int = 0) -> Certificate:
        """The same, with arrays of at least so many numbers in files, which `save` into a folder writes."""
        return Certificate(beside(self.document, least))

    def recheck(self) -> Verdict:
        """Verify it with the checker."""
        from fa_theory.checker.recheck import recheck

        return recheck(self.document)

    @property
    def kind(self) -> str:
        """As `fa_theory.checker.verdict.Verdict.kind`."""
        return str(self.document["kind"])

    @property
    def step(self) -> int:
        """Step T from which on the error decays at the proved rate.

        Raises
        ------
        InputError
            If the certificate is not about decay.
        """
        return int(self._of_decay("step"))

    @property
    def rate(self) -> float:
        """q of the proof: ``‖e(T+t)‖₂ ≤ κ qᵗ ‖e(T)‖₂``; of minibatches, for every epoch.

        Raises
        ------
        InputError
            If the certificate is not about decay.
        """
        return float.fromhex(self._of_decay("rate"))

    @property
    def widths(self) -> tuple[int, ...]:
        """``w_0, …, w_L`` of a network of any depth.

        Raises
        ------
        InputError
            If the certificate is of another kind.
        """
        if not self.kind.startswith("deep"):
            raise InputError(f"a certificate of kind {self.kind!r} is about two layers; see network")
        return (len(self.document["X"][0]), *map(len, self.document["W"]))

    @property
    def limits(self) -> dict[str, tuple[float, float]]:
        """Proved intervals of the limits as t → ∞.

        ``alignment``: cos∠(b, β); from the start also ``movement_w``: ‖w_r(t) − w_r(0)‖₂ of the neuron that moves
        furthest; ``total_w``: ‖W(t) − W(0)‖_F; ``total_beta``: ‖β(t) − β(0)‖₂. Limits that are not claimed are omitted.
        """
        found = self.document.get("conclusions", {})
        limits = {} if found.get("alignment") is None else {"alignment": _ends(found["alignment"])}
        proved = found.get("limits")
        if proved:
            low, high = ([float.fromhex(x) for x in proved["movement_w"][end]] for end in ("low", "high"))
            limits["movement_w"] = max(low), max(high)
            limits |= {name: _ends(proved[name]) for name in ("total_w", "total_beta")}
        return limits

    @property
    def network(self) -> Network:
        """The network the certificate is about, exactly; at step T, but for ``decay-from-start``."""
        return self.problem.network

    @property
    def problem(self) -> Problem:
        """The network with its data, step size and schedule.

        Raises
        ------
        InputError
            For a counterexample, whose network is given in exact numbers under ``"network"``, and for a network of any
            depth.
        """
        if self.kind == "counterexample":
            raise InputError("a counterexample has rational numbers; see certificate['network']")
        if self.kind.startswith("deep"):
            raise InputError(f"a certificate of kind {self.kind!r} is not about two layers; see deep_problem")
        network, X, y = state_of(self.document)
        found = self.document.get("schedule", {"lam": "0x0.0p+0", "cutoff": None})
        schedule = Schedule(float.fromhex(found["lam"]), found["cutoff"])
        rule = self.document.get("rule", "fa")
        eta, label = float.fromhex(self.document["eta"]), self.document["data"]
        return Problem(X, y, network, eta, schedule, as_rule(rule), label=label)

    @property
    def deep_problem(self) -> DeepProblem:
        """The network of any depth, at the recorded state, with its data, step size and rule.

        Raises
        ------
        InputError
            If the certificate is of another kind.
        """
        if not self.kind.startswith("deep"):
            raise InputError(f"a certificate of kind {self.kind!r} is about two layers; see problem")
        found, rule = self.document, as_rule(self.document["rule"])
        W, X = tuple(map(floats, found["W"])), floats(found["X"])
        widths = self.widths
        shapes = [(widths[-1] if rule.direct else M.shape[0], M.shape[1]) for M in W[1:]]
        B = tuple(map(floats, found["B"])) if found["B"] is not None else tuple(map(np.zeros, shapes))
        network = DeepNetwork(DeepWeights(W, B), activation(found["activation"]), as_scaling(found["scaling"]))
        y, eta = floats(found["y"]), float.fromhex(found["eta"])
        return DeepProblem(X, y, network, eta, learning=Learning(rule))

    _repr_html_ = displayed_by("certificates.mapping")
    _repr_latex_ = displayed_by("certificates.latex_of")

    def __getitem__(self, key: str) -> Any:
        return self.document[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self.document)

    def __len__(self) -> int:
        return len(self.document)

    def __or__(self, other: Mapping[str, Any]) -> dict[str, Any]:
        return {**self.document, **other}

    def __hash__(self) -> int:
        return hash(self.document["digest"])

    def __repr__(self) -> str:
        about = self.document.get("network", self.document.get("witness", self.document))
        if about is None:
            return f"Certificate({self.kind}, digest={self.document['digest'][:8]})"
        if self.kind.startswith("deep"):
            return (
                f"Certificate({self.kind}, {about['activation']} {'-'.join(map(str, self.widths))}, {about['rule']}, "
                f"n={len(about['X'])}, step={self.step}, rate={self.rate:.6g}, digest={self.document['digest'][:8]})"
            )
        outputs = f", k={len(about['y'][0])}" if isinstance(about["y"][0], list) else ""
        sizes = f"n={len(about['X'])}, d={len(about['X'][0])}, p={len(about['W'])}{outputs}"
        decay = f", step={self.step}, rate={self.rate:.6g}" if "rate" in self.document else ""
        return f"Certificate({self.kind}, {about['activation']}, {sizes}{decay}, digest={self.document['digest'][:8]})"

    def _of_decay(self, key: str) -> Any:
        if key not in self.document:
            raise InputError(f"a certificate of kind {self.kind!r} has no {key}; it is not about decay")
        return self.document[key]


def _ends(interval: Mapping[str, str]) -> tuple[float, float]:
    return float.fromhex(interval["low"]), float.fromhex(interval["high"])
