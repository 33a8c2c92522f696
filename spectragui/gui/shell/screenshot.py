"""A picture of the window when every job that it started is done."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QObject, QTimer
from PySide6.QtWidgets import QApplication

from spectragui.core.errors import WriteError
from spectragui.gui.denoise.denoising import denoise_many
from spectragui.gui.files.opening import open_files
from spectragui.gui.panel import PANELS
from spectragui.gui.parameters.predicting import predict
from spectragui.gui.photometry.catalogues import PANEL as PHOTOMETRY
from spectragui.gui.photometry.predicting_catalogues import can_predict, predict_catalogue
from spectragui.gui.pipeline.edits import use_suggested
from spectragui.gui.pipeline.shown import TABS as PIPELINE_TABS
from spectragui.gui.session.notifications import Message
from spectragui.gui.shell.main_window import MainWindow

SETTLE_MS = 250  # for layouts, throttled plots and fades


class Photographer(QObject):
    """Opens files, shows a panel, predicts for Parameters, takes the picture, ends the program.

    Parameters
    ----------
    window : MainWindow
    path : pathlib.Path
        PNG file to write.
    panel : str
        Panel to show; empty = the first.
    """

    def __init__(self, window: MainWindow, path: Path, panel: str) -> None:
        super().__init__(window)
        self._window = window
        self._path = path
        self._panel = panel
        self.failures: list[str] = []
        self._was_busy = False
        self._steps = [self._show_panel, self._take_picture]
        window.session.notifications.added.connect(self._on_message_added)

    def begin(self, files: Sequence[Path]) -> None:
        """Open the files; the rest follows when nothing runs any more."""
        open_files(self._window.session, files, asks=False)
        self._wait()

    def _wait(self) -> None:
        QTimer.singleShot(SETTLE_MS, self, self._go_on)

    def _go_on(self) -> None:
        is_busy, was_busy = bool(self._window.session.tasks.active_jobs), self._was_busy
        is_idle = not is_busy and not was_busy  # for a while: progress bars are gone
        self._was_busy = is_busy or is_idle
        step = self._steps.pop(0) if is_idle and self._steps else None
        if self._steps:  # before the step, which may raise
            self._wait()
        if step is not None:
            step()

    def _show_panel(self) -> None:
        session = self._window.session
        if not self._panel:
            return
        if self._panel not in PANELS:
            self.failures.append(f"There is no panel {self._panel!r}. Known: {', '.join(PANELS.names())}.")
            return
        self._window.show_panel(self._panel)
        if PANELS.get(self._panel).area == "centre" and session.state.active_panel != self._panel:
            self.failures.append(f"{self._panel} has nothing to show of these files.")
            return
        if self._panel == "Parameters":
            for item in session.state.spectra:
                predict(session, item.id)
        elif self._panel == "Denoise":
            denoise_many(session, [item.id for item in session.state.spectra])
        elif self._panel == PHOTOMETRY and can_predict(session.state):
            predict_catalogue(session)
        elif self._panel in PIPELINE_TABS:
            use_suggested(session)

    def _take_picture(self) -> None:
        try:
            self._save()
        except WriteError as error:
            self.failures.append(str(error))
        finally:
            self._window.close()
            QApplication.exit(0)

    def _save(self) -> None:
        from spectragui.core.atomic_write import atomic_path

        picture = self._window.grab()
        with atomic_path(self._path) as temporary:
            if not picture.save(str(temporary), "PNG"):
                raise WriteError(f"{self._path.name} could not be written.", "Choose another folder.")

    def _on_message_added(self, message: Message) -> None:
        if message.details:  # an exception that nobody foresaw
            self.failures.append(f"{message.text.rstrip('.')}; the picture may lack something.")
        elif message.severity == "failure":
            self.failures.append(f"{message.text} {message.hint}".strip())
