"""Find a `SpectrumBasis` whose lines are sums of an emulator's components, for several rotations."""

from __future__ import annotations

import dataclasses

import numpy as np
from numpy.typing import NDArray

from spectragui.networks.mixed_lines import LineMixing
from spectragui.networks.spectrum_basis import SpectrumBasis
from spectragui.simulation.emulator import Emulator
from spectragui.training.denoiser.basis import (
    N_KNOTS,
    BasisBuilder,
    StarPool,
    draw_labels,
    rotation_weights,
    with_level,
)
from spectragui.training.denoiser.config import DomainConfig

Floats = NDArray[np.float64]


def build_mixed_basis(
    emulator: Emulator, config: DomainConfig, generator: np.random.Generator
) -> tuple[SpectrumBasis, StarPool]:
    """Return the basis of a domain and its stars.

    Parameters
    ----------
    emulator : Emulator
    config : DomainConfig
    generator : numpy.random.Generator

    Notes
    -----
    A star is x = (rotation weights) x (1, coefficients), its spectrum x R with the rotated rows R. With
    the covariance C of the stars and R R^T = L L^T, the eigenvectors z of L^T C L give the principal
    components y R of the spectra, y = C L z / eigenvalue: no spectrum of a star is ever made.
    """
    builder = BasisBuilder.of(emulator, config)
    labels = draw_labels(emulator, config, config.n_stars, generator)
    one = np.concatenate([np.ones((len(labels), 1)), emulator.coefficients(labels[:, :5])], axis=1)
    weights = rotation_weights(labels[:, 5], config.vsini_knots)
    stars = (weights[:, :, None] * one[:, None, :]).reshape(len(labels), -1)
    rows = builder.rotated.reshape(stars.shape[1], -1)
    n_points = rows.shape[1]
    products = (rows @ rows.T).astype(np.float64) / n_points
    mean = stars.mean(axis=0)
    covariance = np.cov(stars.T)
    own, axes = np.linalg.eigh(products)
    root = axes * np.sqrt(np.maximum(own, 0.0))
    values, vectors = np.linalg.eigh(root.T @ covariance @ root)
    chosen = np.argsort(values)[::-1][: config.n_lines]
    sums = (covariance @ root @ vectors[:, chosen] / values[chosen]).T
    sums /= np.sqrt(np.einsum("ji,ik,jk->j", sums, products, sums))[:, None]
    mixed = np.concatenate([mean[None], sums]).reshape(1 + len(sums), len(config.vsini_knots), -1)
    mixing = LineMixing(np.array(config.vsini_knots), mixed.transpose(1, 0, 2).astype(np.float32))
    lines = mixed.reshape(len(mixed), -1).astype(np.float32) @ rows
    found = (stars - mean) @ products @ sums.T
    knots = np.linspace(*config.window_aa, N_KNOTS)
    continua = knots, builder.log_level(labels[:, :5], labels[:, 6], knots)
    grid = float(builder.wavelength_aa[0]), builder.dv_kms
    basis, pool = with_level(lines.astype(np.float64), found, grid, labels, continua, config, generator)
    return dataclasses.replace(basis, mixing=mixing), pool
