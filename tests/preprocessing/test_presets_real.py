"""Bundled chains on real files, without help: they run, and the continuum ends at one."""

import numpy as np
import pytest

from spectragui.core.spectrum import orders_of
from spectragui.io.read import read_spectrum
from spectragui.preprocessing.chain_files import load_preset, preset_names, suggested_preset

# File, and how far from one the 90th percentile of some 2000 pixels may be in the median.
FILES = {
    "stars/harps_sun_ganymede.fits": 0.01,
    "stars/HARPS.2003-12-13T06-19-48.371_e2ds_A.fits": 0.2,  # GJ 273: bands, no continuum
    "stars/hires_hd190406.fits": 0.01,
    "stars/apf_taucet.fits": 0.03,
    "stars/hpf_gj699_20181003.fits": 0.04,
    "stars/tres_gj699_multispec.fits": 0.15,
    "stars/carmenes_nir_gj699.fits": 0.03,
    "stars/mike_hd122563.fits": 0.01,
    "stars/uves_wasp120.fits": 0.02,
    "stars/sophie_vega.fits": 0.01,
    "formats/igrins_spec.fits": 0.02,
    "formats/chiron_gj699.fits": 0.06,
    "formats/mike_red_multispec.fits": 0.02,
    "formats/lamost_spec-55862-B6212_sp06-003.fits": 0.02,
    "formats/boss_spec_star.fits": 0.03,
    "formats/apStar-r6-2M19535443+4424541.fits": 0.03,
    "stars/galah/2101150001010011.fits": 0.02,
}


QUICK = (
    "stars/harps_sun_ganymede.fits",
    "stars/hires_hd190406.fits",
    "stars/hpf_gj699_20181003.fits",
    "formats/igrins_spec.fits",
    "formats/lamost_spec-55862-B6212_sp06-003.fits",
)


@pytest.mark.parametrize(
    "name", [name if name in QUICK else pytest.param(name, marks=pytest.mark.slow) for name in FILES]
)
def test_the_suggested_chain_normalises_a_real_file(name, shared_data):
    spectrum = read_spectrum(shared_data / name)
    run = load_preset(suggested_preset(spectrum)).run(spectrum)
    assert run.error is None
    tops = []
    for order in orders_of(run.output):
        flux = order.flux[order.good]
        assert np.all(np.isfinite(flux))
        tops += [np.percentile(part, 90) for part in np.array_split(flux, max(1, flux.size // 2000))]
    assert np.median(tops) == pytest.approx(1.0, abs=FILES[name])


@pytest.mark.parametrize(
    ("preset", "name"),
    [
        ("carmenes-thesis", "stars/HARPS.2003-12-13T06-19-48.371_e2ds_A.fits"),
        ("carmenes-thesis", "stars/carmenes_nir_gj699.fits"),
        ("apogee-starnet", "formats/apVisit-r13-5095-55844-128.fits"),
        ("apogee-starnet", "formats/apStar-r6-2M19535443+4424541.fits"),
        ("pfs", "formats/pfs_arm_m.fits"),
        ("none", "formats/pfs_arm_m.fits"),
    ],
)
def test_papers_chains_run_on_their_instruments_files(preset, name, shared_data):
    spectrum = read_spectrum(shared_data / name)
    run = load_preset(preset).run(spectrum)
    assert run.error is None
    levels = {"apogee-starnet": 1.0, "pfs": 0.5}
    for order in orders_of(run.output):
        assert order.good.sum() > 100
        if preset in levels:
            assert np.median(order.flux[order.good]) == pytest.approx(levels[preset], rel=0.02)


def test_every_bundled_chain_says_what_it_is_for():
    for name in preset_names():
        chain = load_preset(name)
        assert chain.title and chain.text.endswith(".")
