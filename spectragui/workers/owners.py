"""Whose a callback is: what belongs to a widget that is gone is not called any more."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable
from typing import Any

from PySide6.QtCore import QObject
from shiboken6 import Shiboken


def owner_of(callback: Callable[..., Any] | None) -> QObject | None:
    """Return the object of Qt whose method a callback is, bare or with values given; None = nobody's."""
    while isinstance(callback, functools.partial):
        callback = callback.func
    owner = getattr(callback, "__self__", None)
    return owner if isinstance(owner, QObject) else None


def is_gone(owners: Iterable[QObject]) -> bool:
    """Whether Qt has deleted one of them, while Python still holds what is left of it."""
    return not all(Shiboken.isValid(owner) for owner in owners)
