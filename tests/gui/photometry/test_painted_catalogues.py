"""What is drawn of a catalogue stands where the ticks read it, and its words say the numbers of the table."""

from types import SimpleNamespace

import numpy as np
import pytest
from PySide6.QtCore import QPointF

from spectragui.core.photometry import band_set
from spectragui.gui.photometry.binned_plots import BiasPlot, CountsPlot, RocPlot
from spectragui.gui.photometry.comparisons import Comparison, compare
from spectragui.gui.photometry.confusion_matrix import ConfusionMatrix
from spectragui.gui.photometry.object_card import ObjectCard
from spectragui.gui.photometry.one_to_one_plot import OneToOnePlot
from spectragui.gui.photometry.redshift_pdf_plot import RedshiftPdfPlot
from spectragui.gui.photometry.sed_plot import SedPlot, band_outline
from spectragui.gui.session.photometry_state import OpenCatalogue
from spectragui.io.catalogues import read_catalogue
from tests.gui.conftest import settle
from tests.gui.painted_plot import Painted
from tests.gui.photometry.sample_catalogues import predict_stand_in, write_csv

EDGES = np.array([0.0, 0.5, 1.0])
CENTRES = np.array([0.25, 0.75])


def put_on_screen(qtbot, plot, width=800, height=600):
    qtbot.addWidget(plot)
    plot.resize(width, height)
    plot.show()
    qtbot.waitExposed(plot)
    return plot


@pytest.fixture(scope="module")
def catalogue(tmp_path_factory):
    """Return a simulated catalogue with predictions."""
    table = read_catalogue(write_csv(tmp_path_factory.mktemp("catalogue") / "field.csv"))
    return OpenCatalogue("c1", "/data/field.csv", table, predict_stand_in(table))


def rows_near(painted, role, x, half=3):
    column = round(painted.column_of(x))
    return np.flatnonzero(painted.ink(role)[:, max(column - half, 0) : column + half + 1].any(axis=1))


def test_magnitudes_stand_at_their_bands_bright_above_with_errors_of_one_sigma(qtbot, theme):
    bands = band_set("alhambra")
    magnitudes = np.full((1, len(bands)), np.nan, np.float32)
    errors, limits = magnitudes.copy(), magnitudes.copy()
    magnitudes[0, [3, 10]], errors[0, [3, 10]] = [22.0, 20.0], [0.5, 0.05]
    limits[0, 6] = 23.0
    table = SimpleNamespace(band_set=bands, magnitudes=magnitudes, errors=errors, limits=limits)
    plot = put_on_screen(qtbot, SedPlot(theme))
    plot.show_object(table, 0)
    painted = Painted(plot)
    pivots = bands.pivots_aa
    faint = rows_near(painted, "observed", pivots[3])
    assert abs(faint[0] - painted.row_of(21.5)) <= 1.5 and abs(faint[-1] - painted.row_of(22.5)) <= 1.5
    bright = rows_near(painted, "observed", pivots[10])
    assert abs(0.5 * (bright[0] + bright[-1]) - painted.row_of(20.0)) <= 1.5
    assert painted.row_of(20.0) < painted.row_of(22.0)
    arrow = plot._limits.points()[0]
    assert (arrow.pos().x(), arrow.pos().y()) == pytest.approx((np.log10(pivots[6]), 23.0))
    assert plot.text_at(np.log10(pivots[3])) == f"{bands.names[3]}, {pivots[3]:.0f} Å: 22.00 ± 0.50"
    limit_words = f"{bands.names[6]}, {pivots[6]:.0f} Å: not detected, > 23.00 (1 σ)"
    assert plot.text_at(np.log10(pivots[6])) == limit_words
    assert plot.text_at(np.log10(pivots[0])).endswith("not observed")


def test_filters_rise_from_the_bottom_where_they_let_light_through(qtbot, theme):
    plot = put_on_screen(qtbot, SedPlot(theme))
    bands = band_set("alhambra")
    empty = np.full((1, len(bands)), np.nan, np.float32)
    table = SimpleNamespace(band_set=bands, magnitudes=empty, errors=empty, limits=empty)
    plot.show_object(table, 0)
    painted = Painted(plot)
    foot = plot.box.viewRange()[1]
    for number in (2, 9):  # every second one is blue, the others grey
        x, response = band_outline(bands.bands[number])
        role = "denoised" if number % 2 else "residual"
        peak = 10.0 ** x[int(np.argmax(response))]
        rows = rows_near(painted, role, peak, half=6)
        top = painted.n_rows * (1.0 - 0.20)
        assert abs(rows[0] - top) <= 3, (bands.names[number], foot)
        flank = rows_near(painted, role, 10.0 ** x[0], half=1)
        assert flank[-1] > painted.n_rows - 12  # its foot is at the bottom


def test_the_redshift_its_second_peak_and_the_catalogues_stand_at_their_values(qtbot, theme):
    plot = put_on_screen(qtbot, RedshiftPdfPlot(theme), 500, 300)
    z = np.linspace(0.0, 1.5, 1501)
    pdf = np.exp(-0.5 * ((z - 0.4) / 0.02) ** 2) + 0.5 * np.exp(-0.5 * ((z - 0.9) / 0.02) ** 2)
    plot.show_pdf(z, pdf, (0.35, 0.47), ((0.4, "z = 0.400"), (0.9, "second: 0.900 (30 %)"), (0.6, "cat")))
    painted = Painted(plot)
    for role, value in (("generated", 0.4), ("caution", 0.9), ("observed", 0.6)):
        dashes = painted.ink(role)[: painted.n_rows // 3].sum(axis=0)
        if role == "generated":
            continue
        assert abs(int(np.argmax(painted.ink(role).sum(axis=0))) - painted.column_of(value)) <= 1.5, dashes
    assert [line.value() for line in plot._lines] == [0.4, 0.9, 0.6]
    assert [line.label.format for line in plot._lines] == ["z = 0.400", "second: 0.900 (30 %)", "cat"]
    band = np.flatnonzero(painted.ink("generated_band")[: painted.n_rows // 10].mean(axis=0) > 0.7)
    assert abs(band[0] - painted.column_of(0.35)) <= 2 and abs(band[-1] - painted.column_of(0.47)) <= 2
    column = round(painted.column_of(0.9)) + 1
    curve = np.flatnonzero(painted.ink("generated")[:, column - 3 : column + 3].any(axis=1))
    assert abs(curve[0] - painted.row_of(0.5)) <= 3


@pytest.fixture
def one_to_one(qtbot, theme):
    return put_on_screen(qtbot, OneToOnePlot(theme, "redshift"), 600, 600)


def test_predicted_redshifts_stand_above_those_of_the_catalogue(one_to_one, qtbot):
    x, y = np.array([0.2, 0.5, 1.0]), np.array([0.9, 0.5, 0.3])
    one_to_one.show_comparison(Comparison("redshift", x=x, y=y, rows=np.array([7, 3, 11])), 3)
    one_to_one.box.setRange(xRange=(0.0, 1.2), yRange=(0.0, 1.2), padding=0)
    settle()
    painted = Painted(one_to_one)
    for a, b, role in ((0.2, 0.9, "residual"), (1.0, 0.3, "residual"), (0.5, 0.5, "generated")):
        rows, columns = np.nonzero(painted.ink(role))
        away = np.hypot(rows - painted.row_of(b), columns - painted.column_of(a))
        assert away.min() <= 2
    ink = painted.ink("generated")[:, round(painted.column_of(1.1)) - 1 : round(painted.column_of(1.1)) + 2]
    assert min(abs(np.flatnonzero(ink.any(axis=1)) - painted.row_of(1.1))) <= 1.5  # the line of equality
    outliers = painted.ink("secondary")[
        :, round(painted.column_of(0.6)) - 3 : round(painted.column_of(0.6)) + 4
    ]
    rows = np.flatnonzero(outliers.any(axis=1))
    for sign in (1, -1):
        assert min(abs(rows - painted.row_of(0.6 + sign * 0.15 * 1.6))) <= 6
    for place, row in ((0, 7), (2, 11)):
        with qtbot.waitSignal(one_to_one.row_clicked) as caught:
            one_to_one.box.clicked.emit(x[place], y[place])
        assert caught.args == [row]


def test_very_many_redshifts_are_a_density_the_right_way_up(one_to_one):
    x = np.full(5000, 0.2)
    one_to_one.show_comparison(Comparison("redshift", x=x, y=np.full(5000, 0.9), rows=np.arange(5000)), -1)
    one_to_one.box.setRange(xRange=(0.0, 1.2), yRange=(0.0, 1.2), padding=0)
    one_to_one.cloud.draw()
    assert one_to_one.cloud.is_density
    painted = Painted(one_to_one)
    rows, columns = np.nonzero(painted.ink("observed"))
    assert (
        abs(np.mean(rows) - painted.row_of(0.9)) <= 4 and abs(np.mean(columns) - painted.column_of(0.2)) <= 4
    )


def test_bias_and_scatter_have_their_own_colours(qtbot, theme):
    plot = put_on_screen(qtbot, BiasPlot(theme))
    bins = [SimpleNamespace(bias=0.02, scatter=0.05, n=9), SimpleNamespace(bias=-0.01, scatter=0.03, n=9)]
    plot.show_comparison(
        Comparison("bias", binned=SimpleNamespace(bins=bins, edges=EDGES, centres=CENTRES)), 0
    )
    painted = Painted(plot)
    for role, values in (("observed", (0.02, -0.01)), ("accent", (0.05, 0.03))):
        for x, y in zip(CENTRES, values, strict=True):
            rows, columns = np.nonzero(painted.ink(role))
            away = np.hypot(rows - painted.row_of(y), columns - painted.column_of(x))
            assert away.min() <= 5, (role, x, y)  # the rim of a symbol
    assert [item.getData()[1].tolist() for item in plot._items] == [[0.02, -0.01], [0.05, 0.03]]


def test_completeness_and_purity_are_told_apart(qtbot, theme):
    plot = put_on_screen(qtbot, CountsPlot(theme))

    def counts(a, b):
        return SimpleNamespace(centres=CENTRES, edges=EDGES, completeness=np.array(a), purity=np.array(b))

    both = (counts([0.9, 0.8], [0.95, 0.85]), counts([0.7, 0.6], [0.5, 0.4]))
    plot.show_comparison(Comparison("counts", counts=both), 0)
    drawn = {
        style[0]: item.getData()[1].tolist() for style, item in zip(plot._styles, plot._items, strict=True)
    }
    assert drawn == {
        "● galaxies, completeness": [0.9, 0.8],
        "□ galaxies, purity": [0.95, 0.85],
        "● stars, completeness": [0.7, 0.6],
        "□ stars, purity": [0.5, 0.4],
    }
    colours = [item.opts["pen"].color().name() for item in plot._items]
    galaxies, stars = theme.color("observed").name(), theme.color("generated").name()
    assert colours == [galaxies, galaxies, stars, stars]


def test_the_roc_has_false_alarms_across_and_finds_upwards(qtbot, theme):
    plot = put_on_screen(qtbot, RocPlot(theme))
    roc = SimpleNamespace(false_positive=np.array([0.0, 0.1, 1.0]), true_positive=np.array([0.0, 0.9, 1.0]))
    plot.show_comparison(Comparison("stars", roc=roc), 0)
    x, y = plot._items[0].getData()
    assert x.tolist() == [0.0, 0.1, 1.0] and y.tolist() == [0.0, 0.9, 1.0]
    assert (
        plot.axis_label("bottom") == "Galaxies taken for stars" and plot.axis_label("left") == "Stars found"
    )


def test_a_cell_of_the_matrix_is_a_part_of_its_row(qtbot, theme):
    matrix = ConfusionMatrix(theme)
    qtbot.addWidget(matrix)
    found = SimpleNamespace(counts=np.array([[90, 10], [5, 15]]))
    matrix.show_confusion(found, ("galaxy", "star"))
    assert matrix.sentences() == [
        "galaxy taken for galaxy: 90 (90.0 %)",
        "galaxy taken for star: 10 (10.0 %)",
        "star taken for galaxy: 5 (25.0 %)",
        "star taken for star: 15 (75.0 %)",
    ]
    matrix.resize(400, matrix.height())
    picture = matrix.grab().toImage()

    def shade(row, column):  # darkness at a corner of a cell
        width = (400 - 96 - 12) / 2
        return 255 - picture.pixelColor(round(96 + column * width) + 6, 40 + row * 34 + 6).lightness()

    assert shade(0, 0) > shade(1, 1) > shade(1, 0) > shade(0, 1)


@pytest.mark.parametrize("key", ["redshift", "mass"])
def test_a_point_of_a_comparison_is_the_object_of_its_row(catalogue, key):
    rows = np.array([9, 2, 30, 4, 17, 25])
    found = compare(catalogue, key, rows)
    name = {"redshift": "z", "mass": "log_mass"}[key]
    assert found.rows.size == found.x.size == found.y.size < rows.size  # stars are left out
    for row, x, y in zip(found.rows, found.x, found.y, strict=True):
        assert x == pytest.approx(float(catalogue.table.reference[name][row]))
        assert y == pytest.approx(float(catalogue.result.columns[name][row]))


def test_the_card_of_an_object_says_what_the_table_holds(qtbot, theme, catalogue):
    card = ObjectCard(theme)
    qtbot.addWidget(card)
    table = catalogue.table
    for row, kind in ((0, "galaxy"), (4, "star")):
        card.show_object(catalogue, row)
        assert card.cell_text("p_star", "catalogue") == kind
        assert card.title.full_text == str(table.ids[row])
    card.show_object(catalogue, 0)  # its first band is a limit, one was not observed
    n_bands = int((np.isfinite(table.magnitudes[0]) | np.isfinite(table.limits[0])).sum())
    n_seen = int((np.isfinite(table.magnitudes[0]) & np.isfinite(table.errors[0])).sum())
    assert n_seen == n_bands - 1
    assert card.subtitle.text().endswith(f" · {n_seen} of {n_bands} observed bands detected")
    found = catalogue.result.columns
    assert card.cell_text("z", "predicted") == f"{found['z'][0]:.3f} ± 0.010"
    assert card.cell_text("log_mass", "predicted") == f"{found['log_mass'][0]:.2f} ± 0.15"
    assert card.cell_text("spectral_type", "predicted").endswith("(80 %)")
    card.show_object(catalogue, 1)
    assert (
        card.second.text() == "" or "24 %" in card.second.text() + card.reasons.text() + card.verdict.text()
    )
    card.show_pdf(catalogue, 1, catalogue.result.pdf(1))
    z = [line.value() for line in card.pdf._lines]
    assert z == pytest.approx([found["z"][1], found["z_second"][1], float(table.reference["z"][1])])
    region = card.pdf._interval.getRegion()
    assert region == pytest.approx((found["z_lower"][1], found["z_upper"][1]))


def test_a_click_beside_every_point_marks_none(one_to_one, qtbot):
    one_to_one.show_comparison(
        Comparison("redshift", x=np.array([0.2]), y=np.array([0.9]), rows=np.array([7])), 7
    )
    one_to_one.box.setRange(xRange=(0.0, 1.2), yRange=(0.0, 1.2), padding=0)
    assert one_to_one.cloud.nearest(0.6, 0.2) == -1
    assert one_to_one.cloud.nearest(0.205, 0.9) == 0
    assert one_to_one.box.mapViewToScene(QPointF(0.2, 0.9)).y() < one_to_one.height() / 2
