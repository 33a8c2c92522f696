"""Line lists: choose the one that is marked, import others from VALD, NIST or text."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from spectragui.core.errors import SpectraGUIError
from spectragui.core.spectral_axis import UNIT_SYMBOLS
from spectragui.gui.forms.dialog_layout import lay_out_dialog
from spectragui.gui.session.session import Session
from spectragui.gui.view.shown_marks import forget_line_list, keep_line_list, show_line_list
from spectragui.io.line_lists.draft import LineListDraft
from spectragui.io.line_lists.importing import survey_line_list
from spectragui.io.line_lists.line_lists import load_line_list, stellar_lines

PREVIEWED = 6  # lines
UNITS = ("Angstrom", "nm", "um", "cm-1")
BUNDLED = "Bundled: strong lines and band heads"


class LineListsDialog(QDialog):
    """The bundled list and the imported ones; the chosen one is marked.

    Parameters
    ----------
    session : Session
    parent : QWidget
    """

    def __init__(self, session: Session, parent: QWidget) -> None:
        super().__init__(parent)
        self._session = session
        self.setWindowTitle("Line lists")
        self.setMinimumSize(520, 340)
        self.lists = QListWidget()
        self.lists.setAccessibleName("Line lists")
        self.lists.currentItemChanged.connect(lambda *_: self._describe())
        self.about = QLabel()
        self.about.setWordWrap(True)
        self.about.setProperty("role", "secondary")
        self.add = QPushButton("Import…")
        self.add.setToolTip("VALD extract (short or long), NIST table (CSV, tab or ASCII), or text")
        self.add.clicked.connect(self._on_import_clicked)
        self.remove = QPushButton("Remove")
        self.remove.setToolTip("Take the imported list from this choice; the file that it came from stays")
        self.remove.clicked.connect(self._on_remove_clicked)
        row = QHBoxLayout()
        row.addWidget(self.about, 1)
        row.addWidget(self.remove)
        row.addWidget(self.add)
        lay_out_dialog(self, "Show", self.lists, row)
        self._fill()

    @property
    def path(self) -> str:
        """File of the chosen list; empty = the bundled one."""
        item = self.lists.currentItem()
        return str(item.data(Qt.ItemDataRole.UserRole)) if item is not None else ""

    def import_file(self, path: str) -> None:
        """Import a file, asking for what it does not say."""
        try:
            draft = survey_line_list(path)
        except SpectraGUIError as error:
            _say(self, error)
            return
        dialog = ImportDialog(draft, self)
        if dialog.exec() == QDialog.DialogCode.Accepted:
            try:
                keep_line_list(self._session, draft.line_list(dialog.unit_name, dialog.medium_name))
            except SpectraGUIError as error:
                _say(self, error)
            self._fill()
        dialog.deleteLater()

    def _fill(self) -> None:
        settings = self._session.state.settings
        self.lists.clear()
        for path in ("", *settings.line_lists):
            item = QListWidgetItem(Path(path).stem if path else BUNDLED)
            item.setData(Qt.ItemDataRole.UserRole, path)
            self.lists.addItem(item)
            if path == settings.line_list:
                self.lists.setCurrentItem(item)
        self._describe()

    def _describe(self) -> None:
        self.remove.setEnabled(bool(self.path))
        if not self.path:
            self.about.setText(f"{len(stellar_lines())} lines and band heads, 1200–24,000 Å, NIST and others")
            return
        try:
            self.about.setText(load_line_list(self.path).source)
        except SpectraGUIError as error:
            self.about.setText(str(error))

    def _on_import_clicked(self) -> None:
        filters = "Line lists (*.txt *.csv *.tsv *.dat *.lin *.vald *.asc *.html);;All files (*)"
        name, _ = QFileDialog.getOpenFileName(self, "Import a line list", "", filters)
        if name:
            self.import_file(name)

    def _on_remove_clicked(self) -> None:
        forget_line_list(self._session, self.path)
        self._fill()


class ImportDialog(QDialog):
    """Unit and medium of a line list, with where each was found, above its first lines.

    Parameters
    ----------
    draft : LineListDraft
    parent : QWidget
    """

    def __init__(self, draft: LineListDraft, parent: QWidget) -> None:
        super().__init__(parent)
        self._draft = draft
        self.setWindowTitle(f"Import {draft.name}")
        self.setMinimumWidth(460)
        self.unit = _choice("Unit", {name: UNIT_SYMBOLS[name] for name in UNITS}, draft.unit)
        self.medium = _choice("Medium", {"air": "air", "vacuum": "vacuum"}, draft.medium)
        self.preview = QLabel()
        self.preview.setAccessibleName("First lines")
        form = QFormLayout()
        form.setHorizontalSpacing(16)
        form.setVerticalSpacing(12)
        form.addRow("Unit", _with_source(self.unit, draft.unit_source))
        form.addRow("Medium", _with_source(self.medium, draft.medium_source))
        form.addRow("First lines", self.preview)
        skipped = f"; {draft.n_skipped} rows hold no line" if draft.n_skipped else ""
        words = QLabel(f"{draft.kind}: {len(draft.values)} lines{skipped}.")
        self._accept = lay_out_dialog(self, "Import", words, form)
        for box in (self.unit, self.medium):
            box.currentIndexChanged.connect(lambda _: self._follow())
        self._follow()

    @property
    def unit_name(self) -> str:
        """The chosen unit."""
        return str(self.unit.currentData() or "")

    @property
    def medium_name(self) -> str:
        """The chosen medium."""
        return str(self.medium.currentData() or "")

    def _follow(self) -> None:
        is_wavenumber = self.unit_name == "cm-1"
        self.medium.setEnabled(not is_wavenumber)
        is_known = bool(self.unit_name) and bool(self.medium_name or is_wavenumber)
        self._accept.setEnabled(is_known)
        if not is_known:
            self.preview.setText("Choose unit and medium.")
            return
        lines = self._draft.line_list(self.unit_name, self.medium_name).lines[:PREVIEWED]
        self.preview.setText("\n".join(f"{ln.wavelength_air_aa:.3f} Å in air   {ln.name}" for ln in lines))


def ask_line_list(session: Session, parent: QWidget) -> None:
    """Let the user choose which lines are marked."""
    dialog = LineListsDialog(session, parent)
    if dialog.exec() == QDialog.DialogCode.Accepted:
        show_line_list(session, dialog.path)
    dialog.deleteLater()


def _choice(name: str, words: dict[str, str], chosen: str) -> QComboBox:
    box = QComboBox()
    box.setAccessibleName(name)
    for key, text in words.items():
        box.addItem(text, key)
    box.setPlaceholderText("not known: choose")
    box.setCurrentIndex(box.findData(chosen) if chosen else -1)
    return box


def _with_source(control: QWidget, source: str) -> QVBoxLayout:
    box = QVBoxLayout()
    box.setSpacing(3)
    box.addWidget(control)
    label = QLabel(source)
    label.setWordWrap(True)
    label.setProperty("role", "assumed" if source.startswith("assumed") else "secondary")
    box.addWidget(label)
    return box


def _say(parent: QWidget, error: SpectraGUIError) -> None:
    from PySide6.QtWidgets import QMessageBox

    box = QMessageBox(QMessageBox.Icon.Warning, "Line list", error.message, parent=parent)
    box.setInformativeText(error.hint)
    box.exec()
