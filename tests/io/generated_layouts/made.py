"""What a generated file holds: the truth that reading it must give back."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from astropy.io import fits
from numpy.typing import NDArray

from spectragui.io import ReadOptions

Array = NDArray[Any]


@dataclasses.dataclass
class Order:
    """Truth of one order: wavelength [Angstrom], flux, 1 sigma, and which pixels are bad."""

    wave: Array
    flux: Array
    sigma: Array | None = None
    bad: Array | None = None


@dataclasses.dataclass
class Made:
    """A generated file and its truth.

    ``orders`` are those of the first spectrum, ascending; ``meta`` entries that it must have.
    """

    path: Path
    orders: list[Order]
    n_spectra: int = 1
    options: ReadOptions = ReadOptions()
    meta: Mapping[str, Any] = dataclasses.field(default_factory=dict)


@dataclasses.dataclass(frozen=True)
class Layout:
    """A layout of some instrument or archive: how to make it, and what its passport must say."""

    name: str
    build: Callable[[Path], Made]
    reader: str
    medium: str
    frame: str
    is_echelle: bool
    power: float | None


LAYOUTS: list[Layout] = []


def layout(
    name: str, reader: str, medium: str, frame: str, *, echelle: bool = False, power: float | None = None
) -> Callable[[Callable[[Path], Made]], Callable[[Path], Made]]:
    """Return a decorator that adds a builder to `LAYOUTS`."""

    def store(build: Callable[[Path], Made]) -> Callable[[Path], Made]:
        LAYOUTS.append(Layout(name, build, reader, medium, frame, echelle, power))
        return build

    return store


def spectrum(start: float, stop: float, n: int = 500, seed: int = 3) -> Order:
    """Return a noisy spectrum with a few lines and one bad pixel, number 7."""
    rng = np.random.default_rng(seed)
    wave = np.linspace(start, stop, n)
    flux = 100.0 * (1.0 - 0.4 * np.exp(-(((np.arange(n) % 50) - 25) ** 2) / 20.0))
    bad = np.zeros(n, dtype=bool)
    bad[7] = True
    sigma = np.full(n, 2.0) + 0.1 * np.arange(n) / n
    return Order(wave, flux + sigma * rng.standard_normal(n), sigma, bad)


def echelle(n_orders: int, start: float, length: float, n: int = 600) -> list[Order]:
    """Return overlapping orders, each ``length`` Angstrom long."""
    return [spectrum(start + 0.8 * length * i, start + (0.8 * i + 1) * length, n, i) for i in range(n_orders)]


def stacked(orders: list[Order], name: str) -> Array:
    """Return one column of all orders as an image, shape (n_orders, n_pixels)."""
    return np.array([getattr(order, name) for order in orders])


def header(**cards: Any) -> fits.Header:
    """Return a header; "__" stands for "-", "HIERARCH_" opens a long keyword with blanks for "_"."""
    made = fits.Header()
    for key, value in cards.items():
        name = "HIERARCH " + key[9:].replace("_", " ") if key.startswith("HIERARCH_") else key
        made[name.replace("__", "-")] = value
    return made


def write(path: Path, *hdus: Any) -> Path:
    """Write extensions to a FITS file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fits.HDUList(list(hdus)).writeto(path, overwrite=True)
    return path


def image(data: Array, name: str = "", **cards: Any) -> fits.ImageHDU:
    """Return an image extension."""
    return fits.ImageHDU(np.asarray(data), header(**cards), name=name or None)


def table(columns: Mapping[str, Any], units: Mapping[str, str] | None = None, name: str = "", **cards: Any):
    """Return a binary table; 2-D columns become a row of arrays."""
    letters = {"f": "D", "i": "K", "b": "L", "u": "J"}
    entries = []
    for key, values in columns.items():
        array = np.asarray(values)
        if array.dtype.kind in "US":
            form = f"{max(len(str(v)) for v in array.ravel())}A"
        else:
            form = (f"{array.shape[1]}" if array.ndim == 2 else "") + letters[array.dtype.kind]
        entries.append(fits.Column(key, form, unit=(units or {}).get(key), array=array))
    return fits.BinTableHDU.from_columns(entries, header=header(**cards), name=name or None)


def ivar(order: Order) -> Array:
    """Return the inverse variance, 0 at bad pixels."""
    assert order.sigma is not None and order.bad is not None
    return np.where(order.bad, 0.0, 1.0 / order.sigma**2)


def no_bad(order: Order) -> Order:
    """Return an order whose file marks no pixel as bad."""
    return dataclasses.replace(order, bad=None)


def only_flux(order: Order) -> Order:
    """Return an order whose file gives neither errors nor bad pixels."""
    return Order(order.wave, order.flux)
