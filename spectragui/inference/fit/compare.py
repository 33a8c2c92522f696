"""The spectrum that the emulator generates at some labels, on the data's pixels, and how well it fits."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from spectragui.core.labels import LabelSet
from spectragui.core.median import median
from spectragui.core.numerics import MAD_TO_SIGMA, interpolate_cubic
from spectragui.core.spectral_axis import SPEED_OF_LIGHT_KMS
from spectragui.inference.fit.model_error import physics_error
from spectragui.inference.fit.residual_features import ResidualFeature, largest_feature
from spectragui.inference.observation.edges import away_from_edges
from spectragui.inference.observation.observation import Observation, Segment
from spectragui.inference.opened_model import OpenedModel
from spectragui.inference.parameters.network_input import misfit_amplitude
from spectragui.inference.prediction import Comparison
from spectragui.simulation.broadening import broaden
from spectragui.simulation.emulator import Emulator
from spectragui.simulation.line_spread import added_power

POLYNOMIAL_SCALE_AA = 60.0  # one degree of the multiplicative polynomial for so many Angstrom
CLIP_SIGMA = 5.0
BLOCK_AA = 0.5
N_EDGES = 2  # places in a block where the fitted level is computed
FARTHEST_SCATTER = 8.0  # of the residuals' own: pixels further off are hits and lines that no model knows


@dataclasses.dataclass(frozen=True, eq=False)
class Misfit:
    """How well a generated spectrum fits, in numbers that noise alone does not change.

    Attributes
    ----------
    rchi2 : float
        See `reduced_chi2`.
    rchi2_noise : float
        The same in units of the noise alone.
    unexplained : float
        rms of the residual beyond the noise, in units of the continuum.
    noise : float
        rms of the data's own errors, in units of the continuum.
    signal : float
        rms of the generated spectrum's structure, in units of the continuum.
    correlation : float
        Of data and generated spectrum, the noise's share of the data's variance taken out.
    significance : float
        Square root of the chi2 that the generated lines take away from a smooth continuum.
    n_pixels : int
    feature : ResidualFeature
        The largest thing that the generated spectrum lacks.
    """

    rchi2: float
    rchi2_noise: float
    unexplained: float
    noise: float
    signal: float
    correlation: float
    significance: float
    n_pixels: int
    feature: ResidualFeature


def generate_on_pixels(observation: Observation, labels: LabelSet) -> list[NDArray[np.float64]]:
    """Generate the normalised spectrum at ``labels`` on the pixels of each segment.

    Parameters
    ----------
    observation : Observation
        Gives pixels, resolving power and the model whose emulator generates.
    labels : LabelSet
        Those of the emulator, and vsini, where known.

    Returns
    -------
    list of ndarray, shape (n_pixels,) each
    """
    emulator = observation.model.emulator
    given = {**usual_labels(labels, emulator), **dict(labels.values)}
    point = np.array([[given[name] for name in emulator.label_names]])
    flux = broaden(
        emulator.normalised_flux(point)[0],  # in single precision, as its coefficients are
        emulator.dv_kms,
        vsini_kms=given["vsini"],
        resolving_power=float(added_power(observation.resolving_power, emulator.resolving_power)),
    )
    step, first = emulator.dv_kms / SPEED_OF_LIGHT_KMS, emulator.wavelength_aa[0]
    return [
        interpolate_cubic(flux, np.log(segment.wavelength_aa / first) / step).astype(np.float64)
        for segment in observation.segments
    ]


def usual_labels(labels: LabelSet, emulator: Emulator) -> dict[str, float]:
    """Return what a star with these labels usually has where a label is not given."""
    middle = {name: 0.5 * sum(ends) for name, ends in emulator.label_ranges.items()}
    usual = {"vmic": 1.2, "vsini": 0.0}
    if "m_h" in labels:
        usual["alpha_m"] = float(np.clip(-0.4 * labels["m_h"], 0.0, 0.4))
    return {**middle, **usual}


def compare(observation: Observation, labels: LabelSet) -> tuple[Comparison, Misfit]:
    """Compare a spectrum with the one generated at ``labels``.

    Parameters
    ----------
    observation : Observation
    labels : LabelSet

    Returns
    -------
    Comparison, Misfit

    Notes
    -----
    Each segment of the data is divided by a polynomial (one degree per `POLYNOMIAL_SCALE_AA`) that
    fits data / generated best; pixels further off than `CLIP_SIGMA` do not count in it.
    """
    pieces = fitted_pieces(observation, generate_on_pixels(observation, labels), labels)
    return comparison_of(pieces, labels, observation.model), _misfit(pieces)


def comparison_at(
    observation: Observation,
    labels: LabelSet,
    generated: Sequence[NDArray[np.float64]] | None = None,
    levels: Sequence[NDArray[np.float64]] | None = None,
) -> Comparison:
    """Do the same without judging how well it fits.

    Parameters
    ----------
    observation : Observation
    labels : LabelSet
    generated : sequence of ndarray, shape (n_pixels,) each, optional
        `generate_on_pixels` of them, where it is known already.
    levels : sequence of ndarray, shape (n_pixels,) each, optional
        Likewise.
    """
    generated = generate_on_pixels(observation, labels) if generated is None else generated
    return comparison_of(fitted_pieces(observation, generated, labels, levels), labels, observation.model)


def reduced_chi2(residual_sigma: NDArray[np.float64], mask: NDArray[np.bool_]) -> float:
    """Return the reduced chi2 of a comparison: `spectragui.core.results.CHI2_WORDS` says what it is.

    Parameters
    ----------
    residual_sigma : ndarray, shape (n_pixels,)
        As in `Comparison`: in units of the noise and the physics' error in quadrature.
    mask : ndarray of bool, shape (n_pixels,)
        True = ignore; what is not finite does not count either.

    Returns
    -------
    float
        NaN where no pixel counts.
    """
    pull = residual_sigma[~mask & np.isfinite(residual_sigma)]
    return float(np.mean(np.square(pull[_is_near(pull)]))) if pull.size else float("nan")


def _is_near(pull: NDArray[np.float64]) -> NDArray[np.bool_]:
    limit = FARTHEST_SCATTER * max(MAD_TO_SIGMA * median(np.abs(pull)), 1.0)
    return np.asarray(np.abs(pull) < limit)


def physics_misfit(comparison: Comparison) -> float:
    """Return how badly the physics describes a star: 0 = noise explains all, 1 = as badly as the Sun."""
    good = ~comparison.mask
    residual = (comparison.observed - comparison.generated)[good]
    sigma = comparison.uncertainty[good]
    with np.errstate(divide="ignore", invalid="ignore"):
        total = residual / comparison.residual_sigma[good]
    physics = np.sqrt(np.maximum(np.square(total) - np.square(sigma), 0.0))
    return misfit_amplitude(residual, sigma, physics)


def fit_level(
    segment: Segment, generated: NDArray[np.float64], physics: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Fit the smooth ratio of data to generated spectrum, shape (n_pixels,), positive."""
    wavelength = segment.wavelength_aa
    length = float(wavelength[-1] - wavelength[0])
    degree = int(np.clip(round(length / POLYNOMIAL_SCALE_AA), 2, 16))
    usable = ~segment.mask & (generated > 0.05)
    if np.count_nonzero(usable) < 5 * (degree + 1):
        degree = 0
    # The polynomial hardly changes within a block: sums over blocks carry all that the fit needs.
    n_blocks = max(int(length / BLOCK_AA), degree + 1)
    block = np.minimum((n_blocks / length * (wavelength - wavelength[0])).astype(np.int64), n_blocks - 1)
    middles, basis, edges, edge_basis = _block_basis(n_blocks, degree)
    weight = 1.0 / np.hypot(segment.uncertainty, np.maximum(physics, 0.01))
    model, data = generated * weight, segment.flux * weight
    keep, coefficients = usable, np.eye(1, degree + 1)[0]
    x = 2.0 / length * (wavelength - wavelength[0]) - 1.0
    squared, crossed = np.square(model), model * data
    for _ in range(3):
        if np.count_nonzero(keep) <= degree + 1:
            break
        power = np.bincount(block, np.where(keep, squared, 0.0), n_blocks)
        cross = np.bincount(block, np.where(keep, crossed, 0.0), n_blocks)
        normal = basis.T @ (basis * power[:, None])
        normal += 1e-9 * np.trace(normal) * np.eye(degree + 1)
        coefficients = np.linalg.solve(normal, basis.T @ cross)
        # Between the middles of blocks a straight line tells well enough what is far off.
        off = np.abs(data - np.interp(x, middles, basis @ coefficients) * model)
        scale = max(MAD_TO_SIGMA * median(off[keep]), 1.0)
        before, keep = keep, usable & (off < CLIP_SIGMA * scale)
        if np.array_equal(before, keep):  # and so would be all that follows
            break
    level = np.interp(x, edges, edge_basis @ coefficients)
    return np.where(level > 0.05, level, 1.0)


@functools.lru_cache(maxsize=8)
def _block_basis(n_blocks: int, degree: int) -> tuple[NDArray[np.float64], ...]:
    """Return the middles of even blocks of -1 to 1 and Legendre's polynomials there; the same of their edges.

    A night has few of them.
    """
    middles = (2.0 * np.arange(n_blocks) + 1.0) / n_blocks - 1.0
    n_edges = N_EDGES * n_blocks  # between so many a straight line is as good as the polynomial
    edges = 2.0 * np.arange(n_edges + 1.0) / n_edges - 1.0
    of_middles, of_edges = (np.polynomial.legendre.legvander(x, degree) for x in (middles, edges))
    return middles, np.asarray(of_middles), edges, np.asarray(of_edges)


#: A segment, the generated spectrum, the physics' error and the fitted level, each on its pixels.
Piece = tuple[Segment, NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]


def fitted_pieces(
    observation: Observation,
    generated: Sequence[NDArray[np.float64]],
    labels: LabelSet,
    levels: Sequence[NDArray[np.float64]] | None = None,
) -> list[Piece]:
    """Put data and generated spectrum of each segment side by side, with the level between them.

    Parameters
    ----------
    observation : Observation
    generated : sequence of ndarray, shape (n_pixels,) each
        On the segments' pixels.
    labels : LabelSet
        Where the physics' error is taken.
    levels : sequence of ndarray, shape (n_pixels,) each, optional
        Known already; fitted where not given.
    """
    pieces = []
    for number, (segment, model) in enumerate(zip(observation.segments, generated, strict=True)):
        physics = physics_error(
            observation.model.patterns, segment.wavelength_aa, labels, observation.resolving_power
        )
        level = fit_level(segment, model, physics) if levels is None else levels[number]
        pieces.append((segment, model, physics, level))
    return pieces


def comparison_of(pieces: Sequence[Piece], labels: LabelSet, model: OpenedModel) -> Comparison:
    """Return what is plotted of data and generated spectrum."""
    columns: list[list[NDArray]] = [[], [], [], [], [], []]
    for number, (segment, flux, physics, level) in enumerate(pieces):
        observed, sigma = segment.flux / level, segment.uncertainty / level
        residual = (observed - flux) / np.hypot(sigma, physics)
        arrays = [segment.wavelength_aa, observed, sigma, flux, residual, segment.mask]
        if number:  # a gap, so that a plot does not join two segments
            gap = [segment.wavelength_aa[:1], *([np.array([np.nan])] * 4), np.array([True])]
            for column, value in zip(columns, gap, strict=True):
                column.append(value)
        for column, value in zip(columns, arrays, strict=True):
            column.append(value)
    wavelength, observed, sigma, generated, residual, mask = (np.concatenate(column) for column in columns)
    return Comparison(
        wavelength, observed, sigma, generated, residual, mask, labels, model.medium, str(model.path)
    )


def _evidence(segment: Segment, model: NDArray[np.float64], level: NDArray[np.float64]) -> NDArray[np.bool_]:
    observed, sigma = segment.flux / level, segment.uncertainty / level
    return away_from_edges(segment.wavelength_aa, observed, model, sigma, segment.mask)


def _feature(pieces: Sequence[Piece]) -> ResidualFeature:
    """Return the largest thing that the generated spectrum lacks, edges of the data left aside."""
    columns: list[list[NDArray[np.float64]]] = [[], [], []]
    for segment, model, physics, level in pieces:
        seen = _evidence(segment, model, level)
        if np.count_nonzero(seen) < np.count_nonzero(~segment.mask):  # what is left out has bent the level
            level = fit_level(dataclasses.replace(segment, mask=~seen), model, physics)
            seen &= _evidence(segment, model, level)
        observed, sigma = segment.flux / level, segment.uncertainty / level
        for column, values in zip(columns, (segment.wavelength_aa, observed - model, sigma), strict=True):
            column.append(values[seen])
    wavelength, residual, errors = (np.concatenate(column) for column in columns)
    return largest_feature(wavelength, residual, errors)


def _misfit(pieces: list[Piece]) -> Misfit:
    observed, sigma, model, physics = (
        np.concatenate(arrays)
        for arrays in zip(
            *(
                ((s.flux / level)[~s.mask], (s.uncertainty / level)[~s.mask], m[~s.mask], p[~s.mask])
                for s, m, p, level in pieces
            ),
            strict=True,
        )
    )
    residual = observed - model
    feature = _feature(pieces)
    total = np.hypot(sigma, physics)
    pull = residual / total
    usable = _is_near(pull)
    residual, sigma, model, observed, total = (a[usable] for a in (residual, sigma, model, observed, total))
    weight = 1.0 / (np.square(sigma) + 0.02**2)
    weight /= weight.sum()
    noise_variance = float(weight @ np.square(sigma))
    beyond = float(weight @ np.square(residual)) - noise_variance
    from_mean, model_from_mean = observed - float(weight @ observed), model - float(weight @ model)
    data_variance = float(weight @ np.square(from_mean))
    model_variance = float(weight @ np.square(model_from_mean))
    covariance = float(weight @ (from_mean * model_from_mean))
    clean = max(data_variance - noise_variance, 1e-2 * data_variance, 1e-12)
    smooth = np.square(from_mean / total) - np.square(residual / total)
    return Misfit(
        rchi2=reduced_chi2(pull, np.zeros(pull.shape, dtype=bool)),
        rchi2_noise=float(np.mean(np.square(residual / sigma))),
        unexplained=float(np.sqrt(max(beyond, 0.0))),
        noise=float(np.sqrt(noise_variance)),
        signal=float(np.sqrt(model_variance)),
        correlation=float(covariance / np.sqrt(max(model_variance, 1e-12) * clean)),
        significance=float(np.sign(smooth.sum()) * np.sqrt(abs(smooth.sum()))),
        n_pixels=int(residual.size),
        feature=feature,
    )
