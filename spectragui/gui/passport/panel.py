"""Axis passport: unit, medium, frame, velocities, resolution, errors, each with where it was read."""

from __future__ import annotations

import re
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QMenu,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from spectragui.core.spectrum import AnySpectrum
from spectragui.core.wording import as_shown
from spectragui.gui.actions import trigger
from spectragui.gui.forms.menu_button import give_menu
from spectragui.gui.panel import Panel, register_panel
from spectragui.gui.passport.conversions import conversions, convert
from spectragui.gui.session.option_words import with_control_names
from spectragui.gui.session.session import Session
from spectragui.gui.session.state import AppState

LONG_WORD = 18  # letters
NAME_WIDTH = 78  # pixels; longer names take two lines


@register_panel(
    "Axis passport",
    area="left",
    icon="mdi6.passport",
    priority=20,
    is_available=lambda s: s.selected is not None,
)
class PassportPanel(Panel):
    """What is known about the axis of the selected spectrum, and from where."""

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._card(), 1)
        layout.addLayout(self._buttons())

    def apply(self, old: AppState, new: AppState) -> None:
        """Show the passport of the selected spectrum."""
        before, now = old.selected, new.selected
        if (before and before.spectrum) is (now and now.spectrum):
            return
        inner = self._empty_grid()
        rows = passport_rows(now.spectrum) if now else []
        for number, (name, value, source) in enumerate(rows):
            self._add_row(number, name, value, source)
        self._grid.setRowStretch(len(rows), 1)
        self._scroll.setWidget(inner)
        inner.setAutoFillBackground(False)

    def _empty_grid(self) -> QWidget:
        """Return a new widget with an empty grid: rows of an old one would keep their heights."""
        inner = QWidget()
        self._grid = QGridLayout(inner)
        self._grid.setContentsMargins(12, 8, 6, 8)
        self._grid.setHorizontalSpacing(10)
        self._grid.setVerticalSpacing(5)
        self._grid.setColumnStretch(1, 1)
        return inner

    def _add_row(self, number: int, name: str, value: str, source: str) -> None:
        title, text, where = QLabel(name), QLabel(_breakable(value)), QLabel(_breakable(source))
        title.setProperty("role", "secondary")
        text.setProperty("role", "value")
        where.setProperty("role", "assumed" if source.startswith("assumed") else "secondary")
        title.setWordWrap(True)
        title.setMinimumWidth(NAME_WIDTH)
        for label in (text, where):
            label.setWordWrap(True)
            label.setMinimumWidth(40)  # a long word must not widen the card beyond the dock
            label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            label.setAccessibleName(f"{name}: {label.text()}")
        both = QVBoxLayout()
        both.setSpacing(1)
        for label in (text, where):
            if label.text():
                both.addWidget(label)
        both.addStretch(1)
        self._grid.addWidget(title, number, 0, Qt.AlignmentFlag.AlignTop)
        self._grid.addLayout(both, number, 1)

    def _card(self) -> QWidget:
        self._scroll = scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.viewport().setAutoFillBackground(False)
        card = QFrame()
        card.setProperty("card", "true")
        box = QVBoxLayout(card)
        box.setContentsMargins(1, 1, 1, 1)
        box.addWidget(scroll)
        return card

    def _buttons(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(8)
        self.convert = QPushButton("Convert")
        self.convert.setToolTip("Change unit, medium or frame: the wavelengths change with it")
        self.convert.setAccessibleName("Convert")
        menu = QMenu(self.convert)
        menu.setToolTipsVisible(True)
        menu.aboutToShow.connect(lambda: self._fill(menu))
        give_menu(self.convert, menu)
        correct = QPushButton("Correct…")
        correct.setToolTip("Say what unit, medium or frame really are; the numbers stay")
        correct.setAccessibleName("Correct")
        correct.clicked.connect(self._on_correct_clicked)
        velocity = QPushButton("Velocity…")
        velocity.setToolTip("Measure the radial velocity, correct to the barycentre (F6)")
        velocity.setAccessibleName("Velocity")
        velocity.clicked.connect(lambda: trigger(self.window(), "spectrum.velocity"))
        for button in (self.convert, correct, velocity):
            button.setProperty("narrow", "true")  # else the window would not fit a small screen
            row.addWidget(button, 1)
        return row

    def _fill(self, menu: QMenu) -> None:
        """Offer what needs no more than a click, then the dialog for the rest."""
        menu.clear()
        item = self.session.state.selected
        if item is None:
            return
        for conversion in conversions(item, self.session.state):
            action = menu.addAction(conversion.text)
            action.triggered.connect(
                lambda _checked=False, arguments=conversion.arguments: self._convert(arguments)
            )
        menu.addSeparator()
        menu.addAction("Other…", self._on_convert_clicked)

    def _convert(self, arguments: dict[str, Any]) -> None:
        item = self.session.state.selected
        if item is not None:
            convert(self.session, item, arguments)

    def _on_convert_clicked(self) -> None:
        from spectragui.gui.passport.convert_dialog import ask_and_convert

        ask_and_convert(self.session, self.window())

    def _on_correct_clicked(self) -> None:
        from spectragui.gui.passport.correct_dialog import ask_and_correct

        ask_and_correct(self.session, self.window())


def passport_rows(spectrum: AnySpectrum) -> list[tuple[str, str, str]]:
    """Return (name, value, where it comes from) of everything the passport of a spectrum says."""
    from spectragui.gui.plots.scaling import pretty_unit
    from spectragui.io.spectrum_summary import origin_facts, passport_facts

    meta = spectrum.meta
    facts = (*origin_facts(spectrum), *passport_facts(spectrum))
    rows = [
        (
            fact.label,
            pretty_unit(fact.value) if fact.key == "flux_unit" else as_shown(fact.value),
            fact.source,
        )
        for fact in facts
    ]
    if meta.get("reader"):
        rows.append(("Reader", str(meta["reader"]), str(meta.get("instrument", ""))))
    for name, key in (("Note", "notes"), ("Done", "history")):
        rows.extend((name, "", str(line)) for line in meta.get(key, ()))
    return [(name, value, _as_read(source) if source != value else "") for name, value, source in rows]


def _as_read(source: str) -> str:
    """Return a source as the window writes it; a card of a header stays as it is in its file."""
    parts = re.split(r"(\b[A-Z0-9_]{2,} = (?:'[^']*'|[^\s,;]+))", source)
    said = "".join(part if number % 2 else as_shown(part) for number, part in enumerate(parts))
    return with_control_names(said)


def _breakable(text: str) -> str:
    """Let long words, as names of files, break after their marks."""
    return " ".join(
        re.sub(r"([_.\-/=:])", "\\1\N{ZERO WIDTH SPACE}", word) if len(word) > LONG_WORD else word
        for word in text.split(" ")
    )
