"""The strong lines of a denoised spectrum: equivalent widths, and whether the data have them as deep."""

from __future__ import annotations

import dataclasses
import re
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

from spectragui.core.spectral_axis import SPEED_OF_LIGHT_KMS
from spectragui.inference.denoise.denoising_result import LineChange, Region

if TYPE_CHECKING:
    pass

Floats = NDArray[np.float64]
LINE_HALF_KMS = 130.0  # of the pixels of an equivalent width
PROFILE_HALF_KMS = 250.0  # of those of the test of a line's depth
BLEND_KMS = 200.0  # closer lines are one: the deeper one's depth is tested
N_LINES = 14
LEAST_LEFT = 0.02  # part of a pattern's information that the model must not follow
LEAST_EW_AA = 0.1  # of a line whose depth is tested
MOVED_SIGMA = 2.0  # of a line that was not touched: it has moved
NAMED_SIGMA = 1.5  # expected from the line that was: it is named, so that few that moved are not
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
    from spectragui.io.line_lists.line_lists import stellar_lines

    first, last = pixels.wavelength_aa[[0, -1]]
    width = np.gradient(pixels.wavelength_aa)
    found = []
    for line in stellar_lines():
        known = LineChange(line.name, line.wavelength_vacuum_aa, *[0.0] * 5)
        at = pixels.place(known)
        half = at * LINE_HALF_KMS / SPEED_OF_LIGHT_KMS
        if line.kind != "line" or at - half < first or at + half > last:
            continue
        rows = pixels.around(known, LINE_HALF_KMS)
        good = np.isfinite(pixels.sigma[rows])
        if good.any() and good.sum() >= 0.6 * good.size:
            found.append(_line_change(known, width[rows], good, pixels.part(rows)))
    found.sort(key=lambda one: -one.ew_denoised)
    depth = {line.wavelength: _central_depth(line, pixels) for line in found}

    def is_blended(line: LineChange) -> bool:
        """Whether the light that is missing there is that of a deeper line beside it."""
        near = line.wavelength * BLEND_KMS / SPEED_OF_LIGHT_KMS
        own = depth[line.wavelength]
        return any(abs(other - line.wavelength) < near and depth[other] > own for other in depth)

    def tested(line: LineChange) -> LineChange:
        if line.ew_denoised <= LEAST_EW_AA or is_blended(line):
            return line
        misfit = depth_misfit(pixels.part(pixels.around(line, PROFILE_HALF_KMS)))
        return dataclasses.replace(line, misfit_sigma=misfit)

    return tuple(tested(line) for line in found[:N_LINES])


def depth_misfit(line: DenoisedPixels) -> float:
    """Return how much deeper the data's line is than the denoised one [sigma]; negative = shallower.

    Parameters
    ----------
    line : DenoisedPixels
        Of the line alone.

    Notes
    -----
    The score test of `sharpness` for the pattern p = level - denoised: what the model itself follows of a
    deeper line is left out, so that the rest has unit variance.
    """
    weighted, pattern = _weighted_pattern(line)
    own = float(weighted @ pattern)
    left = own - float(np.sum(np.square(weighted @ line.factor)))
    if not left > LEAST_LEFT * own:
        return 0.0
    residual = np.where(weighted != 0, line.noisy - line.denoised, 0.0)
    return -float(weighted @ residual) / float(np.sqrt(left))


def _weighted_pattern(line: DenoisedPixels) -> tuple[Floats, Floats]:
    """Return the pattern of a deeper line times the inverse variance, and the pattern."""
    good = np.isfinite(line.sigma) & np.isfinite(line.noisy)
    pattern = np.where(good, np.clip(line.level - line.denoised, 0.0, None), 0.0)
    total = np.hypot(np.where(good, line.sigma, 1.0), line.model_error * line.denoised)
    return pattern / np.square(total), pattern


def _central_depth(line: LineChange, pixels: DenoisedPixels) -> float:
    at = int(np.searchsorted(pixels.wavelength_aa, pixels.place(line)))
    at = min(at, pixels.wavelength_aa.size - 1)
    return float(1.0 - pixels.denoised[at] / pixels.level[at])


def _line_change(
    line: LineChange, width: Floats, good: NDArray[np.bool_], pixels: DenoisedPixels
) -> LineChange:
    weight = np.where(good, width / pixels.level, 0.0)
    before = float(np.where(good, pixels.level - pixels.noisy, 0.0) @ weight)
    after = float((pixels.level - pixels.denoised) @ weight)
    noise = float(np.sqrt(np.sum(np.square(np.where(good, pixels.sigma, 0.0) * weight))))
    own = float(np.linalg.norm(weight @ pixels.factor))
    # The denoised flux holds a part of the same noise: the variance of the difference is smaller by it.
    difference = float(np.sqrt(max(noise**2 - own**2, 0.1 * noise**2)))
    error, change = own * pixels.error_scale, (after - before) / difference
    return LineChange(line.name, line.wavelength, before, noise, after, error, change)


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
    """Return the lines of its species that moved because the data have a line otherwise [sigma].

    Parameters
    ----------
    line : LineChange
        One whose ``misfit_sigma`` is no chance.
    lines : tuple of LineChange
    pixels : DenoisedPixels

    Notes
    -----
    With p the pattern of `depth_misfit`, W the weights and C the covariance of the noise alone, the data's
    line is deeper by a p with a = p W r / (p W p - p W C W p), and that moved the denoised flux by C W p a.
    """
    own_pixels = pixels.part(pixels.around(line, PROFILE_HALF_KMS))
    weighted, pattern = _weighted_pattern(own_pixels)
    own, followed = float(weighted @ pattern), weighted @ own_pixels.factor
    left = own - float(followed @ followed)
    if not left > LEAST_LEFT * own:
        return []
    amplitude = line.misfit_sigma / float(np.sqrt(left))
    width = np.gradient(pixels.wavelength_aa)
    found = []
    for sister in _sisters(lines, line):
        rows = pixels.around(sister, LINE_HALF_KMS)
        weight = np.where(np.isfinite(pixels.sigma[rows]), width[rows] / pixels.level[rows], 0.0)
        moved = amplitude * float((weight @ pixels.factor[rows]) @ followed)
        if sister.e_ew_denoised > 0 and abs(moved) > NAMED_SIGMA * sister.e_ew_denoised:
            found.append((sister, moved / sister.e_ew_denoised))
    return found


def _sisters(lines: tuple[LineChange, ...], touched: LineChange) -> list[LineChange]:
    kind = species(touched.name)
    return [one for one in lines if species(one.name) == kind and one.wavelength != touched.wavelength]
