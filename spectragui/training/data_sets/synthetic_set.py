"""Simulated stars as a data set: an instrument's resolving power, ranges of labels, S/N, how many."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from spectragui.core.errors import TrainingError
from spectragui.core.parameters import param
from spectragui.core.progress import Progress, no_progress
from spectragui.inference.opened_model import OpenedModel
from spectragui.simulation.emulator import Emulator
from spectragui.simulation.forward_model import Observing, simulate_spectrum
from spectragui.simulation.instruments import instruments, load_instrument
from spectragui.training.data_sets.build_data_set import DataPlan
from spectragui.training.data_sets.data_check import DataCheck
from spectragui.training.data_sets.made_spectra import MadeSpectrum, build_made_set, made_table

ANY = "by resolving power"
TITLE = "simulated stars"


@dataclasses.dataclass(frozen=True)
class SyntheticStars:
    """Which stars are simulated, and how they are observed."""

    instrument: str = param(
        ANY, label="Instrument", choices=(ANY, *sorted(instruments())),
        help="Its resolving power is taken; or the one below.",
    )  # fmt: skip
    resolving_power: float = param(
        50_000.0, label="Resolving power", minimum=1000.0, maximum=115_000.0,
        help="Of the spectra, where no instrument is chosen.", used_if=("instrument", (ANY,)),
    )  # fmt: skip
    number: int = param(300, label="Stars", minimum=3, maximum=1_000_000, help="How many are simulated.")
    snr_low: float = param(20.0, label="S/N from", minimum=1.0, maximum=1e5, help="A pixel; even in its log.")
    snr_high: float = param(200.0, label="S/N to", minimum=1.0, maximum=1e5, help="A pixel.")
    teff_low: float = param(
        4000.0, label="Teff from", unit="K", minimum=1000.0, step=10.0, help="Coolest star."
    )
    teff_high: float = param(
        7000.0, label="Teff to", unit="K", minimum=1000.0, step=10.0, help="Hottest star."
    )
    logg_low: float = param(1.0, label="log g from", minimum=-1.0, maximum=7.0, help="Lowest gravity.")
    logg_high: float = param(5.0, label="log g to", minimum=-1.0, maximum=7.0, help="Highest gravity.")
    m_h_low: float = param(-2.0, label="[M/H] from", minimum=-5.0, maximum=1.0, help="Lowest metallicity.")
    m_h_high: float = param(0.5, label="[M/H] to", minimum=-5.0, maximum=1.0, help="Highest metallicity.")
    vsini_high: float = param(
        15.0, label="v sin i to", unit="km/s", minimum=0.0, maximum=300.0, help="Fastest rotation."
    )
    fastest_kms: float = param(
        50.0, label="Velocities to", unit="km/s", minimum=0.0, maximum=900.0,
        help="Largest radial velocity; 0 = all in the rest frame.",
    )  # fmt: skip
    with_noise: bool = param(
        True, label="Noise", help="Without it spectra are exact: what a generator of spectra learns from."
    )
    seed: int = param(1, label="Seed of the stars", minimum=0, help="Of everything random about them.")


def synthetic_spectra(stars: SyntheticStars, emulator: Emulator) -> Iterator[MadeSpectrum]:
    """Simulate stars one after the other.

    Parameters
    ----------
    stars : SyntheticStars
    emulator : Emulator
        That makes the spectra; ranges beyond its own are cut to them.

    Raises
    ------
    TrainingError
        If a range holds no star of the emulator.
    """
    ranges = {
        name: _common(name, wanted, emulator)
        for name, wanted in (
            ("teff", (stars.teff_low, stars.teff_high)),
            ("logg", (stars.logg_low, stars.logg_high)),
            ("m_h", (stars.m_h_low, stars.m_h_high)),
        )
        if name in emulator.label_ranges
    }
    ranges |= {
        name: ends for name, ends in emulator.label_ranges.items() if name not in ranges
    }  # what is not asked for varies as far as it can
    if stars.snr_low > stars.snr_high:
        raise TrainingError(f"The S/N is from {stars.snr_low:g} to {stars.snr_high:g}.", "Swap them.")
    power = (
        stars.resolving_power
        if stars.instrument == ANY
        else float(load_instrument(stars.instrument).resolving_power)
    )
    rng = np.random.default_rng([stars.seed, 41])
    for number in range(stars.number):
        labels = {name: float(rng.uniform(low, high)) for name, (low, high) in ranges.items()}
        labels["vsini"] = float(rng.uniform(0.0, stars.vsini_high))
        snr = float(np.exp(rng.uniform(np.log(stars.snr_low), np.log(stars.snr_high))))
        velocity = float(rng.uniform(-1.0, 1.0)) * stars.fastest_kms
        how = Observing(
            power, velocity, snr if stars.with_noise else np.inf, seed=stars.seed * 1_000_003 + number
        )
        yield MadeSpectrum(f"star {number}", labels, simulate_spectrum(emulator, labels, how))


def _common(name: str, wanted: tuple[float, float], emulator: Emulator) -> tuple[float, float]:
    low, high = emulator.label_ranges[name]
    found = max(wanted[0], low), min(wanted[1], high)
    if found[0] > found[1]:
        raise TrainingError(
            f"No star has {name} {wanted[0]:g} to {wanted[1]:g}: the emulator reaches {low:g} to {high:g}.",
            "Choose another range.",
        )
    return found


def build_synthetic_set(
    stars: SyntheticStars,
    model: OpenedModel,
    output: Path | None,
    plan: DataPlan | None = None,
    progress: Progress = no_progress,
) -> DataCheck:
    """Simulate stars in the window of a model, check and split them, and write the data-set file.

    Parameters
    ----------
    stars : SyntheticStars
    model : OpenedModel
        Its emulator makes the spectra; its window must be covered.
    output : pathlib.Path or None
        The file, ending in .zip; None = only check.
    plan : DataPlan, optional
        Chain, seed and shares of the split.
    progress : Progress
    """
    if plan is None:
        plan = DataPlan(Path(), made_table(TITLE, ["x"], [{"teff": 0.0}]), model=model)
    spectra = synthetic_spectra(stars, model.emulator)
    return build_made_set(TITLE, spectra, stars.number, plan, output, progress)
