"""Every registered stage, the same questions: input, mask, NaN, limits, units, odd spectra, TOML."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

import spectragui.preprocessing  # noqa: F401 - registers the stages
from spectragui.core.errors import StageError, UnitError
from spectragui.core.parameters import parameter_infos
from spectragui.core.spectral_axis import SpectralAxis
from spectragui.core.spectrum import EchelleSpectrum, Spectrum, orders_of
from spectragui.preprocessing.chain import Chain
from spectragui.preprocessing.chain_files import chain_from_toml, chain_to_toml
from spectragui.preprocessing.stage import STAGES, StageResult

NAMES = STAGES.names()
TUPLES = {  # a value for every parameter that holds a tuple
    ("mask_ranges", "ranges"): ((5001.01, 5003.01), (5010.01, 5011.01)),
    ("continuum", "leave_out"): ((5001.01, 5003.01),),
    ("continuum", "points"): ((5000.0, 900.0), (5012.0, 1000.0), (5030.0, 1100.0)),
    ("stitch", "cuts"): ((0.0, 5014.0),),
    ("stitch", "excluded"): (1,),
}
MOVES_PIXELS = ("trim", "gaps", "stitch", "air_vacuum", "doppler", "resample")
FILLS = ("bad_pixels", "gaps", "cosmic_rays")


def make_order(start=5000.0, n_pixels=600, seed=1, sigma=True, **meta):
    """Return an order with lines, a slope, noise, masked pixels and a NaN."""
    rng = np.random.default_rng(seed)
    wavelength = start + 0.04 * np.arange(n_pixels)
    flux = 1000.0 * (1 + 0.2 * np.sin((wavelength - start) / 15))
    for centre in rng.uniform(start, wavelength[-1], n_pixels // 40):
        flux *= 1 - rng.uniform(0.1, 0.7) * np.exp(-0.5 * ((wavelength - centre) / 0.06) ** 2)
    errors = np.sqrt(flux)
    flux = rng.normal(flux, errors)
    mask = np.zeros(n_pixels, dtype=bool)
    mask[[5, 50, 51, 52, 300 % n_pixels, n_pixels - 1]] = True
    flux[51] = np.nan
    axis = SpectralAxis(wavelength, medium="air", frame="observer")
    meta = {"resolving_power": 60_000.0, "v_rad_kms": 12.0, "berv_kms": 5.0, **meta}
    return Spectrum(axis, flux, errors if sigma else None, mask, "electron", meta)


def make_echelle(**options):
    orders = tuple(
        make_order(start, seed=i, order=60 - i, **options) for i, start in enumerate((5000.0, 5020.0))
    )
    return EchelleSpectrum(orders, {"resolving_power": 60_000.0, "v_rad_kms": 12.0, "berv_kms": 5.0})


SPECTRA = {"one piece": make_order, "orders": make_echelle}


def make_stage(name, **changes):
    """Return a stage that changes something: defaults, with ranges and points where it wants some."""
    values = {field: value for (stage, field), value in TUPLES.items() if stage == name}
    if name == "resample":
        values["step_aa"] = 0.093
    return STAGES.get(name)(**{**values, **changes})


def variants_of(name):
    """Return the stage at each choice and at both limits of each parameter."""
    for field, info in parameter_infos(STAGES.get(name)).items():
        default = getattr(STAGES.get(name)(), field)
        for value in (*info.choices, info.minimum, info.maximum):
            if value is not None:
                yield make_stage(name, **{field: type(default)(value)})
        if isinstance(default, bool):
            yield make_stage(name, **{field: not default})


def snapshot(spectrum):
    return [
        (order.flux.tobytes(), order.mask.tobytes(), order.wavelength_aa.tobytes(), dict(order.meta))
        for order in orders_of(spectrum)
    ]


def run_or_refuse(stage, spectrum):
    """Run a stage; what it refuses, it refuses in words."""
    try:
        result = stage.run(spectrum)
    except (StageError, UnitError) as error:
        refusal = error.message
    else:
        refusal = ""
    if refusal:
        assert refusal.endswith(".") and len(refusal) > 15
        return None
    check(result, spectrum)
    return result


def check(result, spectrum):
    assert isinstance(result, StageResult)
    has_sigma = all(order.uncertainty is not None for order in orders_of(spectrum))
    for order in orders_of(result.spectrum):
        assert np.all(np.isfinite(order.flux[order.good]))
        assert (order.uncertainty is not None) == has_sigma
        if has_sigma:
            assert np.all(np.isfinite(order.uncertainty[order.good]) & (order.uncertainty[order.good] > 0))
    for curve in result.curves:
        assert curve.wavelength_aa.shape == curve.values.shape
        assert np.all(np.diff(curve.wavelength_aa) >= 0)
    for region in result.regions:
        assert region.low_aa <= region.high_aa
    assert all(note.endswith((".", "orders)")) for note in result.notes)


@pytest.mark.parametrize("kind", SPECTRA)
@pytest.mark.parametrize("name", NAMES)
def test_the_input_stays_and_the_output_is_sound(name, kind):
    spectrum = SPECTRA[kind]()
    before = snapshot(spectrum)
    result = run_or_refuse(make_stage(name), spectrum)
    assert result is not None, "refused an ordinary spectrum"
    assert snapshot(spectrum) == before


@pytest.mark.parametrize("kind", SPECTRA)
@pytest.mark.parametrize("name", NAMES)
def test_choices_and_limits_of_every_parameter(name, kind):
    spectrum = SPECTRA[kind]()
    for stage in variants_of(name):
        run_or_refuse(stage, spectrum)


@pytest.mark.parametrize("name", NAMES)
def test_masked_pixels_have_no_say(name):
    order = make_order()
    garbage = order.flux.copy()
    garbage[order.mask] = 1e7
    kept, changed = (make_stage(name).run(s).spectrum for s in (order, order.replace(flux=garbage)))
    for one, other in zip(orders_of(kept), orders_of(changed), strict=True):
        np.testing.assert_array_equal(one.good, other.good)
        np.testing.assert_allclose(one.flux[one.good], other.flux[one.good], rtol=1e-9)


@pytest.mark.parametrize("name", [name for name in NAMES if name not in MOVES_PIXELS])
def test_masked_pixels_stay_masked(name):
    order = make_order()
    result = make_stage(name).run(order).spectrum
    assert np.all(result.mask[order.mask])


@pytest.mark.parametrize("kind", SPECTRA)
@pytest.mark.parametrize("name", NAMES)
def test_spectra_without_errors(name, kind):
    for stage in (make_stage(name), *variants_of(name)):
        run_or_refuse(stage, SPECTRA[kind](sigma=False))


def odd_spectra():
    axis = SpectralAxis(5000.0 + 0.04 * np.arange(300), medium="air", frame="observer")
    short = SpectralAxis([5000.0, 5000.04], medium="air", frame="observer")
    ones, meta = np.ones(300), {"resolving_power": 60_000.0}
    yield Spectrum(axis, ones, ones, np.ones(300, dtype=bool), meta=meta)  # all masked
    yield Spectrum(axis, np.full(300, np.nan), ones)
    yield Spectrum(axis, np.zeros(300), ones)
    yield Spectrum(axis, ones, 0.01 * ones, meta=meta)
    yield Spectrum(axis, -ones, 0.01 * ones, meta=meta)
    yield Spectrum(axis, np.random.default_rng(1).normal(0, 1, 300), ones)  # no signal
    yield Spectrum(axis, 1e-17 * ones, 1e-19 * ones)
    yield Spectrum(short, [1.0, 2.0], [0.1, 0.1], meta=meta)
    yield Spectrum(short, [1.0, 2.0])
    yield Spectrum(axis, ones, 0.01 * ones, np.arange(300) != 150)  # one good pixel
    yield Spectrum(SpectralAxis(np.arange(300.0), unit="pixel"), ones, ones)
    gap = np.concatenate([5000 + 0.04 * np.arange(100), 5020 + 0.04 * np.arange(100)])
    yield Spectrum(SpectralAxis(gap, medium="air", frame="observer"), np.ones(200), np.ones(200), meta=meta)


@pytest.mark.parametrize("name", NAMES)
def test_odd_spectra_are_served_or_refused_in_words(name):
    for spectrum in odd_spectra():
        for stage in (make_stage(name), *variants_of(name)):
            run_or_refuse(stage, spectrum)
            if spectrum.spectral_axis.unit != "pixel":
                run_or_refuse(stage, EchelleSpectrum((spectrum,)))


@pytest.mark.parametrize("name", NAMES)
def test_other_units_give_the_same_spectrum(name):
    order = make_order()
    nm = order.replace(spectral_axis=order.spectral_axis.replace(values=order.wavelength_aa / 10, unit="nm"))
    number = order.spectral_axis.replace(values=(1e8 / order.wavelength_aa)[::-1], unit="cm-1")
    upside_down = order.replace(
        spectral_axis=number,
        flux=order.flux[::-1],
        uncertainty=order.uncertainty[::-1],
        mask=order.mask[::-1],
    )
    wanted = orders_of(make_stage(name).run(order).spectrum)[0]
    for other in (nm, upside_down):
        result = orders_of(make_stage(name).run(other).spectrum)[0].in_angstrom()
        np.testing.assert_array_equal(result.good, wanted.good)
        np.testing.assert_allclose(result.wavelength_aa, wanted.wavelength_aa, rtol=1e-12)
        np.testing.assert_allclose(result.flux[result.good], wanted.flux[wanted.good], rtol=1e-6)
        np.testing.assert_allclose(
            result.uncertainty[result.good], wanted.uncertainty[wanted.good], rtol=1e-6
        )


@pytest.mark.parametrize("name", NAMES)
def test_stages_survive_toml(name):
    for stage in (make_stage(name), *variants_of(name)):
        chain = Chain.of(stage)
        assert chain_from_toml(chain_to_toml(chain)) == chain


@pytest.mark.parametrize("name", NAMES)
def test_forms_have_words_for_everything(name):
    cls = STAGES.get(name)
    assert cls.title and cls.help.endswith(".")
    for field, info in parameter_infos(cls).items():
        assert info.label and info.help.endswith("."), f"{name}.{field}"


MONTE_CARLO = {
    "mask_ranges": {},
    "bad_pixels": {},
    "gaps": {},
    "deblaze": {},
    "stitch": {},
    "savitzky_golay": {"by_bic": False, "window": 9},
    "smooth": {"kind": "Gaussian"},
    "smooth box": {"kind": "box", "width_pix": 5.0},
    "smooth median": {"kind": "median", "width_pix": 5.0},
    "continuum": {},
    "continuum chebyshev": {"method": "chebyshev"},
    "continuum spline": {"method": "spline"},
    "continuum subtract": {"operation": "subtract"},
    "normalise_cycles": {"by_bic": False},
    "normalise": {},
    "normalise chips": {"level": "chip medians"},
    "doppler": {"velocity_kms": 30.0},
    "air_vacuum": {"medium": "vacuum"},
    "convolve": {"resolving_power": 30_000.0},
    "resample": {"step_aa": 0.07},
    "resample finer": {"step_aa": 0.03},
    "resample velocity": {"grid": "velocity", "step_kms": 4.0},
}


@pytest.mark.parametrize("case", MONTE_CARLO)
def test_monte_carlo_scatter_is_the_reported_error(case):
    name, values = case.split()[0], MONTE_CARLO[case]
    rng = np.random.default_rng(7)
    n_pixels, n_trials = 1500, 250
    wavelength = 5000.0 + 0.04 * np.arange(n_pixels)
    truth = 1000.0 * (1 + 0.1 * np.sin(wavelength / 30))
    sigma = 10.0 + 5.0 * np.sin(wavelength / 3)
    axis = SpectralAxis(wavelength, medium="air", frame="observer")
    mask = rng.random(n_pixels) < 0.03
    stage = dataclasses.replace(make_stage(name), **values)
    results = []
    for _ in range(n_trials):
        order = Spectrum(axis, rng.normal(truth, sigma), sigma, mask, meta={"resolving_power": 90_000.0})
        results.append(orders_of(stage.run(order).spectrum)[0])
    good = np.all([result.good for result in results], axis=0)
    scatter = np.std([result.flux for result in results], axis=0, ddof=1)[good]
    reported = np.median([result.uncertainty for result in results], axis=0)[good]
    ratio = np.sqrt(np.mean(np.square(scatter / reported)))
    assert good.sum() > 300
    assert abs(ratio - 1) < 0.02, ratio
