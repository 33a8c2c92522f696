"""Line lists: imported from a file, asked about what it does not say, kept and shown in the View."""

import pytest
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QDialog

from spectragui.gui.session.state import OpenSpectrum
from spectragui.gui.view.line_lists_dialog import ImportDialog, LineListsDialog
from spectragui.gui.view.shown_marks import keep_line_list, shown_line_list, toggle_marks
from spectragui.io.line_lists.importing import read_line_list, survey_line_list
from tests.gui.conftest import make_spectrum
from tests.gui.top_windows import top_windows

TEXT = "# my lines, air\n5001.0 first\n5002.5 second\n"


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "mine.txt"
    path.write_text(TEXT, encoding="utf-8")
    return path


def open_one(session):
    session.update(spectra=(OpenSpectrum("a", ("a.fits",), 0, make_spectrum()),), selected_id="a")


def accept_next(dialog_type):
    """Press the primary button of the next dialog of a type."""

    def press():
        for widget in top_windows(dialog_type, is_shown=True):
            widget.accept()

    QTimer.singleShot(50, press)


def test_the_actions_show_and_hide_each_row(window, session):
    open_one(session)
    for name in ("star", "telluric", "sky"):
        window.trigger(f"view.marks.{name}")
    view = window.panel("View")
    assert view.plot.marks.shown == ("star", "telluric", "sky")
    assert window.actions_bar.qactions["view.marks.sky"].isChecked()
    window.trigger("view.marks.telluric")
    assert view.plot.marks.shown == ("star", "sky")


def test_the_marks_menu_holds_the_same_actions(window, session):
    open_one(session)
    menu = window.panel("View").marks.menu()
    menu.aboutToShow.emit()
    assert window.actions_bar.qactions["view.marks.star"] in menu.actions()


def test_an_imported_list_is_kept_and_marked(qtbot, window, session, file):
    open_one(session)
    dialog = LineListsDialog(session, window)
    qtbot.addWidget(dialog)
    accept_next(ImportDialog)
    dialog.import_file(str(file))
    assert dialog.path == session.state.settings.line_list
    assert session.state.settings.view_marks == ("star",)
    assert "2 lines" in dialog.about.text() and "air" in dialog.about.text()
    marks = window.panel("View").plot.marks
    assert marks.row_layout("star").indices.size == 2
    dialog._on_remove_clicked()
    assert session.state.settings.line_list == "" and not session.state.settings.line_lists
    assert marks._rows["star"].names[0] == "Hα"


def test_what_the_file_does_not_say_must_be_chosen(qtbot, theme, tmp_path):
    path = tmp_path / "infrared.txt"
    path.write_text("1500.0 a\n2200.0 b\n", encoding="utf-8")
    dialog = ImportDialog(survey_line_list(path), None)
    qtbot.addWidget(dialog)
    assert not dialog._accept.isEnabled()
    dialog.unit.setCurrentIndex(dialog.unit.findData("nm"))
    assert not dialog._accept.isEnabled()
    dialog.medium.setCurrentIndex(dialog.medium.findData("vacuum"))
    assert dialog._accept.isEnabled() and "14995.9" in dialog.preview.text()
    dialog.unit.setCurrentIndex(dialog.unit.findData("cm-1"))
    assert not dialog.medium.isEnabled() and dialog._accept.isEnabled()


def test_a_list_that_was_deleted_gives_way_to_the_bundled_one(session, file):
    from pathlib import Path

    keep_line_list(session, read_line_list(file))
    assert len(shown_line_list(session).lines) == 2
    Path(session.state.settings.line_list).unlink()
    assert shown_line_list(session) is None
    assert session.state.settings.line_list == ""
    assert "mine.csv" in session.notifications.messages[-1].text


def test_an_unreadable_file_is_told_of(qtbot, session, tmp_path, monkeypatch):
    said = []
    monkeypatch.setattr(
        "spectragui.gui.view.line_lists_dialog._say", lambda _parent, error: said.append(error)
    )
    dialog = LineListsDialog(session, None)
    qtbot.addWidget(dialog)
    path = tmp_path / "nothing.txt"
    path.write_text("no lines at all\n", encoding="utf-8")
    dialog.import_file(str(path))
    assert "nothing.txt" in said[0].message
    assert dialog.result() == QDialog.DialogCode.Rejected


def test_marks_are_toggled_back(session):
    toggle_marks(session, "sky")
    assert session.state.settings.view_marks == ("sky",)
    toggle_marks(session, "sky")
    assert session.state.settings.view_marks == ()


def test_what_is_on_is_seen_in_menu_and_bar(window, session):
    open_one(session)
    view = window.panel("View")
    assert not view.marks.isChecked()
    window.trigger("view.marks.sky")
    assert view.marks.isChecked() and not view.measure.isChecked()
    assert not window.actions_bar.qactions["view.marks.sky"].isIconVisibleInMenu()  # its tick is seen
    window.trigger("measure.gaussian")
    assert view.measure.isChecked()
    view.plot.escaped.emit()
    assert not view.measure.isChecked()
