"""Panels register themselves here; the main window builds menus, docks and tabs from the list."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Literal, TypeVar

from PySide6.QtCore import QTimer
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QWidget

from spectragui.core.registry import Registry
from spectragui.gui.session.session import Session
from spectragui.gui.session.state import AppState

FORGET_MS = 400  # hidden panels drop what was closed a little later
Area = Literal["left", "centre", "right", "bottom"]


class Panel(QWidget):
    """A part of the window that follows the state.

    A freshly built panel shows the empty state ``AppState()``; from then on `apply` is called with
    the state that it shows and the one that it is to show. Hidden panels are brought up to date
    when they are shown, and a little after a spectrum that they hold was closed. A panel touches a
    widget only where ``old.x is not new.x``, asks for changes by ``session.update`` and never
    writes to another panel.

    Parameters
    ----------
    session : Session
    parent : QWidget, optional
    """

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.session = session
        self._shown = AppState()
        self._forgetting = QTimer(self)
        self._forgetting.setSingleShot(True)
        self._forgetting.setInterval(FORGET_MS)
        self._forgetting.timeout.connect(self._on_forgetting_ended)
        session.changed.connect(self._on_session_changed)
        session.theme.changed.connect(self._on_theme_changed)

    def apply(self, old: AppState, new: AppState) -> None:
        """Bring the widgets from what ``old`` shows to what ``new`` shows; override."""

    def repaint_theme(self) -> None:
        """Take the colours of ``session.theme`` again; override where colours are used directly."""

    def catch_up(self) -> None:
        """Show the present state, visible or not."""
        old, self._shown = self._shown, self.session.state
        if old is not self._shown:
            self.apply(old, self._shown)

    def showEvent(self, event: QShowEvent) -> None:
        """Catch up with what happened while the panel was hidden."""
        self.catch_up()
        super().showEvent(event)

    def _on_session_changed(self, old: AppState, new: AppState) -> None:
        if self.isVisible():
            self.catch_up()
        elif old.spectra is not new.spectra and not self._forgetting.isActive():
            self._forgetting.start()

    def _on_forgetting_ended(self) -> None:
        """Let go of spectra that are open no more, though nobody looks."""
        present = {id(item.spectrum) for item in self.session.state.spectra}
        if not self.isVisible() and any(id(item.spectrum) not in present for item in self._shown.spectra):
            self.catch_up()

    def _on_theme_changed(self) -> None:
        self.repaint_theme()


@dataclasses.dataclass(frozen=True)
class PanelEntry:
    """What the main window knows about a panel before it is built.

    Attributes
    ----------
    name : str
        As on the command line (``--panel Parameters``) and in `AppState.active_panel`.
    build : callable
        ``build(session)`` returns the `Panel`.
    area : {"left", "centre", "right", "bottom"}
        Centre panels are tabs, the others docks.
    icon : str
        Name of a Material Design icon ("mdi6.chart-line").
    title : callable
        Title of tab or dock by state ("Results · 4").
    is_available : callable
        Whether the panel has something to work on, by state; else it is not shown.
    for_tab : tuple of str
        Right docks: names of the centre panels that they accompany; empty = all.
    bars : tuple of (str, int)
        Menus in the bars of other panels that show it (see `spectragui.gui.actions.Action`).
    """

    name: str
    build: Callable[[Session], Panel]
    area: Area
    icon: str
    title: Callable[[AppState], str]
    is_available: Callable[[AppState], bool]
    for_tab: tuple[str, ...]
    bars: tuple[tuple[str, int], ...] = ()

    def accompanies(self, active_panel: str) -> bool:
        """Whether the panel is shown beside a centre panel."""
        return not self.for_tab or active_panel in self.for_tab


PANELS: Registry[PanelEntry] = Registry("panel")
P = TypeVar("P", bound=type[Panel])


def register_panel(
    name: str,
    *,
    area: Area,
    icon: str = "",
    title: Callable[[AppState], str] | None = None,
    is_available: Callable[[AppState], bool] | None = None,
    for_tab: str | tuple[str, ...] = (),
    bars: tuple[tuple[str, int], ...] = (),
    priority: int = 100,
) -> Callable[[P], P]:
    """Return a class decorator that adds a panel to the window (see `PanelEntry`).

    The module of a panel is imported at start: it imports pyqtgraph and ``gui.plots`` late, in
    its constructor.
    """

    def store(cls: P) -> P:
        entry = PanelEntry(
            name=name,
            build=cls,
            area=area,
            icon=icon,
            title=title or (lambda _state: name),
            is_available=is_available or (lambda _state: True),
            for_tab=(for_tab,) if isinstance(for_tab, str) else for_tab,
            bars=bars,
        )
        PANELS.register(name, priority)(entry)
        return cls

    return store
