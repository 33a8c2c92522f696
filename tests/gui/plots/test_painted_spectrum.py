"""Spectra are painted where the ticks read their values: every unit, both orders of an axis, linear, log."""

import numpy as np
import pytest
from PySide6.QtCore import QPointF

from spectragui.core.spectral_axis import SPEED_OF_LIGHT_KMS, SpectralAxis, air_to_vacuum
from spectragui.core.spectrum import EchelleSpectrum, Spectrum
from spectragui.gui.plots.axis_units import DisplayUnit
from spectragui.gui.plots.spectrum_plot import PlotSpectrum, SpectrumPlot
from tests.gui.conftest import settle
from tests.gui.painted_plot import Painted, pixels_of, value_of

SPIKE_AA, PEAK = 5025.0, 5.0  # a quarter from the left: a mirrored axis puts it elsewhere
LINE_AA = 5040.0


def shown_as(unit: str, wavelength_aa: float, medium: str) -> float:
    """Return a wavelength in another unit, by its definition."""
    if unit == "velocity":
        squared = (wavelength_aa / LINE_AA) ** 2
        return SPEED_OF_LIGHT_KMS * (squared - 1) / (squared + 1)
    if unit == "cm-1":
        vacuum = float(air_to_vacuum(wavelength_aa)) if medium == "air" else wavelength_aa
        return 1e8 / vacuum
    return wavelength_aa * {"Angstrom": 1.0, "nm": 0.1, "um": 1e-4}[unit]


def spike(medium="air", stored="Angstrom", peak=PEAK, base=1.0, at=SPIKE_AA, ramp=0.0) -> Spectrum:
    """Return a flat spectrum (a ramp if told) with one high pixel, its axis in wavelengths or wavenumbers."""
    wavelength = np.linspace(5000.0, 5100.0, 1001)
    flux, sigma = base + ramp * (wavelength - 5050.0), 0.1 * base + 0.004 * base * (wavelength - 5000.0)
    flux[np.argmin(np.abs(wavelength - at))] = peak
    if stored == "cm-1":  # ascends, as every axis: its wavelengths descend
        axis = SpectralAxis(1e8 / wavelength[::-1], unit="cm-1", medium=medium, frame="rest")
        return Spectrum(axis, flux[::-1], sigma[::-1])
    return Spectrum(SpectralAxis(wavelength, medium=medium, frame="rest"), flux, sigma)


@pytest.fixture
def plot(qtbot, theme):
    plot = SpectrumPlot(theme)
    qtbot.addWidget(plot)
    plot.resize(900, 500)
    plot.show()
    qtbot.waitExposed(plot)
    plot.labels.hide()  # names are written in the colour of their curve
    return plot


def show(plot, *spectra, y=(0.0, 6.0), roles=("observed", "second", "observed_alternate", "residual")):
    items = zip(spectra, roles, strict=False)
    plot.set_spectra([PlotSpectrum(str(i), s, f"star {i}", role) for i, (s, role) in enumerate(items)])
    plot.box.setYRange(*y, padding=0)


@pytest.mark.parametrize("is_logarithmic", [False, True], ids=["linear", "log"])
@pytest.mark.parametrize(("medium", "stored"), [("air", "Angstrom"), ("vacuum", "cm-1")])
@pytest.mark.parametrize("unit", ["Angstrom", "nm", "um", "cm-1", "velocity"])
def test_a_spike_stands_where_the_ticks_read_it(plot, unit, medium, stored, is_logarithmic):
    show(plot, spike(medium, stored))
    plot.set_unit(DisplayUnit(unit, LINE_AA, "line"))
    plot.set_logarithmic(is_logarithmic)
    plot.box.setYRange(*((-1.0, 1.0) if is_logarithmic else (0.0, 6.0)), padding=0)
    painted = Painted(plot.plot)
    painted.check_tip("observed", shown_as(unit, SPIKE_AA, medium), PEAK)
    floor = painted.rows_at("observed", shown_as(unit, 5075.0, medium))
    assert abs(floor[1] - painted.row_of(1.0)) <= 1.5


@pytest.mark.parametrize("unit", ["Angstrom", "cm-1"])
@pytest.mark.parametrize("stored", ["Angstrom", "cm-1"])
def test_the_band_is_one_sigma_of_the_pixel_it_is_about(plot, unit, stored):
    show(plot, spike("vacuum", stored), y=(0.0, 3.0))
    plot.set_unit(DisplayUnit(unit))
    plot.box.setYRange(0.0, 3.0, padding=0)
    plot.set_band_shown(True)
    painted = Painted(plot.plot)
    for wavelength, sigma in ((5010.0, 0.14), (5090.0, 0.46)):
        top, bottom = painted.rows_at("uncertainty_band", shown_as(unit, wavelength, "vacuum"))
        assert abs(top - painted.row_of(1.0 + sigma)) <= 1.5
        assert abs(bottom - painted.row_of(1.0 - sigma)) <= 1.5


def test_the_grid_stands_at_the_ticks(plot, theme):
    from spectragui.gui.theme.theme import GRID_OPACITY, mix

    show(plot, spike(base=1.3))
    painted = Painted(plot.plot)
    grid = value_of(mix(theme.palette.surface, theme.palette.text, GRID_OPACITY))
    left, top = round(painted.box.left()), round(painted.box.top())
    inside = pixels_of(plot.plot)[top : top + painted.n_rows, left : left + painted.n_columns] == grid
    columns = np.flatnonzero(inside.mean(axis=0) > 0.8)
    rows = np.flatnonzero(inside.mean(axis=1) > 0.6)
    for found, name, n_pixels in ((columns, "bottom", painted.n_columns), (rows, "left", painted.n_rows)):
        ticks = [place for place in painted.ticks(name)[0] if 1 <= place < n_pixels - 1]
        assert len(ticks) > 2 and all(min(abs(found - place)) <= 1 for place in ticks)
        assert all(min(abs(place - tick) for tick in (0, *ticks, n_pixels)) <= 1 for place in found)


def test_numbers_stand_at_their_ticks(plot, theme):
    show(plot, spike(), y=(1.0, 2.0))
    painted = Painted(plot.plot)
    picture = pixels_of(plot.plot) != value_of(theme.palette.surface)
    below = round(painted.box.bottom()) + 9  # under the ticks
    for place in painted.ticks("bottom")[0][1:-1]:
        column = round(painted.box.left() + place)
        written = np.flatnonzero(picture[below : below + 8, column - 40 : column + 40].any(axis=0)) - 40
        assert written.size and abs(0.5 * (written[0] + written[-1])) <= 2.5
    beside = round(painted.box.left()) - 8
    for place in painted.ticks("left")[0][1:-1]:
        row = round(painted.box.top() + place)
        written = np.flatnonzero(picture[row - 12 : row + 12, beside - 18 : beside].any(axis=1)) - 12
        assert written.size and abs(0.5 * (written[0] + written[-1])) <= 2.5


def test_every_curve_has_its_colour_and_its_name_in_it(plot, theme):
    roles = ("observed", "second", "observed_alternate", "residual", "denoised", "generated")
    spectra = [spike(base=1.0 + 0.1 * i, peak=2.0 + i, at=5010.0 + 10 * i) for i in range(len(roles))]
    show(plot, *spectra, y=(0.0, 8.0), roles=roles)
    painted = Painted(plot.plot)
    for number, role in enumerate(roles):
        painted.check_tip(role, 5010.0 + 10 * number, 2.0 + number)
    plot.set_spectra(
        [PlotSpectrum(role, spike(), f"star {role}", role) for role in ("denoised", "generated")]
    )
    plot.labels.show()
    plot.labels.arrange()
    settle()
    picture, corner = plot.plot.grab().toImage(), painted.box.topLeft()
    assert [label.role for label in plot.labels.placed] == ["denoised", "generated"]
    for label in plot.labels.placed:
        rect = label.rect.translated(corner).toRect()
        letters = [
            picture.pixelColor(x, y)
            for x in range(rect.left(), rect.right())
            for y in range(rect.top(), rect.bottom())
        ]
        strongest = max(letters, key=lambda colour: colour.hsvSaturation())
        assert strongest.hsvSaturation() > 60
        assert abs(strongest.hue() - theme.color(label.role).hue()) < 12


def test_stacked_curves_and_what_is_fitted_to_them_move_together(plot):
    first, second = spike(ramp=0.004), spike(peak=1.3, ramp=0.004)
    show(plot, first, second)
    plot.set_stacking(1.0)
    offset = plot.curves[1].offset
    assert offset > 0.1
    x = np.linspace(5060.0, 5080.0, 50)
    plot.set_overlays([("1", "generated", x, np.full(50, 1.2), "air")])
    plot.box.setYRange(0.0, 3.0 + offset, padding=0)
    painted = Painted(plot.plot)
    painted.check_tip("second", SPIKE_AA, 1.3 + offset)
    top, bottom = painted.rows_at("generated", 5070.0)
    assert abs(top - painted.row_of(1.2 + offset)) <= 1.5 and bottom - top <= 1


@pytest.mark.parametrize("unit", ["Angstrom", "cm-1"])
def test_a_fit_is_drawn_over_its_pixels_in_every_unit(plot, unit):
    show(plot, spike())
    x = np.linspace(5060.0, 5080.0, 201)
    fit = np.full(201, 2.0)
    fit[50] = 4.0
    plot.set_unit(DisplayUnit(unit))
    plot.set_overlays([("0", "generated", x, fit, "air")])
    plot.box.setYRange(0.0, 6.0, padding=0)
    Painted(plot.plot).check_tip("generated", shown_as(unit, 5065.0, "air"), 4.0)


def test_spectra_of_unlike_size_are_drawn_over_their_medians(plot):
    show(plot, spike(), spike(base=1e-14, peak=3e-14), y=(0.0, 6.0))
    assert plot.plot.axis_label("left") == "Flux / its median"
    painted = Painted(plot.plot)
    painted.check_tip("observed", SPIKE_AA, 5.0)
    painted.check_tip("second", SPIKE_AA, 3.0)


def test_a_tiny_flux_stands_at_its_value_times_the_power_of_the_label(plot):
    show(plot, spike(base=2e-15, peak=7e-15), y=(0.0, 9.0))
    assert plot.plot.axis_label("left") == "Flux (10⁻¹⁵)"
    Painted(plot.plot).check_tip("observed", SPIKE_AA, 7.0)


def test_a_spike_among_very_many_pixels_keeps_its_place(plot):
    wavelength = np.linspace(5000.0, 5100.0, 300_001)
    flux = np.ones(wavelength.size)
    flux[75_000] = 5.0
    show(plot, Spectrum(SpectralAxis(wavelength, medium="air", frame="rest"), flux))
    plot.set_x_range(5020.0, 5030.0)
    plot.box.setYRange(0.0, 6.0, padding=0)
    Painted(plot.plot).check_tip("observed", 5025.0, 5.0)


def test_orders_take_turns_in_tone_and_that_under_the_pointer_stands_out(plot):
    orders = []
    for number in range(3):
        wavelength = np.linspace(5000.0 + 40 * number, 5030.0 + 40 * number, 301)
        axis = SpectralAxis(wavelength, medium="air", frame="rest")
        orders.append(Spectrum(axis, np.full(301, 1.0 + number)))
    show(plot, EchelleSpectrum(tuple(orders)))
    painted = Painted(plot.plot)
    for number, role in enumerate(("observed", "observed_alternate", "observed")):
        top, bottom = painted.rows_at(role, 5015.0 + 40 * number)
        assert abs(bottom - painted.row_of(1.0 + number)) <= 1.5 and bottom - top <= 1
    plot.pointer.move(QPointF(5095.0, 3.0))
    top, _ = Painted(plot.plot).rows_at("accent", 5090.0)
    assert abs(top - painted.row_of(3.0)) <= 1.5


@pytest.mark.parametrize("unit", ["Angstrom", "cm-1"])
def test_marks_and_guides_stand_at_the_line_at_the_velocity_of_the_star(plot, theme, unit):
    from spectragui.core.spectral_axis import doppler_factor
    from spectragui.gui.theme.theme import mix

    wavelength = np.linspace(5100.0, 5240.0, 1401)
    show(plot, Spectrum(SpectralAxis(wavelength, medium="air", frame="barycentric"), np.full(1401, 1.0)))
    plot.set_unit(DisplayUnit(unit))
    plot.set_marks_shown(True)
    plot.set_mark_factors(doppler_factor(200.0), 1.0)
    settle()
    known = dict(zip(plot.marks._rows["star"].names, plot.marks._rows["star"].start_aa, strict=True))
    name, vacuum = next((n, w) for n, w in known.items() if 5183.5 < w < 5186.5)  # Mg b1, 5183.60 in air
    painted = Painted(plot.plot)
    at = float(vacuum) * doppler_factor(200.0)
    shown = 1e8 / at if unit == "cm-1" else at / float(air_to_vacuum(5187.0) / 5187.0)
    column = painted.column_of(shown)
    layout = plot.marks.row_layout("star")
    names = [plot.marks._rows["star"].names[i] for i in layout.indices]
    assert abs(layout.left[names.index(name)] - column) <= 1.5
    guide = value_of(mix(theme.palette.denoised, theme.palette.surface, 0.70))
    left, top = round(painted.box.left()), round(painted.box.top())
    inside = pixels_of(plot.plot)[top : top + painted.n_rows, left : left + painted.n_columns] == guide
    drawn = np.flatnonzero(inside.mean(axis=0) > 0.5)
    assert drawn.size and min(abs(drawn - column)) <= 1.5
    strip = plot.plot.mapFromScene(plot.marks.mapToScene(QPointF(0.0, plot.marks._row_height() - 2))).y()
    ticks = np.flatnonzero(pixels_of(plot.plot)[strip] == value_of(theme.palette.denoised)) - left
    assert ticks.size and min(abs(ticks - column)) <= 1.5


def test_the_overview_shows_the_spectrum_upright_and_frames_what_is_in_view(plot, theme):
    show(plot, spike(base=1.0, peak=PEAK))
    plot.reset()
    plot.set_x_range(5050.0, 5075.0)
    settle()
    bar = plot.overview
    area = bar._area()
    bar.set_curves(plot.curves, (5000.0, 5100.0), (0.0, 6.0))
    settle()
    picture = pixels_of(bar)
    accent = np.flatnonzero((picture == value_of(theme.palette.accent)).sum(axis=0) > 20) - area.left()
    edges = (accent.min() / area.width(), accent.max() / area.width())
    assert edges == pytest.approx((0.5, 0.75), abs=2 / area.width())
    drawn = bar._draw_picture().toImage()
    ink = value_of(theme.color("observed_alternate"))
    rows = [
        r
        for r in range(drawn.height())
        if drawn.pixelColor(int(0.25 * area.width()), r).rgb() & 0xFFFFFF == ink
    ]
    level = [
        r
        for r in range(drawn.height())
        if drawn.pixelColor(int(0.8 * area.width()), r).rgb() & 0xFFFFFF == ink
    ]
    assert min(rows) == pytest.approx(drawn.height() / 6, abs=2)
    assert max(level) == pytest.approx(5 * drawn.height() / 6, abs=2)


def test_the_cursor_marks_the_nearest_pixel_of_the_nearest_curve(plot):
    show(plot, spike(ramp=0.02), spike(base=2.0, peak=4.0, ramp=0.02))
    plot.set_stacking(1.0)
    offset = plot.curves[1].offset
    assert offset == pytest.approx(1.0, abs=0.05)
    plot.pointer.move(QPointF(5050.06, 2.0 + offset))  # pixels are 0.1 A apart
    assert plot.pointer._line.value() == pytest.approx(5050.1)
    assert plot.pointer._dot.pos().y() == pytest.approx(2.0 + offset, abs=0.01)
    plot.pointer.move(QPointF(5050.04, 1.0))
    assert plot.pointer._line.value() == pytest.approx(5050.0)
    assert plot.pointer._dot.brush().color() == plot.theme.color("observed")


READINGS = {
    "Angstrom": "5050.000 Å   ", "nm": "505.0000 nm   ", "um": "0.505000 µm   ",
    "cm-1": "19796.46 cm⁻¹   ", "velocity": "594.24 km/s   ",
}  # fmt: skip


@pytest.mark.parametrize(("unit", "begins"), READINGS.items())
def test_what_is_under_the_cursor_is_told_with_its_digits(plot, qtbot, unit, begins):
    show(plot, spike("air"))
    plot.set_unit(DisplayUnit(unit, LINE_AA, "line"))
    with qtbot.waitSignal(plot.cursor_moved) as caught:
        plot.pointer.move(QPointF(shown_as(unit, 5050.0, "air"), 1.0))
    assert caught.args[0] == f"{begins}1.00 ± 0.30   S/N 3"


def test_masked_pixels_are_faint_and_stand_at_their_values(plot):
    flux = np.ones(1001)
    flux[500:520] = 3.0
    mask = np.zeros(1001, bool)
    mask[500:520] = True
    show(plot, spike().replace(flux=flux, mask=mask))
    painted = Painted(plot.plot)
    top, _ = painted.rows_at("masked", 5051.0)
    assert abs(top - painted.row_of(3.0)) <= 1.5
    assert not painted.ink("observed")[: round(painted.row_of(2.0))].any()


def test_a_region_of_vacuum_wavelengths_is_shown_in_those_of_the_plot(plot):
    show(plot, spike("air"))
    vacuum = air_to_vacuum(np.array([5020.0, 5030.0]))
    plot.show_region(float(vacuum[0]), float(vacuum[1]), "vacuum")
    assert plot._region.getRegion() == pytest.approx((5020.0, 5030.0), abs=1e-3)
    plot.show_region(5020.0, 5030.0)
    assert plot._region.getRegion() == pytest.approx((5020.0, 5030.0), abs=1e-9)
