"""The rows of `ACTIONS` that act on the View: its tools, what it marks, how it draws."""

from __future__ import annotations

import functools

from spectragui.gui.actions import Action, has_selection, register_action
from spectragui.gui.plots.plot_panel import LOGARITHMIC
from spectragui.gui.session.state import AppState
from spectragui.gui.view.panel import ViewPanel
from spectragui.gui.view.shown_marks import toggle_marks, toggle_shown
from spectragui.gui.window import Window

ROWS = (
    (
        "star",
        "Star's &lines",
        "L",
        "mdi6.format-letter-starts-with",
        "Lines and band heads, at the star's velocity",
    ),
    (
        "telluric",
        "&Telluric bands",
        "T",
        "mdi6.cloud-outline",
        "Absorption of the atmosphere, in the observer's frame",
    ),
    (
        "sky",
        "&Night-sky lines",
        "N",
        "mdi6.weather-night",
        "Emission of the night sky, in the observer's frame",
    ),
)
SHOWS = (
    (
        "errors",
        "&Errors",
        "B",
        "mdi6.plus-minus-variant",
        "One sigma about each curve, where the file gives it",
    ),
    ("stacked", "&Stacked", "S", "mdi6.layers-outline", "Draw the checked spectra above one another"),
    (
        "normalised",
        "Normalised for &display",
        "D",
        "mdi6.math-norm",
        "Divide each spectrum by its median in the view; the data stay as they are",
    ),
    (
        "logarithmic",
        "L&ogarithmic flux",
        "Shift+L",
        "mdi6.math-log",
        "Draw the logarithm of the flux; what is not positive lies at the bottom",
    ),
)


def use_tool(window: Window, tool: str) -> None:
    """Use a tool on the selected region; without one, let the next drags say where."""
    session = window.session
    if session.state.active_panel != "View":
        window.show_panel("View")
    panel = window.panel("View")
    assert isinstance(panel, ViewPanel)
    if not panel.use_on_region(tool):
        session.update(tool="" if session.state.tool == tool else tool)
    panel.plot.plot.setFocus()


def is_tool(state: AppState, tool: str) -> bool:
    """Return whether a tool waits for drags."""
    return state.tool == tool


def _toggle(window: Window, key: str) -> None:
    toggle_marks(window.session, key)


def _toggle_shown(window: Window, key: str) -> None:
    toggle_shown(window.session, key)


def _is_in_view(state: AppState) -> bool:
    """Whether the View is in front: elsewhere these keys would change what nobody sees."""
    return has_selection(state) and state.active_panel == "View"


def _is_drawn_so(state: AppState, key: str) -> bool:
    return key in state.settings.view_shows


def _is_shown(state: AppState, key: str) -> bool:
    return key in state.settings.view_marks


def _line_lists(window: Window) -> None:
    from spectragui.gui.view.line_lists_dialog import ask_line_list

    ask_line_list(window.session, window)


def _toggle_level(window: Window) -> None:
    settings = window.session.state.settings
    window.session.update(settings=settings.replace(measures_from_one=not settings.measures_from_one))


for _tool, _text, _key, _icon, _tip in (
    ("statistics", "S/N and &statistics", "$", "mdi6.sigma", "Level, scatter and S/N of a region"),
    (
        "sum",
        "&Equivalent width",
        "E",
        "mdi6.math-integral",
        "Equivalent width and centroid, from continuum to continuum",
    ),
    ("gaussian", "&Gaussian fit", "G", "mdi6.chart-bell-curve", "Gaussian on a straight continuum"),
    (
        "voigt",
        "&Voigt fit",
        "Shift+G",
        "mdi6.chart-bell-curve-cumulative",
        "Voigt profile on a straight continuum",
    ),
):
    register_action(
        Action(
            f"measure.{_tool}",
            _text,
            functools.partial(use_tool, tool=_tool),
            menu="Spectrum",
            icon=_icon,
            shortcut=_key,
            tip=f"{_tip}: the selected region, or drag one (Esc ends)",
            is_enabled=has_selection,
            group=5,
            is_checked=functools.partial(is_tool, tool=_tool),
            bars=(("View.measure", 0),),
        )
    )
register_action(
    Action(
        "measure.from_one",
        "Measure from a continuum of &1",
        _toggle_level,
        menu="Spectrum",
        tip="In normalised spectra: take the continuum as 1 instead of the ends of the region",
        is_enabled=has_selection,
        group=5,
        is_checked=lambda state: state.settings.measures_from_one,
        bars=(("View.measure", 1),),
    )
)
for _tool, _text, _key, _icon, _tip in (
    ("mask", "&Mask pixels", "M", "mdi6.brush", "Pixels that are not to count; kept, and written as MASK"),
    ("unmask", "&Count pixels again", "U", "mdi6.eraser", "Pixels that count again"),
):
    register_action(
        Action(
            f"view.{_tool}",
            _text,
            functools.partial(use_tool, tool=_tool),
            menu="Spectrum",
            icon=_icon,
            shortcut=_key,
            tip=f"{_tip}: the selected region, or drag one (Esc ends)",
            is_enabled=has_selection,
            group=6,
            is_checked=functools.partial(is_tool, tool=_tool),
            bars=(("View.mask", 0),),
        )
    )
for _key, _text, _shortcut, _icon, _tip in SHOWS:
    register_action(
        Action(
            f"view.curves.{_key}",
            _text,
            functools.partial(_toggle_shown, key=_key),
            menu="View",
            icon=_icon,
            shortcut=_shortcut,
            tip=_tip,
            is_enabled=has_selection if _key == LOGARITHMIC else _is_in_view,
            group=2,
            is_checked=functools.partial(_is_drawn_so, key=_key),
            bars=(("View.curves", 0),),
        )
    )
for _key, _text, _shortcut, _icon, _tip in ROWS:
    register_action(
        Action(
            f"view.marks.{_key}",
            _text,
            functools.partial(_toggle, key=_key),
            menu="View",
            icon=_icon,
            shortcut=_shortcut,
            tip=_tip,
            is_enabled=_is_in_view,
            group=2,
            is_checked=functools.partial(_is_shown, key=_key),
            bars=(("View.marks", 0),),
        )
    )
register_action(
    Action(
        "view.marks.lists",
        "L&ine lists…",
        _line_lists,
        menu="View",
        icon="mdi6.file-import-outline",
        tip="Choose the marked lines, or import them from VALD, NIST or text",
        group=2,
        bars=(("View.marks", 1),),
    )
)
