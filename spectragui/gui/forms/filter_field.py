"""The field above a list that leaves rows out: words, expressions; Esc clears it."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QLineEdit

LEFT, RIGHT = "\N{LEFT DOUBLE QUOTATION MARK}", "\N{RIGHT DOUBLE QUOTATION MARK}"
CLEAR = "Clear the filter"
LONGEST_SAID = 60


class FilterField(QLineEdit):
    """Line for a filter.

    Parameters
    ----------
    name : str
        What it filters, for those who cannot see it ("Filter the results").
    tip : str
    """

    def __init__(self, name: str, tip: str) -> None:
        super().__init__()
        self.setAcceptDrops(False)  # files dropped here are to be opened
        self.setPlaceholderText("Filter")
        self.setAccessibleName(name)
        self.setToolTip(tip)
        self.setClearButtonEnabled(True)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Clear the filter by Esc."""
        if event.key() == Qt.Key.Key_Escape and self.text():
            self.clear()
        else:
            super().keyPressEvent(event)


def no_hits_text(nouns: str, total: int, said: str) -> str:
    """Return what is said where a filter leaves out every row, and how to bring them back."""
    said = said.strip()
    said = said if len(said) <= LONGEST_SAID else said[: LONGEST_SAID - 1] + "…"
    who = f"all {total} {nouns}" if total > 1 else f"the only {nouns}"
    return f"{LEFT}{said}{RIGHT} leaves out {who}. Esc in its field clears it, too."
