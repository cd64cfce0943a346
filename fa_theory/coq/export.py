"""A decay certificate as a Coq file: the network of the document, constants, and a theorem about the network."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from . import linear, tanh
from .exact import ExactNetwork, NotExportable, matrix, rational, vector

LARGEST = 60, 20_000
"""Samples, and samples times neurons, of a network that is exported; the search is plain Python."""
THEOREM = "error_decays"


@dataclass(frozen=True)
class CoqCertificate:
    """A Coq file with a theorem: ``‖e(step + t)‖₂ ≤ ρ^t ε`` for all t, where step counts from the initial network."""

    text: str
    part: str
    """The part of the library that the theorem comes from."""
    general: str
    """The theorem of the library whose instance this is."""
    steps: int
    epsilon: Fraction
    rho: Fraction


def export(document: Mapping[str, Any]) -> CoqCertificate:
    """Write the Coq file of a decay certificate: the same text for the same document, on every machine.

    Parameters
    ----------
    document
        A document of kind ``decay-from-state`` or ``decay-from-start``, with ψ linear or tanh.

    Raises
    ------
    MalformedDocument
        If it is not such a document.
    NotExportable
        If the Coq theorems do not cover it, or no constants for them are found; the message says why.
    """
    network = ExactNetwork.read(document)
    n, p = network.n, network.p
    if n > LARGEST[0] or n * p > LARGEST[1]:
        raise NotExportable(f"n = {n}, p = {p}: at most {LARGEST[0]} samples and {LARGEST[1]:,} samples times neurons")
    match network.activation:
        case "linear":
            return _linear(network)
        case "tanh":
            return _tanh(network)
        case other:
            raise NotExportable(f"the Coq theorems are about ψ = linear and tanh; this is {other}")


def _linear(network: ExactNetwork) -> CoqCertificate:
    found = linear.search(network)
    certificate, theorem = linear.render(network, found)
    text = f"""{_heading(network)}
From Coq Require Import ZArith QArith.
From mathcomp Require Import all_ssreflect all_algebra.
From FA.core Require Import FrobeniusNorm RationalMatrices RationalBounds RationalNetwork LinearCertificate.
Delimit Scope Q_scope with qq. Local Open Scope Q_scope.

{_network(network)}
{certificate}
{_meaning(network, found.steps, found.epsilon, found.rho)}
{theorem}Print Assumptions {THEOREM}.
"""
    steps = network.step + found.steps
    return CoqCertificate(text, "core", "linear_certificate", steps, found.epsilon, found.rho)


def _tanh(network: ExactNetwork) -> CoqCertificate:
    found = tanh.search(network)
    certificate, theorem = tanh.render(network, found)
    text = f"""{_heading(network)}
From Coq Require Import QArith List.
From FA.reals Require Import TanhTable.
Notation "[ :: x ; .. ; y ]" := (cons x (.. (cons y nil) ..)).
Open Scope Q_scope.

(* Pre-activations, rounded, and their tanh, rounded: verified entry by entry. *)
{tanh.render_table(found)}
From Coq Require Import ZArith Reals.
From mathcomp Require Import all_ssreflect all_algebra.
From mathcomp.analysis Require Import Rstruct.
From FA.core Require Import FrobeniusNorm RationalMatrices RationalBounds RationalNetwork SmoothCertificate.
From FA.reals Require Import ActivationBounds TanhCertificate.
Delimit Scope Q_scope with qq. Local Open Scope Q_scope.

{_network(network)}
{certificate}
{_meaning(network, 0, found.epsilon, found.rho)}
{theorem}Print Assumptions {THEOREM}.
"""
    return CoqCertificate(text, "reals", "tanh_certificate", network.step, found.epsilon, found.rho)


def _heading(network: ExactNetwork) -> str:
    return f"""\
(* Exponential decay of the error of one network under feedback alignment, for all time: exported by fa-theory from the
   certificate with the digest {network.digest}. *)"""


def _network(network: ExactNetwork) -> str:
    """The data of the document, exactly."""
    return f"""\
(* The network of the document: every number is the float64 recorded there, exactly. *)
Definition the_network : network := {{|
  samples := {network.n}; dimension := {len(network.X[0])}; width := {network.p};
  inputs := {matrix(network.X)};
  targets := {vector(network.y)};
  hidden := {matrix(network.W)};
  output := {vector(network.beta)};
  feedback := {vector(network.b)};
  step_size := {rational(network.eta)} |}}.
"""


def _meaning(network: ExactNetwork, steps: int, epsilon: Fraction, rho: Fraction) -> str:
    after = f"{steps} + t" if steps else "t"
    return f"""\
(* For all t, the Euclidean norm of the error {after} steps after the state of the document (step {network.step}
   of its run) is at most {float(epsilon):.6g} {float(rho):.9g}^t, rounded here but not below. *)"""
