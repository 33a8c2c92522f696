"""The blaze of a file or of one beside it: read with its source, and refused where it is none."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from astropy.io import fits

from spectragui.core.spectrum import orders_of
from spectragui.io.read import read_spectrum

N_ORDERS, N_PIXELS = 6, 1200


def frame(seed: int = 1) -> dict[str, np.ndarray]:
    """Return SPEC, CONT, SIG, WAVE of a small echelle with lines, its blaze tilted and not symmetric."""
    rng = np.random.default_rng(seed)
    u = np.linspace(-0.5, 0.5, N_PIXELS)
    wave = np.array([5200.0 + 60.0 * row + 75.0 * u for row in range(N_ORDERS)])
    blaze = np.array([np.sinc(0.9 * (u - 0.03)) ** 1.7 * (1.0 + 0.2 * u) for _ in range(N_ORDERS)])
    depth = sum(
        rng.uniform(0.1, 0.8) * np.exp(-0.5 * ((wave - centre) / 0.15) ** 2)
        for centre in rng.uniform(5150.0, 5580.0, 300)
    )
    clean = 4000.0 * np.exp(-depth) * blaze
    sigma = np.sqrt(clean + 25.0)
    return {
        "SPEC": clean + sigma * rng.standard_normal(clean.shape),
        "CONT": blaze,
        "SIG": sigma,
        "WAVE": wave,
    }


def write(path: Path, **images: np.ndarray) -> Path:
    """Write a CARMENES file of images."""
    head = fits.PrimaryHDU()
    head.header["INSTRUME"] = "CARMENES"
    fits.HDUList([head, *(fits.ImageHDU(image, name=name) for name, image in images.items())]).writeto(path)
    return path


def test_the_blaze_of_the_file_is_kept_with_its_source(tmp_path: Path) -> None:
    images = frame()
    spectrum = read_spectrum(write(tmp_path / "x.fits", **images))
    assert spectrum.meta["blaze_source"] == "extension CONT" and spectrum.meta["blaze_kind"] == "file"
    for row, order in enumerate(orders_of(spectrum)):
        np.testing.assert_allclose(order.meta["blaze"], images["CONT"][row])
        np.testing.assert_allclose(order.flux, images["SPEC"][row])  # it is still in the flux
    order = orders_of(spectrum)[2]
    part = order.select(slice(100, 300))
    np.testing.assert_array_equal(part.meta["blaze"], order.meta["blaze"][100:300])
    again = read_spectrum(tmp_path / "x.fits")
    assert orders_of(again)[2] == order and part != order


NO_BLAZE = {
    "constant": (lambda f: {"CONT": np.ones_like(f["CONT"])}, "constant"),
    "the errors": (lambda f: {"CONT": f["SIG"]}, "errors"),
    "the errors of noisy counts": (lambda f: {"CONT": np.sqrt(np.maximum(f["SPEC"], 1) + 25)}, "errors"),
    "smooth errors": (lambda f: {"CONT": np.sqrt(4000.0 * f["CONT"]), "SIG": f["SIG"] * 1.5}, "steeper"),
    "the flux": (lambda f: {"CONT": f["SPEC"]}, "lines"),
    "a blaze that is out already": (
        lambda f: {"SPEC": f["SPEC"] / f["CONT"], "SIG": f["SIG"] / f["CONT"]},
        "run",
    ),
    "nothing": (lambda f: {"CONT": np.full_like(f["CONT"], np.nan)}, "positive"),
}


@pytest.mark.parametrize("what", NO_BLAZE)
def test_what_is_no_blaze_is_not_used_and_said(what: str, tmp_path: Path) -> None:
    change, word = NO_BLAZE[what]
    images = frame()
    spectrum = read_spectrum(write(tmp_path / "x.fits", **{**images, **change(images)}))
    assert "blaze_source" not in spectrum.meta
    assert not any("blaze" in order.meta for order in orders_of(spectrum))
    notes = [note for note in spectrum.meta["notes"] if "CONT" in note]
    if what == "nothing":
        return
    assert len(notes) == 1 and word in notes[0], spectrum.meta["notes"]


def test_exchanged_names_give_errors_and_no_blaze(tmp_path: Path, shared_data: Path) -> None:
    images = frame()
    swapped = {**images, "CONT": images["SIG"], "SIG": np.ones_like(images["SIG"])}
    spectrum = read_spectrum(write(tmp_path / "x.fits", **swapped))
    assert "blaze_source" not in spectrum.meta and spectrum.meta["uncertainty_source"] == "extension CONT"
    np.testing.assert_allclose(orders_of(spectrum)[0].uncertainty, images["SIG"][0])
    real = read_spectrum(shared_data / "stars" / "carmenes_nir_gj699.fits")
    assert not any("blaze" in order.meta for order in orders_of(real))
    assert real.meta["uncertainty_source"] == "column CONT"


def test_a_blaze_file_beside_is_found(tmp_path: Path) -> None:
    images = frame()
    star = tmp_path / "star.fits"
    hdus = [fits.PrimaryHDU(images["SPEC"]), fits.ImageHDU(images["SIG"], name="ERR")]
    fits.HDUList([*hdus, fits.ImageHDU(images["WAVE"], name="WAVE")]).writeto(star)
    fits.PrimaryHDU(images["CONT"]).writeto(tmp_path / "night_blaze_A.fits")
    spectrum = read_spectrum(star)
    assert (
        spectrum.meta["blaze_kind"] == "companion" and "night_blaze_A.fits" in spectrum.meta["blaze_source"]
    )
    np.testing.assert_allclose(orders_of(spectrum)[3].meta["blaze"], images["CONT"][3])
    fits.PrimaryHDU(images["CONT"]).writeto(tmp_path / "other_blaze_A.fits")
    assert "blaze_source" not in read_spectrum(star).meta  # which of the two, nobody knows


def test_harps_keeps_the_blaze_that_it_divides_by(shared_data: Path) -> None:
    path = shared_data / "stars" / "HARPS.2003-12-13T06-19-48.371_e2ds_A.fits"
    spectrum = read_spectrum(path)
    blaze = fits.getdata(shared_data / "stars" / "HARPS.2003-12-12T21-42-45.093_blaze_A.fits")
    assert spectrum.meta["has_blaze"] is False and "blaze_A" in spectrum.meta["blaze_source"]
    order = orders_of(spectrum)[40]
    recorded = fits.getdata(path)[40]
    good = order.good & (blaze[40] > 0.05)
    np.testing.assert_allclose((order.flux * order.meta["blaze"])[good], recorded[good], rtol=1e-6)
