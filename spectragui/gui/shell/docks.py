"""Docks of the window: a titled, movable frame about a panel."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QSettings, Qt
from PySide6.QtGui import QAction, QShowEvent
from PySide6.QtWidgets import QDockWidget, QHBoxLayout, QLabel, QMainWindow, QVBoxLayout, QWidget

from spectragui.gui.panel import Panel, PanelEntry
from spectragui.gui.session.state import AppState

DOCK_AREAS = {
    "left": Qt.DockWidgetArea.LeftDockWidgetArea,
    "right": Qt.DockWidgetArea.RightDockWidgetArea,
    "bottom": Qt.DockWidgetArea.BottomDockWidgetArea,
}
LEFT_HEIGHTS = "left heights"  # in the window's settings


class PanelDock(QDockWidget):
    """Dock of one panel, which is built when it is first looked at; its title follows the state.

    Parameters
    ----------
    entry : PanelEntry
    panel : callable
        Returns the panel of a name.
    window : QMainWindow
    """

    def __init__(self, entry: PanelEntry, panel: Callable[[str], Panel], window: QMainWindow) -> None:
        super().__init__(entry.name, window)
        self.entry = entry
        self._panel = panel
        self.setObjectName(f"dock {entry.name}")
        self.setAccessibleName(entry.name)
        self.setFeatures(
            QDockWidget.DockWidgetFeature.DockWidgetMovable
            | QDockWidget.DockWidgetFeature.DockWidgetClosable
            | QDockWidget.DockWidgetFeature.DockWidgetFloatable
        )
        self._label = QLabel(entry.name)
        self._label.setProperty("role", "heading")
        # At the bottom the tabs say the name; a title would only take room from the plots.
        self.setTitleBarWidget(QWidget() if entry.area == "bottom" else _title_bar(self._label))
        frame = QWidget()
        QVBoxLayout(frame).setContentsMargins(8, 4, 8, 8)
        self.setWidget(frame)

    def fill(self) -> None:
        """Build the panel, if need be."""
        layout = self.widget().layout()
        if layout is not None and not layout.count():
            panel = self._panel(self.entry.name)
            layout.addWidget(panel)
            panel.show()  # at once: Qt would show it with the next events

    def showEvent(self, event: QShowEvent) -> None:
        """Have something to show."""
        self.fill()
        super().showEvent(event)

    def follow(self, state: AppState) -> None:
        """Take the title that fits the state."""
        title = self.entry.title(state)
        if title != self.windowTitle():
            self.setWindowTitle(title)
            self._label.setText(title)


def _title_bar(label: QLabel) -> QWidget:
    bar = QWidget()
    layout = QHBoxLayout(bar)
    layout.setContentsMargins(12, 6, 8, 4)
    layout.addWidget(label)
    layout.addStretch()
    return bar


class DockSpace:
    """All docks of the window: built once, shown where the state has something for them.

    Parameters
    ----------
    window : QMainWindow
    """

    WIDTHS = {"left": 316, "right": 334}  # least, in pixels
    WIDTH_SHARES = {"left": 0.19, "right": 0.18}  # of a large window
    BOTTOM_HEIGHT = 180  # least, in pixels
    BOTTOM_SHARE = 0.22  # of a large window
    LEFT_SHARES = (5, 10)  # of the height: the spectra, the passport

    def __init__(self, window: QMainWindow) -> None:
        self._window = window
        self._docks: dict[str, PanelDock] = {}
        self._made: dict[str, PanelDock] = {}  # ahead of time, not in the window yet
        self._hidden_by_us: set[str] = set()
        self._asked_for: set[str] = set()  # shown although they have nothing to show yet
        self._was_in_front: set[str] = set()  # before docks were last hidden for want of content
        self._unseen: set[str] = set()  # a hidden dock takes no size: it gets it when it is shown
        window.setDockOptions(
            QMainWindow.DockOption.AllowTabbedDocks
            | QMainWindow.DockOption.AllowNestedDocks
            | QMainWindow.DockOption.GroupedDragging
        )
        window.setDocumentMode(True)
        window.setCorner(Qt.Corner.BottomLeftCorner, DOCK_AREAS["left"])
        window.setCorner(Qt.Corner.BottomRightCorner, DOCK_AREAS["bottom"])

    def make(self, entry: PanelEntry, panel: Callable[[str], Panel]) -> None:
        """Make one dock and its panel ahead of time."""
        if entry.name not in self._docks and entry.name not in self._made:
            self._made[entry.name] = PanelDock(entry, panel, self._window)
        self._dock(entry.name).fill()

    def build(self, entries: Sequence[PanelEntry], panel: Callable[[str], Panel]) -> bool:
        """Make the docks that are not there yet; return whether there were any such."""
        fresh = [entry for entry in entries if entry.name not in self._docks]
        for entry in fresh:
            made = self._made.pop(entry.name, None)
            self._docks[entry.name] = made or PanelDock(entry, panel, self._window)
        if fresh:
            self.arrange()
        return bool(fresh)

    def arrange(self) -> None:
        """Put every dock in its first place."""
        by_area = {area: self._in_area(area) for area in DOCK_AREAS}
        first_tab = {"left": 1, "bottom": 0}  # place of the dock on which those after it are tabs
        for area, docks in by_area.items():
            first = first_tab.get(area, len(docks))
            for place, dock in enumerate(docks):
                dock.setFloating(False)
                dock.hide()  # side by side before they are tabs, they would widen the window
                self._window.addDockWidget(DOCK_AREAS[area], dock)
                if place > first:
                    self._window.tabifyDockWidget(docks[first], dock)
            for dock in docks:
                if not dock.entry.for_tab:  # those beside one tab never stand below one another
                    dock.show()
            if len(docks) > first:
                docks[first].raise_()
        self._hidden_by_us = {name for name, dock in self._docks.items() if dock.entry.for_tab}
        self._asked_for.clear()
        self._unseen = set(self._docks)
        self._resize(by_area)

    def follow(self, state: AppState) -> None:
        """Show and name the docks as the state says; docks that the user closed stay closed."""
        shown: list[PanelDock] = []
        has_hidden = False
        for name, dock in reversed(self._docks.items()):
            wanted = dock.entry.is_available(state) and dock.entry.accompanies(state.active_panel)
            wanted = wanted or name in self._asked_for
            if dock.isHidden() and name not in self._hidden_by_us:
                self._asked_for.discard(name)  # closed by the user
            if wanted and name in self._hidden_by_us:
                self._hidden_by_us.discard(name)
                dock.fill()
                dock.show()
                self._place_shown(dock)
                shown.append(dock)
            elif not wanted and not dock.isHidden():
                if not has_hidden:
                    self._was_in_front, has_hidden = self._in_front(), True
                self._hidden_by_us.add(name)
                dock.hide()
            dock.follow(state)
        self._raise_again(shown)

    def _in_front(self) -> set[str]:
        """Return the docks of a group of tabs that are looked at."""
        return {
            name
            for name, dock in self._docks.items()
            if not dock.isHidden() and not dock.visibleRegion().isEmpty()
        }

    def _raise_again(self, shown: Sequence[PanelDock]) -> None:
        """Bring to the front, of docks that came back together, those that were there: else the first."""
        for dock in shown:
            tabs = self._window.tabifiedDockWidgets(dock)
            group = [one for one in shown if one is dock or one in tabs]
            if dock.entry.area == "bottom" or len(group) < 2:
                continue
            before = [one for one in group if one.entry.name in self._was_in_front]
            if dock in before or (not before and dock is group[-1]):
                dock.raise_()

    def _place_shown(self, dock: PanelDock) -> None:
        """Bring a dock to the front of its tabs, and give it its width when it is first seen."""
        if dock.entry.area == "bottom":  # what has just been filled is what is looked for
            dock.raise_()
            if dock.entry.name in self._unseen:
                self._window.resizeDocks([dock], [self._bottom_height()], Qt.Orientation.Vertical)
        elif dock.entry.name in self._unseen:
            width = self._width(dock.entry.area)
            self._window.resizeDocks([dock], [width], Qt.Orientation.Horizontal)
        self._unseen.discard(dock.entry.name)

    def show_dock(self, name: str) -> None:
        """Open a dock and bring it to the front of its tabs."""
        if name in self._docks:
            self._asked_for.add(name)
            self._hidden_by_us.discard(name)
            self._docks[name].show()
            self._docks[name].raise_()

    def toggle_actions(self) -> list[QAction]:
        """Return the actions that open and close the docks, for the View menu."""
        return [
            dock.toggleViewAction() for name, dock in self._docks.items() if name not in self._hidden_by_us
        ]

    def save(self, geometry: QSettings) -> None:
        """Remember places and sizes, if the docks were ever shown."""
        if self._docks:
            self._save_left(geometry)  # those shown now would press them: the split would drift
            for name in self._hidden_by_us:  # hidden for want of content, not by the user
                self._docks[name].show()
            geometry.setValue("docks", self._window.saveState())

    def _save_left(self, geometry: QSettings) -> None:
        """Remember the heights of the spectra and of the passport with its tabs, where they are in place."""
        above, below = self._in_area("left")[:2]
        is_in_place = not any(dock.isHidden() or dock.isFloating() for dock in (above, below))
        if is_in_place and above.x() == below.x() and above.y() < below.y():
            bottom = self._window.statusBar().geometry().top()
            geometry.setValue(LEFT_HEIGHTS, [above.height(), bottom - below.y()])

    def restore(self, geometry: QSettings) -> None:
        """Take remembered places and sizes."""
        stored, size = geometry.value("docks"), self._window.size()
        if stored is None or not self._window.restoreState(stored):
            return
        self._unseen.clear()
        # All together they are higher than a small screen, and Qt has made the window as high as they are.
        for name in self._hidden_by_us:  # `follow` shows those that have something to show
            self._docks[name].hide()
        layout = self._window.layout()
        assert layout is not None
        layout.activate()
        self._window.resize(size)
        left, heights = self._in_area("left")[:2], _numbers(geometry.value(LEFT_HEIGHTS))
        if len(heights) == len(left) and all(heights):
            self._window.resizeDocks(left, heights, Qt.Orientation.Vertical)

    def _dock(self, name: str) -> PanelDock:
        return self._docks[name] if name in self._docks else self._made[name]

    def _width(self, area: str) -> int:
        return max(self.WIDTHS[area], round(self.WIDTH_SHARES[area] * self._window.width()))

    def _bottom_height(self) -> int:
        return max(self.BOTTOM_HEIGHT, round(self.BOTTOM_SHARE * self._window.height()))

    def _in_area(self, area: str) -> list[PanelDock]:
        return [dock for dock in self._docks.values() if dock.entry.area == area]

    def _resize(self, by_area: dict[str, list[PanelDock]]) -> None:
        for area in self.WIDTHS:
            if by_area[area]:
                width = self._width(area)
                self._window.resizeDocks(by_area[area][:1], [width], Qt.Orientation.Horizontal)
        if by_area["bottom"]:
            heights = [self._bottom_height()]
            self._window.resizeDocks(by_area["bottom"][:1], heights, Qt.Orientation.Vertical)
        if len(by_area["left"]) > 1:
            heights = [share * 100 for share in self.LEFT_SHARES]
            self._window.resizeDocks(by_area["left"][:2], heights, Qt.Orientation.Vertical)


def _numbers(stored: object) -> list[int]:
    """Return whole numbers as `QSettings` gives them back; none where they are none."""
    values = stored if isinstance(stored, list) else []
    texts = [str(value) for value in values]
    return [int(text) for text in texts] if all(text.isdecimal() for text in texts) else []
