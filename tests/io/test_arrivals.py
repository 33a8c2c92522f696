"""Which files of a folder are spectra, and which of them have arrived completely."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from spectragui.core.errors import ReadError
from spectragui.io.arrivals import (
    PAUSE_FACTOR,
    RETRY_S,
    SETTLED_S,
    WHOLE_S,
    Arrivals,
    FileState,
    file_state,
    list_folder,
)
from spectragui.io.reading.fits_structure import is_whole
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


def test_file_as_long_as_its_headers_say_is_given_soon():
    arrivals = Arrivals({})
    whole = FileState(12, 3, is_whole=True)
    assert arrivals.update({A: whole}, 0.0) == []
    assert arrivals.update({A: whole}, 0.9 * WHOLE_S) == []
    assert arrivals.update({A: whole}, WHOLE_S) == [A]
    assert WHOLE_S < 0.5 * SETTLED_S


def test_file_shorter_than_its_headers_say_is_waited_for_and_given_at_last():
    arrivals = Arrivals({})
    part = FileState(12, 3, is_whole=False)
    assert arrivals.update({A: part}, 0.0) == []
    assert arrivals.update({A: part}, 10.0 * SETTLED_S) == []
    assert arrivals.update({A: part}, PAUSE_FACTOR * SETTLED_S) == [A]  # its reader says what is missing


@pytest.fixture
def extensions(tmp_path):
    """Return a FITS file of a primary header without data and two extensions."""
    from astropy.io import fits

    flux = fits.ImageHDU(np.zeros(3000, "f4"), name="FLUX")
    path = tmp_path / "whole.fits"
    fits.HDUList([fits.PrimaryHDU(), flux, fits.ImageHDU(np.zeros(10, "i4"), name="MASK")]).writeto(path)
    return path


def test_every_piece_of_a_file_says_that_more_is_to_come(extensions, tmp_path):
    content = extensions.read_bytes()
    assert is_whole(extensions) is True
    piece = tmp_path / "piece.fits"
    first_extension = 2880 + 2880 + -(-3000 * 4 // 2880) * 2880
    assert len(content) == first_extension + 2 * 2880
    for length in (1, 100, 2880, 4000, 5760, 9000, first_extension + 3, first_extension + 2880):
        piece.write_bytes(content[:length])
        assert is_whole(piece) is False, length
    piece.write_bytes(content[:first_extension])  # nothing says that another extension follows
    assert is_whole(piece) is True
    piece.write_bytes(content.replace(b"EXTEND  =                    T", b"NEXTEND =                    2"))
    assert is_whole(piece) is True
    piece.write_bytes(piece.read_bytes()[:first_extension])
    assert is_whole(piece) is False


def test_other_files_do_not_say_how_long_they_are(tmp_path):
    for name in ("star.txt", "star.fits.gz", "text.fits"):
        (tmp_path / name).write_bytes(b"5000.0 1.0\n" * 3000)
        assert is_whole(tmp_path / name) is None
    assert is_whole(tmp_path / "gone.fits") is None


def test_listing_looks_at_the_headers_of_what_changed_only(extensions, monkeypatch):
    folder = extensions.parent
    first = list_folder(folder)
    assert first[extensions].is_whole is None  # hundreds of files of a night are not opened to begin with
    assert list_folder(folder, first)[extensions].is_whole is None
    seen = list_folder(folder, {})
    assert seen[extensions].is_whole is True
    monkeypatch.setattr("spectragui.io.arrivals.is_whole", lambda _path: pytest.fail("looked at again"))
    assert list_folder(folder, seen) == seen
