"""Find unit, medium and frame of wavelengths, and say where each was read or why it is assumed."""

from __future__ import annotations

import dataclasses
import math
import re
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spectragui.core.errors import ReadError, UnitError
from spectragui.core.spectral_axis import SpectralAxis, VelocityStep
from spectragui.io.headers.fits_header import Header
from spectragui.io.headers.instrument_facts import InstrumentFacts
from spectragui.io.headers.velocity_keywords import applied_shift, barycentric_velocity
from spectragui.io.reading.read_options import ReadOptions

_FRAMES = {
    "TOPOCENT": "observer", "GEOCENTR": "observer", "BARYCENT": "barycentric", "BARYCENTRIC": "barycentric",
    "BARY": "barycentric", "SSB": "barycentric", "HELIOCEN": "heliocentric", "HELIOCENTRIC": "heliocentric",
    "HELIO": "heliocentric", "SOURCE": "rest", "REST": "rest",
}  # fmt: skip
_UNIT_WORDS = (
    (r"^(0\.1 ?nm|angstroms?|ang|aa?|å|10\*\*-10 ?m|10-10 ?m)$", "Angstrom"),
    (r"^(nanomet(er|re)s?|nm)$", "nm"),
    (r"^(microns?|micromet(er|re)s?|um|µm|μm)$", "um"),
    (r"^(cm-1|1/cm|cm\^-1|kayser)$", "cm-1"),
    (r"^(m|met(er|re)s?)$", "m"),
    (r"^hz$", "Hz"),
)


@dataclasses.dataclass(frozen=True)
class Stated:
    """What a reader found said about the wavelengths; empty = not said.

    Each ``*_source`` names the keyword, column or comment; ``odd_unit`` is a unit that is said but
    is none of the usual ones.
    """

    unit: str = ""
    unit_source: str = ""
    medium: str = ""
    medium_source: str = ""
    frame: str = ""
    frame_source: str = ""
    odd_unit: str = ""


def parse_unit(text: str) -> str:
    """Return the astropy name of a wavelength unit as headers write it ("ANGSTROMS", "0.1 nm", ...).

    An empty string where the text is no such unit.
    """
    word = text.strip().strip("[]()").lower()
    return next((unit for pattern, unit in _UNIT_WORDS if re.match(pattern, word)), "")


def find_passport(
    extent: NDArray[np.float64],
    stated: Stated,
    header: Header,
    facts: InstrumentFacts,
    options: ReadOptions,
    file_name: str,
) -> dict[str, Any]:
    """Find unit, medium and frame of a spectrum: the attributes of its axes but their values.

    Parameters
    ----------
    extent : ndarray, shape (2,)
        Smallest and largest wavelength of all orders, so that all get the same passport.
    stated : Stated
        What the file says in its data layout.
    header, facts, options
        What else is known; options win over everything.
    file_name : str
        For error messages.

    Raises
    ------
    ReadError
        If the unit is wrong or cannot be told from the numbers.
    """
    unit, unit_source = find_unit(extent, stated, options, file_name)
    try:
        wavelength = SpectralAxis(extent, unit=unit).wavelength_aa
    except UnitError as error:
        raise ReadError(
            f"{file_name}: {error.message}", "Say the unit with --unit Angstrom, nm or um."
        ) from error
    if not 10.0 < float(np.median(wavelength)) < 1e7:
        raise ReadError(
            f"{file_name}: wavelengths of {extent[0]:g} to {extent[1]:g} {unit} ({unit_source}) "
            "are not those of an optical or infrared spectrum.",
            "Say the right unit with --unit Angstrom, nm or um.",
        )
    medium, medium_source = _find_medium(wavelength, stated, header, facts, options)
    frame, frame_source, history = _find_frame(stated, header, facts, options)
    return {
        "unit": unit,
        "unit_source": unit_source,
        "medium": medium,
        "medium_source": medium_source,
        "frame": frame,
        "frame_source": frame_source,
        "velocity_history": history,
    }


def find_unit(
    values: NDArray[np.float64], stated: Stated, options: ReadOptions, file_name: str
) -> tuple[str, str]:
    """Return the unit of wavelengths and where it comes from.

    Raises
    ------
    ReadError
        If an option's unit is unknown, or the numbers do not tell.
    """
    if options.unit:
        unit = parse_unit(re.sub(r"^(log10|log|ln)\s*(?=\()", "", options.unit.strip(), flags=re.I))
        if not unit:
            raise ReadError(
                f"{file_name}: {options.unit!r} is not a unit of wavelength.",
                "Use --unit Angstrom, nm, um, cm-1 or log10(Angstrom).",
            )
        return unit, options.said("unit")
    if stated.unit:
        return stated.unit, stated.unit_source
    if stated.odd_unit:
        _refuse_other_quantities(stated.odd_unit, file_name)
    low, high = float(np.min(values)), float(np.max(values))
    unit = _unit_by_range(low, high)
    why = f"the unit {stated.odd_unit!r} is not known" if stated.odd_unit else "the file gives no unit"
    if not unit:
        raise ReadError(
            f"{file_name}: the file does not say the unit of its wavelengths, "
            f"and the numbers {low:g} to {high:g} do not tell.",
            "Say it with --unit Angstrom, nm or um.",
        )
    return unit, f"assumed: {why}, and {low:g} to {high:g} can only be {unit}"


def _refuse_other_quantities(text: str, file_name: str) -> None:
    """Raise if a unit is known to astropy as that of something else than a wavelength."""
    from astropy import units as u

    unit = u.Unit(text, parse_strict="silent")
    if not isinstance(unit, u.UnrecognizedUnit):
        raise ReadError(
            f"{file_name}: the wavelengths are in {text!r}, which is no unit of wavelength.",
            "Say the right one with --unit Angstrom, nm or um.",
        )


def _unit_by_range(low: float, high: float) -> str:
    """Return the only unit in which these wavelengths are optical or near infrared, else ""."""
    if 0.09 <= low < high <= 30.0:
        return "um"
    if 2600.0 < high <= 60000.0 and low > 100.0:
        return "Angstrom"
    if 290.0 <= low <= 1100.0 and high <= 2600.0:
        return "nm"
    return ""


def _find_medium(
    wavelength: NDArray[np.float64],
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
        if keyword == "VACUUM" and (value is True or word in ("1", "t", "true")):
            return "vacuum", header.quote(keyword)
        if keyword == "VACUUM" and (value is False or word in ("0", "f", "false")):
            return "air", header.quote(keyword)
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
    shift = applied_shift(header)
    if shift is None:
        return frame, source, ()
    if shift.is_barycentric:
        step = VelocityStep(shift.velocity_kms, "observer", "barycentric", shift.source)
        return "barycentric", f"{shift.source}, the barycentric correction", (step,)
    if frame in ("barycentric", "heliocentric", "unknown"):
        step = VelocityStep(shift.velocity_kms, frame, "rest", shift.source)
        said = f"{shift.source}: IRAF's dopcor took out {shift.velocity_kms:.2f} km/s"
        return "rest", said, (step,)
    return (
        "unknown",
        f"{shift.source}: a shift of {shift.velocity_kms:.2f} km/s was applied, to which frame is not said",
        (),
    )


def _base_frame(stated: Stated, header: Header, facts: InstrumentFacts) -> tuple[str, str]:
    if stated.frame:
        return stated.frame, stated.frame_source
    for keyword in ("SPECSYS", "SPECSYS1", "RESTFRAM", "FRAMESYS"):
        frame = _FRAMES.get(header.text(keyword).upper(), "")
        if frame:
            return frame, header.quote(keyword)
    for keyword in ("HELCORR", "HELIOCOR", "HELIO_COR", "BERVCORR"):
        word = str(header.get(keyword, "")).strip().upper()
        if word in ("T", "TRUE", "DONE", "COMPLETE", "PERFORM"):
            return "heliocentric", header.quote(keyword)
    if facts.frame:
        return facts.frame, facts.frame_source
    velocity, _ = barycentric_velocity(header)
    reason = "the file does not say"
    if math.isfinite(velocity):
        reason += f" (it gives a barycentric velocity of {velocity:.3f} km/s, not whether it was applied)"
    return "unknown", reason
