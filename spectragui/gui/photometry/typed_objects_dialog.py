"""Type or paste an object, and see what was understood."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import (
    QApplication,
    QComboBox,
    QDialog,
    QFormLayout,
    QLabel,
    QPlainTextEdit,
    QWidget,
)

from spectragui.core.errors import SpectraGUIError
from spectragui.core.photometry import band_set, band_sets
from spectragui.gui.forms.dialog_layout import lay_out_dialog
from spectragui.gui.forms.verdict_words import set_role
from spectragui.gui.photometry.typed_objects import read_typed, template, told_words

if TYPE_CHECKING:
    from spectragui.core.photometry import PhotometricTable

WAIT_MS = 200


class TypedObjectsDialog(QDialog):
    """A text, and under it what it was understood to be.

    Parameters
    ----------
    text : str
        What was typed last; empty = lines with the names of the bands.
    parent : QWidget or None
    """

    def __init__(self, text: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Type an object")
        self.resize(560, 560)
        self.table: PhotometricTable | None = None
        words = QLabel(
            "Magnitude (AB) and error behind each band; 99 and a limit where nothing was detected, nothing "
            "where it was not observed. Or paste rows of a table with its line of column names."
        )
        words.setWordWrap(True)
        words.setProperty("role", "secondary")
        self.bands = QComboBox()
        self.bands.setAccessibleName("Bands")
        for name in band_sets():
            self.bands.addItem(band_set(name).title, name)
        self.bands.activated.connect(self._on_bands_chosen)
        form = QFormLayout()
        form.addRow("Bands", self.bands)
        self.text = QPlainTextEdit(text or template(self._bands()))
        self.text.setAccessibleName("Magnitudes and errors")
        self.text.setTabChangesFocus(True)
        self.text.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.understood = QLabel()
        self.understood.setWordWrap(True)
        self.understood.setAccessibleName("What was understood")
        self._accept = lay_out_dialog(self, "Predict", words, form, self.text, self.understood)
        self._timer = QTimer(self, singleShot=True, interval=WAIT_MS)
        self._timer.timeout.connect(self.read)
        self.text.textChanged.connect(self._timer.start)
        self.read()
        self.text.setFocus()

    def read(self) -> None:
        """Say what the text was understood to be."""
        self._timer.stop()
        text = self.text.toPlainText()
        if text.split() == template(self._bands()).split() or not text.strip():
            self.table, said, role = None, "Nothing is typed yet.", "secondary"
        else:
            try:
                self.table = read_typed(text, self._bands())
                said, role = told_words(self.table), "secondary"
            except SpectraGUIError as error:
                self.table, said, role = None, str(error), "complaint"
        self.understood.setText(said)
        set_role(self.understood, role)
        self._accept.setEnabled(self.table is not None)

    def accept(self) -> None:
        """Take the newest text, even where it was just typed."""
        self.read()
        if self.table is not None:
            super().accept()

    def _bands(self) -> str:
        return str(self.bands.currentData())

    def _on_bands_chosen(self, _index: int) -> None:
        typed = self.text.toPlainText().split()
        if any(typed == template(name).split() for name in band_sets()) or not typed:
            self.text.setPlainText(template(self._bands()))
        self.read()


def ask_objects(text: str, on_typed: Callable[[PhotometricTable, str], None]) -> None:
    """Show the dialog; ``on_typed(table, text)`` is called with what was typed."""
    dialog = TypedObjectsDialog(text, QApplication.activeWindow())
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)

    def on_accepted() -> None:
        if dialog.table is not None:
            on_typed(dialog.table, dialog.text.toPlainText())

    dialog.accepted.connect(on_accepted)
    dialog.open()
