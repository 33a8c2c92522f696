"""Instruments that can be simulated: the tables ``[simulate.NAME]`` of `resources/instruments/*.toml`."""

from __future__ import annotations

import dataclasses
import functools
import tomllib
from collections.abc import Mapping
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from spectragui.core.errors import SettingsError
from spectragui.core.model_card import OPTICAL_EMULATOR
from spectragui.core.numerics import pixel_edges
from spectragui.core.package_data import resource
from spectragui.simulation.photon_budget import PhotonSystem, photon_system

FluxKind = Literal["counts", "normalised", "flam", "fnu"]


@dataclasses.dataclass(frozen=True)
class Instrument:
    """What the forward model needs to know of an instrument.

    Attributes
    ----------
    name, title : str
        "carmenes-vis", "CARMENES VIS".
    layout : str
        Which of `spectragui.simulation.layouts` writes its files.
    medium : str
        "air" or "vacuum", of its wavelengths.
    resolving_power : float
    n_pixels : int
        Of an order, a segment or a chip.
    flux : {"counts", "normalised", "flam", "fnu"}
        What its files hold: counts with the blaze in them, flux over continuum, flux per wavelength
        or per frequency.
    segments_aa : tuple of (float, float)
        First and last wavelength of each segment of even steps; empty for an echelle.
    orders : tuple of int
        Numbers of the diffraction orders, blue to red; empty where there are segments.
    grating_aa : float
        Order number times central wavelength.
    pixels_per_fwhm : float
        In the middle of an order.
    curvature : tuple of (float, float)
        c, d in wavelength = centre + length (u + c u^2 + d u^3), u from -1/2 to 1/2.
    blaze_width : float
        The blaze is sinc^2 of this times the distance from the order's centre in free spectral ranges.
    blaze_asymmetry, blaze_tilt : float
        How much wider it is on the red side than on the blue one, and its slope; relative. Real blazes are
        no sinc^2.
    half_gap_pixels : int
        Gap in the middle of each order, between two detectors; 0 = one detector.
    flux_level : float
        Median flux where it is calibrated.
    gain : float
        Electrons per count.
    read_noise : float
        Electrons per extracted pixel.
    sky_part : float
        Sky under the star, in units of its median flux.
    order_level_error : float
        rms of the orders' levels.
    calibration_error : float
        Largest deviation of a smooth error along the spectrum.
    cosmic_rays : float
        Hits per order.
    bad_pixel_part : float
        Part of the pixels that is bad, singly; bad columns come on top (one in three orders).
    has_tellurics : bool
        Whether the atmosphere's lines are in its spectra.
    emulator : str
        Model that gives the star's lines, where its window and its labels reach.
    photons : PhotonSystem or None
        With it, the noise follows from the star's magnitude and the night.
    source : str
    """

    name: str
    title: str
    layout: str
    medium: str
    resolving_power: float
    n_pixels: int
    flux: FluxKind = "counts"
    segments_aa: tuple[tuple[float, float], ...] = ()
    orders: tuple[int, ...] = ()
    grating_aa: float = 0.0
    pixels_per_fwhm: float = 2.5
    curvature: tuple[float, float] = (0.0, 0.0)
    blaze_width: float = 0.9
    blaze_asymmetry: float = 0.0
    blaze_tilt: float = 0.0
    half_gap_pixels: int = 0
    flux_level: float = 1.0
    gain: float = 1.0
    read_noise: float = 5.0
    sky_part: float = 0.0
    order_level_error: float = 0.0
    calibration_error: float = 0.0
    cosmic_rays: float = 0.0
    bad_pixel_part: float = 0.0
    has_tellurics: bool = False
    emulator: str = OPTICAL_EMULATOR
    photons: PhotonSystem | None = None
    source: str = ""

    @property
    def is_echelle(self) -> bool:
        """Whether its spectra come in orders of a grating."""
        return bool(self.orders)

    def wavelength_polynomial(self, order: int) -> NDArray[np.float64]:
        """Return the wavelength [A] of an order as a polynomial of the pixel (0 = first), shape (4,)."""
        centre = self.grating_aa / order
        length = centre * self.n_pixels / (self.resolving_power * self.pixels_per_fwhm)
        c, d = self.curvature
        place = np.polynomial.Polynomial([0.5 / self.n_pixels - 0.5, 1.0 / self.n_pixels])
        curve = centre + length * (place + c * place**2 + d * place**3)
        return np.asarray(np.pad(curve.coef, (0, 4 - curve.coef.size)))

    def wavelengths(self) -> tuple[NDArray[np.float64], ...]:
        """Return the pixels of every order (or half order) or segment, blue to red, each (n_pixels,)."""
        if not self.is_echelle:
            place = np.linspace(0.0, 1.0, self.n_pixels)
            return tuple(np.asarray(low + (high - low) * place, np.float64) for low, high in self.segments_aa)
        whole = [self._order_wavelengths(order) for order in self.orders]
        if not self.half_gap_pixels:
            return tuple(whole)
        half = (self.n_pixels - self.half_gap_pixels) // 2
        return tuple(part for order in whole for part in (order[:half], order[-half:]))

    def _order_wavelengths(self, order: int) -> NDArray[np.float64]:
        pixels = np.arange(self.n_pixels, dtype=np.float64)
        values = np.polynomial.polynomial.polyval(pixels, self.wavelength_polynomial(order))
        return np.asarray(values, dtype=np.float64)

    def blaze(self, number: int, wavelength_aa: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the blaze of the ``number``-th entry of `wavelengths`, 1 at its maximum; 1 for segments."""
        if not self.is_echelle:
            return np.ones(wavelength_aa.shape)
        order = self.orders[number // 2 if self.half_gap_pixels else number]
        place = self.blaze_width * (order - self.grating_aa / wavelength_aa)
        tilted = 1.0 + self.blaze_tilt * place
        place = place / (1.0 + self.blaze_asymmetry * np.tanh(4.0 * place))
        return np.asarray(np.maximum(np.sinc(place) ** 2 * tilted, 1e-3))

    def throughput(self, number: int, wavelength_aa: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the blaze times photons and width of a pixel, as a flat field shows it."""
        photons = wavelength_aa * np.diff(pixel_edges(wavelength_aa))
        return np.asarray(self.blaze(number, wavelength_aa) * photons)


@functools.cache
def instruments() -> Mapping[str, Instrument]:
    """Return all instruments that can be simulated, by name."""
    found: dict[str, Instrument] = {}
    for path in sorted(resource("instruments").glob("*.toml")):
        entry = tomllib.loads(path.read_text(encoding="utf-8"))
        for name, table in entry.get("simulate", {}).items():
            found[name] = _instrument(name, entry, table)
    return found


def load_instrument(name: str) -> Instrument:
    """Return an instrument by its name ("carmenes-vis").

    Raises
    ------
    SettingsError
        If there is none; the hint lists them.
    """
    known = instruments()
    key = name.strip().lower().replace("_", "-").replace(" ", "-")
    if key not in known:
        raise SettingsError(f"There is no instrument {name!r} to simulate.", f"Known: {', '.join(known)}.")
    return known[key]


def _instrument(name: str, entry: Mapping[str, Any], table: Mapping[str, Any]) -> Instrument:
    values = {key: entry[key] for key in ("medium", "resolving_power", "source") if key in entry}
    values.update(table)
    if "orders" in values:
        first, last = values["orders"]
        skipped = values.pop("skipped_orders", [])
        step = 1 if last > first else -1
        values["orders"] = tuple(m for m in range(first, last + step, step) if m not in skipped)
    if "segments_aa" in values:
        values["segments_aa"] = tuple((float(low), float(high)) for low, high in values["segments_aa"])
    if "photons" in values:
        values["photons"] = photon_system(values["photons"])
    if "curvature" in values:
        values["curvature"] = tuple(values["curvature"])
    return Instrument(name=name, **values)
