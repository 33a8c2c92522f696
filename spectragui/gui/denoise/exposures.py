"""What the observer wants to know between exposures: S/N so far, and how many more are needed."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from spectragui.gui.denoise.between_exposures import forecast_words, night_words
from spectragui.gui.forms.number_box import NumberBox
from spectragui.gui.session.state import AppState

MOST_SNR = 10_000.0


class ExposuresView(QWidget):
    """Watched folder, sum so far, wanted S/N.

    Signals
    -------
    watch_wanted
        The user wants to choose a folder.
    sum_wanted
        The user wants to look at the sum so far.
    snr_wanted : float
        Another signal-to-noise ratio is wanted.
    """

    watch_wanted = Signal()
    sum_wanted = Signal()
    snr_wanted = Signal(float)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.said, self.forecast = QLabel(), QLabel()
        for label in (self.said, self.forecast):
            label.setWordWrap(True)
        self.said.setProperty("role", "secondary")
        self.said.setAccessibleName("Exposures so far")
        self.forecast.setAccessibleName("Exposures still needed")
        self.watch_button, self.sum_button = QPushButton("Watch folder…"), QPushButton("Show the sum")
        self.watch_button.setToolTip("Denoise exposures as they arrive in a folder, and add them up")
        self.sum_button.setToolTip("Select the exposures added up so far")
        self.wanted = NumberBox()
        self.wanted.setRange(0.1, MOST_SNR)
        self.wanted.setDecimals(1)
        self.wanted.setSingleStep(1.0)
        self.wanted.setKeyboardTracking(False)
        self.wanted.setAccessibleName("Wanted S/N")
        self.wanted.setToolTip("Signal-to-noise ratio per pixel that the exposures together are to have")
        self.wanted.valueChanged.connect(self.snr_wanted)
        self.watch_button.clicked.connect(self.watch_wanted)
        self.sum_button.clicked.connect(self.sum_wanted)
        title = QLabel("Wanted S/N")
        title.setProperty("role", "secondary")
        title.setBuddy(self.wanted)
        self._wanted_row, buttons = QWidget(), QHBoxLayout()
        row = QHBoxLayout(self._wanted_row)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(title)
        row.addWidget(self.wanted, 1)
        buttons.addWidget(self.watch_button, 1)
        buttons.addWidget(self.sum_button, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(6)
        for widget in (self.said, self._wanted_row, self.forecast):
            layout.addWidget(widget)
        layout.addLayout(buttons)

    def show_state(self, state: AppState) -> None:
        """Show what came so far, and what is still needed."""
        words = night_words(state)
        watch = state.watch
        if not words:
            words = (
                f"Waiting for exposures in {Path(watch.folder).name or watch.folder}."
                if watch is not None and watch.denoises
                else "Exposures that arrive in a folder are denoised and added up."
            )
        self.said.setText(words)
        self.forecast.setText(forecast_words(state))
        has_exposures = bool(self.forecast.text())
        self.forecast.setVisible(has_exposures)
        self._wanted_row.setVisible(has_exposures)
        has_sum = state.night is not None and state.spectrum(state.night.coadd_id) is not None
        self.sum_button.setVisible(has_sum)
        self.sum_button.setEnabled(has_sum and state.selected_id != state.night.coadd_id)
        if self.wanted.value() != state.denoise.wanted_snr and not self.wanted.hasFocus():
            self.wanted.blockSignals(True)
            self.wanted.setValue(state.denoise.wanted_snr)
            self.wanted.blockSignals(False)
