"""Scales, widths and shifts of headers against what was worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest
from astropy import units as u

from spectragui.core.spectral_axis import SpectralAxis
from spectragui.core.spectrum import Spectrum
from spectragui.io.headers.fits_header import Header
from spectragui.io.headers.written_cards import primary_header
from spectragui.io.reading.flux_units import flux_unit_text, is_calibrated
from spectragui.io.reading.iraf_functions import averaged_functions
from spectragui.io.reading.linear_scale import scale_step
from spectragui.io.reading.resolving_power import _from_width
from spectragui.io.reading.velocity_shifts import _velocity


def header_of(**cards):
    return Header([(keyword, value, "") for keyword, value in cards.items()])


def order(start):
    return Spectrum(SpectralAxis(np.linspace(start, start + 100.0, 11), medium="air"), np.ones(11))


def test_the_step_of_a_scale_is_its_own_matrix_or_its_step_times_one() -> None:
    assert scale_step(header_of(CDELT1=0.5, PC1_1=0.2)) == pytest.approx(0.1)
    assert scale_step(header_of(CDELT1=0.5, PC1_1=1.0)) == scale_step(header_of(CDELT1=0.5)) == 0.5
    assert scale_step(header_of(CD1_1=0.3, CDELT1=0.5)) == 0.3
    assert scale_step(header_of(CDELT2=0.7, CDELT1=0.5), 2) == 0.7


def test_a_width_is_a_resolving_power_in_the_middle_of_all_orders() -> None:
    found = _from_width(header_of(H_WRESOL=0.1), "H_WRESOL", [order(4000.0), order(5000.0), order(9000.0)])
    assert found["resolving_power"] == pytest.approx(50_500.0)
    assert found["resolving_power_source"].endswith("A (FWHM) at 5050 A")
    assert _from_width(header_of(RES=0.1), "RES", [order(4000.0)]) == {}


def test_a_redshift_is_a_velocity_by_relativity() -> None:
    assert _velocity(0.001) == pytest.approx(299.792458)
    assert _velocity(0.5) == pytest.approx(299792.458 * (2.25 - 1) / (2.25 + 1))
    assert _velocity(3.0) == pytest.approx(299792.458 * 15.0 / 17.0)


@pytest.mark.parametrize(
    ("word", "unit"),
    [("FLAM", "erg / (s cm2 Angstrom)"), ("fnu", "erg / (s cm2 Hz)"), ("counts", "ct"), ("ADU", "adu"),
     ("flux (erg/s/cm2/A)", "erg / (s cm2 Angstrom)"),
     ("10^-17 erg/cm2/s/Ang", "1e-17 erg / (s cm2 Angstrom)")],
)  # fmt: skip
def test_flux_units_are_those_that_the_words_mean(word, unit) -> None:
    found = u.Unit(flux_unit_text(word))
    assert found.is_equivalent(u.Unit(unit)) and found.to(u.Unit(unit)) == pytest.approx(1.0)
    assert is_calibrated(flux_unit_text(word)) == (unit not in ("ct", "adu"))


def test_a_table_of_a_solution_is_read_between_its_entries() -> None:
    pixel = np.array([1.0, 1.25, 2.0, 2.5, 3.0, 3.5])
    found = averaged_functions([1.0, 0.0, 5.0, 3.0, 5000.0, 5010.0, 5030.0], pixel)
    np.testing.assert_allclose(found, [5000.0, 5002.5, 5010.0, 5020.0, 5030.0, 5040.0])
    twice = [1.0, 100.0, 5.0, 2.0, 0.0, 1.0, 3.0, 0.0, 5.0, 2.0, 8.0, 10.0]
    np.testing.assert_allclose(
        averaged_functions(twice, np.array([1.0, 1.5])), [(100.0 + 24.0) / 4, (100.5 + 27.0) / 4]
    )


def test_cards_of_the_spectrum_take_the_place_of_the_files() -> None:
    cards = [("SPECSYS", "TOPOCENT", "as observed"), ("OBJECT", "of the file", ""), ("AIRORVAC", "vac", ""),
             ("EXPTIME", 30.0, "s"), ("NAXIS1", 100, "")]  # fmt: skip
    axis = SpectralAxis(np.linspace(5000.0, 5100.0, 11), medium="air", frame="barycentric")
    spectrum = Spectrum(
        axis, np.ones(11), meta={"header": cards, "object": "HD 1", "resolving_power": 42_000.0}
    )
    made = primary_header(spectrum)
    assert (made["SPECSYS"], made["MEDIUM"], made["SPEC_RES"]) == ("BARYCENT", "air", 42_000.0)
    assert made["OBJECT"] == "of the file" and made["EXPTIME"] == 30.0
    assert "AIRORVAC" not in made and "NAXIS1" not in made
