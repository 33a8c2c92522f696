"""Measure the physics' errors in the Sun and in Arcturus: `models/optical-emulator/model_error.safetensors`.

Run ``python -m spectragui.training.parameters.error_patterns SHARED`` after the emulator has changed. SHARED
holds ``data/stars`` with the HARPS Sun and the Arcturus atlas, and ``data/stars/stars.csv`` with
their accepted labels. ``... error_patterns NPZ FOLDER`` takes them from a file instead
(``mdwarf_model_error.npz``: GJ 699), for the emulator in FOLDER.
"""

from __future__ import annotations

import csv
import dataclasses
import sys
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spectragui.core.errors import TrainingError
from spectragui.core.labels import MAIN_LABELS, LabelSet
from spectragui.core.model_card import OPTICAL_EMULATOR
from spectragui.core.model_folder import checksum, read_card, write_card
from spectragui.core.npz_file import read_npz
from spectragui.core.numerics import resample
from spectragui.core.progress import no_progress
from spectragui.core.spectral_axis import SPEED_OF_LIGHT_KMS
from spectragui.inference.fit.fit_problem import Problem
from spectragui.inference.fit.least_squares import State, solve
from spectragui.inference.fit.model_error import (
    FILE,
    ErrorPatterns,
    pack,
    total_variance_kms2,
)
from spectragui.inference.fit.refine import starting_point
from spectragui.inference.fit.spectrum_model import SpectrumModel
from spectragui.inference.observation.prepare import prepare_observation
from spectragui.inference.opened_model import OpenedModel, open_model
from spectragui.inference.prediction import PredictOptions
from spectragui.io import read_spectrum
from spectragui.simulation.emulator import Emulator
from spectragui.training.parameters.noise_patterns import REFERENCE_STARS, read_errors

REFERENCE_FILES = ("atlas_arcturus.fits", "harps_sun_ganymede.fits")  # in order of ascending Teff
LARGEST = 0.5  # of the continuum; beyond it the data are wrong, not the physics


@dataclasses.dataclass(frozen=True)
class ReferenceStar:
    """A star whose labels are known much better than spectra give them."""

    file: Path
    teff: float
    logg: float
    m_h: float
    resolving_power: float


def read_reference_stars(folder: Path) -> list[ReferenceStar]:
    """Read the accepted labels of the reference stars from ``stars.csv`` in a folder."""
    with (folder / "stars.csv").open(encoding="utf-8", newline="") as stream:
        rows = {row["file"]: row for row in csv.DictReader(stream)}
    missing = [name for name in REFERENCE_FILES if name not in rows]
    if missing:
        raise TrainingError(f"stars.csv does not name {missing[0]}.")
    names = (*MAIN_LABELS, "resolving_power")
    return [ReferenceStar(folder / f, *(float(rows[f][name]) for name in names)) for f in REFERENCE_FILES]


def measure_patterns(stars: list[ReferenceStar], model: OpenedModel) -> ErrorPatterns:
    """Return observed minus generated spectra of the stars, on the grid of an emulator.

    Notes
    -----
    teff, logg and m_h are held at the accepted values; alpha_m, vmic, broadening, velocity and the
    continuum are fitted, as for any star.
    """
    emulator = model.emulator
    rows = [_measure_star(star, model) for star in stars]
    return ErrorPatterns(
        start_log=float(np.log(emulator.wavelength_aa[0])),
        dv_kms=emulator.dv_kms,
        teff=np.array([star.teff for star in stars]),
        variance_kms2=np.array([variance for _, _, variance in rows]),
        values=np.stack([values for values, _, _ in rows]).astype(np.float32),
        is_observed=np.stack([observed for _, observed, _ in rows]),
    )


def _measure_star(
    star: ReferenceStar, opened: OpenedModel
) -> tuple[NDArray[np.float64], NDArray[np.bool_], float]:
    options = PredictOptions(resolving_power=star.resolving_power)
    observation = prepare_observation(read_spectrum(star.file), opened, options).observation
    # The present patterns weight the pixels; held at nothing, they are no part of the spectrum.
    model = SpectrumModel.build(opened.emulator, opened.patterns, observation)
    held = (*MAIN_LABELS, *model.parameters.patterns)
    problem = Problem.build(observation, model, star.teff, held=held)
    labels = LabelSet({"teff": star.teff, "logg": star.logg, "m_h": star.m_h, "vsini": 4.0})
    state = solve(problem, starting_point(model, labels, ("vsini",)), no_progress).state
    variance = total_variance_kms2(float(state.parameters[model.parameters.broadening]), star.resolving_power)
    return *_residual_on_grid(problem, state, opened.emulator), variance


def _residual_on_grid(
    problem: Problem, state: State, emulator: Emulator
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Return the residual in units of the continuum, and where it was measured."""
    total, seen = np.zeros(emulator.n_pixels), np.zeros(emulator.n_pixels, dtype=bool)
    shift = 1.0 + state.parameters[problem.parameters.velocity] / SPEED_OF_LIGHT_KMS
    residual = state.residual / state.continuum.values
    for pixels in problem.spline.slices:
        bad = ~problem.good[pixels] | (np.abs(residual[pixels]) > LARGEST)
        wavelength = problem.wavelength_aa[pixels] / shift
        values, _, mask = resample(wavelength, residual[pixels], None, bad, emulator.wavelength_aa)
        total = np.where(mask, total, values)
        seen |= ~mask
    return total, seen


def patterns_of_file(path: Path, model: OpenedModel) -> ErrorPatterns:
    """Return observed minus computed spectra that a file of the grids holds, on the grid of an emulator.

    Parameters
    ----------
    path : pathlib.Path
        ``.npz`` as `ModelErrorBank` reads it, with ``resolving_power`` of the observed spectra.
    model : OpenedModel
    """
    emulator = model.emulator
    errors = read_errors(path, emulator.wavelength_aa)
    found: dict[str, NDArray[Any]] = read_npz(path, (), ("resolving_power",))
    power = float(found["resolving_power"]) if found else np.inf
    names = sorted(errors, key=lambda name: REFERENCE_STARS[name][0])
    values = np.stack([errors[name] for name in names])
    seen = np.isfinite(values) & (np.abs(np.nan_to_num(values)) < LARGEST)
    return ErrorPatterns(
        start_log=float(np.log(emulator.wavelength_aa[0])),
        dv_kms=emulator.dv_kms,
        teff=np.array([REFERENCE_STARS[name][0] for name in names]),
        variance_kms2=np.full(len(names), total_variance_kms2(0.0, power)),
        values=np.where(seen, values, 0.0).astype(np.float32),
        is_observed=seen,
    )


def main(arguments: list[str]) -> None:
    """Measure the patterns and write them beside the bundled emulator, or beside another one from a file."""
    from safetensors.numpy import save_file

    from spectragui.core.atomic_write import atomic_path

    if len(arguments) > 1:
        model = open_model(arguments[1])
        patterns = patterns_of_file(Path(arguments[0]), model)
    else:
        model = open_model(OPTICAL_EMULATOR)
        patterns = measure_patterns(read_reference_stars(Path(arguments[0]) / "data" / "stars"), model)
    path = model.path / FILE
    with atomic_path(path) as temporary:
        save_file(pack(patterns), temporary)
    card = read_card(model.path)
    write_card(dataclasses.replace(card, sha256={**card.sha256, FILE: checksum(path)}), model.path)
    rms = [100 * float(np.std(v[o])) for v, o in zip(patterns.values, patterns.is_observed, strict=True)]
    sizes = ", ".join(f"{teff:.0f} K: {one:.2f} %" for teff, one in zip(patterns.teff, rms, strict=True))
    sys.stdout.write(f"{path.name}, {path.stat().st_size / 1000:.0f} kB; rms of the error at {sizes}\n")


if __name__ == "__main__":
    main(sys.argv[1:])
