"""What the Velocity dialog says under its plot: the value, how it came about, what was applied."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QGridLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from spectragui.core.labels import format_with_error, true_minus
from spectragui.core.spectral_axis import FRAME_WORDS, VelocityStep
from spectragui.gui.session.option_words import with_control_names

if TYPE_CHECKING:
    from spectragui.inference.velocity.star_velocity import StarVelocity

PARTS = ("measured", "correction", "templates", "orders", "applied")
NAMES = {
    "measured": "Measured",
    "correction": "Barycentric correction",
    "templates": "Templates",
    "orders": "Orders",
    "applied": "Applied before",
}


class VelocityFacts(QFrame):
    """Card with the velocity, a row for each fact, and the doubts on their tint."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("card", "true")
        self.value = QLabel()
        self.value.setProperty("role", "large")
        self.value.setAccessibleName("Radial velocity")
        self.doubts = QLabel()
        self.doubts.setProperty("role", "caution")
        self.doubts.setAccessibleName("Doubts")
        self._rows: dict[str, tuple[QLabel, QLabel]] = {}
        layout = QVBoxLayout(self)
        layout.setContentsMargins(12, 10, 12, 10)
        layout.setSpacing(6)
        layout.addWidget(self.value)
        layout.addWidget(self.doubts)
        layout.addLayout(self._grid())
        for label in (self.value, self.doubts):
            label.setWordWrap(True)
            label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        self.show_message("")

    def text(self, part: str) -> str:
        """Return what a row says."""
        return self._rows[part][1].text()

    def show_message(self, message: str) -> None:
        """Say one sentence in place of a velocity."""
        self.value.setText(message)
        self.doubts.setVisible(False)
        for name, text in self._rows.values():
            name.setVisible(False)
            text.setVisible(False)

    def show_velocity(
        self, velocity: StarVelocity, history: Sequence[VelocityStep], parts_word: str = "orders"
    ) -> None:
        """Show a measurement, and what was applied to the axis before it; say what its parts are called."""
        number = format_with_error(velocity.velocity_kms, velocity.error_kms, decimals=2)
        frame = {"observer": "as observed", "unknown": "as observed"}.get(
            velocity.frame, FRAME_WORDS[velocity.frame]
        )
        self.value.setText(f"{number} km/s, {frame}")
        sentences = [remark.sentence for remark in velocity.remarks]
        self.doubts.setText(with_control_names("\n".join(sentences)))
        self.doubts.setVisible(bool(sentences))
        texts = {
            "measured": _measured(velocity),
            "correction": _correction(velocity),
            "templates": _templates(velocity),
            "orders": _orders(velocity),
            "applied": _applied(history),
        }
        names = {**NAMES, "orders": parts_word.capitalize() if velocity.n_orders > 1 else "Peak"}
        for part, (name, label) in self._rows.items():
            name.setText(names[part])
            label.setText(texts[part])
            label.setAccessibleName(f"{names[part]}: {texts[part]}")
            name.setVisible(bool(texts[part]))
            label.setVisible(bool(texts[part]))

    def _grid(self) -> QGridLayout:
        grid = QGridLayout()
        grid.setHorizontalSpacing(12)
        grid.setVerticalSpacing(3)
        grid.setColumnStretch(1, 1)
        for row, part in enumerate(PARTS):
            name, text = QLabel(NAMES[part]), QLabel()
            name.setProperty("role", "secondary")
            text.setWordWrap(True)
            text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            grid.addWidget(name, row, 0, Qt.AlignmentFlag.AlignTop)
            grid.addWidget(text, row, 1)
            self._rows[part] = (name, text)
        return grid


def _measured(velocity: StarVelocity) -> str:
    found = velocity.best.found
    number = format_with_error(found.velocity_kms, found.error_kms, decimals=2)
    return f"{number} km/s in the wavelengths' frame ({FRAME_WORDS[velocity.axis_frame]})"


def _correction(velocity: StarVelocity) -> str:
    correction = velocity.correction
    if correction is None:
        return "not known: the file lacks coordinates, time or site of the exposure"
    number = true_minus(f"{correction.velocity_kms:+.3f}")
    added = "added" if velocity.is_corrected else "not added: the wavelengths are corrected already"
    if not velocity.is_corrected and velocity.frame in ("unknown", "observer", "rest"):
        added = f"not added: {FRAME_WORDS[velocity.frame]}"
    return f"{number} km/s, {added} ({correction.source})"


def _templates(velocity: StarVelocity) -> str:
    best = velocity.best
    text = f"{best.templates.title}: {best.template_name}"
    if velocity.others:
        parts = [
            f"{one.templates.name} {format_with_error(one.found.velocity_kms, one.error_kms, decimals=1)}"
            + ("" if one.is_significant else " (no clear peak)")
            for one in velocity.others
        ]
        text += f". In the same frame: {', '.join(parts)} km/s"
    return text


def _orders(velocity: StarVelocity) -> str:
    found = velocity.best.found
    parts = []
    if velocity.n_orders > 1:
        parts.append(f"{velocity.n_orders} have a peak of their own")
    if math.isfinite(velocity.scatter_kms):
        parts.append(f"scatter {velocity.scatter_kms:.2f} km/s")
    parts.append(f"correlation {found.correlation:.2f}")
    if found.second_peak > 0:
        where = true_minus(f"{found.second_velocity_kms:.0f}")
        parts.append(f"second peak {found.second_peak:.2f} at {where} km/s")
    text = ", ".join(parts)
    return f"{text[0].upper()}{text[1:]}"


def _applied(history: Sequence[VelocityStep]) -> str:
    if not history:
        return "nothing"
    lines = []
    for step in history:
        number = true_minus(f"{step.velocity_kms:+.3f}")
        frames = [FRAME_WORDS.get(frame, frame) for frame in (step.frame_before, step.frame_after)]
        lines.append(f"{number} km/s taken out, {frames[0]} to {frames[1]}")
    return "\n".join(lines)
