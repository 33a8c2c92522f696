"""Each condition that a simulation is told changes what it should, by as much as it should."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from spectragui.simulation.extinction import dust_transmission, extinction_law
from spectragui.simulation.instruments import load_instrument
from spectragui.simulation.mock_observation import (
    BAD,
    HIT,
    TELLURIC,
    Exposure,
    _electrons_for,
    _record,
    observe,
)
from spectragui.simulation.night_conditions import DRAWN, NightConditions, draw_conditions
from spectragui.simulation.photon_budget import ab_to_njy, extinction, moon_njy, photon_budget
from spectragui.simulation.star_spectrum import Star

SYSTEM = load_instrument("pfs-mr").photons
WAVE = np.array([7500.0, 7500.8, 7501.6, 7502.4])
NO_LINES = np.zeros(WAVE.size)


def budget(**told: float):
    assert SYSTEM is not None
    return photon_budget(SYSTEM, NightConditions(**told), WAVE, 5000.0, NO_LINES)


def ratio(name: str, one: dict[str, float], other: dict[str, float]) -> float:
    """Return by how much a term of the budget changes from one night to another."""
    values = []
    for told in (one, other):
        found = budget(**told)
        values.append((found.per_flux if name == "star" else found.variance[name])[1])
    return float(values[1] / values[0])


def coupling(seeing: float, zenith: float, field: float) -> float:
    """Return the part of a round Gaussian's light that a fibre takes: 1 - exp(-r^2 / 2 sigma^2)."""
    assert SYSTEM is not None
    air_mass = 1.0 / np.cos(np.radians(zenith))
    fwhm2 = (seeing * air_mass**0.6 * (WAVE[1] / 5000.0) ** -0.2) ** 2
    fwhm2 += SYSTEM.optics_arcsec**2 + (SYSTEM.field_arcsec * min(field / SYSTEM.field_edge_deg, 1.0)) ** 2
    sigma2 = fwhm2 / (8.0 * np.log(2.0))
    return float(1.0 - np.exp(-0.5 * (0.5 * SYSTEM.fibre_arcsec) ** 2 / sigma2))


def test_time_and_exposures_count_as_they_do_at_a_telescope() -> None:
    assert SYSTEM is not None
    for name in ("star", "sky_continuum", "moon"):
        assert ratio(name, {"exposures": 4}, {"exposures": 12}) == pytest.approx(3.0)
        assert ratio(name, {"exposure_time": 300.0}, {"exposure_time": 900.0}) == pytest.approx(3.0)
    assert ratio("detector", {"exposures": 4}, {"exposures": 12}) == pytest.approx(3.0)  # each is read out
    one = budget(exposures=7, exposure_time=450.0).variance["detector"][0]
    dark = SYSTEM.dark_per_s * 450.0
    assert one == pytest.approx(7 * SYSTEM.trace_pixels * (SYSTEM.read_noise**2 + dark))


def test_seeing_field_and_zenith_take_light() -> None:
    assert SYSTEM is not None
    base = {"seeing": 0.8, "zenith": 0.0, "field_angle": 0.0}
    for change in ({"seeing": 1.5}, {"field_angle": 0.5}, {"zenith": 50.0}):
        told = {**base, **change}
        edge = min(told["field_angle"] / SYSTEM.field_edge_deg, 1.0)
        expected = coupling(told["seeing"], told["zenith"], told["field_angle"]) / coupling(0.8, 0.0, 0.0)
        expected *= 1.0 - SYSTEM.vignetting * edge**2
        masses = [1.0 / np.cos(np.radians(z)) for z in (0.0, told["zenith"])]
        absorbed = [extinction(WAVE, mass)[1] for mass in masses]
        expected *= absorbed[1] / absorbed[0]
        assert ratio("star", base, told) == pytest.approx(expected, rel=1e-6), change


def test_the_moon_lights_the_sky_as_krisciunas_and_schaefer_say() -> None:
    def moon(**told: float) -> float:
        return float(moon_njy(NightConditions(**told), WAVE)[1])

    assert moon(moon_zenith=91.0) == 0.0
    dark, half, full = (moon(moon_phase=phase) for phase in (0.05, 0.25, 0.5))
    # Moonlight by the phase angle: 3.84 + 0.026 |a| + 4e-9 a^4 magnitudes.
    said = [0.026 * a + 4e-9 * a**4 for a in (162.0, 90.0, 0.0)]
    assert half / full == pytest.approx(10 ** (-0.4 * (said[1] - said[2])), rel=0.02)
    assert dark / half == pytest.approx(10 ** (-0.4 * (said[0] - said[1])), rel=0.02)
    near, far = moon(moon_target=30.0), moon(moon_target=90.0)
    red = 5500.0 / WAVE[1]
    rayleigh = 10.0**5.36 * (1.06 + 1.0 / 3.0) * red**4
    mie = [10.0 ** (6.15 - angle / 40.0) * red for angle in (30.0, 90.0)]
    assert near / far == pytest.approx((rayleigh + mie[0]) / (rayleigh + mie[1]), rel=0.02)


def test_a_night_that_is_told_is_not_drawn() -> None:
    rng = np.random.default_rng(1)
    for name, (low, high) in DRAWN.items():
        told = 0.5 * (low + high) + 0.011
        night = draw_conditions(rng, **{name: told})
        assert getattr(night, name) == told
    drawn = [draw_conditions(rng) for _ in range(200)]
    for name, (low, high) in DRAWN.items():
        values = [getattr(night, name) for night in drawn]
        assert (
            low <= min(values) < low + 0.1 * (high - low) and high - 0.1 * (high - low) < max(values) <= high
        )


def test_dust_reddens_by_its_colour_excess() -> None:
    # By definition A(V) = 3.1 E(B-V), and E(B-V) = A(B) - A(V).
    b_v = np.array([4400.0, 5494.5])
    assert extinction_law(b_v[1:])[0] == pytest.approx(1.0, abs=0.01)
    for ebv in (0.1, 0.7):
        magnitudes = -2.5 * np.log10(dust_transmission(b_v, ebv))
        assert magnitudes[1] == pytest.approx(3.1 * ebv, rel=0.01)
        assert magnitudes[0] - magnitudes[1] == pytest.approx(ebv, rel=0.05)
    assert dust_transmission(b_v, 0.0).tolist() == [1.0, 1.0]


@pytest.mark.parametrize("snr", [8.0, 90.0])
def test_the_signal_to_noise_that_is_told_is_reached(snr: float) -> None:
    noisy = dataclasses.replace(load_instrument("generic-1d"), read_noise=12.0, sky_part=0.4)
    relative = np.linspace(0.2, 1.8, 4001)
    scale = _electrons_for(relative, snr, noisy)
    electrons = scale * relative
    sky = 0.4 * scale * np.median(relative)
    assert np.median(electrons / np.sqrt(electrons + sky + 144.0)) == pytest.approx(snr, rel=1e-3)
    still = dataclasses.replace(noisy, cosmic_rays=0.0, bad_pixel_part=0.0)
    wave = np.linspace(5000.0, 5100.0, relative.size)
    flux, sigma, bits = _record(wave, electrons, sky, still, Exposure(snr), np.random.default_rng(5))
    assert sigma == pytest.approx(np.sqrt(electrons + sky + 144.0))
    assert ((flux - electrons) / sigma).std() == pytest.approx(1.0, rel=0.05)
    assert not bits.any()


def test_bits_say_what_is_in_a_pixel() -> None:
    many = dataclasses.replace(load_instrument("generic-1d"), cosmic_rays=40.0, bad_pixel_part=0.01)
    electrons = np.full(4000, 1e4)
    wave = np.linspace(5000.0, 5400.0, 4000)
    flux, sigma, bits = _record(wave, electrons, 0.0, many, Exposure(100.0), np.random.default_rng(4))
    hit, bad = bits & HIT > 0, bits & BAD > 0
    assert hit.any() and bad.any()
    assert np.isnan(flux[bad]).all() and np.isfinite(flux[~bad]).all()
    excess = (flux - electrons) / 100.0
    assert (excess[hit & ~bad] > 6.0).all()  # ten sigma or more, and noise
    assert (np.abs(excess[~hit & ~bad]) < 6.0).all()


def test_a_mock_observation_is_made_of_what_its_truth_says() -> None:
    star = Star({"teff": 5500.0, "logg": 4.4, "m_h": 0.0, "vsini": 3.0}, v_rad_kms=20.0)
    for name in ("generic-echelle", "pfs-mr"):
        seen = observe(load_instrument(name), star, Exposure(np.inf, seed=2))
        for order in seen.orders:
            good = np.isfinite(order.flux) & (order.bits & (BAD | HIT) == 0)
            said = (order.normalised * order.continuum)[good]
            assert order.flux[good] == pytest.approx(said, rel=1e-6), name
            assert ((order.telluric < 0.99) == (order.bits & TELLURIC > 0)).all()


def test_the_zero_point_of_magnitudes_is_that_of_ab() -> None:
    # 0 mag is 3631 Jy (Oke & Gunn 1983).
    assert float(ab_to_njy(0.0)) == pytest.approx(3631e9, rel=1e-3)
    assert float(ab_to_njy(22.5)) == pytest.approx(3631.0, rel=1e-3)


def test_the_written_truth_is_read_by_astropy(tmp_path) -> None:
    from astropy.io import fits

    from spectragui.simulation.truth import TRUTH_EXTENSION, write_truth

    star = Star({"teff": 5500.0, "logg": 4.4, "m_h": 0.0, "vsini": 3.0}, v_rad_kms=20.0)
    seen = observe(load_instrument("pfs-mr"), star, Exposure(40.0, seed=2))
    write_truth(seen, tmp_path / "t.fits")
    (order,) = seen.orders
    with fits.open(tmp_path / "t.fits") as hdus:
        truth, flux = hdus[TRUTH_EXTENSION].data, hdus["SPECTRUM"].data["FLUX"]
        for name, values in (
            ("NORMALISED", order.normalised), ("CONTINUUM", order.continuum), ("TELLURIC", order.telluric),
            ("BITS", order.bits),
        ):  # fmt: skip
            assert np.array_equal(truth[name], values), name
        good = np.isfinite(flux)
        assert (truth["NORMALISED"] * truth["CONTINUUM"])[good] == pytest.approx(flux[good])
        variance = sum(truth[name] for name in truth.names if name.startswith("VAR_"))
        assert np.sqrt(variance)[good] == pytest.approx(order.sigma[good], rel=1e-6)
