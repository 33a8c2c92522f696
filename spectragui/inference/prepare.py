"""Make a spectrum as it was read ready for a model: air, the model's window, clean, at rest."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from spectragui.analysis.line_broadening import measure_broadening
from spectragui.analysis.radial_velocity import RadialVelocity, measure_distortion, measure_velocity
from spectragui.core.errors import ModelError, UnitError
from spectragui.core.flags import Flag
from spectragui.core.spectral_axis import SPEED_OF_LIGHT_KMS, SpectralAxis
from spectragui.core.spectrum import AnySpectrum, Spectrum, orders_of
from spectragui.inference.observation import Observation, Segment
from spectragui.inference.prediction import PredictOptions
from spectragui.inference.velocity_templates import SUN_LIKE_TEMPLATE, velocity_templates
from spectragui.preprocessing.bad_pixels import find_empty, find_plateaus, find_spikes
from spectragui.preprocessing.coarse_continuum import estimate_coarse_continuum, is_normalised
from spectragui.preprocessing.gaps import find_stretches
from spectragui.preprocessing.noise_estimate import estimate_noise

WINDOW_AA = (4450.0, 5400.0)
SEARCH_LIMIT_KMS = 600.0
MARGIN_AA = 11.0
MAX_DISAGREEMENT_KMS = 40.0  # of the arms of one instrument; more is a wrong peak
# Air taken for vacuum, or the reverse, looks like this velocity at 4450-5400 A.
AIR_VACUUM_KMS = (83.4, 84.2)
MIN_SEGMENT_PIXELS = 40
BROADENINGS_KMS = (0.0, 12.0, 35.0, 90.0, 200.0)


@dataclasses.dataclass(frozen=True)
class Remark:
    """Something that was assumed or found out: a bit of `Flag`, and a sentence for the user."""

    flag: Flag
    sentence: str
    is_bad: bool = False


@dataclasses.dataclass(frozen=True, eq=False)
class Prepared:
    """An observation, the cross-correlation behind its velocity, and what was found on the way."""

    observation: Observation
    velocity: RadialVelocity | None
    remarks: tuple[Remark, ...]
    notes: tuple[str, ...] = ()


def prepare_observation(
    spectrum: AnySpectrum,
    options: PredictOptions | None = None,
    window_aa: tuple[float, float] = WINDOW_AA,
) -> Prepared:
    """Take a spectrum to a model's window: air, masked, coarse continuum, resolving power, rest frame.

    Parameters
    ----------
    spectrum : Spectrum or EchelleSpectrum
        As read.
    options : PredictOptions, optional
        What the user knows better.
    window_aa : (float, float)
        The model's window [Angstrom, air, rest frame].

    Returns
    -------
    Prepared

    Raises
    ------
    ModelError
        If nothing of the spectrum can be used in the window; the message says why.
    """
    options = options or PredictOptions()
    remarks: list[Remark] = []
    orders = _orders_in_air(spectrum, options, remarks)
    segments = _normalised_segments(orders, window_aa)
    if not segments:
        raise ModelError(_why_nothing(orders, window_aa), "Choose a model for this range.")
    power = known_resolving_power(spectrum, options)
    velocity, v_axis, e_axis = _velocity(segments, options, power, remarks)
    segments = _at_rest(segments, _segment_velocities(segments, velocity, v_axis), window_aa)
    if not segments:
        raise ModelError(_why_nothing(orders, window_aa), "Choose a model for this range.")
    is_known = power is not None
    if power is None:
        power = _estimate_power(segments, velocity)
        sentence = f"The resolving power is not in the file; {power:,.0f} was estimated from the line widths."
        remarks.append(Remark(Flag.RESOLUTION, sentence))
    v_rad = _reported_velocity(spectrum, v_axis, options, remarks)
    observation = Observation(
        tuple(segments), power, is_known, v_rad, e_axis, _snr(segments), _coverage(segments, window_aa)
    )
    return Prepared(observation, velocity, tuple(remarks))


def known_resolving_power(spectrum: AnySpectrum, options: PredictOptions) -> float | None:
    """Return lambda / FWHM from the options or the file; None where nobody knows it."""
    if options.resolving_power is not None:
        return float(options.resolving_power)
    values = [spectrum.meta.get("resolving_power")]
    values += [order.meta.get("resolving_power") for order in orders_of(spectrum)]
    found = [float(value) for value in values if value is not None and np.isfinite(value) and value > 0]
    return float(np.median(found)) if found else None


def _orders_in_air(spectrum: AnySpectrum, options: PredictOptions, remarks: list[Remark]) -> list[Spectrum]:
    orders = []
    assumed = False
    for order in orders_of(spectrum):
        try:
            order = order.in_angstrom()
        except UnitError as error:
            raise ModelError(error.message, error.hint) from error
        axis = order.spectral_axis
        if options.medium in ("air", "vacuum"):
            axis = axis.replace(medium=options.medium, medium_source="given by the user")
        elif axis.is_medium_assumed:
            assumed = True
            if not axis.is_medium_known:
                axis = axis.replace(medium="air", medium_source="assumed: the file does not say")
        orders.append(order.replace(spectral_axis=axis.in_medium("air")))
    if assumed:
        remarks.append(
            Remark(Flag.MEDIUM_ASSUMED, "The file does not say whether its wavelengths are in air or vacuum.")
        )
    return orders


def _normalised_segments(orders: Sequence[Spectrum], window_aa: tuple[float, float]) -> list[Spectrum]:
    low, high = window_aa[0] - MARGIN_AA, window_aa[1] + MARGIN_AA
    segments = []
    for order in orders:
        wavelength = order.wavelength_aa
        first, last = np.searchsorted(wavelength, (low, high))
        if last - first < MIN_SEGMENT_PIXELS:
            continue
        segments += _segments_of_order(order.select(slice(int(first), int(last))))
    return segments


def _segments_of_order(order: Spectrum) -> list[Spectrum]:
    assert order.mask is not None
    flux = np.where(np.isfinite(order.flux), order.flux, 0.0)
    mask = order.mask | (flux == 0)
    sigma = _uncertainty(order, flux, mask)
    snr = float(np.median(flux[~mask] / sigma[~mask])) if np.count_nonzero(~mask) else 0.0
    mask = mask | find_empty(flux, snr) | find_plateaus(flux, mask)
    segments = []
    normalised = is_normalised(flux, mask)
    for part in find_stretches(order.wavelength_aa, mask, min_pixels=MIN_SEGMENT_PIXELS):
        segment = _normalise(order.wavelength_aa[part], flux[part], sigma[part], mask[part], normalised)
        if segment is not None:
            segments.append(order.select(part).replace(**segment))
    return segments


def _uncertainty(order: Spectrum, flux: NDArray[np.float64], mask: NDArray[np.bool_]) -> NDArray[np.float64]:
    if order.uncertainty is None or np.count_nonzero(~mask) < 30:
        return estimate_noise(flux, mask)
    fallback = float(np.median(order.uncertainty[~mask]))
    usable = np.isfinite(order.uncertainty) & (order.uncertainty > 0)
    return np.where(usable, order.uncertainty, max(fallback, 1e-300))


def _normalise(
    wavelength_aa: NDArray[np.float64],
    flux: NDArray[np.float64],
    sigma: NDArray[np.float64],
    mask: NDArray[np.bool_],
    is_normalised_already: bool,
) -> dict[str, NDArray] | None:
    if is_normalised_already:
        continuum = np.ones(flux.size)
    else:
        continuum = estimate_coarse_continuum(wavelength_aa, flux, sigma, mask)
    level = continuum / float(np.median(continuum))
    mask = mask | (level < 0.02)  # the ends of orders, where the blaze lets nothing through
    if not np.all(np.isfinite(continuum)) or np.count_nonzero(~mask) < MIN_SEGMENT_PIXELS:
        return None
    flux, sigma = flux / continuum, sigma / continuum
    mask = mask | find_spikes(flux, sigma, mask)
    return {"flux": np.where(mask, 0.0, flux), "uncertainty": sigma, "mask": mask}


def _velocity(
    segments: Sequence[Spectrum], options: PredictOptions, power: float | None, remarks: list[Remark]
) -> tuple[RadialVelocity | None, float, float]:
    if options.v_rad is not None:
        return None, float(options.v_rad), 0.0
    line_spread = SPEED_OF_LIGHT_KMS / power if power else 0.0
    broadenings = [float(np.hypot(line_spread, extra)) for extra in BROADENINGS_KMS]
    found = measure_velocity(
        segments, velocity_templates(), limit_kms=SEARCH_LIMIT_KMS, broadenings_kms=broadenings
    )
    low, high = AIR_VACUUM_KMS
    if abs(abs(found.velocity_kms) - 0.5 * (low + high)) < 0.5 * (high - low) + 3.0 * found.error_kms + 0.3:
        remarks.append(
            Remark(
                Flag.MEDIUM_ASSUMED,
                f"A velocity of {found.velocity_kms:.1f} km/s is what air taken for vacuum (or the reverse) "
                "looks like: check the medium.",
            )
        )
    return found, found.velocity_kms, found.error_kms


def _segment_velocities(
    segments: Sequence[Spectrum], found: RadialVelocity | None, v_axis: float
) -> list[float | NDArray[np.float64]]:
    """Return the velocity of each segment: its own, or one that runs along it, where well measured."""
    if found is None:
        return [v_axis] * len(segments)
    velocities: list[float | NDArray[np.float64]] = []
    for segment, one in zip(segments, found.segments, strict=True):
        bent = measure_distortion(segment, velocity_templates(), found)
        is_own = one is not None and one.error_kms < 0.3 and one.correlation > 0.6 * found.correlation
        if bent is not None:
            velocities.append(bent)
        elif one is not None and is_own and _differ(one.velocity_kms, v_axis, one.error_kms):
            velocities.append(one.velocity_kms)
        else:
            velocities.append(v_axis)
    return velocities


def _differ(own_kms: float, all_kms: float, error_kms: float) -> bool:
    return 4.0 * error_kms < abs(own_kms - all_kms) < MAX_DISAGREEMENT_KMS


def _at_rest(
    segments: Sequence[Spectrum],
    velocities: Sequence[float | NDArray[np.float64]],
    window_aa: tuple[float, float],
) -> list[Segment]:
    result = []
    for segment, velocity in zip(segments, velocities, strict=True):
        wavelength = segment.wavelength_aa / _doppler(velocity)
        inside = slice(*(int(i) for i in np.searchsorted(wavelength, window_aa)))
        assert segment.mask is not None and segment.uncertainty is not None
        mask = segment.mask[inside]
        if np.count_nonzero(~mask) >= MIN_SEGMENT_PIXELS:
            arrays = (wavelength[inside], segment.flux[inside], segment.uncertainty[inside], mask)
            result.append(Segment(*arrays))
    return result


def _doppler(velocity_kms: float | NDArray[np.float64]) -> NDArray[np.float64]:
    beta = np.asarray(velocity_kms) / SPEED_OF_LIGHT_KMS
    return np.asarray(np.sqrt((1.0 + beta) / (1.0 - beta)))


def _estimate_power(segments: Sequence[Segment], velocity: RadialVelocity | None) -> float:
    """Return the resolving power that makes the best template as broad as the data."""
    template = velocity.template if velocity is not None else SUN_LIKE_TEMPLATE
    pieces = [Spectrum(SpectralAxis(s.wavelength_aa), s.flux, s.uncertainty, s.mask) for s in segments]
    width, _ = measure_broadening(pieces, velocity_templates(), template)
    return float(np.clip(SPEED_OF_LIGHT_KMS / width, 1000.0, 115000.0))


def _reported_velocity(
    spectrum: AnySpectrum, v_axis: float, options: PredictOptions, remarks: list[Remark]
) -> float:
    axis = orders_of(spectrum)[0].spectral_axis
    correction = spectrum.meta.get("berv_kms", orders_of(spectrum)[0].meta.get("berv_kms"))
    if axis.frame == "observer" and correction is not None and np.isfinite(correction):
        return float(v_axis + correction)
    if axis.frame in ("barycentric", "heliocentric"):
        return v_axis
    if axis.frame == "rest":
        taken_out = sum(step.velocity_kms for step in axis.velocity_history)
        return float(v_axis + taken_out)
    words = "the observer's frame" if axis.frame == "observer" else "an unknown frame"
    remarks.append(Remark(Flag.VELOCITY, f"The velocity is as observed, in {words}, not barycentric."))
    return v_axis


def _snr(segments: Sequence[Segment]) -> float:
    ratios = [(s.flux / s.uncertainty)[~s.mask] for s in segments]
    return float(np.median(np.concatenate(ratios)))


def _coverage(segments: Sequence[Segment], window_aa: tuple[float, float], n_bins: int = 950) -> float:
    """Part of the window's bins (about 1 A) that hold an unmasked pixel of any segment."""
    edges = np.linspace(*window_aa, n_bins + 1)
    covered = np.zeros(n_bins, dtype=bool)
    for segment in segments:
        step = float(np.median(np.diff(segment.wavelength_aa)))
        good = segment.wavelength_aa[~segment.mask]
        for offset in (0.0,) if step < 1.0 else np.linspace(-0.5, 0.5, 2 + int(step)) * step:
            index = np.searchsorted(edges, good + offset) - 1
            covered[index[(index >= 0) & (index < n_bins)]] = True
    return float(np.mean(covered))


def _why_nothing(orders: Sequence[Spectrum], window_aa: tuple[float, float]) -> str:
    low = min(float(order.wavelength_aa[0]) for order in orders)
    high = max(float(order.wavelength_aa[-1]) for order in orders)
    window = f"{window_aa[0]:.0f}-{window_aa[1]:.0f} Å"
    if high < window_aa[0] or low > window_aa[1]:
        return f"The spectrum covers {low:.0f}-{high:.0f} Å, the model needs {window} (air)."
    return f"The spectrum has no usable pixels in the model's window, {window} (air)."
