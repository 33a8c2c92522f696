"""`ShortNote`: at most two lines of a text; a click shows the rest."""

from __future__ import annotations

from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QKeyEvent, QMouseEvent, QResizeEvent
from PySide6.QtWidgets import QLabel, QSizePolicy, QWidget

LINES = 2
MORE = " … More"
WRAP = int(Qt.TextFlag.TextWordWrap)


class ShortNote(QLabel):
    """Label of at most `LINES` lines; all of the text is in the tooltip, and shown after a click."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.full_text = ""
        self.is_open = False
        self.setWordWrap(True)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)

    @property
    def is_short(self) -> bool:
        """Whether something of the text is left out."""
        return self.text() != self.full_text

    def set_full_text(self, text: str) -> None:
        """Show this text, or as much of it as fits."""
        if text != self.full_text:
            self.full_text, self.is_open = text, False
        self._shorten()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802, D102
        super().resizeEvent(event)
        self._shorten()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: N802, D102
        super().mouseReleaseEvent(event)
        if event.button() == Qt.MouseButton.LeftButton and self.rect().contains(event.position().toPoint()):
            self._toggle()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802, D102
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self._toggle()
        else:
            super().keyPressEvent(event)

    def _toggle(self) -> None:
        self.is_open = not self.is_open
        self._shorten()

    def _shorten(self) -> None:
        fits = self._fits(self.full_text)
        self.setText(self.full_text if fits or self.is_open else self._shortened())
        self.setToolTip("" if fits else f"{self.full_text}\n\nClick to show all of it, or less.")
        self.setAccessibleName(self.full_text)
        self.setCursor(Qt.CursorShape.ArrowCursor if fits else Qt.CursorShape.PointingHandCursor)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus if fits else Qt.FocusPolicy.TabFocus)

    def _shortened(self) -> str:
        words = self.full_text.split(" ")
        low, high = 0, len(words)
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if self._fits(" ".join(words[:middle]) + MORE) else (low, middle)
        return " ".join(words[:low]) + MORE

    def _fits(self, text: str) -> bool:
        width = self.contentsRect().width() - 2 * self.margin()
        needed = self.fontMetrics().boundingRect(QRect(0, 0, max(width, 1), 10_000), WRAP, text)
        return needed.height() < (LINES + 0.5) * self.fontMetrics().lineSpacing()
