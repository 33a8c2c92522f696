"""Preferences that somebody else wrote: defaults for what cannot be, a sentence, and a window that opens."""

from __future__ import annotations

import pytest

from spectragui.gui.files.opening import open_files
from spectragui.gui.files.watch_folder import WatchFolderDialog
from spectragui.gui.session.settings import RECENT_FILES, Settings, read_settings, write_settings
from spectragui.gui.view.line_lists_dialog import LineListsDialog
from tests.gui.conftest import write_fits

TEXTS = {
    "a zero": r'export_folder = "a\u0000b"',
    "an escape": r'watch_folder = "\u001b[2J"',
    "a turned direction": r'line_list = "\u202egood.txt"',
    "a zero in a list": r'recent_files = ["/a.fits", "a\u0000b"]',
    "an escape in a list": r'line_lists = ["\u001b]0;x\u0007"]',
    "many files": 'recent_files = ["x"' + ', "x"' * 20_000 + "]",
    "a long name": 'recent_files = ["' + "x" * 200_000 + '"]',
    "a long folder": 'export_folder = "' + "x" * 200_000 + '"',
    "a list for a text": 'theme = ["dark"]',
    "a table for a list": "recent_files = {a = 1}",
    "a text for a list": 'recent_files = "abc"',
    "a number for a switch": "predict_on_open = 1",
    "a date": "theme = 1979-05-27",
    "another theme": 'theme = "<b>pink</b>"',
    "another device": 'device = "cuda:99; rm -rf"',
    "not a number": "watch_predicts = nan",
    "brackets": 'hints_seen = ["' + "[" * 5000 + '"]',
    "a zero byte": "theme = 'dark'\0",
    "twice": "theme = 'dark'\ntheme = 'light'",
}


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_what_cannot_be_is_said_and_the_rest_is_kept(tmp_path, text):
    path = tmp_path / "settings.toml"
    path.write_text(f"restore_session = false\n{text}\n")
    settings, complaint = read_settings(path)
    assert complaint and len(complaint) < 400
    assert complaint.isprintable()
    assert "\0" not in "".join(map(str, vars(settings).values()))
    if "damaged" in complaint:
        assert path.with_name("settings.toml.corrupt").exists() and settings == Settings()
    else:
        assert not settings.restore_session
    write_settings(path, settings)
    assert read_settings(path) == (settings, "")


def test_what_a_window_was_told_is_kept_as_far_as_it_can_be(tmp_path):
    path = tmp_path / "settings.toml"
    odd = ("a\x1b[2J.fits", "b\0.fits", "c" * 200_000)
    write_settings(path, Settings().replace(recent_files=(*odd, "/d.fits"), export_folder="e\0"))
    assert read_settings(path) == (Settings().replace(recent_files=("/d.fits",)), "")


def test_files_that_are_none_stop_nothing_in_the_window(window, qtbot, tmp_path):
    names = [
        "/dev/zero",
        "/proc/self/mem",
        str(tmp_path),
        "x" * 5000,
        "<b>bold</b>",
        "",
        "\\\\host\\x",
        "%n%s",
    ]
    path = tmp_path / "settings.toml"
    lists = ", ".join(repr(name) for name in names)
    path.write_text(
        f"recent_files = [{lists}]\nline_lists = [{lists}]\nline_list = '/dev/zero'\n"
        f"view_shows = [{lists}]\nview_marks = [{lists}]\nhints_seen = [{lists}]\n"
        f"catalogue_mappings = ['{{', '[]', 'null', '{{\"of\": 1, \"mapping\": []}}', '5']\n"
        f"watch_folder = '{'x' * 5000}'\nexport_folder = '/dev/zero'\n"
    )
    settings, complaint = read_settings(path)
    assert not complaint
    session = window.session
    session.update(settings=settings)
    dialog = WatchFolderDialog(session, window)
    dialog.folder.setText(settings.watch_folder)
    dialog.deleteLater()
    lists_dialog = LineListsDialog(session, window)
    for row in range(lists_dialog.lists.count()):
        lists_dialog.lists.setCurrentRow(row)
    lists_dialog.deleteLater()
    open_files(session, [write_fits(tmp_path / "star.fits"), *names[:4]], asks=False)
    qtbot.waitUntil(lambda: not session.tasks.active_jobs and bool(session.state.spectra), timeout=60_000)
    window.show_panel("View")
    qtbot.waitUntil(lambda: not session.tasks.active_jobs, timeout=60_000)
    assert len(session.state.settings.recent_files) <= RECENT_FILES
    assert not [
        m.text
        for m in session.notifications.messages
        if "went wrong" in m.text or "fault of SpectraGUI" in m.text
    ]
