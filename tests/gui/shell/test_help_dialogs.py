"""Help > Shortcuts and About, and what is said of many files."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QLabel, QPushButton, QScrollArea

from spectragui.gui.actions import ACTIONS, HANDLED_KEYS
from spectragui.gui.shell.about import bibtex, show_about
from spectragui.gui.shell.shortcuts import all_blocks, shared_out, show_shortcuts
from tests.gui.files.test_many_files import bars, drop, wait_idle


def test_shortcuts_list_every_key(window):
    said = {text for _, rows in all_blocks() for _, text in rows}
    missing = [a.plain_text for a in ACTIONS if a.shortcuts and a.plain_text.rstrip("…") not in said]
    assert missing == []
    assert "Pipeline" in [title for title, _ in all_blocks()]
    assert {text for rows in HANDLED_KEYS.values() for _, text in rows} <= said


@pytest.mark.parametrize("size", [(1024, 700), (1280, 720), (1920, 1080)])
def test_shortcuts_fit_into_the_window_and_scroll(window, size):
    window.resize(*size)
    dialog = show_shortcuts(window)
    assert dialog.width() <= window.width() and dialog.height() <= window.height()
    area = dialog.findChild(QScrollArea)
    inside = area.widget().sizeHint()
    assert inside.height() <= dialog.height() or area.verticalScrollBar().maximum() > 0
    assert area.horizontalScrollBar().maximum() == 0
    dialog.close()


def test_columns_hold_all_blocks_in_their_order():
    blocks = [(str(n), [("k", "t")] * n) for n in (7, 3, 25, 14, 20, 3, 5, 3)]
    columns = shared_out(blocks, 3)
    assert len(columns) == 3
    assert [block for column in columns for block in column] == blocks
    heights = [sum(len(rows) + 2 for _, rows in column) for column in columns]
    assert max(heights) < 1.4 * sum(heights) / 3


def test_about_cites_and_links(window, qtbot):
    dialog = show_about(window)
    links = [label for label in dialog.findChildren(QLabel) if "<a href" in label.text()]
    assert len(links) >= 3
    copy = next(b for b in dialog.findChildren(QPushButton) if "BibTeX" in b.text())
    qtbot.mouseClick(copy, Qt.MouseButton.LeftButton)
    assert QGuiApplication.clipboard().text() == bibtex()
    assert "@software{spectragui" in bibtex()
    dialog.close()


def test_a_picture_among_bad_files_is_counted(window, qtbot, tmp_path):
    for number in range(4):
        (tmp_path / f"broken{number}.fits").write_bytes(b"SIMPLE  = T nonsense")
    (tmp_path / "photo.jpg").write_bytes(b"\xff\xd8\xff")
    drop(window, [tmp_path])
    wait_idle(qtbot, window.session)
    said = "4 of 4 files could not be read; 1 other is no spectrum by its name."
    assert [bar.message.text for bar in bars(window)] == [said]


def test_a_picture_beside_one_bad_file_is_said_in_sight(window, qtbot, tmp_path):
    (tmp_path / "broken.fits").write_bytes(b"SIMPLE  = T nonsense")
    (tmp_path / "photo.jpg").write_bytes(b"\xff\xd8\xff")
    drop(window, [tmp_path])
    wait_idle(qtbot, window.session)
    said = [m for m in window.session.notifications.messages if "1 other file was left out" in m.text]
    assert [message.severity for message in said] == ["warning"]
