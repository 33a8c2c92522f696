# ruff: noqa: E501
"""A star's velocity through files that IRAF cut or corrected and through BeSS files: that of the uncut one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from astropy.io import fits
from scipy.ndimage import gaussian_filter1d

from spectragui.inference.observation.velocity_templates import template_set
from spectragui.inference.velocity.star_velocity import VelocityOptions, measure_star_velocity
from spectragui.io import read_spectrum

STAR_KMS, OBSERVER_KMS, POWER, SNR = 10.0, 21.47, 20_000.0, 80.0
C_KMS = 299792.458
LOW, STEP, N = 4900.0, 0.1, 4000


def flux_at(wavelength_aa: np.ndarray, velocity_kms: float, seed: int = 3) -> np.ndarray:
    """Return a Sun-like star of a velocity as a spectrograph sees it at wavelengths."""
    templates = template_set("optical").templates
    sigma = C_KMS / POWER / templates.step_kms / 2.3548
    fine = 1.0 - gaussian_filter1d(templates.depths[0], sigma)
    rest = wavelength_aa / np.sqrt((1 + velocity_kms / C_KMS) / (1 - velocity_kms / C_KMS))
    noise = np.random.default_rng(seed).normal(size=wavelength_aa.size) / SNR
    return np.interp(rest, templates.wavelength_aa, fine) + noise


def observed(wavelength_aa: np.ndarray) -> np.ndarray:
    """Return what the observer sees, who moves towards the star."""
    return flux_at(wavelength_aa, STAR_KMS - OBSERVER_KMS)


def write(path: Path, data: np.ndarray, **cards: Any) -> Path:
    header = fits.Header()
    for key, value in cards.items():
        header[key.replace("__", "-")] = value
    fits.PrimaryHDU(data.astype(np.float32), header).writeto(path)
    return path


def uncut(folder: Path) -> Path:
    wave = LOW + STEP * np.arange(N)
    return write(folder / "uncut.fits", observed(wave), CRVAL1=LOW, CDELT1=STEP, CUNIT1="Angstrom", SPECSYS="TOPOCENT",
                 VHELIO=OBSERVER_KMS, HJD=2458547.35, VSUN="-10.99 18.0 30.0")  # fmt: skip


def multispec(path: Path, first_line: int, first_column: int, kind: int = 0, **cards: Any) -> Path:
    """Write lines and columns cut out of six orders of 1024 pixels."""
    specs, rows = [], []
    for line in range(1, 7):
        start = LOW + 66.0 * (line - 1)
        pixel = np.arange(1, 1025, dtype=float)
        wave = start + STEP * (pixel - 1)
        numbers = f"{start} {STEP}"
        if kind == 1:
            first, step = np.log10(start), np.log10((start + 102.3) / start) / 1023
            wave, numbers = (
                10 ** (first + step * (pixel - 1)),
                f"{first!r} {step!r}".replace("np.float64(", "").replace(")", ""),
            )
        more = ""
        if kind == 2:
            more = f" 2. 0. 1 2 1. 1024. {start + 51.15} 51.15 2. 0. 2 2 1. 1024. {start + 51.15} 51.15"
        specs.append(f'spec{line} = "{line} {100 - line} {kind} {numbers} 1024 0. 1. 2.{more}"')
        if line >= first_line:
            rows.append(observed(wave)[first_column:])
    text = "wtype=multispec " + " ".join(specs)
    wat = {f"WAT2_{i + 1:03d}": text[68 * i : 68 * i + 68] for i in range(len(text) // 68 + 1)}
    data = np.stack(rows)
    both: dict[str, Any] = {
        "WAT0_001": "system=multispec",
        "WAT1_001": "wtype=multispec units=angstroms",
        **wat,
        **cards,
    }
    both |= {
        "LTV1": -float(first_column),
        "LTM1_1": 1.0,
        "SPECSYS": "TOPOCENT",
        "VHELIO": OBSERVER_KMS,
        "HJD": 2458547.35,
    }
    if "WAXMAP01" not in cards:
        both |= {"LTV2": 1.0 - first_line, "LTM2_2": 1.0}
    return write(path, data[0] if "WAXMAP01" in cards else data, **both)


def corrected(folder: Path) -> Path:
    """IRAF's recipe: rvcorrect, then dopcor -vhelio."""
    wave = LOW + STEP * np.arange(N)
    redshift = np.sqrt((1 - OBSERVER_KMS / C_KMS) / (1 + OBSERVER_KMS / C_KMS)) - 1
    return write(folder / "dopcor.fits", flux_at(wave, STAR_KMS), CRVAL1=LOW, CDELT1=STEP, CUNIT1="Angstrom",
                 VHELIO=OBSERVER_KMS, HJD=2458547.35, VLSR=15.2, VSUN="-10.99 18.0 30.0", DOPCOR01=f"{redshift:.6g} all")  # fmt: skip


def bess(folder: Path, made: bool) -> Path:
    wave = LOW + STEP * np.arange(N)
    cards = {
        "CRVAL1": LOW,
        "CDELT1": STEP,
        "CRPIX1": 1,
        "CUNIT1": "Angstrom",
        "CTYPE1": "Wavelength",
        "BSS_ITRP": POWER,
    }
    velocity = STAR_KMS if made else STAR_KMS - OBSERVER_KMS
    required = {"BSS_VHEL": -OBSERVER_KMS if made else 0.0, "BSS_RQVH": 0.0 if made else -OBSERVER_KMS}
    return write(folder / f"bess{made}.fits", flux_at(wave, velocity), **cards, **required)


def test_velocity_is_that_of_the_uncut_file(tmp_path: Path):
    """Within 0.5 km/s; the correction is added where it was not made, and never twice."""
    files = {
        "uncut": uncut(tmp_path),
        "columns": multispec(tmp_path / "columns.fits", 1, 100),
        "columns, logarithmic": multispec(tmp_path / "log.fits", 1, 100, kind=1),
        "columns, two functions": multispec(tmp_path / "two.fits", 1, 100, kind=2),
        "lines": multispec(tmp_path / "lines.fits", 3, 0),
        "lines and columns": multispec(tmp_path / "both.fits", 2, 57),
        "one line": multispec(tmp_path / "one.fits", 4, 20, WAXMAP01="1 0 0 3"),
        "corrected by dopcor": corrected(tmp_path),
        "BeSS, required": bess(tmp_path, False),
        "BeSS, made": bess(tmp_path, True),
    }
    velocities = {}
    for name, path in files.items():
        spectrum = read_spectrum(path).with_meta(resolving_power=POWER)
        found = measure_star_velocity(spectrum, VelocityOptions())
        velocities[name] = found.velocity_kms
    assert velocities["uncut"] == pytest.approx(STAR_KMS, abs=0.5)
    for name, velocity in velocities.items():
        assert velocity == pytest.approx(velocities["uncut"], abs=0.5), name
