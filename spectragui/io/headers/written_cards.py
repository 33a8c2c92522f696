"""The cards of a header as files are written: medium, frame, velocities, marks, and the original ones."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from spectragui.core.denoised import DENOISED, denoised_by
from spectragui.core.labels import LabelSet
from spectragui.core.spectrum import AnySpectrum, orders_of

#: Keywords of a header that describe its own data, and so are not copied to a new file.
_STRUCTURE = re.compile(
    r"(SIMPLE|XTENSION|BITPIX|NAXIS\d*|EXTEND|PCOUNT|GCOUNT|GROUPS|TFIELDS|T(TYPE|FORM|UNIT|DISP|DIM|UCD|UTYP|COMM)\d+|"
    r"BSCALE|BZERO|BLANK|CHECKSUM|DATASUM|EXTNAME|EXTVER|INHERIT|C(TYPE|UNIT|RVAL|RPIX|DELT|ROTA)\d+[A-Z]?|"
    r"CD\d+_\d+|PC\d+_\d+|PC\d{6}|LTM\d+_\d+|LTV\d+|WAT\d+_\d+|WCSDIM|WCSAXES|DC-FLAG|APNUM\d+|LONGSTRN|CONTINUE|END)$"
)
_SPECSYS = {"observer": "TOPOCENT", "barycentric": "BARYCENT", "heliocentric": "HELIOCEN", "rest": "SOURCE"}
_OF_THE_SPECTRUM = ("SPECSYS", "MEDIUM", "SPEC_RES", DENOISED.upper())


def primary_header(spectrum: AnySpectrum) -> Any:
    """Return the original header, in which frame and medium are those of the spectrum as it is now."""
    header = _original_header(spectrum.meta)
    for keyword, value, comment in header_cards(spectrum):
        if keyword in _OF_THE_SPECTRUM or (keyword == "OBJECT" and keyword not in header):
            header[keyword] = (value, comment)
    for keyword in ("AIRORVAC", "VACUUM", "SPECSYS1", "SSYSOBS"):
        header.remove(keyword, ignore_missing=True)
    return header


def header_cards(spectrum: AnySpectrum) -> list[tuple[str, Any, str]]:
    """Return the cards that say medium, frame, resolving power, velocities and labels."""
    axis, meta = orders_of(spectrum)[0].spectral_axis, spectrum.meta
    ucd = {"air": "em.wl;obs.atmos", "vacuum": "em.wl"}.get(axis.medium)
    cards: list[tuple[str, Any, str]] = [] if ucd is None else [("TUCD1", ucd, "")]
    cards += [
        ("CREATOR", "spectragui", "program that wrote this file"),
        ("MEDIUM", axis.medium, "of the wavelengths"),
        ("SPECSYS", _SPECSYS.get(axis.frame, "UNKNOWN"), "frame of the wavelengths"),
    ]
    if meta.get("resolving_power"):
        cards.append(("SPEC_RES", float(meta["resolving_power"]), "resolving power, wavelength / FWHM"))
    for key, keyword in (("object", "OBJECT"), ("instrument", "INSTRUME")):
        if meta.get(key):
            cards.append((keyword, ascii_text(str(meta[key]))[:60], ""))
    if meta.get("simulated"):
        cards.append(("SIMULATE", True, "a simulated spectrum"))
    if denoised_by(spectrum):
        said = ascii_text(denoised_by(spectrum))[:60]
        cards.append((DENOISED.upper(), said, "the flux is this model's, not data"))
    for number, step in enumerate(axis.velocity_history, start=1):
        said = f"{step.frame_before} to {step.frame_after}"
        cards.append((f"VELSTEP{number}", step.velocity_kms, f"[km/s] taken out, {said}"))
    labels = meta.get("labels")
    values = labels.values if isinstance(labels, LabelSet) else labels if isinstance(labels, Mapping) else {}
    cards += [
        (name.upper().replace("RESOLVING_POWER", "RESPOWER")[:8], float(v), "label")
        for name, v in values.items()
    ]
    return cards


def is_structure(keyword: str) -> bool:
    """Return whether a card describes the layout of its own data only."""
    return _STRUCTURE.match(keyword) is not None


def _original_header(meta: Mapping[str, Any]) -> Any:
    from astropy.io import fits

    cards, known = [], set()
    for keyword, value, comment in meta.get("header", ()):
        if is_structure(keyword) or keyword in known:
            continue
        try:
            if keyword in ("COMMENT", "HISTORY", ""):
                cards.append(fits.Card(keyword or "HISTORY", ascii_text(str(value))))
                continue
            name = keyword if len(keyword) <= 8 and " " not in keyword else f"HIERARCH {keyword}"
            card = fits.Card(
                name, ascii_text(value) if isinstance(value, str) else value, ascii_text(comment)
            )
            str(card)  # written now: what breaks the standard raises here
        except (ValueError, TypeError):
            continue  # it is kept in the passport
        known.add(keyword)
        cards.append(card)
    return fits.Header(cards)


def ascii_text(text: str) -> str:
    """Return a text as headers can hold it."""
    return "".join(c for c in text.encode("ascii", "backslashreplace").decode() if c.isprintable())
