"""What is measured on predictions: one row a number, so that all stand in one table."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spectragui.analysis.photometry_statistics import (
    agreement,
    completeness_and_purity,
    confusion,
    redshift_residuals,
    roc_curve,
)
from spectragui.core.photometry import PhotometricTable
from spectragui.networks.pdf_calibration import distance_from_flat

MAGNITUDE_CUTS = (("F814W < 22.5", 0.0, 22.5), ("22.5-24.5", 22.5, 24.5), ("> 24.5", 24.5, 99.0))
REDSHIFT_CUTS = (
    ("z < 0.3", 0.0, 0.3), ("0.3-0.6", 0.3, 0.6), ("0.6-0.9", 0.6, 0.9), ("0.9-1.2", 0.9, 1.2),
    ("z > 1.2", 1.2, 9.0),
)  # fmt: skip
STAR_EDGES = np.array([15.0, 18.0, 20.0, 21.0, 22.0, 22.5, 23.0, 23.5, 24.0, 24.5, 25.0])
N_BRIGHTNESS = 5
#: Part of stars among objects at which accuracy is also said: that of the thesis' test rows.
THESIS_STARS = 429 / 22318
Bools = NDArray[np.bool_]
OBSERVED = "as observed"


@dataclasses.dataclass(frozen=True)
class Measure:
    """One measured number.

    Attributes
    ----------
    task, method, condition, selection, quantity : str
    value : float
    n : int
        Objects that it was measured on.
    """

    task: str
    method: str
    condition: str
    selection: str
    quantity: str
    value: float
    n: int


def label_of(table: PhotometricTable, name: str) -> NDArray[np.float64]:
    """Return what the catalogue says, NaN where nothing; of stars no redshift, mass and type."""
    nothing = np.full(len(table), np.nan)
    values = np.asarray(table.reference.get(name, nothing), dtype=np.float64)
    star = np.asarray(table.reference.get("star", nothing), dtype=np.float64)
    return np.where(star == 1.0, np.nan, values) if name != "star" else star


def selections(magnitude: NDArray[Any], z: NDArray[Any]) -> dict[str, Bools]:
    """Return the cuts that redshifts are judged in: all, by magnitude, by true redshift."""
    found = {"all": np.ones(len(z), dtype=bool)}
    found |= {name: (magnitude >= low) & (magnitude < high) for name, low, high in MAGNITUDE_CUTS}
    found |= {name: (z >= low) & (z < high) for name, low, high in REDSHIFT_CUTS}
    return found


def redshift_measures(
    method: str, condition: str, z: NDArray[Any], z_true: NDArray[Any], magnitude: NDArray[Any]
) -> list[Measure]:
    """Return bias, sigma_NMAD and outliers of redshifts in every cut."""
    residuals = redshift_residuals(z, z_true)
    rows = []
    for name, chosen in selections(magnitude, z_true).items():
        found = agreement(residuals[chosen])
        numbers = {
            "bias": found.bias, "sigma_nmad": found.scatter, "outliers_0.15": found.outliers,
            "outliers_5sigma": found.outliers_in_sigma,
        }  # fmt: skip
        rows += [
            Measure("redshift", method, condition, name, quantity, value, found.n)
            for quantity, value in numbers.items()
        ]
    return rows


def star_measures(
    method: str, condition: str, p_star: NDArray[Any], is_star: Bools, magnitude: NDArray[Any]
) -> list[Measure]:
    """Return AUC, accuracy (also at the thesis' part of stars), calibration; by magnitude purity too."""
    known = np.isfinite(p_star)
    p, star, mag = p_star[known], is_star[known], magnitude[known]
    said = p > 0.5
    right_star, right_galaxy = float(np.mean(said[star])), float(np.mean(~said[~star]))
    share = THESIS_STARS
    numbers = {
        "auc": roc_curve(p, star).area,
        "accuracy": float(np.mean(said == star)),
        "accuracy_at_1.9_percent_stars": share * right_star + (1 - share) * right_galaxy,
        "part_of_stars": float(np.mean(star)),
        "completeness": right_star,
        "purity": float(np.mean(star[said])) if said.any() else np.nan,
        "calibration_error": calibration_error(p, star),
    }
    rows = [
        Measure("stellarity", method, condition, "all", name, value, len(p))
        for name, value in numbers.items()
    ]
    by_magnitude = completeness_and_purity(mag, star, said, STAR_EDGES)
    for number, n in enumerate(by_magnitude.n_true):
        name = f"{STAR_EDGES[number]:g}-{STAR_EDGES[number + 1]:g}"
        inside = (mag >= STAR_EDGES[number]) & (mag < STAR_EDGES[number + 1])
        if not inside.any():
            continue
        there = {
            "completeness": by_magnitude.completeness[number],
            "purity": by_magnitude.purity[number],
            "accuracy": float(np.mean((said == star)[inside])),
            "auc": roc_curve(p[inside], star[inside]).area,
        }
        rows += [
            Measure("stellarity", method, condition, name, key, float(value), int(n))
            for key, value in there.items()
        ]
    return rows


def calibration_error(p: NDArray[Any], is_true: Bools, n_bins: int = 10) -> float:
    """Return the mean distance of a probability from how often it is right, in bins of the probability."""
    place = np.clip((p * n_bins).astype(int), 0, n_bins - 1)
    total = 0.0
    for number in range(n_bins):
        inside = place == number
        if inside.any():
            total += inside.sum() * abs(float(p[inside].mean()) - float(is_true[inside].mean()))
    return total / max(len(p), 1)


def value_measures(
    task: str, method: str, condition: str, difference: NDArray[Any], magnitude: NDArray[Any]
) -> list[Measure]:
    """Return bias, scatter (1.4826 MAD) and standard deviation of differences, by magnitude."""
    rows = []
    cuts = [("all", 0.0, 99.0), *MAGNITUDE_CUTS]
    for name, low, high in cuts:
        chosen = difference[(magnitude >= low) & (magnitude < high)] if name != "all" else difference
        found = agreement(chosen)
        known = chosen[np.isfinite(chosen)]
        numbers = {
            "bias": found.bias,
            "scatter": found.scatter,
            "standard_deviation": float(np.std(known)) if known.size else np.nan,
        }
        rows += [
            Measure(task, method, condition, name, key, value, found.n) for key, value in numbers.items()
        ]
    return rows


def type_measures(method: str, condition: str, true: NDArray[Any], said: NDArray[Any]) -> list[Measure]:
    """Return accuracy and balanced accuracy of types 1 to 5, and completeness of each."""
    found = confusion(true.astype(np.int64) - 1, said.astype(np.int64) - 1, 5)
    each = [found.completeness(number) for number in range(5)]
    n = int(found.counts.sum())
    rows = [
        Measure("type", method, condition, "all", "accuracy", found.accuracy, n),
        Measure("type", method, condition, "all", "balanced_accuracy", float(np.nanmean(each)), n),
    ]
    return rows + [
        Measure(
            "type",
            method,
            condition,
            f"type {number + 1}",
            "completeness",
            value,
            int(found.counts[number].sum()),
        )
        for number, value in enumerate(each)
    ]


def rank_measures(task: str, ranks: NDArray[Any], magnitude: NDArray[Any]) -> list[Measure]:
    """Return how flat ranks are, and the part of true values within the central 68 %, by magnitude."""
    cuts = {"all": np.ones(len(ranks), dtype=bool)}
    edges = np.nanquantile(magnitude, np.linspace(0, 1, N_BRIGHTNESS + 1))
    for low, high in zip(edges[:-1], edges[1:], strict=True):
        cuts[f"F814W {low:.1f}-{high:.1f}"] = (magnitude >= low) & (magnitude <= high)
    rows = []
    for name, chosen in cuts.items():
        some = ranks[chosen]
        inside = float(np.mean((some > 0.158655) & (some < 0.841345)))
        rows.append(Measure(task, "network", "as observed", name, "inside_68_percent", inside, len(some)))
        if name == "all":
            rows.append(
                Measure(
                    task, "network", "as observed", name, "pit_distance", distance_from_flat(some), len(some)
                )
            )
    return rows


def with_bands(table: PhotometricTable, kept: tuple[str, ...]) -> PhotometricTable:
    """Return a table with some bands only; the others count as not observed."""
    gone = np.array([name not in kept for name in table.band_set.names])
    arrays = {}
    for name in ("magnitudes", "errors", "limits"):
        values = getattr(table, name).copy()
        values[:, gone] = np.nan
        arrays[name] = values
    return dataclasses.replace(table, **arrays)


def with_noise(table: PhotometricTable, factor: float, seed: int = 0) -> PhotometricTable:
    """Return a table whose errors are larger by a factor, with the noise that goes with it."""
    flux, sigma = (values.astype(np.float64) for values in table.fluxes())
    random = np.random.default_rng(seed)
    flux = flux + random.normal(size=flux.shape) * sigma * np.sqrt(factor**2 - 1.0)
    sigma = sigma * factor
    detected = np.isfinite(flux) & (flux > sigma)
    with np.errstate(invalid="ignore", divide="ignore"):
        magnitude = 23.9 - 2.5 * np.log10(np.where(detected, flux, np.nan))
        limit = 23.9 - 2.5 * np.log10(sigma)
        error = 2.5 / np.log(10.0) * sigma / flux
    seen = np.isfinite(sigma)
    return dataclasses.replace(
        table,
        magnitudes=magnitude.astype(np.float32),
        errors=np.where(detected, error, np.nan).astype(np.float32),
        limits=np.where(seen & ~detected, limit, np.nan).astype(np.float32),
    )


def band_choices(names: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
    """Return the choices of bands that are compared: 24, 20, 12 and 6 of ALHAMBRA's."""
    optical = tuple(name for name in names if name.startswith("F") and name != "F814W")
    return {"24 bands": names, "20 bands": optical, "12 bands": names[::2], "6 bands": optical[1::3][:6]}
