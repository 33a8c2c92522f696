"""Whether the basis of a denoiser is sound: whether its parts fit together, and its card."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from spectragui.core.errors import ModelError
from spectragui.core.model_card import ModelCard
from spectragui.core.spectral_axis import SPEED_OF_LIGHT_KMS
from spectragui.core.weights_file import COPY_AGAIN
from spectragui.networks.spectrum_basis import TABLE_STEP_KMS, SpectrumBasis

RANGE_AA = (100.0, 1e6)
STEPS_KMS = (0.05, 1000.0)
MOST_TABLE_VALUES = 100_000_000  # averaged lines of an axis, made when a spectrum is denoised
LARGEST_FLUX, LARGEST_LEVEL = 100.0, 60.0  # normalised; and the natural logarithm of the continuum
LARGEST_PRIOR = 1e4
AXIS_TOLERANCE = 0.01
MOST_KNOTS = 1000  # of the calibration of errors
LARGEST_LOG_FACTOR = 3.0  # natural logarithm: errors are off by twenty at most


def check_basis(basis: SpectrumBasis, card: ModelCard) -> None:
    """Raise where a basis is not one, not that of its card, or gives no spectra.

    Raises
    ------
    ModelError
        With the first thing that is wrong.
    """
    said = (
        _wrong_shape(basis)
        or _wrong_axis(basis.level_aa, "of the continuum")
        or _wrong_grid(basis)
        or _wrong_window(basis, card)
        or _wrong_values(basis)
    )
    if said:
        raise ModelError(f"The denoiser {card.name} is not sound: {said}.", COPY_AGAIN)


def check_error_calibration(
    calibration: NDArray[np.float64], name: str, powers: NDArray[np.float64] | None = None
) -> None:
    """Raise where a calibration of errors is not knots that ascend, over factors that errors can need.

    Raises
    ------
    ModelError
        If it is not, or not one for each of its resolving powers.
    """
    parts = [calibration] if powers is None else list(calibration)
    is_sound = all(_is_calibration(one) for one in parts)
    if powers is not None:
        is_sound &= powers.ndim == 1 and 1 <= len(powers) == len(parts) <= MOST_KNOTS
        is_sound = is_sound and bool(np.isfinite(powers).all() and (np.diff(powers, prepend=0.0) > 0).all())
    if not is_sound:
        raise ModelError(
            f"The denoiser {name} is not sound: the calibration of its errors is none.", COPY_AGAIN
        )


def _is_calibration(calibration: NDArray[np.float64]) -> bool:
    if calibration.ndim != 2 or calibration.shape[0] != 2 or not 1 <= calibration.shape[1] <= MOST_KNOTS:
        return False
    knots, values = calibration
    return bool(
        np.isfinite(calibration).all()
        and (np.diff(knots) > 0).all()
        and (np.abs(values) <= LARGEST_LOG_FACTOR).all()
    )


def _wrong_shape(basis: SpectrumBasis) -> str:
    n = basis.n_lines + basis.n_level
    if basis.n_lines < 1 or basis.lines.ndim != 2 or basis.lines.shape[1] < 4:
        return "it has no components of the lines"
    wanted = {
        "level": (1 + basis.n_level, basis.level_aa.size),
        "prior_mean": (n,),
        "prior_factor": (n, n),
    }
    for name, shape in wanted.items():
        if getattr(basis, name).shape != shape:
            return f"{name} has another shape than the components"
    if basis.templates.ndim != 2 or basis.templates.shape[1] != n or not len(basis.templates):
        return "templates has another shape than the components"
    return ""


def _wrong_axis(wavelength_aa: NDArray[np.float64], what: str) -> str:
    low, high = RANGE_AA
    if wavelength_aa.ndim != 1 or wavelength_aa.size < 2 or (np.diff(wavelength_aa) <= 0).any():
        return f"the wavelengths {what} do not ascend"
    if wavelength_aa[0] < low or wavelength_aa[-1] > high:
        return f"the wavelengths {what} cannot be"
    return ""


def _wrong_grid(basis: SpectrumBasis) -> str:
    low, high = STEPS_KMS
    if not low <= basis.dv_kms <= high:
        return "the step of its lines cannot be"
    n_points = basis.lines.shape[1]
    exponent = n_points * basis.dv_kms / SPEED_OF_LIGHT_KMS
    if not RANGE_AA[0] <= basis.start_aa <= RANGE_AA[1] or exponent > np.log(RANGE_AA[1] / RANGE_AA[0]):
        return "the wavelengths of its lines cannot be"
    if n_points * basis.dv_kms / TABLE_STEP_KMS * len(basis.lines) > MOST_TABLE_VALUES:
        return "its lines would take more memory than a denoiser needs"
    last = basis.start_aa * np.exp(exponent)
    if basis.start_aa > basis.level_aa[0] or last < basis.level_aa[-1]:
        return "its lines do not reach over its continuum"
    return ""


def _wrong_window(basis: SpectrumBasis, card: ModelCard) -> str:
    if card.wavelength is None:
        return "its card has no wavelengths"
    for told, own in zip(
        (card.wavelength.start_aa, card.wavelength.stop_aa),
        (basis.level_aa[0], basis.level_aa[-1]),
        strict=True,
    ):
        if abs(told - own) > AXIS_TOLERANCE * own:
            return "its card names other wavelengths"
    return ""


def _wrong_values(basis: SpectrumBasis) -> str:
    if np.abs(basis.prior_factor).max() > LARGEST_PRIOR or np.abs(basis.templates).max() > LARGEST_PRIOR:
        return "its prior is wider than any stars can be"
    with np.errstate(all="ignore"):
        stars = np.concatenate([np.zeros((1, basis.prior_mean.size)), basis.templates])
        states = basis.prior_mean + stars @ basis.prior_factor.T
        lines = basis.lines[0] + states[:, : basis.n_lines] @ basis.lines[1:]
        level = basis.level[0] + states[:, basis.n_lines :] @ basis.level[1:]
    if not np.abs(lines).max() <= LARGEST_FLUX or not np.abs(level).max() <= LARGEST_LEVEL:
        return "the spectra of its typical stars are none"
    return ""
