"""The input that a network is given of a star whose labels are known, as at a prediction."""

from __future__ import annotations

import dataclasses
import math

from spectragui.core.labels import LabelSet
from spectragui.core.spectrum import AnySpectrum
from spectragui.inference.fit.cleaning import clean_observation
from spectragui.inference.fit.compare import compare, physics_misfit, usual_labels
from spectragui.inference.observation.prepare import prepare_observation
from spectragui.inference.opened_model import OpenedModel
from spectragui.inference.parameters.network_input import network_input
from spectragui.inference.parameters.predict_spectrum import require_enough
from spectragui.inference.prediction import PredictOptions
from spectragui.networks.input_grid import InputGrid
from spectragui.networks.parameter_network import NetworkInput


@dataclasses.dataclass(frozen=True, eq=False)
class LabelledInput:
    """What a network is given of one star, and how alike the spectrum is to what the physics says of it.

    Attributes
    ----------
    inputs : NetworkInput
    correlation : float
        As in `Misfit`, at the known labels.
    """

    inputs: NetworkInput
    correlation: float


def labelled_input(
    spectrum: AnySpectrum,
    model: OpenedModel,
    grid: InputGrid,
    known: LabelSet,
    resolving_power: float | None = None,
) -> LabelledInput:
    """Prepare a spectrum as a prediction does, cleaned by the spectrum generated at its known labels.

    Parameters
    ----------
    spectrum : Spectrum or EchelleSpectrum
    model : OpenedModel
        Gives window, medium, templates and emulator.
    grid : InputGrid
        Of the network.
    known : LabelSet
        What is known of the star; the rest is as usual for such a star.
    resolving_power : float, optional
        Where the file does not say it.

    Raises
    ------
    ModelError
        If the spectrum cannot be served.
    """
    options = PredictOptions(resolving_power=resolving_power, refine=False)
    observation = prepare_observation(spectrum, model, options).observation
    require_enough(observation)
    emulator = model.emulator
    usual = usual_labels(known, emulator)
    values = {**usual, **{name: value for name, value in known.values.items() if math.isfinite(value)}}
    for name, (low, high) in emulator.label_ranges.items():
        values[name] = min(max(values[name], low), high)  # nothing is generated far outside
    labels = LabelSet(values)
    observation, _ = clean_observation(observation, labels)
    comparison, misfit = compare(observation, labels)
    inputs = network_input(observation, grid, physics_misfit(comparison))
    return LabelledInput(inputs, misfit.correlation)
