"""What a new model has forgotten of what the old one knew: both on held-out spectra of the old training."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

import numpy as np

from spectragui.core.errors import TrainingError
from spectragui.core.labels import LABELS
from spectragui.networks.parameter_network import ParameterNetwork
from spectragui.training.fine_tuning.rehearsal import OldTraining, emulated_grid
from spectragui.training.grids import SpectrumGrid, find_file, read_grid
from spectragui.training.parameters.metrics import mean_absolute_errors
from spectragui.training.parameters.observing_cases import CASES, cases_within
from spectragui.training.parameters.report import evaluate_network

_CASE = 1  # S/N 100, high resolving power, slow rotation: what most spectra are like
_N_SPECTRA = 400
#: A label whose mean absolute error has grown by more than this part is forgotten.
FORGOTTEN = 0.25


@dataclasses.dataclass(frozen=True)
class Forgetting:
    """Mean absolute errors on the old model's own ground, before and after.

    Attributes
    ----------
    where : str
        On which spectra, in words.
    before, after : mapping of str to float
        Label -> mean absolute error.
    """

    where: str
    before: Mapping[str, float]
    after: Mapping[str, float]

    @property
    def forgotten(self) -> tuple[str, ...]:
        """Labels that the new model gives worse there."""
        return tuple(name for name, old in self.before.items() if self.after[name] > (1.0 + FORGOTTEN) * old)

    def lines(self) -> list[str]:
        """Return it in sentences."""
        words = []
        for name, old in self.before.items():
            label = LABELS[name]
            decimals = label.decimals if label.unit == "K" else max(label.decimals, 2) + 1
            words.append(
                f"{label.plain_symbol} {old:.{decimals}f} before, {self.after[name]:.{decimals}f} now"
            )
        lines = [f"Mean absolute errors on {self.where}: {'; '.join(words)}."]
        if self.forgotten:
            names = ", ".join(LABELS[name].plain_symbol for name in self.forgotten)
            lines.append(
                f"The new model has forgotten part of what the old one knew: {names} are worse there. "
                "Use it for spectra like its own only."
            )
        return lines


def measure_forgetting(
    old: OldTraining, before: ParameterNetwork, after: ParameterNetwork, seed: int = 0
) -> Forgetting:
    """Judge two networks on spectra that the old one was not trained on.

    Parameters
    ----------
    old : OldTraining
    before, after : ParameterNetwork
        On the same pixels.
    seed : int
    """
    spectra, where = _held_out(old, seed)
    powers = (old.config.augmentation.resolving_power_min, old.config.augmentation.resolving_power_max)
    cases = cases_within(CASES[_CASE : _CASE + 1], powers, old.config.augmentation.vsini_max_kms)
    if not cases:
        cases = cases_within(CASES[:1], powers, old.config.augmentation.vsini_max_kms)
    errors = []
    for network in (before, after):
        result = evaluate_network(network, spectra, n_spectra=_N_SPECTRA, cases=cases, seed=seed)[0]
        errors.append(
            dict(zip(result.label_names, mean_absolute_errors(result.predicted, result.true), strict=True))
        )
    plain = [{name: float(value) for name, value in one.items() if np.isfinite(value)} for one in errors]
    return Forgetting(f"{where} ({cases[0].name})", plain[0], plain[1])


def _held_out(old: OldTraining, seed: int) -> tuple[SpectrumGrid, str]:
    emulator = old.stream.emulator
    try:
        spectra = read_grid(find_file(old.config.data.grid), emulator.label_names).held_out()
    except TrainingError:
        return emulated_grid(emulator, seed=seed + 1), "spectra of the base model's emulator"
    return spectra, "the base model's held-out spectra"
