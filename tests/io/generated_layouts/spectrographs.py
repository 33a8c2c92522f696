"""Stabilised and other high-resolution spectrographs: CARMENES, HPF, NEID, EXPRES, KPF, SPIRou ..."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
from astropy.io import fits

from tests.io.generated_layouts.made import (
    Made,
    Order,
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


def _carmenes(folder: Path, channel: str, n_orders: int, n: int, gap: bool) -> Made:
    orders = echelle(n_orders, 9600.0 if gap else 5200.0, 200.0, n)
    if gap:  # two detectors: the red half of each order begins 3 A further on
        for order in orders:
            order.wave = order.wave + np.where(np.arange(n) >= n // 2, 3.0, 0.0)
    flux, sigma = stacked(orders, "flux"), stacked(orders, "sigma")
    primary = fits.PrimaryHDU(
        header=header(INSTRUME="CARMENES", SUBSYS=channel, OBJECT="GJ 1", **{"HIERARCH_CARACAL_BERV": -20.0})
    )
    path = write(
        folder / "x.fits",
        primary,
        image(flux, "SPEC"),
        image(np.full_like(flux, 100.0), "CONT"),
        image(sigma, "SIG"),
        image(stacked(orders, "wave"), "WAVE"),
    )
    truth = [no_bad(order) for order in orders]
    if gap:
        half = n // 2
        truth = [
            Order(o.wave[part], o.flux[part], None if o.sigma is None else o.sigma[part])
            for o in truth
            for part in (slice(0, half), slice(half, n))
        ]
    return Made(path, truth, meta={"berv_kms": -20.0})


@layout("CARMENES VIS, 61 orders x 4096", "carmenes", "vacuum", "observer", echelle=True, power=94600)
def carmenes_vis(folder: Path) -> Made:
    """SPEC, CONT, SIG, WAVE as images."""
    return _carmenes(folder, "vis", 61, 4096, gap=False)


@layout(
    "CARMENES NIR, 28 orders x 4080 in 56 halves",
    "carmenes",
    "vacuum",
    "observer",
    echelle=True,
    power=80400,
)
def carmenes_nir(folder: Path) -> Made:
    """Each order falls on two detectors."""
    return _carmenes(folder, "nir", 28, 4080, gap=True)


@layout("CARMENES telluric-corrected, one table", "carmenes", "vacuum", "observer", echelle=True, power=94600)
def carmenes_tac(folder: Path) -> Made:
    """One row an order: WAVE, SPEC, SIG and the transmission."""
    orders = [no_bad(order) for order in echelle(5, 7000.0, 100.0)]
    columns = {
        name: stacked(orders, key) for name, key in (("WAVE", "wave"), ("SPEC", "flux"), ("SIG", "sigma"))
    }
    columns["TELL"] = np.full_like(columns["WAVE"], 0.9)
    primary = fits.PrimaryHDU(header=header(INSTRUME="CARMENES", SUBSYS="vis"))
    return Made(write(folder / "x.fits", primary, table(columns)), orders)


@layout("SERVAL template (orders)", "serval-template", "vacuum", "barycentric", echelle=True, power=94600)
def serval_template(folder: Path) -> Made:
    """Natural logarithms of wavelengths."""
    orders = [no_bad(order) for order in echelle(4, 7000.0, 100.0)]
    primary = fits.PrimaryHDU(
        header=header(INSTRUME="CARMENES", SUBSYS="vis", **{"HIERARCH_SERVAL_COADD_NUM": 20})
    )
    path = write(
        folder / "x.fits",
        primary,
        image(stacked(orders, "flux"), "SPEC"),
        image(stacked(orders, "sigma"), "SIG"),
        image(np.log(stacked(orders, "wave")), "WAVE"),
        image(np.zeros((4, 600), np.int32), "QMAP"),
    )
    return Made(path, orders)


def _hpf(folder: Path, error: str, power: int) -> Made:
    orders = [no_bad(order) for order in echelle(5, 8100.0, 100.0, 2048)]
    flux, sigma = stacked(orders, "flux"), stacked(orders, "sigma")
    hdus = [fits.PrimaryHDU(header=header(INSTRUME="HPF", OBJECT="GJ 699"))]
    for fibre, scale in (("Sci", 1.0), ("Sky", 0.1), ("Cal", 5.0)):
        hdus.append(image(flux * scale, f"{fibre} Flux"))
    for fibre, scale in (("Sci", 1.0), ("Sky", 0.1), ("Cal", 5.0)):
        hdus.append(image((sigma * scale) ** power, f"{fibre} {error}"))
    for fibre in ("Sci", "Sky", "Cal"):
        hdus.append(image(stacked(orders, "wave"), f"{fibre} Wavl"))
    return Made(write(folder / "x.fits", *hdus), orders)


@layout("HPF slope file", "order-images", "vacuum", "observer", echelle=True, power=55000)
def hpf(folder: Path) -> Made:
    """Variances."""
    return _hpf(folder, "Variance", 2)


@layout("HPF Goldilocks", "order-images", "vacuum", "observer", echelle=True, power=55000)
def goldilocks(folder: Path) -> Made:
    """1-sigma errors."""
    return _hpf(folder, "Error", 1)


@layout("NEID L2", "neid", "vacuum", "observer", echelle=True, power=113000)
def neid(folder: Path) -> Made:
    """SCIFLUX, SCIVAR, SCIWAVE, SCIBLAZE; orders without a solution have zero wavelengths."""
    orders = [no_bad(order) for order in echelle(4, 5000.0, 60.0)][::-1]
    wave = np.vstack([np.zeros((1, 600)), stacked(orders, "wave")])
    flux = np.vstack([np.zeros((1, 600)), stacked(orders, "flux")])
    variance = np.vstack([np.zeros((1, 600)), stacked(orders, "sigma") ** 2])
    primary = fits.PrimaryHDU(
        header=header(
            INSTRUME="NEID", OBJECT="HD 4628", **{"OBS__MODE": "HR", "SSBRV172": 8.125, "SSBRV052": 8.125}
        )
    )
    hdus = [primary]
    for fibre in ("SCI", "SKY", "CAL"):
        hdus += [image(flux, f"{fibre}FLUX"), image(variance, f"{fibre}VAR"), image(wave, f"{fibre}WAVE")]
    hdus += [image(np.ones_like(flux), "SCIBLAZE"), image(np.zeros((4, 800)), "CCFS")]
    return Made(write(folder / "x.fits", *hdus), orders[::-1], meta={"berv_kms": 8.125})


@layout("EXPRES", "expres", "vacuum", "barycentric", echelle=True, power=137500)
def expres(folder: Path) -> Made:
    """One row an order; excalibur wavelengths where there are any."""
    orders = [dataclasses.replace(order) for order in echelle(4, 5000.0, 60.0)]
    wave = stacked(orders, "wave")
    excalibur = wave.copy()
    excalibur[0] = np.nan
    columns = {
        "spectrum": stacked(orders, "flux"),
        "uncertainty": stacked(orders, "sigma"),
        "continuum": np.full_like(wave, 100.0),
        "blaze": np.ones_like(wave),
        "wavelength": wave * 1.0001,
        "bary_wavelength": wave,
        "bary_excalibur": excalibur,
        "excalibur": excalibur * 1.0001,
        "tellurics": np.ones_like(wave),
    }
    hdu = table(columns, name="optimal", BARYMJD=59000.5)
    hdu = fits.BinTableHDU.from_columns(
        hdu.columns + fits.ColDefs([fits.Column("pixel_mask", "600L", array=~stacked(orders, "bad"))]),
        header=header(BARYMJD=59000.5),
    )
    primary = fits.PrimaryHDU(header=header(INSTRMNT="EXPRES", OBJECT="HD 3651"))
    return Made(write(folder / "x.fits", primary, hdu), orders)


@layout("KPF L1", "kpf", "vacuum", "observer", echelle=True, power=98000)
def kpf(folder: Path) -> Made:
    """Two chips, three science traces; the middle slice is read."""
    green, red = echelle(2, 5000.0, 60.0), echelle(2, 6000.0, 60.0)
    hdus: list = [fits.PrimaryHDU(header=header(INSTRUME="KPF", OBJECT="10700"))]
    for chip, orders in (("GREEN", green), ("RED", red)):
        for trace, scale in ((1, 0.8), (2, 1.0), (3, 0.9)):
            hdus += [
                image(stacked(orders, "flux") * scale, f"{chip}_SCI_FLUX{trace}"),
                image((stacked(orders, "sigma") * scale) ** 2, f"{chip}_SCI_VAR{trace}"),
                image(stacked(orders, "wave"), f"{chip}_SCI_WAVE{trace}"),
            ]
        hdus += [image(stacked(orders, "flux"), f"{chip}_{f}_FLUX") for f in ("SKY", "CAL")]
    hdus.append(table({"BARYVEL": np.full(4, 5250.0)}, name="BARY_CORR"))
    truth = [no_bad(order) for order in (*green, *red)]
    return Made(write(folder / "x.fits", *hdus), truth, meta={"berv_kms": 5.25})


@layout("EPRV standard L2", "eprv", "vacuum", "observer", echelle=True, power=98000)
def eprv(folder: Path) -> Made:
    """TRACEn_FLUX, _WAVE, _VAR, _BLAZE, _QUALITY; the first science trace of a table of traces."""
    orders = echelle(3, 5000.0, 60.0)
    hdus: list = [
        fits.PrimaryHDU(header=header(INSTRUME="KPF", DATALVL="L2", TRACE1="CAL", TRACE2="SCI", OBJECT="a")),
        fits.ImageHDU(header=header(INSTRUME="KPF"), name="INSTRUMENT_HEADER"),
    ]
    for trace, scale in ((1, 0.1), (2, 1.0)):
        hdus += [
            image(stacked(orders, "flux") * scale, f"TRACE{trace}_FLUX"),
            image(stacked(orders, "wave"), f"TRACE{trace}_WAVE"),
            image((stacked(orders, "sigma") * scale) ** 2, f"TRACE{trace}_VAR"),
            image(np.ones((3, 600)), f"TRACE{trace}_BLAZE"),
            image(stacked(orders, "bad").astype(np.int16), f"TRACE{trace}_QUALITY"),
        ]
    hdus += [image(np.full(3, -11.5), "BARYCORR_KMS"), image(np.full(3, -11.5 / 299792.458), "BARYCORR_Z")]
    return Made(write(folder / "x.fits", *hdus), orders, meta={"berv_kms": -11.5})


def _spirou(folder: Path, name: str) -> Made:
    orders = [only_flux(order) for order in echelle(4, 15000.0, 200.0)]
    blaze = np.linspace(0.5, 1.0, 600) * np.ones((4, 1))
    hdus: list = [fits.PrimaryHDU(header=header(INSTRUME="SPIRou", OBJECT="Gl 699"))]
    for channel, scale in (("AB", 1.0), ("A", 0.5), ("B", 0.5), ("C", 3.0)):
        hdus += [
            image(stacked(orders, "flux") * blaze * scale, f"Flux{channel}", BERV=9.5),
            image(stacked(orders, "wave") / 10, f"Wave{channel}"),
            image(blaze, f"Blaze{channel}"),
        ]
        if name == "t":
            hdus.append(image(np.full((4, 600), 0.9), "Recon"))
            break
    return Made(write(folder / "x.fits", *hdus), orders, meta={"berv_kms": 9.5})


@layout("SPIRou e.fits", "spirou", "vacuum", "observer", echelle=True, power=70000)
def spirou_e(folder: Path) -> Made:
    """Extracted, four channels; AB is read and divided by its blaze."""
    return _spirou(folder, "e")


@layout("SPIRou t.fits", "spirou", "vacuum", "observer", echelle=True, power=70000)
def spirou_t(folder: Path) -> Made:
    """Telluric-corrected, channel AB only."""
    return _spirou(folder, "t")


@layout("SPIRou s.fits", "spirou", "vacuum", "observer", power=70000)
def spirou_s(folder: Path) -> Made:
    """Merged orders as a table."""
    truth = no_bad(spectrum(15000.0, 15100.0))
    columns = {"Wave": truth.wave / 10}
    for channel in ("AB", "A", "B"):
        columns[f"Flux{channel}"] = truth.flux
        columns[f"FluxErr{channel}"] = truth.sigma
    columns["FluxABTelluCorrected"] = truth.flux * 1.1
    columns["FluxErrABTelluCorrected"] = truth.sigma * 1.1
    truth = Order(truth.wave, truth.flux * 1.1, truth.sigma * 1.1)
    primary = fits.PrimaryHDU(header=header(INSTRUME="SPIRou"))
    return Made(write(folder / "x.fits", primary, table(columns, {"Wave": "nm"}, "UniformVelocity")), [truth])


@layout("EPRV standard L3", "eprv", "vacuum", "barycentric", power=113000)
def eprv_3(folder: Path) -> Made:
    """One stitched spectrum of all science traces."""
    truth = no_bad(spectrum(5000.0, 5050.0))
    path = write(
        folder / "x.fits",
        fits.PrimaryHDU(header=header(INSTRUME="NEID", DATALVL="L3")),
        image(truth.flux, "STITCHED_CORR_SCI_FLUX"),
        image(truth.wave, "STITCHED_CORR_SCI_WAVE"),
        image(truth.sigma**2, "STITCHED_CORR_SCI_VAR"),
    )
    return Made(path, [truth])


@layout("SPIRou p.fits", "spirou", "vacuum", "observer", echelle=True, power=70000)
def spirou_p(folder: Path) -> Made:
    """Polarisation first; Stokes I and its errors are read, divided by the blaze."""
    orders = [no_bad(order) for order in echelle(4, 15000.0, 200.0)]
    blaze = np.linspace(0.5, 1.0, 600) * np.ones((4, 1))
    path = write(
        folder / "x.fits",
        fits.PrimaryHDU(header=header(INSTRUME="SPIRou")),
        image(np.full((4, 600), 0.01), "Pol"),
        image(np.full((4, 600), 0.001), "PolErr"),
        image(stacked(orders, "flux") * blaze, "StokesI"),
        image(stacked(orders, "sigma") * blaze, "StokesIErr"),
        image(np.zeros((4, 600)), "Null1"),
        image(stacked(orders, "wave") / 10, "WaveAB"),
        image(blaze, "BlazeAB"),
    )
    return Made(path, orders)
