"""Help > Models: what the models know, how good they are, how to cite them; import, export, verify."""

from __future__ import annotations

import functools
from collections.abc import Callable
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QHBoxLayout,
    QListWidget,
    QPushButton,
    QTabWidget,
    QTextBrowser,
    QVBoxLayout,
    QWidget,
)

from spectragui.core.loss_history import read_history
from spectragui.core.model_citation import model_bibtex
from spectragui.core.model_copy import UnusableModel, unusable_models
from spectragui.core.model_folder import ModelEntry, list_models
from spectragui.core.progress import Progress
from spectragui.core.wording import plain_text
from spectragui.gui.models.model_pages import ErrorsPage, LayersPage, LossPage, card_html
from spectragui.gui.session.session import Session
from spectragui.gui.window import Window

TASK = "models"


def show_models(parent: QWidget) -> ModelsDialog:
    """Show the cards of all models; returns the dialog.

    Parameters
    ----------
    parent : QWidget
        The main window, or a dialog of it.
    """
    owner: QWidget | None = parent
    while owner is not None and not isinstance(owner, Window):
        owner = owner.parentWidget()
    assert isinstance(owner, Window)
    dialog = ModelsDialog(owner.session, parent)
    dialog.open()
    return dialog


class ModelsDialog(QDialog):
    """A list of models; of the chosen one its card, errors, losses and layers.

    Folders that cannot be loaded are listed after the models, with the reason.
    """

    def __init__(self, session: Session, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("Models")
        self.resize(940, 600)
        self._session = session
        self._entries: list[ModelEntry] = []
        self._unusable: list[UnusableModel] = []
        self._list = QListWidget()
        self._list.setAccessibleName("Models")
        self._list.setFixedWidth(210)
        self._tabs = QTabWidget()
        self._tabs.setDocumentMode(True)
        self._text = QTextBrowser()
        self._text.setAccessibleName("Card of the model")
        self._text.setOpenExternalLinks(True)
        row = QHBoxLayout()
        row.setSpacing(12)
        row.addWidget(self._list)
        row.addWidget(self._tabs, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 16, 16, 12)
        layout.addLayout(row)
        layout.addWidget(self._buttons())
        self._list.currentRowChanged.connect(self._on_list_row_changed)
        self._tabs.currentChanged.connect(self._on_tab_changed)
        self.show_list(self._suggested())

    def _suggested(self) -> str:
        """Return the model that suits the selected spectrum best; empty without one."""
        from spectragui.inference.parameters.model_store import parameter_models, suggest_model

        item = self._session.state.selected
        return suggest_model(item.spectrum).card.name if item is not None and parameter_models() else ""

    def show_list(self, name: str = "") -> None:
        """List the models there are now, one of them chosen."""
        self._entries, self._unusable = list_models(), unusable_models()
        self._list.blockSignals(True)
        self._list.clear()
        self._list.addItems([f"{e.card.name} {plain_text(e.card.version)}" for e in self._entries])
        self._list.addItems([f"{plain_text(model.name)[:60]} (not loaded)" for model in self._unusable])
        self._list.blockSignals(False)
        names = [entry.card.name for entry in self._entries]
        if self._list.count():
            self._list.setCurrentRow(names.index(name) if name in names else 0)
        else:
            self._text.setPlainText("No models are installed. Reinstall SpectraGUI to get the bundled ones.")
            self._show_pages([("Card", self._text)])

    @property
    def entry(self) -> ModelEntry | None:
        """The chosen model; None for a folder that cannot be loaded."""
        row = self._list.currentRow()
        return self._entries[row] if 0 <= row < len(self._entries) else None

    def _buttons(self) -> QDialogButtonBox:
        box = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        rows: tuple[tuple[str, str, Callable[[], None]], ...] = (
            ("Copy BibTeX", "Copy how to cite this model", self._on_copy_clicked),
            ("Import…", "Check a model's folder and copy it among your models", self._on_import_clicked),
            ("Export…", "Copy this model with its card to a folder", self._on_export_clicked),
            (
                "Verify",
                "Compare its weights with the checksums and shapes of its card",
                self._on_verify_clicked,
            ),
        )
        self._of_entry: list[QPushButton] = []
        for text, tip, function in rows:
            button = QPushButton(text)
            button.setToolTip(tip)
            button.setAutoDefault(False)
            button.clicked.connect(function)
            box.addButton(button, QDialogButtonBox.ButtonRole.ActionRole)
            if text != "Import…":
                self._of_entry.append(button)
        box.rejected.connect(self.close)
        return box

    def _on_list_row_changed(self, row: int) -> None:
        entry = self.entry
        for button in self._of_entry:
            button.setEnabled(entry is not None)
        if entry is None:
            if row >= 0:
                self._text.setPlainText(unusable_text(self._unusable[row - len(self._entries)]))
                self._show_pages([("Card", self._text)])
            return
        self._text.setHtml(card_html(entry.card, self._refusal(entry)))
        later = [(name, QWidget()) for name in ("Errors", "Loss", "Layers")]
        self._show_pages([("Card", self._text), *later])

    def _refusal(self, entry: ModelEntry) -> str | None:
        """Return why a model does not serve the selected spectrum; None without one."""
        from spectragui.inference.parameters.model_store import KIND
        from spectragui.inference.parameters.serving import refusal

        item = self._session.state.selected
        if item is None or entry.card.kind != KIND:
            return None
        return refusal(item.spectrum, entry.card)

    def _show_pages(self, pages: list[tuple[str, QWidget]]) -> None:
        """Show tabs; the one that was in front stays there where the new model has it too."""
        front = self._tabs.tabText(self._tabs.currentIndex())
        self._tabs.blockSignals(True)
        while self._tabs.count():
            old = self._tabs.widget(0)
            self._tabs.removeTab(0)
            if old is not self._text:
                old.deleteLater()
        for name, page in pages:
            self._tabs.addTab(page, name)
        names = [name for name, _ in pages]
        self._tabs.setCurrentIndex(names.index(front) if front in names else 0)
        self._tabs.blockSignals(False)
        self._on_tab_changed(self._tabs.currentIndex())

    def _on_tab_changed(self, index: int) -> None:
        """Fill a page when it is looked at first."""
        entry, page = self.entry, self._tabs.widget(index)
        if entry is None or page is None or page.layout() is not None or type(page) is not QWidget:
            return
        name = self._tabs.tabText(index)
        made: QWidget
        if name == "Errors":
            made = ErrorsPage(entry.card, self._session.theme)
        elif name == "Loss":
            made = LossPage(read_history(entry.path, entry.card), self._session.theme)
        else:
            made = LayersPage(entry.card, self._session.theme)
        layout = QVBoxLayout(page)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(made)

    def _on_copy_clicked(self) -> None:
        if self.entry is not None:
            QGuiApplication.clipboard().setText(model_bibtex(self.entry.card))

    def _on_import_clicked(self) -> None:
        folder = QFileDialog.getExistingDirectory(self, "Folder of the model to import")
        if folder:
            self.import_from(Path(folder))

    def import_from(self, folder: Path) -> None:
        """Check a model's folder in the background and copy it among the user's models."""
        self._session.run(
            TASK, import_checked, folder, title=f"Importing {folder.name}", on_done=self._on_imported
        )

    def _on_imported(self, target: Any) -> None:
        name = Path(target).name
        self._say(f"{name} is among your models now.")
        self.show_list(name)

    def _on_export_clicked(self) -> None:
        entry = self.entry
        folder = QFileDialog.getExistingDirectory(self, "Folder to copy the model into") if entry else ""
        if entry is not None and folder:
            self._session.run(
                TASK,
                export_checked,
                entry.card.name,
                Path(folder),
                title=f"Exporting {entry.card.name}",
                on_done=self._on_exported,
            )

    def _on_verify_clicked(self) -> None:
        if self.entry is not None:
            name = self.entry.card.name
            self._session.run(
                TASK,
                verify,
                self.entry.path,
                title=f"Verifying {name}",
                on_done=functools.partial(self._on_verified, name),
            )

    def _on_exported(self, copy: Path) -> None:
        self._say(f"Exported to {copy}.")

    def _on_verified(self, name: str, _found: object) -> None:
        self._say(f"{name} is as its card says.")

    def _say(self, text: str) -> None:
        self._session.notifications.success(text)


def import_checked(folder: Path, progress: Progress) -> Path:
    """Import a model in a worker; raises `ModelError` where it is not sound."""
    from spectragui.core.model_copy import import_model
    from spectragui.inference.sound_model import check_loads

    progress(0.0, "Checking the model")
    return import_model(folder, check_loads)


def export_checked(name: str, folder: Path, progress: Progress) -> Path:
    """Export a model in a worker."""
    from spectragui.core.model_copy import export_model

    progress(0.0, "Copying")
    return export_model(name, folder)


def verify(folder: Path, progress: Progress) -> None:
    """Compare a model with its card and try it out in a worker; raises `ModelError` with what is wrong."""
    from spectragui.core.model_folder import check_model
    from spectragui.inference.sound_model import check_loads

    progress(0.0, "Reading the weights")
    check_model(folder)
    progress(0.5, "Trying the model out")
    check_loads(folder)


def unusable_text(model: UnusableModel) -> str:
    """Return why a model is not loaded, and the command that mends it."""
    return plain_text(f"{model.why}\n\nIt lies in {model.path}.\n\n{model.hint}".rstrip())
