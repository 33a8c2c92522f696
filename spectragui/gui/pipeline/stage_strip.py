"""`StageStrip`: the stages of a chain in their order, to choose, switch, drag, add and remove."""

from __future__ import annotations

import bisect
import time

from PySide6.QtCore import QPoint, QRect, Qt, QTimer
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QMenu, QSizePolicy, QToolButton, QWidget

from spectragui.gui.forms.menu_button import give_menu
from spectragui.gui.pipeline import edits
from spectragui.gui.pipeline.flow_layout import FlowLayout
from spectragui.gui.pipeline.shown import StepState, shown_chain, shown_run, shown_step, step_states
from spectragui.gui.pipeline.stage_chip import StageChip
from spectragui.gui.session.session import Session
from spectragui.gui.session.state import AppState
from spectragui.gui.theme.icons import icon

GROUP_STARTS = (0, 50, 70, 100)  # priorities: of masks, of orders, of flux and continuum, of the axis


PATIENCE_MS = 200  # a run that takes longer is shown on the chips


class StageStrip(QWidget):
    """Chips of the stages, and a button that adds one.

    Parameters
    ----------
    session : Session
    """

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self.chips: list[StageChip] = []
        self._drop_at: int | None = None
        self._known: tuple[StepState, ...] = ()
        self._since: float | None = None  # stages have been running
        self._patience = QTimer(self, singleShot=True, interval=PATIENCE_MS)
        self._patience.timeout.connect(lambda: self.follow(session.state))
        self._flow = FlowLayout(self)
        self._flow.setContentsMargins(8, 6, 12, 4)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        self.setAccessibleName("Stages of the chain")
        self.add_button = QToolButton()
        self.add_button.setText("Add stage")
        self.add_button.setAccessibleName("Add stage")
        self.add_button.setToolTip("Put a stage behind the one that is chosen")
        self.add_button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.add_button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.add_button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.menu = QMenu(self.add_button)
        self.menu.setToolTipsVisible(True)
        self.menu.aboutToShow.connect(lambda: fill_with_stages(self.menu, session))
        give_menu(self.add_button, self.menu)
        self._flow.addWidget(self.add_button)
        self.repaint_theme()

    def follow(self, state: AppState) -> None:
        """Show the chain of the selected spectrum and what is known of its stages."""
        chain = shown_chain(state)
        steps = chain.steps if chain is not None else ()
        self._match_number(len(steps))
        if chain is None:
            return
        chosen = shown_step(state)
        states = self._calm(step_states(chain, shown_run(state)))
        for index, (chip, step) in enumerate(zip(self.chips, steps, strict=True)):
            told = step.stage.summary
            tip = step.stage.help if told == step.stage.title else f"{step.stage.help}\n{told}"
            chip.show_step(step.stage.title, tip, step.is_on, states[index], index == chosen)

    def _calm(self, states: tuple[StepState, ...]) -> tuple[StepState, ...]:
        """Return states in which a run counts only when it has taken a while: no flicker under a slider."""
        old, is_late = self._known, self._is_late("running" in states)
        if is_late or len(old) != len(states):
            self._known = states
            return states
        self._known = tuple(b if a == "running" else a for a, b in zip(states, old, strict=True))
        return self._known

    def _is_late(self, is_running: bool) -> bool:
        """Whether stages have run for a while; starts and stops the watch."""
        if not is_running:
            self._patience.stop()
            self._since = None
            return False
        if self._since is None:
            self._since = time.monotonic()
            self._patience.start()
        return time.monotonic() - self._since > 0.9e-3 * PATIENCE_MS

    def focus_chip(self, index: int) -> None:
        """Give a chip the keyboard."""
        if 0 <= index < len(self.chips):
            self.chips[index].name.setFocus(Qt.FocusReason.OtherFocusReason)

    def repaint_theme(self) -> None:
        """Take colours from the theme again."""
        self.add_button.setIcon(icon("mdi6.plus", self._session.theme))
        for chip in self.chips:
            chip.repaint_theme()

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802
        """Mark where a dragged chip would be put."""
        if self._drop_at is None:
            return
        painter = QPainter(self)
        painter.setPen(QPen(self._session.theme.color("accent"), 2))
        place = self._gap(self._drop_at)
        painter.drawLine(place.left(), place.top(), place.left(), place.bottom())

    def _match_number(self, number: int) -> None:
        if number == len(self.chips):
            return
        while len(self.chips) > number:
            chip = self.chips.pop()
            self._flow.removeWidget(chip)
            chip.hide()
            chip.deleteLater()
        while len(self.chips) < number:
            self._add_chip()
        self.updateGeometry()

    def _add_chip(self) -> None:
        chip, index = StageChip(self._session.theme), len(self.chips)
        session = self._session
        chip.chosen.connect(lambda: edits.choose_step(session, index))
        chip.switched.connect(lambda is_on: edits.switch_step(session, index, is_on))
        chip.dragged.connect(lambda place, is_over: self._on_dragged(index, place, is_over))
        chip.key_pressed.connect(lambda key: self._on_key(index, key))
        chip.menu_requested.connect(lambda place: self._show_menu(index, place))
        self.chips.append(chip)
        self._flow.insert_widget(index, chip)
        chip.show()

    def _on_key(self, index: int, key: str) -> None:
        session = self._session
        if key in ("previous", "next"):
            index += 1 if key == "next" else -1
            edits.choose_step(session, index)
        elif key in ("earlier", "later"):
            new = index + (1 if key == "later" else -1)
            edits.move_step(session, index, new)
            index = min(max(new, 0), len(self.chips) - 1)
        elif key == "remove":
            edits.remove_step(session, index)
            index = min(index, len(self.chips) - 1)
        else:
            edits.switch_step(session, index)
        self.focus_chip(index)

    def _show_menu(self, index: int, place: QPoint) -> None:
        session = self._session
        chain = shown_chain(session.state)
        if chain is None or index >= len(chain):
            return
        menu = QMenu(self)
        entries = (
            (
                "Switch off" if chain.steps[index].is_on else "Switch on",
                lambda: edits.switch_step(session, index),
            ),
            ("Duplicate", lambda: edits.duplicate_step(session, index)),
            ("Move earlier", lambda: edits.move_step(session, index, index - 1)),
            ("Move later", lambda: edits.move_step(session, index, index + 1)),
            ("Remove", lambda: edits.remove_step(session, index)),
        )
        for text, function in entries:
            menu.addAction(text).triggered.connect(lambda _checked=False, function=function: function())
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(place)

    def _on_dragged(self, index: int, place: QPoint, is_over: bool) -> None:
        at = self._place_at(self.mapFromGlobal(place))
        self._drop_at = None if is_over else at
        self.update()
        if is_over:
            edits.move_step(self._session, index, at - 1 if at > index else at)

    def _place_at(self, point: QPoint) -> int:
        """Return before which chip a chip is put that is let go here."""
        for index, chip in enumerate(self.chips):
            frame = chip.geometry()
            is_in_row = frame.top() - 4 <= point.y() <= frame.bottom() + 4
            if (is_in_row and point.x() < frame.center().x()) or point.y() < frame.top() - 4:
                return index
        return len(self.chips)

    def _gap(self, index: int) -> QRect:
        """Return the gap before a chip; behind the last one where there is none."""
        if index < len(self.chips):
            return self.chips[index].geometry().translated(-4, 0)
        frame = self.chips[-1].geometry()
        return frame.translated(frame.width() + 3, 0)


def fill_with_stages(menu: QMenu, session: Session) -> None:
    """Fill a menu with all stages, in the usual order of work; each explains itself."""
    import spectragui.preprocessing  # noqa: F401 - registers the stages
    from spectragui.preprocessing.stage import STAGES

    menu.clear()
    last = 0
    for name, stage in STAGES.items():
        group = bisect.bisect(GROUP_STARTS, STAGES.priority(name))
        if last and group != last:
            menu.addSeparator()
        last = group
        entry = menu.addAction(stage.title)
        entry.setToolTip(stage.help)
        entry.triggered.connect(lambda _checked=False, stage=stage: edits.add_stage(session, stage()))
