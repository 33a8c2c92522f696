"""Denoise a spectrum: pixels to the model and back, with the proof and the verdict."""

from __future__ import annotations

import dataclasses
import datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spectragui.core.denoise_columns import denoise_row
from spectragui.core.denoised import mark_denoised
from spectragui.core.errors import ModelError
from spectragui.core.flags import flag_names
from spectragui.core.progress import Progress, no_progress
from spectragui.core.signal_to_noise import spectrum_snr
from spectragui.core.spectral_axis import SPEED_OF_LIGHT_KMS, vacuum_to_air
from spectragui.core.spectrum import AnySpectrum, Spectrum
from spectragui.inference.denoise.alarms import Alarms
from spectragui.inference.denoise.denoiser import Denoiser, Estimate, open_denoiser
from spectragui.inference.denoise.denoiser_choice import most_power, suggest_denoiser
from spectragui.inference.denoise.denoising_result import Denoised, DenoiseOptions, Region
from spectragui.inference.denoise.pixels import (
    DenoiserPixels,
    denoiser_pixels,
    one_order,
    without,
)
from spectragui.inference.denoise.proof import Proof, denoised_pixels, prove, shown_regions, whiteness_words
from spectragui.inference.denoise.strong_lines import DenoisedPixels, line_label, sisters_moved_by
from spectragui.inference.denoise.verdict import RESOLUTION, judge_denoised
from spectragui.inference.observation.prepare import known_resolving_power
from spectragui.inference.parameters.result_row import files_of, names_of
from spectragui.inference.prediction import PredictOptions
from spectragui.networks.device import choose_device
from spectragui.simulation.doppler_shift import log_shift_kms

MIN_SNR = 1.5
#: Scatter in place of errors: over how many pixels, and how much larger it is over few, at least.
WIDE_PIXELS, NARROW_PIXELS, LOUD = 151, 7, 1.8
N_POWERS = 6  # resolving powers that are tried where the file tells none


def denoise_spectrum(
    spectrum: AnySpectrum, options: DenoiseOptions | None = None, progress: Progress = no_progress
) -> Denoised:
    """Denoise a spectrum; the noisy one is never changed.

    Parameters
    ----------
    spectrum : Spectrum or EchelleSpectrum
        Any unit, medium, frame, scale and sampling. An echelle spectrum must have one order in the
        model's window.
    options : DenoiseOptions, optional
    progress : Progress

    Raises
    ------
    ModelError
        If no denoiser serves it: other wavelengths, too little of the window, no signal.
    """
    chosen = DenoiseOptions() if options is None else options
    progress(0.0, "opening the model")
    ready = prepared(spectrum, chosen)
    progress(0.2, "Denoising")
    estimate = ready.solve(ready.pixels)
    progress(0.8, "judging")
    return finished(ready, estimate)


@dataclasses.dataclass(frozen=True, eq=False)
class Prepared:
    """A spectrum as its denoiser takes it.

    Attributes
    ----------
    model : Denoiser
    order : Spectrum
    pixels : DenoiserPixels
    resolving_power : float
        That it is denoised with; 0 = the model's own.
    shift_kms : float or None
        c ln(lambda / lambda_rest) where the velocity was told.
    """

    model: Denoiser
    order: Spectrum
    pixels: DenoiserPixels
    resolving_power: float
    shift_kms: float | None

    def solve(self, pixels: DenoiserPixels) -> Estimate:
        """Return what the model makes of pixels."""
        shift = None if self.shift_kms is None else np.array([self.shift_kms])
        return _estimate(self.model, self.resolving_power, pixels, shift)


def prepared(spectrum: AnySpectrum, options: DenoiseOptions) -> Prepared:
    """Return a spectrum as the denoiser takes it that was chosen or suits it.

    Raises
    ------
    ModelError
        If no denoiser serves it.
    """
    name = options.model or suggest_denoiser(spectrum)
    model = open_denoiser(name, choose_device(options.device).name)
    order = one_order(spectrum, model.window_aa, model.card.name)
    pixels = denoiser_pixels(order, model.window_aa, model.card.name)
    check_signal(order, pixels)
    power, pixels = served_power(model, order, pixels)
    shift = None if options.v_rad is None else float(log_shift_kms(options.v_rad))
    return Prepared(model, order, pixels, power, shift)


def finished(ready: Prepared, estimate: Estimate, row: int = 0) -> Denoised:
    """Return the denoised spectrum of a row of an estimate, solved again where that shows the need."""
    pixels = ready.pixels
    if not pixels.has_errors:
        pixels = _with_scatter(pixels, estimate.flux[row])
        estimate, row = ready.solve(pixels), 0
    solver = ready.model.solver(pixels.wavelength_aa, pixels.free_level, ready.resolving_power)
    is_reached = solver.reaches(float(estimate.shift_kms[row]))
    if not is_reached.all():
        # Lines of a star that moves fast come from beyond the components: there nothing is known.
        pixels = without(pixels, ~is_reached)
        estimate, row = ready.solve(pixels), 0
    return _denoised(ready.model, ready.order, pixels, estimate, row, is_told=ready.shift_kms is not None)


def _estimate(
    model: Denoiser,
    resolving_power: float,
    pixels: DenoiserPixels,
    shift: NDArray[np.float64] | None,
    *,
    with_factor: bool = True,
) -> Estimate:
    arrays = pixels.wavelength_aa, pixels.flux, pixels.sigma, shift, pixels.free_level
    return model.estimate(*arrays, resolving_power=resolving_power, with_factor=with_factor)


def check_signal(spectrum: Spectrum, pixels: DenoiserPixels) -> None:
    """Raise ModelError where a spectrum has too little signal to be denoised."""
    good = pixels.good
    snr = float(np.median(pixels.flux[good] / pixels.sigma[good]))
    if not snr >= MIN_SNR:
        raise ModelError(
            f"{spectrum.name} has a median S/N of {snr:.1f} a pixel: too little to denoise.",
            f"From {MIN_SNR:g} on it can be tried; add exposures first.",
        )


def served_power(model: Denoiser, spectrum: Spectrum, pixels: DenoiserPixels) -> tuple[float, DenoiserPixels]:
    """Return the resolving power that a spectrum is denoised with (0 = the model's own), and what is noted.

    Raises
    ------
    ModelError
        If it is below what the model serves.
    """
    if not model.own_power:
        return 0.0, pixels
    low, high = model.card.domain.resolving_power
    told = known_resolving_power(spectrum, PredictOptions())
    if told is not None and told < low / RESOLUTION:
        raise ModelError(
            f"{spectrum.name} has a resolving power of {told:,.0f}; {model.card.name} denoises spectra of "
            f"{low:,.0f} or more."
        )
    if told is not None:
        return float(np.clip(told, low, high)), pixels
    most = most_power(spectrum, model.window_aa)
    if most < low / RESOLUTION:
        raise ModelError(
            f"The pixels of {spectrum.name} allow a resolving power of {most:,.0f} at most; "
            f"{model.card.name} denoises spectra of {low:,.0f} or more."
        )
    tried = np.geomspace(low, model.own_power, N_POWERS)
    found = [_misfit(model, pixels, float(power)) for power in tried]
    power = float(tried[int(np.argmin(found))])
    note = f"The resolving power is not known: about {round(power, -3):,.0f} fits best."
    return power, dataclasses.replace(pixels, notes=(*pixels.notes, note))


def _misfit(model: Denoiser, pixels: DenoiserPixels, power: float) -> float:
    estimate = _estimate(model, power, pixels, None, with_factor=False)
    residual = ((pixels.flux - estimate.flux[0]) / pixels.sigma)[pixels.good]
    return float(np.mean(np.square(np.clip(residual, -6.0, 6.0))))


def _with_scatter(pixels: DenoiserPixels, denoised: NDArray[np.float64]) -> DenoiserPixels:
    """Return pixels whose errors are the scatter about their denoised spectrum.

    Notes
    -----
    Over a few pixels (a line of the night sky) the differences of neighbours are taken in place of the
    residuals: those of a line that the model does not know are small.
    """
    good = pixels.good
    residual = np.where(good, (pixels.flux - denoised) / pixels.sigma, 0.0)
    square = np.clip(np.square(residual), 0.0, 25.0)
    wide = _running_mean(np.where(good, square, 0.0), good, WIDE_PIXELS)
    pairs = good[1:] & good[:-1]
    step = np.where(pairs, 0.5 * np.square(np.diff(residual)), 0.0)
    narrow = _running_mean(np.append(step, 0.0), np.append(pairs, False), NARROW_PIXELS)
    scale = np.where(narrow > LOUD * wide, narrow, wide)
    return dataclasses.replace(pixels, sigma=pixels.sigma * np.sqrt(np.clip(scale, 0.1, 1e4)))


def _running_mean(values: NDArray[np.float64], counted: NDArray[np.bool_], width: int) -> NDArray[np.float64]:
    kernel = np.ones(width)
    n_counted = np.convolve(counted, kernel, mode="same")
    return np.asarray(np.convolve(values, kernel, mode="same") / np.maximum(n_counted, 1.0))


def _denoised(
    model: Denoiser,
    order: Spectrum,
    pixels: DenoiserPixels,
    estimate: Estimate,
    place: int,
    *,
    is_told: bool,
) -> Denoised:
    card = model.card
    flux, factor = estimate.flux[place], estimate.factor[place]
    sigma = np.sqrt(np.einsum("pk,pk->p", factor, factor)).astype(np.float64)
    good = pixels.good
    residual = np.where(good, (pixels.flux - flux) / pixels.sigma, np.nan)
    arrays = pixels.wavelength_aa, pixels.flux, pixels.sigma
    both = denoised_pixels(*arrays, estimate, model.alarms, place)
    proof = prove(both, estimate, place)
    alarms = model.alarms_at(estimate.resolving_power, proof.snr)
    lines = proof.lines
    found = tuple(_on_axis(region, order) for region in _shown(alarms, both, proof))
    verdict = judge_denoised(model, order, pixels, proof, found, is_told=is_told)
    before, after = spectrum_snr(order), float(np.median((flux / sigma)[good]))
    own_unit = (1.0 / pixels.to_fnu)[:, None].astype(factor.dtype)
    common = _spread(order, pixels, factor * own_unit)
    clean = _result(order, pixels, flux / pixels.to_fnu, sigma / pixels.to_fnu)
    spectrum = mark_denoised(clean, card.name, card.version, common, is_short=True)
    largest = max(lines, key=lambda one: abs(one.change_sigma), default=None)
    meta = order.meta
    row = denoise_row(
        file=names_of(files_of(order)),
        object=str(meta.get("object", "")),
        spectrum=int(meta.get("spectrum_index", 0) or 0),
        model=card.name,
        model_version=card.version,
        snr_before=before,
        snr_after=after,
        whiteness_p=proof.whiteness,
        ew_change=np.nan if largest is None else largest.change_sigma,
        ew_change_line="" if largest is None else f"{largest.name} {largest.wavelength:.1f}",
        n_regions=len(found),
        rchi2=float(np.nanmean(np.square(residual))),
        v_rad=SPEED_OF_LIGHT_KMS * float(np.tanh(estimate.shift_kms[place] / SPEED_OF_LIGHT_KMS)),
        e_v_rad=0.0 if is_told else float(estimate.e_shift_kms[place]),
        flag_warn=verdict.flag_warn,
        flag_bad=verdict.flag_bad,
        flags=flag_names(verdict.flag_warn | verdict.flag_bad),
        created=datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        citation=card.citation,
    )
    return Denoised(
        spectrum,
        order,
        card.name,
        card.version,
        before,
        after,
        _spread(order, pixels, residual),
        proof.whiteness,
        whiteness_words(proof.whiteness),
        lines,
        found,
        verdict,
        row,
        pixels.notes,
    )


def _shown(alarms: Alarms, pixels: DenoisedPixels, proof: Proof) -> list[Region]:
    """Return the regions beyond the model's alarms, those of lines with what moved with them."""
    found = []
    for region, line in shown_regions(proof, alarms, pixels.wavelength_aa, pixels.shift_kms):
        moved = [] if line is None else sisters_moved_by(line, proof.lines, pixels)
        named = ", ".join(f"{line_label(one)} ({size:+.1f} sigma)" for one, size in moved)
        words = f"{region.words} Moved with it: {named}." if named else region.words
        found.append(dataclasses.replace(region, words=words))
    return found


def _result(order: Spectrum, pixels: DenoiserPixels, flux: Any, sigma: Any) -> Spectrum:
    return order.replace(
        flux=_spread(order, pixels, flux),
        uncertainty=_spread(order, pixels, sigma),
        mask=~np.isin(np.arange(len(order)), pixels.index),
    )


def _spread(order: Spectrum, pixels: DenoiserPixels, values: Any) -> Any:
    """Return values of the model's pixels on the spectrum's own; NaN elsewhere."""
    whole = np.full((len(order), *values.shape[1:]), np.nan, dtype=values.dtype)
    whole[pixels.index] = values
    return whole


def _on_axis(region: Region, order: Spectrum) -> Region:
    """Return a region with its limits on the spectrum's own axis."""
    if order.spectral_axis.medium != "air":
        return region
    start, stop = (float(value) for value in vacuum_to_air(np.array([region.start_aa, region.stop_aa])))
    words = region.words.replace(
        f"{0.5 * (region.start_aa + region.stop_aa):.1f} A", f"{0.5 * (start + stop):.1f} A"
    )
    return dataclasses.replace(region, start_aa=start, stop_aa=stop, words=words)
