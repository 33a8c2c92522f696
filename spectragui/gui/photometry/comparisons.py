"""What the plots of a catalogue show: predictions against its own values, in numpy, without Qt."""

from __future__ import annotations

import dataclasses
import math
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from spectragui.analysis.photometry_statistics import (
    Agreement,
    BinnedAgreement,
    CompletenessPurity,
    Confusion,
    Roc,
    agreement,
    agreement_by,
    completeness_and_purity,
    confusion,
    redshift_residuals,
    roc_curve,
)
from spectragui.core.labels import true_minus
from spectragui.core.progress import Progress
from spectragui.core.wording import counted
from spectragui.gui.photometry.catalogue_columns import TYPE_WORDS

if TYPE_CHECKING:
    from spectragui.gui.session.photometry_state import OpenCatalogue

Rows = NDArray[np.int64]
STAR_THRESHOLD = 0.5
REDSHIFT_EDGES = np.array([0.0, 0.15, 0.3, 0.45, 0.6, 0.75, 0.9, 1.05, 1.2, 1.5, 2.0])
MAGNITUDE_STEP = 0.5
#: Comparisons by key: title, the catalogue's values that it needs.
COMPARISONS = {
    "redshift": ("Redshift", "z"),
    "bias": ("Bias and scatter", "z"),
    "stars": ("Star or galaxy", "star"),
    "counts": ("Completeness, purity", "star"),
    "mass": ("Stellar mass", "log_mass"),
    "types": ("Spectral type", "type"),
}
NOUNS = {
    "z": "redshifts",
    "star": "star/galaxy labels",
    "log_mass": "stellar masses",
    "type": "spectral types",
}


@dataclasses.dataclass(frozen=True, eq=False)
class Comparison:
    """What one plot shows.

    Attributes
    ----------
    key : str
        Of `COMPARISONS`.
    note : str
        The numbers, in a few words.
    why_empty : str
        Why there is nothing to show; empty = there is.
    x, y : ndarray, shape (n,)
        Catalogue's and predicted values of a plot of points.
    rows : ndarray of int, shape (n,)
        Places of these objects in the file.
    agreement, binned, confusion, roc, counts
        Of the plots that show them, else None. ``counts`` is of galaxies and of stars.
    classes : tuple of str
        Of the confusion.
    """

    key: str
    note: str = ""
    why_empty: str = ""
    x: NDArray[np.float64] = dataclasses.field(default_factory=lambda: np.empty(0))
    y: NDArray[np.float64] = dataclasses.field(default_factory=lambda: np.empty(0))
    rows: Rows = dataclasses.field(default_factory=lambda: np.empty(0, dtype=np.int64))
    agreement: Agreement | None = None
    binned: BinnedAgreement | None = None
    confusion: Confusion | None = None
    roc: Roc | None = None
    counts: tuple[CompletenessPurity, CompletenessPurity] | None = None
    classes: tuple[str, ...] = ()


def compare(catalogue: OpenCatalogue, key: str, rows: Rows) -> Comparison:
    """Compare the predictions of some objects with what their catalogue says of them.

    Parameters
    ----------
    catalogue : OpenCatalogue
    key : str
        Of `COMPARISONS`.
    rows : ndarray of int
        Places in the file.
    """
    needed = COMPARISONS[key][1]
    if catalogue.result is None:
        return Comparison(key, why_empty="Predict the catalogue to compare it with its own values.")
    if needed not in catalogue.table.reference:
        return Comparison(key, why_empty=f"The catalogue has no {NOUNS[needed]} to compare with.")
    makers = {
        "redshift": _redshift, "bias": _bias, "stars": _stars,
        "counts": _counts, "mass": _mass, "types": _types,
    }  # fmt: skip
    return makers[key](catalogue, rows)


def compare_in_worker(catalogue: OpenCatalogue, key: str, rows: Rows, progress: Progress) -> Comparison:
    """Compare many objects in a worker."""
    progress(0.0)
    return compare(catalogue, key, rows)


def _column(catalogue: OpenCatalogue, name: str, rows: Rows) -> NDArray[np.float64]:
    assert catalogue.result is not None
    values: NDArray[Any] = catalogue.result.columns[name]
    return values[rows].astype(np.float64)


def _reference(catalogue: OpenCatalogue, name: str, rows: Rows) -> NDArray[np.float64]:
    return catalogue.table.reference[name][rows].astype(np.float64)


def _galaxies(catalogue: OpenCatalogue, rows: Rows) -> Rows:
    """Return those of some objects that are galaxies, by the catalogue where it says so."""
    if "star" in catalogue.table.reference:
        return rows[catalogue.table.reference["star"][rows] != 1]
    return rows[~(_column(catalogue, "p_star", rows) > STAR_THRESHOLD)]


def _redshift(catalogue: OpenCatalogue, rows: Rows) -> Comparison:
    chosen = _galaxies(catalogue, rows)
    x, y = _reference(catalogue, "z", chosen), _column(catalogue, "z", chosen)
    known = np.isfinite(x) & np.isfinite(y)
    if not known.any():
        return Comparison("redshift", why_empty="No shown galaxy has a redshift in the catalogue.")
    found = agreement(redshift_residuals(y[known], x[known]))
    note = (
        f"σ(NMAD) {found.scatter:.4f} · bias {true_minus(f'{found.bias:.4f}')} · "
        f"outliers {_percent(found.outliers)} (> 0.15), {_percent(found.outliers_in_sigma)} (> 5 σ) · "
        f"{counted(found.n, 'galaxy', 'galaxies')}"
    )
    return Comparison("redshift", note, x=x[known], y=y[known], rows=chosen[known], agreement=found)


def _bias(catalogue: OpenCatalogue, rows: Rows) -> Comparison:
    chosen = _galaxies(catalogue, rows)
    x, y = _reference(catalogue, "z", chosen), _column(catalogue, "z", chosen)
    found = agreement_by(x, redshift_residuals(y, x), REDSHIFT_EDGES)
    n = sum(one.n for one in found.bins)
    if not any(math.isfinite(one.bias) for one in found.bins):
        return Comparison("bias", why_empty="Too few shown galaxies have a redshift in the catalogue.")
    note = f"Median and σ(NMAD) of Δz / (1 + z) · {counted(n, 'galaxy', 'galaxies')}"
    return Comparison("bias", note, binned=found)


def _star_labels(catalogue: OpenCatalogue, rows: Rows) -> tuple[Rows, NDArray[np.bool_], NDArray[np.float64]]:
    label, p_star = _reference(catalogue, "star", rows), _column(catalogue, "p_star", rows)
    known = np.isfinite(label) & np.isfinite(p_star)
    return rows[known], label[known] > 0.5, p_star[known]


def _stars(catalogue: OpenCatalogue, rows: Rows) -> Comparison:
    chosen, is_star, p_star = _star_labels(catalogue, rows)
    if not chosen.size:
        return Comparison("stars", why_empty="No shown object has a star/galaxy label in the catalogue.")
    said = p_star > STAR_THRESHOLD
    found = confusion(is_star.astype(np.int64), said.astype(np.int64), 2)
    roc = roc_curve(p_star, is_star)
    area = f"area under the curve {roc.area:.4f} · " if math.isfinite(roc.area) else ""
    note = f"{_percent(found.accuracy, 2)} right · {area}{counted(chosen.size, 'object')}"
    return Comparison("stars", note, confusion=found, roc=roc, classes=("galaxy", "star"))


def _counts(catalogue: OpenCatalogue, rows: Rows) -> Comparison:
    chosen, is_star, p_star = _star_labels(catalogue, rows)
    magnitude = catalogue.table.reference_magnitude[chosen].astype(np.float64)
    known = magnitude[np.isfinite(magnitude)]
    if not known.size:
        return Comparison("counts", why_empty="No shown object has a label and a magnitude.")
    low, high = np.percentile(known, [0.2, 99.8])
    edges = np.arange(math.floor(low / MAGNITUDE_STEP), math.ceil(high / MAGNITUDE_STEP) + 1) * MAGNITUDE_STEP
    edges = edges if edges.size > 1 else np.array([edges[0], edges[0] + MAGNITUDE_STEP])
    said = p_star > STAR_THRESHOLD
    found = (
        completeness_and_purity(magnitude, ~is_star, ~said, edges),
        completeness_and_purity(magnitude, is_star, said, edges),
    )
    n_stars = int(is_star.sum())
    note = (
        f"P(star) > 0.5 · {counted(n_stars, 'star')}, {counted(chosen.size - n_stars, 'galaxy', 'galaxies')}"
    )
    return Comparison("counts", note, counts=found)


def _mass(catalogue: OpenCatalogue, rows: Rows) -> Comparison:
    chosen = _galaxies(catalogue, rows)
    x, y = _reference(catalogue, "log_mass", chosen), _column(catalogue, "log_mass", chosen)
    known = np.isfinite(x) & np.isfinite(y)
    if not known.any():
        return Comparison("mass", why_empty="No shown galaxy has a stellar mass in the catalogue.")
    found = agreement(y[known] - x[known])
    note = (
        f"scatter {found.scatter:.2f} dex · bias {true_minus(f'{found.bias:.2f}')} dex · "
        f"{counted(found.n, 'galaxy', 'galaxies')}"
    )
    return Comparison("mass", note, x=x[known], y=y[known], rows=chosen[known], agreement=found)


def _types(catalogue: OpenCatalogue, rows: Rows) -> Comparison:
    chosen = _galaxies(catalogue, rows)
    true, said = _reference(catalogue, "type", chosen), _column(catalogue, "spectral_type", chosen)
    known = np.isfinite(true) & np.isfinite(said) & (true > 0)
    if not known.any():
        return Comparison("types", why_empty="No shown galaxy has a spectral type in the catalogue.")
    if float(np.max(true[known])) > len(TYPE_WORDS) or np.any(true[known] != np.round(true[known])):
        why = (
            "The catalogue's types are on a scale of their own, not the five classes: sort the table by both."
        )
        return Comparison("types", why_empty=why)
    found = confusion(true[known].astype(np.int64) - 1, said[known].astype(np.int64) - 1, len(TYPE_WORDS))
    complete = [found.completeness(i) for i in range(len(TYPE_WORDS))]
    balanced = float(np.nanmean(complete))
    note = f"balanced accuracy {_percent(balanced)} · {counted(int(known.sum()), 'galaxy', 'galaxies')}"
    return Comparison("types", note, confusion=found, classes=tuple(TYPE_WORDS.values()))


def _percent(fraction: float, decimals: int = 1) -> str:
    return f"{100.0 * fraction:.{decimals}f} %"
