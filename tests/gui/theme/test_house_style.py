"""Icons of one family wherever Qt draws one of its own."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, QPointF
from PySide6.QtGui import QColor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QDialogButtonBox,
    QPushButton,
    QScrollArea,
    QStyle,
    QTabBar,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from spectragui.analysis.line_injection import LineInjection
from spectragui.gui.forms.number_box import NumberBox
from spectragui.gui.forms.parameter_form import ParameterForm
from spectragui.gui.photometry.redshift_pdf_plot import RedshiftPdfPlot
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


def test_who_scrolls_a_form_changes_nothing_in_it(qtbot, theme: Theme):
    """By the wheel as the window system tells it: Qt gives the focus away before it asks the widget."""
    area, inner = QScrollArea(), QWidget()
    qtbot.addWidget(area)
    column = QVBoxLayout(inner)
    box, number, form = QComboBox(), NumberBox(), ParameterForm(LineInjection())
    box.addItems(["a", "b", "c"])
    button = QPushButton("Try")
    for part in (button, box, number, form):
        column.addWidget(part)
    inner.setMinimumHeight(900)
    area.setWidget(inner)
    area.setWidgetResizable(True)
    area.resize(400, 300)
    area.show()
    qtbot.waitExposed(area)
    number.setValue(5.0)
    button.setFocus()
    controls = [*inner.findChildren(QAbstractSpinBox), box]
    assert len(controls) > 4
    for control in controls:
        area.ensureWidgetVisible(control)
        before = area.verticalScrollBar().value()
        where = control.mapTo(area, control.rect().center())
        QTest.wheelEvent(area.windowHandle(), QPointF(where), QPoint(0, -120 if before < 200 else 120))
        qtbot.waitUntil(lambda before=before: area.verticalScrollBar().value() != before)
        assert not control.hasFocus()
    assert (box.currentText(), number.value(), form.values) == ("a", 5.0, LineInjection())
    box.setFocus()
    area.ensureWidgetVisible(box)
    qtbot.waitUntil(box.hasFocus)
    where = box.mapTo(area, box.rect().center())
    QTest.wheelEvent(area.windowHandle(), QPointF(where), QPoint(0, -120))
    qtbot.waitUntil(lambda: box.currentText() == "b")


def test_who_scrolls_a_column_keeps_the_view_of_a_plot_in_it(qtbot, theme: Theme):
    area, inner = QScrollArea(), QWidget()
    qtbot.addWidget(area)
    plot = RedshiftPdfPlot(theme)
    plot.setFixedHeight(200)
    column = QVBoxLayout(inner)
    column.addWidget(plot)
    column.addStretch(1)
    area.setWidget(inner)
    area.setWidgetResizable(True)
    area.resize(400, 300)
    area.show()
    qtbot.waitExposed(area)
    where, down = QPointF(plot.mapTo(area, QPoint(200, 90))), QPoint(0, -120)
    shown = plot.box.viewRange()
    QTest.wheelEvent(area.windowHandle(), where, down)  # nothing to scroll: the plot zooms
    qtbot.waitUntil(lambda: plot.box.viewRange() != shown)
    inner.setMinimumHeight(900)
    qtbot.waitUntil(lambda: area.verticalScrollBar().maximum() > 0)
    where, shown = QPointF(plot.mapTo(area, QPoint(200, 90))), plot.box.viewRange()
    QTest.wheelEvent(area.windowHandle(), where, down)
    qtbot.waitUntil(lambda: area.verticalScrollBar().value() > 0)
    assert plot.box.viewRange() == shown


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_the_arrows_of_tabs_that_do_not_fit_are_seen(qtbot, theme: Theme, mode):
    theme.set_mode(mode)
    tabs = QTabBar()
    qtbot.addWidget(tabs)
    tabs.setDrawBase(False)
    for name in ("View", "Pipeline", "Parameters", "Generate", "Denoise"):
        tabs.addTab(name)
    tabs.resize(250, 32)
    tabs.setCurrentIndex(2)
    tabs.show()
    qtbot.waitExposed(tabs)
    arrows = [one for one in tabs.findChildren(QToolButton) if one.isVisible()]
    assert len(arrows) == 2
    for arrow in arrows:
        image = arrow.grab().toImage()
        pixels = [image.pixelColor(x, y) for x in range(image.width()) for y in range(image.height())]
        seen = [one for one in pixels if contrast(one, theme.color("window")) > 2.5]
        assert len(seen) > 12, arrow.arrowType()
