"""Whether a model can serve a spectrum, and why not, before anything is computed."""

from __future__ import annotations

from spectragui.core.model_card import ModelCard
from spectragui.core.spectrum import AnySpectrum, orders_of
from spectragui.inference.parameters.model_store import KIND, window_overlap
from spectragui.inference.parameters.out_of_range import MIN_COVERAGE


def refusal(spectrum: AnySpectrum, card: ModelCard) -> str:
    """Return why a model gives no parameters of a spectrum, in a sentence; empty where it does.

    Parameters
    ----------
    spectrum : Spectrum or EchelleSpectrum
    card : ModelCard

    Notes
    -----
    By ends, unit and resolving power only: a prediction may still refuse it, for noise or masks.
    """
    if card.kind != KIND:
        return f"It gives no parameters of stars: it is of the kind {card.kind!r}."
    if all(order.spectral_axis.unit == "pixel" for order in orders_of(spectrum)):
        return "The spectrum has no wavelengths."
    low, high = card.window_aa
    overlap = window_overlap(spectrum, card)
    if overlap < MIN_COVERAGE:
        return (
            f"The spectrum covers {100 * overlap:.0f} % of its window, {low:.0f} to {high:.0f} Å; "
            f"it needs {100 * MIN_COVERAGE:.0f} %."
        )
    power = spectrum.meta.get("resolving_power") or orders_of(spectrum)[0].meta.get("resolving_power")
    least, _ = card.domain.resolving_power
    if power and float(power) < 0.7 * least:
        return f"The spectrum's resolving power, {float(power):,.0f}, is below what it knows, {least:,.0f}."
    return ""
