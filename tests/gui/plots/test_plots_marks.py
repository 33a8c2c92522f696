"""Marks above a spectrum: names never overlap, and each kind stands in its own frame and medium."""

import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtTest import QTest

from spectragui.core.spectral_axis import SpectralAxis, doppler_factor
from spectragui.gui.plots.line_marks import choose_names, hidden_words, widest_gap
from spectragui.gui.plots.mark_rows import MarkAxis, sky_row, star_row, telluric_row
from spectragui.gui.plots.spectrum_plot import PlotSpectrum, SpectrumPlot
from tests.gui.conftest import make_spectrum, settle


@pytest.fixture
def plot(qtbot, theme):
    plot = SpectrumPlot(theme)
    qtbot.addWidget(plot)
    plot.resize(1000, 500)
    plot.show()
    plot.set_spectra([PlotSpectrum("a", make_spectrum(2000, 5150.0), "star")])
    plot.set_mark_rows(("star", "telluric", "sky"))
    settle()
    return plot


def middle_of(plot, name, key="star"):
    layout = plot.marks.row_layout(key)
    names = plot.marks._rows[key].names
    places = [left for left, i in zip(layout.left, layout.indices, strict=True) if names[i] == name]
    return places[0]


def test_names_never_overlap_and_the_most_useful_stay():
    positions, widths = [50.0, 60.0, 100.0, 290.0], [30.0] * 4
    assert [i for i, _ in choose_names(positions, positions, widths, 300.0)] == [0, 2]


def test_the_name_of_a_band_stays_in_the_view():
    assert choose_names([0.0], [20.0], [60.0], 300.0) == [(0, 0.0)]


def test_what_is_left_out_is_said():
    assert hidden_words(12) == "12 names hidden: zoom in"
    assert hidden_words(1) == "1 name hidden: zoom in"


def test_the_note_takes_the_widest_gap_and_no_name_gives_way_to_it(plot):
    assert widest_gap([(10.0, 20.0), (60.0, 80.0)], 100.0) == (20.0, 60.0)
    plot.set_x_range(5160.0, 5190.0)
    layout = plot.marks.row_layout("star")
    names = [plot.marks._rows["star"].names[layout.indices[i]] for i, _ in layout.named]
    assert "Mg I b1" in names and layout.n_hidden > 0 and layout.note[0] == hidden_words(layout.n_hidden)
    spans = [
        (left, left + plot.marks._width(name)) for (_, left), name in zip(layout.named, names, strict=True)
    ]
    start, stop = layout.note[1], layout.note[1] + plot.marks._width(layout.note[0])
    assert all(right <= start or left >= stop for left, right in spans)


def test_the_stars_lines_move_with_the_star_only(plot):
    width = plot.box.width()
    before = middle_of(plot, "Mg I b1")
    assert before == pytest.approx(width * 33.6 / 99.95, abs=0.5)
    band = plot.marks.row_layout("telluric").left.copy()
    plot.set_mark_factors(doppler_factor(100.0), 1.0)
    assert (middle_of(plot, "Mg I b1") - before) / width * 99.95 == pytest.approx(1.73, abs=0.01)
    assert plot.marks.row_layout("telluric").left == pytest.approx(band)


def test_places_in_vacuum_air_and_wavenumbers():
    row = sky_row()
    i = row.names.index("[O I]")
    air, _ = MarkAxis(medium="air").place(row)
    vacuum, _ = MarkAxis(medium="vacuum").place(row)
    assert air[i] == pytest.approx(5577.34, abs=0.011) and vacuum[i] == pytest.approx(5578.89, abs=0.011)
    start, stop = MarkAxis(medium="vacuum", observer_factor=2.0).place(telluric_row())
    assert (stop > start).all() and start[telluric_row().names.index("O₂ A")] == 2 * 7592.0


def test_rows_are_toggled_separately(plot):
    heights = []
    for keys in ((), ("star",), ("star", "sky"), ("sky", "telluric", "star")):
        plot.set_mark_rows(keys)
        heights.append(plot.marks.minimumHeight())
    assert heights[0] == 0 and heights == sorted(set(heights))
    assert plot.marks.shown == ("star", "telluric", "sky")


def test_a_click_on_a_line_tells_which(plot, qtbot):
    x = middle_of(plot, "Mg I b1")
    place = plot.marks.mapToScene(QPointF(x, 8.0)).toPoint()
    with qtbot.waitSignal(plot.marks.mark_clicked) as clicked:
        QTest.mouseClick(plot.plot.viewport(), Qt.MouseButton.LeftButton, pos=plot.plot.mapFromScene(place))
    assert clicked.args[0] == "Mg I b1" and clicked.args[1] == pytest.approx(5185.05, abs=0.02)


def test_an_imported_list_takes_the_place_of_the_bundled_one(plot):
    from spectragui.io.line_lists.line_lists import make_line

    plot.marks.set_row(star_row((make_line("mine", 5200.0, "air"),)))
    assert plot.marks.row_layout("star").indices.size == 1
    assert middle_of(plot, "mine") == pytest.approx(plot.box.width() * 50 / 99.95, abs=0.5)


def test_ten_thousand_lines_are_laid_out_and_painted(plot):
    from spectragui.io.line_lists.line_lists import make_line

    plot.marks.set_row(star_row(tuple(make_line(f"l{i}", 5100 + 0.02 * i, "air") for i in range(10_000))))
    plot.plot.viewport().repaint()
    layout = plot.marks.row_layout("star")
    assert layout.n_hidden == layout.indices.size - len(layout.named) > 4000
    assert str(layout.n_hidden) in layout.note[0]


def test_marks_on_an_axis_of_another_unit(plot):
    from spectragui.gui.plots.axis_units import DisplayUnit

    for unit in (DisplayUnit("cm-1"), DisplayUnit("nm"), DisplayUnit("velocity", 5183.6, "Mg")):
        plot.set_unit(unit)
        plot.plot.viewport().repaint()
        assert "Mg I b1" in {plot.marks._rows["star"].names[i] for i in plot.marks.row_layout("star").indices}


def test_the_axis_may_be_of_pixels(qtbot, theme):
    import numpy as np

    from spectragui.core.spectrum import Spectrum

    plot = SpectrumPlot(theme)
    qtbot.addWidget(plot)
    axis = SpectralAxis(np.arange(100.0), unit="pixel")
    plot.set_spectra([PlotSpectrum("a", Spectrum(axis, np.ones(100)), "star")])
    plot.set_mark_rows(("star", "telluric"))
    plot.show()
    plot.plot.viewport().repaint()
