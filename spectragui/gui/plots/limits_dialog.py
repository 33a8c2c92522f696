"""Type the limits of a view."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QDialog, QGridLayout, QLabel, QLineEdit, QWidget

from spectragui.core.wording import MINUS, with_true_minus
from spectragui.gui.forms.dialog_layout import lay_out_dialog

if TYPE_CHECKING:
    from spectragui.gui.plots.browsing_plot import BrowsingPlot

AXES = ("x", "y")
CLOSEST = 1e-12  # of their values: nearer to each other the ticks of an axis are equal numbers
WIDEST = 1e300  # sums and products of screen places must stay finite


def ask_and_set_limits(plot: BrowsingPlot, parent: QWidget) -> None:
    """Ask for the limits of both axes, and show them."""
    dialog = LimitsDialog(plot, parent)
    dialog.exec()
    dialog.deleteLater()


class LimitsDialog(QDialog):
    """From and to of both axes, in the displayed units."""

    def __init__(self, plot: BrowsingPlot, parent: QWidget) -> None:
        super().__init__(parent)
        self._plot = plot
        self.setWindowTitle("Limits of the view")
        self.setMinimumWidth(380)
        self.fields: dict[str, tuple[QLineEdit, QLineEdit]] = {}
        grid = QGridLayout()
        grid.setHorizontalSpacing(8)
        for row, (axis, shown) in enumerate(zip(AXES, plot.box.viewRange(), strict=True)):
            limits = [10.0**value if axis == "y" and plot.is_logarithmic else value for value in shown]
            span = abs(limits[1] - limits[0])
            pair = [QLineEdit(_text(value, span)) for value in limits]
            self.fields[axis] = (pair[0], pair[1])
            title = QLabel(f"{axis} from" if axis == "y" else f"{axis} ({plot.unit.symbol}) from")
            title.setBuddy(pair[0])
            title.setProperty("role", "secondary")
            grid.addWidget(title, row, 0)
            grid.addWidget(pair[0], row, 1)
            grid.addWidget(QLabel("to"), row, 2)
            grid.addWidget(pair[1], row, 3)
            for field, word in zip(pair, ("from", "to"), strict=True):
                field.setAccessibleName(f"{axis} {word}")
        self.complaint = QLabel()
        self.complaint.setProperty("role", "complaint")
        self.complaint.setWordWrap(True)
        self.complaint.setMinimumHeight(self.complaint.fontMetrics().lineSpacing())
        lay_out_dialog(self, "Show", grid, self.complaint)

    def accept(self) -> None:
        """Show these limits, or say what is wrong with them."""
        found = []
        for axis in AXES:
            limits = self._limits(axis)
            if isinstance(limits, str):
                self.complaint.setText(limits)
                return
            found.append(limits)
        self._plot.show_limits(found[0], found[1])
        super().accept()

    def _limits(self, axis: str) -> tuple[float, float] | str:
        try:
            low, high = (float(field.text().strip().replace(MINUS, "-")) for field in self.fields[axis])
        except ValueError:
            return f"The limits of {axis} must be two numbers."
        if not (math.isfinite(low) and math.isfinite(high)) or low >= high:
            return f"The first limit of {axis} must be below the second."
        if not CLOSEST * max(abs(low), abs(high)) < high - low < WIDEST:
            return f"The limits of {axis} are too close together or too far apart to be drawn."
        if axis == "y" and self._plot.is_logarithmic:
            if low <= 0:
                return "On a logarithmic axis both limits must be above 0."
            return math.log10(low), math.log10(high)
        return low, high


def _text(value: float, span: float) -> str:
    """Write a limit to a thousandth of the range."""
    places = max(0, 3 - math.floor(math.log10(span))) if span > 0 else 3
    return with_true_minus(f"{value:.{places}f}" if places < 12 else f"{value:.6g}")
