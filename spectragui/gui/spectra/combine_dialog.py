"""Choose the exposures to co-add, or the two spectra to combine; what forbids it is said at once."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QFormLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QWidget,
)

from spectragui.analysis.coadd import TAKE_DENOISED, CoaddOptions
from spectragui.analysis.common_pixels import check_alike
from spectragui.analysis.spectrum_arithmetic import OPERATIONS, airmass_ratio
from spectragui.analysis.spectrum_arithmetic import TAKE_DENOISED as DIVIDE_DENOISED
from spectragui.core.denoised import check_is_data, denoised_by
from spectragui.core.errors import SpectraGUIError
from spectragui.core.spectral_axis import FRAME_WORDS
from spectragui.core.spectrum import orders_of
from spectragui.gui.forms.dialog_layout import lay_out_dialog
from spectragui.gui.forms.number_box import NumberBox
from spectragui.gui.forms.parameter_form import ParameterForm
from spectragui.gui.session.session import Session
from spectragui.gui.session.state import AppState, OpenSpectrum
from spectragui.gui.spectra.combining import coadd_spectra, combine_spectra

ID = Qt.ItemDataRole.UserRole


class CoaddDialog(QDialog):
    """The open spectra with a box each, and how they are co-added.

    Parameters
    ----------
    state : AppState
    parent : QWidget
    """

    def __init__(self, state: AppState, parent: QWidget | None) -> None:
        super().__init__(parent)
        self._state = state
        self.setWindowTitle("Co-add exposures")
        self.setMinimumSize(520, 380)
        self.list = QListWidget()
        self.list.setAccessibleName("Exposures")
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)  # the end is elided
        several = state.selected_ids if len(state.selected_ids) > 1 else ()
        for item in state.spectra:
            row = QListWidgetItem(_described(item))
            row.setData(ID, item.id)
            row.setToolTip(row.text())
            is_meant = item.id in several if several else item.is_visible
            row.setCheckState(Qt.CheckState.Checked if is_meant else Qt.CheckState.Unchecked)
            self.list.addItem(row)
        self.list.itemChanged.connect(lambda _: self._follow())
        self.form = ParameterForm(CoaddOptions())
        self.form.changed.connect(lambda *_: self._follow())
        self.verdict = _verdict_label()
        words = _secondary("The result is a new spectrum on the pixels of the best exposure.")
        self._accept = lay_out_dialog(self, "Co-add", words, self.list, self.form, self.verdict)
        self._follow()

    @property
    def items(self) -> list[OpenSpectrum]:
        """The spectra whose boxes are checked."""
        rows = [self.list.item(i) for i in range(self.list.count())]
        chosen = {row.data(ID) for row in rows if row.checkState() == Qt.CheckState.Checked}
        return [item for item in self._state.spectra if item.id in chosen]

    def _follow(self) -> None:
        items = self.items
        if len(items) < 2:
            _say(self.verdict, self._accept, "Check two or more exposures.")
            return
        try:
            doubt = check_alike([item.spectrum for item in items], computes=False)
            if not self.form.values.takes_denoised:
                check_is_data([item.spectrum for item in items], "be co-added", TAKE_DENOISED)
        except SpectraGUIError as error:
            _say(self.verdict, self._accept, str(error))
        else:
            _say(self.verdict, self._accept, "", doubt)


class CombineDialog(QDialog):
    """The operation and its two spectra.

    Parameters
    ----------
    state : AppState
    operation : str
    parent : QWidget
    """

    def __init__(self, state: AppState, operation: str, parent: QWidget | None) -> None:
        super().__init__(parent)
        self._state = state
        self.setWindowTitle("Combine two spectra")
        self.setMinimumWidth(540)
        self.operation = QComboBox()
        self.operation.setAccessibleName("Operation")
        for one in OPERATIONS:
            self.operation.addItem(one.words, one.name)
        self.operation.setCurrentIndex(self.operation.findData(operation))
        self.first, self.second = self._spectra("First"), self._spectra("Second")
        self.exponent = NumberBox()
        self.exponent.setRange(0.0, 10.0)
        self.exponent.setDecimals(3)
        self.exponent.setSingleStep(0.05)
        self.exponent.setAccessibleName("Airmass of the star over that of the standard")
        self.exponent.setToolTip(
            "The transmission is taken to this power: airmass of the star / of the standard"
        )
        self.takes_denoised = QCheckBox("Take denoised spectra: they are not data")
        self.verdict = _verdict_label()
        self._choose_two()
        self._lay_out()

    @property
    def pair(self) -> tuple[OpenSpectrum, OpenSpectrum]:
        """The chosen spectra."""
        chosen = [self._state.spectrum(str(box.currentData())) for box in (self.first, self.second)]
        assert chosen[0] is not None and chosen[1] is not None
        return chosen[0], chosen[1]

    @property
    def is_telluric(self) -> bool:
        """Whether the second is a telluric standard."""
        return bool(self.operation.currentData() == "telluric")

    def _spectra(self, name: str) -> QComboBox:
        box = QComboBox()
        box.setAccessibleName(f"{name} spectrum")
        for item in self._state.spectra:
            box.addItem(_described(item), item.id)
        return box

    def _choose_two(self) -> None:
        """Propose the two selected spectra, as the tree has them, else the selected and a checked one."""
        state = self._state
        selected = [item.id for item in state.selection]
        first = selected[0] if len(selected) == 2 else state.selected_id or state.spectra[0].id
        candidates = (*state.selection, *state.visible_spectra, *state.spectra)
        others = [item.id for item in candidates if item.id != first]
        self.first.setCurrentIndex(self.first.findData(first))
        self.second.setCurrentIndex(self.second.findData(others[0] if others else first))

    def _lay_out(self) -> None:
        form = QFormLayout()
        form.setHorizontalSpacing(16)
        form.setVerticalSpacing(10)
        form.addRow("Operation", self.operation)
        form.addRow("First", self.first)
        form.addRow("Second", self.second)
        form.addRow("Airmass ratio", self.exponent)
        form.addRow("", self.takes_denoised)
        self._form = form
        words = _secondary(
            "The result is a new spectrum on the pixels of the first, with propagated errors. Where no order "
            "of the second covers one of the first, its orders are stitched first."
        )
        self._accept = lay_out_dialog(self, "Combine", words, form, self.verdict)
        for box in (self.operation, self.first, self.second):
            box.currentIndexChanged.connect(lambda _: self._follow())
        self.takes_denoised.toggled.connect(lambda _: self._follow())
        self._follow()

    def _follow(self) -> None:
        first, second = self.pair
        spectra = (first.spectrum, second.spectrum)
        self._form.setRowVisible(self.takes_denoised, self.is_telluric and any(map(denoised_by, spectra)))
        self._form.setRowVisible(self.exponent, self.is_telluric)
        self.exponent.setEnabled(self.is_telluric)
        if self.is_telluric:
            self.exponent.setValue(airmass_ratio(first.spectrum, second.spectrum))
        if first is second:
            _say(self.verdict, self._accept, "Choose two different spectra.")
            return
        doubt = ""
        try:
            if self.is_telluric and not self.takes_denoised.isChecked():
                check_is_data(spectra, "be divided by a telluric standard", DIVIDE_DENOISED)
            if not self.is_telluric:
                needs_unit = self.operation.currentData() == "difference"
                doubt = check_alike(spectra, needs_unit=needs_unit, computes=False)
        except SpectraGUIError as error:
            _say(self.verdict, self._accept, str(error))
        else:
            _say(self.verdict, self._accept, "", doubt)


def ask_and_coadd(session: Session, parent: QWidget) -> None:
    """Let the user choose exposures, and co-add them."""
    dialog = CoaddDialog(session.state, parent)
    if dialog.exec() == QDialog.DialogCode.Accepted:
        coadd_spectra(session, dialog.items, dialog.form.values)
    dialog.deleteLater()


def ask_and_combine(session: Session, parent: QWidget, operation: str) -> None:
    """Let the user choose two spectra, and combine them."""
    dialog = CombineDialog(session.state, operation, parent)
    if dialog.exec() == QDialog.DialogCode.Accepted:
        exponent = dialog.exponent.value() if dialog.is_telluric else None
        operation = str(dialog.operation.currentData())
        takes_denoised = dialog.takes_denoised.isChecked()
        combine_spectra(session, operation, *dialog.pair, exponent, takes_denoised=takes_denoised)
    dialog.deleteLater()


def _described(item: OpenSpectrum) -> str:
    axis = orders_of(item.spectrum)[0].spectral_axis
    medium = axis.medium if axis.is_medium_known else "medium unknown"
    file = f"  ·  {item.file_name}" if item.files and item.file_name != item.name else ""
    return f"{item.name}{file}  ·  {medium}, {FRAME_WORDS[axis.frame]}"


def _secondary(text: str) -> QLabel:
    label = QLabel(text)
    label.setWordWrap(True)
    label.setProperty("role", "secondary")
    return label


def _verdict_label() -> QLabel:
    label = QLabel()
    label.setWordWrap(True)
    label.setProperty("role", "assumed")
    label.setAccessibleName("What forbids it, or is to be minded")
    return label


def _say(label: QLabel, accept: QPushButton, text: str, doubt: str = "") -> None:
    """Say what forbids it, or what is only to be minded."""
    label.setText(text or doubt)
    label.setVisible(bool(text or doubt))
    accept.setEnabled(not text)
