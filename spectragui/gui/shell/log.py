"""Log: every message of the session in words, with details to copy."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QHBoxLayout, QHeaderView, QPushButton, QTreeWidget, QTreeWidgetItem, QVBoxLayout

from spectragui.core.wording import as_shown
from spectragui.gui.panel import Panel, register_panel
from spectragui.gui.session.notifications import Message
from spectragui.gui.session.session import Session
from spectragui.gui.shell.notification_bar import ICONS
from spectragui.gui.theme.icons import icon

MESSAGE_ROLE = Qt.ItemDataRole.UserRole + 1
SUCCESS_ICON = ("mdi6.check-circle-outline", "good")
TOOLTIP_LETTERS = 1200  # more would cover the window; "Copy details" gives all


@register_panel(
    "Log",
    area="bottom",
    icon="mdi6.message-text-outline",
    priority=30,
    is_available=lambda s: bool(s.results),
)
class LogPanel(Panel):
    """List of messages, the newest at the end."""

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self.tree = QTreeWidget()
        self.tree.setHeaderLabels(["Time", "Message"])
        self.tree.setAccessibleName("Messages of the session")
        self.tree.setRootIsDecorated(False)
        self.tree.setUniformRowHeights(False)
        self.tree.header().setSectionResizeMode(0, QHeaderView.ResizeMode.ResizeToContents)
        self._copy = QPushButton("Copy details")
        self._copy.setToolTip("Copy the selected message with all its details, or the whole log")
        self._copy.clicked.connect(self._on_copy_clicked)
        row = QVBoxLayout()
        row.addWidget(self._copy)
        row.addStretch()
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.tree, 1)
        layout.addLayout(row)
        for message in session.notifications.messages:
            self._on_message_added(message)
        session.notifications.added.connect(self._on_message_added)
        session.notifications.replaced.connect(self._on_message_replaced)

    def repaint_theme(self) -> None:
        """Draw the icons in the theme's colours."""
        for number in range(self.tree.topLevelItemCount()):
            item = self.tree.topLevelItem(number)
            if item is not None:
                self._draw_icon(item)

    def _on_message_added(self, message: Message) -> None:
        item = QTreeWidgetItem([message.time, ""])
        self._fill(item, message)
        self.tree.addTopLevelItem(item)
        self.tree.scrollToItem(item)

    def _on_message_replaced(self, message: Message) -> None:
        for number in range(self.tree.topLevelItemCount()):
            item = self.tree.topLevelItem(number)
            if item is not None and item.data(0, MESSAGE_ROLE).number == message.number:
                self._fill(item, message)

    def _fill(self, item: QTreeWidgetItem, message: Message) -> None:
        text = f"{message.shown_text} {as_shown(message.hint)}".strip()
        item.setText(1, text)
        item.setData(0, MESSAGE_ROLE, message)
        said = message.details or text
        item.setToolTip(1, said if len(said) <= TOOLTIP_LETTERS else said[:TOOLTIP_LETTERS] + "…")
        self._draw_icon(item)

    def _draw_icon(self, item: QTreeWidgetItem) -> None:
        name, role = ICONS.get(item.data(0, MESSAGE_ROLE).severity, SUCCESS_ICON)
        item.setIcon(1, icon(name, self.session.theme, role))

    def _on_copy_clicked(self) -> None:
        chosen = [item.data(0, MESSAGE_ROLE) for item in self.tree.selectedItems()]
        QGuiApplication.clipboard().setText(log_text(chosen or list(self.session.notifications.messages)))


def log_text(messages: list[Message]) -> str:
    """Return messages as plain text, with their details."""
    lines = []
    for message in messages:
        lines.append(f"{message.time} {message.severity}: {message.text} {message.hint}".strip())
        if message.details:
            lines.append(message.details.rstrip())
    return "\n".join(lines)
