"""The grid that parameter networks see, and the one normalisation of data and training spectra.

`InputGrid.normalise` works on numpy arrays and on torch tensors alike: what a network is trained
on and what it is given later come out of the same lines.
"""

from __future__ import annotations

import dataclasses
import functools
import math
from collections.abc import Sequence
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from spectragui.core.errors import ModelError
from spectragui.core.spectral_axis import SPEED_OF_LIGHT_KMS

ArrayOrTensor = TypeVar("ArrayOrTensor", bound=Any)


@dataclasses.dataclass(frozen=True)
class InputGrid:
    """A wavelength grid of constant velocity step, and how flux on it is normalised.

    Attributes
    ----------
    start_aa : float
        First wavelength, air, rest frame [Angstrom].
    step_kms : float
        Step [km/s].
    n_pixels : int
        Pixels; a multiple of ``bin_pixels``.
    mean_width_kms : float
        Sigma of the Gaussian running mean that flux is divided by [km/s].
    bin_pixels : int
        The running mean is computed on bins of so many pixels, linear in between.
    """

    start_aa: float
    step_kms: float
    n_pixels: int
    mean_width_kms: float
    bin_pixels: int = 16

    def __post_init__(self) -> None:
        if self.n_pixels % self.bin_pixels:
            raise ModelError(f"{self.n_pixels} pixels are not whole bins of {self.bin_pixels}.")

    @classmethod
    def inside(
        cls,
        wavelength_aa: NDArray[np.float64],
        decimation: int,
        low_aa: float,
        high_aa: float,
        multiple_of: int = 128,
        n_pixels: int = 0,
        **settings: Any,
    ) -> tuple[InputGrid, int]:
        """Return the grid of every ``decimation``-th wavelength inside a window, and its first index.

        Parameters
        ----------
        wavelength_aa : ndarray, shape (n_fine,)
            Fine grid, constant in ln(wavelength) [Angstrom].
        decimation : int
            Step of the result in fine steps.
        low_aa, high_aa : float
            Window [Angstrom].
        multiple_of : int
            The number of pixels is a multiple of this (chunks of a network).
        n_pixels : int
            Exactly so many, from the start; 0 = as many as fit.
        **settings : float
            ``mean_width_kms`` and ``bin_pixels``.

        Returns
        -------
        InputGrid, int
            The grid, and the index of its first pixel in ``wavelength_aa[::decimation]``.
        """
        coarse = wavelength_aa[::decimation]
        first = int(np.searchsorted(coarse, low_aa - 1e-6))
        fine_step = (
            SPEED_OF_LIGHT_KMS * math.log(wavelength_aa[-1] / wavelength_aa[0]) / (len(wavelength_aa) - 1)
        )
        most = int(np.searchsorted(coarse, high_aa) - first)
        if n_pixels > most:
            raise ModelError(
                f"The window has {most} pixels of {fine_step * decimation:.1f} km/s, not {n_pixels}.",
                "Ask for fewer, or for a smaller decimation.",
            )
        if n_pixels:
            wanted = settings.get("bin_pixels", 16)
            settings["bin_pixels"] = max(n for n in range(1, wanted + 1) if n_pixels % n == 0)
        n_pixels = n_pixels or most - most % multiple_of
        return cls(float(coarse[first]), fine_step * decimation, n_pixels, **settings), first

    @functools.cached_property
    def wavelength_aa(self) -> NDArray[np.float64]:
        """Wavelengths of the pixels, air, rest frame, shape (n_pixels,) [Angstrom]."""
        return np.asarray(
            self.start_aa * np.exp(np.arange(self.n_pixels) * self.step_kms / SPEED_OF_LIGHT_KMS)
        )

    @functools.cached_property
    def edges_aa(self) -> NDArray[np.float64]:
        """Edges of the pixels, shape (n_pixels + 1,) [Angstrom]."""
        steps = np.arange(self.n_pixels + 1) - 0.5
        return np.asarray(self.start_aa * np.exp(steps * self.step_kms / SPEED_OF_LIGHT_KMS))

    @functools.cached_property
    def half_steps_aa(self) -> NDArray[np.float64]:
        """Wavelengths on half steps, one before the first pixel and up to the last, (2 n_pixels + 1,) [A]."""
        steps = np.arange(-1, 2 * self.n_pixels) * 0.5 * self.step_kms
        return np.asarray(self.start_aa * np.exp(steps / SPEED_OF_LIGHT_KMS))

    def outside(self, gaps_aa: Sequence[tuple[float, float]]) -> NDArray[np.float32]:
        """Return 1 for pixels outside of all gaps [Angstrom], 0 inside, shape (n_pixels,)."""
        wave = self.wavelength_aa
        inside = np.zeros(self.n_pixels, dtype=bool)
        for low, high in gaps_aa:
            inside |= (wave > low) & (wave < high)
        return (~inside).astype(np.float32)

    def normalise(self, flux: ArrayOrTensor, is_used: ArrayOrTensor) -> ArrayOrTensor:
        """Divide spectra by their own running mean and take one off.

        Parameters
        ----------
        flux : ndarray or torch.Tensor, shape (n_spectra, n_pixels), float32
            Any scale; unused pixels must be finite.
        is_used : ndarray or torch.Tensor, shape (n_spectra, n_pixels), float32
            1 = used, 0 = masked or not observed.

        Returns
        -------
        ndarray or torch.Tensor, shape (n_spectra, n_pixels), float32
            flux / running mean - 1; 0 where not used.
        """
        kernel, _ = self._tools(flux)
        n_spectra = flux.shape[0]
        shape = (n_spectra, self.n_pixels // self.bin_pixels, self.bin_pixels)
        sums = (flux * is_used).reshape(shape).sum(-1)
        weights = is_used.reshape(shape).sum(-1)
        mean = (sums @ kernel) / (weights @ kernel + 1e-6)
        # A floor, so that noise around zero or a gap never makes a division by nearly nothing.
        floor = 0.05 * abs(sums).sum(-1) / (weights.sum(-1) + 1e-6) + 1e-12
        mean = mean.clip(floor[:, None])
        return (flux / self.interpolate_bins(mean) - 1.0) * is_used

    def normalise_pixels(
        self,
        flux: NDArray[np.float64],
        left: NDArray[np.float64],
        right: NDArray[np.float64],
        share: NDArray[np.float64],
    ) -> NDArray[np.float64]:
        """Do the same with pixels of any width.

        Parameters
        ----------
        flux, left, right, share : ndarray, shape (n_pixels,)
            Flux of any scale, edges of its pixels in steps of the grid (0 = where it begins), and what
            part of the place is theirs.

        Returns
        -------
        ndarray, shape (n_pixels,)
            flux / running mean - 1.
        """
        n_bins = self.n_pixels // self.bin_pixels
        centre, width = 0.5 * (left + right) / self.bin_pixels, (right - left) * share
        place = np.clip(centre.astype(int), 0, n_bins - 1)
        sums = np.bincount(place, flux * width, n_bins)
        weights = np.bincount(place, width, n_bins)
        kernel = _smoothing_tools(n_bins, self.bin_pixels, self.mean_width_kms / self.step_kms)[0]
        mean = (sums @ kernel) / (weights @ kernel + 1e-6)
        mean = mean.clip(0.05 * np.abs(sums).sum() / (weights.sum() + 1e-6) + 1e-12)
        return np.asarray(flux / np.interp(centre, np.arange(n_bins) + 0.5, mean) - 1.0)

    def interpolate_bins(self, values: ArrayOrTensor) -> ArrayOrTensor:
        """Interpolate values at the centres of the bins linearly to all pixels.

        Parameters
        ----------
        values : ndarray or torch.Tensor, shape (n_spectra, n_bins)

        Returns
        -------
        ndarray or torch.Tensor, shape (n_spectra, n_pixels)
        """
        _, sides = self._tools(values)
        fine = (_neighbours(values) @ sides).reshape(values.shape[0], -1)
        half = self.bin_pixels // 2
        return fine[:, half : half + self.n_pixels]  # type: ignore[no-any-return]

    def _tools(self, like: Any) -> tuple[Any, Any]:
        """Return the smoothing matrix and the weights of linear interpolation, as ``like``."""
        tools = _smoothing_tools(
            self.n_pixels // self.bin_pixels, self.bin_pixels, self.mean_width_kms / self.step_kms
        )
        if isinstance(like, np.ndarray):
            return tools
        import torch

        # On a CPU the same memory: of a thousand bins the matrix is as large as a batch of spectra.
        return tuple(torch.as_tensor(one, dtype=like.dtype, device=like.device) for one in tools)  # type: ignore[return-value]


def _neighbours(values: Any) -> Any:
    """Return each value with the next one, the ends repeated, shape (n_spectra, n_bins + 1, 2)."""
    if isinstance(values, np.ndarray):
        padded = np.concatenate([values[:, :1], values, values[:, -1:]], axis=1)
        return np.stack([padded[:, :-1], padded[:, 1:]], axis=-1)
    import torch

    longer = torch.cat([values[:, :1], values, values[:, -1:]], dim=1)
    return torch.stack([longer[:, :-1], longer[:, 1:]], dim=-1)


@functools.lru_cache(maxsize=8)
def _smoothing_tools(n_bins: int, n_in_bin: int, width_pix: float) -> tuple[Any, Any]:
    centres = (np.arange(n_bins) + 0.5) * n_in_bin
    kernel = np.exp(-0.5 * ((centres[:, None] - centres) / width_pix) ** 2)
    kernel[kernel < 1e-12] = 0.0  # denormal numbers would make products a hundred times slower
    right = (np.arange(n_in_bin) + 0.5) / n_in_bin
    sides = np.stack([1.0 - right, right])
    return kernel.astype(np.float32), sides.astype(np.float32)
