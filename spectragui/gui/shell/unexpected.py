"""What nobody foresaw: a dialog with details to copy; the window goes on."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QFontDatabase, QGuiApplication
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QLabel,
    QPlainTextEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from spectragui import __version__
from spectragui.gui.session.notifications import Message


def show_unexpected(message: Message, parent: QWidget) -> QDialog:
    """Show an unexpected failure without stopping anything; returns the dialog."""
    dialog = QDialog(parent)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.setWindowTitle("Something went wrong")
    dialog.resize(640, 380)
    text = QLabel(f"{message.text}\n{message.hint}")
    text.setWordWrap(True)
    details = QPlainTextEdit(f"spectragui {__version__}\n{message.details}")
    details.setReadOnly(True)
    details.setAccessibleName("Details")
    details.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
    copy = QPushButton("Copy details")
    copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(details.toPlainText()))
    buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
    buttons.addButton(copy, QDialogButtonBox.ButtonRole.ActionRole)
    buttons.rejected.connect(dialog.close)
    layout = QVBoxLayout(dialog)
    layout.setContentsMargins(16, 16, 16, 12)
    layout.setSpacing(12)
    for widget in (text, details, buttons):
        layout.addWidget(widget)
    dialog.open()
    return dialog
