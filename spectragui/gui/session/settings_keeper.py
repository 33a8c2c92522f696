"""Keep the preferences from one start to the next."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QStandardPaths

from spectragui.core.errors import WriteError
from spectragui.gui.session.session import Session
from spectragui.gui.session.settings import Settings, read_settings, write_settings
from spectragui.gui.session.state import AppState


def config_folder() -> Path:
    """Return the folder of preferences and window layout."""
    place = QStandardPaths.StandardLocation.GenericConfigLocation
    return Path(QStandardPaths.writableLocation(place)) / "spectragui"


def data_home() -> Path:
    """Return the folder of sessions that are kept against a crash."""
    place = QStandardPaths.StandardLocation.GenericDataLocation
    return Path(QStandardPaths.writableLocation(place)) / "spectragui"


class SettingsKeeper:
    """Reads the preferences at start and writes them when they change.

    Parameters
    ----------
    path : pathlib.Path
        The TOML file.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self.settings: Settings
        self._is_said = False
        self.settings, self._complaint = read_settings(path)

    def follow(self, session: Session) -> None:
        """Write whenever the session's preferences change; say what was wrong in the file."""
        self._session = session
        session.changed.connect(self._on_session_changed)
        if self._complaint:
            session.notifications.warning(self._complaint)

    def _on_session_changed(self, old: AppState, new: AppState) -> None:
        if old.settings is new.settings:
            return
        try:
            # Another window may have changed them meanwhile: only our own changes are written.
            stored, _ = read_settings(self._path)
            write_settings(self._path, _merged(old.settings, new.settings, stored))
            self._is_said = False
        except WriteError as error:
            if not self._is_said:  # each file that is opened changes them
                self._is_said = True
                self._session.notifications.warning(f"The preferences are not kept: {error.message}")


def _merged(old: Settings, new: Settings, stored: Settings) -> Settings:
    changes = {name: getattr(new, name) for name in vars(new) if getattr(new, name) != getattr(old, name)}
    return stored.replace(**changes)
