"""Velocity: the cross-correlation function and its fit, the barycentric correction, what was applied."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from spectragui.core.errors import UnitError
from spectragui.core.progress import Cancelled
from spectragui.core.spectral_axis import FASTEST_STAR_KMS, FRAME_WORDS
from spectragui.core.spectrum import EchelleSpectrum, orders_of
from spectragui.gui.forms.number_box import NumberBox
from spectragui.gui.session.option_words import with_control_names
from spectragui.gui.session.session import Session
from spectragui.gui.session.state import AppState, OpenSpectrum
from spectragui.gui.spectra.command_lines import copy_command
from spectragui.gui.velocity.velocities import (
    apply_barycentric,
    apply_rest_frame,
    measure,
    velocity_key,
    velocity_words,
)
from spectragui.gui.velocity.velocity_facts import VelocityFacts
from spectragui.workers.tasks import Job

if TYPE_CHECKING:
    from spectragui.inference.velocity.star_velocity import StarVelocity, VelocityOptions

ANOTHER_FILE = "file"
MARGIN, SPACING = 12, 8


class VelocityDialog(QDialog):
    """Measures the selected spectrum, and again whenever another is selected or it was changed.

    Parameters
    ----------
    session : Session
    parent : QWidget
    """

    def __init__(self, session: Session, parent: QWidget) -> None:
        super().__init__(parent)
        from spectragui.gui.velocity.ccf_plot import CcfPlot

        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.resize(760, 620)
        self.session = session
        self.velocity: StarVelocity | None = None
        self._item: OpenSpectrum | None = None
        self._is_left = False
        self.facts = VelocityFacts()
        self.plot = CcfPlot(session.theme)
        self.plot.setMinimumHeight(200)
        self._build_controls()
        self._build_buttons()
        self._lay_out()
        session.changed.connect(self._on_session_changed)
        session.tasks.job_changed.connect(self._on_job_changed)
        self.follow()

    @property
    def options(self) -> VelocityOptions:
        """What the controls say."""
        from spectragui.inference.velocity.star_velocity import VelocityOptions

        low, high = self.low.value(), self.high.value()
        chosen = None
        if low or high:
            chosen = (low, high or self.high.maximum())
        return VelocityOptions(template=str(self.template.currentData() or ""), range_aa=chosen)

    def follow(self) -> None:
        """Measure the selected spectrum if it is not the one that was measured."""
        item = self.session.state.selected
        known = self._item
        if item is not None and known is not None and item.spectrum is known.spectrum and item.id == known.id:
            return
        self._forget_task()
        self._item, self.velocity = item, None
        self.setWindowTitle(f"Velocity of {item.name}" if item else "Velocity")
        self.measure()

    def measure(self) -> None:
        """Measure again with what the controls say."""
        item = self._item
        if item is None:
            self.facts.show_message("Select a spectrum to measure its velocity.")
            self.plot.show_result(None, "")
            self._update_buttons(is_running=False)
            return
        self.facts.show_message("Measuring…")
        self._update_buttons(is_running=True)
        spectrum = item.spectrum
        measure(
            self.session,
            item,
            self.options,
            functools.partial(self._on_measured, spectrum),
            self._on_failed,
        )

    def cancel(self) -> None:
        """Ask the measurement to stop."""
        if self._item is not None:
            self.session.tasks.cancel_key(velocity_key(self._item.id))

    def closeEvent(self, event: QCloseEvent) -> None:
        """Leave nothing running."""
        self._leave()
        super().closeEvent(event)

    def done(self, result: int) -> None:
        """Leave nothing running."""
        self._leave()
        super().done(result)

    def _leave(self) -> None:
        self._is_left = True
        self._forget_task()
        self._item = self.velocity = None

    def _forget_task(self) -> None:
        if self._item is not None:
            self.session.tasks.cancel_key(velocity_key(self._item.id), overtaken=True)

    def _build_controls(self) -> None:
        from spectragui.inference.observation.velocity_templates import TEMPLATE_TITLES

        self.template = QComboBox()
        self.template.setAccessibleName("Templates")
        self.template.setToolTip("What the spectrum is compared with; Automatic tries all that reach it")
        self.template.addItem("Automatic", "")
        for name, title in TEMPLATE_TITLES.items():
            self.template.addItem(title, name)
        self.template.addItem("A spectrum at rest from a file…", ANOTHER_FILE)
        self.template.activated.connect(self._on_template_activated)
        self.low, self.high = _limit("Range from", "from the start"), _limit("Range to", "to the end")
        for box in (self.low, self.high):
            box.editingFinished.connect(self._on_range_edited)
        self._measured_range = (0.0, 0.0)

    def _build_buttons(self) -> None:
        self.whole = QPushButton("Whole search")
        self.whole.setCheckable(True)
        self.whole.setToolTip(
            f"Show the cross-correlation function to ±{FASTEST_STAR_KMS:.0f} km/s, or only its peak"
        )
        self.whole.toggled.connect(self._on_whole_toggled)
        self.again = QPushButton("Measure again")
        self.again.clicked.connect(self._on_again_clicked)
        self.copy_button = QPushButton("Copy command")
        self.copy_button.setToolTip("Copy the command line that measures the same")
        self.copy_button.clicked.connect(self._on_copy_clicked)
        self.barycentric = QPushButton("Barycentric correction")
        self.barycentric.clicked.connect(self._on_barycentric_clicked)
        self.rest = QPushButton("Apply to the spectrum (rest frame)")
        self.rest.setProperty("primary", "true")
        self.rest.clicked.connect(self._on_rest_clicked)
        self.close_button = QPushButton("Close")
        self.close_button.clicked.connect(self.close)
        for button in (self.again, self.whole, self.copy_button, self.barycentric, self.close_button):
            button.setAutoDefault(False)

    def _lay_out(self) -> None:
        controls = QHBoxLayout()
        controls.setSpacing(SPACING)
        controls.addWidget(QLabel("Templates"))
        controls.addWidget(self.template, 1)
        controls.addSpacing(SPACING)
        controls.addWidget(QLabel("Range"))
        controls.addWidget(self.low)
        controls.addWidget(QLabel("–"))
        controls.addWidget(self.high)
        controls.addWidget(self.whole)
        buttons = QHBoxLayout()
        buttons.setSpacing(SPACING)
        buttons.addWidget(self.again)
        buttons.addWidget(self.copy_button)
        buttons.addStretch(1)
        for button in (self.barycentric, self.rest, self.close_button):
            buttons.addWidget(button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(MARGIN, MARGIN, MARGIN, MARGIN)
        layout.setSpacing(SPACING)
        layout.addLayout(controls)
        layout.addWidget(self.plot, 1)
        layout.addWidget(self.facts)
        layout.addLayout(buttons)

    def _update_buttons(self, *, is_running: bool) -> None:
        self.again.setText("Cancel" if is_running else "Measure again")
        self.again.setEnabled(self._item is not None)
        self.copy_button.setEnabled(self._item is not None)
        self.whole.setEnabled(self.velocity is not None)
        frame = "" if self._item is None else orders_of(self._item.spectrum)[0].spectral_axis.frame
        for button, why in (
            (self.rest, self._why_not_rest(frame)),
            (self.barycentric, self._why_not_barycentric(frame)),
        ):
            button.setEnabled(self.velocity is not None and not why)
            button.setToolTip(why or "Changes the wavelengths; one entry of the history, undone by Ctrl+Z")

    def _why_not_rest(self, frame: str) -> str:
        return "The wavelengths are in the rest frame already." if frame == "rest" else ""

    def _why_not_barycentric(self, frame: str) -> str:
        if frame not in ("observer", ""):
            return f"The wavelengths are not in the observer's frame: {FRAME_WORDS[frame]}."
        if self.velocity is not None and self.velocity.correction is None:
            return "No barycentric correction is known: the file lacks coordinates, time or site."
        return ""

    def _on_measured(self, spectrum: object, velocity: StarVelocity) -> None:
        if self._item is None or self._item.spectrum is not spectrum:
            return
        self.velocity = velocity
        measured = self._item.spectrum
        parts_word = "orders" if isinstance(measured, EchelleSpectrum) else "stretches"
        self.plot.show_result(velocity.best, FRAME_WORDS[velocity.axis_frame], parts_word)
        if self.whole.isChecked():
            self.plot.show_all()
        history = orders_of(measured)[0].spectral_axis.velocity_history
        self.facts.show_velocity(velocity, history, parts_word)
        self._update_buttons(is_running=False)

    def _on_failed(self, error: BaseException) -> None:
        self.velocity = None
        self.plot.show_result(None, "")
        self.facts.show_message(
            "Cancelled." if isinstance(error, Cancelled) else with_control_names(str(error))
        )
        self._update_buttons(is_running=False)

    def _on_job_changed(self, job: Job) -> None:
        if self._item is None or job.key != velocity_key(self._item.id):
            return
        if job.status == "cancelled" and self.velocity is None:
            self._on_failed(Cancelled())
        elif job.status == "running" and job.message:
            self.facts.show_message(f"{job.message}…")

    def _on_session_changed(self, old: AppState, new: AppState) -> None:
        if not self._is_left and (old.spectra is not new.spectra or old.selected_id != new.selected_id):
            self.follow()

    def _on_template_activated(self, _index: int) -> None:
        if self.template.currentData() == ANOTHER_FILE:
            path, _ = QFileDialog.getOpenFileName(self, "Choose a spectrum at rest")
            if not path:
                self.template.setCurrentIndex(0)
                return
            place = self.template.count() - 1
            self.template.insertItem(place, Path(path).name, path)
            self.template.setCurrentIndex(place)
        self.measure()

    def _on_range_edited(self) -> None:
        chosen = (self.low.value(), self.high.value())
        if chosen != self._measured_range:
            self._measured_range = chosen
            self.measure()

    def _on_whole_toggled(self, checked: bool) -> None:
        self.whole.setText("Only the peak" if checked else "Whole search")
        if checked:
            self.plot.show_all()
        else:
            self.plot.show_peak()

    def _on_again_clicked(self) -> None:
        if self.again.text() == "Cancel":
            self.cancel()
        else:
            self.measure()

    def _on_copy_clicked(self) -> None:
        item = self._item
        if item is not None:
            copy_command(self.session, lambda: velocity_words(item, self.options))

    def _on_rest_clicked(self) -> None:
        if self._item is not None and self.velocity is not None:
            self._apply(functools.partial(apply_rest_frame, self.session, self._item, self.velocity))

    def _on_barycentric_clicked(self) -> None:
        if self._item is not None and self.velocity is not None:
            self._apply(functools.partial(apply_barycentric, self.session, self._item, self.velocity))

    def _apply(self, change: functools.partial[None]) -> None:
        try:
            change()
        except UnitError as error:
            self.session.notifications.failure(error)


def _limit(name: str, nothing: str) -> NumberBox:
    box = NumberBox()
    box.setRange(0.0, 60000.0)
    box.setDecimals(1)
    box.setSingleStep(10.0)
    box.setSuffix(" Å")
    box.setSpecialValueText(nothing)
    box.setAccessibleName(name)
    box.setToolTip("Use only this range of the spectrum; 0 = no limit")
    box.setKeyboardTracking(False)
    return box


def show_velocity(session: Session, parent: QWidget) -> QWidget:
    """Show the Velocity dialog of a window, a new one or the one that is there."""
    window = parent.window()
    dialog = next((one for one in window.findChildren(VelocityDialog) if one.isVisible()), None)
    dialog = dialog or VelocityDialog(session, window)
    dialog.show()
    dialog.raise_()
    dialog.activateWindow()
    return dialog
