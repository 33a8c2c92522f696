"""The verdict of the M dwarf models: a sample now, over 200 cases each in the long proof."""

from __future__ import annotations

import pytest

pytest.importorskip("torch")

from spectragui.inference.parameters.predict_spectrum import predict_spectrum  # noqa: E402 - after torch
from spectragui.inference.prediction import PredictOptions  # noqa: E402
from tests.inference.mdwarf_cases import OUTSIDE, inside_cases, outside_cases  # noqa: E402

QUICK = PredictOptions(model="mdwarf-starnet", refine=False)


def missed(n_each: int, seed: int, options: PredictOptions = QUICK) -> list[str]:
    return [
        kind
        for kind, spectrum in outside_cases(n_each, seed)
        if not predict_spectrum(spectrum, options).row["flag_bad"]
    ]


def false_alarms(n_cases: int, seed: int, options: PredictOptions = QUICK) -> list[tuple[object, object]]:
    cases = inside_cases(n_cases, seed)
    results = [(truth, predict_spectrum(spectrum, options)) for truth, spectrum in cases]
    return [(truth, result.row["flags"]) for truth, result in results if result.row["flag_bad"]]


def test_what_is_no_m_dwarf_is_flagged() -> None:
    assert not missed(1, seed=7)


def test_m_dwarfs_are_not() -> None:
    assert not false_alarms(12, seed=22)


@pytest.mark.slow
@pytest.mark.timeout(3600)
@pytest.mark.parametrize(
    ("model", "refine"), [("mdwarf-starnet", False), ("mdwarf-starnet", True), ("mdwarf-vgg", False)]
)
def test_over_200_cases(model: str, refine: bool, request: pytest.FixtureRequest) -> None:
    if "slow" not in request.config.option.markexpr:
        pytest.skip("a long proof; `make soak` runs it")
    options = PredictOptions(model=model, refine=refine)
    n_each = -(-200 // len(OUTSIDE))
    not_seen = missed(n_each, 31, options)
    assert len(not_seen) < 0.05 * n_each * len(OUTSIDE), not_seen
    alarms = false_alarms(200, 32, options)
    assert len(alarms) < 0.05 * 200, alarms
