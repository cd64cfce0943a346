"""Certificates in Coq: what is exported, what the kernel accepts, and what is rejected before it is asked."""

from __future__ import annotations

import copy
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from certificates import certificate

from fa_theory.checker.document import MalformedDocument, digest
from fa_theory.coq import compiler, floats, library
from fa_theory.coq.compiler import CoqLimits
from fa_theory.coq.exact import ExactNetwork, NotExportable
from fa_theory.coq.export import export
from fa_theory.coq.recheck import KernelVerdict, Status, compare, compiled, recheck
from fa_theory.enclosure.certify import certify_run
from fa_theory.enclosure.start import certify_from_start
from fa_theory.model.activations import activation
from fa_theory.model.network import Network
from fa_theory.seeds import generator

AMPLE = CoqLimits(seconds=200.0)


@cache
def _document(name: str, start: bool) -> dict[str, Any]:
    """A small certificate whose error is small enough for Frobenius norms."""
    g = generator(3, "coq", name)
    n, d, p = 2, 4, 6
    X = g.normal(size=(n, d))
    X /= np.linalg.norm(X, axis=1)[:, None]
    beta = g.normal(size=p)
    network = Network(g.normal(size=(p, d)), beta, beta + 0.3 * g.normal(size=p), activation(name))
    y = 0.05 * g.normal(size=n)
    if name == "tanh":
        y = np.tanh(X @ network.W.T) @ network.beta / np.sqrt(p) + 1e-3 * g.normal(size=n)
    certify = certify_from_start if start else certify_run
    outcome = certify(network, X, y, eta=0.25, data_label="small")
    assert outcome.certificate is not None, outcome.reason
    return outcome.certificate.document


def document(name: str = "linear", start: bool = False) -> dict[str, Any]:
    return copy.deepcopy(_document(name, start))


def changed(data: dict[str, Any], **entries: Any) -> dict[str, Any]:
    """A document with other entries, and its digest."""
    data |= entries
    return data | {"digest": digest(data)}


def written(folder: Path, data: dict[str, Any]) -> Path:
    file = folder / "certificate.json"
    file.write_text(json.dumps(data))
    return file


# what is exported


@pytest.mark.parametrize("start", [False, True])
def test_the_text_contains_the_data_exactly(start: bool) -> None:
    data = document(start=start)
    text = export(data).text
    record = text[text.index("the_network : network") : text.index("|}.")]
    found = [Fraction(int(a), int(b)) for a, b in re.findall(r"\((-?\d+)#(\d+)\)", record)]
    network = ExactNetwork.read(data)
    expected = [
        *(x for row in network.X for x in row),
        *network.y,
        *(w for row in network.W for w in row),
        *network.beta,
        *network.b,
        network.eta,
    ]
    assert found == expected
    assert [float(x).hex() for x in network.y] == data["y"]


def test_the_text_does_not_depend_on_the_process(tmp_path: Path) -> None:
    file = written(tmp_path, document("tanh"))
    code = "import sys; from fa_theory.coq.export import export; from fa_theory.checker.document import load; "
    code += "sys.stdout.write(export(load(sys.argv[1])).text)"
    command = [sys.executable, "-c", code, str(file)]
    there = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert there == export(document("tanh")).text


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: certificate("relu"), "the Coq theorems are about ψ = linear and tanh; this is relu"),
        (lambda: certificate(outputs=(2,)), "one output; this network has 2"),
        (lambda: changed(document("tanh"), y=[(9.0).hex()] * 2), "no rate below 1 at this state: .* is too large"),
        (lambda: changed(document(), eta=(2.0**60).hex()), "the error grows"),
        (lambda: changed(document(), schedule={"lam": (0.5).hex(), "cutoff": None}), "need λ = 0"),
    ],
)
def test_what_the_theorems_do_not_cover(make: Any, message: str) -> None:
    with pytest.raises(NotExportable, match=message):
        export(make())


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ([], "expected a JSON object but got a list"),
        ({"format": "fa-theory-certificate/1", "kind": "growth"}, "expected one of decay-from-start, decay-from-state"),
        (document() | {"eta": (0.125).hex()}, "the document was changed after it was written"),
        (changed(document(), eta="0.25"), "a finite float64 as float.hex writes it"),
        (changed(document(), y=[(0.0).hex()]), "expected a list of 2 numbers but got a list of 1"),
    ],
)
def test_what_is_no_certificate(data: Any, message: str) -> None:
    with pytest.raises(MalformedDocument, match=message):
        export(data)


def test_linear_algebra_without_libraries() -> None:
    A = generator(0, "coq", "floats").normal(size=(6, 6))
    S = A @ A.T
    assert floats.eigenvalues(S.tolist()) == pytest.approx(np.linalg.eigvalsh(S).tolist())
    assert floats.cholesky(S.tolist()) == [pytest.approx(row) for row in np.linalg.cholesky(S).tolist()]
    assert floats.times_transposed(A.tolist(), A.tolist()) == [pytest.approx(row) for row in S.tolist()]


# what is rejected before Coq is asked


def digits(text: str) -> Iterator[int]:
    """Places of some digits in a text: of data, constants and the theorem."""
    places = [match.start() for match in re.finditer(r"\d", text)]
    yield from places[:: len(places) // 40]
    yield places[-1]


def test_one_changed_digit_of_the_exported_file_is_rejected(tmp_path: Path) -> None:
    file = written(tmp_path, document())
    text = export(document()).text
    for place in digits(text):
        other = text[:place] + str((int(text[place]) + 1) % 10) + text[place + 1 :]
        file.with_suffix(".v").write_text(other)
        verdict = recheck(file, AMPLE)
        assert verdict.status is Status.REJECTED
        assert verdict.reason.startswith("certificate.v is not what certificate.json says: line ")


@pytest.mark.parametrize(
    "edit",
    [
        lambda text: text.replace("Proof. by vm_compute. Qed.", "Admitted.", 1),
        lambda text: text.replace("Theorem", "Axiom cheat : False.\nTheorem", 1),
        lambda text: text + "\n",
        lambda text: text[:-1],
        lambda text: text.replace("From Coq", "Unset Guard Checking.\nFrom Coq", 1),
        lambda text: "",
        lambda text: text.replace("\n", "\r\n"),
    ],
)
def test_edited_files_are_rejected(tmp_path: Path, edit: Any) -> None:
    file = written(tmp_path, document())
    file.with_suffix(".v").write_bytes(edit(export(document()).text).encode())
    assert recheck(file.with_suffix(".v"), AMPLE).status is Status.REJECTED


def test_an_exported_file_without_its_document_proves_nothing_here(tmp_path: Path) -> None:
    (tmp_path / "alone.v").write_text("Theorem t : True. Proof. exact I. Qed.\n")
    with pytest.raises(FileNotFoundError):
        recheck(tmp_path / "alone.v", AMPLE)


def test_the_difference_is_shown() -> None:
    assert compare(b"a\nb 2\n", "a\nb 1\n") == "line 2 has '2' where '1' follows from the document"
    assert compare(b"a\n", "a\nb\n") == "line 2 has 'nothing' where 'b' follows from the document"
    assert compare(b"\xff", "a") == "line 1 has '\\\\ufffd' where 'a' follows from the document"


def test_without_coq_nothing_is_proved(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compiler, "absence", lambda: "coqc is not on the path")
    verdict = recheck(written(tmp_path, document()), AMPLE)
    assert verdict == KernelVerdict(Status.ABSENT, "coqc is not on the path")


# what the kernel says


@pytest.mark.usefixtures("coq")
@pytest.mark.parametrize("start", [False, True])
def test_linear_certificates_are_kernel_checked_without_axioms(tmp_path: Path, start: bool) -> None:
    verdict = recheck(written(tmp_path, document(start=start)), AMPLE)
    assert verdict.status is Status.CHECKED, verdict.reason
    assert verdict.axioms == ()
    assert re.search(r"‖e\(.*t\)‖ ≤ [\d.e-]+ · 0\.\d+\^t for all t ≥ 0; rests on no axioms", verdict.reason)


@pytest.mark.usefixtures("coq")
def test_a_tanh_certificate_is_kernel_checked_with_its_axioms(tmp_path: Path) -> None:
    verdict = recheck(written(tmp_path, document("tanh")), AMPLE)
    assert verdict.status is Status.CHECKED, verdict.reason
    assert "rests on the axioms sig_not_dec" in verdict.reason
    assert "Coq's machine integers" in verdict.reason


@pytest.mark.usefixtures("coq")
@pytest.mark.parametrize(
    ("old", "new"),
    [
        (r"step_size := \(1#4\)", "step_size := (4#1)"),  # another network
        (r"(targets := \[:: )\((-?\d+)#", r"\1(9\2#"),
    ],
)
def test_the_kernel_rejects_what_does_not_follow(old: str, new: str) -> None:
    made = export(document())
    text, times = re.subn(old, new, made.text, count=1)
    assert times == 1
    assert text != made.text
    broken = type(made)(text, made.part, made.general, made.steps, made.epsilon, made.rho)
    assert compiled(broken, library.built(), AMPLE).status is Status.REJECTED


@pytest.mark.usefixtures("coq")
def test_axioms_that_the_theorem_does_not_need_are_rejected() -> None:
    made = export(document())
    start = made.text.index("Theorem error_decays")
    text = made.text[:start] + "Axiom cheat : False.\n" + made.text[start:]
    text = re.sub(r"Proof\. exact: \(linear_certificate.*\n", "Proof. by case: cheat. Qed.\n", text)
    broken = type(made)(text, made.part, made.general, made.steps, made.epsilon, made.rho)
    verdict = compiled(broken, library.built(), AMPLE)
    assert verdict.status is Status.REJECTED
    assert verdict.reason == "the proof uses the axiom cheat"


@pytest.mark.usefixtures("coq")
def test_time_is_limited() -> None:
    assert compiled(export(document()), library.built(), CoqLimits(seconds=0.2)).status is Status.TIMEOUT
