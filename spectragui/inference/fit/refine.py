"""Refine a network's labels by least squares against the emulator, for any instrument.

What is fitted: teff, logg, m_h, alpha_m, vmic, the broadening (v sin i), a velocity, the continuum
of each segment, and how much of the physics' known errors (`model_error`) the star shows.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from spectragui.core.errors import ModelError
from spectragui.core.labels import MAIN_LABELS, LabelSet
from spectragui.core.progress import Progress, no_progress, part_of
from spectragui.inference.fit.fit_problem import Problem, weights
from spectragui.inference.fit.least_squares import Solution, evaluate, solve
from spectragui.inference.fit.model_error import load_error_patterns, physics_error
from spectragui.inference.fit.priors import expected_alpha, expected_vmic
from spectragui.inference.fit.refine_errors import covariance, misfit
from spectragui.inference.fit.spectrum_model import PARAMETERS, SpectrumModel, join_pixels
from spectragui.inference.observation.observation import Observation
from spectragui.simulation.emulator import Emulator, load_emulator

MIN_PIXELS = 100
USUAL_VSINI = 5.0
# What synthetic spectra of this kind are wrong by on real stars: rms of four direct fits with the
# full synthesis, no emulator or network in them (docs/experiments.md, "Refinement").
PHYSICS_ERRORS = {"teff": 34.0, "logg": 0.062, "m_h": 0.056, "alpha_m": 0.05, "vmic": 0.15, "vsini": 0.5}
# What the emulator is wrong by: noise-free held-out spectra of FGK stars, median / 0.67.
EMULATOR_ERRORS = {"teff": 7.0, "logg": 0.014, "m_h": 0.007, "alpha_m": 0.004, "vmic": 0.018, "vsini": 0.03}
# The same of hot stars, whose few lines tell less: so many times more, from the first Teff to the second.
HOT_FACTOR, HOT_TEFF = 6.0, (6500.0, 8000.0)


@dataclasses.dataclass(frozen=True, eq=False)
class Refinement:
    """Result of a least-squares fit.

    Attributes
    ----------
    labels : LabelSet
        teff, logg, m_h, alpha_m, vmic, vsini (total broadening), with 1-sigma errors.
    velocity_kms, e_velocity_kms : float
        To be added to the velocity that was taken out before.
    covariance : ndarray, shape (9, 9)
        Of `spectragui.inference.fit.spectrum_model.PARAMETERS`, noise and misfit within lines; the
        errors of ``labels`` also hold what all synthetic spectra are wrong by.
    rchi2 : float
        Reduced chi2, noise and the physics' error in the variance.
    generated : tuple of ndarray, shape (n_pixels,) each
        Normalised generated spectrum of each segment, the physics' known errors included.
    continuum : tuple of ndarray, shape (n_pixels,) each
        What the segment's flux is to be divided by.
    misfit : float
        How badly the physics describes the star: 0 = noise explains all, 1 = as in the Sun.
    n_iterations : int
    converged : bool
    messages : tuple of str
        What the fit found worth saying, in sentences.
    """

    labels: LabelSet
    velocity_kms: float
    e_velocity_kms: float
    covariance: NDArray[np.float64]
    rchi2: float
    generated: tuple[NDArray[np.float64], ...]
    continuum: tuple[NDArray[np.float64], ...]
    misfit: float
    n_iterations: int
    converged: bool
    messages: tuple[str, ...] = ()

    @property
    def errors(self) -> dict[str, float]:
        """1-sigma errors of the labels."""
        return dict(self.labels.errors)


def refine(
    observation: Observation,
    start: LabelSet,
    progress: Progress = no_progress,
    emulator: Emulator | None = None,
    held: Sequence[str] = (),
) -> Refinement:
    """Fit an observation from given labels.

    Parameters
    ----------
    observation : Observation
        Air, rest frame (to some km/s), any number of segments.
    start : LabelSet
        teff, logg, m_h; alpha_m, vmic, vsini where known. May be far off.
    progress : Progress
        May raise `Cancelled`.
    emulator : Emulator, optional
        The bundled one by default.
    held : sequence of str
        Labels that stay at their starting values.

    Raises
    ------
    ModelError
        If there are too few pixels, or the fit finds no numbers.

    Notes
    -----
    Levenberg-Marquardt with variable projection: the continuum, splines linear in their
    coefficients, is solved for at each step. Errors: see `refine_errors.covariance`; to them
    `EMULATOR_ERRORS` are added in quadrature, and `PHYSICS_ERRORS` times the misfit that noise
    cannot explain.

    References
    ----------
    Golub & Pereyra 2003, Inverse Problems 19, R1 (variable projection).
    """
    n_good = sum(int(np.count_nonzero(~segment.mask)) for segment in observation.segments)
    if n_good < MIN_PIXELS:
        raise ModelError(f"The fit needs at least {MIN_PIXELS} good pixels; there are {n_good}.")
    emulator = emulator or load_emulator()
    patterns = load_error_patterns()
    joined, number = join_pixels(observation)
    model = SpectrumModel.build(emulator, patterns, joined, number)
    names = tuple("broadening" if name == "vsini" else name for name in held)
    problem = Problem.build(joined, model, start["teff"], names)
    try:
        solution = solve(problem, starting_point(start, held), part_of(progress, 0.0, 0.9))
    except np.linalg.LinAlgError as error:
        raise ModelError(f"The least-squares fit failed: {error}.") from error
    progress(0.95, "Errors of the fit")
    return _refinement(observation, problem, solution, emulator)


def starting_point(start: LabelSet, held: Sequence[str] = ()) -> NDArray[np.float64]:
    """Return `PARAMETERS` to start from; what ``start`` lacks is what such stars usually have."""
    teff, logg, m_h = (start[name] for name in MAIN_LABELS)
    alpha_m = start.values.get("alpha_m", expected_alpha(m_h))
    vmic = start.values.get("vmic", expected_vmic(teff, logg))
    vsini = start.values.get("vsini", USUAL_VSINI)
    if "vsini" not in held:  # at 0 the spectrum does not change with it: a trap
        vsini = max(vsini, USUAL_VSINI)
    return np.array([teff, logg, m_h, alpha_m, vmic, vsini**2, 0.0, 0.0, 0.0])


def _refinement(
    observation: Observation, problem: Problem, solution: Solution, emulator: Emulator
) -> Refinement:
    state = solution.state
    matrix = covariance(problem, state)
    amount = misfit(problem, state)
    labels = _labels(state.parameters, matrix, amount, observation)
    generated, continuum, rchi2 = _on_native_pixels(observation, problem, state.parameters, emulator)
    return Refinement(
        labels=labels,
        velocity_kms=float(state.parameters[6]),
        e_velocity_kms=float(np.sqrt(matrix[6, 6])),
        covariance=matrix,
        rchi2=rchi2,
        generated=generated,
        continuum=continuum,
        misfit=amount,
        n_iterations=solution.n_iterations,
        converged=solution.converged,
        messages=tuple(_messages(problem, solution)),
    )


def _labels(
    parameters: NDArray[np.float64], matrix: NDArray[np.float64], amount: float, observation: Observation
) -> LabelSet:
    vsini = float(np.sqrt(max(parameters[5], 0.0)))
    values = dict(zip(PARAMETERS[:5], parameters[:5].tolist(), strict=True))
    errors = dict(zip(PARAMETERS[:5], np.sqrt(np.diag(matrix))[:5].tolist(), strict=True))
    # broadening = vsini^2, which has a finite error where vsini itself has none (at 0).
    errors["vsini"] = float(np.sqrt(vsini**2 + np.sqrt(matrix[5, 5]))) - vsini
    # Fewer lines than in the whole window average out less.
    few = 1.0 / np.sqrt(np.clip(observation.coverage, 0.05, 1.0)) ** 0.5
    hot = (values["teff"] - HOT_TEFF[0]) / (HOT_TEFF[1] - HOT_TEFF[0])
    factor = 1.0 + (HOT_FACTOR - 1.0) * float(np.clip(hot, 0.0, 1.0))
    for name, error in errors.items():
        parts = (error, factor * EMULATOR_ERRORS[name], amount * few * PHYSICS_ERRORS[name])
        errors[name] = float(np.linalg.norm(parts))
    return LabelSet({**values, "vsini": vsini}, errors)


def _on_native_pixels(
    observation: Observation, problem: Problem, parameters: NDArray[np.float64], emulator: Emulator
) -> tuple[tuple[NDArray, ...], tuple[NDArray, ...], float]:
    """Return generated spectrum and continuum of each segment as it was observed, and chi2."""
    model = SpectrumModel.build(emulator, problem.model.patterns, observation)
    native = Problem.build(observation, model, problem.teff)
    first = evaluate(native, parameters, weights(native, parameters, None))
    state = evaluate(native, parameters, weights(native, parameters, first.residual))
    labels = LabelSet({"teff": parameters[0], "vsini": float(np.sqrt(max(parameters[5], 0.0)))})
    physics = physics_error(native.wavelength_aa, labels, native.resolving_power)
    counts = state.weight > 0
    pull = (state.residual / np.hypot(native.sigma, physics))[counts]
    rchi2 = float(np.sum(np.square(pull))) / max(pull.size - len(PARAMETERS), 1)
    slices = native.spline.slices
    return tuple(state.flux[s] for s in slices), tuple(state.continuum.values[s] for s in slices), rchi2


def _messages(problem: Problem, solution: Solution) -> list[str]:
    parameters = solution.state.parameters
    lower, upper = problem.bounds
    messages = []
    if not solution.converged:
        messages.append(f"The fit did not come to rest in {solution.n_iterations} steps.")
    for name, value, low, high in zip(PARAMETERS[:5], parameters, lower, upper, strict=False):
        if value <= low or value >= high:
            messages.append(f"The fit ended at the edge of the emulator's range in {name}: {value:g}.")
    if parameters[5] < 0.5 * problem.model.smallest_broadening:
        messages.append("The lines are sharper than the resolving power allows: check it.")
    return messages
