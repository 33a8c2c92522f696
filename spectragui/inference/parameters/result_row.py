"""Fill the row of the results table from a prediction's parts."""

from __future__ import annotations

import datetime
import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any

from spectragui.core.flags import Flag, flag_names
from spectragui.core.labels import PARAMETER_LABELS, LabelSet
from spectragui.core.results import make_row
from spectragui.core.spectrum import AnySpectrum
from spectragui.inference.fit.compare import Misfit
from spectragui.inference.fit.refine import Refinement
from spectragui.inference.observation.observation import Observation
from spectragui.inference.opened_model import OpenedModel
from spectragui.inference.prediction import Verdict

# What the preparation does, so that two tables can be told to have been made alike.
CHAIN = "air; dim ends 0.3; continuum 0.93 degree 5; masks; velocity 1000; bent scales; window"
CHAIN_HASH = hashlib.sha256(CHAIN.encode()).hexdigest()[:12]


def result_row(
    spectrum: AnySpectrum,
    model: OpenedModel,
    observation: Observation,
    network: LabelSet,
    fit: Refinement | None,
    misfits: tuple[Misfit, Misfit],
    verdict: Verdict,
) -> Mapping[str, Any]:
    """Return the complete row of a served spectrum (`spectragui.core.results.RESULT_COLUMNS`).

    ``misfits`` are those of the network's labels and of the fit's.
    """
    network_misfit, fit_misfit = misfits
    values = _identity(spectrum, model, verdict)
    values |= _label_values(network, PARAMETER_LABELS, "")
    values |= {
        "resolving_power": observation.resolving_power,
        "v_rad": observation.v_rad_kms,
        "e_v_rad": observation.e_v_rad_kms,
        "snr": observation.snr,
        "coverage": observation.coverage,
        "rchi2": network_misfit.rchi2,
    }
    if fit is not None:
        values |= _label_values(fit.labels, PARAMETER_LABELS, "_fit")
        values["rchi2_fit"] = fit_misfit.rchi2
    return make_row(**values)


def with_limits(row: Mapping[str, Any], limits: Mapping[str, float]) -> Mapping[str, Any]:
    """Return a row that says upper limits, by name of the label."""
    return MappingProxyType({**row, **{f"{name}_limit": limit for name, limit in limits.items()}})


def failed_row(
    spectrum: AnySpectrum, model: OpenedModel, verdict: Verdict, reason: str, follow_up: str
) -> Mapping[str, Any]:
    """Return the row of a spectrum that cannot be served: identity, flags and the reason, no labels."""
    return make_row(**_identity(spectrum, model, verdict), reason=reason, follow_up=follow_up)


def unread_row(files: Sequence[Path], spectrum: AnySpectrum | None, reason: str) -> Mapping[str, Any]:
    """Return the row of files that could not be read, or failed on the way: no model, no labels."""
    return make_row(
        **_of_file(files if spectrum is None else files_of(spectrum) or files, spectrum),
        flag_bad=int(Flag.NOT_SERVED),
        flags=flag_names(Flag.NOT_SERVED),
        created=_now(),
        reason=reason,
    )


def _label_values(labels: LabelSet, names: tuple[str, ...], suffix: str) -> dict[str, float]:
    values = {}
    for name in names:
        if name in labels:
            values[f"{name}{suffix}"] = labels[name]
            values[f"e_{name}{suffix}"] = labels.error(name)
    return values


def _identity(spectrum: AnySpectrum, model: OpenedModel, verdict: Verdict) -> dict[str, Any]:
    return {
        **_of_file(files_of(spectrum), spectrum),
        "model": model.card.name,
        "model_version": model.card.version,
        "flag_warn": verdict.flag_warn,
        "flag_bad": verdict.flag_bad,
        "flags": flag_names(verdict.flag_warn | verdict.flag_bad),
        "chain_hash": CHAIN_HASH,
        "created": _now(),
        "citation": model.card.citation,
    }


def _of_file(files: Sequence[Path], spectrum: AnySpectrum | None) -> dict[str, Any]:
    values: dict[str, Any] = {"file": names_of(files)}
    if spectrum is not None:
        values |= {
            "object": str(spectrum.meta.get("object", "")),
            "spectrum": int(spectrum.meta.get("spectrum_index", 0)),
            "file_sha256": str(spectrum.meta.get("file_sha256", "")) if files else "",
        }
    return values


def _now() -> str:
    return datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")


def names_of(files: Sequence[Path]) -> str:
    """Return the names of files without their folders, as a table can hold them."""
    return printable(" + ".join(path.name for path in files))


def printable(text: str) -> str:
    """Return a text in characters that every file can hold: names that are no UTF-8 are spelt out."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def files_of(spectrum: AnySpectrum) -> list[Path]:
    """Return the files that a spectrum was read from."""
    files = spectrum.meta.get("files") or ((spectrum.meta["file"],) if spectrum.meta.get("file") else ())
    return [Path(str(file)) for file in files]
