"""What a user may say about a file, as lists to choose from: extensions, columns, units, medium."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QComboBox,
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QLineEdit,
    QSizePolicy,
    QToolButton,
    QWidget,
)

from spectragui.core.parameters import parameter_infos
from spectragui.core.spectral_axis import FRAME_WORDS, UNIT_SYMBOLS
from spectragui.io.reading.read_options import ReadOptions
from spectragui.io.reading.wavelength_units import OFFERED_UNITS
from spectragui.io.survey import FileSurvey, SurveyPart

Entry = tuple[str, str]  # what is shown, what is stored
_NOT_TEXT = ("spectrum", "max_values")  # kept as they are
FIND_OUT = "Find out"
ERROR_KINDS = {
    "sigma": "1 sigma",
    "variance": "variance",
    "ivar": "inverse variance",
    "relative": "relative, of the flux",
}
MASK_RULES = {"nonzero": "where the mask is not 0", "zero": "where the mask is 0", "none": "no pixel"}
LABELS = {"mask_rule": "Leave out", "mask_column": "Mask", "error_column": "Errors"}
ROLES = {
    "wavelength_column": "wavelength",
    "flux_column": "flux",
    "error_column": "error",
    "mask_column": "mask",
}


class ReadingForm(QWidget):
    """Lists to choose from, filled from what the file holds.

    Parameters
    ----------
    survey : FileSurvey
    options : ReadOptions
        What is said at first.
    parent : QWidget, optional

    Signals
    -------
    changed
        Something else is said.
    """

    changed = Signal()

    def __init__(self, survey: FileSurvey, options: ReadOptions, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._survey = survey
        self._said = {name: str(getattr(options, name) or "") for name in parameter_infos(ReadOptions)}
        self._max_values = options.max_values
        self._infos = parameter_infos(ReadOptions)
        self._rows = QFormLayout(self)
        self._rows.setContentsMargins(0, 0, 0, 0)
        self._rows.setHorizontalSpacing(12)
        self._rows.setVerticalSpacing(8)
        self._rows.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.ExpandingFieldsGrow)
        self.controls: dict[str, QComboBox | QLineEdit] = {}
        self._build()

    @property
    def options(self) -> ReadOptions:
        """What is said.

        Raises
        ------
        SpectraGUIError
            If a value is not allowed.
        """
        said = {name: value for name, value in self._said.items() if name not in _NOT_TEXT and value}
        return ReadOptions(**said, max_values=self._max_values)  # type: ignore[arg-type]

    @property
    def place(self) -> int:
        """Place of the chosen part among all, from 0."""
        part = self._part()
        return 0 if part is None else self._survey.parts.index(part)

    @property
    def taken(self) -> dict[int, str]:
        """What each column of the chosen part is taken for, by number from 0: said, else guessed."""
        part = self._part()
        if part is None:
            return {}
        roles = {number: column.role for number, column in enumerate(part.columns)}
        for field, role in ROLES.items():
            wanted = self._said[field].strip().lower()
            names = [column.name.strip().lower() for column in part.columns]
            number = names.index(wanted) if wanted in names else int(wanted) - 1 if wanted.isdigit() else -1
            if number >= 0:
                roles = {other: "" if known == role else known for other, known in roles.items()}
                roles[number] = role
        return roles

    def _part(self) -> SurveyPart | None:
        said = self._said["extension"]
        return (self._survey.part(said) if said else None) or self._survey.main_part

    def show_found(self, found: dict[str, str]) -> None:
        """Write what was found out, by field, where nothing is said."""
        for name, words in found.items():
            control = self.controls.get(name)
            if isinstance(control, QComboBox) and not self._said[name]:
                control.setItemText(0, _found(words))

    def ask_unit(self, readings: Sequence[str]) -> None:
        """Ask which of several units the numbers are in, where nothing is said: those are marked."""
        box = self.controls.get("unit")
        if not isinstance(box, QComboBox) or self._said["unit"]:
            return
        box.setItemText(0, f"Which? {' or '.join(UNIT_SYMBOLS.get(unit, unit) for unit in readings)}")
        for unit in readings:
            place = box.findData(unit)
            if place >= 0:
                box.setItemText(place, f"{UNIT_SYMBOLS.get(unit, unit)}  (possible)")
        box.setFocus()

    def _build(self) -> None:
        self._clear()
        parts = [part for part in self._survey.parts if part.kind != "empty"]
        part = self._part()
        if self._survey.kind == "fits" and len(parts) > 1:
            self._add("extension", _part_entries(parts), self._survey.main_part)
        if part is not None and part.kind in ("table", "text"):
            self._add_columns(part)
        elif part is not None:
            self._add_images(part)
        self._add("unit", [(UNIT_SYMBOLS.get(unit, unit), unit) for unit in OFFERED_UNITS])
        self._add("medium", [(word, word) for word in self._infos["medium"].choices if word])
        self._add("frame", [(FRAME_WORDS.get(f, f), f) for f in self._infos["frame"].choices if f])

    def _clear(self) -> None:
        # Not removeRow(): it deletes at once, also the list whose signal has led here.
        while self._rows.rowCount():
            row = self._rows.takeRow(0)
            for item in (row.labelItem, row.fieldItem):
                widget = item.widget() if item is not None else None
                if widget is not None:
                    widget.hide()
                    widget.deleteLater()
        self.controls.clear()

    def _add_columns(self, part: SurveyPart) -> None:
        names = [column.name for column in part.columns]
        entries = []
        for number, column in enumerate(part.columns, start=1):
            stored = column.name if _tells(column.name, names) else str(number)
            entries.append((f"{column.name}  [{column.unit}]" if column.unit else column.name, stored))
        for field in ("wavelength_column", "flux_column"):
            self._add(field, entries, guess=_guessed(part, field))
        self._add_errors(entries, _guessed(part, "error_column"), _guessed(part, "mask_column"))

    def _add_images(self, part: SurveyPart) -> None:
        others = [p for p in self._survey.parts if p.kind == "image" and p.index != part.index]
        entries = _part_entries(others)
        if entries:
            scale = "scale in the header" if part.scale else _alike(others, part, "wavelength")
            self._add("wavelength_column", entries, guess=scale)
        if len(part.shape) > 1:
            self._add_file()
        if entries:
            self._add_errors(entries, _alike(others, part, "error"), _alike(others, part, "mask"))

    def _add_errors(self, entries: Sequence[Entry], error: str, mask: str) -> None:
        self._add("error_column", entries, guess=error)
        self._add("error_kind", [(words, kind) for kind, words in ERROR_KINDS.items()])
        self._add("mask_column", entries, guess=mask)
        rules = self._add("mask_rule", [(words, rule) for rule, words in MASK_RULES.items()], is_free=True)
        rules.setToolTip(f"{self._infos['mask_rule'].help} Bits may be typed, as 0x50FF.")

    def _add(
        self,
        name: str,
        entries: Sequence[Entry],
        main: SurveyPart | None = None,
        *,
        guess: str = "",
        is_free: bool = False,
    ) -> QComboBox:
        box = QComboBox()
        box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        box.setMinimumContentsLength(12)
        box.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        guess = main.label if main is not None else guess
        box.addItem(_found(guess), "")
        for text, stored in entries:
            box.addItem(text, stored)
        if self._said[name] and box.findData(self._said[name]) < 0:
            box.addItem(self._said[name], self._said[name])
        box.setCurrentIndex(box.findData(self._said[name]))
        box.setEditable(is_free)
        box.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        signal = box.currentTextChanged
        signal.connect(lambda text: self._on_chosen(name, text))
        self._add_row(name, box, box)
        return box

    def _add_file(self) -> None:
        field = QLineEdit(self._said["wavelength_file"])
        field.setPlaceholderText("none, or found beside")
        field.textEdited.connect(lambda text: self._say("wavelength_file", text.strip()))
        button = QToolButton()
        button.setText("…")
        button.setFixedSize(30, field.sizeHint().height())
        button.setAccessibleName("Choose a file of wavelengths")
        button.setToolTip("Choose a FITS image that holds the wavelength of every pixel")
        button.clicked.connect(self._on_file_clicked)
        row = QWidget()
        box = QHBoxLayout(row)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(4)
        box.addWidget(field, 1)
        box.addWidget(button)
        self._add_row("wavelength_file", row, field)

    def _add_row(self, name: str, widget: QWidget, control: QComboBox | QLineEdit) -> None:
        label = LABELS.get(name, self._infos[name].label).removesuffix(" column")
        control.setAccessibleName(label)
        control.setToolTip(control.toolTip() or self._infos[name].help)
        self._rows.addRow(label, widget)
        self.controls[name] = control

    def _on_chosen(self, name: str, text: str) -> None:
        box = self.controls[name]
        assert isinstance(box, QComboBox)
        index = box.findText(text)
        self._say(name, str(box.itemData(index)) if index >= 0 else text.strip())

    def _on_file_clicked(self) -> None:
        folder = str(self._survey.path.parent)
        name, _ = QFileDialog.getOpenFileName(
            self, "File of wavelengths", folder, "FITS (*.fits *.fit *.gz);;All (*)"
        )
        if name:
            field = self.controls["wavelength_file"]
            assert isinstance(field, QLineEdit)
            field.setText(str(Path(name)))
            self._say("wavelength_file", name)

    def _say(self, name: str, value: str) -> None:
        if self._said[name] == value:
            return
        self._said[name] = value
        if name == "extension":
            for column in ("wavelength_column", "flux_column", "error_column", "mask_column"):
                self._said[column] = ""
            self._build()
        self.changed.emit()


def _part_entries(parts: Sequence[SurveyPart]) -> list[Entry]:
    names = [part.name for part in parts]
    return [(part.label, part.name if _tells(part.name, names) else str(part.index)) for part in parts]


def _found(words: str) -> str:
    return f"{words}  (found out)" if words else FIND_OUT


def _alike(parts: Sequence[SurveyPart], part: SurveyPart, role: str) -> str:
    """Return the label of the first image of the same shape that seems to play a role."""
    return next((p.label.partition(",")[0] for p in parts if p.role == role and p.shape == part.shape), "")


def _tells(name: str, names: Sequence[str]) -> bool:
    """Return whether a name stands for one column or extension, and is not taken for a number."""
    lower = name.strip().lower()
    is_alone = [other.strip().lower() for other in names].count(lower) == 1
    return is_alone and bool(lower) and not lower.isdigit() and not lower.startswith("column ")


def _guessed(part: SurveyPart, field: str) -> str:
    role = ROLES[field]
    return next((column.name for column in part.columns if column.role == role), "")


def said_fields(options: ReadOptions) -> tuple[str, ...]:
    """Return the fields in which something is said."""
    return tuple(
        field.name
        for field in dataclasses.fields(options)
        if field.name in parameter_infos(ReadOptions) and getattr(options, field.name)
    )
