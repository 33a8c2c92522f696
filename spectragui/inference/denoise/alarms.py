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


def alarms_of(card: ModelCard, resolving_power: float = 0.0) -> Alarms:
    """Return the limits that a card names; the usual ones for what it does not.

    Parameters
    ----------
    card : ModelCard
        A limit of it may be several, one for each of its ``powers``.
    resolving_power : float
        Of the spectrum: between two of them limits are interpolated, in logarithms.

    Raises
    ------
    ModelError
        If one of them is no positive number, or not known.
    """
    table: Any = card.network.get(KEY, {})
    known = {field.name for field in dataclasses.fields(Alarms)}
    if not isinstance(table, dict) or not set(table) <= known | {POWERS}:
        raise ModelError(
            f"The card of the model {card.name} names alarms that are not known.",
            f"Known: {', '.join(sorted(known))}.",
        )
    powers = _positive(card, POWERS, table.get(POWERS, [1.0]))
    if any(high <= low for low, high in itertools.pairwise(powers)):
        raise ModelError(f"The resolving powers of the alarms of the model {card.name} do not ascend.")
    limits = {}
    for name in set(table) - {POWERS}:
        values = _positive(card, name, table[name])
        if len(values) not in (1, len(powers)):
            raise ModelError(f"The alarm {name!r} of the model {card.name} has not one limit for each power.")
        several = values if len(values) > 1 else values * len(powers)
        at = np.interp(math.log(max(resolving_power, 1.0)), np.log(powers), np.log(several))
        limits[name] = values[0] if len(values) == 1 else float(np.exp(at))
    return Alarms(**limits)


def _positive(card: ModelCard, name: str, told: Any) -> list[float]:
    values = told if isinstance(told, list) and told else [told]
    for value in values:
        if not isinstance(value, int | float) or not math.isfinite(value) or value <= 0:
            raise ModelError(f"The alarm {name!r} of the model {card.name} is {value!r}: no positive number.")
    return [float(value) for value in values]
