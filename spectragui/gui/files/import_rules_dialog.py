"""Import rules: what the assistant remembers, listed; import, export, delete."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QHeaderView,
    QLabel,
    QPushButton,
    QStackedLayout,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from spectragui.core.errors import SpectraGUIError
from spectragui.gui.plots.empty_place import EmptyPlace
from spectragui.gui.session.session import Session
from spectragui.io.import_rules import ImportRule, import_rules, load_rules, save_rules

FILTER = "Import rules (*.toml);;All files (*)"


class ImportRulesDialog(QDialog):
    """List of the user's import rules; the first that fits a file is used.

    Parameters
    ----------
    session : Session
    parent : QWidget or None
    """

    def __init__(self, session: Session, parent: QWidget | None) -> None:
        super().__init__(parent)
        self._session = session
        self._deleted: tuple[ImportRule, ...] | None = None
        self.setWindowTitle("Import rules")
        self.resize(820, 400)
        self.list = _list()
        self.list.itemSelectionChanged.connect(self._follow)
        self._empty = EmptyPlace()
        self._empty.say(
            "No import rules yet",
            "The import assistant (File > Open with options) can remember how the files of an instrument "
            "are read; or import rules that somebody else has exported.",
            "Import…",
            self._on_import_clicked,
        )
        place = QWidget()
        self._pages = QStackedLayout(place)
        self._pages.addWidget(self.list)
        self._pages.addWidget(self._empty)
        self.said = QLabel()
        self.said.setProperty("role", "secondary")
        self.said.setWordWrap(True)
        self.said.hide()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 16, 16, 12)
        layout.setSpacing(10)
        head = QLabel("Files that a rule fits are read as it says, in this window and on the command line.")
        head.setProperty("role", "secondary")
        for widget in (head, place, self.said, self._buttons()):
            layout.addWidget(widget, int(widget is place))
        self._fill()

    def _buttons(self) -> QDialogButtonBox:
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        rows = (
            ("Delete", "Delete the chosen rules", self._on_delete_clicked),
            ("Undo", "Bring the deleted rules back", self._on_undo_clicked),
            ("Export…", "Write the chosen rules, or all, for somebody else", self._on_export_clicked),
            ("Import…", "Add rules that somebody has exported", self._on_import_clicked),
        )
        self._actions: dict[str, QPushButton] = {}
        for text, tip, slot in rows:
            button = QPushButton(text)
            button.setToolTip(tip)
            button.clicked.connect(slot)
            buttons.addButton(button, QDialogButtonBox.ButtonRole.ActionRole)
            self._actions[text] = button
        buttons.rejected.connect(self.reject)
        return buttons

    def _fill(self) -> None:
        self._rules, complaint = load_rules()
        self.list.clear()
        for rule in self._rules:
            row = QTreeWidgetItem([rule.name, rule.match_words(), rule.words()])
            for column in range(3):
                row.setToolTip(column, row.text(column))
            self.list.addTopLevelItem(row)
        self._pages.setCurrentWidget(self.list if self._rules else self._empty)
        if complaint:
            self._say(complaint)
        self._follow()

    def _follow(self) -> None:
        self._actions["Delete"].setEnabled(bool(self.list.selectedItems()))
        self._actions["Undo"].setVisible(self._deleted is not None)
        for name in ("Delete", "Export…", "Import…"):  # else the empty place offers what there is to do
            self._actions[name].setVisible(bool(self._rules))

    def _say(self, text: str) -> None:
        self.said.setText(text)
        self.said.setVisible(bool(text))

    def _chosen(self) -> tuple[ImportRule, ...]:
        chosen = self.list.selectedItems()
        return tuple(r for i, r in enumerate(self._rules) if self.list.topLevelItem(i) in chosen)

    def _write(self, rules: tuple[ImportRule, ...], path: Path | None = None) -> bool:
        try:
            save_rules(rules, path)
        except SpectraGUIError as error:
            self._say(str(error))
            return False
        return True

    def _on_delete_clicked(self) -> None:
        before, gone = self._rules, self._chosen()
        if self._write(tuple(rule for rule in before if rule not in gone)):
            self._deleted = before
            self._say(f"Deleted: {', '.join(rule.name for rule in gone)}.")
            self._fill()

    def _on_undo_clicked(self) -> None:
        if self._deleted is not None and self._write(self._deleted):
            self._deleted = None
            self._say("")
            self._fill()

    def _on_export_clicked(self) -> None:
        rules = self._chosen() or self._rules
        name, _ = QFileDialog.getSaveFileName(self, "Export import rules", "import_rules.toml", FILTER)
        if name:
            path = Path(name) if Path(name).suffix else Path(name).with_suffix(".toml")
            if self._write(rules, path):
                self._say(f"{_count(len(rules))} written to {path}.")

    def _on_import_clicked(self) -> None:
        name, _ = QFileDialog.getOpenFileName(self, "Import rules", "", FILTER)
        if not name:
            return
        try:
            rules, complaint = import_rules(Path(name))
        except SpectraGUIError as error:
            self._say(str(error))
            return
        self._say(f"{_count(len(rules))} added. {complaint}".strip())
        self._fill()


def show_import_rules(session: Session, parent: QWidget) -> None:
    """Show the user's import rules."""
    dialog = ImportRulesDialog(session, parent)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.open()


def _list() -> QTreeWidget:
    rules = QTreeWidget()
    rules.setAccessibleName("Import rules")
    rules.setRootIsDecorated(False)
    rules.setUniformRowHeights(True)
    rules.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
    rules.setHeaderLabels(["Rule", "Files with", "Are read with"])
    header = rules.header()
    header.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
    for column, width in enumerate((130, 250)):
        header.resizeSection(column, width)
    return rules


def _count(number: int) -> str:
    return f"{number} rule{'s' * (number != 1)}"
