# ruff: noqa: E501
"""No part is dropped in silence, errors are found wherever they lie; readers of other programs' files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from astropy.io import fits

from spectragui.core.errors import ReadError, first_sentence
from spectragui.core.spectrum import EchelleSpectrum, Spectrum, orders_of
from spectragui.io import ReadOptions, read_files, read_spectra, read_spectrum

RNG = np.random.default_rng(31)
N = 400
FLUX = 1.0 + 0.01 * RNG.standard_normal(N)
ERR = np.full(N, 0.01)


def header(**cards: Any) -> fits.Header:
    made = fits.Header()
    for key, value in cards.items():
        made[key.replace("__", "-")] = value
    return made


def scale(start: float = 5000.0, step: float = 0.2, **cards: Any) -> fits.Header:
    return header(CRVAL1=start, CDELT1=step, CRPIX1=1.0, CUNIT1="Angstrom", **cards)


def write(path: Path, *hdus: Any) -> Path:
    fits.HDUList(list(hdus)).writeto(path)
    return path


def table_hdu(name: str = "", **columns: np.ndarray) -> fits.BinTableHDU:
    entries = [
        fits.Column(key, "D" if v.ndim == 1 else f"{v.shape[1]}D", array=v) for key, v in columns.items()
    ]
    return fits.BinTableHDU.from_columns(entries, name=name or None)


def wave(start: float = 5000.0) -> np.ndarray:
    return start + 0.2 * np.arange(N)


# ---- parts --------------------------------------------------------------------------------------


@pytest.mark.parametrize("names", [("B", "G", "R"), ("BLUE", "GREEN", "RED"), ("CHIP1", "CHIP2", "CHIP3")])
def test_arms_in_tables_are_one_spectrum(tmp_path: Path, names: tuple[str, ...]):
    hdus = [table_hdu(n, wave=wave(4000.0 + 100 * i), flux=FLUX, err=ERR) for i, n in enumerate(names)]
    spectrum = read_spectrum(write(tmp_path / "x.fits", fits.PrimaryHDU(), *hdus))
    assert isinstance(spectrum, EchelleSpectrum)
    assert [o.wavelength_aa[0] for o in orders_of(spectrum)] == [4000.0, 4100.0, 4200.0]
    assert all(o.uncertainty is not None for o in orders_of(spectrum))
    assert any(all(name in note for name in names) for note in spectrum.meta["notes"])
    only = read_spectrum(tmp_path / "x.fits", ReadOptions(extension=names[1]))
    assert isinstance(only, Spectrum) and only.wavelength_aa[0] == 4100.0


@pytest.mark.parametrize("errors", [False, True])
def test_arms_in_images_are_one_spectrum(tmp_path: Path, errors: bool):
    hdus: list[Any] = [fits.PrimaryHDU()]
    for i, name in enumerate(("B", "G", "R")):
        hdus.append(fits.ImageHDU(FLUX + i, scale(4000.0 + 100 * i), name=name))
        if errors:
            hdus.append(fits.ImageHDU(ERR * (i + 1), scale(4000.0 + 100 * i), name=f"{name}_ERR"))
    spectrum = read_spectrum(write(tmp_path / "x.fits", *hdus))
    assert [o.wavelength_aa[0] for o in orders_of(spectrum)] == [4000.0, 4100.0, 4200.0]
    for i, order in enumerate(orders_of(spectrum)):
        np.testing.assert_allclose(order.flux, FLUX + i)
        if errors:
            np.testing.assert_allclose(order.uncertainty, 0.01 * (i + 1))


def test_exposures_of_one_name_are_spectra_each(tmp_path: Path):
    hdus: list[Any] = [fits.PrimaryHDU()]
    for version in (1, 2):
        hdus += [
            fits.ImageHDU(FLUX * version, scale(), name="SCI", ver=version),
            fits.ImageHDU(ERR * version, scale(), name="ERR", ver=version),
        ]
    spectra = read_spectra(write(tmp_path / "x.fits", *hdus))
    assert len(spectra) == 2
    for version, spectrum in enumerate(spectra, start=1):
        np.testing.assert_allclose(spectrum.flux, FLUX * version)
        np.testing.assert_allclose(spectrum.uncertainty, 0.01 * version)


def test_images_left_out_are_named(tmp_path: Path):
    path = write(
        tmp_path / "x.fits", fits.PrimaryHDU(FLUX, scale()), fits.ImageHDU(FLUX * 2, scale(), name="STARB")
    )
    assert any("STARB" in note and "--extension" in note for note in read_spectrum(path).meta["notes"])
    assert np.allclose(read_spectrum(path, ReadOptions(extension="STARB")).flux, FLUX * 2)


@pytest.mark.parametrize("shape", [(N, 1, 1), (1, 1, N), (N, 1), (1, N), (1, N, 1)])
def test_axes_of_length_one(tmp_path: Path, shape: tuple[int, ...]):
    axis = len(shape) - shape.index(N)
    cards = {
        f"CTYPE{axis}": "AWAV",
        f"CUNIT{axis}": "Angstrom",
        f"CRVAL{axis}": 5000.0,
        f"CD{axis}_{axis}": 0.2,
        f"CRPIX{axis}": 1.0,
    }
    spectrum = read_spectrum(
        write(tmp_path / "x.fits", fits.PrimaryHDU(FLUX.reshape(shape), header(**cards)))
    )
    np.testing.assert_allclose(spectrum.wavelength_aa, wave())
    assert spectrum.spectral_axis.medium == "air"


@pytest.mark.parametrize("with_columns", [False, True])
def test_one_row_of_orders(tmp_path: Path, with_columns: bool):
    """TDIM says orders x pixels, with gaps between the orders; PyReduce also says what is valid."""
    waves = np.stack([wave(5000.0 + 90 * i) for i in range(6)])
    fluxes = np.tile(FLUX, (6, 1))
    dim = f"({N},6)"
    columns = [
        fits.Column("SPEC", f"{6 * N}D", dim=dim, array=fluxes[np.newaxis]),
        fits.Column("SIG", f"{6 * N}D", dim=dim, array=np.full((1, 6, N), 0.01)),
        fits.Column("WAVE", f"{6 * N}D", dim=dim, array=waves[np.newaxis]),
    ]
    if with_columns:
        columns.append(fits.Column("COLUMNS", "12I", dim="(2,6)", array=np.tile([10, N - 5], (1, 6, 1))))
    spectrum = read_spectrum(
        write(tmp_path / "x.ech", fits.PrimaryHDU(), fits.BinTableHDU.from_columns(columns))
    )
    orders = orders_of(spectrum)
    assert [len(o) for o in orders] == [N] * 6
    for i, order in enumerate(orders):
        np.testing.assert_allclose(order.wavelength_aa, waves[i])
        np.testing.assert_allclose(order.uncertainty, 0.01)
        bad = np.flatnonzero(~order.good).tolist()
        assert bad == ([*range(10), *range(N - 5, N)] if with_columns else [])


def test_wavelengths_of_one_column_less(tmp_path: Path):
    """As the APF's: cut to the common columns, and said; three columns apart are refused."""
    waves = np.stack([np.linspace(5000 + 90 * i, 5080 + 90 * i, 600) for i in range(5)])
    fluxes = 1 + 0.01 * RNG.standard_normal((5, 600))
    star = write(tmp_path / "star.fits", fits.PrimaryHDU(fluxes))
    write(tmp_path / "wavelengths.fits", fits.PrimaryHDU(waves[:, :599]))
    spectrum = read_spectrum(star)
    assert [len(o) for o in orders_of(spectrum)] == [599] * 5
    assert any("599" in note and "600" in note for note in spectrum.meta["notes"])
    told = write(tmp_path / "w2.fits", fits.PrimaryHDU(waves[:, :598]))
    assert len(orders_of(read_spectrum(star, ReadOptions(wavelength_file=str(told))))[0]) == 598
    far = write(tmp_path / "w3.fits", fits.PrimaryHDU(waves[:, :597]))
    with pytest.raises(ReadError, match="holds no wavelengths"):
        read_spectrum(star, ReadOptions(wavelength_file=str(far)))


# ---- errors -------------------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "values"), [
    ("STAT", ERR**2), ("VAR", ERR**2), ("VARIANCE", ERR**2), ("IVAR", ERR**-2), ("SIG", ERR), ("ERR", ERR), ("SCI_VAR", ERR**2),
    ("FLUX_ERR", ERR), ("VAR1", ERR**2), ("INVVAR", ERR**-2), ("RMS", ERR),
])  # fmt: skip
def test_names_of_error_images(tmp_path: Path, name: str, values: np.ndarray):
    path = write(
        tmp_path / "x.fits",
        fits.PrimaryHDU(),
        fits.ImageHDU(FLUX, scale(), name="DATA"),
        fits.ImageHDU(values, scale(), name=name),
    )
    np.testing.assert_allclose(read_spectrum(path).uncertainty, ERR)


@pytest.mark.parametrize(("flux", "error", "power"), [
    ("star_f.fits", "star_e.fits", 1), ("star_F.fits", "star_E.fits", 1), ("star.fits", "star_err.fits", 1), ("star.fits", "star_sig.fits", 1),
    ("star.fits", "star_var.fits", 2), ("star.fits", "star_ivar.fits", -2), ("star_flux.fits", "star_error.fits", 1), ("star.fits", "star-sigma.fits", 1),
])  # fmt: skip
@pytest.mark.parametrize("layout", ["image", "table", "text"])
def test_files_of_errors_beside(tmp_path: Path, flux: str, error: str, power: int, layout: str):
    """Every reader asks for them: images, tables and text."""
    path = tmp_path / flux
    if layout == "image":
        write(path, fits.PrimaryHDU(FLUX, scale(OBJECT="a star")))
    elif layout == "table":
        write(path, fits.PrimaryHDU(), table_hdu(WAVE=wave(), FLUX=FLUX))
    else:
        path.write_text("".join(f"{w:.2f} {f:.8f}\n" for w, f in zip(wave(), FLUX, strict=True)))
    write(tmp_path / error, fits.PrimaryHDU(ERR**power, scale(OBJECT="a star (Error)")))
    spectrum = read_spectrum(path)
    np.testing.assert_allclose(spectrum.uncertainty, ERR)
    assert error in spectrum.meta["uncertainty_source"]
    assert len(read_files([path, tmp_path / error])) == 1


def test_errors_of_another_star_are_not_taken(tmp_path: Path):
    path = write(tmp_path / "star.fits", fits.PrimaryHDU(FLUX, scale(OBJECT="one")))
    write(tmp_path / "star_err.fits", fits.PrimaryHDU(ERR, scale(OBJECT="two")))
    assert read_spectrum(path).uncertainty is None


@pytest.mark.parametrize("cards", [
    {"ORIGIN": "pyspeckit version 1.0"}, {"ROW1": "flux", "ROW2": "error"}, {"ARRAY1": "Normalized flux spectrum", "ARRAY2": "Normalized error"}, {},
])  # fmt: skip
def test_rows_of_flux_and_error(tmp_path: Path, cards: dict):
    path = write(
        tmp_path / "x.fits",
        fits.PrimaryHDU(np.stack([FLUX, ERR * (1 + 0.1 * RNG.random(N))]), scale(**cards)),
    )
    spectra = read_spectra(path)
    assert len(spectra) == 1 and spectra[0].uncertainty is not None
    np.testing.assert_allclose(spectra[0].flux, FLUX)


def test_rows_that_are_spectra_each(tmp_path: Path):
    path = write(tmp_path / "x.fits", fits.PrimaryHDU(np.stack([FLUX, FLUX * 100, FLUX * 3]), scale()))
    spectra = read_spectra(path)
    assert len(spectra) == 3
    assert any("3 rows" in note for note in spectra[0].meta["notes"])


# ---- readers ------------------------------------------------------------------------------------


def test_uves_popler(tmp_path: Path):
    rows = np.stack([FLUX, ERR, ERR, np.full(N, 120.0), np.ones(N)])
    rows[0, 7], rows[1, 7] = -1e32, -1e32
    cards = {
        "DC__FLAG": 1,
        "CTYPE1": "LOGLIN",
        "UP_WLSRT": 5000.0,
        "UP_ARR01": "Normalized flux spectrum",
        "UP_ARR02": "Normalized error",
        "UP_ARR03": "Norm. expected fluctuation",
        "UP_ARR04": "Continuum by which data are normalized",
        "UP_ARR05": "Status",
    }
    made = header(CRVAL1=np.log10(5000.0), CD1_1=4e-6, CRPIX1=1.0, **cards)
    spectrum = read_spectrum(write(tmp_path / "x.fits", fits.PrimaryHDU(rows, made)))
    np.testing.assert_allclose(spectrum.wavelength_aa, 10 ** (np.log10(5000.0) + 4e-6 * np.arange(N)))
    assert spectrum.meta["reader"] == "uves-popler" and spectrum.spectral_axis.medium == "vacuum"
    assert list(np.flatnonzero(~spectrum.good)) == [7]
    np.testing.assert_allclose(np.delete(spectrum.uncertainty, 7), 0.01)
    assert any("Continuum" in note for note in spectrum.meta["notes"])


def gaia_arrays() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    sampling = np.linspace(340.0, 1000.0, 331)
    flux = 1e-16 * (2 + np.sin(sampling / 50.0) + 0.01 * RNG.standard_normal(331))
    return sampling, flux, 0.02 * flux


@pytest.mark.parametrize("container", ["csv", "ecsv", "fits", "xml", "csv-343", "archive"])
def test_gaia_xp_by_gaiaxpy(tmp_path: Path, container: str):
    sampling, flux, sigma = gaia_arrays()
    if container in ("csv-343", "archive"):
        sampling = np.linspace(336.0, 1020.0, 343)
        flux = np.interp(sampling, gaia_arrays()[0], flux)
        sigma = 0.02 * flux
    path = tmp_path / f"out.{container.split('-')[0]}"
    brackets = str if container in ("ecsv", "archive") else lambda values: str(tuple(values))
    lines = "source_id,flux,flux_error\n" + "".join(
        f'{source},"{brackets((flux * k).tolist())}","{brackets((sigma * k).tolist())}"\n'
        for k, source in ((1, 11), (2, 12))
    )
    if container in ("csv", "csv-343", "archive"):
        path = path.with_suffix(".csv")
        path.write_text(lines)
        if container == "csv":
            (tmp_path / "out_sampling.csv").write_text(f'pos\n"{tuple(sampling.tolist())}"\n')
    elif container == "ecsv":
        path.write_text(
            f"# %ECSV 1.0\n# ---\n# delimiter: ','\n# datatype:\n# -\n#   name: source_id\n# meta:\n#   sampling: {sampling.tolist()}\n{lines}"
        )
    elif container == "fits":
        made = header(SAMPLING=str(tuple(sampling.tolist())))
        columns = [
            fits.Column("source_id", "K", array=[11, 12]),
            fits.Column("flux", "331D", array=np.stack([flux, flux * 2])),
            fits.Column("flux_error", "331E", array=np.stack([sigma, sigma * 2])),
        ]
        write(path, fits.PrimaryHDU(), fits.BinTableHDU.from_columns(columns, header=made))
    else:
        values = " ".join(map(repr, sampling.tolist()))
        rows = "".join(
            f"<TR><TD>{i}</TD><TD>{' '.join(map(repr, (flux * k).tolist()))}</TD><TD>{' '.join(map(repr, (sigma * k).tolist()))}</TD></TR>"
            for k, i in ((1, 11), (2, 12))
        )
        path.write_text(
            '<?xml version="1.0"?><VOTABLE version="1.3"><RESOURCE><TABLE>'
            f'<PARAM name="sampling" ucd="em.wl" datatype="double" arraysize="*" unit="nm" value="{values}"/>'
            '<FIELD name="source_id" datatype="long"/><FIELD name="flux" datatype="double" arraysize="331"/>'
            f'<FIELD name="flux_error" datatype="double" arraysize="331"/><DATA><TABLEDATA>{rows}</TABLEDATA></DATA></TABLE></RESOURCE></VOTABLE>'
        )
    spectra = read_spectra(path)
    assert [s.meta["identifier"] for s in spectra] == ["11", "12"]
    np.testing.assert_allclose(spectra[0].wavelength_aa, sampling * 10, rtol=1e-9)
    np.testing.assert_allclose(spectra[1].flux, flux * 2)
    np.testing.assert_allclose(spectra[1].uncertainty, sigma * 2, rtol=1e-5)


def test_pseudo_wavelengths_of_gaia_are_refused(tmp_path: Path):
    path = tmp_path / "out.csv"
    path.write_text('source_id,flux,flux_error\n1,"(1.0, 2.0, 3.0)","(0.1, 0.1, 0.1)"\n')
    (tmp_path / "out_sampling.csv").write_text('pos\n"(0.0, 30.0, 60.0)"\n')
    with pytest.raises(ReadError, match="pseudo-wavelengths"):
        read_spectra(path)


# ---- sentences ----------------------------------------------------------------------------------


@pytest.mark.parametrize(("said", "expected"), [
    ("one line\nand another", "one line"), ("Short. More follows here.", "Short. More follows here"), ("", "str"),
    ("First sentence. " + "Second " * 60, "First sentence"),
])  # fmt: skip
def test_first_sentences(said: str, expected: str):
    assert first_sentence(said) == expected
    assert len(first_sentence("x" * 7000)) <= 160 and len(first_sentence("word " * 2000)) <= 160


def test_a_library_is_never_quoted_whole(tmp_path: Path):
    """What astropy says of a table of lists is 6 kB: its beginning is shown, all is under the details."""
    path = tmp_path / "x.ecsv"
    numbers = ", ".join(str(v) for v in range(2000))
    path.write_text(
        f'# %ECSV 1.0\n# ---\n# datatype:\n# - {{name: wave, datatype: float64}}\n# - {{name: flux, datatype: float64}}\nwave flux\n"({numbers})" 1\n'
    )
    with pytest.raises(ReadError) as caught:
        read_spectra(path)
    assert len(caught.value.message) < 300 < len(caught.value.details)
