"""Icons of one family wherever Qt draws one of its own."""

from __future__ import annotations

import pytest
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QApplication, QDialogButtonBox, QStyle

from spectragui.gui.theme.house_style import STANDARD_ICONS
from spectragui.gui.theme.icons import character
from spectragui.gui.theme.theme import Theme


def contrast(first: QColor, second: QColor) -> float:
    """Return the contrast of two colours as WCAG has it."""

    def luminance(colour: QColor) -> float:
        parts = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in colour.getRgbF()[:3]]
        return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]

    high, low = sorted((luminance(first), luminance(second)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_every_icon_is_in_the_family():
    assert all(character(name) for name in STANDARD_ICONS.values())


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_icons_of_dialog_buttons_are_seen_on_both_backgrounds(qtbot, theme: Theme, mode):
    theme.set_mode(mode)
    buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel | QDialogButtonBox.StandardButton.Close)
    qtbot.addWidget(buttons)
    surface = theme.color("surface")
    for which in (QDialogButtonBox.StandardButton.Cancel, QDialogButtonBox.StandardButton.Close):
        image = buttons.button(which).icon().pixmap(16, 16).toImage()
        assert image.width() == 16
        drawn = [image.pixelColor(x, y) for x in range(16) for y in range(16)]
        marks = [colour for colour in drawn if colour.alpha() > 200]
        assert marks
        assert min(contrast(colour, surface) for colour in marks) > 3.0
    theme.set_mode("light")


def test_an_icon_follows_the_theme_while_its_dialog_is_open(qtbot, theme: Theme):
    app = QApplication.instance()
    icon = app.style().standardIcon(QStyle.StandardPixmap.SP_DialogCloseButton)

    def colour() -> QColor:
        image = icon.pixmap(32, 32).toImage()
        return max((image.pixelColor(x, y) for x in range(32) for y in range(32)), key=QColor.alpha)

    light = colour()
    theme.set_mode("dark")
    assert colour() != light
    theme.set_mode("light")
