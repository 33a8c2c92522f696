"""What a parameter network knows besides the flux, and the scales of its labels."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from spectragui.core.spectral_axis import SPEED_OF_LIGHT_KMS

N_CONDITIONS = 4
PIXELS_PER_FWHM = 2.5
_VSINI_KNEE_KMS = 10.0
_POWER_CENTRE, _POWER_SCALE = 4.3, 0.6  # of log10
SNR_CENTRE, SNR_SCALE = 1.3, 0.7
_SNR_LIMITS = (0.3, 1000.0)  # per sqrt(km/s): from S/N 3 at R 1000 to what is as good as no noise


def encode_conditions(
    resolving_power: NDArray[np.float64],
    is_resolving_power_known: NDArray[np.bool_],
    snr_per_root_kms: NDArray[np.float64],
    misfit: NDArray[np.float64],
) -> NDArray[np.float32]:
    """Return the numbers of order one that networks are given besides the flux.

    Parameters
    ----------
    resolving_power : ndarray, shape (n_spectra,)
        wavelength / FWHM.
    is_resolving_power_known : ndarray of bool, shape (n_spectra,)
        False hides the resolving power from the network.
    snr_per_root_kms : ndarray, shape (n_spectra,)
        S/N per native pixel over the square root of the pixel's width in km/s.
    misfit : ndarray, shape (n_spectra,)
        How much worse than the noise the physics describes the spectrum, in units of the model
        error of the Sun and Arcturus: 0 for synthetic spectra, about 1 for real stars.

    Returns
    -------
    ndarray, shape (n_spectra, 4), float32
    """
    known = np.asarray(is_resolving_power_known, dtype=float)
    power = (np.log10(np.clip(resolving_power, 500.0, 200000.0)) - _POWER_CENTRE) / _POWER_SCALE
    snr = (np.log10(np.clip(snr_per_root_kms, *_SNR_LIMITS)) - SNR_CENTRE) / SNR_SCALE
    columns = [power * known, 1.0 - known, snr, np.clip(misfit, 0.0, 1.5)]
    return np.stack(columns, axis=1).astype(np.float32)


def decode_conditions(
    conditions: NDArray[np.float32],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return resolving power and S/N per pixel from what networks are given.

    Parameters
    ----------
    conditions : ndarray, shape (n_spectra, 4)
        See `encode_conditions`.

    Returns
    -------
    resolving_power, snr : ndarray, shape (n_spectra,)
        Where the resolving power is hidden, about 20,000; S/N for 2.5 pixels per FWHM.
    """
    power = 10.0 ** (conditions[:, 0].astype(float) * _POWER_SCALE + _POWER_CENTRE)
    per_root = 10.0 ** (conditions[:, 2].astype(float) * SNR_SCALE + SNR_CENTRE)
    return power, per_root * np.sqrt(SPEED_OF_LIGHT_KMS / power / PIXELS_PER_FWHM)


@dataclasses.dataclass(frozen=True)
class LabelScaling:
    """Labels as networks predict them: of order one, and with errors that are alike everywhere.

    Attributes
    ----------
    names : tuple of str
    centre, scale : tuple of float
        scaled = (transformed label - centre) / scale, where ln(teff) and asinh(vsini / 10 km/s)
        stand for teff and vsini.
    """

    names: tuple[str, ...]
    centre: tuple[float, ...]
    scale: tuple[float, ...]

    @classmethod
    def of(cls, names: Sequence[str], labels: NDArray[np.float64]) -> LabelScaling:
        """Return the scaling that gives these labels mean 0 and standard deviation 1."""
        columns = [_transform(name, labels[:, i]) for i, name in enumerate(names)]
        centre = tuple(float(column.mean()) for column in columns)
        scale = tuple(float(column.std()) or 1.0 for column in columns)
        return cls(tuple(names), centre, scale)

    def to_scaled(self, labels: NDArray[np.float64]) -> NDArray[np.float32]:
        """Return scaled labels, shape (n_spectra, n_labels)."""
        columns = [_transform(name, labels[:, i]) for i, name in enumerate(self.names)]
        scaled = (np.stack(columns, axis=1) - self.centre) / self.scale
        return scaled.astype(np.float32)

    def to_labels(
        self, means: NDArray[np.float64], sigmas: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return labels and their 1-sigma errors in the labels' units.

        Parameters
        ----------
        means, sigmas : ndarray, shape (n_spectra, n_labels)
            Of the scaled labels.
        """
        values = np.asarray(means, dtype=float) * self.scale + self.centre
        errors = np.asarray(sigmas, dtype=float) * self.scale
        for i, name in enumerate(self.names):
            if name == "teff":
                values[:, i] = np.exp(values[:, i])
                errors[:, i] *= values[:, i]
            elif name == "vsini":
                errors[:, i] *= _VSINI_KNEE_KMS * np.cosh(values[:, i])
                values[:, i] = np.maximum(_VSINI_KNEE_KMS * np.sinh(values[:, i]), 0.0)
            elif name == "vmic":
                values[:, i] = np.maximum(values[:, i], 0.0)
        return values, errors


def _transform(name: str, values: NDArray[np.float64]) -> NDArray[np.float64]:
    if name == "teff":
        return np.log(values)
    if name == "vsini":
        return np.arcsinh(values / _VSINI_KNEE_KMS)
    return np.asarray(values, dtype=float)
