"""`PlanForm`: what forms of the training dialog share: that they changed, how a path is browsed for."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFileDialog, QGridLayout, QLabel, QLineEdit, QPushButton, QWidget

WIDEST_TITLE = "Learn from"  # of the data page
TABLES = "Tables (*.csv *.ecsv *.fits *.fit *.vot *.xml)"


class PlanForm(QWidget):
    """A part of a training plan that is edited.

    Signals
    -------
    changed
        Something was edited; ``plan_with`` gives it.
    """

    changed = Signal()

    def _follow_edits(self, *signals: object) -> None:
        """Say that the form changed whenever one of some signals is emitted, whatever it carries."""
        for signal in signals:
            signal.connect(self._on_edited)  # type: ignore[attr-defined]

    def _on_edited(self, *_values: object) -> None:
        self.changed.emit()

    def _align_titles(self, grid: QGridLayout) -> None:
        """Let the fields of a grid begin where those of the page above it do."""
        grid.setColumnMinimumWidth(0, QLabel(WIDEST_TITLE).sizeHint().width())

    def _file_button(self, edit: QLineEdit, name: str, title: str, types: str = TABLES) -> QPushButton:
        """Return a button that browses for the file of a field; ``name`` is for who does not see it."""
        return self._button(name, partial(self._browse_file, edit, title, types))

    def _folder_button(self, edit: QLineEdit, name: str, title: str) -> QPushButton:
        """Return a button that browses for the folder of a field."""
        return self._button(name, partial(self._browse_folder, edit, title))

    def _button(self, name: str, browse: partial[None]) -> QPushButton:
        button = QPushButton("Browse…")
        button.setAccessibleName(f"Browse for {name}")
        button.clicked.connect(browse)
        return button

    def _browse_file(self, edit: QLineEdit, title: str, types: str, _is_on: bool = False) -> None:
        name, _ = QFileDialog.getOpenFileName(self, title, edit.text(), types)
        if name:
            edit.setText(name)
            self._on_browsed(edit)

    def _browse_folder(self, edit: QLineEdit, title: str, _is_on: bool = False) -> None:
        name = QFileDialog.getExistingDirectory(self, title, edit.text())
        if name:
            edit.setText(name)
            self._on_browsed(edit)

    def _on_browsed(self, edit: QLineEdit) -> None:
        """Do what follows a path that was browsed for; nothing."""
