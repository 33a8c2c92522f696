"""Whether a blaze is in the flux, and whether a spectrum is simulated: said by the reader, nowhere else."""

from __future__ import annotations

import pytest

from spectragui.io import read_files
from spectragui.preprocessing.chain_files import suggested_preset


@pytest.mark.parametrize(
    ("file", "has_blaze", "chain"),
    [
        ("formats/desi_coadd.fits", False, "faint"),
        ("formats/apVisit-r13-5095-55844-128.fits", False, "calibrated-orders"),
        ("stars/HARPS.2003-12-13T06-19-48.371_e2ds_A.fits", False, "calibrated-orders"),
        ("formats/chiron_gj699.fits", None, "generic-echelle"),
        ("formats/lamost_spec-55862-B6212_sp06-003.fits", None, "generic-1d"),
    ],
)
def test_readers_say_whether_a_blaze_is_in_the_flux(shared_data, file, has_blaze, chain):
    spectrum = read_files([shared_data / file])[0]
    assert spectrum.meta.get("has_blaze") is has_blaze
    assert suggested_preset(spectrum) == chain
