"""Certificates: their statements, with numbers rounded to the safe side, and the run with its proved envelope."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from markupsafe import Markup

from fa_theory.checker import document as doc
from fa_theory.checker.verdict import Verdict
from fa_theory.enclosure.reading import Certificate
from fa_theory.record import text
from fa_theory.shown import displayed_by

from . import page, runs

if TYPE_CHECKING:
    from fa_theory.enclosure.certify import CertificationOutcome

Facts: TypeAlias = dict[str, Markup | str | None]

MOST_WORK = 2 * 10**8
"""Largest number of steps times numbers of a run that is drawn: about a second."""


@dataclass(frozen=True, eq=False)
class CertificateView:
    """A certificate that displays itself in a notebook.

    Attributes
    ----------
    certificate
        The document, as read from JSON.
    verdict
        The verdict of the checker; None if it was not run.
    """

    certificate: Mapping[str, Any] = field(repr=False)
    verdict: Verdict | None = None

    _repr_html_ = displayed_by("certificates.certificate")
    _repr_latex_ = displayed_by("certificates.latex")


def view(certificate: Mapping[str, Any] | str | Path, *, check: bool = False) -> CertificateView:
    """A certificate or counterexample for display.

    Parameters
    ----------
    certificate
        A document, or the path of one.
    check
        Whether to run the checker first, which may take as long as finding the certificate did.

    Returns
    -------
    CertificateView
        Displays itself in a notebook, with the verdict if the checker was run.

    Raises
    ------
    MalformedDocument
        If it is not a certificate, or is to be checked and is malformed.
    OSError
        If a file cannot be read.

    Examples
    --------
    >>> import numpy as np
    >>> from fa_theory.enclosure.certify import certify_run
    >>> from fa_theory.model.law import Law
    >>> outcome = certify_run(Law("tanh", 3, 6, 40).sample(np.random.default_rng(0)))
    >>> view(outcome.certificate, check=True).verdict.valid
    True
    """
    from fa_theory.checker.recheck import recheck

    document = Certificate(certificate if isinstance(certificate, Mapping) else doc.load(certificate))
    return CertificateView(document, recheck(document) if check else None)


def outcome(shown: CertificationOutcome) -> Markup:
    """The outcome of an attempt to certify."""
    if shown.certificate is None:
        failed = page.paragraph(page.verdict("undecided"), "no certificate:", shown.reason)
        return page.page(failed, page.paragraph(page.small(f"last attempt at step {shown.steps}")))
    accepted = page.paragraph(page.verdict("enclosed"), page.small("accepted by the checker"))
    return page.page(accepted, *_parts(shown.certificate))


def certificate(shown: CertificateView) -> Markup:
    """The statement of a certificate, and whether it was checked."""
    if shown.verdict is None:
        line = page.paragraph(page.strong("Not checked."), "Check it with", page.code("fa_theory.recheck(…)"))
    elif shown.verdict.valid:
        proved = "falsified" if shown.verdict.kind in ("growth", "counterexample") else "enclosed"
        line = page.paragraph(page.verdict(proved), "accepted by the checker:", shown.verdict.reason)
    else:
        line = page.paragraph(page.verdict("undecided"), "refused by the checker:", shown.verdict.reason)
    return page.page(line, *_parts(shown.certificate))


def mapping(shown: Mapping[str, Any]) -> Markup:
    """A certificate alone, without a verdict."""
    return certificate(CertificateView(shown))


def latex_of(shown: Mapping[str, Any]) -> str | None:
    """The decay claimed by a certificate alone."""
    return latex(CertificateView(shown))


def latex(shown: CertificationOutcome | CertificateView) -> str | None:
    """The claimed decay as a formula."""
    document = shown.certificate
    return f"${_decay(document)}$" if document is not None and "rate" in document else None


def _parts(document: Mapping[str, Any]) -> Iterator[Markup]:
    title, parts = _KINDS[document["kind"]]
    yield page.paragraph(page.strong(title))
    yield from parts(document)


def _of_decay(document: Mapping[str, Any]) -> Iterator[Markup]:
    yield page.formula(_decay(document))
    yield page.facts(_setting(document) | _conclusions(document) | _fingerprint(document))
    if _work(document) <= MOST_WORK:
        yield runs.certified(document)


def _of_epochs(document: Mapping[str, Any]) -> Iterator[Markup]:
    yield page.formula(_decay(document))
    order = {"all": "any, another one in every epoch", "cyclic": "always that of the document"}[document["orders"]]
    batches = {"batches": ", ".join(str(len(batch)) for batch in document["batches"]), "order": order}
    yield page.facts(_setting(document) | batches | _moving(document) | _fingerprint(document))


def _of_momentum(document: Mapping[str, Any]) -> Iterator[Markup]:
    yield page.formula(_decay(document))
    momentum = {r"momentum $\mu$": text.number(_float(document["momentum"]))}
    yield page.facts(_setting(document) | momentum | _moving(document) | _fingerprint(document))


def _moving(document: Mapping[str, Any]) -> Facts:
    return {"rule": document["rule"], "from step": str(document["step"])} | {
        "rate $q$": f"${page.above(_float(document['rate']), 7)}$"
    }


def _of_deep_decay(document: Mapping[str, Any]) -> Iterator[Markup]:
    yield page.formula(_decay(document))
    widths = [len(document["X"][0]), *map(len, document["W"])]
    moved = (f"${page.above(_float(x))}$" for x in document["conclusions"]["movement"])
    yield page.facts(
        {
            "network": f"{document['activation']} {'-'.join(map(str, widths))}, n = {len(document['X'])}",
            "rule": document["rule"],
            "data": document["data"] or None,
            "step size": f"$\\eta$ = {text.number(_float(document['eta']))}",
            "enclosed steps" if document["kind"] == "deep-decay-from-start" else "from step": str(document["step"]),
            "rate $q$": f"${page.above(_float(document['rate']), 7)}$",
            r"$\|W_l(t) - W_l(T)\|_F$ at most": ", ".join(moved),
        }
        | _fingerprint(document)
    )


def _of_curve(document: Mapping[str, Any]) -> Iterator[Markup]:
    steps, found = document["steps"], document["conclusions"]
    last = {name: {end: found[name][end][-1] for end in ("low", "high")} for name in ("loss", "alignment")}
    facts = {
        "steps": f"{len(steps):,}, from {steps[0]} to {steps[-1]}",
        "loss at the last": _interval(last["loss"]),
        r"$\cos\angle(b, \beta)$ at the last": _interval(last["alignment"]),
    }
    yield page.facts(_setting(document) | facts | _fingerprint(document))


def _of_growth(document: Mapping[str, Any]) -> Iterator[Markup]:
    yield page.facts(_setting(document) | {"factor": text.number(_float(document["factor"]))} | _fingerprint(document))


def _of_counterexample(document: Mapping[str, Any]) -> Iterator[Markup]:
    network = document["network"]
    keys = ("activation", "rule", "steps", "eta", "lam", "X", "y", "W", "beta", "b")
    named: Facts = {key: str(network[key])[:400] for key in keys}
    yield page.paragraph(str(document["conjecture"]["title"]))
    yield page.facts(named | _fingerprint(document))


def _of_boxes(document: Mapping[str, Any]) -> Iterator[Markup]:
    count = sum(node is None for tree in document["trees"] for node in tree)
    yield page.paragraph(str(document["conjecture"]["title"]))
    yield page.facts({"boxes": f"{count:,}", "shapes": f"{len(document['trees']):,}"} | _fingerprint(document))


def _of_almost_every(document: Mapping[str, Any]) -> Iterator[Markup]:
    yield page.paragraph(str(document["conjecture"]["title"]))
    yield page.facts({"exact networks": f"{len(document['networks']):,}"} | _fingerprint(document))


def _of_enclosure(document: Mapping[str, Any]) -> Iterator[Markup]:
    counts = {"definitions": len(document["define"]), "assertions": len(document["assert"])}
    yield page.facts({name: str(count) for name, count in counts.items()} | _fingerprint(document))


_KINDS: dict[str, tuple[str, Callable[[Mapping[str, Any]], Iterator[Markup]]]] = {
    "almost-every": ("A conjecture holds for almost every network of its domain", _of_almost_every),
    "boxes": ("A conjecture holds for every network of its domain", _of_boxes),
    "curve-from-start": ("Loss and alignment lie in intervals from the initial network on", _of_curve),
    "decay-from-start": ("The error decays exponentially from the initial network on", _of_decay),
    "decay-from-state": ("The error decays exponentially from a recorded state on", _of_decay),
    "decay-of-epochs": ("Every epoch of minibatches contracts the error", _of_epochs),
    "decay-with-momentum": ("The error decays exponentially under momentum", _of_momentum),
    "deep-decay-from-start": ("The error decays exponentially from the initial network on", _of_deep_decay),
    "enclosure": ("Assertions about exact numbers", _of_enclosure),
    "deep-decay-from-state": ("The error decays exponentially from a recorded state on", _of_deep_decay),
    "growth": ("The error grows in a step", _of_growth),
    "counterexample": ("A network that violates a conjecture", _of_counterexample),
}
"""Title and contents of a certificate, by kind."""


def _float(number: str) -> float:
    return float.fromhex(number)


def _decay(document: Mapping[str, Any]) -> str:
    T, found = document["step"], document["conclusions"]
    if document["kind"] == "decay-with-momentum":
        q, bound = page.above(_float(document["rate"]), 7), page.above(_float(found["bound"]), 7)
        return rf"\|e({T}+t)\|_2 \le {bound} \cdot {q}^t \quad\text{{for all }} t \ge 0"
    q, scale, error = (page.above(_float(x), 7) for x in (document["rate"], found["overshoot"], found["error"]))
    if document["kind"] == "decay-of-epochs":
        return rf"\|e\|_2 \le {scale} \cdot {q}^m \cdot {error} \quad\text{{after }} m \ge 0 \text{{ epochs}}"
    time = f"{T}+t" if T else "t"
    return rf"\|e({time})\|_2 \le {scale} \cdot {q}^t \cdot {error} \quad\text{{for all }} t \ge 0"


def _setting(document: Mapping[str, Any]) -> Facts:
    schedule = document.get("schedule", {"lam": document.get("lam", "0x0p+0"), "cutoff": None})
    lam, beta = _float(schedule["lam"]), document["beta"]
    outputs = f", {len(beta[0])} outputs" if isinstance(beta[0], list) else ""
    until = f" until step {schedule['cutoff']}" if schedule["cutoff"] is not None and lam else ""
    return {
        "network": f"{document['activation']}, n = {len(document['X'])}, d = {len(document['X'][0])}, "
        f"p = {len(document['W'])}{outputs}",
        "data": document["data"] or None,
        "step size, regularisation": f"$\\eta$ = {text.number(_float(document['eta']))}, $\\lambda$ = "
        f"{text.number(lam)}{until}",
    }


def _conclusions(document: Mapping[str, Any]) -> Facts:
    found = document["conclusions"]
    steps = "enclosed steps" if document["kind"] == "decay-from-start" else "from step"
    limits = found.get("limits")
    moved = None if limits is None else max(map(_float, limits["movement_w"]["high"]))
    return {
        steps: str(document["step"]),
        "rate $q$": f"${page.above(_float(document['rate']), 7)}$",
        r"$\lim \cos\angle(b, \beta)$": _interval(found["alignment"]),
        r"$\lim \|W(t) - W(0)\|_F$": _interval(limits and limits["total_w"]),
        r"$\lim \|\beta(t) - \beta(0)\|_2$": _interval(limits and limits["total_beta"]),
        r"$\lim \max_r \|w_r(t) - w_r(0)\|_2$": None if moved is None else rf"at most ${page.above(moved)}$",
        "precision": f"{document['precision']} bits" if "precision" in document else None,
    }


def _fingerprint(document: Mapping[str, Any]) -> Facts:
    return {"digest": page.code(str(document["digest"])[:16])}


def _interval(ends: Mapping[str, str] | None) -> str | None:
    return None if not ends else text.interval(_float(ends["low"]), _float(ends["high"]))


def _work(document: Mapping[str, Any]) -> int:
    size = len(document["X"]) * len(document["W"]) * (len(document["X"][0]) + 1)
    return runs.length(document) * size
