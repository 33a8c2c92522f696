"""The bar above the results: filter, what is wrong with it, how many rows, and the buttons."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QMenu, QToolButton, QWidget

from spectragui.core.row_filter import FILTER_HINT
from spectragui.gui.forms.filter_field import FilterField
from spectragui.gui.forms.menu_button import give_menu
from spectragui.gui.theme.icons import icon
from spectragui.gui.theme.theme import Theme


class ResultsBar(QWidget):
    """Filter field, count of rows, buttons.

    Parameters
    ----------
    theme : Theme
    """

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        from spectragui.gui.forms.elided_label import ElidedLabel

        self._theme = theme
        self._buttons: list[tuple[QToolButton, str]] = []
        self.filter_field = FilterField("Filter the results", FILTER_HINT)
        self.filter_field.setMinimumWidth(120)
        self.filter_field.setMaximumWidth(320)
        self.count = QLabel()
        self.count.setProperty("role", "secondary")
        self.problem = ElidedLabel()
        self.problem.setProperty("role", "assumed")
        self.problem.setAccessibleName("What is wrong with the filter")
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(4)
        self._row.addWidget(self.filter_field, 2)
        self._row.addWidget(self.count)
        self._row.addWidget(self.problem, 3)
        tip = "Predict the changed spectra whose results are of an earlier state"
        self.again = self._button("Predict again", "refresh", tip)
        self.again.hide()

    def add(self, text: str, icon_name: str, tip: str, slot: Callable[[], None]) -> None:
        """Add a button."""
        self._button(text, icon_name, tip).clicked.connect(lambda _checked=False: slot())

    def add_menu(self, text: str, icon_name: str, tip: str, menu: QMenu) -> None:
        """Add a button that opens a menu."""
        button = self._button(text, icon_name, tip)
        give_menu(button, menu)
        button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)

    def show_count(self, shown: int, total: int) -> None:
        """Say how many rows the filter shows."""
        self.count.setText(f"{shown} of {total}" if shown != total else "")

    def show_again(self, n_spectra: int) -> None:
        """Offer to predict this number of changed spectra again."""
        self.again.setText(f"Predict {n_spectra} again" if n_spectra > 1 else "Predict again")
        self.again.setVisible(n_spectra > 0)

    def say(self, problem: str) -> None:
        """Say what is wrong with the filter; empty = nothing."""
        self.problem.set_full_text(problem)
        self.problem.setToolTip(problem)

    def repaint_theme(self) -> None:
        """Take the icons' colour from the theme again."""
        for button, name in self._buttons:
            button.setIcon(icon(name, self._theme))

    def _button(self, text: str, icon_name: str, tip: str) -> QToolButton:
        button = QToolButton()
        button.setText(text)
        button.setToolTip(tip)
        button.setAccessibleName(text)
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self._buttons.append((button, f"mdi6.{icon_name}"))
        self._row.addWidget(button)
        return button
