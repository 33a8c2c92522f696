"""What a denoiser makes of a line that it has not seen: one that is put in, or one that is deepened."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from spectragui.analysis.line_injection import LineInjection, deepened, end_level, injected
from spectragui.core.errors import MeasurementError
from spectragui.core.numerics import pixel_edges
from spectragui.core.parameters import check_parameters, param
from spectragui.core.spectral_axis import doppler_factor, vacuum_to_air
from spectragui.core.spectrum import AnySpectrum, orders_of
from spectragui.inference.denoise.denoising_result import Denoised, LineChange, Region
from spectragui.inference.denoise.strong_lines import MOVED_SIGMA, line_label, species

Floats = NDArray[np.float64]


@dataclasses.dataclass(frozen=True)
class LineDeepening:
    """A line of the spectrum that is made deeper."""

    line: str = param("", label="Line", help="A strong line in the model's window, by its label.")
    factor: float = param(
        1.5,
        label="Factor",
        help="Depth after over depth before: 1 changes nothing, 0 removes the line.",
        minimum=0.0,
        maximum=5.0,
        step=0.1,
    )
    half_width: float = param(
        12.0,
        label="Half width",
        help="From the line's centre to where its continuum is.",
        unit="Å",
        minimum=1.0,
        step=1.0,
    )

    def __post_init__(self) -> None:
        check_parameters(self)


@dataclasses.dataclass(frozen=True)
class SisterLine:
    """How a line that was not touched moved.

    Attributes
    ----------
    name : str
    wavelength : float
        At rest, in vacuum [Angstrom].
    change_sigma : float
        Change of its equivalent width in the denoised spectrum over that width's error.
    is_sister : bool
        Whether it is of the species of the line that was deepened.
    """

    name: str
    wavelength: float
    change_sigma: float
    is_sister: bool

    @property
    def has_moved(self) -> bool:
        """Whether it moved by more than `MOVED_SIGMA`."""
        return abs(self.change_sigma) > MOVED_SIGMA


@dataclasses.dataclass(frozen=True, eq=False)
class LineTrial:
    """A spectrum with another line, denoised as the first one was.

    Attributes
    ----------
    words : str
        What was done ("line of 1 Å at 8600.0 Å").
    start_aa, stop_aa : float
        Of the line, on the spectrum's axis.
    before, after : Denoised
    added, shown : ndarray, shape (n_pixels,)
        Change of the noise-free flux that was made, and that of the denoised flux; NaN where masked.
    ew_made, ew_shown, e_ew_shown : float
        What was made and what the denoised spectrum shows of it, as equivalent widths, with the
        1-sigma error of the latter [Angstrom].
    significance : float
        ``ew_made`` over the noise of an equivalent width there.
    is_flagged : bool
        Whether the denoiser says of itself that something is wrong there.
    lines : tuple of SisterLine
        Lines that were not touched.
    """

    words: str
    start_aa: float
    stop_aa: float
    before: Denoised
    after: Denoised
    added: Floats
    shown: Floats
    ew_made: float
    ew_shown: float
    e_ew_shown: float
    significance: float
    is_flagged: bool
    lines: tuple[SisterLine, ...]

    @property
    def part(self) -> float:
        """Part of the line that the denoised spectrum shows: 1 = all of it."""
        return self.ew_shown / self.ew_made if self.ew_made else float("nan")


def try_line(
    before: Denoised, change: LineInjection | LineDeepening, denoise: Callable[[AnySpectrum], Denoised]
) -> LineTrial:
    """Change a line in the noisy spectrum of a denoising, denoise again, and compare.

    Parameters
    ----------
    before : Denoised
        Its denoised flux is the light that the line absorbs; the noise stays what it was.
    change : LineInjection or LineDeepening
    denoise : callable
        The denoiser with the options of ``before``.

    Raises
    ------
    MeasurementError
        If there is no such line, or it would remove more light than there is.
    """
    noisy, light, touched = before.noisy, before.spectrum, ""
    if isinstance(change, LineInjection):
        (start, stop), words = change.region_aa, _injection_words(change)
        changed, clean = (injected(one, light, change) for one in (noisy, light))
    else:
        line = line_named(before, change.line)
        centre, touched = place_of(line, before), line.name
        start, stop = centre - change.half_width, centre + change.half_width
        words = f"{line_label(line)} {change.factor:g} times as deep"
        changed, clean = (deepened(one, light, start, stop, change.factor) for one in (noisy, light))
    after = denoise(changed)
    added, shown = _flux(clean) - _flux(light), _flux(after.spectrum) - _flux(light)
    weights = _width_weights(light, start, stop)
    used = np.isfinite(shown) & (weights != 0)
    factor = np.nan_to_num(after.factor)
    noise = _noise(noisy)
    error = float(np.sqrt(np.sum(np.square(weights * noise)[used & np.isfinite(noise)])))
    made = float(np.sum((weights * added)[used]))
    return LineTrial(
        words,
        start,
        stop,
        before,
        after,
        added,
        shown,
        made,
        float(np.sum((weights * shown)[used])),
        float(np.linalg.norm(np.where(used, weights, 0.0) @ factor)),
        abs(made) / error if error > 0 else float("nan"),
        _is_flagged(before.regions, after.regions, start, stop),
        _moved_lines(before, after, start, stop, touched),
    )


def line_named(denoised: Denoised, label: str) -> LineChange:
    """Return a strong line by its `line_label`.

    Raises
    ------
    MeasurementError
        If the denoised spectrum has none of this name.
    """
    for line in denoised.lines:
        if line_label(line) == label:
            return line
    known = ", ".join(map(line_label, denoised.lines))
    raise MeasurementError(f"The denoised spectrum has no line {label!r}.", f"Choose: {known}.")


def place_of(line: LineChange | SisterLine, denoised: Denoised) -> float:
    """Return where a strong line is on the axis of the denoised spectrum [Angstrom]."""
    velocity = float(denoised.row["v_rad"])
    vacuum = line.wavelength * (doppler_factor(velocity) if np.isfinite(velocity) else 1.0)
    (order,) = orders_of(denoised.spectrum)
    return float(vacuum_to_air(vacuum)) if order.spectral_axis.medium == "air" else vacuum


def _injection_words(line: LineInjection) -> str:
    kind = "line" if line.equivalent_width >= 0 else "emission line"
    return f"{kind} of {abs(line.equivalent_width):g} Å at {line.wavelength:.1f} Å"


def _flux(spectrum: AnySpectrum) -> Floats:
    """Return the flux of all orders in one row, NaN where masked."""
    return np.concatenate([np.where(order.good, order.flux, np.nan) for order in orders_of(spectrum)])


def _noise(spectrum: AnySpectrum) -> Floats:
    parts = [
        np.full(len(order), np.nan) if order.uncertainty is None else order.uncertainty
        for order in orders_of(spectrum)
    ]
    return np.concatenate(parts)


def _width_weights(light: AnySpectrum, start: float, stop: float) -> Floats:
    """Return by what a change of flux is multiplied to be one of equivalent width, all orders in one row."""
    rows = []
    for order in orders_of(light):
        inside = (order.wavelength_aa >= start) & (order.wavelength_aa <= stop) & order.good
        row = np.zeros(len(order))
        if np.count_nonzero(inside) > 1:
            level = end_level(order.wavelength_aa[inside], order.flux[inside])
            row[inside] = -np.diff(pixel_edges(order.wavelength_aa))[inside] / level
        rows.append(row)
    return np.concatenate(rows)


def _is_flagged(before: tuple[Region, ...], after: tuple[Region, ...], start: float, stop: float) -> bool:
    """Whether a region is shaded at the line that was not before."""
    new = [region for region in after if region.start_aa < stop and region.stop_aa > start]
    return any(
        not any(old.start_aa < region.stop_aa and old.stop_aa > region.start_aa for old in before)
        for region in new
    )


def _moved_lines(
    before: Denoised, after: Denoised, start: float, stop: float, touched: str
) -> tuple[SisterLine, ...]:
    known, found = {line_label(line): line for line in before.lines}, []
    for line in after.lines:
        old, where = known.get(line_label(line)), place_of(line, before)
        if old is None or start <= where <= stop or not line.e_ew_denoised > 0:
            continue
        change = (line.ew_denoised - old.ew_denoised) / line.e_ew_denoised
        is_sister = bool(touched) and species(line.name) == species(touched)
        found.append(SisterLine(line.name, line.wavelength, float(change), is_sister))
    return tuple(found)
