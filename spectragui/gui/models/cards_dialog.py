"""Help > Models: the cards of the models, what they know and cannot do, and how to cite them."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QHBoxLayout,
    QListWidget,
    QPushButton,
    QTextBrowser,
    QVBoxLayout,
    QWidget,
)

from spectragui.core.labels import LABELS
from spectragui.core.model_copy import UnusableModel, unusable_models
from spectragui.core.model_folder import ModelCard, ModelEntry, list_models
from spectragui.core.wording import plain_text, with_true_minus


def show_models(parent: QWidget) -> QDialog:
    """Show the cards of all models; returns the dialog."""
    dialog = ModelsDialog(list_models(), parent, unusable_models())
    dialog.open()
    return dialog


class ModelsDialog(QDialog):
    """A list of models and the card of the chosen one.

    Parameters
    ----------
    entries : iterable of ModelEntry
    parent : QWidget
    unusable : iterable of UnusableModel
        Folders that cannot be loaded; listed after the models, with the reason.
    """

    def __init__(
        self, entries: Iterable[ModelEntry], parent: QWidget, unusable: Iterable[UnusableModel] = ()
    ) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("Models")
        self.resize(760, 480)
        self._cards = [entry.card for entry in entries]
        self._list = QListWidget()
        self._list.setAccessibleName("Models")
        self._list.setFixedWidth(210)
        self._unusable = list(unusable)
        self._list.addItems([f"{card.name} {plain_text(card.version)}" for card in self._cards])
        self._list.addItems([f"{plain_text(model.name)[:60]} (not loaded)" for model in self._unusable])
        self._text = QTextBrowser()
        self._text.setAccessibleName("Card of the model")
        self._text.setOpenExternalLinks(True)
        row = QHBoxLayout()
        row.addWidget(self._list)
        row.addWidget(self._text, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 16, 16, 12)
        layout.addLayout(row)
        layout.addWidget(self._buttons())
        self._list.currentRowChanged.connect(self._on_list_row_changed)
        if self._list.count():
            self._list.setCurrentRow(0)
        else:
            self._text.setPlainText("No models are installed. Reinstall SpectraGUI to get the bundled ones.")

    def _buttons(self) -> QDialogButtonBox:
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        copy = QPushButton("Copy BibTeX")
        copy.setToolTip("Copy how to cite this model")
        self._copy = copy
        copy.clicked.connect(self._on_copy_clicked)
        buttons.addButton(copy, QDialogButtonBox.ButtonRole.ActionRole)
        buttons.rejected.connect(self.close)
        return buttons

    def _on_list_row_changed(self, row: int) -> None:
        self._copy.setEnabled(0 <= row < len(self._cards))
        if 0 <= row < len(self._cards):
            self._text.setHtml(card_html(self._cards[row]))
        elif row >= 0:
            self._text.setPlainText(unusable_text(self._unusable[row - len(self._cards)]))

    def _on_copy_clicked(self) -> None:
        QGuiApplication.clipboard().setText(card_bibtex(self._cards[self._list.currentRow()]))


def unusable_text(model: UnusableModel) -> str:
    """Return why a model is not loaded, and the command that mends it."""
    return plain_text(f"{model.why}\n\nIt lies in {model.path}.\n\n{model.hint}".rstrip())


def card_html(card: ModelCard) -> str:
    """Return a model's card for people; what it says is text, never mark-up that could fetch a picture."""
    rows = "".join(
        f"<tr><td>{LABELS[label.name].symbol if label.name in LABELS else label.name}</td>"
        f"<td>&nbsp;&nbsp;{_number(label.minimum)} to {_number(label.maximum)} {label.unit}</td></tr>"
        for label in card.labels
    )
    parts = [f"<h3>{escape(card.title or card.name)} {escape(card.version)}</h3>"]
    parts.append(f"<p>{escape(card.summary)}</p>")
    if rows:
        parts.append(f"<p><b>Trained range</b></p><table>{rows}</table>")
    if card.wavelength is not None:
        window = card.wavelength
        parts.append(f"<p><b>Window</b> {window.start_aa:.0f} to {window.stop_aa:.0f} Å, {window.medium}</p>")
    if card.limits:
        parts.append(
            "<p><b>Limits</b></p><ul>"
            + "".join(f"<li>{escape(limit)}</li>" for limit in card.limits)
            + "</ul>"
        )
    if card.licence:
        parts.append(f"<p><b>Licence</b> {escape(card.licence)}</p>")
    parts.append(f"<p><b>To cite</b></p><pre style='white-space: pre-wrap'>{escape(card_bibtex(card))}</pre>")
    return "".join(parts)


def card_bibtex(card: ModelCard) -> str:
    """Return a BibTeX entry for a model."""
    if card.citation.lstrip().startswith("@"):
        return card.citation
    return (
        f"@software{{spectragui_{card.name.replace('-', '_')},\n"
        f"  title = {{{card.title or card.name}}},\n"
        f"  version = {{{card.version}}},\n"
        f"  note = {{{card.citation or 'SpectraGUI'}}}\n}}"
    )


def _number(value: float) -> str:
    return with_true_minus(f"{value:g}")
