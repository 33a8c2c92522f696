"""Tables of plain numbers are read as astropy reads them; all others are left to it."""

import io

import numpy as np
import pytest
from astropy.io import fits

from spectragui.io.reading.source import Source

N_ROWS = 7
PLAIN = [
    fits.Column("a", "D", array=np.arange(N_ROWS) / 3),
    fits.Column("b", "3E", array=np.arange(3 * N_ROWS).reshape(N_ROWS, 3)),
    fits.Column("c", "J", array=np.arange(N_ROWS) - 3),
    fits.Column("f", "B", array=np.arange(N_ROWS)),
    fits.Column("d", "1I", array=np.arange(N_ROWS)),
    fits.Column("e", "K", array=np.arange(N_ROWS) * 2**40),
]
OTHERS = {
    "text": fits.Column("t", "3A", array=["a"] * N_ROWS),
    "unsigned": fits.Column("t", "J", array=np.arange(N_ROWS), bzero=2**31),
    "of many lengths": fits.Column("t", "PD()", array=np.array([[1.0]] * N_ROWS, dtype=object)),
    "complex": fits.Column("t", "C", array=np.arange(N_ROWS) * 1j),
    "logical": fits.Column("t", "L", array=np.ones(N_ROWS, bool)),
    "with a blank": fits.Column("t", "J", array=np.arange(N_ROWS), null=3),
    "of the same name": fits.Column("A", "D", array=np.ones(N_ROWS)),
    "cube": fits.Column("t", "4D", dim="(2,2)", array=np.ones((N_ROWS, 2, 2))),
}


def written(path, columns):
    stream = io.BytesIO()
    fits.HDUList([fits.PrimaryHDU(), fits.BinTableHDU.from_columns(columns)]).writeto(stream)
    path.write_bytes(stream.getvalue())
    return path


def test_plain_columns_are_as_astropy_reads_them(tmp_path):
    source = Source(written(tmp_path / "plain.fits", PLAIN))
    rows, table = source.plain_rows(1), source.data(1)
    assert len(rows) == N_ROWS
    for number, name in enumerate(rows.dtype.names):
        assert np.array_equal(rows[name], table.field(number)), name
        assert rows[name].shape == table.field(number).shape
    source.close()


@pytest.mark.parametrize("name", OTHERS)
def test_other_columns_are_left_to_astropy(tmp_path, name):
    source = Source(written(tmp_path / "other.fits", [PLAIN[0], OTHERS[name]]))
    assert source.plain_rows(1) is None
    source.close()
