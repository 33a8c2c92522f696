"""Archives, models and programs: HST, JWST, IUE, PHOENIX, BT-Settl, VOTable, specutils, IRAF, text."""

from __future__ import annotations

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


@layout("HST COS and STIS x1d", "fits-table", "vacuum", "heliocentric", echelle=True)
def hst_x1d(folder: Path) -> Made:
    """A row a segment; pixels outside the detector marked in DQ."""
    orders = echelle(2, 1200.0, 200.0)
    columns = {
        "SEGMENT": np.array(["FUVB", "FUVA"]),
        "NELEM": np.array([600, 600]),
        "WAVELENGTH": stacked(orders, "wave"),
        "FLUX": stacked(orders, "flux") * 1e-14,
        "ERROR": stacked(orders, "sigma") * 1e-14,
        "GROSS": stacked(orders, "flux"),
        "NET": stacked(orders, "flux"),
        "BACKGROUND": np.zeros((2, 600)),
        "DQ": stacked(orders, "bad").astype(np.int64) * 8,
    }
    primary = fits.PrimaryHDU(
        header=header(TELESCOP="HST", INSTRUME="COS", TARGNAME="WD0308", HELCORR="COMPLETE")
    )
    hdu = table(columns, {"WAVELENGTH": "Angstroms", "FLUX": "erg/s/cm**2/Angstrom"}, "SCI")
    truth = [Order(o.wave, o.flux * 1e-14, o.sigma * 1e-14, o.bad) for o in orders]
    return Made(write(folder / "x.fits", primary, hdu), truth, meta={"object": "WD0308"})


@layout("JWST x1d", "fits-table", "vacuum", "barycentric")
def jwst_x1d(folder: Path) -> Made:
    """EXTRACT1D in um and Jy, an extension a spectrum."""
    truth = spectrum(10000.0, 11000.0)
    columns = {
        "WAVELENGTH": truth.wave / 1e4,
        "FLUX": truth.flux,
        "FLUX_ERROR": truth.sigma,
        "FLUX_VAR_POISSON": truth.sigma**2,
        "SURF_BRIGHT": truth.flux * 2,
        "SB_ERROR": truth.sigma * 2,
        "DQ": truth.bad.astype(int),
        "BACKGROUND": truth.flux * 0,
        "NPIXELS": np.ones(500),
    }
    primary = fits.PrimaryHDU(header=header(TELESCOP="JWST", INSTRUME="NIRSPEC", TARGNAME="G 191"))
    units = {"WAVELENGTH": "um", "FLUX": "Jy", "FLUX_ERROR": "Jy"}
    hdus = [table(columns, units, "EXTRACT1D", SPECSYS="BARYCENT", EXTVER=i) for i in (1, 2)]
    return Made(write(folder / "x.fits", primary, *hdus), [truth], n_spectra=2)


@layout("IUE low resolution (MXLO)", "iue", "vacuum", "unknown")
def iue_mxlo(folder: Path) -> Made:
    """Start and step of wavelength as numbers in the row; bad pixels have negative quality."""
    truth = spectrum(1150.0, 1150.0 + 1.67 * 639, 640)
    columns = {
        "APERTURE": np.array(["LARGE"]),
        "NPOINTS": np.array([640]),
        "WAVELENGTH": np.array([1150.0]),
        "DELTAW": np.array([1.67]),
        "NET": truth.flux[np.newaxis],
        "BACKGROUND": truth.flux[np.newaxis] * 0,
        "SIGMA": truth.sigma[np.newaxis] * 1e-14,
        "QUALITY": np.where(truth.bad, -16, 0)[np.newaxis],
        "FLUX": truth.flux[np.newaxis] * 1e-14,
    }
    primary = fits.PrimaryHDU(header=header(TELESCOP="IUE", CAMERA="SWP"))
    truth = Order(truth.wave, truth.flux * 1e-14, truth.sigma * 1e-14, truth.bad)
    return Made(
        write(folder / "x.fits", primary, table(columns, {"WAVELENGTH": "ANGSTROM"}, "MELO")), [truth]
    )


@layout("PHOENIX-ACES HiRes with its wavelength file", "phoenix", "vacuum", "rest")
def phoenix(folder: Path) -> Made:
    """Flux and labels in one file, wavelengths beside: 500 to 55000 Angstrom, as the library has them."""
    truth = only_flux(spectrum(500.0, 55000.0))
    write(
        folder / "WAVE_PHOENIX-ACES-AGSS-COND-2011.fits",
        fits.PrimaryHDU(truth.wave, header(UNIT="Angstrom", CTYPE="wave")),
    )
    cards = header(PHXTEFF=5800.0, PHXLOGG=4.5, PHXM_H=0.0, PHXALPHA=0.0, PHXXI_L=1.1, BUNIT="erg/s/cm^2/cm")
    path = write(folder / "x.fits", fits.PrimaryHDU(truth.flux * 1e15, cards))
    return Made(path, [Order(truth.wave, truth.flux * 1e15)], meta={"simulated": True})


@layout("PHOENIX-ACES medium resolution", "phoenix", "vacuum", "rest")
def phoenix_medium(folder: Path) -> Made:
    """A natural-logarithmic scale in the header."""
    truth = only_flux(spectrum(5000.0, 5100.0))
    truth.wave = np.exp(8.5 + 1e-5 * np.arange(500))
    cards = header(PHXTEFF=5800.0, PHXLOGG=4.5, PHXM_H=0.0, CRVAL1=8.5, CDELT1=1e-5, CTYPE1="WAVE-LOG")
    return Made(write(folder / "x.fits", fits.PrimaryHDU(truth.flux, cards)), [truth])


@layout("BT-Settl spectrum, text", "bt-settl", "vacuum", "rest")
def bt_settl_text(folder: Path) -> Made:
    """log10 of flux with D exponents; columns may touch; not sorted."""
    truth = only_flux(spectrum(5000.0, 5100.0))
    log_flux = np.log10(np.abs(truth.flux)) + 8.0
    rows = [
        f"{w:14.6f}{f:12.5f}D+00 {1e5:.4E}\n".replace("E+", "D+")
        for w, f in zip(truth.wave, log_flux, strict=True)
    ]
    rows[3], rows[4] = rows[4], rows[3]
    (folder / "lte058-4.5-0.0a+0.0.BT-Settl.spec.7").write_text("".join(rows))
    wave = np.array([round(float(w), 6) for w in truth.wave])
    flux = 10 ** (np.array([round(float(f), 5) for f in log_flux]) - 8.0)
    return Made(folder / "lte058-4.5-0.0a+0.0.BT-Settl.spec.7", [Order(wave, flux)])


@layout("BT-Settl spectrum, FITS", "bt-settl-fits", "vacuum", "rest")
def bt_settl_fits(folder: Path) -> Made:
    """Wavelength in um, flux in W/m2/um."""
    truth = only_flux(spectrum(5000.0, 5100.0))
    columns = {"Wavelength": truth.wave / 1e4, "Flux": truth.flux, "BBFlux": truth.flux * 1.2}
    primary = fits.PrimaryHDU(header=header(PHXTEFF=29.0, PHXLOGG=4.5, PHXM_H=0.0, MODEL="BT-Settl"))
    hdu = table(columns, {"Wavelength": "um", "Flux": "W/m2/um"})
    return Made(write(folder / "x.fits", primary, hdu), [truth])


@layout("VOTable spectrum", "votable", "air", "unknown")
def votable(folder: Path) -> Made:
    """Fields by UCD."""
    truth = no_bad(spectrum(5000.0, 5100.0))
    rows = "".join(
        f"<TR><TD>{w!r}</TD><TD>{f!r}</TD><TD>{s!r}</TD></TR>"
        for w, f, s in zip(truth.wave.tolist(), truth.flux.tolist(), truth.sigma.tolist(), strict=True)
    )
    fields = "".join(
        f'<FIELD name="c{i}" datatype="double" ucd="{ucd}" unit="{unit}"/>'
        for i, (ucd, unit) in enumerate(
            (("em.wl;obs.atmos", "Angstrom"), ("phot.flux.density", "Jy"), ("stat.error;phot.flux", "Jy"))
        )
    )
    (folder / "x.vot").write_text(
        '<?xml version="1.0"?><VOTABLE version="1.3" xmlns="http://www.ivoa.net/xml/VOTable/v1.3">'
        f"<RESOURCE><TABLE>{fields}<DATA><TABLEDATA>{rows}</TABLEDATA></DATA></TABLE></RESOURCE></VOTABLE>"
    )
    return Made(folder / "x.vot", [truth])


@layout("specutils tabular-fits", "fits-table", "air", "unknown")
def specutils_tabular(folder: Path) -> Made:
    """spectral_axis, flux, uncertainty."""
    truth = no_bad(spectrum(5000.0, 5100.0))
    columns = {"spectral_axis": truth.wave, "flux": truth.flux, "uncertainty": truth.sigma}
    hdu = table(columns, {"spectral_axis": "Angstrom", "flux": "Jy", "uncertainty": "Jy"})
    return Made(write(folder / "x.fits", fits.PrimaryHDU(), hdu), [truth])


@layout("specutils wcs1d-fits", "fits-image", "vacuum", "unknown")
def specutils_wcs(folder: Path) -> Made:
    """FLUX with a linear scale, IVAR and MASK."""
    truth = spectrum(5000.0, 5099.8)
    scale = {"CRVAL1": 5000.0, "CDELT1": 0.2, "CRPIX1": 1.0, "CTYPE1": "WAVE", "CUNIT1": "Angstrom"}
    primary = fits.PrimaryHDU(truth.flux, header(EXTNAME="FLUX", BUNIT="Jy", **scale))
    path = write(
        folder / "x.fits",
        primary,
        image(1 / truth.sigma**2, "IVAR"),
        image(truth.bad.astype(np.int32), "MASK"),
    )
    return Made(path, [truth])


@layout("QTable in ECSV", "ecsv", "air", "unknown")
def qtable(folder: Path) -> Made:
    """Columns with units, written by astropy."""
    from astropy import units as u
    from astropy.table import QTable

    truth = no_bad(spectrum(5000.0, 5100.0))
    made = QTable(
        {"wavelength": truth.wave / 10 * u.nm, "flux": truth.flux * u.Jy, "err": truth.sigma * u.Jy}
    )
    made.write(folder / "x.ecsv", format="ascii.ecsv")
    return Made(folder / "x.ecsv", [truth])


@layout("IRAF equispec and onedspec bands", "fits-image", "air", "unknown")
def iraf_bands(folder: Path) -> Made:
    """Three bands: extracted, raw, sigma."""
    truth = no_bad(spectrum(5000.0, 5099.8))
    cube = np.array([truth.flux, truth.flux * 1.1, truth.sigma])[:, np.newaxis]
    cards = header(
        WCSDIM=3, CTYPE1="LINEAR", CRVAL1=5000.0, CD1_1=0.2, CRPIX1=1.0, WAT0_001="system=equispec",
        WAT1_001="wtype=linear label=Wavelength units=angstroms",
        BANDID1="spectrum - background median, weights variance, clean yes", BANDID2="raw - background",
        BANDID3="sigma - background median",
    )  # fmt: skip
    return Made(write(folder / "x.fits", fits.PrimaryHDU(cube, cards)), [truth])


@layout("CHIRON, wavelength and flux last", "order-cube", "air", "observer", echelle=True, power=80000)
def chiron(folder: Path) -> Made:
    """62 orders x 3200 pixels x 2, slicer."""
    orders = [only_flux(order) for order in echelle(5, 5000.0, 60.0)]
    cube = np.stack([stacked(orders, "wave"), stacked(orders, "flux")], axis=2)
    cards = header(INSTRUME="CHIRON", OBSERVAT="CTIO", DECKER="slicer")
    return Made(write(folder / "x.fits", fits.PrimaryHDU(cube, cards)), orders)


@layout("CHIRON, wavelength and flux first", "order-cube", "air", "observer", echelle=True, power=27500)
def chiron_first(folder: Path) -> Made:
    """Planes of wavelength and flux, fibre."""
    orders = [only_flux(order) for order in echelle(5, 5000.0, 60.0)]
    cube = np.array([stacked(orders, "wave"), stacked(orders, "flux")])
    cards = header(INSTRUME="CHIRON", OBSERVAT="CTIO", DECKER="fiber")
    return Made(write(folder / "x.fits", fits.PrimaryHDU(cube, cards)), orders)


@layout("wavelength, flux and error as rows of one image", "image-rows", "air", "unknown")
def image_rows(folder: Path) -> Made:
    """Three rows, or three columns."""
    truth = no_bad(spectrum(5000.0, 5100.0))
    return Made(
        write(folder / "x.fits", fits.PrimaryHDU(np.array([truth.wave, truth.flux, truth.sigma]))), [truth]
    )


@layout("PolarBase and LibreESpRIT text", "libre-esprit", "air", "unknown", echelle=True, power=65000)
def polarbase(folder: Path) -> Made:
    """Six columns in nm; orders overlap."""
    orders = [no_bad(order) for order in echelle(3, 5000.0, 60.0)]
    rows = [
        f"{w / 10:.5f} {f:.5f} 0.0 0.0 0.0 {s:.5f}\n"
        for o in orders
        for w, f, s in zip(o.wave, o.flux, o.sigma, strict=True)
    ]
    text = "***Reduced spectrum of 'hd1'\n " + f"{len(rows)} 5\n" + "".join(rows)
    (folder / "x.s").write_text(text)
    truth = [Order(np.round(o.wave / 10, 5) * 10, np.round(o.flux, 5), np.round(o.sigma, 5)) for o in orders]
    return Made(folder / "x.s", truth)


@layout("Starfish HDF5", "starfish-hdf5", "air", "unknown", echelle=True)
def starfish(folder: Path) -> Made:
    """waves, fluxes, sigmas, masks (True = use)."""
    import h5py

    orders = echelle(3, 5000.0, 60.0)
    with h5py.File(folder / "x.hdf5", "w") as file:
        file["waves"], file["fluxes"] = stacked(orders, "wave"), stacked(orders, "flux")
        file["sigmas"], file["masks"] = stacked(orders, "sigma"), ~stacked(orders, "bad")
    return Made(folder / "x.hdf5", orders)


@layout("MAROON-X HDF5", "maroonx-hdf5", "vacuum", "observer", echelle=True, power=85000)
def maroonx(folder: Path) -> Made:
    """Groups of fibres and orders; fibre 2, 3 and 4 see the star."""
    import h5py

    orders = [no_bad(order) for order in echelle(3, 6500.0, 60.0)]
    with h5py.File(folder / "x.hd5", "w") as file:
        for fibre, scale in ((2, 0.9), (3, 1.0), (4, 0.8)):
            for i, order in enumerate(orders):
                key = f"fiber_{fibre}/{94 - i}"
                file[f"wavelength_solution/{key}"] = order.wave / 10
                file[f"optimal_extraction/{key}"] = order.flux * scale
                file[f"optimal_var/{key}"] = (order.sigma * scale) ** 2
    return Made(folder / "x.hd5", orders)
