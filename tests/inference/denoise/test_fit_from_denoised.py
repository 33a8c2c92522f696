"""Fit from here: the noisy flux is fitted, from where the denoised spectrum is."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from spectragui.core.denoised import denoised_by
from spectragui.core.errors import ModelError
from spectragui.core.flags import Flag
from spectragui.inference.denoise import fit_from_denoised as fitting
from spectragui.inference.denoise.denoise_spectrum import denoise_spectrum
from spectragui.inference.denoise.fit_from_denoised import fit_from_denoised
from spectragui.inference.generate.fit_labels import fit_prepared
from spectragui.inference.observation.prepare import prepare_observation
from tests.inference.test_denoise import observed

STARS = (
    ({"teff": 4500.0, "logg": 1.6, "m_h": -1.0, "alpha_m": 0.3}, 120.0),
    ({"teff": 5700.0, "logg": 4.3, "m_h": -0.2, "alpha_m": 0.05}, -300.0),
)


@pytest.mark.parametrize(("labels", "v_rad"), STARS)
def test_labels_come_back_within_their_errors(labels: dict[str, float], v_rad: float) -> None:
    noisy, _ = observed(labels, 20.0, v_rad, seed=4)
    found = fit_from_denoised(denoise_spectrum(noisy))
    assert found.model == "pfs-dae" and found.emulator == "pfs-emulator"
    fit = found.fit
    assert fit.v_rad_kms == pytest.approx(v_rad, abs=8.0)
    for name in ("teff", "logg", "m_h"):
        assert abs(fit.labels[name] - labels[name]) < 3.5 * fit.labels.error(name), name
        assert fit.start[name] == found.start[name]


def test_it_is_the_noisy_flux_that_is_fitted(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = []

    def spy(spectrum, *args):  # type: ignore[no-untyped-def]
        seen.append(spectrum)
        return prepare_observation(spectrum, *args)

    monkeypatch.setattr(fitting, "prepare_observation", spy)
    noisy, _ = observed(STARS[0][0], 10.0, seed=5)
    found = denoise_spectrum(noisy)
    fit = fit_from_denoised(found).fit
    assert seen == [found.spectrum, noisy] and denoised_by(seen[0]) and not denoised_by(seen[1])
    assert not fit.flags & Flag.DENOISED  # the result is of data
    # Errors of the noise, not of the network: some ten times those of the denoised flux.
    assert fit.labels.error("teff") > 60.0


def test_it_takes_fewer_steps_than_from_a_far_start() -> None:
    noisy, _ = observed(STARS[0][0], 20.0, seed=6)
    found = denoise_spectrum(noisy)
    near = fit_from_denoised(found).fit
    model, told = fitting.emulator_of_denoiser(found.model), fitting.options_for_fit(found)
    point = {"teff": 6500.0, "logg": 4.5, "m_h": 0.2, "vsini": near.start["vsini"]}
    far = fit_prepared(prepare_observation(noisy, model, told), point, ("vsini",))
    assert near.n_iterations < far.n_iterations


def test_a_card_without_an_emulator_ends_in_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    real = fitting.read_card
    bare = lambda folder: dataclasses.replace(  # noqa: E731
        real(folder), companions=dataclasses.replace(real(folder).companions, emulator="")
    )
    monkeypatch.setattr(fitting, "read_card", bare)
    with pytest.raises(ModelError, match="names no emulator"):
        fitting.emulator_of_denoiser("pfs-dae")


def test_the_kind_that_is_most_alike_is_found() -> None:
    noisy, _ = observed({"teff": 4050.0, "logg": 4.6, "m_h": -0.3}, 30.0, np.float64(10.0), seed=7)
    found = denoise_spectrum(noisy)
    model, told = fitting.emulator_of_denoiser(found.model), fitting.options_for_fit(found)
    kind = fitting.closest_kind(prepare_observation(noisy, model, told).observation)
    assert kind["logg"] > 4.0 and kind["teff"] < 4500.0


@pytest.mark.parametrize(("number", "snr"), [(0, 5.0), (1, 20.0)])
def test_a_fit_at_the_bottom_of_a_flat_valley_comes_to_rest(number: int, snr: float) -> None:
    """Its steps gain nothing any more and are rejected, one like the other: no 40 of them are taken."""
    rng = np.random.default_rng([55, number])
    labels = {"teff": rng.uniform(4000, 6500), "logg": rng.uniform(0.8, 4.8), "m_h": rng.uniform(-2, 0.3)}
    noisy, _ = observed(labels, snr, rng.uniform(-300, 300), seed=700 + number)
    fit = fit_from_denoised(denoise_spectrum(noisy)).fit
    assert fit.converged and fit.n_iterations < 40
