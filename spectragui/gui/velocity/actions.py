"""The row of `ACTIONS` that opens the Velocity dialog."""

from __future__ import annotations

from spectragui.gui.actions import Action, has_selection, register_action
from spectragui.gui.window import Window


def _show(window: Window) -> None:
    from spectragui.gui.velocity.dialog import show_velocity

    show_velocity(window.session, window)


register_action(
    Action(
        "spectrum.velocity",
        "Radial ve&locity…",
        _show,
        menu="Spectrum",
        icon="mdi6.speedometer",
        shortcut="F6",
        tip="Measure the velocity by cross-correlation, correct to the barycentre, shift to the rest frame",
        is_enabled=has_selection,
        group=2,
    )
)
