"""Which files of a folder are spectra, and which of them have arrived completely."""

from __future__ import annotations

from pathlib import Path

import pytest

from spectragui.core.errors import ReadError
from spectragui.io.arrivals import RETRY_S, SETTLED_S, Arrivals, FileState, file_state, list_folder
from spectragui.io.spectrum_files import expand_folders, has_spectrum_suffix, is_temporary

A, B = Path("a.fits"), Path("b.fits")


@pytest.mark.parametrize(
    ("name", "is_one"),
    [
        ("star.fits", True),
        ("STAR.FITS", True),
        ("spec.fits.gz", True),
        ("star.dat", True),
        ("notes.pdf", False),
        ("table.fits.gz.part", False),
        (".star.fits.swp", False),
        (".hidden.fits", False),
        ("~star.fits", False),
        ("star.fits~", False),
        ("star.fits.tmp", False),
        ("star.gz", False),
    ],
)
def test_names_of_spectra(name, is_one):
    assert has_spectrum_suffix(Path(name)) is is_one


def test_our_own_atomic_writing_is_temporary(tmp_path):
    from spectragui.core.atomic_write import atomic_path

    with atomic_path(tmp_path / "star.fits") as temporary:
        temporary.write_text("x")
        assert is_temporary(temporary)


def test_folders_are_searched_below_and_each_file_is_taken_once(tmp_path):
    (tmp_path / "one" / "two").mkdir(parents=True)
    (tmp_path / ".git").mkdir()
    for name in ("b.fits", "one/a.fits", "one/two/c.txt", "one/log.pdf", ".git/x.fits"):
        (tmp_path / name).write_text("x")
    files, n_others = expand_folders([tmp_path, tmp_path / "b.fits", Path("missing.fits")])
    assert [file.name for file in files] == ["b.fits", "a.fits", "c.txt", "missing.fits"]
    assert n_others == 1


def test_what_was_there_is_not_new():
    arrivals = Arrivals({A: FileState(10, 1)})
    assert arrivals.update({A: FileState(10, 1)}, 0.0) == []
    assert arrivals.update({A: FileState(10, 1)}, 100.0) == []


def test_file_is_given_when_it_no_longer_grows():
    arrivals = Arrivals({})
    for second, size in enumerate((0, 5, 9, 12)):
        assert arrivals.update({A: FileState(size, second)}, float(second)) == []
    assert arrivals.update({A: FileState(12, 3)}, 3.0 + 0.9 * SETTLED_S) == []
    assert arrivals.n_waiting == 1
    assert arrivals.update({A: FileState(12, 3)}, 3.0 + SETTLED_S) == [A]
    assert arrivals.update({A: FileState(12, 3)}, 100.0) == []


def test_empty_file_is_waited_for():
    arrivals = Arrivals({})
    arrivals.update({A: FileState(0, 1)}, 0.0)
    assert arrivals.update({A: FileState(0, 1)}, 1000.0) == []


def test_files_come_in_the_order_of_their_writing():
    arrivals = Arrivals({})
    listing = {A: FileState(1, 20), B: FileState(1, 10)}
    arrivals.update(listing, 0.0)
    assert arrivals.update(listing, 10.0) == [B, A]


def test_file_that_goes_away_while_it_is_written_is_forgotten():
    arrivals = Arrivals({})
    arrivals.update({A: FileState(1, 1)}, 0.0)
    assert arrivals.update({}, 10.0) == []
    assert arrivals.n_waiting == 0


def test_file_that_could_not_be_read_is_given_once_more():
    arrivals = Arrivals({})
    arrivals.update({A: FileState(1, 1)}, 0.0)
    assert arrivals.update({A: FileState(1, 1)}, 10.0) == [A]
    arrivals.wait_again(A, 10.0)
    assert arrivals.update({A: FileState(1, 1)}, 10.0 + 0.9 * RETRY_S) == []
    assert arrivals.update({A: FileState(1, 1)}, 10.0 + RETRY_S) == [A]


def test_listing_leaves_out_other_files_and_folders(tmp_path):
    (tmp_path / "a.fits").write_text("x")
    (tmp_path / "b.fits.part").write_text("x")
    (tmp_path / "c.log").write_text("x")
    (tmp_path / "d.fits").mkdir()
    assert [path.name for path in list_folder(tmp_path)] == ["a.fits"]


def test_missing_folder_is_said(tmp_path):
    with pytest.raises(ReadError, match="cannot be looked into"):
        list_folder(tmp_path / "gone")
    assert file_state(tmp_path / "gone.fits") is None
