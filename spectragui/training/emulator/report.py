"""Judge an emulator on held-out spectra: by its pixels, and by the labels that come back."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spectragui.simulation.broadening import broadening_transfer
from spectragui.simulation.doppler_shift import apply_transfer, velocity_frequencies
from spectragui.simulation.emulator import Emulator
from spectragui.training.emulator.emulator_grid import Grid

FloatArray = NDArray[np.float64]

MARGIN_KMS = 720.0  # of the window, at both ends: rotation and line spread
JUDGED_RESOLVING_POWER = 100_000.0
FGK_TEFF = (4100.0, 6900.0)
TEFF_BINS = (2700, 3300, 3900, 4500, 5500, 7000, 9750)
LABEL_STEPS = {"teff": 100.0, "logg": 0.1, "m_h": 0.1, "alpha_m": 0.1, "vmic": 0.1}
START_OFFSETS = {"teff": 1.5, "logg": 2.0, "m_h": -1.5, "alpha_m": 0.5, "vmic": 2.0}  # in LABEL_STEPS
MAX_ITERATIONS = 15
MAX_DAMPING = 1e3


def inner(emulator: Emulator) -> slice:
    """Return the pixels of an emulator without the margins of its window."""
    margin = round(MARGIN_KMS / emulator.dv_kms)
    return slice(margin, -margin)


def pixel_errors(emulator: Emulator, grid: Grid, resolving_power: float = np.inf) -> FloatArray:
    """Return |emulated - computed| of the held-out spectra, shape (n_held_out, n_pixels - margins)."""
    held = grid.held_out
    spectra = np.stack([emulator.normalised_flux(grid.labels[held]), grid.flux[held]])
    if np.isfinite(resolving_power):
        frequencies, length = velocity_frequencies(emulator.n_pixels, emulator.dv_kms)
        transfer = broadening_transfer(frequencies, resolving_power=resolving_power)
        spectra = apply_transfer(spectra, transfer, length)
    return np.abs(spectra[0] - spectra[1])[:, inner(emulator)]


def fit_labels(emulator: Emulator, flux: NDArray[Any], start: FloatArray) -> FloatArray:
    """Fit all labels to a noise-free, unbroadened spectrum by damped Gauss-Newton steps.

    Parameters
    ----------
    emulator : Emulator
    flux : ndarray, shape (n_pixels,)
        Normalised, on the emulator's pixels.
    start : ndarray, shape (n_labels,)

    Returns
    -------
    ndarray, shape (n_labels,)

    Notes
    -----
    Equal weights. All of it happens among the coefficients, to which the flux is reduced once.
    """
    low, high = np.array([emulator.label_ranges[name] for name in emulator.label_names]).T
    sizes = _by_name(emulator, LABEL_STEPS)
    basis, gram = _inner_basis(emulator)
    wanted = (basis @ (flux - emulator.mean)[inner(emulator)]).astype(np.float64)

    def misfit(at: FloatArray) -> float:
        coefficients = emulator.coefficients(at)[0].astype(np.float64)
        return float(coefficients @ gram @ coefficients - 2.0 * coefficients @ wanted)

    labels = np.clip(start, low, high)
    damping, best = 1e-3, misfit(labels)
    for _ in range(MAX_ITERATIONS):
        slopes = emulator.coefficient_derivatives(labels).astype(np.float64) * sizes[:, None]
        normal = slopes @ gram @ slopes.T
        right = slopes @ (wanted - gram @ emulator.coefficients(labels)[0])
        trial, value = labels, np.inf
        while value > best and damping <= MAX_DAMPING:
            step = np.linalg.solve(normal + damping * np.diag(np.diag(normal)), right)
            trial = np.clip(labels + step * sizes, low, high)
            value = misfit(trial)
            damping *= 5.0
        if value > best:
            break
        labels, best, damping = trial, value, max(damping / 50.0, 1e-7)
    return labels


@functools.lru_cache(maxsize=2)
def _inner_basis(emulator: Emulator) -> tuple[NDArray[np.float32], FloatArray]:
    """Return the basis without the margins, and its matrix of scalar products."""
    basis = emulator.basis[:, inner(emulator)]
    return basis, (basis @ basis.T).astype(np.float64)


def labels_returned(emulator: Emulator, grid: Grid) -> FloatArray:
    """Return fitted minus true labels of held-out FGK spectra (all where none is FGK), (n, n_labels)."""
    fgk = (grid.labels[:, 0] > FGK_TEFF[0]) & (grid.labels[:, 0] < FGK_TEFF[1])
    chosen = np.flatnonzero(grid.held_out & (fgk if holds_fgk(grid) else True))
    offset = _by_name(emulator, START_OFFSETS) * _by_name(emulator, LABEL_STEPS)
    found = [fit_labels(emulator, grid.flux[i], grid.labels[i] + offset) for i in chosen]
    return np.array(found) - grid.labels[chosen]


def holds_fgk(grid: Grid) -> bool:
    """Return whether most spectra of a grid are of FGK stars."""
    return bool(np.median(grid.labels[:, 0]) > FGK_TEFF[0])


def measure_emulator(emulator: Emulator, grid: Grid) -> dict[str, Any]:
    """Return what stands in an emulator's card as its metrics."""
    teff = grid.labels[grid.held_out, 0]
    of_fgk = "_fgk" if holds_fgk(grid) else ""
    errors = pixel_errors(emulator, grid)
    observed = pixel_errors(emulator, grid, JUDGED_RESOLVING_POWER)
    returned = np.abs(labels_returned(emulator, grid))
    level = np.log(emulator.continuum(grid.labels[grid.held_out])[:, emulator.knot_pixels])
    level = level - grid.log_continuum[grid.held_out]
    by_teff = {
        f"{low}-{high}": _rounded(np.median(observed[(teff >= low) & (teff < high)]))
        for low, high in zip(TEFF_BINS[:-1], TEFF_BINS[1:], strict=True)
        if np.any((teff >= low) & (teff < high))
    }
    return {
        "held_out": f"{len(teff)} spectra of the grid" + (f", {len(returned)} of them FGK" if of_fgk else ""),
        "median_error": _rounded(np.median(errors)),
        "percentile_99_error": _rounded(np.percentile(errors, 99)),
        "median_error_at_r_100000": _rounded(np.median(observed)),
        "percentile_99_error_at_r_100000": _rounded(np.percentile(observed, 99)),
        "median_error_at_r_100000_by_teff": by_teff,
        f"labels_returned{of_fgk}_median": _by_label(emulator, np.median(returned, axis=0)),
        f"labels_returned{of_fgk}_90th_percentile": _by_label(emulator, np.percentile(returned, 90, axis=0)),
        "continuum_shape_median_error": _rounded(
            np.median(np.abs(level - level.mean(axis=1, keepdims=True)))
        ),
        "continuum_level_median_error": _rounded(np.median(np.abs(level))),
    }


def _by_name(emulator: Emulator, sizes: dict[str, float]) -> FloatArray:
    return np.array([sizes[name] for name in emulator.label_names])


def _by_label(emulator: Emulator, values: FloatArray) -> dict[str, float]:
    return {name: _rounded(value) for name, value in zip(emulator.label_names, values, strict=True)}


def _rounded(value: Any) -> float:
    return float(f"{float(value):.3g}")
