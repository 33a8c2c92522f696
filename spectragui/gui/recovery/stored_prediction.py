"""Make a `Prediction` of a stored row of the results table: what a crash, or a file, left of it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from spectragui.core.flags import FLAG_WORDS, Flag
from spectragui.core.labels import PARAMETER_LABELS, LabelSet
from spectragui.core.results import COLUMN_NAMES, make_row
from spectragui.inference.prediction import Prediction, Verdict


def prediction_from_row(stored: Mapping[str, Any]) -> Prediction:
    """Return a prediction without comparison; the verdict is told by the flags.

    Parameters
    ----------
    stored : mapping
        A row of the results table; unknown columns are left out.
    """
    row = make_row(**{name: value for name, value in stored.items() if name in COLUMN_NAMES})
    return Prediction(
        row=row,
        network=_labels(row, PARAMETER_LABELS, ""),
        fit=_labels(row, PARAMETER_LABELS, "_fit"),
        verdict=_verdict(int(row["flag_warn"]), int(row["flag_bad"])),
        notes=("Restored from an earlier session; predict again to see the spectrum.",),
        v_rad_frame=str(row["v_rad_frame"]),
    )


def _labels(row: Mapping[str, Any], names: tuple[str, ...], suffix: str) -> LabelSet | None:
    values = {name: float(row[name + suffix]) for name in names if math.isfinite(float(row[name + suffix]))}
    errors = {name: float(row[f"e_{name}{suffix}"]) for name in values}
    known = {name: error for name, error in errors.items() if math.isfinite(error)}
    return LabelSet(values, known) if values else None


def _verdict(warn: int, bad: int) -> Verdict:
    reasons = tuple(words for flag, words in FLAG_WORDS.items() if flag & (warn | bad))
    if bad & Flag.NOT_SERVED:
        return Verdict("bad", "The model cannot serve this spectrum", reasons, warn, bad)
    if bad:
        return Verdict("bad", "Do not use", reasons, warn, bad)
    if warn:
        return Verdict("caution", "Read with care", reasons, warn, bad)
    return Verdict("good", "Inside what the model knows", (), 0, 0)
