"""Velocity, medium, grid, level and blaze: what each does to wavelengths and flux."""

import numpy as np
import pytest
from astropy.io import fits

from spectragui.core.errors import StageError
from spectragui.core.spectral_axis import SPEED_OF_LIGHT_KMS, SpectralAxis, vacuum_to_air
from spectragui.core.spectrum import EchelleSpectrum, Spectrum
from spectragui.preprocessing.chain import Chain
from spectragui.preprocessing.stages.air_vacuum import AirVacuum
from spectragui.preprocessing.stages.deblaze import Deblaze
from spectragui.preprocessing.stages.doppler import Doppler
from spectragui.preprocessing.stages.normalise import Normalise
from spectragui.preprocessing.stages.resample import Resample


def make(flux=None, wavelength=None, medium="vacuum", frame="observer", sigma=0.01, **meta):
    wavelength = 5000 + 0.05 * np.arange(1000) if wavelength is None else wavelength
    flux = np.ones(wavelength.size) if flux is None else flux
    axis = SpectralAxis(wavelength, medium=medium, frame=frame)
    return Spectrum(axis, flux, np.full(flux.size, sigma), meta=meta)


def test_a_receding_star_moves_to_the_blue_and_only_once():
    result = Doppler(velocity_kms=30.0).run(make()).spectrum
    shift = (result.wavelength_aa / make().wavelength_aa - 1) * SPEED_OF_LIGHT_KMS
    np.testing.assert_allclose(shift, -30.0, rtol=2e-4)
    with pytest.raises(StageError, match="already"):
        Doppler(velocity_kms=30.0).run(result)


def test_the_files_velocities_are_taken_with_the_right_sign():
    to_barycentre = Doppler(from_file=True, frame="barycentric").run(make(berv_kms=20.0)).spectrum
    # The observer moves towards the star and sees it too blue.
    assert to_barycentre.wavelength_aa[0] > 5000.0
    assert to_barycentre.spectral_axis.frame == "barycentric"
    assert Doppler(from_file=True).run(make(v_rad_kms=20.0)).spectrum.wavelength_aa[0] < 5000.0
    with pytest.raises(StageError, match="gives no velocity of the star"):
        Doppler(from_file=True).run(make())


def test_air_and_vacuum():
    air = AirVacuum(medium="air").run(make()).spectrum
    np.testing.assert_allclose(air.wavelength_aa, vacuum_to_air(make().wavelength_aa), rtol=1e-12)
    with pytest.raises(StageError, match="does not say"):
        AirVacuum().run(make(medium="unknown"))
    assumed = AirVacuum(medium="air", unknown_is="vacuum").run(make(medium="unknown"))
    np.testing.assert_array_equal(assumed.spectrum.wavelength_aa, air.wavelength_aa)
    assert "Taken for granted" in assumed.notes[0]


@pytest.mark.parametrize("options", [{"step_aa": 0.13}, {"grid": "velocity", "step_kms": 9.0}])
def test_resampling_conserves_flux(options):
    rng = np.random.default_rng(1)
    spectrum = make(rng.uniform(0.5, 1.5, 1000))
    result = Resample(**options).run(spectrum).spectrum
    inside = (spectrum.wavelength_aa > 5010) & (spectrum.wavelength_aa < 5040)
    inside_new = (result.wavelength_aa > 5010) & (result.wavelength_aa < 5040)
    before = np.sum(spectrum.flux[inside]) * 0.05
    after = np.sum(result.flux[inside_new] * np.gradient(result.wavelength_aa)[inside_new])
    assert after == pytest.approx(before, rel=0.005)


def test_the_correlation_of_neighbours_is_the_one_that_the_note_tells():
    rng = np.random.default_rng(2)
    stage = Resample(step_aa=0.07)
    results = [stage.run(make(rng.normal(1.0, 0.01, 1000))) for _ in range(400)]
    flux = np.array([result.spectrum.flux[result.spectrum.good] for result in results])
    flux -= flux.mean(axis=0)
    scatter = flux.std(axis=0)
    measured = np.mean(np.mean(flux[:, 1:] * flux[:, :-1], axis=0) / (scatter[1:] * scatter[:-1]))
    told = float(results[0].notes[0].split()[-1].rstrip("."))
    assert told == pytest.approx(measured, abs=0.06)


def test_orders_land_on_one_common_grid():
    orders = EchelleSpectrum((make(), make(wavelength=5030.02 + 0.05 * np.arange(1000))))
    one, other = Resample(step_aa=0.1).run(orders).spectrum
    both = np.intersect1d(np.round(one.wavelength_aa, 6), np.round(other.wavelength_aa, 6))
    assert both.size == pytest.approx(200, abs=3)


def test_each_chip_gets_its_own_median_as_apogee_does():
    wavelength = np.concatenate([15_150 + 0.2 * np.arange(2000), 15_900 + 0.2 * np.arange(2000)])
    flux = np.concatenate([np.full(2000, 5.0), np.full(2000, 8.0)])
    result = Normalise(level="chip medians").run(make(flux, wavelength, sigma=0.5)).spectrum
    np.testing.assert_allclose(result.flux, 1.0)
    np.testing.assert_allclose(result.uncertainty, np.repeat([0.1, 0.0625], 2000))
    whole = Normalise(target=0.5).run(make(flux, wavelength)).spectrum
    assert np.median(whole.flux) == pytest.approx(0.5, abs=0.12)


def test_the_level_at_a_wavelength():
    flux = np.linspace(1.0, 2.0, 1000)
    result = Normalise(level="at a wavelength", wavelength_aa=5025.0, width_aa=1.0).run(make(flux)).spectrum
    assert np.interp(5025.0, result.wavelength_aa, result.flux) == pytest.approx(1.0, abs=1e-3)
    with pytest.raises(StageError, match="No pixel there is good"):
        Normalise(level="at a wavelength", wavelength_aa=6000.0).run(make(flux))


def blazed(order, rng, line=None):
    """Return an order of an echelle with its blaze and lines, and the blaze."""
    centre = 560_000 / order
    length = centre / order
    wavelength = centre + np.linspace(-0.55, 0.55, 3000) * length
    blaze = np.sinc((wavelength - centre) / length / 1.05) ** 2
    flux = 5000 * blaze
    for place in rng.uniform(wavelength[0], wavelength[-1], 30):
        flux *= 1 - rng.uniform(0.1, 0.6) * np.exp(-0.5 * ((wavelength - place) / 0.07) ** 2)
    if line is not None:  # as broad as H beta of an A star
        flux *= 1 - 0.6 / (1 + np.abs((wavelength - line) / 6.0) ** 1.8)
    sigma = np.sqrt(np.maximum(flux, 10.0))
    return Spectrum(SpectralAxis(wavelength), rng.normal(flux, sigma), sigma), blaze


def test_the_shared_blaze_is_seen_through_a_line_as_broad_as_its_order():
    rng = np.random.default_rng(5)
    orders, blazes = zip(
        *[blazed(m, rng, 4861.0 if m == 115 else None) for m in range(108, 122)], strict=True
    )
    result = Deblaze(least=0.2).run(EchelleSpectrum(orders))
    for order, blaze, found in zip(orders[::-1], blazes[::-1], result.curves, strict=True):
        use = blaze > 0.2
        ratio = (found.values / blaze)[use]
        error = np.std(ratio / np.median(ratio))
        assert error < 0.02, order.wavelength_aa[0]


def test_a_flat_field_and_a_files_own_blaze(tmp_path):
    rng = np.random.default_rng(6)
    order, blaze = blazed(110, rng)
    own = Deblaze().run(order.with_meta(blaze=blaze))
    assert own.notes == ("Divided by the file's blaze.",)
    use = blaze > 0.1
    np.testing.assert_allclose(own.spectrum.flux[use], (order.flux / blaze)[use] * blaze.max(), rtol=1e-9)
    flat = tmp_path / "flat.fits"
    columns = [
        fits.Column("WAVELENGTH", "D", unit="Angstrom", array=order.wavelength_aa),
        fits.Column("FLUX", "D", array=1e5 * blaze),
    ]
    fits.BinTableHDU.from_columns(columns).writeto(flat)
    by_flat = Deblaze(blaze="flat", flat_file=str(flat)).run(order)
    np.testing.assert_allclose(by_flat.spectrum.flux[use], own.spectrum.flux[use], rtol=1e-4)
    with pytest.raises(StageError, match="No flat field is given"):
        Deblaze(blaze="flat").run(order)


def test_a_chain_of_axis_stages_reaches_the_rest_frame_in_air():
    spectrum = make(v_rad_kms=25.0)
    result = Chain.of(AirVacuum(), Doppler(from_file=True)).apply(spectrum)
    assert (result.spectral_axis.medium, result.spectral_axis.frame) == ("air", "rest")
