"""Find medium and frame of wavelengths, and say where each was read or why it is assumed."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spectragui.core.errors import ReadError, UnitError
from spectragui.core.median import median
from spectragui.core.spectral_axis import SpectralAxis, VelocityStep
from spectragui.io.headers.fits_header import Header
from spectragui.io.headers.instrument_facts import InstrumentFacts
from spectragui.io.headers.velocity_keywords import barycentric_velocity, bess_frame
from spectragui.io.headers.yes_no import means_yes
from spectragui.io.reading.axis_unit import PLAUSIBLE_AA, SAY_UNIT, AxisUnit
from spectragui.io.reading.read_options import ReadOptions
from spectragui.io.reading.stated import Stated
from spectragui.io.reading.velocity_shifts import AppliedShift, applied_shifts
from spectragui.io.reading.wavelength_units import is_vacuum_unit

_FRAMES = {
    "TOPOCENT": "observer", "GEOCENTR": "observer", "BARYCENT": "barycentric", "BARYCENTRIC": "barycentric",
    "BARY": "barycentric", "SSB": "barycentric", "HELIOCEN": "heliocentric", "HELIOCENTRIC": "heliocentric",
    "HELIO": "heliocentric", "SOURCE": "rest", "REST": "rest",
}  # fmt: skip
# Keywords that say whether a correction was made: what the frame is then.
_CORRECTED = {
    "HELCORR": "heliocentric", "HELIOCOR": "heliocentric", "HELIO_COR": "heliocentric",
    "BERVCORR": "heliocentric", "BARYCOR": "barycentric", "BARY_COR": "barycentric",
}  # fmt: skip


def find_passport(
    extent: NDArray[np.float64],
    unit: AxisUnit,
    stated: Stated,
    header: Header,
    facts: InstrumentFacts,
    options: ReadOptions,
    file_name: str,
) -> dict[str, Any]:
    """Find medium and frame of a spectrum: the attributes of its axes but their values.

    Parameters
    ----------
    extent : ndarray, shape (2,)
        Smallest and largest number of all orders in ``unit.unit``, so that all get the same passport.
    unit : AxisUnit
    stated : Stated
        What the file says in its data layout.
    header, facts, options
        What else is known; options win over everything.
    file_name : str
        For error messages.

    Raises
    ------
    ReadError
        If no wavelengths of stars follow from the unit.
    """
    try:
        wavelength = SpectralAxis(extent, unit=unit.unit).wavelength_aa
    except UnitError as error:
        raise ReadError(f"{file_name}: {error.message}", SAY_UNIT) from error
    if not PLAUSIBLE_AA[0] < median(wavelength) < PLAUSIBLE_AA[1]:
        raise ReadError(
            f"{file_name}: wavelengths of {extent[0]:g} to {extent[1]:g} {unit.unit} ({unit.source}) "
            "are not those of an optical or infrared spectrum.",
            SAY_UNIT,
        )
    medium, medium_source = _find_medium(wavelength, unit, stated, header, facts, options)
    frame, frame_source, history = _find_frame(stated, header, facts, options)
    return {
        "unit": unit.unit,
        "unit_source": unit.source,
        "medium": medium,
        "medium_source": medium_source,
        "frame": frame,
        "frame_source": frame_source,
        "velocity_history": history,
    }


def _find_medium(
    wavelength: NDArray[np.float64],
    unit: AxisUnit,
    stated: Stated,
    header: Header,
    facts: InstrumentFacts,
    options: ReadOptions,
) -> tuple[str, str]:
    if options.medium:
        return options.medium, options.said("medium")
    if stated.medium:
        return stated.medium, stated.medium_source
    found = _medium_keyword(header)
    if found:
        return found
    if is_vacuum_unit(unit.unit):
        return "vacuum", f"assumed: {unit.unit} counts waves or their energy, so wavelengths follow in vacuum"
    if facts.medium:
        return facts.medium, facts.medium_source
    low, high = float(np.min(wavelength)), float(np.max(wavelength))
    if high < 2000.0:
        return "vacuum", "assumed: below 2000 A wavelengths are in vacuum by convention"
    if low > 2900.0 and high < 11000.0:
        return "air", "assumed: the file does not say, and optical stellar spectra usually are in air"
    return "unknown", "the file does not say"


def _medium_keyword(header: Header) -> tuple[str, str] | None:
    for keyword in ("AIRORVAC", "MEDIUM", "WAVEMED", "VACUUM", "VACAIR", "AIRVAC"):
        if keyword not in header:
            continue
        value = header.get(keyword)
        word = str(value).strip().lower()
        is_vacuum = means_yes(value) if keyword == "VACUUM" and word else None
        if is_vacuum is not None:
            return "vacuum" if is_vacuum else "air", header.quote(keyword)
        if word.startswith("vac"):
            return "vacuum", header.quote(keyword)
        if word.startswith("air"):
            return "air", header.quote(keyword)
    return None


def _find_frame(
    stated: Stated, header: Header, facts: InstrumentFacts, options: ReadOptions
) -> tuple[str, str, tuple[VelocityStep, ...]]:
    if options.frame:
        return options.frame, options.said("frame"), ()
    frame, source = _base_frame(stated, header, facts)
    history: tuple[VelocityStep, ...] = ()
    for shift in applied_shifts(header):
        frame, source, step = _shifted(frame, source, shift)
        history = (*history, *step)
    return frame, source, history


def _shifted(frame: str, source: str, shift: AppliedShift) -> tuple[str, str, tuple[VelocityStep, ...]]:
    """Return frame, its source and the step after a shift that the header notes."""
    by = "IRAF's dopcor took out " if shift.source.startswith("DOPCOR") else "taken out were "
    said = f"{shift.source}: {by}{shift.velocity_kms:.2f} km/s"
    if shift.frame:
        step = VelocityStep(shift.velocity_kms, "observer", shift.frame, shift.source)
        return shift.frame, f"{shift.source}, the {shift.frame} correction", (step,)
    if shift.standard_of_rest:
        return "unknown", f"{said}, to {shift.standard_of_rest}", ()
    if frame in ("barycentric", "heliocentric") or (frame == "unknown" and shift.is_of_star):
        step = VelocityStep(shift.velocity_kms, frame, "rest", shift.source)
        return "rest", said, (step,)
    said = f"{shift.source}: a shift of {shift.velocity_kms:.2f} km/s was applied, to which frame is not said"
    return "unknown", said, ()


def _base_frame(stated: Stated, header: Header, facts: InstrumentFacts) -> tuple[str, str]:
    if stated.frame:
        return stated.frame, stated.frame_source
    for keyword in ("SPECSYS", "SPECSYS1", "RESTFRAM", "FRAMESYS"):
        frame = _FRAMES.get(header.text(keyword).upper(), "")
        if frame:
            return frame, header.quote(keyword)
    for keyword, corrected in _CORRECTED.items():
        if keyword in header and means_yes(header.get(keyword)):
            return corrected, header.quote(keyword)
    bess = bess_frame(header)
    if bess[0]:
        return bess
    if facts.frame:
        return facts.frame, facts.frame_source
    velocity, _ = barycentric_velocity(header)
    reason = "the file does not say"
    if math.isfinite(velocity):
        reason += f" (it gives a barycentric velocity of {velocity:.3f} km/s, not whether it was applied)"
    return "unknown", reason
