"""How wrong the physics of the synthetic spectra is, pixel by pixel, as seen in the Sun and in Arcturus.

The two patterns (observed minus generated at the stars' accepted labels) are bundled beside the
emulator; `spectragui.training.parameters.error_patterns` makes them. They serve twice: their size tells how
much a pixel counts, and the patterns themselves, each times an amplitude that the data decide, are
part of the spectrum that `spectragui.inference.fit.refine` fits.
"""

from __future__ import annotations

import dataclasses
import functools
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from spectragui.core.errors import ModelError
from spectragui.core.kept_bytes import forgettable
from spectragui.core.kept_models import kept_while_unchanged
from spectragui.core.labels import LabelSet
from spectragui.core.model_folder import read_weights
from spectragui.core.spectral_axis import SPEED_OF_LIGHT_KMS
from spectragui.simulation.doppler_shift import apply_transfer, velocity_frequencies
from spectragui.simulation.line_spread import gaussian_transfer, line_spread_sigma_kms
from spectragui.simulation.rotation import rotation_variance

FILE = "model_error.safetensors"
TENSORS = ("values", "is_observed", "start_log", "dv_kms", "teff", "variance_kms2")
SMOOTHING_KMS = 30.0  # about half an Angstrom: the lines there share blends, cores and continuum
FLOOR = 0.003  # continuum and emulator, where no line is
UNCALIBRATED = 0.1  # where neither star was observed: gf values as in the lists, wrong by 0.2 dex and more
LONGEST_GAP_KMS = 600.0


@dataclasses.dataclass(frozen=True, eq=False)
class ErrorPatterns:
    """Observed minus generated spectra of reference stars, in order of ascending Teff.

    Attributes
    ----------
    start_log, dv_kms : float
        ln of the first wavelength [Angstrom, air] and the step, the emulator's.
    teff : ndarray, shape (n_stars,)
    variance_kms2 : ndarray, shape (n_stars,)
        Of all broadening that the reference spectra have.
    values : ndarray, shape (n_stars, n_pixels)
        Normalised flux; 0 where not observed.
    is_observed : ndarray of bool, shape (n_stars, n_pixels)
    """

    start_log: float
    dv_kms: float
    teff: NDArray[np.float64]
    variance_kms2: NDArray[np.float64]
    values: NDArray[np.float32]
    is_observed: NDArray[np.bool_]

    def transfers(self, frequencies: NDArray[np.float64], variance_kms2: float) -> NDArray[np.float64]:
        """Return what blurs each pattern to a total broadening, shape (n_stars, n_frequencies).

        A star with sharper lines than the reference star gets the pattern as it is.
        """
        extra = np.sqrt(np.maximum(variance_kms2 - self.variance_kms2, 0.0))
        return gaussian_transfer(frequencies, extra)

    def sizes(self, variance_kms2: float) -> NDArray[np.float64]:
        """Return the running rms of the patterns at a total broadening, shape (n_stars, n_pixels)."""
        from scipy.ndimage import maximum_filter1d, uniform_filter1d

        n_pixels = self.values.shape[1]
        frequencies, length = velocity_frequencies(n_pixels, self.dv_kms)
        blurred = apply_transfer(self.values, self.transfers(frequencies, variance_kms2), length)
        width = max(int(SMOOTHING_KMS / self.dv_kms), 1)
        gap = max(int(LONGEST_GAP_KMS / self.dv_kms), 1)
        part = uniform_filter1d(self.is_observed.astype(float), width, mode="nearest")
        square = uniform_filter1d(np.square(blurred.astype(float)), width, mode="nearest")
        square = square / np.maximum(part, 1.0 / width)
        is_far = uniform_filter1d(self.is_observed.astype(float), gap, mode="nearest") < 0.02
        is_far = maximum_filter1d(is_far.astype(np.uint8), gap, mode="nearest").astype(bool)
        typical = np.mean(square, axis=1, keepdims=True, where=self.is_observed)
        square = np.where(part > 0.3, square, typical)
        return np.sqrt(np.where(is_far, UNCALIBRATED**2, square) + FLOOR**2)


def physics_error(
    patterns: ErrorPatterns | None,
    wavelength_aa: NDArray[np.float64],
    labels: LabelSet,
    resolving_power: float,
) -> NDArray[np.float64]:
    """Return the size of the physics' error, 1 sigma.

    Parameters
    ----------
    patterns : ErrorPatterns or None
        Of the model; None where nobody measured them: `FLOOR` everywhere.
    wavelength_aa : ndarray, shape (n_pixels,), Angstrom, the model's medium, rest frame
    labels : LabelSet
        teff, and vsini where known: broad lines have small errors.
    resolving_power : float

    Returns
    -------
    ndarray, shape (n_pixels,), normalised flux

    Notes
    -----
    Running rms of the patterns of the reference stars (the Sun and Arcturus), blurred to the star's
    broadening; interpolated in Teff between them (its logarithm), constant beyond them. Where none was
    observed the line list was not calibrated: `UNCALIBRATED`.
    """
    if patterns is None:
        return np.full(wavelength_aa.shape, FLOOR)
    vsini = labels.values.get("vsini", 0.0)
    variance = total_variance_kms2(vsini**2, resolving_power)
    # The sizes change slowly with the width of lines: whole km/s keep the cache useful.
    sizes = _log_sizes(patterns, round(float(np.sqrt(variance))))
    teff = labels.values.get("teff", float(np.mean(patterns.teff)))
    size = interpolate_in_teff(sizes, patterns.teff, teff)
    position = (np.log(wavelength_aa) - patterns.start_log) * SPEED_OF_LIGHT_KMS / patterns.dv_kms
    return np.asarray(np.exp(np.interp(position, np.arange(size.size), size)))


def interpolate_in_teff(
    values: NDArray[np.float64], nodes: NDArray[np.float64], teff: float
) -> NDArray[np.float64]:
    """Interpolate rows at ``nodes`` (ascending Teff) linearly, constant outside."""
    if len(nodes) == 1:
        return values[0]
    low = int(np.clip(np.searchsorted(nodes, teff) - 1, 0, len(nodes) - 2))
    part = float(np.clip((teff - nodes[low]) / (nodes[low + 1] - nodes[low]), 0.0, 1.0))
    return (1.0 - part) * values[low] + part * values[low + 1]


def total_variance_kms2(vsini_squared: float, resolving_power: float) -> float:
    """Return the variance of rotation and line spread together [(km/s)^2]."""
    return float(rotation_variance() * vsini_squared + np.square(line_spread_sigma_kms(resolving_power)))


def pack(patterns: ErrorPatterns) -> dict[str, NDArray]:
    """Return the tensors of the file (see `TENSORS`): values as float16, pixels observed as bits."""
    return {
        "values": patterns.values.astype(np.float16),
        "is_observed": np.packbits(patterns.is_observed, axis=1),
        "start_log": np.array([patterns.start_log]),
        "dv_kms": np.array([patterns.dv_kms]),
        "teff": patterns.teff,
        "variance_kms2": patterns.variance_kms2,
    }


def _unpack(tensors: dict[str, NDArray]) -> ErrorPatterns:
    values = tensors["values"].astype(np.float32)
    observed = np.unpackbits(tensors["is_observed"], axis=1, count=values.shape[1]).astype(bool)
    return ErrorPatterns(
        float(tensors["start_log"][0]),
        float(tensors["dv_kms"][0]),
        tensors["teff"].astype(float),
        tensors["variance_kms2"].astype(float),
        values,
        observed,
    )


@forgettable
@functools.lru_cache(maxsize=32)
def _log_sizes(patterns: ErrorPatterns, sigma_kms: int) -> NDArray[np.float64]:
    return np.log(patterns.sizes(float(sigma_kms) ** 2))


@kept_while_unchanged(4)
def load_error_patterns(folder: Path) -> ErrorPatterns:
    """Return the patterns of a model folder, read once per process; raises as `read_error_patterns`."""
    return read_error_patterns(folder)


def read_error_patterns(folder: Path) -> ErrorPatterns:
    """Read the patterns in a model folder, beside an emulator's weights.

    Raises
    ------
    ModelError
        If they are missing or damaged.
    """
    folder = Path(folder)
    tensors = read_weights(folder, file_name=FILE)
    try:
        patterns = _unpack(tensors)
    except (KeyError, ValueError, IndexError, TypeError) as error:
        raise _not_read(folder) from error
    n_stars, n_pixels = patterns.values.shape
    sound = n_stars and n_pixels and (np.diff(patterns.teff) > 0).all() and 1e-3 < patterns.dv_kms < 1e4
    if not sound or patterns.teff.shape != (n_stars,) or patterns.variance_kms2.shape != (n_stars,):
        raise _not_read(folder)
    return patterns


def _not_read(folder: Path) -> ModelError:
    return ModelError(
        f"The physics' error in {folder.name} could not be read.",
        "Reinstall SpectraGUI, or copy the model folder again.",
    )
