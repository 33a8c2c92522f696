"""The table of denoised spectra: its columns, and a row."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from spectragui.core.results import Column, complete_row

DENOISE_COLUMNS: tuple[Column, ...] = (
    Column("file", "text", "", "file, or files joined by ' + '"),
    Column("object", "text", "", "object named by the file", "meta.id"),
    Column("spectrum", "integer", "", "index of the spectrum in its file, from 0"),
    Column("model", "text", "", "name of the model"),
    Column("model_version", "text", "", "version of the model"),
    Column("snr_before", "number", "", "median flux / sigma per pixel of the noisy spectrum", "stat.snr"),
    Column("snr_after", "number", "", "median flux / sigma of the denoised flux, sigma by the model"),
    Column("whiteness_p", "number", "", "probability of such a correlated residual, were it noise alone"),
    Column("ew_change", "number", "", "largest change of a strong line's equivalent width [sigma]"),
    Column("ew_change_line", "text", "", "that line, with its wavelength"),
    Column("n_regions", "integer", "", "regions where the network removed or invented signal"),
    Column("rchi2", "number", "", "mean of ((noisy - denoised) / sigma)^2"),
    Column(
        "v_rad", "number", "km/s", "velocity in the frame of the file's wavelengths", "spect.dopplerVeloc"
    ),
    Column("e_v_rad", "number", "km/s", "1-sigma error of v_rad", "stat.error;spect.dopplerVeloc"),
    Column("flag_warn", "integer", "", "bits: read with care", "meta.code"),
    Column("flag_bad", "integer", "", "bits: do not use", "meta.code"),
    Column("flags", "text", "", "names of the bits that are set"),
    Column("created", "text", "", "UTC time, ISO 8601", "time.creation"),
    Column("citation", "text", "", "what to cite", "meta.bib"),
    Column("reason", "text", "", "why there is no denoised spectrum, where there is none"),
)


def denoise_row(**values: Any) -> Mapping[str, Any]:
    """Return a complete, read-only row of `DENOISE_COLUMNS`: the given values, the rest empty."""
    return complete_row(DENOISE_COLUMNS, values)
