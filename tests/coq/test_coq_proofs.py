"""Proof documents in Coq: the exported statement, what the kernel of Coq accepts, and false neighbours it rejects."""

from __future__ import annotations

import copy
import json
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from fa_theory.checker.proof import Refused
from fa_theory.coq import compiler, library
from fa_theory.coq.compiler import CoqLimits
from fa_theory.coq.derivation.export import CoqDerivation, export
from fa_theory.coq.exact import NotExportable
from fa_theory.coq.recheck import KernelVerdict, Status, compiled, recheck
from fa_theory.proofs.song2021.theorems import gradient_flow, linear_step, random_gram

AMPLE = CoqLimits(seconds=200.0)
RECURSION = linear_step.proof().document

Json = Any


def every_rule() -> dict[str, Json]:
    """A document with every rule of inference; the last step needs all the others."""
    absolute, squares = ["fn", "abs", "x"], ["sum", ["i"], ["^", ["u", "i"], 2]]
    norm = ["fn", "op", ["of", ["i", "j"], ["M", "i", "j"]]]
    later = ["a", ["t", 1]]
    trivial = {"say": ["y", "=", ["+", "y", 0]]}
    squared, x2 = ["^", absolute, 2], ["^", "x", 2]
    square = {"say": [squared, "=", x2]}
    power = {"say": [["a", "t"], "=", ["^t", "q", "t"]]}

    def combine(name: str, goal: Json, *items: Json) -> Json:
        return {"as": name, "rule": "combine", "goal": goal, "items": list(items)}

    def item(use: Json, times: Json = 1, **more: Json) -> Json:
        return {"use": use, "times": times, **more}

    return {
        "format": "fa-theory-proof/1",
        "kind": "proof",
        "sorts": ["n"],
        "indices": {"i": "n", "j": "n", "t": "time"},
        "tensors": {"a": ["time"], "q": [], "x": [], "y": [], "u": ["n"], "s": [], "M": ["n", "n"]},
        "hypotheses": {
            "START": {"say": [["a", 0], "=", 1]},
            "STEP": {"all": ["t"], "say": [later, "=", ["*", "q", ["a", "t"]]]},
            "SO FAR": power,
            "SQUARES": {"say": ["s", "=", squares]},
            "ABOVE": {"all": ["i"], "say": [0, "<=", ["u", "i"]]},
            "LOW": {"say": ["x", "<=", 0]},
            "HIGH": {"say": [0, "<", "x"]},
            "NEVER": {"say": [1, "<=", 0]},
        },
        "steps": [
            combine("start", {"say": [["a", 0], "=", ["^t", "q", 0]]}, item("START")),
            combine(
                *("onward", {"say": [later, "=", ["^t", "q", ["t", 1]]]}),
                *(item({"by": "STEP", "at": ["t"]}), item("SO FAR", "q")),
            ),
            {"as": "always", "rule": "induction", "var": "t", "goals": [power], "base": ["start"], "step": ["onward"]},
            combine(
                *("next", {"say": [["^t", "q", ["t", 1]], "=", ["*", "q", ["^t", "q", "t"]]]}),
                *(item({"by": "always", "at": [["t", 1]]}, -1), item({"by": "always", "at": ["t"]}, "q")),
                item({"by": "STEP", "at": ["t"]}),
            ),
            {"as": "powers", "rule": "drop", "use": "next", "defs": ["START", "STEP"]},
            {"as": "all powers", "rule": "generalise", "use": "powers", "over": ["t"]},
            combine(
                *("down", square),
                item({"by": ["ax", "abs_down"], "at": ["x"], "given": ["LOW"]}, ["+", absolute, ["-", "x"]]),
            ),
            combine("weaker", {"say": [0, "<=", "x"]}, item("HIGH")),
            combine(
                *("up", square),
                item({"by": ["ax", "abs_up"], "at": ["x"], "given": ["weaker"]}, ["+", absolute, "x"]),
            ),
            {"as": "square", "rule": "cases", "split": ["x", 0], "low": "down", "high": "up"},
            {"as": "impossible", "rule": "absurd", "use": "NEVER", "goal": trivial},
            combine("possible", trivial),
            {"as": "trivial", "rule": "cases", "split": [1, 0], "low": "impossible", "high": "possible"},
            {"as": "root", "rule": "congruence", "fn": "sqrt", "use": "SQUARES"},
            {"as": "same root", "rule": "drop", "use": "root", "defs": ["SQUARES"]},
            {"as": "if below", "rule": "discharge", "use": "down", "hyp": "LOW"},
            combine(
                *("all", {"say": [0, "<=", ["+", ["*", norm, "1/2"], ["sum", ["i"], ["u", "i"]], ["-", squared, x2]]]}),
                item({"by": ["ax", "op_sign", "n", "n"], "at": [["of", ["i", "j"], ["M", "i", "j"]]]}, "1/2"),
                item({"by": "ABOVE", "at": ["i"]}, over=["i"]),
                *(item("square", -1), item({"by": "all powers", "at": [3]}, 0), item("trivial", "y"), item("same root")),
                item({"by": "if below", "given": ["LOW"]}, 0),
            ),
        ],
        "concludes": "all",
    }


def written(folder: Path, data: dict[str, Json]) -> Path:
    file = folder / "proof.json"
    file.write_text(json.dumps(data))
    return file
