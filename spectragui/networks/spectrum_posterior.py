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
from spectragui.core.spectral_axis import FASTEST_STAR_KMS, SPEED_OF_LIGHT_KMS
from spectragui.networks.spectrum_basis import TABLE_STEP_KMS, SpectrumBasis

SEARCH_STEP_KMS = 16.0
CHUNK = 64
N_ITERATIONS = 4
HESSIAN_AT = (0, 3)
ROBUST_FROM = 2
#: Residuals beyond it [sigma] count less: hits, lines that no star has.
HUBER_SIGMA = 4.0
#: What ln flux may change by in one step.
LARGEST_STEP = 1.5
_AMPLITUDES = (0.6, 1.5)


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
    """

    state: torch.Tensor
    covariance: torch.Tensor
    chi2: torch.Tensor
    velocity_gain: torch.Tensor


@dataclasses.dataclass(frozen=True, eq=False)
class _Linear:
    """Spectra about their states: rows of the table, the model, its continuum, its slope by the shift."""

    rows: torch.Tensor
    model: torch.Tensor
    factor: torch.Tensor
    slope: torch.Tensor


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
        self.gradient_step = self._tensor(np.gradient(np.log(wavelength)) * SPEED_OF_LIGHT_KMS)
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
        self._search: tuple[torch.Tensor, ...] | None = None

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
        parts = []
        for start in range(0, len(flux), CHUNK):
            rows = slice(start, start + CHUNK)
            told = (
                None
                if shift_kms is None
                else torch.as_tensor(np.asarray(shift_kms)[rows], dtype=torch.float32)
            )
            parts.append(self._solve(flux[rows], weight[rows], told))
        names = [field.name for field in dataclasses.fields(Posterior)]
        return Posterior(*(torch.cat([getattr(part, name) for part in parts]) for name in names))

    def _solve(self, flux: torch.Tensor, weight: torch.Tensor, told: torch.Tensor | None) -> Posterior:
        z, shift, gain = self.search(flux, weight)
        if told is not None:
            shift = told.to(self.device)
            z = torch.zeros_like(z)
        state = torch.cat([z, torch.zeros(len(flux), 1, device=self.device), shift[:, None]], dim=1)
        rows = self._rows(state[:, -1])
        state[:, -2] = self._log_level(state, rows, flux, weight)
        at, robust, hessian, root = state[:, -1], weight, torch.empty(0), torch.empty(0)
        for number in range(N_ITERATIONS):
            if number == N_ITERATIONS - 2:
                at = state[:, -1]
                rows = self._rows(at)
            line = self._linear(state, rows, at)
            residual = flux - line.model
            if number >= ROBUST_FROM:
                size = (residual * weight.sqrt()).abs()
                robust = weight * torch.clamp(HUBER_SIGMA / size.clamp(min=1e-6), max=1.0)
            if number in HESSIAN_AT:
                hessian = self._hessian(line, robust, step=2 if number == 0 else 1)
                root = _root_of(self._without_shift(hessian) if told is not None else hessian)
            gradient = self._gradient(line, robust * residual, state)
            if told is not None:
                gradient[:, -1] = 0.0
            state = state + _short(torch.cholesky_solve(gradient[:, :, None], root)[:, :, 0].float())
        model = self._flux_of(state, rows, at)
        chi2 = ((flux - model).square() * weight).sum(dim=1) / (weight > 0).sum(dim=1).clamp(min=1)
        return Posterior(state, torch.cholesky_inverse(_root_of(hessian)), chi2, gain)

    def _hessian(self, line: _Linear, weight: torch.Tensor, step: int) -> torch.Tensor:
        """Return the Hessian of chi2 / 2 by states, from every ``step``-th pixel; float64."""
        scaled = self._by_raw(line, weight.sqrt(), step)
        raw = (scaled.transpose(1, 2) @ scaled).double() * step
        return self.whole_factor.T @ raw @ self.whole_factor + torch.diag(self.prior)

    def _gradient(self, line: _Linear, pull: torch.Tensor, state: torch.Tensor) -> torch.Tensor:
        by_lines = ((pull * line.factor)[:, None, :] @ line.rows)[:, 0, 1:]
        by_model = pull * line.model
        by_level = by_model @ self.level[:, 1:]
        by_shift = (pull * line.slope).sum(dim=1, keepdim=True)
        raw = torch.cat([by_lines, by_level, by_model.sum(dim=1, keepdim=True), by_shift], dim=1).double()
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
        return self._flux_of(state, self._rows(state[:, -1]), state[:, -1])

    def continuum(self, state: torch.Tensor) -> torch.Tensor:
        """Return the continua of states: the spectra without their lines, shape (n, n_pixels)."""
        return self._level(self.components(state)[1], state[:, -2])

    def jacobian(self, state: torch.Tensor) -> torch.Tensor:
        """Return the derivatives of the spectra by their states, shape (n, n_pixels, n_z + 2)."""
        by_raw = self._by_raw(self._linear(state, self._rows(state[:, -1]), state[:, -1]))
        return by_raw @ self.whole_factor.float()

    def factors(self, state: torch.Tensor, roots: torch.Tensor) -> torch.Tensor:
        """Return jacobian @ roots, shape (n, n_pixels, k), for roots (n, n_z + 2, k) of covariances."""
        by_raw = self._by_raw(self._linear(state, self._rows(state[:, -1]), state[:, -1]))
        return by_raw @ (self.whole_factor.float() @ roots)

    def _rows(self, shift: torch.Tensor) -> torch.Tensor:
        moved = torch.round(shift / TABLE_STEP_KMS).long()
        index = (self.place[None] - moved[:, None]).clamp(0, len(self.table) - 1)
        return self.table.index_select(0, index.reshape(-1)).reshape(*index.shape, -1)

    def _level(self, level: torch.Tensor, log_level: torch.Tensor) -> torch.Tensor:
        logarithm = self.level[:, 0] + level @ self.level[:, 1:].T + log_level[:, None]
        return torch.exp(logarithm.clamp(-20.0, 20.0))

    def _log_level(
        self, state: torch.Tensor, rows: torch.Tensor, flux: torch.Tensor, weight: torch.Tensor
    ) -> torch.Tensor:
        model = self._flux_of(state, rows, state[:, -1])
        ratio = (model * flux * weight).sum(dim=1) / (model.square() * weight).sum(dim=1)
        return torch.log(ratio.clamp(min=1e-3))

    def _normalised(
        self, lines: torch.Tensor, rows: torch.Tensor, moved: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Return normalised fluxes and their derivatives by the shift, for rows that lie ``moved`` away."""
        one = torch.nn.functional.pad(lines, (1, 0), value=1.0)
        normalised = (rows @ one[:, :, None])[:, :, 0]
        slope = -torch.gradient(normalised, dim=1)[0] / self.gradient_step
        return normalised + slope * moved[:, None], slope

    def _flux_of(self, state: torch.Tensor, rows: torch.Tensor, at: torch.Tensor) -> torch.Tensor:
        lines, level = self.components(state)
        nearest = torch.round(at / TABLE_STEP_KMS) * TABLE_STEP_KMS
        return self._normalised(lines, rows, state[:, -1] - nearest)[0] * self._level(level, state[:, -2])

    def _linear(self, state: torch.Tensor, rows: torch.Tensor, at: torch.Tensor) -> _Linear:
        lines, level = self.components(state)
        nearest = torch.round(at / TABLE_STEP_KMS) * TABLE_STEP_KMS
        normalised, slope = self._normalised(lines, rows, state[:, -1] - nearest)
        factor = self._level(level, state[:, -2])
        return _Linear(rows, normalised * factor, factor, slope * factor)

    def _by_raw(self, line: _Linear, scale: torch.Tensor | None = None, step: int = 1) -> torch.Tensor:
        """Return the derivatives by (a, c, ln level, shift) of every ``step``-th pixel, times a scale."""
        part = slice(None, None, step)
        model, factor, slope = line.model[:, part], line.factor[:, part], line.slope[:, part]
        if scale is not None:
            model, factor, slope = (values * scale[:, part] for values in (model, factor, slope))
        n_lines = self.basis.n_lines
        found = torch.empty(*model.shape, self.n_z + 2, device=self.device)
        torch.mul(line.rows[:, part, 1:], factor[:, :, None], out=found[:, :, :n_lines])
        torch.mul(self.level[part, 1:], model[:, :, None], out=found[:, :, n_lines : self.n_z])
        found[:, :, -2] = model
        found[:, :, -1] = slope
        return found

    def search(
        self, flux: torch.Tensor, weight: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Return z of the best template, its shift [km/s] and how much better it is than the next."""
        lines, squares, shifts, smooth = self._search_table()
        n_templates = len(self.basis.templates)
        level = _weighted_fit(flux, weight, smooth)
        level = torch.maximum(level, 0.05 * level.abs().median(dim=1, keepdim=True).values)
        depth, inverse = flux / level - 1.0, weight * level.square()
        cross = (depth * inverse) @ lines.T
        power = inverse @ squares.T
        amplitude = (cross / power.clamp(min=1e-9)).clamp(*_AMPLITUDES)
        score = (2.0 * amplitude * cross - amplitude.square() * power).reshape(len(flux), n_templates, -1)
        best = score.max(dim=1)
        at = best.values.argmax(dim=1)
        rows = torch.arange(len(flux), device=self.device)
        template = best.indices[rows, at]
        near = score[rows, template]
        inner = at.clamp(1, shifts.numel() - 2)
        left, middle, right = (near[rows, inner + offset] for offset in (-1, 0, 1))
        bend = (left - 2.0 * middle + right).clamp(max=-1e-6)
        offset = (0.5 * (left - right) / bend).clamp(-1.0, 1.0)
        far = (shifts[None] - shifts[at][:, None]).abs() > 6 * SEARCH_STEP_KMS
        second = torch.where(far, best.values, torch.full_like(best.values, -torch.inf)).max(dim=1).values
        z = torch.zeros(len(flux), self.n_z, device=self.device)
        z[:, : self.basis.templates.shape[1]] = self._tensor(self.basis.templates)[template]
        return z, shifts[inner] + offset * SEARCH_STEP_KMS, best.values[rows, at] - second

    def _search_table(self) -> tuple[torch.Tensor, ...]:
        """Return depths of all templates at all shifts, their squares, the shifts, the smooth curves."""
        if self._search is None:
            count = int(FASTEST_STAR_KMS // SEARCH_STEP_KMS)
            shifts = torch.arange(-count, count + 1, device=self.device) * SEARCH_STEP_KMS
            templates = torch.zeros(len(self.basis.templates), self.n_z, device=self.device)
            templates[:, : self.basis.templates.shape[1]] = self._tensor(self.basis.templates)
            lines, _ = self.components(templates)
            smooth = self._tensor(_smooth(self.wavelength_aa, 4, with_constant=True))
            rows = self.table[:, :1] + self.table[:, 1:] @ lines.T  # (places, templates)
            found, inverse = [], torch.linalg.pinv(smooth)
            for shift in shifts:
                index = (self.place - round(float(shift) / TABLE_STEP_KMS)).clamp(0, len(self.table) - 1)
                one = rows[index]
                curve = smooth @ (inverse @ one)
                found.append(one / curve - 1.0)
            depth = torch.stack(found, dim=2)  # (pixels, templates, shifts)
            depth = depth.permute(1, 2, 0).reshape(-1, depth.shape[0]).contiguous()
            self._search = (depth, depth.square(), shifts, smooth)
        return self._search


def _weighted_fit(flux: torch.Tensor, weight: torch.Tensor, curves: torch.Tensor) -> torch.Tensor:
    """Return the weighted least-squares fits of smooth curves, shape (n, n_pixels)."""
    normal = torch.einsum("pi,np,pj->nij", curves, weight, curves).double()
    right = ((weight * flux) @ curves).double()
    ridge = 1e-6 * normal.diagonal(dim1=1, dim2=2).mean(dim=1).clamp(min=1e-12)
    normal = normal + ridge[:, None, None] * torch.eye(curves.shape[1], device=curves.device)
    return torch.linalg.solve(normal, right[:, :, None])[:, :, 0].float() @ curves.T


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
