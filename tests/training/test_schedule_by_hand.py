"""Training as right: rates, averages, stopping and losses against what is worked out by hand."""

from __future__ import annotations

import dataclasses
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from spectragui.core.loss_history import LossHistory
from spectragui.training.config import TrainingConfig

torch = pytest.importorskip("torch")

from spectragui.networks.cvae import draw_latent, kl_divergence  # noqa: E402 - after torch
from spectragui.training.callbacks import (  # noqa: E402
    Callback,
    EarlyStopping,
    KeepBest,
    SaveCheckpoint,
    TrainingState,
    load_checkpoint,
    schedule_callbacks,
)
from spectragui.training.generator.losses import latent_loss  # noqa: E402
from spectragui.training.loop import (  # noqa: E402
    gaussian_loss,
    label_loss,
    rmse_loss,
    run_schedule,
    squared_loss,
    training_parts,
)

PLAIN = TrainingConfig(
    steps=40, batch=1, optimizer="sgd", weight_decay=0.0, clip=0.0, learning_rate=0.5, average=0.9,
    validate_every=5, plateau=1000,
)  # fmt: skip


class Line(torch.nn.Module):
    """One weight; the loss is its distance from 0, so that each step of SGD takes the rate off."""

    def __init__(self) -> None:
        super().__init__()
        self.weight = torch.nn.Parameter(torch.tensor([100.0]))

    def forward(self) -> Any:
        return self.weight


class Record(Callback):
    def __init__(self, stop_at: int = 0) -> None:
        self.rates: list[float] = []
        self.weights: list[float] = []
        self.averages: list[float] = []
        self.stop_at = stop_at

    def on_step_end(self, state: TrainingState, parts: dict[str, Any]) -> None:
        self.rates.append(parts["optimizer"].param_groups[0]["lr"])
        self.weights.append(float(parts["model"].weight.detach()))
        self.averages.append(float(parts["average"].weight.detach()))
        if state.step == self.stop_at:
            state.is_stopping = True


def run(
    config: TrainingConfig, losses: Any = lambda step: 1.0, callbacks: tuple[Callback, ...] = (), resume=None
) -> tuple[Record, dict[str, Any], TrainingState]:
    """Train `Line`; ``losses(step)`` is the validation loss after a step."""
    record = next((one for one in callbacks if isinstance(one, Record)), Record())
    others = [one for one in callbacks if one is not record]
    parts = training_parts(Line(), config)
    begun = 0 if resume is None else int(torch.load(resume, weights_only=True)["state"]["step"])

    def validation_loss() -> float:
        return losses(begun + len(record.rates) + 1)  # asked for before the step is recorded

    state = run_schedule(
        parts, config, lambda: parts["model"]().sum(), validation_loss, [record, *others], resume
    )
    return record, parts, state


def test_the_rate_rises_in_a_line_and_falls_by_half_a_cosine() -> None:
    config = dataclasses.replace(PLAIN, plateau=0, steps=200, learning_rate=0.2)
    rates = run(config)[0].rates
    # Step n is taken at the fraction (n - 1) / 200; the first 3 % are the warm-up.
    assert rates[0] == pytest.approx(0.2 * 1e-4 / 0.03, rel=1e-6)
    assert rates[3] == pytest.approx(0.2 * (0.015 + 1e-4) / 0.03, rel=1e-6)
    assert max(rates) == pytest.approx(0.2, rel=1e-3) and rates.index(max(rates)) == 6
    assert rates[103] == pytest.approx(0.2 * 0.505, rel=1e-6)  # half way down: (1 + 0.01) / 2
    assert rates[199] == pytest.approx(0.2 * 0.01, rel=0.02)
    assert all(a > b for a, b in zip(rates[6:], rates[7:], strict=False))


def test_a_time_limit_ends_the_schedule_before_its_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter(np.arange(0.0, 1e4, 3.0))
    monkeypatch.setattr("spectragui.training.loop.time.monotonic", lambda: float(next(clock)))
    record, _, state = run(dataclasses.replace(PLAIN, steps=1000, minutes=1.0))
    assert state.step == 20 and state.fraction == 1.0  # a step takes 3 s of the minute
    assert len(record.rates) == 20


def test_a_run_limited_by_time_is_validated_at_each_tenth(monkeypatch: pytest.MonkeyPatch) -> None:
    validated = []
    for minutes, expected in ((1.0, list(range(2, 21, 2))), (0.0, [20])):
        clock = iter(np.arange(0.0, 1e4, 3.0))
        monkeypatch.setattr("spectragui.training.loop.time.monotonic", lambda clock=clock: float(next(clock)))
        validated.clear()
        run(
            dataclasses.replace(PLAIN, steps=1000 if minutes else 20, minutes=minutes, validate_every=500),
            lambda step: validated.append(step) or 1.0,
        )
        assert validated == expected  # a page of how the loss fell needs more than its end


def test_the_rate_is_halved_after_as_many_validations_as_asked() -> None:
    # Validations after steps 5, 10, 15 ...: better, then never again.
    config = dataclasses.replace(PLAIN, plateau=3, steps=45)
    record = run(config, lambda step: 1.0 if step == 5 else 2.0, tuple(schedule_callbacks(config)))[0]
    rates = dict(enumerate(record.rates, start=1))
    # On the validation of step 5 the count begins; those of 10, 15 and 20 wait; the next step is slower.
    assert [rates[step] for step in (1, 20, 21, 35, 36)] == [0.5, 0.25, 0.25, 0.125, 0.125]
    assert rates[19] == 0.5 and rates[34] == 0.25
    steady = run(config, lambda step: 1.0 / step, tuple(schedule_callbacks(config)))[0]
    assert set(steady.rates) == {0.5}


def test_it_stops_after_its_patience_and_not_before() -> None:
    stopping = EarlyStopping(3, smallest_step=0.1)
    told = []
    state = TrainingState()
    for loss in (5.0, 4.0, 3.95, 3.0, 2.95, 2.5, 2.45, 2.42, 2.41):
        state.validation_loss = loss
        stopping.on_validation_end(state, {})
        told.append(state.is_stopping)
    # Less than a tenth is no progress: 2.5 was the last best, and three validations follow it.
    assert told == [False] * 8 + [True]
    config = dataclasses.replace(PLAIN, patience=2, steps=100)
    _, _, state = run(
        config, lambda step: 1.0 / step if step <= 30 else 9.0, tuple(schedule_callbacks(config))
    )
    assert state.step == 40
    _, _, whole = run(config, lambda step: -float(step), tuple(schedule_callbacks(config)))
    assert whole.step == 100


def by_hand(weights: list[float], decay: float, start: float = 100.0) -> list[float]:
    """Return the running averages of weights after each step."""
    average, found = start, []
    for step, weight in enumerate(weights):
        part = min(decay, (step + 1.0) / (step + 10.0))  # of what was: the start is forgotten soon
        average = part * average + (1.0 - part) * weight
        found.append(average)
    return found


@pytest.mark.parametrize("decay", [0.9, 0.3])
def test_steps_and_averages_are_those_worked_out(decay: float) -> None:
    record, _, _ = run(dataclasses.replace(PLAIN, average=decay))
    assert record.weights == pytest.approx([100.0 - 0.5 * n for n in range(1, 41)], rel=1e-6)
    assert record.averages == pytest.approx(by_hand(record.weights, decay), rel=1e-6)


def test_a_resumed_training_goes_on_with_average_rate_and_patience(tmp_path: Path) -> None:
    config = dataclasses.replace(PLAIN, plateau=3, patience=9, steps=100)
    losses = lambda step: 1.0 if step == 5 else 2.0  # noqa: E731
    unbroken, _, end = run(config, losses, tuple(schedule_callbacks(config)))
    assert end.step == 50  # nine validations after the best
    checkpoint = tmp_path / "c.pt"
    saving = (*schedule_callbacks(config), SaveCheckpoint(checkpoint, 1), Record(stop_at=17))
    run(config, losses, saving)
    resumed, _, again = run(config, losses, tuple(schedule_callbacks(config)), checkpoint)
    assert again.step == end.step
    assert resumed.rates == unbroken.rates[17:]
    assert resumed.averages == pytest.approx(unbroken.averages[17:], rel=1e-6)
    assert resumed.averages != pytest.approx(resumed.weights, rel=1e-3)


def test_a_checkpoint_of_an_earlier_version_is_continued(tmp_path: Path) -> None:
    config = dataclasses.replace(PLAIN, patience=2)
    run(config, callbacks=(SaveCheckpoint(tmp_path / "c.pt", 1), Record(stop_at=7)))
    content = torch.load(tmp_path / "c.pt", weights_only=True)
    del content["callbacks"]
    torch.save(content, tmp_path / "old.pt")
    assert run(config, resume=tmp_path / "old.pt")[2].step == 40


def test_every_part_of_a_checkpoint_comes_back(tmp_path: Path) -> None:
    _, parts, _ = run(PLAIN, callbacks=(SaveCheckpoint(tmp_path / "c.pt", 1),))
    again = training_parts(Line(), PLAIN)
    state = load_checkpoint(tmp_path / "c.pt", again)
    assert state.step == 40
    for name in ("model", "average"):
        assert torch.equal(again[name].weight, parts[name].weight)
    assert not torch.equal(again["model"].weight, again["average"].weight)
    assert torch.equal(again["generator"].get_state(), parts["generator"].get_state())


def test_the_best_average_is_kept_not_the_last_nor_the_model(tmp_path: Path) -> None:
    record = Record()
    keep = KeepBest(tmp_path / "best.pt")
    run(PLAIN, lambda step: abs(step - 20.0), (record, keep))
    network = Line()
    keep.load_into(network)
    assert float(network.weight.detach()) == pytest.approx(record.averages[19], rel=1e-6)
    assert record.averages[19] != pytest.approx(record.weights[19], rel=1e-3)
    worse = KeepBest(tmp_path / "best.pt")  # a resumed training knows what was best
    run(PLAIN, lambda step: 1.0, (worse,))
    assert float(torch.load(tmp_path / "best.pt", weights_only=True)["weights"]["weight"]) == pytest.approx(
        record.averages[19], rel=1e-6
    )


def test_the_loss_is_minus_the_log_of_a_gaussian() -> None:
    from scipy.stats import norm

    rng = np.random.default_rng(4)
    mean, log_sigma, target = rng.normal(size=(3, 30, 2))
    log_sigma *= 0.5
    output = torch.from_numpy(np.concatenate([mean, log_sigma], axis=1))
    negative = -norm(mean, np.exp(log_sigma)).logpdf(target) - 0.5 * math.log(2.0 * math.pi)
    plain = float(gaussian_loss(output, torch.from_numpy(target), 0.0))
    assert plain == pytest.approx(negative.mean(), rel=1e-9)
    # beta-NLL: each term times sigma^(2 beta) (Seitzer et al. 2022).
    for beta in (0.5, 1.0):
        found = float(gaussian_loss(output, torch.from_numpy(target), beta))
        assert found == pytest.approx((negative * np.exp(log_sigma) ** (2.0 * beta)).mean(), rel=1e-9)
    unknown = target.copy()
    unknown[::3, 0] = np.nan  # labels that nobody knows teach nothing
    found = float(gaussian_loss(output, torch.from_numpy(unknown), 0.0))
    assert found == pytest.approx(negative[np.isfinite(unknown)].mean(), rel=1e-9)
    assert float(gaussian_loss(torch.tensor([[1.0, -9.0]]), torch.tensor([[1.0]]), 0.0)) == -7.0


def test_the_other_losses() -> None:
    output, target = torch.tensor([[1.0, 5.0], [3.0, 5.0]]), torch.tensor([[0.0], [1.0]])
    assert float(squared_loss(output, target)) == pytest.approx(2.5)  # (1 + 4) / 2, sigmas left aside
    assert float(label_loss(TrainingConfig(loss="mse"))(output, target)) == pytest.approx(2.5)
    told = TrainingConfig(variance_weight=0.5)
    both = torch.tensor([[1.0, 2.0]], dtype=torch.float64)
    assert float(label_loss(told)(both, torch.tensor([[0.0]]))) == pytest.approx(
        (0.5 * math.exp(-4.0) + 2.0) * math.exp(2.0), rel=1e-6
    )
    rows = torch.tensor([[3.0, 4.0], [0.0, 0.0]])
    assert float(rmse_loss(rows, torch.zeros(2, 2))) == pytest.approx(0.5 * math.sqrt(12.5))


def test_the_divergence_and_the_draws_of_a_latent_vector() -> None:
    mean, log_variance = torch.tensor([[1.0, -2.0]]), torch.tensor([[0.0, math.log(0.25)]])
    expected = [[0.5, 0.5 * (4.0 + 0.25 - 1.0 + math.log(4.0))]]
    assert kl_divergence(mean, log_variance).tolist() == pytest.approx(np.array(expected), rel=1e-6)
    many = draw_latent(
        mean.expand(40_000, 2), log_variance.expand(40_000, 2), torch.Generator().manual_seed(1)
    )
    assert many.mean(0).tolist() == pytest.approx([1.0, -2.0], abs=0.02)
    assert many.std(0).tolist() == pytest.approx([1.0, 0.5], rel=0.02)

    class Still:
        """An autoencoder that decodes everything to 0."""

        def encoder(self, residual: Any, features: Any) -> tuple[Any, Any]:
            return mean.expand(len(residual), 2), log_variance.expand(len(residual), 2)

        def spread(self, features: Any, latent: Any) -> Any:
            return torch.zeros(len(features), 3)

    residual = torch.tensor([[1.0, 0.0, 2.0], [0.0, 0.0, 0.0]])
    loss = latent_loss(
        Still(), residual, torch.zeros(2, 1), torch.tensor([2.0, 1.0, 1.0]), torch.Generator().manual_seed(0)
    )
    # Half of the squares, (4 + 4) / 2 and 0, plus both latents' divergence in nats.
    assert float(loss) == pytest.approx(2.0 + sum(expected[0]), rel=1e-6)


def test_the_best_of_a_history_is_the_least() -> None:
    step, losses = np.array([10.0, 20.0, 30.0]), np.array([0.4, 0.1, 0.3])
    assert LossHistory("x", step, losses, losses).best == (20.0, 0.1)
    assert LossHistory("x", step, losses, np.array([np.nan, 0.5, 0.6])).best == (20.0, 0.5)
