"""Generate a synthetic spectrum from labels: the one function behind panel and command line."""

from __future__ import annotations

import dataclasses
import functools
import math

import numpy as np
from numpy.typing import NDArray

from spectragui.core.errors import SettingsError
from spectragui.core.numerics import interpolate_cubic
from spectragui.core.parameters import check_parameters, param
from spectragui.core.spectral_axis import (
    SPEED_OF_LIGHT_KMS,
    SpectralAxis,
    air_to_vacuum,
    doppler_factor,
    vacuum_to_air,
)
from spectragui.core.spectrum import Spectrum
from spectragui.inference.star_presets import Preset, presets
from spectragui.inference.trained_range import EMULATOR, far_outside, label_ranges, outside_range
from spectragui.simulation.broadening import broadening_transfer
from spectragui.simulation.doppler import apply_transfer, velocity_frequencies
from spectragui.simulation.emulator import load_emulator
from spectragui.simulation.generator import GENERATOR_LABELS, load_generator
from spectragui.simulation.noise import add_noise, noise_sigma

__all__ = [
    "CVAE",
    "EMULATOR",
    "GenerateRequest",
    "GeneratedSpectrum",
    "Preset",
    "generate_spectrum",
    "label_ranges",
    "out_of_range",
    "presets",
    "quick_flux",
]

CVAE = "optical-cvae"
MODELS = (CVAE, EMULATOR)
LARGEST_SAMPLES = 1000
LARGEST_PIXELS = 2_000_000
BAND_PERCENTILES = (16.0, 84.0)
_OVERSAMPLE = 2  # of the emulator's pixels, so that cubics follow unbroadened lines


@dataclasses.dataclass(frozen=True)
class GenerateRequest:
    """What is generated; labels outside the trained range are refused unless that is allowed."""

    teff: float = param(5772.0, label="Teff", help="Effective temperature.", unit="K", minimum=1.0, step=50.0)
    logg: float = param(
        4.44, label="log g", help="log10 of the surface gravity in cgs.", unit="dex", step=0.05
    )
    m_h: float = param(0.0, label="[M/H]", help="Metallicity, all metals scaled.", unit="dex", step=0.05)
    alpha_m: float = param(
        0.0, label="[α/M]", help="O Ne Mg Si S Ca Ti relative to the metals.", unit="dex", step=0.05
    )
    vmic: float = param(1.0, label="ξ", help="Microturbulence.", unit="km/s", minimum=0.0, step=0.1)
    vsini: float = param(
        0.0, label="v sin i", help="Total rotational broadening.", unit="km/s", minimum=0.0, step=1.0
    )
    resolving_power: float = param(
        115_000.0, label="R", help="Wavelength / FWHM; 0 = no instrument (emulator only).", minimum=0.0
    )
    v_rad: float = param(
        0.0,
        label="v_rad",
        help="Radial velocity, positive = receding.",
        unit="km/s",
        minimum=-1000.0,
        maximum=1000.0,
        step=1.0,
    )
    snr: float = param(0.0, label="S/N", help="Median signal / noise a pixel; 0 = no noise.", minimum=0.0)
    extra_fwhm: float = param(
        0.0, label="extra broadening", help="FWHM of one more Gaussian.", unit="km/s", minimum=0.0, step=1.0
    )
    samples: int = param(
        0,
        label="samples",
        help="Spectra drawn from the latent space.",
        minimum=0,
        maximum=LARGEST_SAMPLES,
    )
    seed: int = param(0, label="seed", help="Of noise and samples.", minimum=0)
    model: str = param(CVAE, label="model", help="What generates.", choices=MODELS)
    start_aa: float = param(4450.0, label="from", help="First pixel.", unit="Å", minimum=1.0)
    stop_aa: float = param(
        5400.0, label="to", help="Where the pixels end; itself left out.", unit="Å", minimum=1.0
    )
    step_aa: float = param(0.05, label="step", help="Step of the pixels.", unit="Å", minimum=1e-4)
    medium: str = param("air", label="medium", help="Of the wavelengths.", choices=("air", "vacuum"))
    allow_extrapolation: bool = param(
        False, label="extrapolate", help="Generate outside the trained range too, and say so."
    )

    @property
    def labels(self) -> dict[str, float]:
        """The labels that the models see; extra broadening counts in the resolving power."""
        values = {name: float(getattr(self, name)) for name in GENERATOR_LABELS}
        if self.extra_fwhm > 0:
            fwhm = SPEED_OF_LIGHT_KMS / self.resolving_power if self.resolving_power > 0 else 0.0
            values["resolving_power"] = SPEED_OF_LIGHT_KMS / math.hypot(fwhm, self.extra_fwhm)
        return values


@dataclasses.dataclass(frozen=True, eq=False)
class GeneratedSpectrum:
    """A generated spectrum.

    Attributes
    ----------
    request : GenerateRequest
    spectrum : Spectrum
        Continuum at 1; with noise and its uncertainty where the request asks for it; pixels
        beyond the model's window are masked.
    flux : ndarray, shape (n_pixels,)
        Without noise; NaN beyond the model's window.
    samples : ndarray, shape (n_samples, n_pixels), or None
        Other stars with the same labels, without noise.
    band : ndarray, shape (2, n_pixels), or None
        16th and 84th percentile of the samples.
    extrapolated : tuple of str
        A sentence for each label outside the trained range.
    """

    request: GenerateRequest
    spectrum: Spectrum
    flux: NDArray[np.float64]
    samples: NDArray[np.float32] | None
    band: NDArray[np.float32] | None
    extrapolated: tuple[str, ...]

    @property
    def wavelength_aa(self) -> NDArray[np.float64]:
        """Pixels [Angstrom] in the request's medium, shape (n_pixels,)."""
        return self.spectrum.wavelength_aa


def generate_spectrum(request: GenerateRequest) -> GeneratedSpectrum:
    """Generate a spectrum, and samples of the latent space where they are asked for.

    Parameters
    ----------
    request : GenerateRequest

    Raises
    ------
    SettingsError
        If a value is impossible, or outside the trained range and that is not allowed.
    ModelError
        If the model is missing or damaged.
    """
    extrapolated = check_request(request)
    wavelength, flux = quick_flux(request)
    if not np.isfinite(flux).any():
        low, high = model_window(request.model)
        raise SettingsError(
            f"{request.start_aa:g}-{request.stop_aa:g} Å lies outside the model's window,"
            f" {low:.0f}-{high:.0f} Å (air, rest frame).",
            "Choose a range inside it.",
        )
    samples = _samples(request) if request.samples else None
    band = None if samples is None else _band(samples)
    spectrum = _as_spectrum(request, wavelength, flux, extrapolated)
    return GeneratedSpectrum(request, spectrum, flux, samples, band, extrapolated)


def check_request(request: GenerateRequest) -> tuple[str, ...]:
    """Check a request; return a sentence for each label outside the trained range.

    Raises
    ------
    SettingsError
        If a value is impossible, or outside the trained range and that is not allowed.
    """
    check_parameters(request)
    n_pixels = (request.stop_aa - request.start_aa) / request.step_aa
    if not 4 <= n_pixels <= LARGEST_PIXELS:
        raise SettingsError(
            f"{request.start_aa:g}-{request.stop_aa:g} Å in steps of {request.step_aa:g} Å are"
            f" {max(n_pixels, 0):.0f} pixels.",
            f"Ask for 4 to {LARGEST_PIXELS:,}.",
        )
    if request.samples and request.model != CVAE:
        raise SettingsError(f"Only {CVAE} draws samples.", f"Choose the model {CVAE}, or no samples.")
    outside = out_of_range(request)
    if outside and not request.allow_extrapolation:
        raise SettingsError(" ".join(outside), "Choose values inside, or allow extrapolation.")
    if _is_impossible(request):
        raise SettingsError(" ".join(outside), f"Choose a resolving power, or {EMULATOR}.")
    far = far_outside(request.labels, request.model)
    if far:
        raise SettingsError(" ".join(far), "Choose values nearer to the range.")
    return outside


def out_of_range(request: GenerateRequest) -> tuple[str, ...]:
    """Return a sentence for each label that lies outside the trained range of the request's model."""
    return outside_range(request.labels, request.model)


def _is_impossible(request: GenerateRequest) -> bool:
    return request.model != EMULATOR and request.labels["resolving_power"] == 0


def quick_flux(request: GenerateRequest) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return wavelengths and noise-free flux, shape (n_pixels,) each, unchecked: for live sliders.

    NaN beyond the model's window.
    """
    wavelength = request_wavelengths(request.start_aa, request.stop_aa, request.step_aa)
    values = request.labels
    if request.model == EMULATOR:
        return wavelength, _emulated(values, request)
    flux = load_generator(request.model).flux([[values[name] for name in GENERATOR_LABELS]])
    return wavelength, _on_pixels(flux, request)[0].astype(np.float64)


def model_window(model: str) -> tuple[float, float]:
    """Return first and last wavelength of a generating model [Angstrom, air, rest frame]."""
    pixels = load_emulator(model).wavelength_aa if model == EMULATOR else load_generator(model).wavelength_aa
    return float(pixels[0]), float(pixels[-1])


@functools.lru_cache(maxsize=8)
def request_wavelengths(start_aa: float, stop_aa: float, step_aa: float) -> NDArray[np.float64]:
    """Return the pixels of a request, ``stop_aa`` left out: 4450 to 5400 in steps of 0.05 are 19,000."""
    count = math.ceil((stop_aa - start_aa) / step_aa - 1e-6)
    wavelength = np.round(start_aa + step_aa * np.arange(count), 6)
    wavelength.flags.writeable = False
    return wavelength


@functools.lru_cache(maxsize=8)
def _rest_wavelengths(
    start_aa: float, stop_aa: float, step_aa: float, medium: str, v_rad: float
) -> NDArray[np.float64]:
    """Return where the request's pixels are in the star's frame, in air."""
    wavelength = request_wavelengths(start_aa, stop_aa, step_aa)
    if v_rad:
        vacuum = wavelength if medium == "vacuum" else air_to_vacuum(wavelength)
        return np.asarray(vacuum_to_air(vacuum / doppler_factor(v_rad)))
    return vacuum_to_air(wavelength) if medium == "vacuum" else wavelength


def _rest(request: GenerateRequest) -> NDArray[np.float64]:
    return _rest_wavelengths(
        request.start_aa, request.stop_aa, request.step_aa, request.medium, request.v_rad
    )


def _on_pixels(flux: NDArray[np.float32], request: GenerateRequest) -> NDArray[np.float32]:
    """Interpolate rows on the generator's pixels at those of the request; NaN beyond them."""
    pixels = load_generator(request.model).wavelength_aa
    rest = _rest(request)
    if rest.size == pixels.size and np.abs(rest - pixels).max() < 1e-6:
        return flux
    step = (pixels[-1] - pixels[0]) / (pixels.size - 1)
    position = (rest - pixels[0]) / step
    result = interpolate_cubic(flux, position)
    result[..., (position < -1e-6) | (position > pixels.size - 1 + 1e-6)] = np.nan
    return result


def _emulated(labels: dict[str, float], request: GenerateRequest) -> NDArray[np.float64]:
    emulator = load_emulator(request.model)
    values = [labels[name] for name in emulator.label_names]
    fine = emulator.normalised_flux(values)[0]
    frequencies, length = velocity_frequencies(fine.size, emulator.dv_kms)
    power = labels["resolving_power"] or np.inf
    transfer = broadening_transfer(frequencies, labels["vsini"], 0.0, power)
    fine = apply_transfer(fine, transfer, length, _OVERSAMPLE)
    step = emulator.dv_kms / SPEED_OF_LIGHT_KMS / _OVERSAMPLE
    position = np.log(_rest(request) / emulator.wavelength_aa[0]) / step
    flux = interpolate_cubic(fine.astype(np.float64), position)
    flux[(position < 0) | (position > fine.size - 1)] = np.nan
    return np.asarray(flux, dtype=np.float64)


def _samples(request: GenerateRequest) -> NDArray[np.float32]:
    generator = load_generator(request.model)
    # Of their own: the same seed gives the same samples, with noise or without.
    rng = np.random.default_rng([request.seed, 1])
    latent = rng.standard_normal((request.samples, generator.n_latent))
    labels = [request.labels[name] for name in GENERATOR_LABELS]
    return _on_pixels(generator.samples(labels, latent), request)


def _band(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    with np.errstate(invalid="ignore"):
        return np.asarray(np.percentile(samples, BAND_PERCENTILES, axis=0), dtype=np.float32)


def _as_spectrum(
    request: GenerateRequest,
    wavelength: NDArray[np.float64],
    flux: NDArray[np.float64],
    extrapolated: tuple[str, ...],
) -> Spectrum:
    sigma = None
    if request.snr > 0:
        good = np.isfinite(flux)
        sigma = np.full(flux.shape, np.nan)
        sigma[good] = noise_sigma(flux[good], request.snr)
        flux = add_noise(flux, sigma, np.random.default_rng([request.seed, 0]))
    source = "generated"
    axis = SpectralAxis(
        wavelength,
        "Angstrom",
        "vacuum" if request.medium == "vacuum" else "air",
        "observer" if request.v_rad else "rest",
        unit_source=source,
        medium_source=source,
        frame_source=source,
    )
    return Spectrum(axis, flux, sigma, None, "", _meta(request, extrapolated))


def _meta(request: GenerateRequest, extrapolated: tuple[str, ...]) -> dict[str, object]:
    labels = {name: float(getattr(request, name)) for name in GENERATOR_LABELS if name != "resolving_power"}
    power = request.labels["resolving_power"]
    meta: dict[str, object] = {
        "object": f"generated {request.teff:.0f} K, log g {request.logg:.2f}, [M/H] {request.m_h:+.2f}",
        "simulated": True,
        "normalised": True,
        "model": request.model,
        "labels": {**labels, "v_rad": float(request.v_rad)},
        "v_rad_true_kms": float(request.v_rad),
        "seed": request.seed,
        "snr": float(request.snr),
        "uncertainty_source": "generated" if request.snr > 0 else "",
        "notes": (f"Generated by {request.model}.", *(f"Extrapolated: {said}" for said in extrapolated)),
    }
    if power > 0:
        meta |= {"resolving_power": power, "resolving_power_source": "generated"}
    return meta
