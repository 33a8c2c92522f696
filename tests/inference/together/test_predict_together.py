"""VIS and NIR of one star as one: the fused network, one arm missing, what is refused."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

pytest.importorskip("torch")

from spectragui.core.errors import ModelError  # noqa: E402 - after torch
from spectragui.core.spectrum import Spectrum  # noqa: E402
from spectragui.inference.prediction import PredictOptions  # noqa: E402
from spectragui.inference.together.predict_together import predict_together  # noqa: E402
from spectragui.simulation.emulator import load_emulator  # noqa: E402
from spectragui.simulation.forward_model import Observing, simulate_spectrum  # noqa: E402

LABELS = {"teff": 3300.0, "logg": 4.9, "m_h": -0.2, "alpha_m": 0.1, "vmic": 1.0, "vsini": 5.0}


def arm(name: str, power: float, seed: int = 1, star: str = "GJ 1") -> Spectrum:
    how = Observing(power, v_rad_kms=20.0, snr=75.0, is_normalised=False, seed=seed)
    spectrum = simulate_spectrum(load_emulator(name), LABELS, how)
    return spectrum.replace(meta={**spectrum.meta, "object": star})


@pytest.fixture(scope="module")
def vis() -> Spectrum:
    return arm("mdwarf-emulator", 94_600.0)


@pytest.fixture(scope="module")
def nir() -> Spectrum:
    return arm("nir-emulator", 80_400.0)


def test_both_arms_are_one_star(vis: Spectrum, nir: Spectrum) -> None:
    both = predict_together([nir, vis])  # in any order
    assert both.network is not None and both.fit is None
    assert both.row["flag_bad"] == 0, both.verdict.reasons
    assert both.row["model"] == "mdwarf-fused"
    for name, allowed in (("teff", 60.0), ("logg", 0.15), ("m_h", 0.15), ("vsini", 3.0)):
        assert abs(both.network[name] - LABELS[name]) < max(allowed, 3.0 * both.network.error(name)), name
    assert both.row["v_rad"] == pytest.approx(20.0, abs=1.0)


def test_arms_of_two_stars_are_not_one(vis: Spectrum) -> None:
    how = Observing(80_400.0, v_rad_kms=20.0, snr=75.0, is_normalised=False, seed=3)
    warmer = simulate_spectrum(load_emulator("nir-emulator"), {**LABELS, "teff": 3700.0}, how)
    found = predict_together([vis, warmer.replace(meta={**warmer.meta, "object": "GJ 1"})])
    assert found.verdict.level == "bad"
    assert any("Each arm alone gives another star: Teff" in reason for reason in found.verdict.reasons)


@pytest.mark.parametrize("name", ["vis", "nir"])
def test_one_arm_still_serves(name: str, request: pytest.FixtureRequest) -> None:
    alone = predict_together([request.getfixturevalue(name)])
    assert alone.network is not None
    assert abs(alone.network["teff"] - LABELS["teff"]) < 150.0


def test_an_arm_that_cannot_be_used_is_said(vis: Spectrum, nir: Spectrum) -> None:
    noise = np.random.default_rng(1).normal(size=nir.flux.size)
    dark = nir.replace(flux=0.001 * noise, uncertainty=np.ones(nir.flux.size))
    found = predict_together([vis, dark])
    assert found.network is not None
    assert any("is not used" in note for note in found.notes)


def test_what_is_refused(vis: Spectrum, nir: Spectrum) -> None:
    other = nir.replace(meta={**nir.meta, "object": "GJ 273"})
    with pytest.raises(ModelError, match="two stars by their names"):
        predict_together([vis, other])
    with pytest.raises(ModelError, match="same arm"):
        predict_together([vis, dataclasses.replace(vis)])
    with pytest.raises(ModelError, match="3 spectra"):
        predict_together([vis, nir, nir])
    with pytest.raises(ModelError, match="takes one spectrum"):
        predict_together([vis, nir], PredictOptions(model="mdwarf-starnet"))
    optical = simulate_spectrum(load_emulator("optical-emulator"), {"teff": 5000.0}, Observing(50_000.0))
    with pytest.raises(ModelError, match="does not cover"):
        predict_together([optical, nir])


def test_the_command(vis: Spectrum, nir: Spectrum, tmp_path: Path) -> None:
    from spectragui.cli.main import commands as cli
    from spectragui.io.writers import write_spectrum

    files = [tmp_path / "vis.fits", tmp_path / "nir.fits"]
    for spectrum, file in zip((vis, nir), files, strict=True):
        write_spectrum(spectrum, file)
    table = tmp_path / "star.ecsv"
    done = CliRunner().invoke(cli, ["predict", "--together", *map(str, files), "-o", str(table)])
    assert done.exit_code == 0, done.output
    text = table.read_text()
    assert "vis.fits + nir.fits" in text and "mdwarf-fused" in text
    told = CliRunner().invoke(cli, ["predict", "--together", *map(str, files), "--resolving-power", "50000"])
    assert told.exit_code == 2 and "tell neither" in told.output
