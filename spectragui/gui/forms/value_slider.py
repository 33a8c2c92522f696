"""`ValueSlider`: slider, spin box and unit in a row, the range that a model knows drawn on the groove."""

from __future__ import annotations

import dataclasses
import math
from typing import Literal

from PySide6.QtCore import QEvent, QObject, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPalette, QPen
from PySide6.QtWidgets import QHBoxLayout, QSlider, QWidget

from spectragui.gui.actions import register_keys
from spectragui.gui.forms.number_box import NumberBox

Scale = Literal["linear", "log", "sqrt"]

TICKS = 2000  # positions of the slider
GROOVE_PX = 4
HANDLE_PX = 14
KEY_STEPS = {
    Qt.Key.Key_Right: 1,
    Qt.Key.Key_Up: 1,
    Qt.Key.Key_Left: -1,
    Qt.Key.Key_Down: -1,
    Qt.Key.Key_PageUp: 10,
    Qt.Key.Key_PageDown: -10,
}
register_keys(
    "In forms and sliders",
    ("Left  Right", "A step down, a step up"),
    ("PgDown  PgUp", "Ten steps down, ten up"),
    ("Esc", "Take the edit back"),
)
TICK_PX = 5  # height of the mark of the default
SPIN_WIDTH_PX = 92


@dataclasses.dataclass(frozen=True)
class SliderScale:
    """What a slider can be set to, and how its number is written.

    Attributes
    ----------
    low, high : float
        Ends of the slider; typed values may not leave them either.
    step : float
        Of arrow keys, wheel and spin box.
    decimals : int, optional
        Digits after the point; from the step where not given.
    unit : str
        Written behind the number.
    scale : {"linear", "log", "sqrt"}
        "sqrt" gives room to small values of a range that begins at 0.
    low_text : str
        Written instead of the lowest value ("none").
    default : float, optional
        Marked by a tick below the groove.
    """

    low: float
    high: float
    step: float = 1.0
    decimals: int | None = None
    unit: str = ""
    scale: Scale = "linear"
    low_text: str = ""
    default: float | None = None


class ValueSlider(QWidget):
    """Edits one number by slider or by typing; Esc takes the edit back.

    Parameters
    ----------
    scale : SliderScale
    known : (float, float), optional
        Range that is drawn on the groove: where the model was trained.
    parent : QWidget, optional

    Signals
    -------
    value_changed : float
        After each move or typed value; not by `set_value`.
    edit_ended
        A gesture is over: the handle was let go, a value typed, or Esc pressed.
    """

    value_changed = Signal(float)
    edit_ended = Signal()

    def __init__(
        self,
        scale: SliderScale,
        *,
        known: tuple[float, float] | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        low, high, step = scale.low, scale.high, scale.step
        self._low, self._high, self._scale = low, high, scale.scale
        self._value, self._before = low, low
        self.slider = _GrooveSlider(self)
        self.spin = NumberBox()
        self.spin.setDecimals(
            max(0, -math.floor(math.log10(step))) if scale.decimals is None else scale.decimals
        )
        self.spin.setRange(low, high)
        self.spin.setSingleStep(step)
        self.spin.setKeyboardTracking(False)
        self.spin.setGroupSeparatorShown(high >= 20_000)
        self.spin.setSuffix(f" {scale.unit}" if scale.unit else "")
        self.spin.setSpecialValueText(scale.low_text)
        self.spin.setFixedWidth(SPIN_WIDTH_PX)
        self.spin.setProperty("buttons", "none")  # arrow keys and wheel do what they would
        self.slider.setSingleStep(
            max(1, round(TICKS * step / (high - low))) if scale.scale == "linear" else 10
        )
        self.slider.setPageStep(TICKS // 20)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addWidget(self.slider, 1)
        layout.addWidget(self.spin)
        self.set_known(known)
        self.slider.tick = None if scale.default is None else self._fraction(scale.default)
        self.setFocusProxy(self.slider)
        self.slider.valueChanged.connect(self._on_slider_moved)
        self.slider.sliderReleased.connect(self._end_edit)
        self.spin.valueChanged.connect(self._on_typed)
        self.spin.editingFinished.connect(self._end_edit)
        for control in (self.slider, self.spin):
            control.installEventFilter(self)

    @property
    def value(self) -> float:
        """The value now."""
        return self._value

    def set_value(self, value: float) -> None:
        """Show a value; it is not told as an edit."""
        self._value = self._before = float(min(max(value, self._low), self._high))
        self._show(self._value)

    def set_known(self, known: tuple[float, float] | None) -> None:
        """Draw a range on the groove, or none."""
        self.slider.known = None if known is None else (self._fraction(known[0]), self._fraction(known[1]))
        self.slider.update()

    def set_name(self, name: str) -> None:
        """Name both controls for screen readers."""
        self.slider.setAccessibleName(name)
        self.spin.setAccessibleName(f"{name}, typed")

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802
        """Take an edit back on Esc; remember the value where an edit begins; leave the wheel alone."""
        kind = event.type()
        if kind == QEvent.Type.KeyPress and isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_Escape:
            if self._value != self._before:
                self._take(self._before)
                self.edit_ended.emit()
                return True
        elif kind == QEvent.Type.KeyPress and watched is self.slider and isinstance(event, QKeyEvent):
            steps = KEY_STEPS.get(Qt.Key(event.key()))
            if steps is not None:  # in steps of the value: those of the slider may be too small to count
                self.spin.stepBy(steps)
                return True
        elif kind == QEvent.Type.FocusIn or (kind == QEvent.Type.MouseButtonPress and watched is self.slider):
            self._before = self._value
        elif kind == QEvent.Type.Wheel and not (self.slider.hasFocus() or self.spin.hasFocus()):
            event.ignore()  # scrolling a form must not change it
            return True
        return super().eventFilter(watched, event)

    def _on_slider_moved(self, ticks: int) -> None:
        value = self._value_at(ticks / TICKS)
        self._take(round(value, self.spin.decimals()), from_slider=True)

    def _on_typed(self, value: float) -> None:
        self._take(value)

    def _take(self, value: float, from_slider: bool = False) -> None:
        if value == self._value:
            return
        self._value = float(value)
        self._show(self._value, but_slider=from_slider)
        self.value_changed.emit(self._value)

    def _show(self, value: float, but_slider: bool = False) -> None:
        if not but_slider:
            self.slider.blockSignals(True)
            self.slider.setValue(round(TICKS * self._fraction(value)))
            self.slider.blockSignals(False)
        self.spin.blockSignals(True)
        self.spin.setValue(value)
        self.spin.blockSignals(False)

    def _end_edit(self) -> None:
        if self._value != self._before:
            self._before = self._value
            self.edit_ended.emit()

    def _fraction(self, value: float) -> float:
        inside = min(max(value, self._low), self._high)
        if self._scale == "log":
            return math.log(inside / self._low) / math.log(self._high / self._low)
        part = (inside - self._low) / (self._high - self._low)
        return math.sqrt(part) if self._scale == "sqrt" else part

    def _value_at(self, fraction: float) -> float:
        if self._scale == "log":
            return float(self._low * (self._high / self._low) ** fraction)
        part = fraction**2 if self._scale == "sqrt" else fraction
        return self._low + (self._high - self._low) * part


class _GrooveSlider(QSlider):
    """Slider that draws a known range on its groove, and jumps to where it is clicked."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self.known: tuple[float, float] | None = None
        self.tick: float | None = None
        self.setRange(0, TICKS)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMinimumWidth(60)
        self.sliderPressed.connect(self.update)  # the handle is filled as long as it is held
        self.sliderReleased.connect(self.update)

    def sizeHint(self) -> QSize:  # noqa: N802
        """Return the size of groove and handle."""
        return QSize(120, HANDLE_PX + 6)

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        """Jump to the pointer and drag from there."""
        if event.button() == Qt.MouseButton.LeftButton and self.isEnabled():
            self.setSliderDown(True)
            self._follow(event.position().x())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        """Follow the pointer."""
        if self.isSliderDown():
            self._follow(event.position().x())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        """End the drag."""
        if self.isSliderDown():
            self.setSliderDown(False)

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802
        """Draw groove, known range and handle in the colours of the palette."""
        group = QPalette.ColorGroup.Active if self.isEnabled() else QPalette.ColorGroup.Disabled
        palette = self.palette()
        accent = palette.color(group, QPalette.ColorRole.Accent)
        text = palette.color(group, QPalette.ColorRole.Text)
        border = palette.color(group, QPalette.ColorRole.Mid)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(border)
        painter.drawRoundedRect(self._groove(0.0, 1.0), GROOVE_PX / 2, GROOVE_PX / 2)
        if self.known is not None:
            faint = palette.color(group, QPalette.ColorRole.PlaceholderText)
            painter.setBrush(faint)
            painter.drawRoundedRect(self._groove(*self.known), GROOVE_PX / 2, GROOVE_PX / 2)
        if self.tick is not None:
            painter.setBrush(palette.color(group, QPalette.ColorRole.PlaceholderText))
            x, y = self._position(self.tick), self.height() / 2 + GROOVE_PX / 2 + 2
            painter.drawRect(QRectF(x - 0.5, y, 1.0, TICK_PX))
        pen = QPen(text if self.hasFocus() else accent, 2.0)
        painter.setPen(pen)
        painter.setBrush(palette.color(group, QPalette.ColorRole.Base) if not self.isSliderDown() else accent)
        centre = QPointF(self._position(self.value() / TICKS), self.height() / 2)
        painter.drawEllipse(centre, HANDLE_PX / 2 - 1, HANDLE_PX / 2 - 1)

    def _groove(self, start: float, stop: float) -> QRectF:
        left, right = self._position(start), self._position(stop)
        return QRectF(left, (self.height() - GROOVE_PX) / 2, max(right - left, 1.0), GROOVE_PX)

    def _position(self, fraction: float) -> float:
        return HANDLE_PX / 2 + fraction * (self.width() - HANDLE_PX)

    def _follow(self, x: float) -> None:
        fraction = (x - HANDLE_PX / 2) / max(self.width() - HANDLE_PX, 1)
        self.setValue(round(TICKS * min(max(fraction, 0.0), 1.0)))
