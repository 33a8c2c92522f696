"""Where things are on the screen: every visible widget, tab, action and item that has a name."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from PySide6.QtCore import QPoint, QRect
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QApplication,
    QGraphicsView,
    QGroupBox,
    QLabel,
    QMenu,
    QMenuBar,
    QTabBar,
    QWidget,
)

from tests.gui.top_windows import top_windows

Place = dict[str, Any]
Named = tuple[str, str, QWidget, QRect]  # name, kind, widget, rectangle in it


def visible_windows() -> list[QWidget]:
    """Return the windows, dialogs, menus and tooltips on the screen."""
    return [window for window in top_windows(is_shown=True) if not window.isMinimized()]


def places(name: str, kind: str) -> list[Place]:
    """Return the places of this name, those that can be clicked first, plots before what is about them."""
    kinds = {"": (), "widget": ("widget", "plot")}.get(kind, (kind,))
    found = [
        place_of(its_kind, widget, rect)
        for text, its_kind, widget, rect in named_places(kinds)
        if text == name and (not kinds or its_kind in kinds) and not _seen(widget, rect).isEmpty()
    ]
    return sorted(found, key=lambda place: (not place["is_on_top"], place["kind"] != "plot"))


def named_places(kinds: Sequence[str] = ()) -> Iterator[Named]:
    """Yield every name on the screen with its kind, widget and rectangle; items only where asked for."""
    for top in visible_windows():
        for widget in (top, *top.findChildren(QWidget)):
            if widget.isVisible():
                yield from _names_of(widget)
                if isinstance(widget, QAbstractItemView) and (not kinds or "item" in kinds):
                    yield from _items_of(widget)


def _names_of(widget: QWidget) -> Iterator[Named]:
    rect = widget.rect()
    if widget.accessibleName():
        kind = "plot" if isinstance(widget, QGraphicsView) else "widget"
        yield widget.accessibleName(), kind, widget, rect
    if isinstance(widget, QAbstractButton | QLabel) and widget.text():
        yield _plain(widget.text()), "text", widget, rect
    if isinstance(widget, QGroupBox) and widget.title():
        yield _plain(widget.title()), "text", widget, rect
    if isinstance(widget, QTabBar):
        for index in range(widget.count()):
            if widget.isTabVisible(index):
                yield _plain(widget.tabText(index)), "tab", widget, widget.tabRect(index)
    if isinstance(widget, QMenu | QMenuBar):
        for action in widget.actions():
            if action.isVisible() and action.text():
                yield _plain(action.text()), "action", widget, widget.actionGeometry(action)


def _items_of(view: QAbstractItemView) -> Iterator[Named]:
    if view.model() is None:
        return
    step = max(4, view.fontMetrics().height() // 2)
    seen = set()
    for y in range(2, view.viewport().height(), step):
        for x in range(4, view.viewport().width(), 24):
            index = view.indexAt(QPoint(x, y))
            if index.isValid() and (key := (index.row(), index.column(), index.internalId())) not in seen:
                seen.add(key)
                text = str(index.data() or "")
                if text:
                    yield text, "item", view.viewport(), view.visualRect(index)


def _seen(widget: QWidget, rect: QRect) -> QRect:
    """Return the part of a rectangle that the widgets around it let be seen."""
    seen, around, shift = rect.intersected(widget.rect()), widget, QPoint()
    while not around.isWindow() and around.parentWidget() is not None:
        shift += around.pos()
        around = around.parentWidget()
        seen = seen.intersected(around.rect().translated(-shift))
    return seen


def place_of(kind: str, widget: QWidget, rect: QRect) -> Place:
    """Return a place: a rectangle of a widget on the screen, and what it lies in."""
    seen = _seen(widget, rect)
    centre = widget.mapToGlobal(seen.center())
    top = QApplication.widgetAt(centre)
    inside, parent = [], widget
    while parent is not None:
        inside += [text for text in (parent.accessibleName(), parent.objectName()) if text]
        parent = parent.parentWidget()
    return {
        "kind": kind,
        "rect": _rect(widget, seen),
        "is_on_top": top is widget or (top is not None and widget.isAncestorOf(top)),
        "is_enabled": widget.isEnabled(),
        "inside": inside,
        "class": type(widget).__name__,
    }


def _rect(widget: QWidget, rect: QRect) -> list[int]:
    corner = widget.mapToGlobal(rect.topLeft())
    return [corner.x(), corner.y(), rect.width(), rect.height()]


def _plain(text: str) -> str:
    return text.replace("&&", "\0").replace("&", "").replace("\0", "&").strip()


def widgets_at(different: np.ndarray) -> list[str]:
    """Name the widgets in which pixels differ, with the number of pixels."""
    found: dict[str, int] = {}
    rows, columns = np.nonzero(different)
    step = max(1, rows.size // 500)
    for y, x in zip(rows[::step].tolist(), columns[::step].tolist(), strict=True):
        name = _chain(QApplication.widgetAt(QPoint(x, y)))
        found[name] = found.get(name, 0) + step
    return [f"{name} ({number})" for name, number in sorted(found.items(), key=lambda pair: -pair[1])][:6]


def _chain(widget: QWidget | None) -> str:
    names = []
    while widget is not None and len(names) < 3:
        name = widget.accessibleName() or widget.objectName()
        if name or not names:
            names.append(f"{type(widget).__name__} {name!r}")
        widget = widget.parentWidget()
    return " in ".join(names) or "no widget"
