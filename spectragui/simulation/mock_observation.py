"""A star through an instrument: every order as its pipeline would give it, and the truth beside it."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from spectragui.core.errors import SettingsError
from spectragui.core.numerics import pixel_edges
from spectragui.core.spectral_axis import SPEED_OF_LIGHT_KMS, doppler_factor
from spectragui.simulation.continuum_error import random_walk_error
from spectragui.simulation.detector_gaps import draw_coverage
from spectragui.simulation.emulator import Emulator, load_emulator
from spectragui.simulation.fine_spectrum import fine_spectrum, in_air, observed_velocity_kms
from spectragui.simulation.instruments import Instrument
from spectragui.simulation.night_conditions import NightConditions
from spectragui.simulation.noise import add_cosmic_rays, add_noise
from spectragui.simulation.photon_budget import (
    PhotonBudget,
    PhotonSystem,
    ab_to_njy,
    band_mean,
    photon_budget,
)
from spectragui.simulation.star_spectrum import (
    Star,
    check_labels,
    emulated_range_aa,
    emulator_for,
    star_continuum,
)

Floats = NDArray[np.float64]

FOREST, HIT, BAD, TELLURIC = 1, 2, 4, 8  # bits of what is in a pixel
BIT_WORDS = {
    FOREST: "seeded lines, no emulator",
    HIT: "cosmic ray",
    BAD: "bad pixel",
    TELLURIC: "telluric line",
}
NOISELESS_ELECTRONS = 1e4  # median, where no noise is drawn
TELLURIC_DEPTH = 0.01
WAVES_OF_CALIBRATION = 12  # of a smooth flux error along the instrument's range
MAGNITUDES = (14.0, 26.0)  # that a night is described with
SPREAD_REACH = 1.0  # of the ends of an emulator, in FWHM of the lines' spread
BAD_COLUMN_PART = 0.004  # of an order, at most


@dataclasses.dataclass(frozen=True)
class Exposure:
    """How it is observed.

    Attributes
    ----------
    snr : float
        Median flux / sigma over all pixels; infinite = no noise (and no cosmic rays). NaN: the noise
        follows from ``night``.
    berv_kms : float
        The observer's motion towards the star, which the file's wavelengths still hold.
    has_tellurics : bool
        Whether the atmosphere absorbs, where the instrument's table says that it may.
    seed : int
        Of noise, hits, bad pixels and errors of level.
    night : NightConditions or None
        Of instruments whose photons are counted (`Instrument.photons`); with an ``snr`` its magnitude
        is the one that gives it.
    """

    snr: float = 100.0
    berv_kms: float = 0.0
    has_tellurics: bool = True
    seed: int = 0
    night: NightConditions | None = None


@dataclasses.dataclass(frozen=True, eq=False)
class MockOrder:
    """One order: what the file holds, and the truth; arrays of the shape (n_pixels,).

    Attributes
    ----------
    wavelength_aa
        In the instrument's medium, observer's frame.
    flux, sigma
        As recorded, in the file's unit; NaN where a pixel is bad.
    bits
        FOREST, HIT, BAD, TELLURIC.
    normalised
        Noise-free, continuum 1, tellurics in it.
    continuum
        Everything else: noise-free flux = ``normalised`` times this.
    telluric
        Transmission of the atmosphere alone.
    variance
        Variance of each term (`photon_budget.TERMS`), in the file's unit squared; empty where photons
        are not counted.
    """

    wavelength_aa: Floats
    flux: Floats
    sigma: Floats
    bits: NDArray[np.int32]
    normalised: Floats
    continuum: Floats
    telluric: Floats
    variance: Mapping[str, Floats] = dataclasses.field(default_factory=dict)


@dataclasses.dataclass(frozen=True, eq=False)
class MockObservation:
    """A simulated observation.

    Attributes
    ----------
    instrument, star, exposure
    orders : tuple of MockOrder
        Blue to red.
    lines : str
        Where the star's lines come from, for the header.
    median_electrons : float
        Of a pixel.
    snr : float
        Median noise-free flux / sigma.
    is_cut : bool
        Whether pixels were masked since the emulator's spectra do not reach them at this velocity.
    """

    instrument: Instrument
    star: Star
    exposure: Exposure
    orders: tuple[MockOrder, ...]
    lines: str
    median_electrons: float
    snr: float = np.nan
    is_cut: bool = False


def observe(
    instrument: Instrument, star: Star, exposure: Exposure | None = None, emulator: Emulator | None = None
) -> MockObservation:
    """Observe a star with an instrument.

    Parameters
    ----------
    instrument : Instrument
    star : Star
    exposure : Exposure
    emulator : Emulator, optional
        The instrument's own by default.

    Raises
    ------
    SettingsError
        If a label is not one of a star, or the S/N is not positive.
    """
    exposure = Exposure() if exposure is None else exposure
    check_labels(star.labels)
    if instrument.photons is None and exposure.night is not None:
        raise SettingsError(
            f"{instrument.title} is simulated by its S/N: magnitude, seeing and Moon are not known for it.",
            "Give --snr.",
        )
    if not exposure.snr > 0 and exposure.night is None:
        raise SettingsError(f"The S/N must be positive, not {exposure.snr:g}.")
    emulator = emulator_for(star.all_labels, emulator or load_emulator(instrument.emulator))
    if instrument.photons is not None:
        return _observe_photons(instrument, instrument.photons, star, exposure, emulator)
    wavelengths = instrument.wavelengths()
    fine = fine_spectrum(instrument, star, exposure.berv_kms, exposure.has_tellurics, emulator)
    continua, throughputs, errors = _levels(instrument, star, exposure, emulator)
    shapes = [c * t * e for c, t, e in zip(continua, throughputs, errors, strict=True)]
    seen = [fine.on_pixels(in_air(instrument, pixel_edges(w))) for w in wavelengths]
    relative = np.concatenate([one[0] * shape for one, shape in zip(seen, shapes, strict=True)])
    scale = _electrons_for(relative, exposure.snr, instrument)
    sky = instrument.sky_part * scale * float(np.median(relative))
    orders, is_cut = [], False
    for number, (wavelength, (normalised, telluric, forest)) in enumerate(
        zip(wavelengths, seen, strict=True)
    ):
        generator = np.random.default_rng([exposure.seed, 11, number])
        electrons = scale * normalised * shapes[number]
        flux, sigma, bits = _record(wavelength, electrons, sky, instrument, exposure, generator)
        bits |= np.where(forest, FOREST, 0) | np.where(telluric < 1 - TELLURIC_DEPTH, TELLURIC, 0)
        cut = _is_beyond(emulator, instrument, star, exposure, wavelength)
        flux[cut] = sigma[cut] = np.nan
        bits[cut] |= BAD
        is_cut |= bool(cut.any())
        unit = _per_electron(instrument, wavelength, continua[number], throughputs[number], scale)
        continuum = scale * shapes[number] * unit
        orders.append(MockOrder(wavelength, flux * unit, sigma * unit, bits, normalised, continuum, telluric))
    median = scale * float(np.median(relative))
    lines = _lines_text(emulator, star, all(bool(forest.all()) for _, _, forest in seen))
    return MockObservation(instrument, star, exposure, tuple(orders), lines, median, is_cut=is_cut)


def _observe_photons(
    instrument: Instrument,
    system: PhotonSystem,
    star: Star,
    exposure: Exposure,
    emulator: Emulator | None,
) -> MockObservation:
    """Observe with an instrument whose photons are counted: one order, calibrated to nJy."""
    (wavelength,) = instrument.wavelengths()
    fine = fine_spectrum(instrument, star, exposure.berv_kms, exposure.has_tellurics, emulator)
    normalised, telluric, forest = fine.on_pixels(in_air(instrument, pixel_edges(wavelength)))
    (continuum,), _, (error,) = _levels(instrument, star, exposure, emulator)
    shape = continuum * np.square(wavelength / np.median(wavelength))  # per frequency
    night = exposure.night or NightConditions()
    budget = photon_budget(system, night, wavelength, instrument.resolving_power)
    level = float(ab_to_njy(night.magnitude)) / band_mean(wavelength, normalised * shape)
    if np.isfinite(exposure.snr):
        level = _level_for(normalised * shape, exposure.snr, budget)
        magnitude = 31.4 - 2.5 * np.log10(level * band_mean(wavelength, normalised * shape))
        night = dataclasses.replace(night, magnitude=float(np.clip(magnitude, *MAGNITUDES)))
    true = level * normalised * shape
    terms = budget.variance_terms(true)
    variance = {name: value / np.square(budget.per_flux) for name, value in terms.items()}
    sigma = np.sqrt(sum(variance.values()))
    snr = float(np.median(true / sigma))
    bits = np.where(forest, FOREST, 0).astype(np.int32)
    bits |= np.where(telluric < 1 - TELLURIC_DEPTH, TELLURIC, 0)
    flux, is_noisy = true * error, not np.isinf(exposure.snr)
    if is_noisy:
        flux = add_noise(flux, sigma, np.random.default_rng([exposure.seed, 11, 0]))
    cut = _is_beyond(emulator, instrument, star, exposure, wavelength)
    flux[cut] = np.nan
    bits[cut] |= BAD
    order = MockOrder(
        wavelength, flux, sigma, bits, normalised, level * shape * error, telluric, MappingProxyType(variance)
    )
    lines = _lines_text(emulator, star, bool(forest.all()))
    return MockObservation(
        instrument,
        star,
        dataclasses.replace(exposure, night=night),
        (order,),
        lines,
        float(np.median(terms["source"])),
        snr if is_noisy else np.inf,
        bool(cut.any()),
    )


def _level_for(relative: Floats, snr: float, budget: PhotonBudget) -> float:
    """Return the flux level [nJy] that gives a median S/N."""
    low, high = 1e-6, 1e12
    for _ in range(100):
        middle = float(np.sqrt(low * high))
        terms = budget.variance_terms(middle * relative)
        reached = np.median(middle * relative * budget.per_flux / np.sqrt(sum(terms.values())))
        low, high = (middle, high) if reached < snr else (low, middle)
    return middle


def _is_beyond(
    emulator: Emulator | None, instrument: Instrument, star: Star, exposure: Exposure, wavelength: Floats
) -> NDArray[np.bool_]:
    """Return which pixels the star's velocity shifts beyond the emulator's wavelengths.

    Notes
    -----
    Of an instrument that reaches beyond them at rest none: there lines are seeded, which its file says.
    """
    if emulator is None or not _is_within(emulator, instrument):
        return np.zeros(wavelength.shape, dtype=bool)
    velocity = observed_velocity_kms(star.v_rad_kms, exposure.berv_kms)
    rest = in_air(instrument, wavelength) / doppler_factor(velocity)
    low, high = emulated_range_aa(emulator)
    spread = np.hypot(SPEED_OF_LIGHT_KMS / instrument.resolving_power, star.all_labels["vsini"])
    reach = SPREAD_REACH * spread / SPEED_OF_LIGHT_KMS  # what lies beyond, line spread and rotation bring in
    return np.asarray((rest < low * (1.0 + reach)) | (rest > high * (1.0 - reach)))


def _is_within(emulator: Emulator, instrument: Instrument) -> bool:
    """Return whether all pixels of an instrument lie within an emulator's wavelengths."""
    low, high = emulated_range_aa(emulator)
    ends = np.concatenate([in_air(instrument, w[[0, -1]]) for w in instrument.wavelengths()])
    return bool(ends.min() >= low and ends.max() <= high)


def _levels(
    instrument: Instrument, star: Star, exposure: Exposure, emulator: Emulator | None
) -> tuple[list[Floats], list[Floats], list[Floats]]:
    """Return, for each order, continuum flux, throughput (blaze, photons, pixel width), errors of level."""
    wavelengths = instrument.wavelengths()
    rest = 1.0 / doppler_factor(observed_velocity_kms(star.v_rad_kms, exposure.berv_kms))
    coarse = np.linspace(min(w[0] for w in wavelengths), max(w[-1] for w in wavelengths), 2000)
    continuum = star_continuum(star, coarse * rest, emulator)
    generator = np.random.default_rng([exposure.seed, 7])
    smooth = np.ones(coarse.size)
    if instrument.calibration_error > 0:
        scale = 2.0 * (coarse[-1] - coarse[0]) / WAVES_OF_CALIBRATION
        smooth = random_walk_error(coarse, instrument.calibration_error, scale, generator)
    halves = 2 if instrument.half_gap_pixels else 1
    levels = 1.0 + instrument.order_level_error * generator.standard_normal(len(wavelengths) // halves)
    middle = float(np.median(coarse))
    continua, throughputs, errors = [], [], []
    for number, wavelength in enumerate(wavelengths):
        continua.append(np.interp(wavelength, coarse, continuum))
        throughputs.append(instrument.throughput(number, wavelength) / middle)
        errors.append(levels[number // halves] * np.interp(wavelength, coarse, smooth))
    return continua, throughputs, errors


def _per_electron(
    instrument: Instrument, wavelength: Floats, continuum: Floats, throughput: Floats, scale: float
) -> Floats:
    """Return what one electron is in the file's unit, at each pixel."""
    if instrument.flux == "counts":
        return np.full(wavelength.shape, 1.0 / instrument.gain)
    calibrated = instrument.flux_level / (scale * throughput)
    if instrument.flux == "normalised":
        return np.asarray(calibrated / continuum)
    if instrument.flux == "fnu":
        return np.asarray(calibrated * np.square(wavelength / np.median(wavelength)))
    return np.asarray(calibrated)


def _electrons_for(relative: Floats, snr: float, instrument: Instrument) -> float:
    """Return the factor to electrons that gives a median S/N."""
    if not np.isfinite(snr):
        return NOISELESS_ELECTRONS / float(np.median(relative))
    low, high = 1e-6, 1e12
    sky = instrument.sky_part * float(np.median(relative))
    for _ in range(100):
        middle = float(np.sqrt(low * high))
        electrons = middle * relative
        reached = np.median(electrons / np.sqrt(electrons + middle * sky + instrument.read_noise**2))
        low, high = (middle, high) if reached < snr else (low, middle)
    return middle


def _record(
    wavelength: Floats,
    electrons: Floats,
    sky: float,
    instrument: Instrument,
    exposure: Exposure,
    generator: np.random.Generator,
) -> tuple[Floats, Floats, NDArray[np.int32]]:
    """Return electrons with noise, hits and bad pixels, their errors, and the bits."""
    sigma = np.sqrt(np.maximum(electrons, 0.0) + sky + instrument.read_noise**2)
    bits = np.zeros(electrons.size, dtype=np.int32)
    if not np.isfinite(exposure.snr):
        return electrons.copy(), sigma, bits
    flux = add_noise(electrons, sigma, generator)
    n_hits = int(generator.poisson(instrument.cosmic_rays))
    flux, hit = add_cosmic_rays(flux, sigma, n_hits, generator)
    longest = BAD_COLUMN_PART * float(wavelength[-1] - wavelength[0])
    n_gaps = int(generator.uniform() < 1 / 3) if instrument.bad_pixel_part > 0 else 0
    bad = draw_coverage(
        wavelength, generator, n_gaps=n_gaps, gap_aa=longest, bad_pixel_part=instrument.bad_pixel_part
    )
    flux[bad] = sigma[bad] = np.nan
    bits[hit] |= HIT
    bits[bad] |= BAD
    return flux, sigma, bits


def _lines_text(emulator: Emulator | None, star: Star, is_forest: bool) -> str:
    if emulator is None:
        return f"seeded forest, seed {star.line_seed}: no emulator for these labels"
    if is_forest:
        return f"seeded forest, seed {star.line_seed}: no emulator at these wavelengths"
    low, high = emulated_range_aa(emulator)
    return f"{emulator.name} {low:.0f}-{high:.0f} A (air); elsewhere seeded forest, seed {star.line_seed}"
