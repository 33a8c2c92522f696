"""Make the bundled example catalogue: simulated objects, each computed from several of the mock.

``python -m spectragui.training.photometry.example_catalogue [OUT.fits.gz]`` writes it again, bit for bit. No
row of the mock is in it: colours are means over like objects, brightness and noise are drawn anew. These are
objects of parents that the bundled networks were not trained on.
"""

from __future__ import annotations

import dataclasses
import gzip
import io
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from spectragui.core.package_data import resource
from spectragui.core.photometry import MAGNITUDES_OF_E, MICROJANSKY_ZERO_POINT, PhotometricTable

if TYPE_CHECKING:
    from astropy.io import fits

Floats = NDArray[np.float64]
FILE = "simulated_alhambra_catalogue.fits.gz"
SEED = 20150815
N_GALAXIES, N_STARS, N_QSOS = 1200, 220, 25
N_ALIKE = 6  # objects whose colours make those of a new one
FAINTEST = 24.4  # F814W
LEAST_SIGNAL = 1.0  # sigma; below it is not detected
MORPHOLOGY = ("area", "fwhm", "stell", "ell", "rk", "rf", "s2n")
NOT_DETECTED, NOT_OBSERVED = 99.0, -99.0


@dataclasses.dataclass(frozen=True, eq=False)
class _Objects:
    """Objects of the mock of one kind."""

    flux: Floats  # uJy, (n, n_bands)
    sigma: Floats
    level: Floats  # flux in the reference band, (n,)
    table: PhotometricTable
    kind: str

    @property
    def shape(self) -> Floats:
        return self.flux / self.level[:, None]


def make_example(mock: PhotometricTable, rows: NDArray[np.integer]) -> dict[str, NDArray[Any]]:
    """Return the columns of the example.

    Parameters
    ----------
    mock : PhotometricTable
    rows : ndarray of int
        Its objects that may be used.
    """
    rng = np.random.default_rng(SEED)
    parts = [
        _like(_objects(mock, rows, kind), number, rng)
        for kind, number in (("galaxy", N_GALAXIES), ("star", N_STARS), ("qso", N_QSOS))
    ]
    columns = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    order = rng.permutation(len(columns["z"]))
    columns = {name: values[order] for name, values in columns.items()}
    ids = np.array([f"SIM-{number:04d}" for number in range(1, order.size + 1)])
    return {"ID": ids, **columns}


def _objects(mock: PhotometricTable, rows: NDArray[np.integer], kind: str) -> _Objects:
    chosen = mock.rows(rows)
    magnitude = chosen.reference_magnitude
    is_of_kind = np.char.strip(chosen.reference["kind"].astype(str)) == kind
    table = chosen.rows(np.flatnonzero(is_of_kind & (magnitude < FAINTEST)))
    flux, sigma = (values.astype(np.float64) for values in table.fluxes())
    return _Objects(flux, sigma, flux[:, table.band_set.reference_index], table, kind)


def _like(objects: _Objects, number: int, rng: np.random.Generator) -> dict[str, NDArray[Any]]:
    """Return new objects, each like several of the mock."""
    n_there = len(objects.level)
    seeds = rng.choice(n_there, number, replace=number > n_there)
    columns: dict[str, list[Any]] = {}
    for seed in seeds.tolist():
        for name, value in _one_like(objects, seed, rng).items():
            columns.setdefault(name, []).append(value)
    return {name: np.array(values) for name, values in columns.items()}


def _one_like(objects: _Objects, seed: int, rng: np.random.Generator) -> dict[str, Any]:
    alike = _alike(objects, seed)
    table, reference = objects.table, objects.table.reference
    weight = 1.0 / (objects.sigma[alike] / objects.level[alike, None]) ** 2
    weight = np.nan_to_num(np.where(np.isfinite(objects.flux[alike]), weight, 0.0))
    shape = (weight * np.nan_to_num(objects.shape[alike])).sum(0) / np.maximum(weight.sum(0), 1e-30)
    dimmer = rng.uniform(-0.25, 0.25)  # magnitudes
    level = objects.level[seed] * 10.0 ** (-0.4 * dimmer)
    sigma = objects.sigma[seed] * rng.lognormal(0.0, 0.08, shape.size)
    flux = level * np.maximum(shape, 0.0) + sigma * rng.standard_normal(shape.size)
    row: dict[str, Any] = {"kind": objects.kind}
    row["z"] = 0.0 if objects.kind == "star" else round(float(np.mean(reference["z"][alike])), 4)
    to_level = np.log10(level / objects.level[alike])
    row["log_mass"], row["m_abs_b"] = np.nan, np.nan
    row["spectral_type"] = 0
    if objects.kind == "galaxy":
        row["log_mass"] = round(float(np.mean(reference["log_mass"][alike] + to_level)), 3)
        row["m_abs_b"] = round(float(np.mean(reference["m_abs_b"][alike] - 2.5 * to_level)), 3)
        row["spectral_type"] = int(reference["type"][seed])
    for name in MORPHOLOGY:
        value = float(table.morphology[name][seed]) * rng.lognormal(0.0, 0.05)
        row[name] = round(min(value, 1.0) if name in ("stell", "ell") else value, 3)
    for band, name in enumerate(table.band_set.names):
        row[name], row[f"d{name}"] = _magnitude(flux[band], sigma[band])
    return row


def _alike(objects: _Objects, seed: int) -> NDArray[np.intp]:
    """Return the objects most like one: of its type, at its redshift, with its colours; it among them."""
    reference = objects.table.reference
    away = np.sum(
        np.nan_to_num((objects.shape - objects.shape[seed]) / (0.1 + objects.shape[seed])) ** 2, axis=1
    )
    if objects.kind != "star":
        z = np.nan_to_num(reference["z"])
        away = away + (np.abs(z - z[seed]) / (0.004 * (1.0 + z[seed]))) ** 2
    if objects.kind == "galaxy":
        away = away + 1e6 * (reference["type"] != reference["type"][seed])
    return np.argsort(away)[:N_ALIKE]


def _magnitude(flux: float, sigma: float) -> tuple[float, float]:
    """Return magnitude and error as the survey writes them; 99 and the limit where nothing was detected."""
    if not np.isfinite(sigma) or sigma <= 0:
        return NOT_OBSERVED, 0.0
    if flux < LEAST_SIGNAL * sigma:
        return NOT_DETECTED, round(MICROJANSKY_ZERO_POINT - 2.5 * float(np.log10(sigma)), 3)
    magnitude = MICROJANSKY_ZERO_POINT - 2.5 * float(np.log10(flux))
    return round(magnitude, 3), round(float(MAGNITUDES_OF_E) * float(sigma / flux), 3)


def write_example(columns: dict[str, NDArray[Any]], path: Path) -> None:
    """Write the example as a packed FITS table, named as simulated."""
    from astropy.io import fits

    table = fits.BinTableHDU.from_columns([_column(name, values) for name, values in columns.items()])
    table.header["EXTNAME"] = "SIMULATED"
    table.header["SIMULATE"] = (True, "no telescope saw these objects")
    table.header["COMMENT"] = "Simulated photometry in the ALHAMBRA bands: AB magnitudes, dBAND = error;"
    table.header["COMMENT"] = "99 = not detected (its error is the 1-sigma limit), -99 = not observed."
    content = io.BytesIO()
    fits.HDUList([fits.PrimaryHDU(), table]).writeto(content)
    path.write_bytes(gzip.compress(content.getvalue(), 9, mtime=0))


def _column(name: str, values: NDArray[Any]) -> fits.Column:
    from astropy.io import fits

    if values.dtype.kind == "U":
        return fits.Column(name, f"{max(map(len, values.tolist()))}A", array=values)
    if values.dtype.kind == "i":
        return fits.Column(name, "I", array=values.astype(np.int16))
    return fits.Column(name, "E", array=values.astype(np.float32))


def main(arguments: list[str] | None = None) -> None:
    """Write the example, by default where the program looks for it."""
    import sys

    from spectragui.training.photometry.config import CatalogueConfig
    from spectragui.training.photometry.data import split_rows, training_table

    given = sys.argv[1:] if arguments is None else arguments
    config = CatalogueConfig()
    mock = training_table(config)
    path = Path(given[0]) if given else resource("examples") / FILE
    write_example(make_example(mock, split_rows(mock, config)["test"]), path)


if __name__ == "__main__":
    main()
