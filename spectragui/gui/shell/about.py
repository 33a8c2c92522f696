"""Help > About."""

from __future__ import annotations

import platform

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QLabel, QVBoxLayout, QWidget

from spectragui import __version__


def show_about(parent: QWidget) -> QDialog:
    """Show version and licence; returns the dialog."""
    dialog = QDialog(parent)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.setWindowTitle("About SpectraGUI")
    import PySide6

    lines = (
        ("SpectraGUI", "large"),
        (f"Version {__version__}", "secondary"),
        ("Open stellar spectra, read their parameters with errors, see why, export the table.", ""),
        ("BSD 3-Clause licence. The bundled models and their citations: Help, Models.", ""),
        (f"Python {platform.python_version()}, PySide6 {PySide6.__version__}", "secondary"),
    )
    layout = QVBoxLayout(dialog)
    layout.setContentsMargins(20, 20, 20, 12)
    layout.setSpacing(8)
    for text, role in lines:
        label = QLabel(text)
        label.setProperty("role", role)
        label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        layout.addWidget(label)
    buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
    buttons.rejected.connect(dialog.close)
    layout.addSpacing(8)
    layout.addWidget(buttons)
    dialog.open()
    return dialog
