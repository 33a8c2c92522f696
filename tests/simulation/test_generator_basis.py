"""The basis of generated spectra: orthonormal, exact where it must be, small in a file."""

import numpy as np
import pytest

from spectragui.simulation.generator_basis import SpectralBasis, fit_basis, spline_matrix


def spectra(n, width, seed):
    rng = np.random.default_rng(seed)
    pixel = np.arange(900)
    flux = np.ones((n, 900))
    for centre in (100.0, 430.0, 470.0, 800.0):
        depth = rng.uniform(0.1, 0.7, (n, 1))
        flux -= depth * np.exp(-0.5 * ((pixel - centre) / (width * rng.uniform(0.9, 1.2, (n, 1)))) ** 2)
    return flux.astype(np.float32)


@pytest.fixture(scope="module")
def basis():
    both = np.concatenate([spectra(80, 25.0, 0), spectra(80, 2.0, 1)])
    return fit_basis(both, 10, 10, knot_step=6)


def test_the_vectors_are_orthonormal(basis):
    broad = (spline_matrix(900, basis.broad.shape[1]) @ basis.broad.T).T
    vectors = np.concatenate([broad, basis.sharp]).astype(float)
    assert np.abs(vectors @ vectors.T - np.eye(basis.n_vectors)).max() < 2e-4


@pytest.mark.parametrize("width", [25.0, 2.0])
def test_spectra_of_the_kind_come_back(basis, width):
    flux = spectra(20, width, 9)
    assert np.abs(basis.expand(basis.project(flux)) - flux).max() < 6e-3


def test_broad_spectra_need_broad_vectors_only(basis):
    coefficients = basis.project(spectra(20, 25.0, 9))
    coefficients[:, len(basis.broad) :] = 0.0
    assert np.abs(basis.expand(coefficients) - spectra(20, 25.0, 9)).mean() < 8e-3


def test_the_stored_basis_is_small_and_nearly_the_same(basis):
    tensors = basis.to_tensors()
    stored = SpectralBasis.from_tensors(tensors)
    flux = spectra(20, 2.0, 9)
    assert np.abs(stored.expand(basis.project(flux)) - flux).mean() < 5e-4
    assert sum(array.nbytes for array in tensors.values()) < 0.7 * (basis.broad.nbytes + basis.sharp.nbytes)
    assert stored.n_vectors == basis.n_vectors == 20


def test_what_is_not_represented_is_left_in_the_input():
    flux = spectra(60, 2.0, 3) + np.random.default_rng(0).normal(0, 0.01, (60, 900)).astype(np.float32)
    original = flux.copy()
    basis = fit_basis(flux, 6, 6)
    assert np.allclose(original - basis.expand(basis.project(original)), flux, atol=2e-4)
