"""The button *Fit from here*, and what the fit gave."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QLabel, QPushButton, QVBoxLayout, QWidget

from spectragui.gui.denoise.fitting import fit_lines
from spectragui.gui.session.denoise_state import Denoising
from spectragui.gui.theme.rich_text import write_rich

#: Measured at S/N 10, see docs/experiments.md.
NOTE = "It fits the noisy flux: labels of the denoised flux can be worse (Teff by a third at S/N 10)."


class FitView(QWidget):
    """Button and result of a fit from the denoised spectrum.

    Signals
    -------
    fit_wanted
    """

    fit_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.button = QPushButton("Fit from here")
        self.button.setToolTip("Fit labels to the noisy flux by least squares, from the denoised spectrum")
        self.button.clicked.connect(self.fit_wanted)
        self.note = QLabel()
        write_rich(self.note, NOTE)
        self.note.setWordWrap(True)
        self.note.setProperty("role", "secondary")
        self.labels = QLabel()
        self.labels.setWordWrap(True)
        self.labels.setAccessibleName("Labels of the fit")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(6)
        layout.addWidget(self.button)
        layout.addWidget(self.note)
        layout.addWidget(self.labels)

    def show_denoising(self, denoising: Denoising | None) -> None:
        """Show the fit of a denoised spectrum, if there is one."""
        self.setVisible(denoising is not None)
        found = None if denoising is None else denoising.fit
        self.labels.setVisible(found is not None)
        write_rich(self.labels, "" if found is None else "\n".join(fit_lines(found)))

    def set_running(self, is_running: bool) -> None:
        """Show whether a fit is running."""
        self.button.setEnabled(not is_running)
        self.button.setText("Fitting …" if is_running else "Fit from here")
