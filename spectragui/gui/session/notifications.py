"""The one way to tell the user something; unexpected exceptions end here too."""

from __future__ import annotations

import dataclasses
import datetime
import itertools
import logging
import sys
import threading
import traceback
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Any, Literal

from PySide6.QtCore import QObject, Qt, Signal

from spectragui.core.errors import SpectraGUIError
from spectragui.core.wording import as_shown
from spectragui.gui.session.option_words import with_control_names
from spectragui.gui.session.repeated_faults import RepeatedFaults

Severity = Literal["note", "info", "success", "warning", "failure"]
QUIET: tuple[Severity, ...] = ("note", "success")  # only in the status bar and the log
_log = logging.getLogger("spectragui")
_LEVELS = {
    "note": logging.INFO,
    "info": logging.INFO,
    "success": logging.INFO,
    "warning": logging.WARNING,
    "failure": logging.ERROR,
}


@dataclasses.dataclass(frozen=True, eq=False)
class Message:
    """One message to the user.

    Attributes
    ----------
    number : int
        Rises with every message.
    severity : {"note", "info", "success", "warning", "failure"}
        Failures and warnings stay on screen until they are dismissed; notes and successes only
        reach the status bar and the log.
    text : str
        What happened, to which file.
    hint : str
        What to do.
    details : str
        For the log, to be copied (a traceback).
    button : str
        Text of the action in the message; empty = none.
    on_button : callable or None
        What the button does.
    time : str
        Local time, "14:05:31".
    is_verbatim : bool
        Whether the text stays as it is, sign by sign: it holds a command.
    """

    number: int
    severity: Severity
    text: str
    hint: str = ""
    details: str = ""
    button: str = ""
    on_button: Callable[[], None] | None = None
    time: str = ""
    is_verbatim: bool = False

    @property
    def shown_text(self) -> str:
        """The text as the window writes it."""
        return self.text if self.is_verbatim else as_shown(self.text)


@dataclasses.dataclass(frozen=True)
class Offer:
    """What is offered for one or several things: the words of a message, and what its button does.

    Attributes
    ----------
    text, hint, button : str
    on_button : callable
    """

    text: str
    hint: str
    button: str
    on_button: Callable[[], None]


class Notifications(QObject):
    """Keeps every message of the session and tells the window of new ones.

    Signals
    -------
    added : Message
    replaced : Message
        An offer holds more than before; its number is the same.
    dismissed : int
        Number of a message that is to vanish from the screen (not from the log).
    unexpected_raised : Message
        An exception that nobody foresaw: shown in a dialog.
    """

    added = Signal(object)
    replaced = Signal(object)
    dismissed = Signal(int)
    unexpected_raised = Signal(object)
    _raised_elsewhere = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._numbers = itertools.count(1)
        self._messages: list[Message] = []
        self._offers: dict[str, tuple[int, tuple[Any, ...]]] = {}  # not answered yet: number, things
        self._faults = RepeatedFaults()
        self._raised_elsewhere.connect(self._on_raised_elsewhere, Qt.ConnectionType.QueuedConnection)

    @property
    def messages(self) -> tuple[Message, ...]:
        """All messages of the session, oldest first."""
        return tuple(self._messages)

    def note(self, text: str, **more: Any) -> Message:
        """Say what was assumed or found on the way, without interrupting: status bar and log."""
        return self._add("note", text, **more)

    def info(self, text: str, **more: Any) -> Message:
        """Say something worth knowing; the bar that shows it can be dismissed."""
        return self._add("info", text, **more)

    def offer(self, kind: str, things: Sequence[Any], make: Callable[[tuple[Any, ...]], Offer]) -> Message:
        """Offer something; an offer of this kind that is not answered yet becomes one with it.

        Parameters
        ----------
        kind : str
            Offers of the same kind are one message, whenever they come.
        things : sequence
            What it is about (names, ids); told apart by equality.
        make : callable
            ``make(things)`` returns the `Offer` for all of them, those offered before included.
        """
        number, before = self._offers.get(kind, (0, ()))
        together = (*before, *(thing for thing in things if thing not in before))
        offer = dict(vars(make(together)))
        if number:
            message = self._replace(number, offer)
        else:
            message = self.info(offer.pop("text"), **offer)
        self._offers[kind] = (message.number, together)
        return message

    def withdraw(self, kind: str) -> None:
        """Take an offer from the screen that has become pointless."""
        if kind in self._offers:
            self.dismiss(self._offers[kind][0])

    def success(self, text: str, **more: Any) -> Message:
        """Say that something was done, without interrupting: status bar and log."""
        return self._add("success", text, **more)

    def warning(self, text: str, **more: Any) -> Message:
        """Say what should be looked at; stays until it is dismissed."""
        return self._add("warning", text, **more)

    def failure(self, error: SpectraGUIError) -> Message:
        """Show an error of ours: what happened and what to do; stays until it is dismissed."""
        hint = with_control_names(error.hint)
        return self._add("failure", with_control_names(error.message), hint=hint, details=error.details)

    def add_failure(self, text: str, **more: Any) -> Message:
        """Say that something failed, with a button that helps; stays until it is dismissed."""
        return self._add("failure", text, **more)

    def unexpected(self, error: BaseException, doing: str = "") -> None:
        """Show an exception that nobody foresaw, with details to copy; one that keeps coming only once."""
        is_known = self._faults.is_known(error)
        if self._faults.is_burst(error):
            return
        details = "".join(traceback.format_exception(error))
        during = f" while: {doing}" if doing else ""
        message = self._add(
            "failure",
            f"Something went wrong{during} ({type(error).__name__}).",
            hint="Your spectra and results are kept. The details are in the log, to be copied.",
            details=details,
        )
        if not is_known:
            self.unexpected_raised.emit(message)

    def dismiss(self, number: int) -> None:
        """Take a message from the screen; it stays in the log. An offer is answered by that."""
        self._offers = {kind: offer for kind, offer in self._offers.items() if offer[0] != number}
        self.dismissed.emit(number)

    def install_hooks(self) -> None:
        """Catch what no code caught: in slots, in the main thread and in all others."""
        sys.excepthook = self._on_main_exception
        threading.excepthook = self._on_thread_exception

    def remove_hooks(self) -> None:
        """Put Python's own hooks back."""
        sys.excepthook = sys.__excepthook__
        threading.excepthook = threading.__excepthook__

    def _add(self, severity: Severity, text: str, **more: Any) -> Message:
        time = datetime.datetime.now().strftime("%H:%M:%S")
        message = Message(next(self._numbers), severity, text, time=time, **more)
        self._messages.append(message)
        _log.log(_LEVELS[severity], "%s %s %s", message.text, message.hint, message.details)
        self.added.emit(message)
        return message

    def _replace(self, number: int, changes: dict[str, Any]) -> Message:
        place = next(i for i, message in enumerate(self._messages) if message.number == number)
        message = dataclasses.replace(self._messages[place], **changes)
        self._messages[place] = message
        self.replaced.emit(message)
        return message

    def _on_main_exception(
        self, kind: type[BaseException], error: BaseException, trace: TracebackType | None
    ) -> None:
        if issubclass(kind, KeyboardInterrupt):
            sys.__excepthook__(kind, error, trace)
            return
        self._raised_elsewhere.emit(error)  # later: it may come out of a paint event

    def _on_raised_elsewhere(self, error: BaseException) -> None:
        if not isinstance(error, SpectraGUIError):
            self.unexpected(error)
        elif not self._faults.is_burst(error):
            self.failure(error)

    def _on_thread_exception(self, args: threading.ExceptHookArgs) -> None:
        if args.exc_value is not None and not issubclass(args.exc_type, SystemExit):
            self._raised_elsewhere.emit(args.exc_value)
