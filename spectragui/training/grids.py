"""Grids of synthetic spectra with labels: the `.npz` layout, read and checked."""

from __future__ import annotations

import dataclasses
import math
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spectragui.core.errors import TrainingError, first_sentence
from spectragui.core.labels import STAR_LABELS
from spectragui.core.npz_file import NpzError, read_npz
from spectragui.training.emulator.emulator_grid import FLUX_UNIT, HELD_OUT_STEP

VALIDATION_REMAINDER = 5
_NEEDED = ("wave", "flux", "labels", "label_names")
_OPTIONAL = ("resolving_power", "gaps", "vsini")
_MISSING_BELOW = -999.0
#: Grids that are no files of the shared data, but computed from some.
COMPUTED = ("data/grids/hband.npz", "data/grids/hband_slow.npz", "data/grids/nir.npz")


@dataclasses.dataclass(frozen=True, eq=False)
class SpectrumGrid:
    """Synthetic spectra at the resolution of the lines.

    Attributes
    ----------
    wavelength_aa : ndarray, shape (n_pixels,)
        Medium of the model, rest frame, constant in ln(wavelength) [Angstrom].
    flux : ndarray of uint16, shape (n_spectra, n_pixels)
        Normalised flux in units of 1 / 50000.
    labels : ndarray, shape (n_spectra, n_labels)
        In the order of ``label_names``.
    index : ndarray of int, shape (n_spectra,)
        Position in the file.
    notes : tuple of str
        What was left out, and why.
    label_names : tuple of str
    resolving_power : float
        lambda / FWHM that the spectra have already; infinite = the resolution of the lines.
    gaps_aa : tuple of (float, float)
        Stretches that no spectrum covers [Angstrom]; the flux is one there.
    vsini_kms : ndarray, shape (n_spectra,), or None
        Broadening by rotation that the spectra have already; None = they have none.
    """

    wavelength_aa: NDArray[np.float64]
    flux: NDArray[np.uint16]
    labels: NDArray[np.float64]
    index: NDArray[np.int64]
    notes: tuple[str, ...] = ()
    label_names: tuple[str, ...] = STAR_LABELS
    resolving_power: float = math.inf
    gaps_aa: tuple[tuple[float, float], ...] = ()
    vsini_kms: NDArray[np.float64] | None = None

    def __len__(self) -> int:
        return len(self.labels)

    def select(self, chosen: NDArray[np.bool_]) -> SpectrumGrid:
        """Return the spectra for which ``chosen`` is True."""
        return dataclasses.replace(
            self,
            flux=self.flux[chosen],
            labels=self.labels[chosen],
            index=self.index[chosen],
            vsini_kms=None if self.vsini_kms is None else self.vsini_kms[chosen],
        )

    def held_out(self) -> SpectrumGrid:
        """Return every tenth spectrum: those that nothing is trained or tuned on."""
        return self.select(self.index % HELD_OUT_STEP == 0)

    def for_validation(self) -> SpectrumGrid:
        """Return the tenth that stated errors are calibrated on; networks are not trained on it."""
        return self.select(self.index % HELD_OUT_STEP == VALIDATION_REMAINDER)

    def for_training(self) -> SpectrumGrid:
        """Return what is neither held out nor for validation."""
        remainder = self.index % HELD_OUT_STEP
        return self.select((remainder != 0) & (remainder != VALIDATION_REMAINDER))

    def with_emulated(self, labels: NDArray[np.float64], flux: NDArray[np.float32]) -> SpectrumGrid:
        """Return the grid with other spectra of its pixels, (n, n_labels) and (n, n_pixels), at its end."""
        stored = np.round(np.clip(flux, 0.0, 1.3) * FLUX_UNIT).astype(np.uint16)
        index = np.arange(len(labels)) + int(self.index.max(initial=-1)) + 1
        return dataclasses.replace(
            self,
            flux=np.concatenate([self.flux, stored]),
            labels=np.concatenate([self.labels, labels]),
            index=np.concatenate([self.index, index]),
        )

    def joined(self, other: SpectrumGrid) -> SpectrumGrid:
        """Return the grid with the spectra of another one of the same kind and pixels at its end."""
        vsini = None
        if self.vsini_kms is not None and other.vsini_kms is not None:
            vsini = np.concatenate([self.vsini_kms, other.vsini_kms])
        return dataclasses.replace(
            self,
            flux=np.concatenate([self.flux, other.flux]),
            labels=np.concatenate([self.labels, other.labels]),
            index=np.concatenate([self.index, other.index + int(self.index.max(initial=-1)) + 1]),
            vsini_kms=vsini,
        )

    def normalised_flux(self) -> NDArray[np.float32]:
        """Return the flux with the continuum at one, shape (n_spectra, n_pixels)."""
        return self.flux.astype(np.float32) / np.float32(FLUX_UNIT)


def find_shared_file(*parts: str) -> Path:
    """Return a file of the shared data: below ``$SPECTRAGUI_SHARED``, else ``../shared``.

    Grids that are computed from other shared data (`spectragui.training.h_band_grids`) are computed at
    the first call and kept in the user's cache.

    Raises
    ------
    TrainingError
        If it is in neither.
    """
    roots = [os.environ.get("SPECTRAGUI_SHARED", ""), str(Path.cwd().parent / "shared")]
    for root in roots:
        path = Path(root).joinpath(*parts) if root else None
        if path is not None and path.is_file():
            return path
    name = "/".join(parts)
    if name in COMPUTED:
        return _computed_grid(parts[-1])
    raise TrainingError(
        f"The file {name} was not found: neither below $SPECTRAGUI_SHARED nor in ../shared.",
        "Name it (train: `grid` in the configuration; evaluate: --grid), or set SPECTRAGUI_SHARED.",
    )


def _computed_grid(name: str) -> Path:
    import platformdirs

    from spectragui.training.h_band_grids import write_grid

    path = Path(platformdirs.user_cache_dir("spectragui", appauthor=False)) / "grids" / name
    if not path.is_file():
        coefficients = find_shared_file("data", "hband", "500k_wl.npy").parent
        path.parent.mkdir(parents=True, exist_ok=True)
        write_grid(name, coefficients, path)
    return path


def computed_spectra(name: str, n_spectra: int, seed: int, needed: Sequence[str]) -> SpectrumGrid:
    """Return other stars than those of a grid that is computed (one of `COMPUTED`), in the same way.

    Parameters
    ----------
    name : str
    n_spectra : int
    seed : int
        Another one than the grid's own.
    needed : sequence of str
        Labels, in their order.
    """
    from spectragui.training.h_band_grids import grid_arrays

    coefficients = find_shared_file("data", "hband", "500k_wl.npy").parent
    file = Path(name).name
    return _grid_of(grid_arrays(file, coefficients, n_spectra, seed), file, needed)


def find_file(name: str) -> Path:
    """Return a file named by a configuration: as it stands, else below the shared data."""
    path = Path(name)
    return path if path.is_file() else find_shared_file(*path.parts)


def read_grid(path: str | os.PathLike[str], needed: Sequence[str] = STAR_LABELS) -> SpectrumGrid:
    """Read a grid of spectra.

    Parameters
    ----------
    path : path-like
        ``.npz`` with ``wave`` (n_pixels,) [Angstrom, air, constant in log], ``flux``
        (n_spectra, n_pixels; uint16 in units of 1/50000, or floats with the continuum at 1),
        ``labels`` (n_spectra, n_labels) and ``label_names``; perhaps ``resolving_power``, ``gaps``
        (n_gaps, 2) and ``vsini`` (n_spectra,), as in `SpectrumGrid`.
    needed : sequence of str
        Labels that it must have; others are left alone.

    Raises
    ------
    TrainingError
        If the file is missing, is no such archive, or no spectrum has all its labels.

    Notes
    -----
    Spectra with missing labels (NaN or -9999) are left out, and ``notes`` says so.
    """
    return _grid_of(_read_arrays(Path(path)), Path(path).name, needed)


def _grid_of(arrays: dict[str, NDArray[Any]], name: str, needed: Sequence[str]) -> SpectrumGrid:
    wave = np.asarray(arrays["wave"], dtype=np.float64)
    flux = arrays["flux"]
    if flux.ndim != 2 or wave.ndim != 1 or flux.shape[1] != len(wave) or not len(flux):
        raise TrainingError(
            f"In {name} flux has the shape {flux.shape}, but there are {wave.size} wavelengths.",
            "flux must be (n_spectra, n_pixels), wave (n_pixels,).",
        )
    _check_wavelengths(wave, name)
    if flux.dtype != np.uint16:
        if not np.isfinite(flux).all():
            raise TrainingError(f"The flux in {name} has values that are not numbers.")
        flux = np.round(np.clip(flux, 0.0, 1.3) * FLUX_UNIT).astype(np.uint16)
    labels, is_known = _labels_of(arrays, len(flux), name, tuple(needed))
    notes: tuple[str, ...] = ()
    if not is_known.all():
        n_left_out = int(np.sum(~is_known))
        notes = (f"{n_left_out} of {len(flux)} spectra of {name} have missing labels: left out.",)
    stored = flux.astype(np.uint16, copy=False)
    grid = SpectrumGrid(
        wave, stored, labels, np.arange(len(flux)), notes, tuple(needed), *_already(arrays, len(flux), name)
    )
    return grid.select(is_known)


def _read_arrays(path: Path) -> dict[str, NDArray[np.generic]]:
    if not path.is_file():
        raise TrainingError(f"There is no file {path}.", "Check the name of the grid.")
    try:
        return read_npz(path, _NEEDED, _OPTIONAL)
    except (OSError, NpzError) as error:
        raise TrainingError(
            f"{path.name} could not be read as a grid of spectra: {first_sentence(error)}.",
            f"It should be a numpy archive (.npz) with the arrays {', '.join(_NEEDED)}.",
        ) from error


def _already(
    arrays: dict[str, NDArray[np.generic]], n_spectra: int, name: str
) -> tuple[float, tuple[tuple[float, float], ...], NDArray[np.float64] | None]:
    """Return resolving power, gaps and v sin i that the spectra of a grid have already."""
    try:
        power = float(np.ravel(arrays.get("resolving_power", np.array(math.inf)))[0])
        gaps = np.asarray(arrays.get("gaps", np.zeros((0, 2))), dtype=np.float64).reshape(-1, 2)
        vsini = np.asarray(arrays["vsini"], dtype=np.float64) if "vsini" in arrays else None
    except (ValueError, TypeError, IndexError) as error:
        raise TrainingError(f"resolving_power, gaps or vsini in {name} are no numbers.") from error
    if not power > 0 or (vsini is not None and (vsini.shape != (n_spectra,) or not np.isfinite(vsini).all())):
        raise TrainingError(f"resolving_power or vsini in {name} are not those of its spectra.")
    return power, tuple((float(low), float(high)) for low, high in gaps), vsini


def _check_wavelengths(wave: NDArray[np.float64], name: str) -> None:
    steps = np.diff(np.log(wave)) if len(wave) > 1 and wave.min() > 0 else np.zeros(1)
    if not np.isfinite(steps).all() or steps.min() <= 0 or np.ptp(steps) > 0.01 * steps.mean():
        raise TrainingError(
            f"The wavelengths in {name} are not ascending in equal steps of ln(wavelength).",
            "Resample the spectra to a grid of constant velocity step.",
        )


def _labels_of(
    arrays: dict[str, NDArray[np.generic]], n_spectra: int, name: str, needed: tuple[str, ...]
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    names = [str(label) for label in np.atleast_1d(arrays["label_names"])]
    missing = [label for label in needed if label not in names]
    if missing:
        raise TrainingError(
            f"{name} has no label {missing[0]!r}.",
            f"It has: {', '.join(names)}; needed: {', '.join(needed)}.",
        )
    table = np.asarray(arrays["labels"], dtype=np.float64)
    if table.shape != (n_spectra, len(names)):
        raise TrainingError(f"In {name} the labels have the shape {table.shape} for {n_spectra} spectra.")
    labels = table[:, [names.index(label) for label in needed]]
    is_known = np.all(np.isfinite(labels) & (labels > _MISSING_BELOW), axis=1)
    if not is_known.any():
        raise TrainingError(
            f"All spectra in {name} have labels that are missing (NaN or -9999).", "Give their labels."
        )
    return labels, is_known
