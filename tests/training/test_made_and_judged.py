"""What trainings are made of and judged by, by hand: parts that are held out, components, shares."""

from __future__ import annotations

import dataclasses
import math
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from spectragui.networks.denoising_autoencoder import CorrectionMember  # noqa: E402 - after torch
from spectragui.simulation.emulator import label_features  # noqa: E402
from spectragui.training.config import TrainingConfig  # noqa: E402
from spectragui.training.denoiser import correction  # noqa: E402
from spectragui.training.denoiser.basis import (  # noqa: E402
    _components,
    _smooth_and_edges,
    _typical,
    calibration_errors,
    rotation_weights,
)
from spectragui.training.emulator import run as emulator_run  # noqa: E402
from spectragui.training.emulator.emulator_grid import Grid  # noqa: E402
from spectragui.training.emulator.files import EmulatorConfig  # noqa: E402
from spectragui.training.fine_tuning.forgetting import Forgetting  # noqa: E402
from spectragui.training.fine_tuning.old_against_new import (  # noqa: E402
    Judged,
    _judged,
    change_interval,
    compared_labels,
    score,
)
from spectragui.training.fine_tuning.rehearsal import _labels_of, draw_rehearsal  # noqa: E402
from spectragui.training.generator import losses  # noqa: E402
from spectragui.training.generator.data import Coefficients  # noqa: E402
from spectragui.training.generator.files import Scales  # noqa: E402
from spectragui.training.grids import SpectrumGrid  # noqa: E402
from spectragui.training.parameters.noise_patterns import _shares, read_errors  # noqa: E402
from spectragui.training.parameters.observing_cases import (  # noqa: E402
    CASES,
    SLOW_CASES,
    _one_stretch,
    cases_within,
    usual_cases,
)
from spectragui.training.photometry.polynomial_correction import fit_correction  # noqa: E402

NAMES = ("teff", "logg", "m_h", "alpha_m", "vmic")


def test_a_grid_falls_into_three_parts() -> None:
    index = np.array([0, 1, 4, 5, 6, 9, 10, 15, 20, 25, 31])
    grid = SpectrumGrid(
        np.arange(3.0), np.full((11, 3), 25_000, np.uint16), index[:, None].astype(float), index
    )
    assert grid.held_out().index.tolist() == [0, 10, 20]
    assert grid.for_validation().index.tolist() == [5, 15, 25]
    assert grid.for_training().index.tolist() == [1, 4, 6, 9, 31]
    assert grid.for_training().labels[:, 0].tolist() == [1.0, 4.0, 6.0, 9.0, 31.0]
    assert (grid.normalised_flux() == 0.5).all()


def made_grid(n: int = 40, n_pixels: int = 30) -> Grid:
    rng = np.random.default_rng(0)
    labels = np.column_stack(
        [rng.uniform(4012.0, 6980.0, n), *(rng.uniform(low, 0.93, n) for low in (0.14, -1.0, -0.1, 0.5))]
    )
    flux = 1.0 - 0.1 * rng.random((n, n_pixels)).astype(np.float32)
    continuum = rng.normal(0.0, 0.1, (n, 12))
    wave = np.exp(np.linspace(np.log(5000.0), np.log(5010.0), n_pixels))
    return Grid(wave, flux, continuum, np.arange(12) * 2, labels, np.arange(n) % 10 == 0, NAMES)


def test_an_emulator_sees_nothing_of_what_is_held_out() -> None:
    config = EmulatorConfig(n_steps=3, n_components=6, n_continuum_components=4, n_kernel_trials=0, n_large=2)
    grid = made_grid()
    first = emulator_run.train_emulator(grid, config)
    flux, continuum, labels = grid.flux.copy(), grid.log_continuum.copy(), grid.labels.copy()
    flux[grid.held_out] = 0.3
    continuum[grid.held_out] += 2.0
    labels[grid.held_out] = labels[~grid.held_out].mean(axis=0)
    other = dataclasses.replace(grid, flux=flux, log_continuum=continuum, labels=labels)
    second = emulator_run.train_emulator(other, config)
    for name in first.keys() - {"label_ranges"}:
        np.testing.assert_array_equal(first[name], second[name], err_msg=name)
    features = label_features(labels[~grid.held_out], NAMES)
    np.testing.assert_allclose(first["feature_mean"], features.mean(axis=0), rtol=1e-6)
    np.testing.assert_allclose(first["feature_scale"], features.std(axis=0), rtol=1e-6)
    np.testing.assert_allclose(first["mean"], grid.flux[~grid.held_out].mean(axis=0), rtol=1e-6)
    low, high = first["label_ranges"].T
    assert (low <= grid.labels.min(axis=0)).all() and (high >= grid.labels.max(axis=0)).all()
    assert (np.abs(low - grid.labels.min(axis=0)) < [50.0, 0.1, 0.1, 0.1, 0.1]).all()
    assert low[0] % 50.0 == 0.0 and high[0] % 50.0 == 0.0
    step = math.log(5010.0 / 5000.0) / 29
    np.testing.assert_allclose(first["wavelength_grid"], [math.log(5000.0), step], rtol=1e-9)


def test_components_are_the_leading_singular_vectors() -> None:
    rng = np.random.default_rng(1)
    values = (rng.normal(size=(20, 4)) * [9.0, 5.0, 3.0, 1.0]) @ rng.normal(size=(4, 50)) + 2.0
    mean, basis = emulator_run.principal_components(values.astype(np.float32), 3)
    _, _, vectors = np.linalg.svd(values - values.mean(axis=0), full_matrices=False)
    np.testing.assert_allclose(mean, values.mean(axis=0), rtol=1e-5)
    np.testing.assert_allclose(np.abs(np.sum(basis * vectors[:3], axis=1)), 1.0, atol=1e-3)
    mixed = np.array([[1.0, 0.5, 0.0], [0.0, 2.0, 0.3]]) @ basis
    skew = basis * [[1.0], [2.0], [0.5]] + 0.3 * basis[::-1]
    np.testing.assert_allclose(emulator_run.project(mixed, skew) @ skew, mixed, atol=1e-4)
    for rows in (values, values.T):  # fewer rows than pixels, and more
        found = _components(rows, 3)
        _, _, vectors = np.linalg.svd(rows - rows.mean(axis=0), full_matrices=False)
        assert found.shape == (4, rows.shape[1])
        np.testing.assert_allclose(found[0], rows.mean(axis=0), rtol=1e-6)
        np.testing.assert_allclose(np.sqrt(np.mean(np.square(found[1:]), axis=1)), 1.0, rtol=1e-5)
        along = np.abs(np.sum(found[1:] * vectors[:3], axis=1)) / math.sqrt(rows.shape[1])
        np.testing.assert_allclose(along, 1.0, atol=1e-3)


def test_levels_are_split_and_stars_lie_apart() -> None:
    x = np.linspace(-1.0, 1.0, 240)
    jump = np.where(x > 0.2, 0.3, 0.0)
    smooth, edges = _smooth_and_edges(np.stack([0.2 * x + 0.1 * x**3, 0.2 * x + jump]))
    np.testing.assert_allclose(smooth + edges, np.stack([0.2 * x + 0.1 * x**3, 0.2 * x + jump]), atol=1e-12)
    np.testing.assert_allclose(edges[0], 0.0, atol=1e-9)
    assert np.ptp(edges[1]) > 0.15
    points = np.array([[0.0, 0.0], [10.0, 0.0], [0.1, 0.0], [-9.0, 0.0], [0.0, 1.0]])
    assert _typical(points, 3).tolist() == [2, 1, 3]


def test_rotations_are_interpolated_in_their_squares() -> None:
    knots = (0.0, 12.0, 25.0, 40.0)
    found = rotation_weights(np.array([0.0, 12.0, 20.0, 40.0]), knots)
    share = (400.0 - 144.0) / (625.0 - 144.0)
    expected = [[1, 0, 0, 0], [0, 1, 0, 0], [0, 1 - share, share, 0], [0, 0, 0, 1]]
    np.testing.assert_allclose(found, expected, atol=1e-12)


def test_errors_of_a_calibration_keep_to_their_limit() -> None:
    knots = np.linspace(7100.0, 8850.0, 240)
    drawn = calibration_errors(knots, 60, 0.02, np.random.default_rng(0))
    assert drawn.shape == (60, 240)
    np.testing.assert_allclose(drawn.mean(axis=1), 0.0, atol=1e-12)
    assert 0.005 < np.abs(drawn).max() < 0.045  # one that is 2 % off at one end has its mean taken away
    assert not calibration_errors(knots, 3, 0.0, np.random.default_rng(0)).any()


def test_the_physics_error_is_shared_between_stars_by_their_temperature() -> None:
    teff = torch.tensor([7000.0, 5772.0, 5029.0, 4286.0, 3757.0, 3228.0, 2500.0])
    hot, middle, cool = (share.numpy() for share in _shares(teff, np.array([5772.0, 4286.0, 3228.0])))
    np.testing.assert_allclose(hot, [1, 1, 0.5, 0, 0, 0, 0], atol=1e-6)
    np.testing.assert_allclose(middle, [0, 0, 0.5, 1, 0.5, 0, 0], atol=1e-6)
    np.testing.assert_allclose(cool, [0, 0, 0, 0, 0.5, 1, 1], atol=1e-6)
    (alone,) = _shares(teff, np.array([3228.0]))
    assert (alone == 1.0).all()


def test_errors_of_reference_stars_are_the_hottest_first(tmp_path) -> None:
    wave = np.linspace(5000.0, 5001.0, 11)
    seen = np.where(np.arange(11) < 8, 0.02, np.nan)
    np.savez(tmp_path / "e.npz", wave=wave, gj699=np.full(11, 0.03), sun=seen)
    found = read_errors(tmp_path / "e.npz", np.array([4999.0, 5000.3, 5000.95]))
    assert list(found) == ["sun", "gj699"]
    np.testing.assert_allclose(found["sun"], [np.nan, 0.02, np.nan])
    np.testing.assert_allclose(found["gj699"], [np.nan, 0.03, 0.03])


def test_cases_are_cut_to_what_a_model_serves() -> None:
    assert usual_cases((1000.0, 115_000.0), 300.0) == list(CASES)
    assert [case.name for case in usual_cases((20_000.0, 115_000.0), 59.0)] == [c.name for c in SLOW_CASES]
    found = cases_within(CASES, (30_000.0, 80_000.0), 20.0)
    assert CASES[4].name not in [case.name for case in found]  # R 1000-20,000
    assert CASES[5].name not in [case.name for case in found]  # v sin i 30-300
    assert {case.resolving_power for case in found} == {(30_000.0, 80_000.0)}
    assert {case.vsini_kms for case in found} == {(0.0, 20.0)}
    assert len(found) == len(CASES) - 2
    used = _one_stretch(torch.zeros(300, 400), 0.25, torch.Generator().manual_seed(0))
    assert ((used.sum(1) >= 99) & (used.sum(1) <= 101)).all()
    assert (used.diff(dim=1).abs().sum(1) <= 2).all()  # one stretch each
    np.testing.assert_allclose(used.mean(0)[150:250], 1.0 / 3.0, atol=0.1)  # 0.25 of 0.75 starts
    assert _one_stretch(torch.zeros(3, 40), 1.0, torch.Generator().manual_seed(0)).all()


def test_labels_of_an_emulator_and_of_a_rehearsal_stand_in_their_order() -> None:
    labels = np.array([[5777.0, 4.4, -0.3, 0.1, 1.2], [4100.0, 1.5, 0.2, 0.0, 2.0]])
    np.testing.assert_allclose(_labels_of(label_features(labels, NAMES), NAMES), labels)

    class Stream:
        labels = ("teff", "vsini", "logg")
        drawn: list[int] = []

        def draw(self, count: int, generator: torch.Generator) -> Any:
            self.drawn.append(count)
            rows = np.tile([5000.0, 7.0, 4.0], (count, 1))
            values = torch.rand(count, 4, generator=generator)
            return SimpleNamespace(labels=rows, flux=values, is_used=values > 0.5, conditions=values[:, :2])

    old: Any = SimpleNamespace(stream=Stream())
    found = draw_rehearsal(old, ("logg", "m_h", "teff"), 40, seed=3)
    assert Stream.drawn == [40]
    np.testing.assert_array_equal(found.labels, np.tile([4.0, np.nan, 5000.0], (40, 1)))
    assert torch.equal(found.flux, draw_rehearsal(old, ("teff",), 40, seed=3).flux)
    assert not torch.equal(found.flux, draw_rehearsal(old, ("teff",), 40, seed=4).flux)


def test_a_comparison_by_hand() -> None:
    true, sigma = np.array([0.0, 2.0, 4.0, 10.0]), np.array([1.0, 0.5, 2.0, 0.1])
    found = score(np.array([1.0, 1.0, 4.0, 10.5]), sigma, true)
    assert found.n == 4 and found.mae == pytest.approx(2.5 / 4)
    assert found.rmse == pytest.approx(math.sqrt(2.25 / 4)) and found.bias == pytest.approx(0.25)
    assert found.r2 == pytest.approx(1.0 - 2.25 / 56.0)
    assert found.coverage == 0.5  # 1 of 1.0 is inside
    rng = np.random.default_rng(0)
    change, stars = rng.normal(0.3, 1.0, 200), np.arange(200)
    low, high = change_interval(change, stars, seed=1)
    half = 1.96 * change.std() / math.sqrt(200)
    np.testing.assert_allclose([low, high], [change.mean() - half, change.mean() + half], atol=0.12 * half)
    # Each spectrum four times: no more is known.
    np.testing.assert_allclose(change_interval(np.repeat(change, 4), np.repeat(stars, 4), 1), (low, high))
    none = np.zeros(60)
    names = np.arange(60)
    for error, word in ((0.5, "better"), (2.0, "worse"), (1.0, "no significant change")):
        off = np.where(names % 2, 1.0, -1.0)
        old, new = (Judged((one * off)[:, None], np.ones((60, 1)), none > 0) for one in (1.0, error))
        (compared,) = compared_labels(["teff"], none[:, None], (old, new), names, 0)
        assert compared.word == word
        assert compared.change == pytest.approx(error - 1.0)
    assert compared_labels(["teff"], none[:, None], (old, new), names % 2, 0) == ()


def test_what_a_model_does_not_say_is_flagged() -> None:
    class Said(dict):
        def error(self, name: str) -> float:
            return 0.1 * self[name]

    def prediction(network: Any, bad: int, warn: int = 0) -> Any:
        return SimpleNamespace(network=network, verdict=SimpleNamespace(flag_bad=bad, flag_warn=warn))

    rows = [
        prediction(Said(logg=4.0, teff=5000.0), 0, 8), prediction(Said(teff=6000.0), 4), None,
        prediction(None, 0),
    ]  # fmt: skip
    found = _judged(rows, ("teff", "logg"))
    np.testing.assert_array_equal(found.is_flagged, [False, True, True, True])
    nan = np.nan
    np.testing.assert_array_equal(found.predicted, [[5000, 4], [6000, nan], [nan, nan], [nan, nan]])
    np.testing.assert_allclose(found.sigma, [[500, 0.4], [600, nan], [nan, nan], [nan, nan]])
    forgetting = Forgetting("x", {"teff": 100.0, "logg": 0.1}, {"teff": 124.0, "logg": 0.126})
    assert forgetting.forgotten == ("logg",)


def test_a_polynomial_corrects_inside_its_range_alone() -> None:
    rng = np.random.default_rng(0)
    x = np.linspace(0.0, 1.5, 2000)
    y = x + 0.3 * x**2
    found = fit_correction(x, y + rng.normal(0.0, 0.01, x.size))
    assert 2 <= found.degree <= 5
    np.testing.assert_allclose([found.low, found.high], [0.0015, 1.4985], atol=2e-3)
    np.testing.assert_allclose(found.apply(np.array([0.3, 0.9])), [0.327, 1.143], atol=3e-3)
    np.testing.assert_array_equal(found.apply(np.array([-0.2, 1.8])), [-0.2, 1.8])
    falling = fit_correction(x, -y)  # none that rises: the identity
    np.testing.assert_allclose(falling.apply(np.array([0.3, 0.9])), [0.3, 0.9], atol=1e-9)


@pytest.fixture
def caught(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Catch the schedule of a generator instead of running it."""
    held: dict[str, Any] = {}

    def schedule(parts: Any, config: Any, batch: Any, validation: Any, *_: Any) -> None:
        held.update(parts=parts, batch=batch, validation=validation)
        for weight in parts["average"].parameters():
            weight.data.fill_(0.25)

    monkeypatch.setattr(losses, "run_schedule", schedule)
    return held


class Decoder(torch.nn.Module):
    """Mean spectrum, encoder and spread of a generator with one vector, all linear."""

    def __init__(self) -> None:
        super().__init__()
        self.mean = torch.nn.Linear(1, 1, bias=False)
        self.spread = torch.nn.Linear(1, 1)


def test_the_mean_of_a_generator_is_validated_on_spectra_of_their_own(
    caught: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(losses, "condition_features", lambda labels: labels)
    monkeypatch.setattr(losses, "_N_VALIDATION", 4)
    labels = np.arange(1.0, 11.0)[:, None]
    spectra = Coefficients(labels, (3.0 * labels).astype(np.float32))
    scales = Scales(np.zeros(1, np.float32), np.ones(1, np.float32), np.full(1, 2.0, np.float32), 100)
    network: Any = Decoder()
    config = TrainingConfig(batch=500, seed=1)
    losses.fit_mean(network, spectra, scales, config)
    assert float(network.mean.weight.detach()) == 0.25  # the average is delivered

    def loss(weight: float, rows: range) -> float:
        """Return what it should be: target 3 x / 2 against w x, times the scale 2, over 100 pixels."""
        off = [(2.0 * (weight * x - 1.5 * x)) ** 2 / 100 + 3e-4**2 for x in rows]
        return 100.0 * float(np.mean(np.sqrt(off)))

    assert caught["validation"]() == pytest.approx(loss(0.25, range(7, 11)), rel=1e-5)
    caught["parts"]["model"].weight.data.fill_(1.0)
    known = loss(1.0, range(1, 7))
    assert float(caught["batch"]().detach()) == pytest.approx(known, rel=0.1)
    assert caught["validation"]() == pytest.approx(loss(0.25, range(7, 11)), rel=1e-5)


def test_changes_of_either_sign_are_weighed_by_their_own_size(
    caught: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(losses, "condition_features", lambda labels: labels)
    monkeypatch.setattr(losses, "_N_VALIDATION", 4)
    seen: list[tuple[torch.Tensor, ...]] = []

    def latent_loss(_: Any, residual: Any, features: Any, scale: Any, __: Any) -> torch.Tensor:
        seen.append((residual, features, scale))
        return torch.tensor(50.0)

    monkeypatch.setattr(losses, "latent_loss", latent_loss)
    labels = np.arange(1.0, 11.0)[:, None]
    change = np.where(labels < 7, 0.4, 0.8).astype(np.float32)
    spectra = Coefficients(labels, (3.0 * labels).astype(np.float32), change)
    scales = Scales(np.zeros(1, np.float32), np.ones(1, np.float32), np.full(1, 2.0, np.float32), 100)
    network: Any = Decoder()
    network.mean.weight.data.fill_(1.4)
    losses.fit_latent(network, spectra, scales, TrainingConfig(batch=400, seed=1), noise=0.5)
    assert float(caught["batch"]()) == 0.5 and caught["validation"]() == 0.5  # a hundredth
    (residual, features, scale), (held, held_features, held_scale) = (
        [part.numpy() for part in parts] for parts in seen
    )
    sign = (residual - 0.1 * features) / 0.2  # the residual at z = 0 is 1.5 x - 1.4 x, the change 0.4 / 2
    np.testing.assert_allclose(np.abs(sign), 1.0, atol=1e-3)
    assert 0.4 < (sign > 0).mean() < 0.6
    assert features.max() == 6.0 and held_features[:, 0].tolist() == [7.0, 8.0, 9.0, 10.0]
    np.testing.assert_allclose(scale, 2.0 / (0.5 * 0.4 / 10.0 + 3e-5), rtol=1e-4)
    np.testing.assert_allclose(held_scale, 2.0 / (0.5 * 0.8 / 10.0 + 3e-5), rtol=1e-4)
    assert held.shape == (4, 1)
    assert not network.mean.weight.requires_grad


def test_a_member_of_a_denoiser_is_chosen_by_spectra_that_it_did_not_see(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    generator = torch.Generator().manual_seed(0)
    true = torch.arange(400.0)[:, None] * torch.ones(1, 4)
    sample = correction.StateSample(true, true + 1.0, torch.rand(400, 4, generator=generator) + 0.5)
    shown: list[torch.Tensor] = []
    values = iter([3.0, 1.0, 2.0])
    real = correction.correction_loss

    def loss(member: Any, part: correction.StateSample, metric: Any) -> torch.Tensor:
        if torch.is_grad_enabled():
            shown.append(part.true[:, 0])
            return real(member, part, metric)
        assert part.true[:, 0].tolist() == list(range(40))  # the first tenth
        kept.append({key: value.clone() for key, value in member.state_dict().items()})
        return torch.tensor(next(values))

    kept: list[dict[str, torch.Tensor]] = []
    monkeypatch.setattr(correction, "correction_loss", loss)
    settings = TrainingConfig(steps=750, batch=8, learning_rate=1e-3)
    member, ratio = correction.train_member(sample, torch.eye(4), settings, width=4, seed=0)
    rows = torch.cat(shown)
    assert rows.min() >= 40 and len(rows.unique()) > 300
    assert len(kept) == 3
    for key, value in member.state_dict().items():
        assert torch.equal(value, kept[1][key])  # the best, not the last
    with torch.no_grad():
        shift, _ = member(sample.found[:40], sample.sigma[:40])
    off = 1.0 + shift * sample.sigma[:40]
    assert ratio == pytest.approx(float((off.square().sum(1).sqrt() / 2.0).mean()), rel=1e-5)


def test_the_loss_of_a_denoiser_by_hand() -> None:
    member = CorrectionMember(3, 4)  # adds nothing yet, and believes the errors
    true, sigma = torch.zeros(1, 3), torch.tensor([[0.5, 1.0, 2.0]])
    sample = correction.StateSample(true, torch.tensor([[0.5, -2.0, 1.0]]), sigma)
    metric = torch.diag(torch.tensor([1.0, 2.0, 0.0]))
    flux = (0.5**2 + 4.0**2) / (0.5**2 + 2.0**2)
    pulls = 0.5 * (1.0 + 4.0 + 0.25) / 3.0
    assert float(correction.correction_loss(member, sample, metric).detach()) == pytest.approx(
        flux + 0.02 * pulls
    )

    class Solver:
        n_z = 1

        def jacobian(self, state: torch.Tensor) -> torch.Tensor:
            return torch.tensor([[[2.0, 0.0, 0.0], [0.0, 4.0, 0.0], [2.0, 0.0, 0.0], [0.0, 4.0, 0.0]]])

        def flux(self, state: torch.Tensor) -> torch.Tensor:
            return torch.full((1, 4), 2.0)

    solver: Any = Solver()
    root = correction.flux_metric(solver)
    np.testing.assert_allclose((root.T @ root).numpy(), np.diag([0.5, 2.0, 0.0]), atol=1e-6)
