"""``fa-theory certify``."""

from __future__ import annotations

import hashlib
import json as json_library
import os
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from fa_theory.checker.decay.backwards import BACKWARDS
from fa_theory.checker.decay.deep import MAX_COST, cost
from fa_theory.checker.decimals import above, below
from fa_theory.checker.decimals import interval as outwards
from fa_theory.checker.document import MAX_ENTRIES, MAX_ERRORS, MAX_FEATURES, MAX_FLOAT_FEATURES
from fa_theory.checker.ranges import ACTIVATIONS
from fa_theory.errors import FATheoryError, InputError

from .options import DEFAULT_JOBS, DEFAULT_OUT, CertifyArithmetic, EpochOrders, Jobs, Json, Out, Seed
from .terminal import console, progress, table

if TYPE_CHECKING:
    from fa_theory.enclosure.reading import Certificate
    from fa_theory.model.deep_problem import DeepLaw
    from fa_theory.model.law import Law

CONFIDENCE = 0.99
"""Of the bound on the probability of a certificate; with no failure 459 trials give 0.99."""
MOST_TRIALS = 100_000
"""Largest number of random networks in one run."""


@dataclass(frozen=True, slots=True)
class _Trial:
    law: Law | DeepLaw
    seed: int
    trial: int
    max_steps: int
    late: bool
    coq: bool
    alignment_width: float | None
    arithmetic: CertifyArithmetic
    out: Path
    rule: str
    batch: int | None
    orders: EpochOrders
    momentum: float | None


def _perform(job: _Trial, watch: Callable[[int, int], object] = lambda step, steps: None) -> dict[str, Any]:
    """Certify one random network and write its certificate."""
    from fa_theory.enclosure.certificate import IN_FILES, write
    from fa_theory.enclosure.certify import anything, certify_run
    from fa_theory.enclosure.deep import certify_deep_from_start, certify_deep_run
    from fa_theory.enclosure.epochs import certify_epochs
    from fa_theory.enclosure.momentum import certify_momentum
    from fa_theory.enclosure.start import certify_from_start
    from fa_theory.model.deep_problem import DeepProblem
    from fa_theory.model.rules import as_rule
    from fa_theory.seeds import generator

    try:
        problem = job.law.sample(generator(job.seed, "certify", str(job.law), job.trial))
        if isinstance(problem, DeepProblem):
            label = job.law.data
            if job.late:
                outcome = certify_deep_run(problem, max_steps=job.max_steps, data_label=label)
            else:
                outcome = certify_deep_from_start(problem, max_steps=job.max_steps, data_label=label, watch=watch)
        elif job.batch is not None:
            outcome = certify_epochs(
                replace(problem, rule=as_rule(job.rule)),
                batch=job.batch,
                orders=job.orders.value,
                max_steps=job.max_steps,
                rng=generator(job.seed, "certify", "orders", job.trial),
            )
        elif job.momentum is not None:
            outcome = certify_momentum(
                replace(problem, rule=as_rule(job.rule)), mu=job.momentum, max_steps=job.max_steps
            )
        elif job.late:
            obstacle = _not_for_coq if job.coq else anything
            outcome = certify_run(problem, max_steps=job.max_steps, obstacle=obstacle)
        else:
            outcome = certify_from_start(
                problem,
                max_steps=job.max_steps,
                alignment_width=job.alignment_width,
                watch=watch,
                arithmetic=job.arithmetic.value,
            )
    except FATheoryError as error:
        return {"error": str(error)}
    if outcome.certificate is None:
        return {"reason": outcome.reason}
    return {
        "path": str(write(outcome.certificate.beside(IN_FILES), job.out)),
        "rate": float.fromhex(outcome.certificate["rate"]),
        "steps": outcome.steps,
        "limits": _limits(outcome.certificate["conclusions"]),
        "trusted": outcome.trusted,
    }


def _not_for_coq(certificate: Certificate) -> str:
    """Why the theorems in Coq do not cover a certificate, or nothing."""
    from fa_theory.coq.exact import NotExportable
    from fa_theory.coq.export import export

    try:
        export(certificate)
    except NotExportable as reason:
        return str(reason)
    return ""


def _limits(conclusions: dict[str, Any]) -> dict[str, Any]:
    """The proved intervals of the limits, as floats; ``movement_w`` is that of the neuron that moves furthest."""

    def ends(interval: dict[str, str] | None) -> list[float] | None:
        return None if interval is None else [float.fromhex(interval["low"]), float.fromhex(interval["high"])]

    limits: dict[str, Any] = {"alignment": ends(conclusions.get("alignment"))}
    if "movement" in conclusions:
        limits["movement"] = [float.fromhex(x) for x in conclusions["movement"]]
    if "limits" in conclusions:
        proved = conclusions["limits"]
        moved = {end: [float.fromhex(x) for x in proved["movement_w"][end]] for end in ("low", "high")}
        limits |= {"movement_w": [max(moved["low"]), max(moved["high"])]}
        limits |= {key: ends(proved[key]) for key in ("total_w", "total_beta")}
    return limits


def certify(
    activation: Annotated[str, typer.Option(help=f"One of {', '.join(ACTIVATIONS)}.")] = "tanh",
    n: Annotated[
        int | None, typer.Option("-n", min=1, help="Number of samples; default: 10, or all rows of a file.")
    ] = None,
    d: Annotated[
        int | None, typer.Option("-d", min=1, help="Input dimension; default: 20, or that of the data.")
    ] = None,
    p: Annotated[int | None, typer.Option("-p", min=1, help="Width of a network of two layers; default: 500.")] = None,
    layers: Annotated[
        str | None,
        typer.Option(metavar="W,W,…", help="Widths of the hidden layers of a deeper network, such as 50,50."),
    ] = None,
    rule: Annotated[str, typer.Option(help=f"The learning rule, one of {', '.join(BACKWARDS)}.")] = "fa",
    outputs: Annotated[
        int | None, typer.Option(min=2, help="Number of outputs; default: 1, or that of the data.")
    ] = None,
    eta: Annotated[float, typer.Option(help="Step size.")] = 0.2,
    lam: Annotated[float, typer.Option(help="Regularisation of the output weights before the cutoff.")] = 0.0,
    cutoff: Annotated[int | None, typer.Option(min=0, help="Step at which regularisation ends.")] = None,
    data: Annotated[str, typer.Option(help="sphere, gaussian, isometric, teacher, digits, or a file.")] = "sphere",
    target: Annotated[
        str | None,
        typer.Option(metavar="COLUMN", help="Target column of a file, by name or number (from 1); default: the last."),
    ] = None,
    seed: Seed = 0,
    trials: Annotated[int, typer.Option(min=1, help="Number of random networks.")] = 1,
    max_steps: Annotated[int, typer.Option(min=0, help="Stop after this many steps.")] = 10_000,
    late: Annotated[
        bool, typer.Option("--late", help="Certify the state that a float64 run reaches at step T; much cheaper.")
    ] = False,
    coq: Annotated[
        bool, typer.Option("--coq", help="With --late: continue to a state that the theorems in Coq cover, too.")
    ] = False,
    alignment_width: Annotated[
        float | None,
        typer.Option(help="Continue until the interval for the limit alignment is this narrow (not with --late)."),
    ] = None,
    arithmetic: Annotated[
        CertifyArithmetic,
        typer.Option(
            help="Of the enclosed steps: arb, balls; binary64, NumPy's floats with proved bounds; fast, binary64 and, "
            "where that does not suffice, balls."
        ),
    ] = CertifyArithmetic.fast,
    batch: Annotated[
        int | None,
        typer.Option(min=1, help="Samples in a minibatch; certifies the state that a float64 run reaches, as --late."),
    ] = None,
    orders: Annotated[
        EpochOrders,
        typer.Option(
            help="Of the minibatches: all, any order and another one in every epoch; cyclic, always the same."
        ),
    ] = EpochOrders.all,
    momentum: Annotated[
        float | None,
        typer.Option(
            metavar="MU", help="Heavy-ball momentum; certifies the state that a float64 run reaches, as --late."
        ),
    ] = None,
    jobs: Jobs = DEFAULT_JOBS,
    out: Out = DEFAULT_OUT,
    json: Json = None,
) -> None:
    """Prove that the error of random networks decays exponentially for all time; write the proofs as certificates.

    A certificate is a statement about the initial network and all its steps in exact arithmetic. The checker
    encloses the first T steps itself. A late certificate (--late) is a statement about the exact state it records,
    which a float64 run reached at step T; nothing is proved about the steps before. So is one for minibatches
    (--batch) or momentum (--momentum); its rate is that of an epoch or of a step.
    """
    from fa_theory.model.data import dataset
    from fa_theory.model.data.synthetic import SYNTHETIC
    from fa_theory.model.deep_problem import DeepLaw
    from fa_theory.model.law import Law
    from fa_theory.model.rules import RULES
    from fa_theory.seeds import generator
    from fa_theory.statistics.binomial import Proportion
    from fa_theory.work.files import write
    from fa_theory.work.ledger import open_ledger
    from fa_theory.work.pool import perform
    from fa_theory.work.provenance import run_key
    from fa_theory.work.sizes import check_count

    if lam > 0 and cutoff is None:
        raise InputError(f"lam = {lam} needs --cutoff STEPS: a certificate requires that λ = 0 from some step on")
    if cutoff is not None and not lam:
        raise InputError(f"--cutoff {cutoff} ends regularisation, but λ is 0 throughout: give --lam, or omit --cutoff")
    check_count("--trials", trials, MOST_TRIALS)
    if alignment_width is not None and (late or not alignment_width > 0):
        raise InputError(f"--alignment-width {alignment_width} must be positive, and cannot be combined with --late")
    given = {"--lam": lam or None, "--alignment-width": alignment_width, "--coq": coq or None, "--layers": layers}
    if rule not in RULES:
        raise InputError(f"unknown rule {rule!r}; choose one of {', '.join(BACKWARDS)}")
    special = _special(batch, orders, momentum, [option for option, value in given.items() if value is not None])
    late = late or special
    if late and arithmetic is not CertifyArithmetic.fast:
        raise InputError(
            f"--arithmetic {arithmetic.value} is for enclosed steps, and a late certificate has none; omit it, or "
            "--late, --batch and --momentum"
        )
    if data in SYNTHETIC:
        d = 20 if d is None else d
    else:
        wanted = 10 if n is None and data == "digits" else n
        n = dataset(data, rng=seed, n=wanted, d=d, k=outputs, target=target).n  # of a file all rows
    if coq and not late:
        raise InputError("--coq chooses the state of a late certificate: give --late, too")
    n = 10 if n is None else n
    law: Law | DeepLaw
    if layers is None and (rule == "fa" or special):
        law = Law(activation, n, d, 500 if p is None else p, data, eta, lam, cutoff, outputs, target)
        _check_sizes(law, MAX_FEATURES if late or arithmetic is CertifyArithmetic.arb else MAX_FLOAT_FEATURES)
    else:
        hidden = (500 if p is None else p,) if layers is None else _widths(layers)
        if layers is not None and p is not None:
            raise InputError(f"-p {p} is the width of a network of two layers; omit it with --layers {layers}")
        if lam and not late:
            raise InputError(f"--lam {lam}: at any depth, regularisation needs a late certificate; give --late")
        if alignment_width is not None or arithmetic is CertifyArithmetic.binary64:
            raise InputError("--alignment-width and --arithmetic binary64 are for two layers under fa; omit them")
        if coq:
            raise InputError("--coq is for networks of two layers under feedback alignment; omit it")
        law = DeepLaw(
            activation,
            n,
            d,
            hidden,
            data,
            1 if outputs is None else outputs,
            eta,
            lam,
            cutoff,
            rule,
            target=target,
        )
        _check_cost(law)
    work = [
        _Trial(
            law,
            seed,
            i,
            max_steps,
            late,
            coq,
            alignment_width,
            arithmetic,
            out / "certificates",
            rule,
            batch,
            orders,
            momentum,
        )
        for i in range(trials)
    ]
    answers: dict[int, dict[str, Any]] = {}
    with (
        open_ledger(out / "certify.sqlite", run_key(repr(work[0]), len(work), _content(data))) as ledger,
        progress("certifying") as notify,
    ):
        for job in work:
            answer = ledger.get("certify", str(law), str(job.trial))
            if answer is not None and ("path" not in answer or Path(answer["path"]).is_file()):
                answers[job.trial] = answer
        if answers:
            console(stderr=True).print(f"resuming: {len(answers)} of {trials} networks already finished")
        left = [job for job in work if job.trial not in answers]
        # a single trial runs in this process, which can report its progress
        one = partial(_perform, watch=lambda step, steps: notify(step, steps, "steps enclosed"))
        with closing(perform(one if trials == 1 else _perform, left, workers=jobs)) as finished:
            for job, answer in finished:
                if "error" in answer:
                    raise InputError(answer["error"])
                answers[job.trial] = answer
                ledger.add("certify", str(law), str(job.trial), answer)
                if trials > 1:
                    notify(len(answers), trials, f"trial {job.trial}")
        ledger.finish()
    ordered = [answers[i] for i in range(trials)]
    certified = [answer for answer in ordered if "path" in answer]
    lowest = Proportion(len(certified), trials, CONFIDENCE).lower
    if json is not None:
        summary = {
            "trials": trials,
            "probability": {"low": lowest, "confidence": CONFIDENCE},
            "certified": len(certified),
            "rates": [answer["rate"] for answer in certified],
            "certificates": [answer["path"] for answer in certified],
            "failures": [answer["reason"] for answer in ordered if "reason" in answer],
            "limits": [answer["limits"] for answer in certified],
            "trusted": [answer["trusted"] for answer in certified],
        }
        write(json, json_library.dumps(summary, indent=1) + "\n")
    rows = [
        (str(i), str(a["steps"]), above(a["rate"], 8), _shown(a["limits"]["alignment"]), a["path"])
        if "path" in a
        else (str(i), "–", "–", "–", a["reason"])
        for i, a in enumerate(ordered)
    ]
    if data not in SYNTHETIC and isinstance(law, Law):
        read = law.sample_data(generator(seed, "certify", str(law), 0)).provenance
        console().print(
            read + (", drawn again for every trial" if "at random" in read and trials > 1 else ""), markup=False
        )
    steps = "from step" if late else "enclosed steps"
    table(("trial", steps, "rate q", "limit of cos∠(b, β)", "certificate, or why there is none"), rows)
    console().print(f"\n{len(certified)} of {trials} certified: {law}", markup=False)
    if trials > 1:
        least = below(lowest, places=4)
        console().print(
            f"a network of this law has a certificate with probability ≥ {least}, at {CONFIDENCE:.0%} confidence"
        )
    for trusted in sorted({answer["trusted"] for answer in certified}):
        console().print(f"trusted: {trusted}", markup=False)
    raise typer.Exit(0 if len(certified) == trials else 3)


def _special(batch: int | None, orders: EpochOrders, momentum: float | None, excluded: list[str]) -> bool:
    """Whether minibatches or momentum are asked for; refuses what cannot be combined, such as the excluded options."""
    if batch is None and orders is not EpochOrders.all:
        raise InputError(f"--orders {orders.value} is about minibatches: give --batch, or omit it")
    if batch is not None and momentum is not None:
        raise InputError(f"--batch {batch} and --momentum {momentum} cannot be combined: no certificate covers both")
    if batch is None and momentum is None:
        return False
    if excluded:
        raise InputError(f"{excluded[0]} cannot be combined with {'--momentum' if batch is None else '--batch'}")
    return True


def _widths(text: str) -> tuple[int, ...]:
    """Widths of hidden layers."""
    parts = text.split(",")
    if not all(part.strip().isascii() and part.strip().isdigit() and 0 < len(part) < 8 for part in parts):
        raise InputError(f"--layers {text!r}: expected whole numbers ≥ 1 such as 50,50")
    return tuple(map(int, parts))


def _check_cost(law: DeepLaw) -> None:
    """Refuse networks whose certificate is too large for the checker."""
    needed = cost(law.n * law.k, law.widths)
    if law.n * law.k > MAX_ERRORS or needed > MAX_COST:
        raise InputError(
            f"n = {law.n}, {law.k} outputs, widths {'-'.join(map(str, law.widths))}: a check of cost {needed:.3g} "
            f"exceeds the limit of the checker, {MAX_COST:.3g} with at most {MAX_ERRORS} samples times outputs"
        )


def _check_sizes(law: Law, features: int) -> None:
    """Refuse networks whose certificate is too large for the checker, before anything is allocated."""
    from fa_theory.model.data.synthetic import SYNTHETIC

    n, d, p, k = law.n, law.d or 0, law.p, law.k or 1
    if law.data not in SYNTHETIC:
        n = 1  # the number of samples is known only after reading the file, and is small
    stated = [f"n = {n}", *([f"d = {d}"] if d else []), f"p = {p}", *([f"{k} outputs"] if k > 1 else [])]
    need = 8.0 * (n * d + p * d + 3 * n * p * k + 6 * (n * k) ** 2) / 2**30
    for what, size, most in (
        ("samples times outputs", n * k, MAX_ERRORS),
        ("samples times neurons times outputs", n * p * k, features),
        ("numbers in X", n * d, MAX_ENTRIES),
        ("numbers in W", p * d, MAX_ENTRIES),
    ):
        if size > most:
            raise InputError(
                f"{', '.join(stated)}: {size:,} {what} exceed the limit of the checker, {most:,}; "
                f"one network would need about {need:,.1f} GiB of memory"
            )


def _content(data: str) -> str:
    """Digest of a data file: different content is a different run."""
    return hashlib.sha256(Path(data).read_bytes()).hexdigest() if os.path.isfile(data) else ""


def _shown(interval: list[float] | None) -> str:
    return "–" if interval is None else outwards(interval[0], interval[1])
