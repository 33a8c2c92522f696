"""Judge the networks of photometry on held-out simulated objects, on real rows, on a catalogue."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spectragui.core.errors import TrainingError
from spectragui.core.photometry import PhotometricTable
from spectragui.core.photometry_result import PhotometryResult
from spectragui.core.progress import Progress, no_progress, part_of
from spectragui.inference.photometry.photometry_model import PhotometryModel
from spectragui.inference.photometry.predict_photometry import (
    PhotometryOptions,
    models_of,
    predict_photometry,
    redshift_probabilities,
)
from spectragui.io.catalogues import read_catalogue
from spectragui.networks.pdf_calibration import ranks
from spectragui.training.grids import find_file
from spectragui.training.photometry.config import CatalogueConfig
from spectragui.training.photometry.data import split_rows
from spectragui.training.photometry.measures import (
    OBSERVED,
    Measure,
    band_choices,
    label_of,
    rank_measures,
    redshift_measures,
    star_measures,
    type_measures,
    value_measures,
    with_bands,
    with_noise,
)
from spectragui.training.photometry.polynomial_correction import fit_correction
from spectragui.training.photometry.rivals import judge_rivals
from spectragui.training.photometry.survey_flags import UNKNOWN_STELLARITY, survey_flag_measures

REAL_STARS = "data/photometry/alhambra4_cosmos_rows.csv"
REAL_GALAXIES = "data/photometry/alhambra2_rows.csv"


@dataclasses.dataclass(eq=False)
class PhotometryReport:
    """Everything that was measured.

    Attributes
    ----------
    measures : list of Measure
    table, result : PhotometricTable, PhotometryResult
        Objects that were judged, and what the networks say.
    pit : ndarray
        Ranks of the true redshifts; empty where there are none.
    redshifts : dict of str to ndarray
        Method -> redshifts of the galaxies of ``table``.
    remarks : list of str
    """

    measures: list[Measure]
    table: PhotometricTable
    result: PhotometryResult
    pit: NDArray[np.float64]
    redshifts: dict[str, NDArray[Any]] = dataclasses.field(default_factory=dict)
    remarks: list[str] = dataclasses.field(default_factory=list)


def evaluate_catalogue(
    table: PhotometricTable, model: str = "", device: str = "auto", progress: Progress = no_progress
) -> PhotometryReport:
    """Judge the networks on a catalogue that says redshifts, masses, types or what is a star.

    Raises
    ------
    TrainingError
        If it says none of them.
    """
    known = [
        name
        for name in ("z", "log_mass", "m_abs_b", "type", "star")
        if np.isfinite(label_of(table, name)).any()
    ]
    if not known:
        raise TrainingError(
            "The catalogue says no redshift, mass, type or star: there is nothing to judge by.",
            "Map the columns that hold them.",
        )
    options = PhotometryOptions(model, device)
    result = predict_photometry(table, options, progress)
    measures = network_measures(table, result, OBSERVED)
    pit = _pit(table, models_of(options)["redshift"])
    if pit.size:
        measures += rank_measures(
            "redshift", pit, table.reference_magnitude[np.isfinite(label_of(table, "z"))]
        )
    return PhotometryReport(measures, table, result, pit)


def network_measures(table: PhotometricTable, result: PhotometryResult, condition: str) -> list[Measure]:
    """Return all that can be measured of the networks where the catalogue knows the answer."""
    method, magnitude = "network", np.asarray(table.reference_magnitude, dtype=np.float64)
    rows: list[Measure] = []
    z, star, kind = label_of(table, "z"), label_of(table, "star"), label_of(table, "type")
    if np.isfinite(z).any():
        known = np.isfinite(z)
        rows += redshift_measures(method, condition, result["z"][known], z[known], magnitude[known])
    if len(np.unique(star[np.isfinite(star)])) == 2:
        known = np.isfinite(star)
        for column, name in (("p_star", condition), ("p_star_photometry", f"{condition}, colours alone")):
            rows += star_measures(method, name, result[column][known], star[known] == 1.0, magnitude[known])
    for name in ("log_mass", "m_abs_b"):
        true = label_of(table, name)
        if np.isfinite(true).any():
            rows += value_measures(name, method, condition, result[name] - true, magnitude)
            pull = np.abs(result[name] - true) < result[f"e_{name}"]
            known = np.isfinite(true) & np.isfinite(result[name])
            inside = float(np.mean(pull[known]))
            rows.append(
                Measure(name, method, condition, "all", "inside_68_percent", inside, int(known.sum()))
            )
    if np.isfinite(kind).any() and np.nanmax(kind) <= 5:
        known = np.isfinite(kind) & (kind >= 1)
        rows += type_measures(method, condition, kind[known], result["spectral_type"][known])
    return rows


def _pit(table: PhotometricTable, model: PhotometryModel) -> NDArray[np.float64]:
    z = label_of(table, "z")
    known = np.flatnonzero(np.isfinite(z))
    if not known.size:
        return np.empty(0)
    p, high = redshift_probabilities(table.rows(known), model)
    return ranks(p, np.log1p(z[known]), 0.0, high)


def evaluate_heldout(
    model: str = "",
    catalogue: str = "",
    device: str = "auto",
    progress: Progress = no_progress,
    *,
    with_rivals: bool = True,
) -> PhotometryReport:
    """Judge the networks on the simulated objects whose parents were held out, beside their rivals.

    Parameters
    ----------
    model : str
        Empty = the bundled networks.
    catalogue : str
        The mock; empty = below the shared data.
    device : str
    progress : Progress
    with_rivals : bool
        Whether the thesis' networks, the template fit and the trees are trained too.
    """
    config = CatalogueConfig(catalogue=catalogue) if catalogue else CatalogueConfig()
    whole = read_catalogue(find_file(config.catalogue), progress=part_of(progress, 0.0, 0.1))
    rows = split_rows(whole, config)
    test = whole.rows(rows["test"])
    report = evaluate_catalogue(test, model, device, part_of(progress, 0.1, 0.2))
    options = PhotometryOptions(model, device)
    report.measures += _conditions(test, options)
    galaxies = np.isfinite(label_of(test, "z"))
    report.redshifts["network"] = report.result["z"][galaxies]
    _correct(report, whole.rows(rows["calibration"]), options)
    if with_rivals:
        rivals = judge_rivals(whole, rows, part_of(progress, 0.2, 0.95))
        report.measures += rivals.measures
        report.redshifts |= rivals.redshifts
        report.remarks += rivals.remarks
    _real_rows(report, options)
    progress(1.0, "")
    return report


def _conditions(test: PhotometricTable, options: PhotometryOptions) -> list[Measure]:
    """Measure the networks with fewer bands, larger errors, and without size and shape."""
    found: list[Measure] = []
    tables = {name: with_bands(test, kept) for name, kept in band_choices(test.band_set.names).items()}
    tables["errors x 2"] = with_noise(test, 2.0)
    for condition, table in tables.items():
        # The brightness that objects are sorted by is that of the whole table.
        result = predict_photometry(table, options)
        z = label_of(test, "z")
        known = np.isfinite(z)
        magnitude = np.asarray(test.reference_magnitude, dtype=np.float64)
        found += redshift_measures("network", condition, result["z"][known], z[known], magnitude[known])
    star = label_of(test, "star") == 1.0
    without = {key: values for key, values in test.morphology.items() if key != "stell"}
    result = predict_photometry(dataclasses.replace(test, morphology=without), options)
    return found + star_measures(
        "network", f"{OBSERVED}, without stell", result["p_star"], star, np.asarray(test.reference_magnitude)
    )


def _correct(report: PhotometryReport, calibration: PhotometricTable, options: PhotometryOptions) -> None:
    """Measure the network's redshifts after the thesis' correction, fitted on the calibration rows."""
    z = label_of(calibration, "z")
    known = np.isfinite(z)
    fitted = fit_correction(
        predict_photometry(calibration.rows(known), options)["z"].astype(np.float64), z[known]
    )
    true = label_of(report.table, "z")
    rows = np.isfinite(true)
    after = fitted.apply(report.result["z"][rows].astype(np.float64))
    magnitude = np.asarray(report.table.reference_magnitude, dtype=np.float64)[rows]
    report.measures += redshift_measures("network, corrected", OBSERVED, after, true[rows], magnitude)
    report.remarks.append(f"The polynomial for the network's redshifts has degree {fitted.degree}.")


def _real_rows(report: PhotometryReport, options: PhotometryOptions) -> None:
    """Add what the networks say of real rows that no size of the mock was drawn from."""
    try:
        stars, galaxies = (read_catalogue(find_file(name)) for name in (REAL_STARS, REAL_GALAXIES))
    except TrainingError:
        report.remarks.append("The real rows are not at hand: they are not judged.")
        return
    held = stars.rows(np.asarray(stars.reference["donor"]) == 0.0)
    report.measures += network_measures(held, predict_photometry(held, options), "real rows, HST labels")
    result = predict_photometry(galaxies, options)
    report.measures += survey_measures(galaxies, result) + survey_flag_measures(galaxies, result)


def survey_measures(table: PhotometricTable, result: PhotometryResult) -> list[Measure]:
    """Return how the networks agree with the survey's own redshift, mass, magnitude and type.

    The networks of redshift, mass and type see no sizes, so that rows that lent theirs may be judged too.
    """
    condition, method = "real rows, the survey's values", "network"
    magnitude = np.asarray(table.reference_magnitude, dtype=np.float64)
    stellar = np.nan_to_num(table.flags.get("stellar_flag", np.zeros(len(table))))
    galaxy = stellar <= UNKNOWN_STELLARITY
    odds = np.nan_to_num(table.reference.get("odds", np.ones(len(table))))
    z = label_of(table, "z")
    rows: list[Measure] = []
    for name, chosen in (("", galaxy), (", odds > 0.8", galaxy & (odds > 0.8))):
        rows += redshift_measures(method, condition + name, result["z"][chosen], z[chosen], magnitude[chosen])
    for name in ("log_mass", "m_abs_b"):
        rows += value_measures(
            name, method, condition, (result[name] - label_of(table, name))[galaxy], magnitude[galaxy]
        )
    survey = (label_of(table, "z_upper") - label_of(table, "z_lower")) / 2 / (1 + z)
    ours = result["e_z"] / (1 + result["z"])
    widths = {"survey_half_width": survey, "network_half_width": ours}
    rows += [
        Measure(
            "redshift", method, condition, "all", key, float(np.nanmedian(values[galaxy])), int(galaxy.sum())
        )
        for key, values in widths.items()
    ]
    return rows + survey_types(label_of(table, "type")[galaxy], result["spectral_type"][galaxy], condition)


def survey_types(theirs: NDArray[Any], ours: NDArray[Any], condition: str) -> list[Measure]:
    """Return the mean type of the survey (1-11) for each of ours, and the rank correlation of both."""
    known = np.isfinite(theirs) & (ours > 0)
    first, second = (np.argsort(np.argsort(values[known], kind="stable")) for values in (theirs, ours))
    rows = [
        Measure(
            "type",
            "network",
            condition,
            "all",
            "rank_correlation",
            float(np.corrcoef(first, second)[0, 1]),
            int(known.sum()),
        )
    ]
    for number in range(1, 6):
        some = theirs[known & (ours == number)]
        if some.size:
            rows.append(
                Measure(
                    "type",
                    "network",
                    condition,
                    f"type {number}",
                    "mean_tb",
                    float(some.mean()),
                    int(some.size),
                )
            )
        counts = [
            int(((some >= low) & (some < high)).sum()) for low, high in ((0.0, 5.5), (5.5, 7.5), (7.5, 99.0))
        ]
        rows += [
            Measure("type", "network", condition, f"type {number}", f"n_{name}", float(count), int(some.size))
            for name, count in zip(("early", "spiral", "starburst"), counts, strict=True)
        ]
    return rows
