"""The rows of `ACTIONS` that denoise."""

from __future__ import annotations

import functools

from spectragui.gui.actions import Action, has_selection, register_action
from spectragui.gui.denoise.denoising import DEEPEN, INJECT, copy_denoising_command, denoise_many
from spectragui.gui.window import Window


def _denoise(window: Window) -> None:
    window.session.update(active_panel="Denoise")
    denoise_many(window.session, window.session.state.selected_ids)


def _open_tool(kind: int, window: Window) -> None:
    session = window.session
    window.show_panel("Denoise")
    if session.state.denoising(session.state.selected_id) is None:
        denoise_many(session, session.state.selected_ids)
    window.panel("Denoise controls").open_tool(kind)  # type: ignore[attr-defined]


for _row in (
    Action(
        "spectrum.denoise",
        "De&noise",
        _denoise,
        "Spectrum",
        "mdi6.blur-off",
        "F7",
        "Take the noise from the selected spectra; they stay as they are",
        has_selection,
        group=2,
        bars=(("Spectra.menu", 0),),
    ),
    Action(
        "spectrum.inject_line",
        "&Inject a line…",
        functools.partial(_open_tool, INJECT),
        "Spectrum",
        "mdi6.chart-bell-curve",
        tip="Put a line into the noisy spectrum, and see what the denoiser makes of it",
        is_enabled=has_selection,
        group=2,
    ),
    Action(
        "spectrum.deepen_line",
        "Deepen a &line…",
        functools.partial(_open_tool, DEEPEN),
        "Spectrum",
        "mdi6.arrow-collapse-down",
        tip="Deepen a line of the noisy spectrum, and see how its sister lines move",
        is_enabled=has_selection,
        group=2,
    ),
    Action(
        "spectrum.copy_denoising",
        "Copy denoising as command line",
        lambda window: copy_denoising_command(window.session),
        "Spectrum",
        "mdi6.console",
        tip="Put the command that denoises the selected spectrum alike into the clipboard",
        is_enabled=has_selection,
        group=2,
    ),
):
    register_action(_row)
