"""The row of `ACTIONS` that shows what the models know."""

from __future__ import annotations

from spectragui.gui.actions import Action, register_action
from spectragui.gui.window import Window


def _show_models(window: Window) -> None:
    from spectragui.gui.models.cards_dialog import show_models

    show_models(window)


for _row in (
    Action(
        "help.models",
        "&Models",
        _show_models,
        "Help",
        "mdi6.brain",
        "",
        "What the bundled models know, and how to cite them",
        group=1,
    ),
):
    register_action(_row)
