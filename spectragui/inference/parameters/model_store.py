"""Which model serves a spectrum."""

from __future__ import annotations

from spectragui.core.errors import ModelError, UnitError
from spectragui.core.model_folder import (
    ModelCard,
    ModelEntry,
    list_models,
)
from spectragui.core.spectrum import AnySpectrum, orders_of
from spectragui.inference.opened_model import OpenedModel, open_entry, open_model

DEFAULT_MODEL = "optical-parameters"
KIND = "parameters"


def parameter_models() -> list[ModelEntry]:
    """Return the models that give parameters of single stars: the default one, imported ones, the others."""
    entries = [
        entry
        for entry in list_models()
        if entry.card.kind == KIND and entry.card.wavelength is not None and entry.card.labels
    ]
    return sorted(entries, key=lambda entry: (entry.card.name != DEFAULT_MODEL, entry.is_bundled))


def choose_model(spectrum: AnySpectrum, name: str = "") -> OpenedModel:
    """Return the model asked for, else the one that suits the spectrum best.

    Parameters
    ----------
    spectrum : Spectrum or EchelleSpectrum
    name : str
        Name or folder of a model; empty = choose.

    Raises
    ------
    ModelError
        If there is no such model, it gives no parameters of stars, or there is none at all.
    """
    return named_model(name) if name else open_entry(suggest_model(spectrum))


def named_model(name: str) -> OpenedModel:
    """Return the model asked for by its name or folder.

    Raises
    ------
    ModelError
        If there is no such model, or it gives no parameters of stars.
    """
    model = open_model(name)
    if model.card.kind != KIND:
        raise ModelError(
            f"The model {model.name} is of the kind {model.card.kind!r}: it gives no parameters of stars.",
            f"Choose: {', '.join(entry.card.name for entry in parameter_models())}.",
        )
    return model


def suggest_model(spectrum: AnySpectrum) -> ModelEntry:
    """Return the model whose window the spectrum covers best; the first where several do.

    A window counts only where the model serves the spectrum's resolving power, as far as that is known.

    Raises
    ------
    ModelError
        If no model is installed.
    """
    entries = parameter_models()
    if not entries:
        raise ModelError("No model for stellar parameters is installed.", "Reinstall SpectraGUI.")
    return max(entries, key=lambda entry: round(_suits(spectrum, entry.card), 1))


def _suits(spectrum: AnySpectrum, card: ModelCard) -> float:
    """Return the part of a model's window that it can serve, 0 to 1."""
    from spectragui.inference.observation.prepare import known_resolving_power
    from spectragui.inference.prediction import PredictOptions

    power = known_resolving_power(spectrum, PredictOptions())
    if power is not None and not card.domain.is_served(power):
        return 0.0
    return window_overlap(spectrum, card)


def window_overlap(spectrum: AnySpectrum, card: ModelCard) -> float:
    """Return which part of a model's window lies between a spectrum's ends, order by order, 0 to 1."""
    if card.wavelength is None:
        return 0.0
    low, high = card.wavelength.start_aa, card.wavelength.stop_aa
    pieces = []
    for order in orders_of(spectrum):
        try:
            wavelength = order.wavelength_aa
        except UnitError:
            continue
        start, stop = max(float(wavelength.min()), low), min(float(wavelength.max()), high)
        if stop > start:
            pieces.append((start, stop))
    covered, reached = 0.0, low
    for start, stop in sorted(pieces):
        covered += max(stop - max(start, reached), 0.0)
        reached = max(reached, stop)
    return covered / (high - low)
