"""A fit of labels as text and as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from spectragui.inference.generate.fit_labels import LabelFit


def fit_text(name: str, fit: LabelFit) -> str:
    """Return what a fit found, for people."""
    from spectragui.core.labels import LABELS, format_with_error
    from spectragui.core.results import format_chi2

    begun = ", ".join(f"{key} {value:g}" for key, value in fit.start.items())
    lines = [f"{name}: fitted by least squares from {begun}"]
    for label_name, value in fit.labels.values.items():
        label = LABELS[label_name]
        text = format_with_error(value, fit.labels.errors.get(label_name), decimals=label.decimals)
        held = "" if label_name in fit.names else " (held)"
        lines.append(f"  {label.plain_symbol:8} {text} {label.unit}{held}")
    lines.append(
        f"  {'v_rad':8} {format_with_error(fit.v_rad_kms, fit.e_v_rad_kms, decimals=2)} km/s"
        f"   reduced chi2 {format_chi2(fit.rchi2)}"
    )
    said = dict.fromkeys((*fit.verdict.reasons, *fit.messages))
    return "\n".join([*lines, f"  {fit.verdict.sentence}", *(f"  {sentence}" for sentence in said)])


def fit_as_json(fit: LabelFit) -> dict[str, Any]:
    """Return what a fit found, for `print_json`."""
    from spectragui.core.flags import flag_names

    return {
        "labels": dict(fit.labels.values),
        "errors": dict(fit.labels.errors),
        "names": list(fit.names),
        "covariance": fit.covariance,
        "start": dict(fit.start),
        "resolving_power": fit.resolving_power,
        "v_rad": fit.v_rad_kms,
        "e_v_rad": fit.e_v_rad_kms,
        "rchi2": fit.rchi2,
        "converged": fit.converged,
        "flags": flag_names(fit.flags),
        "verdict": fit.verdict.sentence,
        "level": fit.verdict.level,
        "flag_warn": flag_names(fit.verdict.flag_warn),
        "flag_bad": flag_names(fit.verdict.flag_bad),
        "reasons": list(fit.verdict.reasons),
        "messages": list(fit.messages),
    }
