"""Training on photometry as right: what is drawn, held out, delivered and calibrated, by hand."""

from __future__ import annotations

import dataclasses
from types import SimpleNamespace

import numpy as np
import pytest

from spectragui.core.photometry import PhotometricTable, band_set
from spectragui.networks.pdf_calibration import PdfCalibration, distance_from_flat, ranks
from spectragui.networks.photometry_network import (
    Output,
    PhotometryNetwork,
    photometry_input,
    soft_target,
)
from spectragui.training.config import TrainingConfig
from spectragui.training.photometry import run as photometry_run
from spectragui.training.photometry.config import BandAugmentation, CatalogueConfig, PhotometryConfig
from spectragui.training.photometry.data import augmented, make_sample, split_rows
from spectragui.training.photometry.measures import calibration_error, label_of, with_noise
from spectragui.training.photometry.probability_calibration import _exponent, _logistic

torch = pytest.importorskip("torch")
BANDS = band_set("alhambra")


def table(n: int = 300, error: float = 0.1, magnitude: float = 20.0, **reference) -> PhotometricTable:
    shape = (n, len(BANDS))
    known = {
        "star": np.zeros(n), "z": np.full(n, 0.5), "type": np.full(n, 2.0), "log_mass": np.full(n, 10.0),
        "m_abs_b": np.full(n, -20.0),
    } | reference  # fmt: skip
    return PhotometricTable(
        BANDS, np.arange(n).astype(str), np.full(shape, magnitude), np.full(shape, error),
        np.full(shape, np.nan), reference=known,
    )  # fmt: skip


def test_fluxes_and_errors_are_those_of_ab_magnitudes() -> None:
    flux, sigma = table(2, error=0.05, magnitude=23.9).fluxes()
    assert flux == pytest.approx(np.ones_like(flux), rel=1e-5)  # 23.9 mag is 1 uJy
    low, high = 10 ** (-0.4 * 0.05), 10 ** (0.4 * 0.05)
    assert sigma == pytest.approx(np.full_like(sigma, 0.5 * (high - low)), rel=2e-3)
    fainter = dataclasses.replace(table(1), magnitudes=np.full((1, len(BANDS)), np.nan))
    limited = dataclasses.replace(fainter, limits=np.full((1, len(BANDS)), 23.9))
    flux, sigma = limited.fluxes()
    assert flux.max() == 0.0 and sigma == pytest.approx(np.ones_like(sigma), rel=1e-5)
    assert np.isnan(fainter.fluxes()[0]).all()


def test_no_magnitude_is_surer_than_the_calibration() -> None:
    flux, sigma, seen = photometry_input(np.array([[1.0, 1.0, np.nan]]), np.array([[1e-4, 0.5, 0.1]]))
    assert sigma[0].tolist() == pytest.approx([0.012 * np.log(10.0) / 2.5, 0.5, 0.0], rel=1e-3)
    assert seen[0].tolist() == [1.0, 1.0, 0.0] and flux[0, 2] == 0.0


def test_a_fainter_copy_keeps_its_noise_and_moves_its_labels() -> None:
    sample = make_sample(table(4000, error=0.2))
    plain = BandAugmentation(fade_part=1.0, fade_mag=2.0, tilt=0.0, noise=0.0, drop_part=0.0)
    drawn = augmented(sample, plain, torch.Generator().manual_seed(1))
    dm = (drawn.magnitude - sample.magnitude).numpy()
    assert dm.min() >= 0.0 and dm.max() <= 2.0 and dm.mean() == pytest.approx(1.0, abs=0.05)
    # Fainter by dm: the light falls by 10^(-0.4 dm), the mass by 0.4 dm, the magnitude rises.
    assert (drawn.labels["log_mass"] - sample.labels["log_mass"]).numpy() == pytest.approx(
        -0.4 * dm, abs=1e-5
    )
    assert (drawn.labels["m_abs_b"] - sample.labels["m_abs_b"]).numpy() == pytest.approx(dm, abs=1e-5)
    assert (drawn.labels["log1p_z"] == sample.labels["log1p_z"]).all()
    k = 10 ** (-0.4 * dm)[:, None]
    off = (drawn.flux.numpy() - k * sample.flux.numpy())[:, :5]
    seen = drawn.flux.numpy()[:, :5] > 0.0
    own = np.sqrt(1.0 - k**2) * sample.sigma.numpy()[:, :5]
    bright = (k[:, 0] > 0.6) & seen.all(axis=1)  # none of them is lost in the noise
    assert (off / own)[bright].std() == pytest.approx(1.0, abs=0.05)
    assert (drawn.sigma == sample.sigma).all()


def test_more_noise_is_told() -> None:
    sample = make_sample(table(4000, error=0.05))
    noisy = BandAugmentation(fade_part=0.0, tilt=0.0, noise=1.5, drop_part=0.0)
    drawn = augmented(sample, noisy, torch.Generator().manual_seed(2))
    added = np.sqrt(drawn.sigma.numpy() ** 2 - sample.sigma.numpy() ** 2)
    changed = added[:, 0] > 0.02 * sample.sigma.numpy()[:, 0]
    pulls = ((drawn.flux - sample.flux).numpy() / np.where(added > 0, added, np.nan))[changed]
    assert np.nanstd(pulls) == pytest.approx(1.0, abs=0.03)


@pytest.mark.parametrize("factor", [1.5, 3.0])
def test_a_catalogue_with_more_noise_scatters_by_its_errors(factor: float) -> None:
    given = table(400, error=0.02)
    noisy = with_noise(given, factor, seed=3)
    flux, sigma = noisy.fluxes()
    old_flux, old_sigma = given.fluxes()
    assert np.nanmedian(sigma / old_sigma) == pytest.approx(factor, rel=0.02)
    scatter = np.nanstd((flux - old_flux) / old_sigma)
    assert scatter == pytest.approx(np.sqrt(factor**2 - 1.0), rel=0.03)  # what the catalogue has is in it


def test_parts_share_no_parent_and_have_their_shares() -> None:
    rng = np.random.default_rng(1)
    parent = rng.integers(400, size=3000).astype(float)
    star = (parent % 7 == 0).astype(float)
    config = CatalogueConfig(test_part=0.2, calibration_part=0.1, split_seed=4)
    rows = split_rows(table(3000, parent_id=parent, star=star), config)
    parts = {name: set(parent[index]) for name, index in rows.items()}
    assert not parts["train"] & parts["test"] and not parts["train"] & parts["calibration"]
    assert not parts["test"] & parts["calibration"]
    assert sum(len(index) for index in rows.values()) == 3000
    for name, share in (("test", 0.2), ("calibration", 0.1), ("train", 0.7)):
        assert len(parts[name]) / len(set(parent)) == pytest.approx(share, abs=0.03)
        stars = {one for one in parts[name] if one % 7 == 0}
        assert len(stars) / len({p for p in parent if p % 7 == 0}) == pytest.approx(share, abs=0.06)


def test_stars_teach_no_redshift() -> None:
    reference = {"star": np.array([0.0, 1.0]), "z": np.array([0.5, 0.5]), "type": np.array([5.0, 9.0])}
    sample = make_sample(table(2, **reference))
    assert sample.labels["log1p_z"].tolist() == pytest.approx([np.log(1.5), np.nan], nan_ok=True)
    assert sample.labels["spectral_type"].tolist() == pytest.approx([4.0, np.nan], nan_ok=True)
    assert sample.labels["p_star"].tolist() == [0.0, 1.0]
    assert np.isnan(label_of(table(2, **reference), "z")[1])


def test_the_validation_is_of_the_average_and_that_is_delivered(monkeypatch: pytest.MonkeyPatch) -> None:
    caught = {}

    def schedule(parts, config, batch_loss, validation_loss, callbacks, _resumed):
        with torch.no_grad():
            for weight in parts["model"].parameters():
                weight.fill_(100.0)
            first = validation_loss()
            for weight in parts["average"].parameters():
                weight.mul_(0.5)
            caught["losses"] = (first, validation_loss())

    monkeypatch.setattr(photometry_run, "run_schedule", schedule)
    shape = photometry_run.shape_of(PhotometryConfig(task="type"))
    network = PhotometryNetwork(shape)
    before = [weight.clone() for weight in network.parameters()]
    sample = make_sample(table(60, type=np.arange(60) % 5 + 1.0), ())
    found = photometry_run.train_network(
        network, sample, sample, BandAugmentation(), TrainingConfig(steps=1, batch=8)
    )
    first, second = caught["losses"]
    assert 0.5 < first < 20.0 and first != second  # not of the weights of 100
    for weight, given in zip(found.parameters(), before, strict=True):
        assert torch.allclose(weight, 0.5 * given)


def test_losses_are_cross_entropies() -> None:
    output = Output("log1p_z", 0.0, 1.0, 50)
    target = soft_target(torch.tensor([0.5, 0.11]), output, 1.5).numpy()
    assert target.sum(1) == pytest.approx([1.0, 1.0])
    mean = target @ output.centres
    assert mean == pytest.approx([0.5, 0.11], abs=1e-3)
    spread = np.sqrt(target @ output.centres**2 - mean**2) / output.width
    assert spread == pytest.approx([1.5, 1.5], rel=0.02)
    logits = torch.randn(2, 50, generator=torch.Generator().manual_seed(1))
    found = photometry_run._cross_entropy(logits, torch.tensor([0.5, 0.11]), output)
    by_hand = -(soft_target(torch.tensor([0.5, 0.11]), output, 0.6) * logits.log_softmax(1)).sum(1).mean()
    assert float(found) == pytest.approx(float(by_hand))
    two = Output("p_star", 0.0, 2.0, 2)
    sure = photometry_run._cross_entropy(torch.tensor([[0.0, np.log(3.0)]]), torch.tensor([1.0]), two)
    assert float(sure) == pytest.approx(-np.log(0.75), rel=1e-5)


def test_calibrations_find_what_was_wrong() -> None:
    rng = np.random.default_rng(2)
    raw = rng.normal(0.0, 2.0, 12_000)
    truth = rng.random(12_000) < 1.0 / (1.0 + np.exp(-(0.7 + 0.4 * raw)))
    logits = torch.from_numpy(np.stack([np.zeros_like(raw), raw], axis=1)).float()
    assert _logistic(logits, torch.from_numpy(truth.astype(np.float32))) == pytest.approx(
        [0.7, 0.4], abs=0.06
    )
    five = torch.from_numpy(rng.normal(0.0, 2.0, (8_000, 5))).float()
    p = (0.7 * five).softmax(1).numpy()
    drawn = (rng.random((len(p), 1)) > p.cumsum(1)).sum(1).clip(max=4)
    assert _exponent(five, torch.from_numpy(drawn)) == pytest.approx([0.7], abs=0.08)
    told = rng.random(20_000)
    assert calibration_error(told, rng.random(20_000) < told) < 0.02
    assert calibration_error(told, rng.random(20_000) < told**2) == pytest.approx(1 / 6, abs=0.02)


def test_a_blur_widens_by_its_variance_and_ranks_are_what_lies_below() -> None:
    p = np.zeros((1, 101))
    p[0, 50] = 1.0
    with np.errstate(divide="ignore"):
        log_p = np.log(np.maximum(p, 1e-30))
    for blur in (0.5, 1.0):
        how = PdfCalibration(np.array([0.0]), np.array([1.0]), np.array([blur]))
        found = how.apply(log_p, np.array([0.0]))[0]
        place = np.arange(101)
        assert np.sum(found * (place - 50) ** 2) == pytest.approx(blur**2, rel=1e-6)
    narrow = PdfCalibration(np.array([0.0]), np.array([2.0]), np.array([0.0]))
    gauss = np.exp(-0.5 * ((np.arange(101) - 50) / 8.0) ** 2)[None]
    sharper = narrow.apply(np.log(gauss), np.array([0.0]))[0]
    assert np.sum(sharper * (np.arange(101) - 50) ** 2) == pytest.approx(32.0, rel=0.01)  # half the variance
    flat = np.full((3, 10), 0.1)
    assert ranks(flat, np.array([0.0, 0.25, 0.9]), 0.0, 1.0) == pytest.approx([0.0, 0.25, 0.9])
    assert distance_from_flat((np.arange(1000) + 0.5) / 1000) == pytest.approx(0.0005, rel=0.01)
    assert distance_from_flat(np.full(1000, 0.5)) == pytest.approx(0.5, rel=0.01)


def test_numbers_of_a_redshift_probability_are_its_quantiles() -> None:
    from spectragui.inference.photometry.predict_photometry import _median
    from spectragui.inference.photometry.redshift_peaks import redshift_numbers

    high, n_bins = 1.0, 400
    centres = (np.arange(n_bins) + 0.5) * high / n_bins
    shape = np.exp(-0.5 * ((centres - 0.4) / 0.03) ** 2)
    second = np.exp(-0.5 * ((centres - 0.8) / 0.01) ** 2)
    both = 0.8 * shape / shape.sum() + 0.2 * second / second.sum()
    numbers = redshift_numbers(np.stack([shape / shape.sum(), both]).astype(np.float32), high)
    assert numbers.z[0] == pytest.approx(np.expm1(0.4), abs=2e-3)
    assert numbers.lower[0] == pytest.approx(np.expm1(0.37), abs=2e-3)  # one sigma to either side
    assert numbers.upper[0] == pytest.approx(np.expm1(0.43), abs=2e-3)
    assert numbers.odds[0] == pytest.approx(0.683, abs=0.02)  # within 0.03 in ln(1 + z)
    assert numbers.z_second[1] == pytest.approx(np.expm1(0.8), abs=5e-3)
    assert numbers.p_second[1] == pytest.approx(0.2, abs=0.01)
    output = Output("log_mass", 7.0, 12.0, 100)
    mass = np.exp(-0.5 * ((output.centres - 9.3) / 0.25) ** 2)
    found = _median((mass / mass.sum())[None].astype(np.float32), output)
    assert found["log_mass"][0] == pytest.approx(9.3, abs=0.01)
    assert found["e_log_mass"][0] == pytest.approx(0.25, rel=0.02)


def test_the_columns_of_a_redshift_are_made_of_its_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    from spectragui.inference.photometry import predict_photometry as module

    numbers = SimpleNamespace(
        z=np.array([0.5]), lower=np.array([0.4]), upper=np.array([0.7]), odds=np.array([0.8]),
        z_second=np.array([1.2]), p_second=np.array([0.3]),
    )  # fmt: skip
    monkeypatch.setattr(module, "redshift_numbers", lambda *_: numbers)
    output = SimpleNamespace(name="log1p_z", high=1.0)
    shape = SimpleNamespace(outputs=[output], morphology=())
    model = SimpleNamespace(
        shape=shape, logits=lambda *_: {"log1p_z": None}, probabilities=lambda *_: np.zeros((1, 3))
    )
    found = module._redshift(module._objects(table(1)), model)
    assert {name: float(values[0]) for name, values in found.items()} == pytest.approx(
        {"z": 0.5, "e_z": 0.15, "z_lower": 0.4, "z_upper": 0.7, "odds": 0.8, "z_second": 1.2, "p_second": 0.3}
    )


def test_a_label_by_its_probabilities_is_their_median_with_half_of_the_middle_two_thirds() -> None:
    from spectragui.inference.photometry.predict_photometry import _median

    output = SimpleNamespace(name="log_mass", low=8.0, width=0.1)
    even = np.full((1, 10), 0.1, np.float32)  # from 8 to 9
    sharp = np.zeros((1, 10), np.float32)
    sharp[0, 3] = 1.0
    for p, middle, error in ((even, 8.5, 0.5 * 0.682690), (sharp, 8.35, 0.05 * 0.682690)):
        found = _median(p, output)
        assert float(found["log_mass"][0]) == pytest.approx(middle, abs=1e-5)
        assert float(found["e_log_mass"][0]) == pytest.approx(error, rel=1e-4)
