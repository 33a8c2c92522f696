"""Fifth page: old model against new one on the same test stars; the new one is taken or left."""

from __future__ import annotations

from typing import Any

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from spectragui.core.labels import true_minus
from spectragui.gui.theme.rich_text import RichCombo, RichDelegate, write_rich
from spectragui.gui.theme.theme import Theme
from spectragui.gui.training.before_after_plot import BeforeAfterPlot
from spectragui.gui.training.learning_curve_plot import LearningCurvePlot
from spectragui.gui.training.trainings import Training, together_with

_HEADS = ("", "Model", "Mean |error|", "RMS", "Bias", "R²", "Within 1σ", "Change")


class ComparePage(QWidget):
    """Table, sentences, and predicted against true labels.

    Parameters
    ----------
    theme : Theme
    """

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._content: dict[str, Any] = {}
        self.said = QLabel()
        self.said.setWordWrap(True)
        self.table = QTableWidget(0, len(_HEADS))
        self.table.setItemDelegateForColumn(0, RichDelegate(self.table))
        self.table.setAccessibleName("Old and new model")
        self.table.setHorizontalHeaderLabels(list(_HEADS))
        self.table.verticalHeader().hide()
        self.table.setEditTriggers(QTableWidget.EditTrigger.NoEditTriggers)
        self.table.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        self.table.horizontalHeader().setStretchLastSection(True)
        self.label = RichCombo()
        self.label.setAccessibleName("Label of the plot")
        self.plot, self.curve = BeforeAfterPlot(theme), LearningCurvePlot(theme)
        plots = QHBoxLayout()
        plots.addWidget(self.plot, 1)
        plots.addWidget(self.curve, 1)
        row = QHBoxLayout()
        self.title = QLabel("Predicted against true")
        row.addWidget(self.title)
        row.addWidget(self.label)
        row.addStretch(1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.said)
        layout.addWidget(self.table, 1)
        layout.addLayout(row)
        layout.addLayout(plots, 2)
        self.label.currentIndexChanged.connect(self._draw)

    def show_training(self, training: Training) -> None:
        """Show what the comparison of a finished training found."""
        self._content = training.comparison()
        lines = [str(line) for line in self._content.get("lines", [])]
        if not lines:
            lines = ["There is no base model to compare with. Accept the model, or leave it."]
        symbols = tuple(f"{one['symbol']}: mean absolute error" for one in self._content.get("labels", []))
        kept = (line for line in lines if not symbols or not line.startswith(symbols))
        write_rich(self.said, "\n".join(kept))
        self._fill(training)
        self.label.clear()
        for name in self._content.get("names", []):
            self.label.addItem(self._content["shown"][name]["symbol"], name)
        for widget in (self.title, self.label, self.plot):
            widget.setVisible(self.label.count() > 0)
        self._draw()

    def _fill(self, training: Training) -> None:
        """Fill the table: of a training, or of all that were started together with it."""
        rows = []
        for one in together_with(training):
            content = one.comparison()
            for label in content.get("labels", []):
                for model, key in ((content.get("old_name", one.base), "old"), (one.name, "new")):
                    rows.append(_row(model, label, label[key], is_new=key == "new"))
        self.table.setRowCount(len(rows))
        for row, texts in enumerate(rows):
            for column, text in enumerate(texts):
                item = QTableWidgetItem(text)
                if 2 <= column <= 6:
                    item.setTextAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
                self.table.setItem(row, column, item)

    def _draw(self, _index: int = 0) -> None:
        name = self.label.currentData()
        points = [] if name is None else [one for one in self._content.get("curve", []) if name in one["mae"]]
        self.curve.setVisible(len(points) > 1)
        if name is None:
            self.plot.show_points(None)
            return
        column = self._content["names"].index(name)
        values = [np.array(self._content[key], dtype=float)[:, column] for key in ("true", "old", "new")]
        shown = self._content["shown"][name]
        self.plot.show_points((values[0], values[1], values[2]), shown["symbol"], shown["unit"])
        if len(points) > 1:
            numbers, errors = (
                np.array([float(value) for value in column])
                for column in zip(*((one["n_stars"], one["mae"][name]) for one in points), strict=True)
            )
            before = [one["old"]["mae"] for one in self._content["labels"] if one["name"] == name]
            self.curve.show_curve(numbers, errors, float(*before or [np.nan]), shown["symbol"], shown["unit"])


def _row(model: str, label: dict[str, Any], score: dict[str, Any], *, is_new: bool) -> list[str]:
    """Return the cells of one model and quantity."""
    unit = f" {label['unit']}" if label["unit"] else ""
    numbers = [_number(score[key], label["decimals"], unit) for key in ("mae", "rmse", "bias")]
    within = score["coverage"]
    is_stated = isinstance(within, (int, float)) and np.isfinite(within)
    return [
        "" if is_new else label["symbol"], model, *numbers, _number(score["r2"], 3, ""),
        f"{100 * within:.0f} %" if is_stated else "", label["word"] if is_new else "",
    ]  # fmt: skip


def _number(value: Any, decimals: int, unit: str) -> str:
    is_known = isinstance(value, (int, float)) and np.isfinite(value)
    return true_minus(f"{value:.{decimals}f}") + unit if is_known else ""
