"""Mock observations: read by the readers of the real files, true to their truth, and the physics right."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest

from spectragui.core.errors import SettingsError
from spectragui.core.numerics import log_grid
from spectragui.core.spectral_axis import SPEED_OF_LIGHT_KMS, vacuum_to_air
from spectragui.core.spectrum import orders_of
from spectragui.io.read import read_spectrum
from spectragui.simulation.emulator import load_emulator
from spectragui.simulation.extinction import dust_transmission, extinction_law
from spectragui.simulation.forward_model import Observing, observed_flux
from spectragui.simulation.instruments import instruments, load_instrument
from spectragui.simulation.layouts import LAYOUTS, write_observation
from spectragui.simulation.mock_observation import FOREST, HIT, Exposure, observe, observed_velocity_kms
from spectragui.simulation.star_spectrum import Star
from spectragui.simulation.telluric import telluric_transmission
from spectragui.simulation.truth import TRUTH_EXTENSION, write_truth

STAR = Star({"teff": 5500.0, "logg": 4.4, "m_h": 0.0, "vsini": 3.0}, v_rad_kms=20.0)
# Name, reader, orders, pixels of an order, medium.
LAYOUT_FACTS = (
    ("carmenes-vis", "carmenes", 61, 4096, "vacuum"),
    ("carmenes-nir", "carmenes", 56, 1999, "vacuum"),
    ("harps-e2ds", "harps-e2ds", 72, 4096, "air"),
    ("apogee-visit", "apogee", 3, 4096, "vacuum"),
    ("pfs-mr", "pfs", 1, 4096, "vacuum"),
    ("generic-1d", "fits-table", 1, 23751, "air"),
    ("generic-echelle", "order-images", 11, 2048, "air"),
)


def test_every_instrument_has_a_layout_and_a_test() -> None:
    assert {one.layout for one in instruments().values()} == set(LAYOUTS)
    assert set(instruments()) == {facts[0] for facts in LAYOUT_FACTS}


@pytest.mark.parametrize(("name", "reader", "n_orders", "n_pixels", "medium"), LAYOUT_FACTS)
def test_each_layout_is_read_as_the_real_file(
    tmp_path: Path, name: str, reader: str, n_orders: int, n_pixels: int, medium: str
) -> None:
    observation = observe(load_instrument(name), STAR, Exposure(snr=60.0, seed=3))
    write_observation(observation, tmp_path / "mock.fits")
    spectrum = read_spectrum(tmp_path / "mock.fits")
    orders = orders_of(spectrum)
    assert spectrum.meta["reader"] == reader and spectrum.meta["simulated"] is True
    assert [len(order) for order in orders] == [n_pixels] * n_orders
    assert orders[0].spectral_axis.medium == medium
    assert spectrum.meta["resolving_power"] == observation.instrument.resolving_power
    pulls, snr = [], []
    for order, mock in zip(orders, observation.orders, strict=True):
        np.testing.assert_allclose(order.wavelength_aa, mock.wavelength_aa, rtol=1e-9)
        calm = order.good & (mock.bits & HIT == 0)
        scale = np.nanmedian(order.flux[calm] / mock.flux[calm])
        assert scale == pytest.approx(1.0, rel=1e-4)
        pulls.append((order.flux - mock.normalised * mock.continuum)[calm] / order.uncertainty[calm])
        snr.append(order.flux[calm] / order.uncertainty[calm])
    assert np.std(np.concatenate(pulls)) == pytest.approx(1.0, abs=0.03)
    assert np.median(np.concatenate(snr)) == pytest.approx(60.0, rel=0.03)


def test_the_truth_goes_with_its_file(tmp_path: Path) -> None:
    from astropy.table import Table

    observation = observe(load_instrument("generic-echelle"), STAR, Exposure(snr=60.0, seed=3))
    write_observation(observation, tmp_path / "mock.fits")
    write_truth(observation, tmp_path / "truth.fits")
    mock, truth = (orders_of(read_spectrum(tmp_path / name)) for name in ("mock.fits", "truth.fits"))
    rows = Table.read(tmp_path / "truth.fits", hdu=TRUTH_EXTENSION)
    flux = np.concatenate([order.flux for order in truth])
    np.testing.assert_allclose(rows["NORMALISED"] * rows["CONTINUUM"], flux, rtol=1e-9)
    pull = np.concatenate([(a.flux - b.flux) / a.uncertainty for a, b in zip(mock, truth, strict=True)])
    calm = np.isfinite(pull) & (np.asarray(rows["BITS"]) & HIT == 0)
    assert np.std(pull[calm]) == pytest.approx(1.0, abs=0.03)
    assert rows["NORMALISED"].max() < 1.02 and np.asarray(rows["BITS"]).max() < 16


def test_inside_the_emulator_it_is_the_forward_model_of_the_predictions() -> None:
    observation = observe(load_instrument("generic-1d"), STAR, Exposure(snr=np.inf))
    (order,) = observation.orders
    inside = slice(2000, -2000)
    expected = observed_flux(
        load_emulator("optical-emulator"),
        STAR.labels,
        Observing(resolving_power=50_000.0, v_rad_kms=20.0),
        order.wavelength_aa,
    )
    assert np.abs(order.normalised - expected)[inside].max() < 2e-3
    assert np.median(np.abs(order.normalised - expected)[inside]) < 2e-4
    assert not (order.bits[inside] & FOREST).any()
    assert observation.lines.startswith("optical-emulator 4439-5411")


def test_vacuum_instruments_see_the_same_star() -> None:
    vacuum, air = (
        observe(load_instrument(name), STAR, Exposure(snr=np.inf, has_tellurics=False)).orders
        for name in ("carmenes-vis", "harps-e2ds")
    )
    order = vacuum[0]
    wavelength = vacuum_to_air(order.wavelength_aa)
    other = next(
        o for o in air if o.wavelength_aa[0] < wavelength[0] and o.wavelength_aa[-1] > wavelength[900]
    )
    same = np.interp(wavelength[:900], other.wavelength_aa, other.normalised)
    assert np.std(order.normalised[:900] - same) < 0.02  # R differs
    assert np.corrcoef(order.normalised[:900], same)[0, 1] > 0.998


def test_velocities_compose() -> None:
    assert observed_velocity_kms(20.0, 20.0) == pytest.approx(0.0, abs=1e-9)
    assert observed_velocity_kms(20.0, -10.0) == pytest.approx(30.0, abs=0.01)
    moved, still = (
        observe(load_instrument("generic-1d"), STAR, Exposure(snr=np.inf, berv_kms=berv)).orders[0]
        for berv in (20.0, 0.0)
    )
    shifted = np.interp(
        moved.wavelength_aa * (1 + 20.0 / SPEED_OF_LIGHT_KMS), still.wavelength_aa, still.normalised
    )
    middle = slice(1000, -1000)
    assert np.std((moved.normalised - shifted)[middle]) < 0.005  # of the linear interpolation
    assert np.std((moved.normalised - still.normalised)[middle]) > 0.1


def test_seeds_say_what_changes() -> None:
    instrument = load_instrument("pfs-mr")
    first, again, other = (observe(instrument, STAR, Exposure(seed=seed)).orders[0] for seed in (1, 1, 2))
    np.testing.assert_array_equal(first.flux, again.flux)
    assert not np.array_equal(first.flux, other.flux)
    np.testing.assert_array_equal(first.normalised, other.normalised)  # the same star
    star = Star(STAR.labels, line_seed=2)
    assert not np.array_equal(
        observe(instrument, star, Exposure(seed=1)).orders[0].normalised, first.normalised
    )


def test_extinction_is_that_of_the_paper() -> None:
    # CCM89, table 3: A(lambda)/A(V) at R_V = 3.1 for B, V, R, I, J, H, K.
    wavelength = 1e4 / np.array([2.27, 1.82, 1.43, 1.11, 0.80, 0.63, 0.46])
    np.testing.assert_allclose(
        extinction_law(wavelength), [1.337, 1.0, 0.751, 0.479, 0.282, 0.190, 0.114], atol=0.016
    )
    assert -2.5 * np.log10(dust_transmission(1e4 / 1.82, 0.1)) == pytest.approx(0.31, abs=0.001)


def test_oxygen_stands_where_it_is_in_the_sky() -> None:
    grid = log_grid(6200.0, 7800.0, 0.6)
    transmission = telluric_transmission(6200.0, 0.6, grid.size)
    # Heads of the gamma, B and A bands, and a clear stretch [A, air].
    for low, high in ((6276.0, 6290.0), (6867.0, 6880.0), (7593.0, 7610.0)):
        assert transmission[(grid > low) & (grid < high)].min() < 0.9
        assert transmission[(grid > low - 15.0) & (grid < low - 1.5)].min() > 0.97
    assert transmission[(grid > 7500.0) & (grid < 7580.0)].min() > 0.97
    assert transmission[(grid > 7593.0) & (grid < 7610.0)].min() < 0.1


def test_what_cannot_be_simulated_is_said() -> None:
    with pytest.raises(SettingsError, match="no instrument"):
        load_instrument("hubble")
    with pytest.raises(SettingsError, match="teff"):
        observe(load_instrument("pfs-mr"), Star({"teff": 100.0}))
    with pytest.raises(SettingsError, match="S/N"):
        observe(load_instrument("pfs-mr"), STAR, Exposure(snr=-1.0))
    dwarf = observe(load_instrument("pfs-mr"), Star({"teff": 3000.0, "logg": 5.0}))
    assert "no emulator for these labels" in dwarf.lines


def test_seeded_lines_are_marked_where_the_velocity_brings_them() -> None:
    """An instrument that reaches beyond the emulator: its seeded lines move with the star."""
    from spectragui.core.spectral_axis import doppler_factor
    from spectragui.simulation.mock_observation import FOREST

    instrument = dataclasses.replace(load_instrument("generic-1d"), segments_aa=((4400.0, 5450.0),))
    for velocity in (300.0, -300.0):
        seen = observe(instrument, Star({"teff": 5200.0}, velocity), Exposure(np.inf))
        (order,) = seen.orders
        rest = order.wavelength_aa / doppler_factor(velocity)
        marked = (order.bits & FOREST) > 0
        assert marked[(rest < 4439.0) | (rest > 5411.0)].all() and not seen.is_cut
        assert not marked[(rest > 4441.0) & (rest < 5409.0)].any()


@pytest.mark.parametrize("velocity", [0.0, 30.0, -300.0, 550.0, -1000.0, 1000.0])
def test_pixels_shifted_beyond_the_emulator_are_masked_and_none_is_seeded(velocity: float) -> None:
    from spectragui.core.spectral_axis import doppler_factor
    from spectragui.simulation.mock_observation import BAD, FOREST

    seen = observe(load_instrument("generic-1d"), Star({"teff": 5200.0}, velocity), Exposure(80.0))
    (order,) = seen.orders
    rest = order.wavelength_aa / doppler_factor(velocity)
    is_beyond = (rest < 4439.2) | (rest > 5410.8)
    assert np.isnan(order.flux[is_beyond]).all() and (order.bits[is_beyond] & BAD > 0).all()
    assert np.isfinite(order.flux[(rest > 4441.0) & (rest < 5409.0)]).all()
    assert not (np.isfinite(order.flux) & (order.bits & FOREST > 0)).any()
    assert seen.is_cut == (abs(velocity) > 600.0) == bool(is_beyond.any())
