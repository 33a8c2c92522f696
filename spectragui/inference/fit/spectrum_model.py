"""The spectrum that a fit compares with data: generated on the data's pixels, with its derivatives."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spectragui.core.labels import LabelSet
from spectragui.core.numerics import FWHM_PER_SIGMA
from spectragui.core.spectral_axis import SPEED_OF_LIGHT_KMS
from spectragui.inference.fit.model_error import ErrorPatterns, total_variance_kms2
from spectragui.inference.observation.observation import Observation, Segment
from spectragui.simulation.doppler_shift import shift_transfer, velocity_frequencies
from spectragui.simulation.emulator import Emulator
from spectragui.simulation.line_spread import (
    added_power,
    gaussian_transfer,
    line_spread_sigma_kms,
    pixel_transfer,
)
from spectragui.simulation.rotation import rotation_transfer, rotation_variance

_INTERPOLATION_POINTS = 6


@dataclasses.dataclass(frozen=True)
class FitParameters:
    """The parameters of a fit: an emulator's labels, broadening, velocity, error patterns.

    Attributes
    ----------
    labels : tuple of str
        Of the emulator, first.
    n_patterns : int
        Amplitudes of the physics' error patterns, last.
    """

    labels: tuple[str, ...]
    n_patterns: int

    @property
    def names(self) -> tuple[str, ...]:
        """All of them, in their order.

        "broadening" is the square of v sin i [(km/s)^2]: spectra change linearly with it where lines
        are sharp. "velocity" [km/s] is beside the velocity that was taken out before.
        """
        return (*self.labels, "broadening", "velocity", *self.patterns)

    @property
    def patterns(self) -> tuple[str, ...]:
        """Names of the amplitudes."""
        return tuple(f"error_pattern_{number}" for number in range(1, self.n_patterns + 1))

    @property
    def size(self) -> int:
        """How many there are."""
        return len(self.labels) + 2 + self.n_patterns

    @property
    def broadening(self) -> int:
        """Place of the broadening."""
        return len(self.labels)

    @property
    def velocity(self) -> int:
        """Place of the velocity."""
        return len(self.labels) + 1

    @property
    def amplitudes(self) -> slice:
        """Places of the amplitudes."""
        return slice(len(self.labels) + 2, None)

    def each(self, sizes: Mapping[str, float], pattern: float) -> NDArray[np.float64]:
        """Return one number for each parameter: by its name, and ``pattern`` for the amplitudes."""
        return np.array([sizes.get(name, pattern) for name in self.names])

    def vsini_kms(self, values: NDArray[np.float64]) -> float:
        """Return v sin i at a point."""
        return float(np.sqrt(max(values[self.broadening], 0.0)))

    def label_set(self, values: NDArray[np.float64]) -> LabelSet:
        """Return the labels at a point, v sin i with them."""
        labels = dict(zip(self.labels, values.tolist(), strict=False))
        return LabelSet({**labels, "vsini": self.vsini_kms(values)})


@dataclasses.dataclass(frozen=True, eq=False)
class SpectrumModel:
    """Emulator, the physics' error patterns, rotation, line spread, velocity: on fixed pixels.

    Attributes
    ----------
    emulator : Emulator
    patterns : ErrorPatterns or None
    parameters : FitParameters
    resolving_power, pixel_kms : float
        Of what is added to the emulator's spectra, and of joined pixels.
    to_pixels : scipy.sparse.csr_array, shape (n_pixels, n_grid)
        Interpolation from the emulator's grid, segments one after the other.
    frequencies : ndarray, shape (n_frequencies,)
    length : int
        Padded length of transforms.
    pattern_transforms : ndarray, shape (n_patterns, n_frequencies), complex
    """

    emulator: Emulator
    patterns: ErrorPatterns | None
    parameters: FitParameters
    resolving_power: float
    pixel_kms: float
    to_pixels: Any
    frequencies: NDArray[np.float64]
    length: int
    pattern_transforms: NDArray[np.complex64]

    @classmethod
    def build(
        cls, emulator: Emulator, patterns: ErrorPatterns | None, observation: Observation, binning: int = 1
    ) -> SpectrumModel:
        """Prepare the model for the pixels of an observation; ``binning`` pixels were joined to one."""
        wavelength = np.concatenate([segment.wavelength_aa for segment in observation.segments])
        step = emulator.dv_kms / SPEED_OF_LIGHT_KMS
        position = np.log(wavelength / emulator.wavelength_aa[0]) / step
        frequencies, length = velocity_frequencies(emulator.n_pixels, emulator.dv_kms)
        values = np.zeros((0, emulator.n_pixels), np.float32) if patterns is None else patterns.values
        return cls(
            emulator,
            patterns,
            FitParameters(emulator.label_names, len(values)),
            float(added_power(observation.resolving_power, emulator.resolving_power)),
            pixel_step_kms(observation) if binning > 1 else 0.0,
            interpolation_matrix(position, emulator.n_pixels),
            frequencies,
            length,
            _transform(values, length),
        )

    @property
    def smallest_broadening(self) -> float:
        """Least value of ``broadening``: lines may be a little sharper than the stated R allows."""
        return -0.5 * float(np.square(line_spread_sigma_kms(self.resolving_power))) / rotation_variance()

    def generate(self, parameters: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the normalised flux at a point of the parameters, shape (n_pixels,)."""
        flux = self.emulator.normalised_flux(parameters[: self.parameters.broadening])
        transform = _transform(flux, self.length) * self._transfer(parameters)
        amplitudes = parameters[self.parameters.amplitudes]
        return self._on_pixels(transform + amplitudes @ self._errors(parameters))[0]

    def generate_with_derivatives(
        self, parameters: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return normalised flux (n_pixels,) and its derivatives (n_parameters, n_pixels)."""
        places = self.parameters
        labels = parameters[: places.broadening]
        derivatives = self.emulator.normalised_flux_derivatives(labels)
        flux = self.emulator.normalised_flux(labels)
        plain = _transform(np.concatenate([flux, derivatives]), self.length)
        transfer = self._transfer(parameters)
        step = max(0.5, 0.02 * parameters[places.broadening])
        moved = parameters.copy()
        moved[places.broadening] += step
        errors, amplitudes = self._errors(parameters), parameters[places.amplitudes]
        rows = plain * transfer
        rows[0] += amplitudes @ errors
        blurred = plain[0] * self._transfer(moved) + amplitudes @ self._errors(moved)
        broader = (blurred - rows[0]) / step
        shifted = rows[0] * (-2j * np.pi * self.frequencies)
        stack = np.concatenate([rows, broader[None], shifted[None], errors])
        pixels = self._on_pixels(stack)
        return pixels[0], pixels[1:]

    def _transfer(self, parameters: NDArray[np.float64]) -> NDArray[np.complex128]:
        f, broadening = self.frequencies, float(parameters[self.parameters.broadening])
        variance = float(np.square(line_spread_sigma_kms(self.resolving_power)))
        if broadening < 0:  # sharper than R says: a narrower line spread, as if v sin i^2 were negative
            variance = max(variance + broadening * rotation_variance(), 0.0)
        instrument = gaussian_transfer(f, np.sqrt(variance)) * pixel_transfer(f, self.pixel_kms)
        rotation = rotation_transfer(f, np.sqrt(max(broadening, 0.0)))
        return np.asarray(instrument * rotation * shift_transfer(f, parameters[self.parameters.velocity]))

    def _errors(self, parameters: NDArray[np.float64]) -> NDArray[np.complex128]:
        if self.patterns is None:
            return np.asarray(self.pattern_transforms, dtype=np.complex128)
        variance = total_variance_kms2(float(parameters[self.parameters.broadening]), self.resolving_power)
        transfers = self.patterns.transfers(self.frequencies, variance)
        shift = shift_transfer(self.frequencies, parameters[self.parameters.velocity])
        return np.asarray(self.pattern_transforms * transfers * shift)

    def _on_pixels(self, transforms: NDArray) -> NDArray[np.float64]:
        from scipy import fft

        grid = fft.irfft(transforms.astype(np.complex64), self.length, axis=-1)[:, : self.emulator.n_pixels]
        return np.asarray((self.to_pixels @ grid.T).T, dtype=np.float64)


def pixel_step_kms(observation: Observation) -> float:
    """Return the median step of an observation's pixels [km/s]."""
    steps = np.concatenate([np.diff(np.log(segment.wavelength_aa)) for segment in observation.segments])
    return float(np.median(steps)) * SPEED_OF_LIGHT_KMS


def join_pixels(observation: Observation) -> tuple[Observation, int]:
    """Average neighbouring pixels where the line spread function is heavily oversampled.

    Returns
    -------
    Observation
        With at least two pixels per FWHM, or the same.
    int
        Pixels that were joined to one.

    Notes
    -----
    Weighted by inverse variance, so that errors stay right and masked pixels do not count.
    """
    fwhm = float(line_spread_sigma_kms(observation.resolving_power)) * FWHM_PER_SIGMA
    number = int(fwhm / pixel_step_kms(observation) / 2.0)
    if number < 2:
        return observation, 1
    segments = tuple(_joined(segment, number) for segment in observation.segments)
    return dataclasses.replace(observation, segments=segments), number


def _joined(segment: Segment, number: int) -> Segment:
    n_rows = segment.flux.size // number
    cut = slice(0, n_rows * number)
    shape = (n_rows, number)
    weight = np.where(segment.mask, 0.0, 1.0 / np.square(segment.uncertainty))[cut].reshape(shape)
    total = weight.sum(axis=1)
    mask = total <= 0
    safe = np.where(mask, 1.0, total)
    flux = np.where(mask, 0.0, (weight * segment.flux[cut].reshape(shape)).sum(axis=1) / safe)
    wavelength = (weight * segment.wavelength_aa[cut].reshape(shape)).sum(axis=1) / safe
    middle = segment.wavelength_aa[cut].reshape(shape).mean(axis=1)
    return Segment(np.where(mask, middle, wavelength), flux, 1.0 / np.sqrt(safe), mask)


def interpolation_matrix(position: NDArray[np.float64], n_grid: int) -> Any:
    """Return the sparse matrix that interpolates an even grid at fractional pixels.

    Parameters
    ----------
    position : ndarray, shape (n_pixels,)
        0 = first pixel of the grid.
    n_grid : int

    Returns
    -------
    scipy.sparse.csr_array, shape (n_pixels, n_grid), float32

    Notes
    -----
    Lagrange polynomials through six points: error below 1e-4 for lines of 2.5 pixels FWHM.
    """
    from scipy.sparse import csr_array

    n = _INTERPOLATION_POINTS
    first = np.clip(np.floor(position).astype(np.int64) - n // 2 + 1, 0, n_grid - n)
    offset = position - first
    weights = np.ones((position.size, n))
    for point in range(n):
        for other in range(n):
            if other != point:
                weights[:, point] *= (offset - other) / (point - other)
    columns = first[:, None] + np.arange(n)
    rows = np.arange(0, n * position.size + 1, n)
    shape = (position.size, n_grid)
    return csr_array((weights.ravel().astype(np.float32), columns.ravel(), rows), shape=shape)


def _transform(rows: NDArray[np.float32], length: int) -> NDArray[np.complex64]:
    from scipy import fft

    n_pixels = rows.shape[1]
    ramp = np.linspace(0.0, 1.0, length - n_pixels, dtype=np.float32)
    padding = rows[:, -1:] * (1 - ramp) + rows[:, :1] * ramp
    return np.asarray(fft.rfft(np.concatenate([rows, padding], axis=1), axis=1))
