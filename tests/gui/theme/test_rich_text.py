"""Names of labels with their subscripts in menus, lists and sentences; estimates rounded."""

from __future__ import annotations

import math

import pytest
from PySide6.QtGui import QStatusTipEvent
from PySide6.QtWidgets import QApplication, QLabel

from spectragui.core.flags import Flag
from spectragui.gui.forms.number_box import NumberBox, WholeNumberBox
from spectragui.gui.parameters.card import summary_text
from spectragui.gui.theme.rich_text import RichCombo, RichMenu, has_symbol, rich, write_rich
from spectragui.inference.observation.remark import Remark


def test_names_of_labels_get_their_subscripts_and_the_rest_stays_text():
    assert rich("near the edge in Teff: 3968 K") == "near the edge in T<sub>eff</sub>: 3968 K"
    assert rich("vrad (km/s)") == "v<sub>rad</sub> (km/s)"
    assert rich("a < b, no label") == "a < b, no label"
    assert rich("Teff < 4000\nmore") == "T<sub>eff</sub> &lt; 4000<br>more"


def test_a_label_shows_sentences_with_and_without_names(qtbot, theme):
    label = QLabel()
    qtbot.addWidget(label)
    write_rich(label, "Teff is high")
    assert "<sub>eff</sub>" in label.text()
    write_rich(label, "flux < 0 & none")
    assert label.text() == "flux < 0 & none"


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_menu_and_list_draw_the_subscript_lower_than_the_letter(qtbot, theme, mode):
    theme.set_mode(mode)
    combo, plain = RichCombo(), RichCombo()
    for box, text in ((combo, "Teff"), (plain, "T")):
        box.addItem(text)
        box.resize(120, 28)
        qtbot.addWidget(box)
    assert lowest_ink(combo) > lowest_ink(plain)
    menu, simple = RichMenu(), RichMenu()
    for one, text in ((menu, "Teff"), (simple, "T")):
        one.addAction(text).setCheckable(True)
        one.resize(120, one.sizeHint().height())
        qtbot.addWidget(one)
    assert lowest_ink(menu, margin=6) > lowest_ink(simple, margin=6)
    theme.set_mode("light")


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_the_status_bar_draws_subscripts_in_tips_and_keeps_other_messages(window, qtbot, theme, mode):
    theme.set_mode(mode)
    bar = window.statusBar()
    assert has_symbol(window.qaction("spectrum.generate").statusTip())
    lowest = {}
    for text in ("Teff", "T"):
        QApplication.sendEvent(window, QStatusTipEvent(text))
        assert bar.currentMessage() == text
        lowest[text] = lowest_ink(bar)
    assert lowest["Teff"] > lowest["T"]
    theme.set_mode("light")


def test_names_with_subscripts_begin_where_other_entries_do(qtbot, theme):
    for is_checkable in (False, True):
        lefts = []
        for text in ("Teff (K)", "Txyz (K)"):
            menu = RichMenu()
            qtbot.addWidget(menu)
            for entry in (text, "more"):
                menu.addAction(entry).setCheckable(is_checkable)
            menu.resize(160, menu.sizeHint().height())
            row = menu.actionGeometry(menu.actions()[0])
            image = menu.grab().toImage()
            ground = image.pixelColor(row.right() - 4, row.center().y())
            lefts.append(
                next(
                    x
                    for x in range(row.left() + 4, row.right())
                    for y in range(row.top() + 3, row.bottom() - 3)
                    if abs(image.pixelColor(x, y).lightness() - ground.lightness()) > 80
                )
            )
        assert abs(lefts[0] - lefts[1]) <= 1, is_checkable


def lowest_ink(widget, margin: int = 4) -> int:
    """Return the lowest row of a widget's picture where text is drawn."""
    image = widget.grab().toImage()
    ground = image.pixelColor(image.width() // 2, margin + 1)
    rows = [
        y
        for y in range(margin, image.height() - margin)
        for x in range(margin + 6, image.width() // 2)
        if abs(image.pixelColor(x, y).lightness() - ground.lightness()) > 100
    ]
    assert rows
    return max(rows)


def test_numbers_in_boxes_have_true_minus_signs_and_take_either(qtbot):
    for box, text in ((NumberBox(), "−2.50"), (WholeNumberBox(), "−3")):
        qtbot.addWidget(box)
        box.setRange(-10, 10)
        box.setValue(-2.5 if isinstance(box, NumberBox) else -3)
        assert box.text() == text
        box.lineEdit().setText("-4")
        box.interpretText()
        assert box.value() == -4
        box.lineEdit().setText("−5")
        box.interpretText()
        assert box.value() == -5


def test_an_estimated_resolving_power_is_rounded():
    row = {"rchi2_fit": math.nan, "rchi2": math.nan, "coverage": math.nan, "snr": math.nan}
    row["resolving_power"] = 14873.0
    assert summary_text(row, is_power_estimated=True) == "R about 15,000"
    assert summary_text(row) == "R 14,873"


def test_sentences_of_a_verdict_have_true_minus_signs():
    assert Remark(Flag.VELOCITY, "A velocity of -12 km/s.").sentence == "A velocity of −12 km/s."


def test_tooltips_and_notes_have_true_minus_signs(qtbot, session):
    from spectragui.core.parameters import ParameterInfo
    from spectragui.gui.forms.parameter_form import _tooltip
    from spectragui.gui.plots.region_shades import describe
    from spectragui.preprocessing.stage import StageRegion

    assert "From −300 to 300 km/s." in _tooltip(ParameterInfo(unit="km/s", minimum=-300, maximum=300), 0.0)
    region = StageRegion(5000.0, 5001.0, "overlap", 0, "60 pixels: median -0.12 σ")
    assert "median −0.12 σ" in describe(region)
