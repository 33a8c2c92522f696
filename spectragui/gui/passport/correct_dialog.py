"""Correct the passport: say what unit, medium or frame really are; the numbers stay."""

from __future__ import annotations

from PySide6.QtWidgets import QComboBox, QDialog, QFormLayout, QLabel, QVBoxLayout, QWidget

from spectragui.analysis.axis_conversion import Correction
from spectragui.core.spectral_axis import FRAME_WORDS, UNIT_SYMBOLS
from spectragui.core.spectrum import orders_of
from spectragui.gui.forms.dialog_layout import lay_out_dialog
from spectragui.gui.passport.axis_preview import AxisPreview
from spectragui.gui.session.session import Session
from spectragui.gui.session.state import OpenSpectrum
from spectragui.gui.spectra.correcting import change_spectrum

UNITS = ("Angstrom", "nm", "um", "cm-1")
MEDIA = ("air", "vacuum", "unknown")


class CorrectDialog(QDialog):
    """Three choices, each beside where the present value was read.

    Parameters
    ----------
    item : OpenSpectrum
    parent : QWidget
    """

    def __init__(self, item: OpenSpectrum, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle(f"Correct the passport of {item.name}")
        self.setMinimumWidth(460)
        axis = orders_of(item.spectrum)[0].spectral_axis
        self.unit = _choice("Unit", {unit: UNIT_SYMBOLS[unit] for unit in UNITS}, axis.unit)
        self.medium = _choice("Medium", {medium: medium for medium in MEDIA}, axis.medium)
        self.frame = _choice("Frame", FRAME_WORDS, axis.frame)
        form = QFormLayout()
        form.setHorizontalSpacing(16)
        form.setVerticalSpacing(12)
        rows = (
            ("Unit of the numbers", self.unit, axis.unit_source),
            ("Medium", self.medium, axis.medium_source),
            ("Frame", self.frame, axis.frame_source),
        )
        for name, control, source in rows:
            form.addRow(name, _with_source(control, source or "the file does not say"))
        words = _secondary(
            "The file is wrong about them: the numbers stay, only what they are said to be changes. "
            "To change the wavelengths, use Convert instead."
        )
        self.preview = AxisPreview(item.spectrum)
        self._accept = lay_out_dialog(self, "Correct", words, form, self.preview)
        for _, control, _ in rows:
            control.currentIndexChanged.connect(lambda _index: self._follow())
        self._follow()

    def _follow(self) -> None:
        self.preview.follow(self.correction, self._accept)

    @property
    def correction(self) -> Correction:
        """What was chosen."""
        return Correction(self.unit.currentData(), self.medium.currentData(), self.frame.currentData())


def ask_and_correct(session: Session, parent: QWidget) -> None:
    """Let the user correct the passport of the selected spectrum."""
    item = session.state.selected
    if item is None:
        return
    dialog = CorrectDialog(item, parent)
    if dialog.exec() == QDialog.DialogCode.Accepted:
        correct = dialog.correction
        before, after = (
            orders_of(spectrum)[0].spectral_axis for spectrum in (item.spectrum, correct(item.spectrum))
        )
        if before != after:
            change_spectrum(session, item.id, correct, f"Correct {item.name}")
    dialog.deleteLater()


def _choice(name: str, words: dict[str, str], chosen: str) -> QComboBox:
    box = QComboBox()
    box.setAccessibleName(name)
    for key, text in words.items():
        box.addItem(text, key)
    if box.findData(chosen) < 0:
        box.addItem(UNIT_SYMBOLS.get(chosen, chosen), chosen)
    box.setCurrentIndex(box.findData(chosen))
    return box


def _with_source(control: QWidget, source: str) -> QVBoxLayout:
    box = QVBoxLayout()
    box.setSpacing(3)
    box.addWidget(control)
    box.addWidget(_secondary(source))
    return box


def _secondary(text: str) -> QLabel:
    label = QLabel(text)
    label.setProperty("role", "secondary")
    label.setWordWrap(True)
    return label
