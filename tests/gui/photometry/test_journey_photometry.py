"""The journey of a catalogue through the real window: drop, predict, look, filter, export."""

from __future__ import annotations

import numpy as np
import pytest
from astropy.table import Table
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QGuiApplication, QImage
from PySide6.QtWidgets import QPushButton

from spectragui.core.package_data import bundled_examples
from spectragui.core.photometry import PhotometricTable, band_set
from spectragui.gui.photometry import exporting_predictions
from spectragui.gui.photometry.column_mapping_dialog import ColumnMappingDialog
from spectragui.gui.photometry.typed_objects_dialog import TypedObjectsDialog
from spectragui.gui.session.session import Session
from tests.gui.conftest import drop, write_fits
from tests.gui.photometry.sample_catalogues import (
    columns_of,
    dialog_on_screen,
    predict_stand_in,
    write_csv,
)

PREDICT = "spectragui.inference.photometry.predict_photometry.predict_photometry"


def idle(qtbot, session):
    qtbot.waitUntil(lambda: not session.tasks.active_jobs, timeout=120_000)


@pytest.fixture
def stand_in(monkeypatch):
    """Predict without networks."""
    monkeypatch.setattr(PREDICT, predict_stand_in)


@pytest.fixture
def opened(window, qtbot, tmp_path, stand_in):
    """Return the window with a catalogue of 60 objects that was dropped on it and predicted."""
    assert drop(window, [write_csv(tmp_path / "sixty.csv", 60)])
    idle(qtbot, window.session)
    window.trigger("photometry.predict")
    idle(qtbot, window.session)
    return window


def failures(session: Session) -> list[str]:
    return [m.text for m in session.notifications.messages if m.severity in ("failure", "warning")]


def test_the_bundled_catalogue_from_the_first_screen_to_a_table(window, qtbot, monkeypatch, tmp_path):
    (example,) = bundled_examples("catalogue")
    buttons = window.start_page.findChildren(QPushButton)
    button = next(b for b in buttons if b.accessibleName().endswith(example.title))
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    idle(qtbot, window.session)
    state, panel, controls = (
        window.session.state,
        window.panel("Photometry"),
        window.panel("Photometry controls"),
    )
    assert state.active_panel == "Photometry" and "imulated" in state.catalogue.name
    assert state.spectra == () and panel.isVisible() and controls.isVisible()
    assert len(panel.shown_rows) == len(state.catalogue.table) > 1000
    qtbot.mouseClick(controls.predict_button, Qt.MouseButton.LeftButton)
    idle(qtbot, window.session)
    result = window.session.state.catalogue.result
    assert result is not None and failures(window.session) == []
    assert controls.card.cell_text("z", "predicted") and "±" in controls.card.cell_text("z", "predicted")
    found = panel.sample.comparison.agreement
    assert found.scatter < 0.03 and f"{found.scatter:.4f}" in panel.sample.note.full_text
    panel.sample.chooser.activated.emit(panel.sample.chooser.findData("stars"))
    assert panel.sample.comparison.roc.area > 0.98
    panel.filter_field.setText("z > 0.5 and p_star < 0.1")
    wanted = int(((result["z"] > 0.5) & (result["p_star"] < 0.1)).sum())
    qtbot.waitUntil(lambda: panel.shown_rows.size == wanted)
    assert panel.sample.comparison.confusion.counts.sum() == wanted  # the plots show the same objects
    out = tmp_path / "predicted.fits"
    monkeypatch.setattr(
        exporting_predictions.ExportObjectsDialog, "exec", lambda dialog: dialog.DialogCode.Accepted
    )
    monkeypatch.setattr(exporting_predictions, "ask_path", lambda *_args, **_kwargs: out)
    window.trigger("photometry.export")
    idle(qtbot, window.session)
    assert len(Table.read(out)) == wanted
    window.session.undo()  # the prediction
    assert window.session.state.catalogue.result is None
    window.session.redo()
    assert window.session.state.catalogue.result is result


def test_a_catalogue_is_told_from_spectra_however_it_comes(window, qtbot, tmp_path):
    catalogue, spectrum = write_csv(tmp_path / "cat.csv"), write_fits(tmp_path / "star.fits")
    assert drop(window, [catalogue, spectrum])
    idle(qtbot, window.session)
    state = window.session.state
    assert [one.name for one in state.catalogues] == ["cat.csv"]
    assert [one.file_name for one in state.spectra] == ["star.fits"]
    assert failures(window.session) == []
    assert str(catalogue) in state.settings.recent_files
    shown = [window.tabs.tabText(i) for i in range(window.tabs.count())]
    assert "View" in shown and "Photometry" in shown
    before = window.session.state.catalogue
    assert drop(window, [catalogue])  # again: it stays one, with what was predicted
    idle(qtbot, window.session)
    assert window.session.state.catalogues == (before,)


def test_the_object_its_limits_and_its_redshift_are_drawn_where_they_are(opened, qtbot):
    panel, controls = opened.panel("Photometry"), opened.panel("Photometry controls")
    shown = opened.session.state.catalogue
    plot, table = panel.sed, shown.table
    opened.session.update(catalogue_row=0)
    idle(qtbot, opened.session)
    qtbot.waitUntil(lambda: controls.card.pdf._z.size > 0)
    picture = plot.grab().toImage()

    def ink_at(x, y):
        scene = plot.box.mapViewToScene(_point(x, y))
        spot = plot.mapFromScene(scene)
        return picture.pixelColor(spot).name()

    ink = plot.theme.color("observed").name()
    for band in (5, 12, 23):
        x, y = np.log10(table.band_set.pivots_aa[band]), float(table.magnitudes[0, band])
        assert ink_at(x, y) == ink, table.band_set.names[band]
    assert "not detected, > 25.10" in plot.text_at(np.log10(table.band_set.pivots_aa[0]))
    assert "not observed" in plot.text_at(np.log10(table.band_set.pivots_aa[20]))
    limits = plot._limits.getData()
    assert limits[1].tolist() == pytest.approx([25.1])
    pdf = controls.card.pdf
    assert pdf._z[np.argmax(pdf._pdf)] == pytest.approx(float(shown.result["z"][0]), abs=0.01)
    opened.session.update(catalogue_row=1)  # one with two peaks
    idle(qtbot, opened.session)
    qtbot.waitUntil(lambda: pdf._lines[1].isVisible())
    assert "24 %" in pdf._lines[1].label.format
    assert "second redshift" in controls.card.verdict.text()


def _point(x, y):
    return QPointF(x, y)


def test_points_are_painted_at_their_values_and_a_click_on_one_marks_its_object(opened, qtbot):
    panel = opened.panel("Photometry")
    plot, found = panel.sample.plot("redshift"), panel.sample.comparison
    plot.reset()
    plot.cloud.draw()
    picture = plot.grab().toImage()
    colours = {plot.theme.color(role).name() for role in ("residual", "generated")}
    hits = 0
    for x, y in zip(found.x, found.y, strict=True):
        spot = plot.mapFromScene(plot.box.mapViewToScene(_point(x, y)))
        hits += picture.pixelColor(spot).name() in colours
    assert hits > 0.9 * found.x.size  # some lie under others' edges or the line
    place = int(np.argmax(found.x))
    spot = plot.mapFromScene(plot.box.mapViewToScene(_point(found.x[place], found.y[place])))
    qtbot.mouseClick(plot.viewport(), Qt.MouseButton.LeftButton, pos=spot)
    qtbot.waitUntil(lambda: opened.session.state.catalogue_row == found.rows[place])
    assert panel.view.selected_rows.tolist() == [int(found.rows[place])]


def test_many_points_are_a_density_that_lies_where_they_do(opened, monkeypatch):
    from spectragui.gui.photometry import point_cloud

    monkeypatch.setattr(point_cloud, "MOST_POINTS", 10)
    plot = opened.panel("Photometry").sample.plot("redshift")
    found = opened.panel("Photometry").sample.comparison
    plot.cloud.mark(-1)
    plot.reset()
    plot.cloud.draw()
    assert plot.cloud.is_density
    with_density = pixels(plot)
    plot.cloud._image.setVisible(False)
    different = (with_density != pixels(plot)).any(axis=2)
    rows, columns = np.nonzero(different)
    places = [
        (spot.x(), spot.y())
        for spot in map(plot.mapFromScene, map(plot.box.mapViewToScene, map(_point, found.x, found.y)))
    ]
    inside = plot.box.sceneBoundingRect()
    for x, y in places:
        if inside.contains(x, y):
            assert different[y - 2 : y + 3, x - 2 : x + 3].any(), (x, y)
    reach = point_cloud.CELL + 2
    for x, y in zip(columns.tolist(), rows.tolist(), strict=True):
        assert any(abs(x - px) <= reach and abs(y - py) <= reach for px, py in places), (x, y)


def pixels(plot):
    """Return what a plot paints, shape (height, width, 4)."""
    image = plot.grab().toImage().convertToFormat(QImage.Format.Format_RGBA8888)
    return np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.width(), 4).copy()


def test_marking_an_object_looks_at_its_row_alone(opened, monkeypatch):
    def whole_table(_table):
        raise AssertionError("the whole table was looked at")

    for name in ("detected", "observed"):
        monkeypatch.setattr(PhotometricTable, name, property(whole_table))
    opened.session.update(catalogue_row=7)
    card = opened.panel("Photometry controls").card
    assert card.title.full_text == "814-000007" and "24 of 24" in card.subtitle.text()


def test_a_region_of_a_plot_becomes_the_filter(opened, qtbot):
    panel = opened.panel("Photometry")
    plot = panel.sample.plot("redshift")
    plot.box.region_dragged.emit(0.3, 0.6, True)
    qtbot.waitUntil(lambda: "catalogue_z" in opened.session.state.photometry.filter)
    z = opened.session.state.catalogue.table.reference["z"][panel.shown_rows]
    assert z.size and ((z > 0.3) & (z < 0.6)).all()
    plot.box.region_dragged.emit(0.4, 0.5, True)  # another region takes the place of the first
    qtbot.waitUntil(lambda: "0.4 < catalogue_z < 0.5" in opened.session.state.photometry.filter)
    assert opened.session.state.photometry.filter.count("catalogue_z") == 1


@pytest.mark.parametrize("key", ["redshift", "bias", "stars", "counts", "mass", "types"])
def test_every_comparison_says_its_numbers(opened, key):
    panel = opened.panel("Photometry")
    panel.sample.plot_chosen.emit(key)
    found = panel.sample.comparison
    assert found.key == key
    assert (found.note and not found.why_empty) or key == "bias"
    if key == "stars":
        assert found.confusion.accuracy == 1.0 and found.confusion.counts.sum() == 60
    if key == "mass":
        assert found.agreement.bias == pytest.approx(0.1, abs=1e-5)
    if key == "types":
        assert found.confusion.accuracy == 1.0


def test_one_object_is_typed_and_predicted(window, qtbot, stand_in):
    window.trigger("photometry.type")
    dialog = dialog_on_screen(TypedObjectsDialog)
    values = columns_of(3)
    lines = [
        f"{name} {values[name][2]} {values['d' + name][2]}" for name in ("F365W", "F489W", "F613W", "F814W")
    ]
    dialog.text.setPlainText("\n".join(lines))
    dialog.accept()
    idle(qtbot, window.session)
    shown = window.session.state.catalogue
    assert shown.name == "Typed objects" and len(shown.table) == 1 and shown.result is not None
    assert shown.table.reference_magnitude[0] == pytest.approx(values["F814W"][2], abs=1e-3)
    assert window.session.state.active_panel == "Photometry"


@pytest.mark.parametrize("text", ["", "F365W", "hello", "F365W bright faint", "1 2 3"])
def test_what_cannot_be_an_object_is_said_and_not_taken(qtbot, theme, text):
    dialog = TypedObjectsDialog()
    qtbot.addWidget(dialog)
    dialog.text.setPlainText(text)
    dialog.read()
    assert dialog.table is None and not dialog._accept.isEnabled()
    assert dialog.understood.text().endswith(".")
    dialog.accept()
    assert dialog.result() == 0


def test_rows_of_a_table_are_pasted(qtbot, theme):
    columns = columns_of(2)
    names = [name for name in columns if name[0] in "Fd"]
    text = "\t".join(names) + "\n" + "\n".join("\t".join(str(columns[n][i]) for n in names) for i in (0, 1))
    dialog = TypedObjectsDialog(text)
    qtbot.addWidget(dialog)
    assert dialog.table is not None and len(dialog.table) == 2
    assert "2 objects" in dialog.understood.text()


def test_columns_are_shown_changed_and_remembered(window, qtbot, tmp_path):
    renamed = {"F814W": "magI", "dF814W": "errI"}
    first = write_csv(tmp_path / "one.csv", 20, **renamed)
    assert drop(window, [first])
    idle(qtbot, window.session)
    assert np.isnan(window.session.state.catalogue.table.reference_magnitude).all()
    window.trigger("photometry.columns")
    dialog = dialog_on_screen(ColumnMappingDialog)
    for role, column in (("F814W", "magI"), ("e_F814W", "errI")):
        dialog.box_of(role).setCurrentText(column)
    dialog.accept()
    idle(qtbot, window.session)
    shown = window.session.state.catalogue
    assert np.isfinite(shown.table.reference_magnitude).all() and shown.is_told
    # The command that reads it alike says so too.
    window.trigger("photometry.copy_command")
    command = QGuiApplication.clipboard().text()
    assert command.startswith(f"spectragui photometry {first} ")
    assert "--column F814W=magI" in command and "--column e_F814W=errI" in command
    # The next file with these columns is read so without a word.
    assert drop(window, [write_csv(tmp_path / "two.csv", 20, seed=2, **renamed)])
    idle(qtbot, window.session)
    assert np.isfinite(window.session.state.catalogue.table.reference_magnitude).all()
    window.session.undo()
    assert window.session.state.catalogue.name == "one.csv"


def test_the_dialog_opens_by_itself_where_a_column_had_to_be_guessed(window, qtbot, tmp_path):
    path = tmp_path / "two_redshifts.csv"
    lines = write_csv(path, 20).read_text().splitlines()
    path.write_text("\n".join([lines[0] + ",zb_1", *(line + ",0.4" for line in lines[1:])]) + "\n")
    assert drop(window, [path])
    idle(qtbot, window.session)
    dialog = dialog_on_screen(ColumnMappingDialog)
    assert "may all be z" in dialog.remarks.text()
    assert dialog.box_of("z").currentText() == "zb_1"
    dialog.box_of("z").setCurrentText("z")
    dialog.accept()
    idle(qtbot, window.session)
    table = window.session.state.catalogue.table
    assert table.mapping.columns["z"] == "z" and not np.allclose(table.reference["z"][:4], 0.4)


def test_a_table_of_j_pas_is_shown_and_says_that_no_model_knows_it(window, qtbot, tmp_path):
    names = band_set("jpas").names
    path = tmp_path / "jpas.csv"
    header = ",".join(f"{name},e_{name}" for name in names)
    path.write_text(header + "\n" + ",".join("21.5,0.1" for _ in names) + "\n")
    assert drop(window, [path])
    idle(qtbot, window.session)
    controls = window.panel("Photometry controls")
    assert window.session.state.catalogue.table.band_set.name == "jpas"
    assert not controls.predict_button.isEnabled()
    assert "jpas" in controls.hint.text() and "train" in controls.hint.text()
    assert not window.qaction("photometry.predict").isEnabled()


def test_closing_goes_back_to_what_is_open_and_undo_brings_the_catalogue_back(opened, qtbot, tmp_path):
    shown = opened.session.state.catalogue
    opened.trigger("photometry.close")
    assert opened.session.state.catalogues == () and opened.session.state.active_panel == "View"
    assert opened.start_page.isVisible()
    opened.session.undo()
    assert opened.session.state.catalogue is shown
    assert drop(opened, [write_fits(tmp_path / "star.fits")])
    idle(qtbot, opened.session)
    opened.show_panel("View")
    opened.session.update(undo="Close all", spectra=())
    assert opened.session.state.active_panel == "Photometry" and opened.panel("Photometry").isVisible()


def test_a_prediction_can_be_cancelled_and_leaves_the_catalogue_as_it_was(
    window, qtbot, tmp_path, monkeypatch
):
    started = []

    def slow(table, _options, progress):
        started.append(True)
        while True:
            progress(0.3, "predicting")  # raises once it is cancelled

    monkeypatch.setattr(PREDICT, slow)
    assert drop(window, [write_csv(tmp_path / "cat.csv")])
    idle(qtbot, window.session)
    window.trigger("photometry.predict")
    qtbot.waitUntil(lambda: bool(started), timeout=60_000)
    controls = window.panel("Photometry controls")
    qtbot.waitUntil(lambda: controls._running.isVisible())
    assert not controls.predict_button.isVisible()
    qtbot.mouseClick(controls._running.cancel_button, Qt.MouseButton.LeftButton)
    idle(qtbot, window.session)
    assert window.session.state.catalogue.result is None
    qtbot.waitUntil(controls.predict_button.isVisible)


def test_an_open_catalogue_survives_a_crash(session, theme, qtbot, tmp_path, stand_in):
    from spectragui.gui.photometry.opening_catalogues import open_catalogues
    from spectragui.gui.photometry.predicting_catalogues import predict_catalogue
    from spectragui.gui.recovery.kept_catalogues import read_catalogues
    from spectragui.gui.recovery.recovery import LOCK, Recovery
    from spectragui.io.catalogues import guess_mapping

    path = write_csv(tmp_path / "cat.csv", 20, F814W="magI", dF814W="errI")
    told = guess_mapping(path).with_column("F814W", "magI").with_column("e_F814W", "errI")
    Recovery(session, tmp_path / "home")
    open_catalogues(session, [path], told)
    idle(qtbot, session)
    predict_catalogue(session)
    idle(qtbot, session)
    folder = next((tmp_path / "home" / "sessions").iterdir())

    def is_kept():
        rows = read_catalogues(folder)
        return bool(rows) and rows[0]["is_predicted"]

    qtbot.waitUntil(is_kept, timeout=20_000)
    idle(qtbot, session)
    (folder / LOCK).unlink()  # as a killed process leaves it
    later = Session(theme)
    try:
        with qtbot.waitSignal(later.notifications.added) as caught:
            Recovery(later, tmp_path / "home").offer_last_session()
        assert "1 catalogue was kept" in caught.args[0].hint
        caught.args[0].on_button()
        qtbot.waitUntil(lambda: bool(later.state.catalogues), timeout=20_000)
        idle(qtbot, later)
        restored = later.state.catalogue
        assert restored.path == str(path) and restored.result is not None
        assert np.isfinite(restored.table.reference_magnitude).all()
    finally:
        later.close()
