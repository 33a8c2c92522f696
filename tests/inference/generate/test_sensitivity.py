"""Sensitivity: what is known of which lines tell which label."""

import numpy as np
import pytest

from spectragui.core.errors import ModelError
from spectragui.core.labels import LabelSet
from spectragui.inference.generate.sensitivity import STEPS, label_sensitivity
from spectragui.inference.prediction import Comparison

SUN = LabelSet({"teff": 5772, "logg": 4.44, "m_h": 0.0, "alpha_m": 0.0, "vsini": 2.0, "vmic": 1.0})


@pytest.fixture(scope="module")
def comparison():
    from spectragui.simulation.emulator import load_emulator

    try:
        load_emulator("optical-emulator")
    except ModelError:
        pytest.skip("no emulator is bundled yet")
    wavelength = np.arange(4850.0, 5200.0, 0.02)
    flux = np.ones(wavelength.size)
    flux[5] = np.nan
    return Comparison(wavelength, flux, flux, flux, flux, np.isnan(flux), SUN, model="optical-parameters")


def near(comparison, values, wavelength_aa, half_width_aa=0.6):
    return values[np.abs(comparison.wavelength_aa - wavelength_aa) < half_width_aa]


def test_metal_lines_deepen_with_metallicity(comparison):
    change = label_sensitivity(comparison, "m_h", 100_000)
    assert np.nanmedian(change) < 0
    assert np.nanmin(change) < -0.02


def test_wings_of_the_mg_b_lines_deepen_with_gravity(comparison):
    change = label_sensitivity(comparison, "logg", 100_000)
    assert near(comparison, change, 5182.4, 0.3).mean() < -0.003


def test_h_beta_deepens_and_metals_weaken_with_temperature(comparison):
    change = label_sensitivity(comparison, "teff", 100_000)
    assert near(comparison, change, 4858.0, 0.5).mean() < 0
    assert near(comparison, change, 5183.6, 0.3).mean() > 0


def test_gaps_stay_gaps_and_every_label_has_a_finite_answer(comparison):
    for name in STEPS:
        change = label_sensitivity(comparison, name, 50_000)
        assert np.isnan(change[5])
        assert np.isfinite(np.delete(change, 5)).all()
        assert np.nanmax(np.abs(change)) > 1e-4
