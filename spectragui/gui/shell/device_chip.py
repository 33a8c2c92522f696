"""The word in the status bar that says where networks run, and lets one choose."""

from __future__ import annotations

import functools
import sys

from PySide6.QtCore import QPoint
from PySide6.QtGui import QActionGroup
from PySide6.QtWidgets import QMenu, QPushButton, QWidget

from spectragui.core.device_choice import DEVICES
from spectragui.gui.session.session import Session
from spectragui.gui.session.state import AppState
from spectragui.workers.tasks import Job

WORDS = {
    "auto": "A GPU where there is one",
    "cpu": "The CPU",
    "cuda": "A GPU (CUDA)",
}


class DeviceChip(QPushButton):
    """Shows where networks run: "CPU", "GPU", or what is asked for until torch is there to say.

    Parameters
    ----------
    session : Session
    parent : QWidget, optional
    """

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self.setProperty("flat", "true")
        self.clicked.connect(self._on_clicked)
        session.changed.connect(self._on_session_changed)
        session.tasks.job_changed.connect(self._on_job_changed)
        self.show_device()

    def show_device(self) -> None:
        """Write where networks run now."""
        text, remark = device_words(self._session.state.settings.device)
        self.setText(text)
        self.setAccessibleName(f"Networks run on: {text}")
        self.setToolTip(f"{remark}\nWhere networks run. Click to choose.".strip())

    def menu_now(self) -> QMenu:
        """Return the menu of devices, the chosen one marked."""
        menu = QMenu(self)
        group = QActionGroup(menu)
        for name in DEVICES:
            action = menu.addAction(WORDS[name], functools.partial(self._choose, name))
            action.setCheckable(True)
            action.setChecked(name == self._session.state.settings.device)
            group.addAction(action)
        return menu

    def _choose(self, name: str) -> None:
        self._session.update(settings=self._session.state.settings.replace(device=name))
        text, remark = device_words(name)
        if remark:
            self._session.notifications.note(remark)

    def _on_session_changed(self, old: AppState, new: AppState) -> None:
        if old.settings is not new.settings:
            self.show_device()

    def _on_job_changed(self, job: Job) -> None:
        if not job.is_active:  # it may have brought torch
            self.show_device()

    def _on_clicked(self) -> None:
        menu = self.menu_now()
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(self.mapToGlobal(self.rect().topLeft()) - QPoint(0, menu.sizeHint().height()))


def device_words(wanted: str) -> tuple[str, str]:
    """Return where networks run for a preference, and a sentence where that is not what was asked for.

    torch alone knows of GPUs, and takes long to import: until something has, what is asked for is said.
    """
    if wanted == "cpu":
        return "CPU", ""
    if "torch" not in sys.modules:
        return ("GPU if there is one" if wanted == "auto" else "GPU"), ""
    from spectragui.networks.device import choose_device

    device = choose_device(wanted)
    return ("GPU" if device.name == "cuda" else "CPU"), device.remark
