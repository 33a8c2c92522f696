"""Predict stellar parameters: from a spectrum as it was read to labels, errors, verdict and table row.

The window and the command line call the same function; it does by itself what a user would forget:
medium, frame, velocity, masks, continuum, resolving power.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from spectragui.core.errors import ModelError
from spectragui.core.flags import Flag
from spectragui.core.follow_up import COVERAGE, OUTSIDE, SIGNAL
from spectragui.core.labels import LABELS, LabelSet
from spectragui.core.parameters import check_parameters
from spectragui.core.progress import Progress, no_progress, part_of
from spectragui.core.spectral_axis import SPEED_OF_LIGHT_KMS
from spectragui.core.spectrum import AnySpectrum, orders_of
from spectragui.inference.fit.cleaning import clean_observation, clean_with
from spectragui.inference.fit.compare import compare, comparison_at, generate_on_pixels, physics_misfit
from spectragui.inference.fit.refine import Refinement, refine
from spectragui.inference.observation.observation import Observation, shifted_by
from spectragui.inference.observation.prepare import Prepared, prepare_observation
from spectragui.inference.observation.remark import Remark, denoised_remarks
from spectragui.inference.opened_model import OpenedModel
from spectragui.inference.parameters.model_store import choose_model
from spectragui.inference.parameters.out_of_range import MIN_COVERAGE, MIN_SNR, judge, verdict_of
from spectragui.inference.parameters.result_row import (
    failed_row,
    printable,
    result_row,
    unread_row,
    with_limits,
)
from spectragui.inference.parameters.uncertainty import with_fraction, with_systematics
from spectragui.inference.prediction import Prediction, PredictOptions

# Convection and gravity shift real lines, but not synthetic ones, by some tenths of a km/s.
ZERO_POINT_KMS = 0.2
# Noise estimated from the pixels may hide how badly the physics fits; the Sun's is 0.1.
UNSEEN_MISFIT = 0.08
LEAST_CONTINUUM = 0.05  # of the coarse one; below it an order holds no light
MORE = "Co-add more exposures, or choose another part of the spectrum."
USUAL_MISFIT = 1.0  # of the physics, for the first look: as for the Sun


def predict_spectrum(
    spectrum: AnySpectrum,
    options: PredictOptions | None = None,
    progress: Progress = no_progress,
) -> Prediction:
    """Predict the parameters of one star from one spectrum.

    Parameters
    ----------
    spectrum : Spectrum or EchelleSpectrum
        As read, in any unit, medium and frame.
    options : PredictOptions, optional
        Model, and what the user knows better than the file.
    progress : Progress
        Called between the steps; may raise `Cancelled`.

    Returns
    -------
    Prediction
        Also where the spectrum cannot be served: then without labels, and the verdict says why.

    Raises
    ------
    ModelError
        If the model asked for does not exist or is damaged.
    SettingsError
        If an option is outside its limits.
    """
    options = options or PredictOptions()
    check_parameters(options)
    progress(0.0, "Preparing the spectrum")
    model = choose_model(spectrum, options.model)
    model.load_companions()
    prepared = None
    try:
        prepared = prepare_observation(spectrum, model, options, part_of(progress, 0.0, 0.2))
        require_enough(prepared.observation)
    except ModelError as error:
        return not_served(spectrum, model, error, prepared)
    progress(0.2, "Running the network")
    from spectragui.networks.device import choose_device

    device = choose_device(options.device)
    if device.remark:
        prepared = dataclasses.replace(prepared, notes=(*prepared.notes, device.remark))
    prepared, network = _network_labels(prepared, device.name)
    fit, measured = None, prepared.observation
    if options.refine:
        progress(0.4, "Fitting the spectrum")
        fit = _refined(prepared.observation, network, part_of(progress, 0.4, 0.9))
    if fit is not None:
        network = _network_after_fit(prepared.observation, network, fit, device.name)
        if options.v_rad is None:
            prepared = dataclasses.replace(
                prepared, observation=_with_fitted_velocity(prepared.observation, fit)
            )
    progress(0.9, "Comparing with the generated spectrum")
    return _finish(spectrum, model, prepared, network, fit, measured)


def require_enough(observation: Observation) -> None:
    """Raise `ModelError` where an observation is too little, or too noisy, to be served."""
    if observation.coverage < MIN_COVERAGE:
        raise ModelError(
            f"Only {100 * observation.coverage:.1f} % of the model's window is covered; "
            f"it needs {100 * MIN_COVERAGE:.0f} %.",
            MORE,
        )
    if observation.snr < 0:
        raise ModelError("More than half of the flux in the model's window is negative.", MORE)
    if not observation.snr >= MIN_SNR:
        raise ModelError(
            f"The signal-to-noise ratio is {observation.snr:.1f}; the model needs {MIN_SNR:g}.", MORE
        )


def first_look(prepared: Prepared, device: str = "cpu") -> tuple[Prepared, LabelSet]:
    """Return the observation without what no star can have made, and the labels that tell so."""
    from spectragui.inference.parameters.network_input import network_labels

    first = network_labels(prepared.observation, USUAL_MISFIT, device)
    observation, notes = clean_observation(prepared.observation, first)
    return dataclasses.replace(prepared, observation=observation, notes=(*prepared.notes, *notes)), first


def _network_labels(prepared: Prepared, device: str) -> tuple[Prepared, LabelSet]:
    """Run the network twice: as if the physics were as wrong as for the Sun, then as wrong as it is."""
    from spectragui.inference.parameters.network_input import conditions_of, input_of, labels_of_input
    from spectragui.networks.parameter_network import load_network

    network = load_network(prepared.observation.model.path, device)
    given = input_of(network, prepared.observation, USUAL_MISFIT)
    first = labels_of_input(network, given)
    generated = generate_on_pixels(prepared.observation, first)
    cleaned = clean_with(prepared.observation, first, generated)
    observation, is_same = cleaned.observation, cleaned.observation is prepared.observation
    prepared = dataclasses.replace(prepared, observation=observation, notes=(*prepared.notes, *cleaned.notes))
    levels = cleaned.levels if is_same else None
    misfit = physics_misfit(comparison_at(observation, first, generated, levels))
    e_v_rad = math.hypot(observation.e_v_rad_kms, min(misfit, 1.0) * ZERO_POINT_KMS)
    prepared = dataclasses.replace(
        prepared, observation=dataclasses.replace(observation, e_v_rad_kms=e_v_rad)
    )
    if is_same:  # most spectra are clean, and the network has seen them
        given = dataclasses.replace(given, conditions=conditions_of(observation, misfit))
    else:
        given = input_of(network, observation, misfit)
    return prepared, labels_of_input(network, given)


def _refined(observation: Observation, start: LabelSet, progress: Progress) -> Refinement | None:
    try:
        return refine(observation, start, progress)
    except ModelError:
        return None


def _network_after_fit(observation: Observation, network: LabelSet, fit: Refinement, device: str) -> LabelSet:
    """Run the network on orders divided by the fit's continuum.

    The blind envelope of one order follows what is as wide as the order, H beta above all: with it
    the network errs by 200 K at 6800 K and by 400 K at 8700 K, with the fit's continuum by 40 K.
    """
    from spectragui.inference.parameters.network_input import network_labels

    if len(observation.segments) < 2:
        return network
    segments = []
    for segment, continuum in zip(observation.segments, fit.continuum, strict=True):
        level = np.where(continuum > LEAST_CONTINUUM, continuum, 1.0)
        segments.append(
            dataclasses.replace(segment, flux=segment.flux / level, uncertainty=segment.uncertainty / level)
        )
    misfit = physics_misfit(comparison_at(observation, fit.labels))
    flat = dataclasses.replace(observation, segments=tuple(segments))
    return network_labels(flat, misfit, device)


def _with_fitted_velocity(observation: Observation, fit: Refinement) -> Observation:
    """Take the velocity that the fit found in addition, where it only sharpens the first one.

    The peak of a cross-correlation is drawn aside by templates of other labels, by some per cent
    of the lines' width; the fit's lines are the star's own.
    """
    width = math.hypot(SPEED_OF_LIGHT_KMS / observation.resolving_power, 2.0 * fit.labels["vsini"])
    allowed = 4.0 * observation.e_v_rad_kms + 0.1 * width
    if not fit.converged or not abs(fit.velocity_kms) <= allowed:
        return observation
    error = math.hypot(fit.e_velocity_kms, min(fit.misfit, 1.0) * ZERO_POINT_KMS)
    return shifted_by(observation, fit.velocity_kms, error)


def _finish(
    spectrum: AnySpectrum,
    model: OpenedModel,
    prepared: Prepared,
    network: LabelSet,
    fit: Refinement | None,
    measured: Observation,
) -> Prediction:
    observation = prepared.observation
    best = network if fit is None else fit.labels
    comparison, misfit = compare(observation, best)
    network_misfit = misfit if fit is None else compare(observation, network)[1]
    unseen = 0.0 if has_own_errors(spectrum) else UNSEEN_MISFIT
    # Errors were calibrated with the misfit of what the network saw, before the fit's velocity.
    seen = network_misfit if measured is observation else compare(measured, network)[1]
    of_misfit = model.card.errors.get("misfit", {})
    network = with_systematics(network, seen, of_misfit, observation.coverage, unseen)
    if fit is not None:
        # The fit's own errors hold what it saw of the misfit.
        hidden = unseen * max(1.0 - fit.misfit, 0.0)
        fit = dataclasses.replace(fit, labels=with_fraction(fit.labels, hidden, of_misfit))
    limits = upper_limits(best, observation)
    remarks = [*prepared.remarks, *limit_remarks(limits)]
    labels = (network,) if fit is None else (network, fit.labels)
    verdict = judge(observation, labels, misfit, remarks)
    row = result_row(spectrum, model, observation, network, fit, (network_misfit, misfit), verdict)
    row = with_limits(row, limits)
    messages = () if fit is None else fit.messages
    notes = (*spectrum.meta.get("notes", ()), *(r.sentence for r in prepared.remarks), *prepared.notes)
    fitted = None if fit is None else fit.labels
    said = (*notes, *messages)
    frame, is_estimated = prepared.v_rad_frame, not observation.is_resolving_power_known
    return Prediction(row, network, fitted, verdict, limits, comparison, said, frame, is_estimated)


def has_own_errors(spectrum: AnySpectrum) -> bool:
    """Say whether the noise of a spectrum is known rather than estimated from its pixels."""
    if spectrum.meta.get("simulated"):
        return True
    return any(order.uncertainty is not None for order in orders_of(spectrum))


def upper_limits(labels: LabelSet, observation: Observation) -> dict[str, float]:
    """Return v sin i's upper limit where lines are not resolved enough to measure it.

    A resolving power that was estimated from the lines holds their rotation too: a rotation
    profile of that width has v sin i = FWHM / 1.6.
    """
    width = SPEED_OF_LIGHT_KMS / observation.resolving_power
    limit = width / 2.0 if observation.is_resolving_power_known else width / 1.6
    if "vsini" not in labels or labels["vsini"] >= limit:
        return {}
    return {"vsini": limit}


def limit_remarks(limits: dict[str, float]) -> Sequence[Remark]:
    """Return a remark for each label that is an upper limit."""
    return [
        Remark(
            Flag.UPPER_LIMIT,
            f"{LABELS[name].plain_symbol} is an upper limit: below {limit:.1f} {LABELS[name].unit}.",
        )
        for name, limit in limits.items()
    ]


def not_served(
    spectrum: AnySpectrum, model: OpenedModel, error: ModelError, prepared: Prepared | None
) -> Prediction:
    """Return what stands for a spectrum that a model cannot serve: the reason, no labels."""
    reasons = [Remark(Flag.NOT_SERVED, error.hint or error.message, True), *denoised_remarks(spectrum)]
    verdict = verdict_of(reasons)
    verdict = dataclasses.replace(verdict, sentence=f"Not served: {error.message}")
    missing = OUTSIDE
    if prepared is not None:
        missing = COVERAGE if prepared.observation.coverage < MIN_COVERAGE else SIGNAL
    return Prediction(failed_row(spectrum, model, verdict, str(error), missing), None, None, verdict)


def unread_prediction(files: Sequence[Path], spectrum: AnySpectrum | None, reason: str) -> Prediction:
    """Return what stands for files that could not be read, or that failed on the way: the reason alone."""
    reason = printable(reason)
    verdict = verdict_of([Remark(Flag.NOT_SERVED, reason, True)])
    verdict = dataclasses.replace(verdict, sentence=f"Not served: {reason}")
    return Prediction(unread_row(files, spectrum, reason), None, None, verdict)
