"""Which rows of the results are exported: all, those that the filter shows, or the selected ones."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from PySide6.QtWidgets import QButtonGroup, QDialog, QLabel, QRadioButton, QVBoxLayout, QWidget

from spectragui.gui.forms.dialog_layout import lay_out_dialog
from spectragui.gui.session.state import Result


@dataclasses.dataclass(frozen=True)
class RowChoice:
    """Rows that can be exported, and what they are called ("Selected")."""

    words: str
    results: tuple[Result, ...]


class ExportRowsDialog(QDialog):
    """One button for each choice, with its number of rows.

    Parameters
    ----------
    choices : sequence of RowChoice
    proposed : int
        Index of the choice that is made at first.
    parent : QWidget or None
    """

    def __init__(self, choices: Sequence[RowChoice], proposed: int, parent: QWidget | None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Export results")
        self._choices = choices
        self.buttons = QButtonGroup(self)
        heading = QLabel("Which results are to be written?")
        column = QVBoxLayout()
        column.setSpacing(8)
        for number, choice in enumerate(choices):
            button = QRadioButton(described(choice))
            button.setEnabled(bool(choice.results))
            button.setChecked(number == proposed)
            self.buttons.addButton(button, number)
            column.addWidget(button)
        lay_out_dialog(self, "Export…", heading, column)

    @property
    def results(self) -> tuple[Result, ...]:
        """The rows of the chosen button."""
        return self._choices[self.buttons.checkedId()].results


def described(choice: RowChoice) -> str:
    """Return "Shown: 7 results, 2 of an earlier state"."""
    n_rows, n_earlier = len(choice.results), sum(one.is_of_earlier_state for one in choice.results)
    earlier = f", {n_earlier} of an earlier state" if n_earlier else ""
    return f"{choice.words}: {n_rows} result{'s' * (n_rows != 1)}{earlier}"


def ask_rows(
    all_results: Sequence[Result],
    shown: Sequence[Result],
    selected: Sequence[Result],
    parent: QWidget | None,
) -> tuple[Result, ...] | None:
    """Ask which rows are wanted, unless it is the same; None where the user thought better of it."""
    choices = (
        RowChoice("All", tuple(all_results)),
        RowChoice("Shown", tuple(shown)),
        RowChoice("Selected", tuple(selected)),
    )
    sets = {frozenset(result.id for result in choice.results) for choice in choices if choice.results}
    if len(sets) <= 1:
        return choices[0].results
    proposed = 1 if shown and len(shown) < len(all_results) else 2 if len(selected) > 1 else 0
    dialog = ExportRowsDialog(choices, proposed, parent)
    is_accepted = dialog.exec() == QDialog.DialogCode.Accepted
    results = dialog.results if is_accepted else None
    dialog.deleteLater()
    return results
