"""A generated spectrum over an observed one."""

from __future__ import annotations

import numpy as np
import pytest

from spectragui.core.labels import LabelSet
from spectragui.inference.generate.overlay import lay_over, prepare_backdrop
from spectragui.simulation.emulator import load_emulator
from spectragui.simulation.forward_model import Observing, observed_flux, simulate_spectrum

STAR = {"teff": 5500.0, "logg": 4.2, "m_h": -0.2, "alpha_m": 0.1, "vmic": 1.1, "vsini": 4.0}


@pytest.fixture(scope="module")
def backdrop():
    observing = Observing(resolving_power=40_000.0, v_rad_kms=35.0, snr=100.0, seed=3)
    return prepare_backdrop(simulate_spectrum(load_emulator("optical-emulator"), STAR, observing))


def generated_at(labels, resolving_power=40_000.0):
    wavelength = 4450.0 + 0.05 * np.arange(19_000)
    observing = Observing(resolving_power=resolving_power)
    return wavelength, observed_flux(load_emulator("optical-emulator"), labels, observing, wavelength)


def test_the_right_spectrum_at_the_right_velocity_fits_within_the_noise(backdrop):
    assert backdrop.v_rad_kms == pytest.approx(35.0, abs=0.3)
    overlay = lay_over(backdrop, *generated_at(STAR), LabelSet(STAR), backdrop.v_rad_kms)
    residual = overlay.comparison.residual_sigma[~overlay.comparison.mask]
    assert np.nanstd(residual) < 1.1
    assert overlay.rms == pytest.approx(0.01, abs=0.003)
    wavelength = overlay.comparison.wavelength_aa
    assert np.nanmin(wavelength) > 4450.0  # as in the file, not at rest


def test_another_star_or_velocity_fits_worse(backdrop):
    best = lay_over(backdrop, *generated_at(STAR), LabelSet(STAR), backdrop.v_rad_kms).rchi2
    hotter = {**STAR, "teff": 6000.0}
    assert lay_over(backdrop, *generated_at(hotter), LabelSet(hotter), backdrop.v_rad_kms).rchi2 > 2 * best
    assert lay_over(backdrop, *generated_at(STAR), LabelSet(STAR), 20.0).rchi2 > 5 * best


def test_known_levels_give_the_same_picture(backdrop):
    first = lay_over(backdrop, *generated_at(STAR), LabelSet(STAR), backdrop.v_rad_kms)
    again = lay_over(backdrop, *generated_at(STAR), LabelSet(STAR), backdrop.v_rad_kms, levels=first.levels)
    np.testing.assert_allclose(again.comparison.observed, first.comparison.observed)


def test_what_is_shifted_out_of_the_window_is_left_open(backdrop):
    overlay = lay_over(backdrop, *generated_at(STAR), LabelSet(STAR), 500.0)
    generated = overlay.comparison.generated
    assert np.isnan(generated).sum() > 100
    assert np.isfinite(overlay.rchi2)
