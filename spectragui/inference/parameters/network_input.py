"""From an `Observation` to the input of a parameter network: the same as in training, in numpy."""

from __future__ import annotations

import dataclasses

import numpy as np
from numpy.typing import NDArray

from spectragui.core.labels import LabelSet
from spectragui.core.median import median
from spectragui.core.numerics import pixel_edges, resample
from spectragui.core.spectral_axis import SPEED_OF_LIGHT_KMS
from spectragui.inference.observation.observation import Observation, Segment
from spectragui.networks.conditions import encode_conditions
from spectragui.networks.input_grid import InputGrid
from spectragui.networks.parameter_network import (
    NativePixels,
    NetworkInput,
    ParameterNetwork,
    apply_network,
    load_network,
)

_MIN_WEIGHT = 0.3  # of the smoothing kernel on good half pixels
_KERNEL = (0.25, 0.5, 0.25)
_SIGMA_FLOOR = 0.02  # of the median error: no pixel outweighs all others


def network_labels(observation: Observation, misfit: float = 1.0, device: str = "cpu") -> LabelSet:
    """Return what the network of an observation's model says of it, with 1-sigma errors.

    Parameters
    ----------
    observation : Observation
    misfit : float
        See `misfit_amplitude`; 1 where it is not known yet.
    device : str
        Where the network is run, as torch calls it.

    Raises
    ------
    ModelError
        If the model cannot be read.
    """
    network = load_network(observation.model.path, device)
    return labels_of_input(network, input_of(network, observation, misfit))


def input_of(network: ParameterNetwork, observation: Observation, misfit: float = 0.0) -> NetworkInput:
    """Return what a network is given of an observation: on its grid, or the pixels as they are."""
    given = network_input(observation, network.grid, misfit)
    if not network.takes_pixels:
        return given
    return dataclasses.replace(given, pixels=native_pixels(observation.segments, network.grid))


def labels_of_input(network: ParameterNetwork, given: NetworkInput) -> LabelSet:
    """Return what a network says of the one spectrum of an input."""
    if network.calibration.misfit[-1] == 0.0:  # it has never seen spectra that its physics does not describe
        told = given.conditions.copy()
        told[:, 3] = 0.0
        given = dataclasses.replace(given, conditions=told)
    means, sigmas = apply_network(network, given)
    names = network.label_names
    values = dict(zip(names, means[0].tolist(), strict=True))
    return LabelSet(values, dict(zip(names, sigmas[0].tolist(), strict=True)))


def network_input(observation: Observation, grid: InputGrid, misfit: float = 0.0) -> NetworkInput:
    """Merge the segments on a network's grid and normalise them as in training.

    Parameters
    ----------
    observation : Observation
    grid : InputGrid
        Of the network.
    misfit : float
        How badly the physics describes this star (`misfit_amplitude`); 0 = perfectly, 1 = as badly
        as the Sun and Arcturus.

    Returns
    -------
    NetworkInput
        Of one spectrum.
    """
    merged = merged_input(observation, grid, misfit)
    return dataclasses.replace(merged, flux=grid.normalise(merged.flux, merged.is_used))


def merged_input(observation: Observation, grid: InputGrid, misfit: float = 0.0) -> NetworkInput:
    """Return the input of a network before its normalisation; parameters as for `network_input`."""
    flux, is_used = merge_segments(observation.segments, grid)
    row = flux[None].astype(np.float32)
    used = is_used[None].astype(np.float32)
    sigma = sigma_on_grid(observation.segments, grid)[None].astype(np.float32)
    return NetworkInput(row, used, conditions_of(observation, misfit), sigma)


def conditions_of(observation: Observation, misfit: float) -> NDArray[np.float32]:
    """Return what a network is told beside the flux, shape (1, 4)."""
    per_root = observation.snr / np.sqrt(native_step_kms(observation.segments))
    return encode_conditions(
        np.array([observation.resolving_power]),
        np.array([observation.is_resolving_power_known]),
        np.array([per_root if np.isfinite(per_root) else 1.0]),
        np.array([misfit]),
    )


def merge_segments(
    segments: tuple[Segment, ...], grid: InputGrid
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Resample segments on half steps of a grid, merge them by inverse variance, smooth to full steps.

    Parameters
    ----------
    segments : tuple of Segment
    grid : InputGrid

    Returns
    -------
    flux : ndarray, shape (n_pixels,)
        0 where not used.
    is_used : ndarray of bool, shape (n_pixels,)

    Notes
    -----
    The smoothing (1/4, 1/2, 1/4 on half steps, good pixels only) keeps what is finer than the
    grid from folding into it; `spectragui.training.parameters.datasets.sampling_transfer` is its transform.
    """
    half_grid = grid.half_steps_aa
    total, weight = np.zeros(len(half_grid)), np.zeros(len(half_grid))
    for segment in segments:
        flux, sigma, mask = _on_half_steps(segment, half_grid, 0.5 * grid.step_kms)
        inverse = np.where(mask, 0.0, 1.0 / np.square(np.where(mask, 1.0, sigma)))
        total += inverse * flux
        weight += inverse
    good = weight > 0
    merged = np.where(good, total / np.where(good, weight, 1.0), 0.0)
    smooth, part = np.convolve(merged * good, _KERNEL, "valid"), np.convolve(good, _KERNEL, "valid")
    smooth, part = smooth[::2], part[::2]  # centred on the full steps
    is_used = part >= _MIN_WEIGHT
    return np.where(is_used, smooth / np.where(is_used, part, 1.0), 0.0), is_used


def native_pixels(segments: tuple[Segment, ...], grid: InputGrid) -> NativePixels:
    """Return the pixels of segments that lie inside a grid, as they are, normalised as in training."""
    step = grid.step_kms / SPEED_OF_LIGHT_KMS
    inverse = [np.where(s.mask, 0.0, 1.0 / np.square(s.uncertainty)) for s in segments]
    density = [one / np.gradient(s.wavelength_aa) for one, s in zip(inverse, segments, strict=True)]
    columns: list[list[NDArray[np.float64]]] = [[], [], [], []]
    for number, segment in enumerate(segments):
        wave = segment.wavelength_aa
        edges = np.log(pixel_edges(wave) / grid.start_aa) / step + 0.5
        total = sum(
            np.interp(wave, other.wavelength_aa, density[place], left=0.0, right=0.0)
            for place, other in enumerate(segments)
        )
        good = ~segment.mask & (edges[:-1] > 0) & (edges[1:] < grid.n_pixels)
        share = density[number] / np.where(total > 0, total, 1.0)
        for column, values in zip(columns, (segment.flux, edges[:-1], edges[1:], share), strict=True):
            column.append(values[good])
    flux, left, right, share = (np.concatenate(column) for column in columns)
    values = grid.normalise_pixels(flux, left, right, share)
    return NativePixels(*(array.astype(np.float32) for array in (values, left, right, share)))


def sigma_on_grid(segments: tuple[Segment, ...], grid: InputGrid) -> NDArray[np.float64]:
    """Return 1 sigma of the merged flux per sqrt(km/s), shape (n_pixels,); 1 where nothing was observed."""
    weight = np.zeros(grid.n_pixels)
    for segment in segments:
        good = ~segment.mask & (segment.uncertainty > 0)
        if good.sum() < 2:
            continue
        wave, native = segment.wavelength_aa[good], segment.step_kms
        sigma = segment.uncertainty[good] * np.sqrt(native)
        on_grid = np.interp(grid.wavelength_aa, wave, sigma, left=np.inf, right=np.inf)
        weight += 1.0 / np.square(on_grid)
    return np.where(weight > 0, 1.0 / np.sqrt(np.where(weight > 0, weight, 1.0)), 1.0)


def _on_half_steps(
    segment: Segment, half_grid: NDArray[np.float64], step_kms: float
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.bool_]]:
    """Return flux, error and mask on the half steps: averaged from finer pixels, else interpolated."""
    good = ~segment.mask
    floor = _SIGMA_FLOOR * median(segment.uncertainty[good]) if good.any() else 1.0
    sigma = np.maximum(segment.uncertainty, max(floor, 1e-12))
    if good.sum() < 4 or segment.step_kms < step_kms:
        return resample(segment.wavelength_aa, segment.flux, sigma, segment.mask, half_grid)
    return _interpolate(segment, sigma, half_grid)


def _interpolate(
    segment: Segment, sigma: NDArray[np.float64], half_grid: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.bool_]]:
    """Interpolate wide pixels smoothly: steps between them would look like sharp edges of lines."""
    from scipy.interpolate import CubicSpline

    wave, good = segment.wavelength_aa, ~segment.mask
    spline = CubicSpline(wave[good], segment.flux[good], extrapolate=False)
    flux = spline(half_grid)
    error = np.interp(half_grid, wave, sigma)
    nearest = np.interp(half_grid, wave, segment.mask.astype(float), left=1.0, right=1.0)
    mask = (nearest >= 0.5) | ~np.isfinite(flux)
    return np.where(mask, 0.0, flux), error, mask


def native_step_kms(segments: tuple[Segment, ...]) -> float:
    """Return the median width of the segments' pixels [km/s]."""
    if len(segments) == 1:
        return segments[0].step_kms
    steps = np.concatenate([segment.log_steps for segment in segments])
    return median(steps) * SPEED_OF_LIGHT_KMS


def misfit_amplitude(
    residual: NDArray[np.float64], sigma: NDArray[np.float64], model_error: NDArray[np.float64]
) -> float:
    """Return how much worse than the noise a generated spectrum fits, in units of the model error.

    Parameters
    ----------
    residual : ndarray, shape (n_pixels,)
        Observed minus generated normalised flux, good pixels only.
    sigma : ndarray, shape (n_pixels,)
        Noise of the observed flux, 1 sigma.
    model_error : ndarray, shape (n_pixels,)
        Size of the physics' error there, as for the Sun and Arcturus.

    Returns
    -------
    float
        0 (synthetic spectra, or too noisy to tell) to 1.5.

    Notes
    -----
    a^2 = sum w (r^2 - sigma^2) / sum w e^2, w = 1 / (sigma^2 + e^2)^2, so that it is measured where
    the model error stands above the noise; less than twice its own scatter counts as nothing.
    """
    good = np.isfinite(residual) & np.isfinite(sigma) & np.isfinite(model_error) & (model_error > 0)
    if good.sum() < 50:
        return 0.0
    r, s, e = np.square(residual[good]), np.square(sigma[good]), np.square(model_error[good])
    r = np.minimum(r, 16.0 * (s + e))  # a cosmic-ray hit is no error of the physics
    weight = 1.0 / np.square(s + e)
    scale = float(np.sum(weight * e))
    square = float(np.sum(weight * (r - s))) / scale
    scatter = float(np.sqrt(np.sum(np.square(weight * s)) * 2.0)) / scale
    return float(np.sqrt(np.clip(square, 0.0, 2.25))) if square > 2.0 * scatter else 0.0
