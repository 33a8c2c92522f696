"""Real stars: refused where the models do not reach, served where they do, at the right velocity."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from spectragui.core.flags import Flag
from spectragui.inference.observation.prepare import prepare_observation
from spectragui.inference.opened_model import open_model
from spectragui.inference.parameters.predict_spectrum import predict_spectrum
from spectragui.inference.prediction import PredictOptions
from spectragui.io import read_files

QUICK = PredictOptions(refine=False)


@pytest.mark.parametrize(
    ("name", "bit"),
    [
        ("harps_gl581_s1d.fits", Flag.OUT_OF_DISTRIBUTION),
        ("HARPS.2003-12-13T06-19-48.371_e2ds_A.fits", Flag.OUT_OF_DISTRIBUTION),
        ("tres_gj699_multispec.fits", Flag.OUT_OF_DISTRIBUTION),
        ("mike_hd122563.fits", Flag.LTE),
        ("mike_g64-12.fits", Flag.LTE),
        ("espadons_61cygb.fits", Flag.LABEL_RANGE),
    ],
)
def test_outside_is_flagged_bad(shared_data: Path, name: str, bit: Flag) -> None:
    result = predict_spectrum(read_files([shared_data / "stars" / name])[0], QUICK)
    assert result.row["flag_bad"] & bit, result.verdict


def test_a_spectrum_of_another_window_is_not_served(shared_data: Path) -> None:
    [spectrum] = read_files([shared_data / "stars" / "hpf_gj699_20181003.fits"])
    optical = dataclasses.replace(QUICK, model="optical-parameters")
    assert predict_spectrum(spectrum, optical).row["flag_bad"] & Flag.NOT_SERVED


@pytest.mark.parametrize(
    "name",
    [
        "harps_sun_ganymede.fits",
        "harps_hd17051.fits",
        "hires_hd190406.fits",
        "apf_taucet.fits",
        "elodie_taucet.fits",
        "harps_18sco_r32k.fits",
        "uves_wasp120.fits",
    ],
)
def test_inside_is_served(shared_data: Path, name: str) -> None:
    result = predict_spectrum(read_files([shared_data / "stars" / name])[0], QUICK)
    assert result.row["flag_bad"] == 0, result.verdict
    assert result.row["e_teff"] < 400.0


def test_tau_cet_s_velocity_in_two_frames(shared_data: Path) -> None:
    spectrum = read_files([shared_data / "stars" / "elodie_taucet.fits"])[0]
    prepared = prepare_observation(spectrum, open_model("optical-parameters"))
    assert prepared.velocity is not None
    assert prepared.velocity.velocity_kms == pytest.approx(-36.3, abs=0.3)  # as observed
    assert prepared.observation.v_rad_kms == pytest.approx(-16.6, abs=0.5)  # barycentric (SIMBAD)


def test_bent_orders_are_straightened(shared_data: Path) -> None:
    spectrum = read_files([shared_data / "stars" / "hires_hd190406.fits"])[0]
    result = predict_spectrum(spectrum, QUICK)
    assert result.row["rchi2"] < 3.0


def test_galah_s_window_is_enough(shared_data: Path) -> None:
    paths = [shared_data / "stars" / "galah" / f"21011500010100{n}.fits" for n in (11, 12, 13, 14)]
    result = predict_spectrum(read_files(paths)[0], QUICK)
    assert result.row["flag_warn"] & Flag.COVERAGE
    assert result.row["flag_bad"] == 0
    assert result.row["file"].count(" + ") == 3


@pytest.mark.parametrize(
    ("name", "power"),
    [("mike_hd122563.fits", 30_000.0), ("mike_g64-12.fits", 30_000.0), ("harps_18sco_r32k.fits", 32_000.0)],
)
def test_an_unknown_resolving_power_is_found(shared_data: Path, name: str, power: float) -> None:
    observation = prepare_observation(
        read_files([shared_data / "stars" / name])[0], open_model("optical-parameters")
    ).observation
    assert not observation.is_resolving_power_known
    assert observation.resolving_power == pytest.approx(power, rel=0.3)


def test_orders_with_dark_ends_are_served(shared_data: Path) -> None:
    result = predict_spectrum(read_files([shared_data / "formats" / "foces_multispec.fits"])[0], QUICK)
    assert result.row["flag_bad"] == 0, result.verdict
    assert result.row["teff"] == pytest.approx(4970.0, abs=300.0)  # HD 166620, K2 V
