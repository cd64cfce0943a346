"""``fa-theory certify``."""

from __future__ import annotations

import json as json_library
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from fa_theory.checker.ranges import ACTIVATIONS
from fa_theory.errors import FATheoryError, InputError

from .options import DEFAULT_JOBS, DEFAULT_OUT, Jobs, Json, Out, Seed
from .terminal import console, progress, table

if TYPE_CHECKING:
    from fa_theory.model.law import Law


@dataclass(frozen=True, slots=True)
class _Trial:
    law: Law
    seed: int
    trial: int
    max_steps: int
    late: bool
    alignment_width: float | None
    out: Path


def _perform(job: _Trial, watch: Callable[[int, int], object] = lambda step, steps: None) -> dict[str, Any]:
    """Certify one random network and write its certificate."""
    from fa_theory.enclosure.certificate import write
    from fa_theory.enclosure.certify import certify_run
    from fa_theory.enclosure.start import certify_from_start
    from fa_theory.seeds import generator

    try:
        problem = job.law.sample(generator(job.seed, "certify", str(job.law), job.trial))
        if job.late:
            outcome = certify_run(problem, max_steps=job.max_steps)
        else:
            outcome = certify_from_start(
                problem, max_steps=job.max_steps, alignment_width=job.alignment_width, watch=watch
            )
    except FATheoryError as error:
        return {"error": str(error)}
    if outcome.certificate is None:
        return {"reason": outcome.reason}
    return {
        "path": str(write(outcome.certificate, job.out)),
        "rate": float.fromhex(outcome.certificate["rate"]),
        "steps": outcome.steps,
        "limits": _limits(outcome.certificate["conclusions"]),
    }


def _limits(conclusions: dict[str, Any]) -> dict[str, Any]:
    """The proved intervals of the limits, as floats; ``movement_w`` is about the neuron that moves furthest."""

    def ends(interval: dict[str, str] | None) -> list[float] | None:
        return None if interval is None else [float.fromhex(interval["low"]), float.fromhex(interval["high"])]

    limits: dict[str, Any] = {"alignment": ends(conclusions["alignment"])}
    if "limits" in conclusions:
        proved = conclusions["limits"]
        moved = {end: [float.fromhex(x) for x in proved["movement_w"][end]] for end in ("low", "high")}
        limits |= {"movement_w": [max(moved["low"]), max(moved["high"])]}
        limits |= {key: ends(proved[key]) for key in ("total_w", "total_beta")}
    return limits


def certify(
    activation: Annotated[str, typer.Option(help=f"One of {', '.join(ACTIVATIONS)}.")] = "tanh",
    n: Annotated[int, typer.Option("-n", min=1, help="Number of samples.")] = 10,
    d: Annotated[
        int | None, typer.Option("-d", min=1, help="Input dimension; default: 20, real data keep their own.")
    ] = None,
    p: Annotated[int, typer.Option("-p", min=1, help="Width.")] = 500,
    outputs: Annotated[
        int | None, typer.Option(min=2, help="Number of outputs; default: one, real data keep their own.")
    ] = None,
    eta: Annotated[float, typer.Option(help="Step size.")] = 0.2,
    lam: Annotated[float, typer.Option(help="Regularisation of the output weights before the cutoff.")] = 0.0,
    cutoff: Annotated[int | None, typer.Option(min=0, help="Step at which regularisation is switched off.")] = None,
    data: Annotated[str, typer.Option(help="sphere, gaussian, isometric, teacher, digits, or a file.")] = "sphere",
    seed: Seed = 0,
    trials: Annotated[int, typer.Option(min=1, help="Number of random networks.")] = 1,
    max_steps: Annotated[int, typer.Option(min=0, help="Give up after this many steps.")] = 10_000,
    late: Annotated[
        bool, typer.Option("--late", help="Only for the state that a float64 run reached at step T; much cheaper.")
    ] = False,
    alignment_width: Annotated[
        float | None,
        typer.Option(help="Run on until the limit of the alignment is enclosed to this width (not with --late)."),
    ] = None,
    jobs: Jobs = DEFAULT_JOBS,
    out: Out = DEFAULT_OUT,
    json: Json = None,
) -> None:
    """Prove for random networks that their error decays exponentially for ever, and write the proofs as certificates.

    A certificate speaks about the initial network: steps in exact arithmetic, from step 0 for ever. The checker
    encloses the first T steps itself. A late certificate (--late) speaks about the exact state it records: the one that
    a float64 run reached at step T; nothing is proved about how it got there.
    """
    from fa_theory.model.data.synthetic import SYNTHETIC
    from fa_theory.model.law import Law
    from fa_theory.work.pool import perform

    if lam > 0 and cutoff is None:
        raise InputError(f"lam = {lam} needs --cutoff STEPS: a certificate holds from a step on where λ is 0 for ever")
    if alignment_width is not None and (late or not alignment_width > 0):
        raise InputError(f"--alignment-width {alignment_width} must be positive, and does not go with --late")
    if d is None and data in SYNTHETIC:
        d = 20
    law = Law(activation, n, d, p, data, eta, lam, cutoff, outputs)
    answers: dict[int, dict[str, Any]] = {}
    with progress("certifying") as notify:
        work = [_Trial(law, seed, i, max_steps, late, alignment_width, out / "certificates") for i in range(trials)]
        # one trial is work for this process, which can tell how far it is
        one = partial(_perform, watch=lambda step, steps: notify(step, steps, "steps enclosed"))
        with closing(perform(one if trials == 1 else _perform, work, workers=jobs)) as finished:
            for job, answer in finished:
                if "error" in answer:
                    raise InputError(answer["error"])
                answers[job.trial] = answer
                if trials > 1:
                    notify(len(answers), trials, f"trial {job.trial}")
    ordered = [answers[i] for i in range(trials)]
    certified = [answer for answer in ordered if "path" in answer]
    if json is not None:
        json.parent.mkdir(parents=True, exist_ok=True)
        summary = {
            "trials": trials,
            "certified": len(certified),
            "rates": [answer["rate"] for answer in certified],
            "certificates": [answer["path"] for answer in certified],
            "failures": [answer["reason"] for answer in ordered if "reason" in answer],
            "limits": [answer["limits"] for answer in certified],
        }
        json.write_text(json_library.dumps(summary, indent=1) + "\n")
    rows = [
        (str(i), str(a["steps"]), f"{a['rate']:.6f}", _shown(a["limits"]["alignment"]), a["path"])
        if "path" in a
        else (str(i), "–", "–", "–", a["reason"])
        for i, a in enumerate(ordered)
    ]
    steps = "from step" if late else "enclosed steps"
    table(("trial", steps, "rate q", "limit of cos∠(b, β)", "certificate, or why there is none"), rows)
    console().print(f"\n{len(certified)} of {trials} certified: {law}", markup=False)
    raise typer.Exit(0 if len(certified) == trials else 3)


def _shown(interval: list[float] | None) -> str:
    return "–" if interval is None else f"[{interval[0]:.6g}, {interval[1]:.6g}]"
