"""The forward model for whole batches, in torch: what networks train on, made on the fly.

On a grid of constant velocity steps, rotation, macroturbulence, the line spread function, the
integration over pixels and a velocity shift are one multiplication in Fourier space. The spectra
(or the components that they are sums of) are transformed once; a batch is then one matrix product
or one gather, one multiplication and one inverse transform, cut to the coarser output grid.
torch is imported when a simulator is built.
"""

from __future__ import annotations

import dataclasses
import functools
import math
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from spectragui.core.errors import ModelError
from spectragui.core.numerics import FWHM_PER_SIGMA
from spectragui.core.spectral_axis import SPEED_OF_LIGHT_KMS
from spectragui.simulation.macroturbulence import macroturbulence_transfer
from spectragui.simulation.rotation import rotation_transfer

if TYPE_CHECKING:
    import torch

# Kernels are looked up: they depend on velocity times frequency only.
_TABLE_STEP = 0.02
_TABLE_SIZE = 32768
_STRIDE = 4


@dataclasses.dataclass
class BroadeningBatch:
    """What happens to each spectrum of a batch between the star and the output grid.

    Attributes
    ----------
    vsini_kms, macroturbulence_kms, velocity_kms : torch.Tensor, shape (n_spectra,)
        Rotation, radial-tangential macroturbulence, and velocity (positive = receding, at most
        some 100: its phase is interpolated between frequencies) [km/s].
    resolving_power : torch.Tensor, shape (n_spectra,)
        wavelength / FWHM of a Gaussian line spread function.
    pixel_kms : torch.Tensor, shape (n_spectra,)
        Width of the detector's pixels, over which light is integrated [km/s]; 0 = points.
    """

    vsini_kms: torch.Tensor
    macroturbulence_kms: torch.Tensor
    velocity_kms: torch.Tensor
    resolving_power: torch.Tensor
    pixel_kms: torch.Tensor


class BatchedSimulator:
    """Broaden, shift and resample many spectra at once.

    Parameters
    ----------
    rows : ndarray, shape (n_rows, n_fine)
        Normalised flux, or components that are added up, on the fine grid.
    wavelength_aa : ndarray, shape (n_fine,)
        Wavelengths of the fine grid, constant in ln(wavelength) [Angstrom].
    decimation : int
        Output step in fine steps.
    first, n_pixels : int
        Index of the first output pixel on the decimated grid, and their number.
    device : str
        Where torch computes.
    own_power : float
        Resolving power that the rows have already, pixels of their instrument included; infinite =
        the resolution of the lines.

    Attributes
    ----------
    step_kms : float
        Output step [km/s].
    wavelength_aa : ndarray, shape (n_pixels,)
        Output wavelengths [Angstrom].

    Notes
    -----
    Beyond the ends of the fine grid each row runs linearly from its last to its first value, so the
    periodic transform sees no step; the output should stay clear of the ends by the widest kernel.
    """

    def __init__(
        self,
        rows: NDArray[np.float32],
        wavelength_aa: NDArray[np.float64],
        decimation: int,
        first: int,
        n_pixels: int,
        device: str = "cpu",
        own_power: float = math.inf,
    ) -> None:
        import torch

        self._own_sigma_kms = SPEED_OF_LIGHT_KMS / (FWHM_PER_SIGMA * own_power)
        if rows.ndim != 2 or rows.shape[1] != len(wavelength_aa):
            raise ModelError(f"Spectra of shape {rows.shape} do not fit {len(wavelength_aa)} wavelengths.")
        fine_step = (
            SPEED_OF_LIGHT_KMS * math.log(wavelength_aa[-1] / wavelength_aa[0]) / (len(wavelength_aa) - 1)
        )
        self._n_coarse = _padded_length(math.ceil((len(wavelength_aa) + 300) / decimation))
        self._first, self.n_pixels, self._decimation = first, n_pixels, decimation
        self.step_kms = fine_step * decimation
        self.wavelength_aa = np.asarray(wavelength_aa[::decimation][first : first + n_pixels])
        n_frequencies = self._n_coarse // 2 + 1
        length_kms = self.step_kms * self._n_coarse
        self.frequency = torch.arange(n_frequencies, dtype=torch.float32, device=device) / length_kms
        # Kernels are smooth over many frequencies: computed at every fourth one, linear in between.
        n_coarse_frequencies = math.ceil(n_frequencies / _STRIDE) + 1
        coarse = torch.arange(n_coarse_frequencies, dtype=torch.float32, device=device) * _STRIDE
        self._coarse_frequency = coarse / length_kms
        self._between = torch.arange(_STRIDE, dtype=torch.float32, device=device) / _STRIDE
        self._tables = _transfer_tables(device)
        transformed = _transform(rows, self._n_coarse * decimation, n_frequencies) / decimation
        self.rows = torch.from_numpy(transformed).to(device)  # (n_rows, n_frequencies), complex64

    def gather(self, indices: torch.Tensor) -> torch.Tensor:
        """Return the transforms of single rows, shape (n_spectra, n_frequencies)."""
        return self.rows[indices]

    def combine(self, coefficients: torch.Tensor) -> torch.Tensor:
        """Return the transforms of sums of the first rows, weighted by ``coefficients``.

        Parameters
        ----------
        coefficients : torch.Tensor, shape (n_spectra, n_used)
            Weights of the first ``n_used`` rows.
        """
        import torch

        used = torch.view_as_real(self.rows[: coefficients.shape[1]]).flatten(1)
        product = coefficients @ used
        return torch.view_as_complex(product.reshape(len(coefficients), -1, 2))

    def transform(self, flux: torch.Tensor) -> torch.Tensor:
        """Return the transforms of spectra on the fine grid, as those of the rows, from (n, n_fine)."""
        import torch

        n_padded = round(self._n_coarse * self._decimation)
        return torch.from_numpy(
            _transform(flux.numpy(), n_padded, len(self.frequency)) / np.float32(self._decimation)
        )

    def transfer(self, broadening: BroadeningBatch) -> torch.Tensor:
        """Return the product of all kernels in Fourier space, shape (n_spectra, n_frequencies)."""
        import torch

        frequency = self._coarse_frequency
        sigma = SPEED_OF_LIGHT_KMS / (FWHM_PER_SIGMA * broadening.resolving_power)
        variance = (sigma.square() - self._own_sigma_kms**2).clamp(min=0.0)
        real = torch.exp(-2.0 * math.pi**2 * variance[:, None] * frequency.square())
        if not self._own_sigma_kms:
            real *= torch.special.sinc(broadening.pixel_kms[:, None] * frequency)
        real *= _look_up(self._tables[0], 2 * math.pi * broadening.vsini_kms[:, None] * frequency)
        real *= _look_up(self._tables[1], 2 * math.pi * broadening.macroturbulence_kms[:, None] * frequency)
        phase = -2.0 * math.pi * broadening.velocity_kms[:, None] * frequency
        return self._interpolate(torch.polar(real, phase))

    def _interpolate(self, coarse: torch.Tensor) -> torch.Tensor:
        """Fill in the frequencies between those at which kernels were computed."""
        lower, upper = coarse[:, :-1, None], coarse[:, 1:, None]
        fine = lower + self._between * (upper - lower)
        return fine.flatten(1)[:, : len(self.frequency)]

    def to_pixels(self, transform: torch.Tensor) -> torch.Tensor:
        """Return spectra on the output grid from their transforms, shape (n_spectra, n_pixels)."""
        import torch

        flux = torch.fft.irfft(transform, n=self._n_coarse)
        return flux[:, self._first : self._first + self.n_pixels]

    def white_noise(self, pixel_kms: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
        """Draw the noise that detector pixels of unit sigma leave on the output grid.

        Parameters
        ----------
        pixel_kms : torch.Tensor, shape (n_spectra,)
            Width of the detector's pixels [km/s].
        generator : torch.Generator
            Source of random numbers.

        Returns
        -------
        torch.Tensor, shape (n_spectra, n_frequencies)
            Complex transform: white up to the pixels' Nyquist frequency, empty above it.

        Notes
        -----
        The power per unit frequency of white noise of unit variance in pixels of width p is p, so
        pixels finer than the output step average out and coarser ones give correlated noise.
        """
        import torch

        shape = (len(pixel_kms), len(self.frequency), 2)
        drawn = torch.randn(shape, generator=generator, device=self.frequency.device)
        noise = torch.view_as_complex(drawn)
        power = self._n_coarse * pixel_kms / (2.0 * self.step_kms)
        below = self.frequency[None, :] <= 0.5 / pixel_kms[:, None]
        return noise * (power.sqrt()[:, None] * below)


def _padded_length(n_minimum: int) -> int:
    """Return the next even length whose factors are 2, 3 and 5, quick to transform."""
    length = n_minimum + n_minimum % 2
    while True:
        rest = length
        for prime in (2, 3, 5):
            while rest % prime == 0:
                rest //= prime
        if rest == 1:
            return length
        length += 2


def _transform(rows: NDArray[np.float32], n_padded: int, n_frequencies: int) -> NDArray[np.complex64]:
    n_fine = rows.shape[1]
    ramp = np.arange(1, n_padded - n_fine + 1, dtype=np.float32) / (n_padded - n_fine + 1)
    result = np.empty((len(rows), n_frequencies), dtype=np.complex64)
    for start in range(0, len(rows), 64):  # in blocks: the full transforms would need gigabytes
        block = rows[start : start + 64].astype(np.float32)
        bridge = block[:, -1:] * (1.0 - ramp) + block[:, :1] * ramp
        full = np.fft.rfft(np.concatenate([block, bridge], axis=1), axis=1)
        result[start : start + 64] = full[:, :n_frequencies]
    return result


def _look_up(table: torch.Tensor, argument: torch.Tensor) -> torch.Tensor:
    position = (argument / _TABLE_STEP).clamp(max=_TABLE_SIZE - 1.001)
    index = position.long()
    low = table[index]
    return low + (position - index) * (table[index + 1] - low)


@functools.lru_cache(maxsize=2)
def _transfer_tables(device: str) -> tuple[torch.Tensor, torch.Tensor]:
    import torch

    frequency = np.arange(_TABLE_SIZE) * _TABLE_STEP / (2.0 * np.pi)
    tables = (rotation_transfer(frequency, 1.0), macroturbulence_transfer(frequency, 1.0))
    return tuple(torch.from_numpy(table.astype(np.float32)).to(device) for table in tables)  # type: ignore[return-value]
