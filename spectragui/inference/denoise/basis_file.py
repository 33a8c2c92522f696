"""The basis of a denoiser as tensors of a model file, and back."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from spectragui.core.spectral_axis import air_to_vacuum
from spectragui.networks.mixed_lines import LineMixing
from spectragui.networks.spectrum_basis import SpectrumBasis
from spectragui.simulation.emulator import Emulator

Floats = NDArray[np.float64]
_BASIS = ("level_aa", "level", "prior_mean", "prior_factor", "templates")
MIXING, MIXING_VSINI = "mixing", "mixing_vsini"  # where lines are sums of an emulator's components
#: Of lines that are made of such sums when a model is opened.
MOST_POINTS, MOST_VALUES, LARGEST_KMS = 200_000, 20_000_000, 1000.0


def basis_tensors(basis: SpectrumBasis, n_bytes: int = 0) -> dict[str, NDArray[Any]]:
    """Return a basis as tensors of a model file.

    Parameters
    ----------
    basis : SpectrumBasis
    n_bytes : int
        Components, the last ones, that are kept in one byte a point; the others are in half precision.
    """
    tensors = {name: getattr(basis, name).astype(np.float32) for name in _BASIS}
    if basis.mixing is not None:
        return tensors | {
            "grid": np.array([basis.start_aa, basis.dv_kms, float(basis.lines.shape[1])]),
            MIXING: basis.mixing.weights.astype(np.float32),
            MIXING_VSINI: basis.mixing.vsini_kms.astype(np.float32),
        }
    n_half = basis.n_lines - n_bytes
    tensors |= {
        "grid": np.array([basis.start_aa, basis.dv_kms]),
        "lines_mean": basis.lines[0].astype(np.float32),
        "lines": basis.lines[1 : 1 + n_half].astype(np.float16),
    }
    if n_bytes:
        small = basis.lines[1 + n_half :]
        scale = np.abs(small).max(axis=1) / 127.0
        tensors["small_lines"] = np.rint(small / scale[:, None]).astype(np.int8)
        tensors["small_lines_scale"] = scale.astype(np.float32)
    return tensors


def basis_of(
    tensors: dict[str, NDArray[Any]], emulator: Emulator | None = None, resolving_power: float = 0.0
) -> SpectrumBasis:
    """Return the basis of a model file.

    Parameters
    ----------
    tensors : dict of str to ndarray
    emulator : Emulator, optional
        Whose components the lines are sums of, where the file has sums.
    resolving_power : float
        That such lines are broadened to.
    """
    rest = {name: tensors[name].astype(np.float64) for name in _BASIS}
    if MIXING in tensors:
        return _mixed_basis(tensors, rest, emulator, resolving_power)
    rows = [tensors["lines_mean"][None].astype(np.float64), tensors["lines"].astype(np.float64)]
    if "small_lines" in tensors:
        rows.append(tensors["small_lines"] * tensors["small_lines_scale"][:, None].astype(np.float64))
    start, step = (float(value) for value in tensors["grid"])
    return _with(start, step, np.concatenate(rows), rest)


def _mixed_basis(
    tensors: dict[str, NDArray[Any]],
    rest: dict[str, Floats],
    emulator: Emulator | None,
    resolving_power: float,
) -> SpectrumBasis:
    start, step, n_points = (float(value) for value in tensors["grid"])
    mixing = LineMixing(tensors[MIXING_VSINI].astype(np.float64), tensors[MIXING].astype(np.float32))
    if emulator is None or not resolving_power > 0:
        raise ValueError("its lines are sums of what nobody named")
    shape = mixing.weights.shape
    if len(shape) != 3 or shape[0] != mixing.vsini_kms.size or shape[2] != 1 + emulator.n_components:
        raise ValueError("it is of another emulator")
    if not (4 <= n_points <= MOST_POINTS and 0 < step < LARGEST_KMS and start > 0):
        raise ValueError("its grid is none")
    if shape[1] * n_points > MOST_VALUES or not (np.abs(mixing.vsini_kms) < LARGEST_KMS).all():
        raise ValueError("its lines are too many")
    rows = np.concatenate([emulator.mean[None], emulator.basis])
    lines = mixing.lines(
        rows, emulator_vacuum(emulator), emulator.dv_kms, resolving_power, (start, step, int(n_points))
    )
    return _with(start, step, lines, rest, mixing)


def emulator_vacuum(emulator: Emulator) -> Floats:
    """Return the wavelengths of an emulator's pixels [Angstrom, vacuum]."""
    known = emulator.wavelength_aa
    return air_to_vacuum(known) if emulator.medium == "air" else known


def _with(
    start: float, step: float, lines: Floats, rest: dict[str, Floats], mixing: LineMixing | None = None
) -> SpectrumBasis:
    level_aa, level, mean, factor, templates = (rest[name] for name in _BASIS)
    return SpectrumBasis(start, step, lines, level_aa, level, mean, factor, templates, mixing)
