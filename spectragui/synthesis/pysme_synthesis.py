"""One synthetic spectrum with PySME: line list, atmosphere and abundances in, flux out."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spectragui.core.errors import ReadError, SpectraGUIError, first_sentence
from spectragui.synthesis.atmospheres import Atmosphere

ALPHA_ELEMENTS = ("O", "Ne", "Mg", "Si", "S", "Ca", "Ti")
WEAKEST_DEPTH = 3e-4  # lines shallower than this everywhere change the flux by less than 1e-3
ACCURACY = 1e-3


def import_pysme() -> Any:
    """Return the module `pysme`, or say how to get it.

    Raises
    ------
    SpectraGUIError
        If the optional extra is not installed.
    """
    try:
        import pysme
    except ImportError as error:
        raise SpectraGUIError(
            "Computing spectra needs PySME, which is not installed.",
            "Install it with: pip install 'spectragui[synthesis]'.",
        ) from error
    return pysme


def read_line_list(path: Path, weakest_depth: float = WEAKEST_DEPTH) -> Any:
    """Read a line list (FITS table in SME's terms, wavelengths in air) as a PySME ``LineList``.

    Parameters
    ----------
    path : Path
        Table with species, wlcent [A], excit [eV], gflog, gamrad, gamqst, gamvw, depth_max.
    weakest_depth : float
        Lines whose ``depth_max`` is smaller are left out; hydrogen always stays, since SME draws
        it from its own profiles and ``depth_max`` says nothing about it.
    """
    import_pysme()
    import pandas as pd
    from astropy.table import Table
    from pysme.linelist.linelist import LineList

    try:
        table = Table.read(path)
        species = np.char.strip(np.asarray(table["species"]).astype(str))
        keep = (np.asarray(table["depth_max"]) >= weakest_depth) | (species == "H 1")
        names = ("wlcent", "excit", "gflog", "gamrad", "gamqst", "gamvw")
        columns = {name: np.asarray(table[name], dtype=float)[keep] for name in names}
        depth = np.asarray(table["depth_max"], dtype=float)[keep]
    except (OSError, KeyError, ValueError) as error:
        raise ReadError(
            f"{path.name} is no line list: {first_sentence(error)}.", "See the docstring of read_line_list."
        ) from error
    frame = pd.DataFrame({"species": species[keep], **columns, "lande": 0.0, "depth": depth, "reference": ""})
    return LineList(frame, lineformat="short", medium="air")


def synthesize(
    wavelength_aa: NDArray[np.float64], line_list: Any, atmosphere: Atmosphere, labels: dict[str, float]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Compute one disk-integrated spectrum without rotation, macroturbulence or instrument.

    Parameters
    ----------
    wavelength_aa : ndarray, shape (n_pixels,), Angstrom, air
    line_list : pysme LineList
    atmosphere : Atmosphere
    labels : dict
        teff [K], logg, m_h, alpha_m [dex], vmic [km/s].

    Returns
    -------
    flux, continuum : ndarray, shape (n_pixels,)
        Normalised flux, and the continuum in erg/s/cm2/A up to a constant.

    Notes
    -----
    ``alpha_m`` is added to the raw pattern of the alpha elements: PySME adds ``monh`` to every metal
    by itself, so at m_h = -2, alpha_m = 0.3 A(Mg) is 5.90.

    References
    ----------
    Wehrhahn, Piskunov, Ryabchikova 2023, A&A 671, A171 (PySME); Asplund et al. 2009 (abundances).
    """
    from pysme.synthesize import Synthesizer

    structure = _sme_structure(wavelength_aa, line_list, atmosphere, labels)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        result = Synthesizer().synthesize_spectrum(structure)
    return np.asarray(result.synth[0], dtype=np.float64), np.asarray(result.cont[0], dtype=np.float64)


def _abundances(m_h: float, alpha_m: float) -> Any:
    from pysme.abund import Abund

    abundances = Abund(m_h, "asplund2009")
    for element in ALPHA_ELEMENTS:
        abundances.pattern[element] = abundances.pattern[element] + alpha_m
    return abundances


def _sme_structure(
    wavelength_aa: NDArray[np.float64], line_list: Any, atmosphere: Atmosphere, labels: dict[str, float]
) -> Any:
    from pysme.atmosphere.atmosphere import Atmosphere as SmeAtmosphere
    from pysme.sme import SME_Structure

    structure = SME_Structure()
    structure.teff, structure.logg, structure.monh = labels["teff"], labels["logg"], labels["m_h"]
    structure.vmic, structure.vmac, structure.vsini = labels["vmic"], 0.0, 0.0
    structure.abund = _abundances(labels["m_h"], labels["alpha_m"])
    structure.atmo = SmeAtmosphere(
        method="embedded",
        depth="RHOX",
        geom="PP",
        rhox=atmosphere.column_mass,
        temp=atmosphere.temperature,
        xne=atmosphere.electron_density,
        xna=atmosphere.atom_density,
        rho=atmosphere.density,
        teff=labels["teff"],
        logg=labels["logg"],
        vturb=labels["vmic"],
    )
    structure.linelist = line_list
    structure.wave = [wavelength_aa]
    structure.wran = [[wavelength_aa[0], wavelength_aa[-1]]]
    structure.wint = [wavelength_aa]  # compute on this grid instead of an adaptive one
    structure.normalize_by_continuum = True
    structure.vrad_flag, structure.cscale_flag, structure.ipres = "none", "none", 0
    structure.accrt = ACCURACY
    return structure
