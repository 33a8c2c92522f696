"""Files that would bring other files along, or command the terminal, when they are opened."""

from __future__ import annotations

import gzip
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import numpy as np
import pytest
from astropy.io import fits

from spectragui.core.errors import ReadError
from spectragui.core.wording import plain_text
from spectragui.io import read_spectra
from spectragui.io.spectrum_summary import describe_file

CONTROLS = set(map(chr, [*range(9), *range(11, 32), *range(127, 160)]))
TABLE = """<?xml version="1.0"?>{doctype}<{p}VOTABLE {ns} version="1.4"><{p}RESOURCE><{p}TABLE>
<{p}FIELD name="wave" datatype="double" unit="nm"/><{p}FIELD name="flux" datatype="double"/>
<{p}DATA>{data}</{p}DATA></{p}TABLE></{p}RESOURCE></{p}VOTABLE>"""


def document(data: str, doctype: str = "") -> str:
    return TABLE.format(data=data, doctype=doctype, p="", ns="")


@pytest.fixture
def asked() -> list[str]:
    """Return the addresses that a server of this test was asked for; its own address comes first."""
    found: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            found.append(self.path)
            self.send_response(404)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    found.append(f"http://127.0.0.1:{server.server_port}")
    yield found
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.parametrize("kind", ["BINARY", "BINARY2", "FITS"])
@pytest.mark.parametrize("attribute", ["href", "href ", 'encoding="gzip" href', 'rights=">" href'])
def test_a_votable_asks_no_address(tmp_path, asked, kind, attribute):
    path = tmp_path / "t.vot"
    path.write_text(document(f'<{kind}><STREAM {attribute}="{asked[0]}/data"/></{kind}>'))
    with pytest.raises(ReadError, match="not read"):
        read_spectra(path)
    assert len(asked) == 1


@pytest.mark.parametrize("address", ["file://{}", "{}", "file:///dev/zero"])
def test_a_votable_opens_no_other_file(tmp_path, address):
    other = tmp_path / "secret"
    other.write_bytes(np.arange(200, dtype=">f8").tobytes())
    path = tmp_path / "t.vot"
    path.write_text(document(f'<BINARY><STREAM href="{address.format(other)}"/></BINARY>'))
    with pytest.raises(ReadError, match="not read"):
        read_spectra(path)


@pytest.mark.parametrize(
    "doctype",
    [
        '<!DOCTYPE VOTABLE [<!ENTITY x SYSTEM "file:///etc/hostname">]>',
        '<!DOCTYPE VOTABLE [<!ENTITY % x SYSTEM "http://127.0.0.1:1/x"> %x;]>',
    ],
)
def test_entities_are_refused(tmp_path, doctype):
    path = tmp_path / "t.vot"
    path.write_text(document("<TABLEDATA><TR><TD>&x;</TD><TD>1</TD></TR></TABLEDATA>", doctype))
    with pytest.raises(ReadError, match="entities"):
        read_spectra(path)


def test_a_packed_one_is_looked_through_too(tmp_path):
    path = tmp_path / "t.vot.gz"
    path.write_bytes(gzip.compress(document('<BINARY><STREAM href="file:///dev/zero"/></BINARY>').encode()))
    with pytest.raises(ReadError, match="not read"):
        read_spectra(path)


def test_a_sound_votable_with_its_data_inside_is_read(tmp_path):
    rows = "".join(f"<TR><TD>{500 + i / 100}</TD><TD>{1 + (i % 7) / 10}</TD></TR>" for i in range(100))
    old = '<!DOCTYPE VOTABLE SYSTEM "http://us-vo.org/xml/VOTable.dtd">'
    path = tmp_path / "t.vot"
    path.write_text(document(f"<TABLEDATA>{rows}</TABLEDATA>", old))
    assert len(read_spectra(path)[0]) == 100


def _external_link(file, h5py, other: Path) -> None:
    file["wls"] = h5py.ExternalLink(str(other), "wls")
    file["fls"] = np.ones(50)


def _link_of_group(file, h5py, other: Path) -> None:
    for name in ("wavelength_solution", "optimal_extraction", "optimal_var"):
        file[name] = h5py.ExternalLink(str(other), name)


def _external_values(file, h5py, other: Path) -> None:
    file.create_dataset("wls", (50,), "f8", external=[(str(other), 0, 400)])
    file["fls"] = np.ones(50)


def _virtual_values(file, h5py, other: Path) -> None:
    layout = h5py.VirtualLayout((50,), "f8")
    layout[:] = h5py.VirtualSource(str(other), "wls", (50,))
    file.create_virtual_dataset("wls", layout)
    file["fls"] = np.ones(50)


@pytest.mark.parametrize("make", [_external_link, _link_of_group, _external_values, _virtual_values])
def test_an_hdf5_file_takes_nothing_from_others(tmp_path, make):
    h5py = pytest.importorskip("h5py")
    other, path = tmp_path / "other.h5", tmp_path / "t.h5"
    with h5py.File(other, "w") as file:
        file["wls"] = np.linspace(5000.0, 5100.0, 50)
        for name in ("wavelength_solution", "optimal_extraction", "optimal_var"):
            file[f"{name}/fiber_3/100"] = np.linspace(500.0, 510.0, 50)
    with h5py.File(path, "w") as file:
        make(file, h5py, other)
    with pytest.raises(ReadError, match="another file|other file"):
        read_spectra(path)


def test_names_and_headers_reach_nobody_with_escapes(tmp_path):
    evil = "\x1b]0;owned\x07\x1b[2J\x9b31mHD 1"
    path = tmp_path / f"{plain_text(evil)}\x1b[31m.fits"
    hdu = fits.PrimaryHDU(1.0 + 0.1 * np.sin(np.arange(400.0)))
    hdu.header.update(CRVAL1=5000.0, CDELT1=0.1, CRPIX1=1.0, CUNIT1="Angstrom")
    hdu.header.update(OBJECT="X" * 18, INSTRUME="Y" * 18)
    hdu.writeto(path)
    raw = path.read_bytes().replace(b"X" * 18, b"\x1b]0;own\x07\x1b[2JHD 1".ljust(18))
    path.write_bytes(raw.replace(b"Y" * 18, b"\x9b31m\x1b[31mSPEC".ljust(18)))
    (summary,) = describe_file(path)
    for text in (summary.name, *(fact.value for fact in summary.facts if fact.key != "file")):
        assert not CONTROLS & set(text), repr(text)


@pytest.mark.parametrize("arguments", [["info"], ["info", "--json"], ["preprocess", "-o", "out.fits"]])
def test_the_command_line_prints_no_escapes(tmp_path, arguments, monkeypatch):
    from click.testing import CliRunner

    from spectragui.cli.main import commands

    monkeypatch.chdir(tmp_path)
    path = tmp_path / "\x1b]0;owned\x07star\x9b31m.csv"
    rows = "\n".join(f"{5000 + i / 10},{1 + (i % 5) / 50}" for i in range(300))
    path.write_text(f"# OBJECT = \x1b[31mHD 1\n# INSTRUMENT: \x9b2JFOO\nwavelength [Angstrom],flux\n{rows}\n")
    told = CliRunner().invoke(commands, [arguments[0], str(path), *arguments[1:]])
    assert told.exit_code == 0, told.output
    assert not CONTROLS & set(told.output), repr(told.output)
    missing = CliRunner().invoke(commands, ["info", str(tmp_path / "\x1b[31mnone.fits")])
    assert missing.exit_code == 1 and not CONTROLS & set(missing.output)


def test_commands_print_in_one_way(checkout):
    allowed = {"terminal.py", "options.py"}
    strays = [
        path.name
        for path in (checkout / "spectragui" / "cli").glob("*.py")
        if path.name not in allowed and "click.echo(" in path.read_text(encoding="utf-8")
    ]
    assert strays == []
