"""The main window: a frame in which registered panels and actions find their places."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QSettings, QSize, Qt
from PySide6.QtGui import QAction, QCloseEvent, QDragEnterEvent, QDragLeaveEvent, QDropEvent
from PySide6.QtWidgets import (
    QLabel,
    QPushButton,
    QScrollArea,
    QStackedWidget,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from spectragui.core.spectrum import orders_of
from spectragui.gui.files.file_changes import FileChanges
from spectragui.gui.files.opening import open_files
from spectragui.gui.files.watch_chip import WatchChip
from spectragui.gui.files.watching import FolderWatcher
from spectragui.gui.panel import PANELS, Panel, PanelEntry
from spectragui.gui.parameters.earlier_results import follow_results
from spectragui.gui.photometry.catalogues import PANEL as PHOTOMETRY
from spectragui.gui.session.closed_spectra import ClosedSpectra
from spectragui.gui.session.notifications import QUIET, Message
from spectragui.gui.session.session import Session
from spectragui.gui.session.state import AppState
from spectragui.gui.shell.action_bar import ActionBar
from spectragui.gui.shell.command_search import CommandSearch
from spectragui.gui.shell.device_chip import DeviceChip
from spectragui.gui.shell.docks import DockSpace
from spectragui.gui.shell.notification_bar import NotificationBars, PageUnderBars
from spectragui.gui.shell.start_page import StartPage
from spectragui.gui.shell.status_bar import StatusBar
from spectragui.gui.theme.icons import icon
from spectragui.gui.theme.rich_text import write_rich
from spectragui.gui.window import Window
from spectragui.workers.tasks import Job

DEFAULT_SIZE = (1280, 800)
FRAME = QSize(4, 32)  # what a title and borders take; known only when the window is shown


class MainWindow(Window):
    """One window on one session.

    Parameters
    ----------
    session : Session
        Closed with the window.
    geometry : QSettings, optional
        Where sizes and places of window and docks are kept; None = nowhere.
    """

    def __init__(self, session: Session, geometry: QSettings | None = None) -> None:
        super().__init__()
        self.session = session
        self._geometry = geometry
        self._panels: dict[str, Panel] = {}
        self._pages: dict[str, TabPage] = {}
        self._tab_names: list[str] = []
        self.setWindowTitle("SpectraGUI")
        self.setAcceptDrops(True)
        self.resize(*DEFAULT_SIZE)
        self.bars = NotificationBars(session.notifications, session.theme)
        self.tabs = QTabWidget()
        self.start_page = StartPage(session, self.trigger)
        self._stack = QStackedWidget()
        self.docks = DockSpace(self)
        self.actions_bar = ActionBar(self, self.docks.toggle_actions)
        self.search = CommandSearch(lambda: self.actions_bar.qactions, self)
        self._set_up_centre()
        self._set_up_status_bar()
        self.actions_bar.add_stretch()
        self.actions_bar.toolbar.addWidget(self.search)
        self._connect()
        self._restore_geometry()
        self._on_theme_changed()
        self._follow(session.state)
        self.start_page.setFocus()

    def panel(self, name: str) -> Panel:
        """Return a panel by its registered name, built if need be.

        Raises
        ------
        SpectraGUIError
            If no panel is called so.
        """
        if name not in self._panels:
            panel = PANELS.get(name).build(self.session)
            panel.setAccessibleName(name)
            self._panels[name] = panel
            if name in self._pages:
                self._pages[name].hold(panel)
        return self._panels[name]

    def prepare_panel(self, name: str) -> None:
        """Build a panel and its dock before they are needed."""
        entry = PANELS.get(name)
        if entry.area == "centre":
            self.panel(name)
        else:
            self.docks.make(entry, self.panel)

    def trigger(self, action_name: str) -> None:
        """Do what an action does, if it is enabled."""
        self.qaction(action_name).trigger()

    def qaction(self, action_name: str) -> QAction:
        """Return the QAction of an action, for a menu."""
        return self.actions_bar.qactions[action_name]

    def show_panel(self, name: str) -> None:
        """Bring a panel to the front: its tab, or its dock."""
        if PANELS.get(name).area == "centre":
            self.session.update(active_panel=name)
        else:
            self._build_docks()
            self.docks.show_dock(name)
            self._follow(self.session.state)

    def reset_layout(self) -> None:
        """Put all docks back where they were at first."""
        self.docks.arrange()
        self._follow(self.session.state)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Take files from wherever they come."""
        if local_files(event):
            event.acceptProposedAction()
            self.start_page.show_drag(True)
            self.statusBar().showMessage("Drop to open")

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        """Look as before."""
        self.start_page.show_drag(False)
        self.statusBar().clearMessage()
        super().dragLeaveEvent(event)

    def dropEvent(self, event: QDropEvent) -> None:
        """Open the files."""
        self.start_page.show_drag(False)
        self.statusBar().clearMessage()
        files = local_files(event)
        if files:
            event.acceptProposedAction()
            open_files(self.session, files)

    def closeEvent(self, event: QCloseEvent) -> None:
        """Remember the layout, stop what runs."""
        if self._geometry is not None:
            self._geometry.setValue("window", self.saveGeometry())
            self.docks.save(self._geometry)
            self._geometry.sync()
        self.hide()
        self.session.close()
        super().closeEvent(event)

    def fit_into(self, available: QSize) -> None:
        """Be no larger than what a screen has room for, title and frame included: the status bar is seen."""
        if not self.isMaximized():
            self.resize(self.size().boundedTo(available - FRAME))

    def _set_up_centre(self) -> None:
        self.tabs.setDocumentMode(True)
        self.tabs.tabBar().setAccessibleName("Panels")
        self.tabs.tabBar().setExpanding(False)
        self._stack.addWidget(_scrollable(self.start_page))
        self._stack.addWidget(self.tabs)
        self._centre = PageUnderBars(self._stack, self.bars)
        self.setCentralWidget(self._centre)

    def _set_up_status_bar(self) -> None:
        self.setStatusBar(StatusBar(self))
        self._pointer, self._pixels, self._running = QLabel(), QLabel(), QPushButton()
        self._running.setProperty("flat", "true")
        self._running.setToolTip("Show what runs, with a way to stop it")
        self._running.clicked.connect(lambda: self.show_panel("Jobs"))
        self._running.hide()
        for widget, name in (
            (self._pointer, "Under the pointer"),
            (self._pixels, "Pixels"),
            (self._running, "Jobs"),
        ):
            widget.setAccessibleName(name)
            self.statusBar().addPermanentWidget(widget)
        self.statusBar().addPermanentWidget(DeviceChip(self.session))
        self.statusBar().insertPermanentWidget(0, WatchChip(self.session, FolderWatcher(self.session, self)))
        FileChanges(self.session, self)
        ClosedSpectra(self.session)

    def _connect(self) -> None:
        session = self.session
        session.changed.connect(self._on_session_changed)
        session.changed.connect(lambda old, new: follow_results(session, old, new))
        session.history_changed.connect(self._on_history_changed)
        session.pointer_moved.connect(self._on_pointer_moved)
        session.theme.changed.connect(self._on_theme_changed)
        session.tasks.job_changed.connect(self._on_job_changed)
        self.bars.log_requested.connect(lambda: self.show_panel("Log"))
        session.notifications.added.connect(self._on_message_added)
        session.notifications.unexpected_raised.connect(self._on_unexpected_raised)
        self.tabs.currentChanged.connect(self._on_tabs_current_changed)

    def _on_session_changed(self, old: AppState, new: AppState) -> None:
        has_closed = bool(old.spectra) > bool(new.spectra) or bool(old.catalogues) > bool(new.catalogues)
        if has_closed and not _is_about_something(new):  # to what is still open, or to the first page
            self.session.update(active_panel=PHOTOMETRY if new.catalogues and not new.spectra else "View")
        else:
            self._follow(new)

    def _follow(self, state: AppState) -> None:
        """Show what the state has something for."""
        entries = [entry for _, entry in PANELS.items()]
        front = PANELS.get(state.active_panel)
        is_open = bool(state.spectra or state.catalogues)
        if is_open and not front.is_available(state):  # what the tab in front showed was closed
            self.session.update(active_panel="View" if state.spectra else PHOTOMETRY)
            return
        is_working = any(entry.is_available(state) for entry in entries if entry.area != "right")
        self._follow_tabs([entry for entry in entries if entry.area == "centre"], state)
        if is_working:
            self._build_docks()
        self.docks.follow(state)
        self._stack.setCurrentIndex(1 if self.tabs.count() else 0)
        self._centre.place()
        self.actions_bar.follow()
        self._on_history_changed()
        selected = state.selected
        self.setWindowTitle(" \N{EM DASH} ".join(filter(None, (_title(state), "SpectraGUI"))))
        n_pixels = sum(len(order) for order in orders_of(selected.spectrum)) if selected else 0
        self._pixels.setText(f"{n_pixels:,} pixels" if n_pixels else "")

    def _build_docks(self) -> None:
        docked = [entry for _, entry in PANELS.items() if entry.area != "centre"]
        if self.docks.build(docked, self.panel) and self._geometry is not None:
            self.docks.restore(self._geometry)

    def _follow_tabs(self, entries: list[PanelEntry], state: AppState) -> None:
        names = [entry.name for entry in entries if entry.is_available(state)]
        if names != self._tab_names:
            self._rebuild_tabs(names)
        for index, name in enumerate(names):
            title = PANELS.get(name).title(state)
            if title != self.tabs.tabText(index):  # Qt lays all out anew and paints the page again
                self.tabs.setTabText(index, title)
        if state.active_panel in names:
            self.panel(state.active_panel)
            self.tabs.setCurrentIndex(names.index(state.active_panel))

    def _rebuild_tabs(self, names: list[str]) -> None:
        self._tab_names = names
        self.tabs.blockSignals(True)
        while self.tabs.count():
            self.tabs.removeTab(0)
        for name in names:
            self.tabs.addTab(self._page(name), name)
        self.tabs.blockSignals(False)

    def _page(self, name: str) -> TabPage:
        if name not in self._pages:
            self._pages[name] = TabPage(self)
            if name in self._panels:
                self._pages[name].hold(self._panels[name])
        return self._pages[name]

    def _restore_geometry(self) -> None:
        stored = self._geometry.value("window") if self._geometry is not None else None
        if stored is not None:
            self.restoreGeometry(stored)

    def _on_tabs_current_changed(self, index: int) -> None:
        if 0 <= index < len(self._tab_names):
            self.session.update(active_panel=self._tab_names[index])

    def _on_history_changed(self) -> None:
        for name, word, text in (
            ("edit.undo", "Undo", self.session.undo_text),
            ("edit.redo", "Redo", self.session.redo_text),
        ):
            qaction = self.actions_bar.qactions[name]
            qaction.setText(f"{word} {text}".strip())
            qaction.setIconText(f" {word}")
            qaction.setEnabled(bool(text))

    def _on_pointer_moved(self, text: str) -> None:
        write_rich(self._pointer, text)

    def _on_theme_changed(self) -> None:
        self.actions_bar.repaint()
        self.setWindowIcon(icon("mdi6.chart-bell-curve", self.session.theme, "accent"))

    def _on_job_changed(self, _job: Job) -> None:
        shown = [job for job in self.session.tasks.active_jobs if job.title and job.is_active]
        self._running.setText(f"{len(shown)} job{'s' * (len(shown) > 1)} running")
        self._running.setVisible(bool(shown))

    def _on_message_added(self, message: Message) -> None:
        if message.severity in QUIET:
            self.statusBar().showMessage(message.shown_text, 8000)

    def _on_unexpected_raised(self, message: Message) -> None:
        from spectragui.gui.shell.unexpected import show_unexpected

        show_unexpected(message, self)


class TabPage(QWidget):
    """The place of a panel among the tabs: a panel is built when its tab is first looked at."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)

    def hold(self, panel: Panel) -> None:
        """Show a panel here."""
        self.layout().addWidget(panel)
        panel.show()


def _title(state: AppState) -> str:
    """Return the name of what the tab in front is about; empty = nothing is open."""
    shown = state.catalogue if state.active_panel == PHOTOMETRY or not state.selected else state.selected
    return shown.name if shown is not None else ""


def _is_about_something(state: AppState) -> bool:
    """Whether what the tab in front shows is open, or nothing is and the first page is wanted."""
    if state.active_panel == PHOTOMETRY:
        return bool(state.catalogues)
    return bool(state.spectra) or (state.active_panel == "View" and not state.catalogues)


def _scrollable(page: QWidget) -> QScrollArea:
    """Let a page be larger than a small window; else the window could not shrink below it."""
    area = QScrollArea()
    area.setWidgetResizable(True)
    area.setFrameShape(QScrollArea.Shape.NoFrame)
    area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    area.setWidget(page)
    return area


def local_files(event: QDropEvent | QDragEnterEvent) -> list[Path]:
    """Return the files and folders of a drag."""
    urls = event.mimeData().urls() if event.mimeData().hasUrls() else []
    return [Path(url.toLocalFile()) for url in urls if url.isLocalFile()]
