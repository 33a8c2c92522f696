"""Every bit of every verdict, on either side of its limit: labels, velocities, denoised, photometry."""

from __future__ import annotations

import dataclasses
from types import SimpleNamespace

import numpy as np
import pytest

from spectragui.core.flags import Flag, flag_names
from spectragui.core.labels import LabelSet
from spectragui.core.model_card import CardLabel, Domain, Edge
from spectragui.core.photometry import PhotometricTable, band_set
from spectragui.core.photometry_result import PhotometryFlag, photometry_flag_names
from spectragui.core.spectral_axis import SPEED_OF_LIGHT_KMS, SpectralAxis
from spectragui.core.spectrum import Spectrum
from spectragui.inference.denoise.alarms import Alarms
from spectragui.inference.denoise.verdict import judge_denoised
from spectragui.inference.fit.compare import Misfit
from spectragui.inference.fit.residual_features import ResidualFeature
from spectragui.inference.observation.observation import Observation
from spectragui.inference.observation.remark import Remark
from spectragui.inference.opened_model import open_model
from spectragui.inference.parameters.out_of_range import judge, verdict_of
from spectragui.inference.parameters.predict_spectrum import upper_limits
from spectragui.inference.photometry.predict_photometry import _flags, _objects
from spectragui.inference.velocity.star_velocity import StarVelocity
from spectragui.inference.velocity.velocity_candidates import VelocityOptions
from spectragui.inference.velocity.velocity_remarks import doubts

GOOD = Misfit(1.0, 1.0, 0.0, 0.01, 0.15, 0.995, 500.0, 10000, ResidualFeature(0.0, 4900.0))
LABELS = (
    CardLabel("teff", "K", 4000.0, 8000.0, Edge(100.0, 20.0, 300.0)),
    CardLabel("logg", "dex", 1.0, 5.0, Edge(0.1, 0.0)),
    CardLabel("m_h", "dex", -3.0, 1.0),
)
DOMAIN = Domain(
    (4450.0, 5400.0),
    (2000.0, 100_000.0),
    coolest_teff=4050.0,
    hottest_teff=7950.0,
    lte_warn=-1.5,
    lte_bad=-2.0,
    correlation_warn=0.95,
    correlation_bad=0.90,
)
STAR = {"teff": 5700.0, "logg": 4.0, "m_h": 0.0}


def observation(**changes: float) -> Observation:
    model = open_model("optical-parameters")
    card = dataclasses.replace(model.card, labels=LABELS, domain=DOMAIN)
    values = {"resolving_power": 50000.0, "v_rad_kms": 0.0, "e_v_rad_kms": 0.1, "snr": 80.0, "coverage": 1.0}
    return Observation(
        dataclasses.replace(model, card=card), (), is_resolving_power_known=True, **{**values, **changes}
    )


def bits(verdict) -> tuple[str, str]:
    assert len(verdict.reasons) >= max(bin(verdict.flag_warn | verdict.flag_bad).count("1"), 0)
    assert (verdict.level == "bad") == bool(verdict.flag_bad)
    assert not verdict.flag_warn & verdict.flag_bad
    return flag_names(verdict.flag_warn), flag_names(verdict.flag_bad)


#: What is changed, its value on this side of the limit and beyond it, the bits (warning, bad) of each.
SINGLE = [
    ("teff", 4100.5, 4099.5, ("", ""), ("LABEL_RANGE", "")),  # a hundred from the end: warn
    ("teff", 4050.5, 4049.5, ("LABEL_RANGE", ""), ("", "LABEL_RANGE")),  # the domain's coolest
    ("teff", 7899.5, 7900.5, ("", ""), ("LABEL_RANGE", "")),
    ("teff", 7949.5, 7950.5, ("LABEL_RANGE", ""), ("", "LABEL_RANGE")),
    ("logg", 1.101, 1.099, ("", ""), ("LABEL_RANGE", "")),
    ("logg", 1.001, 0.999, ("LABEL_RANGE", ""), ("", "LABEL_RANGE")),
    ("logg", 4.999, 5.001, ("LABEL_RANGE", ""), ("", "LABEL_RANGE")),
    ("m_h", -1.49, -1.51, ("", ""), ("LTE", "")),
    ("m_h", -1.99, -2.01, ("LTE", ""), ("", "LTE")),
    ("snr", 20.0, 19.9, ("", ""), ("LOW_SNR", "")),
    ("snr", 5.0, 4.9, ("LOW_SNR", ""), ("", "LOW_SNR")),
    ("coverage", 0.6, 0.599, ("", ""), ("COVERAGE", "")),
    ("coverage", 0.1, 0.099, ("COVERAGE", ""), ("", "COVERAGE")),
    ("resolving_power", 2000.0, 1999.0, ("", ""), ("RESOLUTION", "")),
    ("resolving_power", 1401.0, 1399.0, ("RESOLUTION", ""), ("", "RESOLUTION")),
    ("resolving_power", 104_900.0, 105_100.0, ("", ""), ("RESOLUTION", "")),
    ("resolving_power", 299_000.0, 301_000.0, ("RESOLUTION", ""), ("", "RESOLUTION")),
    ("rchi2", 3.99, 4.01, ("", ""), ("CHI2", "")),
    ("rchi2", 24.9, 25.1, ("CHI2", ""), ("", "CHI2")),
    ("correlation", 0.951, 0.949, ("", ""), ("OUT_OF_DISTRIBUTION", "")),
    ("correlation", 0.901, 0.899, ("OUT_OF_DISTRIBUTION", ""), ("", "OUT_OF_DISTRIBUTION")),
    ("significance", 6.1, 5.9, ("", ""), ("", "OUT_OF_DISTRIBUTION")),
    ("feature", -0.049, -0.051, ("", ""), ("OUT_OF_DISTRIBUTION", "")),
    ("feature", -0.079, -0.081, ("OUT_OF_DISTRIBUTION", ""), ("", "OUT_OF_DISTRIBUTION")),
    ("feature", 0.079, 0.081, ("OUT_OF_DISTRIBUTION", ""), ("", "OUT_OF_DISTRIBUTION")),
]


@pytest.mark.parametrize(("name", "inside", "outside", "before", "after"), SINGLE)
def test_labels_at_each_limit(name, inside, outside, before, after) -> None:
    def judged(value: float):
        star = {**STAR, name: value} if name in STAR else STAR
        data = {name: value} if name in ("snr", "coverage", "resolving_power") else {}
        misfit = GOOD
        if name == "feature":
            misfit = dataclasses.replace(GOOD, feature=ResidualFeature(value, 4900.0))
        elif name in ("rchi2", "correlation", "significance"):
            misfit = dataclasses.replace(GOOD, **{name: value})
        return judge(observation(**data), [LabelSet(star, {"teff": 30.0, "logg": 0.1, "m_h": 0.05})], misfit)

    assert bits(judged(inside)) == before
    assert bits(judged(outside)) == after
    reasons = " ".join(judged(outside).reasons)
    if name == "feature":
        assert ("absorption" if outside < 0 else "show flux") in reasons and "4900" in reasons


def test_network_and_fit_disagree_beyond_four_sigma_of_each_label() -> None:
    for name, (e_network, e_fit) in {"teff": (30.0, 40.0), "logg": (0.06, 0.08), "m_h": (0.03, 0.04)}.items():
        for n_sigma, expected in ((3.98, ""), (4.02, "OUT_OF_DISTRIBUTION")):
            network = LabelSet(STAR, {name: e_network})
            moved = STAR[name] + n_sigma * np.hypot(e_network, e_fit)
            fit = LabelSet({**STAR, name: moved}, {name: e_fit})
            verdict = judge(observation(), [network, fit], GOOD)
            assert bits(verdict) == (expected, ""), (name, n_sigma)
            assert any("disagree" in said for said in verdict.reasons) == bool(expected)
            other_way = judge(observation(), [fit, network], GOOD)
            assert bits(other_way) == (expected, "")
    no_errors = [LabelSet(STAR), LabelSet({**STAR, "teff": 6500.0})]
    assert bits(judge(observation(), no_errors, GOOD)) == ("", "")


def test_a_vague_label_at_an_end_is_a_warning() -> None:
    # Range 4000-8000 K, bad within 20 K of an end, warn within 100 K; vague beyond 300 K of error.
    def at(teff: float, error: float) -> tuple[str, str]:
        model = dataclasses.replace(observation().model)
        domain = dataclasses.replace(DOMAIN, coolest_teff=-np.inf, hottest_teff=np.inf)
        model = dataclasses.replace(model, card=dataclasses.replace(model.card, domain=domain))
        seen = dataclasses.replace(observation(), model=model)
        return bits(judge(seen, [LabelSet({**STAR, "teff": teff}, {"teff": error})], GOOD))

    assert at(4019.0, 299.0) == ("", "LABEL_RANGE")
    assert at(4019.0, 301.0) == ("LABEL_RANGE", "")
    assert at(4021.0, 299.0) == ("LABEL_RANGE", "")
    assert at(7981.0, 299.0) == ("", "LABEL_RANGE")


def test_the_surer_of_network_and_fit_says_how_metal_poor() -> None:
    def at(m_h: tuple[float, float], error: tuple[float, float]) -> tuple[str, str]:
        labels = [LabelSet({**STAR, "m_h": v}, {"m_h": e}) for v, e in zip(m_h, error, strict=True)]
        return bits(judge(observation(), labels, GOOD))

    assert at((-2.1, -1.9), (0.3, 0.1)) == ("LTE", "")
    assert at((-2.1, -1.9), (0.1, 0.3)) == ("", "LTE")


def test_of_something_else_only_what_is_sure_is_said() -> None:
    remarks = [Remark(Flag.DENOISED, "It was denoised."), Remark(Flag.VELOCITY, "Doubtful.")]
    for change in ({"correlation": 0.49}, {"significance": 5.9}):
        misfit = dataclasses.replace(GOOD, **change)
        verdict = judge(observation(), [LabelSet({**STAR, "teff": 3000.0})], misfit, remarks)
        assert bits(verdict) == ("DENOISED", "OUT_OF_DISTRIBUTION")
    kept = judge(observation(), [LabelSet(STAR)], dataclasses.replace(GOOD, correlation=0.51), remarks)
    assert bits(kept) == ("VELOCITY,DENOISED", "OUT_OF_DISTRIBUTION")


def test_a_bit_that_is_bad_is_no_warning_too_and_every_bit_has_its_number() -> None:
    both = verdict_of([Remark(Flag.LTE, "a"), Remark(Flag.LTE, "b", True), Remark(Flag.CHI2, "c")])
    assert bits(both) == ("CHI2", "LTE") and both.reasons[0] == "b"
    numbers = {
        "LABEL_RANGE": 1, "OUT_OF_DISTRIBUTION": 2, "CHI2": 4, "LOW_SNR": 8, "COVERAGE": 16,
        "MEDIUM_ASSUMED": 32, "VELOCITY": 64, "RESOLUTION": 128, "NOT_SERVED": 256, "UPPER_LIMIT": 512,
        "LTE": 1024, "DENOISED": 2048,
    }  # fmt: skip
    assert {flag.name: int(flag) for flag in Flag} == numbers
    for name, number in numbers.items():
        assert flag_names(number) == name
    photometry = {
        "LABEL_RANGE": 1, "OUT_OF_DISTRIBUTION": 2, "LOW_SNR": 8, "COVERAGE": 16, "NOT_SERVED": 256,
        "BIMODAL": 4096, "BROAD": 8192, "STAR": 16384, "NO_MORPHOLOGY": 32768, "SURVEY_FLAG": 65536,
    }  # fmt: skip
    assert {flag.name: int(flag) for flag in PhotometryFlag} == photometry
    for name, number in photometry.items():
        assert photometry_flag_names(number) == name
    levels = {flag: verdict_of([Remark(flag, "said")]).level for flag in Flag}
    harmless = {Flag.UPPER_LIMIT, Flag.VELOCITY, Flag.MEDIUM_ASSUMED}
    assert {flag for flag, level in levels.items() if level == "good"} == harmless
    assert set(levels.values()) == {"good", "caution"}


@pytest.mark.parametrize(("is_known", "part"), [(True, 2.0), (False, 1.6)])
def test_v_sin_i_is_an_upper_limit_below_half_a_width(is_known: bool, part: float) -> None:
    seen = dataclasses.replace(observation(resolving_power=30_000.0), is_resolving_power_known=is_known)
    limit = SPEED_OF_LIGHT_KMS / 30_000.0 / part
    assert upper_limits(LabelSet({"vsini": limit + 0.01}), seen) == {}
    assert upper_limits(LabelSet({"vsini": limit - 0.01}), seen) == {"vsini": pytest.approx(limit)}


# Velocities


def velocity_case(**changes: float):
    """Return the best set of templates and what it found: nothing is doubtful unless it is changed."""
    values = {"velocity": 40.0, "rise": 0.1, "correlation": 0.8, "error": 0.5, "gain": 500.0} | changes
    found = SimpleNamespace(
        velocity_kms=values["velocity"],
        error_kms=values["error"],
        second_velocity_kms=200.0,
        second_peak=0.3,
        second_rise=values["rise"],
        correlation=values["correlation"],
        likelihood_gain=values["gain"],
    )
    templates = SimpleNamespace(name="optical", title="optical templates", range_aa=(4500.0, 5300.0))
    return SimpleNamespace(
        found=found, error_kms=values["error"], templates=templates, is_significant=True, peak=None
    )


ORDERS = [SimpleNamespace(wavelength_aa=np.linspace(4600.0, 5200.0, 10))]


def velocity_bits(best, others=()) -> tuple[str, str]:
    remarks = tuple(doubts(best, others, ORDERS, VelocityOptions(limit_kms=1000.0)))
    one = StarVelocity(0.0, 0.1, "barycentric", 0.0, "barycentric", None, False, best, (), remarks)
    return flag_names(int(one.flag_warn)), flag_names(int(one.flag_bad))


@pytest.mark.parametrize(
    ("name", "inside", "outside", "before", "after"),
    [
        ("velocity", 989.0, 991.0, ("", ""), ("VELOCITY", "VELOCITY")),
        ("velocity", -989.0, -991.0, ("", ""), ("VELOCITY", "VELOCITY")),
        ("rise", 0.49, 0.51, ("", ""), ("VELOCITY", "")),
        ("correlation", 0.151, 0.149, ("", ""), ("VELOCITY", "")),
        ("error", 9.9, 10.1, ("", ""), ("VELOCITY", "")),
    ],
)
def test_velocities_at_each_limit(name, inside, outside, before, after) -> None:
    assert velocity_bits(velocity_case(**{name: inside})) == before
    assert velocity_bits(velocity_case(**{name: outside})) == after


def test_ambiguous_and_faint_velocities_are_bad() -> None:
    from spectragui.inference.observation.rest_frame import AMBIGUOUS_GAIN, AMBIGUOUS_RISE

    assert velocity_bits(velocity_case(rise=AMBIGUOUS_RISE + 0.01))[1] == "VELOCITY"
    assert velocity_bits(velocity_case(rise=AMBIGUOUS_RISE - 0.01))[1] == ""
    assert velocity_bits(velocity_case(gain=AMBIGUOUS_GAIN - 0.1))[1] == "VELOCITY"
    assert velocity_bits(velocity_case(gain=AMBIGUOUS_GAIN + 0.1))[1] == ""
    assert velocity_bits(velocity_case(rise=0.51, correlation=0.149))[1] == "VELOCITY"


def test_templates_disagree_beyond_five_sigma() -> None:
    best = velocity_case(error=3.0)
    for n_sigma, expected in ((4.97, ""), (5.03, "VELOCITY")):
        for sign in (-1.0, 1.0):
            other = velocity_case(velocity=40.0 + sign * n_sigma * 5.0, error=4.0)
            assert velocity_bits(best, [other]) == (expected, "")
    other.is_significant = False
    assert velocity_bits(best, [other]) == ("", "")


def test_the_velocity_of_a_wrong_medium_is_named_at_its_limit() -> None:
    from spectragui.analysis.wrong_medium import air_vacuum_velocity, is_air_vacuum_velocity

    low, high = air_vacuum_velocity(4600.0, 5200.0)
    middle, half = 0.5 * (low + high), 0.5 * (high - low)
    assert middle == pytest.approx(83.4, abs=1.0)  # n - 1 of air at 4900 A is 2.79e-4
    for error in (0.05, 0.3):
        reach = half + 3.0 * error + 0.3
        for sign in (-1.0, 1.0):
            assert is_air_vacuum_velocity(sign * (middle + reach - 0.01), error, 4600.0, 5200.0)
            assert not is_air_vacuum_velocity(sign * (middle + reach + 0.01), error, 4600.0, 5200.0)
    assert not is_air_vacuum_velocity(middle + 3.01, 50.0, 4600.0, 5200.0)  # no error makes it wider than 3
    at = velocity_case(velocity=middle, error=0.05)
    assert velocity_bits(at) == ("MEDIUM_ASSUMED", "")


# Denoised spectra

ALARMS = Alarms(4.5, 3.0, 2.0, 16.0, 1.0, 4.5, 3.6, 2.8, 0.003)
PROOF = {
    "chi2": 0.0, "whiteness": 0.5, "surprise": 1.0, "velocity_gain": 100.0, "velocity_contrast": 5.0,
    "sharpness": 0.0, "resolving_power": 5000.0, "snr": 20.0,
}  # fmt: skip


def denoised_bits(name: str = "", value: float = 0.0, **more) -> tuple[str, str]:
    domain = Domain(resolving_power=(4000.0, 6000.0))
    alarms = more.pop("alarms", ALARMS)
    model = SimpleNamespace(alarms_at=lambda _power, _snr: alarms, card=SimpleNamespace(domain=domain))
    proof = SimpleNamespace(**{**PROOF, name: value} if name in PROOF and name != "snr" else PROOF)
    snr = value if name == "snr" else 20.0
    pixels = SimpleNamespace(
        flux=np.full(50, snr),
        sigma=np.ones(50),
        good=np.ones(50, dtype=bool),
        reached=value if name == "coverage" else 1.0,
        has_errors=more.get("has_errors", True),
        is_medium_assumed=name == "medium",
    )
    meta = {"resolving_power": value} if name == "power" else {}
    spectrum = Spectrum(SpectralAxis(np.arange(7000.0, 7050.0)), np.ones(50), meta=meta)
    regions = [object()] * int(value) if name == "regions" else []
    return bits(judge_denoised(model, spectrum, pixels, proof, regions, is_told=more.get("is_told", False)))


@pytest.mark.parametrize(
    ("name", "inside", "outside", "before", "after"),
    [
        ("chi2", 4.49, 4.51, ("", ""), ("CHI2", "")),
        ("chi2", 9.9, 10.1, ("CHI2", ""), ("", "CHI2")),
        ("whiteness", 1.01e-3, 0.99e-3, ("", ""), ("OUT_OF_DISTRIBUTION", "")),
        ("whiteness", 1.01e-7, 0.99e-7, ("OUT_OF_DISTRIBUTION", ""), ("", "OUT_OF_DISTRIBUTION")),
        ("surprise", 1.99, 2.01, ("", ""), ("OUT_OF_DISTRIBUTION", "")),
        ("surprise", 2.99, 3.01, ("OUT_OF_DISTRIBUTION", ""), ("", "OUT_OF_DISTRIBUTION")),
        ("regions", 0, 1, ("", ""), ("OUT_OF_DISTRIBUTION", "")),
        ("velocity_gain", 16.1, 15.9, ("", ""), ("VELOCITY", "")),
        ("velocity_contrast", 1.01, 0.99, ("", ""), ("OUT_OF_DISTRIBUTION", "")),
        ("snr", 3.01, 2.99, ("", ""), ("LOW_SNR", "")),
        ("coverage", 0.751, 0.749, ("", ""), ("COVERAGE", "")),
        ("power", 3201.0, 3199.0, ("", ""), ("", "RESOLUTION")),
        ("power", 7499.0, 7501.0, ("", ""), ("", "RESOLUTION")),
        ("sharpness", 2.79, 2.81, ("", ""), ("RESOLUTION", "")),
        ("sharpness", -2.79, -2.81, ("", ""), ("RESOLUTION", "")),
        ("sharpness", 5.99, 6.01, ("RESOLUTION", ""), ("", "RESOLUTION")),
        ("sharpness", -5.99, -6.01, ("RESOLUTION", ""), ("", "RESOLUTION")),
    ],
)
def test_denoised_spectra_at_each_limit(name, inside, outside, before, after) -> None:
    assert denoised_bits(name, inside) == before
    assert denoised_bits(name, outside) == after


def test_what_else_decides_on_a_denoised_spectrum() -> None:
    wide = dataclasses.replace(ALARMS, chi2=8.0, surprise=2.9)
    assert denoised_bits("chi2", 15.9, alarms=wide) == ("CHI2", "")  # twice the alarm, where that is more
    assert denoised_bits("chi2", 16.1, alarms=wide) == ("", "CHI2")
    assert denoised_bits("surprise", 3.76, alarms=wide) == ("OUT_OF_DISTRIBUTION", "")  # 1.3 times the alarm
    assert denoised_bits("surprise", 3.78, alarms=wide) == ("", "OUT_OF_DISTRIBUTION")
    assert denoised_bits("chi2", 20.0, has_errors=False) == ("", "")
    for name in ("velocity_gain", "velocity_contrast"):
        assert denoised_bits(name, 0.01, is_told=True) == ("", "")
    assert denoised_bits("medium") == ("MEDIUM_ASSUMED", "")
    assert denoised_bits("power", 5000.0) == ("", "")


# Photometry


def photometry_bits(**changes) -> tuple[str, str]:
    bands = band_set("alhambra")
    n = len(bands)
    n_bands = int(changes.get("n_bands", n))
    magnitude = np.full((1, n), changes.get("brightness", 20.0), dtype=np.float64)
    error = np.full((1, n), 0.05)
    error[0, : int(changes.get("n_faint", 0))] = 1.5  # a signal-to-noise ratio of 0.7
    magnitude[0, n_bands:] = np.nan
    magnitude[0, bands.reference_index] = changes.get("brightness", 20.0)
    table = PhotometricTable(
        bands, np.array(["1"]), magnitude, error, np.full((1, n), np.nan),
        morphology={} if changes.get("no_shape") else {"fwhm": np.array([5.0])},
        flags={"satur_flag": np.array([changes.get("saturated", 0.0)])},
    )  # fmt: skip
    z = changes.get("z", 0.5)
    half = 0.5 * changes.get("width", 0.02) * (1.0 + z)
    found = {
        "n_bands": np.array([n_bands]), "z": np.array([z]), "z_lower": np.array([z - half]),
        "z_upper": np.array([z + half]), "p_second": np.array([changes.get("p_second", 0.0)]),
        "p_star": np.array([changes.get("p_star", 0.0)]),
    }  # fmt: skip
    surprise = np.array([changes.get("surprise", 1.0)])
    likeness = SimpleNamespace(surprise=lambda *_: surprise, limits=(2.0, 3.0))
    shape = SimpleNamespace(outputs=[SimpleNamespace(high=float(np.log1p(2.0)))])
    model = SimpleNamespace(likeness=likeness, shape=shape)
    served = np.array([not changes.get("not_served", False)])
    flags = _flags(_objects(table), found, model, served)
    warn, bad = int(flags["flag_warn"][0]), int(flags["flag_bad"][0])
    assert warn & bad == bad  # every bad bit is in the warnings, too
    return photometry_flag_names(warn), photometry_flag_names(bad)


@pytest.mark.parametrize(
    ("name", "inside", "outside", "before", "after"),
    [
        ("brightness", 15.51, 15.49, ("", ""), ("LABEL_RANGE", "")),
        ("brightness", 14.51, 14.49, ("LABEL_RANGE", ""), ("LABEL_RANGE", "LABEL_RANGE")),
        ("brightness", 25.09, 25.11, ("", ""), ("LABEL_RANGE", "")),
        ("brightness", 25.99, 26.01, ("LABEL_RANGE", ""), ("LABEL_RANGE", "LABEL_RANGE")),
        ("z", 1.87, 1.89, ("", ""), ("LABEL_RANGE", "")),  # 0.94 of the largest redshift, 2
        ("surprise", 1.99, 2.01, ("", ""), ("OUT_OF_DISTRIBUTION", "")),
        ("surprise", 2.99, 3.01, ("OUT_OF_DISTRIBUTION", ""), ("OUT_OF_DISTRIBUTION",) * 2),
        ("n_faint", 12, 13, ("", ""), ("LOW_SNR", "")),  # of 24 bands
        ("n_bands", 12, 11, ("", ""), ("COVERAGE", "")),
        ("n_bands", 5, 4, ("COVERAGE", ""), ("COVERAGE", "COVERAGE")),
        ("p_second", 0.149, 0.151, ("", ""), ("BIMODAL", "")),
        ("width", 0.099, 0.101, ("", ""), ("BROAD", "")),
        ("p_star", 0.49, 0.51, ("", ""), ("STAR", "")),
        ("no_shape", False, True, ("", ""), ("NO_MORPHOLOGY", "")),
        ("saturated", 0.0, 1.0, ("", ""), ("SURVEY_FLAG", "")),
        ("not_served", False, True, ("", ""), ("NOT_SERVED", "NOT_SERVED")),
    ],
)  # fmt: skip
def test_objects_at_each_limit(name, inside, outside, before, after) -> None:
    assert photometry_bits(**{name: inside}) == before
    assert photometry_bits(**{name: outside}) == after


def test_an_object_of_noise_alone_is_bad() -> None:
    assert photometry_bits(n_faint=24) == ("LOW_SNR", "LOW_SNR")
