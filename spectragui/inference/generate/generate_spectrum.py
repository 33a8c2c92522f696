"""Generate a synthetic spectrum from labels: the one function behind panel and command line."""

from __future__ import annotations

import dataclasses

import numpy as np
from numpy.typing import NDArray

from spectragui.core.errors import SettingsError
from spectragui.core.parameters import check_parameters
from spectragui.core.spectral_axis import SpectralAxis
from spectragui.core.spectrum import Spectrum
from spectragui.inference.generate.flux import model_window, on_request_pixels, quick_flux
from spectragui.inference.generate.request import CVAE, GenerateRequest
from spectragui.inference.generate.star_presets import Preset, presets
from spectragui.inference.generate.trained_range import EMULATOR, far_outside, label_ranges, outside_range
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

LARGEST_PIXELS = 2_000_000
BAND_PERCENTILES = (16.0, 84.0)


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
    if request.samples and request.model == EMULATOR:
        raise SettingsError(f"Only a CVAE draws samples, as {CVAE} does.", "Choose it, or no samples.")
    outside = out_of_range(request)
    if _is_impossible(request):
        raise SettingsError(" ".join(outside), f"Choose a resolving power, or {EMULATOR}.")
    if outside and not request.allow_extrapolation:
        raise SettingsError(" ".join(outside), "Choose values inside, or allow extrapolation.")
    far = far_outside(request.labels, request.model)
    if far:
        raise SettingsError(" ".join(far), "Choose values nearer to the range.")
    return outside


def out_of_range(request: GenerateRequest) -> tuple[str, ...]:
    """Return a sentence for each label that lies outside the trained range of the request's model."""
    return outside_range(request.labels, request.model)


def _is_impossible(request: GenerateRequest) -> bool:
    return request.model != EMULATOR and request.labels["resolving_power"] == 0


def _samples(request: GenerateRequest) -> NDArray[np.float32]:
    generator = load_generator(request.model)
    # Of their own: the same seed gives the same samples, with noise or without.
    rng = np.random.default_rng([request.seed, 1])
    latent = rng.standard_normal((request.samples, generator.n_latent))
    labels = [request.labels[name] for name in GENERATOR_LABELS]
    return on_request_pixels(generator.samples(labels, latent), request)


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
        request.axis_frame,  # type: ignore[arg-type]  # checked by its choices
        unit_source=source,
        medium_source=source,
        frame_source=source,
    )
    return Spectrum(axis, flux, sigma, meta=_meta(request, extrapolated))


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
