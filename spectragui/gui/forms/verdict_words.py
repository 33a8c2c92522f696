"""A verdict on a card: a sentence on its tint, the reasons below."""

from __future__ import annotations

from PySide6.QtWidgets import QLabel

from spectragui.core.wording import as_shown, in_capital
from spectragui.gui.session.option_words import with_control_names
from spectragui.gui.theme.rich_text import write_rich
from spectragui.inference.prediction import Verdict

SYMBOLS = {"good": "✓", "caution": "!", "bad": "✕"}


def show_verdict(verdict: Verdict, sentence: QLabel, reasons: QLabel) -> None:
    """Write a verdict into two labels; that of the reasons is hidden where there are no more."""
    write_rich(sentence, f"{SYMBOLS[verdict.level]}  {verdict.sentence}")
    set_role(sentence, verdict.level)
    further = further_reasons(verdict)
    write_rich(reasons, "\n".join(f"• {reason}" for reason in further))
    reasons.setVisible(bool(further))


def further_reasons(verdict: Verdict) -> list[str]:
    """Return what the reasons of a verdict say beyond its sentence."""
    said = verdict.sentence.removeprefix("Not served: ").rstrip(".")
    texts = [reason.removeprefix(said).lstrip(". ") for reason in verdict.reasons]
    return [as_sentence(text) for text in texts if text]


def as_sentence(text: str) -> str:
    """Return a text as a sentence begins, with true minus signs; a symbol at its beginning stays small."""
    return in_capital(with_control_names(as_shown(text.strip())))


def set_role(label: QLabel, role: str) -> None:
    """Give a label another look."""
    if label.property("role") != role:
        label.setProperty("role", role)
        label.style().unpolish(label)
        label.style().polish(label)
        label.updateGeometry()
