# ruff: noqa: E501
"""Files of spectra made from a table of facts: unit x medium x frame x container x errors x parts.

Writes with astropy or plain bytes, imports nothing of the program under test, and takes its truth from its
own formulas. `definite_layouts` say what they are; `doubtful_layouts` are ambiguous or false.
"""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from astropy.io import fits

Array = np.ndarray

C_AA_HZ = 2.99792458e18  # speed of light [Angstrom Hz]
HC_AA_EV = 6.62607015e-34 * 2.99792458e8 / 1.602176634e-19 * 1e10  # h c [Angstrom eV]
N = 240


@dataclasses.dataclass(frozen=True)
class Unit:
    """A unit as headers, columns and comments write it, and the formulas to and from Angstrom."""

    spellings: tuple[str, ...]
    of_aa: Callable[[Array], Array]
    to_aa: Callable[[Array], Array]
    is_wavelength: bool = True
    quantity: str = "wavelength"
    is_logarithm: bool = False


UNITS = {
    "Angstrom": Unit(("Angstrom", "ANGSTROMS", "0.1nm", "A"), lambda w: w, lambda x: x),
    "nm": Unit(("nm", "nanometers", "NM"), lambda w: w / 10, lambda x: x * 10),
    "um": Unit(("um", "micron", "microns"), lambda w: w / 1e4, lambda x: x * 1e4),
    "m": Unit(("m", "meters"), lambda w: w / 1e10, lambda x: x * 1e10),
    "cm-1": Unit(
        ("cm-1", "cm^-1", "1/cm", "cm**-1"), lambda w: 1e8 / w, lambda x: 1e8 / x, False, "wavenumber"
    ),
    "Hz": Unit(("Hz",), lambda w: C_AA_HZ / w, lambda x: C_AA_HZ / x, False, "frequency"),
    "GHz": Unit(("GHz",), lambda w: C_AA_HZ / w / 1e9, lambda x: C_AA_HZ / (x * 1e9), False, "frequency"),
    "THz": Unit(("THz",), lambda w: C_AA_HZ / w / 1e12, lambda x: C_AA_HZ / (x * 1e12), False, "frequency"),
    "eV": Unit(("eV",), lambda w: HC_AA_EV / w, lambda x: HC_AA_EV / x, False, "energy"),
    "keV": Unit(("keV",), lambda w: HC_AA_EV / w / 1e3, lambda x: HC_AA_EV / (x * 1e3), False, "energy"),
    "log10(Angstrom)": Unit(
        ("log10(Angstrom)", "log(Angstrom)", "dex(Angstrom)"), np.log10, lambda x: 10.0**x, is_logarithm=True
    ),
    "ln(Angstrom)": Unit(("ln(Angstrom)",), np.log, np.exp, is_logarithm=True),
    "log10(nm)": Unit(("log10(nm)",), lambda w: np.log10(w / 10), lambda x: 10.0**x * 10, is_logarithm=True),
}
MEDIA = ("", "air", "vacuum")
FRAMES = ("", "observer", "barycentric", "heliocentric", "rest")
ERRORS = ("", "sigma", "variance", "ivar")
SPECSYS = {"observer": "TOPOCENT", "barycentric": "BARYCENT", "heliocentric": "HELIOCEN", "rest": "SOURCE"}
SPOKEN = {
    "observer": "observer's frame",
    "barycentric": "barycentric",
    "heliocentric": "heliocentric",
    "rest": "rest frame",
}
ERROR_NAMES = {"sigma": "ERR", "variance": "VAR", "ivar": "IVAR"}


@dataclasses.dataclass(frozen=True)
class Part:
    """One order: numbers as the file holds them, and the truth, ascending in wavelength."""

    numbers: Array
    flux: Array
    sigma: Array
    unit: Unit

    @property
    def truth(self) -> tuple[Array, Array, Array]:
        """Wavelength [Angstrom], flux and 1 sigma in ascending wavelength."""
        wave = self.unit.to_aa(self.numbers)
        order = np.argsort(wave)
        return wave[order], self.flux[order], self.sigma[order]

    def error(self, kind: str) -> Array:
        """Return the errors as a kind of error."""
        return {"sigma": self.sigma, "variance": self.sigma**2, "ivar": self.sigma**-2.0}[kind]


@dataclasses.dataclass(frozen=True)
class Generated:
    """A layout: how to write it, and what reading it must give."""

    name: str
    write: Callable[[Path], Path]
    parts: tuple[Part, ...]
    medium: str = ""
    frame: str = ""
    errors: str = ""
    n_spectra: int = 1


def part(unit: str, start_aa: float = 5000.0, seed: int = 0, stop_aa: float | None = None) -> Part:
    """Return an order on numbers that are evenly spaced in its own unit."""
    rng = np.random.default_rng(seed)
    chosen = UNITS[unit]
    ends = chosen.of_aa(np.array([start_aa, stop_aa or start_aa * 1.02]))
    numbers = np.linspace(float(ends[0]), float(ends[1]), N)
    sigma = 0.01 * (1.0 + 0.3 * np.arange(N) / N)
    flux = 1.0 - 0.4 * np.exp(-(((np.arange(N) % 40) - 20.0) ** 2) / 12.0) + sigma * rng.standard_normal(N)
    return Part(numbers, flux, sigma, chosen)


def _header(medium: str, frame: str, seed: int) -> fits.Header:
    header = fits.Header()
    if medium:
        key, value = (("MEDIUM", medium), ("AIRORVAC", medium[:3]), ("VACUUM", medium == "vacuum"))[seed % 3]
        header[key] = value
    if frame:
        header["SPECSYS"] = SPECSYS[frame]
    return header


def _columns(piece: Part, errors: str, name: str, unit: str) -> list[fits.Column]:
    columns = [
        fits.Column(name, "D", unit=unit or None, array=piece.numbers),
        fits.Column("FLUX", "D", array=piece.flux),
    ]
    if errors:
        columns.append(fits.Column(ERROR_NAMES[errors], "D", array=piece.error(errors)))
    return columns


def fits_image(
    path: Path, pieces: tuple[Part, ...], spelling: str, medium: str, frame: str, errors: str, seed: int
) -> Path:
    """Images with a linear scale in their own unit; arms and errors as extensions."""
    hdus: list[Any] = [fits.PrimaryHDU()]
    for number, piece in enumerate(pieces):
        header = _header(medium, frame, seed)
        header["CRVAL1"], header["CRPIX1"] = float(piece.numbers[0]), 1.0
        header["CDELT1" if seed % 2 else "CD1_1"] = float(np.diff(piece.numbers).mean())
        header["CUNIT1"] = spelling
        suffix = f"_{'BGR'[number]}" if len(pieces) > 1 else ""
        hdus.append(fits.ImageHDU(piece.flux, header, name=f"FLUX{suffix}"))
        if errors:
            hdus.append(fits.ImageHDU(piece.error(errors), header, name=f"{ERROR_NAMES[errors]}{suffix}"))
    fits.HDUList(hdus).writeto(path)
    return path


def fits_table(
    path: Path, pieces: tuple[Part, ...], spelling: str, medium: str, frame: str, errors: str, seed: int
) -> Path:
    """A table an arm, a row a pixel, the unit in TUNIT."""
    names = {"wavelength": "WAVE", "wavenumber": "WAVENUMBER", "frequency": "FREQUENCY", "energy": "ENERGY"}
    tables = [
        fits.BinTableHDU.from_columns(
            _columns(p, errors, names[p.unit.quantity], spelling),
            _header(medium, frame, seed),
            name="BGR"[i] if len(pieces) > 1 else None,
        )
        for i, p in enumerate(pieces)
    ]
    fits.HDUList([fits.PrimaryHDU(), *tables]).writeto(path)
    return path


def fits_name(
    path: Path, pieces: tuple[Part, ...], spelling: str, medium: str, frame: str, errors: str, seed: int
) -> Path:
    """A table whose column's name holds the unit."""
    quantity = pieces[0].unit.quantity
    tables = [
        fits.BinTableHDU.from_columns(
            _columns(p, errors, f"{quantity} ({spelling})", ""), _header(medium, frame, seed), name="BGR"[i]
        )
        for i, p in enumerate(pieces)
    ]
    fits.HDUList([fits.PrimaryHDU(), *tables]).writeto(path)
    return path


def fits_row(
    path: Path, pieces: tuple[Part, ...], spelling: str, medium: str, frame: str, errors: str, seed: int
) -> Path:
    """One row of arrays; of several orders, arrays of orders x pixels by TDIM."""
    n = len(pieces)
    dim = f"({N},{n})" if n > 1 else None

    def column(name: str, values: list[Array], unit: str = "") -> fits.Column:
        array = np.stack(values)[np.newaxis] if n > 1 else values[0][np.newaxis]
        return fits.Column(name, f"{n * N}D", unit=unit or None, dim=dim, array=array)

    columns = [
        column("WAVE", [p.numbers for p in pieces], spelling),
        column("FLUX", [p.flux for p in pieces]),
    ]
    if errors:
        columns.append(column(ERROR_NAMES[errors], [p.error(errors) for p in pieces]))
    table = fits.BinTableHDU.from_columns(columns, _header(medium, frame, seed))
    fits.HDUList([fits.PrimaryHDU(), table]).writeto(path)
    return path


def _rows(pieces: tuple[Part, ...], errors: str, separator: str) -> str:
    with_order = len(pieces) > 1
    lines = []
    for number, piece in enumerate(pieces):
        columns = [piece.numbers, piece.flux, *([piece.error(errors)] if errors else [])]
        for row in zip(*columns, strict=True):
            words = [f"{float(value):.15g}" for value in row]
            lines.append(separator.join([*words, *([str(number + 60)] if with_order else [])]))
    return "\n".join(lines) + "\n"


def _names(pieces: tuple[Part, ...], errors: str, wavelength: str) -> list[str]:
    return [
        wavelength,
        "flux",
        *([ERROR_NAMES[errors].lower()] if errors else []),
        *(["order"] if len(pieces) > 1 else []),
    ]


def _spoken(medium: str, frame: str, mark: str = "# ") -> str:
    lines = []
    if medium:
        lines.append(f"{mark}wavelengths in {'standard air' if medium == 'air' else 'vacuum'}")
    if frame:
        lines.append(f"{mark}frame: {SPOKEN[frame]}")
    return "".join(line + "\n" for line in lines)


def text_comment(
    path: Path, pieces: tuple[Part, ...], spelling: str, medium: str, frame: str, errors: str, seed: int
) -> Path:
    """Columns of white space; a comment names them with units in brackets."""
    names = _names(pieces, errors, f"{pieces[0].unit.quantity} [{spelling}]")
    path.write_text(_spoken(medium, frame) + "# " + "  ".join(names) + "\n" + _rows(pieces, errors, " "))
    return path


def csv_name(
    path: Path, pieces: tuple[Part, ...], spelling: str, medium: str, frame: str, errors: str, seed: int
) -> Path:
    """CSV, the unit in the name of the column."""
    names = _names(pieces, errors, f"{pieces[0].unit.quantity}({spelling})")
    path.write_text(_spoken(medium, frame) + ",".join(names) + "\n" + _rows(pieces, errors, ","))
    return path


def csv_unit_row(
    path: Path, pieces: tuple[Part, ...], spelling: str, medium: str, frame: str, errors: str, seed: int
) -> Path:
    """CSV with a row of units under the names, all quoted."""
    names = _names(pieces, errors, pieces[0].unit.quantity)
    units = [spelling, *[""] * (len(names) - 1)]
    head = "".join(",".join(f'"{word}"' for word in row) + "\n" for row in (names, units))
    path.write_text(_spoken(medium, frame) + head + _rows(pieces, errors, ","))
    return path


def ecsv(
    path: Path, pieces: tuple[Part, ...], spelling: str, medium: str, frame: str, errors: str, seed: int
) -> Path:
    """astropy's ECSV, by hand: the unit in the YAML head."""
    names = _names(pieces, errors, pieces[0].unit.quantity)
    head = ["%ECSV 1.0", "---", "datatype:"]
    head += [
        f"- {{name: {name}, {f'unit: {spelling}, ' if i == 0 else ''}datatype: {'int64' if name == 'order' else 'float64'}}}"
        for i, name in enumerate(names)
    ]
    meta = [
        *([f"- {{MEDIUM: {medium}}}"] if medium else []),
        *([f"- {{SPECSYS: {SPECSYS[frame]}}}"] if frame else []),
    ]
    head += ["meta: !!omap", *meta] if meta else []
    path.write_text(
        "".join(f"# {line}\n" for line in head) + " ".join(names) + "\n" + _rows(pieces, errors, " ")
    )
    return path


def votable(
    path: Path, pieces: tuple[Part, ...], spelling: str, medium: str, frame: str, errors: str, seed: int
) -> Path:
    """VOTable in TABLEDATA, the unit at the field."""
    names = _names(pieces, errors, pieces[0].unit.quantity)
    fields = "".join(
        f'<FIELD name="{name}" datatype="double"{f" unit={chr(34)}{spelling}{chr(34)}" if i == 0 else ""}/>'
        for i, name in enumerate(names)
    )
    params = "".join(
        f'<PARAM name="{key}" datatype="char" arraysize="*" value="{value}"/>'
        for key, value in (("MEDIUM", medium), ("SPECSYS", SPECSYS.get(frame, ""))) if value
    )  # fmt: skip
    rows = "".join(
        "<TR>" + "".join(f"<TD>{word}</TD>" for word in line.split()) + "</TR>"
        for line in _rows(pieces, errors, " ").splitlines()
    )
    path.write_text(
        f'<?xml version="1.0"?><VOTABLE version="1.3"><RESOURCE><TABLE>{params}{fields}<DATA><TABLEDATA>{rows}</TABLEDATA></DATA></TABLE></RESOURCE></VOTABLE>'
    )
    return path


def ipac(
    path: Path, pieces: tuple[Part, ...], spelling: str, medium: str, frame: str, errors: str, seed: int
) -> Path:
    """IPAC table: names, types, units and nulls between bars."""
    names = _names(pieces, errors, pieces[0].unit.quantity)
    width = 24
    units = [spelling, *[""] * (len(names) - 1)]
    head = "".join(
        "|" + "|".join(f"{word:<{width}}" for word in row) + "|\n"
        for row in (names, ["double"] * len(names), units, ["null"] * len(names))
    )
    rows = "".join(
        " " + " ".join(f"{word:<{width}}" for word in line.split()) + "\n"
        for line in _rows(pieces, errors, " ").splitlines()
    )
    path.write_text(_spoken(medium, frame, "\\ ") + head + rows)
    return path


CONTAINERS: dict[str, tuple[Callable[..., Path], str]] = {
    "fits-image": (fits_image, ".fits"), "fits-table": (fits_table, ".fits"), "fits-name": (fits_name, ".fits"), "fits-row": (fits_row, ".fits"),
    "text": (text_comment, ".txt"), "csv": (csv_name, ".csv"), "csv-units": (csv_unit_row, ".csv"), "ecsv": (ecsv, ".ecsv"),
    "votable": (votable, ".xml"), "ipac": (ipac, ".tbl"),
}  # fmt: skip
#: Containers that hold several orders or arms.
MANY = ("fits-image", "fits-table", "fits-row", "text", "csv", "ecsv", "ipac")


def _layout(
    container: str, unit: str, medium: str, frame: str, errors: str, n_parts: int, seed: int
) -> Generated:
    writer, suffix = CONTAINERS[container]
    chosen = UNITS[unit]
    medium = "vacuum" if medium == "air" and not chosen.is_wavelength else medium
    pieces = tuple(part(unit, 5000.0 + 110.0 * i, seed + i) for i in range(n_parts))
    spelling = chosen.spellings[seed % len(chosen.spellings)]
    name = f"{container} {spelling} {medium or 'no medium'} {frame or 'no frame'} {errors or 'no errors'} x{n_parts} #{seed}"

    def write(folder: Path) -> Path:
        return writer(folder / f"x{suffix}", pieces, spelling, medium, frame, errors, seed)

    return Generated(name, write, pieces, medium, frame, errors)


def definite_layouts() -> Iterator[Generated]:
    """Yield layouts that say their unit; every pair of facts stands together in some."""
    seed = 0
    for rotation in range(2):
        for i, (container, unit) in enumerate(itertools.product(CONTAINERS, UNITS)):
            k = i + 7 * rotation
            yield _layout(container, unit, MEDIA[k % 3], FRAMES[k % 5], ERRORS[k % 4], 1, seed)
            seed += 1
    for i, (container, unit) in enumerate(
        itertools.product(MANY, ("Angstrom", "nm", "um", "cm-1", "log10(Angstrom)", "eV"))
    ):
        yield _layout(container, unit, MEDIA[i % 3], FRAMES[(i + 2) % 5], ERRORS[(i + 1) % 4], 3, seed)
        seed += 1


# Numbers whose unit is not said and can be two: first and last.
AMBIGUOUS = {
    "far UV": (917.0, 1005.0), "COS": (1150.0, 1750.0), "IUE": (1900.0, 3200.0), "EUV": (115.0, 180.0), "solar atlas": (18500.0, 20000.0),
    "Y band": (9800.0, 11000.0), "red atlas": (12000.0, 16500.0), "L band": (3.2, 4.0), "log lambda": (3.6, 3.95), "M band": (4.55, 4.75),
    "N band": (8.3, 8.9), "log nm": (2.55, 2.95),
}  # fmt: skip


def _bare(container: str, numbers: Array, folder: Path) -> Path:
    """Write numbers and fluxes without a word about their unit."""
    flux = 1.0 + 0.01 * np.random.default_rng(5).standard_normal(numbers.size)
    if container == "text":
        path = folder / "x.txt"
        path.write_text("".join(f"{v:.12g} {f:.8f}\n" for v, f in zip(numbers, flux, strict=True)))
    elif container == "csv":
        path = folder / "x.csv"
        path.write_text(
            "x,flux\n" + "".join(f"{v:.12g},{f:.8f}\n" for v, f in zip(numbers, flux, strict=True))
        )
    elif container == "table":
        path = folder / "x.fits"
        columns = [fits.Column("X", "D", array=numbers), fits.Column("FLUX", "D", array=flux)]
        fits.HDUList([fits.PrimaryHDU(), fits.BinTableHDU.from_columns(columns)]).writeto(path)
    else:
        path = folder / "x.fits"
        header = fits.Header()
        header["CTYPE1"], header["CRPIX1"] = "LINEAR", 1.0
        header["CRVAL1"], header["CDELT1"] = float(numbers[0]), float(np.diff(numbers).mean())
        fits.PrimaryHDU(flux, header).writeto(path)
    return path


# What is said is no unit of a spectrum, or cannot be: unit, first and last number.
FALSE = {
    "velocity": ("km/s", 5000.0, 5100.0), "temperature": ("K", 5000.0, 5100.0), "time": ("s", 5000.0, 5100.0), "angle": ("arcsec", 5000.0, 5100.0),
    "furlongs": ("furlong", 5000.0, 5100.0), "microns of thousands": ("um", 5000.0, 5100.0), "flux for wavelength": ("Jy", 5000.0, 5100.0),
    "metres of thousands": ("m", 5000.0, 5100.0), "pixels": ("pixel", 5000.0, 5100.0),
}  # fmt: skip


def _false(container: str, unit: str, numbers: Array, folder: Path) -> Path:
    false = Unit((unit,), lambda w: w, lambda x: x)
    flux = 1.0 + 0.01 * np.random.default_rng(5).standard_normal(numbers.size)
    piece = Part(numbers, flux, np.full(numbers.size, 0.01), false)
    writer, suffix = CONTAINERS[container]
    return writer(folder / f"x{suffix}", (piece,), unit, "", "", "sigma", 0)


def doubtful_layouts() -> Iterator[Generated]:
    """Yield layouts that must be asked about or refused: ambiguous, or false."""
    for container, (name, (low, high)) in itertools.product(
        ("text", "csv", "table", "image"), AMBIGUOUS.items()
    ):
        numbers = np.linspace(low, high, N)
        yield Generated(
            f"{container}, {name}", lambda folder, c=container, x=numbers: _bare(c, x, folder), ()
        )
    for container, (name, (unit, low, high)) in itertools.product(
        ("fits-table", "csv", "text", "ecsv"), FALSE.items()
    ):
        numbers = np.linspace(low, high, N)
        yield Generated(
            f"{container}, {name}", lambda folder, c=container, u=unit, x=numbers: _false(c, u, x, folder), ()
        )
