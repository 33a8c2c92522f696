"""The verdict on two arms together: a sample now, over 200 pairs each in the long proof."""

from __future__ import annotations

import pytest

pytest.importorskip("torch")

from spectragui.inference.together.predict_together import predict_together  # noqa: E402 - after torch
from tests.inference.fused_cases import OUTSIDE, inside_pairs, outside_pairs  # noqa: E402


def missed(n_each: int, seed: int, kinds: tuple[str, ...] = OUTSIDE) -> list[str]:
    return [
        kind
        for kind, pair in outside_pairs(n_each, seed, kinds)
        if not predict_together(pair).row["flag_bad"]
    ]


def false_alarms(n_cases: int, seed: int) -> list[tuple[object, object]]:
    results = [(truth, predict_together(pair)) for truth, pair in inside_pairs(n_cases, seed)]
    return [(truth, result.row["flags"]) for truth, result in results if result.row["flag_bad"]]


def test_some_pairs_of_both() -> None:
    assert not missed(1, 7, ("hot_star", "two_stars"))
    assert not false_alarms(2, 22)


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_over_200_pairs(request: pytest.FixtureRequest) -> None:
    if "slow" not in request.config.option.markexpr:
        pytest.skip("a long proof; `make soak` runs it")
    n_each = -(-200 // len(OUTSIDE))
    not_seen = missed(n_each, 31)
    assert len(not_seen) < 0.05 * n_each * len(OUTSIDE), not_seen
    alarms = false_alarms(200, 32)
    assert len(alarms) < 0.05 * 200, alarms
