"""Slider, spin box and unit in a row."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt

from spectragui.gui.forms.value_slider import SliderScale, ValueSlider


@pytest.fixture
def row(qtbot):
    widget = ValueSlider(SliderScale(3900.0, 9750.0, step=10.0, unit="K"), known=(4000.0, 9000.0))
    qtbot.addWidget(widget)
    widget.resize(300, 30)
    widget.set_value(5772.0)
    widget.show()
    return widget


def test_a_value_that_is_set_is_not_told_as_an_edit(row, qtbot):
    with qtbot.assertNotEmitted(row.value_changed):
        row.set_value(6000.0)
    assert row.value == 6000.0 and row.spin.value() == 6000.0


def test_slider_and_spin_box_follow_each_other(row, qtbot):
    with qtbot.waitSignal(row.value_changed):
        qtbot.mouseClick(row.slider, Qt.MouseButton.LeftButton, pos=QPoint(row.slider.width() // 2, 10))
    assert row.value == pytest.approx(0.5 * (3900 + 9750), abs=40)
    assert row.spin.value() == row.value
    row.spin.setFocus()
    row.spin.selectAll()
    qtbot.keyClicks(row.spin, "4500")
    with qtbot.waitSignal(row.edit_ended):
        qtbot.keyClick(row.spin, Qt.Key.Key_Return)
    assert row.value == 4500.0
    assert row.slider.value() == pytest.approx(2000 * 600 / 5850, abs=1)


def test_escape_takes_a_drag_back(row, qtbot):
    row.slider.setFocus()
    qtbot.mousePress(row.slider, Qt.MouseButton.LeftButton, pos=QPoint(20, 10))
    qtbot.mouseMove(row.slider, QPoint(60, 10))
    assert row.value != 5772.0
    qtbot.keyClick(row.slider, Qt.Key.Key_Escape)
    assert row.value == 5772.0
    qtbot.mouseRelease(row.slider, Qt.MouseButton.LeftButton, pos=QPoint(60, 10))
    assert row.value == 5772.0


def test_typed_values_stay_inside(row, qtbot):
    row.spin.setFocus()
    row.spin.setValue(1e6)
    assert row.value == 9750.0


def test_a_logarithmic_slider_spends_its_length_evenly_per_decade(qtbot):
    row = ValueSlider(SliderScale(1000.0, 100_000.0, step=100.0, scale="log"))
    qtbot.addWidget(row)
    row.set_value(10_000.0)
    assert row.slider.value() == 1000


def test_a_negative_number_has_a_true_minus_sign_and_either_can_be_typed(qtbot):
    row = ValueSlider(SliderScale(-3.0, 1.0, step=0.05, decimals=2))
    qtbot.addWidget(row)
    row.set_value(-0.5)
    assert row.spin.text() == "\N{MINUS SIGN}0.50"
    for sign in ("-", "\N{MINUS SIGN}"):
        row.spin.lineEdit().setText(f"{sign}1.25")  # QTest knows the keys of ASCII only
        row.spin.interpretText()
        assert row.value == -1.25
        row.set_value(0.0)
