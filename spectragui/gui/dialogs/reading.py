"""Import assistant: say what a file does not say (columns, unit, medium), see it, read it so."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QDialog, QLabel, QWidget

from spectragui.core.errors import SpectraGUIError
from spectragui.gui.dialogs.layout import lay_out_dialog
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
        lay_out_dialog(self, "Read", reason, hint, self.form)


def ask_and_read(session: Session, path: str, error: SpectraGUIError) -> None:
    """Let the user say how a file is to be read, and read it so."""
    dialog = ReadingDialog(path, error, QApplication.activeWindow())
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.accepted.connect(lambda: open_files(session, [path], dialog.form.values))
    dialog.open()
