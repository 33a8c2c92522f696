"""Surveys: SDSS, SDSS-V, LAMOST, DESI, PFS, Gaia, GALAH, APOGEE."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from astropy.io import fits

from spectragui.io import ReadOptions
from tests.io.generated_layouts.made import (
    Made,
    Order,
    header,
    image,
    ivar,
    layout,
    no_bad,
    only_flux,
    spectrum,
    table,
    write,
)


def _log_spectrum(start: float, n: int = 500, step: float = 1e-4) -> Order:
    truth = spectrum(start, start + 1.0, n)
    truth.wave = 10 ** (np.log10(start) + step * np.arange(n))
    return truth


@layout("SDSS-V spec (BOSS)", "fits-table", "vacuum", "heliocentric", power=2000)
def sdss_v_spec(folder: Path) -> Made:
    """COADD, SPALL, ZALL and exposures; upper-case names, LCO."""
    truth = _log_spectrum(4000.0)
    columns = {
        "FLUX": truth.flux,
        "LOGLAM": np.log10(truth.wave),
        "IVAR": ivar(truth),
        "AND_MASK": np.zeros(500, int),
        "OR_MASK": np.zeros(500, int),
        "WDISP": np.ones(500),
        "SKY": truth.flux * 3,
        "MODEL": truth.flux * 2,
    }
    exposure = {"FLUX": truth.flux * 5, "LOGLAM": np.log10(truth.wave), "IVAR": ivar(truth)}
    primary = fits.PrimaryHDU(header=header(TELESCOP="LCO Du Pont", OBSERVAT="LCO", HELIO_RV=-10.0))
    path = write(
        folder / "x.fits",
        primary,
        table(columns, name="COADD"),
        table({"Z": np.array([0.1])}, name="SPALL"),
        table(exposure, name="MJD_EXP_1"),
    )
    return Made(path, [truth])


@layout("SDSS DR1-8 spSpec", "sdss-spspec", "vacuum", "heliocentric", power=2000)
def spspec(folder: Path) -> Made:
    """Rows: flux, without continuum, 1-sigma noise, mask array; COEFF0, COEFF1."""
    truth = _log_spectrum(4000.0)
    rows = np.array([truth.flux, truth.flux - 100, truth.sigma, truth.bad * 16.0, truth.flux * 0])
    cards = header(TELESCOP="SDSS 2.5-M", COEFF0=np.log10(4000.0), COEFF1=1e-4, VACUUM=1, Z=0.0)
    return Made(write(folder / "x.fits", fits.PrimaryHDU(rows, cards)), [truth])


@layout("SDSS-V mwmStar", "sdss-mwm", "vacuum", "rest", power=22500)
def mwm_star(folder: Path) -> Made:
    """One extension an instrument and observatory, empty ones among them; wavelength as a column."""
    truth = _log_spectrum(15100.0, 500, 6e-6)
    columns = {
        "sdss_id": np.array([1234]),
        "snr": np.array([90.0]),
        "wavelength": truth.wave[np.newaxis],
        "flux": truth.flux[np.newaxis],
        "ivar": ivar(truth)[np.newaxis],
        "pixel_flags": np.zeros((1, 500), int),
        "telescope": np.array(["apo25m"]),
        "v_rad": np.array([12.5]),
    }
    boss = dict(columns, wavelength=_log_spectrum(4000.0).wave[np.newaxis])
    empty = fits.BinTableHDU.from_columns([fits.Column("flux", "500D"), fits.Column("ivar", "500D")])
    empty.name = "BOSS/LCO"
    path = write(
        folder / "x.fits",
        fits.PrimaryHDU(header=header(SDSS_ID=1234)),
        table(columns, name="APOGEE/APO", INSTRMNT="APOGEE"),
        empty,
        table(boss, name="BOSS/APO", INSTRMNT="BOSS"),
    )
    return Made(path, [truth], n_spectra=2)


@layout("SDSS-V mwmVisit", "sdss-mwm", "vacuum", "rest", power=22500)
def mwm_visit(folder: Path) -> Made:
    """A row a visit; log-linear scale by CRVAL, CDELT, NPIXELS of the extension."""
    truth = _log_spectrum(15100.0, 500, 6e-6)
    columns = {
        "sdss_id": np.array([1234, 1234]),
        "mjd": np.array([59000, 59001]),
        "flux": np.array([truth.flux, truth.flux * 1.1]),
        "ivar": np.array([ivar(truth), ivar(truth)]),
        "pixel_flags": np.zeros((2, 500), int),
    }
    cards = {"CRVAL": np.log10(15100.0), "CDELT": 6e-6, "NPIXELS": 500, "INSTRMNT": "APOGEE"}
    path = write(
        folder / "x.fits", fits.PrimaryHDU(header=header()), table(columns, name="APOGEE/APO", **cards)
    )
    return Made(path, [truth], n_spectra=2)


@layout("SDSS-V apStar", "apogee", "vacuum", "rest", power=22500)
def apstar_v(folder: Path) -> Made:
    """A single combined row; keywords of the new pipeline."""
    truth = _log_spectrum(15100.0, 600, 6e-6)
    log = {"CRVAL1": np.log10(15100.0), "CDELT1": 6e-6, "CRPIX1": 1, "CTYPE1": "LOG-LINEAR"}
    primary = fits.PrimaryHDU(header=header(V_APRED="1.3", OBJID="2M00", NVISITS=1, VRAD=5.0))
    path = write(
        folder / "x.fits",
        primary,
        image(truth.flux, **log),
        image(truth.sigma, **log),
        image(truth.bad.astype(np.int32), **log),
        image(truth.flux, **log),
        image(truth.flux, **log),
    )
    return Made(path, [truth])


@layout("LAMOST LRS, table (data release 8 on)", "lamost", "vacuum", "heliocentric", power=1800)
def lamost_table(folder: Path) -> Made:
    """One row of arrays."""
    truth = _log_spectrum(3700.0)
    columns = {
        "FLUX": truth.flux[np.newaxis],
        "IVAR": ivar(truth)[np.newaxis],
        "WAVELENGTH": truth.wave[np.newaxis],
        "ANDMASK": np.zeros((1, 500)),
        "ORMASK": np.zeros((1, 500)),
        "NORMALIZATION": truth.flux[np.newaxis] / 100,
    }
    primary = fits.PrimaryHDU(header=header(TELESCOP="LAMOST", DESIG="LAMOST J1", RESOLUTN=1800))
    return Made(write(folder / "x.fits.gz", primary, table(columns, name="COADD")), [truth])


def _mrs(folder: Path, as_arrays: bool) -> Made:
    blue, red = _log_spectrum(4950.0, 500, 1e-5), _log_spectrum(6300.0, 500, 1e-5)
    hdus = [fits.PrimaryHDU(header=header(TELESCOP="LAMOST", OBSID=9, DESIG="LAMOST J2"))]
    for name, truth, scale in (
        ("COADD_B", blue, 1.0),
        ("COADD_R", red, 1.0),
        ("B-84420148", blue, 0.5),
        ("R-84420148", red, 0.5),
    ):
        columns = {"FLUX": truth.flux * scale, "IVAR": ivar(truth) / scale**2}
        columns["WAVELENGTH" if as_arrays else "LOGLAM"] = truth.wave if as_arrays else np.log10(truth.wave)
        columns["PIXMASK"] = np.zeros(500, int)
        if as_arrays:
            columns = {key: values[np.newaxis] for key, values in columns.items()}
        hdus.append(table(columns, name=name))
    return Made(write(folder / "x.fits", *hdus), [blue, red], meta={"object": "LAMOST J2"})


@layout("LAMOST MRS (data releases 6-7)", "lamost", "vacuum", "heliocentric", echelle=True, power=7500)
def lamost_mrs(folder: Path) -> Made:
    """COADD_B and COADD_R as tables, a row a pixel, LOGLAM."""
    return _mrs(folder, as_arrays=False)


@layout("LAMOST MRS (data release 8 on)", "lamost", "vacuum", "heliocentric", echelle=True, power=7500)
def lamost_mrs_new(folder: Path) -> Made:
    """COADD_B and COADD_R as tables of one row, WAVELENGTH."""
    return _mrs(folder, as_arrays=True)


@layout("DESI spectra, target chosen by TARGETID", "desi", "vacuum", "barycentric", echelle=True)
def desi(folder: Path) -> Made:
    """Three arms, 4 targets."""
    arms = {"B": spectrum(3600.0, 5800.0), "R": spectrum(5760.0, 7620.0), "Z": spectrum(7520.0, 9824.0)}
    ids = np.array([39627001, 39627002, 39627003, 39627004])
    hdus: list = [fits.PrimaryHDU(), table({"TARGETID": ids, "FLUX_G": np.ones(4)}, name="FIBERMAP")]
    for arm, truth in arms.items():
        hdus += [
            image(truth.wave, f"{arm}_WAVELENGTH", BUNIT="Angstrom"),
            image(np.array([truth.flux * s for s in (1.0, 2.0, 3.0, 4.0)]), f"{arm}_FLUX"),
            image(np.array([ivar(truth) / s**2 for s in (1.0, 2.0, 3.0, 4.0)]), f"{arm}_IVAR"),
            image(np.zeros((4, 500), np.int32), f"{arm}_MASK"),
        ]
    third = [Order(t.wave, t.flux * 3, t.sigma * 3, t.bad) for t in arms.values()]
    return Made(
        write(folder / "x.fits", *hdus),
        third,
        options=ReadOptions(spectrum=39627003),
        meta={"spectrum_index": 2, "n_spectra": 4},
    )


def _covariance(truth: Order) -> np.ndarray:
    return np.array([truth.sigma**2, truth.sigma**2 * 0.1, truth.sigma**2 * 0.01])


@layout("PFS pfsArm and pfsMerged", "pfs", "vacuum", "unknown")
def pfs_arm(folder: Path) -> Made:
    """Rows of fibres."""
    truth = spectrum(7100.0, 8850.0)
    cube = np.array([_covariance(truth)] * 3)
    path = write(
        folder / "x.fits",
        fits.PrimaryHDU(header=header(HIERARCH_W_PFDSGN=1)),
        image(np.array([1, 2, 3]), "FIBERID"),
        image(np.tile(truth.wave / 10, (3, 1)), "WAVELENGTH"),
        image(np.array([truth.flux, truth.flux * 2, truth.flux * 3]), "FLUX"),
        image(np.tile(truth.bad.astype(np.int32), (3, 1)), "MASK"),
        image(np.zeros((3, 500)), "SKY"),
        image(np.ones((3, 500)), "NORM"),
        image(cube, "COVAR"),
        table({"visit": np.array([1])}, name="CONFIG"),
    )
    return Made(path, [truth], n_spectra=3)


@layout("PFS pfsObject and pfsSingle", "pfs", "vacuum", "unknown")
def pfs_object(folder: Path) -> Made:
    """The wavelengths of the FLUX image by its WCS; the table of all samples is left alone."""
    truth = spectrum(7100.0, 8098.0)
    scale = {"CRVAL1": 710.0, "CDELT1": 0.2, "CRPIX1": 1.0, "CUNIT1": "nm", "CTYPE1": "WAVELENGTH"}
    samples = {
        "wavelength": np.sort(np.tile(truth.wave / 10, 2)),
        "flux": np.repeat(truth.flux, 2),
        "error": np.repeat(truth.sigma, 2),
        "mask": np.zeros(1000, int),
    }
    path = write(
        folder / "x.fits",
        fits.PrimaryHDU(),
        image(truth.flux, "FLUX", **scale),
        image(truth.bad.astype(np.int32), "MASK", **scale),
        table({"filterName": np.array(["g"])}, name="TARGET", objId=77),
        image(np.zeros(500), "SKY"),
        image(_covariance(truth), "COVAR"),
        image(np.eye(10), "COVAR2"),
        table({"visit": np.array([1])}, name="OBSERVATIONS"),
        table(samples, name="FLUX_TABLE"),
    )
    return Made(path, [truth])


@layout("GALAH DR2 and DR3, one camera", "galah", "air", "unknown", power=28000)
def galah(folder: Path) -> Made:
    """Relative errors without a name in the second extension."""
    truth = no_bad(spectrum(4700.0, 4749.9))
    scale = {"CRVAL1": 4700.0, "CDELT1": 0.1, "CRPIX1": 1, "CUNIT1": "Angstrom", "CTYPE1": "Wavelength"}
    path = write(
        folder / "1501010001010011.fits",
        fits.PrimaryHDU(truth.flux, header(INSTRUME="HERMES-2dF", **scale)),
        image(truth.sigma / truth.flux, **scale),
        image(truth.flux * 0.9, **scale),
        image(truth.flux * 0.1, **scale),
        image(truth.flux / 100, **scale),
    )
    return Made(path, [truth])


@layout("plain flux rows with named vectors", "shared-wavelengths", "air", "unknown")
def stacked_rows(folder: Path) -> Made:
    """A spectrum a row, one vector of wavelengths."""
    truth = only_flux(spectrum(5000.0, 5100.0))
    rows = np.array([truth.flux, truth.flux * 2])
    path = write(folder / "x.fits", fits.PrimaryHDU(), image(rows, "FLUX"), image(truth.wave, "WAVE"))
    return Made(path, [truth], n_spectra=2)


@layout("2dfdr (AAOmega, HERMES), a fibre a row", "fibre-rows", "air", "unknown")
def twodfdr(folder: Path) -> Made:
    """Variances, and a table of fibres, one of them dark."""
    truth = no_bad(spectrum(4700.0, 4799.8))
    scale = {"CRVAL1": 4700.0, "CDELT1": 0.2, "CRPIX1": 1.0, "CUNIT1": "Angstroms"}
    rows = np.array([truth.flux, truth.flux * 0, truth.flux * 3])
    path = write(
        folder / "x.fits",
        fits.PrimaryHDU(rows, header(INSTRUME="AAOMEGA-2dF", **scale)),
        image(np.array([truth.sigma**2] * 3), "VARIANCE"),
        table({"NAME": np.array(["a", "sky", "c"]), "TYPE": np.array(["P", "S", "P"])}, name="FIBRES"),
    )
    return Made(path, [truth], n_spectra=2, meta={"object": "a"})
