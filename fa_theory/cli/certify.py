"""``fa-theory certify``."""

from __future__ import annotations

import json as json_library
from contextlib import closing
from dataclasses import dataclass
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
    out: Path


def _perform(job: _Trial) -> dict[str, Any]:
    """Certify one random network and write its certificate."""
    from fa_theory.enclosure.certificate import write
    from fa_theory.enclosure.certify import certify_problem
    from fa_theory.seeds import generator

    try:
        problem = job.law.sample(generator(job.seed, "certify", str(job.law), job.trial))
        outcome = certify_problem(problem, max_steps=job.max_steps)
    except FATheoryError as error:
        return {"error": str(error)}
    if outcome.certificate is None:
        return {"reason": outcome.reason}
    rate = float.fromhex(outcome.certificate["rate"])
    return {"path": str(write(outcome.certificate, job.out)), "rate": rate, "steps": outcome.steps}


def certify(
    activation: Annotated[str, typer.Option(help=f"One of {', '.join(ACTIVATIONS)}.")] = "tanh",
    n: Annotated[int, typer.Option("-n", min=1, help="Number of samples.")] = 10,
    d: Annotated[
        int | None, typer.Option("-d", min=1, help="Input dimension; default: 20, real data keep their own.")
    ] = None,
    p: Annotated[int, typer.Option("-p", min=1, help="Width.")] = 500,
    eta: Annotated[float, typer.Option(help="Step size.")] = 0.2,
    lam: Annotated[float, typer.Option(help="Regularisation of the output weights before the cutoff.")] = 0.0,
    cutoff: Annotated[int | None, typer.Option(min=0, help="Step at which regularisation is switched off.")] = None,
    data: Annotated[str, typer.Option(help="sphere, gaussian, isometric, teacher, digits, or a file.")] = "sphere",
    seed: Seed = 0,
    trials: Annotated[int, typer.Option(min=1, help="Number of random networks.")] = 1,
    max_steps: Annotated[int, typer.Option(min=0, help="Give up after this many steps.")] = 3000,
    jobs: Jobs = DEFAULT_JOBS,
    out: Out = DEFAULT_OUT,
    json: Json = None,
) -> None:
    """Prove for random networks that their error decays exponentially for ever, and write the proofs as certificates.

    A certificate speaks about the network in the exact state it records: the state that a float64 run reached.
    """
    from fa_theory.claims.pool import perform
    from fa_theory.model.data.synthetic import SYNTHETIC
    from fa_theory.model.law import Law

    if lam > 0 and cutoff is None:
        raise InputError(f"lam = {lam} needs --cutoff STEPS: a certificate holds from a step on where λ is 0 for ever")
    if d is None and data in SYNTHETIC:
        d = 20
    law = Law(activation, n, d, p, data, eta, lam, cutoff)
    answers: dict[int, dict[str, Any]] = {}
    with progress("certifying") as tell:
        work = [_Trial(law, seed, i, max_steps, out / "certificates") for i in range(trials)]
        with closing(perform(_perform, work, workers=jobs)) as finished:
            for job, answer in finished:
                if "error" in answer:
                    raise InputError(answer["error"])
                answers[job.trial] = answer
                tell(len(answers), trials, f"trial {job.trial}")
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
        }
        json.write_text(json_library.dumps(summary, indent=1) + "\n")
    rows = [
        (str(i), str(a["steps"]), f"{a['rate']:.6f}", a["path"]) if "path" in a else (str(i), "–", "–", a["reason"])
        for i, a in enumerate(ordered)
    ]
    table(("trial", "from step", "rate q", "certificate, or why there is none"), rows)
    console().print(f"\n{len(certified)} of {trials} certified: {law}", markup=False)
    raise typer.Exit(0 if len(certified) == trials else 3)
