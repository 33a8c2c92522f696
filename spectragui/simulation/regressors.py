"""The two smooth functions of labels that an emulator averages: dense networks and a kernel regression."""

from __future__ import annotations

import dataclasses
import functools
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]
FloatArray = NDArray[np.float64]

_LARGEST_EXPONENT = 80.0  # exp of more overflows in single precision; the result is 0 as it is


@dataclasses.dataclass(frozen=True, eq=False)
class DenseEnsemble:
    """Equal dense networks, averaged; SiLU between the layers, none after the last.

    Attributes
    ----------
    layers : tuple of (weight, bias)
        weight (n_networks, n_out, n_in), bias (n_networks, n_out).
    """

    layers: tuple[tuple[Array, Array], ...]

    @classmethod
    def from_tensors(cls, tensors: dict[str, Any], prefix: str) -> DenseEnsemble:
        """Collect ``PREFIX0.weight``, ``PREFIX0.bias`` and so on; KeyError if there are none."""
        layers: list[tuple[Array, Array]] = []
        while f"{prefix}{len(layers)}.weight" in tensors or not layers:
            pair = (tensors[f"{prefix}{len(layers)}.weight"], tensors[f"{prefix}{len(layers)}.bias"])
            layers.append((pair[0].astype(np.float32), pair[1].astype(np.float32)))
        return cls(tuple(layers))

    def __call__(self, inputs: NDArray[Any]) -> Array:
        """Return the average output of the networks, shape (n, n_out), for inputs (n, n_in)."""
        n_networks = self.layers[0][0].shape[0]
        hidden: NDArray[Any] = np.broadcast_to(inputs.astype(np.float32), (n_networks, *inputs.shape))
        for number, (weight, bias) in enumerate(self.layers):
            hidden = np.matmul(hidden, weight.transpose(0, 2, 1)) + bias[:, None, :]
            if number < len(self.layers) - 1:
                hidden = hidden / (1.0 + np.exp(np.minimum(-hidden, _LARGEST_EXPONENT)))
        return np.asarray(hidden.mean(axis=0), dtype=np.float32)


@dataclasses.dataclass(frozen=True, eq=False)
class KernelRegression:
    """A Gaussian process' mean: rational quadratic kernels about the training points, on a quadratic.

    Attributes
    ----------
    points : ndarray, shape (n_points, n_in)
        Training inputs.
    inverse_lengths : ndarray, shape (n_groups, n_in)
        One over the kernels' widths, for each group of outputs.
    sizes : tuple of int
        Outputs in each group.
    weights : ndarray, shape (n_points, n_out)
    polynomial : ndarray, shape (n_terms, n_out)
        Of `quadratic_terms`.
    """

    points: FloatArray
    inverse_lengths: FloatArray
    sizes: tuple[int, ...]
    weights: FloatArray
    polynomial: FloatArray

    @classmethod
    def from_tensors(cls, tensors: dict[str, Any], prefix: str) -> KernelRegression | None:
        """Collect the tensors that `tensors` names; None where there are none, KeyError if one is missing."""
        if f"{prefix}_points" not in tensors:
            return None
        values = {
            name: np.asarray(tensors[f"{prefix}_{name}"], dtype=np.float64)
            for name in ("points", "inverse_lengths", "weights", "polynomial")
        }
        return cls(sizes=tuple(int(size) for size in tensors[f"{prefix}_sizes"]), **values)

    def tensors(self, prefix: str) -> dict[str, NDArray[Any]]:
        """Return what is stored in a file."""
        return {
            f"{prefix}_points": self.points,
            f"{prefix}_inverse_lengths": self.inverse_lengths,
            f"{prefix}_sizes": np.asarray(self.sizes, dtype=np.int64),
            f"{prefix}_weights": self.weights.astype(np.float32),
            f"{prefix}_polynomial": self.polynomial.astype(np.float32),
        }

    @functools.cached_property
    def _scaled(self) -> list[tuple[FloatArray, FloatArray]]:
        """The points in units of each group's widths, and their squared lengths."""
        scaled = [self.points * inverse for inverse in self.inverse_lengths]
        return [(points, np.square(points).sum(axis=1)) for points in scaled]

    def __call__(self, inputs: NDArray[Any]) -> Array:
        """Return the regression at inputs (n, n_in), shape (n, n_out)."""
        at = np.asarray(inputs, dtype=np.float64)
        result = quadratic_terms(at) @ self.polynomial
        last = np.cumsum(self.sizes)
        groups = zip(self.inverse_lengths, self._scaled, last, self.sizes, strict=True)
        for inverse, scaled, stop, size in groups:
            group = slice(stop - size, stop)
            result[:, group] += kernel_matrix(at * inverse, *scaled) @ self.weights[:, group]
        return np.asarray(result, dtype=np.float32)


def kernel_matrix(a: FloatArray, b: FloatArray, b_squared: FloatArray | None = None) -> FloatArray:
    """Return 1 / (1 + |a_i - b_j|^2 / 2), shape (n_a, n_b): Gaussians of many widths added up."""
    if b_squared is None:
        b_squared = np.square(b).sum(axis=1)
    distance = np.square(a).sum(axis=1)[:, None] + b_squared - 2.0 * a @ b.T
    return np.asarray(1.0 / (1.0 + 0.5 * np.maximum(distance, 0.0)))


def quadratic_terms(inputs: FloatArray) -> FloatArray:
    """Return 1, all x_i, and all x_i x_j with i <= j, shape (n, n_terms)."""
    first, second = np.triu_indices(inputs.shape[1])
    products = inputs[:, first] * inputs[:, second]
    return np.concatenate([np.ones((len(inputs), 1)), inputs, products], axis=1)
