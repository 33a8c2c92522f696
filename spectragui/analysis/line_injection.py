"""Put an absorption line into a spectrum, or deepen one: to see what a network makes of it."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from spectragui.core.errors import MeasurementError
from spectragui.core.numerics import FWHM_PER_SIGMA, pixel_edges
from spectragui.core.parameters import check_parameters, param
from spectragui.core.spectrum import AnySpectrum, EchelleSpectrum, Spectrum, orders_of

FloatArray = NDArray[np.float64]
DEEPEST = 0.98  # of the light below a line: no line removes more
WIDTHS = 4.0  # full widths on either side of a line that belong to it
SIDE_PART = 0.15  # of a region at either end, where its continuum is taken
LEAST_PIXELS = 5
_OVERSAMPLING = 9  # points a pixel in which a profile is averaged


@dataclasses.dataclass(frozen=True)
class LineInjection:
    """An absorption line with a Voigt profile, on the axis of the spectrum."""

    wavelength: float = param(
        8600.0,
        label="Wavelength",
        help="Of the line's centre, on the axis of the spectrum.",
        unit="Å",
        minimum=1.0,
        step=1.0,
    )
    equivalent_width: float = param(
        1.0,
        label="EW",
        help="Equivalent width; negative in emission.",
        unit="Å",
        step=0.1,
    )
    width: float = param(
        2.5,
        label="FWHM",
        help="Full width at half depth, the instrument's width in it.",
        unit="Å",
        minimum=0.01,
        step=0.1,
    )
    wings: float = param(
        0.3,
        label="Wings",
        help="Width of the Lorentzian part over the whole width: 0 = Gaussian, 1 = Lorentzian.",
        minimum=0.0,
        maximum=1.0,
        step=0.1,
    )

    def __post_init__(self) -> None:
        check_parameters(self)

    @property
    def region_aa(self) -> tuple[float, float]:
        """What belongs to the line [Angstrom]."""
        return self.wavelength - WIDTHS * self.width, self.wavelength + WIDTHS * self.width

    def depth(self, wavelength_aa: FloatArray) -> FloatArray:
        """Return the depth below the light around, averaged over each pixel, shape (n_pixels,).

        Notes
        -----
        The widths follow Olivero & Longbothum 1977, JQSRT 17, 233.
        """
        from scipy.special import voigt_profile

        lorentz = self.wings * self.width
        gauss = np.sqrt(max((self.width - 0.5346 * lorentz) ** 2 - 0.2166 * lorentz**2, 0.0))
        edges = pixel_edges(wavelength_aa)
        part = (np.arange(_OVERSAMPLING) + 0.5) / _OVERSAMPLING
        points = edges[:-1, None] + np.diff(edges)[:, None] * part
        profile = voigt_profile(points - self.wavelength, gauss / FWHM_PER_SIGMA, 0.5 * lorentz)
        return np.asarray(self.equivalent_width * profile.mean(axis=1))


def injected(spectrum: AnySpectrum, light: AnySpectrum, line: LineInjection) -> AnySpectrum:
    """Return a spectrum with one line more; its noise and its errors stay as they are.

    Parameters
    ----------
    spectrum : Spectrum or EchelleSpectrum
        With noise.
    light : Spectrum or EchelleSpectrum
        The same without: the line absorbs from it.
    line : LineInjection

    Raises
    ------
    MeasurementError
        If the spectrum does not reach there, or the line would remove more light than there is.
    """
    _need_pixels(light, *line.region_aa, line.wavelength)

    def one(order: Spectrum, clean: Spectrum) -> Spectrum:
        depth = line.depth(order.wavelength_aa)
        if depth.max(initial=0.0) > DEEPEST:
            raise MeasurementError(
                f"A line of {line.equivalent_width:g} Å that is {line.width:g} Å wide would remove more "
                "light than there is.",
                "Make it wider, or its equivalent width smaller.",
            )
        return _added(order, -clean.flux * depth)

    return _each(spectrum, light, one)


def deepened(
    spectrum: AnySpectrum, light: AnySpectrum, start_aa: float, stop_aa: float, factor: float
) -> AnySpectrum:
    """Return a spectrum in which the line of a region is deeper by a factor; noise and errors stay.

    Parameters
    ----------
    spectrum, light : Spectrum or EchelleSpectrum
        With noise, and the same without.
    start_aa, stop_aa : float
        From continuum to continuum [Angstrom]; the level is a straight line through both ends.
    factor : float
        Depth after over depth before: 1 changes nothing, 0 removes the line.

    Raises
    ------
    MeasurementError
        If the region has too few pixels, or the line would remove more light than there is.
    """
    _need_pixels(light, start_aa, stop_aa, 0.5 * (start_aa + stop_aa))

    def one(order: Spectrum, clean: Spectrum) -> Spectrum:
        inside = (
            (order.wavelength_aa >= start_aa) & (order.wavelength_aa <= stop_aa) & np.isfinite(clean.flux)
        )
        if np.count_nonzero(inside) < LEAST_PIXELS:
            return order
        level = end_level(order.wavelength_aa[inside], clean.flux[inside])
        change = np.zeros(len(order))
        change[inside] = (factor - 1.0) * np.minimum(clean.flux[inside] - level, 0.0)
        if np.any(clean.flux[inside] + change[inside] < (1.0 - DEEPEST) * level):
            raise MeasurementError(
                f"Deepened {factor:g} times, the line would remove more light than there is.",
                "Choose a smaller factor.",
            )
        return _added(order, change)

    return _each(spectrum, light, one)


def end_level(wavelength_aa: FloatArray, flux: FloatArray) -> FloatArray:
    """Return a straight line through the medians of both ends of a region, shape (n_pixels,)."""
    n_side = max(int(SIDE_PART * flux.size), 1)
    left, right = slice(None, n_side), slice(-n_side, None)
    x = np.mean(wavelength_aa[left]), np.mean(wavelength_aa[right])
    y = float(np.median(flux[left])), float(np.median(flux[right]))
    slope = (y[1] - y[0]) / (x[1] - x[0]) if x[1] > x[0] else 0.0
    return np.asarray(y[0] + slope * (wavelength_aa - x[0]))


def _need_pixels(spectrum: AnySpectrum, start_aa: float, stop_aa: float, centre_aa: float) -> None:
    """Raise where the middle of a region is not on good pixels of any order."""
    half = 0.25 * (stop_aa - start_aa)
    is_narrow = False
    for order in orders_of(spectrum):
        near = np.abs(order.wavelength_aa - centre_aa) <= half
        if np.count_nonzero(near & order.good) >= LEAST_PIXELS:
            return
        reaches = order.wavelength_aa.min() <= centre_aa <= order.wavelength_aa.max()
        is_narrow |= bool(reaches and np.count_nonzero(near) < LEAST_PIXELS)
    if is_narrow:
        raise MeasurementError(
            f"{2 * half:.2g} Å at {centre_aa:.1f} Å are fewer than {LEAST_PIXELS} pixels of the spectrum.",
            "Make the line wider.",
        )
    raise MeasurementError(
        f"There is no denoised spectrum around {centre_aa:.1f} Å.",
        "Choose a wavelength inside the model's window, on pixels that are not masked.",
    )


def _added(order: Spectrum, change: FloatArray) -> Spectrum:
    return order.replace(flux=order.flux + np.nan_to_num(change))


def _each(
    spectrum: AnySpectrum, light: AnySpectrum, function: Callable[[Spectrum, Spectrum], Spectrum]
) -> AnySpectrum:
    pairs = zip(orders_of(spectrum), orders_of(light), strict=True)
    orders = tuple(function(order, clean) for order, clean in pairs)
    return EchelleSpectrum(orders, spectrum.meta) if isinstance(spectrum, EchelleSpectrum) else orders[0]
