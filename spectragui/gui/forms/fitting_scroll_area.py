"""`FittingScrollArea`: scrolls up and down, and is never narrower than what it holds."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QSize
from PySide6.QtWidgets import QScrollArea


class FittingScrollArea(QScrollArea):
    """Scrolls up and down only: never narrower than what it holds."""

    def minimumSizeHint(self) -> QSize:  # noqa: N802, D102
        inner = self.widget().minimumSizeHint() if self.widget() else QSize()
        return QSize(inner.width() + self.verticalScrollBar().sizeHint().width() + 2, 120)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802, D102
        if event.type() == QEvent.Type.LayoutRequest:
            self.updateGeometry()
        return super().eventFilter(watched, event)
