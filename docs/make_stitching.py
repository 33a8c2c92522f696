"""Write docs/stitching.md: simulated frames stitched and normalised, compared with their truth.

Usage: make stitching (or PYTHONPATH=. python docs/make_stitching.py). Some minutes; the frames of the second
table are made by `cases/echelle_mock.py` of the shared material ($SPECTRAGUI_SHARED, else ../shared).
"""

from __future__ import annotations

import dataclasses
import functools
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from spectragui.core.spectrum import EchelleSpectrum, Spectrum
from spectragui.io.read import read_spectrum
from spectragui.io.writers import write_spectrum
from spectragui.preprocessing.chain import Chain, ChainRun
from spectragui.preprocessing.chain_files import load_preset
from spectragui.preprocessing.one_spectrum import stitching_chain
from spectragui.preprocessing.stages.stitch_orders import Stitch, StitchPlan
from spectragui.preprocessing.stitching.order_joining import JoinedPixels
from spectragui.preprocessing.stitching.order_pixels import OrderPixels
from spectragui.simulation.instruments import load_instrument
from spectragui.simulation.layouts import write_observation
from spectragui.simulation.mock_observation import Exposure, MockObservation, observe
from spectragui.simulation.star_spectrum import Star

CHECKOUT = Path(__file__).resolve().parent.parent
SHARED = Path(os.environ.get("SPECTRAGUI_SHARED", CHECKOUT.parent / "shared"))
PRESET = "generic-echelle"
STARS = {
    "G dwarf": {"teff": 5600.0, "logg": 4.4, "m_h": 0.0, "vsini": 2.0},
    "K dwarf": {"teff": 4600.0, "logg": 4.6, "m_h": -0.2, "vsini": 2.0},
    "F dwarf": {"teff": 6500.0, "logg": 4.2, "m_h": 0.1, "vsini": 12.0},
}
SNR = 60.0
NEAR_PIXELS = 60  # to each side of a border, where a step is looked for
SHALLOW = 0.5  # of the continuum: the level is not judged in the cores of lines
CLEAR = 0.98  # transmission above which a pixel counts as free of tellurics

INTRODUCTION = """# Stitching, measured

Made by `make stitching`; do not edit. Simulated frames (`spectragui simulate`: a blaze that is no sinc² but
tilted and asymmetric, in the file of CARMENES VIS and in none of HARPS e2ds; gaps, bad columns, cosmic
rays, errors of level of 2 % rms from order to order, S/N {snr:.0f} in the median pixel) written in the
instrument's own layout, read, put through the bundled chain `{preset}` without help, and compared with
the noise-free truth. "Thesis' rule": order i wins over order i + 1.

- **χ²**: mean of ((stitched - truth) / σ)² over all pixels that the chain left good (noise alone gives 1).
- **step**: at every place where an order begins, ends or takes over, the difference between the {near}
  pixels before and after, in % of the flux, of the frame with the same factors and weights but without
  noise. The largest, and how many are above 0.3 %.
- **errors**: scatter of stitched minus noise-free stitched in units of the stated σ; everywhere, and in
  the overlaps.
- **level**: rms of the normalised continuum about 1, in %.

What is left of χ² above 1 is the continuum: inside 4450-5400 Å the lines are those of a real star, and where
they stand so close that no continuum shows (the K dwarf's below 5250 Å, so most of HARPS' range) it is found
1-2 % too low. Beyond, lines are drawn from a seed ([physics.md](physics.md)). HARPS' steps above 1 % are
at 6837 Å, where the last order touches no other: its level is known to the 2 % of the prior only.
"""


@dataclasses.dataclass(frozen=True)
class Measured:
    """What came out of one frame."""

    instrument: str
    star: str
    seed: int
    method: str
    chi2: float
    largest_step: float
    n_steps: int
    n_borders: int
    errors: float
    errors_in_overlaps: float
    level_rms: float


def chain_with(method: str) -> Chain:
    """Return the bundled chain with another way of stitching."""
    chain = load_preset(PRESET)
    index = stitch_index(chain)
    return chain.with_stage(index, dataclasses.replace(chain.steps[index].stage, method=method))


def stitch_index(chain: Chain) -> int:
    """Return which step stitches."""
    return next(i for i, step in enumerate(chain.steps) if isinstance(step.stage, Stitch))


def measure(
    instrument: str, star: str, seed: int, method: str = "inverse-variance", tellurics: bool = False
) -> Measured:
    """Simulate a frame, run the chain, compare with the truth."""
    exposure = Exposure(snr=SNR, seed=seed, has_tellurics=tellurics)
    observation = observe(load_instrument(instrument), Star(STARS[star]), exposure)
    with tempfile.TemporaryDirectory() as folder:
        write_observation(observation, Path(folder) / "mock.fits")
        spectrum = read_spectrum(Path(folder) / "mock.fits")
    run = chain_with(method).run(spectrum)
    if run.error is not None:
        raise run.error
    return _compare(run, observation, star, seed, method)


def _compare(run: ChainRun, observation: MockObservation, star: str, seed: int, method: str) -> Measured:
    noisy, clean, borders, overlap = _without_noise(run, observation)
    truth, clear = _truth_at(observation, noisy.wavelength_aa)
    used = noisy.good & clear
    shallow = truth > SHALLOW
    factor = np.where(shallow, clean.flux / np.where(shallow, truth, 1.0), np.nan)
    steps = np.array(list(_steps(noisy.wavelength_aa, np.where(used, factor, np.nan), borders)))
    deviation = (noisy.flux - truth)[used] / noisy.sigma[used]
    scatter = (noisy.flux - clean.flux) / np.where(used, noisy.sigma, 1.0)
    calm = used & (np.abs(scatter) < 8.0)  # hits that were not found count in chi2
    return Measured(
        observation.instrument.title,
        star,
        seed,
        method,
        float(np.mean(np.square(deviation))),
        100.0 * float(np.abs(steps).max()),
        int(np.count_nonzero(np.abs(steps) > 0.003)),
        len(steps),
        float(np.std(scatter[calm])),
        float(np.std(scatter[calm & overlap])),
        100.0 * float(np.sqrt(np.nanmean(np.square(factor[used] - 1.0)))),
    )


def _without_noise(
    run: ChainRun, observation: MockObservation
) -> tuple[JoinedPixels, JoinedPixels, NDArray[np.float64], NDArray[np.bool_]]:
    """Return the result of the chain twice: as it is, and of a frame without noise under the same factors.

    Levels, weights and continua are those found in the noisy frame.
    """
    index = stitch_index(run.chain)
    stage, before = run.chain.steps[index].stage, run.spectra[index]
    assert isinstance(stage, Stitch) and isinstance(before, EchelleSpectrum)
    assert isinstance(run.source, EchelleSpectrum)
    plan = stage.plan(before)
    quiet = [_quiet(order, before.orders[order.index], run.source, observation) for order in plan.orders]
    noisy, clean = plan.join(plan.orders), dataclasses.replace(plan, reject=0.0).join(quiet)
    borders = [joint.takeover_aa for joint in plan.joints]
    overlap = np.zeros(noisy.good.size, dtype=bool)
    for one in plan.overlaps:
        if one is not None:
            borders += [one.low_aa, one.high_aa]
            overlap |= (noisy.wavelength_aa > one.low_aa) & (noisy.wavelength_aa < one.high_aa)
    later = _later_factor(run, index, noisy.wavelength_aa)
    scaled = [dataclasses.replace(p, flux=p.flux * later, sigma=p.sigma * later) for p in (noisy, clean)]
    return scaled[0], scaled[1], np.array(borders), overlap


def _quiet(
    order: OrderPixels, before: Spectrum, source: EchelleSpectrum, observation: MockObservation
) -> OrderPixels:
    """Return an order of the noise-free frame, with what the stages before stitching did to the noisy one."""
    middle = order.wavelength_aa[order.wavelength_aa.size // 2]
    mock = min(observation.orders, key=lambda one: abs(float(np.median(one.wavelength_aa)) - middle))
    original = min(source.orders, key=lambda one: abs(float(np.median(one.wavelength_aa)) - middle))
    recorded = np.interp(order.wavelength_aa, original.wavelength_aa, np.nan_to_num(original.flux))
    told = before.good & (recorded != 0)
    done = np.where(told, np.nan_to_num(before.flux) / np.where(told, recorded, 1.0), 1.0)
    true = np.interp(order.wavelength_aa, mock.wavelength_aa, mock.normalised * mock.continuum)
    return dataclasses.replace(order, flux=true * done)


def _later_factor(run: ChainRun, index: int, wavelength_aa: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return what the stages after stitching multiplied the flux by, on some pixels."""
    stitched, last = run.spectra[index + 1], run.spectrum
    assert isinstance(stitched, Spectrum) and isinstance(last, Spectrum)
    good = stitched.good & last.good & (stitched.flux != 0)
    ratio = last.flux[good] / stitched.flux[good]
    return np.interp(wavelength_aa, stitched.wavelength_aa[good], ratio)


def _truth_at(
    observation: MockObservation, wavelength_aa: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Return normalised flux, and whether the pixel is clear of tellurics, on the orders' own pixels."""
    pixels = np.concatenate([order.wavelength_aa for order in observation.orders])
    ordered = np.argsort(pixels)
    at = ordered[np.clip(np.searchsorted(pixels[ordered], wavelength_aa), 0, pixels.size - 1)]
    at = np.where(
        np.abs(pixels[at] - wavelength_aa) < 1e-6,
        at,
        ordered[np.clip(np.searchsorted(pixels[ordered], wavelength_aa) - 1, 0, pixels.size - 1)],
    )
    assert np.abs(pixels[at] - wavelength_aa).max() < 1e-6
    normalised = np.concatenate([order.normalised for order in observation.orders])
    telluric = np.concatenate([order.telluric for order in observation.orders])
    return normalised[at], telluric[at] > CLEAR


def _steps(
    wavelength_aa: NDArray[np.float64], factor: NDArray[np.float64], borders: Iterable[float]
) -> Iterable[float]:
    for border in borders:
        at = int(np.searchsorted(wavelength_aa, border))
        sides = (factor[max(0, at - NEAR_PIXELS) : at], factor[at : at + NEAR_PIXELS])
        before, after = (side[np.isfinite(side)] for side in sides)
        if min(before.size, after.size) > 10:
            yield float(np.median(after) / np.median(before) - 1.0)


def table(rows: Sequence[Measured]) -> str:
    """Return the rows as a Markdown table."""
    lines = [
        "| instrument | star | seed | way | χ² | largest step % (above 0.3 %) | errors | in overlaps "
        "| level % |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    words = {"inverse-variance": "inverse variance", "first": "thesis' rule"}
    for row in rows:
        steps = f"{row.largest_step:.2f} ({row.n_steps} of {row.n_borders})"
        lines.append(
            f"| {row.instrument} | {row.star} | {row.seed} | {words.get(row.method, row.method)} "
            f"| {row.chi2:.3f} | {steps} | {row.errors:.3f} | {row.errors_in_overlaps:.3f} "
            f"| {row.level_rms:.2f} |"
        )
    return "\n".join(lines)


SHAPE = """
## The shape

Frames of `cases/echelle_mock.py`: 61 orders whose blaze is no sinc² (an asymmetric pedestal, its width
other in each order), a star with waves of 30 % over thousands of Å, levels off by 2 % (rms), S/N 60 at the
blaze's top. As `spectragui stitch` does it without help; stitched over true in blocks of 10 Å. Orders
overlap below 7250 Å; beyond, an order touches no other, and its level is known to the 2 % of the prior.

"""


def shape_table(seeds: Sequence[int] = (1, 2, 3, 4, 5)) -> str:
    """Return what the mock's own judge says of stitched frames, with and without the blaze in the file."""
    mock = SHARED / "cases" / "echelle_mock.py"
    rows = [
        "| blaze | seed | rms where orders overlap % | rms % | range | largest change over 10 Å |",
        "|---|---|---|---|---|---|",
    ]
    for options, words in (((), "of the file"), (("--no-blaze",), "estimated")):
        for seed in seeds:
            said = judged(mock, seed, options)
            number = r"([\d.]+)"
            found = re.search(
                rf"rms {number}, range {number} to {number};.*?rms {number},.*10 A {number}", said
            )
            assert found is not None, said
            rms, low, high, own, step = (float(word) for word in found.groups())
            figures = f"{100 * own:.2f} | {100 * rms:.2f} | {low:.3f}-{high:.3f} | {step:.4f}"
            rows.append(f"| {words} | {seed} | {figures} |")
    return "\n".join(rows)


def judged(mock: Path, seed: int, options: Sequence[str]) -> str:
    """Make a frame, stitch it as the command line does, and return what the judge says."""
    with tempfile.TemporaryDirectory() as folder:
        frame, stitched = Path(folder) / "frame.fits", Path(folder) / "stitched.fits"
        run = functools.partial(subprocess.run, check=True, capture_output=True, text=True)
        run([sys.executable, str(mock), str(frame), str(seed), *options])
        spectrum = read_spectrum(frame)
        write_spectrum(stitching_chain(spectrum).run(spectrum).output, stitched)
        return str(run([sys.executable, str(mock), "--judge", str(stitched), f"{frame}.npz"]).stdout)


REAL = """
## Real echelles

Files of the shared data as `spectragui stitch` joins them. **Step**: ln ratio of two neighbours' summed flux
in their overlap, levelled; **run**: the change of ln ratio from the first to the last third of the overlap.
Median and 90th percentile of all overlaps, in %. Where orders hold next to no light (HARPS below 4200 Å of an
M dwarf, the ends of ARCES' and FOCES' ranges) noise makes them.

"""
REAL_FILES = (
    "formats/arces_vega.fits",
    "formats/chiron_gj699.fits",
    "formats/foces_multispec.fits",
    "formats/igrins_spec.fits",
    "formats/igrins_spec_a0v.fits",
    "formats/mike_red_multispec.fits",
    "stars/apf_taucet.fits",
    "stars/HARPS.2003-12-13T06-19-48.371_e2ds_A.fits",
    "stars/hires_hd190406.fits",
    "stars/tres_gj699_multispec.fits",
)


def real_table() -> str:
    """Return how well neighbours agree in the overlaps of real echelles."""
    rows = ["| file | overlaps | step: median | 90 % | run: median | 90 % |", "|---|---|---|---|---|---|"]
    for name in REAL_FILES:
        spectrum = read_spectrum(SHARED / "data" / name)
        assert isinstance(spectrum, EchelleSpectrum)
        chain = stitching_chain(spectrum)
        before = chain.run(spectrum).spectra[len(chain) - 1]
        stage = chain.steps[-1].stage
        assert isinstance(stage, Stitch) and isinstance(before, EchelleSpectrum)
        found = np.abs(list(_unlike(stage.plan(before))))
        half, most = np.percentile(found, 50, axis=0), np.percentile(found, 90, axis=0)
        figures = " | ".join(f"{100 * value:.2f}" for pair in zip(half, most, strict=True) for value in pair)
        rows.append(f"| {Path(name).name} | {len(found)} | {figures} |")
    return "\n".join(rows)


def _unlike(plan: StitchPlan) -> Iterable[tuple[float, float]]:
    """Yield step and run of each overlap."""
    for number, overlap in enumerate(plan.overlaps):
        both = np.flatnonzero(overlap.both) if overlap is not None else np.zeros(0, dtype=np.intp)
        if overlap is None or both.size < 30:
            continue
        wavelength = overlap.bluer.wavelength_aa[overlap.pixels]
        own = overlap.bluer.flux[overlap.pixels] * plan.levels.factor(number, wavelength)
        other = overlap.redder_values.flux * plan.levels.factor(number + 1, wavelength)
        thirds = np.array_split(both, 3)
        step = _ln_ratio(own[both].sum(), other[both].sum())
        ends = [_ln_ratio(np.median(own[part]), np.median(other[part])) for part in (thirds[0], thirds[2])]
        yield step, ends[1] - ends[0]


def _ln_ratio(one: float, other: float) -> float:
    return float(np.log(max(one, 1e-30) / max(other, 1e-30)))


def main() -> None:
    """Measure all cases and write the page."""
    cases = [("carmenes-vis", star, seed) for star in STARS for seed in (1, 2)]
    cases += [("harps-e2ds", star, 1) for star in STARS]
    rows = [measure(*case, method) for case in cases for method in ("inverse-variance", "first")]
    telluric = [measure("carmenes-vis", "G dwarf", seed, tellurics=True) for seed in (1, 2)]
    chain = load_preset(PRESET)
    stages = ", ".join(step.stage.title.lower() for step in chain.steps if step.is_on)
    parts = [
        INTRODUCTION.format(snr=SNR, preset=PRESET, near=NEAR_PIXELS),
        f"The chain: {stages}.\n",
        table(rows),
        "\nWith the atmosphere's lines; pixels where it takes 2 % or more are left out of the figures:\n",
        table(telluric),
        SHAPE + shape_table(),
        REAL + real_table(),
    ]
    page = CHECKOUT / "docs" / "stitching.md"
    page.write_text("\n".join(parts) + "\n", encoding="utf-8")
    print(page.read_text(encoding="utf-8"))


if __name__ == "__main__":
    main()
