"""Convert the axis: another unit, medium or frame; the numbers change, what they mean does not."""

from __future__ import annotations

import math
from typing import Any

from PySide6.QtWidgets import QComboBox, QDialog, QFormLayout, QLabel, QWidget

from spectragui.analysis.axis_conversion import AxisConversion
from spectragui.core.spectral_axis import FRAME_WORDS, UNIT_SYMBOLS
from spectragui.core.spectrum import orders_of
from spectragui.gui.forms.dialog_layout import lay_out_dialog
from spectragui.gui.forms.number_box import NumberBox
from spectragui.gui.passport.axis_preview import AxisPreview
from spectragui.gui.passport.conversions import (
    FASTEST_KMS,
    UNITS,
    FrameShift,
    convert,
    frame_name,
    frame_shifts,
)
from spectragui.gui.session.session import Session
from spectragui.gui.session.state import AppState, OpenSpectrum

MEDIA = ("air", "vacuum")
UNKNOWN = {
    "rest": "the star's velocity is not known: type it, receding is positive",
    "barycentric": "not in the header: type the barycentric correction with the opposite sign",
}


class ConvertDialog(QDialog):
    """Unit, medium and frame of the converted axis.

    Parameters
    ----------
    item : OpenSpectrum
    state : AppState
        Where velocities that are known are found.
    parent : QWidget
    """

    def __init__(self, item: OpenSpectrum, state: AppState, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle(f"Convert the axis of {item.name}")
        self.setMinimumWidth(480)
        self._axis = axis = orders_of(item.spectrum)[0].spectral_axis
        self.unit = _choice("Unit", {unit: UNIT_SYMBOLS[unit] for unit in UNITS}, axis.unit)
        self.medium = _choice("Medium", {medium: medium for medium in MEDIA}, axis.medium)
        self.medium.setEnabled(axis.is_medium_known)
        self.medium.setPlaceholderText("not known: correct it first")
        self.frame = QComboBox()
        self.frame.setAccessibleName("Frame")
        self.velocity = NumberBox()
        self.velocity.setRange(-FASTEST_KMS, FASTEST_KMS)
        self.velocity.setDecimals(3)
        self.velocity.setSuffix(" km/s")
        self.velocity.setAccessibleName("Velocity to be taken out, positive = receding")
        self.velocity.setToolTip(f"In the present frame ({FRAME_WORDS[axis.frame]}); positive = receding")
        self.source = QLabel()
        self.source.setProperty("role", "secondary")
        self.source.setWordWrap(True)
        self.preview = AxisPreview(item.spectrum)
        self._fill_frames(item, state)
        self._lay_out()

    @property
    def arguments(self) -> dict[str, Any]:
        """What was chosen, for `AxisConversion`."""
        axis, chosen = self._axis, {}
        if self.unit.currentData() not in (None, axis.unit):
            chosen["unit"] = self.unit.currentData()
        if self.medium.currentData() not in (None, axis.medium):
            chosen["medium"] = self.medium.currentData()
        shift = self.frame.currentData()
        if shift is not None:
            is_known = abs(self.velocity.value() - shift.velocity_kms) < 1e-3
            chosen |= {"velocity_kms": self.velocity.value(), "frame": shift.frame}
            chosen["source"] = shift.source if is_known else "typed by hand"
            if is_known:  # with all its decimals
                chosen["velocity_kms"] = shift.velocity_kms
        return chosen

    def _fill_frames(self, item: OpenSpectrum, state: AppState) -> None:
        axis = self._axis
        self.frame.addItem(f"{FRAME_WORDS[axis.frame]}, as it is", None)
        shifts = frame_shifts(item, state)
        reached = {shift.frame for shift in shifts}
        for frame in ("barycentric", "rest"):
            if frame not in reached and frame != axis.frame and (frame == "rest" or axis.frame == "observer"):
                shifts.append(FrameShift(frame, math.nan, UNKNOWN[frame]))
        for shift in shifts:
            self.frame.addItem(f"to {frame_name(shift.frame)}", shift)

    def _lay_out(self) -> None:
        form = QFormLayout()
        form.setHorizontalSpacing(16)
        form.setVerticalSpacing(10)
        form.addRow("Unit", self.unit)
        form.addRow("Medium", self.medium)
        form.addRow("Frame", self.frame)
        form.addRow("Velocity", self.velocity)
        form.addRow("", self.source)
        words = QLabel(
            "The wavelengths change to what they are in another unit, medium or frame. "
            "Where the file is wrong about them, use Correct instead."
        )
        words.setWordWrap(True)
        words.setProperty("role", "secondary")
        self._accept = lay_out_dialog(self, "Convert", words, form, self.preview)
        self.frame.currentIndexChanged.connect(self._on_frame_changed)
        for box in (self.unit, self.medium):
            box.currentIndexChanged.connect(lambda _: self._follow())
        self.velocity.valueChanged.connect(lambda _: self._follow())
        self._on_frame_changed()

    def _on_frame_changed(self) -> None:
        shift = self.frame.currentData()
        self.velocity.setEnabled(shift is not None)
        is_known = shift is not None and math.isfinite(shift.velocity_kms)
        self.velocity.setValue(shift.velocity_kms if is_known else 0.0)
        self.source.setText(shift.source if shift is not None else "")
        self._follow()

    def _follow(self) -> None:
        shift = self.frame.currentData()
        if shift is not None and math.isnan(shift.velocity_kms) and not self.velocity.value():
            self.preview.setText("Type the velocity.")
            self._accept.setEnabled(False)
            return
        self.preview.follow(AxisConversion(**self.arguments), self._accept)


def ask_and_convert(session: Session, parent: QWidget) -> None:
    """Let the user convert the axis of the selected spectrum."""
    item = session.state.selected
    if item is None:
        return
    if orders_of(item.spectrum)[0].spectral_axis.unit == "pixel":
        session.notifications.info(
            f"{item.name} has no wavelengths, only pixels: there is nothing to convert.",
            hint="Say what the numbers are under Correct passport.",
        )
        return
    dialog = ConvertDialog(item, session.state, parent)
    if dialog.exec() == QDialog.DialogCode.Accepted:
        convert(session, item, dialog.arguments)
    dialog.deleteLater()


def _choice(name: str, words: dict[str, str], chosen: str) -> QComboBox:
    box = QComboBox()
    box.setAccessibleName(f"{name} of the converted axis")
    for key, text in words.items():
        box.addItem(text, key)
    box.setCurrentIndex(box.findData(chosen))
    return box
