"""The verdict: what lies outside is refused, what lies inside is not, each bit has its sentence."""

from __future__ import annotations

import numpy as np
import pytest

from spectragui.core.flags import Flag
from spectragui.core.labels import LabelSet
from spectragui.inference.fit.compare import Misfit
from spectragui.inference.fit.residual_features import ResidualFeature, largest_feature
from spectragui.inference.observation.observation import Observation
from spectragui.inference.observation.remark import Remark
from spectragui.inference.opened_model import open_model
from spectragui.inference.parameters.out_of_range import judge, verdict_of
from spectragui.inference.parameters.predict_spectrum import predict_spectrum
from spectragui.inference.prediction import PredictOptions
from tests.inference.verdict_cases import OUTSIDE, inside_cases

QUICK = PredictOptions(refine=False)
GOOD = Misfit(1.0, 1.0, 0.0, 0.01, 0.15, 0.995, 500.0, 10000, ResidualFeature(0.0, 4900.0))


def observation(**changes: float) -> Observation:
    values = {"resolving_power": 50000.0, "v_rad_kms": 0.0, "e_v_rad_kms": 0.1, "snr": 80.0, "coverage": 1.0}
    values |= changes
    return Observation(open_model("optical-parameters"), (), is_resolving_power_known=True, **values)


def bits(teff: float = 5700.0, logg: float = 4.0, m_h: float = 0.0, **changes: float) -> tuple[int, int]:
    labels = LabelSet({"teff": teff, "logg": logg, "m_h": m_h})
    verdict = judge(observation(**changes), [labels], GOOD)
    assert len(verdict.reasons) >= (verdict.flag_bad | verdict.flag_warn).bit_count()
    return verdict.flag_warn, verdict.flag_bad


@pytest.mark.parametrize(
    ("changes", "warn", "bad"),
    [
        ({}, 0, 0),
        ({"teff": 4150.0}, 0, Flag.LABEL_RANGE),
        ({"teff": 9640.0}, Flag.LABEL_RANGE, 0),
        ({"teff": 9900.0}, 0, Flag.LABEL_RANGE),
        ({"logg": 5.1}, 0, Flag.LABEL_RANGE),
        ({"m_h": 0.47}, Flag.LABEL_RANGE, 0),
        ({"m_h": -1.7}, Flag.LTE, 0),
        ({"m_h": -2.2}, 0, Flag.LTE),
        ({"snr": 12.0}, Flag.LOW_SNR, 0),
        ({"coverage": 0.17}, Flag.COVERAGE, 0),
        ({"coverage": 0.07}, 0, Flag.COVERAGE),
        ({"resolving_power": 300.0}, 0, Flag.RESOLUTION),
        ({"resolving_power": 150000.0}, Flag.RESOLUTION, 0),
    ],
)
def test_each_bit(changes: dict[str, float], warn: int, bad: int) -> None:
    assert bits(**changes) == (warn, bad)


def test_harmless_bits_leave_a_result_good() -> None:
    assert verdict_of([]).level == "good"
    assert verdict_of([Remark(Flag.UPPER_LIMIT, "v sin i is an upper limit.")]).level == "good"
    assert verdict_of([Remark(Flag.LOW_SNR, "Noisy.")]).level == "caution"
    limit, unlike = Remark(Flag.UPPER_LIMIT, "A limit."), Remark(Flag.OUT_OF_DISTRIBUTION, "Not alike.")
    assert verdict_of([limit, unlike]).reasons == ("Not alike.", "A limit.")  # first why it is to be read so
    both = verdict_of([Remark(Flag.LTE, "Poor."), Remark(Flag.LTE, "Very poor.", True)])
    assert (both.level, both.flag_warn, both.flag_bad) == ("bad", 0, Flag.LTE)
    assert both.reasons[0] == "Very poor."


def test_a_missing_band_is_found_and_noise_is_not() -> None:
    rng = np.random.default_rng(1)
    wave = np.arange(4500.0, 5300.0, 0.05)
    sigma = np.full(wave.size, 0.02)
    residual = sigma * rng.normal(size=wave.size)
    assert largest_feature(wave, residual, sigma).size == 0.0
    residual = residual - 0.3 * np.exp(-0.5 * ((wave - 4954.0) / 6.0) ** 2)
    found = largest_feature(wave, residual, sigma)
    assert found.size == pytest.approx(-0.25, abs=0.04)
    assert found.wavelength_aa == pytest.approx(4954.0, abs=3.0)


@pytest.mark.parametrize("kind", sorted(OUTSIDE))
def test_outside_is_flagged(kind: str) -> None:
    result = predict_spectrum(OUTSIDE[kind](np.random.default_rng(11)), QUICK)
    assert result.row["flag_bad"] != 0, result.verdict


def test_inside_is_not_flagged() -> None:
    flagged = [
        truth for truth, spectrum in inside_cases(6, 4) if predict_spectrum(spectrum, QUICK).row["flag_bad"]
    ]
    assert not flagged
