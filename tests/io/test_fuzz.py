# ruff: noqa: E501
"""Damaged and random files: a sentence or a spectrum; no traceback, no hang, no file changed."""

from __future__ import annotations

import gzip
import os
import time
import warnings
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from spectragui.core.errors import SpectraGUIError
from spectragui.io import describe, read_files
from spectragui.io.survey import survey_file
from tests.io.damage import damaged, damages
from tests.io.generated_layouts import LAYOUTS

LONGEST = 5.0  # [s] of processor time that a file may take; what waits for ever is pytest's timeout's
QUICK, FULL = 150, 10_000
_SUFFIXES = (".fits", ".fits.gz", ".txt", ".csv", ".vot", ".ecsv", ".hdf5", ".dat")

text_pieces = st.sampled_from([
    "# %ECSV 1.0\n", "# ---\n", "# datatype:\n", "# - {name: flux, datatype: float64}\n", "wave,flux,err\n",
    "source_id,flux,flux_error\n", '1,"[1.0,2.0]","[1.0]"\n', "***Reduced spectrum of 'x'\n", " 5 3\n",
    "5000.0 1.0 0.1\n", "5001.0 1.1 0.1\n", "5000,1\t1,0\n", "1e999 nan inf\n", "5000.0D+00-1.234D+00\n", "\n", ";;;\n",
    "<?xml version='1.0'?>", "<VOTABLE version='1.3'>", "<RESOURCE><TABLE>", "<FIELD name='wave' datatype='double'/>",
    "<FIELD name='flux' datatype='double' arraysize='*'/>", "<DATA><TABLEDATA><TR><TD>1</TD></TR></TABLEDATA></DATA>",
    "</TABLE></RESOURCE></VOTABLE>", "<DATA><BINARY2><STREAM encoding='base64'>AAAA</STREAM></BINARY2></DATA>",
    "<!DOCTYPE v [<!ENTITY a 'aaaaaaaaaa'><!ENTITY b '&a;&a;&a;&a;&a;&a;&a;&a;'>]>", "&b;",
    "<!DOCTYPE v [<!ENTITY x SYSTEM 'file:///etc/hostname'>]>", "&x;",
])  # fmt: skip
texts = st.lists(st.one_of(text_pieces, text_pieces, st.text(max_size=60)), max_size=60).map("".join)
magic = st.sampled_from([
    b"SIMPLE  =                    T", b"\x1f\x8b\x08\x00", b"\x89HDF\r\n\x1a\n", b"PK\x03\x04", b"", b"<VOTABLE",
])  # fmt: skip
random_files = st.one_of(
    texts.map(lambda text: text.encode("utf-8", "surrogatepass")),
    st.tuples(magic, st.binary(max_size=6000)).map(b"".join),
    st.tuples(magic, texts).map(lambda pair: pair[0] + pair[1].encode("utf-8", "surrogatepass")),
)


@pytest.fixture(scope="module", autouse=True)
def _imported() -> None:
    """Import what some readers need: the seconds of an import are no hang."""
    for name in ("specutils", "astropy.table", "astropy.io.votable", "h5py"):
        pytest.importorskip(name)


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[str, bytes]]:
    """Return name and content of a sound file of each layout that is not large."""
    files = []
    for number, layout in enumerate(LAYOUTS):
        folder = tmp_path_factory.mktemp(f"layout{number}")
        path = layout.build(folder).path
        if path.stat().st_size < 600_000:
            files.append((path.name, path.read_bytes()))
    return files


def check(path: Path) -> None:
    """Read, describe and survey a file as the program does."""
    content, stamp = path.read_bytes(), os.stat(path).st_mtime_ns
    before = time.process_time()
    said = path.name
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            for spectrum in read_files([path]):
                describe(spectrum).to_text()
        except SpectraGUIError as error:
            said = str(error)
        survey_file(path)
    assert path.name in said and "Traceback" not in said
    assert time.process_time() - before < LONGEST
    assert path.read_bytes() == content and os.stat(path).st_mtime_ns == stamp


def run_on_damaged(folder: Path, corpus: list[tuple[str, bytes]], examples: int) -> None:
    @settings(max_examples=examples, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(st.integers(0, len(corpus) - 1), damages)
    def read_damaged(number: int, plan: list) -> None:
        name, content = corpus[number]
        (folder / name).write_bytes(damaged(content, plan))
        check(folder / name)

    read_damaged()


def run_on_random(folder: Path, examples: int) -> None:
    @settings(max_examples=examples, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(random_files, st.sampled_from(_SUFFIXES), st.booleans())
    def read_random(content: bytes, suffix: str, is_packed: bool) -> None:
        path = folder / f"x{suffix}"
        path.write_bytes(gzip.compress(content, 1, mtime=0) if is_packed else content)
        check(path)

    read_random()


def test_damaged_files(tmp_path: Path, corpus: list[tuple[str, bytes]]):
    run_on_damaged(tmp_path, corpus, QUICK)


def test_random_files(tmp_path: Path):
    run_on_random(tmp_path, QUICK)


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_thousands_of_damaged_files(tmp_path: Path, corpus: list[tuple[str, bytes]]):
    run_on_damaged(tmp_path, corpus, FULL)


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_thousands_of_random_files(tmp_path: Path):
    run_on_random(tmp_path, FULL)


def test_entities_are_not_expanded(tmp_path: Path):
    """A document that would grow to gigabytes is refused at once."""
    entities = "".join(f'<!ENTITY e{i} "{f"&e{i - 1};" * 10}">' for i in range(1, 12))
    path = tmp_path / "x.vot"
    path.write_text(
        f'<?xml version="1.0"?><!DOCTYPE v [<!ENTITY e0 "lol">{entities}]><VOTABLE version="1.3"><RESOURCE>'
        '<TABLE name="&e11;"><FIELD name="wave" datatype="double"/></TABLE></RESOURCE></VOTABLE>'
    )
    before = time.process_time()
    with pytest.raises(SpectraGUIError, match="x.vot"):
        read_files([path])
    assert time.process_time() - before < 1.0


def test_a_field_without_a_name_is_said(tmp_path: Path):
    """Found by the long run: astropy raises one of its warnings."""
    path = tmp_path / "x.vot"
    path.write_text(
        '<?xml version="1.0"?><VOTABLE version="1.3"><RESOURCE><TABLE><FIELD datatype="double"/>'
        "<DATA><TABLEDATA><TR><TD>1</TD></TR></TABLEDATA></DATA></TABLE></RESOURCE></VOTABLE>"
    )
    with pytest.raises(SpectraGUIError, match="x.vot"):
        read_files([path])


def test_huge_shapes_take_no_memory(tmp_path: Path):
    """A header that promises terabytes is refused before anything is allocated."""
    cards = ["SIMPLE  =                    T", "BITPIX  =                  -64", "NAXIS   =                    2",
             "NAXIS1  =           2000000000", "NAXIS2  =                 1000", "CRVAL1  =               5000.0",
             "CDELT1  =                  0.1", "END"]  # fmt: skip
    path = tmp_path / "x.fits"
    path.write_bytes("".join(card.ljust(80) for card in cards).encode().ljust(2880) + bytes(2880 * 5))
    before = time.process_time()
    with pytest.raises(SpectraGUIError, match="x.fits"):
        read_files([path])
    assert time.process_time() - before < 1.0
