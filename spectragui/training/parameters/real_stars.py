"""Judge a model on real spectra: a folder of files with a table ``labels.csv``."""

from __future__ import annotations

import csv
import dataclasses
import math
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from spectragui.core.errors import SpectraGUIError, TrainingError, first_sentence
from spectragui.core.labels import PARAMETER_LABELS
from spectragui.core.progress import Progress, no_progress
from spectragui.inference.parameters.predict_spectrum import predict_spectrum
from spectragui.inference.prediction import Prediction, PredictOptions
from spectragui.io import read_files

LABELS_FILE = "labels.csv"
_MISSING_BELOW = -999.0


@dataclasses.dataclass(frozen=True)
class StarResult:
    """One spectrum with known labels, and what was predicted.

    Attributes
    ----------
    file : str
    known : mapping of str to float
        Labels of the table; missing ones are left out.
    prediction : Prediction or None
        None if the file could not be read.
    message : str
        Why there is no prediction.
    """

    file: str
    known: Mapping[str, float]
    prediction: Prediction | None
    message: str = ""


def evaluate_folder(
    folder: Path,
    model: str,
    *,
    refine: bool = True,
    device: str = "auto",
    progress: Progress = no_progress,
) -> tuple[list[StarResult], list[str]]:
    """Predict every spectrum of a folder that its ``labels.csv`` names.

    Parameters
    ----------
    folder : pathlib.Path
        ``labels.csv`` has a column ``file`` and at least one of teff, logg, m_h, alpha_m, vsini,
        vmic; optionally ``resolving_power``. Missing labels are empty, NaN or -9999.
    model : str
    refine : bool
        Whether to judge the least-squares fit too.
    device : {"auto", "cpu", "cuda"}
        Where the network is run.
    progress : Progress

    Returns
    -------
    results : list of StarResult
    notes : list of str
        What was left out, and why.

    Raises
    ------
    TrainingError
        If the table is missing or has no usable row.
    """
    rows = read_label_table(folder / LABELS_FILE)
    usable = [row for row in rows if row[1]]
    notes = []
    if len(usable) < len(rows):
        notes.append(
            f"{len(rows) - len(usable)} of {len(rows)} rows have no label (empty or -9999): left out."
        )
    if not usable:
        raise TrainingError(
            f"No row of {LABELS_FILE} has a label.", f"Columns: file, {', '.join(PARAMETER_LABELS)}."
        )
    results = []
    for number, (file, known, power) in enumerate(usable):
        progress(number / len(usable), file)
        options = PredictOptions(model=model, resolving_power=power, refine=refine, device=device)
        try:
            spectrum = read_files([folder / file])[0]
            results.append(StarResult(file, known, predict_spectrum(spectrum, options)))
        except SpectraGUIError as error:
            results.append(StarResult(file, known, None, str(error)))
    progress(1.0, "done")
    return results, notes


def read_label_table(path: Path) -> list[tuple[str, dict[str, float], float | None]]:
    """Read file, labels that are known, and resolving power (None = not given) of each row.

    Raises
    ------
    TrainingError
        If the table is missing, or lacks the column ``file`` or every label.
    """
    if not path.is_file():
        raise TrainingError(
            f"There is no table {path.name} in {path.parent}.",
            f"It should be CSV with the columns file and {', '.join(PARAMETER_LABELS)}.",
        )
    try:
        with path.open(encoding="utf-8", newline="") as stream:
            lines = (line for line in stream if not line.startswith("#"))
            reader = csv.DictReader(lines, skipinitialspace=True)
            rows = [{(key or "").strip(): (value or "") for key, value in row.items()} for row in reader]
            columns = [name.strip() for name in reader.fieldnames or ()]
    except (OSError, UnicodeDecodeError, csv.Error, AttributeError) as error:
        raise TrainingError(
            f"The table {path.name} in {path.parent} could not be read: {first_sentence(error)}.",
            f"It should be CSV with the columns file and {', '.join(PARAMETER_LABELS)}.",
        ) from error
    if "file" not in columns or not set(columns) & set(PARAMETER_LABELS):
        raise TrainingError(
            f"{path.name} has the columns {', '.join(columns) or 'none'}.",
            f"It needs file, and at least one of {', '.join(PARAMETER_LABELS)}.",
        )
    return [_parse_row(row) for row in rows if row["file"].strip()]


def _parse_row(row: Mapping[str, str]) -> tuple[str, dict[str, float], float | None]:
    known = {name: _number(row.get(name, "")) for name in PARAMETER_LABELS}
    power = _number(row.get("resolving_power", ""))
    labels = {name: value for name, value in known.items() if math.isfinite(value)}
    return row["file"].strip(), labels, power if math.isfinite(power) and power > 0 else None


def _number(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        return math.nan
    return value if value > _MISSING_BELOW else math.nan


def star_table(results: Sequence[StarResult]) -> str:
    """Return signed errors star by star, with the stated 1 sigma, as a Markdown table."""
    names = [name for name in PARAMETER_LABELS if any(name in result.known for result in results)]
    kinds = ["network"]
    if any(result.prediction is not None and result.prediction.fit is not None for result in results):
        kinds.append("fit")
    header = [f"{kind} {name}" for kind in kinds for name in names]
    lines = ["| file | " + " | ".join(header) + " | flags |", "|---|" + "---:|" * len(header) + "---|"]
    for result in results:
        cells = [_difference(result, kind, name) for kind in kinds for name in names]
        flags = result.message or str(result.prediction.row["flags"] if result.prediction else "")
        lines.append(f"| {result.file} | " + " | ".join(cells) + f" | {flags} |")
    lines.append("| median of the absolute values | " + " | ".join(_medians(results, kinds, names)) + " | |")
    return "\n".join(lines)


def _pair(result: StarResult, kind: str, name: str) -> tuple[float, float]:
    """Return predicted minus known, and the stated error; NaN where there is none."""
    labels = None if result.prediction is None else getattr(result.prediction, kind)
    if labels is None or name not in labels or name not in result.known:
        return math.nan, math.nan
    return labels[name] - result.known[name], labels.error(name)


def _difference(result: StarResult, kind: str, name: str) -> str:
    value, error = _pair(result, kind, name)
    places = 0 if name == "teff" else 2
    return f"{value:+.{places}f} ± {error:.{places}f}" if math.isfinite(value) else ""


def _medians(results: Sequence[StarResult], kinds: Sequence[str], names: Sequence[str]) -> list[str]:
    cells = []
    for kind in kinds:
        for name in names:
            values = np.array([_pair(result, kind, name)[0] for result in results])
            values = np.abs(values[np.isfinite(values)])
            cells.append(f"{np.median(values):.{0 if name == 'teff' else 3}f}" if values.size else "")
    return cells
