"""What the observer wants to know between exposures: S/N so far, and how many more are needed."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from spectragui.core.labels import LABELS
from spectragui.gui.denoise.between_exposures import forecast_words, night_words
from spectragui.gui.denoise.fitting import error_forecast_words
from spectragui.gui.forms.number_box import NumberBox
from spectragui.gui.session.state import AppState
from spectragui.gui.theme.rich_text import RichCombo, write_rich

MOST_SNR = 10_000.0
#: Labels whose error can be wanted, each with the error that is offered first.
WANTED_ERRORS = {"teff": 100.0, "logg": 0.2, "m_h": 0.1, "alpha_m": 0.1}


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
    error_wanted : str, float
        Another error of a label is wanted.
    """

    watch_wanted = Signal()
    sum_wanted = Signal()
    snr_wanted = Signal(float)
    error_wanted = Signal(str, float)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.said, self.forecast, self.error_forecast = QLabel(), QLabel(), QLabel()
        for label in (self.said, self.forecast, self.error_forecast):
            label.setWordWrap(True)
        self.error_forecast.setAccessibleName("Exposures that the error of a label needs")
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
        self._error_row = self._make_error_row()
        buttons.addWidget(self.watch_button, 1)
        buttons.addWidget(self.sum_button, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(6)
        for widget in (
            *(self.said, self._wanted_row, self.forecast),
            *(self._error_row, self.error_forecast),
        ):
            layout.addWidget(widget)
        layout.addLayout(buttons)

    def _make_error_row(self) -> QWidget:
        self.label, self.error = RichCombo(), NumberBox()
        self.label.setAccessibleName("Label whose error is wanted")
        for name in WANTED_ERRORS:
            known = LABELS[name]
            self.label.addItem(f"{known.plain_symbol} ({known.unit})" if known.unit else known.symbol, name)
        self.error.setRange(0.001, 1000.0)
        self.error.setDecimals(3)
        self.error.setKeyboardTracking(False)
        self.error.setAccessibleName("Wanted error")
        self.error.setToolTip("1 sigma that the label is to have from the exposures together")
        self.label.activated.connect(lambda _index: self._on_label_chosen())
        self.error.valueChanged.connect(lambda value: self.error_wanted.emit(self.label.currentData(), value))
        title = QLabel("Wanted ±")
        title.setProperty("role", "secondary")
        title.setBuddy(self.error)
        made = QWidget()
        row = QHBoxLayout(made)
        row.setContentsMargins(0, 0, 0, 0)
        for widget, stretch in ((title, 0), (self.label, 1), (self.error, 1)):
            row.addWidget(widget, stretch)
        return made

    def _on_label_chosen(self) -> None:
        name = str(self.label.currentData())
        self.error_wanted.emit(name, WANTED_ERRORS[name])

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
        write_rich(self.error_forecast, error_forecast_words(state))
        for widget in (self._error_row, self.error_forecast):
            widget.setVisible(has_exposures)
        self.label.setCurrentIndex(max(self.label.findData(state.denoise.wanted_label), 0))
        if self.error.value() != state.denoise.wanted_error and not self.error.hasFocus():
            self.error.blockSignals(True)
            self.error.setValue(state.denoise.wanted_error)
            self.error.blockSignals(False)
        has_sum = state.night is not None and state.spectrum(state.night.coadd_id) is not None
        self.sum_button.setVisible(has_sum)
        self.sum_button.setEnabled(has_sum and state.selected_id != state.night.coadd_id)
        if self.wanted.value() != state.denoise.wanted_snr and not self.wanted.hasFocus():
            self.wanted.blockSignals(True)
            self.wanted.setValue(state.denoise.wanted_snr)
            self.wanted.blockSignals(False)
