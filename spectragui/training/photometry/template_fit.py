"""A plain template fit, to compare with: mean SEDs of training galaxies, chi2 over redshift."""

from __future__ import annotations

import dataclasses

import numpy as np
from numpy.typing import NDArray

from spectragui.core.photometry import BandSet, PhotometricTable
from spectragui.core.progress import Progress, no_progress

Floats = NDArray[np.float64]
GROUPS_A_TYPE = 4
_REST = (900.0, 25_000.0)  # Angstrom
_N_REST = 420
_STEP = 0.003  # in ln(1 + z)
_MODEL_ERROR = 0.06  # of the flux: templates are not the object
_CHUNK = 1000
_PIVOT, _BLUE, _RED = 4500.0, 3400.0, 5600.0  # Angstrom: level and colour of an SED


@dataclasses.dataclass(frozen=True, eq=False)
class Templates:
    """Mean SEDs at rest.

    Attributes
    ----------
    wave_aa : ndarray, shape (n_pixels,)
    flux : ndarray, shape (n_templates, n_pixels)
        Per frequency, 1 at 4500 A.
    types : ndarray of int, shape (n_templates,)
        1 to 5.
    """

    wave_aa: Floats
    flux: Floats
    types: NDArray[np.int64]


def mean_templates(table: PhotometricTable) -> Templates:
    """Return mean SEDs of galaxies with known redshift and type: four groups of colour in each type.

    Parameters
    ----------
    table : PhotometricTable
        Training rows only.
    """
    z, kind = np.asarray(table.reference["z"]), np.asarray(table.reference["type"])
    flux, sigma = (values.astype(np.float64) for values in table.fluxes())
    pivots = table.band_set.pivots_aa
    order = np.argsort(pivots)
    seen = np.isfinite(flux) & (flux > 3.0 * sigma)
    good = np.isfinite(z) & (kind >= 1) & (seen.sum(axis=1) >= 0.7 * len(pivots))
    rest = pivots[order][None] / (1.0 + z[:, None])
    level = np.full((len(table), 3), np.nan)
    for row in np.flatnonzero(good):
        there = seen[row, order]
        places, values = rest[row, there], flux[row, order][there]
        if places[0] < _BLUE * 1.2 and places[-1] > _RED * 0.85:
            level[row] = np.interp([_PIVOT, _BLUE, _RED], places, values)
    good &= (level > 0).all(axis=1)
    colour = np.full(len(table), np.nan)
    colour[good] = np.log(level[good, 2] / level[good, 1])
    wave = np.geomspace(*_REST, _N_REST)
    found, types = [], []
    for number in range(1, 6):
        rows = good & (kind == number)
        if rows.sum() < 20 * GROUPS_A_TYPE:
            continue
        edges = np.quantile(colour[rows], np.linspace(0, 1, GROUPS_A_TYPE + 1))
        group = np.clip(np.searchsorted(edges, colour, side="right") - 1, 0, GROUPS_A_TYPE - 1)
        for part in range(GROUPS_A_TYPE):
            some = rows & (group == part)
            shape = (flux[some] / level[some, :1])[:, order]
            weight = np.where(
                seen[some][:, order], np.minimum(flux[some] / sigma[some], 30.0)[:, order] ** 2, 0.0
            )
            found.append(_mean_sed(rest[some], shape, weight, wave))
            types.append(number)
    return Templates(wave, np.array(found), np.array(types))


def _mean_sed(rest: Floats, shape: Floats, weight: Floats, wave: Floats) -> Floats:
    """Return the weighted mean of fluxes in steps of rest wavelength; gaps are bridged, ends go on flat."""
    used = (weight > 0) & np.isfinite(shape)
    place = np.clip(np.searchsorted(wave, rest[used]), 0, len(wave) - 1)
    total = np.bincount(place, (shape * weight)[used], minlength=len(wave))
    norm = np.bincount(place, weight[used], minlength=len(wave))
    there = norm > 0
    mean = np.interp(np.log(wave), np.log(wave[there]), total[there] / norm[there])
    smooth = np.convolve(np.pad(mean, 2, mode="edge"), [0.1, 0.2, 0.4, 0.2, 0.1], mode="valid")
    return np.maximum(smooth, 1e-4)


def band_fluxes(templates: Templates, bands: BandSet, z: Floats) -> Floats:
    """Return fluxes per frequency of redshifted templates through the filters.

    Returns
    -------
    ndarray, shape (n_z, n_templates, n_bands)
        Integrals over photons, sum(f T / lambda) / sum(T / lambda).
    """
    fluxes = np.empty((len(z), len(templates.flux), len(bands)))
    for number, band in enumerate(bands.bands):
        if band.curve is None:
            low, high = band.pivot_aa - band.width_aa / 2, band.pivot_aa + band.width_aa / 2
            wave, response = np.linspace(low, high, 9), np.ones(9)
        else:
            wave, response = band.curve
            fine = np.linspace(wave[0], wave[-1], 60)
            wave, response = fine, np.interp(fine, wave, response)
        share = response / wave * np.gradient(wave)
        share = share / share.sum()
        rest = np.log(wave[None] / (1.0 + z[:, None]))
        for index, flux in enumerate(templates.flux):
            fluxes[:, index, number] = np.interp(rest, np.log(templates.wave_aa), flux) @ share
    return fluxes


def fit_templates(
    table: PhotometricTable, templates: Templates, z_max: float = 3.2, progress: Progress = no_progress
) -> tuple[Floats, NDArray[np.int64]]:
    """Return redshift and type of the template with the smallest chi2 for each object.

    Parameters
    ----------
    table : PhotometricTable
    templates : Templates
    z_max : float
    progress : Progress
    """
    z = np.expm1(np.arange(0.003, np.log1p(z_max), _STEP))
    model = band_fluxes(templates, table.band_set, z).reshape(-1, len(table.band_set))
    squared = (model**2).T.astype(np.float32)
    across = model.T.astype(np.float32)
    flux, sigma = table.fluxes()
    seen = np.isfinite(flux) & np.isfinite(sigma) & (sigma > 0)
    variance = np.where(seen, sigma**2 + (_MODEL_ERROR * np.nan_to_num(flux)) ** 2, 1.0)
    weight = np.where(seen, 1.0 / variance, 0.0).astype(np.float32)
    value = np.where(seen, flux, 0.0).astype(np.float32)
    best = np.empty(len(table), dtype=np.intp)
    for start in range(0, len(table), _CHUNK):
        rows = slice(start, start + _CHUNK)
        along = np.maximum((weight[rows] * value[rows]) @ across, 0.0)
        best[rows] = np.argmax(along**2 / np.maximum(weight[rows] @ squared, 1e-20), axis=1)
        progress(min((start + _CHUNK) / max(len(table), 1), 1.0), "template fit")
    place, template = np.divmod(best, len(templates.flux))
    return z[place], templates.types[template]
