"""The most probable spectrum of a `SpectrumBasis` behind noisy pixels: velocity, level, components.

Least squares with a Gaussian prior (Gauss-Newton), for many spectra of one axis at once. A masked pixel
has the weight 0, so that masks, gaps and any sampling need nothing of their own.
"""

from __future__ import annotations

import dataclasses

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray

from spectragui.core.errors import ModelError
from spectragui.networks.basis_on_pixels import N_SMOOTH, BasisOnPixels, Linear, PixelPart, smooth_curves
from spectragui.networks.one_thread_each import one_thread_each
from spectragui.networks.spectrum_basis import TABLE_STEP_KMS, SpectrumBasis
from spectragui.networks.velocity_search import VelocitySearch

#: Spectra at once: the search reads a large table; what the fit makes of each should not grow large.
SEARCH_CHUNK, CHUNK, MOST_VALUES = 128, 16, 3_000_000
COARSE_STEP, N_COARSE_STEPS, N_STEPS = 2, 2, 2
#: Narrow lines are less linear in the velocity: steps more, for components on a grid finer than this [km/s].
SHARP_KMS, N_SHARP_STEPS = 3.0, 3
#: Residuals beyond it [sigma] count less: hits, lines that no star has.
HUBER_SIGMA = 4.0
#: Without a residual beyond it before the last step, weights are as good as final.
CALM_SIGMA = 6.0
#: What ln flux may change by in one step.
LARGEST_STEP = 1.5


@dataclasses.dataclass(frozen=True, eq=False)
class Posterior:
    """What pixels say of the components; rows are spectra.

    The state of a spectrum is (z, ln level, velocity): z of the basis' prior, ln of the level in units of
    the flux that was given, velocity in c ln(lambda / lambda_rest) [km/s].

    Attributes
    ----------
    state : Tensor, shape (n, n_z + 2)
    covariance : Tensor, shape (n, n_z + 2, n_z + 2)
    chi2 : Tensor, shape (n,)
        Reduced.
    velocity_gain : Tensor, shape (n,)
        By how much chi2 is smaller than at the second best velocity.
    flux, level : Tensor, shape (n, n_pixels)
        The spectra of the states, and their continua.
    """

    state: torch.Tensor
    covariance: torch.Tensor
    chi2: torch.Tensor
    velocity_gain: torch.Tensor
    flux: torch.Tensor
    level: torch.Tensor


class PosteriorSolver(BasisOnPixels):
    """Finds the most probable states behind pixels of one axis; see `BasisOnPixels` for its parameters."""

    def __init__(
        self, basis: SpectrumBasis, wavelength_aa: ArrayLike, device: str = "cpu", free_level: float = 0.0
    ) -> None:
        super().__init__(basis, wavelength_aa, device, free_level)
        self._coarse = self._part(COARSE_STEP)
        prior = np.ones(self.n_z + 2)
        prior[-2:] = 1e-6
        self.prior = torch.as_tensor(prior, device=device)
        self._search: VelocitySearch | None = None

    @property
    def n_bytes(self) -> int:
        """What it takes, the table of the velocity search included once there is one."""
        own = self.table.nbytes + self.basis.lines.nbytes + 3 * self._level.nbytes  # the parts are copies
        return own + (0 if self._search is None else self._search.n_bytes)

    def solve(
        self, flux: torch.Tensor, weight: torch.Tensor, shift_kms: ArrayLike | None = None
    ) -> Posterior:
        """Return the most probable states of spectra and their covariances.

        Parameters
        ----------
        flux : Tensor, shape (n, n_pixels)
            Per frequency, of about unit size.
        weight : Tensor, shape (n, n_pixels)
            Inverse variances, 0 = masked.
        shift_kms : array_like, shape (n,), optional
            c ln(lambda / lambda_rest), if the velocity is known; else searched for.
        """
        told = None if shift_kms is None else np.asarray(shift_kms)
        starts = range(0, len(flux), SEARCH_CHUNK)
        found = self._empty(flux)
        n_threads = min(torch.get_num_threads(), len(starts)) if flux.device.type == "cpu" else 1
        if n_threads < 2:
            for start in starts:
                self._solve_some(flux, weight, told, start, found)
        else:
            self.search(flux[:1], weight[:1])  # made once, before several use it
            with one_thread_each(n_threads) as pool:
                list(pool.map(lambda start: self._solve_some(flux, weight, told, start, found), starts))
        return found

    def _empty(self, flux: torch.Tensor) -> Posterior:
        """Return memory for the posterior of spectra."""
        n, n_state = len(flux), self.n_z + 2
        one = torch.empty(n, device=flux.device)
        covariance = torch.empty(n, n_state, n_state, dtype=torch.float64, device=flux.device)
        pixels = torch.empty_like(flux), torch.empty_like(flux)
        state = torch.empty(n, n_state, device=flux.device)
        return Posterior(state, covariance, one, torch.empty_like(one), *pixels)

    def _solve_some(
        self,
        flux: torch.Tensor,
        weight: torch.Tensor,
        told: NDArray[np.float64] | None,
        start: int,
        found: Posterior,
    ) -> None:
        """Solve one chunk of the search, in pieces that stay in the processor's cache, into ``found``."""
        chunk = slice(start, start + SEARCH_CHUNK)
        z, shift, found.velocity_gain[chunk] = self.search(flux[chunk], weight[chunk])
        if told is not None:
            shift = self._tensor(told[chunk])
        found.state[chunk] = torch.cat([z, torch.zeros_like(shift)[:, None], shift[:, None]], dim=1)
        n_columns = self.table.shape[1]
        n = max(min(CHUNK, len(z), MOST_VALUES // (flux.shape[1] * n_columns)), 1)
        memory = self._coarse.rows(n, n_columns), self._whole.rows(n, n_columns)
        for first in range(start, start + len(z), n):
            rows = slice(first, min(first + n, start + len(z)))
            self._solve(flux[rows], weight[rows], found, rows, memory, is_told=told is not None)

    def _solve(
        self,
        flux: torch.Tensor,
        weight: torch.Tensor,
        found: Posterior,
        own: slice,
        memory: tuple[torch.Tensor, torch.Tensor],
        *,
        is_told: bool,
    ) -> None:
        """Go from starts to the most probable states: first on a part of the pixels, then robustly on all."""
        hessian = root = rows = at = size = torch.empty(0)
        state = found.state[own].clone()
        is_sharp = self.basis.dv_kms < SHARP_KMS
        more = N_SHARP_STEPS if is_sharp else 0
        stages = (self._coarse, N_COARSE_STEPS + more), (self._whole, N_STEPS + more)
        for (part, n_steps), own_memory in zip(stages, memory, strict=True):
            pixels, pixel_weight = (one[:, part.pixels].contiguous() for one in (flux, weight))
            at = state[:, -1]
            rows = self._rows(at, part, own_memory)
            # Where lines are narrow the search knows the velocity better than the first steps.
            is_held = is_told or (is_sharp and part is self._coarse)
            is_moving = torch.ones(len(state), dtype=torch.bool, device=state.device)
            for number in range(n_steps):
                if not is_moving.any():
                    break
                line = self._linear(state, rows, at, part)
                if part is self._coarse and number == 0:
                    line = _at_level_of(line, state, pixels, pixel_weight)
                residual = pixels - line.model
                robust = pixel_weight
                if part is self._whole:
                    size = pixel_weight.sqrt().mul_(residual).abs_()
                    robust = pixel_weight * (HUBER_SIGMA / size.clamp(min=1e-6)).clamp_(max=1.0)
                if number == 0 or is_sharp:
                    # Weights that grow as residuals shrink need the Hessian that goes with them.
                    hessian = self._hessian(line, robust, part)
                    root = _root_of(self._without_shift(hessian) if is_held else hessian)
                gradient = self._gradient(line, residual.mul_(robust), state, part)
                if is_held:
                    gradient[:, -1] = 0.0
                step = _short(torch.cholesky_solve(gradient[:, :, None], root)[:, :, 0].float())
                state = state + step * is_moving[:, None]
                if part is self._whole and not is_sharp:
                    is_moving = size.amax(dim=1) >= CALM_SIGMA  # else weights of pixels hardly change
        line = self._linear(state, rows, at, self._whole)
        n_good = (weight > 0).sum(dim=1).clamp(min=1)
        found.chi2[own] = (flux - line.model).square_().mul_(weight).sum(dim=1) / n_good
        covariance = torch.cholesky_inverse(_root_of(hessian) if is_told else root)
        found.state[own], found.covariance[own] = state, covariance
        found.flux[own], found.level[own] = line.model, line.factor

    def _hessian(self, line: Linear, weight: torch.Tensor, part: PixelPart) -> torch.Tensor:
        """Return the Hessian of chi2 / 2 by states; float64."""
        raw = self._hessian_by_raw(line, weight, part)
        return self.whole_factor.T @ raw @ self.whole_factor + torch.diag(self.prior)

    def _gradient(
        self, line: Linear, pull: torch.Tensor, state: torch.Tensor, part: PixelPart
    ) -> torch.Tensor:
        raw = self._gradient_by_raw(line, pull, part)
        return raw @ self.whole_factor - self.prior * state.double()

    def _without_shift(self, hessian: torch.Tensor) -> torch.Tensor:
        """Return a Hessian whose solutions leave the shift alone."""
        fixed = hessian.clone()
        fixed[:, -1, :] = fixed[:, :, -1] = 0.0
        fixed[:, -1, -1] = 1.0
        return fixed

    def search(
        self, flux: torch.Tensor, weight: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Return z of the best template, its shift [km/s] and how much better it is than the next."""
        known = self._tensor(self.basis.templates)
        templates = torch.zeros(len(known), self.n_z, device=self.device)
        templates[:, : known.shape[1]] = known
        if self._search is None:
            lines, _ = self.components(templates)
            table = self.table[:, :1] + self.table[:, 1:] @ lines.T
            smooth = self._tensor(smooth_curves(self.wavelength_aa, N_SMOOTH, with_constant=True))
            pixel_kms = -0.5 * float(self._whole.spacing_kms.median())
            self._search = VelocitySearch(table, self.place, TABLE_STEP_KMS, pixel_kms, smooth)
        template, shift, gain = self._search(flux, weight)
        if self.basis.dv_kms < SHARP_KMS:
            template, shift = self._search.refined(flux, weight, shift)
        return templates[template], shift, gain


def _at_level_of(line: Linear, state: torch.Tensor, flux: torch.Tensor, weight: torch.Tensor) -> Linear:
    """Return spectra brought to the level of the flux that was given; the states are changed likewise."""
    model = line.model
    ratio = (model * flux * weight).sum(dim=1) / (model.square() * weight).sum(dim=1)
    ratio = ratio.clamp(min=1e-3)[:, None]
    state[:, -2:-1] += ratio.log()
    return Linear(line.rows, model * ratio, line.factor * ratio, line.slope * ratio)


def _short(step: torch.Tensor) -> torch.Tensor:
    """Return steps no longer than the model is nearly linear for."""
    step[:, :-2] = step[:, :-2].clamp(-6.0, 6.0)
    step[:, -2] = step[:, -2].clamp(-LARGEST_STEP, LARGEST_STEP)
    step[:, -1] = step[:, -1].clamp(-40.0, 40.0)
    return step


def _root_of(matrix: torch.Tensor) -> torch.Tensor:
    """Return the Cholesky roots of matrices (n, k, k); nearly singular ones are damped.

    Raises
    ------
    ModelError
        If there is no solution: the spectrum's numbers are not those of a spectrum.
    """
    root, fault = torch.linalg.cholesky_ex(matrix)
    if fault.any():
        diagonal = torch.diagonal(matrix, dim1=-2, dim2=-1)
        root, fault = torch.linalg.cholesky_ex(matrix + torch.diag_embed(1e-6 * diagonal.abs()))
    if fault.any() or not torch.isfinite(root.sum()):
        raise ModelError(
            "The spectrum cannot be denoised: no spectrum of a star comes near its fluxes and errors.",
            "Look at its errors and masks; a few very small errors are enough.",
        )
    return root
