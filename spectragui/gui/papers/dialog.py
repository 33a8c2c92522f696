"""Choose a paper and a folder; open its page, or make it in the background."""

from __future__ import annotations

import functools
from pathlib import Path

from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from spectragui.core.model_folder import user_models_folder
from spectragui.gui.forms.running_job import RunningJob
from spectragui.gui.session.session import Session
from spectragui.reports.papers import PAPERS
from spectragui.reports.report_settings import ReportSettings
from spectragui.workers.child_process import reproduce_in_child
from spectragui.workers.tasks import Job

TASK = "reproduction"
LENGTHS = (
    ("Quick: networks trained for minutes", True),
    ("In full: at most 6 hours for each network", False),
)
_WIDTH = 620


class PapersDialog(QDialog):
    """Paper, length, folder and trained networks; what runs goes on when it is closed.

    Parameters
    ----------
    session : Session
    parent : QWidget
    """

    def __init__(self, session: Session, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("Reproduce a paper")
        self.setMinimumWidth(_WIDTH)
        self._session = session
        self.paper, self.length = QComboBox(), QComboBox()
        for paper in PAPERS.values():
            self.paper.addItem(paper.title, paper.name)
        for words, is_quick in LENGTHS:
            self.length.addItem(words, is_quick)
        self.folder = QLineEdit(str(user_models_folder().parent / "papers"))
        self.models = QLineEdit()
        self.models.setPlaceholderText("They are trained")
        self.said = QLabel()
        self.said.setWordWrap(True)
        self.said.setProperty("role", "secondary")
        self.job = RunningJob("Progress of the page", lambda: session.tasks.cancel_key(TASK))
        self.start, self.open_page = QPushButton("Start"), QPushButton("Open the page")
        self.close_button = QPushButton("Close")
        self.start.setProperty("primary", "true")
        self._lay_out()
        self.paper.currentIndexChanged.connect(lambda _index: self._follow())
        self.folder.textChanged.connect(lambda _text: self._follow())
        self.start.clicked.connect(self._on_start_clicked)
        self.open_page.clicked.connect(lambda: open_page(self._session, self.page))
        self.close_button.clicked.connect(self.close)
        session.tasks.job_changed.connect(self._on_job_changed)
        self._follow()

    @property
    def page(self) -> Path:
        """Where the chosen paper's page is, or will be."""
        name = str(self.paper.currentData())
        return Path(self.folder.text()).expanduser() / name / f"{name}.html"

    def settings(self) -> ReportSettings:
        """Return what is asked for."""
        models = self.models.text().strip()
        chosen = Path(models).expanduser() if models else None
        return ReportSettings(
            str(self.paper.currentData()), self.page.parent, chosen, bool(self.length.currentData())
        )

    def _lay_out(self) -> None:
        words = QLabel(
            "Every table and figure of the paper that can be made here, ours beside the printed number, on "
            "one page. Needs the folder of training data (SPECTRAGUI_SHARED). What was computed is kept: an "
            "interrupted run goes on."
        )
        words.setWordWrap(True)
        words.setProperty("role", "secondary")
        form = QFormLayout()
        form.addRow("Paper", self.paper)
        form.addRow("Length", self.length)
        form.addRow("Folder", self._with_button(self.folder, "Folder of the pages"))
        form.addRow("Trained networks", self._with_button(self.models, "Folder of trained networks"))
        for name, widget in (("Paper", self.paper), ("Length", self.length), ("Folder", self.folder),
                             ("Trained networks", self.models)):  # fmt: skip
            widget.setAccessibleName(name)
        row = QHBoxLayout()
        row.addStretch(1)
        for button in (self.close_button, self.open_page, self.start):
            row.addWidget(button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 16, 16, 12)
        layout.setSpacing(12)
        layout.addWidget(words)
        layout.addLayout(form)
        layout.addWidget(self.said)
        layout.addWidget(self.job)
        layout.addLayout(row)

    def _with_button(self, line: QLineEdit, title: str) -> QHBoxLayout:
        button = QPushButton("Choose…")

        def choose() -> None:
            name = QFileDialog.getExistingDirectory(self, title, line.text())
            if name:
                line.setText(name)

        button.clicked.connect(choose)
        row = QHBoxLayout()
        row.addWidget(line, 1)
        row.addWidget(button)
        return row

    def _follow(self) -> None:
        is_there, is_running = self.page.is_file(), self.job.isVisibleTo(self)
        self.open_page.setEnabled(is_there)
        self.start.setEnabled(bool(self.folder.text().strip()) and not is_running)
        self.said.setText(f"The page is there: {self.page}" if is_there else f"The page will be {self.page}")
        self._make_room()

    def _make_room(self) -> None:
        """Grow where a row was added or a text needs another line, which else would squeeze the others."""
        layout = self.layout()
        if not self.isVisible() or layout is None:
            return
        layout.activate()
        needed = max(layout.totalHeightForWidth(self.width()), layout.totalMinimumSize().height())
        if needed > self.height():
            self.resize(self.width(), needed)

    def _on_start_clicked(self) -> None:
        settings, session = self.settings(), self._session
        session.run(
            TASK,
            reproduce_in_child,
            settings,
            title=f"Reproducing {settings.paper}",
            pool="training",
            on_done=functools.partial(tell_done, session),
        )

    def _on_job_changed(self, job: Job) -> None:
        if job.key == TASK:
            self.job.show_job(job if job.is_active else None)
            self._follow()


def open_page(session: Session, page: Path) -> None:
    """Show a page in the program of the system that shows pages; say where it is where there is none."""
    if not QDesktopServices.openUrl(QUrl.fromLocalFile(str(page))):
        session.notifications.info(f"No program opened {page}.", hint="Open it with a browser.")


def tell_done(session: Session, page: Path) -> None:
    """Say that a page is made, with a button that opens it."""
    session.notifications.info(
        f"The page on {page.stem} is made.",
        hint=str(page),
        button="Open",
        on_button=lambda: open_page(session, page),
    )


def show_papers(session: Session, parent: QWidget) -> PapersDialog:
    """Show the dialog; return it."""
    dialog = PapersDialog(session, parent)
    dialog.open()
    return dialog
