"""Predictions as text for a terminal: an aligned table, and what to know about each row."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from spectragui.core.flags import flag_names
from spectragui.core.labels import LABELS, PARAMETER_LABELS, format_with_error
from spectragui.core.wording import plain_text

if TYPE_CHECKING:
    from spectragui.core.labels import LabelSet
    from spectragui.inference.prediction import Prediction


def results_text(predictions: Sequence[Prediction], width: int | None = None) -> str:
    """Return the predictions as text: one table, two lines a spectrum (the network's and the fit's labels).

    Parameters
    ----------
    predictions : sequence of Prediction
    width : int, optional
        Columns of the terminal; a table that is wider becomes one small table a spectrum.
    """
    labels = [_heading(name) for name in PARAMETER_LABELS]
    rows = [["file", "object", "from", *labels, "v_rad (km/s)", "S/N", "verdict"]]
    for prediction in predictions:
        rows.extend(_rows(prediction))
    text = aligned(rows, n_text_columns=3)
    if width is None or max(map(len, text.splitlines())) <= width:
        return text
    return "\n\n".join(_block(prediction) for prediction in predictions)


def aligned(rows: Sequence[Sequence[str]], n_text_columns: int = 1) -> str:
    """Return rows as text with columns of equal width: the first ones flush left, the last one too."""
    rows = [[" ".join(plain_text(cell).split("\n")) for cell in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
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


def _rows(prediction: Prediction) -> list[list[str]]:
    about = [_file_name(prediction), str(prediction.row["object"])]
    rows = [[*about, "network", *_labels(prediction.network, prediction), *_circumstances(prediction)]]
    if prediction.fit is not None:
        rows.append(["", "", "fit", *_labels(prediction.fit, prediction), "", "", ""])
    return rows


def _block(prediction: Prediction) -> str:
    rows = [["", "network", "fit"]]
    cells = zip(_labels(prediction.network, prediction), _labels(prediction.fit, prediction), strict=True)
    rows += [[_heading(name), *pair] for name, pair in zip(PARAMETER_LABELS, cells, strict=True)]
    words = ("v_rad (km/s)", "S/N", "verdict")
    rows += [[word, value, ""] for word, value in zip(words, _circumstances(prediction), strict=True)]
    if prediction.fit is None:
        rows = [row[:2] for row in rows]
    title = f"{_file_name(prediction)}  {prediction.row['object']}".rstrip()
    return f"{title}\n" + "\n".join(f"  {line}" for line in aligned(rows, n_text_columns=2).splitlines())


def _circumstances(prediction: Prediction) -> list[str]:
    row, verdict = prediction.row, prediction.verdict
    flags = flag_names(verdict.flag_bad or verdict.flag_warn)
    return [
        format_with_error(row["v_rad"], row["e_v_rad"]),
        format_with_error(row["snr"], decimals=0),
        f"{verdict.level}: {flags}" if flags else verdict.level,
    ]


def _labels(labels: LabelSet | None, prediction: Prediction) -> list[str]:
    if labels is None:
        return [""] * len(PARAMETER_LABELS)
    cells = []
    for name in PARAMETER_LABELS:
        limit = prediction.upper_limits.get(name)
        if name not in labels:
            cells.append("")
        elif limit is not None:
            cells.append(f"< {limit:.{LABELS[name].decimals}f}")
        else:
            cells.append(format_with_error(labels[name], labels.error(name), decimals=LABELS[name].decimals))
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
