"""Calibrate a denoiser on spectra of its own: what its errors are multiplied with, and its alarms."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spectragui.core.atomic_write import atomic_path
from spectragui.core.model_folder import WEIGHTS_FILE, describe_weights, read_card, read_weights, write_card
from spectragui.core.progress import Progress, no_progress
from spectragui.inference.denoise.alarms import KEY, Alarms
from spectragui.inference.denoise.denoiser import ERROR_CALIBRATION, Denoiser, relative_error
from spectragui.inference.denoise.proof import LEAST_SIGMA, Proof, denoised_pixels, prove
from spectragui.training.denoiser.heldout import HeldOut, HeldOutMaker, denoised_held_out

Floats = NDArray[np.float64]
SNRS = (3.0, 200.0)  # drawn evenly in their logarithm
ALARM_SNR = 5.0  # below it velocities are doubtful by nature
N_KNOTS, N_SAMPLED = 8, 512
INSIDE = 0.6827
LEAST_LIMIT = 0.01
GONE_ASTRAY = 30.0  # rms error [sigma] of a spectrum that alarms are for, not from
CHUNK = 64
#: Part of the stars of the domain that each alarm may reach; together below 5 %.
FALSE_ALARMS = {
    "chi2": 0.003,
    "whiteness": 0.003,
    "surprise": 0.005,
    "velocity_gain": 0.004,
    "velocity_contrast": 0.010,
    "region": 0.005,
    "line": 0.003,
    "sharpness": 0.02,
}


def calibrate_denoiser(
    folder: Path, maker: HeldOutMaker, count: int, seed: int, progress: Progress = no_progress
) -> None:
    """Measure a model folder on simulated stars of its domain, and write what was found into it.

    Parameters
    ----------
    folder : pathlib.Path
    maker : HeldOutMaker
    count : int
        Spectra.
    seed : int
        Of spectra that serve nothing else.
    progress : Progress
    """
    model = Denoiser.load(folder)
    model.error_calibration = None
    generator = np.random.default_rng([seed, 40])
    relative, ratios, proofs = [], [], []
    at_once = maker.at_once(CHUNK)
    for start in range(0, count, at_once):
        n = min(at_once, count - start)
        snr = np.exp(generator.uniform(np.log(SNRS[0]), np.log(SNRS[1]), n))
        held = maker.make(n, generator, snr)
        found, quantile, judged = measured(model, held)
        relative.append(found)
        ratios.append(quantile)
        is_alike = (snr >= ALARM_SNR) & (snr <= maker.config.highest_snr)
        is_alike &= np.sqrt(np.mean(np.square(quantile), axis=1)) < GONE_ASTRAY
        proofs += [proof for proof, chosen in zip(judged, is_alike, strict=True) if chosen]
        progress((start + n) / count, "calibration")
    errors = error_calibration(np.concatenate(relative), np.concatenate(ratios))
    write_calibration(folder, errors, alarms_from(proofs, model.alarms), count)


def measured(model: Denoiser, held: HeldOut) -> tuple[Floats, Floats, list[Proof]]:
    """Return relative errors, |error| / sigma of `N_SAMPLED` pixels (n, m), and proofs of observations."""
    estimate = denoised_held_out(model, held)
    sigma = np.sqrt(np.einsum("npk,npk->np", estimate.factor, estimate.factor))
    some = np.linspace(0, held.wavelength_aa.size - 1, N_SAMPLED).astype(int)
    ratio = np.abs(estimate.flux - held.truth)[:, some] / sigma[:, some]
    proofs = []
    for row in range(len(held)):
        arrays = held.wavelength_aa, held.noisy[row], held.sigma[row]
        proofs.append(prove(denoised_pixels(*arrays, estimate, model.alarms, row), estimate, row))
    return relative_error(estimate.flux, estimate.factor), ratio, proofs


def error_calibration(relative: Floats, ratios: Floats) -> Floats:
    """Return ln relative error and ln factor at knots, shape (2, `N_KNOTS`).

    Parameters
    ----------
    relative : ndarray, shape (n,)
        Relative error that the model expects.
    ratios : ndarray, shape (n, m)
        |error| / sigma of pixels.
    """
    order = np.argsort(relative)
    groups = np.array_split(order, N_KNOTS)
    knots = [float(np.mean(np.log(relative[group]))) for group in groups]
    values = [float(np.log(np.quantile(ratios[group], INSIDE))) for group in groups]
    return np.array([knots, values])


def alarms_from(proofs: list[Proof], usual: Alarms) -> Alarms:
    """Return the limits that stars of the domain exceed as seldom as `FALSE_ALARMS` says."""
    measured: dict[str, list[float]] = {
        "chi2": [proof.chi2 for proof in proofs],
        "whiteness": [-float(np.log10(max(proof.whiteness, 1e-300))) for proof in proofs],
        "surprise": [proof.surprise for proof in proofs],
        "region": [max((r.significance for r in proof.regions), default=LEAST_SIGMA) for proof in proofs],
        "line": [max((abs(line.misfit_sigma) for line in proof.lines), default=0.0) for proof in proofs],
        "sharpness": [abs(proof.sharpness) for proof in proofs],
    }
    limits = {name: float(np.quantile(values, 1.0 - FALSE_ALARMS[name])) for name, values in measured.items()}
    for name in ("velocity_gain", "velocity_contrast"):
        low = float(np.quantile([getattr(proof, name) for proof in proofs], FALSE_ALARMS[name]))
        limits[name] = max(low, LEAST_LIMIT)
    return dataclasses.replace(usual, **limits)


def is_alarmed(proof: Proof, alarms: Alarms) -> bool:
    """Return whether what was measured of a spectrum reaches one of the limits."""
    return (
        proof.chi2 > alarms.chi2
        or proof.whiteness < 10.0**-alarms.whiteness
        or proof.surprise > alarms.surprise
        or any(region.significance > alarms.region for region in proof.regions)
        or any(abs(line.misfit_sigma) > alarms.line for line in proof.lines)
        or abs(proof.sharpness) > alarms.sharpness
        or proof.velocity_gain < alarms.velocity_gain
        or proof.velocity_contrast < alarms.velocity_contrast
    )


def write_calibration(folder: Path, errors: Floats, alarms: Alarms, count: int) -> None:
    """Write a calibration into the weights and the card of a model folder."""
    from safetensors.numpy import save_file

    card = read_card(folder)
    tensors: dict[str, NDArray[Any]] = dict(read_weights(folder, card))
    tensors[ERROR_CALIBRATION] = errors.astype(np.float32)
    with atomic_path(folder / WEIGHTS_FILE) as path:
        save_file({name: np.ascontiguousarray(values) for name, values in tensors.items()}, path)
    sha256, shapes = describe_weights(folder)
    limits = {name: round(value, 4) for name, value in dataclasses.asdict(alarms).items()}
    training = {**card.training, "calibration_spectra": count}
    write_card(
        dataclasses.replace(
            card,
            sha256=sha256,
            tensors=shapes,
            training=training,
            network={**card.network, KEY: limits},
        ),
        folder,
    )
