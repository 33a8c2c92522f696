"""Echelle spectrographs and pipelines: NRES, NeoNARVAL, MAKEE, IGRINS, CRIRES+, SONG, PEPSI, PypeIt."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from astropy.io import fits

from tests.io.generated_layouts.made import (
    Made,
    echelle,
    header,
    image,
    ivar,
    layout,
    no_bad,
    only_flux,
    spectrum,
    stacked,
    table,
    write,
)


@layout("NRES (BANZAI)", "fits-table", "vacuum", "observer", echelle=True, power=53000)
def nres(folder: Path) -> Made:
    """One row an order and fibre; pixels without a solution have zero wavelengths."""
    orders = echelle(4, 5000.0, 60.0)
    columns = {
        "id": np.arange(4),
        "fiber": np.zeros(4, int),
        "order": np.arange(60, 56, -1),
        "wavelength": stacked(orders, "wave"),
        "flux": stacked(orders, "flux"),
        "uncertainty": stacked(orders, "sigma"),
        "mask": stacked(orders, "bad").astype(np.int64),
    }
    primary = fits.PrimaryHDU(header=header(INSTRUME="fa09", OBJECTS="HD 1&thar&none"))
    hdu = table(columns, {"wavelength": "angstrom"}, "SPECTRUM")
    return Made(write(folder / "x.fits", primary, hdu), orders)


@layout("NeoNARVAL", "fits-table", "air", "unknown", echelle=True)
def neonarval(folder: Path) -> Made:
    """Orders one after another in the columns of a table; nm or Angstrom by TUNIT."""
    orders = [no_bad(order) for order in echelle(3, 5000.0, 60.0)]
    columns = {
        "Wavelength1": np.concatenate([o.wave for o in orders[::-1]]),
        "Intensity": np.concatenate([o.flux for o in orders[::-1]]),
        "Error": np.concatenate([o.sigma for o in orders[::-1]]),
    }
    primary = fits.PrimaryHDU(header=header(INSTRUM="NEO-NARVAL", BERV=3.0))
    return Made(write(folder / "x.fits", primary, table(columns)), orders, meta={"berv_kms": 3.0})


@layout("MAKEE (HIRES)", "makee", "vacuum", "heliocentric", echelle=True, power=None)
def makee(folder: Path) -> Made:
    """Wavelengths by the polynomials WV_0_nn and WV_4_nn."""
    orders = [no_bad(order) for order in echelle(3, 5000.0, 60.0)]
    cards = header(INSTRUME="HIRES: High Resolution Echelle Spectrometer", CTYPE1="LAMBDA", HELIOVEL=-7.0)
    for i, order in enumerate(orders, start=1):
        step = order.wave[1] - order.wave[0]
        cards[f"WV_0_{i:02d}"] = f" {order.wave[0]:.9E} {step:.9E} 0.000000000E+00 0.000000000E+00"
        cards[f"WV_4_{i:02d}"] = " 0.000000000E+00 0.000000000E+00 0.000000000E+00 0.000000000E+00"
    write(folder / "Err-001.fits", fits.PrimaryHDU(stacked(orders, "sigma")))
    return Made(write(folder / "Flux-001.fits", fits.PrimaryHDU(stacked(orders, "flux"), cards)), orders)


@layout("IGRINS PLP v3", "order-images", "vacuum", "observer", echelle=True, power=45000)
def igrins_3(folder: Path) -> Made:
    """Spectrum, variance, wavelengths in um as images."""
    orders = [no_bad(order) for order in echelle(4, 15000.0, 200.0, 2048)]
    path = write(
        folder / "x.fits",
        fits.PrimaryHDU(stacked(orders, "flux"), header(INSTRUME="IGRINS", BAND="H", OBJECT="HD 1")),
        image(stacked(orders, "sigma") ** 2, "VARIANCE"),
        image(stacked(orders, "wave") / 1e4, "WAVELENGTH"),
    )
    return Made(path, orders)


@layout("CRIRES+ (cr2res)", "crires", "vacuum", "observer", echelle=True)
def crires(folder: Path) -> Made:
    """Three detectors, two orders, two traces."""
    orders = [no_bad(order) for order in echelle(6, 15000.0, 100.0)]
    hdus: list = [fits.PrimaryHDU(header=header(INSTRUME="CRIRES"))]
    for detector in range(3):
        columns = {}
        for number, order in (("07", orders[detector]), ("06", orders[detector + 3])):
            for trace, scale in (("01", 1.0), ("02", 0.5)):
                columns[f"{number}_{trace}_SPEC"] = order.flux * scale
                columns[f"{number}_{trace}_ERR"] = order.sigma * scale
                columns[f"{number}_{trace}_WL"] = order.wave / 10
        hdus.append(table(columns, name=f"CHIP{detector + 1}.INT1"))
    return Made(write(folder / "x.fits", *hdus), orders)


@layout("SONG, wavelengths in the last plane", "order-cube", "air", "unknown", echelle=True)
def song(folder: Path) -> Made:
    """Sum, optimal extraction, blaze, wavelengths."""
    orders = [only_flux(order) for order in echelle(5, 5000.0, 60.0)]
    flux, wave = stacked(orders, "flux"), stacked(orders, "wave")
    cube = np.array([flux * 1.1, flux, np.ones_like(flux), wave])
    return Made(write(folder / "x.fits", fits.PrimaryHDU(cube, header(INSTRUM="SONG"))), orders)


@layout("PEPSI", "fits-table", "air", "unknown")
def pepsi(folder: Path) -> Made:
    """Arg, Fun, Var, Mask."""
    truth = spectrum(5000.0, 5050.0)
    columns = {"Arg": truth.wave, "Fun": truth.flux, "Var": truth.sigma**2, "Mask": truth.bad.astype(int)}
    return Made(write(folder / "x.fits", fits.PrimaryHDU(header=header()), table(columns)), [truth])


@layout("PypeIt spec1d", "pypeit", "vacuum", "heliocentric")
def pypeit_spec1d(folder: Path) -> Made:
    """A table an object; OPT_ preferred over BOX_; masks mark good pixels; zero wavelengths at ends."""
    truth = spectrum(5000.0, 5100.0)
    columns = {
        "BOX_WAVE": truth.wave,
        "BOX_COUNTS": truth.flux * 2,
        "OPT_WAVE": truth.wave,
        "OPT_COUNTS": truth.flux,
        "OPT_COUNTS_IVAR": ivar(truth),
        "OPT_COUNTS_SIG": truth.sigma,
        "OPT_MASK": ~truth.bad,
    }
    cards = {"VEL_TYPE": "heliocentric", "VEL_CORR": 1.00002, "HDUCLAS1": "SPECOBJ"}
    primary = fits.PrimaryHDU(header=header(PYPELINE="MultiSlit", PYP_SPEC="keck_lris_blue"))
    path = write(
        folder / "x.fits",
        primary,
        table(columns, name="SPAT0100-SLIT0100-DET01", **cards),
        table(columns, name="SPAT0200-SLIT0200-DET01", **cards),
    )
    return Made(path, [truth], n_spectra=2)


@layout("PypeIt coadd1d", "pypeit", "vacuum", "unknown")
def pypeit_coadd(folder: Path) -> Made:
    """wave, flux, ivar, and a mask of good pixels."""
    truth = spectrum(5000.0, 5100.0)
    columns = {
        "wave": truth.wave,
        "wave_grid_mid": truth.wave,
        "flux": truth.flux,
        "ivar": ivar(truth),
        "mask": (~truth.bad).astype(int),
    }
    hdu = table(columns, name="SPECTRUM", DMODCLS="OneSpec", PYP_SPEC="keck_deimos", FLUXED=True)
    return Made(write(folder / "x.fits", fits.PrimaryHDU(header=header()), hdu), [truth])


@layout(
    "IGRINS PLP v2 with its variance beside",
    "iraf-multispec",
    "vacuum",
    "observer",
    echelle=True,
    power=45000,
)
def igrins_variance(folder: Path) -> Made:
    """NAME.spec.fits and NAME.variance.fits, linear dispersions in um."""
    orders = [no_bad(order) for order in echelle(3, 15000.0, 200.0)]
    lines = [
        f'spec{i} = "{i} {110 - i} 0 {o.wave[0] / 1e4:.14f} {np.ptp(o.wave) / 599e4:.14f} 600 0. 1. 2."'
        for i, o in enumerate(orders, start=1)
    ]
    cards = header(INSTRUME="IGRINS", OBJECT="HD 1", WAT0_001="system=multispec")
    cards["WAT1_001"] = "wtype=multispec label=Wavelength units=microns"
    text = "wtype=multispec " + " ".join(lines)
    for number, at in enumerate(range(0, len(text), 68), start=1):
        cards[f"WAT2_{number:03d}"] = text[at : at + 68]
    write(
        folder / "SDCH_1.variance.fits", fits.PrimaryHDU(stacked(orders, "sigma") ** 2, header(OBJECT="HD 1"))
    )
    return Made(write(folder / "SDCH_1.spec.fits", fits.PrimaryHDU(stacked(orders, "flux"), cards)), orders)
