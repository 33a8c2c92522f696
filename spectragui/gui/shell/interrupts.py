"""Close the window as it should be when the process is interrupted (Ctrl+C) or told to end."""

from __future__ import annotations

import signal
import socket

from PySide6.QtCore import QCoreApplication, QObject, QSocketNotifier
from PySide6.QtWidgets import QWidget


class Interrupts(QObject):
    """Turns SIGINT and SIGTERM into closing a window.

    Python handles signals only between its own instructions, so Qt's loop must be woken: Python
    writes to a socket, and Qt watches its other end.

    Parameters
    ----------
    window : QWidget
    """

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._reader, self._writer = socket.socketpair()
        self._writer.setblocking(False)
        signal.set_wakeup_fd(self._writer.fileno())
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda _number, _frame: None)
        self._notifier = QSocketNotifier(self._reader.fileno(), QSocketNotifier.Type.Read, self)
        self._window = window
        self._notifier.activated.connect(self._on_notifier_activated)

    def _on_notifier_activated(self) -> None:
        """Close the window and end, once: what is not read would call for ever."""
        self._notifier.setEnabled(False)
        self._window.close()
        QCoreApplication.quit()

    def end(self) -> None:
        """Put the signals back as they were."""
        self._notifier.setEnabled(False)
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        self._reader.close()
        self._writer.close()
