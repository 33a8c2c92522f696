"""Factors of stated errors: true between their knots, by Teff, and found from many different stars."""

from __future__ import annotations

import dataclasses
from types import SimpleNamespace

import numpy as np
import pytest
from numpy.typing import NDArray

from spectragui.core.errors import ModelError
from spectragui.networks.conditions import encode_conditions
from spectragui.networks.error_calibration import ErrorCalibration
from spectragui.training.grids import SpectrumGrid
from spectragui.training.parameters.factor_fit import fit_factors, neighbours_of

torch = pytest.importorskip("torch")

from spectragui.training.config import Config, DataConfig, TrainingConfig  # noqa: E402 - after torch
from spectragui.training.parameters import calibration, run  # noqa: E402

EMPTY = ErrorCalibration(
    np.array([0.0, 1.0]),
    np.log10([30_000.0, 115_000.0]),
    np.array([0.0, 10.0, 30.0, 50.0]),
    np.log10([6.0, 10.0, 20.0, 40.0, 80.0, 160.0, 400.0]),
    np.ones((2, 2, 4, 7, 1)),
)


def seen(n_spectra: int, seed: int) -> calibration._Seen:
    """Errors that are too small by an amount that depends on v sin i, S/N, misfit and Teff."""
    rng = np.random.default_rng(seed)
    snr, vsini = 10.0 ** rng.uniform(0.8, 2.6, n_spectra), rng.uniform(0.0, 50.0, n_spectra)
    teff, misfit = rng.uniform(4000.0, 9000.0, n_spectra), 1.0 * (rng.random(n_spectra) < 0.5)
    wrong = 1.0 + 0.25 * np.log10(snr) + 0.6 * np.exp(-vsini / 10.0) + 0.4 * misfit + (teff > 7000.0)
    power = np.full(n_spectra, 60_000.0)
    per_root = snr / np.sqrt(299_792.458 / power / 2.5)
    conditions = encode_conditions(power, np.ones(n_spectra, dtype=bool), per_root, misfit)
    ratio = np.abs(rng.normal(size=(n_spectra, 1))) * wrong[:, None]
    return calibration._Seen(ratio, conditions, vsini, teff, np.ones(n_spectra))


def test_68_per_cent_lie_within_between_knots_and_at_every_teff() -> None:
    found = calibration._fitted(EMPTY, seen(12_000, 1))
    test = seen(20_000, 2)
    factors = found.factors_at(test.conditions, test.vsini_kms, None, test.teff)
    within = (test.ratio <= factors)[:, 0]
    assert within.mean() == pytest.approx(0.683, abs=0.015)
    for values, edges in (
        (test.vsini_kms, (0.0, 4.0, 10.0, 20.0, 40.0, 50.0)),
        (test.teff, (4000.0, 5000.0, 6500.0, 7500.0, 9000.0)),
        (test.conditions[:, 3], (0.0, 0.5, 1.5)),
    ):
        for low, high in zip(edges[:-1], edges[1:], strict=True):
            part = within[(values >= low) & (values < high)]
            assert part.mean() == pytest.approx(0.683, abs=0.05), (low, high)
    without = dataclasses.replace(found, log_teff=np.zeros(0), by_teff=np.zeros(0))
    hot = test.teff > 8000.0
    assert (test.ratio <= without.factors_at(test.conditions, test.vsini_kms))[hot].mean() < 0.6


def test_neighbours_pull_where_spectra_are_few() -> None:
    rng = np.random.default_rng(3)
    shares = np.zeros((2020, 3))
    shares[:1000, 0] = shares[1000:1020, 1] = shares[1020:, 2] = 1.0
    ratio = np.abs(rng.normal(size=(2020, 1)))
    ratio[1000:1020] *= 8.0
    factors = fit_factors(ratio, shares, neighbours_of((3,)))[:, 0]
    assert factors[[0, 2]] == pytest.approx(1.0, abs=0.1)
    assert 1.5 < factors[1] < 5.5  # eight is what twenty spectra alone would say
    assert {tuple(pair) for pair in neighbours_of((2, 2))} == {(0, 1), (2, 3), (0, 2), (1, 3)}
    assert {tuple(pair) for pair in neighbours_of((2, 2), first_axis=1)} == {(0, 1), (2, 3)}


def test_factors_by_teff_are_stored_and_checked() -> None:
    by_teff = np.array([[1.0], [2.0]])
    mine = dataclasses.replace(EMPTY, log_teff=np.log([4000.0, 9000.0]), by_teff=by_teff)
    again = ErrorCalibration.from_tensors(mine.to_tensors(), 1)
    spectra = seen(3, 1)
    teff = np.array([3000.0, 6000.0, 20_000.0])
    assert np.allclose(
        again.factors_at(spectra.conditions, spectra.vsini_kms, None, teff), [[1.0], [1.5], [2.0]]
    )
    assert np.allclose(again.factors_at(spectra.conditions, spectra.vsini_kms), 1.0)
    with pytest.raises(ModelError, match="of Teff does not fit together"):
        ErrorCalibration.from_tensors(dataclasses.replace(mine, by_teff=np.ones((3, 1))).to_tensors(), 1)


def grid_of(n_spectra: int, names: tuple[str, ...]) -> SpectrumGrid:
    rng = np.random.default_rng(n_spectra)
    labels = rng.uniform([2500.0, 4.0, -1.0], [3500.0, 5.5, 0.5], (n_spectra, 3))
    wave = np.exp(np.linspace(np.log(15_005.0), np.log(17_040.0), 64))
    flux = np.full((n_spectra, 64), 50_000, np.uint16)
    return SpectrumGrid(wave, flux, labels, np.arange(n_spectra), (), names)


def test_errors_are_calibrated_on_many_more_stars_than_kept(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    names = ("teff", "logg", "m_h")
    given: list[SpectrumGrid] = []

    def emulated(labels: NDArray[np.float64]) -> NDArray[np.float32]:
        return np.ones((len(labels), 64), np.float32)

    def computed(name: str, n_spectra: int, seed: int, needed: tuple[str, ...]) -> SpectrumGrid:
        assert seed not in (13, 14, 15)  # those of the grids themselves
        return grid_of(n_spectra, needed)

    monkeypatch.setattr(run, "ObservedGrid", lambda grid, *_: given.append(grid))
    monkeypatch.setattr(run, "calibrate_errors", lambda network, *_: network)
    monkeypatch.setattr(run, "computed_spectra", computed)
    emulator = SimpleNamespace(emulator=SimpleNamespace(normalised_flux=emulated))
    network = SimpleNamespace(grid=None, label_names=names, takes_pixels=False)
    training = TrainingConfig(calibration_spectra=500)
    for name in ("mine.npz", "data/grids/nir.npz"):
        data = DataConfig(grid=name, model_error="")
        run.calibrated(Config(data=data, training=training), network, grid_of(200, names), emulator)
    assert [len(grid) for grid in given] == [20 + 1200, 20 + 1200]
    assert len({grid.labels[:, 0].tobytes() for grid in given}) == 2
    for grid in given:  # the kept tenth comes first, and no star twice
        assert np.array_equal(grid.labels[:20], grid_of(200, names).labels[5::10])
        assert len(np.unique(grid.labels[:, 0])) == 1220 and len(np.unique(grid.index)) == 1220
