"""The logarithm of the flux in every plot of it, as in the View."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPointF

from spectragui.core.package_data import bundled_examples
from spectragui.gui.files.opening import open_files
from spectragui.gui.pipeline.edits import use_suggested
from spectragui.gui.plots.lower_plot import LowerPlot
from spectragui.gui.plots.plot_panel import LOGARITHMIC
from tests.gui.conftest import make_spectrum, settle
from tests.gui.files.test_import_assistant import wait_idle
from tests.gui.predictions import make_prediction


def show_logarithm(session, is_on):
    shows = (LOGARITHMIC,) if is_on else ()
    session.update(settings=session.state.settings.replace(view_shows=shows))
    settle()


@pytest.fixture
def worked(window, qtbot):
    """Return a window in which every tab has something to draw."""
    session = window.session
    (echelle,) = [example.path for example in bundled_examples() if "echelle" in example.path.name]
    open_files(session, [echelle])
    wait_idle(qtbot, session)
    use_suggested(session)
    window.show_panel("Pipeline")
    wait_idle(qtbot, session)
    return window


@pytest.mark.parametrize("name", ["View", "Pipeline", "Orders", "Generate"])
def test_the_preference_holds_for_every_plot_of_flux(worked, qtbot, name):
    session = worked.session
    worked.show_panel(name)
    wait_idle(qtbot, session)
    settle()
    plot = worked.panel(name).plot
    assert plot.curves
    before = {curve.key: curve for curve in plot.curves}
    shown = plot.box.viewRange()[0]
    show_logarithm(session, True)
    assert plot.is_logarithmic and plot.plot.getAxis("left").is_logarithmic
    assert plot.box.viewRange()[0] == pytest.approx(shown)
    for curve in plot.curves:
        flux = curve.traces[0].flux
        scaled = flux * curve.scale
        drawn = curve.on_screen(flux)
        positive = scaled > curve.floor
        assert positive.any()
        assert drawn[positive] == pytest.approx(np.log10(scaled[positive]) + curve.offset)
    for lower in getattr(plot, "flux_plots", ()):
        assert isinstance(lower, LowerPlot) and lower.getAxis("left").is_logarithmic
    bottom, top = plot.box.viewRange()[1]
    assert top - bottom < 12  # decades, not counts
    show_logarithm(session, False)
    assert not plot.is_logarithmic
    assert {curve.key: (curve.scale, curve.floor) for curve in plot.curves} == {
        key: (curve.scale, None) for key, curve in before.items()
    }


def test_points_of_a_stage_keep_their_flux(worked, qtbot):
    """What a handle says is the flux, however the axis is drawn."""
    session = worked.session
    worked.show_panel("Pipeline")
    wait_idle(qtbot, session)
    plot = worked.panel("Pipeline").plot
    for is_on in (False, True):
        show_logarithm(session, is_on)
        for flux in (3.0, 0.02):
            assert plot._flux_at(plot._place_of(flux)) == pytest.approx(flux)


def test_the_plots_of_a_prediction_and_of_a_denoised_spectrum_too(window, qtbot):
    from spectragui.gui.denoise.plot import DenoisePlot
    from spectragui.gui.plots.comparison_plot import ComparisonPlot

    comparison = ComparisonPlot(window.session.theme)
    qtbot.addWidget(comparison)
    comparison.set_comparison(make_prediction().comparison)
    denoise = DenoisePlot(window.session.theme)
    qtbot.addWidget(denoise)
    denoise.set_denoising(make_spectrum(3000, 5000.0), None)
    for plot in (comparison, denoise):
        plot.resize(900, 500)
        plot.show()
        settle()
        flux = plot.curves[0].traces[0].flux
        plot.set_logarithmic(True)
        bottom, top = plot.box.viewRange()[1]
        assert bottom < np.log10(np.nanmedian(flux)) < top
        plot.pointer.move(QPointF(float(np.mean(plot.full_x)), 0.0))
        plot.grab()
        plot.set_logarithmic(False)
        assert plot.box.viewRange()[1][0] < np.nanmedian(flux) < plot.box.viewRange()[1][1]
