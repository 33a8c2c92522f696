"""Files that nobody would make on purpose but who means harm, or whose disk is broken."""
# ruff: noqa: E501

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import struct
import zlib
from collections.abc import Callable

import numpy as np
from astropy.io import fits

N_PIXELS = 600
WAVELENGTH = np.linspace(5000.0, 5060.0, N_PIXELS)
FLUX = 1000.0 * (1.0 - 0.4 * np.exp(-0.5 * ((WAVELENGTH - 5030.0) / 0.2) ** 2)) + np.sin(np.arange(N_PIXELS))
ERROR = np.full(N_PIXELS, 10.0)


def table(*columns: fits.Column, primary: dict | None = None, **cards: object) -> bytes:
    """Return a FITS file with one table."""
    hdu = fits.BinTableHDU.from_columns(list(columns))
    hdu.header.update(cards)
    first = fits.PrimaryHDU()
    first.header.update(primary or {})
    return written(first, hdu)


def written(*hdus: fits.hdu.base.ExtensionHDU, checksum: bool = False) -> bytes:
    buffer = io.BytesIO()
    fits.HDUList(list(hdus)).writeto(buffer, output_verify="ignore", checksum=checksum)
    return buffer.getvalue()


def column(name: str, values: object, form: str = "D", **more: object) -> fits.Column:
    return fits.Column(name, form, array=values, **more)


def plain(**cards: object) -> bytes:
    return table(column("wave", WAVELENGTH), column("flux", FLUX), column("error", ERROR), **cards)


def image(values: object = FLUX, **cards: object) -> bytes:
    hdu = fits.PrimaryHDU(np.asarray(values))
    hdu.header.update({"CRVAL1": 5000.0, "CDELT1": 0.1, "CTYPE1": "WAVE", "CUNIT1": "Angstrom", **cards})
    return written(hdu)


def patched(content: bytes, old: bytes, new: bytes) -> bytes:
    assert old in content, old
    return content.replace(old, new.ljust(len(old))[: max(len(old), len(new))], 1)


def card(content: bytes, keyword: str, value: str) -> bytes:
    """Return a file with the text of a card's value replaced, whatever it then is."""
    place = content.index(keyword.ljust(8).encode() + b"=")
    return content[: place + 10] + value.ljust(70).encode("latin-1")[:70] + content[place + 80 :]


def votable(rows: str = "", fields: str = "", head: str = "", serial: str = "TABLEDATA") -> bytes:
    fields = fields or '<FIELD name="wave" datatype="double"/><FIELD name="flux" datatype="double"/>'
    if not rows:
        rows = "".join(f"<TR><TD>{w}</TD><TD>{f}</TD></TR>" for w, f in zip(WAVELENGTH, FLUX, strict=True))
    return (
        f'<?xml version="1.0"?>{head}<VOTABLE version="1.3" xmlns="http://www.ivoa.net/xml/VOTable/v1.3">'
        f"<RESOURCE><TABLE>{fields}<DATA><{serial}>{rows}</{serial}></DATA></TABLE></RESOURCE></VOTABLE>"
    ).encode()


def text(rows: str, n: int = N_PIXELS) -> bytes:
    return (rows + "\n").encode() * n


def lines(*columns: object, head: str = "", form: str = "{}") -> bytes:
    rows = (" ".join(form.format(v) for v in row) for row in zip(*columns, strict=True))
    return (head + "\n".join(rows) + "\n").encode()


def ecsv(meta: str, body: str = "") -> bytes:
    rows = "\n".join(f"{w} {f}" for w, f in zip(WAVELENGTH, FLUX, strict=True))
    return (
        f"# %ECSV 1.0\n# ---\n# datatype:\n# - {{name: wave, datatype: float64}}\n"
        f"# - {{name: flux, datatype: float64}}\n{meta}wave flux\n{body or rows}\n"
    ).encode()


def hdf5(fill: Callable[[object], None]) -> bytes:
    import h5py

    buffer = io.BytesIO()
    with h5py.File(buffer, "w") as file:
        fill(file)
    return buffer.getvalue()


def with_bytes(content: bytes, place: int, new: bytes) -> bytes:
    return content[:place] + new + content[place + len(new) :]


def _nan(values: np.ndarray, part: slice) -> np.ndarray:
    values = values.copy()
    values[part] = np.nan
    return values


def _rows(array: np.ndarray, form: str = "600D") -> fits.Column:
    return column("flux", array, form)


def _deep(file: object) -> None:
    group = file
    for _ in range(200):
        group = group.create_group("a")  # type: ignore[attr-defined]
    group["wave"], group["flux"] = WAVELENGTH, FLUX  # type: ignore[index]


def _loop(file: object) -> None:
    import h5py

    file["a/b"] = FLUX  # type: ignore[index]
    file["a/c"] = h5py.SoftLink("/a")  # type: ignore[index]
    file["a/d"] = file["a"]  # type: ignore[index]


def _strings(file: object) -> None:
    file["wave"], file["flux"] = np.array([b"a"] * 600), np.array([b"b"] * 600)  # type: ignore[index]


def _complex(file: object) -> None:
    file["wave"], file["flux"] = WAVELENGTH, FLUX + 1j  # type: ignore[index]


def _references(file: object) -> None:
    import h5py

    kind = h5py.special_dtype(ref=h5py.Reference)
    data = file.create_dataset("flux", (600,), dtype=kind)  # type: ignore[attr-defined]
    data[0] = data.ref


SUMMED = written(
    fits.PrimaryHDU(),
    fits.BinTableHDU.from_columns([column("wave", WAVELENGTH), column("flux", FLUX)]),
    checksum=True,
)

FILES: dict[str, bytes] = {
    # FITS tables
    "complex.fits": table(column("wave", WAVELENGTH), column("flux", FLUX + 3j, "M")),
    "complex_wave.fits": table(column("wave", WAVELENGTH + 1j, "M"), column("flux", FLUX)),
    "bits.fits": table(column("wave", WAVELENGTH), column("flux", np.ones((600, 8), bool), "8X")),
    "logical.fits": table(column("wave", WAVELENGTH), column("flux", np.ones(600, bool), "L")),
    "text_flux.fits": table(column("wave", WAVELENGTH), column("flux", ["bright"] * 600, "6A")),
    "text_numbers.fits": table(column("wave", WAVELENGTH), column("flux", ["1.0"] * 600, "6A")),
    "same_names.fits": table(column("wave", WAVELENGTH), column("flux", FLUX), column("FLUX", -FLUX)),
    "no_names.fits": card(card(plain(), "TTYPE1", "''"), "TTYPE2", "''"),
    "escape_names.fits": card(plain(), "TTYPE3", "'\x1b]0;evil\x07'"),
    "long_names.fits": table(column("wave", WAVELENGTH), column("flux" + "x" * 60, FLUX)),
    "arrays.fits": table(column("wave", np.tile(WAVELENGTH, (3, 1)), "600D"), _rows(np.tile(FLUX, (3, 1)))),
    "unlike_arrays.fits": table(column("wave", np.ones((3, 5)), "5D"), _rows(np.tile(FLUX, (3, 1)))),
    "variable.fits": table(
        column("wave", np.array([WAVELENGTH, WAVELENGTH[:7]], object), "PD()"),
        column("flux", np.array([FLUX, FLUX[:5]], object), "PD()"),
    ),
    "lying_heap.fits": with_bytes(
        table(column("wave", WAVELENGTH[:1]), column("flux", np.array([FLUX], object), "PD()")),
        5760 + 8,
        struct.pack(">ii", 2_000_000_000, -5),
    ),
    "scale_nan.fits": table(column("wave", WAVELENGTH), column("flux", FLUX), TSCAL2="NaN"),
    "scale_huge.fits": card(plain(TSCAL2=2.0), "TSCAL2", "1E300"),
    "zero_huge.fits": card(plain(TZERO1=2.0), "TZERO1", "1E308"),
    "null_text.fits": card(plain(TNULL2=2), "TNULL2", "'none'"),
    "dim_odd.fits": card(plain(TDIM2="(1)"), "TDIM2", "'(-3,200)'"),
    "form_odd.fits": card(plain(), "TFORM2", "'D D'"),
    "form_huge.fits": card(plain(), "TFORM2", "'999999999999D'"),
    "fields_many.fits": card(plain(), "TFIELDS", "99999"),
    "fields_negative.fits": card(plain(), "TFIELDS", "-3"),
    "rows_negative.fits": card(plain(), "NAXIS2", "-600"),
    "rows_float.fits": card(plain(), "NAXIS2", "600.5"),
    "rows_text.fits": card(plain(), "NAXIS2", "'many'"),
    "width_zero.fits": card(plain(), "NAXIS1", "0"),
    "pcount_huge.fits": card(plain(), "PCOUNT", "9223372036854775807"),
    "unit_odd.fits": plain(TUNIT1="furlong", TUNIT2="\u00b5"[:0] + "1/0"),
    "unit_escape.fits": card(plain(TUNIT1="Angstrom"), "TUNIT1", "'\x1b[2J'"),
    "unit_deep.fits": plain(TUNIT2="(" * 30 + "Jy" + ")" * 30),
    "unit_power.fits": plain(TUNIT2="Jy**9999999999"),
    "unit_time.fits": plain(TUNIT1="s"),
    "infinite_wave.fits": table(column("wave", np.full(600, np.inf)), column("flux", FLUX)),
    "negative_wave.fits": table(column("wave", -WAVELENGTH), column("flux", FLUX)),
    "tiny_wave.fits": table(column("wave", WAVELENGTH * 1e-300), column("flux", FLUX)),
    "one_wave.fits": table(column("wave", np.full(600, 5000.0)), column("flux", FLUX)),
    "twice_wave.fits": table(column("wave", np.repeat(WAVELENGTH[::2], 2)), column("flux", FLUX)),
    "shuffled_wave.fits": table(
        column("wave", np.random.default_rng(1).permutation(WAVELENGTH)), column("flux", FLUX)
    ),
    "neighbours.fits": table(
        column("wave", 5000.0 * (1 + np.arange(600) * np.finfo(float).eps)), column("flux", FLUX)
    ),
    "huge_flux.fits": table(column("wave", WAVELENGTH), column("flux", FLUX * 1e300)),
    "tiny_flux.fits": table(column("wave", WAVELENGTH), column("flux", FLUX * 1e-310)),
    "negative_flux.fits": table(column("wave", WAVELENGTH), column("flux", -FLUX)),
    "mostly_nan.fits": table(column("wave", WAVELENGTH), column("flux", _nan(FLUX, slice(3, None)))),
    "alternating_nan.fits": table(column("wave", WAVELENGTH), column("flux", _nan(FLUX, slice(None, None, 2)))),
    "error_infinite.fits": table(
        column("wave", WAVELENGTH), column("flux", FLUX), column("error", np.full(600, np.inf))
    ),
    "error_tiny.fits": table(
        column("wave", WAVELENGTH), column("flux", FLUX), column("error", np.full(600, 1e-320))
    ),
    "error_short.fits": table(
        column("wave", WAVELENGTH), column("flux", FLUX), column("error", np.ones((600, 2)), "2D")
    ),
    "equal_block.fits": table(
        column("wave", WAVELENGTH), column("flux", np.where(np.arange(600) // 150 == 2, 7.5, FLUX))
    ),
    "wrong_sum.fits": with_bytes(SUMMED, len(SUMMED) - 2880 + 16, b"\x41\x42"),
    "sum_text.fits": card(SUMMED, "DATASUM", "'no number'"),
    # FITS headers
    "vel_huge.fits": plain(RADVEL=1e30, VHELIO=-1e30, BERV=1e9),
    "vel_text.fits": plain(RADVEL="fast", BERV="slow"),
    "ra_odd.fits": plain(RA="25:99:99", DEC="-100", **{"DATE-OBS": "2026-13-45T99:99:99"}),
    "date_far.fits": plain(RA=10.0, DEC=10.0, **{"DATE-OBS": "9999-12-31", "MJD-OBS": 1e300}),
    "site_odd.fits": plain(TELESCOP="\u00e9"[:0] + "../../etc", INSTRUME="/dev/null", OBSGEO=1),
    "object_markup.fits": plain(OBJECT="<b>star</b><img src=x onerror=1>%s%n{0}"),
    "power_nan.fits": card(plain(RESOLUTN=1.0), "RESOLUTN", "NaN"),
    "power_negative.fits": plain(SPEC_RES=-5.0, RESOLUTN=0.0, SPECRP=1e300),
    "continue_loop.fits": plain(LONGSTR="x" * 400),
    "many_cards.fits": plain(**{f"K{n}": n for n in range(3000)}),
    "no_end.fits": b"SIMPLE  =                    T".ljust(80) * 72,
    "nul_header.fits": plain()[:2880].replace(b" ", b"\0") + plain()[2880:],
    "extend_false.fits": card(plain(), "EXTEND", "F"),
    "groups.fits": patched(image(), b"NAXIS   =                    1", b"NAXIS   =                    0"),
    "bitpix_odd.fits": card(image(), "BITPIX", "-37"),
    "naxis_999.fits": card(image(), "NAXIS", "999"),
    "naxis1_huge.fits": card(image(), "NAXIS1", "4611686018427387904"),
    "step_zero.fits": image(CDELT1=0.0),
    "step_tiny.fits": image(CDELT1=1e-300),
    "step_nan.fits": card(image(), "CDELT1", "NaN"),
    "start_zero.fits": image(CRVAL1=0.0, CDELT1=-1.0),
    "log_huge.fits": image(CTYPE1="WAVE-LOG", CRVAL1=500.0, CDELT1=10.0, **{"DC-FLAG": 1}),
    "crpix_far.fits": image(CRPIX1=1e18),
    "wat_deep.fits": image(
        np.ones((2, 600)) * FLUX, WCSDIM=2, CTYPE1="MULTISPE", CTYPE2="MULTISPE",
        WAT0_001="system=multispec", WAT2_001='wtype=multispec spec1 = "1 1 2 1 5000 0.1 999999999 0 0 0 1 0 1 3"',
    ),
    "four_axes.fits": image(np.ones((2, 3, 4, 50))),
    "one_pixel.fits": image(np.ones(1)),
    "int_min.fits": image(np.full(600, -(2**31), np.int32)),
    "blank_all.fits": image(np.full(600, 7, np.int16), BLANK=7),
    "half_hdu.fits": plain() + b"XTENSION= 'BINTABLE'".ljust(80),
    "twice.fits": plain() + plain(),
    "packed_twice.fits.gz": gzip.compress(gzip.compress(plain())),
    "gz_trailing.fits.gz": gzip.compress(plain()) + b"trailing garbage",
    "gz_wrong_sum.fits.gz": gzip.compress(plain())[:-8] + b"\0" * 8,
    "xz_cut.fits.xz": lzma.compress(plain())[:-20],
    "bz2_of_text.fits": bz2.compress(b"5000 1\n" * 5),
    "zlib.fits": zlib.compress(plain()),
    # text
    "words.txt": text("the quick brown fox"),
    "one_column.txt": text("5000.0"),
    "fortran.txt": lines(WAVELENGTH, FLUX, form="{:.5E}").replace(b"E+", b"D+"),
    "decimal_comma.txt": lines(WAVELENGTH, FLUX).replace(b".", b","),
    "unlike_rows.txt": b"5000 1 2\n5001 1\n5002 1 2 3 4\n" * 200,
    "nan_words.txt": text("nan nan") + text("inf -inf"),
    "hex.txt": text("0x1388 0x1"),
    "underscores.txt": text("5_000.0 1_0"),
    "huge_numbers.txt": text("9" * 400 + " 1"),
    "utf16.txt": lines(WAVELENGTH, FLUX).decode().encode("utf-16"),
    "utf32.txt": lines(WAVELENGTH, FLUX).decode().encode("utf-32"),
    "bom_twice.txt": b"\xef\xbb\xbf\xef\xbb\xbf" + lines(WAVELENGTH, FLUX),
    "carriage.txt": lines(WAVELENGTH, FLUX).replace(b"\n", b"\r"),
    "vertical.txt": lines(WAVELENGTH, FLUX).replace(b"\n", b"\x0b"),
    "nul.txt": lines(WAVELENGTH, FLUX).replace(b" ", b"\0"),
    "controls.txt": b"\x1b]0;evil\x07# wave flux\n" + lines(WAVELENGTH, FLUX),
    "rtl.csv": "wave,flu\u202exe,flux\n".encode() + lines(WAVELENGTH, FLUX, FLUX).replace(b" ", b","),
    "quotes.csv": b'"wave","flux\n' + lines(WAVELENGTH, FLUX).replace(b" ", b","),
    "formula.csv": b"=cmd|' /C calc'!A0,flux\n" + lines(WAVELENGTH, FLUX).replace(b" ", b","),
    "arabic.txt": "\n".join(f"{w:.1f} 1.0" for w in WAVELENGTH).translate(
        {ord(str(n)): chr(0x660 + n) for n in range(10)}
    ).encode(),
    "only_head.csv": b"wave,flux\n",
    "empty_lines.txt": b"\n" * 5000 + lines(WAVELENGTH, FLUX),
    "json.txt": b'{"wave": [' + b"[" * 20_000,
    # ECSV
    "ecsv_python.ecsv": ecsv('# meta: !!python/object/apply:os.system ["touch run"]\n'),
    "ecsv_alias.ecsv": ecsv(
        "# meta:\n#   a: &a [x,x,x,x,x,x,x,x,x]\n"
        + "".join(f"#   {c}: &{c} [*{p},*{p},*{p},*{p},*{p},*{p},*{p},*{p}]\n" for p, c in zip("abcdefgh", "bcdefghi", strict=True))
    ),
    "ecsv_unit.ecsv": ecsv("", "").replace(b"datatype: float64}\n# - {name: flux", b"datatype: float64, unit: 1/0}\n# - {name: flux"),
    "ecsv_object.ecsv": ecsv("").replace(b"name: flux, datatype: float64", b"name: flux, datatype: object"),
    "ecsv_short.ecsv": ecsv("", "5000.0"),
    "ecsv_twice.ecsv": ecsv("").replace(b"name: wave,", b"name: flux,"),
    "ecsv_mixin.ecsv": ecsv("# meta: {__serialized_columns__: {wave: {__class__: os.system, value: 1}}}\n"),
    # VOTables
    "vo_controls.vot": votable(fields='<FIELD name="wa&#27;ve" datatype="double"/><FIELD name="flux" datatype="double"/>'),
    "vo_type.vot": votable(fields='<FIELD name="wave" datatype="evil"/><FIELD name="flux" datatype="double"/>'),
    "vo_arraysize.vot": votable(fields='<FIELD name="wave" datatype="double" arraysize="-5"/><FIELD name="flux" datatype="double"/>'),
    "vo_complex.vot": votable(
        "".join(f"<TR><TD>{w}</TD><TD>1 2</TD></TR>" for w in WAVELENGTH),
        '<FIELD name="wave" datatype="double"/><FIELD name="flux" datatype="doubleComplex"/>',
    ),
    "vo_words.vot": votable("<TR><TD>blue</TD><TD>bright</TD></TR>" * 600),
    "vo_many_cells.vot": votable("<TR><TD>5000</TD><TD>1</TD><TD>2</TD><TD>3</TD></TR>" * 600),
    "vo_no_cells.vot": votable("<TR></TR>" * 600),
    "vo_binary.vot": votable("<STREAM encoding='base64'>AAAA!!!!</STREAM>", serial="BINARY"),
    "vo_binary2.vot": votable("<STREAM encoding='base64'>AAAA</STREAM>", serial="BINARY2"),
    "vo_fits.vot": votable("<STREAM encoding='base64'>AAAA</STREAM>", serial="FITS"),
    "vo_open.vot": votable()[:-200],
    "vo_entity.vot": votable(head='<!DOCTYPE v [<!ENTITY a "aaaa">]>', rows="<TR><TD>&a;</TD><TD>1</TD></TR>"),
    "vo_utf7.vot": votable().replace(b'version="1.0"?', b'version="1.0" encoding="utf-7"?'),
    "vo_deep.vot": b"<VOTABLE>" + b"<RESOURCE>" * 20_000,
    "vo_other.vot": b'<?xml version="1.0"?><html><body>404 not found</body></html>',
    # HDF5
    "deep.h5": hdf5(_deep),
    "loop.h5": hdf5(_loop),
    "strings.h5": hdf5(_strings),
    "complex.h5": hdf5(_complex),
    "references.h5": hdf5(_references),
    "cut.h5": hdf5(_deep)[:3000],
    "changed.h5": with_bytes(hdf5(_strings), 900, b"\xff" * 300),
    # neither
    "pickle.fits": b"\x80\x04\x95\x1e\x00\x00\x00\x00\x00\x00\x00\x8c\x05posix\x8c\x06system\x93\x8c\ttouch run\x85R.",
    "picture.fits": b"\x89PNG\r\n\x1a\n" + bytes(500),
    "archive.fits": b"PK\x03\x04" + bytes(500),
    "elf.fits": b"\x7fELF" + bytes(3000),
}  # fmt: skip
