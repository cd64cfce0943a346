"""Tests that need Coq are skipped without it, but fail where it must be there."""

from __future__ import annotations

import os

import pytest

from fa_theory.coq import compiler

REQUIRED = "FA_THEORY_COQ"
"""With the value ``required`` in the environment, as in CI, a test that needs Coq fails where Coq is absent."""


@pytest.fixture(scope="session")
def coq() -> None:
    reason = compiler.absence()
    if reason and os.environ.get(REQUIRED) == "required":
        pytest.fail(f"{REQUIRED}=required, but {reason}")
    if reason:
        pytest.skip(reason)
