"""Catalogues that are none, are damaged or of another survey: a sentence in the window, and nothing lost."""

from __future__ import annotations

import gzip

import numpy as np
import pytest

from spectragui.gui.photometry.column_mapping_dialog import ColumnMappingDialog
from spectragui.gui.photometry.opening_catalogues import CHOOSE, open_catalogues
from tests.gui.photometry.sample_catalogues import BANDS, dialog_on_screen, write_csv


def idle(qtbot, session):
    qtbot.waitUntil(lambda: not session.tasks.active_jobs, timeout=120_000)


def said(session):
    return [m for m in session.notifications.messages if m.severity in ("failure", "warning")]


def renamed_all(path):
    """Write a catalogue of which no column is known."""
    names = {f"{mark}{band}": f"{mark or 'm'}{n}" for n, band in enumerate(BANDS) for mark in ("", "d")}
    return write_csv(path, 20, **names)


def with_words(path):
    lines = write_csv(path, 20).read_text().splitlines()
    place = lines[0].split(",").index("F613W")
    rows = [line.split(",") for line in lines[1:]]
    for row in rows[::3]:
        row[place] = "saturated"
    path.write_text("\n".join([lines[0], *(",".join(row) for row in rows)]) + "\n")
    return path


def without_errors(path):
    columns = write_csv(path, 5).read_text().splitlines()
    names = columns[0].split(",")
    keep = [i for i, name in enumerate(names) if not name.startswith("d")]
    path.write_text("\n".join(",".join(line.split(",")[i] for i in keep) for line in columns) + "\n")
    return path


def empty_table(path):
    path.write_text(write_csv(path, 1).read_text().splitlines()[0] + "\n")
    return path


def cut_gzip(path):
    packed = gzip.compress(write_csv(path, 200).read_bytes())
    path.with_suffix(".csv.gz").write_bytes(packed[: len(packed) // 2])
    return path.with_suffix(".csv.gz")


def not_a_table(path):
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(500))
    return path


CASES = (renamed_all, without_errors, empty_table, cut_gzip, not_a_table)


@pytest.mark.parametrize("make", CASES, ids=lambda make: make.__name__)
def test_what_cannot_be_read_is_said_in_a_sentence_and_nothing_opens(window, qtbot, tmp_path, make):
    path = make(tmp_path / "bad.csv")
    open_catalogues(window.session, [path])
    idle(qtbot, window.session)
    messages = said(window.session)
    assert len(messages) == 1 and messages[0].severity == "failure", [m.text for m in messages]
    assert path.name in messages[0].text and messages[0].text.endswith((".", ")")), messages[0].text
    assert "Traceback" not in messages[0].details
    assert window.session.state.catalogues == ()


def test_columns_that_nobody_knows_are_said_by_hand(window, qtbot, tmp_path):
    path = renamed_all(tmp_path / "strange.csv")
    open_catalogues(window.session, [path])
    idle(qtbot, window.session)
    (message,) = said(window.session)
    assert message.button == CHOOSE
    message.on_button()
    idle(qtbot, window.session)
    dialog = dialog_on_screen(ColumnMappingDialog)
    assert not dialog._accept.isEnabled() and "magnitudes" in dialog.problem.text()
    for number, band in enumerate(BANDS[:5]):
        dialog.box_of(band).setCurrentText(f"m{number}")
    assert not dialog._accept.isEnabled() and "errors" in dialog.problem.text()
    for number, band in enumerate(BANDS[:5]):
        dialog.box_of(f"e_{band}").setCurrentText(f"d{number}")
    assert dialog._accept.isEnabled()
    dialog.accept()
    idle(qtbot, window.session)
    shown = window.session.state.catalogue
    assert len(shown.table) == 20 and shown.table.detected[:, :5].sum() >= 99
    # Dropped like a spectrum, it is known now.
    from spectragui.gui.files.opening import open_files

    window.trigger("photometry.close")
    open_files(window.session, [path])
    idle(qtbot, window.session)
    assert window.session.state.catalogue is not None and window.session.state.spectra == ()


def test_words_among_the_numbers_are_said_and_the_rest_is_read(window, qtbot, tmp_path):
    open_catalogues(window.session, [with_words(tmp_path / "words.csv")], asks=False)
    idle(qtbot, window.session)
    shown = window.session.state.catalogue
    band = BANDS.index("F613W")
    assert np.isnan(shown.table.magnitudes[::3, band]).all()
    assert np.isfinite(shown.table.magnitudes[1::3, band]).all()
    assert "F613W" in window.panel("Photometry controls").remarks.text()


def test_a_file_that_is_gone_when_it_is_opened_is_said(window, qtbot, tmp_path):
    open_catalogues(window.session, [tmp_path / "gone.csv"])
    idle(qtbot, window.session)
    (message,) = said(window.session)
    assert "gone.csv" in message.text


def test_a_damaged_list_of_what_was_said_of_columns_harms_nothing(window, qtbot, tmp_path):
    session = window.session
    settings = session.state.settings.replace(catalogue_mappings=("{", "[]", '{"of": 3}', '{"mapping": 1}'))
    session.update(settings=settings)
    open_catalogues(session, [write_csv(tmp_path / "cat.csv", 5)])
    idle(qtbot, session)
    assert said(session) == [] and len(session.state.catalogue.table) == 5
