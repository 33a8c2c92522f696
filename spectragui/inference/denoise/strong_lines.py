"""The strong lines of a denoised spectrum: equivalent widths, and whether the data have them as deep."""

from __future__ import annotations

import dataclasses
import functools
import re
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from spectragui.core.spectral_axis import SPEED_OF_LIGHT_KMS
from spectragui.inference.denoise.denoising_result import LineChange, Region

Floats = NDArray[np.float64]
LINE_HALF_KMS = 130.0  # of the pixels of an equivalent width
PROFILE_HALF_KMS = 250.0  # of those of the test of a line's depth
BLEND_KMS = 200.0  # closer lines are one: the deeper one's depth is tested
SAME_KMS = 30.0  # closer lines are one feature
N_LINES = 14
LEAST_GOOD = 0.6  # part of a line's pixels that must be good
LEAST_LEFT = 0.02  # part of a pattern's information that the model must not follow
LEAST_EW_AA = 0.1  # of a line whose depth is tested
MOVED_SIGMA = 2.0  # of a line that was not touched: it has moved
NAMED_SIGMA = 1.0  # expected from the line that was: it is named, so that few that moved are not
_SPECIES = re.compile(r"[A-Z][a-z]? [IVX]+\b|[A-Za-zα-ω]+")


class NamedLine(Protocol):
    """A line with a name and a wavelength."""

    @property
    def name(self) -> str:
        """What it is called."""

    @property
    def wavelength(self) -> float:
        """At rest, in vacuum [Angstrom]."""


def species(name: str) -> str:
    """Return what a line is of: "Ca II" of "Ca II T2", "Pa" of "Pa 12"."""
    found = _SPECIES.match(name)
    return found.group(0) if found else name


def line_label(line: NamedLine) -> str:
    """Return what a line is called where several of one species are: "Ca II T2 8544"."""
    return f"{line.name} {line.wavelength:.0f}"


@dataclasses.dataclass(frozen=True, eq=False)
class DenoisedPixels:
    """Pixels of one spectrum before and after.

    Attributes
    ----------
    wavelength_aa, noisy, sigma, denoised, level : ndarray, shape (n,)
        Vacuum; sigma infinite where masked.
    factor : ndarray, shape (n, k)
        Of the covariance of ``denoised`` that the noise makes.
    shift_kms : float
        Of the star.
    error_scale : float
        By what errors are more than the noise's own.
    model_error : float
        Part of the flux that is added to the noise where depths are tested.
    """

    wavelength_aa: Floats
    noisy: Floats
    sigma: Floats
    denoised: Floats
    level: Floats
    factor: Floats
    shift_kms: float = 0.0
    error_scale: float = 1.0
    model_error: float = 0.0

    def part(self, rows: slice) -> DenoisedPixels:
        """Return some of the pixels."""
        names = ("wavelength_aa", "noisy", "sigma", "denoised", "level", "factor")
        return dataclasses.replace(self, **{name: getattr(self, name)[rows] for name in names})

    def around(self, line: NamedLine, half_kms: float) -> slice:
        """Return the pixels around a line."""
        at = self.place(line)
        half = at * half_kms / SPEED_OF_LIGHT_KMS
        return slice(*np.searchsorted(self.wavelength_aa, (at - half, at + half)).tolist())

    def place(self, line: NamedLine) -> float:
        """Return where a line is on the axis [Angstrom]."""
        return float(line.wavelength * np.exp(self.shift_kms / SPEED_OF_LIGHT_KMS))


def line_changes(pixels: DenoisedPixels) -> tuple[LineChange, ...]:
    """Return the equivalent widths of the strong lines before and after, the deepest first."""
    names, at_rest = _strong_lines_on(pixels)
    places = at_rest * np.exp(pixels.shift_kms / SPEED_OF_LIGHT_KMS)
    ranges = _ranges(pixels.wavelength_aa, places, LINE_HALF_KMS)
    good = np.isfinite(pixels.sigma)
    weight = np.where(good, np.gradient(pixels.wavelength_aa) / pixels.level, 0.0)
    missing = pixels.level - pixels.denoised
    widths = np.array([weight[rows] @ missing[rows] for rows in ranges])
    order = [k for k in np.argsort(-widths, kind="stable") if _is_good_enough(good[ranges[k]])]
    blended = _are_blended(at_rest[order], _central_depths(pixels, places[order]))
    profiles = _ranges(pixels.wavelength_aa, places, PROFILE_HALF_KMS)
    pattern = _depth_pattern(pixels)
    found = []
    for k, is_blended in list(zip(order, blended, strict=True))[:N_LINES]:
        misfit = 0.0
        if widths[k] > LEAST_EW_AA and not is_blended:
            misfit = pattern.misfit_sigma(profiles[k])
        rows = ranges[k]
        numbers = _before_and_after(pixels.part(rows), good[rows], weight[rows], float(widths[k]))
        found.append(LineChange(names[k], float(at_rest[k]), *numbers, misfit))
    return tuple(found)


@functools.cache
def _strong_lines() -> tuple[tuple[str, ...], Floats]:
    """Return the names and wavelengths at rest [Angstrom, vacuum] of the lines that are looked at."""
    from spectragui.io.line_lists.line_lists import stellar_lines

    known = [line for line in stellar_lines() if line.kind == "line"]
    return tuple(line.name for line in known), np.array([line.wavelength_vacuum_aa for line in known])


def _strong_lines_on(pixels: DenoisedPixels) -> tuple[list[str], Floats]:
    """Return those whose pixels all lie on an axis, at the star's velocity."""
    names, at_rest = _strong_lines()
    places = at_rest * np.exp(pixels.shift_kms / SPEED_OF_LIGHT_KMS)
    half = places * LINE_HALF_KMS / SPEED_OF_LIGHT_KMS
    first, last = pixels.wavelength_aa[[0, -1]]
    chosen = np.flatnonzero((places - half >= first) & (places + half <= last))
    return [names[k] for k in chosen], at_rest[chosen]


def _ranges(wavelength_aa: Floats, places: Floats, half_kms: float) -> list[slice]:
    """Return the pixels about places [Angstrom]."""
    half = places * half_kms / SPEED_OF_LIGHT_KMS
    starts, stops = np.searchsorted(wavelength_aa, (places - half, places + half))
    return [slice(start, stop) for start, stop in zip(starts.tolist(), stops.tolist(), strict=True)]


def _is_good_enough(good: NDArray[np.bool_]) -> bool:
    count = int(np.count_nonzero(good))
    return count > 0 and count >= LEAST_GOOD * good.size


def _central_depths(pixels: DenoisedPixels, places: Floats) -> Floats:
    at = np.minimum(np.searchsorted(pixels.wavelength_aa, places), pixels.wavelength_aa.size - 1)
    return np.asarray(1.0 - pixels.denoised[at] / pixels.level[at])


def _are_blended(at_rest: Floats, depths: Floats) -> NDArray[np.bool_]:
    """Return of which lines the light that is missing is that of a deeper line beside them."""
    near = np.abs(at_rest[None] - at_rest[:, None]) < at_rest[:, None] * BLEND_KMS / SPEED_OF_LIGHT_KMS
    return np.asarray((near & (depths[None] > depths[:, None])).any(axis=1))


@dataclasses.dataclass(frozen=True, eq=False)
class DepthPattern:
    """What deeper lines would change, p = level - denoised, for the score test of their depth.

    Attributes
    ----------
    pattern, weighted, residual : ndarray, shape (n,)
        p, p over the variance, data minus denoised; 0 where masked.
    factor : ndarray, shape (n, k)
        Of the covariance of the denoised flux that the noise makes.
    """

    pattern: Floats
    weighted: Floats
    residual: Floats
    factor: NDArray[np.floating]

    def left_of(self, rows: slice) -> tuple[float, Floats]:
        """Return p W p - p W C W p of some pixels (0: the model follows all of it), and p W F."""
        weighted = self.weighted[rows]
        own = float(weighted @ self.pattern[rows])
        followed = weighted.astype(self.factor.dtype) @ self.factor[rows]
        left = own - float(followed @ followed)
        return (left if left > LEAST_LEFT * own else 0.0), followed

    def misfit_sigma(self, rows: slice) -> float:
        """Return how much deeper the data's line is than the denoised one [sigma]; negative = shallower.

        Notes
        -----
        The score test of `sharpness` for the pattern p: what the model itself follows of a deeper line
        is left out, so that the rest has unit variance.
        """
        left, _ = self.left_of(rows)
        return -float(self.weighted[rows] @ self.residual[rows]) / float(np.sqrt(left)) if left > 0 else 0.0


def _depth_pattern(pixels: DenoisedPixels) -> DepthPattern:
    good = np.isfinite(pixels.sigma) & np.isfinite(pixels.noisy)
    pattern = np.where(good, np.clip(pixels.level - pixels.denoised, 0.0, None), 0.0)
    total = np.hypot(np.where(good, pixels.sigma, 1.0), pixels.model_error * pixels.denoised)
    residual = np.where(good, pixels.noisy - pixels.denoised, 0.0)
    return DepthPattern(pattern, pattern / np.square(total), residual, pixels.factor)


def _before_and_after(
    line: DenoisedPixels, good: NDArray[np.bool_], weight: Floats, after: float
) -> tuple[float, float, float, float, float]:
    """Return the equivalent widths and errors of `LineChange`, and their change [sigma]."""
    before = float(np.where(good, line.level - line.noisy, 0.0) @ weight)
    noise = float(np.linalg.norm(np.where(good, line.sigma, 0.0) * weight))
    own = float(np.linalg.norm(weight.astype(line.factor.dtype) @ line.factor))
    # The denoised flux holds a part of the same noise: the variance of the difference is smaller by it.
    difference = float(np.sqrt(max(noise**2 - own**2, 0.1 * noise**2)))
    return before, noise, after, own * line.error_scale, (after - before) / difference


def line_region(line: LineChange, shift_kms: float, wavelength_aa: Floats, residual: Floats) -> Region:
    """Return the region of a line that the data have deeper or shallower, vacuum."""
    at = float(line.wavelength * np.exp(shift_kms / SPEED_OF_LIGHT_KMS))
    half = at * LINE_HALF_KMS / SPEED_OF_LIGHT_KMS
    start, stop = max(at - half, wavelength_aa[0]), min(at + half, wavelength_aa[-1])
    inside = residual[(wavelength_aa >= start) & (wavelength_aa <= stop)]
    size, is_deeper = abs(line.misfit_sigma), line.misfit_sigma > 0
    kind = "removed" if is_deeper else "invented"
    word = "deeper" if is_deeper else "shallower"
    words = (
        f"{kind.capitalize()} at {0.5 * (start + stop):.1f} A: "
        f"{line_label(line)} is {word} in the data than in the denoised spectrum ({size:.1f} sigma)."
    )
    chi2 = float(np.nanmean(np.square(inside))) if np.isfinite(inside).any() else float("nan")
    return Region(float(start), float(stop), chi2, size, kind, words)  # type: ignore[arg-type]


def sisters_that_moved(
    lines: tuple[LineChange, ...], before: tuple[LineChange, ...], touched: LineChange
) -> list[tuple[LineChange, float]]:
    """Return the lines of the species of another that moved between two denoised spectra [sigma]."""
    known = {line_label(line): line for line in before}
    found = []
    for line in _sisters(lines, touched):
        other = known.get(line_label(line))
        if other is not None and line.e_ew_denoised > 0:
            moved = (line.ew_denoised - other.ew_denoised) / line.e_ew_denoised
            if abs(moved) > MOVED_SIGMA:
                found.append((line, float(moved)))
    return found


def sisters_moved_by(
    line: LineChange, lines: tuple[LineChange, ...], pixels: DenoisedPixels
) -> list[tuple[LineChange, float]]:
    """Return the lines that moved because the data have a line otherwise, of its species or a blended one's.

    Parameters
    ----------
    line : LineChange
        One whose ``misfit_sigma`` is no chance.
    lines : tuple of LineChange
    pixels : DenoisedPixels

    Notes
    -----
    With p the pattern of `DepthPattern`, W the weights and C the covariance of the noise alone, the data's
    line is deeper by a p with a = p W r / (p W p - p W C W p), and that moved the denoised flux by C W p a.
    """
    left, followed = _depth_pattern(pixels).left_of(pixels.around(line, PROFILE_HALF_KMS))
    if not left:
        return []
    amplitude = line.misfit_sigma / float(np.sqrt(left))
    width = np.gradient(pixels.wavelength_aa)
    found = []
    # A feature has the name of its deepest line; the data may differ in one that is blended with it.
    for sister in _sisters(lines, line, PROFILE_HALF_KMS):
        rows = pixels.around(sister, LINE_HALF_KMS)
        weight = np.where(np.isfinite(pixels.sigma[rows]), width[rows] / pixels.level[rows], 0.0)
        moved = amplitude * float((weight @ pixels.factor[rows]) @ followed)
        if sister.e_ew_denoised > 0 and abs(moved) > NAMED_SIGMA * sister.e_ew_denoised:
            found.append((sister, moved / sister.e_ew_denoised))
    return found


def _sisters(
    lines: tuple[LineChange, ...], touched: LineChange, blended_kms: float = 0.0
) -> list[LineChange]:
    """Return the other lines of a line's species, and of the species of lines that close to it."""
    near = [one for one in lines if _distance_kms(one, touched) <= blended_kms]
    kinds = {species(one.name) for one in (touched, *near)}
    return [one for one in lines if species(one.name) in kinds and _distance_kms(one, touched) > SAME_KMS]


def _distance_kms(one: LineChange, other: LineChange) -> float:
    return abs(one.wavelength - other.wavelength) / other.wavelength * SPEED_OF_LIGHT_KMS
