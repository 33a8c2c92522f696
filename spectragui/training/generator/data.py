"""Spectra that a generator is trained on: broadened, on its pixels, with single elements' scatter."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from spectragui.inference.fit.spectrum_model import interpolation_matrix
from spectragui.simulation.batched import BatchedSimulator, BroadeningBatch
from spectragui.simulation.emulator import Emulator
from spectragui.training.generator.element_patterns import ELEMENT_SCATTER, cool_part
from spectragui.training.grids import SpectrumGrid
from spectragui.training.label_sampling import draw_stellar_labels

if TYPE_CHECKING:
    import torch

Array = NDArray[np.float32]

# A little beyond what is promised, so that no edge of the training is an edge of the model.
RESOLVING_POWERS = (950.0, 120_000.0)
LARGEST_VSINI = 310.0
_MARGIN_PIXELS = 8


@dataclasses.dataclass(frozen=True, eq=False)
class Drawn:
    """Some training spectra.

    Attributes
    ----------
    labels : ndarray, shape (n, 7)
        teff, logg, m_h, alpha_m, vmic, vsini, resolving_power.
    flux : ndarray, shape (n, n_pixels)
        What the labels say.
    difference : ndarray, shape (n, n_pixels), or None
        What single elements' abundances add to it.
    elements : ndarray, shape (n, n_groups), or None
        Their abundances in units of their scatter.
    """

    labels: NDArray[np.float64]
    flux: Array
    difference: Array | None = None
    elements: Array | None = None


@dataclasses.dataclass(frozen=True, eq=False)
class Coefficients:
    """Training spectra on a basis.

    Attributes
    ----------
    labels : ndarray, shape (n, 7)
    values : ndarray, shape (n, n_vectors)
        What the labels say.
    differences : ndarray, shape (n, n_vectors), or None
        What single elements' abundances add.
    """

    labels: NDArray[np.float64]
    values: NDArray[np.float32]
    differences: NDArray[np.float32] | None = None


class BroadenedSpectra:
    """Broaden spectra of a constant-velocity grid and sample them at a generator's pixels.

    Parameters
    ----------
    rows : ndarray, shape (n_rows, n_fine)
        On the wavelengths of the grid: spectra, or components that are added up.
    fine_aa : ndarray, shape (n_fine,)
    wavelength_aa : ndarray, shape (n_pixels,)
        Pixels of the result [Angstrom, air].
    """

    def __init__(self, rows: Array, fine_aa: NDArray[np.float64], wavelength_aa: NDArray[np.float64]) -> None:
        step = np.log(fine_aa[-1] / fine_aa[0]) / (len(fine_aa) - 1)
        position = np.log(wavelength_aa / fine_aa[0]) / step
        first = int(position[0]) - _MARGIN_PIXELS
        n_pixels = int(position[-1]) + _MARGIN_PIXELS - first + 1
        self._to_pixels = interpolation_matrix(position - first, n_pixels)
        self.simulator = BatchedSimulator(rows, fine_aa, 1, first, n_pixels)

    def observe(self, transform: torch.Tensor, labels: NDArray[np.float64]) -> Array:
        """Return spectra, shape (n, n_pixels), of transforms at ``labels[:, 5:7]``: v sin i and R."""
        import torch

        vsini, power = torch.from_numpy(labels[:, 5:7].T.astype(np.float32))
        zero = torch.zeros(len(labels))
        batch = BroadeningBatch(vsini, zero, zero, power, zero)
        flux = self.simulator.to_pixels(transform * self.simulator.transfer(batch)).numpy()
        return np.ascontiguousarray((self._to_pixels @ flux.T).T)


class GeneratorStream:
    """Draw training spectra of a generator, from the emulator and from the grid itself.

    Parameters
    ----------
    emulator : Emulator
    training : SpectrumGrid
        Spectra that may be trained on, on the emulator's wavelengths.
    wavelength_aa : ndarray, shape (n_pixels,)
    shares : ndarray, shape (2, n_groups, n_fine), or None
        See `element_patterns.element_shares`.
    n_labels : int
        Different stars of the emulator.
    grid_part : float
        Part of the spectra that are taken from the grid itself.
    seed : int
    """

    def __init__(
        self,
        emulator: Emulator,
        training: SpectrumGrid,
        wavelength_aa: NDArray[np.float64],
        shares: Array | None = None,
        *,
        n_labels: int = 150_000,
        grid_part: float = 0.15,
        seed: int = 0,
    ) -> None:
        self.rng = np.random.default_rng(seed)
        self.emulator, self._grid_labels, self._grid_part = emulator, training.labels, grid_part
        self._shares = shares
        self.star_labels = draw_stellar_labels(training.labels, n_labels, 1.5, self.rng)
        blocks = np.array_split(self.star_labels, max(1, n_labels // 5000))
        coefficients = np.concatenate([emulator.coefficients(block) for block in blocks])
        self._coefficients = np.concatenate([np.ones((n_labels, 1), np.float32), coefficients], axis=1)
        parts = [emulator.mean[None], emulator.basis, training.normalised_flux()]
        self._n_basis = 1 + len(emulator.basis)
        self._spectra = BroadenedSpectra(np.concatenate(parts), emulator.wavelength_aa, wavelength_aa)

    def draw(self, n_spectra: int) -> Drawn:
        """Draw spectra that the labels describe completely."""
        return self._draw_broadened(draw_broadening(n_spectra, self.rng))

    def draw_uniform(self, n_spectra: int) -> Drawn:
        """Draw spectra with uniform v sin i and R."""
        return self._draw_broadened(uniform_broadening(n_spectra, self.rng))

    def _draw_broadened(self, broadening: NDArray[np.float64]) -> Drawn:
        import torch

        n_spectra = len(broadening)
        n_grid = int(round(self._grid_part * n_spectra))
        rows = self.rng.integers(0, len(self._grid_labels), n_grid)
        stars = self.rng.integers(0, len(self.star_labels), n_spectra - n_grid)
        labels = np.concatenate([self._grid_labels[rows], self.star_labels[stars]])
        labels = np.concatenate([labels, broadening], axis=1)
        simulator = self._spectra.simulator
        from_grid = simulator.gather(torch.from_numpy(rows + self._n_basis))
        from_emulator = simulator.combine(torch.from_numpy(self._coefficients[stars]))
        return Drawn(labels, self._spectra.observe(torch.cat([from_grid, from_emulator]), labels))

    def draw_solar_alpha(self, n_spectra: int) -> Drawn:
        """Draw spectra of the emulator with alpha_m = 0, broadened uniformly in v sin i and R."""
        import torch

        stars = self.star_labels[self.rng.integers(0, len(self.star_labels), n_spectra)].copy()
        stars[:, 3] = 0.0
        labels = np.concatenate([stars, uniform_broadening(n_spectra, self.rng)], axis=1)
        ones = np.ones((n_spectra, 1), np.float32)
        coefficients = np.concatenate([ones, self.emulator.coefficients(stars)], axis=1)
        transform = self._spectra.simulator.combine(torch.from_numpy(coefficients))
        return Drawn(labels, self._spectra.observe(transform, labels))

    def draw_with_elements(self, n_spectra: int) -> Drawn:
        """Draw spectra of the emulator, and what normal scatter of single elements changes in them."""
        import torch

        stars = self.rng.integers(0, len(self.star_labels), n_spectra)
        labels = np.concatenate([self.star_labels[stars], draw_broadening(n_spectra, self.rng)], axis=1)
        simulator = self._spectra.simulator
        flux = self._spectra.observe(simulator.combine(torch.from_numpy(self._coefficients[stars])), labels)
        elements = self.rng.standard_normal((n_spectra, len(ELEMENT_SCATTER))).astype(np.float32)
        change = self._element_change(labels, elements)
        return Drawn(labels, flux, self._spectra.observe(change, labels), elements)

    def _element_change(self, labels: NDArray[np.float64], elements: Array) -> torch.Tensor:
        """Return the transforms of unbroadened spectra's first-order changes."""
        import torch

        if self._shares is None:
            raise ValueError("A stream without shares of elements draws no elements.")
        step = np.zeros((len(labels), 5))
        step[:, 2] = 0.1
        stars = labels[:, :5]
        up, down = (self.emulator.coefficients(stars + sign * step) for sign in (1.0, -1.0))
        derivative = ((up - down) / 0.2) @ self.emulator.basis
        amounts = elements * ELEMENT_SCATTER.astype(np.float32)
        cool = cool_part(labels[:, 0])[:, None].astype(np.float32)
        weight = (amounts * cool) @ self._shares[0] + (amounts * (1.0 - cool)) @ self._shares[1]
        simulator = self._spectra.simulator
        return simulator.transform(torch.from_numpy(derivative * weight))


def uniform_broadening(n_spectra: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """Draw v sin i [km/s] and resolving power, uniform in both, shape (n_spectra, 2)."""
    vsini = rng.uniform(0.0, LARGEST_VSINI, n_spectra)
    return np.stack([vsini, rng.uniform(*RESOLVING_POWERS, n_spectra)], axis=1)


def draw_broadening(n_spectra: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """Draw v sin i [km/s] and resolving power, shape (n_spectra, 2).

    Notes
    -----
    Four tenths uniform in both; three tenths sharp (v sin i below 25 km/s, R above 30,000), where
    spectra differ most; three tenths with log-uniform R and mostly small v sin i, as stars have it.
    """
    kind = rng.random(n_spectra)
    low, high = RESOLVING_POWERS
    slow = 40.0 * np.square(rng.random(n_spectra))
    sharp = np.where(rng.random(n_spectra) < 0.5, rng.uniform(0.0, 25.0, n_spectra), slow)
    vsini = rng.uniform(0.0, LARGEST_VSINI, n_spectra)
    power = rng.uniform(low, high, n_spectra)
    log_power = np.exp(rng.uniform(np.log(low), np.log(high), n_spectra))
    vsini = np.select([kind < 0.4, kind < 0.7], [vsini, sharp], slow)
    power = np.select([kind < 0.4, kind < 0.7], [power, rng.uniform(30_000.0, high, n_spectra)], log_power)
    return np.stack([vsini, power], axis=1)
