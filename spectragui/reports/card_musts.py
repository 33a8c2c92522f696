"""What models that a paper led to must reach, by what their cards say of held-out spectra."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from spectragui.core.labels import LABELS
from spectragui.core.model_folder import find_model, read_card
from spectragui.reports.report_item import Must, below

#: Median and 99th percentile of the error [of the continuum]; then labels of noise-free FGK spectra fitted.
_EMULATORS = {
    "optical-emulator": (0.002, 0.04),
    "pfs-emulator": (0.002, 0.03),
    "mdwarf-emulator": (0.002, 0.02),
}
_RETURNED = {"teff": 15.0, "logg": 0.03, "m_h": 0.015}


def case_musts(model: str, targets: Mapping[str, Mapping[str, float]]) -> list[Must]:
    """Return the mean absolute errors of a model's labels in the cases that its card keeps."""
    metrics = _metrics(model)
    return [
        below(
            f"{model}, {case}: {LABELS[label].plain_symbol}",
            limit,
            _number(_table(metrics, case), label),
            LABELS[label].unit,
            f"card of {model}, held-out spectra",
        )
        for case, limits in targets.items()
        for label, limit in limits.items()
    ]


def emulator_musts(model: str) -> list[Must]:
    """Return what an emulator must reach, by its card."""
    metrics, how = _metrics(model), f"card of {model}, {_metrics(model).get('held_out', 'held-out spectra')}"
    middle, high = _EMULATORS[model]
    rows = [
        below(
            f"{model}: median error at R 100,000",
            middle,
            _number(metrics, "median_error_at_r_100000"),
            "%",
            how,
            100.0,
        ),
        below(
            f"{model}: 99th percentile at R 100,000",
            high,
            _number(metrics, "percentile_99_error_at_r_100000"),
            "%",
            how,
            100.0,
        ),
    ]
    returned = _table(metrics, "labels_returned_fgk_median")
    return rows + [
        below(
            f"{model}: noise-free FGK spectra fitted, {LABELS[label].plain_symbol}",
            limit,
            _number(returned, label),
            LABELS[label].unit,
            how,
        )
        for label, limit in _RETURNED.items()
        if returned
    ]


def judged_elsewhere(what: str, limit: str, where: str) -> Must:
    """Return a must that no page judges anew, with its place."""
    return Must(what, limit, "not on this page", None, where)


def _metrics(model: str) -> Mapping[str, Any]:
    return read_card(find_model(model)).metrics


def _table(metrics: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = metrics.get(name, {})
    return found if isinstance(found, Mapping) else {}


def _number(table: Mapping[str, Any], name: str) -> float:
    value = table.get(name, math.nan)
    return float(value) if isinstance(value, (int, float)) else math.nan
