"""`SpectralBasis`: what spectra are sums of; broad vectors on spline knots, sharp ones on all pixels.

Spectra of quick rotators and low resolving power are smooth, those of slow ones at high resolving
power are not. Vectors for the first are stored as coefficients of cubic splines, which takes a
sixth of the room; vectors for what is left of the second on every pixel.
"""

from __future__ import annotations

import dataclasses
import functools
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]

N_LARGE = 12  # leading vectors of each kind in 16 bits, the others in 8


@dataclasses.dataclass(frozen=True, eq=False)
class SpectralBasis:
    """Orthonormal vectors: flux = mean + coefficients @ vectors.

    Attributes
    ----------
    mean : ndarray, shape (n_pixels,)
    broad : ndarray, shape (n_broad, n_knots)
        Spline coefficients of the first vectors.
    sharp : ndarray, shape (n_sharp, n_pixels)
        The other vectors.
    """

    mean: Array
    broad: Array
    sharp: Array

    @property
    def n_pixels(self) -> int:
        """Pixels of a spectrum."""
        return self.mean.size

    @property
    def n_vectors(self) -> int:
        """Coefficients of a spectrum."""
        return len(self.broad) + len(self.sharp)

    def expand(self, coefficients: Array) -> Array:
        """Return spectra, shape (n, n_pixels), from coefficients (n, n_vectors)."""
        return self.mean + self.expand_difference(coefficients)

    def expand_difference(self, coefficients: Array) -> Array:
        """Return what coefficients add to the mean spectrum, shape (n, n_pixels)."""
        n_broad = len(self.broad)
        knots = coefficients[:, :n_broad] @ self.broad
        smooth = (spline_matrix(self.n_pixels, self.broad.shape[1]) @ knots.T).T
        return np.asarray(smooth + coefficients[:, n_broad:] @ self.sharp, dtype=np.float32)

    def project(self, flux: Array) -> Array:
        """Return the coefficients of spectra (n, n_pixels), shape (n, n_vectors)."""
        difference = np.asarray(flux, dtype=np.float32) - self.mean
        knots = (spline_matrix(self.n_pixels, self.broad.shape[1]).T @ difference.T).T
        return np.concatenate([knots @ self.broad.T, difference @ self.sharp.T], axis=1)

    def to_tensors(self) -> dict[str, NDArray[Any]]:
        """Return what is stored in a file: 16 bits for leading vectors, 8 for the others."""
        tensors: dict[str, NDArray[Any]] = {"basis.mean": self.mean.astype(np.float32)}
        for name in ("broad", "sharp"):
            tensors |= _pack(getattr(self, name), f"basis.{name}")
        return tensors

    @classmethod
    def from_tensors(cls, tensors: dict[str, Any]) -> SpectralBasis:
        """Build a basis from the tensors of its file; KeyError if one is missing."""
        return cls(
            np.asarray(tensors["basis.mean"], dtype=np.float32),
            _unpack(tensors, "basis.broad"),
            _unpack(tensors, "basis.sharp"),
        )


@functools.lru_cache(maxsize=4)
def spline_matrix(n_pixels: int, n_knots: int) -> Any:
    """Return the sparse matrix of cubic B-splines, shape (n_pixels, n_knots), float32."""
    from scipy.interpolate import BSpline

    inner = np.linspace(0.0, n_pixels - 1.0, n_knots - 2)
    knots = np.concatenate([[0.0] * 3, inner, [n_pixels - 1.0] * 3])
    return BSpline.design_matrix(np.arange(n_pixels, dtype=float), knots, 3).astype(np.float32)


def fit_basis(flux: Array, n_broad: int, n_sharp: int, knot_step: int = 6, seed: int = 0) -> SpectralBasis:
    """Return the basis that represents spectra best.

    Parameters
    ----------
    flux : ndarray, shape (n_spectra, n_pixels)
        Changed: on return it holds what the basis does not represent.
    n_broad, n_sharp : int
        Vectors of each kind.
    knot_step : int
        Pixels between the knots of the broad vectors.
    seed : int

    Notes
    -----
    Broad vectors are principal components of the spectra's projections on splines, each spectrum
    divided by the square root of its rms, so that faint lines count; sharp ones are principal
    components of what is left.
    """
    rng = np.random.default_rng(seed)
    mean = flux.mean(axis=0)
    flux -= mean
    splines = spline_matrix(flux.shape[1], flux.shape[1] // knot_step + 2)
    # Orthonormal combinations of the splines: S R^-1, with S^T S = R^T R.
    upper = np.linalg.cholesky((splines.T @ splines).toarray().astype(np.float64)).T
    inverse = np.linalg.inv(upper)
    projected = (splines.T @ flux.T).T @ inverse.astype(np.float32)
    scale = np.sqrt(np.sqrt(np.mean(np.square(flux), axis=1, keepdims=True)))
    _, vectors = np.linalg.eigh(_gram(projected / scale))
    broad = np.ascontiguousarray((inverse @ vectors[:, ::-1][:, :n_broad]).T, dtype=np.float32)
    knots = (splines.T @ flux.T).T
    flux -= (splines @ ((knots @ broad.T) @ broad).T).T
    # Of few different spectra little is left but rounding: kept off the broad vectors.
    sharp = _orthogonal_to((splines @ broad.T).T, _leading_vectors(flux, n_sharp, rng))
    flux -= (flux @ sharp.T) @ sharp
    return SpectralBasis(mean, broad, sharp)


def _orthogonal_to(first: Array, rows: Array) -> Array:
    """Return orthonormal rows that span ``rows`` without their part along the orthonormal ``first``."""
    return np.ascontiguousarray(np.linalg.qr((rows - (rows @ first.T) @ first).T)[0].T)


def _gram(rows: Array) -> NDArray[np.float64]:
    return (rows.T @ rows).astype(np.float64)


def _leading_vectors(rows: Array, number: int, rng: np.random.Generator, n_rounds: int = 3) -> Array:
    """Return the first principal directions by subspace iteration, shape (number, n_pixels)."""
    start = rng.standard_normal((rows.shape[1], number + 20)).astype(np.float32)
    directions = np.linalg.qr(start)[0]
    for _ in range(n_rounds):
        directions = np.linalg.qr(rows.T @ (rows @ directions))[0]
    small = rows @ directions
    _, vectors = np.linalg.eigh(_gram(small))
    best = directions @ vectors[:, ::-1][:, :number].astype(np.float32)
    return np.ascontiguousarray(best.T)


def _pack(vectors: Array, name: str) -> dict[str, NDArray[Any]]:
    small = vectors[N_LARGE:]
    step = np.abs(small).max(axis=1) / 127.0
    return {
        f"{name}.large": vectors[:N_LARGE].astype(np.float16),
        f"{name}.small": np.round(small / step[:, None]).astype(np.int8),
        f"{name}.step": step.astype(np.float32),
    }


def _unpack(tensors: dict[str, Any], name: str) -> Array:
    small = tensors[f"{name}.small"].astype(np.float32) * tensors[f"{name}.step"][:, None]
    return np.ascontiguousarray(np.concatenate([tensors[f"{name}.large"].astype(np.float32), small]))
