"""The PFS forward model: photons of star, sky and Moon, and the truth of their noise."""

import dataclasses

import numpy as np
import pytest
from click.testing import CliRunner

from spectragui.cli.main import commands
from spectragui.core.errors import SettingsError
from spectragui.simulation.instruments import load_instrument
from spectragui.simulation.mock_observation import BAD, Exposure, observe
from spectragui.simulation.night_conditions import DRAWN, NightConditions, draw_conditions
from spectragui.simulation.photon_budget import TERMS, moon_njy, sky_line_photons
from spectragui.simulation.star_spectrum import Star

LABELS = {"teff": 4800.0, "logg": 2.5, "m_h": -1.0, "alpha_m": 0.2, "vmic": 1.5, "vsini": 2.0}


def observed(v_rad=0.0, seed=1, snr=np.nan, **night):
    exposure = Exposure(snr, seed=seed, night=NightConditions(**night) if np.isnan(snr) else None)
    return observe(load_instrument("pfs-mr"), Star(LABELS, v_rad), exposure)


def test_pixels_and_lines_are_those_of_the_instrument():
    made = observed()
    (order,) = made.orders
    assert order.wavelength_aa.size == 4096
    assert order.wavelength_aa[[0, -1]] == pytest.approx([7100.0, 8850.0])
    assert made.lines.startswith("pfs-emulator") and not (order.bits & 1).any()
    # The calcium triplet [A, vacuum] is where it belongs.
    for centre in (8500.36, 8544.44, 8664.52):
        near = np.abs(order.wavelength_aa - centre) < 8.0
        assert order.wavelength_aa[near][np.argmin(order.normalised[near])] == pytest.approx(centre, abs=0.5)


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("magnitude", (19.0, 20.5, 22.5)),
        ("seeing", (0.5, 1.0, 1.5)),
        ("zenith", (0.0, 25.0, 45.0)),
        ("field_angle", (0.0, 0.3, 0.65)),
        ("moon_phase", (0.0, 0.1, 0.25)),
        ("moon_target", (180.0, 120.0, 90.0, 60.0)),
    ],
)
def test_snr_falls_with_everything_that_takes_light_or_adds_sky(name, values):
    base = {"magnitude": 22.0, "moon_phase": 0.2, "moon_target": 90.0}
    snr = [observed(**{**base, name: value}).snr for value in values]
    assert all(before > after for before, after in zip(snr[:-1], snr[1:], strict=True)), snr


def test_snr_of_three_hours_at_the_faint_end_and_of_the_survey():
    assert observed(magnitude=22.5, exposures=12).snr == pytest.approx(5.0, rel=0.3)
    best = observed(magnitude=19.0, seeing=0.5, zenith=0.0, field_angle=0.0, moon_phase=0.0).snr
    worst = observed(magnitude=22.5, seeing=1.5, zenith=45.0, field_angle=0.65, moon_phase=0.25).snr
    assert best > 100.0 and worst < 10.0


def test_scatter_is_the_sum_of_the_terms():
    # Errors of calibration and noise are drawn anew for every seed; noise alone is left between pairs.
    made = [observed(seed=seed, magnitude=21.0) for seed in range(40)]
    (order,) = made[0].orders
    assert set(order.variance) == set(TERMS)
    total = sum(order.variance.values())
    np.testing.assert_allclose(order.sigma, np.sqrt(total), rtol=1e-12)
    residuals = np.array(
        [one.orders[0].flux - one.orders[0].normalised * one.orders[0].continuum for one in made]
    )
    ratio = np.sqrt(np.mean(np.square(residuals / order.sigma)))
    assert ratio == pytest.approx(1.0, abs=0.02)
    assert np.median(order.flux / order.sigma) == pytest.approx(made[0].snr, rel=0.05)


def test_sky_lines_are_narrow_and_moonlight_is_not():
    wave = np.linspace(7100.0, 8850.0, 4096)
    lines = sky_line_photons(wave, 5000.0)
    assert (lines < 1e-3).mean() > 0.3 and lines.max() > 0.3
    # Nothing is lost in the pixels: the strongest line by itself.
    near = np.abs(wave - 7752.77) < 6.0
    assert lines[near].sum() == pytest.approx(4.0, rel=0.15)
    moon = moon_njy(NightConditions(moon_phase=0.25), wave)
    assert (moon > 0).all() and np.abs(np.diff(moon)).max() < 0.01 * moon.mean()
    assert not moon_njy(NightConditions(moon_zenith=100.0), wave).any()


def test_a_told_snr_finds_its_magnitude():
    made = observed(snr=10.0)
    assert made.snr == pytest.approx(10.0, rel=1e-3)
    assert made.exposure.night is not None and 21.0 < made.exposure.night.magnitude < 23.0
    again = observed(**dataclasses.asdict(made.exposure.night))
    assert again.snr == pytest.approx(10.0, rel=1e-3)


def test_all_velocities_of_the_survey_stay_inside_the_emulator():
    for velocity in (-900.0, 900.0, -1000.0, 1000.0):
        made = observed(v_rad=velocity)
        assert not made.is_cut and not (made.orders[0].bits & BAD).any(), velocity
        assert np.isfinite(made.orders[0].flux).all()


def test_conditions_are_drawn_inside_their_ranges():
    generator = np.random.default_rng(3)
    drawn = [draw_conditions(generator, moon_phase=0.0) for _ in range(200)]
    for name, (low, high) in DRAWN.items():
        values = [getattr(one, name) for one in drawn]
        if name == "moon_phase":
            assert set(values) == {0.0}
            continue
        assert (
            low <= min(values) < low + 0.1 * (high - low) and high - 0.1 * (high - low) < max(values) <= high
        )


def test_nonsense_is_refused_in_a_sentence():
    with pytest.raises(SettingsError, match="seeing"):
        NightConditions(seeing=-1.0)
    with pytest.raises(SettingsError, match="S/N"):
        observe(load_instrument("harps-e2ds"), Star(LABELS), Exposure(50.0, night=NightConditions()))


def test_the_command_line_takes_a_night_and_keeps_the_terms(tmp_path):
    from astropy.io import fits

    told = ["simulate", "--instrument", "pfs-mr", "--teff", "4800", "--logg", "2.5", "--m-h", "-1"]
    out, truth = tmp_path / "mock.fits", tmp_path / "truth.fits"
    night = ["--magnitude", "20.5", "--exposures", "4", "--seeing", "1.2", "--moon-phase", "0.25"]
    done = CliRunner().invoke(commands, [*told, *night, "--truth", str(truth), "-o", str(out)])
    assert done.exit_code == 0, done.output
    with fits.open(out) as hdus:
        header = hdus[0].header
        assert (header["SIMMAG"], header["SIMNEXP"], header["SIMSEE"]) == (20.5, 4, 1.2)
        snr = header["SIMSNR"]
        table = hdus["FLUXTBL"].data
        assert np.median(table["flux"] / np.sqrt(table["fluxVariance"])) == pytest.approx(snr, rel=0.1)
    with fits.open(truth) as hdus:
        rows = hdus["TRUTH"].data
        assert [hdus["SPECTRUM"].columns[name].unit for name in ("FLUX", "ERR")] == ["nJy", "nJy"]
        total = sum(rows[f"VAR_{term.upper()}"] for term in TERMS)
        np.testing.assert_allclose(total, table["fluxVariance"], rtol=1e-5)
    both = CliRunner().invoke(commands, [*told, "--magnitude", "20", "--snr", "10", "-o", str(out)])
    assert both.exit_code != 0 and "not both" in both.output
    other = [
        "simulate",
        "--instrument",
        "harps-e2ds",
        "--teff",
        "5500",
        "--logg",
        "4",
        "--m-h",
        "0",
        "--magnitude",
        "18",
    ]
    refused = CliRunner().invoke(commands, [*other, "-o", str(out)])
    assert refused.exit_code != 0 and "S/N" in refused.output
