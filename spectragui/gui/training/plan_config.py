"""The configuration that a training plan makes: what `spectragui train` takes too."""

from __future__ import annotations

import dataclasses
from itertools import combinations
from pathlib import Path
from typing import Any

from spectragui.core.errors import TrainingError
from spectragui.core.labels import LABELS
from spectragui.core.model_folder import find_model, read_card
from spectragui.gui.training.training_plan import JOINT, PAIRS, TrainingPlan
from spectragui.training.config import (
    BaseConfig,
    Config,
    NetworkConfig,
    RehearsedConfig,
    StartConfig,
    TrainingConfig,
    as_table,
)
from spectragui.training.config_file import find_config, read_config
from spectragui.training.data_sets.data_set import SUFFIX
from spectragui.training.denoiser.config import DenoiserConfig
from spectragui.training.generator.config import GeneratorConfig
from spectragui.training.kinds import kind_of
from spectragui.training.photometry.config import BandAugmentation, CatalogueConfig, PhotometryConfig

_PREPARING_S = 0.04  # a spectrum, on one core
_BATCH_S = 0.001  # a spectrum of a batch, on one core, optical-parameters
_REHEARSING_S = 8.0
MEGABYTES = 900.0  # torch, the networks, the emulator
_MEGABYTES_A_SPECTRUM = 0.1
_CURVE = (0.25, 0.5)
#: A spectrum of a batch [s] and a spectrum of the data [s], on one core, by kind.
_COSTS = {"denoiser": (2e-6, 0.03), "cvae": (5e-5, 0.15), "photometry": (2e-5, 1e-4)}
#: The papers' large networks: a spectrum of a batch [s], and memory [MB].
_LARGE = {"paper-dae": (0.027, 1700.0), "paper-cvae": (0.0215, 4000.0)}
PlannedConfig = Config | GeneratorConfig | DenoiserConfig | PhotometryConfig


def first_config(plan: TrainingPlan) -> PlannedConfig:
    """Return the configuration that a plan changes: the preset's, else the usual one of its kind."""
    if plan.preset and not plan.base:
        preset = read_config(find_config(plan.preset))
        if not isinstance(preset, PlannedConfig):
            raise TrainingError(f"{kind_of(preset).title} are trained by `spectragui train`.")
        return preset
    if plan.kind == "denoiser":
        return DenoiserConfig(network=NetworkConfig("posterior", {"draws": plan.settings.draws}))
    if plan.kind == "cvae":
        config = GeneratorConfig()
        emulator = str(read_card(find_model(plan.base)).training.get("emulator") or config.data.emulator)
        return dataclasses.replace(config, data=dataclasses.replace(config.data, emulator=emulator))
    if plan.kind == "photometry":
        return PhotometryConfig(augmentation=BandAugmentation())
    return Config(network=NetworkConfig(plan.settings.network)) if not plan.base else Config()


def config_of(plan: TrainingPlan, folder: Path) -> PlannedConfig:
    """Return the configuration of a plan whose files lie in a folder: NAME.zip, and NAME for the model."""
    first = first_config(plan)
    output, labelled = str(folder / plan.name), str(folder / f"{plan.name}{SUFFIX}")
    training = _schedule(plan, first.training)
    start: dict[str, Any] = {"model": plan.base, "freeze": _frozen(plan), "learning_rate_factor": 1.0}
    if isinstance(first, Config):
        base = BaseConfig(
            **start, rehearsal=plan.settings.rehearsal if plan.base else 0.0, folds=plan.settings.folds,
            curve=_CURVE if plan.settings.learning_curve else (),
        )  # fmt: skip
        data = dataclasses.replace(first.data, labelled=labelled, labels=plan.labels)
        return dataclasses.replace(first, output=output, base=base, data=data, training=training)
    if isinstance(first, PhotometryConfig):
        made = catalogue_config(plan)
        return dataclasses.replace(made, output=output, base=StartConfig(**start), training=training)
    rehearsed = RehearsedConfig(**start, rehearsal=plan.settings.rehearsal if plan.base else 0.0)
    if isinstance(first, GeneratorConfig):
        labelled = labelled if plan.base else ""
        spectra = dataclasses.replace(first.data, labelled=labelled)
        return dataclasses.replace(first, output=output, base=rehearsed, data=spectra, training=training)
    nights = plan.nights
    domain = dataclasses.replace(
        first.domain, instrument=nights.instrument, teff=(nights.teff_low, nights.teff_high), ebv=nights.ebv,
        n_stars=nights.n_stars, calibration_error=nights.calibration_error, fastest_kms=nights.fastest_kms,
    )  # fmt: skip
    training = dataclasses.replace(training, calibration_spectra=plan.settings.calibration)
    return dataclasses.replace(first, output=output, base=rehearsed, domain=domain, training=training)


def catalogue_config(plan: TrainingPlan) -> PhotometryConfig:
    """Return what a plan says of its catalogue of photometry."""
    first = first_config(plan)
    assert isinstance(first, PhotometryConfig)
    bands = first.data.band_set
    if plan.base:
        bands = str(read_card(find_model(plan.base)).network.get("band_set", bands))
    data = CatalogueConfig(plan.catalogue, bands, "", 0.0, 0.15, 0.15)
    return dataclasses.replace(first, data=data)


def _schedule(plan: TrainingPlan, first: TrainingConfig) -> TrainingConfig:
    """Return the schedule as set; loss, optimiser, patience and what else a preset says are the preset's."""
    settings = plan.settings
    training = first if plan.preset and not plan.base else dataclasses.replace(first, patience=0)
    return dataclasses.replace(
        training, steps=settings.steps, batch=settings.batch, learning_rate=1e-4 * settings.rate_e4,
        weight_decay=settings.weight_decay, average=settings.average, validate_every=settings.validate_every,
        checkpoint_every=min(max(settings.steps // 10, 1), 50), seed=settings.seed, device=settings.device,
        tensorboard=settings.tensorboard,
    )  # fmt: skip


def _frozen(plan: TrainingPlan) -> tuple[str, ...]:
    words = (word.strip() for word in plan.settings.freeze.split(","))
    return tuple(word for word in words if word) if plan.base else ()


def config_text(plan: TrainingPlan, folder: Path) -> str:
    """Return the configuration as TOML, for the file and the clipboard."""
    import tomlkit

    config = config_of(plan, folder)
    kind = {} if isinstance(config, Config) else {"kind": plan.kind}
    return tomlkit.dumps({**kind, **as_table(config)})


def separate_plans(plan: TrainingPlan) -> list[TrainingPlan]:
    """Return the trainings of a plan: one, or one for each label or pair of labels."""
    together = plan.settings.together
    if plan.kind != "parameters" or plan.base or together == JOINT or len(plan.labels) < 2:
        return [plan]
    groups = combinations(plan.labels, 2) if together == PAIRS else ((label,) for label in plan.labels)
    return [
        dataclasses.replace(plan, name=f"{plan.name}-{'-'.join(group).replace('_', '')}", labels=tuple(group))
        for group in groups
        if all(label in LABELS for label in group)
    ]


def estimate_of(plan: TrainingPlan, n_spectra: int) -> tuple[float, float]:
    """Return about how long a training takes [s] and what memory it needs [MB], on one core.

    Parameters
    ----------
    plan : TrainingPlan
    n_spectra : int
        That are left after the checks.
    """
    settings = plan.settings
    if plan.preset in _LARGE:
        batch_s, megabytes = _LARGE[plan.preset]
        return settings.steps * settings.batch * batch_s, megabytes
    if plan.kind in _COSTS:
        batch_s, spectrum_s = _COSTS[plan.kind]
        seconds = 20.0 + n_spectra * spectrum_s + settings.steps * settings.batch * batch_s
        return seconds + (0.1 * settings.calibration if plan.kind == "denoiser" else 0.0), MEGABYTES
    runs = 1.0 + (settings.folds if n_spectra < 500 else 0) + (len(_CURVE) if settings.learning_curve else 0)
    rehearsing = _REHEARSING_S if plan.base and settings.rehearsal > 0 else 0.0
    trained = runs * len(separate_plans(plan)) * settings.steps * settings.batch * _BATCH_S
    return (
        n_spectra * _PREPARING_S * 1.3 + rehearsing + trained,
        MEGABYTES + n_spectra * _MEGABYTES_A_SPECTRUM,
    )
