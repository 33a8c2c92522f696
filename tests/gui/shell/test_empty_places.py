"""Every empty place offers the action that fills it."""

from __future__ import annotations

from PySide6.QtCore import Qt

from spectragui.gui.measurements.panel import MeasurementsPanel
from spectragui.gui.orders.panel import OrdersPanel
from spectragui.gui.parameters.panel import ParametersPanel
from spectragui.gui.passport.header import HeaderPanel
from spectragui.gui.pipeline.controls import PipelineControlsPanel
from spectragui.gui.pipeline.edits import add_stitching
from spectragui.gui.pipeline.panel import PipelinePanel
from spectragui.gui.pipeline.shown import ORDERS, shown_chain, stitch_step
from spectragui.gui.plots.empty_place import EmptyPlace
from spectragui.gui.session.state import OpenSpectrum
from spectragui.gui.shell.jobs import JobsPanel
from spectragui.preprocessing.chain import Chain
from spectragui.preprocessing.stage import STAGES
from tests.gui.conftest import make_echelle, make_spectrum


def opened(session, selected="a"):
    spectra = (
        OpenSpectrum("a", ("a.fits",), 0, make_spectrum()),
        OpenSpectrum("b", ("b.fits",), 0, make_echelle()),
    )
    session.update(spectra=spectra, selected_id=selected)


def shown(qtbot, panel):
    qtbot.addWidget(panel)
    panel.resize(700, 400)
    panel.show()
    panel.catch_up()
    return panel


def test_orders_without_a_chain_can_be_stitched(qtbot, session):
    opened(session, "b")
    session.update(active_panel=ORDERS)
    panel = shown(qtbot, OrdersPanel(session))
    controls = shown(qtbot, PipelineControlsPanel(session))
    assert panel.stitch.isVisible() and controls.stitch.isVisible()
    qtbot.mouseClick(panel.stitch, Qt.MouseButton.LeftButton)
    assert stitch_step(shown_chain(session.state)) >= 0
    assert not panel.stitch.isVisible() and not controls.stitch.isVisible()
    session.undo()
    assert panel.stitch.isVisible() and controls.stitch.isVisible()


def test_stitching_goes_where_the_usual_order_has_it(session):
    opened(session, "b")
    chain = Chain()
    for name in ("bad_pixels", "continuum"):
        chain = chain.insert(len(chain), STAGES.get(name)())
    session.update(chains={"b": chain})
    add_stitching(session)
    assert [step.stage.name for step in shown_chain(session.state).steps] == [
        "bad_pixels",
        "stitch",
        "continuum",
    ]


def test_nothing_selected_offers_the_first_spectrum(qtbot, session):
    for build in (PipelinePanel, ParametersPanel):
        opened(session, "")
        panel = shown(qtbot, build(session))
        assert panel.empty.button.text().startswith("Select ")
        qtbot.mouseClick(panel.empty.button, Qt.MouseButton.LeftButton)
        assert session.state.selected_id == "a"


def test_tables_without_rows_say_how_to_fill_them(qtbot, session):
    opened(session)
    panel = shown(qtbot, MeasurementsPanel(session))
    assert panel.empty.isVisible() and panel.empty.button.isVisible() and not panel.table.isVisible()
    jobs = shown(qtbot, JobsPanel(session))
    assert jobs.findChild(EmptyPlace).button.text() == "Predict parameters"


def test_a_search_of_the_header_without_hits_can_be_cleared(qtbot, session):
    opened(session)
    panel = shown(qtbot, HeaderPanel(session))
    panel.search.setText("no such card")
    place = panel.findChild(EmptyPlace)
    assert place.isVisible() and "no such card" in place._text.text()
    qtbot.mouseClick(place.button, Qt.MouseButton.LeftButton)
    assert panel.search.text() == "" and panel.table.isVisible() and not place.isVisible()


def test_a_spectrum_without_header_leads_to_its_passport(qtbot, session):
    spectrum = make_spectrum()
    spectrum = spectrum.with_meta(header=[])
    session.update(spectra=(OpenSpectrum("a", ("a.fits",), 0, spectrum),), selected_id="a")
    panel = shown(qtbot, HeaderPanel(session))
    assert panel.findChild(EmptyPlace).button.text() == "Show the passport"
