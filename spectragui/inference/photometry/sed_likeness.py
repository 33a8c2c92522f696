"""Whether an object's colours are like those of any object that a network was trained on."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spectragui.core.errors import ModelError

Floats = NDArray[np.floating]
N_GROUPS = 16
N_COMPONENTS = 5
_NEAREST = 4
_FLOOR = 0.08  # what the directions do not hold of rare objects
_BEND = 0.2  # of the mean flux: below it shapes are linear in flux, above it logarithmic
_RIDGE = 1e-6


@dataclasses.dataclass(frozen=True, eq=False)
class SedLikeness:
    """Gaussians of the shapes of training objects: means, main directions, what is left in each band.

    Attributes
    ----------
    weight : ndarray, shape (n_bands,)
        Of the bands in the mean flux that shapes are divided by.
    mean : ndarray, shape (n_groups, n_bands)
        Of groups of objects that look alike.
    factor : ndarray, shape (n_groups, n_bands, n_components)
        factor @ factor.T is the covariance of a group's shapes without noise.
    floor : ndarray, shape (n_groups, n_bands)
        Variance in each band that the directions do not hold.
    limits : ndarray, shape (2,)
        Surprise that 1 % and 0.3 % of the training exceed: a warning, and bad.
    """

    weight: Floats
    mean: Floats
    factor: Floats
    floor: Floats
    limits: Floats

    @classmethod
    def from_tensors(cls, tensors: Mapping[str, NDArray[Any]], n_bands: int, model: str) -> SedLikeness:
        """Return what a model's tensors hold.

        Raises
        ------
        ModelError
            If they do not fit together.
        """
        try:
            found = cls(*(np.asarray(tensors[f.name], dtype=np.float64) for f in dataclasses.fields(cls)))
        except KeyError as error:
            raise ModelError(f"The weights of {model} lack sed.{error.args[0]}.") from error
        groups = {found.mean.shape, found.floor.shape, found.factor.shape[:2]}
        fits = groups == {(len(found.mean), n_bands)} and found.weight.shape == (n_bands,)
        if not fits or found.factor.ndim != 3 or found.limits.shape != (2,) or not (found.floor > 0).all():
            raise ModelError(f"The colours that {model} was trained on do not fit its bands.")
        return found

    @property
    def tensors(self) -> dict[str, NDArray[np.float32]]:
        """The values as they are written, by name."""
        return {f.name: np.asarray(getattr(self, f.name), np.float32) for f in dataclasses.fields(self)}

    def surprise(self, flux: Floats, sigma: Floats, observed: Floats) -> NDArray[np.float64]:
        """Return how far colours are from the training's, in sigmas of a chi2 of as many bands, shape (n,).

        Parameters
        ----------
        flux, sigma, observed : ndarray, shape (n, n_bands)
            [uJy], [uJy], 0 or 1; 0 where not observed.
        """
        shape, variance, seen = _shapes(flux, sigma, observed, self.weight)
        n = np.maximum(seen.sum(1), 1.0)
        # Only the groups whose means are nearest are worth the whole distance.
        inverse = seen / (variance + self.floor.mean(axis=0))
        plain = (
            (inverse * shape**2).sum(1)[:, None]
            - 2 * (inverse * shape) @ self.mean.T
            + inverse @ self.mean.T**2
        )
        near = np.argsort(plain, axis=1)[:, :_NEAREST]
        chi2 = np.full(len(shape), np.inf)
        for number, (mean, factor, floor) in enumerate(zip(self.mean, self.factor, self.floor, strict=True)):
            rows = np.flatnonzero((near == number).any(axis=1))
            if rows.size:
                found = _distance(shape[rows] - mean, variance[rows] + floor, seen[rows], factor)
                chi2[rows] = np.minimum(chi2[rows], found)
        return np.asarray((chi2 - n) / np.sqrt(2.0 * n))


def _distance(left: Floats, variance: Floats, seen: Floats, factor: Floats) -> Floats:
    """Return the squared distance of shapes from a group's mean, shape (n,)."""
    precision = seen / variance
    size = factor.shape[1]
    products = (factor[:, :, None] * factor[:, None, :]).reshape(len(factor), size * size)
    inner = (precision @ products).reshape(-1, size, size) + np.eye(size)
    along = (precision * left) @ factor
    explained = np.einsum("nk,nk->n", along, np.linalg.solve(inner, along[:, :, None])[:, :, 0])
    return np.asarray((left**2 * precision).sum(1) - explained)


def _shapes(flux: Floats, sigma: Floats, observed: Floats, weight: Floats) -> tuple[Floats, Floats, Floats]:
    seen = np.asarray(observed, dtype=np.float64)
    share = weight * seen
    level = (share * flux).sum(1, keepdims=True) / np.maximum(share.sum(1, keepdims=True), 1e-12)
    level = np.maximum(level, 0.03) * _BEND
    # Nearly a logarithm where there is flux: reddening and age are straight lines then.
    slope = 1.0 / np.sqrt(1.0 + (flux / level) ** 2)
    return np.arcsinh(flux / level), np.maximum((sigma / level * slope) ** 2, _RIDGE), seen


def fit_likeness(flux: Floats, sigma: Floats, observed: Floats, weight: Floats) -> SedLikeness:
    """Return the likeness of training objects; the brighter half tells the shapes, all tell the limits.

    Parameters
    ----------
    flux, sigma, observed : ndarray, shape (n, n_bands)
    weight : ndarray, shape (n_bands,)
    """
    shape, variance, seen = _shapes(flux, sigma, observed, weight)
    from scipy.cluster.vq import kmeans2

    good = seen.all(1) & (np.median(variance, axis=1) <= np.quantile(np.median(variance, axis=1), 0.6))
    shapes, noise = shape[good], variance[good]
    _, group = kmeans2(shapes, N_GROUPS, minit="++", seed=1, missing="warn")
    parts = [
        _group(shapes[group == g], noise[group == g]) for g in np.unique(group) if (group == g).sum() > 50
    ]
    if not parts:
        parts = [_group(shapes if len(shapes) else shape, noise if len(noise) else variance)]
    mean, factor, floor = (np.stack(arrays) for arrays in zip(*parts, strict=True))
    draft = SedLikeness(np.asarray(weight, dtype=np.float64), mean, factor, floor, np.array([5.0, 10.0]))
    found = draft.surprise(flux, sigma, observed)
    return dataclasses.replace(draft, limits=np.quantile(found, [0.99, 0.997]))


def _group(shapes: Floats, noise: Floats) -> tuple[Floats, Floats, Floats]:
    """Return mean, directions and what is left of objects that look alike."""
    mean = shapes.mean(axis=0)
    left = shapes - mean
    covariance = left.T @ left / len(left) - np.diag(noise.mean(axis=0))
    values, vectors = np.linalg.eigh(covariance)
    order = np.argsort(values)[::-1][:N_COMPONENTS]
    factor = vectors[:, order] * np.sqrt(np.maximum(values[order], _RIDGE))
    return mean, factor, np.maximum(np.diag(covariance) - (factor**2).sum(1), _FLOOR**2)
