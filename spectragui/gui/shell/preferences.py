"""Preferences: the form of `Settings`."""

from __future__ import annotations

from typing import cast

from PySide6.QtWidgets import QDialog, QDialogButtonBox, QVBoxLayout, QWidget

from spectragui.gui.forms.parameter_form import ParameterForm
from spectragui.gui.session.session import Session
from spectragui.gui.theme.theme import ThemeMode


def ask_preferences(session: Session, parent: QWidget) -> None:
    """Let the user edit the preferences."""
    dialog = QDialog(parent)
    dialog.setWindowTitle("Preferences")
    dialog.setMinimumWidth(440)
    form = ParameterForm(session.state.settings)
    buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel)
    buttons.accepted.connect(dialog.accept)
    buttons.rejected.connect(dialog.reject)
    layout = QVBoxLayout(dialog)
    layout.setContentsMargins(16, 16, 16, 12)
    layout.setSpacing(16)
    layout.addWidget(form)
    layout.addWidget(buttons)
    if dialog.exec() == QDialog.DialogCode.Accepted:
        session.update(settings=form.values)
        session.theme.set_mode(cast(ThemeMode, form.values.theme))
    dialog.deleteLater()
