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
    """Return the models that give parameters of single stars, the default one first."""
    entries = [
        entry
        for entry in list_models()
        if entry.card.kind == KIND and entry.card.wavelength is not None and entry.card.labels
    ]
    return sorted(entries, key=lambda entry: entry.card.name != DEFAULT_MODEL)


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
    """Return the model whose window the spectrum covers best; the default one where several do.

    Raises
    ------
    ModelError
        If no model is installed.
    """
    entries = parameter_models()
    if not entries:
        raise ModelError("No model for stellar parameters is installed.", "Reinstall SpectraGUI.")
    return max(entries, key=lambda entry: round(window_overlap(spectrum, entry.card), 1))


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
