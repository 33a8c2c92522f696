"""The rows of `ACTIONS` that move about in whichever plot is in front."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from spectragui.gui.actions import Action, has_selection, register_action
from spectragui.gui.plots.plot_panel import Y_FOLLOWS, PlotPanel
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
    (
        "go_to",
        "&Go to…",
        _in_front("go_to_place"),
        "map-marker-outline",
        "Ctrl+J",
        "Go to a line, a wavelength or a range",
    ),
    (
        "limits",
        "Li&mits…",
        _in_front("set_limits"),
        "arrow-expand",
        "Ctrl+L",
        "Type the limits of both axes",
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


def _toggle_y_follows(window: Window) -> None:
    settings = window.session.state.settings
    shows = settings.view_shows
    changed = tuple(one for one in shows if one != Y_FOLLOWS) if Y_FOLLOWS in shows else (*shows, Y_FOLLOWS)
    window.session.update(settings=settings.replace(view_shows=changed))


register_action(
    Action(
        "view.y_follows",
        "&Y follows x",
        _toggle_y_follows,
        menu="View",
        shortcut="Shift+Y",
        tip="Choose y limits whenever x has moved",
        is_enabled=has_selection,
        group=1,
        is_checked=lambda state: Y_FOLLOWS in state.settings.view_shows,
    )
)
