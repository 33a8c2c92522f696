"""Measure regions of spectra: what is asked for, its row in the table, and the keys for it."""

from __future__ import annotations

import datetime
import functools
import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from spectragui.core.denoised import denoised_by
from spectragui.core.errors import SpectraGUIError
from spectragui.core.flags import Flag, flag_names
from spectragui.core.measurements import make_measurement
from spectragui.core.spectral_axis import doppler_factor
from spectragui.core.spectrum import orders_of
from spectragui.gui.passport.conversions import star_velocity_and_source
from spectragui.gui.session.session import Session
from spectragui.gui.session.state import Measurement, OpenSpectrum
from spectragui.gui.view.shown_marks import shown_line_list

if TYPE_CHECKING:
    from spectragui.analysis.line_measurement import LineFit, LineSums
    from spectragui.analysis.region_pixels import RegionPixels

NEAR_AA = 0.3  # a marked line this near to the centre, or half its width, gives its name
METHOD_WORDS = {
    "statistics": "statistics",
    "sum": "equivalent width",
    "gaussian": "Gaussian",
    "voigt": "Voigt profile",
}


def measure(session: Session, item: OpenSpectrum, method: str, start_aa: float, stop_aa: float) -> None:
    """Measure a region of a spectrum and keep the result; what cannot be measured is said.

    Parameters
    ----------
    session : Session
    item : OpenSpectrum
    method : str
        A method of `spectragui.core.measurements`.
    start_aa, stop_aa : float
        In the spectrum's own medium and frame [Angstrom].
    """
    from spectragui.analysis.region_pixels import region_pixels

    level = 1.0 if session.state.settings.measures_from_one else None
    try:
        pixels = region_pixels(item.spectrum, start_aa, stop_aa)
        values, curves = _MEASURES[method](pixels, level)
    except SpectraGUIError as error:
        session.notifications.failure(error)
        return
    row = make_measurement(**_where(session, item, pixels, method, values), **values)
    measured = Measurement(session.new_id("measurement"), item.id, item.spectrum, row, curves)
    session.update(
        undo=f"Measure {METHOD_WORDS[method]}", measurements=(*session.state.measurements, measured)
    )
    session.notifications.success(f"{item.name}: {measurement_words(row)}.")


def measurement_words(row: Mapping[str, Any]) -> str:
    """Return a measurement in words: "Gaussian at 5889.951 ± 0.002 Å, W = 752 ± 4 mÅ"."""
    from spectragui.core.labels import format_with_error

    denoised = "; the flux is denoised, not data" if row["flags"] else ""
    if row["method"] == "statistics":
        region = f"{row['start']:.2f}\N{EN DASH}{row['stop']:.2f} Å"
        snr = f", S/N {row['snr']:.0f}" if math.isfinite(row["snr"]) else ""
        return f"{region}, {row['n_pixels']} pixels, mean {row['mean']:.4g}{snr}{denoised}"
    width = format_with_error(1e3 * row["ew"], 1e3 * row["e_ew"], decimals=2)
    centre = format_with_error(row["centre"], row["e_centre"], decimals=5)
    fwhm = format_with_error(row["fwhm"], row["e_fwhm"], decimals=4)
    word = METHOD_WORDS[row["method"]]
    ends = (f", FWHM {fwhm} Å" if fwhm else "") + denoised
    return f"{word[0].upper()}{word[1:]} at {centre} Å, W = {width} mÅ{ends}"


def delete_measurements(session: Session, ids: set[str]) -> None:
    """Take measurements out of the table; Undo brings them back."""
    kept = tuple(item for item in session.state.measurements if item.id not in ids)
    gone = len(session.state.measurements) - len(kept)
    if gone:
        text = "Delete measurement" if gone == 1 else f"Delete {gone} measurements"
        session.update(undo=text, measurements=kept)


def line_near(session: Session, item: OpenSpectrum, centre_aa: float, fwhm_aa: float) -> str:
    """Return the name of the marked line of the star that is nearest to a wavelength, if one is near."""
    from spectragui.io.line_lists.line_lists import stellar_lines

    axis = orders_of(item.spectrum)[0].spectral_axis
    chosen = shown_line_list(session)
    lines = chosen.lines if chosen is not None else stellar_lines()
    velocity, _ = star_velocity_and_source(item, session.state)
    factor = doppler_factor(velocity) if math.isfinite(velocity) else 1.0
    reach = max(NEAR_AA, 0.5 * fwhm_aa if math.isfinite(fwhm_aa) else 0.0)
    distance, line = min(
        ((abs(line.wavelength_in(axis.medium) * factor - centre_aa), line) for line in lines),
        key=lambda pair: pair[0],
    )
    return f"{line.name} {line.wavelength_in(axis.medium):.2f}" if distance <= reach else ""


def _where(
    session: Session, item: OpenSpectrum, pixels: RegionPixels, method: str, values: Mapping[str, Any]
) -> dict[str, Any]:
    first = orders_of(item.spectrum)[0]
    centre = values.get("centre", math.nan)
    return {
        "file": " + ".join(item.files),
        "object": item.name,
        "spectrum": item.index,
        "order": pixels.order,
        "method": method,
        "line": line_near(session, item, centre, values.get("fwhm", math.nan))
        if math.isfinite(centre)
        else "",
        "start": pixels.start_aa,
        "stop": pixels.stop_aa,
        "medium": first.spectral_axis.medium,
        "frame": first.spectral_axis.frame,
        "n_pixels": len(pixels),
        "flux_unit": first.flux_unit,
        "flags": flag_names(Flag.DENOISED if denoised_by(item.spectrum) else 0),
        "created": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
    }


Measured = tuple[dict[str, Any], tuple[tuple[str, Any, Any], ...]]


def _measure_statistics(pixels: RegionPixels, _level: float | None) -> Measured:
    from spectragui.analysis.region_statistics import region_statistics

    found = region_statistics(pixels)
    return {
        "mean": found.mean,
        "e_mean": found.e_mean,
        "median": found.median,
        "deviation": found.standard_deviation,
        "snr": found.snr if math.isfinite(found.snr) else found.snr_scatter,
    }, ()


def _measure_sum(pixels: RegionPixels, level: float | None) -> Measured:
    from spectragui.analysis.line_measurement import measure_by_sums

    found: LineSums = measure_by_sums(pixels, level)
    values = {
        "centre": found.centroid_aa,
        "e_centre": found.e_centroid_aa,
        "ew": found.equivalent_width_aa,
        "e_ew": found.e_equivalent_width_aa,
        "depth": found.depth,
        "continuum": float(found.continuum.mean()),
    }
    curve = ("continuum", pixels.wavelength_aa, found.continuum)
    return values | _continuum_words(level) | _snr(pixels), (curve,)


def _measure_profile(pixels: RegionPixels, level: float | None, profile: str) -> Measured:
    from spectragui.analysis.line_measurement import fit_line

    found: LineFit = fit_line(pixels, profile, level)  # type: ignore[arg-type]
    values = {
        "centre": found.centre_aa,
        "e_centre": found.e_centre_aa,
        "ew": found.equivalent_width_aa,
        "e_ew": found.e_equivalent_width_aa,
        "fwhm": found.fwhm_aa,
        "e_fwhm": found.e_fwhm_aa,
        "lorentz_fwhm": found.lorentz_fwhm_aa if profile == "voigt" else math.nan,
        "depth": found.depth,
        "e_depth": found.e_depth,
        "continuum": found.continuum,
        "rchi2": found.reduced_chi2,
    }
    curves = (
        ("continuum", found.wavelength_aa, found.continuum_flux),
        ("generated", found.wavelength_aa, found.flux),
    )
    return values | _continuum_words(level) | _snr(pixels), curves


def _continuum_words(level: float | None) -> dict[str, str]:
    return {"continuum_from": "ends of the region" if level is None else f"given: {level:g}"}


def _snr(pixels: RegionPixels) -> dict[str, float]:
    return {"snr": float(_measure_statistics(pixels, None)[0]["snr"])}


_MEASURES: dict[str, Any] = {
    "statistics": _measure_statistics,
    "sum": _measure_sum,
    "gaussian": functools.partial(_measure_profile, profile="gaussian"),
    "voigt": functools.partial(_measure_profile, profile="voigt"),
}
