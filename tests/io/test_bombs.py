"""Small files that unpack, or promise, more than memory holds; and files that would bring others along."""

from __future__ import annotations

import bz2
import gzip
import json
import lzma
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from astropy.io import fits

MOST_BYTES = 1_500_000_000
GIB = 1 << 30


def pack_gz(path: Path, head: bytes, size: int) -> None:
    """Pack a head and zeros; members of equal zeros are packed once and repeated."""
    path.write_bytes(gzip.compress(head) + gzip.compress(bytes(1 << 24)) * (size >> 24))


def pack_bz2(path: Path, head: bytes, size: int) -> None:
    path.write_bytes(bz2.compress(head) + bz2.compress(bytes(1 << 24)) * (size >> 24))


def pack_xz(path: Path, head: bytes, size: int) -> None:
    member = lzma.compress(bytes(1 << 24), preset=0)
    path.write_bytes(lzma.compress(head) + member * (size >> 24))


def header(**cards: object) -> bytes:
    return fits.Header(list(cards.items())).tostring().encode()


def image_header(*axes: int, bitpix: int = -64) -> bytes:
    sizes = {f"NAXIS{i}": axis for i, axis in enumerate(axes, 1)}
    return header(SIMPLE=True, BITPIX=bitpix, NAXIS=len(axes), **sizes)


def table_header(n_rows: int, row_bytes: int, *forms: str, heap: int = 0) -> bytes:
    names = {f"TFORM{i}": form for i, form in enumerate(forms, 1)}
    names |= {f"TTYPE{i}": name for i, name in enumerate(("WAVE", "FLUX", "ERR")[: len(forms)], 1)}
    return header(SIMPLE=True, BITPIX=8, NAXIS=0, EXTEND=True) + header(
        XTENSION="BINTABLE", BITPIX=8, NAXIS=2, NAXIS1=row_bytes, NAXIS2=n_rows, PCOUNT=heap, GCOUNT=1,
        TFIELDS=len(forms), **names,
    )  # fmt: skip


def sparse(path: Path, head: bytes, size: int) -> None:
    with path.open("wb") as stream:
        stream.write(head)
        stream.truncate(len(head) + size)


def text_rows(n_rows: int) -> bytes:
    return b"5000.0 1.0\n" * n_rows


def hdf5(path: Path, shape: tuple[int, ...], **options: object) -> None:
    import h5py

    with h5py.File(path, "w") as file:
        for name in ("wls", "fls"):
            file.create_dataset(name, shape, dtype="f8", fillvalue=1.0, **options)


def hdf5_of_many_links(path: Path) -> None:
    import h5py

    with h5py.File(path, "w") as file:
        one = file.create_dataset("one", (10_000_000,), dtype="f8", fillvalue=1.0, chunks=(1_000_000,))
        for group in ("optimal_extraction", "wavelength_solution", "optimal_var"):
            place = file.create_group(f"{group}/fiber_3")
            for number in range(200):
                place[str(number)] = one


def votable(fields: str, table: str = "", data: str = "") -> str:
    data = data or "<TABLEDATA><TR><TD>1</TD><TD>2</TD></TR></TABLEDATA>"
    return f"""<?xml version="1.0"?><VOTABLE version="1.4"><RESOURCE><TABLE {table}>{fields}
    <DATA>{data}</DATA></TABLE></RESOURCE></VOTABLE>"""


FIELDS = '<FIELD name="wave" datatype="double" unit="nm"/><FIELD name="flux" datatype="double"/>'
MANY = "<TR><TD>5</TD><TD>1</TD></TR>" * 3_000_000
LAUGHS = "".join(f'<!ENTITY l{i} "{f"&l{i - 1};" * 10}">' for i in range(1, 10))
BOMBS: dict[str, Callable[[Path], object]] = {
    "image.fits.gz": lambda p: pack_gz(p, image_header(1000), 8 * GIB),
    "image.fits.bz2": lambda p: pack_bz2(p, image_header(1000), 4 * GIB),
    "image.fits.xz": lambda p: pack_xz(p, image_header(1000), 4 * GIB),
    "told.fits.gz": lambda p: pack_gz(p, image_header(1 << 30), 8 * GIB),
    "image.fits": lambda p: sparse(p, image_header(1 << 30), 8 * GIB),
    "cube.fits": lambda p: sparse(p, image_header(4096, 4096, 64), 8 * GIB),
    "bytes.fits": lambda p: sparse(p, image_header(1 << 30, bitpix=8), GIB),
    "table.fits": lambda p: sparse(p, table_header(1 << 29, 16, "D", "D"), 8 * GIB),
    "wide.fits": lambda p: sparse(p, table_header(1, 16 << 29, f"{1 << 29}D", f"{1 << 29}D"), 8 * GIB),
    "bits.fits": lambda p: sparse(p, table_header(8, 1 << 26, f"{1 << 29}X"), GIB // 2),
    "rows.fits": lambda p: sparse(p, table_header(1 << 40, 0), 0),
    "many.fits": lambda p: sparse(p, table_header(19_000_000, 48, *["D"] * 6), 48 * 19_000_000),
    "junk.fits": lambda p: sparse(p, image_header(0), 1 << 36),
    "rows.txt.gz": lambda p: p.write_bytes(gzip.compress(text_rows(100_000)) * 1600),
    "rows.txt": lambda p: p.write_bytes(text_rows(8_000_000)),
    "wide.txt.gz": lambda p: p.write_bytes(gzip.compress(b"1.0 " * 100_000) * 500),
    "blanks.txt.gz": lambda p: pack_gz(p, text_rows(20), 2 * GIB),
    "fill.h5": lambda p: hdf5(p, (1 << 30,), chunks=(1 << 20,)),
    "fill.gz.h5": lambda p: hdf5(p, (1 << 15, 1 << 15), chunks=(1024, 1024), compression="gzip"),
    "links.h5": hdf5_of_many_links,
    "rows.vot": lambda p: p.write_text(votable(FIELDS, 'nrows="2000000000"')),
    "arrays.vot": lambda p: p.write_text(votable(FIELDS.replace("/>", ' arraysize="1000000000"/>'))),
    "fields.vot": lambda p: p.write_text(votable(FIELDS * 100_000)),
    "cells.vot": lambda p: p.write_text(votable(FIELDS, data=f"<TABLEDATA>{MANY}</TABLEDATA>")),
    "deep.vot": lambda p: p.write_text("<VOTABLE>" + "<RESOURCE>" * 200_000),
    "laughs.vot": lambda p: p.write_text(f"<!DOCTYPE VOTABLE [<!ENTITY l0 'ha'>{LAUGHS}]>{votable('&l9;')}"),
    "alias.ecsv": lambda p: p.write_text(
        "# %ECSV 1.0\n# ---\n# datatype:\n# - {name: wave, datatype: float64}\n"
        "# - {name: flux, datatype: float64}\n"
        "# meta:\n#   a0: &a0 [x, x, x, x, x, x, x, x, x]\n"
        + "".join(f"#   a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]\n" for i in range(1, 12))
        + "#   spectragui_passport: *a11\nwave flux\n" + "5000.0 1.0\n" * 20
    ),
    "deep.ecsv": lambda p: p.write_text(f"# %ECSV 1.0\n# ---\n# datatype: {'[' * 100_000}\nwave flux\n5 1\n"),
}  # fmt: skip

CHILD = """
import json, sys, time
from spectragui.core.errors import ReadError
from spectragui.io import read_spectra
for path in sys.argv[1:]:
    started = time.process_time()
    try:
        said = f"read {len(read_spectra(path))}"
    except ReadError as error:
        said = str(error)
    with open("/proc/self/status") as status:  # ru_maxrss holds what the parent had when it forked
        peak = next(int(row.split()[1]) * 1024 for row in status if row.startswith("VmHWM"))
    print(json.dumps([path, said, peak, time.process_time() - started]), flush=True)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="the peak of memory is read from /proc")
def test_bombs_take_no_memory_and_get_a_sentence(tmp_path, checkout):
    """One process opens them all: its peak is the largest of them."""
    for name, make in BOMBS.items():
        make(tmp_path / name)
    paths = [str(tmp_path / name) for name in BOMBS]
    told = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", CHILD, *paths],
        capture_output=True, text=True, cwd=checkout, timeout=500, check=False,
    )  # fmt: skip
    assert told.returncode == 0, told.stderr[-2000:]
    rows = [json.loads(line) for line in told.stdout.splitlines()]
    assert len(rows) == len(paths)
    for path, said, peak, seconds in rows:
        name = Path(path).name
        print(f"{name:18s} {peak / 1e6:6.0f} MB {seconds:5.1f} s  {said}")
        assert peak < MOST_BYTES, (name, peak)
        if name != "alias.ecsv":
            assert said.startswith(name), said
        for word in ("NoneType", "cannot reshape", "Unable to allocate", "recursion", "object"):
            assert word not in said
