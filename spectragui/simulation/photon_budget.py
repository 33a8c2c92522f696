"""Photons of star, sky and Moon that a fibre spectrograph counts in a night, and the variance of each.

A plain exposure time calculator: aperture losses of a Gaussian image, extinction, the continuum and the
lines of the night sky, moonlight after Krisciunas & Schaefer, dark current and read noise. Good enough to
draw realistic noise from, not to plan a night with.
"""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from spectragui.core.numerics import FWHM_PER_SIGMA, pixel_edges
from spectragui.simulation.night_conditions import NightConditions

Floats = NDArray[np.float64]
TERMS = ("source", "sky_continuum", "sky_lines", "moon", "detector")

PLANCK_ERG_S = 6.62607015e-27
AB_ZERO_POINT = -48.6  # f_nu [erg/s/cm2/Hz] = 10^(-0.4 (m + 48.6))
#: Where the magnitude is measured [A, vacuum]: the i band of SDSS at half of its height.
I_BAND_AA = (6790.0, 8360.0)
# V band extinction at Mauna Kea [mag / air mass] (Krisciunas & Schaefer 1991), and the Moon's colour: V - i
# of sunlight, both AB (Willmer 2018, ApJS 236, 47).
V_EXTINCTION = 0.172
SUN_V_MINUS_I = 0.32
RAYLEIGH_MEAN = 1.06 + 1.0 / 3.0
_WEAK_SEED = 2000  # of the many weak lines of each OH band


@dataclasses.dataclass(frozen=True)
class PhotonSystem:
    """What a telescope and its spectrograph do to light.

    Attributes
    ----------
    area_m2 : float
        Collecting area.
    wavelengths_aa, efficiency : tuple of float
        Photons detected over photons that enter the fibre, linear in between.
    fibre_arcsec : float
        Diameter of the fibre on the sky.
    optics_arcsec : float
        FWHM of the telescope's own image on the axis; `field_arcsec` is added in quadrature at the
        edge of the field.
    field_arcsec : float
    field_edge_deg : float
    vignetting : float
        Part of the light that is lost at the edge of the field.
    trace_pixels : float
        Detector pixels that are summed for one pixel of the spectrum.
    read_noise : float
        Electrons per detector pixel and read-out.
    dark_per_s : float
        Electrons per detector pixel and second.
    sky_mag : float
        AB magnitude per square arcsecond between the lines, at the zenith, without the Moon.
    """

    area_m2: float
    wavelengths_aa: tuple[float, ...]
    efficiency: tuple[float, ...]
    fibre_arcsec: float
    optics_arcsec: float
    field_arcsec: float
    field_edge_deg: float
    vignetting: float
    trace_pixels: float
    read_noise: float
    dark_per_s: float
    sky_mag: float

    @property
    def fibre_area_arcsec2(self) -> float:
        """Sky that a fibre sees."""
        return float(np.pi * (0.5 * self.fibre_arcsec) ** 2)


def photon_system(table: Mapping[str, Any]) -> PhotonSystem:
    """Return the `PhotonSystem` of a table ``photons`` of an instrument's file."""
    plain: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value for name, value in table.items()
    }
    return PhotonSystem(**plain)


@dataclasses.dataclass(frozen=True, eq=False)
class PhotonBudget:
    """Electrons in each pixel over all exposures; arrays of the shape (n_pixels,).

    Attributes
    ----------
    per_flux : ndarray
        Electrons of the star for a flux of 1 nJy.
    variance : dict of str to ndarray
        Of the terms `TERMS` but the star's [electrons^2]: sky, Moon and detector.
    """

    per_flux: Floats
    variance: dict[str, Floats]

    def variance_terms(self, flux_njy: ArrayLike) -> dict[str, Floats]:
        """Return the variance of each term [electrons^2] for a star of some flux [nJy], by `TERMS`."""
        source = np.maximum(np.asarray(flux_njy, dtype=np.float64), 0.0) * self.per_flux
        return {"source": source, **self.variance}


def photon_budget(
    system: PhotonSystem,
    night: NightConditions,
    wavelength_aa: ArrayLike,
    resolving_power: float,
    sky_lines: Floats | None = None,
) -> PhotonBudget:
    """Return what is counted in each pixel.

    Parameters
    ----------
    system : PhotonSystem
    night : NightConditions
    wavelength_aa : array_like, shape (n_pixels,)
        Vacuum, observer's frame.
    resolving_power : float
        That the lines of the sky are seen with.
    sky_lines : ndarray, shape (n_pixels,), optional
        `sky_line_photons` of these pixels, where many nights are asked for.
    """
    wavelength = np.asarray(wavelength_aa, dtype=np.float64)
    width = np.diff(pixel_edges(wavelength))
    efficiency = np.interp(wavelength, system.wavelengths_aa, system.efficiency)
    edge = min(night.field_angle / system.field_edge_deg, 1.0)
    efficiency = efficiency * (1.0 - system.vignetting * edge**2)
    seconds = night.exposures * night.exposure_time
    detected = system.area_m2 * 1e4 * efficiency * seconds  # cm2 s
    air_mass = 1.0 / np.cos(np.radians(night.zenith))
    # f_nu / (h lambda) photons per A: 1 nJy = 1e-32 erg/s/cm2/Hz.
    photons = 1e-32 / (PLANCK_ERG_S * wavelength) * width
    star = detected * photons * extinction(wavelength, air_mass) * fibre_coupling(system, night, wavelength)
    surface = detected * photons * system.fibre_area_arcsec2  # electrons for 1 nJy per square arcsecond
    sky = surface * ab_to_njy(system.sky_mag) * air_mass**0.8
    moon = surface * moon_njy(night, wavelength)
    lines = detected * 1e-4 * system.fibre_area_arcsec2 * air_mass**0.8
    lines = lines * (sky_line_photons(wavelength, resolving_power) if sky_lines is None else sky_lines)
    pixels = system.trace_pixels * night.exposures
    detector = pixels * (system.read_noise**2 + system.dark_per_s * night.exposure_time)
    return PhotonBudget(
        star,
        {
            "sky_continuum": sky,
            "sky_lines": lines,
            "moon": moon,
            "detector": np.full(wavelength.shape, detector),
        },
    )


def ab_to_njy(magnitude: ArrayLike) -> Floats:
    """Return the flux of an AB magnitude [nJy]."""
    exponent = -0.4 * (np.asarray(magnitude, dtype=np.float64) - 31.4)
    return np.asarray(10.0**exponent)


def band_mean(wavelength_aa: ArrayLike, flux_nu: ArrayLike) -> float:
    """Return the mean flux per frequency in the part of the i band that the pixels cover, by photons."""
    wavelength, flux = np.asarray(wavelength_aa, dtype=np.float64), np.asarray(flux_nu, dtype=np.float64)
    inside = (wavelength > I_BAND_AA[0]) & (wavelength < I_BAND_AA[1]) & np.isfinite(flux)
    weights = 1.0 / wavelength[inside]
    return float(np.sum(weights * flux[inside]) / np.sum(weights))


def extinction(wavelength_aa: ArrayLike, air_mass: float) -> Floats:
    """Return the part of the light that passes the atmosphere between its lines.

    Notes
    -----
    Rayleigh scattering and aerosols, 0.12 and 0.05 mag an air mass at 5500 A.
    """
    ratio = 5500.0 / np.asarray(wavelength_aa, dtype=np.float64)
    return np.asarray(10.0 ** (-0.4 * air_mass * (0.12 * ratio**4 + 0.05 * ratio)))


def fibre_coupling(system: PhotonSystem, night: NightConditions, wavelength_aa: ArrayLike) -> Floats:
    """Return the part of a star's light that enters its fibre: a Gaussian image on a round aperture.

    Notes
    -----
    The seeing grows as air mass^0.6 and falls as wavelength^-0.2 (Kolmogorov).
    """
    wavelength = np.asarray(wavelength_aa, dtype=np.float64)
    air_mass = 1.0 / np.cos(np.radians(night.zenith))
    edge = min(night.field_angle / system.field_edge_deg, 1.0)
    seeing = night.seeing * air_mass**0.6 * (wavelength / 5000.0) ** -0.2
    fwhm = np.sqrt(seeing**2 + system.optics_arcsec**2 + (system.field_arcsec * edge) ** 2)
    radius = 0.5 * system.fibre_arcsec
    return np.asarray(1.0 - np.exp(-0.5 * (radius * FWHM_PER_SIGMA / fwhm) ** 2))


def moon_njy(night: NightConditions, wavelength_aa: ArrayLike) -> Floats:
    """Return scattered moonlight at the star [nJy per square arcsecond]; 0 when the Moon has set.

    References
    ----------
    Krisciunas & Schaefer 1991, PASP 103, 1033, for the V band; carried to other wavelengths by the
    Sun's colour and the scattering's own dependence on wavelength. Molecules scatter alike in all
    directions here (the mean of 1.06 + cos^2): light that was scattered twice fills up the minimum at 90
    degrees, and in the red little of it is theirs.
    """
    wavelength = np.asarray(wavelength_aa, dtype=np.float64)
    if night.moon_zenith > 90.0:
        return np.zeros(wavelength.shape)
    angle = 180.0 * (1.0 - 2.0 * night.moon_phase)  # of the phase, 0 = full
    illuminance = 10.0 ** (-0.4 * (3.84 + 0.026 * abs(angle) + 4e-9 * angle**4))
    separation = night.moon_target
    rayleigh = 10.0**5.36 * RAYLEIGH_MEAN
    mie = 10.0 ** (6.15 - separation / 40.0)
    ratio = 5500.0 / wavelength
    scattering = rayleigh * ratio**4 + mie * ratio
    masses = [
        1.0 / np.sqrt(1.0 - 0.96 * np.sin(np.radians(z)) ** 2) for z in (night.moon_zenith, night.zenith)
    ]
    optical = V_EXTINCTION * (0.12 * ratio**4 + 0.05 * ratio) / 0.17
    nanolamberts = scattering * illuminance * 10.0 ** (-0.4 * optical * masses[0])
    nanolamberts = nanolamberts * (1.0 - 10.0 ** (-0.4 * optical * masses[1]))
    # B [nL] = 34.08 exp(20.7233 - 0.92104 V)
    v_mag = (20.7233 - np.log(np.maximum(nanolamberts, 1e-12) / 34.08)) / 0.92104
    return ab_to_njy(v_mag - SUN_V_MINUS_I)


def sky_line_photons(wavelength_aa: ArrayLike, resolving_power: float) -> Floats:
    """Return the photons of the night sky's lines [1/s/m2/arcsec2] in each pixel, at the zenith.

    Notes
    -----
    The marked lines of `resources/lines/sky.csv` with the strengths of their class (4 and 1), and
    weak lines of the OH bands from a fixed seed: single strengths of real nights vary by a factor two.
    """
    wavelength = np.asarray(wavelength_aa, dtype=np.float64)
    centres, strengths = _sky_lines()
    edges = pixel_edges(wavelength)
    total = np.zeros(wavelength.shape)
    sigma = centres / resolving_power / FWHM_PER_SIGMA
    near = (centres > edges[0] - 30.0) & (centres < edges[-1] + 30.0)
    from scipy.special import erf

    for centre, strength, width in zip(centres[near], strengths[near], sigma[near], strict=True):
        first, last = np.searchsorted(edges, [centre - 8.0 * width, centre + 8.0 * width])
        first, last = max(int(first) - 1, 0), min(int(last) + 1, wavelength.size)
        if last <= first:
            continue
        part = erf((edges[first : last + 1] - centre) / (np.sqrt(2.0) * width))
        total[first:last] += 0.5 * strength * np.diff(part)
    return total


#: Bands of OH and O2 in the red [A, vacuum], with the number of their weak lines.
_BANDS = (
    (7240.0, 7480.0, 24),
    (7710.0, 8070.0, 36),
    (8280.0, 8520.0, 24),
    (8620.0, 8700.0, 30),
    (8740.0, 8960.0, 24),
)


@functools.cache
def _sky_lines() -> tuple[Floats, Floats]:
    """Return vacuum wavelengths [A] and strengths [photons/s/m2/arcsec2] of all lines."""
    from spectragui.io.line_lists.line_lists import sky_lines

    listed = [(line.wavelength_vacuum_aa, 4.0 if line.priority == 1 else 1.0) for line in sky_lines()]
    generator = np.random.default_rng(_WEAK_SEED)
    for low, high, count in _BANDS:
        places = generator.uniform(low, high, count)
        listed += list(
            zip(places.tolist(), (0.1 * 10 ** generator.uniform(-0.5, 0.5, count)).tolist(), strict=True)
        )
    rows = np.array(sorted(listed))
    return rows[:, 0], rows[:, 1]
