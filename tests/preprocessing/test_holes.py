"""Bad pixels and gaps: found, listed, filled with honest errors, cut, or reason to leave an order out."""

import numpy as np
import pytest

from spectragui.core.errors import StageError
from spectragui.core.spectral_axis import SpectralAxis
from spectragui.core.spectrum import EchelleSpectrum, Spectrum
from spectragui.preprocessing.stages.bad_pixels import BadPixels
from spectragui.preprocessing.stages.treat_gaps import Gaps


def make_lines(n_pixels, rng, width=2.5):
    flux = np.ones(n_pixels)
    for centre in rng.uniform(0, n_pixels, n_pixels // 25):
        flux -= rng.uniform(0, 0.6) * flux * np.exp(-0.5 * ((np.arange(n_pixels) - centre) / width) ** 2)
    return flux


def make(flux, sigma=0.01, mask=None, wavelength=None):
    axis = SpectralAxis(5000 + 0.02 * np.arange(flux.size) if wavelength is None else wavelength)
    return Spectrum(axis, flux, np.full(flux.size, sigma), mask)


def test_zeros_fill_values_and_saturation_are_found():
    rng = np.random.default_rng(1)
    flux = rng.normal(make_lines(2000, rng), 0.01)
    flux[100], flux[300:340], flux[[700, 900, 1100, 1300, 1500]] = 0.0, -5.0, 3.0
    result = BadPixels().run(make(flux))
    expected = np.zeros(2000, dtype=bool)
    expected[[100, 700, 900, 1100, 1300, 1500]] = expected[300:340] = True
    np.testing.assert_array_equal(result.spectrum.mask, expected)
    assert len(result.regions) == 7
    assert not BadPixels(saturated=False).run(make(flux)).spectrum.mask[700]


@pytest.mark.parametrize("length", [1, 2, 4, 8])
@pytest.mark.parametrize("snr", [30, 300])
def test_filled_pixels_differ_from_the_truth_by_their_errors(length, snr):
    rng = np.random.default_rng(2)
    pulls = []
    for _ in range(20):
        truth = make_lines(2000, rng)
        flux = rng.normal(truth, 1 / snr)
        mask = np.zeros(2000, dtype=bool)
        for start in range(50, 1950, 60):
            mask[start : start + length] = True
        result = BadPixels(treatment="interpolate", longest=8).run(make(flux, 1 / snr, mask)).spectrum
        assert not result.mask[mask].any()
        pulls.append(((result.flux - truth) / result.uncertainty)[mask])
    assert 0.8 < np.sqrt(np.mean(np.square(pulls))) < 1.25


def test_long_runs_and_ends_stay_masked():
    flux = np.ones(200)
    mask = np.zeros(200, dtype=bool)
    mask[:3] = mask[50:60] = mask[100:103] = True
    result = BadPixels(treatment="interpolate", longest=5).run(make(flux, 0.01, mask)).spectrum
    np.testing.assert_array_equal(np.flatnonzero(result.mask), [0, 1, 2, *range(50, 60)])


def test_an_order_with_too_many_bad_pixels_is_left_out_with_the_reason():
    good, bad = make(np.linspace(1, 2, 100)), make(np.linspace(1, 2, 100), mask=np.arange(100) < 60)
    shifted = bad.replace(spectral_axis=SpectralAxis(5100 + 0.02 * np.arange(100)))
    result = BadPixels(largest_part=0.5).run(EchelleSpectrum((good, shifted)))
    assert len(result.spectrum) == 1
    assert "1 order left out: 60 % of the pixels are bad." in result.notes


def gappy():
    wavelength = 5000 + 0.02 * np.arange(400)
    keep = np.ones(400, dtype=bool)
    keep[100:112] = keep[200:203] = False
    mask = (np.arange(400) >= 300) & (np.arange(400) < 330)
    return make(np.linspace(1, 2, 400)[keep], 0.01, mask[keep], wavelength[keep]), wavelength


def test_missing_and_masked_stretches_are_listed():
    result = Gaps(shortest=10).run(gappy()[0])
    assert [region.text for region in result.regions] == ["12 px", "30 px"]
    assert len(Gaps(shortest=2).run(gappy()[0]).regions) == 3
    assert result.notes[0].startswith("2 gaps, the longest 0.58 Å")


def test_short_gaps_are_filled_with_pixels_of_the_same_width():
    spectrum, wavelength = gappy()
    filled = Gaps(treatment="interpolate", longest=12).run(spectrum).spectrum
    np.testing.assert_allclose(filled.wavelength_aa, wavelength, rtol=1e-9)
    np.testing.assert_allclose(filled.flux[filled.good], np.linspace(1, 2, 400)[filled.good], rtol=1e-9)
    np.testing.assert_array_equal(np.flatnonzero(filled.mask), np.arange(300, 330))


def test_long_gaps_cut_the_spectrum():
    pieces = Gaps(treatment="cut", shortest=10).run(gappy()[0]).spectrum
    assert [len(piece) for piece in pieces] == [100, 185, 70]


def test_a_spectrum_that_is_mostly_gap_is_refused():
    with pytest.raises(StageError, match=r"Gaps take 11 % of the range; 5 % are allowed"):
        Gaps(largest_part=0.05).run(gappy()[0])
