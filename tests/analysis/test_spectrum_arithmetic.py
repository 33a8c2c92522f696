"""Ratio, difference, telluric division: right values, errors that are the scatter, refusals."""

import numpy as np
import pytest

from spectragui.analysis.coadd import CoaddOptions, coadd
from spectragui.analysis.spectrum_arithmetic import airmass_ratio, difference, divide_by_standard, ratio
from spectragui.core.errors import MeasurementError, UnitError
from spectragui.core.spectral_axis import SpectralAxis, air_to_vacuum, doppler_factor
from spectragui.core.spectrum import EchelleSpectrum, Spectrum, orders_of
from spectragui.preprocessing.stages.continuum import Continuum
from spectragui.preprocessing.stages.deblaze import Deblaze

X = np.arange(7580.0, 7720.0, 0.05)


def lines(wavelength, centres, depth, sigma=0.1):
    profile = sum(np.exp(-0.5 * ((wavelength - centre) / sigma) ** 2) for centre in centres)
    return 1.0 - depth * profile


def make(flux, sigma=0.01, seed=None, frame="barycentric", medium="air", x=X, **meta):
    error = np.full(x.size, sigma)
    if seed is not None:
        flux = flux + np.random.default_rng(seed).normal(0, error)
    return Spectrum(SpectralAxis(x, medium=medium, frame=frame), flux, error, meta=meta)


@pytest.mark.parametrize("combine", [ratio, difference])
def test_the_error_is_the_scatter(combine):
    first, second = 2.0 * lines(X, [7600.0], 0.5), 1.5 * lines(X, [7650.0], 0.4)
    found = [combine(make(first, 0.02, k), make(second, 0.03, 1000 + k)) for k in range(60)]
    flux = np.stack([one.flux for one in found])
    told = np.median(np.stack([one.uncertainty for one in found]), axis=0)
    assert np.median(flux.std(axis=0) / told) == pytest.approx(1.0, abs=0.03)
    expected = first / second if combine is ratio else first - second
    assert np.abs((flux.mean(axis=0) - expected) / told * np.sqrt(60)).max() < 5


def test_a_spectrum_over_itself_is_one_and_minus_itself_nothing():
    star = make(lines(X, [7600.0, 7610.0], 0.5))
    assert ratio(star, star).flux == pytest.approx(1.0)
    assert difference(star, star).flux == pytest.approx(0.0)
    assert ratio(star, star).meta["history"][-1].startswith("Divided by")


def test_a_divisor_that_is_nothing_is_masked():
    second = np.ones(X.size)
    second[100:110] = 0.02
    found = ratio(make(np.ones(X.size)), make(second))
    assert np.array_equal(np.flatnonzero(~found.good), np.arange(100, 110))


def test_other_pixels_are_met():
    x = np.arange(7590.0, 7700.0, 0.08)
    found = ratio(make(np.full(X.size, 3.0)), make(np.full(x.size, 2.0), x=x))
    inside = (X > 7591) & (X < 7699)
    assert found.flux[inside] == pytest.approx(1.5)
    assert not found.good[X < 7589].any()


@pytest.mark.parametrize("changes", [{"frame": "rest"}, {"medium": "vacuum"}])
@pytest.mark.parametrize("combine", [ratio, difference])
def test_unlike_axes_are_refused(combine, changes):
    with pytest.raises(UnitError):
        combine(make(np.ones(X.size)), make(np.ones(X.size), **changes))


PLACE = {"RA": 150.0, "DEC": 20.0, "LONG-OBS": -70.7, "LAT-OBS": -29.3, "ALT-OBS": 2400.0}
HEADER = [("MJD-MID", 58000.0, ""), *((name, value, "") for name, value in PLACE.items())]


def observed(**meta):
    return make(np.ones(X.size), frame="observer", **meta)


@pytest.mark.parametrize("combine", [ratio, difference])
def test_where_the_earths_motion_is_not_known_it_is_said(combine):
    unknown, known = observed(file="a.fits", name="a"), observed(file="b.fits", name="b", berv_kms=5.0)
    for first, second in ((unknown, known), (known, unknown)):
        done = combine(first, second).meta["history"][-1]
        assert "on the pixels of" in done and "motion is not known of a:" in done
    assert "motion" not in combine(known, known).meta["history"][-1]
    assert "motion" not in combine(unknown, unknown).meta["history"][-1]  # of one file: one exposure
    assert "motion" not in combine(make(np.ones(X.size)), make(np.ones(X.size))).meta["history"][-1]


def test_the_earths_motion_is_computed_where_the_header_gives_place_and_time():
    later = [("MJD-MID", 58180.0, ""), *HEADER[1:]]
    first, second = observed(file="a.fits", header=HEADER), observed(file="b.fits", header=later)
    with pytest.raises(UnitError, match="Earth's motion differs"):
        difference(first, second)
    again = difference(first, observed(file="c.fits", header=HEADER))
    assert "not known" not in again.meta["history"][-1]


def test_spectra_without_common_pixels_are_refused():
    far = make(np.ones(X.size), x=X + 1000)
    for combine in (ratio, difference, divide_by_standard):
        with pytest.raises(MeasurementError):
            combine(make(np.ones(X.size)), far.replace(spectral_axis=far.spectral_axis))


def telluric(frame_factor, strength=1.0):
    """Return the transmission of an airmass on an axis whose wavelengths are factor x observed."""
    return lines(X / frame_factor, np.arange(7595.0, 7700.0, 2.3), 0.6) ** strength


def test_a_standard_takes_the_tellurics_out_whatever_the_frames():
    """Star barycentric at +20 km/s, standard in the observer's frame; airmass 1.5 against 1.0."""
    factor = doppler_factor(20.0)
    own = lines(X, [7620.35, 7665.02], 0.4, 0.25)
    header = [("AIRMASS", 1.5, "")]
    star = make(own * telluric(factor, 1.5), 0.002, 1, berv_kms=20.0, object="star", header=header)
    level = 5000.0 * (1 + 0.001 * (X - 7650))
    standard = make(level * telluric(1.0), 10.0, 2, frame="observer", object="A0V",
                    header=[("AIRMASS", 1.0, "")])  # fmt: skip
    assert airmass_ratio(star, standard) == 1.5
    found = divide_by_standard(star, standard)
    scale = np.median((found.flux / own)[found.good])
    off = (found.flux / scale / own - 1)[found.good]
    assert scale == pytest.approx(1.0, abs=0.03)
    assert np.std(off) < 0.012  # the raw spectrum is off by 0.2
    assert np.std(star.flux / own - 1) > 0.15
    assert "power of 1.5" in found.meta["history"][-1]


def test_a_standard_in_vacuum_meets_a_star_in_air():
    star = make(telluric(1.0), frame="observer")
    vacuum = make(telluric(1.0), frame="observer").spectral_axis.in_medium("vacuum")
    standard = make(telluric(1.0), frame="observer").replace(spectral_axis=vacuum)
    found = divide_by_standard(star, standard, exponent=1.0)
    assert found.spectral_axis.medium == "air"
    assert np.median(np.abs(found.flux[found.good] / np.median(found.flux[found.good]) - 1)) < 0.01
    assert air_to_vacuum(X)[0] == pytest.approx(vacuum.values[0])


def test_telluric_errors_are_the_scatter():
    own, seen = np.ones(X.size), telluric(1.0)
    found = [
        divide_by_standard(
            make(own * seen, 0.01, k, "observer"), make(seen, 0.01, 500 + k, "observer"), exponent=1.0
        )
        for k in range(60)
    ]
    flux = np.stack([one.flux for one in found])
    told = np.median(np.stack([one.uncertainty for one in found]), axis=0)
    good = np.all([one.good for one in found], axis=0)
    assert np.median((flux.std(axis=0) / told)[good]) == pytest.approx(1.0, abs=0.04)


def test_frames_that_cannot_be_brought_together_are_refused():
    star = make(np.ones(X.size), frame="rest")
    with pytest.raises(UnitError, match="different frames"):
        divide_by_standard(star, make(np.ones(X.size), frame="observer"))


def test_a_standard_that_is_nothing_is_refused():
    axis = SpectralAxis(np.linspace(7000.0, 7100.0, 400), medium="air", frame="observer")
    star, standard = Spectrum(axis, np.ones(400)), Spectrum(axis, np.zeros(400))
    with pytest.raises(MeasurementError):
        divide_by_standard(star, standard, 1.0)


def echelle(level=2.0, edges=((7580.0, 7622.0), (7610.0, 7655.0), (7645.0, 7719.0))):
    orders = []
    for low, high in edges:
        x = np.arange(low, high, 0.05)
        orders.append(make(level * lines(x, [7600.0, 7650.0, 7700.0], 0.5), x=x))
    return EchelleSpectrum(tuple(orders), meta={"has_blaze": False})


@pytest.mark.parametrize("combine", [ratio, difference, divide_by_standard])
def test_all_orders_of_the_second_count(combine):
    first = make(3.0 * lines(X, [7600.0, 7650.0, 7700.0], 0.5))
    found = combine(first, echelle())
    assert found.good[(X > 7581) & (X < 7718)].all()
    assert "its 3 orders stitched first" in found.meta["history"][-1]
    expected = {ratio: 1.5, difference: 1.0}.get(combine, 3.0)
    assert np.median(found.flux[found.good]) == pytest.approx(expected, rel=0.03)


def test_co_adding_takes_all_orders_too():
    first = make(2.0 * lines(X, [7600.0, 7650.0, 7700.0], 0.5), 0.005)
    found = coadd([first, echelle()], CoaddOptions(rejection_sigma=0.0)).spectrum
    inside = (X > 7590) & (X < 7710)
    assert np.all(found.uncertainty[inside] < 0.005)  # both are in it everywhere
    assert "its 3 orders stitched first" in found.meta["history"][-1]


def test_orders_meet_their_counterparts_unstitched():
    blazed = echelle()
    bent = [o.replace(flux=o.flux * np.sin(np.linspace(0.4, 2.7, len(o)))) for o in blazed.orders]
    blazed = blazed.replace(orders=tuple(bent)).with_meta(has_blaze=True)
    found = ratio(blazed, blazed)
    assert all(order.flux == pytest.approx(1.0) for order in found.orders)
    assert "stitched" not in found.meta["history"][-1]
    shifted = echelle(edges=((7600.0, 7640.0), (7630.0, 7700.0)))
    other = ratio(echelle(), shifted)
    assert "its 2 orders stitched first" in other.meta["history"][-1]
    middle = other.orders[1]
    assert middle.good.all() and middle.flux == pytest.approx(1.0, abs=0.02)


@pytest.mark.parametrize("combine", [ratio, difference, divide_by_standard])
def test_masked_pixels_are_nan_with_the_mask_set(combine):
    star = make(11_424.0 * np.ones(X.size), 100.0)
    mask = np.zeros(X.size, dtype=bool)
    mask[200:220] = True
    second = make(50_000.0 * np.ones(X.size), 100.0).replace(mask=mask)
    found = combine(star.replace(mask=np.roll(mask, 100)), second)
    lost = mask | np.roll(mask, 100)
    assert np.array_equal(~found.good, lost)
    assert np.array_equal(np.isnan(found.flux), lost) and np.array_equal(np.isnan(found.uncertainty), lost)


def test_pixels_in_a_gap_are_not_made_up_where_the_second_is_coarser():
    x = np.concatenate([np.arange(7580.0, 7620.0, 0.2), np.arange(7660.0, 7720.0, 0.2)])
    found = ratio(make(np.ones(X.size)), make(np.ones(x.size), x=x))
    assert not found.good[(X > 7620.0) & (X < 7659.0)].any()
    assert found.good[X < 7619.0].mean() > 0.99


@pytest.mark.parametrize(
    "stage",
    [
        Continuum(method="points", points=((7580.0, -5.0), (7650.0, 1.0), (7720.0, 1.0))),
        Deblaze(blaze="file", least=0.5),
    ],
)
def test_stages_leave_no_undivided_flux(stage):
    blaze = np.linspace(0.1, 1.0, X.size)
    order = make(100.0 * np.ones(X.size), 1.0).with_meta(blaze=blaze)
    (result,) = orders_of(stage.run(order).spectrum)
    bad = ~result.good
    assert 0 < bad.sum() < X.size and np.isnan(result.flux[bad]).all()


def test_errors_that_one_of_the_two_lacks_are_not_said_to_be_propagated():
    star = make(np.ones(X.size))
    found = ratio(star, star.replace(uncertainty=None))
    assert found.uncertainty is None and "none" in found.meta["uncertainty_source"]
    assert ratio(star, star).meta["uncertainty_source"].startswith("propagated")
