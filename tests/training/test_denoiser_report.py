"""The report of a denoiser: measures of the paper, and its rivals."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from spectragui.core.model_folder import find_model
from spectragui.inference.denoise.denoiser import Denoiser
from spectragui.training.config_file import read_config
from spectragui.training.denoiser.report import evaluate_denoiser, report_text, write_report
from spectragui.training.denoiser.run import domain_of


def test_the_papers_configuration_is_read() -> None:
    config = read_config(Path("resources/training/paper-dae.toml"))
    assert config.training.optimizer == "sgd"
    assert config.training.learning_rate == 100.0
    assert config.training.batch == 250
    assert config.training.plateau == 150
    assert (config.augmentation.offset, config.augmentation.scale) == (0.01, 0.01)


def test_the_report_beats_its_rivals_and_is_written(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    folder = find_model("pfs-dae")
    report = evaluate_denoiser(Denoiser.load(folder), domain_of(folder), None, n_spectra=12)
    ten, thirty = (report.fixed["emulator", snr] for snr in (10.0, 30.0))
    assert ten.mean_r.mean() < 0.01
    assert thirty.mean_r.mean() < 0.005
    assert 0.5 < ten.inside.mean() < 0.85
    assert all(errors[10.0] > ten.mean_r.mean() for errors in report.rivals.values())
    text = report_text("pfs-dae", report)
    assert "Savitzky-Golay" in text and "Sub-per-cent" in text
    files = write_report("pfs-dae", report, tmp_path)
    assert {path.name for path in files} == {"report.md", "spectra.ecsv", "errors.png"}
    assert np.isfinite(report.natural.kl).all()
