"""The row of `ACTIONS` that shows Generate."""

from __future__ import annotations

from spectragui.gui.actions import Action, register_action

register_action(
    Action(
        "spectrum.generate",
        "&Generate a spectrum",
        lambda window: window.show_panel("Generate"),
        menu="Spectrum",
        icon="mdi6.tune-variant",
        shortcut="Ctrl+G",
        tip="Synthetic spectra by sliders: Teff, log g, [M/H] and more, live",
        group=3,
    )
)
