"""Convert the axis: air to vacuum or back, or take a velocity out."""

from __future__ import annotations

import functools

from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QDoubleSpinBox,
    QFormLayout,
    QLabel,
    QWidget,
)

from spectragui.core.errors import UnitError
from spectragui.core.spectral_axis import FRAME_WORDS
from spectragui.core.spectrum import orders_of
from spectragui.gui.correcting import change_spectrum, converted
from spectragui.gui.dialogs.layout import lay_out_dialog
from spectragui.gui.session import Session
from spectragui.gui.state import OpenSpectrum

FASTEST_KMS = 3000.0


class ConvertDialog(QDialog):
    """Medium and velocity of the converted axis.

    Parameters
    ----------
    item : OpenSpectrum
    velocity_kms : float
        Proposed velocity: the one measured or told by the header.
    parent : QWidget
    """

    def __init__(self, item: OpenSpectrum, velocity_kms: float, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle(f"Convert the axis of {item.name}")
        self.setMinimumWidth(460)
        axis = orders_of(item.spectrum)[0].spectral_axis
        self.medium = QComboBox()
        self.medium.addItems(["air", "vacuum"] if axis.is_medium_known else ["unknown: correct it first"])
        self.medium.setCurrentText(axis.medium)
        self.medium.setEnabled(axis.is_medium_known)
        self.medium.setAccessibleName("Medium of the converted wavelengths")
        self.shift = QCheckBox("Take out a velocity, to the rest frame")
        self.shift.setEnabled(axis.frame != "rest")
        self.velocity = QDoubleSpinBox()
        self.velocity.setRange(-FASTEST_KMS, FASTEST_KMS)
        self.velocity.setDecimals(3)
        self.velocity.setSuffix(" km/s")
        self.velocity.setValue(velocity_kms)
        self.velocity.setEnabled(False)
        self.velocity.setAccessibleName("Velocity, positive = receding")
        self.velocity.setToolTip(f"In the present frame ({FRAME_WORDS[axis.frame]}); positive = receding")
        self.shift.toggled.connect(self.velocity.setEnabled)
        self._lay_out(axis.frame == "rest")

    def _lay_out(self, is_at_rest: bool) -> None:
        form = QFormLayout()
        form.setHorizontalSpacing(16)
        form.addRow("Medium", self.medium)
        form.addRow("", self.shift)
        form.addRow("Velocity", self.velocity)
        if is_at_rest:
            form.addRow("", QLabel("The wavelengths are in the rest frame already."))
        lay_out_dialog(self, "Convert", form)


def ask_and_convert(session: Session, parent: QWidget) -> None:
    """Let the user convert the axis of the selected spectrum."""
    item = session.state.selected
    if item is None:
        return
    dialog = ConvertDialog(item, _proposed_velocity(session, item), parent)
    if dialog.exec() == QDialog.DialogCode.Accepted:
        medium = dialog.medium.currentText() if dialog.medium.isEnabled() else ""
        velocity = dialog.velocity.value() if dialog.shift.isChecked() else None
        try:
            convert = functools.partial(converted, medium=medium, velocity_kms=velocity)
            spectrum = convert(item.spectrum)
        except UnitError as error:
            session.notifications.failure(error)
        else:
            if orders_of(spectrum)[0].spectral_axis != orders_of(item.spectrum)[0].spectral_axis:
                change_spectrum(session, item.id, convert, f"Convert {item.name}")
    dialog.deleteLater()


def _proposed_velocity(session: Session, item: OpenSpectrum) -> float:
    prediction = session.state.prediction(item.id)
    for value in (
        None if prediction is None else prediction.row["v_rad"],
        item.spectrum.meta.get("v_rad_kms"),
    ):
        if value is not None and abs(float(value)) < FASTEST_KMS:  # NaN is not
            return float(value)
    return 0.0
