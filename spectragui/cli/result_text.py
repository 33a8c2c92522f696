"""Predictions as text for a terminal: an aligned table, and what to know about each row."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from spectragui.core.flags import flag_names
from spectragui.core.labels import LABELS, format_with_error

if TYPE_CHECKING:
    from spectragui.core.labels import LabelSet
    from spectragui.inference.prediction import Prediction

_SHOWN = ("teff", "logg", "m_h", "alpha_m", "vsini", "vmic")


def results_text(predictions: Sequence[Prediction]) -> str:
    """Return the predictions as a table: two lines a spectrum, the network's and the fit's labels."""
    header = [
        "file",
        "object",
        "from",
        *(_heading(name) for name in _SHOWN),
        "v_rad (km/s)",
        "S/N",
        "verdict",
    ]
    lines = [header]
    for prediction in predictions:
        lines.extend(_lines(prediction))
    return aligned(lines, n_text_columns=3)


def aligned(rows: Sequence[Sequence[str]], n_text_columns: int = 1) -> str:
    """Return rows as text with columns of equal width: the first ones flush left, the last one too."""
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    last = len(widths) - 1
    lines = []
    for row in rows:
        cells = [
            cell.ljust(width) if i < n_text_columns or i == last else cell.rjust(width)
            for i, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        lines.append("  ".join(cells).rstrip())
    return "\n".join(lines)


def remarks_text(prediction: Prediction) -> str:
    """Return the verdict in words, its reasons, and what was assumed or found out on the way."""
    verdict = prediction.verdict
    lines = [f"{_file_name(prediction)}: {verdict.sentence}"]
    lines.extend(f"  {text}" for text in dict.fromkeys((*verdict.reasons, *prediction.notes)))
    return "\n".join(lines)


def _lines(prediction: Prediction) -> list[list[str]]:
    row = prediction.row
    verdict = prediction.verdict
    flags = flag_names(verdict.flag_bad or verdict.flag_warn)
    tail = [
        format_with_error(row["v_rad"], row["e_v_rad"]),
        format_with_error(row["snr"], decimals=0),
        f"{verdict.level}: {flags}" if flags else verdict.level,
    ]
    lines = [
        [
            _file_name(prediction),
            str(row["object"]),
            "network",
            *_labels(prediction.network, prediction),
            *tail,
        ]
    ]
    if prediction.fit is not None:
        lines.append(["", "", "fit", *_labels(prediction.fit, prediction), "", "", ""])
    return lines


def _labels(labels: LabelSet | None, prediction: Prediction) -> list[str]:
    if labels is None:
        return [""] * len(_SHOWN)
    cells = []
    for name in _SHOWN:
        limit = prediction.upper_limits.get(name)
        if limit is not None:
            cells.append(f"< {limit:.{LABELS[name].decimals}f}")
        elif name in labels:
            cells.append(format_with_error(labels[name], labels.error(name), decimals=LABELS[name].decimals))
        else:
            cells.append("")
    return cells


def _heading(name: str) -> str:
    label = LABELS[name]
    unit = "" if label.unit in ("", "dex") else f" ({label.unit})"
    return f"{label.plain_symbol}{unit}"


def _file_name(prediction: Prediction) -> str:
    names = [Path(part).name for part in str(prediction.row["file"]).split(" + ")]
    if len(names) > 1:
        names = [f"{names[0]} + {len(names) - 1} more"]
    index = int(prediction.row["spectrum"])
    return f"{names[0]}[{index}]" if index else names[0]
