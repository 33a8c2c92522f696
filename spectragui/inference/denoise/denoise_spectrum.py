"""Denoise a spectrum: pixels to the model and back, with the proof and the verdict."""

from __future__ import annotations

import dataclasses
import datetime
from typing import Any

import numpy as np

from spectragui.core.denoise_columns import denoise_row
from spectragui.core.denoised import mark_denoised
from spectragui.core.errors import ModelError
from spectragui.core.flags import flag_names
from spectragui.core.progress import Progress, no_progress
from spectragui.core.signal_to_noise import spectrum_snr
from spectragui.core.spectral_axis import SPEED_OF_LIGHT_KMS, vacuum_to_air
from spectragui.core.spectrum import AnySpectrum, Spectrum
from spectragui.inference.denoise.denoiser import Denoiser, Estimate, denoiser_models, open_denoiser
from spectragui.inference.denoise.denoising_result import Denoised, DenoiseOptions, Region
from spectragui.inference.denoise.pixels import DenoiserPixels, denoiser_pixels, one_order
from spectragui.inference.denoise.proof import line_changes, regions, whiteness, whiteness_words
from spectragui.inference.denoise.verdict import Proof, judge_denoised
from spectragui.inference.parameters.model_store import window_overlap
from spectragui.inference.parameters.result_row import files_of, names_of
from spectragui.networks.device import choose_device
from spectragui.simulation.doppler_shift import log_shift_kms

MIN_SNR = 1.5
MODEL_ERROR = 0.003  # of the flux, by which components miss spectra of the grid


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
    name = chosen.model or suggest_denoiser(spectrum)
    model = open_denoiser(name, choose_device(chosen.device).name)
    order = one_order(spectrum, model.window_aa, model.card.name)
    pixels = denoiser_pixels(order, model.window_aa, model.card.name)
    check_signal(order, pixels)
    shift = None if chosen.v_rad is None else log_shift_kms(np.array([chosen.v_rad]))
    progress(0.2, "denoising")
    estimate = model.estimate(pixels.wavelength_aa, pixels.flux, pixels.sigma, shift, pixels.free_level)
    if not pixels.has_errors:
        pixels = _with_scatter(pixels, estimate)
        estimate = model.estimate(pixels.wavelength_aa, pixels.flux, pixels.sigma, shift, pixels.free_level)
    progress(0.8, "judging")
    return _denoised(model, order, pixels, estimate, is_told=shift is not None)


def suggest_denoiser(spectrum: AnySpectrum) -> str:
    """Return the name of the denoiser whose window a spectrum covers best.

    Raises
    ------
    ModelError
        If none is installed.
    """
    models = denoiser_models()
    if not models:
        raise ModelError("No denoiser is installed.", "Reinstall SpectraGUI.")
    return max(models, key=lambda entry: window_overlap(spectrum, entry.card)).card.name


def check_signal(spectrum: Spectrum, pixels: DenoiserPixels) -> None:
    """Raise ModelError where a spectrum has too little signal to be denoised."""
    good = pixels.good
    snr = float(np.median(pixels.flux[good] / pixels.sigma[good]))
    if not snr >= MIN_SNR:
        raise ModelError(
            f"{spectrum.name} has a median S/N of {snr:.1f} a pixel: too little to denoise.",
            f"From {MIN_SNR:g} on it can be tried; add exposures first.",
        )


def _with_scatter(pixels: DenoiserPixels, estimate: Estimate) -> DenoiserPixels:
    """Return pixels whose errors are the scatter about their denoised spectrum."""
    residual = pixels.flux - estimate.flux[0]
    good = pixels.good
    width = 151
    kernel = np.ones(width)
    ratio = np.where(good, np.clip(np.square(residual / pixels.sigma), 0.0, 25.0), 0.0)
    scale = np.convolve(ratio, kernel, mode="same") / np.maximum(np.convolve(good, kernel, mode="same"), 1.0)
    return dataclasses.replace(pixels, sigma=pixels.sigma * np.sqrt(np.clip(scale, 0.1, 100.0)))


def _denoised(
    model: Denoiser, order: Spectrum, pixels: DenoiserPixels, estimate: Estimate, *, is_told: bool
) -> Denoised:
    card = model.card
    flux, factor = estimate.flux[0], estimate.factor[0]
    sigma = np.sqrt(np.sum(np.square(factor), axis=1))
    good = pixels.good
    residual = np.where(good, (pixels.flux - flux) / pixels.sigma, np.nan)
    leverage = np.where(good, estimate.leverage[0], 0.0)
    # The components themselves are wrong by a little: what is judged allows for it.
    judged = residual * pixels.sigma / np.hypot(pixels.sigma, MODEL_ERROR * np.abs(flux))
    judged = np.where(good, judged, np.nan)
    probability = whiteness(judged / np.sqrt(np.clip(1.0 - leverage, 0.3, 1.0)))
    level = estimate.level[0]
    lines = line_changes(
        pixels.wavelength_aa, pixels.flux, pixels.sigma, flux, level, factor, float(estimate.shift_kms[0])
    )
    found = tuple(
        _on_axis(region, order) for region in regions(pixels.wavelength_aa, judged, flux, level, leverage)
    )
    verdict = judge_denoised(
        model, order, pixels, estimate, Proof(judged, probability, found), is_told=is_told
    )
    before, after = spectrum_snr(order), float(np.median((flux / sigma)[good]))
    common = _spread(order, pixels, factor / pixels.to_fnu[:, None])
    clean = _result(order, pixels, flux / pixels.to_fnu, sigma / pixels.to_fnu)
    spectrum = mark_denoised(clean, card.name, card.version, common)
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
        whiteness_p=probability,
        ew_change=np.nan if largest is None else largest.change_sigma,
        ew_change_line="" if largest is None else f"{largest.name} {largest.wavelength:.1f}",
        n_regions=len(found),
        rchi2=float(np.nanmean(np.square(residual))),
        v_rad=SPEED_OF_LIGHT_KMS * float(np.tanh(estimate.shift_kms[0] / SPEED_OF_LIGHT_KMS)),
        e_v_rad=0.0 if is_told else float(estimate.e_shift_kms[0]),
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
        probability,
        whiteness_words(probability),
        lines,
        found,
        common,
        verdict,
        row,
        pixels.notes,
    )


def _result(order: Spectrum, pixels: DenoiserPixels, flux: Any, sigma: Any) -> Spectrum:
    return order.replace(
        flux=_spread(order, pixels, flux),
        uncertainty=_spread(order, pixels, sigma),
        mask=~np.isin(np.arange(len(order)), pixels.index),
    )


def _spread(order: Spectrum, pixels: DenoiserPixels, values: Any) -> Any:
    """Return values of the model's pixels on the spectrum's own; NaN elsewhere."""
    whole = np.full((len(order), *values.shape[1:]), np.nan)
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
