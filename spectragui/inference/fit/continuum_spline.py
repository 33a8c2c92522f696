"""The continuum of each segment as a smooth spline that a fit solves for on the way."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spectragui.inference.observation.observation import Observation

SPACING_AA = 25.0  # between knots: wider than any line but H beta
# In hot stars the wings of H beta tell gravity: no knots in them. In cooler ones they are shorter
# than the spacing, and the continuum of merged orders is worst there.
H_BETA_AA = 4861.3
H_BETA_REACH_AA = 50.0
H_BETA_TEFF = (6500.0, 8000.0)  # from none to all of the reach
STIFFNESS = 0.03  # expected bend of the continuum from knot to knot
# The coarse envelope of one order follows blends and Balmer wings as wide as itself; undoing it
# takes stronger bends than a long spectrum needs.
ORDER_LENGTH_AA, ORDER_STIFFNESS = 200.0, 0.3
_DEGREE = 3


@dataclasses.dataclass(frozen=True, eq=False)
class ContinuumSpline:
    """Multiplicative cubic B-splines, one set of coefficients a segment.

    Attributes
    ----------
    slices : tuple of slice
        Pixels of each segment among all pixels.
    bases : tuple of scipy.sparse.csr_array, shape (n_segment_pixels, n_terms)
    penalties : tuple of ndarray, shape (n_terms, n_terms)
        Curvature of the coefficients in units of the expected one.
    """

    slices: tuple[slice, ...]
    bases: tuple[Any, ...]
    penalties: tuple[NDArray[np.float64], ...]

    @classmethod
    def build(cls, observation: Observation, teff: float) -> ContinuumSpline:
        """Lay knots every `SPACING_AA`, but for H beta of hot stars, over the segments."""
        part = (teff - H_BETA_TEFF[0]) / (H_BETA_TEFF[1] - H_BETA_TEFF[0])
        reach = H_BETA_REACH_AA * float(np.clip(part, 0.0, 1.0))
        slices, bases, penalties, start = [], [], [], 0
        for segment in observation.segments:
            slices.append(slice(start, start + segment.wavelength_aa.size))
            start += segment.wavelength_aa.size
            basis = _basis(segment.wavelength_aa, reach)
            bends = np.diff(np.eye(basis.shape[1]), 2, axis=0)
            bases.append(basis)
            penalties.append(bends.T @ bends / _stiffness(segment.wavelength_aa) ** 2)
        return cls(tuple(slices), tuple(bases), tuple(penalties))

    def solve(
        self, data: NDArray[np.float64], model: NDArray[np.float64], weight: NDArray[np.float64]
    ) -> Continuum:
        """Fit the continuum for a given normalised spectrum.

        Parameters
        ----------
        data, model, weight : ndarray, shape (n_pixels,)
            Flux, normalised model flux, 1 / variance (0 = masked).
        """
        parts, values, penalty_sum = [], np.empty(data.size), 0.0
        for pixels, basis, penalty in zip(self.slices, self.bases, self.penalties, strict=True):
            weighted = basis.multiply((weight[pixels] * model[pixels])[:, None]).tocsr()
            scaled = basis.multiply(model[pixels][:, None]).tocsr()
            normal = (scaled.T @ weighted).toarray() + penalty
            normal += 1e-9 * np.trace(normal) / len(normal) * np.eye(len(normal))
            coefficients = np.linalg.solve(normal, weighted.T @ data[pixels])
            values[pixels] = basis @ coefficients
            bend = penalty @ coefficients
            penalty_sum += float(coefficients @ bend)
            parts.append(_Part(pixels, scaled, weighted, normal, bend))
        return Continuum(values, tuple(parts), penalty_sum)


@dataclasses.dataclass(frozen=True, eq=False)
class _Part:
    pixels: slice
    scaled: Any
    weighted: Any
    normal: NDArray[np.float64]
    bend: NDArray[np.float64]


@dataclasses.dataclass(frozen=True, eq=False)
class Continuum:
    """A fitted continuum, and what other parameters need to know of it.

    Attributes
    ----------
    values : ndarray, shape (n_pixels,)
    penalty : float
        Part of chi2 that its bends cost.
    """

    values: NDArray[np.float64]
    _parts: tuple[_Part, ...]
    penalty: float

    def remove_from(self, derivatives: NDArray[np.float64]) -> NDArray[np.float64]:
        """Take out of derivatives what the continuum can follow.

        Parameters
        ----------
        derivatives : ndarray, shape (n_parameters, n_pixels)
            Of continuum times model.

        Returns
        -------
        ndarray, shape (n_parameters, n_pixels)
            What is left is what the parameters alone do to the spectrum.
        """
        left = derivatives.copy()
        for part in self._parts:
            cross = part.weighted.T @ derivatives[:, part.pixels].T
            left[:, part.pixels] -= (part.scaled @ np.linalg.solve(part.normal, cross)).T
        return left


def _stiffness(wavelength_aa: NDArray[np.float64]) -> float:
    is_order = wavelength_aa[-1] - wavelength_aa[0] < ORDER_LENGTH_AA
    return ORDER_STIFFNESS if is_order else STIFFNESS


def _basis(wavelength_aa: NDArray[np.float64], reach_aa: float) -> Any:
    from scipy.interpolate import BSpline
    from scipy.sparse import csr_array

    first, last = wavelength_aa[0], wavelength_aa[-1]
    n_pieces = max(int(round((last - first) / SPACING_AA)), 1)
    knots = np.linspace(first, last, n_pieces + 1)
    inner = knots[1:-1]
    inner = inner[np.abs(inner - H_BETA_AA) >= reach_aa]
    knots = np.concatenate([[first], inner, [last]])
    knots = np.concatenate([[first] * _DEGREE, knots, [last] * _DEGREE])
    return csr_array(BSpline.design_matrix(np.clip(wavelength_aa, first, last), knots, _DEGREE))
