"""Many spectra at once: what each of them gives alone, one that fails beside them, other axes among them."""

from __future__ import annotations

import numpy as np
import pytest

from spectragui.core.errors import ModelError
from spectragui.core.kept_bytes import forget_kept
from spectragui.inference.denoise import denoiser
from spectragui.inference.denoise.denoise_batch import denoise_batch
from spectragui.inference.denoise.denoise_spectrum import denoise_spectrum
from spectragui.inference.denoise.denoiser import open_denoiser
from spectragui.inference.denoise.denoising_result import Denoised
from tests.inference.test_denoise import GIANT, observed


def test_a_batch_gives_what_each_spectrum_gives_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    many = [
        observed(GIANT, snr, v_rad, seed=seed)[0] for seed, (snr, v_rad) in enumerate(((20, 0.0), (9, 300.0)))
    ]
    bare = many[0].replace(uncertainty=None)
    half = many[1].select(slice(0, 3000))
    faint = observed(GIANT, 0.8)[0]
    sizes, estimate = [], denoiser.Denoiser.estimate
    monkeypatch.setattr(
        denoiser.Denoiser,
        "estimate",
        lambda self, wave, flux, *a, **k: (
            sizes.append(np.atleast_2d(flux).shape[0]),
            estimate(self, wave, flux, *a, **k),
        )[1],
    )
    found = denoise_batch([*many, bare, half, faint])
    assert sizes[0] == 3  # those of one axis went through the network together
    assert isinstance(found[-1], ModelError) and "too little to denoise" in str(found[-1])
    for spectrum, together in zip([*many, bare, half], found, strict=False):
        alone = denoise_spectrum(spectrum)
        assert isinstance(together, Denoised)
        good = alone.spectrum.good  # type: ignore[union-attr]
        assert np.allclose(together.spectrum.flux[good], alone.spectrum.flux[good], rtol=2e-4)  # type: ignore[union-attr]
        assert np.allclose(together.spectrum.uncertainty[good], alone.spectrum.uncertainty[good], rtol=0.02)  # type: ignore[union-attr]
        assert together.verdict.reasons == alone.verdict.reasons
        assert together.row["v_rad"] == pytest.approx(alone.row["v_rad"], abs=0.3)


def test_covariances_of_tiny_fluxes_are_not_lost() -> None:
    """Squares of single-precision numbers below 1e-19 are zero."""
    noisy, _ = observed(GIANT, 20.0)
    assert noisy.uncertainty is not None
    tiny = noisy.replace(flux=noisy.flux * 1e-30, uncertainty=noisy.uncertainty * 1e-30)
    usual, small = denoise_spectrum(noisy), denoise_spectrum(tiny)
    assert small.snr_after == pytest.approx(usual.snr_after, rel=1e-3)
    assert np.allclose(small.spectrum.uncertainty * 1e30, usual.spectrum.uncertainty, rtol=1e-3)  # type: ignore[union-attr]


def test_the_basis_on_few_axes_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each takes up to 150 MB: a program that denoises files of many instruments does not keep them all."""
    solvers = denoiser._solvers
    forget_kept()
    model = open_denoiser("pfs-dae")
    axes = [np.linspace(7100.0 + i, 8850.0, 400) for i in range(4)]
    first = model.solver(axes[0])
    assert model.solver(axes[0]) is first
    assert solvers.n_bytes == first.n_bytes > first.table.nbytes > 10e6
    monkeypatch.setattr(solvers, "most_bytes", int(2.5 * first.n_bytes))
    for axis in axes[1:]:
        newest = model.solver(axis)
    assert len(solvers) == 2
    assert model.solver(axes[-1]) is newest
    assert model.solver(axes[0]) is not first
    forget_kept()
    assert not len(solvers)
    assert not solvers.n_bytes
