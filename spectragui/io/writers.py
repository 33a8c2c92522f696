"""Write a spectrum as FITS table, ECSV or CSV, so that it reads back equal."""

from __future__ import annotations

import contextlib
import dataclasses
import os
import re
import warnings
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spectragui.core.atomic_write import atomic_path
from spectragui.core.errors import WriteError
from spectragui.core.labels import LabelSet
from spectragui.core.spectrum import AnySpectrum, EchelleSpectrum, orders_of
from spectragui.io.passport_json import Columns, columns_of, passport_to_json

#: Keywords of a header that describe its own data, and so are not copied to a new file.
_STRUCTURE = re.compile(
    r"(SIMPLE|XTENSION|BITPIX|NAXIS\d*|EXTEND|PCOUNT|GCOUNT|GROUPS|TFIELDS|T(TYPE|FORM|UNIT|DISP|DIM|UCD|UTYP|COMM)\d+|"
    r"BSCALE|BZERO|BLANK|CHECKSUM|DATASUM|EXTNAME|EXTVER|INHERIT|C(TYPE|UNIT|RVAL|RPIX|DELT|ROTA)\d+[A-Z]?|"
    r"CD\d+_\d+|PC\d+_\d+|PC\d{6}|LTM\d+_\d+|LTV\d+|WAT\d+_\d+|WCSDIM|WCSAXES|DC-FLAG|APNUM\d+|LONGSTRN|CONTINUE|END)$"
)
_SPECSYS = {"observer": "TOPOCENT", "barycentric": "BARYCENT", "heliocentric": "HELIOCEN", "rest": "SOURCE"}
#: What stands for a unit where the flux has none: without one specutils finds no flux.
NO_UNIT = "adu"
FITS_EXTENSION = "SPECTRUM"
PASSPORT_EXTENSION = "PASSPORT"


def write_spectrum(
    spectrum: AnySpectrum, path: str | os.PathLike[str], *, samples: NDArray[Any] | None = None
) -> None:
    """Write a spectrum; the suffix of the path chooses the format.

    Parameters
    ----------
    spectrum : Spectrum or EchelleSpectrum
    path : path-like
        Ends in .fits, .ecsv or .csv.
    samples : ndarray, shape (n_samples, n_pixels), optional
        More fluxes on the same pixels, stored as the image SAMPLES (FITS only).

    Raises
    ------
    WriteError
        If the suffix is unknown, or the file cannot be written; an old file survives.

    Notes
    -----
    FITS and ECSV keep everything: columns WAVE FLUX ERR MASK (and ORDER; in FITS a table an order),
    units, medium, frame, velocity history, notes and the original header. CSV keeps the columns, and
    in their names unit and medium.
    """
    file = Path(path)
    check_spectrum_path(file, with_samples=samples is not None)
    _WRITERS[file.suffix.lower()](spectrum, file, samples)


def check_spectrum_path(path: str | os.PathLike[str], *, with_samples: bool = False) -> None:
    """Check that a spectrum can be written under a name, before it is computed.

    Raises
    ------
    WriteError
        If the suffix is unknown, or cannot hold samples.
    """
    file = Path(path)
    suffix = file.suffix.lower()
    if suffix not in _WRITERS:
        raise WriteError(
            f"{file.name}: a spectrum cannot be written as {suffix or 'a file without suffix'}.",
            f"Use one of {', '.join(_WRITERS)}.",
        )
    if with_samples and suffix != ".fits":
        raise WriteError(f"{file.name}: samples are written to FITS only.", "Use a name that ends in .fits.")


def write_spectra(spectra: Sequence[AnySpectrum], path: str | os.PathLike[str]) -> None:
    """Write several spectra into one FITS file, a table each; all read back.

    Raises
    ------
    WriteError
        If the name does not end in .fits, or the file cannot be written; an old file survives.
    """
    from astropy.io import fits

    file = Path(path)
    if file.suffix.lower() != ".fits":
        raise WriteError(
            f"{file.name}: several spectra fit into FITS only.", "Use a name that ends in .fits."
        )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        hdus = [fits.PrimaryHDU()]
        n_tables = 0
        for number, spectrum in enumerate(spectra, start=1):
            tables = _fits_tables(spectrum, n_tables + 1)
            hdus += [*tables, _passport_image(spectrum, number)]
            n_tables += len(tables)
        with atomic_path(file) as temporary:
            fits.HDUList(hdus).writeto(temporary, overwrite=True, output_verify="silentfix+ignore")


def _write_fits(spectrum: AnySpectrum, path: Path, samples: NDArray[Any] | None) -> None:
    from astropy.io import fits

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        hdus = [fits.PrimaryHDU(header=_primary_header(spectrum)), *_fits_tables(spectrum)]
        if samples is not None:
            hdus.append(fits.ImageHDU(np.asarray(samples, dtype=np.float32), name="SAMPLES"))
        hdus.append(_passport_image(spectrum))
        with atomic_path(path) as temporary:
            fits.HDUList(hdus).writeto(temporary, overwrite=True, output_verify="silentfix+ignore")


def _passport_image(spectrum: AnySpectrum, number: int = 1) -> Any:
    from astropy.io import fits

    passport = np.frombuffer(passport_to_json(spectrum).encode("ascii"), dtype=np.uint8)
    return fits.ImageHDU(passport.copy(), name=PASSPORT_EXTENSION, ver=number)


_COUNTS = {"adu": "adu", "counts": "count", "count": "count"}


def fits_unit(unit: str) -> str:
    """Return a unit as the FITS standard writes it; empty where that has no such unit.

    The passport that is written beside keeps the unit as it was.
    """
    from astropy import units

    unit = _COUNTS.get(unit.strip().lower(), unit.strip())
    if not unit:
        return ""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with contextlib.suppress(ValueError, TypeError):
            units.Unit(unit, format="fits")
            return unit
        with contextlib.suppress(ValueError, TypeError):
            return str(units.Unit(unit).to_string("fits"))
    return ""


def _fits_tables(spectrum: AnySpectrum, number: int = 1) -> list[Any]:
    """Return a table an order: orders overlap, and other programs want ascending wavelengths."""
    columns = columns_of(spectrum)
    tables = []
    for index in range(len(orders_of(spectrum))):
        pixels = columns.order == index
        parts = [getattr(columns, field.name)[pixels] for field in dataclasses.fields(columns)]
        tables.append(_fits_table(spectrum, Columns(*parts), number + index))
    for line in (*spectrum.meta.get("notes", ()), *spectrum.meta.get("history", ())):
        tables[0].header.add_history(_ascii(line))
    return tables


def _fits_table(spectrum: AnySpectrum, columns: Columns, number: int) -> Any:
    from astropy.io import fits

    first = orders_of(spectrum)[0]
    flux_unit = fits_unit(first.flux_unit) or NO_UNIT
    entries = [
        fits.Column("WAVE", "D", unit=first.spectral_axis.unit, array=columns.wavelength),
        fits.Column("FLUX", "D", unit=flux_unit, array=columns.flux),
        fits.Column("ERR", "D", unit=flux_unit, array=columns.uncertainty),
        fits.Column("mask", "L", array=columns.mask),  # specutils looks for it in small letters
    ]
    if isinstance(spectrum, EchelleSpectrum):
        entries.append(fits.Column("ORDER", "J", array=columns.order))
    table = fits.BinTableHDU.from_columns(entries, name=FITS_EXTENSION, ver=number)
    if first.flux_unit and not fits_unit(first.flux_unit):
        table.header.set("TCOMM2", _ascii(f"flux [{first.flux_unit}]")[:68])
    if not fits_unit(first.flux_unit):
        table.header.comments["TUNIT2"] = "arbitrary: the flux has no physical unit"
    for keyword, value, comment in header_cards(spectrum):
        table.header.append((keyword, value, comment))
    return table


def _primary_header(spectrum: AnySpectrum) -> Any:
    """Return the original header, in which frame and medium are those of the spectrum as it is now."""
    header = _original_header(spectrum.meta)
    for keyword, value, comment in header_cards(spectrum):
        if keyword in ("SPECSYS", "MEDIUM", "SPEC_RES") or (keyword == "OBJECT" and keyword not in header):
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
            cards.append((keyword, _ascii(str(meta[key]))[:60], ""))
    if meta.get("simulated"):
        cards.append(("SIMULATE", True, "a simulated spectrum"))
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
                cards.append(fits.Card(keyword or "HISTORY", _ascii(str(value))))
                continue
            name = keyword if len(keyword) <= 8 and " " not in keyword else f"HIERARCH {keyword}"
            card = fits.Card(name, _ascii(value) if isinstance(value, str) else value, _ascii(comment))
            str(card)  # written now: what breaks the standard raises here
        except (ValueError, TypeError):
            continue  # it is kept in the passport
        known.add(keyword)
        cards.append(card)
    return fits.Header(cards)


def _write_ecsv(spectrum: AnySpectrum, path: Path, samples: NDArray[Any] | None) -> None:
    from astropy.table import Table

    columns, first = columns_of(spectrum), orders_of(spectrum)[0]
    table = Table()
    table["wave"], table["flux"] = columns.wavelength, columns.flux
    table["err"], table["mask"] = columns.uncertainty, columns.mask
    if isinstance(spectrum, EchelleSpectrum):
        table["order"] = columns.order
    table["wave"].unit = first.spectral_axis.unit
    table["wave"].description = f"wavelength, {first.spectral_axis.medium}, {first.spectral_axis.frame}"
    table["err"].description = "1 sigma"
    table["mask"].description = "True = ignore the pixel"
    for name in ("flux", "err"):
        table[name].unit = first.flux_unit or NO_UNIT
    table.meta = {card[0].lower(): card[1] for card in header_cards(spectrum)}
    table.meta["spectragui_passport"] = passport_to_json(spectrum)
    with warnings.catch_warnings(), atomic_path(path) as temporary:
        warnings.simplefilter("ignore")
        table.write(temporary, format="ascii.ecsv", overwrite=True)


def _write_csv(spectrum: AnySpectrum, path: Path, samples: NDArray[Any] | None) -> None:
    columns = columns_of(spectrum)
    is_echelle = isinstance(spectrum, EchelleSpectrum)
    names = [csv_wavelength_name(spectrum), "flux", "err", "mask", *(["order"] if is_echelle else [])]
    with atomic_path(path) as temporary, temporary.open("w", encoding="utf-8", newline="\n") as stream:
        stream.write(",".join(names) + "\n")
        stream.writelines(_csv_rows(columns, is_echelle))


def csv_wavelength_name(spectrum: AnySpectrum) -> str:
    """Return the name of the wavelength column, which says medium and unit: "wave_air_angstrom"."""
    axis = orders_of(spectrum)[0].spectral_axis
    medium = {"air": "_air", "vacuum": "_vac"}.get(axis.medium, "")
    return f"wave{medium}_{axis.unit.lower()}"


def _csv_rows(columns: Columns, is_echelle: bool) -> Any:
    parts = [
        columns.wavelength.tolist(),
        columns.flux.tolist(),
        columns.uncertainty.tolist(),
        columns.mask.tolist(),
    ]
    orders = columns.order.tolist()
    for index, (wavelength, flux, sigma, mask) in enumerate(zip(*parts, strict=True)):
        end = f",{orders[index]}\n" if is_echelle else "\n"
        yield f"{wavelength!r},{flux!r},{sigma!r},{int(mask)}{end}"


def _ascii(text: str) -> str:
    return "".join(c for c in text.encode("ascii", "backslashreplace").decode() if c.isprintable())


_WRITERS: Mapping[str, Callable[[AnySpectrum, Path, NDArray[Any] | None], None]] = MappingProxyType(
    {".fits": _write_fits, ".ecsv": _write_ecsv, ".csv": _write_csv}
)
SPECTRUM_SUFFIXES = tuple(_WRITERS)
