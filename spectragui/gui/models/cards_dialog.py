"""Help > Models: the cards of the models, what they know and cannot do, and how to cite them."""

from __future__ import annotations

from collections.abc import Iterable

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
from spectragui.core.model_folder import ModelCard, ModelEntry, list_models
from spectragui.core.wording import with_true_minus


def show_models(parent: QWidget) -> QDialog:
    """Show the cards of all models; returns the dialog."""
    dialog = ModelsDialog(list_models(), parent)
    dialog.open()
    return dialog


class ModelsDialog(QDialog):
    """A list of models and the card of the chosen one.

    Parameters
    ----------
    entries : iterable of ModelEntry
    parent : QWidget
    """

    def __init__(self, entries: Iterable[ModelEntry], parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("Models")
        self.resize(760, 480)
        self._cards = [entry.card for entry in entries]
        self._list = QListWidget()
        self._list.setAccessibleName("Models")
        self._list.setFixedWidth(210)
        self._list.addItems([f"{card.name} {card.version}" for card in self._cards])
        self._text = QTextBrowser()
        self._text.setAccessibleName("Card of the model")
        self._text.setOpenExternalLinks(True)
        self._list.currentRowChanged.connect(self._on_list_row_changed)
        row = QHBoxLayout()
        row.addWidget(self._list)
        row.addWidget(self._text, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 16, 16, 12)
        layout.addLayout(row)
        layout.addWidget(self._buttons())
        if self._cards:
            self._list.setCurrentRow(0)
        else:
            self._text.setPlainText("No models are installed. Reinstall SpectraGUI to get the bundled ones.")

    def _buttons(self) -> QDialogButtonBox:
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        copy = QPushButton("Copy BibTeX")
        copy.setToolTip("Copy how to cite this model")
        copy.setEnabled(bool(self._cards))
        copy.clicked.connect(self._on_copy_clicked)
        buttons.addButton(copy, QDialogButtonBox.ButtonRole.ActionRole)
        buttons.rejected.connect(self.close)
        return buttons

    def _on_list_row_changed(self, row: int) -> None:
        self._text.setHtml(card_html(self._cards[row]))

    def _on_copy_clicked(self) -> None:
        QGuiApplication.clipboard().setText(card_bibtex(self._cards[self._list.currentRow()]))


def card_html(card: ModelCard) -> str:
    """Return a model's card for people."""
    rows = "".join(
        f"<tr><td>{LABELS[label.name].symbol if label.name in LABELS else label.name}</td>"
        f"<td>&nbsp;&nbsp;{_number(label.minimum)} to {_number(label.maximum)} {label.unit}</td></tr>"
        for label in card.labels
    )
    parts = [f"<h3>{card.title or card.name} {card.version}</h3>", f"<p>{card.summary}</p>"]
    if rows:
        parts.append(f"<p><b>Trained range</b></p><table>{rows}</table>")
    if card.wavelength is not None:
        window = card.wavelength
        parts.append(f"<p><b>Window</b> {window.start_aa:.0f} to {window.stop_aa:.0f} Å, {window.medium}</p>")
    if card.limits:
        parts.append(
            "<p><b>Limits</b></p><ul>" + "".join(f"<li>{limit}</li>" for limit in card.limits) + "</ul>"
        )
    if card.licence:
        parts.append(f"<p><b>Licence</b> {card.licence}</p>")
    parts.append(f"<p><b>To cite</b></p><pre style='white-space: pre-wrap'>{card_bibtex(card)}</pre>")
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
