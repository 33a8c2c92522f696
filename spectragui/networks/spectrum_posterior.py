"""The most probable spectrum of a `SpectrumBasis` behind noisy pixels: velocity, level, components.

Least squares with a Gaussian prior (Gauss-Newton), for many spectra of one axis at once. A masked pixel
has the weight 0, so that masks, gaps and any sampling need nothing of their own.
"""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray

from spectragui.core.errors import ModelError
from spectragui.core.spectral_axis import SPEED_OF_LIGHT_KMS
from spectragui.networks.spectrum_basis import TABLE_STEP_KMS, SpectrumBasis
from spectragui.networks.velocity_search import VelocitySearch

#: Spectra at once: the search reads a large table, the fit should stay in the processor's cache.
SEARCH_CHUNK, CHUNK = 64, 8
COARSE_STEP, N_COARSE_STEPS, N_STEPS = 2, 2, 2
#: Narrow lines are less linear in the velocity: steps more, for components on a grid finer than this [km/s].
SHARP_KMS, N_SHARP_STEPS = 3.0, 3
#: Residuals beyond it [sigma] count less: hits, lines that no star has.
HUBER_SIGMA = 4.0
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


@dataclasses.dataclass(frozen=True, eq=False)
class _Linear:
    """Spectra about their states: rows of the table, the model, its continuum, its slope by the shift."""

    rows: torch.Tensor
    model: torch.Tensor
    factor: torch.Tensor
    slope: torch.Tensor


@dataclasses.dataclass(frozen=True, eq=False)
class _Part:
    """Some of the pixels: every ``step``-th, their levels, places in the table, two steps [-km/s]."""

    step: int
    pixels: slice
    level: torch.Tensor
    place: torch.Tensor
    spacing_kms: torch.Tensor


class PosteriorSolver:
    """A `SpectrumBasis` on the pixels of one axis.

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
            self.n_free = 4
            level = np.concatenate([level, _smooth(wavelength, self.n_free)], axis=1)
        self.level = self._tensor(level)
        place = np.log(wavelength / basis.start_aa) * SPEED_OF_LIGHT_KMS / TABLE_STEP_KMS
        self.place = torch.as_tensor(np.rint(place).astype(np.int64), device=device)
        self._whole, self._coarse = self._part(1), self._part(COARSE_STEP)
        n_z = basis.n_lines + basis.n_level
        mean, factor = np.zeros(n_z + self.n_free), np.zeros((n_z + self.n_free,) * 2)
        mean[:n_z], factor[:n_z, :n_z] = basis.prior_mean, basis.prior_factor
        factor[range(n_z, n_z + self.n_free), range(n_z, n_z + self.n_free)] = free_level
        self.n_z = n_z + self.n_free
        self.mean, self.factor = self._tensor(mean), self._tensor(factor)
        whole = np.eye(self.n_z + 2)
        whole[: self.n_z, : self.n_z] = factor
        self.whole_factor = torch.as_tensor(whole, device=device)
        prior = np.ones(self.n_z + 2)
        prior[-2:] = 1e-6
        self.prior = torch.as_tensor(prior, device=device)
        self._search: VelocitySearch | None = None

    def _part(self, step: int) -> _Part:
        """Return every ``step``-th pixel."""
        pixels = slice(None, None, step)
        logarithm = self._tensor(np.log(self.wavelength_aa[pixels] / self.wavelength_aa[0]))
        spacing = _differences(logarithm[None])[0] * -SPEED_OF_LIGHT_KMS
        return _Part(step, pixels, self.level[pixels].contiguous(), self.place[pixels], spacing)

    def _tensor(self, values: NDArray[np.floating]) -> torch.Tensor:
        return torch.as_tensor(np.asarray(values, dtype=np.float32), device=self.device)

    def reaches(self, shift_kms: float) -> NDArray[np.bool_]:
        """Return which pixels the basis' lines reach at a shift, shape (n_pixels,)."""
        rows = self.place.cpu().numpy() - int(round(shift_kms / TABLE_STEP_KMS))
        return np.asarray((rows >= 0) & (rows < len(self.table)))

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
        n_threads = min(torch.get_num_threads(), len(starts)) if flux.device.type == "cpu" else 1
        if n_threads < 2:
            found = [self._solve_some(flux, weight, told, start) for start in starts]
        else:
            self.search(flux[:1], weight[:1])  # made once, before several use it
            with one_thread_each(n_threads) as pool:
                found = list(pool.map(lambda start: self._solve_some(flux, weight, told, start), starts))
        parts = [one for some in found for one in some]
        names = [field.name for field in dataclasses.fields(Posterior)]
        return Posterior(*(torch.cat([getattr(part, name) for part in parts]) for name in names))

    def _solve_some(
        self, flux: torch.Tensor, weight: torch.Tensor, told: NDArray[np.float64] | None, start: int
    ) -> list[Posterior]:
        """Solve one chunk of the search, in pieces that stay in the processor's cache."""
        chunk = slice(start, start + SEARCH_CHUNK)
        z, shift, gain = self.search(flux[chunk], weight[chunk])
        if told is not None:
            shift = self._tensor(told[chunk])
        state = torch.cat([z, torch.zeros_like(shift)[:, None], shift[:, None]], dim=1)
        parts = []
        for first in range(0, len(state), CHUNK):
            own = slice(first, first + CHUNK)
            rows = slice(start + first, start + first + len(state[own]))
            arrays = flux[rows], weight[rows], state[own], gain[own]
            parts.append(self._solve(*arrays, is_told=told is not None))
        return parts

    def _solve(
        self,
        flux: torch.Tensor,
        weight: torch.Tensor,
        state: torch.Tensor,
        gain: torch.Tensor,
        *,
        is_told: bool,
    ) -> Posterior:
        """Go from a start to the most probable state: first on a part of the pixels, then robustly on all."""
        hessian = root = rows = at = torch.empty(0)
        is_sharp = self.basis.dv_kms < SHARP_KMS
        more = N_SHARP_STEPS if is_sharp else 0
        for part, n_steps in ((self._coarse, N_COARSE_STEPS + more), (self._whole, N_STEPS + more)):
            pixels, pixel_weight = flux[:, part.pixels], weight[:, part.pixels]
            at = state[:, -1]
            rows = self._rows(at, part)
            # Where lines are narrow the search knows the velocity better than the first steps.
            is_held = is_told or (is_sharp and part is self._coarse)
            if part is self._coarse:
                state[:, -2] = self._log_level(state, rows, pixels, pixel_weight, part)
            for number in range(n_steps):
                line = self._linear(state, rows, at, part)
                residual = pixels - line.model
                robust = pixel_weight
                if part is self._whole:
                    size = (residual * pixel_weight.sqrt()).abs()
                    robust = pixel_weight * torch.clamp(HUBER_SIGMA / size.clamp(min=1e-6), max=1.0)
                if number == 0 or is_sharp:
                    # Weights that grow as residuals shrink need the Hessian that goes with them.
                    hessian = self._hessian(line, robust, part)
                    root = _root_of(self._without_shift(hessian) if is_held else hessian)
                gradient = self._gradient(line, robust * residual, state, part)
                if is_held:
                    gradient[:, -1] = 0.0
                state = state + _short(torch.cholesky_solve(gradient[:, :, None], root)[:, :, 0].float())
        line = self._linear(state, rows, at, self._whole)
        chi2 = ((flux - line.model).square() * weight).sum(dim=1) / (weight > 0).sum(dim=1).clamp(min=1)
        covariance = torch.cholesky_inverse(_root_of(hessian) if is_told else root)
        return Posterior(state, covariance, chi2, gain, line.model, line.factor)

    def _hessian(self, line: _Linear, weight: torch.Tensor, part: _Part) -> torch.Tensor:
        """Return the Hessian of chi2 / 2 by states; float64.

        Notes
        -----
        Neighbours have nearly the same derivatives: those of every second pixel count, with both weights.
        """
        odd = weight.shape[1] % 2
        both = torch.nn.functional.pad(weight, (0, odd)).reshape(len(weight), -1, 2).sum(dim=2)
        half = _Linear(*(getattr(line, field.name)[:, ::2] for field in dataclasses.fields(_Linear)))
        scaled = self._by_raw(half, part.level[::2], both.sqrt())
        raw = (scaled.transpose(1, 2) @ scaled).double() * part.step
        return self.whole_factor.T @ raw @ self.whole_factor + torch.diag(self.prior)

    def _gradient(self, line: _Linear, pull: torch.Tensor, state: torch.Tensor, part: _Part) -> torch.Tensor:
        by_lines = ((pull * line.factor)[:, None, :] @ line.rows)[:, 0, 1:]
        by_model = pull * line.model
        by_level = by_model @ part.level[:, 1:]
        by_shift = (pull * line.slope).sum(dim=1, keepdim=True)
        raw = (
            torch.cat([by_lines, by_level, by_model.sum(dim=1, keepdim=True), by_shift], dim=1).double()
            * part.step
        )
        return raw @ self.whole_factor - self.prior * state.double()

    def _without_shift(self, hessian: torch.Tensor) -> torch.Tensor:
        """Return a Hessian whose solutions leave the shift alone."""
        fixed = hessian.clone()
        fixed[:, -1, :] = fixed[:, :, -1] = 0.0
        fixed[:, -1, -1] = 1.0
        return fixed

    def components(self, state: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Return a (n, n_lines) and c (n, n_level) of states."""
        both = self.mean + state[:, : self.n_z] @ self.factor.T
        return both[:, : self.basis.n_lines], both[:, self.basis.n_lines :]

    def flux(self, state: torch.Tensor) -> torch.Tensor:
        """Return the noiseless spectra of states, shape (n, n_pixels)."""
        return self._at(state).model

    def continuum(self, state: torch.Tensor) -> torch.Tensor:
        """Return the continua of states: the spectra without their lines, shape (n, n_pixels)."""
        return self._level(self.components(state)[1], state[:, -2], self._whole)

    def jacobian(self, state: torch.Tensor) -> torch.Tensor:
        """Return the derivatives of the spectra by their states, shape (n, n_pixels, n_z + 2)."""
        return self._by_raw(self._at(state), self._whole.level) @ self.whole_factor.float()

    def factors(self, state: torch.Tensor, roots: torch.Tensor) -> torch.Tensor:
        """Return jacobian @ roots, shape (n, n_pixels, k), for roots (n, n_z + 2, k) of covariances."""
        return self._by_raw(self._at(state), self._whole.level) @ (self.whole_factor.float() @ roots)

    def _at(self, state: torch.Tensor) -> _Linear:
        return self._linear(state, self._rows(state[:, -1], self._whole), state[:, -1], self._whole)

    def _rows(self, shift: torch.Tensor, part: _Part) -> torch.Tensor:
        moved = torch.round(shift / TABLE_STEP_KMS).long()
        index = (part.place[None] - moved[:, None]).clamp(0, len(self.table) - 1)
        return self.table.index_select(0, index.reshape(-1)).reshape(*index.shape, -1)

    def _level(self, level: torch.Tensor, log_level: torch.Tensor, part: _Part) -> torch.Tensor:
        logarithm = part.level[:, 0] + level @ part.level[:, 1:].T + log_level[:, None]
        return torch.exp(logarithm.clamp(-20.0, 20.0))

    def _log_level(
        self, state: torch.Tensor, rows: torch.Tensor, flux: torch.Tensor, weight: torch.Tensor, part: _Part
    ) -> torch.Tensor:
        model = self._linear(state, rows, state[:, -1], part).model
        ratio = (model * flux * weight).sum(dim=1) / (model.square() * weight).sum(dim=1)
        return torch.log(ratio.clamp(min=1e-3))

    def _linear(self, state: torch.Tensor, rows: torch.Tensor, at: torch.Tensor, part: _Part) -> _Linear:
        """Return the spectra of states about rows of the table that were taken at the shifts ``at``."""
        lines, level = self.components(state)
        one = torch.nn.functional.pad(lines, (1, 0), value=1.0)
        # One product a spectrum: a batch of products of matrix and vector is seven times slower.
        normalised = torch.stack([row @ values for row, values in zip(rows, one, strict=True)])
        slope = _differences(normalised) / part.spacing_kms
        nearest = torch.round(at / TABLE_STEP_KMS) * TABLE_STEP_KMS
        normalised = normalised + slope * (state[:, -1] - nearest)[:, None]
        factor = self._level(level, state[:, -2], part)
        return _Linear(rows, normalised * factor, factor, slope * factor)

    def _by_raw(self, line: _Linear, level: torch.Tensor, scale: torch.Tensor | None = None) -> torch.Tensor:
        """Return the derivatives by (a, c, ln level, shift), times a scale of each pixel."""
        model, factor, slope = line.model, line.factor, line.slope
        if scale is not None:
            model, factor, slope = model * scale, factor * scale, slope * scale
        n_lines = self.basis.n_lines
        found = torch.empty(*model.shape, self.n_z + 2, device=self.device)
        torch.mul(line.rows[:, :, 1:], factor[:, :, None], out=found[:, :, :n_lines])
        torch.mul(level[:, 1:], model[:, :, None], out=found[:, :, n_lines : self.n_z])
        found[:, :, -2] = model
        found[:, :, -1] = slope
        return found

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
            smooth = self._tensor(_smooth(self.wavelength_aa, 4, with_constant=True))
            pixel_kms = -0.5 * float(self._whole.spacing_kms.median())
            self._search = VelocitySearch(table, self.place, TABLE_STEP_KMS, pixel_kms, smooth)
        template, shift, gain = self._search(flux, weight)
        if self.basis.dv_kms < SHARP_KMS:
            template, shift = self._search.refined(flux, weight, shift)
        return templates[template], shift, gain


@contextlib.contextmanager
def one_thread_each(count: int) -> Iterator[ThreadPoolExecutor]:
    """Give threads that run torch on one core each: many small products gain more so."""
    before = torch.get_num_threads()

    def begin() -> None:
        torch.set_num_threads(1)
        torch.set_grad_enabled(False)

    try:
        with ThreadPoolExecutor(count, initializer=begin) as pool:
            yield pool
    finally:
        torch.set_num_threads(before)


def _differences(values: torch.Tensor) -> torch.Tensor:
    """Return the differences of the pixels after and before each, (n, n_pixels); ends are doubled."""
    found = torch.empty_like(values)
    torch.sub(values[:, 2:], values[:, :-2], out=found[:, 1:-1])
    found[:, 0], found[:, -1] = 2.0 * (values[:, 1] - values[:, 0]), 2.0 * (values[:, -1] - values[:, -2])
    return found


def _smooth(
    wavelength_aa: NDArray[np.float64], degree: int, *, with_constant: bool = False
) -> NDArray[np.float32]:
    """Return Legendre polynomials along an axis, shape (n_pixels, degree [+ 1])."""
    place = 2.0 * (wavelength_aa - wavelength_aa[0]) / (wavelength_aa[-1] - wavelength_aa[0]) - 1.0
    curves = np.polynomial.legendre.legvander(place, degree)
    return np.asarray(curves if with_constant else curves[:, 1:], dtype=np.float32)


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
    if fault.any() or not torch.isfinite(root).all():
        raise ModelError(
            "The spectrum cannot be denoised: no spectrum of a star comes near its fluxes and errors.",
            "Look at its errors and masks; a few very small errors are enough.",
        )
    return root
