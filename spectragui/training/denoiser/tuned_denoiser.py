"""Tune a denoiser for other stars or nights: components stay; prior, network and alarms are made again."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from spectragui.core.atomic_write import atomic_path, write_text_atomically
from spectragui.core.errors import SpectraGUIError, TrainingError
from spectragui.core.model_folder import find_model, read_card, write_card
from spectragui.core.progress import Progress, no_progress, part_of
from spectragui.inference.denoise.denoiser import Denoiser
from spectragui.simulation.emulator import load_emulator
from spectragui.training.callbacks import Callback, ReportProgress
from spectragui.training.config import as_table
from spectragui.training.denoiser.basis import StarPool, calibration_errors, stars_on, with_prior_of
from spectragui.training.denoiser.config import DenoiserConfig, DomainConfig
from spectragui.training.denoiser.correction import StateSample, StateStream, correction_loss, flux_metric
from spectragui.training.denoiser.denoiser_calibration import calibrate_denoiser
from spectragui.training.denoiser.files import save_denoiser
from spectragui.training.denoiser.heldout import HeldOutMaker
from spectragui.training.denoiser.run import CALIBRATION_SEED, domain_of, draw_states
from spectragui.training.frozen_weights import freeze
from spectragui.training.tuning import Losses, begin_tuning, tune_network, tuned_schedule

if TYPE_CHECKING:
    import torch

    from spectragui.networks.denoising_autoencoder import PosteriorCorrection
    from spectragui.networks.spectrum_basis import SpectrumBasis

#: What a tuning may say of the domain; all else is as the base model has it.
OF_THE_DOMAIN = (
    "instrument", "teff", "n_stars", "cool_part", "slow_part", "ebv", "calibration_error", "fastest_kms",
    "highest_snr",
)  # fmt: skip
DRAWS, WIDTH = 4000, 96  # noisy spectra to train on; of a network that the base has not
_VALIDATION_PART = 0.15


def tuned_domain(config: DenoiserConfig, base: Denoiser) -> DomainConfig:
    """Return the domain of a tuning: the base model's, but for what the configuration may say."""
    told = {name: getattr(config.domain, name) for name in OF_THE_DOMAIN}
    return dataclasses.replace(base_domain(base), **told)


def base_domain(base: Denoiser) -> DomainConfig:
    """Return what a denoiser was trained for, by its ``train.toml``, else by its card."""
    try:
        return domain_of(base.folder)
    except SpectraGUIError:
        card = base.card
        low, high = card.domain.resolving_power
        teff = card.label_ranges.get("teff", (0.0, 100_000.0))
        return DomainConfig(
            emulator=card.companions.emulator,
            grid="",
            window_aa=base.window_aa,
            resolving_power=base.own_power or 0.5 * (low + high),
            lowest_power=low if base.own_power else 0.0,
            n_lines=base.basis.n_lines,
            n_level=base.basis.n_level,
            n_templates=len(base.basis.templates),
            teff=(float(teff[0]), float(teff[1])),
            model_error=base.alarms.model_error,
        )


def tune_denoiser(
    config: DenoiserConfig,
    *,
    resume: bool = False,
    progress: Progress = no_progress,
    callbacks: Sequence[Callback] = (),
) -> Path:
    """Tune the base model of a configuration on simulated nights of its domain; write a new model folder.

    Parameters
    ----------
    config : DenoiserConfig
        ``domain`` says which stars and which instrument; the option ``draws`` of the network how many
        noisy spectra.
    resume : bool
        Whether to go on from the checkpoint in the output folder.
    progress : Progress
    callbacks : sequence of Callback

    Raises
    ------
    TrainingError
        If the instrument cannot serve, or the training fails.
    """
    import tomlkit

    settings = config.training
    base = Denoiser.load(find_model(config.base.model))
    folder = begin_tuning(config, base.folder)
    config = dataclasses.replace(config, domain=tuned_domain(config, base))
    generator = np.random.default_rng([settings.seed, 1])
    tuning = _Tuning.of(config, base, generator)
    sample = tuning.states(
        folder / "checkpoints" / "states.npz", generator, resume, part_of(progress, 0.0, 0.4)
    )
    network = tuning.train(sample, folder / "checkpoints", resume, part_of(progress, 0.4, 0.7), callbacks)
    weights = {name: value.numpy() for name, value in network.state_dict().items()}
    training = {
        "data": f"{len(sample)} spectra of {config.domain.emulator}, nights of {config.domain.instrument}",
        "base": base.card.name,
        "base_version": base.card.version,
        "frozen": list(config.base.freeze),
        "seed": settings.seed,
        "held_out": "new stars in new nights",
        "command": "spectragui train train.toml",
    }
    emulator = load_emulator(config.domain.emulator)
    named = dataclasses.replace(
        config, title=config.title or f"{base.card.title}, tuned", limits=config.limits or base.card.limits
    )
    save_denoiser(folder, tuning.stream.basis, weights, named, emulator, training=training)
    maker, seed = HeldOutMaker(config.domain), settings.seed + CALIBRATION_SEED
    calibrate_denoiser(folder, maker, settings.calibration_spectra, seed, part_of(progress, 0.7, 1.0))
    card = read_card(folder)
    write_card(dataclasses.replace(card, licence=base.card.licence, citation=base.card.citation), folder)
    write_text_atomically(folder / "train.toml", tomlkit.dumps({"kind": "denoiser", **as_table(config)}))
    progress(1.0, "done")
    return folder


@dataclasses.dataclass(frozen=True, eq=False)
class _Tuning:
    """Streams of the new domain and of the old one, and the network that is moved."""

    config: DenoiserConfig
    stream: StateStream
    old: StateStream | None
    network: PosteriorCorrection

    @classmethod
    def of(cls, config: DenoiserConfig, base: Denoiser, generator: np.random.Generator) -> _Tuning:
        from spectragui.networks.denoising_autoencoder import PosteriorCorrection

        emulator = load_emulator(config.domain.emulator)
        basis, domain, known = base.basis, config.domain, base_domain(base)
        pool = stars_on(basis, emulator, domain, generator)
        old_pool = stars_on(basis, emulator, known, generator) if config.base.rehearsal > 0 else None
        if base.correction is None:  # it has the prior alone: that is what is moved first
            both = pool if old_pool is None else _mixed(pool, old_pool, config.base.rehearsal)
            basis = with_prior_of(basis, both, domain, generator)
            options = config.network.options
            n_state = basis.n_lines + basis.n_level + 2
            network = PosteriorCorrection(n_state, int(options.get("width", WIDTH)), config.training.members)
        else:
            import copy

            network = copy.deepcopy(base.correction).requires_grad_(True)
        old = None if old_pool is None else _stream(basis, old_pool, known, generator)
        freeze(network, config.base.freeze)
        return cls(config, _stream(basis, pool, domain, generator), old, network)

    def states(
        self, kept: Path, generator: np.random.Generator, resume: bool, progress: Progress
    ) -> StateSample:
        """Draw noisy spectra of both domains and what the posterior makes of them; kept for --resume."""
        import torch

        if resume and kept.is_file():
            with np.load(kept, allow_pickle=False) as archive:
                return StateSample(*(torch.from_numpy(archive[name]) for name in ("true", "found", "sigma")))
        count = int(self.config.network.options.get("draws", DRAWS))
        n_old = round(self.config.base.rehearsal * count) if self.old is not None else 0
        sample = draw_states(self.stream, count - n_old, generator, part_of(progress, 0.0, 1 - n_old / count))
        if self.old is not None and n_old:
            more = draw_states(self.old, n_old, generator, part_of(progress, 1 - n_old / count, 1.0))
            fields = [field.name for field in dataclasses.fields(StateSample)]
            sample = StateSample(*(torch.cat([getattr(sample, f), getattr(more, f)]) for f in fields))
            sample = sample.select(generator.permutation(len(sample)))
        if len(sample) < 8:
            raise TrainingError(
                "Hardly any simulated spectrum of this domain gives the right velocity.",
                "Choose brighter stars, a smaller range of velocities, or more spectra.",
            )
        with atomic_path(kept) as path, path.open("wb") as stream:
            np.savez(stream, true=sample.true, found=sample.found, sigma=sample.sigma)
        return sample

    def train(
        self,
        sample: StateSample,
        folder: Path,
        resume: bool,
        progress: Progress,
        callbacks: Sequence[Callback],
    ) -> PosteriorCorrection:
        """Train every member of the network by the one loop; the best by the validation part is kept."""
        metric = flux_metric(self.stream.solver)
        n_held = max(int(_VALIDATION_PART * len(sample)), 2)
        held, known = sample.select(slice(0, n_held)), sample.select(slice(n_held, None))
        batch, n_members = self.config.training.batch, len(self.network.members)

        def losses(parts: dict[str, Any]) -> Losses:
            import torch

            def batch_loss() -> torch.Tensor:
                rows = torch.randint(len(known), (batch,), generator=parts["generator"])
                return correction_loss(parts["model"], known.select(rows.numpy()), metric)

            def validation_loss() -> float:
                with torch.no_grad():
                    return float(correction_loss(parts["average"], held, metric))

            return batch_loss, validation_loss

        for number, member in enumerate(self.network.members):
            share = ReportProgress(part_of(progress, number / n_members, (number + 1) / n_members))
            settings, stem = tuned_schedule(self.config, number), folder / f"member{number}"
            tune_network(member, settings, losses, stem, resume, [share, *callbacks])
        return self.network.requires_grad_(False).eval()


def _stream(
    basis: SpectrumBasis, pool: StarPool, domain: DomainConfig, generator: np.random.Generator
) -> StateStream:
    drawn = calibration_errors(basis.level_aa, 2000, domain.calibration_error, generator)
    errors: NDArray[np.float64] = np.asarray(drawn @ np.linalg.pinv(basis.level[1:]))
    return StateStream(basis, pool, errors, domain.instrument, domain.fastest_kms)


def _mixed(pool: StarPool, old: StarPool, part: float) -> StarPool:
    """Return the stars of both domains, a part of them the old one's."""
    n_old = min(round(part * len(pool) / (1.0 - part)), len(old))
    return StarPool(
        *(
            np.concatenate([getattr(pool, f.name), getattr(old, f.name)[:n_old]])
            for f in dataclasses.fields(pool)
        )
    )
