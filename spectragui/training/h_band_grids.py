"""Compute the grids of the H band; `spectragui.training.grids.find_file` does so where one is named.

From published fits (`spectragui.training.h_band_spectra`), in the layout of the other grids:

- ``hband.npz``: APOGEE dwarfs, broadened by their own v_macro, at R = 22,500 already; gaps between the chips;
- ``hband_slow.npz``: the same with next to no v_macro, for an emulator;
- ``nir.npz``: M dwarfs of BT-Settl, at the resolution of the lines.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spectragui.core.atomic_write import atomic_path
from spectragui.core.labels import MAIN_LABELS, STAR_LABELS
from spectragui.core.numerics import interpolate_cubic
from spectragui.core.spectral_axis import SPEED_OF_LIGHT_KMS
from spectragui.training.emulator.emulator_grid import FLUX_UNIT
from spectragui.training.h_band_spectra import APOGEE_POWER, ApogeeDwarfs, QuadraticDwarfs

_SEEDS = {"hband.npz": 13, "hband_slow.npz": 14, "nir.npz": 15}
_SIZES = {"hband.npz": 3000, "hband_slow.npz": 1000, "nir.npz": 1200}
SLOW_KMS = 2.0
TAPER_PIXELS = 3  # over which the flux goes to one beside a gap: no step that would ring
M_DWARF_STEP_KMS = 2.0
M_DWARF_WINDOW_AA = (15_005.0, 17_040.0)
#: The fits hold within two scales; teff ends where the domain does.
M_DWARF_RANGES = ((2250.0, 3750.0), (3.5, 5.75), (-1.5, 0.7))
N_KNOTS = 20
_PLANCK_AA_K = 1.4387769e8  # h c / k


def write_grid(name: str, coefficients: Path, path: Path) -> None:
    """Compute one of the grids and write it.

    Parameters
    ----------
    name : str
        ``hband.npz``, ``hband_slow.npz`` or ``nir.npz``.
    coefficients : pathlib.Path
        Folder of the fits' coefficients.
    path : pathlib.Path
        Of the result.
    """
    arrays = grid_arrays(name, coefficients, _SIZES[name], _SEEDS[name])
    with atomic_path(path) as temporary, temporary.open("wb") as file:
        np.savez(file, **arrays)


def grid_arrays(name: str, coefficients: Path, n_spectra: int, seed: int) -> dict[str, Any]:
    """Return the arrays of a grid (`spectragui.training.grids.read_grid`), of any number of spectra."""
    rng = np.random.default_rng(seed)
    if name == "nir.npz":
        return _m_dwarfs(QuadraticDwarfs.read(coefficients), n_spectra, rng)
    v_kms = SLOW_KMS if name == "hband_slow.npz" else None
    return _dwarfs(ApogeeDwarfs.read(coefficients), n_spectra, v_kms, rng)


def _dwarfs(
    dwarfs: ApogeeDwarfs, n_spectra: int, v_kms: float | None, rng: np.random.Generator
) -> dict[str, Any]:
    labels = dwarfs.low + (dwarfs.high - dwarfs.low) * rng.random((n_spectra, dwarfs.low.size))
    # Most stars rotate slowly: half of them below 15 km/s.
    slow = rng.random(n_spectra) < 0.5
    labels[:, 4] = np.where(slow, 15.0 * rng.random(n_spectra), np.maximum(labels[:, 4], 0.0))
    if v_kms is not None:
        labels[:, 4] = v_kms
    wave, chips = dwarfs.wavelength_aa, dwarfs.chips()
    step = (np.log(wave[chips[0][-1]]) - np.log(wave[0])) / (len(chips[0]) - 1)
    place = np.round((np.log(wave) - np.log(wave[0])) / step).astype(int)
    flux = np.ones((n_spectra, place[-1] + 1))
    flux[:, place] = dwarfs.flux(labels)
    for chip in chips:
        _taper(flux, place[chip[0]], -1)
        _taper(flux, place[chip[-1]], 1)
    gaps = [
        (wave[left[-1]] + 0.05, wave[right[0]] - 0.05)
        for left, right in zip(chips[:-1], chips[1:], strict=True)
    ]
    grid = np.exp(np.log(wave[0]) + step * np.arange(flux.shape[1]))
    extra = {"resolving_power": np.array(APOGEE_POWER), "gaps": np.array(gaps), "vsini": labels[:, 4]}
    return _arrays(grid, flux, labels[:, :4], STAR_LABELS[:4]) | extra


def _taper(flux: NDArray[np.float64], pixel: int, side: int) -> None:
    """Let the flux beside the last pixel of a chip go to one."""
    for number in range(1, TAPER_PIXELS + 1):
        outside = pixel + side * number
        if 0 <= outside < flux.shape[1]:
            part = number / (TAPER_PIXELS + 1)
            flux[:, outside] = (1.0 - part) * flux[:, pixel] + part


def _m_dwarfs(dwarfs: QuadraticDwarfs, n_spectra: int, rng: np.random.Generator) -> dict[str, Any]:
    low, high = np.array(M_DWARF_RANGES).T
    labels = low + (high - low) * rng.random((n_spectra, 3))
    step = M_DWARF_STEP_KMS / SPEED_OF_LIGHT_KMS
    start, stop = M_DWARF_WINDOW_AA
    grid = np.exp(np.arange(np.log(start), np.log(stop), step))
    wave = dwarfs.wavelength_aa
    place = np.interp(grid, wave, np.arange(wave.size))
    flux = np.stack([interpolate_cubic(row, place) for row in dwarfs.flux(labels)])
    return _arrays(grid, flux, labels, MAIN_LABELS)


def _arrays(
    wave: NDArray[np.float64], flux: NDArray[np.float64], labels: NDArray[np.float64], names: tuple[str, ...]
) -> dict[str, Any]:
    stored = np.round(np.clip(flux, 0.0, 1.3) * FLUX_UNIT).astype(np.uint16)
    knots = np.linspace(0, wave.size - 1, N_KNOTS).astype(int)
    # Neither fit says how bright its stars are: black bodies.
    continuum = wave[knots] ** -5.0 / np.expm1(_PLANCK_AA_K / wave[knots] / labels[:, :1])
    continuum = continuum / continuum.mean(axis=1, keepdims=True)
    return {
        "wave": wave,
        "flux": stored,
        "labels": labels,
        "label_names": np.array(names),
        "cont": continuum,
        "cont_index": knots,
    }
