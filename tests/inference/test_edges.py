"""An edge is not an absorption: gaps, ramps, dark runs and ends of orders are no unknown lines."""

from __future__ import annotations

import numpy as np
import pytest

from spectragui.inference.observation.edges import away_from_edges, find_dark_runs
from spectragui.inference.observation.ramps import find_ramps, find_walled_runs
from spectragui.inference.parameters.predict_spectrum import predict_spectrum
from spectragui.inference.prediction import PredictOptions
from tests.inference.edge_cases import KINDS, edge_cases, plain_star, with_unknown

QUICK = PredictOptions(refine=False)


def says_unknown(spectrum, options: PredictOptions = QUICK) -> bool:
    """Whether the verdict refuses a spectrum for what the model does not know."""
    verdict = predict_spectrum(spectrum, options).verdict
    return verdict.level == "bad" and any("does not know" in reason for reason in verdict.reasons)


def test_pixels_beside_edges_are_no_evidence_and_others_are():
    wave = np.arange(5000.0, 5100.0, 0.05)
    generated, sigma = np.ones(wave.size), np.full(wave.size, 0.01)
    observed = np.clip(np.abs(wave - 5050.0) / 8.0 - 0.5, 0.0, 1.0)  # a gap of 8 A with ramps of 8 A
    mask = np.abs(wave - 5050.0) < 4.0
    seen = away_from_edges(wave, observed, generated, sigma, mask)
    assert not seen[np.abs(wave - 5050.0) < 11.5].any() and not seen[:39].any() and not seen[-39:].any()
    assert seen[(np.abs(wave - 5050.0) > 16.0) & (np.abs(wave - 5050.0) < 47.0)].all()
    line = 1.0 - 0.5 * np.exp(-0.5 * ((wave - 5050.0) / 4.0) ** 2)
    assert away_from_edges(wave, line, generated, sigma, np.zeros(wave.size, bool))[100:-100].all()


def test_a_hit_masked_in_an_emission_line_is_no_edge():
    wave = np.arange(5000.0, 5100.0, 0.05)
    sigma, generated = np.full(wave.size, 0.01), np.ones(wave.size)
    emission = 1.0 + 0.5 * np.exp(-0.5 * ((wave - 5050.0) / 6.0) ** 2)
    mask = np.abs(wave - 5051.0) < 0.4
    seen = away_from_edges(wave, emission, generated, sigma, mask)
    assert seen[(np.abs(wave - 5050.0) < 20.0) & ~mask].all()


def test_dark_runs_are_found_and_deep_lines_are_not():
    wave = np.arange(5000.0, 5200.0, 0.05)
    flux = 300.0 * (1.0 - 0.95 * np.exp(-0.5 * ((wave - 5050.0) / 0.5) ** 2))
    dark = np.abs(wave - 5120.0) < 10.0
    flux = np.where(dark, 4.0, flux)
    found = find_dark_runs(wave, flux, np.zeros(wave.size, bool))
    assert found[np.abs(wave - 5120.0) < 9.0].all() and not found[np.abs(wave - 5120.0) > 11.0].any()


@pytest.mark.parametrize("width", [1.0, 20.0])
def test_ramps_beside_gaps_are_found_and_lines_are_not(width: float):
    wave = np.arange(5000.0, 5200.0, 0.05)
    ramp = np.clip((np.abs(wave - 5100.0) - 0.5 * width) / 10.0, 0.0, 1.0)
    mask = np.abs(wave - 5100.0) < 0.5 * width
    found = find_ramps(wave, 300.0 * ramp, mask, ends=(True, True))
    assert found[~mask & (ramp < 0.9)].all() and not found[np.abs(wave - 5100.0) > 0.5 * width + 14.0].any()
    hidden = np.abs(wave - 5050.0) < 0.3  # a hit in a deep broad line
    line = 300.0 * (1.0 - 0.7 * np.exp(-0.5 * ((wave - 5050.0) / 6.0) ** 2))
    assert not find_ramps(wave, line, hidden, ends=(True, True)).any()
    falling = 300.0 * np.clip((wave - 5000.0) / 8.0, 0.0, 1.0)
    for at_end in (True, False):
        found = find_ramps(wave, falling, np.zeros(wave.size, bool), ends=(at_end, True))
        assert found[:140].all() == at_end and not found[200:].any()


def test_dark_runs_between_walls_are_found_and_saturated_lines_are_not():
    wave = np.arange(5000.0, 5100.0, 0.05)
    flux = 300.0 * np.exp(-4.0 / (1.0 + ((wave - 5030.0) / 0.4) ** 2))
    assert (flux < 30.0).sum() > 10
    flux[np.abs(wave - 5070.0) < 0.5] = 6.0
    found = find_walled_runs(wave, flux, np.zeros(wave.size, bool))
    assert found[np.abs(wave - 5070.0) < 0.45].all() and found.sum() < 25


def test_labels_of_a_star_do_not_move_for_a_ramp_in_h_beta():
    rng = np.random.default_rng(2)
    star = plain_star(rng, 41)
    distance = np.abs(star.wavelength_aa - 4845.0) - 8.0
    factor = np.clip(distance / 10.0, 0.0, 1.0)
    cut = star.replace(flux=star.flux * factor, mask=star.mask | (distance < 0))
    whole, seen = (predict_spectrum(one, QUICK).network for one in (star, cut))
    assert abs(seen["teff"] - whole["teff"]) < 150.0 and abs(seen["m_h"] - whole["m_h"]) < 0.15


def test_stars_with_edges_are_not_refused_for_them():
    wrong = [kind for kind, spectrum in edge_cases(len(KINDS), seed=7) if says_unknown(spectrum)]
    assert not wrong


def test_unknown_emission_and_absorption_are_still_found():
    rng = np.random.default_rng(3)
    for number in range(4):
        spectrum, _ = with_unknown(plain_star(rng, 700 + number), rng)
        assert says_unknown(spectrum), number


@pytest.mark.slow
@pytest.mark.timeout(7200)
def test_of_500_with_edges_fewer_than_2_per_cent_are_refused_for_them(request: pytest.FixtureRequest):
    if "slow" not in request.config.option.markexpr:
        pytest.skip("a long proof; `make soak` runs it")
    wrong = [kind for kind, spectrum in edge_cases(500, seed=1801) if says_unknown(spectrum)]
    assert len(wrong) < 10, wrong
