"""Whatever is found of a denoised spectrum says that it is not data, and flags its row."""

import json

import numpy as np
import pytest
from click.testing import CliRunner

from spectragui.cli.main import commands
from spectragui.core.denoised import mark_denoised
from spectragui.core.errors import MeasurementError
from spectragui.core.flags import Flag
from spectragui.inference.generate.generate_spectrum import GenerateRequest, generate_spectrum
from spectragui.inference.parameters.predict_spectrum import predict_spectrum
from spectragui.inference.velocity.star_velocity import measure_star_velocity
from spectragui.inference.velocity.velocity_row import velocity_row
from spectragui.io.writers import write_spectrum


@pytest.fixture(scope="module")
def star():
    request = GenerateRequest(teff=5600.0, logg=4.3, m_h=-0.1, resolving_power=40_000.0, step_aa=0.05)
    made = generate_spectrum(request).spectrum
    sigma = np.full(len(made), 0.02)
    flux = made.flux + np.random.default_rng(2).normal(0.0, 0.005, len(made))
    return mark_denoised(made.replace(flux=flux, uncertainty=sigma), "optical-dae", "1.0")


@pytest.fixture(scope="module")
def file(star, tmp_path_factory):
    path = tmp_path_factory.mktemp("denoised") / "star.fits"
    write_spectrum(star, path)
    return path


def test_prediction_is_flagged_and_says_so(star):
    found = predict_spectrum(star)
    assert found.row["flag_warn"] & Flag.DENOISED and "DENOISED" in found.row["flags"]
    assert any("optical-dae 1.0" in reason and "not data" in reason for reason in found.verdict.reasons)
    assert found.verdict.level != "good"
    # Its errors count, though its pixels scatter by a quarter of them.
    assert found.row["snr"] == pytest.approx(np.nanmedian(star.flux / star.uncertainty), rel=0.1)


def test_velocity_is_flagged_and_says_so(star):
    found = measure_star_velocity(star)
    assert "DENOISED" in velocity_row(star, found)["flags"].split(",")
    assert any("not data" in remark.sentence for remark in found.remarks)


def test_without_errors_nothing_is_estimated_from_its_pixels(star):
    bare = star.replace(uncertainty=None)
    found = predict_spectrum(bare)
    assert found.network is None and found.row["flag_warn"] & Flag.DENOISED
    assert "has no errors" in found.verdict.sentence
    with pytest.raises(MeasurementError, match="its pixels do not tell"):
        measure_star_velocity(bare)


def test_commands_say_so(file):
    runner = CliRunner()
    info = runner.invoke(commands, ["info", "--json", str(file)])
    assert json.loads(info.stdout)[0]["denoised"]["value"] == "optical-dae 1.0"
    velocity = runner.invoke(commands, ["velocity", "--json", str(file)])
    assert "DENOISED" in json.loads(velocity.stdout)[0]["flags"] and "not data" in velocity.stderr
    fit = runner.invoke(commands, ["generate", "--fit", str(file), "--json"])
    told = json.loads(fit.stdout)
    assert "DENOISED" in told["flags"] and any("not data" in text for text in told["messages"])
