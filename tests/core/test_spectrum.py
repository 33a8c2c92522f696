"""Spectra are immutable values: nothing leaks in or out of their arrays, NaN is always masked."""

import pickle

import numpy as np
import pytest

from spectragui.core.errors import UnitError
from spectragui.core.spectral_axis import SpectralAxis
from spectragui.core.spectrum import EchelleSpectrum, Spectrum, orders_of


def make_spectrum(start=5000.0, n_pixels=10, **changes):
    axis = SpectralAxis(start + np.arange(float(n_pixels)), medium="air")
    values = {
        "flux": np.arange(float(n_pixels)),
        "uncertainty": np.full(n_pixels, 0.1),
        "meta": {"file": "a.fits"},
    }
    return Spectrum(axis, **{**values, **changes})


def test_arrays_are_copied_and_read_only():
    flux = np.ones(10, dtype=">f4")
    spectrum = make_spectrum(flux=flux)
    flux[0] = 5.0
    assert spectrum.flux[0] == 1.0
    assert spectrum.flux.dtype == np.dtype(float)
    assert spectrum.flux.dtype.isnative
    for array in (spectrum.flux, spectrum.uncertainty, spectrum.mask):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 1
    with pytest.raises(TypeError):
        spectrum.meta["file"] = "b.fits"
    with pytest.raises(AttributeError):
        spectrum.flux = np.zeros(10)


def test_bad_flux_and_bad_errors_are_masked():
    flux = np.ones(10)
    flux[1], flux[2] = np.nan, np.inf
    sigma = np.full(10, 0.1)
    sigma[3], sigma[4], sigma[5] = 0.0, -1.0, np.nan
    mask = np.zeros(10, dtype=bool)
    mask[6] = True
    spectrum = make_spectrum(flux=flux, uncertainty=sigma, mask=mask)
    assert np.flatnonzero(spectrum.mask).tolist() == [1, 2, 3, 4, 5, 6]
    assert np.array_equal(spectrum.good, ~spectrum.mask)


@pytest.mark.parametrize("field", ["flux", "uncertainty", "mask"])
def test_shapes_must_fit(field):
    with pytest.raises(UnitError, match=r"shape \(3,\)"):
        make_spectrum(**{field: np.ones(3)})


def test_spectra_compare_and_pickle_as_values():
    spectrum = make_spectrum(flux=np.array([np.nan, *range(9)]))
    again = pickle.loads(pickle.dumps(spectrum))
    assert again == spectrum
    assert not again.flux.flags.writeable
    assert spectrum != spectrum.with_meta(object="Sun")
    assert spectrum != spectrum.replace(uncertainty=None)


def test_a_wavenumber_spectrum_turns_into_ascending_wavelength():
    axis = SpectralAxis(np.array([10000.0, 12500.0, 20000.0]), unit="cm-1", medium="vacuum")
    spectrum = Spectrum(axis, [1.0, 2.0, np.nan], [0.1, 0.2, 0.3]).in_angstrom()
    assert np.allclose(spectrum.wavelength_aa, [5000.0, 8000.0, 10000.0])
    assert np.array_equal(spectrum.flux, [np.nan, 2.0, 1.0], equal_nan=True)
    assert np.array_equal(spectrum.uncertainty, [0.3, 0.2, 0.1])
    assert spectrum.mask.tolist() == [True, False, False]
    assert spectrum.spectral_axis.unit_source == "converted from cm-1"


def test_select_keeps_all_arrays_together():
    part = make_spectrum().select(slice(2, 6))
    assert part.wavelength_aa.tolist() == [5002.0, 5003.0, 5004.0, 5005.0]
    assert part.flux.tolist() == [2.0, 3.0, 4.0, 5.0]
    assert len(part.uncertainty) == len(part.mask) == 4


def test_orders_are_sorted_by_wavelength():
    red, blue = make_spectrum(6000.0), make_spectrum(5000.0, n_pixels=20)
    echelle = EchelleSpectrum((red, blue), {"object": "Sun"})
    assert echelle.orders == (blue, red)
    assert echelle.n_pixels == 30
    assert echelle.name == "Sun"
    assert orders_of(echelle) == (blue, red)
    assert orders_of(red) == (red,)
    again = pickle.loads(pickle.dumps(echelle))
    assert again.orders == echelle.orders
    assert dict(again.meta) == dict(echelle.meta)


def test_an_echelle_spectrum_needs_an_order():
    with pytest.raises(UnitError, match="at least one order"):
        EchelleSpectrum(())


def test_the_name_is_the_most_human_one():
    assert make_spectrum().name == "a.fits"
    assert make_spectrum(meta={"object": "Sun", "file": "a.fits"}).name == "Sun"
    assert make_spectrum(meta={}).name == "spectrum"
