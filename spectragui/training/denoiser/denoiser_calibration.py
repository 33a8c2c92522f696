"""Calibrate a denoiser on spectra of its own: what its errors are multiplied with, and its alarms."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from spectragui.core.atomic_write import atomic_path
from spectragui.core.model_folder import WEIGHTS_FILE, describe_weights, read_card, read_weights, write_card
from spectragui.core.progress import Progress, no_progress
from spectragui.inference.denoise.alarms import AT_SNR, KEY, POWERS, Alarms
from spectragui.inference.denoise.denoiser import (
    CALIBRATION_POWERS,
    ERROR_CALIBRATION,
    Denoiser,
    relative_error,
)
from spectragui.inference.denoise.proof import LEAST_SIGMA, Proof, denoised_pixels, prove
from spectragui.training.denoiser.heldout import HeldOut, HeldOutMaker, denoised_held_out

Floats = NDArray[np.float64]
SNRS = (3.0, 200.0)  # drawn evenly in their logarithm
ALARM_SNR = 5.0  # below it velocities are doubtful by nature
N_KNOTS, N_SAMPLED = 8, 512
INSIDE = 0.6827
LEAST_LIMIT, LEAST_CHI2 = 0.01, 1.0
LEAST_OF_KNOT = 16  # spectra of one resolving power
MOST_BANDS, LEAST_OF_BAND = 6, 150  # of S/N, in each of which alarms are as rare as they should
FEWEST_BEYOND, TAIL_VALUES = 2, 24  # a limit, and where its tail begins
GONE_ASTRAY = 30.0  # rms error [sigma] of a spectrum that alarms are for, not from
CHUNK = 64
#: Part of the stars of the domain that each alarm may reach; together 3 %, so that by chance few count 5 %.
FALSE_ALARMS = {
    "chi2": 0.002,
    "whiteness": 0.002,
    "surprise": 0.004,
    "velocity_gain": 0.004,
    "velocity_contrast": 0.004,
    "region": 0.003,
    "line": 0.002,
    "sharpness": 0.010,
}

#: The same of the sharpness at one resolving power: it grows with the S/N, which few spectra of one tell.
SHARPNESS_OF_A_POWER = 0.005


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
    spectra = _drawn(model, maker, count, seed, progress)
    write_calibration(folder, spectra, model.alarms, maker.config.highest_snr)


def calibrate_alarms(
    folder: Path, maker: HeldOutMaker, count: int, seed: int, progress: Progress = no_progress
) -> None:
    """Find the alarms of a model folder anew, as `calibrate_denoiser` does; its weights stay as they are."""
    model = Denoiser.load(folder)
    spectra = _drawn(model, maker, count, seed, progress)
    card = read_card(folder)
    network = {**card.network, KEY: limits_from(spectra.alike(maker.config.highest_snr), model.alarms)}
    training = {**card.training, "alarm_spectra": count}
    write_card(dataclasses.replace(card, training=training, network=network), folder)


def _drawn(
    model: Denoiser, maker: HeldOutMaker, count: int, seed: int, progress: Progress
) -> CalibrationSpectra:
    generator = np.random.default_rng([seed, 40])
    parts: list[CalibrationSpectra] = []
    at_once, done = maker.at_once(CHUNK), 0
    while done < count:
        n = min(at_once, count - done)
        snr = np.exp(generator.uniform(np.log(SNRS[0]), np.log(SNRS[1]), n))
        parts.append(measured(model, maker.make(n, generator, snr, sky=len(parts)), snr))
        done += n
        progress(done / count, "calibration")
    return CalibrationSpectra.joined(parts)


@dataclasses.dataclass(frozen=True, eq=False)
class CalibrationSpectra:
    """What a denoiser makes of spectra that it is calibrated with; rows are spectra.

    Attributes
    ----------
    power, snr : ndarray, shape (n,)
        Resolving power (0 = the model's own) and median S/N.
    relative : ndarray, shape (n,)
        Median relative error that the model expects.
    ratio : ndarray, shape (n, `N_SAMPLED`)
        |error| / sigma of pixels.
    proofs : list of Proof
    """

    power: Floats
    snr: Floats
    relative: Floats
    ratio: Floats
    proofs: list[Proof]

    @classmethod
    def joined(cls, parts: Sequence[CalibrationSpectra]) -> CalibrationSpectra:
        """Return the spectra of all parts."""
        return cls(
            np.concatenate([part.power for part in parts]),
            np.concatenate([part.snr for part in parts]),
            np.concatenate([part.relative for part in parts]),
            np.concatenate([part.ratio for part in parts]),
            [proof for part in parts for proof in part.proofs],
        )

    def alike(self, highest_snr: float) -> CalibrationSpectra:
        """Return the spectra that alarms are set from: not too faint or bright, and not gone astray."""
        chosen = (self.snr >= ALARM_SNR) & (self.snr <= highest_snr)
        chosen &= np.sqrt(np.mean(np.square(self.ratio), axis=1)) < GONE_ASTRAY
        return self.select(chosen)

    def bands(self) -> list[CalibrationSpectra]:
        """Return the spectra in bands of S/N, as many in each; one band where they are few."""
        n_bands = int(np.clip(len(self.proofs) // LEAST_OF_BAND, 1, MOST_BANDS))
        rows = np.arange(len(self.proofs))
        return [self.select(np.isin(rows, one)) for one in np.array_split(np.argsort(self.snr), n_bands)]

    def select(self, chosen: NDArray[np.bool_]) -> CalibrationSpectra:
        """Return some of the spectra."""
        proofs = [proof for proof, is_chosen in zip(self.proofs, chosen, strict=True) if is_chosen]
        arrays = self.power[chosen], self.snr[chosen], self.relative[chosen], self.ratio[chosen]
        return CalibrationSpectra(*arrays, proofs)


def measured(model: Denoiser, held: HeldOut, snr: Floats) -> CalibrationSpectra:
    """Return what a denoiser makes of observations."""
    estimate = denoised_held_out(model, held)
    sigma = np.sqrt(np.einsum("npk,npk->np", estimate.factor, estimate.factor))
    some = np.linspace(0, held.wavelength_aa.size - 1, N_SAMPLED).astype(int)
    ratio = np.abs(estimate.flux - held.truth)[:, some] / sigma[:, some]
    proofs = []
    for row in range(len(held)):
        arrays = held.wavelength_aa, held.noisy[row], held.sigma[row]
        proofs.append(prove(denoised_pixels(*arrays, estimate, model.alarms, row), estimate, row))
    power = np.full(len(held), held.resolving_power if model.own_power else 0.0)
    return CalibrationSpectra(power, snr, relative_error(estimate.flux, estimate.factor), ratio, proofs)


def error_calibration(relative: Floats, ratios: Floats, fewest: int = 0) -> Floats:
    """Return ln relative error and ln factor at knots, shape (2, n_knots).

    Parameters
    ----------
    relative : ndarray, shape (n,)
        Relative error that the model expects.
    ratios : ndarray, shape (n, m)
        |error| / sigma of pixels.
    fewest : int
        Spectra that decide how many knots there are; 0 = `N_KNOTS`.
    """
    n_knots = int(np.clip(fewest // LEAST_OF_KNOT, 2, N_KNOTS)) if fewest else N_KNOTS
    order = np.argsort(relative)
    groups = np.array_split(order, n_knots)
    knots = [float(np.mean(np.log(relative[group]))) for group in groups]
    values = [float(np.log(np.quantile(ratios[group], INSIDE))) for group in groups]
    return np.array([knots, values])


def calibrations_by_power(spectra: CalibrationSpectra) -> tuple[Floats, Floats | None]:
    """Return the calibration of errors, and the resolving powers of its parts; None where there is one."""
    powers = np.unique(spectra.power)
    if len(powers) < 2:
        return error_calibration(spectra.relative, spectra.ratio), None
    rows = [spectra.power == power for power in powers]
    fewest = min(int(one.sum()) for one in rows)
    found = [error_calibration(spectra.relative[one], spectra.ratio[one], fewest) for one in rows]
    return np.stack(found), powers


def tail_limit(values: ArrayLike, part: float) -> float:
    """Return what a part of values exceeds.

    Notes
    -----
    Where so few values lie beyond that a quantile would be one spectrum's, the tail is taken for exponential
    from where ``TAIL_VALUES`` lie beyond; a Gaussian falls faster, so such limits err on the wide side.
    """
    known = np.asarray(values, dtype=np.float64)
    begin = max(part, min(TAIL_VALUES / known.size, 0.2))
    start = float(np.quantile(known, 1.0 - begin))
    if part * known.size >= FEWEST_BEYOND:
        return float(np.quantile(known, 1.0 - part))
    excess = known[known > start] - start
    return start + (float(excess.mean()) if excess.size else 0.0) * float(np.log(begin / part))


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
    limits = {name: tail_limit(values, FALSE_ALARMS[name]) for name, values in measured.items()}
    # The model's error is counted with the noise: of bright spectra it makes chi2 too small.
    limits["chi2"] = max(limits["chi2"], LEAST_CHI2)
    for name in ("velocity_gain", "velocity_contrast"):
        small = [-np.log(max(getattr(proof, name), LEAST_LIMIT)) for proof in proofs]
        limits[name] = max(float(np.exp(-tail_limit(small, FALSE_ALARMS[name]))), LEAST_LIMIT)
    return dataclasses.replace(usual, **limits)


def limits_from(spectra: CalibrationSpectra, usual: Alarms) -> dict[str, Any]:
    """Return the limits as a card holds them, those of the lines' sharpness for each resolving power.

    What components miss of narrow lines grows with the resolving power, and with it what sharpness varies by.
    What they miss at all is a larger part of the noise of bright spectra: limits are those of bands of S/N,
    but that of the velocity's gain, which says the same at any S/N.
    """
    bands = spectra.bands()
    each_band = [dataclasses.asdict(alarms_from(band.proofs, usual)) for band in bands]
    limits: dict[str, Any] = {name: [one[name] for one in each_band] for name in each_band[0]}
    if len(bands) > 1:
        limits[AT_SNR] = [float(np.exp(np.mean(np.log(band.snr)))) for band in bands]
        together = alarms_from(spectra.proofs, usual)
        limits |= {name: [getattr(together, name)] for name in ("velocity_gain", "model_error")}
    limits = {name: [round(one, 4) for one in several] for name, several in limits.items()}
    limits = {name: several[0] if len(several) == 1 else several for name, several in limits.items()}
    powers = np.unique(spectra.power)
    if len(powers) > 1:
        each = [spectra.select(spectra.power == power).proofs for power in powers]
        sizes = [[abs(proof.sharpness) for proof in proofs] for proofs in each]
        limits["sharpness"] = [round(tail_limit(one, SHARPNESS_OF_A_POWER), 4) for one in sizes]
        limits[POWERS] = powers.tolist()
    return limits


def write_calibration(folder: Path, spectra: CalibrationSpectra, usual: Alarms, highest_snr: float) -> None:
    """Write a calibration into the weights and the card of a model folder."""
    from safetensors.numpy import save_file

    card = read_card(folder)
    errors, powers = calibrations_by_power(spectra)
    limits = limits_from(spectra.alike(highest_snr), usual)
    tensors: dict[str, NDArray[Any]] = dict(read_weights(folder, card))
    tensors.pop(CALIBRATION_POWERS, None)
    tensors[ERROR_CALIBRATION] = errors.astype(np.float32)
    if powers is not None:
        tensors[CALIBRATION_POWERS] = powers.astype(np.float32)
    with atomic_path(folder / WEIGHTS_FILE) as path:
        save_file({name: np.ascontiguousarray(values) for name, values in tensors.items()}, path)
    sha256, shapes = describe_weights(folder)
    training = {**card.training, "calibration_spectra": len(spectra.proofs)}
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
