"""Measure a line in a region: equivalent width and centroid by sums, Gaussian and Voigt by a fit."""

from __future__ import annotations

import dataclasses
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from spectragui.analysis.local_continuum import fit_local_continuum
from spectragui.analysis.region_pixels import RegionPixels
from spectragui.core.denoised import covariance_of, linear_error
from spectragui.core.errors import MeasurementError
from spectragui.core.numerics import FWHM_PER_SIGMA

FloatArray = NDArray[np.float64]
Profile = Literal["gaussian", "voigt"]
NARROWEST_PIXELS = 0.2  # sigma of a fitted line
WIDEST = 100.0  # equivalent width in half widths of the region: what is more is no line
# Three points of Gauss and Legendre in a pixel of width 1 about 0, and their weights.
_PLACES = np.array([-0.5 * np.sqrt(0.6), 0.0, 0.5 * np.sqrt(0.6)])
_WEIGHTS = np.array([5.0, 8.0, 5.0]) / 18.0


@dataclasses.dataclass(frozen=True, eq=False)
class LineSums:
    """A line measured by sums over its pixels, with 1-sigma errors.

    Attributes
    ----------
    equivalent_width_aa, e_equivalent_width_aa : float
        Positive in absorption [Angstrom].
    centroid_aa, e_centroid_aa : float
        Mean wavelength, weighted with the depth below the continuum.
    depth : float
        Largest depth below the continuum, relative to it; negative in emission.
    continuum : ndarray, shape (n_pixels,)
        On the pixels of the region, in the unit of the flux.
    """

    equivalent_width_aa: float
    e_equivalent_width_aa: float
    centroid_aa: float
    e_centroid_aa: float
    depth: float
    continuum: FloatArray


@dataclasses.dataclass(frozen=True, eq=False)
class LineFit:
    """A profile fitted to a line, with 1-sigma errors.

    Attributes
    ----------
    profile : {"gaussian", "voigt"}
    centre_aa, e_centre_aa, fwhm_aa, e_fwhm_aa : float
    equivalent_width_aa, e_equivalent_width_aa : float
        Positive in absorption.
    depth, e_depth : float
        Of the profile's centre, relative to the continuum.
    lorentz_fwhm_aa : float
        Of the Lorentzian part; 0 of a Gaussian.
    continuum : float
        At the centre.
    reduced_chi2 : float
        NaN where the errors of the pixels were taken from the fit itself.
    n_pixels : int
    wavelength_aa, flux, continuum_flux : ndarray, shape (n_pixels,)
        The fitted curve and its continuum, to be drawn.
    """

    profile: Profile
    centre_aa: float
    e_centre_aa: float
    fwhm_aa: float
    e_fwhm_aa: float
    equivalent_width_aa: float
    e_equivalent_width_aa: float
    depth: float
    e_depth: float
    lorentz_fwhm_aa: float
    continuum: float
    reduced_chi2: float
    n_pixels: int
    wavelength_aa: FloatArray
    flux: FloatArray
    continuum_flux: FloatArray


def measure_by_sums(pixels: RegionPixels, level: float | None = None) -> LineSums:
    """Measure equivalent width and centroid of a line.

    Parameters
    ----------
    pixels : RegionPixels
        From continuum to continuum.
    level : float or None
        Flux of the continuum where it is known; None = through the ends of the region.

    Raises
    ------
    MeasurementError
        If there are too few pixels or no continuum.

    Notes
    -----
    W = sum_i (1 - f_i / c_i) dx_i; centroid = sum x_i (c_i - f_i) dx_i / sum (c_i - f_i) dx_i. Errors
    are propagated through both the pixels and the continuum fitted to some of them; of a denoised
    spectrum with what the errors of its pixels have in common.
    """
    pixels, unit = pixels.scaled()
    continuum = fit_local_continuum(pixels, None if level is None else level / unit)
    x, dx, flux, c = pixels.wavelength_aa, pixels.width_aa, pixels.flux, continuum.level
    width = float(np.sum((1.0 - flux / c) * dx))
    gradient = -dx / c + (flux * dx / np.square(c)) @ continuum.response
    e_width = linear_error(gradient, continuum.sigma, pixels.factor)
    depth = c - flux
    area = float(np.sum(depth * dx))
    centroid = float(np.sum(x * depth * dx) / area) if area else float("nan")
    moment = (x - centroid) * dx / area if area else np.full_like(x, np.nan)
    gradient = -moment + moment @ continuum.response
    e_centroid = linear_error(gradient, continuum.sigma, pixels.factor)
    relative = depth / c
    largest = float(relative[np.argmax(np.abs(relative))])
    return LineSums(width, e_width, centroid, e_centroid, largest, c * unit)


def fit_line(pixels: RegionPixels, profile: Profile = "gaussian", level: float | None = None) -> LineFit:
    """Fit a Gaussian or a Voigt profile on a straight continuum to a line.

    Parameters
    ----------
    pixels : RegionPixels
    profile : {"gaussian", "voigt"}
    level : float or None
        Flux of the continuum where it is known; None = a straight line, fitted with the profile.

    Raises
    ------
    MeasurementError
        If there are too few pixels, or no line is found.

    Notes
    -----
    f = c(x) (1 - W phi(x)), phi of unit area, averaged over each pixel. Errors from the curvature of
    chi2 at its minimum; without errors of the pixels, chi2 is scaled to one per degree of freedom. Of a
    denoised spectrum the covariance of the pixels is carried through the fit.
    The FWHM of the Voigt profile is that of Olivero & Longbothum 1977, JQSRT 17, 233.
    """
    pixels, unit = pixels.scaled()
    problem = _Problem(pixels, profile, None if level is None else level / unit)
    solution = problem.solve()
    scale = 1.0 if pixels.sigma is not None else solution.reduced_chi2
    fit = problem.result(solution.x, solution.covariance * scale, solution.reduced_chi2)
    return dataclasses.replace(
        fit,
        continuum=fit.continuum * unit if level is None else level,
        flux=fit.flux * unit,
        continuum_flux=fit.continuum_flux * unit,
    )


@dataclasses.dataclass(frozen=True, eq=False)
class _Solution:
    x: FloatArray
    covariance: FloatArray
    reduced_chi2: float


class _Problem:
    """Least squares of (centre, width, EW, [Lorentz FWHM,] [level, slope]) in units of order one."""

    def __init__(self, pixels: RegionPixels, profile: Profile, level: float | None) -> None:
        self.pixels, self.profile, self.level = pixels, profile, level
        self.start = fit_local_continuum(pixels, level)
        x = pixels.wavelength_aa
        self.middle, self.half = 0.5 * (x[0] + x[-1]), 0.5 * (x[-1] - x[0])
        self.points = x[:, None] + _PLACES * pixels.width_aa[:, None]  # (n_pixels, 3)
        self.n_shape = 3 if profile == "gaussian" else 4

    def first_guess(self) -> FloatArray:
        pixels, c = self.pixels, self.start.level
        relative = 1.0 - pixels.flux / c
        smooth = np.convolve(relative, np.full(3, 1 / 3), mode="same")
        inner = slice(1, -1)
        top = int(np.argmax(np.abs(smooth[inner]))) + 1
        depth = float(smooth[top])
        beyond = np.sign(depth) * relative > 0.5 * abs(depth)
        fwhm = max(float(pixels.width_aa[beyond].sum()), 1.5 * float(pixels.width_aa[top]))
        sigma = min(fwhm / FWHM_PER_SIGMA, 0.5 * self.half)
        guess = [float(pixels.wavelength_aa[top]), sigma, depth * sigma * np.sqrt(2 * np.pi)]
        if self.profile == "voigt":
            guess.append(0.3 * fwhm)
        if self.level is None:
            guess += [float(np.median(c)), 0.0]
        return np.array(guess)

    def bounds(self) -> tuple[FloatArray, FloatArray]:
        x, narrow = self.pixels.wavelength_aa, NARROWEST_PIXELS * float(np.median(self.pixels.width_aa))
        low = [x[0], narrow, -np.inf]
        high = [x[-1], 2.0 * self.half, np.inf]
        if self.profile == "voigt":
            low.append(0.0)
            high.append(4.0 * self.half)
        if self.level is None:
            low += [-np.inf, -np.inf]
            high += [np.inf, np.inf]
        return np.array(low), np.array(high)

    def continuum(self, p: FloatArray, x: FloatArray) -> FloatArray:
        if self.level is not None:
            return np.full(x.shape, self.level)
        return np.asarray(p[-2] + p[-1] * (x - self.middle) / self.half)

    def shape(self, p: FloatArray, x: FloatArray) -> FloatArray:
        """Return the profile of unit area at wavelengths."""
        if self.profile == "gaussian":
            return np.asarray(np.exp(-0.5 * np.square((x - p[0]) / p[1])) / (p[1] * np.sqrt(2 * np.pi)))
        from scipy.special import voigt_profile

        return np.asarray(voigt_profile(x - p[0], p[1], 0.5 * p[3]))

    def model(self, p: FloatArray) -> FloatArray:
        profile = self.shape(p, self.points) @ _WEIGHTS
        return np.asarray(self.continuum(p, self.pixels.wavelength_aa) * (1.0 - p[2] * profile))

    def solve(self) -> _Solution:
        from scipy.optimize import least_squares

        flux, sigma = self.pixels.flux, self.start.sigma
        guess = self.first_guess()
        n_free = flux.size - guess.size
        if n_free < 1:
            raise MeasurementError(
                f"The region has {flux.size} good pixels, too few for the fit.", "Select it wider."
            )
        low, high = self.bounds()
        scale = np.full(guess.size, guess[1])
        scale[2] = max(abs(guess[2]), 1e-3 * guess[1])
        if self.level is None:
            scale[-2:] = abs(guess[-2])
        with np.errstate(over="ignore", invalid="ignore"):  # of steps that are not taken
            found: Any = least_squares(
                lambda p: (self.model(p) - flux) / sigma, np.clip(guess, low, high), bounds=(low, high),
                x_scale=scale, max_nfev=400,
            )  # fmt: skip
        is_line = np.all(np.isfinite(found.x)) and abs(found.x[2]) < WIDEST * self.half
        if not (found.success and is_line):
            raise MeasurementError("The fit found no line in the region.", "Select one line, with continuum.")
        jacobian = found.jac * scale
        inverse = np.linalg.pinv(jacobian.T @ jacobian, rcond=1e-12)
        if self.pixels.factor is not None:
            reaction = inverse @ (jacobian / sigma[:, None]).T  # of the parameters to each pixel's flux
            inverse = covariance_of(reaction, sigma, self.pixels.factor)
        covariance = inverse * np.outer(scale, scale)
        return _Solution(found.x, covariance, 2.0 * float(found.cost) / n_free)

    def result(self, p: FloatArray, covariance: FloatArray, reduced_chi2: float) -> LineFit:
        lorentz = float(p[3]) if self.profile == "voigt" else 0.0
        fwhm, e_fwhm = _with_error(self._fwhm, p, covariance)
        depth, e_depth = _with_error(lambda q: float(q[2] * self.shape(q, q[:1])[0]), p, covariance)
        error = np.sqrt(np.clip(np.diag(covariance), 0.0, None))
        centre = float(p[0])
        return LineFit(
            profile=self.profile,
            centre_aa=centre,
            e_centre_aa=float(error[0]),
            fwhm_aa=fwhm,
            e_fwhm_aa=e_fwhm,
            equivalent_width_aa=float(p[2]),
            e_equivalent_width_aa=float(error[2]),
            depth=depth,
            e_depth=e_depth,
            lorentz_fwhm_aa=lorentz,
            continuum=float(self.continuum(p, np.array([centre]))[0]),
            reduced_chi2=reduced_chi2 if self.pixels.sigma is not None else float("nan"),
            n_pixels=len(self.pixels),
            wavelength_aa=self.pixels.wavelength_aa,
            flux=self.model(p),
            continuum_flux=self.continuum(p, self.pixels.wavelength_aa),
        )

    def _fwhm(self, p: FloatArray) -> float:
        gauss = FWHM_PER_SIGMA * float(p[1])
        if self.profile == "gaussian":
            return gauss
        return 0.5346 * float(p[3]) + float(np.sqrt(0.2166 * p[3] ** 2 + gauss**2))


def _with_error(function: Any, p: FloatArray, covariance: FloatArray) -> tuple[float, float]:
    """Return a function of the parameters and its 1-sigma error, by its gradient."""
    value = float(function(p))
    gradient = np.zeros(p.size)
    for i in range(p.size):
        step = 1e-4 * np.sqrt(max(covariance[i, i], 0.0)) or 1e-8
        moved = p.copy()
        moved[i] += step
        gradient[i] = (float(function(moved)) - value) / step
    variance = float(gradient @ covariance @ gradient)
    return value, float(np.sqrt(max(variance, 0.0)))
