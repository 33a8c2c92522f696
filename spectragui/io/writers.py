"""Write a spectrum as FITS table, ECSV or CSV, so that it reads back equal."""

from __future__ import annotations

import contextlib
import os
import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spectragui.core.atomic_write import atomic_path, check_target
from spectragui.core.denoised import DENOISED, denoised_by
from spectragui.core.errors import WriteError
from spectragui.core.spectrum import RATIO, AnySpectrum, EchelleSpectrum, Spectrum, orders_of
from spectragui.io.headers.written_cards import ascii_text, header_cards, primary_header
from spectragui.io.passport_json import Columns, columns_of, correlation_of, passport_to_json

#: What stands for a unit where the flux has none: without one specutils finds no flux.
NO_UNIT = "adu"
FITS_EXTENSION = "SPECTRUM"
PASSPORT_EXTENSION = "PASSPORT"
CORRELATION_EXTENSION = "CORRELATION"


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
    FITS and ECSV keep everything: columns WAVE FLUX ERR MASK (and ORDER; in FITS a table an order; BLAZE),
    units, medium, frame, velocity history, notes and the original header. CSV keeps the columns, and
    in their names unit and medium, and whether the flux was denoised.
    """
    file = Path(path)
    check_spectrum_path(file, with_samples=samples is not None)
    _WRITERS[file.suffix.lower()](spectrum, file, samples)


def check_spectrum_path(
    path: str | os.PathLike[str],
    *,
    with_samples: bool = False,
    inputs: Iterable[str | os.PathLike[str]] = (),
) -> None:
    """Check that a spectrum can be written under a name, before it is computed.

    Parameters
    ----------
    path : path-like
    with_samples : bool
    inputs : iterable of path-like
        Files that are read, and so not written over.

    Raises
    ------
    WriteError
        If the suffix is unknown, or cannot hold samples, or what is there must not be written over.
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
    check_target(file, inputs)


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
            hdus += [*tables, *_correlation_images(spectrum, number), _passport_image(spectrum, number)]
            n_tables += len(tables)
        with atomic_path(file) as temporary:
            fits.HDUList(hdus).writeto(temporary, overwrite=True, output_verify="silentfix+ignore")


def _write_fits(spectrum: AnySpectrum, path: Path, samples: NDArray[Any] | None) -> None:
    from astropy.io import fits

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        hdus = [fits.PrimaryHDU(header=primary_header(spectrum)), *_fits_tables(spectrum)]
        if samples is not None:
            hdus.append(fits.ImageHDU(np.asarray(samples, dtype=np.float32), name="SAMPLES"))
        hdus += [*_correlation_images(spectrum), _passport_image(spectrum)]
        with atomic_path(path) as temporary:
            fits.HDUList(hdus).writeto(temporary, overwrite=True, output_verify="silentfix+ignore")


def _correlation_images(spectrum: AnySpectrum, number: int = 1) -> list[Any]:
    from astropy.io import fits

    rows = correlation_of(spectrum)
    if rows is None:
        return []
    image = fits.ImageHDU(rows, name=CORRELATION_EXTENSION, ver=number)
    image.header.add_comment("Rows of two pixels multiplied: the correlation of their errors.")
    return [image]


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


def written_unit(first: Spectrum) -> str | None:
    """Return the unit that a file gives the flux; None where the flux is known to have none: a ratio."""
    if first.meta.get(RATIO) and not first.flux_unit:
        return None
    return fits_unit(first.flux_unit) or NO_UNIT


def _fits_tables(spectrum: AnySpectrum, number: int = 1) -> list[Any]:
    """Return a table an order: orders overlap, and other programs want ascending wavelengths."""
    columns = columns_of(spectrum)
    tables = []
    for index in range(len(orders_of(spectrum))):
        tables.append(_fits_table(spectrum, columns.of_order(index), number + index))
    for line in (*spectrum.meta.get("notes", ()), *spectrum.meta.get("history", ())):
        tables[0].header.add_history(ascii_text(line))
    return tables


def _fits_table(spectrum: AnySpectrum, columns: Columns, number: int) -> Any:
    from astropy.io import fits

    first = orders_of(spectrum)[0]
    flux_unit = written_unit(first)
    entries = [
        fits.Column("WAVE", "D", unit=first.spectral_axis.unit, array=columns.wavelength),
        fits.Column("FLUX", "D", unit=flux_unit, array=columns.flux),
        fits.Column("ERR", "D", unit=flux_unit, array=columns.uncertainty),
        fits.Column("mask", "L", array=columns.mask),  # specutils looks for it in small letters
    ]
    if isinstance(spectrum, EchelleSpectrum):
        entries.append(fits.Column("ORDER", "J", array=columns.order))
    if columns.blaze is not None:
        entries.append(fits.Column("BLAZE", "D", array=columns.blaze))
    table = fits.BinTableHDU.from_columns(entries, name=FITS_EXTENSION, ver=number)
    if first.flux_unit and not fits_unit(first.flux_unit):
        table.header.set("TCOMM2", ascii_text(f"flux [{first.flux_unit}]")[:68])
    if flux_unit is None:
        table.header.add_comment("FLUX is a ratio of two fluxes: it has no unit.")
    elif not fits_unit(first.flux_unit):
        table.header.comments["TUNIT2"] = "arbitrary: the flux has no physical unit"
    for keyword, value, comment in header_cards(spectrum):
        table.header.append((keyword, value, comment))
    return table


def _write_ecsv(spectrum: AnySpectrum, path: Path, samples: NDArray[Any] | None) -> None:
    from astropy.table import Table

    columns, first = columns_of(spectrum), orders_of(spectrum)[0]
    table = Table()
    table["wave"], table["flux"] = columns.wavelength, columns.flux
    table["err"], table["mask"] = columns.uncertainty, columns.mask
    if isinstance(spectrum, EchelleSpectrum):
        table["order"] = columns.order
    if columns.blaze is not None:
        table["blaze"] = columns.blaze
        table["blaze"].description = "that came with the orders"
    correlation = correlation_of(spectrum)
    if correlation is not None:
        table["correlation"] = correlation
    table["wave"].unit = first.spectral_axis.unit
    table["wave"].description = f"wavelength, {first.spectral_axis.medium}, {first.spectral_axis.frame}"
    table["err"].description = "1 sigma"
    table["mask"].description = "True = ignore the pixel"
    for name in ("flux", "err"):
        table[name].unit = None if written_unit(first) is None else first.flux_unit or NO_UNIT
    table.meta = {card[0].lower(): card[1] for card in header_cards(spectrum)}
    table.meta["spectragui_passport"] = passport_to_json(spectrum)
    with warnings.catch_warnings(), atomic_path(path) as temporary:
        warnings.simplefilter("ignore")
        table.write(temporary, format="ascii.ecsv", overwrite=True)


def _write_csv(spectrum: AnySpectrum, path: Path, samples: NDArray[Any] | None) -> None:
    columns = columns_of(spectrum)
    is_echelle = isinstance(spectrum, EchelleSpectrum)
    flux = f"flux_{DENOISED}" if denoised_by(spectrum) else "flux"
    names = [csv_wavelength_name(spectrum), flux, "err", "mask", *(["order"] if is_echelle else [])]
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


_WRITERS: Mapping[str, Callable[[AnySpectrum, Path, NDArray[Any] | None], None]] = MappingProxyType(
    {".fits": _write_fits, ".ecsv": _write_ecsv, ".csv": _write_csv}
)
SPECTRUM_SUFFIXES = tuple(_WRITERS)
