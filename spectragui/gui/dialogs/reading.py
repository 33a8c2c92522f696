"""Import assistant: say what a file does not say (columns, unit, medium), see it, read it so."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QDialog, QDialogButtonBox, QLabel, QVBoxLayout, QWidget

from spectragui.core.errors import SpectraGUIError
from spectragui.gui.forms.parameter_form import ParameterForm
from spectragui.gui.opening import open_files
from spectragui.gui.session import Session
from spectragui.io.read_options import ReadOptions


class ReadingDialog(QDialog):
    """A form of `ReadOptions` below what went wrong.

    Parameters
    ----------
    path : str
    error : SpectraGUIError
    parent : QWidget, optional
    """

    def __init__(self, path: str, error: SpectraGUIError, parent: QWidget | None) -> None:
        super().__init__(parent)
        self.setWindowTitle(f"Read {Path(path).name} with options")
        self.setMinimumWidth(480)
        self.form = ParameterForm(ReadOptions(), leave_out=("spectrum",))
        reason = QLabel(error.message)
        reason.setWordWrap(True)
        reason.setProperty("role", "caution")
        hint = QLabel("What is left empty is found out from the file.")
        hint.setProperty("role", "secondary")
        buttons = QDialogButtonBox(
            QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel
        )
        buttons.button(QDialogButtonBox.StandardButton.Ok).setText("Read")
        buttons.button(QDialogButtonBox.StandardButton.Ok).setProperty("primary", "true")
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 16, 16, 12)
        layout.setSpacing(12)
        for widget in (reason, hint, self.form, buttons):
            layout.addWidget(widget)


def ask_and_read(session: Session, path: str, error: SpectraGUIError) -> None:
    """Let the user say how a file is to be read, and read it so."""
    dialog = ReadingDialog(path, error, QApplication.activeWindow())
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.accepted.connect(lambda: open_files(session, [path], dialog.form.values))
    dialog.open()
