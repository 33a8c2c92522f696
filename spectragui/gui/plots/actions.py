"""The rows of `ACTIONS` that move about in whichever plot is in front."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from spectragui.gui.actions import Action, has_selection, register_action
from spectragui.gui.plots.plot_panel import PlotPanel
from spectragui.gui.window import Window


def _in_front(method: str, *values: Any) -> Callable[[Window], None]:
    """Return an action's function that calls a method of the plot panel in front."""

    def call(window: Window) -> None:
        panel = window.panel(window.session.state.active_panel)
        if isinstance(panel, PlotPanel):
            getattr(panel, method)(*values)

    return call


for _name, _text, _function, _icon, _keys, _tip in (
    ("reset", "Show &all", _in_front("reset"), "arrow-expand-all", "R", "Show the whole spectrum"),
    (
        "fit_y",
        "&Fit y",
        _in_front("fit_y"),
        "arrow-expand-vertical",
        "Y",
        "Choose y limits for what is in the view",
    ),
    (
        "zoom_in",
        "Zoom &in",
        _in_front("zoom", 0.5),
        "magnify-plus-outline",
        "+  =",
        "Halve the range about the cursor",
    ),
    (
        "zoom_out",
        "Zoom &out",
        _in_front("zoom", 2.0),
        "magnify-minus-outline",
        "-",
        "Double the range about the cursor",
    ),
    (
        "previous",
        "&Previous order",
        _in_front("step", -1),
        "chevron-left",
        "[  K",
        "Previous order, or half a view back",
    ),
    ("next", "&Next order", _in_front("step", 1), "chevron-right", "]  J", "Next order, or half a view on"),
    (
        "back",
        "View &before",
        _in_front("back"),
        "arrow-left",
        "Alt+Left",
        "Return to the view before this one",
    ),
    (
        "forward",
        "View &after",
        _in_front("forward"),
        "arrow-right",
        "Alt+Right",
        "Return to the view that was left",
    ),
):
    register_action(
        Action(
            f"view.{_name}",
            _text,
            _function,
            menu="View",
            icon=f"mdi6.{_icon}",
            shortcut=_keys,
            tip=_tip,
            is_enabled=has_selection,
            group=1,
        )
    )
