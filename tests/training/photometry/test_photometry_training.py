"""Training on photometry: the split, augmentation, calibration, folders, fine-tuning, rivals."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
import torch

from spectragui.core.errors import ModelError, SettingsError, TrainingError
from spectragui.core.model_folder import check_model, read_card
from spectragui.core.package_data import resource
from spectragui.core.photometry import PhotometricTable, band_set
from spectragui.inference.photometry.photometry_model import PhotometryModel
from spectragui.inference.sound_model import check_loads
from spectragui.networks.pdf_calibration import distance_from_flat, fit_calibration, ranks
from spectragui.networks.photometry_network import PhotometryNetwork
from spectragui.training.config import NetworkConfig, TrainingConfig
from spectragui.training.config_file import read_config
from spectragui.training.photometry.config import (
    BandAugmentation,
    CatalogueConfig,
    PhotometryConfig,
    fine_tuning_config,
)
from spectragui.training.photometry.data import (
    augmented,
    kept_bands,
    make_sample,
    split_rows,
    with_labels,
)
from spectragui.training.photometry.measures import with_bands, with_noise
from spectragui.training.photometry.polynomial_correction import fit_correction
from spectragui.training.photometry.run import (
    TrainingObjects,
    fine_tune,
    loss_of,
    shape_of,
    train_and_save,
    train_network,
)
from spectragui.training.photometry.template_fit import fit_templates, mean_templates
from spectragui.training.photometry.thesis_networks import (
    BY_CODE,
    BY_TEXT,
    predict_by_thesis,
    thesis_inputs,
    wrong_min_max,
)

BANDS = band_set("alhambra")


def toy_table(n=600, seed=0, n_parents=60):
    """Return objects whose break moves with redshift: a step at 4000 A (1 + z)."""
    random = np.random.default_rng(seed)
    parent = random.integers(n_parents, size=n)
    z = random.uniform(0.05, 1.0, n)
    edge = 4000.0 * (1.0 + z)
    strength = random.uniform(0.4, 0.8, n)
    shape = 1.0 - strength[:, None] / (1.0 + np.exp((BANDS.pivots_aa[None] - edge[:, None]) / 150.0))
    magnitude = random.uniform(19, 23, n)[:, None] - 2.5 * np.log10(shape)
    error = np.clip(10 ** (0.4 * (magnitude - 25.0)), 0.02, 0.5)
    star = (random.random(n) < 0.15).astype(float)
    size = np.where(star == 1, 4.0, 9.0) + random.normal(size=n)
    return PhotometricTable(
        BANDS,
        np.arange(n).astype(str),
        magnitude + error * random.normal(size=magnitude.shape),
        error,
        np.full_like(magnitude, np.nan),
        morphology={"fwhm": size},
        reference={
            "z": np.where(star == 1, np.nan, z),
            "star": star,
            "type": np.where(star == 1, 0.0, 1.0 + random.integers(5, size=n)),
            "log_mass": 10.0 + strength,
            "m_abs_b": -20.0 - strength,
            "parent_id": parent + 1000 * star,
        },
        file="toy.fits",
    )


def toy_config(folder, task="redshift", steps=40, **options):
    training = TrainingConfig(steps=steps, batch=64, learning_rate=2e-3, average=0.9, validate_every=20)
    network = NetworkConfig("residual", {"width": 32, "depth": 2, "n_bins": 60, "z_max": 1.5, **options})
    data = CatalogueConfig(test_part=0.1, calibration_part=0.2)
    return PhotometryConfig(output=str(folder), task=task, data=data, network=network, training=training)


def train_toy(folder, task="redshift", steps=40, n=600):
    config, table = toy_config(folder, task, steps), toy_table(n)
    torch.manual_seed(1)
    shape = shape_of(config)
    sample = make_sample(table, shape.morphology)
    rows = split_rows(table, config.data)
    train_and_save(config, shape, TrainingObjects(table, sample, rows), lambda fraction, message="": None)
    return folder


def test_all_rows_of_a_parent_are_in_one_part():
    table = toy_table()
    rows = split_rows(table, CatalogueConfig())
    parents = {part: set(table.reference["parent_id"][index].tolist()) for part, index in rows.items()}
    assert not parents["train"] & parents["test"] and not parents["train"] & parents["calibration"]
    assert not parents["test"] & parents["calibration"]
    assert sum(map(len, rows.values())) == len(table)
    again = split_rows(table, CatalogueConfig())
    assert all((rows[part] == again[part]).all() for part in rows)


def test_each_part_has_its_share_of_stars():
    table = toy_table(4000, n_parents=400)
    rows = split_rows(table, CatalogueConfig())
    shares = [float(np.mean(table.reference["star"][index])) for index in rows.values()]
    assert max(shares) - min(shares) < 0.08


def test_augmentation_keeps_what_it_must():
    sample = make_sample(toy_table(300))
    generator = torch.Generator().manual_seed(1)
    config = BandAugmentation(noise=1.0, fade_part=1.0, fade_mag=2.0, drop_part=0.5, tilt=0.05)
    changed = augmented(sample, config, generator)
    assert torch.equal(changed.labels["spectral_type"].isnan(), sample.labels["spectral_type"].isnan())
    assert torch.equal(changed.labels["log1p_z"].nan_to_num(), sample.labels["log1p_z"].nan_to_num())
    dm = changed.magnitude - sample.magnitude
    galaxy = ~sample.labels["m_abs_b"].isnan()
    assert torch.allclose(
        (changed.labels["m_abs_b"] - sample.labels["m_abs_b"])[galaxy], dm[galaxy], atol=1e-4
    )
    assert (changed.observed.sum(1) >= 4).all() and (changed.observed <= sample.observed).all()
    assert (changed.flux[changed.observed == 0] == 0).all() and (changed.flux >= 0).all()
    still = augmented(sample, BandAugmentation(0.0, 0.0, drop_part=0.0), generator, may_fade=False)
    assert torch.equal(still.observed, sample.observed)


def test_bands_are_lost_in_the_part_that_is_asked_for():
    kept = kept_bands(4000, 24, 0.3, torch.Generator().manual_seed(1))
    lost = (kept.sum(1) < 24).float().mean()
    assert 0.22 < float(lost) <= 0.3


def test_a_missing_band_says_nothing():
    table = toy_table(50)
    network = PhotometryNetwork(shape_of(toy_config("x")))
    sample = make_sample(with_bands(table, BANDS.names[:12]))
    network.fit_scaling(*(getattr(make_sample(table), n) for n in ("flux", "sigma", "observed")), None)
    other = dataclasses.replace(sample, flux=sample.flux + 7.0 * (1 - sample.observed))
    first = network(sample.flux, sample.sigma, sample.observed)
    assert torch.equal(first, network(other.flux * other.observed, other.sigma, other.observed))


@pytest.mark.parametrize("task", ["redshift", "stellarity", "mass", "type"])
def test_a_network_learns_and_its_folder_is_sound(tmp_path, task):
    folder = train_toy(tmp_path / f"toy-{task}", task)
    card = check_loads(folder)
    assert card.kind == "photometry" and card.training["held_out"].startswith("10 %")
    check_model(folder)
    model = PhotometryModel.load(folder)
    assert model.shape.task == task and sum(p.numel() for p in model.network.parameters()) < 50_000
    assert (read_config(folder / "train.toml")).task == task


def test_the_same_seed_gives_the_same_loss():
    config, table = toy_config("x"), toy_table(300)
    losses = []
    for _ in range(2):
        torch.manual_seed(3)
        sample = with_labels(make_sample(table, ()), ("log1p_z",))
        network = PhotometryNetwork(shape_of(config), 0.1)
        network.fit_scaling(sample.flux, sample.sigma, sample.observed, None)
        trained = train_network(network, sample, sample, config.augmentation, config.training)
        losses.append(float(loss_of(trained, sample).detach()))
    assert losses[0] == losses[1]


def test_fine_tuning_makes_a_new_model_that_predicts_better_there(tmp_path):
    base = train_toy(tmp_path / "base", steps=30)
    before = (base / "model.safetensors").read_bytes()
    table = toy_table(800, seed=7)
    folder = fine_tune(
        table, fine_tuning_config(tmp_path / "tuned", steps=150, learning_rate=2e-3), str(base)
    )
    assert (base / "model.safetensors").read_bytes() == before
    sample = with_labels(make_sample(table, ()), ("log1p_z",))
    old, new = (float(loss_of(PhotometryModel.load(f).network, sample).detach()) for f in (base, folder))
    assert new < old
    assert "fine-tuned" in read_card(folder).title
    with pytest.raises(TrainingError, match="not written over"):
        fine_tune(table, fine_tuning_config(base, steps=1), str(base))


def test_what_cannot_be_trained_is_said(tmp_path):
    table = toy_table(300)
    nothing = dataclasses.replace(table, reference={"z": np.full(300, np.nan)})
    base = str(train_toy(tmp_path / "base", steps=2))
    with pytest.raises(TrainingError, match="No object of the catalogue has log1p_z"):
        fine_tune(nothing, fine_tuning_config(tmp_path / "x", steps=1), base)
    few = table.rows(slice(0, 40))
    with pytest.raises(TrainingError, match="At least"):
        fine_tune(few, fine_tuning_config(tmp_path / "y", steps=1), base)


def test_a_configuration_with_an_unknown_task_or_network_is_refused(tmp_path):
    from spectragui.training.photometry.run import train_photometry

    config = toy_config(tmp_path)
    with pytest.raises(SettingsError, match="no task"):
        train_photometry(dataclasses.replace(config, task="colour"))
    with pytest.raises(TrainingError, match="no network"):
        train_photometry(dataclasses.replace(config, network=NetworkConfig("starnet")))


@pytest.mark.parametrize(
    ("entry", "value", "words"),
    [
        ("width", 10**7, "not possible"),
        ("depth", 0, "not possible"),
        ("width", 4096, "do not fit the network"),
        ("hidden", [4096] * 12, "do not fit the network"),
        ("task", "colour", "has not the outputs"),
        ("outputs", {"log1p_z": [1.0, 0.0, 10]}, "ends of log1p_z"),
        ("outputs", 3, "does not describe"),
        ("morphology", ["colour"], "not possible"),
        ("n_bands", "many", "does not describe"),
    ],
)
def test_a_hostile_card_ends_in_a_sentence(tmp_path, entry, value, words):
    from spectragui.core.model_folder import write_card

    folder = train_toy(tmp_path / "toy", steps=2)
    card = read_card(folder)
    write_card(dataclasses.replace(card, network={**card.network, entry: value}), folder)
    with pytest.raises(ModelError, match=words):
        check_loads(folder)


def test_calibration_makes_ranks_flat():
    random = np.random.default_rng(1)
    n, bins = 6000, 100
    centre = random.uniform(0.3, 0.7, n)
    value = centre + 0.03 * random.normal(size=n)
    grid = (np.arange(bins) + 0.5) / bins
    log_p = -0.5 * ((grid[None] - centre[:, None]) / 0.02) ** 2  # too sure of itself
    snr = random.uniform(1, 3, n)
    before = np.exp(log_p) / np.exp(log_p).sum(1, keepdims=True)
    found = fit_calibration(log_p[:3000], value[:3000], snr[:3000], 0.0, 1.0)
    after = found.apply(log_p[3000:], snr[3000:])
    assert distance_from_flat(ranks(before[3000:], value[3000:], 0, 1)) > 0.08
    assert distance_from_flat(ranks(after, value[3000:], 0, 1)) < 0.04


def test_the_polynomial_rises_and_is_not_used_outside_its_range():
    random = np.random.default_rng(1)
    expected = random.uniform(0.1, 2.0, 3000)
    predicted = 0.4 + 0.5 * expected + 0.1 * expected**2 + 0.02 * random.normal(size=3000)
    found = fit_correction(predicted, expected)
    shown = np.linspace(found.low, found.high, 300)
    assert (np.diff(found.apply(shown)) > 0).all() and 1 <= found.degree <= 9
    assert np.abs(found.apply(predicted) - expected).mean() < 0.25 * np.abs(predicted - expected).mean()
    outside = np.array([-3.0, 99.0])
    assert (found.apply(outside) == outside).all()


def test_the_networks_of_the_thesis_are_as_it_says():
    assert BY_TEXT["redshift"].hidden == (120,) and BY_TEXT["redshift"].epochs == 80
    assert BY_TEXT["stellarity"].hidden == (75, 500, 600) and BY_TEXT["stellarity"].activation == "relu"
    assert BY_TEXT["mass"].hidden == (120, 200, 50) and BY_TEXT["mass"].activation == "linear"
    assert BY_TEXT["type"].hidden == (120, 500) and BY_TEXT["type"].epochs == 10
    assert BY_CODE["stellarity"].hidden == (2, 3) and BY_CODE["redshift"].epochs == 150
    assert wrong_min_max(np.array([1.0, 2.0]), 1.0, 3.0).tolist() == [1.0, 1.5]


def test_the_networks_of_the_thesis_are_trained_on_what_it_reads():
    table = toy_table(200)
    magnitudes = table.magnitudes.copy()
    magnitudes[0, :2] = np.nan
    inputs = thesis_inputs(dataclasses.replace(table, magnitudes=magnitudes))
    assert inputs.shape == (200, 55) and inputs.max() <= 27 and inputs[0, 0] == 27  # 99 and -99 alike
    quick = dataclasses.replace(BY_TEXT["redshift"], epochs=2)
    z = np.nan_to_num(table.reference["z"], nan=0.5)
    assert np.isfinite(predict_by_thesis(quick, "redshift", inputs, z, inputs)).all()
    stars = dataclasses.replace(BY_CODE["stellarity"], epochs=1, train_part=1.0)
    p = predict_by_thesis(stars, "stellarity", inputs, table.reference["star"], inputs)
    assert p.shape == (200, 2) and np.allclose(p.sum(1), 1, atol=1e-5)


def test_the_template_fit_finds_redshifts_of_its_own_kind():
    table = toy_table(3000)
    galaxies = table.rows(table.reference["star"] == 0)
    templates = mean_templates(galaxies.rows(slice(0, 2000)))
    assert 12 <= len(templates.types) <= 30
    judged = galaxies.rows(slice(2000, 2200))
    z, _ = fit_templates(judged, templates, z_max=1.5)
    residual = np.abs(z - judged.reference["z"]) / (1 + judged.reference["z"])
    assert np.median(residual) < 0.05


def test_noise_and_bands_are_taken_as_they_would_be_observed():
    table = toy_table(2000)
    noisy = with_noise(table, 2.0)
    both = table.detected & noisy.detected & (table.errors < 0.1)
    assert np.median(noisy.errors[both] / table.errors[both]) == pytest.approx(2.0, rel=0.05)
    fewer = with_bands(table, BANDS.names[:6])
    assert fewer.observed.sum(1).max() == 6


@pytest.mark.parametrize("task", ["redshift", "stellarity", "mass", "type"])
def test_the_layers_of_the_thesis_are_presets_that_train(tmp_path, task):
    config = read_config(resource("training", f"paper-alhambra-{task}.toml"))
    assert config.network.name == "plain" and tuple(config.network.options["hidden"]) == BY_TEXT[task].hidden
    assert config.network.options["activation"] == BY_TEXT[task].activation
    config = dataclasses.replace(
        config,
        output=str(tmp_path / task),
        training=dataclasses.replace(config.training, steps=5),
        data=CatalogueConfig(calibration_part=0.2),
    )
    table, shape = toy_table(), shape_of(config)
    sample = make_sample(table, shape.morphology)
    rows = split_rows(table, config.data)
    folder = train_and_save(
        config, shape, TrainingObjects(table, sample, rows), lambda fraction, message="": None
    )
    assert PhotometryModel.load(folder).shape.hidden == BY_TEXT[task].hidden


def test_jpas_can_be_trained_from_its_configuration(tmp_path):
    config = read_config(resource("training", "jpas-redshift.toml"))
    shape = shape_of(config)
    assert shape.n_bands == 56 and shape.task == "redshift"
    assert PhotometryNetwork(shape).first.in_features == 56 * 5 + 1
