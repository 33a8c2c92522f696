"""What is drawn for training: noise, broadening and labels against closed forms; never what is held out."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from spectragui.core.labels import STAR_LABELS
from spectragui.core.spectral_axis import SPEED_OF_LIGHT_KMS
from spectragui.networks.conditions import decode_conditions, encode_conditions
from spectragui.networks.input_grid import InputGrid
from spectragui.simulation.macroturbulence import (
    macroturbulence_profile,
    rotation_in_total,
    total_broadening,
)
from spectragui.simulation.noise import add_noise as add_photon_noise
from spectragui.simulation.noise import noise_sigma
from spectragui.simulation.rotation import rotation_profile, rotation_variance
from spectragui.training.config import BaseConfig, Config, DataConfig, TrainingConfig
from spectragui.training.grids import SpectrumGrid

torch = pytest.importorskip("torch")

from spectragui.simulation.batched import BatchedSimulator, BroadeningBatch  # noqa: E402 - after torch
from spectragui.training.parameters.augmentation import (  # noqa: E402
    AugmentationConfig,
    draw_broadening,
)
from spectragui.training.parameters.datasets import (  # noqa: E402
    add_noise,
    conditions_of,
    labels_of,
    sigma_per_root_kms,
)

STEP_KMS = 1.2
WAVE = 5000.0 * np.exp(np.arange(6000) * STEP_KMS / SPEED_OF_LIGHT_KMS)
MIDDLE = 3000
HELD_OUT = {0, 10, 20, 30}  # every tenth is for judging
CALIBRATION = {5, 15, 25, 35}  # every tenth from the fifth for the errors


@pytest.fixture(scope="module")
def simulator() -> BatchedSimulator:
    """One row with a continuum of 1, one with a line narrower than anything, of an area of 8 km/s."""
    velocity = (np.arange(WAVE.size) - MIDDLE) * STEP_KMS
    line = 8.0 / (2.0 * np.sqrt(2.0 * np.pi)) * np.exp(-0.5 * (velocity / 2.0) ** 2)
    rows = np.stack([np.ones(WAVE.size), 1.0 - line]).astype(np.float32)
    return BatchedSimulator(rows, WAVE, 1, 0, WAVE.size)


# Noise


@pytest.mark.parametrize("pixel_kms", [3.0, 6.0, 15.0])
def test_noise_is_that_of_detector_pixels(simulator: BatchedSimulator, pixel_kms: float) -> None:
    pixels = torch.full((8,), pixel_kms)
    noise = simulator.to_pixels(simulator.white_noise(pixels, torch.Generator().manual_seed(3))).numpy()
    # Independent in pixels of the detector, with a scatter of 1: what lies between them follows from them.
    assert noise.std() == pytest.approx(1.0, rel=0.03)
    power = np.mean(np.abs(np.fft.rfft(noise, axis=1)) ** 2, axis=0)
    frequency = np.fft.rfftfreq(noise.shape[1], STEP_KMS)
    inside = frequency < 0.46 / pixel_kms
    assert power[inside].sum() / power.sum() == pytest.approx(0.92, abs=0.02)


@pytest.mark.parametrize("level", [1.0, 0.25])
def test_noise_is_one_over_the_signal_to_noise(simulator: BatchedSimulator, level: float) -> None:
    snr, pixel = torch.tensor([20.0, 50.0, 200.0]), torch.full((3,), 6.0)
    flat = torch.full((3, WAVE.size), level)
    nothing = torch.ones_like(simulator.frequency)
    noisy = add_noise(simulator, flat, snr, pixel, nothing, torch.Generator().manual_seed(1))
    found = (noisy - flat).std(dim=1).numpy()
    assert found == pytest.approx(np.sqrt(level) / snr.numpy(), rel=0.08)  # photons: the root of the flux
    # The same noise in 1 km/s: a pixel of 6 km/s holds six of them.
    told = sigma_per_root_kms(flat, snr, pixel)[:, 0].numpy()
    assert told == pytest.approx(np.sqrt(level) / snr.numpy() * np.sqrt(6.0), rel=1e-5)
    conditions = conditions_of(torch.full((3,), 5e4), pixel, snr, torch.zeros(3), torch.ones(3).bool())
    power, snr_for = decode_conditions(conditions.numpy())
    assert power == pytest.approx(np.full(3, 5e4), rel=1e-3)
    usual_pixel = SPEED_OF_LIGHT_KMS / 5e4 / 2.5
    assert snr_for == pytest.approx(snr.numpy() * np.sqrt(usual_pixel / 6.0), rel=1e-3)


@pytest.mark.parametrize(("snr", "part"), [(40.0, 0.05), (40.0, 0.5), (7.0, 0.0)])
def test_photon_noise_has_the_median_that_is_told(snr: float, part: float) -> None:
    flux = np.linspace(0.1, 2.0, 4001)
    sigma = noise_sigma(flux, snr, part)
    assert np.median(flux / sigma) == pytest.approx(snr, rel=1e-9)
    # Photons and a constant: the variance is a line in the flux, its constant a part of it at the median.
    slope, constant = np.polyfit(flux, sigma**2, 1)
    at_median = constant + slope * np.median(flux)
    assert constant / at_median == pytest.approx(part, abs=1e-9)
    assert sigma**2 == pytest.approx(constant + slope * flux, rel=1e-9)
    pulls = (add_photon_noise(flux, sigma, np.random.default_rng(2)) - flux) / sigma
    assert pulls.std() == pytest.approx(1.0, rel=0.04)


# Broadening and labels


def moments(profile: np.ndarray, velocity: np.ndarray) -> tuple[float, float]:
    """Return the centre and the variance of a profile."""
    centre = np.sum(profile * velocity) / np.sum(profile)
    return float(centre), float(np.sum(profile * (velocity - centre) ** 2) / np.sum(profile))


def test_variances_of_rotation_and_macroturbulence_are_those_of_their_profiles() -> None:
    velocity = np.arange(-400.0, 400.0, 0.005)
    for limb in (0.0, 0.6, 1.0):
        _, variance = moments(rotation_profile(velocity, 30.0, limb), velocity)
        assert rotation_variance(limb) == pytest.approx(variance / 900.0, rel=1e-3)
    _, of_macro = moments(macroturbulence_profile(velocity, 8.0), velocity)
    _, of_rotation = moments(rotation_profile(velocity, 20.0), velocity)
    total = float(total_broadening(20.0, 8.0))
    _, of_total = moments(rotation_profile(velocity, total), velocity)
    assert of_total == pytest.approx(of_macro + of_rotation, rel=1e-3)
    assert float(rotation_in_total(total, 8.0)) == pytest.approx(20.0, rel=1e-6)


@pytest.mark.parametrize(
    ("vsini", "vmac", "shift", "power"),
    [(0.0, 0.0, 0.0, 2e4), (25.0, 0.0, 7.0, 5e4), (12.0, 9.0, -31.0, 1e5)],
)
def test_a_drawn_line_is_as_broad_as_its_label_says(
    simulator: BatchedSimulator, vsini: float, vmac: float, shift: float, power: float
) -> None:
    pixel = 4.0
    one = [torch.tensor([value]) for value in (vsini, vmac, shift, power, pixel)]
    how = BroadeningBatch(*one)
    flux = simulator.to_pixels(simulator.gather(torch.tensor([1])) * simulator.transfer(how))[0].numpy()
    velocity = (np.arange(WAVE.size) - MIDDLE) * STEP_KMS
    near = np.abs(velocity - shift) < 90.0
    centre, variance = moments((1.0 - flux)[near], velocity[near])
    assert centre == pytest.approx(shift, abs=0.15)
    star = np.zeros((1, 2))
    (total,) = labels_of(star, how, ("teff", "logg"), ("vsini",))[0]
    lines = 2.0**2 + (SPEED_OF_LIGHT_KMS / power / 2.3548) ** 2 + pixel**2 / 12.0
    assert variance == pytest.approx(lines + rotation_variance() * total**2, rel=0.02)
    assert np.sum((1.0 - flux)[near]) * STEP_KMS == pytest.approx(8.0, rel=0.01)  # its area stays


def test_labels_are_those_of_the_star_in_the_order_that_is_wanted() -> None:
    star = np.array([[5000.0, 4.5, -0.3], [6000.0, 3.5, 0.1]])
    how = BroadeningBatch(*(torch.tensor([v, v]) for v in (3.0, 0.0, 0.0, 1e5, 3.0)))
    found = labels_of(star, how, ("teff", "logg", "m_h"), ("m_h", "vsini", "teff"))
    assert found == pytest.approx(np.array([[-0.3, 3.0, 5000.0], [0.1, 3.0, 6000.0]]))


def test_velocities_scatter_by_their_error_and_the_lines_width() -> None:
    config = AugmentationConfig(
        resolving_power_min=30_000.0, resolving_power_max=30_000.0, velocity_error_kms=0.4,
        velocity_error_part=0.05, vsini_max_kms=120.0,
    )  # fmt: skip
    drawn = draw_broadening(config, 20_000, torch.Generator().manual_seed(5))
    width = np.sqrt((SPEED_OF_LIGHT_KMS / 30_000.0) ** 2 + 2.0 * drawn.vsini_kms.numpy() ** 2 + 50.0)
    for low, high in ((0.0, 14.0), (14.0, 25.0), (60.0, 250.0)):
        chosen = (width >= low) & (width < high)
        expected = np.sqrt(0.4**2 + (0.05 * np.median(width[chosen])) ** 2)
        assert drawn.velocity_kms.numpy()[chosen].std() == pytest.approx(expected, rel=0.08)
    slow = drawn.vsini_kms.numpy() < 15.0
    assert slow.mean() == pytest.approx(0.5, abs=0.02)
    assert drawn.vsini_kms.max() <= 120.0
    per_fwhm = SPEED_OF_LIGHT_KMS / 30_000.0 / drawn.pixel_kms.numpy()
    assert per_fwhm.min() >= 2.0 and per_fwhm.max() <= 3.5


# What is held out


def whole_grid(n: int = 40) -> SpectrumGrid:
    rng = np.random.default_rng(0)
    labels = rng.uniform([4000, 1, -2, 0, 0], [7000, 5, 0.5, 0.5, 4], (n, 5))
    return SpectrumGrid(WAVE, np.full((n, WAVE.size), 40_000, np.uint16), labels, np.arange(n))


class Drawn(Exception):  # noqa: N818 - it is the answer
    """What would be trained on."""


def told_of(index: Any) -> None:
    raise Drawn(set(np.asarray(index).tolist()))


def test_no_stream_draws_what_is_held_out(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from spectragui.training.denoiser.config import DomainConfig
    from spectragui.training.denoiser.run import training_grid
    from spectragui.training.fine_tuning import rehearsal
    from spectragui.training.generator import run as generator_run
    from spectragui.training.generator.config import GeneratorConfig
    from spectragui.training.parameters import run

    wanted = set(range(40)) - HELD_OUT - CALIBRATION
    emulator = SimpleNamespace(label_names=STAR_LABELS, wavelength_aa=WAVE)
    model = SimpleNamespace(emulator=emulator)
    monkeypatch.setattr(run, "SpectrumStream", lambda model, grid, *_: told_of(grid.index))
    with pytest.raises(Drawn) as drawn:
        run.make_stream(Config(data=DataConfig(model_error="")), whole_grid(), model)
    assert drawn.value.args[0] == wanted
    monkeypatch.setattr(run, "ObservedGrid", lambda grid, *_: told_of(grid.index))
    monkeypatch.setattr(run, "open_model", lambda *_: model)
    network = SimpleNamespace(grid=None, label_names=STAR_LABELS, takes_pixels=False)
    with pytest.raises(Drawn) as drawn:
        few = TrainingConfig(calibration_spectra=len(CALIBRATION))  # none of the emulator beside them
        config = Config(data=DataConfig(model_error=""), training=few)
        run.finish_model(config, network, whole_grid(), tmp_path)
    assert drawn.value.args[0] == CALIBRATION
    monkeypatch.setattr(rehearsal, "find_file", lambda name: name)
    monkeypatch.setattr(rehearsal, "read_grid", lambda *_: whole_grid())
    found, is_emulated = rehearsal._old_grid(DataConfig(grid="g"), emulator)
    assert set(found.index) == wanted and not is_emulated
    monkeypatch.setattr(generator_run, "load_emulator", lambda *_: emulator)
    monkeypatch.setattr(generator_run, "GeneratorStream", lambda *a, **_more: told_of(a[1].index))
    with pytest.raises(Drawn) as drawn:
        generator_run.make_stream(GeneratorConfig(), whole_grid(), with_elements=False)
    assert drawn.value.args[0].isdisjoint(HELD_OUT | {1, 11, 21, 31})
    grid = whole_grid()
    np.savez(
        tmp_path / "g.npz", wave=grid.wavelength_aa, flux=grid.flux, labels=grid.labels,
        label_names=np.array(STAR_LABELS),
    )  # fmt: skip
    known = training_grid(DomainConfig(grid=str(tmp_path / "g.npz"), teff=(3000.0, 8000.0)))
    assert set(known.index) == set(range(40)) - HELD_OUT
    emulated = rehearsal.SpectrumGrid(WAVE, grid.flux, grid.labels, np.arange(40) * 10 + 1)
    assert not set(emulated.for_training().index % 10) & {0, 5}


def test_folds_are_trained_without_their_own_stars(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from spectragui.training.fine_tuning import tuning_run

    stars = np.repeat(np.arange(12), 3)
    parts = np.array(["training"] * 18 + ["validation"] * 9 + ["test"] * 9)
    seen = []

    def members(self, training, validation, *_args, **_more):
        seen.append((training.copy(), validation.copy()))
        return ()

    calls = []
    monkeypatch.setattr(tuning_run.TuningRun, "_members", members)
    monkeypatch.setattr(tuning_run.TuningRun, "network", lambda self, members: None)
    monkeypatch.setattr(
        tuning_run, "apply_network", lambda network, inputs: (inputs[:, None], inputs[:, None])
    )
    monkeypatch.setattr(tuning_run, "calibrated_on", lambda network, *columns: calls.append(columns))
    rows = np.arange(36)
    inputs = SimpleNamespace(
        rows=rows,
        labels=rows[:, None],
        select=lambda chosen: SimpleNamespace(
            inputs=rows[chosen].astype(float), labels=rows[chosen][:, None]
        ),
    )
    data = SimpleNamespace(stars=stars, parts=tuple(parts))
    config = Config(base=BaseConfig(folds=4), training=TrainingConfig(seed=2))
    start = SimpleNamespace(members=())
    one = tuning_run.TuningRun(config, data, inputs, start, None, ())
    one.calibrate(None, tmp_path, False, lambda *_: None)
    assert len(seen) == 4
    left_out = np.zeros(36, dtype=int)
    for training, validation in seen:
        assert not set(stars[training]) & set(stars[validation])
        assert not (training | validation)[parts == "test"].any()
        left_out += validation
    assert left_out.tolist() == [1] * 27 + [0] * 9  # each star that may be looked at, once
    ((_, _, labels),) = calls
    assert sorted(labels[:, 0]) == list(range(27))
    one.train(tmp_path, False, lambda *_: None)
    training, validation = seen[-1]
    assert (parts[training] == "training").all() and (parts[validation] == "validation").all()


def test_a_part_of_the_rate_is_used_on_a_base_model_alone() -> None:
    from spectragui.training.fine_tuning.tuning_run import TuningRun

    config = Config(base=BaseConfig(learning_rate_factor=0.2), training=TrainingConfig(learning_rate=3e-3))
    for base, rate in ((object(), 6e-4), (None, 3e-3)):
        one = TuningRun(config, None, None, SimpleNamespace(base=base), None, ())
        assert one._schedule(2).learning_rate == pytest.approx(rate)
        assert one._schedule(2).seed == config.training.seed + 2000


def test_observed_spectra_get_the_noise_that_their_conditions_say() -> None:
    from spectragui.networks.conditions import SNR_CENTRE, SNR_SCALE
    from spectragui.networks.parameter_network import NetworkInput
    from spectragui.training.fine_tuning.observed_stream import ObservedInputs, ObservedStream

    grid = InputGrid(5000.0, 4.0, 2048, 900.0)
    n = 400
    told = encode_conditions(np.full(n, 4e4), np.ones(n, bool), np.full(n, 30.0), np.zeros(n))
    flat = np.zeros((n, 2048), np.float32)
    parts = ObservedInputs(
        NetworkInput(flat, np.ones_like(flat), told), np.zeros((n, 1)), np.arange(n), np.ones(n)
    )
    stream = ObservedStream(grid, parts, parts, np.arange(n), AugmentationConfig())
    flux, conditions = stream._with_noise(
        torch.ones(n, 2048), torch.from_numpy(told), torch.Generator().manual_seed(3)
    )
    before, after = (10.0 ** (c[:, 2] * SNR_SCALE + SNR_CENTRE) for c in (told, conditions.numpy()))
    worse = before / after
    assert np.mean(worse > 1.001) == pytest.approx(0.5, abs=0.08) and worse.max() <= 5.001
    sigma = np.sqrt((1.0 / after) ** 2 - (1.0 / before) ** 2) / np.sqrt(
        4.0
    )  # variances add up; 4 km/s a pixel
    scatter = (flux - 1.0).std(dim=1).numpy()
    noisy = worse > 1.05
    assert scatter[noisy] / sigma[noisy] == pytest.approx(np.ones(noisy.sum()), abs=0.12)
    assert scatter[worse < 1.001].max(initial=0.0) < 1e-3


def test_stars_are_drawn_alike_however_often_they_were_observed() -> None:
    from spectragui.networks.parameter_network import NetworkInput
    from spectragui.training.fine_tuning.observed_stream import ObservedInputs, ObservedStream

    grid = InputGrid(5000.0, 4.0, 256, 900.0)
    stars = np.array([0] * 8 + [1, 2])
    flat = np.zeros((10, 256), np.float32)
    told = encode_conditions(np.full(10, 4e4), np.ones(10, bool), np.full(10, 30.0), np.zeros(10))
    parts = ObservedInputs(
        NetworkInput(flat, np.ones_like(flat), told), stars[:, None].astype(float), np.arange(10), np.ones(10)
    )
    stream = ObservedStream(grid, parts, parts, stars, AugmentationConfig())
    labels = stream.draw(3000, torch.Generator().manual_seed(1)).labels[:, 0]
    assert [np.mean(labels == star) for star in range(3)] == pytest.approx([1 / 3] * 3, abs=0.04)


def test_pixels_of_a_denoiser_get_the_noise_of_their_night(monkeypatch: pytest.MonkeyPatch) -> None:
    from spectragui.training.denoiser import pixel_stream

    caught: dict[str, np.ndarray] = {}

    def augment(flux, sigma, wavelength, config, rng):
        caught.update(flux=flux, sigma=sigma)
        return SimpleNamespace(input=flux, target=flux)

    monkeypatch.setattr(pixel_stream, "augment", augment)
    n_pixels, star = 50, np.linspace(0.5, 1.5, 50)
    per_flux, background, level = 40.0, 900.0, 12.0
    stream = pixel_stream.PixelStream.__new__(pixel_stream.PixelStream)
    stream._config = SimpleNamespace(domain=SimpleNamespace(fastest_kms=10.0), augmentation=None)
    stream._sky = SimpleNamespace(
        draw=lambda n, rng: (
            np.full(n, level),
            np.full((n, n_pixels), per_flux),
            np.full((n, n_pixels), background),
        )
    )
    stream._pool = type(
        "Pool", (), {"__len__": lambda s: 1, "lines": np.zeros((1, 2)), "level": np.zeros((1, 1))}
    )()
    stream._mean, stream._inverse, stream.wavelength_aa = np.zeros(3), np.eye(3), np.arange(50.0)
    stream._solver = SimpleNamespace(
        flux=lambda state: torch.from_numpy(np.tile(star, (len(state), 1))).float()
    )
    stream.draw(3, np.random.default_rng(1))
    assert np.median(caught["flux"], axis=1) == pytest.approx(np.full(3, 0.5), rel=1e-6)
    electrons = level * star / np.median(star) * per_flux
    relative = np.sqrt(electrons + background) / electrons  # photons of the star and of all else
    assert caught["sigma"] / caught["flux"] == pytest.approx(np.tile(relative, (3, 1)), rel=1e-5)


# How labels are drawn, and what is measured on the way


def test_stars_like_the_sun_are_drawn_more_often() -> None:
    from spectragui.training.label_sampling import draw_stellar_labels, star_weights

    labels = np.array([
        [4201.0, 4.0, -0.99], [6999.0, 4.0, 0.3], [4199.0, 4.0, 0.0], [7001.0, 4.0, 0.0],
        [5500.0, 4.0, -1.01],
    ])  # fmt: skip
    names = ("teff", "logg", "m_h")
    assert star_weights(labels, 5.0, names).tolist() == [5.0, 5.0, 1.0, 1.0, 1.0]
    rng = np.random.default_rng(3)
    known = rng.uniform([3500.0, 1.0, -2.0], [8500.0, 5.0, 0.5], (600, 3))
    drawn = draw_stellar_labels(known, 4000, 5.0, rng, names)
    inside = [np.mean(star_weights(one, 5.0, names) == 5.0) for one in (known, drawn)]
    odds = [part / (1.0 - part) for part in inside]
    assert 2.5 < odds[1] / odds[0] < 6.0  # five times as often, but for what the jitter carries over


def test_measures_of_labels_by_hand() -> None:
    from spectragui.training.parameters.metrics import (
        biases,
        coverage_of_errors,
        error_factors,
        mean_absolute_errors,
    )
    from spectragui.training.parameters.model_comparison import figures_of_merit

    rng = np.random.default_rng(1)
    true = rng.normal(size=(20_000, 2))
    predicted = true + rng.normal([0.3, 0.0], [1.0, 3.0], true.shape)
    sigma = np.tile([2.0, 1.5], (20_000, 1))
    assert error_factors(predicted - [0.3, 0.0], sigma, true) == pytest.approx([0.5, 2.0], rel=0.02)
    assert coverage_of_errors(predicted - [0.3, 0.0], sigma / 2.0, true) == pytest.approx(
        [0.683, 0.197], abs=0.01
    )
    assert biases(predicted, true) == pytest.approx([0.3, 0.0], abs=0.06)
    assert mean_absolute_errors(true + [2.0, -3.0], true) == pytest.approx([2.0, 3.0])
    found = figures_of_merit(np.array([1.0, 2.0, 6.0]), np.array([0.0, 2.0, 4.0]))
    assert found == pytest.approx(
        {"MAE": 1.0, "MSE": 5 / 3, "RMSE": (5 / 3) ** 0.5, "R2": 0.375, "bias": 1.0}
    )


def test_errors_of_labels_on_the_way() -> None:
    from spectragui.networks.conditions import LabelScaling
    from spectragui.training.callbacks import TrainingState
    from spectragui.training.fine_tuning.label_errors import LabelErrors

    scaling = LabelScaling(("logg", "m_h"), (0.0, 0.0), (2.0, 1.0))
    true = np.array([[1.0, np.nan], [2.0, 0.5], [4.0, 0.0]])
    off = np.array([[0.1, 9.0], [-0.3, 0.2], [0.5, -0.2]])
    output = torch.from_numpy(
        np.concatenate([(np.nan_to_num(true) + off) / [2.0, 1.0], np.zeros((3, 2))], axis=1)
    )

    class Told(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.weight = torch.nn.Parameter(torch.zeros(1))

        def forward(self, *_inputs: Any) -> Any:
            return output

    batch = SimpleNamespace(
        flux=torch.zeros(1), is_used=torch.zeros(1), conditions=torch.zeros(1), labels=true
    )
    state = TrainingState()
    LabelErrors(SimpleNamespace(draw_validation=lambda *_: batch), scaling).on_validation_end(
        state, {"average": Told(), "generator": None}
    )
    assert state.label_errors["logg"] == pytest.approx([0.3, 0.1, np.std([0.1, -0.3, 0.5])], abs=1e-4)
    assert state.label_errors["m_h"] == pytest.approx([0.2, 0.0, 0.2], abs=1e-4)


def test_alarms_are_reached_by_as_many_stars_as_they_may() -> None:
    from spectragui.inference.denoise.alarms import Alarms
    from spectragui.training.denoiser.denoiser_calibration import FALSE_ALARMS, alarms_from, error_calibration

    rng = np.random.default_rng(7)
    n = 4000
    proofs = [
        SimpleNamespace(
            chi2=chi2, whiteness=whiteness, surprise=surprise, velocity_gain=gain, velocity_contrast=contrast,
            sharpness=sharp, regions=[SimpleNamespace(significance=region)],
            lines=[SimpleNamespace(misfit_sigma=line)],
        )
        for chi2, whiteness, surprise, gain, contrast, sharp, region, line in zip(
            rng.normal(size=n), rng.uniform(size=n), rng.exponential(size=n), 50 * rng.exponential(size=n),
            10 * rng.exponential(size=n), rng.normal(size=n), 4 + rng.exponential(size=n), rng.normal(size=n),
            strict=True,
        )
    ]  # fmt: skip
    limits = alarms_from(proofs, Alarms())
    beyond = {
        "chi2": np.mean([p.chi2 > limits.chi2 for p in proofs]),
        "whiteness": np.mean([p.whiteness < 10.0**-limits.whiteness for p in proofs]),
        "surprise": np.mean([p.surprise > limits.surprise for p in proofs]),
        "velocity_gain": np.mean([p.velocity_gain < limits.velocity_gain for p in proofs]),
        "velocity_contrast": np.mean([p.velocity_contrast < limits.velocity_contrast for p in proofs]),
        "sharpness": np.mean([abs(p.sharpness) > limits.sharpness for p in proofs]),
        "region": np.mean([p.regions[0].significance > limits.region for p in proofs]),
        "line": np.mean([abs(p.lines[0].misfit_sigma) > limits.line for p in proofs]),
    }
    for name, part in beyond.items():
        assert part == pytest.approx(FALSE_ALARMS[name], abs=2.0 / n), name
    # Errors widened so that 68.27 % of the pixels lie within them.
    expected = np.exp(rng.uniform(np.log(1e-3), np.log(1e-2), 400))
    knots, values = error_calibration(expected, np.abs(rng.standard_cauchy(size=(400, 200))))
    assert np.exp(values) == pytest.approx(np.full(values.size, np.tan(0.5 * np.pi * 0.6827)), rel=0.06)
    assert (np.diff(knots) > 0).all()


def test_cuts_at_their_limits() -> None:
    from spectragui.training.data_sets.cuts import Cut, apply_cuts

    values = np.array([1.9, 2.0, 2.1, np.nan])
    kept = {
        "at_least": [0, 1, 1, 0], "at_most": [1, 1, 0, 0], "above": [0, 0, 1, 0], "below": [1, 0, 0, 0],
        "equal_to": [0, 1, 0, 0], "unlike": [1, 0, 1, 0],
    }  # fmt: skip
    for what, expected in kept.items():
        found, (loss,) = apply_cuts({"SNR": values}, 4, [Cut("one", ("SNR",), ((what, 2.0),))])
        assert found.astype(int).tolist() == expected, what
        assert loss.n_alone == loss.n_further == 4 - sum(expected)
    both = Cut("all", ("A", "B"), (("above", 0.0),), all_columns=True)
    first = dataclasses.replace(both, all_columns=False)
    columns = {"A": np.array([1.0, 1.0, -1.0]), "B": np.array([1.0, -1.0, 1.0])}
    assert apply_cuts(columns, 3, [both])[0].tolist() == [True, False, False]
    assert apply_cuts(columns, 3, [first])[0].tolist() == [True, True, False]
    _, losses = apply_cuts(columns, 3, [first, both])
    assert [(one.n_alone, one.n_further) for one in losses] == [(1, 1), (2, 1)]
