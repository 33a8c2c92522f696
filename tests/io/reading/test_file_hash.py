"""The hash of a file is that of what was read, whatever becomes of the file afterwards."""

import hashlib

import numpy as np
import pytest

from spectragui.inference.parameters.predict_spectrum import predict_spectrum
from spectragui.io import read_spectrum
from spectragui.io.read import read_files


def write(path, level=1.0):
    wave = np.linspace(6000.0, 6100.0, 200)
    flux = level + 0.1 * np.sin(wave)
    path.write_text("\n".join(f"{w:.4f} {f:.5f}" for w, f in zip(wave, flux, strict=True)))
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_the_row_holds_the_hash_of_what_was_read(tmp_path):
    path = tmp_path / "star.txt"
    before = write(path)
    spectrum = read_spectrum(path)
    assert spectrum.meta["file_sha256"] == before
    assert write(path, 2.0) != before
    assert predict_spectrum(spectrum).row["file_sha256"] == before
    path.unlink()
    assert predict_spectrum(spectrum).row["file_sha256"] == before


def test_a_saved_spectrum_has_the_hash_of_its_own_file(tmp_path):
    from spectragui.io.writers import write_spectrum

    path = tmp_path / "star.txt"
    write(path)
    saved = tmp_path / "saved.fits"
    write_spectrum(read_spectrum(path), saved)
    assert read_spectrum(saved).meta["file_sha256"] == hashlib.sha256(saved.read_bytes()).hexdigest()


def test_joined_arms_hold_one_hash_each(shared_data):
    files = sorted((shared_data / "stars" / "galah").glob("21*1.fits"))[:1]
    files += [files[0].with_name(files[0].name.replace("1.fits", "2.fits"))]
    if not all(file.is_file() for file in files):
        pytest.skip("no two arms")
    joined = read_files(files)[0]
    assert joined.meta["file_sha256"].split(" + ") == [
        hashlib.sha256(file.read_bytes()).hexdigest() for file in files
    ]
