"""Numbers that commands print for people and as JSON are those of the row, the fit and the card."""

from __future__ import annotations

import dataclasses
import json
from types import SimpleNamespace

import numpy as np

from spectragui.cli.denoise import _table as denoise_table
from spectragui.cli.denoise import _truth_words
from spectragui.cli.finished_rows import Outcome
from spectragui.cli.fit_text import fit_as_json, fit_text
from spectragui.cli.models import _card_text, _line
from spectragui.cli.predict import _as_json, _outcome
from spectragui.cli.result_text import results_text
from spectragui.cli.velocity import _table as velocity_table
from spectragui.core.flags import Flag
from spectragui.core.labels import LABELS, PARAMETER_LABELS, LabelSet, format_with_error
from spectragui.core.model_folder import find_model, read_card
from spectragui.core.results import make_row
from spectragui.inference.parameters.model_store import list_models
from spectragui.inference.prediction import Prediction, Verdict

#: Of each label a value and an error that no other has.
VALUES = {name: 10.0 * (place + 1) for place, name in enumerate(PARAMETER_LABELS)}
ERRORS = {name: 1.1 * (place + 1) for place, name in enumerate(PARAMETER_LABELS)}


def cells(text: str) -> list[list[str]]:
    """Return the cells of an aligned table."""
    return [[cell.strip() for cell in line.split("  ") if cell.strip()] for line in text.splitlines()]


def test_predictions() -> None:
    fit = LabelSet({n: v + 5.0 for n, v in VALUES.items()}, {n: e + 3.0 for n, e in ERRORS.items()})
    row = make_row(file="a.fits", object="Sun", v_rad=12.3, e_v_rad=0.04, snr=210.4, spectrum=2)
    verdict = Verdict("bad", "No", (), int(Flag.LABEL_RANGE), int(Flag.CHI2))
    prediction = Prediction(row, LabelSet(VALUES, ERRORS), fit, verdict)
    _, network, of_fit = cells(results_text([prediction]))
    assert network[:3] == ["a.fits[2]", "Sun", "network"] and of_fit[0] == "fit"
    for place, name in enumerate(PARAMETER_LABELS):
        decimals = LABELS[name].decimals
        assert network[3 + place] == format_with_error(VALUES[name], ERRORS[name], decimals=decimals)
        assert of_fit[1 + place] == format_with_error(
            VALUES[name] + 5.0, ERRORS[name] + 3.0, decimals=decimals
        )
    assert network[9:] == ["12.30 ± 0.04", "210", "bad: CHI2"]
    warned = dataclasses.replace(prediction, verdict=Verdict("caution", "", (), int(Flag.LTE), 0), fit=None)
    assert cells(results_text([warned]))[1][-1] == "caution: LTE"
    narrow = results_text([prediction], 40)
    assert format_with_error(VALUES["logg"] + 5.0, ERRORS["logg"] + 3.0) in narrow and "bad: CHI2" in narrow


def test_all_of_a_prediction_is_in_its_json() -> None:
    verdict = Verdict("caution", "Read with care", ("Too hot.",), int(Flag.LABEL_RANGE), 0)
    row = make_row(file="a.fits", model="m", teff=5777.0)
    prediction = Prediction(
        row, LabelSet(VALUES, ERRORS), None, verdict, {"vsini": 3.1}, None, ("A note.",), v_rad_frame="rest"
    )
    told = _as_json(_outcome(prediction))
    assert told["upper_limits"] == {"vsini": 3.1} and told["notes"] == ("A note.",)
    assert told["verdict"] == {"level": "caution", "sentence": "Read with care", "reasons": ("Too hot.",)}
    expected = {**row, "v_rad_frame": "rest"}  # the prediction's own
    assert {name: str(told[name]) for name in row} == {name: str(value) for name, value in expected.items()}


def test_a_fit() -> None:
    names = ("teff", "logg")
    verdict = Verdict("caution", "Read with care", ("One reason.",), int(Flag.LTE), int(Flag.CHI2))
    fit = SimpleNamespace(
        names=names, labels=LabelSet(VALUES, {n: ERRORS[n] for n in names}), covariance=np.diag([1.0, 2.0]),
        start={"teff": 5000.0}, resolving_power=48_000.0, v_rad_kms=7.25, e_v_rad_kms=0.31, rchi2=1.75,
        converged=True, messages=("A message.",), verdict=verdict, flags=int(Flag.VELOCITY),
    )  # fmt: skip
    told = fit_as_json(fit)
    assert told["labels"] == VALUES and told["errors"] == {n: ERRORS[n] for n in names}
    assert (told["v_rad"], told["e_v_rad"], told["rchi2"]) == (7.25, 0.31, 1.75)
    assert (told["flags"], told["flag_warn"], told["flag_bad"]) == ("VELOCITY", "LTE", "CHI2")
    assert (told["level"], told["resolving_power"], told["converged"]) == ("caution", 48_000.0, True)
    assert told["start"] == {"teff": 5000.0} and told["names"] == list(names)
    lines = fit_text("a.fits", fit).splitlines()
    assert lines[0] == "a.fits: fitted by least squares from teff 5000"
    for line, name in zip(lines[1:7], PARAMETER_LABELS, strict=True):
        error = ERRORS[name] if name in names else None
        shown = format_with_error(VALUES[name], error, decimals=LABELS[name].decimals)
        assert f" {shown} " in f"{line} " and ("(held)" in line) == (name not in names)
    assert "7.25 ± 0.31 km/s" in lines[7] and "reduced chi2 1.75" in lines[7]
    assert lines[8:] == ["  Read with care", "  One reason.", "  A message."]


def test_velocities() -> None:
    row = {
        "file": "a.fits", "object": "M 1", "v_rad": -31.42, "e_v_rad": 0.25, "v_axis": 5.0, "e_ccf": 0.01,
        "frame": "barycentric", "berv": 17.5, "berv_added": 1, "method": "red: b",
        "flags": "VELOCITY", "flag_bad": 0,
    }  # fmt: skip
    _, line = cells(velocity_table([row]))
    assert line == ["a.fits", "M 1", "−31.42 ± 0.25", "barycentric", "17.500", "red: b", "VELOCITY"]
    not_added = {**row, "berv_added": 0, "flag_bad": 64}
    _, line = cells(velocity_table([not_added]))
    assert line[4] == "17.500 (not added)" and line[-1] == "VELOCITY BAD"


def test_denoised_spectra() -> None:
    errors = {"mean_relative": 0.0123, "max_relative": 0.345, "bias": -0.0067, "within_1_sigma": 0.71}
    assert _truth_words(errors) == (
        "Against the truth: mean |R| 1.23 %, maximum 34.5 %, bias -0.67 %, 71 % of pixels within 1 sigma."
    )
    row = {
        "file": "a.fits", "object": "M 1", "model": "pfs-dae", "snr_before": 8.31, "snr_after": 95.4,
        "whiteness_p": 0.42, "ew_change": -1.5, "ew_change_line": "Ca II 8544.4",
        "v_rad": 12.0, "e_v_rad": 3.0,
        "n_regions": 4, "flags": "CHI2",
    }  # fmt: skip
    _, line = cells(denoise_table([Outcome(row, {"verdict": "No"})]))
    assert line == ["a.fits", "M 1", "pfs-dae", "8.3", "95", "0.42", "-1.5 sigma Ca II 8544.4",
                    "12.0 ± 3.0", "4", "No (CHI2)"]  # fmt: skip


def test_models(run) -> None:
    entries = {entry.card.name: entry for entry in list_models()}
    entry = entries["optical-parameters"]
    assert _line(entry)[4] == "program"
    assert _line(dataclasses.replace(entry, is_bundled=False))[4] == "you"
    grid = entry.card.wavelength
    assert _line(entry)[3] == f"{grid.start_aa:.0f}-{grid.stop_aa:.0f}"
    card = read_card(find_model("optical-parameters"))
    text = _card_text(card)
    for label in card.labels:
        assert f"  {label.name}: {label.minimum:g} to {label.maximum:g} {label.unit}".rstrip() in text
        assert label.minimum < label.maximum
    told = {one["name"]: one for one in json.loads(run("models", "list", "--json").stdout)}
    assert set(told) == set(entries) and all(one["is_bundled"] for one in told.values())
    assert [label["name"] for label in told["optical-parameters"]["labels"]] == list(card.label_names)
