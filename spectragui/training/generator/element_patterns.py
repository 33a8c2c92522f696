"""How spectra change with the abundance of a single element, to first order, from the line list.

Nothing but [M/H] and [alpha/M] was varied in the grids. What one element's abundance changes is
estimated as the derivative of the spectrum by [M/H], in each pixel times the part of the line
absorption there that is that element's.
"""

from __future__ import annotations

import os

import numpy as np
from numpy.typing import NDArray

from spectragui.core.errors import TrainingError, first_sentence
from spectragui.core.spectral_axis import SPEED_OF_LIGHT_KMS

# Elements (molecules count for the rarer atom), and the 1-sigma scatter of stars with equal [M/H]
# and [alpha/M] [dex]: thin-disc dwarfs (Bensby et al. 2014; Bedell et al. 2018), rounded; iron
# carries [M/H] itself.
ELEMENT_GROUPS: dict[str, tuple[tuple[str, ...], float]] = {
    "C": (("C", "CH", "C2", "CN", "N", "O", "CO"), 0.12),
    "Na Al": (("Na", "Al", "K"), 0.10),
    "Mg": (("Mg", "MgH"), 0.07),
    "Si S": (("Si", "SiH", "S"), 0.05),
    "Ca": (("Ca",), 0.05),
    "Ti Sc": (("Ti", "TiO", "Sc"), 0.06),
    "V": (("V",), 0.08),
    "Cr": (("Cr",), 0.05),
    "Mn Cu Zn": (("Mn", "Cu", "Zn"), 0.10),
    "Co Ni": (("Co", "Ni"), 0.06),
    "Sr Y Zr": (("Sr", "Y", "Zr", "Nb", "Mo", "Ru"), 0.15),
    "Ba and beyond": (
        ("Ba", "La", "Ce", "Pr", "Nd", "Sm", "Eu", "Gd", "Dy", "Er", "Hf", "W", "Tb", "Tm", "Th"),
        0.15,
    ),
}
ELEMENT_SCATTER = np.array([scatter for _, scatter in ELEMENT_GROUPS.values()])

_PROFILE_KMS = 4.0  # sigma of a line's core
_REST = 0.02  # depth that is nobody's: no line, no change
_COOL_TEFF, _HOT_TEFF = 4000.0, 5300.0


def element_shares(path: str | os.PathLike[str], wavelength_aa: NDArray[np.float64]) -> NDArray[np.float32]:
    """Return which part of the line absorption is each group's.

    Parameters
    ----------
    path : path-like
        Line list with ``species``, ``wlcent`` [Angstrom, air], ``depth_max`` (in the whole label
        box) and ``depth_max_hot`` (above 5300 K).
    wavelength_aa : ndarray, shape (n_pixels,)
        Constant in ln(wavelength).

    Returns
    -------
    ndarray, shape (2, n_groups, n_pixels)
        For cool stars and for those above 5300 K; interpolate with `cool_part`.
    """
    species, wavelength, depths = _read_lines(path)
    group_of = {name: i for i, (names, _) in enumerate(ELEMENT_GROUPS.values()) for name in names}
    number = np.array([group_of.get(name, len(ELEMENT_GROUPS)) for name in species])
    step = np.log(wavelength_aa[1] / wavelength_aa[0])
    pixel = np.round(np.log(wavelength / wavelength_aa[0]) / step).astype(np.int64)
    inside = (pixel >= 0) & (pixel < len(wavelength_aa))
    width = _PROFILE_KMS / (step * SPEED_OF_LIGHT_KMS)
    shares = np.empty((2, len(ELEMENT_GROUPS), len(wavelength_aa)), dtype=np.float32)
    for kind, depth in enumerate(depths):
        absorption = np.zeros((len(ELEMENT_GROUPS) + 1, len(wavelength_aa)))
        np.add.at(absorption, (number[inside], pixel[inside]), depth[inside])
        absorption = _smooth(absorption, width)
        shares[kind] = absorption[:-1] / (absorption.sum(axis=0) + _REST)
    return shares


def cool_part(teff: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return how much of the cool stars' shares is used, 1 at 4000 K, 0 above 5300 K."""
    return np.asarray(np.clip((_HOT_TEFF - teff) / (_HOT_TEFF - _COOL_TEFF), 0.0, 1.0))


def _read_lines(
    path: str | os.PathLike[str],
) -> tuple[list[str], NDArray[np.float64], list[NDArray[np.float64]]]:
    from astropy.table import Table

    try:
        table = Table.read(path)
        species = [str(name).split()[0] for name in table["species"]]
        columns = [
            np.asarray(table[name], dtype=np.float64) for name in ("wlcent", "depth_max", "depth_max_hot")
        ]
    except (OSError, KeyError, ValueError) as error:
        raise TrainingError(
            f"The line list could not be read: {first_sentence(error)}.",
            "It should hold species, wlcent, depth_max and depth_max_hot.",
        ) from error
    return species, columns[0], [np.nan_to_num(column) for column in columns[1:]]


def _smooth(rows: NDArray[np.float64], sigma_pixels: float) -> NDArray[np.float64]:
    """Convolve with a Gaussian of unit height: a line alone keeps its depth."""
    from scipy.ndimage import gaussian_filter1d

    height = sigma_pixels * np.sqrt(2.0 * np.pi)
    return np.asarray(gaussian_filter1d(rows, sigma_pixels, axis=1) * height)
