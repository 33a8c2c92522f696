"""Messages on screen: bars over the plot with the action in them; failures stay until dismissed."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPoint, QTimer, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QFrame,
    QGraphicsView,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSizePolicy,
    QTabBar,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from spectragui.core.wording import as_shown
from spectragui.gui.session.notifications import QUIET, Message, Notifications
from spectragui.gui.theme.icons import icon
from spectragui.gui.theme.rich_text import write_rich
from spectragui.gui.theme.theme import Theme

SHOWN_AT_ONCE = 3
LOW_WINDOW = 800  # pixels; there one bar leaves the plots their room
INFO_SECONDS = 12
ICONS = {
    "note": ("mdi6.information-outline", "secondary"),
    "info": ("mdi6.information-outline", "accent"),
    "warning": ("mdi6.alert-outline", "caution"),
    "failure": ("mdi6.alert-circle-outline", "bad"),
}


class NotificationBars(QWidget):
    """Stack of message bars; empty, it is not there.

    Parameters
    ----------
    notifications : Notifications
    theme : Theme

    Signals
    -------
    log_requested
        The user wants to see the messages for which there was no room.
    laid_out
        The bars need another height than before.
    """

    log_requested = Signal()
    laid_out = Signal()

    def __init__(self, notifications: Notifications, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._notifications = notifications
        self._n_without_room = 0
        self._more = QPushButton()
        self._more.setProperty("flat", "true")
        self._more.hide()
        self._more.clicked.connect(self._on_more_clicked)
        self._bars: dict[int, MessageBar] = {}
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(8, 8, 8, 4)
        self._layout.setSpacing(4)
        self._layout.addWidget(self._more)
        self.hide()
        notifications.added.connect(self._on_message_added)
        notifications.replaced.connect(self._on_message_replaced)
        notifications.dismissed.connect(self._on_message_dismissed)
        theme.changed.connect(self._on_theme_changed)

    def event(self, event: QEvent) -> bool:
        """Tell who places the bars when they have changed."""
        done = super().event(event)
        if event.type() in (QEvent.Type.LayoutRequest, QEvent.Type.Show):
            self.laid_out.emit()
        return done

    def height_for(self, width: int) -> int:
        """Return the height [pixels] that all bars take."""
        height = self._layout.heightForWidth(width) if self._layout.hasHeightForWidth() else 0
        return max(height, self._layout.minimumSize().height())

    def _on_message_added(self, message: Message) -> None:
        if message.severity in QUIET:
            return
        same = [number for number, bar in self._bars.items() if bar.message.text == message.text]
        for number in same:
            self._notifications.dismiss(number)
        while len(self._bars) >= self._n_at_once():  # the oldest give way; all stay in the log
            self._n_without_room += 1
            self._take_away(next(iter(self._bars)))
        plural = "s are" if self._n_without_room > 1 else " is"
        self._more.setText(f"{self._n_without_room} earlier message{plural} in the Log")
        self._more.setVisible(self._n_without_room > 0)
        bar = self._make_bar(message)
        self._layout.addWidget(bar)
        self.show()
        if message.severity == "info" and not message.button:
            QTimer.singleShot(INFO_SECONDS * 1000, bar, lambda: self._notifications.dismiss(message.number))

    def _on_message_replaced(self, message: Message) -> None:
        """Say in the same place what an offer holds now; one that had to give way comes back."""
        old = self._bars.get(message.number)
        if old is None:
            self._on_message_added(message)
            return
        bar = self._make_bar(message)
        self._layout.replaceWidget(old, bar)
        bar.show()
        old.hide()
        old.deleteLater()

    def _make_bar(self, message: Message) -> MessageBar:
        bar = MessageBar(message, self._theme)
        bar.closer.clicked.connect(lambda: self._notifications.dismiss(message.number))
        self._bars[message.number] = bar
        return bar

    def _n_at_once(self) -> int:
        return 1 if self.window().height() < LOW_WINDOW else SHOWN_AT_ONCE

    def _on_message_dismissed(self, number: int) -> None:
        self._take_away(number)

    def _take_away(self, number: int) -> None:
        bar = self._bars.pop(number, None)
        if bar is not None:
            self._layout.removeWidget(bar)
            bar.hide()
            bar.deleteLater()
        self.setVisible(bool(self._bars) or self._n_without_room > 0)

    def _on_more_clicked(self) -> None:
        self._n_without_room = 0
        self._more.hide()
        self.setVisible(bool(self._bars))
        self.log_requested.emit()

    def _on_theme_changed(self) -> None:
        for bar in self._bars.values():
            bar.repaint_theme()


class PageUnderBars(QWidget):
    """The centre of the window with the bars over it: what lies under the mouse does not move when they come.

    Parameters
    ----------
    page : QWidget
    bars : NotificationBars
    """

    def __init__(self, page: QWidget, bars: NotificationBars) -> None:
        super().__init__()
        self._bars = bars
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(page)
        bars.setParent(self)
        bars.hide()
        bars.laid_out.connect(self.place)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the bars where they belong."""
        super().resizeEvent(event)
        self.place()

    def place(self) -> None:
        """Lay the bars over the top of the plot that is shown; tabs and buttons stay free."""
        if self._bars.isHidden():  # they ask for their place when they come
            return
        height = self._bars.height_for(self.width())
        plots = [view for view in self.findChildren(QGraphicsView) if view.isVisible()]
        tabs = [bar for bar in self.findChildren(QTabBar) if bar.isVisible()]
        below = [view.mapTo(self, QPoint()).y() for view in plots]
        below = below or [bar.mapTo(self, QPoint(0, bar.height())).y() for bar in tabs]
        top = min(below, default=0)
        self._bars.setGeometry(0, max(min(top, self.height() - height), 0), self.width(), height)
        self._bars.raise_()


class MessageBar(QFrame):
    """One message: icon, what happened and what to do, the action, and a cross."""

    def __init__(self, message: Message, theme: Theme) -> None:
        super().__init__()
        self.message = message
        self._theme = theme
        self.setProperty("bar", message.severity)
        self.setAccessibleName(f"{message.severity}: {message.text} {message.hint}")
        layout = QHBoxLayout(self)
        layout.setContentsMargins(12, 6, 6, 6)
        layout.setSpacing(10)
        self._picture = QLabel()
        layout.addWidget(self._picture)
        layout.addLayout(self._texts(), 1)
        if message.button:
            layout.addWidget(self._button())
        self.closer = QToolButton()
        self.closer.setAccessibleName("Dismiss")
        self.closer.setToolTip("Dismiss; the message stays in the Log")
        layout.addWidget(self.closer)
        self.repaint_theme()

    def repaint_theme(self) -> None:
        """Draw the icons in the theme's colours."""
        name, role = ICONS.get(self.message.severity, ICONS["info"])
        self._picture.setPixmap(icon(name, self._theme, role).pixmap(18, 18))
        self.closer.setIcon(icon("mdi6.close", self._theme))

    def _texts(self) -> QVBoxLayout:
        texts = QVBoxLayout()
        texts.setSpacing(1)
        for text, role in ((self.message.shown_text, "bar"), (as_shown(self.message.hint), "")):
            if text:
                label = QLabel()
                write_rich(label, text)
                label.setWordWrap(True)
                label.setProperty("role", role)
                label.setMinimumHeight(label.fontMetrics().height())  # else the window would have to grow
                label.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Minimum)
                texts.addWidget(label)
        return texts

    def _button(self) -> QPushButton:
        button = QPushButton(self.message.button)
        button.clicked.connect(self._on_button_clicked)
        return button

    def _on_button_clicked(self) -> None:
        if self.message.on_button is not None:
            self.message.on_button()
        self.closer.click()
