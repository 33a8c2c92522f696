"""The search field of the toolbar: type a few letters of any action and press Enter (Ctrl+K)."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QModelIndex, QObject, Qt
from PySide6.QtGui import QAction, QKeySequence, QStandardItem, QStandardItemModel
from PySide6.QtWidgets import QCompleter, QHeaderView, QLineEdit, QTreeView, QWidget

NAME_ROLE = Qt.ItemDataRole.UserRole + 1


class CommandSearch(QLineEdit):
    """Finds actions by any part of their text.

    Parameters
    ----------
    qactions : callable
        Returns name -> QAction of everything that can be done.
    parent : QWidget
    """

    def __init__(self, qactions: Callable[[], dict[str, QAction]], parent: QWidget) -> None:
        super().__init__(parent)
        self._qactions = qactions
        self.setPlaceholderText("Search actions  (Ctrl+K)")
        self.setAccessibleName("Search actions")
        self.setToolTip("Find any action by its name  (Ctrl+K)")
        self.setFixedWidth(230)
        self.setClearButtonEnabled(True)
        self.setAcceptDrops(False)  # files dropped here are to be opened, not searched for
        self._model = QStandardItemModel(0, 2, self)
        self._popup = self._make_popup()
        self._popup_completer = self._make_completer()
        self.setCompleter(self._popup_completer)
        self.returnPressed.connect(self._on_return_pressed)

    def open(self) -> None:
        """Take the focus and show everything that can be done now."""
        self._fill()
        self.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.selectAll()
        self._popup_completer.setCompletionPrefix("")
        self._popup_completer.complete()

    def focusInEvent(self, event: object) -> None:
        """Offer what can be done now."""
        self._fill()
        super().focusInEvent(event)  # type: ignore[arg-type]

    def _make_popup(self) -> QTreeView:
        popup = QTreeView()
        popup.setHeaderHidden(True)
        popup.setRootIsDecorated(False)
        popup.setUniformRowHeights(True)
        popup.setAccessibleName("Actions found")
        popup.installEventFilter(self)
        return popup

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802
        """Keep the list below the field's right end: it is wider, and Qt would let it leave the screen."""
        moves = (QEvent.Type.Show, QEvent.Type.Move, QEvent.Type.Resize)
        if watched is self._popup and event.type() in moves:
            right = self.mapToGlobal(self.rect().topRight()).x() + 1
            place = self._popup.pos()
            if place.x() != right - self._popup.width():
                self._popup.move(right - self._popup.width(), place.y())
        return super().eventFilter(watched, event)

    def _make_completer(self) -> QCompleter:
        completer = QCompleter(self._model, self)
        completer.setPopup(self._popup)
        completer.setFilterMode(Qt.MatchFlag.MatchContains)
        completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        completer.setCompletionColumn(0)
        completer.setMaxVisibleItems(14)
        completer.activated[QModelIndex].connect(self._on_completer_activated)  # type: ignore[index]
        return completer

    def _fill(self) -> None:
        self._model.clear()
        for name, qaction in self._qactions().items():
            if not qaction.isEnabled():
                continue
            text = QStandardItem(qaction.icon(), qaction.text().replace("&", ""))
            text.setData(name, NAME_ROLE)
            text.setToolTip(qaction.toolTip())
            keys = QStandardItem(qaction.shortcut().toString(QKeySequence.SequenceFormat.NativeText))
            keys.setTextAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            self._model.appendRow([text, keys])
        header = self._popup.header()
        if header.count() == 2:
            header.setStretchLastSection(False)
            header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
            header.setSectionResizeMode(1, QHeaderView.ResizeMode.ResizeToContents)
        self._popup.setMinimumWidth(360)

    def _on_completer_activated(self, index: QModelIndex) -> None:
        self._trigger(index.siblingAtColumn(0).data(NAME_ROLE))

    def _on_return_pressed(self) -> None:
        index = self._popup_completer.currentIndex()
        if self.text() and index.isValid():
            self._trigger(index.siblingAtColumn(0).data(NAME_ROLE))

    def _trigger(self, name: str) -> None:
        # The completer writes the text after this signal: clear it in the next turn of the loop.
        from PySide6.QtCore import QTimer

        QTimer.singleShot(0, self, self.clear)
        self.clearFocus()
        self._qactions()[name].trigger()
