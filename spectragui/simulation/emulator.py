"""`Emulator`: synthetic spectra from stellar labels, by a small network on a PCA basis.

Evaluated in numpy, so that a window opens, and a least-squares fit runs, without torch. The same
arrays are evaluated in torch where networks are trained on spectra made on the fly.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from spectragui.core.errors import ModelError
from spectragui.core.kept_models import kept_while_unchanged
from spectragui.core.labels import STAR_LABELS
from spectragui.core.model_card import Medium, ModelCard
from spectragui.core.model_folder import find_model, read_card, read_weights
from spectragui.core.spectral_axis import SPEED_OF_LIGHT_KMS
from spectragui.core.weights_file import COPY_AGAIN
from spectragui.simulation.regressors import DenseEnsemble, KernelRegression

Array = NDArray[np.float32]

KIND = "emulator"
LARGEST_FLUX = 100.0  # of a normalised spectrum that is one


def label_features(labels: ArrayLike, names: Sequence[str] = STAR_LABELS) -> NDArray[np.float64]:
    """Return what the network sees of the labels, in which spectra are close to smooth.

    Parameters
    ----------
    labels : array_like, shape (n, n_labels)
    names : sequence of str
        Of the labels, by column.

    Returns
    -------
    ndarray, shape (n, n_features)
        The labels, but 5040 / teff for teff, and 10^(m_h / 2) after m_h: line strengths follow the
        excitation exponent, and saturated lines the square root of the abundance.
    """
    columns = []
    for name, values in zip(names, np.atleast_2d(np.asarray(labels, dtype=np.float64)).T, strict=True):
        columns.append(5040.0 / values if name == "teff" else values)
        if name == "m_h":
            columns.append(10.0 ** (0.5 * values))
    return np.stack(columns, axis=1)


@dataclasses.dataclass(frozen=True, eq=False)
class Emulator:
    """Normalised flux and continuum of a star as a function of its labels.

    Attributes
    ----------
    name : str
    wavelength_aa : ndarray, shape (n_pixels,), Angstrom
        In ``medium``, constant in log wavelength, rest frame.
    medium : {"air", "vacuum"}
    dv_kms : float
        Step of ``wavelength_aa``.
    label_names : tuple of str
    label_ranges : dict of str to (float, float)
        Box of the training spectra.
    feature_mean, feature_scale : ndarray, shape (n_features,)
        Standardisation of `label_features`.
    networks : DenseEnsemble
    kernels : KernelRegression or None
        Averaged with the networks; each errs where the other does not.
    coefficient_scale : ndarray, shape (n_components,)
        That average times this are PCA coefficients.
    mean : ndarray, shape (n_pixels,)
    basis : ndarray, shape (n_components, n_pixels)
        normalised flux = mean + coefficients @ basis.
    continuum_networks : DenseEnsemble
    continuum_kernels : KernelRegression or None
        With ``continuum_scale``, ``continuum_mean`` (n_knots,) and ``continuum_basis``
        (n_continuum_components, n_knots) of ln continuum.
    knot_pixels : ndarray of int, shape (n_knots,)
        Pixels of the continuum's knots, linear in between.
    resolving_power : float
        lambda / FWHM that its spectra have themselves; infinite = the resolution of the lines.
    """

    name: str
    medium: Medium
    wavelength_aa: NDArray[np.float64]
    dv_kms: float
    label_names: tuple[str, ...]
    label_ranges: dict[str, tuple[float, float]]
    feature_mean: Array
    feature_scale: Array
    networks: DenseEnsemble
    kernels: KernelRegression | None
    coefficient_scale: Array
    mean: Array
    basis: Array
    continuum_networks: DenseEnsemble
    continuum_kernels: KernelRegression | None
    continuum_scale: Array
    continuum_mean: Array
    continuum_basis: Array
    knot_pixels: NDArray[np.int64]
    resolving_power: float = float("inf")

    @property
    def n_pixels(self) -> int:
        """Pixels of the window."""
        return self.wavelength_aa.size

    @property
    def n_components(self) -> int:
        """Vectors of the basis."""
        return int(self.basis.shape[0])

    @classmethod
    def load(cls, folder: Path) -> Emulator:
        """Read an emulator from its model folder.

        Raises
        ------
        ModelError
            If the file is missing or damaged, or is another kind of model.
        """
        card = read_card(folder)
        if card.kind != KIND:
            raise ModelError(
                f"The model {card.name} is not an emulator.", "Choose the folder of an emulator."
            )
        emulator = cls.from_tensors(card.name, read_weights(folder, card), card.label_names, card.medium)
        check_emulator(emulator, card)
        return emulator

    @classmethod
    def from_tensors(
        cls,
        name: str,
        tensors: dict[str, Any],
        label_names: Sequence[str] = STAR_LABELS,
        medium: Medium = "air",
    ) -> Emulator:
        """Build an emulator from the tensors of its file, and what its card says of them."""
        try:
            with np.errstate(all="ignore"):  # what overflows is seen by `check_emulator`
                return cls._unpack(name, tensors, tuple(label_names), medium)
        except KeyError as error:
            raise ModelError(f"The emulator {name} lacks its tensor {error}.") from error
        except (ValueError, IndexError, TypeError, ArithmeticError) as error:
            raise ModelError(
                f"The tensors of the emulator {name} do not fit together.", COPY_AGAIN
            ) from error

    @classmethod
    def _unpack(
        cls, name: str, tensors: dict[str, Any], label_names: tuple[str, ...], medium: Medium
    ) -> Emulator:
        basis = unpack_basis(tensors["basis"], tensors["basis_small"], tensors["basis_small_step"])
        start, step = tensors["wavelength_grid"]
        pixels = np.arange(basis.shape[1])
        ranges = np.asarray(tensors["label_ranges"], dtype=float)
        single = {
            key: np.ascontiguousarray(tensors[key], dtype=np.float32)
            for key in (
                "feature_mean",
                "feature_scale",
                "coefficient_scale",
                "mean",
                "continuum_scale",
                "continuum_mean",
                "continuum_basis",
            )
        }
        return cls(
            name=name,
            medium=medium,
            wavelength_aa=np.exp(start + step * pixels),
            dv_kms=float(round(step * SPEED_OF_LIGHT_KMS, 6)),
            label_names=label_names,
            label_ranges={
                key: (low, high) for key, (low, high) in zip(label_names, ranges.tolist(), strict=True)
            },
            networks=DenseEnsemble.from_tensors(tensors, "layer"),
            kernels=KernelRegression.from_tensors(tensors, "kernel"),
            basis=basis,
            continuum_networks=DenseEnsemble.from_tensors(tensors, "continuum_layer"),
            continuum_kernels=KernelRegression.from_tensors(tensors, "continuum_kernel"),
            knot_pixels=np.asarray(tensors["knot_pixels"], dtype=np.int64),
            resolving_power=float(np.ravel(tensors.get("resolving_power", np.inf))[0]),
            **single,
        )

    def coefficients(self, labels: ArrayLike) -> Array:
        """Return the PCA coefficients of spectra.

        Parameters
        ----------
        labels : array_like, shape (n, n_labels) or (n_labels,)

        Returns
        -------
        ndarray, shape (n, n_components), float32
        """
        inputs = self._inputs(labels)
        return average(inputs, self.networks, self.kernels) * self.coefficient_scale

    def normalised_flux(self, labels: ArrayLike, pixels: slice | None = None) -> Array:
        """Return normalised spectra at the resolution of the lines: no rotation, no instrument.

        Parameters
        ----------
        labels : array_like, shape (n, n_labels) or (n_labels,)
            In the order of ``label_names``.
        pixels : slice, optional
            Part of the window; all of it by default.

        Returns
        -------
        ndarray, shape (n, n_pixels), float32
        """
        part = slice(None) if pixels is None else pixels
        return self.mean[part] + self.coefficients(labels) @ self.basis[:, part]

    def normalised_flux_derivatives(self, labels: ArrayLike, pixels: slice | None = None) -> Array:
        """Return one spectrum's derivatives by its labels, shape (n_labels, n_pixels), per label unit."""
        part = slice(None) if pixels is None else pixels
        return self.coefficient_derivatives(labels) @ self.basis[:, part]

    def coefficient_derivatives(self, labels: ArrayLike) -> Array:
        """Return the derivatives of one spectrum's coefficients, shape (n_labels, n_components)."""
        n_labels = len(self.label_names)
        centre = np.asarray(labels, dtype=np.float64).reshape(n_labels)
        sizes = np.array([DERIVATIVE_STEPS[name] for name in self.label_names])
        steps = np.diag(sizes)
        both = self.coefficients(np.concatenate([centre + steps, centre - steps]))
        return ((both[:n_labels] - both[n_labels:]) / (2 * sizes[:, None])).astype(np.float32)

    def continuum(self, labels: ArrayLike, pixels: slice | None = None) -> Array:
        """Return the continuum flux per wavelength, erg/s/cm2/A up to a constant, shape (n, n_pixels)."""
        part = slice(None) if pixels is None else pixels
        scaled = (
            average(self._inputs(labels), self.continuum_networks, self.continuum_kernels)
            * self.continuum_scale
        )
        knots = self.continuum_mean + scaled @ self.continuum_basis
        grid = np.arange(self.n_pixels)[part]
        return np.exp(np.stack([np.interp(grid, self.knot_pixels, row) for row in knots])).astype(np.float32)

    def _inputs(self, labels: ArrayLike) -> NDArray[np.float64]:
        return np.asarray((label_features(labels, self.label_names) - self.feature_mean) / self.feature_scale)


def check_emulator(emulator: Emulator, card: ModelCard) -> None:
    """Raise where an emulator is not what its card says, or gives no numbers in its own range.

    Raises
    ------
    ModelError
        With the first thing that differs.
    """
    if not card.label_names or set(card.label_names) - set(STAR_LABELS):
        raise ModelError(
            f"The labels of the emulator {card.name} are {', '.join(card.label_names) or 'none'}.",
            f"An emulator has some of {', '.join(STAR_LABELS)}.",
        )
    grid = card.wavelength
    ends = emulator.wavelength_aa[[0, -1]]
    if grid is not None and (
        grid.n_pixels != emulator.n_pixels or not np.allclose(ends, (grid.start_aa, grid.stop_aa), rtol=1e-4)
    ):
        raise ModelError(
            f"The wavelengths of the emulator {emulator.name} are not those of its card.", COPY_AGAIN
        )
    ranges = np.array([emulator.label_ranges[name] for name in emulator.label_names])
    said = np.array([card.label_ranges[name] for name in emulator.label_names])
    if not np.allclose(ranges, said, rtol=1e-3, atol=1e-3):
        raise ModelError(
            f"The label ranges of the emulator {emulator.name} are not those of its card.", COPY_AGAIN
        )
    if not emulator.resolving_power > 0:
        raise ModelError(f"The emulator {emulator.name} has no resolving power.", COPY_AGAIN)
    knots = emulator.knot_pixels
    if (np.diff(knots) <= 0).any() or knots.min(initial=0) < 0 or knots.max(initial=0) >= emulator.n_pixels:
        raise ModelError(f"The continuum of the emulator {emulator.name} has impossible knots.", COPY_AGAIN)
    stars = np.stack([ranges.mean(axis=1), ranges[:, 0], ranges[:, 1]])
    with np.errstate(all="ignore"):
        try:
            values = (emulator.normalised_flux(stars), emulator.continuum(stars))
        except (ValueError, IndexError, TypeError) as error:
            raise ModelError(
                f"The tensors of the emulator {emulator.name} do not fit together.", COPY_AGAIN
            ) from error
    if not all(np.isfinite(value).all() for value in values) or np.abs(values[0][0]).max() > LARGEST_FLUX:
        raise ModelError(
            f"The emulator {emulator.name} gives no spectrum within its own range: "
            "its weights are not sound.",
            COPY_AGAIN,
        )


# Small against the scale on which spectra change, large against float32 rounding.
DERIVATIVE_STEPS = {"teff": 10.0, "logg": 0.02, "m_h": 0.02, "alpha_m": 0.02, "vmic": 0.02}


def average(inputs: NDArray[Any], networks: DenseEnsemble, kernels: KernelRegression | None) -> Array:
    """Return the mean of networks and kernels, of the networks alone where there are no kernels."""
    if kernels is None:
        return networks(inputs)
    return np.asarray(0.5 * (networks(inputs) + kernels(inputs)), dtype=np.float32)


def unpack_basis(large: Any, small: Any, small_step: Any) -> Array:
    """Join a basis' leading vectors (float16) and its small ones (int8 times a step each)."""
    small = small.astype(np.float32) * np.asarray(small_step, dtype=np.float32)[:, None]
    return np.ascontiguousarray(np.concatenate([large.astype(np.float32), small]))


def pack_basis(basis: Array, n_large: int) -> dict[str, NDArray[Any]]:
    """Return the tensors that `unpack_basis` joins: float16, and int8 with a step per vector.

    The vectors after the first ``n_large`` carry so little flux that eight bits hold it.
    """
    small = basis[n_large:]
    step = np.abs(small).max(axis=1) / 127.0 if len(small) else np.zeros(0)
    rounded = np.round(small / step[:, None]) if len(small) else small
    return {
        "basis": basis[:n_large].astype(np.float16),
        "basis_small": rounded.astype(np.int8),
        "basis_small_step": step.astype(np.float32),
    }


def load_emulator(name: str) -> Emulator:
    """Return a bundled or imported emulator, read once per process.

    Raises
    ------
    ModelError
        If it is missing or damaged.
    """
    return emulator_of_folder(find_model(name))


@kept_while_unchanged(8)
def emulator_of_folder(folder: Path) -> Emulator:
    """Return the emulator of a model folder, read once per process.

    Raises
    ------
    ModelError
        If it is missing or damaged.
    """
    return Emulator.load(folder)
