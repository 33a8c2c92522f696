"""`ElidedLabel`: as much of a text as there is room for."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QLabel, QSizePolicy, QWidget


class ElidedLabel(QLabel):
    """Label that shortens its text to the room there is; all of it is in the tooltip.

    Parameters
    ----------
    parent : QWidget, optional
    least_share : float
        Of the text's width: where there is less room than that, nothing is shown. "Clic…" says nothing.
    """

    def __init__(self, parent: QWidget | None = None, *, least_share: float = 0.0) -> None:
        super().__init__(parent)
        self.full_text = ""
        self._least_share = least_share
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)

    def set_full_text(self, text: str) -> None:
        """Show this text, or as much of it as fits."""
        self.full_text = text
        self.setToolTip(text)
        self._elide()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802, D102
        super().resizeEvent(event)
        self._elide()

    def _elide(self) -> None:
        metrics, mode, room = self.fontMetrics(), Qt.TextElideMode.ElideRight, self.width() - 4
        is_shown = room >= self._least_share * metrics.horizontalAdvance(self.full_text)
        self.setText(metrics.elidedText(self.full_text, mode, room) if is_shown else "")
