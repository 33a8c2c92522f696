"""`Session`: the one holder of the window's state, its history, its tasks and its messages."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Callable, Sequence
from typing import Any

from PySide6.QtCore import QObject, Signal

from spectragui.core.errors import SpectraGUIError
from spectragui.gui.session.agreement import agreeing
from spectragui.gui.session.notifications import Notifications
from spectragui.gui.session.state import SELECTING_FIELDS, UNDOABLE_FIELDS, AppState
from spectragui.gui.theme.theme import Theme
from spectragui.workers.tasks import Job, PoolName, TaskRunner

HISTORY_LENGTH = 200


@dataclasses.dataclass(frozen=True, eq=False)
class Gesture:
    """One entry of the history: the fields that a gesture changed, before and after."""

    text: str
    key: str
    before: dict[str, Any]
    after: dict[str, Any]


class Session(QObject):
    """Holds the state; panels read it, ask for changes, and follow ``changed``.

    Signals
    -------
    changed : AppState, AppState
        The old state and the new one.
    history_changed
        What can be undone or redone is another than before.
    pointer_moved : str
        What is under the crosshair, for the status bar; empty = nothing.
    """

    changed = Signal(object, object)
    history_changed = Signal()
    pointer_moved = Signal(str)

    def __init__(self, theme: Theme, state: AppState | None = None, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.theme = theme
        self.tasks = TaskRunner(self)
        self.notifications = Notifications(self)
        self._state = state or AppState()
        self._undo: list[Gesture] = []
        self._redo: list[Gesture] = []
        self._ids = itertools.count(1)
        self.tasks.failed.connect(self._on_task_failed)

    @property
    def state(self) -> AppState:
        """The state now."""
        return self._state

    def new_id(self, kind: str) -> str:
        """Return an id that was not used before in this session, as "spectrum-3"."""
        return f"{kind}-{next(self._ids)}"

    def update(self, undo: str = "", gesture: str = "", **changes: Any) -> None:
        """Make the next state and tell everybody.

        Parameters
        ----------
        undo : str
            Name of the gesture in the history ("Correct medium"); empty = not kept there.
        gesture : str
            Consecutive updates of the same non-empty gesture are one entry (a slider drag).
        **changes
            Fields of `AppState`. Values that are the present ones change nothing.
        """
        changes = {name: value for name, value in changes.items() if getattr(self._state, name) is not value}
        if not changes:
            return
        changes = agreeing(self._state, changes)
        if undo:
            self._remember(undo, gesture, changes)
        self._become(changes)

    def undo(self) -> None:
        """Take the last gesture back."""
        if self._undo:
            entry = self._undo.pop()
            self._redo.append(entry)
            self._become(self._fitting(entry.before))
            self.history_changed.emit()

    def revert(self, gesture: str) -> None:
        """Take the last gesture back if it is this one, as Esc does while a control is edited."""
        if self._undo and gesture and self._undo[-1].key == gesture:
            self.undo()

    def redo(self) -> None:
        """Do again what was undone last."""
        if self._redo:
            entry = self._redo.pop()
            self._undo.append(entry)
            self._become(self._fitting(entry.after))
            self.history_changed.emit()

    @property
    def undo_text(self) -> str:
        """Name of the gesture that `undo` would take back; empty = none."""
        return self._undo[-1].text if self._undo else ""

    @property
    def redo_text(self) -> str:
        """Name of the gesture that `redo` would do again; empty = none."""
        return self._redo[-1].text if self._redo else ""

    @property
    def history(self) -> tuple[tuple[Gesture, ...], tuple[Gesture, ...]]:
        """What can be undone, and what can be redone, the nearest first."""
        return tuple(reversed(self._undo)), tuple(reversed(self._redo))

    def forget(self, gestures: Sequence[Gesture]) -> None:
        """Take the furthest gestures out of the history, as far as they are among these."""
        known = {id(gesture) for gesture in gestures}
        for steps in (self._undo, self._redo):
            while steps and id(steps[0]) in known:
                del steps[0]
        if known:
            self.history_changed.emit()

    def run(
        self,
        key: str,
        function: Callable[..., Any],
        *values: Any,
        title: str = "",
        pool: PoolName = "general",
        on_done: Callable[[Any], None] | None = None,
        on_failed: Callable[[BaseException], None] | None = None,
        on_part: Callable[[Any], None] | None = None,
        on_cancelled: Callable[[], None] | None = None,
    ) -> int:
        """Run ``function(*values, progress=...)`` in the background (see `TaskRunner.run`).

        Without ``on_failed`` a failure becomes a notification.
        """
        return self.tasks.run(
            key,
            function,
            *values,
            title=title,
            pool=pool,
            on_done=on_done,
            on_failed=on_failed,
            on_part=on_part,
            on_cancelled=on_cancelled,
        )

    def close(self) -> None:
        """Cancel what runs and wait for it."""
        self.tasks.close()

    def _remember(self, text: str, gesture: str, changes: dict[str, Any]) -> None:
        if not any(name in UNDOABLE_FIELDS for name in changes):
            return
        kept = (*UNDOABLE_FIELDS, *SELECTING_FIELDS)
        after = {name: value for name, value in changes.items() if name in kept}
        before = {name: getattr(self._state, name) for name in after}
        last = self._undo[-1] if self._undo else None
        if last is not None and gesture and last.key == gesture:
            self._undo.pop()
            before = {**before, **last.before}
            after = {**last.after, **after}
        self._undo.append(Gesture(text, gesture, before, after))
        del self._undo[:-HISTORY_LENGTH]
        self._redo.clear()

    def _become(self, changes: dict[str, Any]) -> None:
        old, self._state = self._state, dataclasses.replace(self._state, **changes)
        self.changed.emit(old, self._state)
        if any(name in UNDOABLE_FIELDS for name in changes):
            self.history_changed.emit()

    def _fitting(self, changes: dict[str, Any]) -> dict[str, Any]:
        """Add to restored fields what has to follow them: the selection names what exists."""
        state = dataclasses.replace(self._state, **changes)
        result = dict(changes)
        if state.selected is None:
            result["selected_id"] = state.spectra[-1].id if state.spectra else ""
        if state.result(state.selected_result_id) is None:
            result["selected_result_id"] = ""
        return agreeing(self._state, result)

    def _on_task_failed(self, job: Job, error: BaseException, is_handled: bool) -> None:
        if isinstance(error, SpectraGUIError):
            if not is_handled:
                self.notifications.failure(error)
        else:
            self.notifications.unexpected(error, doing=job.title)
