"""`BasisOnPixels`: the spectra of a `SpectrumBasis` on the pixels of one axis, and their derivatives.

What is as large as the components on all pixels is made for one spectrum after another and written into
memory that is there already, so that it stays in the processor's cache: most of the time goes there.
"""

from __future__ import annotations

import dataclasses

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray

from spectragui.core.spectral_axis import SPEED_OF_LIGHT_KMS
from spectragui.networks.spectrum_basis import TABLE_STEP_KMS, SpectrumBasis

N_SMOOTH = 4


@dataclasses.dataclass(frozen=True, eq=False)
class Linear:
    """Spectra about their states: rows of the table, the model, its continuum, its slope by the shift."""

    rows: torch.Tensor
    model: torch.Tensor
    factor: torch.Tensor
    slope: torch.Tensor


@dataclasses.dataclass(frozen=True, eq=False)
class PixelPart:
    """Every ``step``-th pixel.

    Attributes
    ----------
    step : int
    pixels : slice
    place : Tensor of int, shape (n_pixels,)
        In the table.
    spacing_kms : Tensor, shape (n_pixels,)
        Two steps, negative.
    level_mean : Tensor, shape (n_pixels,)
    level : Tensor, shape (n_pixels, n_level + 1)
        Components of the level, and 1 for ln level.
    """

    step: int
    pixels: slice
    place: torch.Tensor
    spacing_kms: torch.Tensor
    level_mean: torch.Tensor
    level: torch.Tensor

    def rows(self, n_spectra: int, n_columns: int) -> torch.Tensor:
        """Return memory for the rows of the table that the pixels of some spectra take."""
        size = n_spectra, self.place.numel(), n_columns
        return torch.empty(size, device=self.place.device)


class BasisOnPixels:
    """A `SpectrumBasis` on the pixels of one axis.

    The state of a spectrum is (z, ln level, velocity), see `Posterior`.

    Parameters
    ----------
    basis : SpectrumBasis
    wavelength_aa : array_like, shape (n_pixels,)
        Vacuum, ascending.
    device : str
    free_level : float
        Width of the prior of an additional smooth factor, for spectra whose flux is not calibrated.
    """

    def __init__(
        self, basis: SpectrumBasis, wavelength_aa: ArrayLike, device: str = "cpu", free_level: float = 0.0
    ) -> None:
        wavelength = np.asarray(wavelength_aa, dtype=np.float64)
        self.basis = basis
        self.device = device
        self.wavelength_aa = wavelength
        self.table = self._tensor(basis.averaged_lines(wavelength))
        level = basis.level_at(wavelength)
        self.n_free = 0
        if free_level > 0:
            self.n_free = N_SMOOTH
            level = np.concatenate([level, smooth_curves(wavelength, self.n_free)], axis=1)
        place = np.log(wavelength / basis.start_aa) * SPEED_OF_LIGHT_KMS / TABLE_STEP_KMS
        self.place = torch.as_tensor(np.rint(place).astype(np.int64), device=device)
        self._level = self._tensor(level)
        self._whole = self._part(1)
        n_z = basis.n_lines + basis.n_level
        self.n_z = n_z + self.n_free
        mean, factor = np.zeros(self.n_z), np.zeros((self.n_z, self.n_z))
        mean[:n_z], factor[:n_z, :n_z] = basis.prior_mean, basis.prior_factor
        factor[range(n_z, self.n_z), range(n_z, self.n_z)] = free_level
        self.mean, self.factor = self._tensor(mean), self._tensor(factor)
        whole = np.eye(self.n_z + 2)
        whole[: self.n_z, : self.n_z] = factor
        self.whole_factor = torch.as_tensor(whole, device=device)
        # (1, a) and (c, ln level) of (z, ln level): what rows of the table and the level are multiplied with.
        self._raw_mean = torch.cat([self._tensor(np.ones(1)), self.mean, self._tensor(np.zeros(1))])
        self._raw_factor = torch.cat(
            [torch.zeros(self.n_z + 1, 1, device=device), self.whole_factor[:-1, :-1].float().T], dim=1
        ).contiguous()

    def _part(self, step: int) -> PixelPart:
        """Return every ``step``-th pixel."""
        pixels = slice(None, None, step)
        logarithm = self._tensor(np.log(self.wavelength_aa[pixels] / self.wavelength_aa[0]))
        spacing = differences(logarithm[None])[0] * -SPEED_OF_LIGHT_KMS
        level = self._level[pixels].clone()
        mean = level[:, 0].clone()
        level = torch.cat([level[:, 1:], torch.ones_like(level[:, :1])], dim=1)
        return PixelPart(step, pixels, self.place[pixels].contiguous(), spacing, mean, level)

    def _tensor(self, values: NDArray[np.floating]) -> torch.Tensor:
        return torch.as_tensor(np.asarray(values, dtype=np.float32), device=self.device)

    def reaches(self, shift_kms: float) -> NDArray[np.bool_]:
        """Return which pixels the basis' lines reach at a shift, shape (n_pixels,)."""
        rows = self.place.cpu().numpy() - int(round(shift_kms / TABLE_STEP_KMS))
        return np.asarray((rows >= 0) & (rows < len(self.table)))

    def components(self, state: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Return a (n, n_lines) and c (n, n_level) of states."""
        both = self.mean + state[:, : self.n_z] @ self.factor.T
        return both[:, : self.basis.n_lines], both[:, self.basis.n_lines :]

    def flux(self, state: torch.Tensor) -> torch.Tensor:
        """Return the noiseless spectra of states, shape (n, n_pixels)."""
        return self._at(state).model

    def continuum(self, state: torch.Tensor) -> torch.Tensor:
        """Return the continua of states: the spectra without their lines, shape (n, n_pixels)."""
        return self._levels(self._raw(state), self._whole)

    def jacobian(self, state: torch.Tensor) -> torch.Tensor:
        """Return the derivatives of the spectra by their states, shape (n, n_pixels, n_z + 2)."""
        return self._by_raw(self._at(state)) @ self.whole_factor.float()

    def factors(self, state: torch.Tensor, roots: torch.Tensor) -> torch.Tensor:
        """Return jacobian @ roots, shape (n, n_pixels, k), for roots (n, n_z + 2, k) of covariances."""
        return self._by_raw(self._at(state)) @ (self.whole_factor.float() @ roots)

    def _at(self, state: torch.Tensor) -> Linear:
        rows = self._whole.rows(len(state), self.table.shape[1])
        return self._linear(state, self._rows(state[:, -1], self._whole, rows), state[:, -1], self._whole)

    def _raw(self, state: torch.Tensor) -> torch.Tensor:
        """Return (1, a, c, ln level) of states, shape (n, n_z + 2)."""
        return torch.addmm(self._raw_mean, state[:, :-1], self._raw_factor)

    def _rows(self, shift: torch.Tensor, part: PixelPart, memory: torch.Tensor) -> torch.Tensor:
        """Return the rows of the table at shifts, in memory for at least as many spectra."""
        moved = torch.round(shift / TABLE_STEP_KMS).long()
        index = (part.place[None] - moved[:, None]).clamp_(0, len(self.table) - 1)
        for own, into in zip(index, memory, strict=False):
            torch.index_select(self.table, 0, own, out=into)
        return memory[: len(index)]

    def _levels(self, raw: torch.Tensor, part: PixelPart) -> torch.Tensor:
        logarithm = torch.addmm(part.level_mean, raw[:, 1 + self.basis.n_lines :], part.level.T)
        return logarithm.clamp_(-20.0, 20.0).exp_()

    def _linear(self, state: torch.Tensor, rows: torch.Tensor, at: torch.Tensor, part: PixelPart) -> Linear:
        """Return the spectra of states about rows of the table that were taken at the shifts ``at``."""
        raw = self._raw(state)
        normalised = torch.empty(rows.shape[:2], device=rows.device)
        # One product a spectrum: a batch of products of matrix and vector is seven times slower.
        for own, values, into in zip(rows, raw[:, : rows.shape[2]].contiguous(), normalised, strict=True):
            torch.mv(own, values, out=into)
        slope = differences(normalised).div_(part.spacing_kms)
        nearest = torch.round(at / TABLE_STEP_KMS).mul_(TABLE_STEP_KMS)
        normalised.addcmul_(slope, (state[:, -1] - nearest)[:, None])
        factor = self._levels(raw, part)
        return Linear(rows, normalised.mul_(factor), factor, slope.mul_(factor))

    def _hessian_by_raw(self, line: Linear, weight: torch.Tensor, part: PixelPart) -> torch.Tensor:
        """Return the Hessian of chi2 / 2 by (a, c, ln level, shift), shape (n, n_z + 2, n_z + 2); float64.

        Notes
        -----
        Neighbours have nearly the same derivatives: those of every second pixel count, with both weights.
        """
        both = weight[:, ::2].clone()
        both[:, : weight.shape[1] // 2] += weight[:, 1::2]
        root = both.sqrt_()
        model, factor, slope = (one[:, ::2] * root for one in (line.model, line.factor, line.slope))
        n_lines, level = self.basis.n_lines, part.level[::2]
        found = torch.empty(len(root), self.n_z + 2, self.n_z + 2, device=root.device)
        scaled = torch.empty(root.shape[1], self.n_z + 2, device=root.device)
        for k, own in enumerate(line.rows[:, ::2, 1:]):
            torch.mul(own, factor[k, :, None], out=scaled[:, :n_lines])
            torch.mul(level, model[k, :, None], out=scaled[:, n_lines:-1])
            scaled[:, -1] = slope[k]
            torch.mm(scaled.T, scaled, out=found[k])
        return found.double().mul_(part.step)

    def _gradient_by_raw(self, line: Linear, pull: torch.Tensor, part: PixelPart) -> torch.Tensor:
        """Return sums of pulls times derivatives by (a, c, ln level, shift), shape (n, n_z + 2); float64."""
        by_lines = ((pull * line.factor)[:, None, :] @ line.rows)[:, 0, 1:]
        by_level = (pull * line.model) @ part.level
        by_shift = (pull * line.slope).sum(dim=1, keepdim=True)
        return torch.cat([by_lines, by_level, by_shift], dim=1).double().mul_(part.step)

    def _by_raw(self, line: Linear) -> torch.Tensor:
        """Return the derivatives by (a, c, ln level, shift), shape (n, n_pixels, n_z + 2)."""
        n_lines = self.basis.n_lines
        found = torch.empty(*line.model.shape, self.n_z + 2, device=self.device)
        torch.mul(line.rows[:, :, 1:], line.factor[:, :, None], out=found[:, :, :n_lines])
        torch.mul(self._whole.level, line.model[:, :, None], out=found[:, :, n_lines:-1])
        found[:, :, -1] = line.slope
        return found


def differences(values: torch.Tensor) -> torch.Tensor:
    """Return the differences of the pixels after and before each, (n, n_pixels); ends are doubled."""
    found = torch.empty_like(values)
    torch.sub(values[:, 2:], values[:, :-2], out=found[:, 1:-1])
    found[:, 0], found[:, -1] = 2.0 * (values[:, 1] - values[:, 0]), 2.0 * (values[:, -1] - values[:, -2])
    return found


def smooth_curves(
    wavelength_aa: NDArray[np.float64], degree: int, *, with_constant: bool = False
) -> NDArray[np.float32]:
    """Return Legendre polynomials along an axis, shape (n_pixels, degree [+ 1])."""
    place = 2.0 * (wavelength_aa - wavelength_aa[0]) / (wavelength_aa[-1] - wavelength_aa[0]) - 1.0
    curves = np.polynomial.legendre.legvander(place, degree)
    return np.asarray(curves if with_constant else curves[:, 1:], dtype=np.float32)
