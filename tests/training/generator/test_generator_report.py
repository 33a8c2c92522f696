"""The evaluation of the bundled generator: its report says what is promised."""

import numpy as np
import pytest

from spectragui.core.errors import TrainingError
from spectragui.simulation.generator import load_generator
from spectragui.training.grids import read_grid

torch = pytest.importorskip("torch")

from spectragui.training.generator.cases import CASES, TrueSpectra  # noqa: E402 - after torch
from spectragui.training.generator.report import (  # noqa: E402
    evaluate_generator,
    generator_metrics,
    generator_report_text,
    write_generator_report,
)


@pytest.fixture(scope="module")
def grid(shared_data):
    return read_grid(shared_data / "grids" / "optical.npz")


@pytest.fixture(scope="module")
def evaluation(grid, shared_data):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SPECTRAGUI_SHARED", str(shared_data.parent))
        return evaluate_generator(load_generator(), grid, n_spectra=93, paper_minutes=0.0)


def test_held_out_spectra_are_generated_as_promised(evaluation):
    for result in evaluation.results:
        assert result.mean_error.mean() < result.case.must
        assert np.median(result.median_error) < 1.8e-3  # Gebran & Bentley 2025
        assert result.reconstruction_error.mean() <= result.mean_error.mean()


def test_labels_come_back_better_than_the_papers(evaluation):
    test = evaluation.label_tests[0]
    assert np.all(test.generated_errors < [65.0, 0.04, 6.1, 0.030, 0.09])


def test_the_latent_space_is_not_empty_and_as_wide_as_it_should_be(evaluation):
    latent = evaluation.latent
    assert latent.n_active == load_generator().n_latent
    assert np.all(latent.divergence > 1.0)
    ratio = latent.sample_rms / latent.change_rms
    assert 0.8 < np.median(ratio) < 1.25
    assert np.median(latent.elements_found) > 0.5
    assert latent.left_rms.mean() < 0.7 * latent.change_rms.mean()


def test_the_report_and_the_card_say_so(evaluation, tmp_path):
    text = generator_report_text("optical-cvae", 93, evaluation)
    for words in ("1.8e-03", "Gebran & Bentley (2025)", "Latent space", "50,000-115,000", "v sin i < 20"):
        assert words in text
    metrics = generator_metrics(evaluation)
    assert metrics[CASES[0].name]["mean_error"] < 0.003
    assert metrics["latent"]["active"] == 12
    pytest.importorskip("matplotlib")
    files = write_generator_report("optical-cvae", 93, evaluation, tmp_path)
    assert {path.name for path in files} == {
        "report.md",
        "residual_heat_map.png",
        "marginal_residuals.png",
        "pixel_residuals.png",
        "latent_space.png",
    }
    assert all(path.stat().st_size > 500 for path in files)


def test_truth_is_broadened_as_asked(grid):
    generator = load_generator()
    held = grid.held_out()
    truth = TrueSpectra(held, generator.wavelength_aa)
    row = int(np.argmin(np.abs(held.labels[:, 0] - 5500)))
    native = np.interp(generator.wavelength_aa, held.wavelength_aa, held.normalised_flux()[row])
    assert np.abs(truth.observe(row, 0.0, 1e7) - native).mean() < 5e-3
    broad = truth.observe(row, 150.0, 50_000.0)
    assert broad.mean() == pytest.approx(native.mean(), abs=1e-3)
    assert broad.std() < 0.6 * native.std()


def test_another_window_is_refused(grid):
    with pytest.raises(TrainingError, match="covers"):
        TrueSpectra(grid.held_out(), np.linspace(6000.0, 6100.0, 50))
