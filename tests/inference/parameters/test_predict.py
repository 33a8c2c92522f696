"""From spectrum to row: simulated stars come back, what users forget is done, refusals are sentences."""

from __future__ import annotations

import dataclasses
import pickle
from typing import Any

import numpy as np
import pytest

from spectragui.core.errors import SettingsError
from spectragui.core.flags import Flag
from spectragui.core.progress import Cancelled
from spectragui.core.results import COLUMN_NAMES
from spectragui.core.spectral_axis import SpectralAxis, air_to_vacuum
from spectragui.core.spectrum import EchelleSpectrum, Spectrum
from spectragui.inference.parameters.predict_spectrum import predict_spectrum
from spectragui.inference.prediction import PredictOptions
from spectragui.simulation.emulator import load_emulator
from spectragui.simulation.forward_model import Observing, simulate_spectrum

LABELS = {"teff": 5600.0, "logg": 4.2, "m_h": -0.2, "alpha_m": 0.1, "vmic": 1.1, "vsini": 4.0}
QUICK = PredictOptions(refine=False)


@pytest.fixture(scope="module")
def star() -> Spectrum:
    how = Observing(48_000.0, -37.5, 90.0, is_normalised=False, seed=5)
    return simulate_spectrum(load_emulator("optical-emulator"), LABELS, how)


def test_a_simulated_star_comes_back(star: Spectrum) -> None:
    messages: list[str] = []
    result = predict_spectrum(star, progress=lambda fraction, message="": messages.append(message))
    assert result.network is not None
    assert result.fit is not None
    assert result.network["teff"] == pytest.approx(5600.0, abs=150.0)
    assert result.fit["teff"] == pytest.approx(5600.0, abs=60.0)
    assert result.fit["logg"] == pytest.approx(4.2, abs=0.15)
    assert result.fit["m_h"] == pytest.approx(-0.2, abs=0.06)
    assert result.row["v_rad"] == pytest.approx(-37.5, abs=0.1)
    assert result.row["flag_bad"] == 0
    assert result.row["snr"] == pytest.approx(90.0, rel=0.15)
    assert result.row["coverage"] > 0.97
    assert 0.3 < result.row["rchi2_fit"] < 1.3  # below 1: the physics may err, here it does not
    assert len(messages) > 3


def test_the_row_is_complete(star: Spectrum) -> None:
    result = predict_spectrum(star.with_meta(file="a.fits", files=("x/a.fits", "x/b.fits")), QUICK)
    assert tuple(result.row) == COLUMN_NAMES
    assert result.row["file"] == "a.fits + b.fits"
    assert result.row["model"] == "optical-parameters"
    assert result.row["created"].endswith("+00:00")
    assert len(result.row["chain_hash"]) == 12
    assert np.isnan(result.row["teff_fit"])


def test_the_comparison_fits_the_plot(star: Spectrum) -> None:
    comparison = predict_spectrum(star, QUICK).comparison
    assert comparison is not None
    arrays = [getattr(comparison, field.name) for field in dataclasses.fields(comparison)]
    sizes = {array.size for array in arrays if isinstance(array, np.ndarray)}
    assert len(sizes) == 1
    good = ~comparison.mask
    assert np.std(comparison.residual_sigma[good]) == pytest.approx(1.0, abs=0.35)
    assert np.median(comparison.observed[good]) == pytest.approx(
        np.median(comparison.generated[good]), abs=0.01
    )


def test_orders_are_served_as_one_star(star: Spectrum) -> None:
    pieces = [star.select(slice(a, a + 3000)) for a in range(0, len(star) - 3000, 2500)]
    together = predict_spectrum(EchelleSpectrum(tuple(pieces), dict(star.meta)), QUICK)
    assert together.network is not None
    assert together.network["teff"] == pytest.approx(5600.0, abs=200.0)
    comparison = together.comparison
    assert comparison is not None
    assert np.isnan(comparison.observed).sum() == len(pieces) - 1


def test_unknown_medium_is_tried_both_ways(star: Spectrum) -> None:
    how = Observing(48_000.0, 0.0, 90.0, seed=6)
    rest = simulate_spectrum(load_emulator("optical-emulator"), LABELS, how)
    axis = SpectralAxis(air_to_vacuum(rest.wavelength_aa))
    result = predict_spectrum(rest.replace(spectral_axis=axis), QUICK)
    assert result.row["flag_warn"] & Flag.MEDIUM_ASSUMED
    assert abs(result.row["v_rad"]) < 1.0
    assert any("vacuum was assumed" in reason for reason in result.verdict.reasons)
    assert result.row["flag_bad"] == 0


def test_what_the_user_says_counts(star: Spectrum) -> None:
    options = PredictOptions(refine=False, resolving_power=30_000.0, v_rad=-37.5)
    result = predict_spectrum(star, options)
    assert result.row["resolving_power"] == 30_000.0
    assert result.row["v_rad"] == -37.5


def test_an_unknown_resolving_power_is_estimated(star: Spectrum) -> None:
    meta = {key: value for key, value in star.meta.items() if "resolving" not in key}
    result = predict_spectrum(star.replace(meta=meta), QUICK)
    assert result.row["flag_warn"] & Flag.RESOLUTION
    assert result.row["resolving_power"] == pytest.approx(48_000.0, rel=0.35)
    assert result.row["flag_bad"] == 0
    assert "vsini" in result.upper_limits


def test_unresolved_rotation_is_an_upper_limit() -> None:
    spectrum = simulate_spectrum(
        load_emulator("optical-emulator"), LABELS, Observing(8_000.0, 12.0, 120.0, seed=7)
    )
    result = predict_spectrum(spectrum, QUICK)
    assert result.row["flag_warn"] & Flag.UPPER_LIMIT
    assert result.upper_limits["vsini"] == pytest.approx(299792.458 / 16_000.0)


def test_predictions_cross_process_borders(star: Spectrum) -> None:
    result = pickle.loads(pickle.dumps(predict_spectrum(star, QUICK)))
    assert result.network["teff"] > 4000.0


def test_it_can_be_cancelled(star: Spectrum) -> None:
    def stop(fraction: float, message: str = "") -> None:
        if fraction > 0.3:
            raise Cancelled

    with pytest.raises(Cancelled):
        predict_spectrum(star, progress=stop)


def flat(low: float, high: float, snr: float = 50.0, n_pixels: int = 4000) -> Spectrum:
    wave = np.linspace(low, high, n_pixels)
    flux = 1.0 + np.random.default_rng(1).normal(size=n_pixels) / snr
    axis = SpectralAxis(wave, medium="air", frame="rest")
    return Spectrum(axis, flux, np.full(n_pixels, 1.0 / snr), meta={"resolving_power": 20000.0})


@pytest.mark.parametrize(
    ("spectrum", "words"),
    [
        (flat(8000.0, 9000.0), "covers 8000-9000"),
        (flat(5380.0, 5500.0), "of the model's window is covered"),
        (flat(4450.0, 5400.0, snr=0.8), "signal-to-noise"),
        (flat(4450.0, 5400.0).replace(mask=np.ones(4000, dtype=bool)), "no usable pixels"),
        (
            flat(4450.0, 5400.0).replace(spectral_axis=SpectralAxis(np.arange(4000.0), unit="pixel")),
            "'pixel'",
        ),
    ],
)
def test_refusals_are_sentences(spectrum: Spectrum, words: str) -> None:
    result = predict_spectrum(spectrum, QUICK)
    assert result.network is None
    assert result.row["flag_bad"] == Flag.NOT_SERVED
    assert np.isnan(result.row["teff"])
    assert words in result.verdict.sentence
    assert tuple(result.row) == COLUMN_NAMES


@pytest.mark.parametrize("options", [{"resolving_power": -5.0}, {"v_rad": 1e6}, {"medium": "water"}])
def test_options_outside_their_limits_are_refused(star: Spectrum, options: dict[str, Any]) -> None:
    with pytest.raises(SettingsError):
        predict_spectrum(star, PredictOptions(**options))


def test_scale_and_unit_do_not_matter(star: Spectrum) -> None:
    plain = predict_spectrum(star, QUICK)
    assert star.uncertainty is not None
    faint = star.replace(flux=star.flux * 1e-17, uncertainty=star.uncertainty * 1e-17)
    axis = star.spectral_axis
    nm = star.replace(spectral_axis=axis.replace(values=axis.values / 10.0, unit="nm"))
    for other in (faint, nm):
        assert predict_spectrum(other, QUICK).row["teff"] == pytest.approx(plain.row["teff"], abs=1.0)
