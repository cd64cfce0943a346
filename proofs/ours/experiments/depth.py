"""``ours-depth``: how depth slows learning, counting only networks whose decay for all time is proved."""

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
from fa_theory.record.figure import Axis, Curve, Figure, curve
from fa_theory.record.table import Table
from fa_theory.work.sizes import MOST_REPEATS, MOST_STEPS, check_count


class CertifiedRule(StrEnum):
    """The rules to compare."""

    BP = "bp"
    USF = "usf"
    SIGN = "sign"
    FA = "fa"
    DFA = "dfa"


class CertifiedActivation(StrEnum):
    """Activations."""

    TANH = "tanh"
    RELU = "relu"


TITLES = {"bp": "BP", "usf": "uSF", "sign": "frSF", "fa": "FA", "dfa": "DFA"}
DEFAULT = (CertifiedRule.BP, CertifiedRule.USF, CertifiedRule.FA, CertifiedRule.DFA)


class CertifiedDepthJob(NamedTuple):
    """One network."""

    activation: str
    rule: str
    depth: int
    width: int
    samples: int
    eta: float
    most: int
    seed: int
    number: int


@dataclass(frozen=True, kw_only=True)
class DepthSlows(Experiment[CertifiedDepthJob]):
    """How depth slows learning: networks of L layers run until a proof says that their error decays for all time.

    Inputs are on the unit sphere in twice as many dimensions as there are samples, targets and weights are Gaussian.
    Counted are networks with a certificate that the checker accepts, the step from which it holds, and the time
    constant 1/(1 − q) of the proved rate.
    """

    name = "ours-depth"
    source = "ours, on networks of any depth"

    layers: tuple[int, ...] = option((2, 3, 4, 5, 6), least=2, metavar="L,L,…", help="Numbers of layers.")
    activation: tuple[CertifiedActivation, ...] = option(
        (CertifiedActivation.TANH, CertifiedActivation.RELU), help="May be repeated; default: both."
    )
    rule: tuple[CertifiedRule, ...] = option(DEFAULT, help="May be repeated; default: one of each kind.")
    width: int = option(32, least=1, help="Neurons of each hidden layer.")
    samples: int = option(3, least=1, help="Samples.")
    eta: float = option(0.2, help="Step size, on half the squared error.")
    max_steps: int = option(3000, least=1, help="Steps after which a network counts as not certified.")
    repeats: int = option(10, least=1, help="Networks for each activation, rule and depth.")

    def __post_init__(self) -> None:
        super().__post_init__()
        check_count("--repeats", self.repeats, MOST_REPEATS)
        check_count("--max-steps", self.max_steps, MOST_STEPS)
        for depth in self.layers:
            check_count("--layers", depth, 60)
        check_count("--width", self.width, 500)
        check_count("--samples", self.samples, 100)
        if not 0 < self.eta < float("inf"):
            raise InputError(f"expected a finite step size > 0 but got {self.eta!r}")

    def jobs(self) -> Sequence[CertifiedDepthJob]:
        sizes = self.width, self.samples, self.eta, self.max_steps, self.seed
        return [
            CertifiedDepthJob(str(psi), str(rule), depth, *sizes, number)
            for psi in self.activation
            for rule in self.rule
            for depth in self.layers
            for number in range(self.repeats)
        ]

    @staticmethod
    def work(job: CertifiedDepthJob, out: Path) -> Record:
        from fa_theory.enclosure.deep import certify_deep_run
        from fa_theory.model.deep_problem import DeepLaw
        from fa_theory.seeds import generator

        hidden = (job.depth - 1) * (job.width,)
        law = DeepLaw(job.activation, job.samples, 2 * job.samples, hidden, eta=job.eta, rule=job.rule)
        # the same data and weights for all rules
        problem = law.sample(generator(job.seed, DepthSlows.name, job.depth, job.number))
        outcome = certify_deep_run(problem, max_steps=job.most)
        if outcome.certificate is None:
            return {"steps": None, "rate": None, "reason": outcome.reason}
        return {"steps": outcome.steps, "rate": outcome.certificate.rate, "reason": ""}

    @staticmethod
    def label(job: CertifiedDepthJob) -> str:
        return f"{job.activation}, {TITLES[job.rule]}, {job.depth} layers, network {job.number}"

    def findings(self, records: Mapping[CertifiedDepthJob, Record]) -> Findings:
        kinds: dict[tuple[str, str, int], list[Record]] = {}
        for job, record in records.items():
            kinds.setdefault((job.activation, job.rule, job.depth), []).append(record)
        rows = [row(*kind, found) for kind, found in kinds.items()]
        figures = [
            figure(f"{self.name}-{psi}-{what}", psi, rows, what, label)
            for psi in dict.fromkeys(each["activation"] for each in rows)
            for what, label in (("share", "share certified"), ("steps", "certified from step"), ("time", "$1/(1-q)$"))
        ]
        return Findings(rows=rows, tables=[table(rows)], figures=figures)


def row(activation: str, rule: str, depth: int, found: Sequence[Record]) -> Record:
    """Share, steps and time constant of the networks of one kind."""
    from fa_theory.statistics.binomial import Proportion

    certified = [r for r in found if r["steps"] is not None]
    share = Proportion(len(certified), len(found), 0.95)
    return {
        "activation": activation,
        "rule": rule,
        "layers": depth,
        "networks": len(found),
        "certified": len(certified),
        "share": {"mean": share.estimate, "ends": list(share.interval)},
        "steps": mean_within([r["steps"] for r in certified]) if certified else None,
        "time": mean_within([1 / (1 - r["rate"]) for r in certified]) if certified else None,
        "reasons": [r["reason"] for r in found if r["reason"]],
    }


def table(rows: Sequence[Record]) -> Table:
    """A row for each activation, rule and depth."""
    return Table(
        caption="networks with a certificate, and 95 % intervals: of the share by Clopper and Pearson, of the mean "
        "step from which it holds and of the mean of 1/(1 − q) by Student",
        columns=["activation", "rule", "layers", "certified", "share", "from step", "1/(1 − q)"],
        rows=[
            [
                each["activation"],
                TITLES[each["rule"]],
                str(each["layers"]),
                f"{each['certified']} of {each['networks']}",
                "[{:.2f}, {:.2f}]".format(*each["share"]["ends"]),
                cell(each["steps"], ".0f") if each["steps"] else "",
                cell(each["time"], ".0f") if each["time"] else "",
            ]
            for each in rows
        ],
    )


def figure(name: str, activation: str, rows: Sequence[Record], what: str, label: str) -> Figure:
    """One quantity against the number of layers, for each rule."""
    curves = []
    for rule in dict.fromkeys(each["rule"] for each in rows):
        shown = [r for r in rows if r["activation"] == activation and r["rule"] == rule and r[what]]
        x = [float(r["layers"]) for r in shown]
        if not shown:
            continue
        if what == "share":
            low, high = ([r["share"]["ends"][end] for r in shown] for end in (0, 1))
            y = [r["share"]["mean"] for r in shown]
            curves.append(Curve(label=TITLES[rule], x=x, y=y, low=low, high=high, style="marked"))
        else:
            means, halves = ([r[what][key] for r in shown] for key in ("mean", "half"))
            curves.append(curve(TITLES[rule], x, means, halves, style="marked"))
    title = {"tanh": "Tanh", "relu": "ReLU"}[activation]
    return Figure(
        name=name,
        caption=f"{title} networks: {label} against the number of layers, with 95 % intervals.",
        x=Axis(label="layers $L$"),
        y=Axis(label=label, scale="linear" if what == "share" else "log"),
        curves=curves,
    )
