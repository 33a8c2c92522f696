"""What commands print of catalogues, histories and comparisons: each object and number in its own place."""

from __future__ import annotations

import json

import numpy as np
import pytest
from click.testing import CliRunner

from spectragui.cli import comparing
from spectragui.cli.evaluation_request import EvaluationRequest
from spectragui.cli.main import commands
from spectragui.cli.photometry import _as_json, _rows, _show_mapping, _summary
from spectragui.core.loss_history import LossHistory
from spectragui.core.photometry_result import PhotometryFlag
from spectragui.inference.denoise.line_trial import LineTrial
from spectragui.inference.denoise.proof import whiteness_words
from spectragui.inference.fit.residual_features import largest_feature
from spectragui.io.catalogues import read_catalogue
from spectragui.io.catalogues.catalogue_mapping import guess_from_columns
from tests.gui.photometry.sample_catalogues import predict_stand_in, write_csv

READ_HISTORY = "spectragui.core.loss_history.read_history"
COMPARISON = "spectragui.training.parameters.model_comparison"


@pytest.fixture(scope="module")
def predicted(tmp_path_factory):
    """Return a catalogue of 20 objects and its predictions by a stand-in."""
    table = read_catalogue(write_csv(tmp_path_factory.mktemp("catalogue") / "field.csv", 20))
    return table, predict_stand_in(table)


def test_each_object_is_a_line_of_its_own_numbers(predicted) -> None:
    table, result = predicted
    lines = _rows(table, result).splitlines()
    heads = lines[0].split()
    assert heads[:4] == ["id", "z", "z_lower", "z_upper"] and len(lines) == 1 + 12 + 1
    for number, line in enumerate(lines[1:13]):
        cells = dict(zip(heads, line.split(), strict=False))
        assert cells["id"] == str(table.ids[number])
        for name in ("z", "z_lower", "z_upper", "p_star", "log_mass", "e_log_mass", "m_abs_b"):
            assert cells[name] == f"{result[name][number]:.3f}", (number, name)
        assert cells["spectral_type"] == str(result["spectral_type"][number])
    assert lines[13] == "... and 8 more: write them with -o TABLE."
    short = result.select(slice(0, 12))
    assert len(_rows(table, short).splitlines()) == 13
    bad = int((result["flag_bad"] != 0).sum())
    middle = np.median(result["z"][result["p_star"] <= 0.5])
    assert _summary("field.csv", result) == (
        f"field.csv: 20 objects by {result.model}: 4 stars or QSOs, 16 galaxies, median z {middle:.3f}; "
        f"{bad} not to be used."
    )


def test_json_has_each_object_with_its_own_columns_flags_and_words(predicted) -> None:
    table, result = predicted
    told = _as_json(table, result, with_rows=True)
    assert (
        told["n_objects"] == 20
        and told["mapping"]["F814W"] == "F814W"
        and told["models"] == dict(result.models)
    )
    for number, one in enumerate(told["objects"]):
        assert one["id"] == table.ids[number] and one["z"] == result["z"][number]
        assert one["log_mass"] == result["log_mass"][number]
        assert ("BIMODAL" in one["flags"]) == bool(result["flag_warn"][number] & PhotometryFlag.BIMODAL)
        assert one["words"] == result.words(number)
    assert "objects" not in _as_json(table, result, with_rows=False)


def test_a_mapping_names_the_bands_that_it_has_not(capsys) -> None:
    names = ["ID", "F365W", "dF365W", "F814W", "dF814W"]
    mapping = guess_from_columns(names, {}, "alhambra")
    _show_mapping(mapping, as_json=True)
    told = json.loads(capsys.readouterr().out)
    assert "F365W" not in told["missing_bands"] and "F814W" not in told["missing_bands"]
    assert len(told["missing_bands"]) == len(mapping.bands) - 2 and told["kind"] == "magnitudes"
    _show_mapping(mapping, as_json=False)
    said = capsys.readouterr()
    assert f"{'F365W':14} F365W" in said.out and "no column is known for: " in said.err
    assert "F396W" in said.err and "F365W" not in said.err.split("known for:")[1].splitlines()[0]


def test_a_history_says_its_best_loss_and_where(monkeypatch) -> None:
    step = np.array([100.0, 2000.0, 35_000.0])
    history = LossHistory("member0", step, np.array([3.0, 2.0, 1.0]), np.array([3.5, 1.25, 2.0]))
    monkeypatch.setattr(READ_HISTORY, lambda *_: [history])
    done = CliRunner().invoke(commands, ["models", "history", "optical-parameters"])
    assert done.exit_code == 0, done.output
    assert done.output.splitlines()[0] == "member0: 3 points to batch 35,000; best 1.25 at 2,000"


def test_a_comparison_says_what_it_was_made_with(monkeypatch, capsys) -> None:
    seen = {}
    monkeypatch.setattr(f"{COMPARISON}.compare_models", lambda judges, groups, progress: ([], []))
    monkeypatch.setattr(comparing, "_judge", lambda name, asked, stars: (name, None))
    monkeypatch.setattr(
        f"{COMPARISON}.comparison_text", lambda rows, notes: seen.setdefault("notes", notes)[0]
    )
    comparing.compare(["a", "b"], EvaluationRequest("heldout", None, None, 123, 45, "cpu"), "T", ())
    assert seen["notes"][0].startswith("heldout: up to 123 observations of each S/N, seed 45; R 20,000")
    assert capsys.readouterr().out.strip() == seen["notes"][0]


# --- words and parts of a denoising ---


@pytest.mark.parametrize(
    ("probability", "words"),
    [(0.5, "The residual looks like noise alone (p = 0.50)."),
     (0.05, "The residual looks like noise alone (p = 0.05)."),
     (0.02, "The residual is a little correlated (p = 0.02): one spectrum of 50 is so by chance."),
     (0.001, "The residual is a little correlated (p = 1e-03): one spectrum of 1000 is so by chance."),
     (0.0009, "The residual is not noise alone (p = 9e-04): the network left or removed signal."),
     (0.0, "The residual is not noise alone (p < 1e-300): the network left or removed signal."),
     (float("nan"), "Too few pixels to say whether the residual is noise.")],
)  # fmt: skip
def test_how_white_a_residual_is(probability, words) -> None:
    assert whiteness_words(probability) == words


def test_the_part_of_a_line_that_is_shown() -> None:
    nothing = (None,) * 7
    trial = LineTrial(*nothing, 2.0, 0.5, 0.1, 3.0, False, ())
    assert trial.part == 0.25
    assert np.isnan(LineTrial(*nothing, 0.0, 0.5, 0.1, 3.0, False, ()).part)


@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_the_largest_feature_of_a_residual_is_where_it_is(sign) -> None:
    wave = np.linspace(5000.0, 5400.0, 8001)
    residual = sign * 0.1 * np.exp(-0.5 * np.square((wave - 5123.4) / 4.0))
    found = largest_feature(wave, residual, np.full(wave.size, 0.002))
    assert found.wavelength_aa == pytest.approx(5123.4, abs=0.5)
    assert found.size == pytest.approx(sign * 0.1 / np.sqrt(2.0), rel=0.05)  # smoothed by its own width
    quiet = largest_feature(wave, np.zeros(wave.size), np.full(wave.size, 0.002))
    assert quiet.size == 0.0
