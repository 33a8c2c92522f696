"""A model of two labels in another window trains, predicts, is judged and flagged by its own card alone."""

from __future__ import annotations

import dataclasses
import math
import shutil
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from spectragui.core.errors import ModelError
from spectragui.core.flags import Flag
from spectragui.core.labels import PARAMETER_LABELS
from spectragui.core.model_card import Edge
from spectragui.core.model_copy import import_model
from spectragui.core.model_folder import check_model, read_card, write_card
from spectragui.inference.generate.generate_spectrum import GenerateRequest, generate_spectrum
from spectragui.inference.generate.sensitivity import label_sensitivity
from spectragui.inference.opened_model import open_model
from spectragui.inference.parameters.model_store import choose_model
from spectragui.inference.prediction import PredictOptions
from spectragui.simulation.emulator import load_emulator
from spectragui.simulation.forward_model import Observing, simulate_spectrum
from tests.inference.toy_model import NAMES, WINDOW_AA, toy_in, toy_star, with_edges

pytest.importorskip("torch")

from spectragui.inference.parameters.predict_spectrum import predict_spectrum  # noqa: E402 - after torch


@pytest.fixture(scope="module")
def toy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return toy_in(tmp_path_factory.mktemp("toy"), tmp_path_factory)


@pytest.fixture
def own_toy(toy: Path, tmp_path: Path) -> Path:
    """A copy of the toy and its emulator whose card may be changed."""
    for name in ("toy", "toy-emulator"):
        shutil.copytree(toy.parent / name, tmp_path / name)
    return tmp_path / "toy"


def predict(folder: Path, spectrum, **options):
    return predict_spectrum(spectrum, PredictOptions(model=str(folder), **options))


def test_training_writes_a_card_that_says_all(toy: Path) -> None:
    card = check_model(toy)
    assert card.label_names == NAMES
    assert (card.window_aa, card.medium) == (WINDOW_AA, "vacuum")
    assert card.companions.emulator == "toy-emulator" and card.companions.error_patterns == ""
    assert card.domain.resolving_power == (30_000.0, 70_000.0)
    assert (card.domain.coolest_teff, card.domain.hottest_teff) == (3200.0, 4800.0)
    assert open_model(str(toy)).emulator.label_names == NAMES


@pytest.mark.parametrize("medium", ["vacuum", "air"])
def test_it_predicts_and_fits_with_its_own_emulator(toy: Path, medium: str) -> None:
    prediction = predict(toy, toy_star(4000.0, 4.2, velocity_kms=25.0, medium=medium))
    row = prediction.row
    assert prediction.verdict.level == "good", prediction.verdict.reasons
    assert row["teff"] == pytest.approx(4000.0, abs=120.0) and row["logg"] == pytest.approx(4.2, abs=0.2)
    assert row["teff_fit"] == pytest.approx(4000.0, abs=20.0)
    assert row["logg_fit"] == pytest.approx(4.2, abs=0.05)
    assert row["v_rad"] == pytest.approx(25.0, abs=0.2)
    assert row["rchi2_fit"] < 1.5
    for name in PARAMETER_LABELS:
        if name not in NAMES:
            assert math.isnan(row[name]) and math.isnan(row[f"e_{name}"])
    assert set(prediction.network.values) == set(NAMES)


def test_air_and_vacuum_are_the_same_star(toy: Path) -> None:
    rows = [predict(toy, toy_star(3800.0, 4.5, medium=medium)).row for medium in ("air", "vacuum")]
    assert rows[0]["teff_fit"] == pytest.approx(rows[1]["teff_fit"], abs=1e-3)


def test_it_is_flagged_by_its_own_rules(toy: Path, own_toy: Path) -> None:
    cool, hot = predict(toy, toy_star(3100.0, 4.5)), predict(toy, toy_star(4880.0, 4.5))
    assert cool.row["flag_bad"] & Flag.LABEL_RANGE and hot.row["flag_bad"] & Flag.LABEL_RANGE
    assert any(
        "Cooler than 3200 K" in said and "dust forms in the toy" in said for said in cool.verdict.reasons
    )
    assert any("Hotter than 4800 K" in said and "the toy ionises" in said for said in hot.verdict.reasons)
    assert not any("TiO" in said for said in cool.verdict.reasons)
    with_edges(own_toy, logg=Edge(warn=1.5, bad=0.9))
    strict = predict(own_toy, toy_star(4000.0, 4.2))
    assert strict.row["flag_bad"] & Flag.LABEL_RANGE
    card = read_card(own_toy)
    narrow = dataclasses.replace(card.domain, resolving_power=(60_000.0, 70_000.0))
    write_card(dataclasses.replace(card, domain=narrow), own_toy)
    assert predict(own_toy, toy_star(4000.0, 4.2)).row["flag_warn"] & Flag.RESOLUTION


def test_a_spectrum_of_another_window_is_not_served(toy: Path) -> None:
    labels = {"teff": 5700.0, "logg": 4.4, "m_h": 0.0, "alpha_m": 0.0, "vmic": 1.0, "vsini": 3.0}
    optical = simulate_spectrum(load_emulator("optical-emulator"), labels, Observing(50_000.0, snr=80.0))
    refused = predict(toy, optical)
    assert refused.row["flag_bad"] & Flag.NOT_SERVED
    assert "the model needs 8620-8835 Å (vacuum)" in refused.verdict.sentence
    assert choose_model(optical).name == "optical-parameters"


def test_once_imported_it_is_suggested_and_finds_its_emulator(toy: Path) -> None:
    for name in ("toy-emulator", "toy"):
        import_model(toy.parent / name)
    model = choose_model(toy_star(4000.0, 4.2))
    assert (model.name, model.is_bundled) == ("toy", False)
    assert model.emulator.name == "toy-emulator"
    assert predict_spectrum(toy_star(4000.0, 4.2)).row["model"] == "toy"


def test_without_its_emulator_it_says_so(own_toy: Path) -> None:
    shutil.rmtree(own_toy.parent / "toy-emulator")
    with pytest.raises(ModelError, match="no model 'toy-emulator'"):
        predict(own_toy, toy_star(4000.0, 4.2))


def test_labels_that_the_weights_do_not_give_are_refused(own_toy: Path) -> None:
    card = read_card(own_toy)
    renamed = (card.labels[0], dataclasses.replace(card.labels[1], name="m_h", minimum=-1.0, maximum=0.5))
    write_card(dataclasses.replace(card, labels=renamed), own_toy)
    with pytest.raises(ModelError, match="it gives teff, logg"):
        predict(own_toy, toy_star(4000.0, 4.2))


def test_it_generates_nothing_and_an_emulator_predicts_nothing(toy: Path) -> None:
    with pytest.raises(ModelError, match="generates no spectra"):
        generate_spectrum(GenerateRequest(model=str(toy)))
    with pytest.raises(ModelError, match="gives no parameters of stars"):
        predict(toy.parent / "toy-emulator", toy_star(4000.0, 4.2))


def test_it_is_drawn_in_its_medium_with_the_sensitivity_of_its_labels(toy: Path) -> None:
    comparison = predict(toy, toy_star(4000.0, 4.2)).comparison
    assert comparison.medium == "vacuum"
    assert comparison.wavelength_aa[0] == pytest.approx(WINDOW_AA[0], abs=0.2)
    change = label_sensitivity(comparison, "logg", 50_000.0)
    assert np.nanmax(np.abs(change)) > 1e-3


def test_it_is_evaluated_and_drawn(toy: Path, tmp_path: Path) -> None:
    from spectragui.cli.evaluate import evaluate

    arguments = [str(toy), "heldout", "--grid", str(toy.parent / "toy.npz"), "--spectra", "40"]
    result = CliRunner().invoke(evaluate, [*arguments, "-o", str(tmp_path / "out")], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    assert "| mean absolute error | teff | logg |" in result.output
    assert "R 1000-20,000" not in result.output  # it was not trained for them
    for name in ("residual_heat_map", "marginal_residuals", "calibration"):
        assert (tmp_path / "out" / f"{name}.png").stat().st_size > 500
