"""`spectragui simulate` and `spectragui stitch`: files written, what is missing is asked for."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from spectragui.cli import stitch as stitch_command
from spectragui.core.package_data import bundled_examples
from spectragui.io.read import read_spectrum
from spectragui.preprocessing.chain import Chain
from spectragui.preprocessing.stages.deblaze import Deblaze
from spectragui.preprocessing.stages.stitch_orders import LEVEL_DEGREES, METHODS, Stitch

LABELS = ("--teff", 5000, "--logg", 4.5, "--m-h", -0.2, "--snr", 50)


def test_a_mock_observation_and_its_truth_are_written(run, tmp_path: Path) -> None:
    mock, truth = tmp_path / "mock.fits", tmp_path / "truth.fits"
    result = run("simulate", "--instrument", "generic-echelle", *LABELS, "--truth", truth, "-o", mock)
    assert result.exit_code == 0, result.output
    assert "optical-emulator" in result.stderr
    assert len(read_spectrum(mock).orders) == len(read_spectrum(truth).orders) == 11


def test_what_is_missing_is_asked_for(run, tmp_path: Path) -> None:
    result = run("simulate", "--instrument", "generic-1d", "--teff", 5000, "-o", tmp_path / "x.fits")
    assert result.exit_code == 2 and "--logg" in result.output
    result = run("simulate", "--instrument", "hubble", *LABELS, "-o", tmp_path / "x.fits")
    assert result.exit_code == 1 and "harps-e2ds" in result.output
    result = run("simulate", "--list-instruments")
    assert "carmenes-vis" in result.output


def test_stitch_gives_what_the_stage_gives(run, tmp_path: Path) -> None:
    example, out = bundled_examples()[1].path, tmp_path / "stitched.fits"
    result = run(
        "stitch", example, "--method", "cut", "--cut", 3, 4700.0, "--exclude", 0, "-o", out, "--json"
    )
    assert result.exit_code == 0, result.output
    assert len(json.loads(result.stdout)["overlaps"]) == 9
    stage = Stitch(method="cut", cuts=((3, 4700.0),), excluded=(0,))
    expected = Chain.of(Deblaze(), stage).run(read_spectrum(example)).spectrum
    assert "blaze" in result.stderr
    written = read_spectrum(out)
    np.testing.assert_array_equal(written.wavelength_aa, expected.wavelength_aa)
    np.testing.assert_array_equal(written.flux, expected.flux)
    np.testing.assert_array_equal(written.mask, expected.mask)


def test_the_command_offers_what_the_stage_knows() -> None:
    assert stitch_command._METHODS == METHODS
    assert tuple(LEVEL_DEGREES) == stitch_command._LEVELS


def test_stitch_leaves_the_flux_as_it_is_where_told(run, tmp_path: Path) -> None:
    example, out = bundled_examples()[1].path, tmp_path / "stitched.fits"
    result = run("stitch", example, "--as-is", "-o", out)
    assert result.exit_code == 0 and "deblaze" in result.stderr
    expected = Stitch().run(read_spectrum(example)).spectrum
    np.testing.assert_array_equal(read_spectrum(out).flux, expected.flux)
