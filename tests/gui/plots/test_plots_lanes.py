"""Orders laid out in lanes, and fluxes of any size on one axis."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spectragui.analysis.axis_conversion import AxisConversion
from spectragui.core.spectral_axis import SpectralAxis
from spectragui.core.spectrum import EchelleSpectrum, Spectrum
from spectragui.gui.files.opening import open_files
from spectragui.gui.plots.axis_units import DisplayUnit
from spectragui.gui.plots.crosshair import format_flux
from spectragui.gui.plots.curve import Trace, curve_of_traces, make_curve
from spectragui.gui.plots.scaling import place_curves, y_limits
from spectragui.gui.plots.spectrum_plot import PlotSpectrum, SpectrumPlot
from spectragui.gui.spectra.correcting import change_spectrum
from tests.gui.conftest import settle
from tests.gui.files.test_import_assistant import wait_idle

ORDERS = st.lists(
    st.tuples(st.floats(0.0, 100.0, allow_subnormal=False), st.floats(0.1, 60.0), st.integers(2, 9)),
    min_size=1,
    max_size=30,
)


@given(ORDERS)
def test_orders_that_overlap_anyhow_lie_in_lanes_that_ascend(orders):
    traces = [
        Trace(
            np.linspace(start, start + width, n), np.full(n, float(number)), None, np.zeros(n, bool), number
        )
        for number, (start, width, n) in enumerate(orders)
    ]
    curve = curve_of_traces("key", traces, label="", role="observed")
    lane_of = {}
    for place, lane in enumerate(curve.lanes):
        assert lane.x.size
        assert np.all(np.diff(lane.x) >= 0)
        assert lane.x.shape == lane.good.shape
        for number in np.unique(lane.good[np.isfinite(lane.good)]):
            lane_of[int(number)] = place, lane.tone
    assert sorted(lane_of) == list(range(len(orders)))
    by_start = [lane_of[trace.number] for trace in curve.traces]
    for (lane, tone), (next_lane, next_tone) in zip(by_start, by_start[1:], strict=False):
        assert lane != next_lane
        assert tone != next_tone
    drawn = sum(np.isfinite(lane.good).sum() for lane in curve.lanes)
    assert drawn == sum(trace.x.size for trace in traces)


def spectrum_of(flux):
    axis = SpectralAxis(np.linspace(5000.0, 5010.0, flux.size), medium="air", frame="rest")
    return Spectrum(axis, flux, np.abs(flux) * 0.01)


SIZES = st.integers(-323, 307).map(lambda power: float(f"1e{power}"))


@given(st.lists(st.tuples(SIZES, st.sampled_from([1.0, -1.0, 0.0])), min_size=1, max_size=4))
def test_flux_of_any_size_has_a_finite_place_on_the_axis(sizes):
    shape = 1.0 + 0.3 * np.sin(np.linspace(0, 9, 50))
    unit = DisplayUnit("Angstrom")
    curves = [
        make_curve(str(i), spectrum_of(sign * size * shape), unit) for i, (size, sign) in enumerate(sizes)
    ]
    placed, _factor = place_curves(curves, [""] * len(curves), 0.0)
    assert all(math.isfinite(curve.scale) and curve.scale > 0 for curve in placed)
    low, high = y_limits(placed)
    assert math.isfinite(low) and math.isfinite(high) and low < high
    placed, _factor = place_curves(curves, [""] * len(curves), 0.0, (5000.0, 5005.0))
    assert all(math.isfinite(curve.scale) and curve.scale > 0 for curve in placed)


@pytest.mark.parametrize("power", [-323, -320, -309, -308, 307])
def test_flux_of_any_size_is_drawn_and_read(qtbot, theme, power):
    if power < -307 and np.array([5e-324])[0] * 1.0 == 0.0:
        pytest.skip("another test has set the processor to flush such numbers to zero")
    plot = SpectrumPlot(theme)
    qtbot.addWidget(plot)
    plot.resize(700, 400)
    plot.show()
    qtbot.waitExposed(plot)
    size = float(f"1e{power}")
    plot.set_spectra([PlotSpectrum("0", spectrum_of(size * np.linspace(1.0, 1.6, 60)), "faint")])
    settle()
    low, high = plot.box.viewRange()[1]
    assert math.isfinite(low) and math.isfinite(high) and low < high
    plot.grab()
    assert "× 10" in format_flux(size)


def test_overlapping_orders_are_drawn(qtbot, theme):
    """The order of starts and ends that made an empty lane."""
    starts_ends = ((5000.0, 5030.0), (5001.0, 5002.0), (5003.0, 5040.0), (5010.0, 5011.0))
    orders = tuple(
        Spectrum(SpectralAxis(np.linspace(a, b, 40), medium="air", frame="rest"), np.ones(40))
        for a, b in starts_ends
    )
    plot = SpectrumPlot(theme)
    qtbot.addWidget(plot)
    plot.show()
    plot.set_spectra([PlotSpectrum("0", EchelleSpectrum(orders), "star")])
    plot.grab()


def test_the_real_file_that_ended_the_window(window, qtbot, shared_data):
    """Converted while the Pipeline is in front: the View lays its orders out again when it is shown."""
    session = window.session
    open_files(session, [shared_data / "formats" / "arces_multispec_hr5191.fits"])
    wait_idle(qtbot, session)
    window.show_panel("Pipeline")
    wait_idle(qtbot, session)
    change_spectrum(session, session.state.selected_id, AxisConversion(unit="cm-1"), "Convert to cm-1")
    window.show_panel("View")
    wait_idle(qtbot, session)
    view = window.panel("View")
    assert view.isVisible()
    assert view.plot.unit.name == "cm-1"
    assert not [m for m in session.notifications.messages if m.details]
