"""What Qt calls back never raises into the binding: the exception goes to `sys.excepthook` instead.

An exception that C code raised (an IndexError of a list, a TypeError of numpy) inside a method that Qt calls
while Python called Qt ends the process: PySide6 takes it for an instance, which CPython 3.11 makes of
it only later. Slots are safe, the binding reports their exceptions itself; virtual methods are not. So
every class under a Qt class gets its virtual methods guarded when it is made: ours, pyqtgraph's, and
those that are still to be written.
"""

from __future__ import annotations

import functools
import inspect
import sys
from collections.abc import Callable
from types import FunctionType
from typing import Any

from PySide6.QtCore import QModelIndex, QRectF, QSize, QSizeF, Qt
from PySide6.QtGui import QIcon, QPainterPath, QPixmap, QValidator
from shiboken6 import Shiboken


def _nothing() -> None:
    return None


# The virtual methods of Qt's classes, and what Qt is given in place of an answer. Methods whose names end
# with "Event" are guarded everywhere: pyqtgraph calls some of that name, and only prints what they raise.
VIRTUAL: dict[str, dict[str, Callable[[], Any]]] = {
    "QObject": {"event": bool, "eventFilter": bool},
    "QThread": {"run": _nothing},
    "QRunnable": {"run": _nothing},
    "QWidget": {
        "sizeHint": QSize,
        "minimumSizeHint": QSize,
        "heightForWidth": int,
        "hasHeightForWidth": bool,
        "focusNextPrevChild": bool,
        "initStyleOption": _nothing,
        "setVisible": _nothing,
        "close": bool,
    },
    "QAbstractScrollArea": {"viewportEvent": bool, "scrollContentsBy": _nothing, "viewportSizeHint": QSize},
    "QAbstractItemView": {
        "updateGeometries": _nothing,
        "sizeHintForColumn": int,
        "sizeHintForRow": int,
        "selectionChanged": _nothing,
        "currentChanged": _nothing,
        "startDrag": _nothing,
    },
    "QTreeView": {"drawRow": _nothing, "drawBranches": _nothing},
    "QHeaderView": {"paintSection": _nothing, "sectionSizeFromContents": QSize},
    "QComboBox": {"showPopup": _nothing, "hidePopup": _nothing},
    "QAbstractButton": {"nextCheckState": _nothing, "hitButton": bool},
    "QAbstractSpinBox": {"stepBy": _nothing, "fixup": str, "validate": lambda: QValidator.State.Invalid},
    "QDoubleSpinBox": {"textFromValue": str, "valueFromText": float},
    "QSpinBox": {"textFromValue": str, "valueFromText": int},
    "QDialog": {"accept": _nothing, "reject": _nothing, "done": _nothing},
    "QLayoutItem": {
        "sizeHint": QSize,
        "minimumSize": QSize,
        "maximumSize": QSize,
        "setGeometry": _nothing,
        "hasHeightForWidth": bool,
        "heightForWidth": int,
        "expandingDirections": lambda: Qt.Orientation(0),
        "invalidate": _nothing,
    },
    "QLayout": {"addItem": _nothing, "count": int, "itemAt": _nothing, "takeAt": _nothing},
    "QAbstractItemModel": {
        "rowCount": int,
        "columnCount": int,
        "data": _nothing,
        "setData": bool,
        "headerData": _nothing,
        "flags": lambda: Qt.ItemFlag.NoItemFlags,
        "index": QModelIndex,
        "parent": QModelIndex,
        "sort": _nothing,
        "canFetchMore": bool,
        "fetchMore": _nothing,
    },
    "QSortFilterProxyModel": {
        "filterAcceptsRow": lambda: True,
        "filterAcceptsColumn": bool,
        "lessThan": bool,
    },
    "QAbstractItemDelegate": {
        "paint": _nothing,
        "sizeHint": QSize,
        "createEditor": _nothing,
        "setEditorData": _nothing,
        "setModelData": _nothing,
        "updateEditorGeometry": _nothing,
        "editorEvent": bool,
        "helpEvent": bool,
    },
    "QStyledItemDelegate": {"initStyleOption": _nothing, "displayText": str},
    "QStyle": {"standardIcon": QIcon, "polish": _nothing},
    "QIconEngine": {"clone": _nothing, "paint": _nothing, "pixmap": QPixmap, "scaledPixmap": QPixmap},
    "QGraphicsItem": {
        "boundingRect": QRectF,
        "shape": QPainterPath,
        "opaqueArea": QPainterPath,
        "contains": bool,
        "paint": _nothing,
        "itemChange": _nothing,
        "sceneEvent": bool,
        "sceneEventFilter": bool,
    },
    "QGraphicsLayoutItem": {"sizeHint": QSizeF, "setGeometry": _nothing, "updateGeometry": _nothing},
    "QGraphicsView": {"drawBackground": _nothing, "drawForeground": _nothing},
    "QGraphicsScene": {"drawBackground": _nothing, "drawForeground": _nothing},
}


def is_guarded(method: object) -> bool:
    """Return whether a method cannot raise into the binding."""
    return hasattr(method, "_is_guarded")


def guarded(method: FunctionType, answer: Callable[[], Any]) -> Callable[..., Any]:
    """Return a method that reports its exceptions and gives Qt an answer all the same."""

    def report() -> Any:
        sys.excepthook(*sys.exc_info())  # type: ignore[arg-type]
        return answer()

    def call_alone(self: Any) -> Any:  # where a signal is connected, Qt counts the arguments
        try:
            return method(self)
        except Exception:  # noqa: BLE001 - nothing may reach the binding
            return report()

    def call(self: Any, *args: Any, **more: Any) -> Any:
        try:
            return method(self, *args, **more)
        except Exception:  # noqa: BLE001 - nothing may reach the binding
            return report()

    takes_more = method.__code__.co_argcount > 1 or method.__code__.co_flags & inspect.CO_VARARGS
    result = functools.wraps(method)(call if takes_more else call_alone)
    result._is_guarded = True  # type: ignore[attr-defined]
    return result


def virtual_methods(cls: type) -> dict[str, Callable[[], Any]]:
    """Return the names of what Qt calls in objects of a class, each with an answer for want of one."""
    names: dict[str, Callable[[], Any]] = {}
    for base in reversed(cls.__mro__):
        names |= VIRTUAL.get(base.__name__, {})
    return names | {name: names.get(name, _nothing) for name in vars(cls) if name.endswith("Event")}


def guard_class(cls: type) -> None:
    """Guard the virtual methods that a class itself defines in Python."""
    own = vars(cls)
    for name, answer in virtual_methods(cls).items():
        method = own.get(name)
        if isinstance(method, FunctionType) and not is_guarded(method):
            setattr(cls, name, guarded(method, answer))


def install() -> None:
    """Guard the classes under Qt's that there are, and all that come."""
    if is_guarded(Shiboken.Object.__init_subclass__):
        return

    def guard_new(cls: type, **more: Any) -> None:
        super(Shiboken.Object, cls).__init_subclass__(**more)  # type: ignore[misc]
        guard_class(cls)

    guard_new._is_guarded = True  # type: ignore[attr-defined]
    Shiboken.Object.__init_subclass__ = classmethod(guard_new)  # type: ignore[assignment]
    present = list(Shiboken.Object.__subclasses__())
    for cls in present:
        present.extend(cls.__subclasses__())
        guard_class(cls)
