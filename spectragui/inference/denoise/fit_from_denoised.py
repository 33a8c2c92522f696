"""Fit labels to a noisy spectrum by least squares, started from the labels of its denoised one."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping

import numpy as np

from spectragui.core.errors import ModelError
from spectragui.core.labels import LabelSet
from spectragui.core.model_folder import find_model, read_card
from spectragui.core.progress import Progress, no_progress, part_of
from spectragui.core.spectral_axis import SPEED_OF_LIGHT_KMS
from spectragui.core.spectrum import AnySpectrum
from spectragui.inference.denoise.denoising_result import Denoised
from spectragui.inference.fit.fit_problem import Problem, weights
from spectragui.inference.fit.least_squares import evaluate
from spectragui.inference.fit.refine import refine, starting_point
from spectragui.inference.fit.spectrum_model import SpectrumModel, join_pixels
from spectragui.inference.generate.fit_labels import LabelFit, fit_prepared
from spectragui.inference.observation.observation import Observation
from spectragui.inference.observation.prepare import Prepared, known_resolving_power, prepare_observation
from spectragui.inference.opened_model import OpenedModel, open_model
from spectragui.inference.prediction import PredictOptions

#: A star of each kind: the one that is most like the spectrum is where the search begins.
KINDS: tuple[Mapping[str, float], ...] = (
    {"teff": 3900.0, "logg": 1.0, "m_h": -0.3},
    {"teff": 4000.0, "logg": 4.6, "m_h": -0.3},
    {"teff": 4300.0, "logg": 1.2, "m_h": -1.7},
    {"teff": 4800.0, "logg": 2.4, "m_h": -0.3},
    {"teff": 5000.0, "logg": 2.2, "m_h": -2.0},
    {"teff": 5500.0, "logg": 4.3, "m_h": -0.3},
    {"teff": 6400.0, "logg": 4.1, "m_h": -0.7},
)


@dataclasses.dataclass(frozen=True, eq=False)
class FitFromDenoised:
    """A fit of the noisy flux, and where it began.

    Attributes
    ----------
    fit : LabelFit
        Of the noisy spectrum; its errors are those of the noise, the emulator and the physics.
    start : LabelSet
        Labels of the denoised spectrum. Their errors are not given: what the network got wrong is in them.
    model, emulator : str
        The denoiser, and the emulator that its card names.
    words : str
        One sentence.
    """

    fit: LabelFit
    start: LabelSet
    model: str
    emulator: str
    words: str


def fit_from_denoised(
    found: Denoised, options: PredictOptions | None = None, progress: Progress = no_progress
) -> FitFromDenoised:
    """Fit labels to the noisy flux behind a denoised spectrum.

    Parameters
    ----------
    found : Denoised
    options : PredictOptions, optional
        What the user knows better: resolving power, medium, velocity. Without them the velocity is that of
        the denoised spectrum, the resolving power the file's, else that of the denoiser's domain.
    progress : Progress
        May raise `Cancelled`.

    Raises
    ------
    ModelError
        If the denoiser's card names no emulator, or too few pixels are good.

    Notes
    -----
    The denoised spectrum is fitted first, from the most alike of `KINDS`; the noisy one then from the labels
    that this gave. Only the start is the network's: what is minimised is the chi2 of the data. A v sin i that
    the resolving power does not resolve stays where the denoised spectrum has it.
    """
    model = emulator_of_denoiser(found.model)
    told = options_for_fit(found, options)
    clean = _prepared(found.spectrum, model, told, part_of(progress, 0.0, 0.1))
    start = labels_of(clean.observation, part_of(progress, 0.1, 0.5))
    noisy = _prepared(found.noisy, model, told, part_of(progress, 0.5, 0.6))
    power = noisy.observation.resolving_power
    held = ("vsini",) if start["vsini"] < unresolved_vsini(power) else ()
    fit = fit_prepared(noisy, dict(start.values), held, part_of(progress, 0.6, 1.0))
    words = f"Fitted to the noisy flux, from where {found.model} put it, in {fit.n_iterations} steps."
    if held:
        words += f" v sin i is not resolved (below {unresolved_vsini(power):.0f} km/s) and was held."
    return FitFromDenoised(fit, start, found.model, model.name, words)


def unresolved_vsini(resolving_power: float) -> float:
    """Return below which v sin i [km/s] is an upper limit, c / 2R."""
    return SPEED_OF_LIGHT_KMS / (2.0 * resolving_power)


def emulator_of_denoiser(name: str) -> OpenedModel:
    """Return the emulator that the card of a denoiser names.

    Raises
    ------
    ModelError
        If it names none.
    """
    card = read_card(find_model(name))
    if not card.companions.emulator:
        raise ModelError(
            f"The card of the model {name} names no emulator: nothing can be fitted with it.",
            "Name one under [companions].",
        )
    return open_model(card.companions.emulator)


def options_for_fit(found: Denoised, options: PredictOptions | None = None) -> PredictOptions:
    """Return what the preparation of a fit is told: velocity and resolving power as the denoiser has them."""
    told = options or PredictOptions()
    velocity = float(found.row["v_rad"])
    if told.v_rad is None and math.isfinite(velocity):
        told = dataclasses.replace(told, v_rad=velocity)
    if known_resolving_power(found.noisy, told) is None:
        low, high = read_card(find_model(found.model)).domain.resolving_power
        told = dataclasses.replace(told, resolving_power=float(np.sqrt(low * high)))
    return told


def labels_of(observation: Observation, progress: Progress = no_progress) -> LabelSet:
    """Return the labels that fit an observation, found from no start in particular.

    Parameters
    ----------
    observation : Observation
        Of an emulator.
    progress : Progress
    """
    best = closest_kind(observation)
    labels = refine(observation, LabelSet(best), progress).labels
    return LabelSet(labels.values)


def closest_kind(observation: Observation) -> Mapping[str, float]:
    """Return the one of `KINDS` whose spectrum has the smallest chi2."""
    joined, number = join_pixels(observation)
    model = SpectrumModel.build(observation.model.emulator, observation.model.patterns, joined, number)

    def chi2(kind: Mapping[str, float]) -> float:
        problem = Problem.build(joined, model, kind["teff"])
        point = np.clip(starting_point(model, LabelSet(kind)), *problem.bounds)
        return evaluate(problem, point, weights(problem, point, None)).chi2

    return min(KINDS, key=chi2)


def _prepared(
    spectrum: AnySpectrum, model: OpenedModel, options: PredictOptions, progress: Progress
) -> Prepared:
    return prepare_observation(spectrum, model, options, progress)
