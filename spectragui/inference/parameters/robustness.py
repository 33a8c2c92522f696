"""Robustness of a result: its spectrum with other noise, resolution, continuum, velocity, predicted again."""

from __future__ import annotations

import dataclasses
import functools
import math
from collections.abc import Callable, Iterator, Mapping

import numpy as np

from spectragui.core.errors import ModelError, SpectraGUIError
from spectragui.core.labels import LabelSet
from spectragui.core.progress import Progress, no_progress
from spectragui.core.spectrum import AnySpectrum, EchelleSpectrum, Spectrum, orders_of
from spectragui.inference.observation.prepare import known_resolving_power, prepare_observation
from spectragui.inference.parameters.model_store import choose_model
from spectragui.inference.parameters.predict_spectrum import predict_spectrum
from spectragui.inference.prediction import Prediction, PredictOptions
from spectragui.preprocessing.noise_estimate import estimate_noise
from spectragui.preprocessing.stage import Stage
from spectragui.preprocessing.stages.continuum import Continuum
from spectragui.preprocessing.stages.convolve import Convolve
from spectragui.preprocessing.stages.normalise_cycles import NormaliseCycles

NOISE_FACTORS = (1.0, 0.7, 0.5, 0.35, 0.25, 0.15)  # of the S/N
POWER_FACTORS = (1.0, 0.8, 0.6, 0.4, 0.25)  # of the resolving power
OFFSETS_KMS = (-5.0, -2.0, -1.0, -0.5, 0.0, 0.5, 1.0, 2.0, 5.0)
LEAST_SNR = 5.0
AS_IT_IS = "as it is"
KNOBS: Mapping[str, str] = {
    "snr": "S/N per pixel",
    "resolving_power": "R",
    "continuum": "Continuum",
    "velocity": "Velocity offset (km/s)",
}


@dataclasses.dataclass(frozen=True)
class Trial:
    """The labels of one changed spectrum.

    Attributes
    ----------
    knob : str
        Of `KNOBS`: what was changed.
    value : float
        To what it was changed: S/N, R or km/s; NaN for a continuum.
    name : str
        The value in words.
    labels : LabelSet or None
        By the network; None where it could not be served.
    is_flagged : bool
        Whether the verdict is "do not use".
    reason : str
        Why there are no labels.
    """

    knob: str
    value: float
    name: str
    labels: LabelSet | None
    is_flagged: bool
    reason: str = ""


@dataclasses.dataclass(frozen=True)
class Robustness:
    """All trials of one spectrum.

    Attributes
    ----------
    spectrum, model : str
        Their names.
    labels : LabelSet
        Of the spectrum as it is, by the network.
    trials : tuple of Trial
    """

    spectrum: str
    model: str
    labels: LabelSet
    trials: tuple[Trial, ...]

    def of(self, knob: str) -> tuple[Trial, ...]:
        """Return the trials of one of `KNOBS`, in the order of their values."""
        found = [trial for trial in self.trials if trial.knob == knob]
        return tuple(found if knob == "continuum" else sorted(found, key=lambda trial: trial.value))

    def spread(self, knob: str, label: str) -> float:
        """Return the largest change of a label among the trials of a knob; NaN where there is none."""
        values = [t.labels[label] for t in self.of(knob) if t.labels is not None and label in t.labels]
        return max((abs(value - self.labels[label]) for value in values), default=math.nan)


_Change = tuple[str, float, str, Callable[[], AnySpectrum], PredictOptions]


def measure_robustness(
    spectrum: AnySpectrum,
    options: PredictOptions | None = None,
    progress: Progress = no_progress,
    seed: int = 1,
) -> Robustness:
    """Predict one spectrum again and again, each time changed in one way.

    Parameters
    ----------
    spectrum : Spectrum or EchelleSpectrum
    options : PredictOptions, optional
        As for the prediction; the fit is left out.
    progress : Progress
        Called before each trial; may raise `Cancelled`.
    seed : int
        Of the noise that is added.

    Raises
    ------
    ModelError
        If the spectrum as it is cannot be served.

    Notes
    -----
    Noise is added to reach a lower S/N, and the errors grow with it. A lower resolving power is blurred
    to. A continuum is divided out before the prediction does so itself. Offsets are added to the velocity
    that was measured, or told. What the spectrum cannot lose (S/N below 5, a resolving power that nobody
    knows) is left out.
    """
    options = dataclasses.replace(options or PredictOptions(), refine=False)
    progress(0.0, "As it is")
    first = predict_spectrum(spectrum, options)
    if first.network is None:
        raise ModelError(f"There is no result to be tried. {first.verdict.sentence}")
    changes = list(_changes(spectrum, options, first, np.random.default_rng(seed)))
    trials = []
    for number, (knob, value, name, make, told) in enumerate(changes):
        progress((number + 1) / (len(changes) + 1), f"{KNOBS[knob]}: {name}")
        trials.append(_trial(knob, value, name, make, told))
    progress(1.0)
    return Robustness(spectrum.name, str(first.row["model"]), first.network, tuple(trials))


def _trial(
    knob: str, value: float, name: str, make: Callable[[], AnySpectrum], options: PredictOptions
) -> Trial:
    try:
        found = predict_spectrum(make(), options)
    except SpectraGUIError as error:
        return Trial(knob, value, name, None, True, error.message)
    reason = "" if found.network is not None else found.verdict.sentence
    return Trial(knob, value, name, found.network, bool(found.verdict.flag_bad), reason)


def _changes(
    spectrum: AnySpectrum, options: PredictOptions, first: Prediction, rng: np.random.Generator
) -> Iterator[_Change]:
    snr = float(first.row["snr"])
    for factor in NOISE_FACTORS:
        if math.isfinite(snr) and (factor == 1.0 or factor * snr >= LEAST_SNR):
            make = functools.partial(noisier, spectrum, factor, int(rng.integers(2**31)))
            yield "snr", factor * snr, f"{factor * snr:.0f}", make, options
    power = known_resolving_power(spectrum, options)
    if power is not None:
        for factor in POWER_FACTORS:
            lower = factor * power
            told = options if factor == 1.0 else dataclasses.replace(options, resolving_power=lower)
            make = functools.partial(_blurred, spectrum, lower, power)
            yield "resolving_power", lower, f"{lower:,.0f}", make, told
    stages: dict[str, Stage | None] = {AS_IT_IS: None}
    stages |= {method: Continuum(method) for method in ("alpha shape", "chebyshev", "polynomial", "spline")}
    stages["in cycles"] = NormaliseCycles()
    for name, stage in stages.items():
        yield "continuum", math.nan, name, functools.partial(_through, spectrum, stage), options
    velocity = options.v_rad
    if velocity is None:
        model = choose_model(spectrum, options.model)
        measured = prepare_observation(spectrum, model, options).velocity
        velocity = None if measured is None else measured.velocity_kms
    if velocity is not None:
        for offset in OFFSETS_KMS:
            told = dataclasses.replace(options, v_rad=velocity + offset)
            yield "velocity", offset, f"{offset:+g}", functools.partial(_through, spectrum, None), told


def _through(spectrum: AnySpectrum, stage: Stage | None) -> AnySpectrum:
    return spectrum if stage is None else stage.run(spectrum).spectrum


def noisier(spectrum: AnySpectrum, factor: float, seed: int) -> AnySpectrum:
    """Return a spectrum with noise added so that its S/N is multiplied by a factor up to 1."""
    rng = np.random.default_rng(seed)
    orders = tuple(_noisier_order(order, factor, rng) for order in orders_of(spectrum))
    return EchelleSpectrum(orders, spectrum.meta) if isinstance(spectrum, EchelleSpectrum) else orders[0]


def _noisier_order(order: Spectrum, factor: float, rng: np.random.Generator) -> Spectrum:
    if factor >= 1.0:
        return order
    sigma = order.uncertainty if order.uncertainty is not None else estimate_noise(order.flux, order.mask)
    known = np.isfinite(sigma) & (sigma > 0)
    added = np.where(known, sigma, 0.0) * math.sqrt(factor**-2 - 1.0)
    flux = order.flux + added * rng.standard_normal(order.flux.size)
    total = np.where(known, np.hypot(sigma, added), sigma)
    return order.replace(flux=flux, uncertainty=total)


def _blurred(spectrum: AnySpectrum, resolving_power: float, present: float) -> AnySpectrum:
    if resolving_power >= present:
        return spectrum
    return Convolve(resolving_power, present).run(spectrum).spectrum
