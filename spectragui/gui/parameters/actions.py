"""The row of `ACTIONS` that predicts."""

from __future__ import annotations

from spectragui.gui.actions import Action, has_selection, register_action
from spectragui.gui.parameters.predicting import options_of, predict_many
from spectragui.gui.parameters.predicting_together import predict_selected_together
from spectragui.gui.parameters.prediction_commands import copy_prediction_command
from spectragui.gui.window import Window


def _predict(window: Window) -> None:
    window.session.update(active_panel="Parameters")
    predict_many(window.session, window.session.state.selected_ids)


def _try_result(window: Window) -> None:
    from spectragui.gui.parameters.robustness_dialog import show_robustness

    show_robustness(window.session, options_of(window.session.state), window)


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
        "spectrum.predict_together",
        "Predict &together",
        lambda window: predict_selected_together(window.session),
        "Spectrum",
        "mdi6.call-merge",
        tip="Read the parameters of one star from two selected spectra, one of each arm",
        is_enabled=has_selection,
        group=2,
        bars=(("Spectra.menu", 0),),
    ),
    Action(
        "spectrum.robustness",
        "&Robustness of this result…",
        _try_result,
        "Spectrum",
        "mdi6.chart-scatter-plot",
        tip="Predict the spectrum again with more noise, less resolution, other continua and velocities",
        is_enabled=has_selection,
        group=2,
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
