"""`PlotBar`: the row of controls above a plot."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QComboBox,
    QFrame,
    QHBoxLayout,
    QMenu,
    QToolButton,
    QWidget,
)

from spectragui.gui.forms.elided_label import ElidedLabel
from spectragui.gui.forms.menu_button import give_menu
from spectragui.gui.theme.icons import icon
from spectragui.gui.theme.rich_text import RichCombo
from spectragui.gui.theme.theme import Theme

LEAST_CHOICE_LENGTH = 9  # characters of a choice that are always shown
LEAST_NOTE = 0.4  # of a note: less of it says nothing
NARROWEST_CHOICE = 52  # pixels
AROUND_CHOICE = 40  # pixels beside the text: padding and arrow


class PlotBar(QWidget):
    """Row of flat buttons, menus and a note at the right end.

    Where the window is narrow, buttons lose their words, from the left: the plot must not be wider
    than its place, or the docks beside it would be cut.
    """

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._icons: list[tuple[QToolButton, str]] = []
        self._worded: list[QToolButton] = []
        self._widths: dict[tuple[QToolButton, str], tuple[int, int]] = {}
        self._layout = QHBoxLayout(self)
        self._layout.setContentsMargins(8, 4, 12, 0)
        self._layout.setSpacing(2)
        self._note = ElidedLabel(least_share=LEAST_NOTE)
        self._note.setProperty("role", "secondary")
        self._note.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self._layout.addWidget(self._note, 1)
        theme.changed.connect(self.repaint_icons)

    def add_button(
        self, text: str, icon_name: str, tip: str, function: Callable[[], None], *, shows_text: bool = True
    ) -> QToolButton:
        """Add a button that does something."""
        button = self._make(text, icon_name, tip, shows_text)
        button.clicked.connect(lambda _checked=False: function())
        return button

    def add_toggle(
        self, text: str, icon_name: str, tip: str, function: Callable[[bool], None], checked: bool = False
    ) -> QToolButton:
        """Add a button that is on or off."""
        button = self._make(text, icon_name, tip, True)
        button.setCheckable(True)
        button.setChecked(checked)
        button.toggled.connect(function)
        return button

    def add_menu(
        self, text: str, icon_name: str, tip: str, fill: Callable[[QMenu], None], *, shows_text: bool = True
    ) -> QToolButton:
        """Add a button with a menu, which ``fill`` puts together whenever it is opened."""
        button = self._make(text, icon_name, tip, shows_text)
        menu = QMenu(button)
        menu.setToolTipsVisible(True)

        def refill() -> None:
            menu.clear()
            fill(menu)

        menu.aboutToShow.connect(refill)
        give_menu(button, menu)
        button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        return button

    def add_choice(
        self,
        name: str,
        tip: str,
        items: Sequence[tuple[str, object]],
        function: Callable[[int], None],
        always: str = "",
    ) -> QComboBox:
        """Add a list to choose from, of (text, value); it gives way where the window is narrow.

        At least ``always`` can be read, wherever the window ends.
        """
        box = RichCombo()
        box.setAccessibleName(name)
        box.setToolTip(tip)
        for text, value in items:
            box.addItem(text, value)
        longest = max(len(text) for text, _ in items)
        box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        box.setMinimumContentsLength(min(longest, LEAST_CHOICE_LENGTH))
        # No wider than need be: else the docks beside a narrow plot would be cut.
        least = box.fontMetrics().horizontalAdvance(always) + AROUND_CHOICE if always else 0
        box.setMinimumWidth(max(NARROWEST_CHOICE, least))
        box.view().setMinimumWidth(box.fontMetrics().averageCharWidth() * (longest + 4))
        box.activated.connect(function)
        self.add_widget(box)
        return box

    def add_widget(self, widget: QWidget) -> None:
        """Add another control."""
        self._layout.insertWidget(self._layout.count() - 1, widget)

    def add_line(self) -> None:
        """Add a vertical line."""
        line = QFrame()
        line.setFrameShape(QFrame.Shape.VLine)
        line.setProperty("line", "true")
        line.setFixedHeight(18)
        line.setForegroundRole(line.palette().ColorRole.Mid)
        self._layout.insertSpacing(self._layout.count() - 1, 4)
        self.add_widget(line)
        self._layout.insertSpacing(self._layout.count() - 1, 4)

    def set_note(self, text: str) -> None:
        """Write at the right end."""
        self._note.set_full_text(text)

    @property
    def note(self) -> str:
        """What stands at the right end."""
        return self._note.full_text

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        """Return the size without words."""
        words = sum(wide - narrow for wide, narrow in map(self._widths_of, self._worded_shown()))
        return QSize(self._needed_width() - words, super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802, D102
        super().resizeEvent(event)
        self._fit_words()

    def event(self, event: QEvent) -> bool:
        """Fit the words again where a control was shown, hidden or renamed."""
        if event.type() == QEvent.Type.LayoutRequest:
            self._fit_words()
        return super().event(event)

    def _fit_words(self) -> None:
        missing = self._needed_width() - self.width()
        for button in self._worded_shown():
            wide, narrow = self._widths_of(button)
            style = Qt.ToolButtonStyle.ToolButtonTextBesideIcon
            if missing > 0:
                missing -= wide - narrow
                style = Qt.ToolButtonStyle.ToolButtonIconOnly
            if button.toolButtonStyle() != style:
                button.setToolButtonStyle(style)

    def _worded_shown(self) -> list[QToolButton]:
        return [button for button in self._worded if not button.isHidden()]

    def _needed_width(self) -> int:
        """Return the width with all words and no note."""
        margins, widths = self._layout.contentsMargins(), []
        for index in range(self._layout.count() - 1):
            item = self._layout.itemAt(index)
            widget = item.widget() if item is not None else None
            if item is None or (widget is not None and widget.isHidden()):
                continue
            if isinstance(widget, QToolButton) and widget in self._worded:
                widths.append(self._widths_of(widget)[0])
            else:
                widths.append(item.minimumSize().width())
        return sum(widths) + self._layout.spacing() * len(widths) + margins.left() + margins.right()

    def _widths_of(self, button: QToolButton) -> tuple[int, int]:
        """Return the width of a button with and without its word."""
        key = (button, button.text())
        if key not in self._widths:
            button.ensurePolished()
            style, found = button.toolButtonStyle(), []
            for other in (Qt.ToolButtonStyle.ToolButtonTextBesideIcon, Qt.ToolButtonStyle.ToolButtonIconOnly):
                button.setToolButtonStyle(other)
                found.append(button.sizeHint().width())
            button.setToolButtonStyle(style)
            self._widths[key] = (found[0], found[1])
        return self._widths[key]

    def repaint_icons(self) -> None:
        """Take the icons' colour from the theme again."""
        for button, name in self._icons:
            button.setIcon(icon(name, self._theme))

    def _make(self, text: str, icon_name: str, tip: str, shows_text: bool) -> QToolButton:
        button = QToolButton()
        button.setText(text)
        button.setToolTip(tip)
        button.setAccessibleName(text)
        button.setIcon(icon(icon_name, self._theme))
        style = Qt.ToolButtonStyle
        button.setToolButtonStyle(style.ToolButtonTextBesideIcon if shows_text else style.ToolButtonIconOnly)
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._icons.append((button, icon_name))
        if shows_text:
            self._worded.append(button)
        self.add_widget(button)
        return button
