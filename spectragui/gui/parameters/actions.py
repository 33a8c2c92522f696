"""The row of `ACTIONS` that predicts."""

from __future__ import annotations

from spectragui.gui.actions import Action, has_selection, register_action
from spectragui.gui.parameters.predicting import predict
from spectragui.gui.window import Window


def _predict(window: Window) -> None:
    window.session.update(active_panel="Parameters")
    predict(window.session, window.session.state.selected_id)


for _row in (
    Action(
        "spectrum.predict",
        "&Predict parameters",
        _predict,
        "Spectrum",
        "mdi6.creation-outline",
        "F5",
        "Read the parameters of the selected spectrum",
        has_selection,
        toolbar="Predict",
        group=2,
    ),
):
    register_action(_row)
