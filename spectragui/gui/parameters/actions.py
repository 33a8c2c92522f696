"""The row of `ACTIONS` that predicts."""

from __future__ import annotations

from spectragui.gui.actions import Action, has_selection, register_action
from spectragui.gui.parameters.predicting import copy_prediction_command, predict_many
from spectragui.gui.window import Window


def _predict(window: Window) -> None:
    window.session.update(active_panel="Parameters")
    predict_many(window.session, window.session.state.selected_ids)


for _row in (
    Action(
        "spectrum.predict",
        "&Predict parameters",
        _predict,
        "Spectrum",
        "mdi6.creation-outline",
        "F5",
        "Read the parameters of the selected spectra",
        has_selection,
        toolbar="Predict",
        group=2,
        bars=(("Spectra.menu", 0),),
    ),
    Action(
        "spectrum.copy_prediction",
        "Copy prediction as command line",
        lambda window: copy_prediction_command(window.session),
        "Spectrum",
        "mdi6.console",
        tip="Put the command that predicts the selected spectrum alike into the clipboard",
        is_enabled=has_selection,
        group=2,
    ),
):
    register_action(_row)
