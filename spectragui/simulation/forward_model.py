"""The forward model: from stellar labels to the spectrum that an instrument would have observed."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

import numpy as np
from numpy.typing import ArrayLike, NDArray

from spectragui.core.errors import SettingsError
from spectragui.core.numerics import average_even_grid, log_grid, pixel_edges
from spectragui.core.spectral_axis import SPEED_OF_LIGHT_KMS, SpectralAxis, doppler_factor
from spectragui.core.spectrum import Spectrum
from spectragui.simulation.broadening import broadening_transfer
from spectragui.simulation.continuum_error import random_walk_error
from spectragui.simulation.doppler_shift import apply_transfer, velocity_frequencies
from spectragui.simulation.emulator import Emulator
from spectragui.simulation.line_spread import added_power
from spectragui.simulation.macroturbulence import rotation_in_total
from spectragui.simulation.noise import add_noise, noise_sigma
from spectragui.simulation.rotation import LIMB_DARKENING

__all__ = ["Observing", "broadening_transfer", "native_wavelengths", "observed_flux", "simulate_spectrum"]

PIXELS_PER_FWHM = 2.5
MARGIN_AA = 11.0  # of the emulator's window, for rotation, line spread and velocity
OVERSAMPLE_ABOVE_R = 40_000.0  # a line spread function this sharp needs a finer grid before pixels
CALIBRATION_SCALE_AA = 100.0
SOLAR = {"teff": 5772.0, "logg": 4.44, "m_h": 0.0, "alpha_m": 0.0, "vmic": 1.0, "vsini": 0.0}


@dataclasses.dataclass(frozen=True)
class Observing:
    """How a simulated star is observed.

    Attributes
    ----------
    resolving_power : float
        wavelength / FWHM.
    v_rad_kms : float
        Positive = receding.
    snr : float
        Median flux / sigma per native pixel; infinite = no noise, no uncertainty.
    vmac_kms : float
        Radial-tangential macroturbulence, counted as part of the label ``vsini``.
    calibration_error : float
        Largest deviation of a smooth error of the flux scale.
    is_normalised : bool
        Continuum at 1; False = erg/s/cm2/A up to a constant, divided by its median.
    seed : int
        Of everything drawn at random.
    """

    resolving_power: float = 50_000.0
    v_rad_kms: float = 0.0
    snr: float = np.inf
    vmac_kms: float = 0.0
    calibration_error: float = 0.0
    is_normalised: bool = True
    seed: int = 0


def native_wavelengths(
    emulator: Emulator,
    resolving_power: float,
    v_rad_kms: float = 0.0,
    pixels_per_fwhm: float = PIXELS_PER_FWHM,
) -> NDArray[np.float64]:
    """Return the pixels of a spectrograph over the emulator's window without its margins.

    Parameters
    ----------
    emulator : Emulator
    resolving_power : float
    v_rad_kms : float
        The window moves with the star.
    pixels_per_fwhm : float

    Returns
    -------
    ndarray, shape (n_pixels,), Angstrom, air, observer's frame
    """
    first, last = emulator.wavelength_aa[[0, -1]]
    factor = doppler_factor(v_rad_kms)
    step = SPEED_OF_LIGHT_KMS / resolving_power / pixels_per_fwhm
    return log_grid((first + MARGIN_AA) * factor, (last - MARGIN_AA) * factor, step)


def observed_flux(
    emulator: Emulator, labels: Mapping[str, float], observing: Observing, wavelength_aa: ArrayLike
) -> NDArray[np.float64]:
    """Return the noise-free flux on a detector's pixels.

    Parameters
    ----------
    emulator : Emulator
    labels : mapping
        teff, logg, m_h, alpha_m, vmic, vsini; a missing one is solar.
    observing : Observing
        Its noise and calibration error are not used here.
    wavelength_aa : array_like, shape (n_pixels,)
        Air, the observer's frame; pixels reach half way to their neighbours.

    Returns
    -------
    ndarray, shape (n_pixels,)
        NaN beyond the emulator's window.
    """
    values = label_vector(emulator, labels)
    fine = emulator.normalised_flux(values)[0].astype(np.float64)
    if not observing.is_normalised:
        continuum = emulator.continuum(values)[0].astype(np.float64)
        fine *= continuum / np.median(continuum)
    rotation = float(rotation_in_total(labels.get("vsini", 0.0), observing.vmac_kms))
    oversample = 2 if observing.resolving_power > OVERSAMPLE_ABOVE_R else 1
    frequencies, length = velocity_frequencies(fine.size, emulator.dv_kms)
    transfer = broadening_transfer(
        frequencies,
        rotation,
        observing.vmac_kms,
        added_power(observing.resolving_power, emulator.resolving_power),
        observing.v_rad_kms,
        LIMB_DARKENING,
    )
    fine = apply_transfer(fine, transfer, length, oversample)
    step = emulator.dv_kms / SPEED_OF_LIGHT_KMS / oversample
    edges = np.log(pixel_edges(wavelength_aa) / emulator.wavelength_aa[0]) / step
    flux = np.asarray(average_even_grid(fine, edges), dtype=np.float64)
    # What is shifted into the window by the velocity was never computed.
    shift = np.log(doppler_factor(observing.v_rad_kms)) / step
    outside = (edges < max(shift, 0.0)) | (edges > fine.size - 1 + min(shift, 0.0))
    flux[outside[:-1] | outside[1:]] = np.nan
    return flux


def simulate_spectrum(
    emulator: Emulator,
    labels: Mapping[str, float],
    observing: Observing | None = None,
    wavelength_aa: ArrayLike | None = None,
) -> Spectrum:
    """Simulate an observation of a star.

    Parameters
    ----------
    emulator : Emulator
    labels : mapping
        teff [K], logg, m_h, alpha_m, vmic [km/s], vsini [km/s, macroturbulence included].
    observing : Observing, optional
        Instrument, velocity, noise.
    wavelength_aa : array_like, shape (n_pixels,), optional
        Air, observer's frame; by default `native_wavelengths`.

    Returns
    -------
    Spectrum
        In air, observer's frame; ``meta`` says that it is simulated, from which labels and seed.

    Raises
    ------
    SettingsError
        If a label lies outside the emulator's range.
    """
    how = Observing() if observing is None else observing
    if wavelength_aa is None:
        wavelength = native_wavelengths(emulator, how.resolving_power, how.v_rad_kms)
    else:
        wavelength = np.asarray(wavelength_aa, dtype=np.float64)
    generator = np.random.default_rng(how.seed)
    flux = observed_flux(emulator, labels, how, wavelength)
    if how.calibration_error > 0:
        flux = flux * random_walk_error(wavelength, how.calibration_error, CALIBRATION_SCALE_AA, generator)
    sigma = None
    if np.isfinite(how.snr):
        good = np.isfinite(flux)
        sigma = np.full(flux.shape, np.nan)
        sigma[good] = noise_sigma(flux[good], how.snr)
        flux = add_noise(flux, sigma, generator)
    axis = SpectralAxis(
        wavelength,
        "Angstrom",
        "air",
        "rest" if how.v_rad_kms == 0 else "observer",
        unit_source="simulated",
        medium_source="simulated",
        frame_source="simulated",
    )
    return Spectrum(axis, flux, sigma, meta=_meta(labels, how))


def label_vector(emulator: Emulator, labels: Mapping[str, float]) -> NDArray[np.float64]:
    """Return the emulator's labels in its order, shape (5,); missing ones are solar.

    Raises
    ------
    SettingsError
        If one lies outside the emulator's range.
    """
    values = np.array([float(labels.get(name, SOLAR[name])) for name in emulator.label_names])
    for name, value in zip(emulator.label_names, values, strict=True):
        low, high = emulator.label_ranges[name]
        slack = 0.01 * (high - low)
        if not low - slack <= value <= high + slack:
            raise SettingsError(
                f"{name} = {value:g} is outside the emulator's range {low:.6g} to {high:.6g}.",
                "Choose a value inside it.",
            )
    return values


def _meta(labels: Mapping[str, float], how: Observing) -> dict[str, object]:
    complete = {**SOLAR, **{name: float(value) for name, value in labels.items()}}
    return {
        "object": f"simulated star {complete['teff']:.0f} K",
        "simulated": True,
        "labels": complete,
        "resolving_power": float(how.resolving_power),
        "resolving_power_source": "simulated",
        "v_rad_true_kms": float(how.v_rad_kms),
        "uncertainty_source": "simulated" if np.isfinite(how.snr) else "",
        "normalised": how.is_normalised,
        "seed": how.seed,
        "snr": float(how.snr),
    }
