"""From where on what is measured of a denoised spectrum is no chance any more: limits of each model."""

from __future__ import annotations

import dataclasses
import itertools
import math
from typing import Any

import numpy as np

from spectragui.core.errors import ModelError
from spectragui.core.model_card import ModelCard

KEY = "alarms"  # of the card's table [network]
POWERS = "powers"  # of that: resolving powers, where limits differ between them
AT_SNR = "snrs"  # of that: S/N, where they differ between those


@dataclasses.dataclass(frozen=True)
class Alarms:
    """Limits of one model, found on calibration spectra of its domain.

    Attributes
    ----------
    chi2 : float
        Excess of the mean square residual [sigma].
    whiteness : float
        -log10 of the probability of the residual's correlation.
    surprise : float
        Mean square distance from the stars trained on.
    velocity_gain : float
        By how much chi2 must be smaller than at the second best velocity.
    velocity_contrast : float
        What that must at least be in units of the squares of all pixels' S/N, 1e-4: whether it has lines.
    region : float
        Significance of a region [sigma].
    line : float
        How much deeper or shallower a strong line may be [sigma].
    sharpness : float
        How much wider or sharper lines may be [sigma].
    model_error : float
        Part of the flux by which the components miss spectra of the domain.
    """

    chi2: float = 4.5
    whiteness: float = 3.0
    surprise: float = 2.0
    velocity_gain: float = 16.0
    velocity_contrast: float = 1.0
    region: float = 4.5
    line: float = 3.6
    sharpness: float = 2.8
    model_error: float = 0.003


def alarms_of(card: ModelCard, resolving_power: float = 0.0, snr: float = 0.0) -> Alarms:
    """Return the limits that a card names; the usual ones for what it does not.

    Parameters
    ----------
    card : ModelCard
        A limit of it may be several: of the sharpness one for each of its ``powers``, where it has such;
        else one for each of its ``snrs``.
    resolving_power : float
        Of the spectrum: between two of them limits are interpolated, in logarithms.
    snr : float
        Median of the spectrum, likewise; below or beyond all of them the limits of the nearest.

    Raises
    ------
    ModelError
        If one of them is no positive number, or not known.
    """
    table: Any = card.network.get(KEY, {})
    known = {field.name for field in dataclasses.fields(Alarms)}
    if not isinstance(table, dict) or not set(table) <= known | {POWERS, AT_SNR}:
        raise ModelError(
            f"The card of the model {card.name} names alarms that are not known.",
            f"Known: {', '.join(sorted(known))}.",
        )
    powers, snrs = (_ascending(card, name, table.get(name, [1.0])) for name in (POWERS, AT_SNR))
    limits = {}
    for name in set(table) - {POWERS, AT_SNR}:
        values = _positive(card, name, table[name])
        by_power = name == "sharpness" and POWERS in table
        at, places = (resolving_power, powers) if by_power else (snr, snrs)
        if len(values) not in (1, len(places)):
            each = "power" if by_power else "S/N"
            raise ModelError(
                f"The alarm {name!r} of the model {card.name} has not one limit for each {each}."
            )
        limits[name] = values[0] if len(values) == 1 else _between(at, places, values)
    return Alarms(**limits)


def _between(at: float, places: list[float], values: list[float]) -> float:
    return float(np.exp(np.interp(math.log(max(at, 1e-9)), np.log(places), np.log(values))))


def _ascending(card: ModelCard, name: str, told: Any) -> list[float]:
    values = _positive(card, name, told)
    if any(high <= low for low, high in itertools.pairwise(values)):
        raise ModelError(f"The {name} of the alarms of the model {card.name} do not ascend.")
    return values


def _positive(card: ModelCard, name: str, told: Any) -> list[float]:
    values = told if isinstance(told, list) and told else [told]
    for value in values:
        if not isinstance(value, int | float) or not math.isfinite(value) or value <= 0:
            raise ModelError(f"The alarm {name!r} of the model {card.name} is {value!r}: no positive number.")
    return [float(value) for value in values]
