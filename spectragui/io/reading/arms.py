"""Join files that hold the arms of one observation (GALAH's four cameras) into one spectrum."""

from __future__ import annotations

import re
import statistics
from pathlib import Path

from spectragui.core.spectrum import AnySpectrum, EchelleSpectrum, Spectrum

_SHARED_KEYS = (
    "object", "instrument", "reader", "product", "v_rad_kms", "v_rad_source", "berv_kms", "berv_source",
    "velocity_keywords", "header", "uncertainty_source", "normalised", "has_blaze",
)  # fmt: skip


def join_arms(spectra: list[AnySpectrum]) -> list[AnySpectrum]:
    """Return the spectra in their order, those of one exposure's arms joined at the first one.

    Two spectra are arms of one exposure when their readers gave them the same ``arm_of`` and
    different ``arm``.
    """
    groups: dict[str, list[Spectrum]] = {}
    joined: list[AnySpectrum | str] = []
    for spectrum in spectra:
        key = str(spectrum.meta.get("arm_of", ""))
        if not key or not isinstance(spectrum, Spectrum):
            joined.append(spectrum)
        elif key in groups:
            groups[key].append(spectrum)
        else:
            groups[key] = [spectrum]
            joined.append(key)
    return [_join(groups[item]) if isinstance(item, str) else item for item in joined]


def arm_of_file(path: Path, arm_digit: re.Pattern[str]) -> tuple[str, str]:
    """Return (exposure, arm) by a file's name: ``arm_digit`` captures both; empty without a match."""
    found = arm_digit.match(path.stem)
    return (f"{path.parent}/{found.group(1)}", found.group(2)) if found else ("", "")


def _join(arms: list[Spectrum]) -> AnySpectrum:
    distinct = {str(arm.meta.get("arm")): arm for arm in arms}
    if len(distinct) == 1:
        return arms[0]
    chosen = [distinct[key] for key in sorted(distinct)]
    first = chosen[0].meta
    meta = {key: first[key] for key in _SHARED_KEYS if key in first}
    meta["file"] = " + ".join(str(arm.meta["file"]) for arm in chosen)
    meta["file_sha256"] = " + ".join(str(arm.meta.get("file_sha256", "")) for arm in chosen)
    meta["files"] = tuple(str(arm.meta["file"]) for arm in chosen)
    notes = [note for arm in chosen for note in arm.meta.get("notes", ())]
    powers = [arm.meta["resolving_power"] for arm in chosen if "resolving_power" in arm.meta]
    if powers:
        meta["resolving_power"] = float(statistics.median(powers))
        meta["resolving_power_source"] = (
            f"median of {len(powers)} arms; {chosen[0].meta['resolving_power_source']}"
        )
    meta["notes"] = (f"{len(chosen)} files of one exposure were joined.", *dict.fromkeys(notes))
    meta["spectrum_index"], meta["n_spectra"] = 0, 1
    return EchelleSpectrum(tuple(chosen), meta)
