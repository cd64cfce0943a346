"""``moskovitz2018-depth``: every rule in deep and convolutional networks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple

from fa_theory.errors import InputError
from fa_theory.experiments.experiment import Experiment, Findings, Record
from fa_theory.experiments.intervals import cell, mean_within
from fa_theory.experiments.options import option
from fa_theory.experiments.values import finite
from fa_theory.record.figure import Axis, Figure, curve
from fa_theory.record.table import Table
from fa_theory.work.sizes import MOST_REPEATS, MOST_STEPS, check_count, check_network

PIXELS = 28 * 28


class DeepRule(StrEnum):
    """The rules to compare."""

    BP = "bp"
    FA = "fa"
    DFA = "dfa"
    USF = "usf"
    SIGN = "sign"
    BRSF = "brsf"
    USF_STRICT = "usf-strict"
    SIGN_STRICT = "sign-strict"
    BRSF_STRICT = "brsf-strict"


DEFAULT = (DeepRule.BP, DeepRule.FA, DeepRule.DFA, DeepRule.USF, DeepRule.USF_STRICT, DeepRule.SIGN_STRICT)
TITLES = {
    "bp": "BP",
    "fa": "FA",
    "dfa": "DFA",
    "usf": "uSF",
    "sign": "frSF",
    "brsf": "brSF",
    "usf-strict": "uSF, strict",
    "sign-strict": "frSF, strict",
    "brsf-strict": "brSF, strict",
}


class Layers(StrEnum):
    """The hidden layers."""

    CONVOLUTIONAL = "convolutional"
    DENSE = "dense"


class DeepActivation(StrEnum):
    """Activations."""

    TANH = "tanh"
    RELU = "relu"


class DepthJob(NamedTuple):
    """One network to train."""

    folder: str
    """Of the data; empty: digits."""
    hidden: tuple[int, ...]
    """None: convolutions."""
    activation: str
    rule: str
    eta: float
    steps: int
    every: int
    seed: int
    number: int


@dataclass(frozen=True, kw_only=True)
class Depth(Experiment[DepthJob]):
    """Every rule in deep networks on digits or MNIST: accuracy, error signals, steps.

    Each rule is shown with the step size that is best for it, out of those given. Networks with the same number begin
    alike and see the same batches.
    """

    name = "moskovitz2018-depth"
    source = "moskovitz2018, on fully connected and convolutional networks"

    data: Path | None = option(
        None, metavar="FOLDER", help="Folder with the IDX files of MNIST, plain or .gz; default: scikit-learn's digits."
    )
    layers: Layers = option(
        Layers.CONVOLUTIONAL, help="Three convolutions and a dense layer, or dense layers of the depth and width given."
    )
    depth: int = option(4, least=1, help="Hidden layers, if they are dense.")
    width: int = option(50, least=1, help="Their neurons.")
    activation: DeepActivation = option(DeepActivation.TANH, help="Activation.")
    rule: tuple[DeepRule, ...] = option(DEFAULT, help="May be repeated; default: one of each kind.")
    step_sizes: tuple[float, ...] = option(
        (0.003, 0.001, 0.0003), metavar="η,η,…", help="Step sizes, on half the squared error."
    )
    steps: int = option(600, least=1, help="Steps, each on 50 images.")
    every: int = option(60, least=1, help="Steps between two looks at the network.")
    repeats: int = option(5, least=1, help="Networks for each rule and step size.")

    def __post_init__(self) -> None:
        super().__post_init__()
        check_count("--repeats", self.repeats, MOST_REPEATS)
        check_count("--steps", self.steps, MOST_STEPS)
        check_count("--depth", self.depth, 100)
        check_network(self.width, self.width, PIXELS)
        if self.steps % self.every:
            raise InputError(f"expected --every to divide --steps but got {self.every} and {self.steps}")
        for eta in self.step_sizes:
            if not 0 < eta < float("inf"):
                raise InputError(f"expected finite step sizes > 0 but got {eta!r}")

    @property
    def stem(self) -> str:
        return "-".join([self.name, self.layers, *([] if self.activation == "tanh" else [self.activation])])

    @property
    def folder(self) -> str:
        """Folder of the data; empty: digits."""
        return "" if self.data is None else str(self.data)

    @property
    def preamble(self) -> str:
        from ...shared.images import images

        return images(self.folder).provenance

    @property
    def depends_on(self) -> Sequence[str]:
        from ...shared.images import digest, images

        return [digest(images(self.folder))]

    def jobs(self) -> Sequence[DepthJob]:
        from ...shared.images import images
        from ..deep import BATCH, side_of

        data = images(self.folder)
        if len(data.X) < BATCH:
            raise InputError(f"a step sees {BATCH} images, but there are only {len(data.X)} to train on")
        if self.layers is Layers.CONVOLUTIONAL:
            side_of(data)
        hidden = self.depth * (self.width,) if self.layers is Layers.DENSE else ()
        kind, looks = (self.folder, hidden, str(self.activation)), (self.steps, self.every, self.seed)
        return [
            DepthJob(*kind, str(rule), eta, *looks, i)
            for rule in self.rule
            for eta in self.step_sizes
            for i in range(self.repeats)
        ]

    @staticmethod
    def work(job: DepthJob, out: Path) -> Record:
        from fa_theory.model.rules import as_rule
        from fa_theory.seeds import generator

        from ..deep import DeepNet

        seed = int(generator(job.seed, Depth.name, job.number).integers(2**32))
        net = DeepNet(job.folder, job.hidden, as_rule(job.rule), job.activation, job.eta, seed)
        found = net.measure(job.steps, job.every, ("test_accuracy", "signal_alignment", "obtuse"))
        return {
            "accuracy": [finite(x) for x in found["test_accuracy"]],
            "signals": [[finite(x) for x in layers] for layers in found["signal_alignment"]],
            "obtuse": [[finite(x) for x in layers] for layers in found["obtuse"]],
        }

    @staticmethod
    def label(job: DepthJob) -> str:
        return f"{TITLES[job.rule]}, step size {job.eta:g}, network {job.number}"

    def findings(self, records: Mapping[DepthJob, Record]) -> Findings:
        kinds: dict[tuple[str, float], list[Record]] = {}
        for job, record in records.items():
            kinds.setdefault((job.rule, job.eta), []).append(record)
        steps = list(range(0, self.steps + 1, self.every))
        rows = [row(rule, eta, steps, found) for (rule, eta), found in kinds.items()]
        best = []
        for rule in dict.fromkeys(each["rule"] for each in rows):
            best.append(max((r for r in rows if r["rule"] == rule), key=lambda r: r["accuracy"][-1]["mean"]))
            best[-1]["best"] = True
        lost = sum(each["diverged"] for each in best)
        return Findings(
            rows=rows,
            tables=[table(best)],
            figures=[accuracy_figure(self.stem, best), signals_figure(self.stem, best)],
            warnings=[f"{lost} of the networks shown diverged, which counts as an accuracy of 0"] if lost else [],
            notes=[self.preamble],
        )


def row(rule: str, eta: float, steps: Sequence[int], found: Sequence[Record]) -> Record:
    """Means of the networks of one rule and step size; by layer, those that did not diverge."""
    looks = range(len(steps))
    layers = range(len(found[0]["signals"][0]))
    after = [r for r in found if r["accuracy"][-1] is not None]
    return {
        "rule": rule,
        "step size": eta,
        "steps": list(steps),
        "networks": len(found),
        "diverged": len(found) - len(after),
        "accuracy": [mean_within([r["accuracy"][at] or 0.0 for r in found]) for at in looks],
        "signals": [mean_within([r["signals"][-1][layer] for r in after]) for layer in layers],
        "obtuse": [
            mean_within([sum(look[layer] for look in r["obtuse"][1:]) / (len(steps) - 1) for r in after])
            for layer in layers
        ],
        "best": False,
    }


def table(best: Sequence[Record]) -> Table:
    """A row for each rule, with its best step size."""
    return Table(
        caption=f"means of {best[0]['networks']} networks and their 95 % intervals, at the step size of the best "
        "test accuracy. "
        "Signals: cosine of error signals with those of backpropagation, in the first and in the last hidden layer. "
        "Obtuse: how often the step of the first layer leads away from the gradient",
        columns=["rule", "step size", "test accuracy", "first signals", "last signals", "obtuse"],
        rows=[
            [
                TITLES[each["rule"]],
                f"{each['step size']:g}",
                cell(each["accuracy"][-1]),
                cell(each["signals"][0], ".2f"),
                cell(each["signals"][-1], ".2f"),
                cell(each["obtuse"][0], ".2f"),
            ]
            for each in best
        ],
    )


def accuracy_figure(stem: str, best: Sequence[Record]) -> Figure:
    """Test error against steps."""
    return Figure(
        name=f"{stem}-accuracy",
        caption="Test error, at the best step size of each rule.",
        x=Axis(label="step"),
        y=Axis(label="test error", scale="log"),
        curves=[
            curve(TITLES[each["rule"]], each["steps"], [1 - at["mean"] for at in each["accuracy"]], style=_style(each))
            for each in best
        ],
    )


def signals_figure(stem: str, best: Sequence[Record]) -> Figure:
    """Alignment of the error signals by layer, at the end."""
    return Figure(
        name=f"{stem}-signals",
        caption="Cosine of error signals with those of BP, with 95 % intervals.",
        x=Axis(label="hidden layer"),
        y=Axis(label="alignment of error signals"),
        curves=[
            curve(
                TITLES[each["rule"]],
                list(range(1, len(each["signals"]) + 1)),
                [at["mean"] for at in each["signals"]],
                [at["half"] for at in each["signals"]],
                style="dashed" if each["rule"] == "bp" else None,
            )
            for each in best
        ],
    )


def _style(each: Record) -> str:
    return "dashed" if each["rule"] == "bp" else "line"
