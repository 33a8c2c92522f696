"""Spin boxes that write a true minus sign, and take either."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QValidator
from PySide6.QtWidgets import QDoubleSpinBox, QSpinBox, QWidget

from spectragui.core.wording import MINUS

MOST_DECIMALS = 6  # more than a box shows
PADDING = 6  # pixels between a number and what is right of it: Qt's style sheets leave none
RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter


class NumberBox(QDoubleSpinBox):
    """Spin box of a number, which stands right: decimals of boxes below one another are aligned."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        _set_right(self)

    def textFromValue(self, value: float) -> str:  # noqa: N802
        """Write a number."""
        return super().textFromValue(value).replace("-", MINUS)

    def valueFromText(self, text: str) -> float:  # noqa: N802
        """Read a number."""
        return super().valueFromText(text.replace(MINUS, "-"))

    def validate(self, text: str, position: int) -> tuple[QValidator.State, str, int]:
        """Judge what is being typed."""
        state, _, where = super().validate(text.replace(MINUS, "-"), position)
        return state, text, where


class WholeNumberBox(QSpinBox):
    """Spin box of a whole number, which stands right."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        _set_right(self)

    def textFromValue(self, value: int) -> str:  # noqa: N802
        """Write a number."""
        return super().textFromValue(value).replace("-", MINUS)

    def valueFromText(self, text: str) -> int:  # noqa: N802
        """Read a number."""
        return super().valueFromText(text.replace(MINUS, "-"))

    def validate(self, text: str, position: int) -> tuple[QValidator.State, str, int]:
        """Judge what is being typed."""
        state, _, where = super().validate(text.replace(MINUS, "-"), position)
        return state, text, where


def _set_right(box: QSpinBox | QDoubleSpinBox) -> None:
    box.setAlignment(RIGHT)
    box.lineEdit().setTextMargins(0, 0, PADDING, 0)


def decimals_for(*values: float | None) -> int:
    """Return how many decimals, `MOST_DECIMALS` at most, a box needs to write each of these as it is."""
    return max((_decimals_of(value) for value in values if value is not None), default=0)


def _decimals_of(value: float) -> int:
    close = (n for n in range(MOST_DECIMALS) if abs(round(value, n) - value) <= 1e-9 * abs(value))
    return next(close, MOST_DECIMALS)
