"""The table of measurements: its columns with unit and meaning, one row per measured region."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from spectragui.core.results import Column, complete_row

METHODS = ("statistics", "sum", "gaussian", "voigt")

MEASUREMENT_COLUMNS: tuple[Column, ...] = (
    Column("file", "text", "", "file, or files joined by ' + '"),
    Column("object", "text", "", "object named by the file", "meta.id"),
    Column("spectrum", "integer", "", "index of the spectrum in its file, from 0"),
    Column("order", "integer", "", "index of the order, from 0"),
    Column("method", "text", "", "statistics, sum (equivalent width), gaussian or voigt"),
    Column("line", "text", "", "marked line nearest to the centre, if one is near", "meta.id;spect.line"),
    Column("start", "number", "Angstrom", "start of the region", "em.wl;stat.min"),
    Column("stop", "number", "Angstrom", "end of the region", "em.wl;stat.max"),
    Column("medium", "text", "", "of the wavelengths: air, vacuum or unknown"),
    Column("frame", "text", "", "of the wavelengths: observer, barycentric, rest ..."),
    Column("centre", "number", "Angstrom", "centre of the profile, or centroid", "em.wl.central"),
    Column("e_centre", "number", "Angstrom", "1-sigma error of centre", "stat.error;em.wl.central"),
    Column("ew", "number", "Angstrom", "equivalent width, positive in absorption", "spect.line.eqWidth"),
    Column("e_ew", "number", "Angstrom", "1-sigma error of ew", "stat.error;spect.line.eqWidth"),
    Column("fwhm", "number", "Angstrom", "full width at half depth", "spect.line.width"),
    Column("e_fwhm", "number", "Angstrom", "1-sigma error of fwhm", "stat.error;spect.line.width"),
    Column("lorentz_fwhm", "number", "Angstrom", "full width of the Lorentzian part"),
    Column("depth", "number", "", "depth at the centre relative to the continuum, negative in emission"),
    Column("e_depth", "number", "", "1-sigma error of depth"),
    Column("continuum", "number", "", "flux of the continuum at the centre, in the spectrum's unit"),
    Column("continuum_from", "text", "", "ends of the region, or the level that was given"),
    Column("mean", "number", "", "mean flux, in the spectrum's unit", "phot.flux;stat.mean"),
    Column("e_mean", "number", "", "1-sigma error of mean", "stat.error;phot.flux;stat.mean"),
    Column("median", "number", "", "median flux", "phot.flux;stat.median"),
    Column("deviation", "number", "", "standard deviation of the flux", "stat.stdev"),
    Column("snr", "number", "", "median flux / error per pixel; DER_SNR without errors", "stat.snr"),
    Column("rchi2", "number", "", "reduced chi2 of the fitted profile, errors of the pixels alone"),
    Column("n_pixels", "integer", "", "good pixels in the region"),
    Column("flux_unit", "text", "", "unit of continuum, mean, median and deviation"),
    Column("flags", "text", "", "DENOISED where the flux is not data: a network denoised it"),
    Column("created", "text", "", "UTC time of the measurement, ISO 8601", "time.creation"),
)


def make_measurement(**values: Any) -> Mapping[str, Any]:
    """Return a complete, read-only row: the given values, the rest empty (NaN, "", 0).

    Raises
    ------
    KeyError
        If a name is not a column.
    """
    return complete_row(MEASUREMENT_COLUMNS, values)
