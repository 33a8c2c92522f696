"""A tuned denoiser against its base, on simulated stars and nights that served neither."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from spectragui.core.errors import SpectraGUIError, TrainingError
from spectragui.core.model_folder import find_model
from spectragui.core.progress import Progress, no_progress, part_of
from spectragui.core.spectral_axis import SPEED_OF_LIGHT_KMS
from spectragui.inference.denoise.denoiser import Denoiser
from spectragui.inference.denoise.proof import alarms_reached, denoised_pixels, prove
from spectragui.training.config_file import read_config
from spectragui.training.denoiser.config import DenoiserConfig, DomainConfig
from spectragui.training.denoiser.heldout import HeldOut, HeldOutMaker, denoised_held_out
from spectragui.training.denoiser.run import domain_of
from spectragui.training.fine_tuning.comparison_content import ComparisonContent, Shown, score_line
from spectragui.training.fine_tuning.old_against_new import LabelComparison, compare_values

N_SPECTRA = 128
_SEED = 77
_CHUNK = 64
#: The flux errs by more than this factor on the base's own domain: forgotten.
_FORGOTTEN = 1.25
SHOWN = {"flux": Shown("Flux", "%", 3), "v_rad": Shown("Velocity", "km/s", 2)}
Floats = NDArray[np.float64]


@dataclasses.dataclass(frozen=True, eq=False)
class _Found:
    """What a denoiser makes of held-out spectra: rows are spectra."""

    flux_error: Floats  # mean |error| over pixels [%]
    inside: Floats  # part of the pixels within 1 sigma
    velocity: Floats
    e_velocity: Floats
    is_alarmed: NDArray[np.bool_]


def compare_denoisers(
    folder: Path, progress: Progress = no_progress, n_spectra: int = N_SPECTRA
) -> ComparisonContent:
    """Compare a tuned denoiser with its base on held-out nights of its domain, and of the base's own.

    Raises
    ------
    TrainingError
        If it has no base.
    """
    config = read_config(folder / "train.toml")
    if not isinstance(config, DenoiserConfig) or not config.base.model:
        raise TrainingError(f"{folder.name} was not trained from another model.")
    base = Denoiser.load(find_model(config.base.model))
    models = (base, Denoiser.load(folder))
    held, found = _on(models, config.domain, n_spectra, config.training.seed, part_of(progress, 0.0, 0.6))
    true = SPEED_OF_LIGHT_KMS * np.arctanh(held / SPEED_OF_LIGHT_KMS)  # c ln of the Doppler factor
    rows = np.arange(n_spectra)
    nothing = np.full(n_spectra, np.nan)
    flux = compare_values(
        "flux", np.zeros(n_spectra), [one.flux_error for one in found], [nothing, nothing], rows,
        config.training.seed,
    )  # fmt: skip
    velocity = compare_values(
        "v_rad", true, [one.velocity for one in found], [one.e_velocity for one in found], rows,
        config.training.seed,
    )  # fmt: skip
    assert flux is not None and velocity is not None
    scores = (_with_coverage(flux, found), velocity)
    old_alarms, new_alarms = (int(one.is_alarmed.sum()) for one in found)
    lines = [f"{n_spectra} simulated spectra of {config.domain.instrument}, new stars in new nights."]
    lines += [score_line(one, SHOWN[one.name]) for one in scores]
    lines.append(f"An alarm was raised for {old_alarms} of them before, for {new_alarms} now.")
    lines += _forgetting_lines(base, models, config, n_spectra, part_of(progress, 0.6, 1.0))
    return ComparisonContent(
        config.base.model, folder.name, tuple(lines), scores, SHOWN,
        {"v_rad": true}, {"v_rad": found[0].velocity}, {"v_rad": found[1].velocity},
    )  # fmt: skip


def _with_coverage(flux: LabelComparison, found: list[_Found]) -> LabelComparison:
    old, new = (
        dataclasses.replace(score, coverage=float(one.inside.mean()), r2=float("nan"))
        for score, one in zip((flux.old, flux.new), found, strict=True)
    )
    return dataclasses.replace(flux, old=old, new=new)


def _forgetting_lines(
    base: Denoiser,
    models: tuple[Denoiser, Denoiser],
    config: DenoiserConfig,
    n_spectra: int,
    progress: Progress,
) -> list[str]:
    try:
        domain = domain_of(base.folder)
    except SpectraGUIError:
        return ["What the base model was trained for is not known: what was forgotten was not measured."]
    _, (old, new) = _on(models, domain, n_spectra // 2, config.training.seed + 1, progress)
    before, now = float(old.flux_error.mean()), float(new.flux_error.mean())
    lines = [
        f"On the base model's own stars and nights its flux errs by {before:.3f} % before, {now:.3f} % now."
    ]
    if now > _FORGOTTEN * before:
        lines.append(
            "The new model has forgotten part of what the old one knew: use it for its own domain only."
        )
    return lines


def _on(
    models: tuple[Denoiser, Denoiser], domain: DomainConfig, n_spectra: int, seed: int, progress: Progress
) -> tuple[Floats, list[_Found]]:
    """Return true velocities [km/s] of drawn observations, and what each model makes of them."""
    maker, generator = HeldOutMaker(domain), np.random.default_rng([seed, _SEED])
    velocities: list[Floats] = []
    parts: list[list[_Found]] = [[], []]
    for start in range(0, n_spectra, _CHUNK):
        held = maker.make(min(_CHUNK, n_spectra - start), generator)
        velocities.append(held.quantities["v_rad"])
        for number, model in enumerate(models):
            parts[number].append(_judged(model, held))
            progress((start + 0.5 * (number + 1) * len(held)) / n_spectra, "Comparing with the base model")
    fields = [field.name for field in dataclasses.fields(_Found)]
    return np.concatenate(velocities), [
        _Found(*(np.concatenate([getattr(one, name) for one in some]) for name in fields)) for some in parts
    ]


def _judged(model: Denoiser, held: HeldOut) -> _Found:
    estimate = denoised_held_out(model, held)
    sigma = np.sqrt(np.einsum("npk,npk->np", estimate.factor, estimate.factor))
    error = np.abs(estimate.flux - held.truth)
    alarmed = []
    for row in range(len(held)):
        arrays = held.wavelength_aa, held.noisy[row], held.sigma[row]
        proof = prove(denoised_pixels(*arrays, estimate, model.alarms, row), estimate, row)
        alarms = model.alarms_at(proof.resolving_power, proof.snr)
        alarmed.append(bool(alarms_reached(proof, alarms)))
    return _Found(
        100.0 * np.mean(error / np.abs(held.truth), axis=1),
        np.mean(error <= sigma, axis=1),
        estimate.shift_kms,
        estimate.e_shift_kms,
        np.array(alarmed),
    )
