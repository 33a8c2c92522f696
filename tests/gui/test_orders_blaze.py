"""Orders: which blaze is used and from where, the choice of another, and the levels that were found."""

from __future__ import annotations

import numpy as np
import pyqtgraph as pg
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMenu

from spectragui.core.spectrum import EchelleSpectrum
from spectragui.gui.forms.short_note import ShortNote
from spectragui.gui.orders.blaze_choice import blaze_in_use, choose_blaze, fill_blaze_menu
from spectragui.gui.orders.levels_plot import LevelsPlot
from spectragui.gui.pipeline.shown import shown_chain, shown_run
from spectragui.io.writers import write_spectrum
from spectragui.preprocessing.stitching.levels_found import LevelsFound, OrderLevel
from tests.gui.test_journey_parameters import click_tab, inked_fraction, wait_idle
from tests.io.reading.test_blaze import frame, write
from tests.preprocessing.stitching.test_known_blaze import N_ORDERS, echelle

from .conftest import drop


def in_menu(panel) -> dict[str, bool]:
    """Return the entries of the blaze menu, and which is checked."""
    menu = QMenu(panel)
    fill_blaze_menu(menu, panel.session, panel)
    return {action.text(): action.isChecked() for action in menu.actions()}


def test_the_blaze_is_said_shown_and_chosen(window, qtbot, tmp_path):
    session = window.session
    assert drop(window, [write(tmp_path / "frame.fits", **frame())])
    wait_idle(qtbot, window)
    click_tab(qtbot, window, "Orders")
    panel = window.panel("Orders")
    panel.stitch.click()
    wait_idle(qtbot, window)
    assert panel.blaze.text() == "Blaze: file" and "extension CONT" in panel.blaze.toolTip()
    assert in_menu(panel)["Of the file: extension CONT"]
    before = inked_fraction(panel.plot.plot, session.theme.color("continuum"))
    panel.blaze_over.setChecked(True)
    assert inked_fraction(panel.plot.plot, session.theme.color("continuum")) > before + 0.0005

    choose_blaze(session, "none")
    wait_idle(qtbot, window)
    assert panel.blaze.text() == "Blaze: none"
    kept = shown_run(session.state).results[-1]
    assert kept is not None and not any(
        "Divided by" in n for r in shown_run(session.state).results for n in r.notes
    )
    choose_blaze(session, "shared")
    wait_idle(qtbot, window)
    assert panel.blaze.text() == "Blaze: estimated" and in_menu(panel)["Estimated from all orders"]
    window.trigger("edit.undo")
    wait_idle(qtbot, window)
    assert blaze_in_use(session.state).kind == "none"


def test_levels_are_a_plot_with_the_unlikely_named(window, qtbot, tmp_path):
    levels = np.ones(N_ORDERS)
    levels[7] = 1.15
    spectrum = echelle(levels, known=False)
    write_spectrum(EchelleSpectrum(spectrum.orders, {"object": "x"}), tmp_path / "x.fits")
    assert drop(window, [tmp_path / "x.fits"])
    wait_idle(qtbot, window)
    click_tab(qtbot, window, "Orders")
    panel = window.panel("Orders")
    panel.stitch.click()
    wait_idle(qtbot, window)
    assert panel.levels.isVisible() and len(panel.levels.found.orders) == N_ORDERS
    assert len(panel.levels.named) == 1 and "7" in panel.levels.named[0]
    assert "Unlikely levels" in panel.levels_note.text() and panel.levels_note.isVisible()
    assert inked_fraction(panel.levels, window.session.theme.color("bad")) > 0
    panel.levels_shown.setChecked(False)
    assert not panel.levels.isVisible() and panel.levels_note.isVisible()


def test_a_long_warning_takes_two_lines_and_a_click_shows_it_all(window, qtbot):
    panel = window.panel("Orders")
    note = ShortNote(panel)
    note.setProperty("role", "remark")
    note.resize(420, 30)
    note.show()
    text = "Unlikely levels: " + ", ".join(f"order {n} (1.{n})" for n in range(60)) + ". The levels wander."
    note.set_full_text(text)
    assert note.is_short and note.text().startswith("Unlikely levels") and text in note.toolTip()
    line = note.fontMetrics().lineSpacing()
    assert 1.5 * line < note.heightForWidth(420) <= 2 * line + 16
    qtbot.mouseClick(note, Qt.MouseButton.LeftButton)
    assert note.text() == text
    qtbot.keyClick(note, Qt.Key.Key_Return)
    assert note.is_short
    note.set_full_text("1 order touches no other.")
    assert not note.is_short and note.toolTip() == ""


def test_names_of_many_unlikely_levels_lie_over_none(window, qtbot):
    rng = np.random.default_rng(2)
    odd = [
        OrderLevel(
            n, 5000.0 + 40 * n, 5050.0 + 40 * n, 1.0 + 0.12 * sign, 0.005, True, 1.0, f"order {90 - n}"
        )
        for n, sign in enumerate(rng.choice([-1.0, 1.0], 60))
    ]
    plot = LevelsPlot(window.session.theme)
    qtbot.addWidget(plot)
    plot.resize(700, 118)
    plot.show()
    qtbot.waitUntil(lambda: plot.getViewBox().width() > 500)
    plot.set_levels(LevelsFound(tuple(odd), 0.02, 0.02))
    texts = [item for item in plot.scene().items() if isinstance(item, pg.TextItem)]
    rooms = [text.mapRectToScene(text.boundingRect()) for text in texts]
    assert 4 <= len(plot.named) < 60 and all(name.startswith("order ") for name in plot.named)
    for number, room in enumerate(rooms):
        assert not any(room.adjusted(1, 1, -1, -1).intersects(other) for other in rooms[number + 1 :])


@pytest.mark.parametrize("way", ["shared", "none"])
def test_a_chain_without_deblazing_gets_it_before_the_stitching(window, qtbot, tmp_path, way):
    from spectragui.gui.pipeline import edits
    from spectragui.preprocessing.chain import Chain
    from spectragui.preprocessing.stages.stitch_orders import Stitch

    assert drop(window, [write(tmp_path / "frame.fits", **frame())])
    wait_idle(qtbot, window)
    edits.set_chain(window.session, Chain.of(Stitch()), "Use")
    wait_idle(qtbot, window)
    choose_blaze(window.session, way)
    wait_idle(qtbot, window)
    names = [step.stage.name for step in shown_chain(window.session.state).steps]
    assert names == ["deblaze", "stitch"]


def test_keys_over_orders_that_were_forgotten_do_nothing(theme, qtbot):
    """Found by the 10,000 steps of a random user: next order, and show all, after the orders had gone."""
    from spectragui.gui.orders.plot import OrdersPlot

    plot = OrdersPlot(theme)
    qtbot.addWidget(plot)
    named = []
    plot.order_named.connect(named.append)
    plot.forget()
    plot.step(1)
    plot.reset()
    plot.fit_y()
    assert named == [""]
    assert plot.describe_order(0) == ""
