"""ESO and its sisters: ESPRESSO, NIRPS, HARPS-N, phase 3, UVES, X-shooter, FEROS, GIRAFFE, SOPHIE."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from astropy.io import fits

from spectragui.core.spectral_axis import vacuum_to_air
from tests.io.generated_layouts.made import (
    Made,
    echelle,
    header,
    image,
    layout,
    no_bad,
    only_flux,
    spectrum,
    stacked,
    table,
    write,
)


def _s2d(folder: Path, instrument: str, catalogue: str, prefix: str = "ESO") -> Made:
    orders = echelle(4, 5000.0, 60.0)
    primary = fits.PrimaryHDU(
        header=header(
            INSTRUME=instrument,
            OBJECT="HD 1",
            **{
                f"HIERARCH_{prefix}_QC_BERV": 12.5,
                f"HIERARCH_{prefix}_PRO_CATG": catalogue,
                "HIERARCH_ESO_INS_MODE": "SINGLEHR" if instrument == "ESPRESSO" else "HA",
            },
        )
    )
    wave = stacked(orders, "wave")
    path = write(
        folder / "x.fits",
        primary,
        image(stacked(orders, "flux"), "SCIDATA"),
        image(stacked(orders, "sigma"), "ERRDATA"),
        image(stacked(orders, "bad").astype(np.int32), "QUALDATA"),
        image(wave, "WAVEDATA_VAC_BARY"),
        image(vacuum_to_air(wave), "WAVEDATA_AIR_BARY"),
        image(np.gradient(wave, axis=1), "DLLDATA_VAC_BARY"),
        image(np.gradient(wave, axis=1), "DLLDATA_AIR_BARY"),
    )
    return Made(path, orders, meta={"berv_kms": 12.5, "object": "HD 1"})


@layout("ESPRESSO S2D", "order-images", "vacuum", "barycentric", echelle=True, power=140000)
def espresso_s2d(folder: Path) -> Made:
    """Orders divided by the blaze."""
    return _s2d(folder, "ESPRESSO", "S2D_A")


@layout("ESPRESSO S2D_BLAZE", "order-images", "vacuum", "barycentric", echelle=True, power=140000)
def espresso_s2d_blaze(folder: Path) -> Made:
    """Orders not divided by the blaze."""
    return _s2d(folder, "ESPRESSO", "S2D_BLAZE_A")


@layout("HARPS S2D of the new pipeline", "order-images", "vacuum", "barycentric", echelle=True, power=115000)
def harps_s2d(folder: Path) -> Made:
    """The ESPRESSO pipeline for HARPS."""
    return _s2d(folder, "HARPS", "S2D_A")


@layout("NIRPS S2D", "order-images", "vacuum", "barycentric", echelle=True, power=88000)
def nirps_s2d(folder: Path) -> Made:
    """The ESPRESSO pipeline for NIRPS."""
    return _s2d(folder, "NIRPS", "S2D_A")


@layout(
    "HARPS-N S2D of the new pipeline", "order-images", "vacuum", "barycentric", echelle=True, power=115000
)
def harpn_s2d(folder: Path) -> Made:
    """The ESPRESSO pipeline for HARPS-N."""
    return _s2d(folder, "HARPN", "S2D_A", "TNG")


@layout("ESPRESSO S1D (also SKYSUB, FINAL)", "fits-table", "vacuum", "barycentric", power=140000)
def espresso_s1d(folder: Path) -> Made:
    """A row a pixel, wavelengths in vacuum and air, errors and quality."""
    truth = spectrum(5000.0, 5050.0)
    columns = {
        "wavelength": truth.wave,
        "wavelength_air": vacuum_to_air(truth.wave),
        "flux": truth.flux,
        "error": truth.sigma,
        "quality": truth.bad.astype(np.int32),
    }
    primary = fits.PrimaryHDU(
        header=header(
            INSTRUME="ESPRESSO",
            **{"HIERARCH_ESO_QC_BERV": -3.0, "HIERARCH_ESO_INS_MODE": "SINGLEHR"},
        )
    )
    units = {"wavelength": "angstrom", "wavelength_air": "angstrom", "flux": "e-", "error": "e-"}
    return Made(write(folder / "x.fits", primary, table(columns, units)), [truth], meta={"berv_kms": -3.0})


@layout("ESPRESSO S1D, flux-calibrated", "fits-table", "vacuum", "barycentric", power=140000)
def espresso_s1d_cal(folder: Path) -> Made:
    """Columns flux_cal and error_cal beside the counts: the counts are read."""
    truth = spectrum(5000.0, 5050.0)
    columns = {
        "wavelength": truth.wave,
        "wavelength_air": vacuum_to_air(truth.wave),
        "flux_cal": truth.flux * 1e-16,
        "error_cal": truth.sigma * 1e-16,
        "quality_cal": np.zeros(500, int),
        "flux": truth.flux,
        "error": truth.sigma,
        "quality": truth.bad.astype(np.int32),
    }
    primary = fits.PrimaryHDU(header=header(INSTRUME="ESPRESSO", HIERARCH_ESO_INS_MODE="SINGLEHR"))
    return Made(write(folder / "x.fits", primary, table(columns, {"wavelength": "angstrom"})), [truth])


@layout("HARPS-N s1d of the old pipeline", "fits-image", "air", "barycentric", power=115000)
def harpn_s1d(folder: Path) -> Made:
    """A linear scale."""
    truth = only_flux(spectrum(4000.0, 4004.99))
    cards = header(
        INSTRUME="HARPN", CRVAL1=4000.0, CDELT1=0.01, CRPIX1=1.0, **{"HIERARCH_TNG_DRS_BERV": 7.25}
    )
    return Made(
        write(folder / "x.fits", fits.PrimaryHDU(truth.flux, cards)), [truth], meta={"berv_kms": 7.25}
    )


@layout("HARPS-N e2ds with its polynomial", "harps-e2ds", "air", "observer", echelle=True, power=115000)
def harpn_e2ds(folder: Path) -> Made:
    """Wavelengths by HIERARCH TNG DRS CAL TH COEFF LLn; photon noise."""
    orders = echelle(3, 5000.0, 60.0)
    cards = header(INSTRUME="HARPN", **{"HIERARCH_TNG_DRS_CAL_TH_DEG_LL": 1, "HIERARCH_TNG_DRS_BERV": 7.25})
    for i, order in enumerate(orders):
        cards[f"HIERARCH TNG DRS CAL TH COEFF LL{2 * i}"] = float(order.wave[0])
        cards[f"HIERARCH TNG DRS CAL TH COEFF LL{2 * i + 1}"] = float(order.wave[1] - order.wave[0])
        order.bad, order.sigma = None, np.sqrt(np.maximum(order.flux, 1.0))
    path = write(folder / "x.fits", fits.PrimaryHDU(stacked(orders, "flux"), cards))
    return Made(path, orders, meta={"berv_kms": 7.25})


@layout("ESO phase 3 (HARPS, FEROS, UVES, GIRAFFE)", "fits-table", "air", "barycentric", power=48000)
def phase_3(folder: Path) -> Made:
    """One row of arrays named by TUTYP and TUCD; FEROS."""
    truth = no_bad(spectrum(3600.0, 3610.0))
    primary = fits.PrimaryHDU(
        header=header(INSTRUME="FEROS", SPECSYS="BARYCENT", SPEC_RES=48000.0, PRODCATG="SCIENCE.SPECTRUM")
    )
    columns = {"WAVE": truth.wave[np.newaxis], "FLUX": truth.flux[np.newaxis], "ERR": truth.sigma[np.newaxis]}
    cards = {
        "TUCD1": "em.wl;obs.atmos",
        "TUCD2": "phot.flux.density;em.wl;src.net;meta.main",
        "TUCD3": "stat.error;phot.flux.density;meta.main",
    }
    hdu = table(columns, {"WAVE": "angstrom"}, "SPECTRUM", VOCLASS="SPECTRUM V2.0", **cards)
    return Made(write(folder / "x.fits", primary, hdu), [truth])


@layout("ESO phase 3, reduced and raw columns", "fits-table", "air", "barycentric", power=42000)
def phase_3_reduced(folder: Path) -> Made:
    """UVES: FLUX_REDUCED, ERR_REDUCED, BGFLUX_REDUCED and QUAL; nm."""
    truth = spectrum(4000.0, 4020.0)
    primary = fits.PrimaryHDU(header=header(INSTRUME="UVES", SPECSYS="BARYCENT", SPEC_RES=42000.0))
    columns = {
        "WAVE": truth.wave[np.newaxis] / 10,
        "FLUX_REDUCED": truth.flux[np.newaxis],
        "ERR_REDUCED": truth.sigma[np.newaxis],
        "BGFLUX_REDUCED": truth.sigma[np.newaxis] * 3,
        "QUAL": truth.bad[np.newaxis].astype(np.int64),
    }
    hdu = table(columns, {"WAVE": "nm"}, "SPECTRUM", TUCD1="em.wl;obs.atmos")
    return Made(write(folder / "x.fits", primary, hdu), [truth])


@layout("X-shooter merged 1-D image", "fits-image", "air", "observer")
def xshooter_merged(folder: Path) -> Made:
    """FLUX, ERRS, QUAL on a linear scale in nm."""
    truth = spectrum(5600.0, 5699.8)
    cards = {"CRVAL1": 560.0, "CDELT1": 0.02, "CRPIX1": 1.0, "CUNIT1": "nm", "CTYPE1": "LINEAR"}
    primary = fits.PrimaryHDU(
        truth.flux, header(INSTRUME="XSHOOTER", HIERARCH_ESO_PRO_CATG="SCI_SLIT_FLUX_MERGE1D_VIS", **cards)
    )
    path = write(
        folder / "x.fits",
        primary,
        image(truth.sigma, "ERRS", **cards),
        image(truth.bad.astype(np.int32), "QUAL", **cards),
    )
    return Made(path, [truth])


@layout("CERES pipeline (FEROS, CORALIE ...)", "ceres", "vacuum", "barycentric", echelle=True, power=48000)
def ceres(folder: Path) -> Made:
    """Planes: wavelength, flux, inverse variance, deblazed flux, its inverse variance, ..."""
    orders = echelle(3, 5000.0, 60.0)
    ivars = np.array([1 / o.sigma**2 for o in orders])
    planes = [
        stacked(orders, "wave"),
        stacked(orders, "flux") * 50,
        ivars / 2500,
        stacked(orders, "flux"),
        ivars,
    ]
    planes += [np.ones_like(ivars)] * 6
    cards = header(
        INST="FEROS",
        **{
            "HIERARCH_PIPELINE": "CERES",
            "HIERARCH_TARGET_NAME": "HD 10",
            "HIERARCH_BARYCENTRIC_CORRECTION_(KM/S)": 3.5,
            "HIERARCH_RV": 12.0,
        },
    )
    path = write(folder / "x.fits", fits.PrimaryHDU(np.array(planes), cards))
    return Made(path, [no_bad(o) for o in orders], meta={"object": "HD 10"})


@layout("GIRAFFE pipeline, a column a fibre", "giraffe", "air", "unknown")
def giraffe(folder: Path) -> Made:
    """Image of wavelength x fibre with the fibre setup as a table."""
    truth = only_flux(spectrum(5140.0, 5164.95))
    data = np.stack([truth.flux, truth.flux * 2, truth.flux * 3], axis=1)
    cards = header(INSTRUME="GIRAFFE", CRVAL2=514.0, CDELT2=0.005, CRPIX2=1.0, CTYPE2="WAVE", CUNIT2="nm")
    setup = table({"INDEX": np.array([1, 2, 3]), "OBJECT": np.array(["a", "b", "c"])}, name="FIBER_SETUP")
    return Made(write(folder / "x.fits", fits.PrimaryHDU(data, cards), setup), [truth], n_spectra=3)


@layout("SOPHIE e2ds", "harps-e2ds", "air", "observer", echelle=True, power=75000)
def sophie_e2ds(folder: Path) -> Made:
    """Wavelengths by HIERARCH OHP DRS CAL TH COEFF LLn."""
    orders = echelle(3, 5000.0, 60.0)
    cards = header(INSTRUME="SOPHIE", **{"HIERARCH_OHP_DRS_CAL_TH_DEG_LL": 1})
    cards["HIERARCH OHP INS FIBER MODE"] = "HR"
    for i, order in enumerate(orders):
        cards[f"HIERARCH OHP DRS CAL TH COEFF LL{2 * i}"] = float(order.wave[0])
        cards[f"HIERARCH OHP DRS CAL TH COEFF LL{2 * i + 1}"] = float(order.wave[1] - order.wave[0])
        order.bad, order.sigma = None, np.sqrt(np.maximum(order.flux, 1.0))
    return Made(write(folder / "x.fits", fits.PrimaryHDU(stacked(orders, "flux"), cards)), orders)
