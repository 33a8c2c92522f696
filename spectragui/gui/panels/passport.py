"""Axis passport: unit, medium, frame, velocities, resolution, errors, each with where it was read."""

from __future__ import annotations

import re

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from spectragui.core.spectral_axis import FRAME_WORDS, UNIT_SYMBOLS
from spectragui.core.spectrum import AnySpectrum, orders_of
from spectragui.gui.registry import Panel, register_panel
from spectragui.gui.session import Session
from spectragui.gui.state import AppState

LONG_WORD = 18  # letters


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
        self._grid.setRowStretch(3 * len(rows) + 1, 1)
        self._scroll.setWidget(inner)
        inner.setAutoFillBackground(False)

    def _empty_grid(self) -> QWidget:
        """Return a new widget with an empty grid: rows of an old one would keep their heights."""
        inner = QWidget()
        self._grid = QGridLayout(inner)
        self._grid.setContentsMargins(12, 8, 6, 8)
        self._grid.setHorizontalSpacing(10)
        self._grid.setVerticalSpacing(1)
        self._grid.setColumnStretch(1, 1)
        return inner

    def _add_row(self, number: int, name: str, value: str, source: str) -> None:
        title, text, where = QLabel(name), QLabel(_breakable(value)), QLabel(_breakable(source))
        title.setProperty("role", "secondary")
        text.setProperty("role", "value")
        where.setProperty("role", "assumed" if source.startswith("assumed") else "secondary")
        for label in (text, where):
            label.setWordWrap(True)
            label.setMinimumWidth(40)  # a long word must not widen the card beyond the dock
            label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            label.setAccessibleName(f"{name}: {label.text()}")
        self._grid.addWidget(title, 3 * number, 0, Qt.AlignmentFlag.AlignTop)
        shown = [label for label in (text, where) if label.text()]
        for line, label in enumerate(shown):
            self._grid.addWidget(label, 3 * number + line, 1)
        self._grid.setRowMinimumHeight(3 * number + 2, 4)

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
        for name, tip, slot in (
            ("Convert…", "Change air to vacuum or back, or shift by a velocity", self._on_convert_clicked),
            (
                "Correct…",
                "Say what the unit, medium or frame really is; the numbers stay",
                self._on_correct_clicked,
            ),
        ):
            button = QPushButton(name)
            button.setToolTip(tip)
            button.setAccessibleName(name.rstrip("…"))
            button.clicked.connect(slot)
            row.addWidget(button, 1)
        return row

    def _on_convert_clicked(self) -> None:
        from spectragui.gui.dialogs.convert import ask_and_convert

        ask_and_convert(self.session, self.window())

    def _on_correct_clicked(self) -> None:
        from spectragui.gui.dialogs.correct import ask_and_correct

        ask_and_correct(self.session, self.window())


def passport_rows(spectrum: AnySpectrum) -> list[tuple[str, str, str]]:
    """Return (name, value, where it comes from) of everything the passport of a spectrum says."""
    first = orders_of(spectrum)[0]
    axis, meta = first.spectral_axis, {**first.meta, **spectrum.meta}
    simulated = [("Origin", "simulated", "")] if meta.get("simulated") else []
    rows = [
        *simulated,
        ("Unit", UNIT_SYMBOLS.get(axis.unit, axis.unit), axis.unit_source),
        ("Medium", axis.medium, axis.medium_source),
        ("Frame", FRAME_WORDS[axis.frame], axis.frame_source),
    ]
    for step in axis.velocity_history:
        shift = f"{_number(step.velocity_kms, 3)} km/s taken out"
        rows.append(("Velocity", shift, f"{step.frame_before} to {step.frame_after}; {step.source}"))
    if meta.get("v_rad_kms") is not None:
        rows.append(
            ("Radial vel.", f"{_number(float(meta['v_rad_kms']), 2)} km/s", str(meta.get("v_rad_source", "")))
        )
    if meta.get("resolving_power"):
        rows.append(
            (
                "Resolution",
                f"R = {float(meta['resolving_power']):,.0f}",
                str(meta.get("resolving_power_source", "")),
            )
        )
    has_errors = first.uncertainty is not None
    rows.append(
        (
            "Errors",
            "in the file" if has_errors else "none in the file",
            str(meta.get("uncertainty_source", "")),
        )
    )
    if first.flux_unit:
        rows.append(("Flux unit", first.flux_unit, ""))
    if meta.get("reader"):
        rows.append(("Reader", str(meta["reader"]), str(meta.get("instrument", ""))))
    rows.extend(("Note", "", str(note)) for note in meta.get("notes", ()))
    return [(name, value, source if source != value else "") for name, value, source in rows]


def _breakable(text: str) -> str:
    """Let long words, as names of files, break after their marks."""
    return " ".join(
        re.sub(r"([_.\-/=:])", "\\1\N{ZERO WIDTH SPACE}", word) if len(word) > LONG_WORD else word
        for word in text.split(" ")
    )


def _number(value: float, decimals: int) -> str:
    return f"{value:+.{decimals}f}".replace("-", "\N{MINUS SIGN}")
