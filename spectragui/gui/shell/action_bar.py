"""Build menus, toolbar and shortcuts from `ACTIONS`, and keep them in step with the state."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMenu, QSizePolicy, QToolBar, QWidget

from spectragui.core.package_data import bundled_examples
from spectragui.gui.actions import ACTIONS, MENUS, Action, ordered_actions
from spectragui.gui.files.opening import open_files
from spectragui.gui.theme.icons import ICON_PIXELS, icon
from spectragui.gui.window import Window

BY_HISTORY = ("edit.undo", "edit.redo")  # enabled where there is a gesture, whatever the state


class ActionBar:
    """The window's QActions by name, in its menus and its toolbar.

    Parameters
    ----------
    window : Window
        Gets the menus and the toolbar.
    dock_toggles : callable
        Returns the actions that show or hide each dock.
    """

    def __init__(self, window: Window, dock_toggles: Callable[[], list[QAction]]) -> None:
        self._window = window
        self._dock_toggles = dock_toggles
        self.menus: dict[str, QMenu] = {name: window.menuBar().addMenu(f"&{name}") for name in MENUS}
        self.toolbar = QToolBar("Toolbar", window)
        self.qactions: dict[str, QAction] = {}
        self._groups: dict[object, int] = {}
        self._set_up_toolbar()
        for action in ordered_actions():
            self._add(action)
        self._add_open_menus()
        self._add_dock_menu()
        for action in sorted((row for row in ACTIONS if row.toolbar), key=lambda row: row.group):
            self._place(self.toolbar, action, self.qactions[action.name])

    def follow(self) -> None:
        """Enable and check every action by the present state."""
        state = self._window.session.state
        for action in ACTIONS:
            qaction = self.qactions[action.name]
            if action.name not in BY_HISTORY:  # to and fro would paint the toolbar at every change
                qaction.setEnabled(action.is_enabled(state))
            if action.is_checked is not None:
                qaction.setChecked(action.is_checked(state))

    def repaint(self) -> None:
        """Draw the icons in the theme's colours."""
        for action in ACTIONS:
            if action.icon:
                self.qactions[action.name].setIcon(icon(action.icon, self._window.session.theme))

    def add_stretch(self) -> None:
        """Push what follows in the toolbar to its right end."""
        stretch = QWidget()
        stretch.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.toolbar.addWidget(stretch)

    def _set_up_toolbar(self) -> None:
        self.toolbar.setObjectName("toolbar")
        self.toolbar.setMovable(False)
        self.toolbar.setIconSize(QSize(ICON_PIXELS, ICON_PIXELS))
        self.toolbar.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self._window.addToolBar(self.toolbar)

    def _add(self, action: Action) -> None:
        qaction = QAction(action.text, self._window)
        qaction.setObjectName(action.name)
        qaction.setShortcuts([QKeySequence(key) for key in action.shortcuts])
        qaction.setStatusTip(action.tip)
        keys = ", ".join(
            QKeySequence(key).toString(QKeySequence.SequenceFormat.NativeText) for key in action.shortcuts
        )
        qaction.setToolTip((action.tip or action.plain_text) + (f"  ({keys})" if keys else ""))
        qaction.setCheckable(action.is_checked is not None)
        qaction.setIconVisibleInMenu(action.is_checked is None)  # the tick needs the icon's place
        qaction.triggered.connect(lambda _checked=False: action.function(self._window))
        self.qactions[action.name] = qaction
        self._window.addAction(qaction)
        if action.menu:
            self._place(self.menus[action.menu], action, qaction)
        qaction.setIconText(toolbar_word(action.toolbar))

    def _add_open_menus(self) -> None:
        """Put recent files and examples below Open."""
        below = self.qactions["file.open"]
        menu = self.menus["File"]
        following = menu.actions()[menu.actions().index(below) + 1]
        for title, entries in (("Open &recent", self._recent_files), ("Open e&xample", _examples)):
            submenu = QMenu(title, menu)
            submenu.setToolTipsVisible(True)
            submenu.aboutToShow.connect(
                lambda submenu=submenu, entries=entries: self._fill(submenu, entries())
            )
            menu.insertMenu(following, submenu)

    def _fill(self, menu: QMenu, entries: list[tuple[str, Path]]) -> None:
        menu.clear()
        for title, path in entries:
            entry = menu.addAction(title)
            entry.setToolTip(str(path))
            entry.triggered.connect(
                lambda _checked=False, path=path: open_files(self._window.session, [path])
            )
        if not entries:
            menu.addAction("None yet").setEnabled(False)

    def _recent_files(self) -> list[tuple[str, Path]]:
        return [(Path(name).name, Path(name)) for name in self._window.session.state.settings.recent_files]

    def _add_dock_menu(self) -> None:
        docks = QMenu("&Docks", self.menus["View"])
        self.menus["View"].insertMenu(self.qactions["view.reset_layout"], docks)

        def fill() -> None:
            docks.clear()
            docks.addActions(self._dock_toggles())

        docks.aboutToShow.connect(fill)

    def _place(self, where: QMenu | QToolBar, action: Action, qaction: QAction) -> None:
        if self._groups.get(where, action.group) != action.group:
            where.addSeparator()
        self._groups[where] = action.group
        where.addAction(qaction)


def _examples() -> list[tuple[str, Path]]:
    examples = (*bundled_examples(), *bundled_examples("catalogue"))
    return [(example.title, example.path) for example in examples]


def toolbar_word(word: str) -> str:
    """Return a toolbar button's word, a little apart from its icon."""
    return f" {word}" if word else ""
