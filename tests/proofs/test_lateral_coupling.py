"""Lufkin 2022: lattices of excitation and inhibition, their thresholds, and the energy of sparse coding."""

from __future__ import annotations

import numpy as np
import pytest
from flint import arb, ctx
from hypothesis import given
from hypothesis import strategies as st

from fa_theory.checker.proof import replay
from fa_theory.errors import InputError
from fa_theory.proofs.lufkin2022.energy import Coder, random_coder, run
from fa_theory.proofs.lufkin2022.lattice import LateralKernel, enclosed_threshold, ring
from fa_theory.proofs.lufkin2022.patterns import convolved, torus
from fa_theory.proofs.lufkin2022.theorems import modes, proximal, rotation
from fa_theory.proofs.lufkin2022.waves import SlowInhibition, spectrum, travelling

PROOFS = {
    "eigenfunctions": modes.eigenfunctions,
    "amplitude": modes.amplitude,
    "decay": modes.decay,
    "turning": rotation.turning,
    "straight": rotation.straight,
    "growth": rotation.growth,
    "excitation": rotation.excitation,
    "inhibition": rotation.inhibition,
    "signed": proximal.signed,
    "non-negative": proximal.nonnegative,
}


@pytest.mark.parametrize("name", PROOFS)
def test_the_kernel_replays_the_proof(name: str) -> None:
    proof = PROOFS[name]()
    assert replay(proof.document).text == proof.finished.text  # type: ignore[union-attr]
    assert proof.mutants


def test_no_axiom_is_cited() -> None:
    assert not any(proof().document.get("axioms") for proof in PROOFS.values())


def test_modes_of_a_torus_are_eigenfunctions() -> None:
    k, symbol, u = torus(np.random.default_rng(0), 8)
    assert np.allclose(convolved(k, u), symbol * u)


def test_the_closed_form_is_the_largest_symbol() -> None:
    kernel = LateralKernel(2.0, 1.5, 1.0, 2.5)
    x = np.linspace(0, 5, 20001)
    assert kernel.largest() == pytest.approx(kernel.symbol(x).max(), rel=1e-6)
    assert kernel.symbol(kernel.peak()) == pytest.approx(kernel.largest())


def test_without_wide_inhibition_there_is_no_pattern() -> None:
    kernel = LateralKernel(4.0, 1.0, 1.0, 1.5)
    assert not kernel.patterned()
    assert kernel.threshold() == pytest.approx(1 / 3)
    with pytest.raises(InputError, match="no wavelength"):
        kernel.wavelength()


@pytest.mark.parametrize("values", [(0.0, 1.0, 1.0, 2.0), (1.0, 1.0, 2.0, 1.0), (1.0, -1.0, 1.0, 2.0)])
def test_masses_and_radii_are_checked(values: tuple[float, ...]) -> None:
    with pytest.raises(InputError, match="masses > 0 and radii"):
        LateralKernel(*values)


def test_the_enclosed_threshold_holds_the_one_in_floats() -> None:
    with ctx.workprec(128):
        found, mode = enclosed_threshold(LateralKernel(arb(1), arb(1), arb("1.5"), arb(3)), 16)
    khat = LateralKernel().on_torus(16)
    assert float(found.mid()) == pytest.approx(1 / khat.max(), abs=1e-12)
    assert khat[mode] == pytest.approx(khat.max())


def test_symbols_of_a_torus_are_transforms_of_its_kernel() -> None:
    near, far = ring(1.5, 8), ring(3.0, 8)
    k = np.outer(near, near) - np.outer(far, far)
    assert np.allclose(LateralKernel().on_torus(8), np.real(np.fft.fft2(k)))


@pytest.mark.parametrize(("b", "tau"), [(1.0, 5.0), (0.1, 5.0)])
def test_the_first_mode_travels_only_if_inhibition_is_slow(b: float, tau: float) -> None:
    model = SlowInhibition(LateralKernel(), b, tau)
    for factor, grows in ((0.999, False), (1.001, True)):
        a = factor * model.onset() * model.kernel.largest() - 1
        found = spectrum(a, b, 1 / tau, 1 / tau)
        assert (found.real.max() > 0) == grows
        assert (abs(found.imag).max() > 0) == model.travels()


def test_the_wave_is_a_solution_on_a_ring() -> None:
    _, gap = travelling(32, 3, 5.0)
    assert gap < 1e-4


@given(st.integers(0, 2**32 - 1), st.booleans())
def test_proximal_steps_never_raise_the_energy(seed: int, signed: bool) -> None:
    coder, x, a = random_coder(np.random.default_rng(seed), signed=signed)
    eta = 1 / max(coder.bound(), 1e-9)
    for _ in range(5):
        after = coder.step(x, a, eta)
        fallen = eta * (coder.energy(x, a) - coder.energy(x, after))
        assert fallen >= np.sum((after - a) ** 2) / 2 - 1e-9 * (1 + abs(fallen))
        a = after


def test_codes_that_are_not_negative_stay_so() -> None:
    coder, x, a = random_coder(np.random.default_rng(3), signed=False)
    assert np.all(coder.step(x, a, 0.1) >= 0)


def test_large_steps_can_raise_the_energy() -> None:
    coder = Coder(np.eye(2), np.zeros((2, 2)), np.zeros(2))
    found = run(coder, np.ones(2), np.zeros(2), 3.0, 1)
    assert found[1] > found[0]
