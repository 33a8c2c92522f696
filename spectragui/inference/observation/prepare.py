"""Make a spectrum as it was read ready for a model: its medium, its window, clean, at rest."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import numpy as np

from spectragui.analysis.radial_velocity import RadialVelocity
from spectragui.core.denoised import require_errors
from spectragui.core.errors import MeasurementError, ModelError, UnitError
from spectragui.core.flags import Flag
from spectragui.core.median import median
from spectragui.core.model_card import Medium
from spectragui.core.progress import Progress, no_progress, part_of
from spectragui.core.spectral_axis import SPEED_OF_LIGHT_KMS
from spectragui.core.spectrum import AnySpectrum, Spectrum, orders_of
from spectragui.core.wording import estimate
from spectragui.inference.observation.observation import Observation, Segment
from spectragui.inference.observation.remark import Remark, denoised_remarks
from spectragui.inference.observation.rest_frame import (
    Velocity,
    at_rest,
    estimate_resolving_power,
    find_velocity,
    looks_like_vacuum,
    reported_velocity,
    resolution_remarks,
    segment_velocities,
    velocity_remarks,
)
from spectragui.inference.observation.segments import MARGIN_AA, normalised_segments
from spectragui.inference.opened_model import OpenedModel
from spectragui.inference.prediction import PredictOptions
from spectragui.preprocessing.joined_pixels import JOINED

NORMALISED_REACH_KMS = 600.0  # beyond the window: so far its continuum is fitted


@dataclasses.dataclass(frozen=True, eq=False)
class Prepared:
    """An observation, the cross-correlation behind its velocity, and what was found on the way.

    ``v_rad_frame`` is the frame of the observation's velocity ("barycentric", "observer", ...).
    """

    observation: Observation
    velocity: RadialVelocity | None
    remarks: tuple[Remark, ...]
    notes: tuple[str, ...] = ()
    v_rad_frame: str = ""


def prepare_observation(
    spectrum: AnySpectrum,
    model: OpenedModel,
    options: PredictOptions | None = None,
    progress: Progress = no_progress,
) -> Prepared:
    """Take a spectrum to a model's window: its medium, masked, coarse continuum, resolving power, rest frame.

    Parameters
    ----------
    spectrum : Spectrum or EchelleSpectrum
        As read.
    model : OpenedModel
        Gives window, medium and the templates that velocities are measured with.
    options : PredictOptions, optional
        What the user knows better.
    progress : Progress
        Called for each order; may raise `Cancelled`.

    Returns
    -------
    Prepared

    Raises
    ------
    ModelError
        If nothing of the spectrum can be used in the window; the message says why.
    """
    options = options or PredictOptions()
    _require_errors(spectrum)
    segments, velocity, remarks = _segments_with_velocity(
        spectrum, model, options, part_of(progress, 0.0, 0.5)
    )
    velocities = segment_velocities(segments, model.templates, velocity, part_of(progress, 0.5, 1.0))
    resting = at_rest(segments, velocities, model.window_aa, model.card.domain.gaps_aa)
    if not resting:
        raise _nothing(orders_of(spectrum), model)
    power = known_resolving_power(spectrum, options)
    is_known, own = power is not None, model.emulator.resolving_power
    if power is None:
        limits = model.card.domain.resolving_power
        power = estimate_resolving_power(resting, model.templates, velocity, limits, own)
        told = f"about {estimate(power)} by the widths of its lines"
        sentence = f"The resolving power is not in the file: {told}."
        remarks.append(Remark(Flag.RESOLUTION, sentence))
    else:
        remarks += resolution_remarks(resting, model.templates, velocity, power, own)
    reported, more = reported_velocity(spectrum, velocity)
    observation = Observation(
        model,
        tuple(resting),
        power,
        is_known,
        reported.velocity_kms,
        velocity.error_kms,
        _snr(resting),
        _coverage(resting, model.window_aa, model.card.domain.gaps_aa),
    )
    remarks += [*velocity_remarks(velocity, model.window_aa), *more, *denoised_remarks(spectrum)]
    notes = _joined_notes(segments)
    return Prepared(observation, velocity.measured, tuple(remarks), notes, reported.frame)


def _segments_with_velocity(
    spectrum: AnySpectrum, model: OpenedModel, options: PredictOptions, progress: Progress
) -> tuple[list[Spectrum], Velocity, list[Remark]]:
    """Return segments in the model's medium and their velocity; the likelier medium where none is known."""
    power = known_resolving_power(spectrum, options)
    orders, is_assumed = orders_in_medium(spectrum, options.medium or "", model.medium)
    segments = normalised_segments(orders, model.window_aa, progress, _margin_aa(model))
    if not segments:
        raise _nothing(orders, model)
    velocity = find_velocity(segments, model.templates, options.v_rad, power)
    if not is_assumed:
        return segments, velocity, []
    sentence = "The file does not say whether its wavelengths are in air or vacuum; air was assumed."
    if velocity.measured is not None and looks_like_vacuum(velocity, model.window_aa):
        orders, _ = orders_in_medium(spectrum, "vacuum", model.medium)
        segments = normalised_segments(orders, model.window_aa, margin_aa=_margin_aa(model))
        sentence = (
            "The file does not say whether its wavelengths are in air or vacuum; vacuum was assumed, "
            f"since in air the velocity would be {velocity.value_kms:.1f} km/s."
        )
        velocity = find_velocity(segments, model.templates, None, power)
    return segments, velocity, [Remark(Flag.MEDIUM_ASSUMED, sentence)]


def _joined_notes(segments: Sequence[Spectrum]) -> tuple[str, ...]:
    most = max((int(segment.meta.get(JOINED, 1)) for segment in segments), default=1)
    return (
        (f"Pixels far finer than any line were joined, {most} to one; S/N is of these.",) if most > 1 else ()
    )


def _require_errors(spectrum: AnySpectrum) -> None:
    try:
        require_errors(spectrum)
    except MeasurementError as error:
        raise ModelError(error.message, error.hint) from error


def _margin_aa(model: OpenedModel) -> float:
    """Return how far the lines of all but the fastest stars move at the window's red end."""
    return max(MARGIN_AA, model.window_aa[1] * NORMALISED_REACH_KMS / SPEED_OF_LIGHT_KMS)


def known_resolving_power(spectrum: AnySpectrum, options: PredictOptions) -> float | None:
    """Return lambda / FWHM from the options or the file; None where nobody knows it."""
    if options.resolving_power is not None:
        return float(options.resolving_power)
    values = [spectrum.meta.get("resolving_power")]
    values += [order.meta.get("resolving_power") for order in orders_of(spectrum)]
    found = [float(value) for value in values if value is not None and np.isfinite(value) and value > 0]
    return float(np.median(found)) if found else None


def orders_in_medium(spectrum: AnySpectrum, told: str, wanted: Medium = "air") -> tuple[list[Spectrum], bool]:
    """Return the orders in the wanted medium, and whether theirs had to be assumed.

    Parameters
    ----------
    spectrum : Spectrum or EchelleSpectrum
    told : str
        Medium of the file's wavelengths where the user said it; empty = from the file.
    wanted : {"air", "vacuum"}
    """
    orders = []
    is_assumed = False
    for order in orders_of(spectrum):
        try:
            order = order.in_angstrom()
        except UnitError as error:
            raise ModelError(error.message, error.hint) from error
        axis = order.spectral_axis
        if told == "air" or told == "vacuum":
            axis = axis.replace(medium=told, medium_source="told")
        elif axis.is_medium_assumed:
            is_assumed = True
            axis = axis if axis.is_medium_known else axis.replace(medium="air", medium_source="assumed")
        orders.append(order.replace(spectral_axis=axis.in_medium(wanted)))
    return orders, is_assumed


def _snr(segments: Sequence[Segment]) -> float:
    ratios = [(s.flux / s.uncertainty)[~s.mask] for s in segments]
    return median(np.concatenate(ratios))


def _coverage(
    segments: Sequence[Segment], window_aa: tuple[float, float], gaps_aa: Sequence[tuple[float, float]] = ()
) -> float:
    """Part of the window's bins (about 1 A), gaps left out, that hold an unmasked pixel of any segment."""
    n_bins = max(round(window_aa[1] - window_aa[0]), 1)
    edges = np.linspace(*window_aa, n_bins + 1)
    covered = np.zeros(n_bins, dtype=bool)
    for segment in segments:
        step = median(np.diff(segment.wavelength_aa))
        good = segment.wavelength_aa[~segment.mask]
        for offset in (0.0,) if step < 1.0 else np.linspace(-0.5, 0.5, 2 + int(step)) * step:
            covered |= np.diff(np.searchsorted(good + offset, edges, side="right")) > 0
    centres = 0.5 * (edges[1:] + edges[:-1])
    counts = np.ones(n_bins, dtype=bool)
    for low, high in gaps_aa:
        counts &= (centres < low) | (centres > high)
    return float(np.mean(covered[counts]))


def _nothing(orders: Sequence[Spectrum], model: OpenedModel) -> ModelError:
    low = min(float(order.wavelength_aa.min()) for order in orders)
    high = max(float(order.wavelength_aa.max()) for order in orders)
    window = f"{model.window_aa[0]:.0f}-{model.window_aa[1]:.0f} Å"
    hint = "Choose a model for this range."
    if high < model.window_aa[0] or low > model.window_aa[1]:
        return ModelError(
            f"The spectrum covers {low:.0f}-{high:.0f} Å, the model needs {window} ({model.medium}).", hint
        )
    return ModelError(
        f"The spectrum has no usable pixels in the model's window, {window} ({model.medium}).", hint
    )
