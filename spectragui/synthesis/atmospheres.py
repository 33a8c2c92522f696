"""Model atmospheres on a grid of Teff, log g, [M/H], and models between its points."""

from __future__ import annotations

import dataclasses
import itertools
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from spectragui.core.errors import ReadError, first_sentence
from spectragui.core.npz_file import read_npz

BOLTZMANN_CGS = 1.380649e-16  # erg/K
ATOMIC_MASS_G = 1.66053907e-24


@dataclasses.dataclass(frozen=True)
class Atmosphere:
    """One plane-parallel model on a column-mass scale; every array has the shape (n_layers,)."""

    column_mass: NDArray[np.float64]  # g/cm2
    temperature: NDArray[np.float64]  # K
    electron_density: NDArray[np.float64]  # 1/cm3
    atom_density: NDArray[np.float64]  # 1/cm3
    density: NDArray[np.float64]  # g/cm3


@dataclasses.dataclass(frozen=True, eq=False)
class AtmosphereGrid:
    """ATLAS9 models whose layers lie at equal Rosseland depth, so that they interpolate index by index.

    Attributes
    ----------
    labels : ndarray, shape (n_models, 3)
        teff [K], logg [dex], m_h [dex].
    layers : ndarray, shape (n_models, n_layers, 4)
        Column mass, temperature, pressure [dyn/cm2], electron density.
    """

    labels: NDArray[np.float64]
    layers: NDArray[np.float64]

    @classmethod
    def load(cls, path: Path) -> AtmosphereGrid:
        """Read a grid from an ``.npz`` with ``labels``, ``layers`` and ``columns``.

        Raises
        ------
        ReadError
            If the file is missing or laid out otherwise.
        """
        try:
            arrays = read_npz(path, ("labels", "layers"))
            return cls(arrays["labels"].astype(np.float64), arrays["layers"].astype(np.float64))
        except (OSError, ValueError) as error:
            raise ReadError(
                f"{path.name} is no grid of model atmospheres: {first_sentence(error)}.",
                "It needs the arrays labels (n, 3) and layers (n, n_layers, 4).",
            ) from error

    @cached_property
    def _nodes(self) -> tuple[NDArray[np.float64], ...]:
        return tuple(np.unique(self.labels[:, i]) for i in range(3))

    @cached_property
    def _index(self) -> dict[tuple[float, ...], int]:
        return {tuple(label): i for i, label in enumerate(self.labels.tolist())}

    def _corners(self, point: tuple[float, float, float]) -> list[tuple[tuple[float, ...], float]]:
        """Return the surrounding nodes that count, with their trilinear weights."""
        sides = []
        for nodes, value in zip(self._nodes, point, strict=True):
            low = int(np.clip(np.searchsorted(nodes, value, side="right") - 1, 0, len(nodes) - 2))
            part = float((value - nodes[low]) / (nodes[low + 1] - nodes[low]))
            sides.append(((float(nodes[low]), 1.0 - part), (float(nodes[low + 1]), part)))
        corners = []
        for corner in itertools.product(*sides):
            weight = float(np.prod([part for _, part in corner]))
            if weight != 0.0:
                corners.append((tuple(node for node, _ in corner), weight))
        return corners

    def contains(self, teff: float, logg: float, m_h: float) -> bool:
        """Return whether all models around a point exist."""
        corners = self._corners((teff, logg, m_h))
        return all(node in self._index and weight > 0 for node, weight in corners)

    def interpolate(self, teff: float, logg: float, m_h: float) -> Atmosphere:
        """Return the model at a point, linear in the logarithm of each quantity.

        Raises
        ------
        KeyError
            If a model around the point is missing (ask `contains` first).
        """
        log_layers = sum(
            weight * np.log10(self.layers[self._index[node]])
            for node, weight in self._corners((teff, logg, m_h))
        )
        column_mass, temperature, pressure, electrons = np.power(10.0, log_layers).T
        atoms = pressure / (BOLTZMANN_CGS * temperature) - electrons
        # 1.26 atomic masses a nucleus: hydrogen with 8.5 % helium by number, solar metals.
        return Atmosphere(column_mass, temperature, electrons, atoms, 1.26 * ATOMIC_MASS_G * atoms)
