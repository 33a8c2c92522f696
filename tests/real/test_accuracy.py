"""Real spectra, predicted as a user would: the accuracy that is promised, and honest errors."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

STARS_CALIBRATED_ON = ("Sun (Ganymede)", "Arcturus")
RANGES = {"teff": (4200.0, 9000.0), "m_h": (-2.0, 0.5)}


@pytest.fixture(scope="module")
def accuracy(checkout: Path) -> ModuleType:
    """Return the script that writes docs/accuracy.md."""
    spec = importlib.util.spec_from_file_location("make_accuracy", checkout / "docs" / "make_accuracy.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["make_accuracy"] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def stars(accuracy: ModuleType, shared_data: Path) -> list[Any]:
    """Return every optical star of stars.csv with its prediction (15 s)."""
    predicted: list[Any] = accuracy.predict_stars(shared_data.parent)
    return predicted


@pytest.mark.parametrize("kind", ["network", "fit"])
def test_the_median_errors_are_as_promised(accuracy: ModuleType, stars: list[Any], kind: str) -> None:
    found = accuracy.medians(stars, kind)
    assert np.all(found <= accuracy.TARGETS[kind]), found


def test_every_file_gives_a_row_with_network_and_fit(stars: list[Any]) -> None:
    assert len(stars) >= 18
    for star in stars:
        assert np.all(np.isfinite(star.errors("network"))), star.name
        assert np.all(np.isfinite(star.errors("fit"))), star.name
        assert np.all(star.stated("fit") > 0), star.name


def test_the_stars_that_the_line_list_was_calibrated_on(stars: list[Any]) -> None:
    found = [star for star in stars if star.name in STARS_CALIBRATED_ON]
    assert len(found) == 2
    for star in found:
        assert np.all(np.abs(star.errors("fit")) <= [40.0, 0.08, 0.05]), star.name


def test_what_the_models_cannot_know_is_flagged_and_what_they_know_is_not(stars: list[Any]) -> None:
    wrong = [star.name for star in stars if star.must_be_flagged and not star.is_flagged]
    wrong += [star.name for star in stars if star.is_judge and star.is_flagged]
    assert not wrong


def test_every_star_lies_within_three_sigma_or_is_flagged(stars: list[Any]) -> None:
    far = {
        (star.name, star.instrument, kind): np.round(star.pulls(kind), 1).tolist()
        for star in stars
        for kind in ("network", "fit")
        if not star.is_flagged and np.any(np.abs(star.pulls(kind)) > 3.0)
    }
    assert not far


def test_errors_of_judged_stars_are_not_so_large_that_anything_would_fit(stars: list[Any]) -> None:
    stated = np.median([star.stated("fit") for star in stars if star.is_judge], axis=0)
    assert np.all(stated < [80.0, 0.15, 0.10]), stated


def test_the_document_tells_every_star_as_it_was_predicted(accuracy: ModuleType, stars: list[Any]) -> None:
    text = accuracy.document(stars)
    rows = [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in text.splitlines()
        if line.startswith("|") and " ± " in line
    ]
    assert len(rows) == len(stars)
    for star in stars:
        (row,) = [
            row for row in rows
            if row[:2] == [star.name, star.instrument] and row[-1] == f"{star.seconds:.1f}"
            and float(row[3].split(" ± ")[0]) == pytest.approx(star.errors("network")[0], abs=0.51)
        ]  # fmt: skip
        row_of = star.prediction.row
        for kind, suffix, cells in (("network", "", row[3:6]), ("fit", "_fit", row[6:9])):
            for name, known, cell in zip(("teff", "logg", "m_h"), star.known, cells, strict=True):
                error, stated = (float(part) for part in cell.split(" ± "))
                digits = 0.51 if name == "teff" else 0.0051
                assert error == pytest.approx(row_of[f"{name}{suffix}"] - known, abs=digits), (
                    star.name,
                    kind,
                )
                assert stated == pytest.approx(row_of[f"e_{name}{suffix}"], abs=digits), (star.name, kind)
        assert row[-2].startswith("**bad**") == star.is_flagged
    assert "nan" not in text
    found = {kind: accuracy.medians(stars, kind) for kind in ("network", "fit")}
    for kind, (teff, _, _) in found.items():
        judged = [abs(star.errors(kind)[0]) for star in stars if star.is_judge]
        assert teff == pytest.approx(np.median(judged))
        assert f"| {kind} | {teff:.0f} K |" in text
