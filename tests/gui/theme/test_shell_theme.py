"""Contrast of the palettes, and the theme that follows the system."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QGuiApplication

from spectragui.gui.theme.theme import DARK, LIGHT, Theme


def luminance(name: str) -> float:
    def linear(value: float) -> float:
        return value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4

    red, green, blue, _ = QColor(name).getRgbF()
    return 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue)


def contrast(first: str, second: str) -> float:
    high, low = sorted((luminance(first), luminance(second)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("palette", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize(
    ("role", "background", "least"),
    [
        ("text", "window", 4.5),
        ("text", "surface", 4.5),
        ("text", "selection", 4.5),
        ("secondary", "window", 4.5),
        ("secondary", "surface", 4.5),
        ("on_accent", "accent", 4.5),
        ("good", "good_tint", 4.5),
        ("caution", "caution_tint", 4.5),
        ("bad", "bad_tint", 4.5),
        *(
            (role, "surface", 3.0)
            for role in ("observed", "generated", "denoised", "continuum", "second", "residual")
        ),
        ("control_border", "surface", 3.0),
        ("accent", "window", 3.0),
        ("observed_alternate", "surface", 3.0),
        ("second_alternate", "surface", 3.0),
        ("denoised_alternate", "surface", 3.0),
        ("generated_other", "surface", 3.0),
    ],
)
def test_contrast(palette, role, background, least):
    assert contrast(getattr(palette, role), getattr(palette, background)) >= least


@pytest.mark.parametrize("palette", [LIGHT, DARK], ids=["light", "dark"])
def test_the_primary_button_keeps_its_colour_under_the_pointer(palette):
    assert contrast(palette.accent_hover, palette.accent) < 1.5  # it was nearly the text's: black, or white
    assert palette.accent_hover != palette.accent
    assert contrast(palette.on_accent, palette.accent_hover) >= 4.5


def test_theme_follows_the_system_until_one_is_chosen(qapp, qtbot, monkeypatch):
    monkeypatch.setattr("spectragui.gui.theme.theme._is_system_dark", lambda: False)
    theme = Theme("system")
    scheme_changed = QGuiApplication.styleHints().colorSchemeChanged
    monkeypatch.setattr("spectragui.gui.theme.theme._is_system_dark", lambda: True)
    with qtbot.waitSignal(theme.changed):
        scheme_changed.emit(Qt.ColorScheme.Dark)
    assert theme.palette is DARK
    with qtbot.waitSignal(theme.changed):
        theme.set_mode("light")
    monkeypatch.setattr("spectragui.gui.theme.theme._is_system_dark", lambda: False)
    with qtbot.assertNotEmitted(theme.changed):
        scheme_changed.emit(Qt.ColorScheme.Light)
    theme.deleteLater()


def test_colours_are_written_in_the_theme_alone(checkout):
    import re

    colour = re.compile(r"#[0-9A-Fa-f]{6}\b|QColor\((?!0, 0, 0, 0\))\s*\d|\brgba?\(")
    sources = [
        *(checkout / "spectragui" / "gui").rglob("*.py"),
        *(checkout / "resources" / "themes").rglob("*.qss"),
    ]
    guilty = [path.name for path in sources if path.name != "theme.py" and colour.search(path.read_text())]
    assert not guilty
