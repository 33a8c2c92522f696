"""APOGEE: apVisit (three chips), apStar (combined and visits), aspcapStar (normalised)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from spectragui.core.spectrum import AnySpectrum
from spectragui.io.reading.assemble import Context, make_spectrum
from spectragui.io.reading.linear_scale import wavelength_scale
from spectragui.io.reading.mask_rules import bad_by_rule
from spectragui.io.reading.raw_order import RawOrder, split_rows
from spectragui.io.reading.read_options import ReadOptions
from spectragui.io.reading.reader import register_reader
from spectragui.io.reading.source import Source
from spectragui.io.reading.stated import Stated

# Bits of the pixel mask that make a flux useless: bad, cosmic ray, saturated, unfixable, bad dark,
# flat or error, no sky (0-7), strong sky line (12), too little of the profile (14).
APOGEE_BAD_BITS = 0x50FF
_LOG_START = 4.179  # log10 of the survey's first wavelength
_FLUX_UNIT = "1e-17 erg / (Angstrom s cm2)"


@register_reader("apogee", priority=25)
class ApogeeReader:
    """Spectra of the APOGEE survey."""

    description = "APOGEE apVisit, apStar (combined spectrum, then the visits) and aspcapStar"

    def identify(self, source: Source) -> bool:
        """Return whether the layout is one of the three."""
        return source.kind == "fits" and bool(_kind(source))

    def read(self, source: Source, options: ReadOptions) -> tuple[AnySpectrum, ...]:
        """Return the visit, the combined spectrum and its visits, or the normalised spectrum."""
        return {"apVisit": _read_visit, "apStar": _read_star, "aspcapStar": _read_aspcap}[_kind(source)](
            source, options
        )


def _kind(source: Source) -> str:
    """Return "apVisit", "apStar", "aspcapStar" or "" by layout and keywords."""
    if len(source.hdus) < 5 or source.hdus[0].shape:
        return ""
    header = source.headers[0]
    shapes = [hdu.shape if hdu.is_image else () for hdu in source.hdus[1:5]]
    is_log = source.headers[1].text("CTYPE1").upper() == "LOG-LINEAR"
    if "FERRE" in header or ("ASPCAP" in " ".join(header)) and is_log:
        return "aspcapStar"
    is_survey_scale = abs(source.headers[1].number("CRVAL1") - _LOG_START) < 1e-3
    if is_log and is_survey_scale and len(shapes) >= 3 and shapes[0] == shapes[1] == shapes[2]:
        return "apStar"
    if len(set(shapes)) == 1 and shapes[0][:1] == (3,) and "FLUXFLAM" in header and "PLATE" in header:
        return "apVisit"
    if len(set(shapes)) == 1 and shapes[0][:1] == (3,) and "Wavelength" in source.headers[4].text("BUNIT"):
        return "apVisit"
    return ""


def _context(source: Source, options: ReadOptions, frame: str, why: str) -> Context:
    context = Context(source, source.headers[0], options, "apogee")
    context.stated = Stated(
        "Angstrom", "APOGEE data model", "vacuum", "APOGEE data model: wavelengths in vacuum", frame, why
    )
    context.uncertainty_source = "extension 2"
    context.meta["instrument"] = "APOGEE"
    name = source.headers[0].text("OBJID", "OBJ")
    if name:
        context.meta["object"] = name
    if "RESPOW" not in source.headers[0]:
        context.meta["resolving_power"] = 22500.0
        context.meta["resolving_power_source"] = "instrument table: APOGEE (Majewski et al. 2017, AJ 154, 94)"
    return context


def _read_visit(source: Source, options: ReadOptions) -> tuple[AnySpectrum, ...]:
    context = _context(
        source, options, "observer", "apVisit data model: as observed (BC is given, not applied)"
    )
    context.is_echelle = True
    context.flux_unit = _FLUX_UNIT
    wavelength, flux, sigma = (np.asarray(source.data(i), dtype=np.float64) for i in (4, 1, 2))
    orders = split_rows(wavelength, flux, sigma, _bad(np.asarray(source.data(3)), options))
    return (make_spectrum(orders, context),)


def _read_star(source: Source, options: ReadOptions) -> tuple[AnySpectrum, ...]:
    flux, sigma, flags = (np.atleast_2d(np.asarray(source.data(i))) for i in (1, 2, 3))
    wavelength = wavelength_scale(source.headers[1], flux.shape[1])
    # Rows: combined with weights a pixel, combined with one weight a visit, then the visits.
    rows = [0] if len(flux) <= 1 else [0, *range(2, len(flux))]
    spectra = []
    for row in rows:
        context = _context(source, options, "rest", "apStar data model: shifted to the star's rest frame")
        context.flux_unit = _FLUX_UNIT
        context.meta["name"] = f"{context.meta.get('object', source.name)} " + (
            "combined" if row == 0 else f"visit {row - 1}"
        )
        raw = RawOrder(wavelength, _filled(flux[row]), sigma[row], _bad(flags[row], options))
        if np.any(np.isfinite(raw.flux)):
            spectra.append(make_spectrum([raw], context))
    if not spectra:
        raise source.error("none of its spectra has a flux.", "Download the file again.")
    return tuple(spectra)


def _read_aspcap(source: Source, options: ReadOptions) -> tuple[AnySpectrum, ...]:
    flux, sigma = (np.asarray(source.data(i), dtype=np.float64).ravel() for i in (1, 2))
    wavelength = wavelength_scale(source.headers[1], flux.size)
    context = _context(source, options, "rest", "aspcapStar data model: shifted to the star's rest frame")
    context.meta["normalised"] = True
    # Errors above 0.5 of the continuum mark pixels that ASPCAP did not use.
    mask = (flux == 0) | (sigma > 0.5)
    return (make_spectrum([RawOrder(wavelength, flux, sigma, mask)], context),)


def _bad(flags: NDArray[np.integer], options: ReadOptions) -> NDArray[np.bool_] | None:
    return bad_by_rule(flags, options, bits=APOGEE_BAD_BITS)


def _filled(flux: NDArray[np.floating]) -> NDArray[np.float64]:
    """Return the flux with the gaps between the chips, where it is exactly zero, as NaN."""
    values = np.array(flux, dtype=np.float64)
    values[values == 0.0] = np.nan
    return values
