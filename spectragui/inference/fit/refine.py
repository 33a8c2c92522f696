"""Refine a network's labels by least squares against the emulator, for any instrument.

What is fitted: the labels of the model's emulator, the broadening (v sin i), a velocity, the continuum
of each segment, and how much of the physics' known errors (`model_error`) the star shows.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from spectragui.core.errors import ModelError, first_sentence
from spectragui.core.labels import LabelSet
from spectragui.core.progress import Progress, no_progress, part_of
from spectragui.inference.fit.fit_problem import Problem, weights
from spectragui.inference.fit.least_squares import Solution, evaluate, solve
from spectragui.inference.fit.priors import expected_alpha, expected_vmic
from spectragui.inference.fit.refine_errors import covariance, misfit
from spectragui.inference.fit.spectrum_model import FitParameters, SpectrumModel, join_pixels
from spectragui.inference.observation.observation import Observation
from spectragui.simulation.emulator import Emulator

MIN_PIXELS = 100
USUAL_VSINI = 5.0
# The emulator's errors of hot stars, whose few lines tell less: so many times more, from the first Teff
# to the second.
HOT_FACTOR, HOT_TEFF = 6.0, (6500.0, 8000.0)


@dataclasses.dataclass(frozen=True, eq=False)
class Refinement:
    """Result of a least-squares fit.

    Attributes
    ----------
    labels : LabelSet
        Those of the emulator, and vsini (total broadening), with 1-sigma errors.
    velocity_kms, e_velocity_kms : float
        To be added to the velocity that was taken out before.
    parameters : FitParameters
        What was fitted, in the order of ``covariance``.
    covariance : ndarray, shape (n_parameters, n_parameters)
        Noise and misfit within lines; the errors of ``labels`` also hold what all synthetic spectra
        are wrong by.
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
    parameters: FitParameters
    covariance: NDArray[np.float64]
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
    held: Sequence[str] = (),
) -> Refinement:
    """Fit an observation from given labels.

    Parameters
    ----------
    observation : Observation
        Its model's medium, rest frame (to some km/s), any number of segments.
    start : LabelSet
        Labels of the emulator and vsini where known. May be far off.
    progress : Progress
        May raise `Cancelled`.
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
    what the card says of the emulator's errors is added in quadrature, and what it says of the
    physics' times the misfit that noise cannot explain.

    References
    ----------
    Golub & Pereyra 2003, Inverse Problems 19, R1 (variable projection).
    """
    n_good = sum(int(np.count_nonzero(~segment.mask)) for segment in observation.segments)
    if n_good < MIN_PIXELS:
        raise ModelError(f"The fit needs at least {MIN_PIXELS} good pixels; there are {n_good}.")
    joined, number = join_pixels(observation)
    model = SpectrumModel.build(observation.model.emulator, observation.model.patterns, joined, number)
    names = tuple("broadening" if name == "vsini" else name for name in held)
    problem = Problem.build(joined, model, start.values.get("teff", 0.0), names)
    try:
        solution = solve(problem, starting_point(model, start, held), part_of(progress, 0.0, 0.9))
    except np.linalg.LinAlgError as error:
        raise ModelError(f"The least-squares fit failed: {first_sentence(error)}.") from error
    progress(0.95, "Errors of the fit")
    return _refinement(observation, problem, solution)


def starting_point(model: SpectrumModel, start: LabelSet, held: Sequence[str] = ()) -> NDArray[np.float64]:
    """Return parameters to start from; what ``start`` lacks is what such stars usually have."""
    vsini = start.values.get("vsini", USUAL_VSINI)
    if "vsini" not in held:  # at 0 the spectrum does not change with it: a trap
        vsini = max(vsini, USUAL_VSINI)
    labels = [_started(name, start, model.emulator) for name in model.parameters.labels]
    return np.array([*labels, vsini**2, 0.0, *[0.0] * model.parameters.n_patterns])


def _started(name: str, start: LabelSet, emulator: Emulator) -> float:
    if name in start:
        return start[name]
    if name == "alpha_m" and "m_h" in start:
        return expected_alpha(start["m_h"])
    if name == "vmic" and "teff" in start and "logg" in start:
        return expected_vmic(start["teff"], start["logg"])
    return 0.5 * sum(emulator.label_ranges[name])


def _refinement(observation: Observation, problem: Problem, solution: Solution) -> Refinement:
    state = solution.state
    matrix = covariance(problem, state)
    amount = misfit(problem, state)
    labels = _labels(problem, state.parameters, matrix, amount, observation)
    generated, continuum = _on_native_pixels(observation, problem, state.parameters)
    velocity = problem.parameters.velocity
    return Refinement(
        labels=labels,
        velocity_kms=float(state.parameters[velocity]),
        e_velocity_kms=float(np.sqrt(matrix[velocity, velocity])),
        parameters=problem.parameters,
        covariance=matrix,
        generated=generated,
        continuum=continuum,
        misfit=amount,
        n_iterations=solution.n_iterations,
        converged=solution.converged,
        messages=tuple(_messages(problem, solution)),
    )


def _labels(
    problem: Problem,
    values: NDArray[np.float64],
    matrix: NDArray[np.float64],
    amount: float,
    observation: Observation,
) -> LabelSet:
    labels = problem.parameters.label_set(values)
    place, vsini = problem.parameters.broadening, labels["vsini"]
    errors = dict(zip(problem.parameters.labels, np.sqrt(np.diag(matrix)).tolist(), strict=False))
    # broadening = vsini^2, which has a finite error where vsini itself has none (at 0).
    errors["vsini"] = float(np.sqrt(vsini**2 + np.sqrt(matrix[place, place]))) - vsini
    # Fewer lines than in the whole window average out less.
    few = 1.0 / np.sqrt(np.clip(observation.coverage, 0.05, 1.0)) ** 0.5
    hot = (labels.values.get("teff", 0.0) - HOT_TEFF[0]) / (HOT_TEFF[1] - HOT_TEFF[0])
    factor = 1.0 + (HOT_FACTOR - 1.0) * float(np.clip(hot, 0.0, 1.0))
    known = observation.model.card.errors
    emulator_errors, physics_errors = known.get("emulator", {}), known.get("physics", {})
    for name, error in errors.items():
        of_emulator, of_physics = emulator_errors.get(name, 0.0), physics_errors.get(name, 0.0)
        errors[name] = float(np.linalg.norm((error, factor * of_emulator, amount * few * of_physics)))
    return LabelSet(labels.values, errors)


def _on_native_pixels(
    observation: Observation, problem: Problem, parameters: NDArray[np.float64]
) -> tuple[tuple[NDArray, ...], tuple[NDArray, ...]]:
    """Return generated spectrum and continuum of each segment as it was observed."""
    model = SpectrumModel.build(problem.model.emulator, problem.model.patterns, observation)
    native = Problem.build(observation, model, problem.teff)
    first = evaluate(native, parameters, weights(native, parameters, None))
    state = evaluate(native, parameters, weights(native, parameters, first.residual))
    slices = native.spline.slices
    return tuple(state.flux[s] for s in slices), tuple(state.continuum.values[s] for s in slices)


def _messages(problem: Problem, solution: Solution) -> list[str]:
    parameters = solution.state.parameters
    lower, upper = problem.bounds
    messages = []
    if not solution.converged:
        messages.append(f"The fit did not come to rest in {solution.n_iterations} steps.")
    for name, value, low, high in zip(problem.parameters.labels, parameters, lower, upper, strict=False):
        if value <= low or value >= high:
            messages.append(f"The fit ended at the edge of the emulator's range in {name}: {value:g}.")
    if parameters[problem.parameters.broadening] < 0.5 * problem.model.smallest_broadening:
        messages.append("The lines are sharper than the resolving power allows: check it.")
    return messages
