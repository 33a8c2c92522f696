"""`spectragui denoise --fit`: labels of the noisy flux beside the row."""

from __future__ import annotations

import json
from pathlib import Path

from click.testing import CliRunner

from spectragui.cli.main import commands
from spectragui.io.writers import write_spectrum
from tests.inference.test_denoise import GIANT, observed


def test_fit_is_in_the_json_and_in_words(tmp_path: Path) -> None:
    write_spectrum(observed(GIANT, 20.0)[0], tmp_path / "giant.fits")
    told = CliRunner().invoke(commands, ["denoise", str(tmp_path / "giant.fits"), "--fit", "--json"])
    assert told.exit_code == 0, told.stderr
    (row,) = json.loads(told.stdout)
    fit = row["fit"]
    assert abs(fit["labels"]["teff"] - GIANT["teff"]) < 4 * fit["errors"]["teff"]
    assert "DENOISED" not in fit["flags"] and fit["n_iterations"] > 0
    assert "Fitted to the noisy flux" in told.stderr
