"""Fit chosen labels to a spectrum by least squares from a stated start, no network involved."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spectragui.core.card_formats import usual_edge
from spectragui.core.errors import SettingsError
from spectragui.core.flags import Flag
from spectragui.core.labels import PARAMETER_LABELS, LabelSet
from spectragui.core.progress import Progress, no_progress, part_of
from spectragui.core.spectrum import AnySpectrum
from spectragui.inference.fit.cleaning import clean_observation
from spectragui.inference.fit.compare import compare
from spectragui.inference.fit.priors import expected_alpha, expected_vmic
from spectragui.inference.fit.refine import USUAL_VSINI, Refinement, refine
from spectragui.inference.generate.generate_spectrum import EMULATOR, GenerateRequest
from spectragui.inference.generate.trained_range import label_ranges
from spectragui.inference.observation.observation import Observation, shifted_by
from spectragui.inference.observation.prepare import Prepared, prepare_observation
from spectragui.inference.observation.remark import Remark
from spectragui.inference.opened_model import open_model
from spectragui.inference.parameters.out_of_range import judge
from spectragui.inference.parameters.predict_spectrum import require_enough
from spectragui.inference.prediction import PredictOptions, Verdict

FIT_LABELS = PARAMETER_LABELS
#: Where a fit starts unless it is told: no star in particular.
FAR_START: Mapping[str, float] = {"teff": 5000.0, "logg": 3.5, "m_h": -0.5}


@dataclasses.dataclass(frozen=True, eq=False)
class LabelFit:
    """Result of a fit.

    Attributes
    ----------
    names : tuple of str
        Labels that were fitted.
    labels : LabelSet
        All six labels; those that were fitted with 1-sigma errors.
    covariance : ndarray, shape (n_names, n_names)
        Of the fitted labels; its diagonal holds the squares of their errors.
    start : mapping of str to float
    resolving_power : float
    v_rad_kms, e_v_rad_kms : float
        As for a prediction: barycentric where the frame is known.
    rchi2 : float
        At the fitted labels and velocity: see `spectragui.inference.fit.compare.reduced_chi2`.
    converged : bool
    messages : tuple of str
        What was assumed and found on the way, in sentences.
    refinement : Refinement
        With the generated spectrum on the data's pixels.
    verdict : Verdict
        Whether to believe it, as of a prediction.
    flags : int
        Bits of `spectragui.core.flags.Flag` of what the preparation found.
    n_iterations : int
        Steps of both fits together.
    """

    names: tuple[str, ...]
    labels: LabelSet
    covariance: NDArray[np.float64]
    start: Mapping[str, float]
    resolving_power: float
    v_rad_kms: float
    e_v_rad_kms: float
    rchi2: float
    converged: bool
    messages: tuple[str, ...]
    refinement: Refinement
    verdict: Verdict
    flags: int = 0
    n_iterations: int = 0

    @property
    def request(self) -> GenerateRequest:
        """What generates the fitted spectrum, at rest."""
        low, high = label_ranges(EMULATOR)["resolving_power"]
        power = float(np.clip(self.resolving_power, low, high))
        return self._with_labels(GenerateRequest(resolving_power=power, model=EMULATOR))

    def applied_to(self, request: GenerateRequest) -> GenerateRequest:
        """Return a request with the fitted labels and velocity; all that observing does in it stays."""
        return dataclasses.replace(self._with_labels(request), v_rad=self.v_rad_kms)

    def _with_labels(self, request: GenerateRequest) -> GenerateRequest:
        values: dict[str, Any] = {name: self.labels[name] for name in FIT_LABELS}
        return dataclasses.replace(request, **values)


def fit_labels(
    spectrum: AnySpectrum,
    free: Sequence[str] = FIT_LABELS,
    start: Mapping[str, float] | None = None,
    options: PredictOptions | None = None,
    progress: Progress = no_progress,
) -> LabelFit:
    """Fit labels to a spectrum.

    Parameters
    ----------
    spectrum : Spectrum or EchelleSpectrum
        As read.
    free : sequence of str
        Labels to fit, of `FIT_LABELS`; the others stay at their starting values. A velocity, the
        continuum and the physics' known errors are always fitted.
    start : mapping of str to float, optional
        `FAR_START` where a label is not given; v sin i, alpha_m and vmic as usual for such stars.
    options : PredictOptions, optional
        Resolving power, medium, velocity where the user knows better than the file.
    progress : Progress
        May raise `Cancelled`.

    Raises
    ------
    SettingsError
        If a label is unknown, or a start lies outside the emulator's range.
    ModelError
        If the spectrum cannot be used in the model's window: too little of it, too noisy, or negative.

    Notes
    -----
    Fitted twice: pixels that no star can have made are found in the first fit's residual, and the
    continuum follows the star's Teff, which the start may not know.
    """
    options = options or PredictOptions()
    point = starting_labels(start or {})
    held = _held(free)
    prepared = prepare_observation(spectrum, open_model(EMULATOR), options, part_of(progress, 0.0, 0.3))
    return fit_prepared(prepared, point, held, part_of(progress, 0.3, 1.0))


def fit_prepared(
    prepared: Prepared, point: Mapping[str, float], held: Sequence[str], progress: Progress = no_progress
) -> LabelFit:
    """Fit labels to a prepared observation with the emulator of its model, twice: see `fit_labels`.

    Parameters
    ----------
    prepared : Prepared
    point : mapping of str to float
        Where all labels start.
    held : sequence of str
        Labels that stay there.
    progress : Progress

    Raises
    ------
    ModelError
        If too little of it can be used.
    """
    require_enough(prepared.observation)
    first = refine(prepared.observation, LabelSet(point), part_of(progress, 0.0, 0.5), held=held)
    observation, notes = clean_observation(prepared.observation, first.labels)
    require_enough(observation)
    near = LabelSet({**first.labels.values, **{name: point[name] for name in held}})
    fit = refine(observation, near, part_of(progress, 0.5, 1.0), held=held)
    sentences = (*(remark.sentence for remark in prepared.remarks), *prepared.notes, *notes, *fit.messages)
    names = tuple(n for n in FIT_LABELS if n not in held)
    found = _label_fit(fit, observation, names, point, sentences, prepared.remarks)
    n_iterations = first.n_iterations + fit.n_iterations
    return dataclasses.replace(found, flags=_flags(prepared.remarks), n_iterations=n_iterations)


def _flags(remarks: Sequence[Remark]) -> int:
    bits = Flag(0)
    for remark in remarks:
        bits |= remark.flag
    return int(bits)


def starting_labels(start: Mapping[str, float]) -> dict[str, float]:
    """Return all six labels to start from.

    Raises
    ------
    SettingsError
        If one is unknown, not finite, or outside the emulator's range.
    """
    _check_names(start)
    point = {**FAR_START, **{name: float(value) for name, value in start.items()}}
    point.setdefault("alpha_m", expected_alpha(point["m_h"]))
    point.setdefault("vmic", expected_vmic(point["teff"], point["logg"]))
    point.setdefault("vsini", USUAL_VSINI)
    ranges = label_ranges(EMULATOR)
    for name, value in point.items():
        low, high = ranges[name]
        if not low <= value <= high:
            raise SettingsError(
                f"The fit cannot start at {name} = {value:g}: the range is {low:g} to {high:g}.",
                "Choose a start inside it.",
            )
    return point


def _held(free: Sequence[str]) -> tuple[str, ...]:
    _check_names(free)
    if not free:
        raise SettingsError("No label is free: there is nothing to fit.", "Choose one label at least.")
    return tuple(name for name in FIT_LABELS if name not in free)


def _check_names(names: Sequence[str] | Mapping[str, float]) -> None:
    unknown = [name for name in names if name not in FIT_LABELS]
    if unknown:
        raise SettingsError(f"{unknown[0]!r} cannot be fitted.", f"Known: {', '.join(FIT_LABELS)}.")


def _label_fit(
    fit: Refinement,
    observation: Observation,
    names: tuple[str, ...],
    start: Mapping[str, float],
    sentences: tuple[str, ...],
    remarks: Sequence[Remark],
) -> LabelFit:
    error = float(np.hypot(observation.e_v_rad_kms, fit.e_velocity_kms))
    at_rest = shifted_by(observation, fit.velocity_kms, error)
    errors = {name: fit.labels.error(name) for name in names}
    misfit = compare(at_rest, fit.labels)[1]
    return LabelFit(
        names,
        LabelSet(fit.labels.values, errors),
        label_covariance(fit, names),
        start,
        observation.resolving_power,
        at_rest.v_rad_kms,
        error,
        misfit.rchi2,
        fit.converged,
        tuple(dict.fromkeys(sentences)),
        fit,
        judge(_with_usual_edges(at_rest), (LabelSet(fit.labels.values, errors),), misfit, remarks),
    )


def _with_usual_edges(observation: Observation) -> Observation:
    """Return an observation with the edges of a model of parameters: emulators have none."""
    card = observation.model.card
    labels = tuple(dataclasses.replace(label, edge=usual_edge(label.name)) for label in card.labels)
    model = dataclasses.replace(observation.model, card=dataclasses.replace(card, labels=labels))
    return dataclasses.replace(observation, model=model)


def label_covariance(fit: Refinement, names: Sequence[str]) -> NDArray[np.float64]:
    """Return the covariance of fitted labels, shape (n, n); v sin i instead of its square.

    Notes
    -----
    Correlations are the fit's; variances are the stated errors', which also hold what emulator
    and physics are wrong by.
    """
    places = fit.parameters.names
    rows = [places.index("broadening" if name == "vsini" else name) for name in names]
    matrix = fit.covariance[np.ix_(rows, rows)]
    scale = np.sqrt(np.maximum(np.diag(matrix), 1e-30))
    errors = np.array([fit.labels.error(name) for name in names])
    return np.asarray(matrix / np.outer(scale, scale) * np.outer(errors, errors))
