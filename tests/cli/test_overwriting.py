"""What is read is never written over, under whatever name; where nothing can be written, that is said."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import pytest

from spectragui.core.atomic_write import check_target, write_text_atomically
from spectragui.core.errors import WriteError
from spectragui.core.package_data import bundled_examples

COMMANDS = {
    "preprocess": (["preprocess"], ".fits"),
    "stitch": (["stitch"], ".fits"),
    "predict": (["predict", "--no-refine"], ".fits"),
    "velocity": (["velocity"], ".fits"),
    "fit": (["generate", "--fit"], ".fits"),
}


@pytest.fixture
def star(tmp_path) -> Path:
    folder = tmp_path / "night"
    folder.mkdir()
    return Path(shutil.copy(bundled_examples()[0].path, folder / "star.fits"))


def same(path: Path) -> Path:
    return path


def other_spelling(path: Path) -> Path:
    return path.parent / ".." / path.parent.name / path.name


def soft_link(path: Path) -> Path:
    link = path.parent / "link.fits"
    link.symlink_to(path)
    return link


def hard_link(path: Path) -> Path:
    link = path.parent / "hard.fits"
    os.link(path, link)
    return link


def linked_folder(path: Path) -> Path:
    link = path.parent.parent / "other-night"
    link.symlink_to(path.parent)
    return link / path.name


@pytest.mark.parametrize("spelling", [same, other_spelling, soft_link, hard_link, linked_folder])
@pytest.mark.parametrize("command", COMMANDS)
def test_the_input_is_not_written_over(run, star, command, spelling):
    words, _ = COMMANDS[command]
    content, output = star.read_bytes(), spelling(star)
    files = sorted(path.name for path in star.parent.iterdir())
    result = run(*words, star, "-o", output)
    assert result.exit_code == 1, result.output
    assert "is not written over" in result.stderr
    assert star.read_bytes() == content
    assert sorted(path.name for path in star.parent.iterdir()) == files


def test_the_second_of_several_inputs_neither(run, star):
    other = Path(shutil.copy(star, star.parent / "other.fits"))
    content = other.read_bytes()
    assert run("predict", "--no-refine", star, other, "-o", other).exit_code == 1
    assert other.read_bytes() == content


def test_a_table_of_labels_is_not_written_over(run, tmp_path):
    table = tmp_path / "labels.csv"
    table.write_text("teff,logg,m_h\n5772,4.44,0\n")
    assert run("generate", "--table", table, "-o", table).exit_code == 1
    assert table.read_text().startswith("teff")


def test_a_link_is_followed_and_stays_a_link(tmp_path):
    target = tmp_path / "real.txt"
    target.write_text("old")
    link = tmp_path / "link.txt"
    link.symlink_to(target)
    write_text_atomically(link, "new")
    assert link.is_symlink() and target.read_text() == "new"


def test_a_link_to_nothing_yet_makes_what_it_leads_to(tmp_path):
    link = tmp_path / "link.txt"
    link.symlink_to(tmp_path / "real.txt")
    write_text_atomically(link, "new")
    assert link.is_symlink() and (tmp_path / "real.txt").read_text() == "new"


def test_a_read_only_file_is_left_alone(tmp_path):
    path = tmp_path / "kept.txt"
    path.write_text("old")
    path.chmod(0o444)
    with pytest.raises(WriteError, match="read-only"):
        write_text_atomically(path, "new")
    assert path.read_text() == "old"


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes with names here")
def test_pipes_devices_folders_and_circles_are_refused(tmp_path):
    pipe, circle = tmp_path / "pipe.txt", tmp_path / "circle.txt"
    os.mkfifo(pipe)
    circle.symlink_to(circle)
    for path in (pipe, tmp_path, circle, Path(os.devnull)):
        with pytest.raises(WriteError):
            write_text_atomically(path, "new")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["circle.txt", "pipe.txt"]


@pytest.mark.skipif(sys.platform == "win32", reason="names of other systems")
def test_a_name_too_long_is_a_sentence(tmp_path):
    with pytest.raises(WriteError):
        write_text_atomically(tmp_path / ("a" * 300), "new")


def test_inputs_that_are_gone_hinder_nothing(tmp_path):
    assert check_target(tmp_path / "new.txt", [tmp_path / "gone.txt", ""]) == (tmp_path / "new.txt").resolve()
