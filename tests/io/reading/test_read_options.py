# ruff: noqa: E501
"""What a user may say: each option does what it says, and the message of the error that it cures names it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from astropy.io import fits

from spectragui.core.errors import ReadError, SettingsError
from spectragui.core.spectrum import orders_of
from spectragui.io import ReadOptions, read_spectra, read_spectrum
from spectragui.io.reading.mask_rules import bad_by_rule
from tests.io.generated_layouts.made import echelle, header, image, spectrum, stacked, table, write

TRUTH = spectrum(5000.0, 5100.0)


def plain_table(folder: Path, **more: np.ndarray) -> Path:
    columns = {"wave": TRUTH.wave, "flux": TRUTH.flux, "err": TRUTH.sigma, **more}
    return write(folder / "x.fits", fits.PrimaryHDU(), table(columns))


def nameless(folder: Path) -> Path:
    return write(folder / "x.fits", fits.PrimaryHDU(), table({"A": TRUTH.wave, "B": TRUTH.flux}))


def no_unit(folder: Path) -> Path:
    return write(folder / "x.fits", fits.PrimaryHDU(), table({"wave": TRUTH.wave / 50, "flux": TRUTH.flux}))


def all_masked(folder: Path) -> Path:
    return plain_table(folder, mask=np.ones(500, int))


def constant(folder: Path) -> Path:
    return write(
        folder / "x.fits",
        fits.PrimaryHDU(),
        table({"wave": TRUTH.wave, "flux": np.ones(500)}),
        image(TRUTH.flux),
    )


def without_wavelengths(folder: Path) -> Path:
    return write(folder / "x.fits", fits.PrimaryHDU(stacked(echelle(4, 5000.0, 50.0), "flux")))


@pytest.mark.parametrize(("make", "options", "flag"), [
    (plain_table, {"spectrum": 3}, "--spectrum"),
    (nameless, {}, "--wavelength-column"),
    (nameless, {}, "--flux-column"),
    (plain_table, {"error_column": "sigma"}, "--error-column"),
    (plain_table, {"mask_column": "flags"}, "--mask-column"),
    (all_masked, {}, "--mask-rule"),
    (no_unit, {}, "--unit"),
    (plain_table, {"unit": "parsec"}, "--unit"),
    (constant, {}, "--extension"),
    (without_wavelengths, {}, "--wavelength-file"),
])  # fmt: skip
def test_the_message_names_the_option_that_helps(
    tmp_path: Path, make: Callable[[Path], Path], options: dict, flag: str
):
    path = make(tmp_path)
    with pytest.raises(ReadError) as caught:
        read_spectra(path, ReadOptions(**options))
    assert flag in caught.value.hint and path.name in caught.value.message


@pytest.mark.parametrize(("kind", "stored"), [
    ("sigma", TRUTH.sigma), ("variance", TRUTH.sigma**2), ("ivar", TRUTH.sigma**-2.0), ("relative", TRUTH.sigma / TRUTH.flux),
])  # fmt: skip
def test_errors_are_what_they_are_said_to_be(tmp_path: Path, kind: str, stored: np.ndarray):
    """In tables and in images, whatever the names say."""
    options = ReadOptions(error_column="E", error_kind=kind)
    path = write(
        tmp_path / "t.fits", fits.PrimaryHDU(), table({"wave": TRUTH.wave, "flux": TRUTH.flux, "E": stored})
    )
    np.testing.assert_allclose(read_spectrum(path, options).uncertainty, TRUTH.sigma)
    step = TRUTH.wave[1] - TRUTH.wave[0]
    primary = fits.PrimaryHDU(TRUTH.flux, header(CRVAL1=5000.0, CDELT1=step, CRPIX1=1.0))
    path = write(tmp_path / "i.fits", primary, image(stored, "E"), image(TRUTH.flux, "OTHER"))
    found = read_spectrum(path, options)
    np.testing.assert_allclose(found.uncertainty, TRUTH.sigma)
    assert "--error-column" in found.meta["uncertainty_source"]


@pytest.mark.parametrize(("rule", "bad"), [
    ("", [1, 2, 3]), ("nonzero", [1, 2, 3]), ("zero", [0]), ("none", []), ("1", [1, 3]), ("0x2", [2, 3]), ("3", [1, 2, 3]),
])  # fmt: skip
def test_mask_rules(rule: str, bad: list[int]):
    found = bad_by_rule(np.array([0, 1, 2, 3]), ReadOptions(mask_rule=rule))
    assert ([] if found is None else list(np.flatnonzero(found))) == bad


def test_a_mask_rule_that_is_none_is_refused():
    with pytest.raises((ReadError, SettingsError), match="odd"):
        ReadOptions(mask_rule="odd")


def test_a_rule_reaches_the_readers_of_instruments(tmp_path: Path):
    from tests.io.generated_layouts.surveys import apstar_v

    path = apstar_v(tmp_path).path
    assert list(np.flatnonzero(read_spectrum(path).mask)) == [7]
    assert not read_spectrum(path, ReadOptions(mask_rule="none")).mask.any()


def test_another_fibre_by_the_names_of_its_extensions(tmp_path: Path):
    """The flux by --extension; errors and wavelengths follow by their names, or are named as well."""
    orders = echelle(3, 5000.0, 60.0)
    wave, flux, sigma = (stacked(orders, name) for name in ("wave", "flux", "sigma"))
    path = write(
        tmp_path / "x.fits", fits.PrimaryHDU(),
        image(flux, "FLUX_A"), image(flux * 2, "FLUX_B"), image(sigma, "ERR_A"), image(sigma * 2, "ERR_B"),
        image(wave, "WAVE_A"), image(wave + 1.0, "WAVE_B"), image(sigma * 3, "THIRD"),
    )  # fmt: skip
    for extension, scale, shift in (("FLUX_A", 1.0, 0.0), ("FLUX_B", 2.0, 1.0), ("2", 2.0, 1.0)):
        first = orders_of(read_spectrum(path, ReadOptions(extension=extension)))[0]
        np.testing.assert_allclose(first.flux, flux[0] * scale)
        np.testing.assert_allclose(first.uncertainty, sigma[0] * scale)
        np.testing.assert_allclose(first.wavelength_aa, wave[0] + shift)
    told = ReadOptions(extension="FLUX_B", wavelength_column="WAVE_A", error_column="THIRD")
    first = orders_of(read_spectrum(path, told))[0]
    np.testing.assert_allclose(first.uncertainty, sigma[0] * 3)
    np.testing.assert_allclose(first.wavelength_aa, wave[0])


def test_a_column_of_an_instrument_known_otherwise(tmp_path: Path):
    """Naming a column wins over the reader of the instrument; its facts stay."""
    from tests.io.generated_layouts.eso import espresso_s1d_cal

    path = espresso_s1d_cal(tmp_path).path
    counts = read_spectrum(path)
    told = read_spectrum(path, ReadOptions(flux_column="flux_cal", error_column="error_cal"))
    good = ~counts.mask
    np.testing.assert_allclose(told.flux[good], counts.flux[good] * 1e-16)
    np.testing.assert_allclose(told.uncertainty[good], counts.uncertainty[good] * 1e-16)
    assert told.meta["resolving_power"] == 140000
