"""`ErrorCalibration`: by what stated errors are multiplied, by misfit, S/N, R, v sin i, Teff and coverage."""

from __future__ import annotations

import dataclasses
import itertools

import numpy as np
from numpy.typing import NDArray

from spectragui.core.errors import ModelError
from spectragui.networks.conditions import decode_conditions

_VSINI_KNEE_KMS = 10.0
#: Factors of errors that a model may state: beyond them its errors say nothing.
LIMITS = (0.1, 10.0)


def _nothing() -> NDArray[np.float64]:
    return np.zeros(0)


@dataclasses.dataclass(frozen=True, eq=False)
class ErrorCalibration:
    """Factors on a grid of four axes, linear in between.

    Attributes
    ----------
    misfit : ndarray, shape (n_misfit,)
        How badly the physics describes the star, see `encode_conditions`.
    log_power : ndarray, shape (n_power,)
        log10 of the resolving power.
    vsini_kms : ndarray, shape (n_vsini,)
        Predicted v sin i [km/s]; interpolated in asinh(v / 10).
    log_snr : ndarray, shape (n_snr,)
        log10 of the S/N per pixel, 2.5 pixels per FWHM.
    factors : ndarray, shape (n_misfit, n_power, n_vsini, n_snr, n_labels)
    coverage : ndarray, shape (n_coverage,)
        Part of the network's pixels that were observed.
    by_coverage : ndarray, shape (n_coverage, n_labels)
        A further factor, linear in between: one where all was observed.
    untold : ndarray, shape (n_vsini, n_labels)
        A further factor where the resolving power is hidden, by predicted v sin i as above; (n_labels,) =
        the same for all (earlier models); empty = one.
    log_teff : ndarray, shape (n_teff,)
        ln of predicted Teff [K].
    by_teff : ndarray, shape (n_teff, n_labels)
        A further factor, linear in between, the last ones beyond; empty = one (earlier models).
    """

    misfit: NDArray[np.float64]
    log_power: NDArray[np.float64]
    vsini_kms: NDArray[np.float64]
    log_snr: NDArray[np.float64]
    factors: NDArray[np.float64]
    coverage: NDArray[np.float64] = dataclasses.field(default_factory=_nothing)
    by_coverage: NDArray[np.float64] = dataclasses.field(default_factory=_nothing)
    untold: NDArray[np.float64] = dataclasses.field(default_factory=_nothing)
    log_teff: NDArray[np.float64] = dataclasses.field(default_factory=_nothing)
    by_teff: NDArray[np.float64] = dataclasses.field(default_factory=_nothing)

    def factors_at(
        self,
        conditions: NDArray[np.float32],
        vsini_kms: NDArray[np.float64],
        coverage: NDArray[np.float64] | None = None,
        teff: NDArray[np.float64] | None = None,
    ) -> NDArray[np.float64]:
        """Return the factors of some spectra.

        Parameters
        ----------
        conditions : ndarray, shape (n_spectra, 4)
            See `spectragui.networks.conditions.encode_conditions`.
        vsini_kms : ndarray, shape (n_spectra,)
            As predicted.
        coverage : ndarray, shape (n_spectra,), optional
            Part of the pixels that are used; all of them if not given.
        teff : ndarray, shape (n_spectra,), optional
            As predicted [K].

        Returns
        -------
        ndarray, shape (n_spectra, n_labels)
        """
        knots, weight = self.corners(conditions, vsini_kms)
        corners = self.factors.reshape(-1, self.factors.shape[-1])[knots]
        total = np.asarray((weight[:, :, None] * corners).sum(axis=1))
        if self.coverage.size and coverage is not None:
            total *= _columns_at(coverage, self.coverage, self.by_coverage)
        if self.log_teff.size and teff is not None:
            total *= _columns_at(np.log(np.maximum(teff, 1.0)), self.log_teff, self.by_teff)
        if self.untold.size:
            is_hidden = conditions[:, 1] > 0.5
            total = np.where(is_hidden[:, None], total * self._untold_at(vsini_kms), total)
        return total

    def corners(
        self, conditions: NDArray[np.float32], vsini_kms: NDArray[np.float64]
    ) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
        """Return the knots around some spectra and what part each has in their factors.

        Parameters
        ----------
        conditions, vsini_kms
            As in `factors_at`.

        Returns
        -------
        knots : ndarray of int, shape (n_spectra, 16)
            In the flat order of misfit, resolving power, v sin i and S/N.
        weight : ndarray, shape (n_spectra, 16)
        """
        power, snr = decode_conditions(conditions)
        places = [
            _place(conditions[:, 3].astype(float), self.misfit),
            _place(np.log10(power), self.log_power),
            _place(stretched(vsini_kms), stretched(self.vsini_kms)),
            _place(np.log10(snr), self.log_snr),
        ]
        is_high = np.array(list(itertools.product((False, True), repeat=4)))[:, :, None]  # of 16 corners
        low, high, part = (np.stack(column) for column in zip(*places, strict=True))  # (4, n_spectra)
        weight = np.where(is_high, part, 1.0 - part).prod(axis=1)
        knots = np.ravel_multi_index(
            tuple(np.where(is_high, high, low).swapaxes(0, 1)), self.factors.shape[:4]
        )
        return knots.T, weight.T

    def _untold_at(self, vsini_kms: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the factors of hidden resolving powers, shape (n_spectra or 1, n_labels)."""
        if self.untold.ndim == 1:
            return self.untold[None, :]
        low, high, part = _place(stretched(vsini_kms), stretched(self.vsini_kms))
        rows = self.untold
        return np.asarray((1.0 - part)[:, None] * rows[low] + part[:, None] * rows[high])

    def to_tensors(self) -> dict[str, NDArray[np.float32]]:
        """Return what is stored in the model's file."""
        fields = ((field.name, getattr(self, field.name)) for field in dataclasses.fields(self))
        return {
            f"calibration.{name}": np.asarray(value, dtype=np.float32) for name, value in fields if value.size
        }

    @classmethod
    def from_tensors(cls, tensors: dict[str, NDArray[np.float32]], n_labels: int) -> ErrorCalibration:
        """Return the calibration of a model's file.

        Raises
        ------
        ModelError
            If a part is missing, of another shape, or by a factor that no calibration can need.
        """
        names = [field.name for field in dataclasses.fields(cls)]
        there = [name for name in names if f"calibration.{name}" in tensors]
        missing = [name for name in names[:5] if name not in there]  # earlier models have no more
        if missing:
            raise _wrong(f"{missing[0]} is missing")
        found = cls(**{name: tensors[f"calibration.{name}"].astype(np.float64) for name in there})
        axes = (found.misfit, found.log_power, found.vsini_kms, found.log_snr)
        if any(axis.ndim != 1 or not axis.size or (np.diff(axis) <= 0).any() for axis in axes):
            raise _wrong("an axis does not ascend")
        if found.factors.shape != (*(axis.size for axis in axes), n_labels):
            raise _wrong("the factors have another shape than their axes")
        n_coverage = found.coverage.size
        shapes = {"by_coverage": (n_coverage, n_labels) if n_coverage else (0,), "untold": (n_labels,)}
        if (np.diff(found.coverage) <= 0).any() or found.by_coverage.shape != shapes["by_coverage"]:
            raise _wrong("what it says of the coverage does not fit together")
        by_rotation = (found.vsini_kms.size, n_labels)
        if found.untold.size and found.untold.shape not in (shapes["untold"], by_rotation):
            raise _wrong("what it says of hidden resolving powers does not fit together")
        n_teff = found.log_teff.size
        by_teff = (n_teff, n_labels) if n_teff else (0,)
        if (np.diff(found.log_teff) <= 0).any() or found.by_teff.shape != by_teff:
            raise _wrong("what it says of Teff does not fit together")
        low, high = LIMITS
        for factors in (found.factors, found.by_coverage, found.untold, found.by_teff):
            if not ((factors >= low) & (factors <= high)).all():
                raise _wrong(f"a factor is not between {low:g} and {high:g}")
        return found


def _wrong(what: str) -> ModelError:
    return ModelError(
        f"The calibration of the model's errors is wrong: {what}.",
        "Ask whoever made the model for a sound copy.",
    )


def no_calibration(n_labels: int) -> ErrorCalibration:
    """Return the calibration that leaves errors as they are stated."""
    zero = np.zeros(1)
    return ErrorCalibration(zero, zero, zero, zero, np.ones((1, 1, 1, 1, n_labels)))


def stretched(vsini_kms: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return what v sin i [km/s] is interpolated in: asinh(v / 10)."""
    return np.arcsinh(vsini_kms / _VSINI_KNEE_KMS)


def _columns_at(
    values: NDArray[np.float64], knots: NDArray[np.float64], rows: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return each column of rows (n_knots, n_labels) linearly in between, shape (n_values, n_labels)."""
    return np.stack([np.interp(values, knots, column) for column in rows.T], axis=1)


def _place(
    values: NDArray[np.float64], knots: NDArray[np.float64]
) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.float64]]:
    """Return the knots on both sides of values, and how far they are from the lower one, 0 to 1."""
    if len(knots) == 1:
        first = np.zeros(len(values), dtype=np.intp)
        return first, first, np.zeros(len(values))
    low = np.clip(np.searchsorted(knots, values, side="right") - 1, 0, len(knots) - 2)
    part = np.clip((values - knots[low]) / (knots[low + 1] - knots[low]), 0.0, 1.0)
    return low, low + 1, part
