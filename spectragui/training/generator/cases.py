"""Held-out grid spectra, broadened exactly, and what a generator makes of their labels."""

from __future__ import annotations

import dataclasses

import numpy as np
from numpy.typing import NDArray

from spectragui.core.errors import TrainingError
from spectragui.core.progress import Progress, no_progress
from spectragui.core.spectral_axis import SPEED_OF_LIGHT_KMS
from spectragui.inference.fit.spectrum_model import interpolation_matrix
from spectragui.simulation.broadening import broadening_transfer
from spectragui.simulation.dense_generator import DenseGenerator
from spectragui.simulation.doppler_shift import velocity_frequencies
from spectragui.simulation.generator import SpectrumGenerator
from spectragui.training.grids import SpectrumGrid

Array = NDArray[np.float32]


@dataclasses.dataclass(frozen=True)
class GeneratorCase:
    """How held-out spectra are broadened: uniform in v sin i [km/s] and resolving power.

    ``must`` and ``aim`` are limits of the mean |generated - true|, of the continuum.
    """

    name: str
    vsini_kms: tuple[float, float]
    resolving_power: tuple[float, float]
    must: float
    aim: float


CASES = (
    GeneratorCase("v sin i 0-300, R 1000-115,000", (0.0, 300.0), (1000.0, 115_000.0), 0.003, 0.0015),
    GeneratorCase("v sin i < 20, R > 50,000", (0.0, 20.0), (50_000.0, 115_000.0), 0.006, 0.003),
)
_BLOCK = 20


@dataclasses.dataclass(frozen=True, eq=False)
class GeneratorResult:
    """True and generated spectra of one case, reduced to numbers.

    Attributes
    ----------
    case : GeneratorCase
    labels : ndarray, shape (n, 7)
    mean_error, median_error, bias : ndarray, shape (n,)
        Mean and median over pixels of |generated - true|; mean of generated - true.
    reconstruction_error : ndarray, shape (n,)
        Mean |decoded - true| where the latent vector is the encoder's of the true spectrum.
        NaN where a generator has no encoder.
    pixel_error, pixel_bias : ndarray, shape (n_pixels,)
        Mean over spectra of |generated - true|, and of generated - true.
    wavelength_aa : ndarray, shape (n_pixels,)
        Of the generator [Angstrom, air, rest frame].
    """

    case: GeneratorCase
    labels: NDArray[np.float64]
    mean_error: NDArray[np.float64]
    median_error: NDArray[np.float64]
    bias: NDArray[np.float64]
    reconstruction_error: NDArray[np.float64]
    pixel_error: NDArray[np.float64]
    pixel_bias: NDArray[np.float64]
    wavelength_aa: NDArray[np.float64]


class TrueSpectra:
    """Broaden spectra of a grid, in double precision and without tables, at a generator's pixels.

    Parameters
    ----------
    spectra : SpectrumGrid
    wavelength_aa : ndarray, shape (n_pixels,)
        The generator's.
    """

    def __init__(self, spectra: SpectrumGrid, wavelength_aa: NDArray[np.float64]) -> None:
        fine = spectra.wavelength_aa
        if fine[0] > wavelength_aa[0] or fine[-1] < wavelength_aa[-1]:
            raise TrainingError(
                f"The grid covers {fine[0]:.0f}-{fine[-1]:.0f} A; the generator makes"
                f" {wavelength_aa[0]:.0f}-{wavelength_aa[-1]:.0f} A."
            )
        self.spectra = spectra
        step = float(np.log(fine[-1] / fine[0])) / (len(fine) - 1)
        self._frequencies, self._length = velocity_frequencies(len(fine), step * SPEED_OF_LIGHT_KMS)
        position = np.log(wavelength_aa / fine[0]) / step
        # Twice as fine, so that interpolation follows lines that nothing has broadened.
        self._to_pixels = interpolation_matrix(2.0 * position, 2 * len(fine))

    def observe(self, row: int, vsini_kms: float, resolving_power: float) -> Array:
        """Return one broadened spectrum, shape (n_pixels,)."""
        from spectragui.simulation.doppler_shift import apply_transfer

        flux = self.spectra.select(np.arange(len(self.spectra)) == row).normalised_flux()[0]
        transfer = broadening_transfer(self._frequencies, vsini_kms, 0.0, resolving_power)
        fine = apply_transfer(flux.astype(np.float64), transfer, self._length, 2)
        return np.asarray(self._to_pixels @ fine, dtype=np.float32)

    def draw(
        self, case: GeneratorCase, number: int, rng: np.random.Generator
    ) -> tuple[Array, NDArray[np.float64]]:
        """Return spectra (number, n_pixels) and labels (number, 7); all grid spectra equally often."""
        n_grid = len(self.spectra)
        rows = np.concatenate([rng.permutation(n_grid) for _ in range(number // n_grid + 1)])[:number]
        vsini = rng.uniform(*case.vsini_kms, number)
        power = rng.uniform(*case.resolving_power, number)
        flux = np.stack([self.observe(*each) for each in zip(rows, vsini, power, strict=True)])
        labels = np.concatenate([self.spectra.labels[rows], vsini[:, None], power[:, None]], axis=1)
        return flux, labels


def evaluate_case(
    generator: SpectrumGenerator | DenseGenerator,
    truth: TrueSpectra,
    case: GeneratorCase,
    n_spectra: int,
    seed: int = 0,
    progress: Progress = no_progress,
) -> GeneratorResult:
    """Compare generated with true spectra of one case."""
    rng = np.random.default_rng(seed)
    numbers: list[NDArray[np.float64]] = []
    labels = []
    pixel_error, pixel_bias = np.zeros((2, generator.wavelength_aa.size))
    n_left = n_spectra
    while n_left > 0:
        progress(1.0 - n_left / n_spectra, case.name)
        number = min(_BLOCK, n_left)
        flux, at = truth.draw(case, number, rng)
        difference = generator.flux(at) - flux
        reconstructed = np.full_like(difference, np.nan)
        if isinstance(generator, SpectrumGenerator):
            reconstructed = generator.flux(at, generator.encode(flux, at)[0]) - flux
        error = np.abs(difference)
        numbers.append(
            np.stack(
                [
                    error.mean(1),
                    np.median(error, axis=1),
                    difference.mean(1),
                    np.abs(reconstructed).mean(1),
                ],
                axis=1,
            )
        )
        pixel_error += error.sum(axis=0)
        pixel_bias += difference.sum(axis=0)
        labels.append(at)
        n_left -= number
    mean, median, bias, reconstruction = np.concatenate(numbers).T.astype(float)
    errors = (mean, median, bias, reconstruction, pixel_error / n_spectra, pixel_bias / n_spectra)
    return GeneratorResult(case, np.concatenate(labels), *errors, generator.wavelength_aa)
