"""The row of `ACTIONS` that opens the training dialog."""

from __future__ import annotations

from spectragui.gui.actions import Action, register_action
from spectragui.gui.window import Window


def _show(window: Window) -> None:
    from spectragui.gui.training.dialog import show_training

    show_training(window.session, window)


register_action(
    Action(
        "models.train",
        "&Train a model…",
        _show,
        menu="Spectrum",
        icon="mdi6.school-outline",
        shortcut="Ctrl+T",
        tip="Fine-tune a model on your own labelled spectra, in the background",
        group=4,
    )
)
