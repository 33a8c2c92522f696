"""How every dialog with a form ends: its parts one below another, one primary button and Cancel."""

from __future__ import annotations

from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QLayout, QPushButton, QVBoxLayout, QWidget


def lay_out_dialog(dialog: QDialog, accept_text: str, *parts: QWidget | QLayout) -> QPushButton:
    """Put parts and buttons into a dialog; return the primary button, on which ``accept_text`` stands."""
    buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel)
    primary = buttons.button(QDialogButtonBox.StandardButton.Ok)
    primary.setText(accept_text)
    primary.setIcon(QIcon())  # its fill marks it
    primary.setProperty("primary", "true")
    buttons.accepted.connect(dialog.accept)
    buttons.rejected.connect(dialog.reject)
    layout = QVBoxLayout(dialog)
    layout.setContentsMargins(16, 16, 16, 12)
    layout.setSpacing(12)
    for part in (*parts, buttons):
        if isinstance(part, QWidget):
            layout.addWidget(part)
        else:
            layout.addLayout(part)
    return primary
