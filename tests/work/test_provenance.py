"""The key of a run changes with everything that its records depend on."""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
from pathlib import Path

import pytest

from fa_theory.work import provenance

KEY = """
import json
from fa_theory.work.provenance import arithmetic, run_key
print(json.dumps([run_key(1), arithmetic()]))
"""


def key(**environment: str) -> tuple[str, dict[str, str]]:
    """The key and the arithmetic of a fresh process."""
    answer = subprocess.run(
        [sys.executable, "-c", KEY], capture_output=True, text=True, check=True, env=os.environ | environment
    )
    found, arithmetic = json.loads(answer.stdout)
    return found, arithmetic


def test_the_key_is_the_same_in_another_process() -> None:
    assert key()[0] == provenance.run_key(1)


@pytest.mark.skipif(platform.machine() != "x86_64", reason="the kernels named are those of x86-64")
@pytest.mark.parametrize("core", ["Nehalem", "Sandybridge"])
def test_another_kernel_of_blas_is_another_key(core: str) -> None:
    if "openblas" not in provenance.arithmetic()["blas"]:
        pytest.skip("needs OpenBLAS")
    found, arithmetic = key(OPENBLAS_CORETYPE=core)
    assert core.lower() in arithmetic["blas"].lower()
    assert found != provenance.run_key(1)


@pytest.mark.parametrize("name", ["code_digest", "versions", "arithmetic"])
def test_the_key_depends_on_code_versions_and_arithmetic(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    before = provenance.run_key("x")
    monkeypatch.setattr(provenance, name, lambda: "another")
    assert provenance.run_key("x") != before


def test_the_digest_covers_the_proofs_and_can_be_of_a_part() -> None:
    everything, parts = provenance.code_digest(), provenance.code_digest("model", "errors.py")
    assert len({everything, parts, provenance.code_digest("model"), provenance.code_digest("errors.py", "model")}) == 4


def test_a_package_that_is_missing_is_none() -> None:
    assert provenance.versions(("no-such-package",))["no-such-package"] == "none"


def test_the_digest_of_a_file_is_that_of_its_content(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("1")
    (tmp_path / "b").write_text("1")
    (tmp_path / "c").write_text("2")
    one, same, other = (provenance.file_digest(tmp_path / name) for name in "abc")
    assert one == same != other
