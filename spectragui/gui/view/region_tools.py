"""Tools of the View that act on a region: the selected one, or those that are dragged from now on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from spectragui.gui.session.state import AppState

if TYPE_CHECKING:
    from spectragui.gui.shell.main_window import MainWindow


def use_tool(window: MainWindow, tool: str) -> None:
    """Use a tool on the selected region; without one, let the next drags say where."""
    from spectragui.gui.view.panel import ViewPanel

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
