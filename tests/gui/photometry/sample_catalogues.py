"""Small catalogues and predictions whose truth is known, for tests of the window."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from spectragui.core.photometry import PhotometricTable, band_set
from spectragui.core.photometry_result import PHOTOMETRY_COLUMNS, PhotometryFlag, PhotometryResult
from spectragui.core.progress import Progress, no_progress
from tests.gui.top_windows import top_windows

BANDS = band_set("alhambra").names
GRID = np.linspace(0.0, 1.5, 301)


def columns_of(n_rows: int, seed: int = 1) -> dict[str, np.ndarray]:
    """Return the columns of a simulated catalogue; every fifth object is a star, one band is not detected."""
    rng = np.random.default_rng(seed)
    brightness = rng.uniform(18.0, 24.0, n_rows)
    columns: dict[str, np.ndarray] = {
        "ID": np.array([f"814-{number:06d}" for number in range(n_rows)]),
        "z": rng.uniform(0.05, 1.2, n_rows),
        "log_mass": rng.uniform(8.0, 11.5, n_rows),
        "spectral_type": rng.integers(1, 6, n_rows),
        "kind": np.where(np.arange(n_rows) % 5 == 4, "star", "galaxy"),
    }
    columns["z"][columns["kind"] == "star"] = 0.0
    for number, name in enumerate(BANDS):
        columns[name] = np.round(brightness + 2.0 - 0.06 * number + rng.normal(0, 0.03, n_rows), 3)
        columns[f"d{name}"] = np.full(n_rows, 0.03 + 0.001 * number)
    columns["F365W"][0], columns["dF365W"][0] = 99.0, 25.1  # not detected: the limit stands in the error
    columns["J"][0], columns["dJ"][0] = -99.0, 0.0  # not observed
    return columns


def write_csv(path: Path, n_rows: int = 40, seed: int = 1, **renamed: str) -> Path:
    """Write a catalogue as CSV; ``renamed`` gives columns other names."""
    columns = columns_of(n_rows, seed)
    names = [renamed.get(name, name) for name in columns]
    lines = [",".join(names)]
    for row in range(n_rows):
        lines.append(",".join(str(values[row]) for values in columns.values()))
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def predict_stand_in(
    table: PhotometricTable, _options: object = None, progress: Progress = no_progress
) -> PhotometryResult:
    """Return predictions that are what the catalogue says plus a little, without a network."""
    n = len(table)
    progress(0.5, "predicting")
    rng = np.random.default_rng(3)
    found: dict[str, Any] = {}
    for column in PHOTOMETRY_COLUMNS:
        if column.name != "flags":
            found[column.name] = np.full(n, np.nan) if column.kind == "number" else np.zeros(n, np.int64)
    reference = table.reference
    z = np.nan_to_num(reference.get("z", np.full(n, 0.4)), nan=0.01)
    found["z"] = z + 0.004 * (1.0 + z) * rng.normal(0, 1, n)
    found["e_z"] = np.full(n, 0.01)
    found["z_lower"], found["z_upper"] = found["z"] - 0.01, found["z"] + 0.01
    found["p_star"] = np.where(np.nan_to_num(reference.get("star", np.zeros(n))) == 1.0, 0.97, 0.02)
    found["log_mass"] = np.nan_to_num(reference.get("log_mass", np.full(n, 10.0)), nan=10.0) + 0.1
    found["e_log_mass"] = np.full(n, 0.15)
    found["m_abs_b"], found["e_m_abs_b"] = np.full(n, -20.5), np.full(n, 0.2)
    found["spectral_type"] = np.nan_to_num(reference.get("type", np.full(n, 2.0)), nan=1.0).astype(np.int64)
    for number in range(1, 6):
        found[f"p_type_{number}"] = np.where(found["spectral_type"] == number, 0.8, 0.05)
    found["z_second"], found["p_second"] = found["z"] + 0.3, np.full(n, 0.01)
    found["flag_warn"] = np.zeros(n, np.int64)
    found["flag_warn"][1::7] |= int(PhotometryFlag.BIMODAL)
    found["p_second"][1::7] = 0.24
    found["flag_bad"] = np.zeros(n, np.int64)
    found["flag_bad"][3::11] |= int(PhotometryFlag.NOT_SERVED)
    found["n_bands"] = table.observed.sum(axis=1)

    def pdf_of(index: int) -> np.ndarray:
        peak, second = found["z"][index], found["z_second"][index]
        part = found["p_second"][index]
        first = np.exp(-0.5 * ((GRID - peak) / 0.01) ** 2)
        return (1 - part) * first + part * np.exp(-0.5 * ((GRID - second) / 0.01) ** 2)

    return PhotometryResult(found, GRID, pdf_of, {"redshift": "stand-in 1"})


def dialog_on_screen(kind: type) -> Any:
    """Return the one dialog of a kind that is on the screen, whatever its parent is."""

    (dialog,) = top_windows(kind, is_shown=True)
    return dialog
