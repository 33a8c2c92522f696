"""Find the `SpectrumBasis` of a domain: components of an emulator's spectra, as an instrument sees them."""

from __future__ import annotations

import dataclasses

import numpy as np
from numpy.typing import NDArray

from spectragui.core.spectral_axis import SPEED_OF_LIGHT_KMS, air_to_vacuum, vacuum_to_air
from spectragui.networks.spectrum_basis import SpectrumBasis
from spectragui.simulation.broadening import broadening_transfer
from spectragui.simulation.continuum_error import random_walk_error
from spectragui.simulation.doppler_shift import apply_transfer, velocity_frequencies
from spectragui.simulation.emulator import Emulator
from spectragui.simulation.extinction import dust_transmission
from spectragui.training.denoiser.config import DomainConfig
from spectragui.training.grids import SpectrumGrid

Floats = NDArray[np.float64]
N_KNOTS = 240
AT_ONCE = 250  # stars whose continua are in memory
SMOOTH_DEGREE = 4
#: Largest matrix whose eigenvectors are found directly; beyond it by subspace iteration.
MOST_DENSE = 6000
OVERSAMPLED, N_SUBSPACE_STEPS = 16, 6


@dataclasses.dataclass(frozen=True, eq=False)
class StarPool:
    """Noiseless stars as components of a basis.

    Attributes
    ----------
    labels : ndarray, shape (n, 7)
        teff [K], logg, m_h, alpha_m [dex], vmic, vsini [km/s], ebv [mag].
    lines : ndarray, shape (n, n_lines)
    level : ndarray, shape (n, n_level)
        Without calibration error, which is new in each epoch.
    """

    labels: Floats
    lines: Floats
    level: Floats

    def __len__(self) -> int:
        return len(self.labels)


@dataclasses.dataclass(frozen=True, eq=False)
class BasisBuilder:
    """The emulator's components at the resolution of the instrument, for several rotations.

    Attributes
    ----------
    emulator : Emulator
    config : DomainConfig
    wavelength_aa : ndarray, shape (n_points,)
        The emulator's grid, in vacuum, constant in ln wavelength.
    rotated : ndarray, shape (n_rotations, 1 + n_components, n_points)
        Mean and components, broadened.
    """

    emulator: Emulator
    config: DomainConfig
    wavelength_aa: Floats
    rotated: NDArray[np.float32]

    @classmethod
    def of(cls, emulator: Emulator, config: DomainConfig) -> BasisBuilder:
        """Broaden an emulator's components."""
        rows = np.concatenate([emulator.mean[None], emulator.basis])
        air = emulator.wavelength_aa
        vacuum = air_to_vacuum(air) if emulator.medium == "air" else air
        ends = np.log(vacuum[[0, -1]])
        wanted = (
            (ends[1] - ends[0]) * SPEED_OF_LIGHT_KMS / config.step_kms if config.step_kms else vacuum.size
        )
        even = np.exp(np.linspace(ends[0], ends[1], int(wanted)))
        rotated = []
        for vsini in config.vsini_knots:
            broad = broadened(rows, emulator.dv_kms, config.resolving_power, vsini)
            rotated.append(_on_even(broad, vacuum, even))
        return cls(emulator, config, even, np.stack(rotated))

    @property
    def dv_kms(self) -> float:
        """Step of the grid."""
        return float(np.log(self.wavelength_aa[1] / self.wavelength_aa[0]) * SPEED_OF_LIGHT_KMS)

    def line_flux(self, labels: Floats, vsini: Floats) -> NDArray[np.float32]:
        """Return normalised fluxes, shape (n, n_points)."""
        coefficients = self.emulator.coefficients(labels)
        one = np.concatenate([np.ones((len(labels), 1), np.float32), coefficients], axis=1)
        weights = rotation_weights(vsini, self.config.vsini_knots)
        flux = np.zeros((len(labels), self.wavelength_aa.size), np.float32)
        for number in range(len(self.rotated)):
            chosen = weights[:, number] > 0
            flux[chosen] += weights[chosen, number, None] * (one[chosen] @ self.rotated[number])
        return flux

    def log_level(self, labels: Floats, ebv: Floats, knots_aa: Floats) -> Floats:
        """Return ln continuum per frequency behind the dust, mean 0, shape (n, n_knots)."""
        emulator = self.emulator
        air = vacuum_to_air(knots_aa) if emulator.medium == "air" else knots_aa
        inside = np.clip(air, emulator.wavelength_aa[0], emulator.wavelength_aa[-1])
        place = np.log(inside / emulator.wavelength_aa[0]) * SPEED_OF_LIGHT_KMS / emulator.dv_kms
        step = max(1, emulator.n_pixels // 4000)
        grid = np.arange(0, emulator.n_pixels, step)
        rows = []
        for start in range(0, len(labels), AT_ONCE):  # a continuum has as many pixels as a spectrum
            flux = emulator.continuum(labels[start : start + AT_ONCE])[:, grid]
            rows += [np.interp(place, grid, row) for row in np.log(flux.astype(np.float64))]
        logarithm = np.stack(rows)
        logarithm += 2.0 * np.log(knots_aa)
        one = np.log(dust_transmission(knots_aa, 1.0))
        logarithm += np.asarray(ebv)[:, None] * one
        return np.asarray(logarithm - logarithm.mean(axis=1, keepdims=True))


def broadened(
    rows: NDArray[np.floating], dv_kms: float, resolving_power: float, vsini: float
) -> NDArray[np.float32]:
    """Return spectra at an instrument's resolution, for a rotation [km/s]."""
    frequencies, length = velocity_frequencies(rows.shape[-1], dv_kms)
    transfer = broadening_transfer(frequencies, vsini_kms=vsini, resolving_power=resolving_power)
    done = [apply_transfer(row.astype(np.float64), transfer, length) for row in rows]
    return np.asarray(np.stack(done), dtype=np.float32)


def rotation_weights(vsini: Floats, knots: tuple[float, ...]) -> Floats:
    """Return linear weights of rotations between knots, in v sin i squared, shape (n, n_knots)."""
    squares, place = np.square(knots), np.square(np.asarray(vsini, dtype=np.float64))
    return np.stack([np.interp(place, squares, row) for row in np.eye(len(knots))], axis=1)


def label_box(emulator: Emulator, config: DomainConfig) -> tuple[Floats, Floats]:
    """Return the lowest and highest labels of a domain's stars."""
    low, high = np.array([emulator.label_ranges[name] for name in emulator.label_names]).T
    teff = emulator.label_names.index("teff")
    low[teff], high[teff] = max(low[teff], config.teff[0]), min(high[teff], config.teff[1])
    return low, high


def draw_labels(
    emulator: Emulator, config: DomainConfig, count: int, generator: np.random.Generator
) -> Floats:
    """Draw labels evenly over the emulator's box, cool stars more often; shape (count, 7)."""
    low, high = label_box(emulator, config)
    drawn = generator.uniform(low, high, (count, low.size))
    cool = generator.uniform(size=count) < config.cool_part
    drawn[cool, 0] = generator.uniform(low[0], min(5000.0, high[0]), int(cool.sum()))
    slow = generator.uniform(size=count) < config.slow_part
    vsini = generator.uniform(0.0, np.where(slow, min(10.0, config.vsini_knots[-1]), config.vsini_knots[-1]))
    ebv = generator.uniform(0.0, config.ebv, count)
    return np.concatenate([drawn, vsini[:, None], ebv[:, None]], axis=1)


def build_basis(
    emulator: Emulator,
    config: DomainConfig,
    generator: np.random.Generator,
    grid: SpectrumGrid | None = None,
) -> tuple[SpectrumBasis, StarPool, BasisBuilder]:
    """Return the basis of a domain, and stars to train on.

    Parameters
    ----------
    emulator : Emulator
    config : DomainConfig
    generator : numpy.random.Generator
    grid : SpectrumGrid, optional
        Computed spectra that the components must hold too.
    """
    builder = BasisBuilder.of(emulator, config)
    labels = draw_labels(emulator, config, config.n_stars, generator)
    flux = builder.line_flux(labels[:, :5], labels[:, 5])
    if grid is not None:
        flux = np.concatenate([flux, _grid_flux(builder, grid)])
        known = np.zeros((len(grid), labels.shape[1]))
        known[:, :5] = grid.labels
        known[:, 6] = generator.uniform(0.0, config.ebv, len(grid))
        labels = np.concatenate([labels, known])
    knots = np.linspace(*config.window_aa, N_KNOTS)
    log_level, edges = _smooth_and_edges(builder.log_level(labels[:, :5], labels[:, 6], knots))
    # What is not smooth in a continuum, as the Paschen jump, moves with the star: it belongs to the lines.
    flux *= np.exp(np.stack([np.interp(builder.wavelength_aa, knots, row) for row in edges])).astype(
        np.float32
    )
    lines = _components(flux, config.n_lines)
    found = (flux - lines[0]) @ np.linalg.pinv(lines[1:])
    points = float(builder.wavelength_aa[0]), builder.dv_kms
    pool_lines = np.asarray(found, dtype=np.float64)
    basis, pool = with_level(lines, pool_lines, points, labels, (knots, log_level), config, generator)
    return basis, pool, builder


def with_level(
    lines: Floats,
    found: Floats,
    grid: tuple[float, float],
    labels: Floats,
    continua: tuple[Floats, Floats],
    config: DomainConfig,
    generator: np.random.Generator,
) -> tuple[SpectrumBasis, StarPool]:
    """Return a basis of some lines, with the level and the prior of stars; and the stars.

    Parameters
    ----------
    lines : ndarray, shape (1 + n_lines, n_points)
    found : ndarray, shape (n, n_lines)
        Of the stars.
    grid : (float, float)
        First point of the lines [Angstrom], step [km/s].
    labels : ndarray, shape (n, 7)
    continua : (ndarray, shape (n_knots,), ndarray, shape (n, n_knots))
        Wavelengths of the level's knots, ln continua of the stars.
    config : DomainConfig
    generator : numpy.random.Generator
    """
    knots, log_level = continua
    errors = calibration_errors(knots, len(labels), config.calibration_error, generator)
    level = _components(log_level + errors, config.n_level)
    inverse = np.linalg.pinv(level[1:])
    pool = StarPool(labels, found, (log_level - level[0]) @ inverse)
    return SpectrumBasis(*grid, lines, knots, level, *_prior(pool, errors @ inverse, config)), pool


def _prior(pool: StarPool, errors: Floats, config: DomainConfig) -> tuple[Floats, Floats, Floats]:
    """Return mean and factor of the prior of stars with calibration errors, and the z of typical ones."""
    both = np.concatenate([pool.lines, pool.level + errors], axis=1)
    mean = both.mean(axis=0)
    covariance = np.cov(both.T) * config.prior_width**2
    covariance += np.diag(1e-4 * np.diag(covariance))
    factor = np.linalg.cholesky(covariance)
    z = np.linalg.solve(factor, (both - mean).T).T
    return mean, np.asarray(factor, dtype=np.float64), z[_typical(pool.lines, config.n_templates)]


def stars_on(
    basis: SpectrumBasis, emulator: Emulator, config: DomainConfig, generator: np.random.Generator
) -> StarPool:
    """Return stars of a domain as components of a basis that is there already.

    Parameters
    ----------
    basis : SpectrumBasis
        Made from the same emulator.
    emulator : Emulator
    config : DomainConfig
        Says which stars, and how many.
    generator : numpy.random.Generator
    """
    builder = BasisBuilder.of(emulator, config)
    labels = draw_labels(emulator, config, config.n_stars, generator)
    flux = builder.line_flux(labels[:, :5], labels[:, 5])
    knots = basis.level_aa
    log_level, edges = _smooth_and_edges(builder.log_level(labels[:, :5], labels[:, 6], knots))
    flux *= np.exp(np.stack([np.interp(builder.wavelength_aa, knots, row) for row in edges])).astype(
        np.float32
    )
    wanted = basis.wavelength_aa
    if flux.shape[1] != wanted.size or abs(builder.wavelength_aa[0] / wanted[0] - 1.0) > 1e-9:
        flux = _on_even(flux, builder.wavelength_aa, wanted)
    found = (flux - basis.lines[0]) @ np.linalg.pinv(basis.lines[1:])
    level = (log_level - basis.level[0]) @ np.linalg.pinv(basis.level[1:])
    return StarPool(labels, np.asarray(found, dtype=np.float64), level)


def with_prior_of(
    basis: SpectrumBasis, pool: StarPool, config: DomainConfig, generator: np.random.Generator
) -> SpectrumBasis:
    """Return a basis with the prior, and the stars for velocities, of other stars than it was made from."""
    drawn = calibration_errors(basis.level_aa, len(pool), config.calibration_error, generator)
    mean, factor, templates = _prior(pool, drawn @ np.linalg.pinv(basis.level[1:]), config)
    return dataclasses.replace(basis, prior_mean=mean, prior_factor=factor, templates=templates)


def _smooth_and_edges(log_level: Floats) -> tuple[Floats, Floats]:
    """Split ln continua (n, n_knots) into a smooth polynomial of the wavelength and the rest."""
    curves = np.polynomial.legendre.legvander(np.linspace(-1.0, 1.0, log_level.shape[1]), SMOOTH_DEGREE)
    smooth = log_level @ np.linalg.pinv(curves).T @ curves.T
    return np.asarray(smooth, dtype=np.float64), np.asarray(log_level - smooth, dtype=np.float64)


def calibration_errors(knots_aa: Floats, count: int, peak: float, generator: np.random.Generator) -> Floats:
    """Draw ln of calibration errors that are at most ``peak``, mean 0, shape (count, n_knots)."""
    from spectragui.simulation.mock_observation import WAVES_OF_CALIBRATION

    if peak <= 0:
        return np.zeros((count, knots_aa.size))
    scale = 2.0 * (knots_aa[-1] - knots_aa[0]) / WAVES_OF_CALIBRATION
    drawn = [np.log(random_walk_error(knots_aa, peak, scale, generator)) for _ in range(count)]
    errors = np.stack(drawn)
    return np.asarray(errors - errors.mean(axis=1, keepdims=True))


def _components(rows: NDArray[np.floating], count: int) -> Floats:
    """Return the mean of rows and their first principal components, as (1 + count, n)."""
    mean = rows.mean(axis=0, dtype=np.float64)
    centred = (rows - mean).astype(np.float32)
    if min(centred.shape) > MOST_DENSE:
        basis = _leading_rows(centred, count)
    elif len(centred) < centred.shape[1]:
        _, vectors = np.linalg.eigh((centred @ centred.T).astype(np.float64))
        basis = vectors[:, ::-1][:, :count].T @ centred
    else:
        _, vectors = np.linalg.eigh((centred.T @ centred).astype(np.float64))
        basis = vectors[:, ::-1][:, :count].T
    basis = basis / np.linalg.norm(basis, axis=1, keepdims=True) * np.sqrt(rows.shape[1])
    return np.concatenate([mean[None], basis]).astype(np.float64)


def _leading_rows(centred: NDArray[np.float32], count: int) -> NDArray[np.float32]:
    """Return the leading right singular vectors of many rows, by subspace iteration (Halko et al. 2011)."""
    start = np.random.default_rng(0).standard_normal((len(centred), count + OVERSAMPLED), dtype=np.float32)
    for _ in range(N_SUBSPACE_STEPS):
        right, _ = np.linalg.qr((start.T @ centred).T)
        start, _ = np.linalg.qr(centred @ right)
    _, _, vectors = np.linalg.svd(start.T @ centred, full_matrices=False)
    return np.asarray(vectors[:count], dtype=np.float32)


def _grid_flux(builder: BasisBuilder, grid: SpectrumGrid) -> NDArray[np.float32]:
    """Return a grid's spectra at the instrument's resolution on the builder's points."""
    dv = float(np.log(grid.wavelength_aa[1] / grid.wavelength_aa[0]) * SPEED_OF_LIGHT_KMS)
    vacuum = air_to_vacuum(grid.wavelength_aa)
    flux = broadened(
        grid.normalised_flux(), dv, builder.config.resolving_power, builder.config.vsini_knots[0]
    )
    return _on_even(flux, vacuum, builder.wavelength_aa)


def _on_even(rows: NDArray[np.floating], at: Floats, wanted: Floats) -> NDArray[np.float32]:
    """Return rows at other wavelengths by cubics; ``at`` is nearly even in its logarithm."""
    from spectragui.core.numerics import interpolate_cubic

    place = np.interp(wanted, at, np.arange(at.size, dtype=np.float64))
    return np.stack([np.asarray(interpolate_cubic(row, place), dtype=np.float32) for row in rows])


def _typical(points: Floats, count: int) -> NDArray[np.intp]:
    """Return the indices of points that lie far from each other (farthest first search)."""
    scaled = points / points.std(axis=0).max()
    chosen = [int(np.argmin(np.square(scaled - scaled.mean(axis=0)).sum(axis=1)))]
    distance = np.square(scaled - scaled[chosen[0]]).sum(axis=1)
    while len(chosen) < count:
        chosen.append(int(np.argmax(distance)))
        distance = np.minimum(distance, np.square(scaled - scaled[chosen[-1]]).sum(axis=1))
    return np.array(chosen)
