"""The papers' chains against truth: the thesis' on a simulated frame, StarNet's pixels, models to stars."""

from __future__ import annotations

import importlib.util
import re

import numpy as np
import pytest
from astropy.io import fits

from spectragui.core.errors import SettingsError, StageError
from spectragui.core.spectral_axis import SPEED_OF_LIGHT_KMS, SpectralAxis
from spectragui.core.spectrum import EchelleSpectrum, Spectrum, orders_of
from spectragui.io.read import read_spectrum
from spectragui.io.writers import write_spectrum
from spectragui.preprocessing.chain_files import load_preset, with_settings
from spectragui.preprocessing.stages.doppler import Doppler
from spectragui.preprocessing.stages.normalise_cycles import NormaliseCycles
from spectragui.preprocessing.stages.onto_grid import OntoGrid, starnet_axis
from spectragui.preprocessing.stages.savitzky_golay import SavitzkyGolay, smooth, smoothing_matrix


@pytest.fixture(scope="module")
def echelle_mock():
    """Return the module that simulates CARMENES VIS frames, from the shared material."""
    from tests.conftest import _shared_folder

    file = _shared_folder() / "cases" / "echelle_mock.py"
    if not file.is_file():
        pytest.skip("the shared material is not here")
    spec = importlib.util.spec_from_file_location("echelle_mock", file)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    "options",
    [
        ("1",),
        pytest.param(("2",), marks=pytest.mark.slow),
        pytest.param(("1", "--no-blaze"), marks=pytest.mark.slow),
    ],
)
def test_the_thesis_chain_brings_every_part_of_a_carmenes_frame_to_one(echelle_mock, tmp_path, options):
    file = tmp_path / "frame.fits"
    echelle_mock.main([str(file), *options])
    run = load_preset("carmenes-thesis").run(read_spectrum(file))
    result = run.output
    wavelength, flux = result.wavelength_aa[result.good], result.flux[result.good]
    edges = np.searchsorted(wavelength, np.arange(wavelength[0], wavelength[-1], 5.0))
    parts = [flux[a:b] for a, b in zip(edges[:-1], edges[1:], strict=True) if b - a > 20]
    for percentile in (50, 90):  # the lines take 2 % off the median
        levels = np.array([np.percentile(part, percentile) for part in parts])
        assert np.mean(np.abs(levels - 1) < 0.04) > 0.9, percentile
    # What is left to the truth: its lines, whatever its continuum is.
    z = np.load(f"{file}.npz")
    continuum = echelle_mock.truth(WithoutLines(int(options[0])))[1]
    truth = z["flux"] / continuum
    ratio = flux / np.interp(wavelength, z["wave"], truth / np.percentile(truth, 99.9))
    stretches = zip(edges[:-1], edges[1:], strict=True)
    levels = np.array([np.median(ratio[a:b]) for a, b in stretches if b - a > 20])
    assert np.mean(np.abs(levels - 1) < 0.04) > 0.95
    notes = [note for result in run.results for note in result.notes]
    assert any(re.match(r"First cycle: window \d+ to \d\d? px.*\(61 orders\)", note) for note in notes), notes


class WithoutLines:
    """Draws what the mock's star draws, but its lines have no depth: its continuum is left."""

    def __init__(self, seed):
        rng = np.random.default_rng(seed)
        self.uniform, self.integers = rng.uniform, rng.integers

    def exponential(self, scale, size):
        return np.zeros(size)


def test_orders_are_normalised_before_they_are_stitched_and_the_bluer_one_wins():
    steps = [step.stage for step in load_preset("carmenes-thesis").steps]
    names = [stage.name for stage in steps]
    assert names.index("normalise_cycles") < names.index("stitch")
    assert steps[names.index("normalise_cycles")].cycles == 3
    stitch = steps[names.index("stitch")]
    assert (stitch.method, stitch.level_match) == ("first", "none")


def make_order(seed, start=5000.0, sigma=0.02, n_pixels=2000):
    rng = np.random.default_rng(seed)
    wavelength = start + 0.04 * np.arange(n_pixels)
    flux = 700.0 * (1.0 + 0.1 * np.sin(wavelength / 30.0))
    for centre in rng.uniform(start, wavelength[-1], 40):
        flux = flux * (1 - 0.4 * np.exp(-0.5 * ((wavelength - centre) / 0.1) ** 2))
    axis = SpectralAxis(wavelength, medium="air", frame="observer")
    return Spectrum(axis, flux * rng.normal(1.0, sigma, n_pixels), sigma * flux)


def test_the_note_on_the_bic_gives_windows_not_their_sum_over_the_orders():
    quiet, noisy = make_order(1, sigma=0.001), make_order(2, start=5070.0, sigma=0.2)
    own = [SavitzkyGolay().run(order).notes[0] for order in (quiet, noisy)]
    assert own[0] != own[1]
    windows = sorted(int(note.split()[1]) for note in own)
    for stage in (SavitzkyGolay(), NormaliseCycles(cycles=1)):
        note = stage.run(EchelleSpectrum((quiet, noisy))).notes[0]
        assert f"indow {windows[0]} to {windows[1]} px" in note and "(2 orders)" in note
    same = SavitzkyGolay().run(EchelleSpectrum((quiet, make_order(1, start=5070.0, sigma=0.001)))).notes[0]
    assert same.startswith(own[0].rstrip("."))


def test_the_matrix_of_the_smoothing_is_the_smoothing():
    rng = np.random.default_rng(3)
    flux, good = rng.normal(size=400), rng.random(400) > 0.1
    good[100:112] = False
    wanted, variance, empty = smooth(flux, np.ones(400), good, 9, 3)
    matrix = smoothing_matrix(good, 9, 3)
    np.testing.assert_allclose((matrix @ np.where(good, flux, 0.0))[~empty], wanted[~empty], atol=1e-6)
    spread = np.sqrt(matrix.multiply(matrix) @ good.astype(float))
    np.testing.assert_allclose(spread[~empty], variance[~empty], rtol=1e-5)


def test_errors_of_repeated_smoothings_are_the_same_in_blocks_and_fit_into_memory(monkeypatch):
    from spectragui.preprocessing.stages import normalise_cycles

    rng = np.random.default_rng(4)
    variance, good = rng.uniform(0.5, 2.0, 900), rng.random(900) > 0.05
    smoothings = [(21, 3), (7, 2), (5, 2)]
    whole = normalise_cycles.smoothed_variance(np.where(good, variance, 0.0), good, smoothings)
    monkeypatch.setattr(normalise_cycles, "BLOCK_PIXELS", 100)
    parts = normalise_cycles.smoothed_variance(np.where(good, variance, 0.0), good, smoothings)
    np.testing.assert_allclose(parts, whole, rtol=1e-6)
    flat = normalise_cycles.smoothed_variance(np.ones(400), np.ones(400, bool), [(9, 2)])
    assert flat[200] == pytest.approx(
        59.0 / 231.0, rel=1e-6
    )  # of Savitzky and Golay's table: 9 pixels, order 2


APOGEE = {
    "apStar-r6-2M19535443+4424541.fits": None,
    "aspcapStar-r6-l30e.2-2M19535443+4424541.fits": None,
    "apVisit-r13-5095-55844-128.fits": "VRAD",
}


@pytest.mark.parametrize("name", APOGEE)
def test_apogee_files_become_the_pixels_of_starnet_at_rest(name, shared_data):
    wanted = np.load(shared_data / "hband" / "apogee_wavelength.npz")["wavelength"]
    file = shared_data / "formats" / name
    spectrum = read_spectrum(file)
    result = load_preset("apogee-starnet").run(spectrum).output
    assert isinstance(result, Spectrum) and len(result) == 7214
    np.testing.assert_allclose(result.wavelength_aa, wanted, rtol=1e-9)
    assert result.spectral_axis.frame == "rest" and result.good.sum() > 6500
    for part in np.split(np.arange(7214), [2920, 5320]):
        assert np.median(result.flux[part][result.good[part]]) == pytest.approx(1.0, abs=1e-6)
    if APOGEE[name]:
        told = fits.getheader(file)[APOGEE[name]]
        step = result.spectral_axis.velocity_history[-1]
        assert step.velocity_kms == pytest.approx(told, abs=0.01)


def test_the_pixels_of_a_visit_hold_the_flux_of_the_star(shared_data):
    """A line of the apVisit lies where the velocity puts it, on the rest-frame pixels."""
    visit = read_spectrum(shared_data / "formats" / "apVisit-r13-5095-55844-128.fits")
    result = load_preset("apogee-starnet").run(visit).output
    wave, flux = result.wavelength_aa, np.where(result.good, result.flux, 1.0)
    own = orders_of(visit)[1]
    factor = 1 + fits.getheader(shared_data / "formats" / "apVisit-r13-5095-55844-128.fits")["VRAD"] / (
        SPEED_OF_LIGHT_KMS
    )
    there = (wave > 15_900) & (wave < 16_400)
    seen = np.interp(wave[there] * factor, own.wavelength_aa[own.good], own.flux[own.good])
    assert np.corrcoef(seen, flux[there])[0, 1] > 0.95


def test_the_files_velocity_of_the_star_is_barycentric_and_orders_have_it_in_the_whole():
    order = make_order(4)
    echelle = EchelleSpectrum((order,), {"v_rad_kms": -33.0, "berv_kms": 11.0})
    for spectrum in (echelle, order.with_meta(v_rad_kms=-33.0, berv_kms=11.0)):
        result = orders_of(Doppler(from_file=True).run(spectrum).spectrum)[0]
        assert result.spectral_axis.velocity_history[-1].velocity_kms == pytest.approx(-44.0, abs=1e-3)
    alone = Doppler(from_file=True).run(order.with_meta(v_rad_kms=-33.0))
    assert any("barycentric correction is not known" in note for note in alone.notes)


STARNET = "APOGEE StarNet"


def test_starnets_pixels_are_refused_to_spectra_that_move():
    with pytest.raises(StageError, match="rest frame"):
        OntoGrid(STARNET).run(make_order(5, start=16_000.0))
    with pytest.raises(StageError, match="No file"):
        OntoGrid("file").run(make_order(5))
    with pytest.raises(StageError, match="covers none"):
        OntoGrid(STARNET).run(_at_rest(make_order(5)))
    assert len(starnet_axis()) == 7214


def _at_rest(order):
    return order.replace(spectral_axis=order.spectral_axis.replace(frame="rest", medium="vacuum"))


def test_settings_of_a_chain_by_text():
    chain = with_settings(load_preset("synthetic-to-observed"), ["convolve.resolving_power=50000"])
    assert next(s.stage for s in chain.steps if s.stage.name == "convolve").resolving_power == 50_000
    for text in ("convolve", "smooth.width_pix=3", "convolve.power=3", "convolve.resolving_power=high"):
        with pytest.raises(SettingsError):
            with_settings(chain, [text])


# A model's forest of lines at rest in vacuum, in the published layouts, and what a spectrograph makes of it.
CENTRES = np.random.default_rng(8).uniform(6005.0, 6195.0, 150)
POWER = 94_600.0


def model_flux(wave, power=np.inf):
    """Return lines of 2 km/s width (sigma) on a slope; blurred analytically to a resolving power."""
    width = np.hypot(2.0, SPEED_OF_LIGHT_KMS / power / 2.3548)
    depth = np.zeros(wave.size)
    for centre in CENTRES:
        v = (wave / centre - 1) * SPEED_OF_LIGHT_KMS
        depth += 0.3 * 2.0 / width * np.exp(-0.5 * (v / width) ** 2)
    return 1.0 - depth


def write_phoenix(folder, wave, flux):
    vector = fits.PrimaryHDU(wave)
    vector.header.update({"UNIT": "Angstrom", "CTYPE": "wave"})
    vector.writeto(folder / "WAVE_PHOENIX-ACES-AGSS-COND-2011.fits")
    image = fits.PrimaryHDU(flux * 1e15)
    cards = {"PHXTEFF": 3500.0, "PHXLOGG": 5.0, "PHXM_H": 0.0, "PHXALPHA": 0.0, "BUNIT": "erg/s/cm^2/cm"}
    image.header.update(cards)
    image.writeto(folder / "lte03500-5.00-0.0.PHOENIX-ACES-AGSS-COND-2011-HiRes.fits")
    return folder / "lte03500-5.00-0.0.PHOENIX-ACES-AGSS-COND-2011-HiRes.fits"


def write_bt_settl(folder, wave, flux):
    rows = [
        f"{w:13.6f}{np.log10(f * 1e6) + 8.0:12.6f}D+00 {1e5:.4E}\n".replace("E+", "D+")
        for w, f in zip(wave, flux, strict=True)
    ]
    (folder / "lte035-5.0-0.0a+0.0.BT-Settl.spec.7").write_text("".join(rows))
    return folder / "lte035-5.0-0.0a+0.0.BT-Settl.spec.7"


def write_bt_settl_fits(folder, wave, flux):
    columns = [
        fits.Column("Wavelength", "D", "um", array=wave / 1e4),
        fits.Column("Flux", "D", "W/m2/um", array=flux * 1e3),
        fits.Column("BBFlux", "D", "W/m2/um", array=flux),
    ]
    primary = fits.PrimaryHDU()
    primary.header.update({"PHXTEFF": 35.0, "PHXLOGG": 5.0, "PHXM_H": 0.0})
    fits.HDUList([primary, fits.BinTableHDU.from_columns(columns)]).writeto(folder / "model.fits")
    return folder / "model.fits"


@pytest.mark.parametrize("write", [write_phoenix, write_bt_settl, write_bt_settl_fits])
def test_models_in_their_published_layouts_become_like_an_observed_spectrum(write, tmp_path):
    wave = np.arange(5990.0, 6210.0, 0.01)
    slope = 1.0 + 0.1 * (wave - 6100.0) / 100.0
    file = write(tmp_path, wave, model_flux(wave) * slope)
    grid = np.exp(np.arange(np.log(6010.0), np.log(6190.0), 1.3 / SPEED_OF_LIGHT_KMS))
    axis = SpectralAxis(grid, medium="vacuum", frame="rest")
    observed = Spectrum(axis, np.ones(grid.size), np.full(grid.size, 0.01))
    write_spectrum(observed, tmp_path / "observed.fits")
    chain = with_settings(
        load_preset("synthetic-to-observed"), [f"onto_grid.file={tmp_path / 'observed.fits'}"]
    )
    result = chain.run(read_spectrum(file)).output
    np.testing.assert_allclose(result.wavelength_aa, grid, rtol=1e-12)
    wanted = model_flux(grid, POWER)
    inner = result.good & (grid > 6015) & (grid < 6185)
    assert np.corrcoef(result.flux[inner], wanted[inner])[0, 1] > 0.99
    assert np.median(np.abs(result.flux - wanted)[inner]) < 0.01


def test_a_model_on_the_orders_of_an_echelle_is_normalised_order_by_order(tmp_path):
    wave = np.arange(5990.0, 6210.0, 0.01)
    file = write_phoenix(tmp_path, wave, model_flux(wave))
    orders = [
        Spectrum(SpectralAxis(start + 0.03 * np.arange(2000), medium="vacuum", frame="rest"), np.ones(2000))
        for start in (6010.0, 6060.0, 6110.0)
    ]
    write_spectrum(EchelleSpectrum(tuple(orders)), tmp_path / "echelle.fits")
    chain = with_settings(
        load_preset("synthetic-to-observed"), [f"onto_grid.file={tmp_path / 'echelle.fits'}"]
    )
    run = chain.run(read_spectrum(file))
    assert [len(orders_of(spectrum)) for spectrum in run.spectra] == [1, 1, 1, 3, 3, 1]
    result = run.output
    inner = result.good & (result.wavelength_aa > 6015) & (result.wavelength_aa < 6165)
    wanted = model_flux(result.wavelength_aa, POWER)
    assert np.median(np.abs(result.flux - wanted)[inner]) < 0.01


def test_grids_of_pysme_and_the_h_bands_models_go_the_same_way(shared_data, tmp_path):
    """A spectrum of the M-dwarf grid (air) on vacuum pixels; one of BT-Settl's coefficients on APOGEE's."""
    grid = np.load(shared_data / "grids" / "mdwarf.npz")
    axis = SpectralAxis(grid["wave"], medium="air", frame="rest")
    model = Spectrum(axis, grid["flux"][0] / 50_000.0)
    step = 1.3 / SPEED_OF_LIGHT_KMS
    vacuum = np.exp(np.arange(np.log(8630.0), np.log(8830.0), step))
    observed = Spectrum(SpectralAxis(vacuum, medium="vacuum", frame="rest"), np.ones(vacuum.size))
    write_spectrum(observed, tmp_path / "observed.fits")
    chain = with_settings(
        load_preset("synthetic-to-observed"), [f"onto_grid.file={tmp_path / 'observed.fits'}"]
    )
    result = chain.run(model).output
    assert len(result) == vacuum.size and result.spectral_axis.medium == "air"
    np.testing.assert_allclose(result.spectral_axis.in_medium("vacuum").values, vacuum, rtol=1e-9)

    coefficients, pivots, scales, wave = (
        np.load(shared_data / "hband" / f"500k_{name}.npy") for name in ("coeffs", "pivots", "scales", "wl")
    )
    t, g, m = ((3200.0, 5.0, 0.0) - pivots) / scales
    flux = coefficients @ np.array([1, t, g, m, t * t, t * g, t * m, g * g, g * m, m * m])
    inside = (wave > 1.45) & (wave < 1.75)
    model = Spectrum(SpectralAxis(wave[inside] * 1e4, medium="vacuum", frame="rest"), flux[inside])
    chain = with_settings(
        load_preset("synthetic-to-observed"),
        [
            "trim.low_aa=15000",
            "trim.high_aa=17100",
            "convolve.resolving_power=22500",
            "onto_grid.grid=APOGEE StarNet",
        ],
    )
    result = chain.run(model).output
    assert len(result) == 7214 and result.good.sum() > 7000
    assert np.percentile(result.flux[result.good], 90) == pytest.approx(1.0, abs=0.05)
