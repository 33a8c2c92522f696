"""Noise-free flux of a request on its pixels, by either model: quick enough for live sliders."""

from __future__ import annotations

import functools
import math

import numpy as np
from numpy.typing import NDArray

from spectragui.core.numerics import interpolate_cubic
from spectragui.core.spectral_axis import (
    SPEED_OF_LIGHT_KMS,
    air_to_vacuum,
    doppler_factor,
    vacuum_to_air,
)
from spectragui.inference.generate.request import GenerateRequest
from spectragui.inference.generate.trained_range import EMULATOR
from spectragui.simulation.broadening import broadening_transfer
from spectragui.simulation.doppler_shift import apply_transfer, velocity_frequencies
from spectragui.simulation.emulator import load_emulator
from spectragui.simulation.generator import GENERATOR_LABELS, load_generator
from spectragui.simulation.line_spread import added_power

_OVERSAMPLE = 2  # of the emulator's pixels, so that cubics follow unbroadened lines


def quick_flux(request: GenerateRequest) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return wavelengths and noise-free flux, shape (n_pixels,) each, unchecked: for live sliders.

    NaN beyond the model's window.
    """
    wavelength = request_wavelengths(request.start_aa, request.stop_aa, request.step_aa)
    values = request.labels
    if request.model == EMULATOR:
        return wavelength, _emulated(values, request)
    flux = load_generator(request.model).flux([[values[name] for name in GENERATOR_LABELS]])
    return wavelength, on_request_pixels(flux, request)[0].astype(np.float64)


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


def on_request_pixels(flux: NDArray[np.float32], request: GenerateRequest) -> NDArray[np.float32]:
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
    added = added_power(power, emulator.resolving_power)
    transfer = broadening_transfer(frequencies, labels["vsini"], 0.0, added)
    fine = apply_transfer(fine, transfer, length, _OVERSAMPLE)
    step = emulator.dv_kms / SPEED_OF_LIGHT_KMS / _OVERSAMPLE
    position = np.log(_rest(request) / emulator.wavelength_aa[0]) / step
    flux = interpolate_cubic(fine.astype(np.float64), position)
    flux[(position < 0) | (position > fine.size - 1)] = np.nan
    return np.asarray(flux, dtype=np.float64)
