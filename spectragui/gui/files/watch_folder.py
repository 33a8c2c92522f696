"""Watch folder: which, and what is to happen with what arrives there."""

from __future__ import annotations

import os
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QWidget,
)

from spectragui.gui.files.watching import start_watching
from spectragui.gui.forms.dialog_layout import lay_out_dialog
from spectragui.gui.session.session import Session


class WatchFolderDialog(QDialog):
    """Folder, and two boxes.

    Parameters
    ----------
    session : Session
    parent : QWidget or None
    denoises : bool
        Whether the box is ticked with which exposures are denoised and added up.
    """

    def __init__(self, session: Session, parent: QWidget | None, *, denoises: bool = False) -> None:
        super().__init__(parent)
        self._session = session
        settings = session.state.settings
        self.setWindowTitle("Watch folder")
        self.setMinimumWidth(560)
        words = QLabel(
            "New spectra in the folder are opened as they arrive, when they are complete. Calibration "
            "files and files that are still being written are left alone."
        )
        words.setWordWrap(True)
        words.setProperty("role", "secondary")
        recent = settings.recent_files
        self.folder = QLineEdit(settings.watch_folder or (str(Path(recent[0]).parent) if recent else ""))
        self.folder.setPlaceholderText("Folder")
        self.folder.setAccessibleName("Folder to watch")
        self.predicts = QCheckBox("Predict what arrives")
        self.predicts.setToolTip("Start the model that suits each spectrum as soon as it is open")
        self.predicts.setChecked(settings.watch_predicts)
        self.denoises = QCheckBox("Denoise what arrives, and add the exposures of a star up")
        self.denoises.setToolTip(
            "The Denoise tab then says S/N so far, and how many more exposures are needed"
        )
        self.denoises.setChecked(denoises or settings.watch_denoises)
        self.takes_present = QCheckBox("Open what is there already")
        self.said = QLabel()
        self.said.setProperty("role", "caution")
        self.said.hide()
        self.primary = lay_out_dialog(
            self,
            "Watch",
            words,
            self._folder_row(),
            self.predicts,
            self.denoises,
            self.takes_present,
            self.said,
        )
        self.folder.textChanged.connect(lambda _text: self._follow())
        self._follow()

    def _folder_row(self) -> QHBoxLayout:
        button = QPushButton("Choose…")
        button.setToolTip("Choose the folder to watch")
        button.clicked.connect(self._on_choose_clicked)
        row = QHBoxLayout()
        row.addWidget(self.folder, 1)
        row.addWidget(button)
        return row

    def _on_choose_clicked(self) -> None:
        name = QFileDialog.getExistingDirectory(self, "Watch folder", self.folder.text())
        if name:
            self.folder.setText(name)

    def _follow(self) -> None:
        self.primary.setEnabled(bool(self.folder.text().strip()))
        self.said.hide()

    def accept(self) -> None:
        """Begin to watch, if there is such a folder."""
        folder = Path(self.folder.text().strip()).expanduser()
        if not os.path.isdir(folder):
            self.said.setText(f"There is no folder {str(folder)[:200]}.")
            self.said.show()
            return
        start_watching(
            self._session,
            folder,
            predicts=self.predicts.isChecked(),
            denoises=self.denoises.isChecked(),
            takes_present=self.takes_present.isChecked(),
        )
        super().accept()


def ask_and_watch(session: Session, parent: QWidget, *, denoises: bool = False) -> None:
    """Let the user choose a folder to watch."""
    dialog = WatchFolderDialog(session, parent, denoises=denoises)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.open()
