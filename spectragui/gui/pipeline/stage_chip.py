"""`StageChip`: one stage of the strip: a box to switch it, its name, and what is known of it."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QPoint, Qt, Signal
from PySide6.QtGui import QContextMenuEvent, QFont, QFontMetrics, QKeyEvent, QMouseEvent, QPixmap
from PySide6.QtWidgets import QApplication, QCheckBox, QFrame, QHBoxLayout, QLabel, QToolButton

from spectragui.gui.actions import register_keys
from spectragui.gui.pipeline.shown import StepState
from spectragui.gui.theme.icons import ICON_PIXELS, icon
from spectragui.gui.theme.theme import Theme

# What a state looks like: icon, colour, words.
LOOKS: dict[StepState, tuple[str, str, str]] = {
    "ok": ("mdi6.check", "good", "done"),
    "running": ("mdi6.dots-horizontal", "accent", "running"),
    "failed": ("mdi6.alert-circle-outline", "bad", "failed"),
    "not run": ("mdi6.minus", "secondary", "not run: a stage before it failed"),
    "off": ("", "secondary", "off"),
}
KEYS = {
    Qt.Key.Key_Left: "previous",
    Qt.Key.Key_Right: "next",
    Qt.Key.Key_Delete: "remove",
    Qt.Key.Key_Backspace: "remove",
}
register_keys(
    "On a stage of the chain",
    ("Left  Right", "Stage before, stage after"),
    ("Ctrl+Left  Ctrl+Right", "Move the stage earlier, later"),
    ("Space", "Switch the stage on or off"),
    ("Return", "Choose the stage"),
    ("Del  Backspace", "Remove the stage"),
)
AROUND_NAME = 14  # pixels about the text: padding and border of the style sheet
_pictures: dict[tuple[str, str, float], QPixmap] = {}  # drawn once: marks change with every run


class StageChip(QFrame):
    """One stage.

    Signals
    -------
    chosen
        The stage is to be looked at.
    switched : bool
        It was switched on or off.
    dragged : QPoint, bool
        The chip is being dragged (place on the screen), and whether it was let go.
    key_pressed : str
        "previous", "next", "earlier", "later", "remove" or "switch".
    menu_requested : QPoint
    """

    chosen = Signal()
    switched = Signal(bool)
    dragged = Signal(QPoint, bool)
    key_pressed = Signal(str)
    menu_requested = Signal(QPoint)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._press: QPoint | None = None
        self._is_dragging = False
        self._state: StepState = "running"
        self.setProperty("chip", "true")
        self.box = QCheckBox()
        self.box.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # Space on the name switches
        self.name = QToolButton()
        self.name.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.name.setProperty("chip", "true")
        self.mark = QLabel()
        self.mark.setFixedWidth(ICON_PIXELS)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(7, 1, 6, 1)
        layout.setSpacing(3)
        for part in (self.box, self.name, self.mark):
            layout.addWidget(part)
        self.box.toggled.connect(self.switched)
        self.repaint_theme()
        self.name.installEventFilter(self)
        self.name.clicked.connect(self.chosen)

    def show_step(self, title: str, tip: str, is_on: bool, state: StepState, is_chosen: bool) -> None:
        """Show a stage."""
        is_other_state, self._state = state != self._state, state
        self.name.setText(title)
        words = LOOKS[state][2]
        self.setToolTip(f"{title}: {words}\n{tip}")
        self.name.setAccessibleName(f"{title}, {words}")
        self.box.setAccessibleName(f"{title} on")
        self.box.blockSignals(True)
        self.box.setChecked(is_on)
        self.box.blockSignals(False)
        self._set_style("chosen", is_chosen)
        self._set_style("failed", state == "failed")
        self._set_style("off", state == "off")
        self._keep_width(title)
        if is_other_state:
            self.repaint_theme()

    def repaint_theme(self) -> None:
        """Draw the mark in the theme's colour."""
        name, role, _ = LOOKS[self._state]
        key = (name, self._theme.color(role).name(), self.devicePixelRatioF())
        if key not in _pictures:
            _pictures[key] = icon(name, self._theme, role).pixmap(ICON_PIXELS - 2, ICON_PIXELS - 2)
        self.mark.setPixmap(_pictures[key])

    def _keep_width(self, title: str) -> None:
        """Leave the name the room that it needs when it is chosen: the strip does not move by choosing."""
        bold = QFont(self.font())
        bold.setWeight(QFont.Weight.DemiBold)
        self.name.setFixedWidth(QFontMetrics(bold).horizontalAdvance(title) + AROUND_NAME)

    def _set_style(self, name: str, is_so: bool) -> None:
        value = "true" if is_so else "false"
        if self.property(name) == value:
            return
        self.setProperty(name, value)
        self.name.setProperty(name, value)
        for widget in (self, self.name):
            widget.style().unpolish(widget)
            widget.style().polish(widget)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802
        """Let the name be dragged, and listen to keys on it."""
        if isinstance(event, QMouseEvent):
            return self._follow_mouse(event)
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            return self._follow_key(event)
        return super().eventFilter(watched, event)

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        """Begin a drag, or a click."""
        self._follow_mouse(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        """Go on with a drag."""
        self._follow_mouse(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        """End a drag, or choose the stage."""
        was_dragging = self._is_dragging
        self._follow_mouse(event)
        if not was_dragging and event.button() == Qt.MouseButton.LeftButton:
            self.chosen.emit()

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:  # noqa: N802
        """Ask for the menu of the stage."""
        self.menu_requested.emit(event.globalPos())

    def _follow_mouse(self, event: QMouseEvent) -> bool:
        kind, place = event.type(), event.globalPosition().toPoint()
        if kind == QEvent.Type.MouseButtonPress and event.button() == Qt.MouseButton.LeftButton:
            self._press = place
        elif kind == QEvent.Type.MouseMove and self._press is not None:
            far = (place - self._press).manhattanLength() >= QApplication.startDragDistance()
            if far or self._is_dragging:
                self._is_dragging = True
                self.dragged.emit(place, False)
                return True
        elif kind == QEvent.Type.MouseButtonRelease and self._press is not None:
            self._press = None
            if self._is_dragging:
                self._is_dragging = False
                self.name.setDown(False)
                self.dragged.emit(place, True)
                return True
        return False

    def _follow_key(self, event: QKeyEvent) -> bool:
        key = Qt.Key(event.key())
        shifted = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        if key == Qt.Key.Key_Space:
            self.key_pressed.emit("switch")
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.chosen.emit()
        elif key in (Qt.Key.Key_Left, Qt.Key.Key_Right) and shifted:
            self.key_pressed.emit("earlier" if key == Qt.Key.Key_Left else "later")
        elif key in KEYS:
            self.key_pressed.emit(KEYS[key])
        else:
            return False
        return True
