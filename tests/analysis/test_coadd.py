"""Co-added exposures: the errors are the scatter, spikes are gone, unlike spectra are refused."""

import numpy as np
import pytest

from spectragui.analysis.coadd import CoaddOptions, coadd
from spectragui.core.errors import MeasurementError, UnitError
from spectragui.core.spectral_axis import SpectralAxis
from spectragui.core.spectrum import EchelleSpectrum, Spectrum

X = np.linspace(5000.0, 5040.0, 1000)
TRUTH = 1000.0 * (1 - 0.6 * np.exp(-0.5 * ((X - 5020) / 0.3) ** 2))


def exposure(seed, scale=1.0, shift=0.0, spikes=(), sigma=True, **axis):
    """Return a star with photon noise, on pixels that are shifted by a part of one."""
    rng = np.random.default_rng(seed)
    wavelength = X + shift * (X[1] - X[0])
    flux = scale * np.interp(wavelength, X, TRUTH)
    error = np.sqrt(flux)
    flux = flux + rng.normal(0, error)
    flux[list(spikes)] += 50 * error[list(spikes)]
    axis = {"medium": "air", "frame": "barycentric", **axis}
    meta = {"file": f"e{seed}.fits", "object": "HD 1"}
    return Spectrum(SpectralAxis(wavelength, **axis), flux, error if sigma else None, meta=meta)


@pytest.mark.parametrize("n", [2, 3, 7])
def test_the_error_is_the_scatter(n):
    """On common pixels, and unbiased although the noise follows the flux."""
    results = [coadd([exposure(100 * k + i) for i in range(n)]).spectrum for k in range(60)]
    flux = np.stack([one.flux for one in results])
    told = np.median(np.stack([one.uncertainty for one in results]), axis=0)
    assert np.median(flux.std(axis=0) / told) == pytest.approx(1.0, abs=0.03)
    assert told == pytest.approx(np.sqrt(TRUTH / n), rel=0.03)
    bias = (flux.mean(axis=0) - TRUTH) / (told / np.sqrt(60))
    assert abs(bias.mean()) < 0.5 and bias.std() == pytest.approx(1.0, abs=0.15)


@pytest.mark.parametrize("n", [2, 3, 5])
def test_spikes_are_rejected_and_nothing_else(n):
    exposures = [exposure(i, spikes=(100 + i, 700 + 3 * i)) for i in range(n)]
    found = coadd(exposures)
    assert found.n_rejected == pytest.approx(2 * n, abs=1)
    off = (found.spectrum.flux - TRUTH) / found.spectrum.uncertainty
    assert np.abs(off).max() < 5.5
    kept = coadd(exposures, CoaddOptions(rejection_sigma=0.0))
    assert (
        kept.n_rejected == 0 and np.abs((kept.spectrum.flux - TRUTH) / kept.spectrum.uncertainty).max() > 10
    )


def test_exposures_of_other_lengths_are_brought_to_one_level():
    found = coadd([exposure(1, 4.0), exposure(2, 1.0), exposure(3, 0.5)]).spectrum
    assert np.median(found.flux / (4 * TRUTH)) == pytest.approx(1.0, abs=0.005)
    snr = np.median(found.flux / found.uncertainty)
    assert snr == pytest.approx(np.sqrt(np.median(TRUTH) * 5.5), rel=0.02)


def test_shifted_pixels_are_rebinned():
    found = coadd([exposure(1), exposure(2, shift=0.4), exposure(3, shift=-0.3)]).spectrum
    inner = slice(5, -5)
    off = (found.flux - TRUTH)[inner] / found.uncertainty[inner]
    assert np.abs(np.median(off)) < 0.15 and off.std() < 1.2
    grids = [exposure(1, shift=shift).wavelength_aa for shift in (0.0, 0.4, -0.3)]
    assert any(np.array_equal(found.wavelength_aa, grid) for grid in grids)


def test_masked_pixels_are_filled_from_the_others_and_stay_masked_where_none_has_them():
    first, second = exposure(1), exposure(2)
    mask_a, mask_b = np.zeros(X.size, bool), np.zeros(X.size, bool)
    mask_a[100:200], mask_b[150:250] = True, True
    found = coadd([first.replace(mask=mask_a), second.replace(mask=mask_b)]).spectrum
    assert np.array_equal(np.flatnonzero(~found.good), np.arange(150, 200))
    assert found.uncertainty[120] > 1.3 * found.uncertainty[50]


def test_without_errors_they_come_from_the_scatter():
    found = coadd([exposure(i, sigma=False) for i in range(4)]).spectrum
    assert np.median(found.uncertainty) == pytest.approx(np.sqrt(np.median(TRUTH) / 4), rel=0.1)


def test_orders_are_added_each():
    echelles = [
        EchelleSpectrum((exposure(i).select(slice(0, 500)), exposure(50 + i).select(slice(450, None))), {})
        for i in range(3)
    ]
    found = coadd(echelles).spectrum
    assert [len(order) for order in found.orders] == [500, 550]
    for number, order in enumerate(found.orders):
        alone = coadd([echelle.orders[number] for echelle in echelles]).spectrum
        np.testing.assert_allclose(order.flux, alone.flux)
        np.testing.assert_allclose(order.uncertainty, alone.uncertainty)
    assert "Co-added from 3 exposures" in found.meta["history"][-1]


@pytest.mark.parametrize(
    "axis", [{"frame": "rest"}, {"medium": "vacuum"}, {"frame": "unknown"}, {"medium": "unknown"}]
)
def test_unlike_spectra_are_never_combined(axis):
    with pytest.raises(UnitError) as raised:
        coadd([exposure(1), exposure(2, **axis)])
    assert raised.value.hint


def test_the_earths_motion_is_minded_in_the_observers_frame():
    first = exposure(1, frame="observer").with_meta(berv_kms=10.0)
    with pytest.raises(UnitError, match="barycentre|Earth"):
        coadd([first, exposure(2, frame="observer").with_meta(berv_kms=-10.0)])
    coadd([first, exposure(2, frame="observer").with_meta(berv_kms=10.1)])


def test_one_exposure_or_other_units_are_refused():
    with pytest.raises(MeasurementError):
        coadd([exposure(1)])
    with pytest.raises(UnitError, match="electron"):
        coadd([exposure(1), exposure(2).replace(flux_unit="electron")])


def test_the_input_is_not_changed():
    exposures = [exposure(1), exposure(2, shift=0.3)]
    before = [(one.flux.copy(), one.uncertainty.copy(), one.mask.copy()) for one in exposures]
    coadd(exposures)
    for one, (flux, sigma, mask) in zip(exposures, before, strict=True):
        assert np.array_equal(one.flux, flux) and np.array_equal(one.uncertainty, sigma)
        assert np.array_equal(one.mask, mask)
