"""What the page on StarNet and VGG computes of preprocessing: a simulated frame of CARMENES, the Sun."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from spectragui.core.progress import Progress
from spectragui.core.spectral_axis import SpectralAxis
from spectragui.core.spectrum import EchelleSpectrum, Spectrum
from spectragui.io.read import read_spectrum
from spectragui.preprocessing.chain import Chain, ChainRun
from spectragui.preprocessing.chain_files import load_preset
from spectragui.preprocessing.stages.continuum import Continuum
from spectragui.preprocessing.stages.convolve import Convolve
from spectragui.preprocessing.stages.normalise_cycles import NormaliseCycles
from spectragui.preprocessing.stages.onto_grid import OntoGrid
from spectragui.preprocessing.stages.savitzky_golay import SavitzkyGolay
from spectragui.preprocessing.stages.stitch_orders import Stitch
from spectragui.preprocessing.stages.trim import Trim
from spectragui.reports.report_run import ReportRun, register_step
from spectragui.simulation.emulator import load_emulator
from spectragui.simulation.instruments import load_instrument
from spectragui.simulation.layouts import write_observation
from spectragui.simulation.mock_observation import Exposure, observe
from spectragui.simulation.star_spectrum import Star, star_continuum
from spectragui.training.grids import find_shared_file

STAR = {"teff": 3400.0, "logg": 4.9, "m_h": 0.0, "alpha_m": 0.0, "vmic": 1.0, "vsini": 2.0}
STAR_WORDS = "Teff 3400 K, log g 4.9, [M/H] 0, v sin i 2 km/s; S/N 60"
SUN = {"teff": 5772.0, "logg": 4.44, "m_h": 0.0, "alpha_m": 0.0, "vmic": 1.0}
SUN_FILE, SUN_POWER, SUN_RANGE = "harps_sun_ganymede.fits", 115_000.0, (5150.0, 5250.0)
_INSIDE_AA = 8700.0  # of an order that the M-dwarf emulator covers
CYCLES = 3


@register_step("thesis.frame", "A simulated frame of CARMENES VIS, normalised and stitched", 40.0)
def normalise_frame(run: ReportRun, progress: Progress) -> Mapping[str, Any]:
    """Simulate a frame, follow one order through the cycles, and stitch three by both rules."""
    frame = load_instrument("carmenes-vis")
    observed = observe(frame, Star(STAR), Exposure(snr=60.0, has_tellurics=False, seed=run.settings.seed))
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "frame.fits"
        write_observation(observed, file)
        spectrum = read_spectrum(file)
    assert isinstance(spectrum, EchelleSpectrum)
    reaches = [bool(o.wavelength_aa[0] < _INSIDE_AA < o.wavelength_aa[-1]) for o in spectrum.orders]
    middle = min(max(reaches.index(True), 1), len(reaches) - 2)
    three = EchelleSpectrum(spectrum.orders[middle - 1 : middle + 2], spectrum.meta)
    progress(0.3, "normalising")
    done = load_preset("carmenes-thesis").run(three)
    flat, normalised = done.spectra[1], done.spectra[2]
    assert isinstance(flat, EchelleSpectrum) and isinstance(normalised, EchelleSpectrum)
    weighted = Stitch(method="inverse-variance", level_match="none").run(normalised).spectrum
    true = observed.orders[middle]
    return {
        "steps": _first_cycle(flat.orders[1]),
        "cycles": [_pixels(_cycles(flat.orders[1], number)) for number in range(1, CYCLES + 1)],
        "orders": [_pixels(order) for order in normalised.orders],
        "stitched": {"order i wins": _pixels(done.output), "inverse variance": _pixels(weighted)},
        "truth": {"wavelength_aa": true.wavelength_aa, "flux": true.normalised},
        "notes": [note for result in done.results for note in result.notes],
        "n_orders": len(spectrum.orders), "n_pixels": len(spectrum.orders[0]),
    }  # fmt: skip


def _cycles(order: Spectrum, number: int) -> Spectrum:
    found = NormaliseCycles(cycles=number).run_pixels(order, 0).spectrum
    assert isinstance(found, Spectrum)
    return found


def _first_cycle(order: Spectrum) -> dict[str, Any]:
    """Return an order before the first cycle and after each of its steps, in units of its level."""
    level = float(np.percentile(order.flux[order.good], 90.0))
    smooth = SavitzkyGolay().run_pixels(order, 0).spectrum
    assert isinstance(smooth, Spectrum)
    found = {"deblazed": _pixels(order, level), "smoothed": _pixels(smooth, level)}
    envelope = Continuum(operation="subtract", common_shape=False).run_pixels(smooth, 0)
    assert isinstance(envelope.spectrum, Spectrum)
    found["continuum"] = {"wavelength_aa": order.wavelength_aa, "flux": envelope.curves[0].values / level}
    rest = Continuum("polynomial", "subtract", degree=2, common_shape=False).run_pixels(
        envelope.spectrum.replace(flux=envelope.spectrum.flux + level), 0
    )
    assert isinstance(rest.spectrum, Spectrum)
    found["polynomial"] = {"wavelength_aa": order.wavelength_aa, "flux": rest.curves[0].values / level - 1.0}
    found["after"] = _pixels(rest.spectrum, level)
    return found


def _pixels(spectrum: Any, level: float = 1.0) -> dict[str, Any]:
    flux = np.where(spectrum.good, spectrum.flux, np.nan) / level
    return {"wavelength_aa": np.asarray(spectrum.wavelength_aa), "flux": flux}


@register_step("thesis.synthetic", "Observed and synthetic Sun after the same steps", 30.0)
def compare_sun(run: ReportRun, progress: Progress) -> Mapping[str, Any]:
    """Put the emulator's Sun on the pixels of the observed one, and normalise both alike."""
    file = find_shared_file("data", "stars", SUN_FILE)
    low, high = SUN_RANGE
    same = (NormaliseCycles(),)
    observed = Chain.of(Trim(low_aa=low, high_aa=high), *same).run(read_spectrum(file))
    progress(0.5, "the synthetic one")
    emulator = load_emulator("optical-emulator")
    wave = emulator.wavelength_aa
    labels = np.array([[SUN[name] for name in emulator.label_names]])
    lines = emulator.normalised_flux(labels)[0].astype(np.float64)
    level = star_continuum(Star(SUN), wave, emulator)
    model = Spectrum(SpectralAxis(wave, medium="air", frame="rest"), lines * level / np.median(level))
    steps = (Trim(low_aa=low - 5.0, high_aa=high + 5.0), Convolve(resolving_power=SUN_POWER),
             OntoGrid(grid="file", file=str(file)), Trim(low_aa=low, high_aa=high))  # fmt: skip
    made = Chain.of(*steps, *same).run(model)
    return {
        "observed": _pixels(observed.output), "synthetic": _pixels(made.output),
        "before": {"observed": _scaled(observed, 1), "synthetic": _scaled(made, len(steps))},
        "summaries": list(made.chain.summaries()),
    }  # fmt: skip


def _scaled(run: ChainRun, after: int) -> dict[str, Any]:
    spectrum = run.spectra[after]
    assert isinstance(spectrum, Spectrum)
    return _pixels(spectrum, float(np.percentile(spectrum.flux[spectrum.good], 90.0)))
