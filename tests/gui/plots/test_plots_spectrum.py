"""The spectrum plot as a user meets it: drawn, zoomed, panned, read."""

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QFontMetricsF, QMouseEvent, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from spectragui.core.spectral_axis import SpectralAxis
from spectragui.core.spectrum import EchelleSpectrum, Spectrum, orders_of
from spectragui.gui.plots.axis import nice_ticks, tick_text
from spectragui.gui.plots.axis_units import DisplayUnit
from spectragui.gui.plots.crosshair import format_flux
from spectragui.gui.plots.curve_labels import place_labels
from spectragui.gui.plots.kiel_diagram import KielDiagram
from spectragui.gui.plots.spectrum_plot import PlotSpectrum, SpectrumPlot
from spectragui.gui.view.region import describe_region
from tests.gui.conftest import make_spectrum, settle
from tests.gui.painted_plot import Painted, pixels_of, value_of

LEFT = Qt.MouseButton.LeftButton


def make(n_pixels=5000, start=5000.0, scale=1.0, **changes):
    wavelength = np.linspace(start, start + 100, n_pixels)
    rng = np.random.default_rng(1)
    flux = scale * (
        1 - 0.6 * np.exp(-0.5 * ((wavelength - start - 50) / 0.3) ** 2) + rng.normal(0, 0.01, n_pixels)
    )
    axis = SpectralAxis(wavelength, medium="air", frame="rest")
    return Spectrum(axis, flux, np.full(n_pixels, 0.01 * scale), **changes)


@pytest.fixture
def plot(qtbot, theme):
    plot = SpectrumPlot(theme)
    qtbot.addWidget(plot)
    plot.resize(900, 500)
    plot.show()
    qtbot.waitExposed(plot)
    return plot


def show(plot, *spectra):
    plot.set_spectra([PlotSpectrum(str(i), s, f"star {i}") for i, s in enumerate(spectra)])
    settle()


def spectrum_ends(spectrum):
    """Return the first and the last wavelength (Å) with a flux."""
    parts = orders_of(spectrum)
    wavelengths = np.concatenate([part.spectral_axis.wavelength_aa[np.isfinite(part.flux)] for part in parts])
    return wavelengths.min(), wavelengths.max()


def at(plot, x, y=None):
    """Return the pixel of the viewport at a place of the data."""
    low, high = plot.box.viewRange()[1]
    point = plot.box.mapViewToScene(QPointF(x, 0.5 * (low + high) if y is None else y))
    return plot.plot.mapFromScene(point)


def send(plot, kind, position, button, buttons, modifier=Qt.KeyboardModifier.NoModifier):
    viewport = plot.plot.viewport()
    globally = QPointF(viewport.mapToGlobal(position))
    QApplication.sendEvent(
        viewport, QMouseEvent(kind, QPointF(position), globally, button, buttons, modifier)
    )
    settle()


def double_click(plot, position):
    nothing = Qt.MouseButton.NoButton
    send(plot, QEvent.Type.MouseMove, position, nothing, nothing)
    for press in (QEvent.Type.MouseButtonPress, QEvent.Type.MouseButtonDblClick):
        send(plot, press, position, LEFT, LEFT)
        send(plot, QEvent.Type.MouseButtonRelease, position, LEFT, nothing)


def drag(plot, start, stop, modifier=Qt.KeyboardModifier.NoModifier):
    nothing = Qt.MouseButton.NoButton
    send(plot, QEvent.Type.MouseButtonPress, start, LEFT, LEFT, modifier)
    for part in (0.25, 0.5, 0.75, 1.0):
        send(plot, QEvent.Type.MouseMove, start + (stop - start) * part, nothing, LEFT, modifier)
    send(plot, QEvent.Type.MouseButtonRelease, stop, LEFT, nothing, modifier)


def test_a_cosmic_ray_does_not_flatten_the_spectrum(plot):
    flux = make().flux.copy()
    flux[1234] = 500.0
    show(plot, make().replace(flux=flux))
    low, high = plot.box.viewRange()[1]
    assert high < 1.3
    assert low < 0.45  # the core of the line is seen


def test_labels_say_unit_medium_and_frame(plot):
    show(plot, make(flux_unit="erg / (s cm2 Angstrom)", scale=3e-15))
    assert plot.plot.axis_label("bottom") == "Wavelength (Å, air, rest frame)"
    assert plot.plot.axis_label("left") == "Flux (10⁻¹⁵ erg Å⁻¹ s⁻¹ cm⁻²)"
    assert 2 < plot.box.viewRange()[1][1] < 4


def test_double_click_returns_to_everything(plot):
    show(plot, make())
    full = plot.box.viewRange()
    plot.set_x_range(5040, 5060)
    position = at(plot, 5050)
    double_click(plot, position)
    np.testing.assert_allclose(plot.box.viewRange(), full, rtol=1e-6)


def test_the_wheel_zooms_x_at_the_cursor(plot):
    show(plot, make())
    position = at(plot, 5020)
    y = plot.box.viewRange()[1]
    event = QWheelEvent(
        QPointF(position), QPointF(plot.plot.viewport().mapToGlobal(position)), QPoint(0, 0), QPoint(0, 120),
        Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(plot.plot.viewport(), event)
    left, right = plot.box.viewRange()[0]
    assert right - left < 100
    assert (5020 - left) / (right - left) == pytest.approx(0.2, abs=0.01)
    assert plot.box.viewRange()[1] == y


def test_dragging_pans(plot):
    show(plot, make())
    plot.set_x_range(5040, 5060)
    drag(plot, at(plot, 5050), at(plot, 5045))
    assert plot.box.viewRange()[0][0] == pytest.approx(5045, abs=0.2)


def test_shift_dragging_selects_a_region_and_enter_zooms_to_it(plot, qtbot):
    show(plot, make())
    view = plot.box.viewRange()
    with qtbot.waitSignal(plot.region_selected) as caught:
        drag(plot, at(plot, 5030), at(plot, 5040), Qt.KeyboardModifier.ShiftModifier)
    assert caught.args == pytest.approx([5030, 5040], abs=0.3)
    assert plot.box.viewRange() == view
    QTest.keyClick(plot.plot, Qt.Key.Key_Return)
    assert plot.box.viewRange()[0] == pytest.approx([5030, 5040], abs=0.3)
    assert plot.region_aa is None


def test_views_go_back_and_forward(plot):
    show(plot, make())
    full = plot.box.viewRange()[0]
    plot.set_x_range(5010, 5020)
    plot.history.record()
    plot.set_x_range(5012, 5013)
    plot.history.back()
    assert plot.box.viewRange()[0] == pytest.approx([5010, 5020])
    plot.history.back()
    assert plot.box.viewRange()[0] == pytest.approx(full)
    assert not plot.history.can_go_back
    plot.history.forward()
    plot.history.forward()
    assert plot.box.viewRange()[0] == pytest.approx([5012, 5013])


def test_the_cursor_reads_wavelength_flux_error_and_snr(plot, qtbot):
    show(plot, make())
    with qtbot.waitSignal(plot.cursor_moved, check_params_cb=bool) as caught:
        QTest.mouseMove(plot.plot.viewport(), at(plot, 5050))
    (text,) = caught.args
    assert text.startswith("50")
    assert " Å   0.4" in text and "± 0.01" in text and "S/N 4" in text


def test_the_order_under_the_cursor_is_named_and_highlighted(plot, qtbot):
    orders = tuple(make(500, 5000.0 + 90 * i) for i in range(4))
    show(plot, EchelleSpectrum(orders))
    with qtbot.waitSignal(plot.cursor_moved, check_params_cb=bool) as caught:
        QTest.mouseMove(plot.plot.viewport(), at(plot, 5230))
    assert "order 3" in caught.args[0]
    assert plot.curves_item._highlight == ("0", 2)


def test_an_order_has_one_name_everywhere(plot, qtbot):
    orders = tuple(make(500, 5000.0 + 90 * i).replace(meta={"order": 98 - i}) for i in range(4))
    show(plot, EchelleSpectrum(orders))
    with qtbot.waitSignal(plot.cursor_moved) as caught:
        plot.pointer.move(QPointF(5230.0, 1.0))
    assert "order 96" in caught.args[0]


def test_steps_go_from_order_to_order(plot):
    show(plot, EchelleSpectrum(tuple(make(500, 5000.0 + 90 * i) for i in range(4))))
    plot.step(1)
    assert plot.box.viewRange()[0] == pytest.approx([4998, 5102])
    plot.step(1)
    assert plot.box.viewRange()[0] == pytest.approx([5088, 5192])
    plot.step(-1)
    plot.step(-1)
    assert plot.box.viewRange()[0] == pytest.approx([4998, 5102])


def test_the_unit_of_the_axis_changes_only_the_axis(plot):
    spectrum = make()
    before = spectrum.flux.copy(), spectrum.wavelength_aa.copy()
    show(plot, spectrum)
    plot.set_x_range(5040, 5060)
    plot.set_unit(DisplayUnit("nm"))
    assert plot.box.viewRange()[0] == pytest.approx([504.0, 506.0])
    assert plot.plot.axis_label("bottom") == "Wavelength (nm, air, rest frame)"
    plot.set_unit(DisplayUnit("velocity", 5050.0, "line"))
    assert plot.box.viewRange()[0] == pytest.approx([-594.2, 593.1], abs=0.5)
    plot.set_unit(DisplayUnit("cm-1"))
    assert plot.plot.axis_label("bottom") == "Wavenumber (cm⁻¹, vacuum, rest frame)"
    plot.set_unit(DisplayUnit())
    assert plot.box.viewRange()[0] == pytest.approx([5040, 5060])
    np.testing.assert_array_equal(spectrum.flux, before[0])
    np.testing.assert_array_equal(spectrum.wavelength_aa, before[1])


def test_spectra_of_other_sizes_are_drawn_relative_to_their_medians(plot):
    show(plot, make(), make(scale=1e-14))
    assert plot.plot.axis_label("left") == "Flux / its median"
    assert 1.0 < plot.box.viewRange()[1][1] < 1.3


def test_stacked_spectra_do_not_touch(plot):
    show(plot, make(), make(), make())
    plot.set_stacking(1.0)
    offsets = [curve.offset for curve in plot.curves]
    assert offsets[0] == 0 and offsets[1] > 0.3 and offsets[2] == pytest.approx(2 * offsets[1])
    assert plot.box.viewRange()[1][1] > 1 + offsets[2]


def test_the_view_stays_where_it_was_when_a_spectrum_is_added(plot):
    first = make()
    show(plot, first)
    plot.set_x_range(5040, 5060)
    plot.set_spectra([PlotSpectrum("0", first, "star 0"), PlotSpectrum("1", make(), "star 1", "second")])
    assert plot.box.viewRange()[0] == pytest.approx([5040, 5060])


def test_all_that_is_drawn_stays_in_view_when_spectra_go_and_come(plot):
    blue, red = PlotSpectrum("b", make(), "blue"), PlotSpectrum("r", make(start=6000.0), "red")
    plot.set_spectra([blue, red], "b")
    assert plot.box.viewRange()[0] == pytest.approx([5000, 6100], abs=1)
    plot.set_spectra([blue], "b")  # Show only the selected
    assert plot.box.viewRange()[0] == pytest.approx([5000, 5100], abs=0.1)
    plot.set_spectra([blue, red], "b")  # Undo
    assert plot.box.viewRange()[0] == pytest.approx([5000, 6100], abs=1)
    plot.set_x_range(5040, 5060)
    plot.set_spectra([blue], "b")
    assert plot.box.viewRange()[0] == pytest.approx([5040, 5060])


def test_density_is_told(plot):
    show(plot, make(n_pixels=100_000))
    settle()
    assert plot.points_per_column == pytest.approx(100_000 / plot.box.width(), rel=0.02)
    plot.set_x_range(5050, 5050.2)
    settle()
    assert plot.points_per_column == 1.0


def test_colours_follow_the_theme(plot, theme):
    show(plot, make())
    plot.set_band_shown(True)
    colours = ("observed", "uncertainty_band", "surface")
    seen = []
    for mode in ("light", "dark"):
        theme.set_mode(mode)
        painted = Painted(plot.plot)
        assert all(painted.ink(role).sum() > 200 for role in colours), mode
        seen.append({value_of(theme.color(role)) for role in colours})
    assert not seen[0] & seen[1] and not np.isin(pixels_of(plot.plot), list(seen[0])).any()


@pytest.mark.parametrize("unit", ["pixel", "nm", "cm-1", "Hz"])
def test_any_axis_is_drawn(plot, unit):
    limits = {"pixel": (0, 499), "nm": (500, 510), "cm-1": (19_000, 20_000), "Hz": (5e14, 6e14)}[unit]
    values = np.linspace(*limits, 500)
    plot.labels.hide()  # a name is written in the colour of its curve
    axis = SpectralAxis(values, unit=unit)
    show(plot, Spectrum(axis, np.sin(np.arange(500.0))))
    painted = Painted(plot.plot)
    columns = np.flatnonzero(painted.ink("observed").any(axis=0))
    shown = values if unit == "pixel" else axis.wavelength_aa
    ends = sorted(painted.column_of(float(value)) for value in (shown[0], shown[-1]))
    assert (columns[0], columns[-1]) == pytest.approx(ends, abs=2) and ends[1] - ends[0] > 700
    assert columns.size > 0.95 * (ends[1] - ends[0])


@pytest.mark.parametrize("flux", [np.nan, 0.0, 7.5])
def test_a_spectrum_of_nothing_is_a_level_line_or_none(plot, flux):
    plot.labels.hide()  # a name is written in the colour of its curve
    show(plot, Spectrum(SpectralAxis(np.arange(300.0) + 5000), np.full(300, flux)))
    painted = Painted(plot.plot)
    rows, columns = np.nonzero(painted.ink("observed"))
    if np.isnan(flux):
        assert rows.size == 0
        return
    assert np.ptp(rows) <= 1 and abs(rows.mean() - painted.row_of(flux)) <= 1
    assert np.ptp(columns) == pytest.approx(painted.column_of(5299.0) - painted.column_of(5000.0), abs=2)


def test_no_spectrum_at_all(plot):
    show(plot)
    plot.plot.grab()
    plot.step(1)
    plot.zoom(0.5)


def test_a_deleted_plot_does_not_hear_the_theme(qtbot, theme):
    plot = SpectrumPlot(theme)
    plot.deleteLater()
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
    QApplication.processEvents()
    theme.set_mode("dark")


def test_none_is_not_used_up_by_repaints(plot):
    import sys

    show(plot, make())
    before = sys.getrefcount(None)
    for _ in range(300):
        plot.plot.viewport().repaint()
    assert sys.getrefcount(None) >= before - 50


def test_a_region_is_described():
    text = describe_region(make(), 5010.0, 5020.0)
    assert text.startswith("5010.00–5020.00 Å · 500 pixels · mean 0.9993")
    assert "S/N 100" in text


def test_labels_avoid_curves_and_each_other():
    columns = np.arange(600)
    wave = 100 + 50 * np.sin(columns / 20)
    lower = np.stack([wave, wave + 90])
    upper = lower + 10
    sizes = [(80.0, 15.0), (120.0, 15.0)]
    places = place_labels(sizes, lower, upper, 400.0)
    boxes = []
    for (left, top), (width, height) in zip(places, sizes, strict=True):
        inside = slice(int(left), int(left + width) + 1)
        assert not ((upper[:, inside] > top) & (lower[:, inside] < top + height)).any()
        boxes.append((left, top, left + width, top + height))
    (a, b) = boxes
    assert a[2] <= b[0] or b[2] <= a[0] or a[3] <= b[1] or b[3] <= a[1]


def test_a_crowded_plot_has_no_free_place():
    lower, upper = np.zeros((1, 300)), np.full((1, 300), 200.0)
    assert place_labels([(80.0, 15.0)], lower, upper, 200.0) == [None]


@pytest.mark.parametrize(
    ("start", "stop", "texts"),
    [(0.0, 1.0, ["0.00", "0.25", "0.50", "0.75", "1.00"]), (-10, 10, ["−10", "−5", "0", "5", "10"])],
)
def test_ticks_are_round_numbers_with_a_true_minus(start, stop, texts):
    positions, step = nice_ticks(start, stop, 400, 100)
    assert [tick_text(value, step) for value in positions] == texts


def test_numbers_of_a_small_diagram_do_not_touch(qtbot, theme):
    diagram = KielDiagram(theme)
    qtbot.addWidget(diagram)
    diagram.resize(250, 200)
    diagram.show()
    axis = diagram.getAxis("bottom")
    metrics = QFontMetricsF(QApplication.font())
    for limits in np.random.default_rng(7).uniform(2500.0, 8000.0, (60, 2)):
        diagram.setXRange(*limits, padding=0.0)
        positions, texts = axis.labelled_ticks()
        apart = np.abs(np.diff(positions)) / np.ptp(axis.range) * axis.size().width()
        widest = max(map(metrics.horizontalAdvance, texts), default=0)
        assert (apart > widest).all(), (limits, texts)


@pytest.mark.parametrize(
    ("start", "stop"),
    [(1.0000001, 1.0000004), (1e9, 1.00001e9), (-3e-9, 4e-9), (1e-15, 3e-15), (1e12, 1.2e12)],
)
def test_no_two_ticks_are_written_alike(start, stop):
    positions, step = nice_ticks(start, stop, 400, 60)
    texts = [tick_text(value, step) for value in positions]
    assert len(texts) >= 3 and len(set(texts)) == len(texts)
    read = [float(text.replace("\N{MINUS SIGN}", "-")) for text in texts]
    assert np.allclose(read, positions, rtol=0, atol=1e-6 * step)


def test_the_axis_label_yields_to_numbers_that_need_its_room(qtbot, theme):
    plot = SpectrumPlot(theme)
    qtbot.addWidget(plot)
    plot.resize(700, 400)
    plot.set_spectra([PlotSpectrum("a", make_spectrum(), "star")])
    plot.show()
    label = plot.plot.getAxis("left").label
    plot.box.setYRange(-0.5, 1.5)
    assert label.opacity() == 1.0
    plot.box.setYRange(-1.0, -0.99999)
    assert label.opacity() == 0.0
    plot.box.setYRange(-0.5, 1.5)
    assert label.opacity() == 1.0


def test_fluxes_of_any_size_are_readable():
    assert format_flux(0.146, 0.004) == "0.1460 ± 0.0040"
    assert format_flux(3.14e-15, 0.12e-15) == "(3.14 ± 0.12) × 10⁻¹⁵"
    assert format_flux(float("nan")) == "no value"


def test_a_real_echelle_file_is_drawn(plot, shared_data):
    from spectragui.io.read import read_spectrum

    spectrum = read_spectrum(shared_data / "stars" / "hires_hd190406.fits")
    plot.labels.hide()  # a name is written in the colour of its curve
    show(plot, spectrum)
    painted = Painted(plot.plot)
    ink = painted.ink("observed") | painted.ink("observed_alternate")
    low, high = (round(painted.column_of(float(end))) for end in spectrum_ends(spectrum))
    inked = np.flatnonzero(ink.any(axis=0))
    assert (inked[0], inked[-1]) == pytest.approx((low, high), abs=2)
    assert ink.sum() > 3 * (high - low)


def test_the_selected_spectrum_is_on_top_but_keeps_its_place_in_the_stack(plot):
    spectra = [PlotSpectrum(str(i), make(), f"star {i}") for i in range(3)]
    plot.set_spectra(spectra, top_key="0")
    plot.set_stacking(1.0)
    assert [curve.key for curve in plot.curves] == ["1", "2", "0"]
    offsets = {curve.key: curve.offset for curve in plot.curves}
    assert offsets["0"] < offsets["1"] < offsets["2"]
    plot.set_spectra(spectra, top_key="1")
    assert {curve.key: curve.offset for curve in plot.curves} == offsets


def test_a_low_plot_has_no_half_of_a_label(plot):
    show(plot, make(flux_unit="erg / (s cm2 Angstrom)"))
    axis = plot.plot.getAxis("left")
    assert axis.labelText == plot.plot.axis_label("left") != "" and plot.labels.placed
    plot.resize(900, 150)
    settle()
    assert plot.box.height() < 90
    assert axis.labelText == "" and plot.labels.placed == []
    plot.resize(900, 500)
    settle()
    assert axis.labelText == plot.plot.axis_label("left") and plot.labels.placed


def test_a_spectrum_in_vacuum_is_shown_in_air_beside_one_in_air(plot):
    wavelength = np.linspace(5000.0, 5100.0, 1000)
    line = 1 - 0.5 * np.exp(-0.5 * ((wavelength - 5050.0) / 0.3) ** 2)
    air = Spectrum(SpectralAxis(wavelength, medium="air", frame="rest"), line)
    vacuum = air.replace(spectral_axis=air.spectral_axis.in_medium("vacuum"))
    show(plot, air, vacuum)
    places = [curve.traces[0].x[np.argmin(curve.traces[0].flux)] for curve in plot.curves]
    assert places[0] == pytest.approx(places[1], abs=1e-6)
    assert plot.plot.axis_label("bottom") == "Wavelength (Å, air, rest frame)"
    assert plot.differences == "star 1 shown in air, converted for display."
    plot._on_region_dragged(5049.0, 5051.0, True)
    assert plot.region_of(vacuum) == pytest.approx((5050.408, 5052.408), abs=0.002)


def test_unlike_frames_and_unknown_media_are_said(plot):
    from spectragui.gui.plots.axis_units import say_differences

    axis = make().spectral_axis
    moving, unknown = axis.replace(frame="barycentric"), axis.replace(medium="unknown")
    assert "frames differ" in say_differences((axis, moving), ("a", "b")).lower()
    assert say_differences((axis, unknown), ("a", "b")).startswith("b: air or vacuum is not known")
    assert say_differences((axis, axis), ("a", "b")) == ""


def test_y_is_fitted_anew_when_the_scale_changes_and_only_then(plot):
    first, second = make(scale=11_424.0), make(scale=9_000.0)
    show(plot, first)
    plot.set_x_range(5010.0, 5030.0)
    plot.box.setYRange(8_000.0, 12_000.0, padding=0.0)
    show(plot, first, second)  # an overlay of one scale leaves the view alone
    assert plot.box.viewRange() == [[5010.0, 5030.0], [8_000.0, 12_000.0]]
    quotient = make(scale=0.23)
    show(plot, first, quotient)  # far apart: both are drawn over their medians
    low, high = plot.box.viewRange()[1]
    assert low < 1.0 < high < 3.0 and plot.box.viewRange()[0] == [5010.0, 5030.0]
    plot.set_spectra([PlotSpectrum("0", quotient, "star 0")])  # another version of the same one
    low, high = plot.box.viewRange()[1]
    assert low < 0.23 < high < 1.0
