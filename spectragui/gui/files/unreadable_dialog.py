"""The files that could not be read: which, why, and what would help."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QApplication,
    QDialog,
    QDialogButtonBox,
    QHeaderView,
    QLabel,
    QPushButton,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from spectragui.core.errors import SpectraGUIError
from spectragui.gui.files.reading import READ_OTHERWISE, Unreadable, can_be_helped, words_for_options


class UnreadableDialog(QDialog):
    """List of files, each with its reason.

    Parameters
    ----------
    errors : sequence of (str, SpectraGUIError)
    read_otherwise : callable
        Opens the import assistant on a file.
    parent : QWidget or None
    """

    def __init__(
        self, errors: Sequence[Unreadable], read_otherwise: Callable[[str], None], parent: QWidget | None
    ) -> None:
        super().__init__(parent)
        self._read_otherwise = read_otherwise
        self._errors = tuple(errors)
        self.setWindowTitle("Files that could not be read")
        self.resize(900, 460)
        self.list = QTreeWidget()
        self.list.setAccessibleName("Files that could not be read")
        self.list.setRootIsDecorated(False)
        self.list.setUniformRowHeights(True)
        self.list.setHeaderLabels(["File", "Why", "What to do"])
        self.list.addTopLevelItems([_row(name, error) for name, error in self._errors])
        header = self.list.header()
        header.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        for column, width in enumerate((200, 400)):
            header.resizeSection(column, width)
        self.list.currentItemChanged.connect(lambda *_: self._follow())
        self._text = QLabel()
        self._text.setWordWrap(True)
        self._text.setProperty("role", "secondary")
        self._text.setMinimumHeight(3 * self._text.fontMetrics().lineSpacing())
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 16, 16, 12)
        layout.setSpacing(10)
        for widget in (self.list, self._text, self._buttons()):
            layout.addWidget(widget)
        self.list.setCurrentIndex(self.list.model().index(0, 0))

    def _buttons(self) -> QDialogButtonBox:
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        self.again = QPushButton(READ_OTHERWISE)
        self.again.setToolTip("Say what the file does not say, and see it before it is opened")
        self.again.clicked.connect(self._on_again_clicked)
        copy = QPushButton("Copy list")
        copy.setToolTip("Copy files and reasons as text")
        copy.clicked.connect(self._on_copy_clicked)
        for button in (self.again, copy):
            buttons.addButton(button, QDialogButtonBox.ButtonRole.ActionRole)
        buttons.rejected.connect(self.reject)
        return buttons

    def _current(self) -> tuple[str, SpectraGUIError]:
        return self._errors[self.list.currentIndex().row()]

    def _follow(self) -> None:
        name, error = self._current()
        self.again.setEnabled(can_be_helped(error))
        self._text.setText(f"{name}\n{error.message} {words_for_options(error.hint)}".strip())

    def _on_again_clicked(self) -> None:
        self._read_otherwise(self._current()[0])

    def _on_copy_clicked(self) -> None:
        QGuiApplication.clipboard().setText("\n".join(f"{name}\t{error}" for name, error in self._errors))


def show_unreadable(errors: Sequence[Unreadable], read_otherwise: Callable[[str], None]) -> None:
    """Show which files could not be read, and why."""
    from PySide6.QtCore import Qt

    dialog = UnreadableDialog(errors, read_otherwise, QApplication.activeWindow())
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.open()


def _row(name: str, error: SpectraGUIError) -> QTreeWidgetItem:
    file = Path(name).name
    reason = error.message.removeprefix(f"{file}: ")
    row = QTreeWidgetItem([file, reason, words_for_options(error.hint)])
    row.setToolTip(0, name)
    return row
