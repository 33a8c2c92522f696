"""`ErrorCalibration`: by what stated errors are multiplied, by misfit, S/N, R, v sin i and coverage."""

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
    untold : ndarray, shape (n_labels,)
        A further factor where the resolving power is hidden; empty = one.
    """

    misfit: NDArray[np.float64]
    log_power: NDArray[np.float64]
    vsini_kms: NDArray[np.float64]
    log_snr: NDArray[np.float64]
    factors: NDArray[np.float64]
    coverage: NDArray[np.float64] = dataclasses.field(default_factory=_nothing)
    by_coverage: NDArray[np.float64] = dataclasses.field(default_factory=_nothing)
    untold: NDArray[np.float64] = dataclasses.field(default_factory=_nothing)

    def factors_at(
        self,
        conditions: NDArray[np.float32],
        vsini_kms: NDArray[np.float64],
        coverage: NDArray[np.float64] | None = None,
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

        Returns
        -------
        ndarray, shape (n_spectra, n_labels)
        """
        power, snr = decode_conditions(conditions)
        places = [
            _place(conditions[:, 3].astype(float), self.misfit),
            _place(np.log10(power), self.log_power),
            _place(_stretched(vsini_kms), _stretched(self.vsini_kms)),
            _place(np.log10(snr), self.log_snr),
        ]
        is_high = np.array(list(itertools.product((False, True), repeat=4)))[:, :, None]  # of 16 corners
        low, high, part = (np.stack(column) for column in zip(*places, strict=True))  # (4, n_spectra)
        weight = np.where(is_high, part, 1.0 - part).prod(axis=1)
        corners = self.factors[tuple(np.where(is_high, high, low).swapaxes(0, 1))]
        total = np.asarray((weight[:, :, None] * corners).sum(axis=0))
        if self.coverage.size and coverage is not None:
            columns = [np.interp(coverage, self.coverage, column) for column in self.by_coverage.T]
            total *= np.stack(columns, axis=1)
        if self.untold.size:
            is_hidden = conditions[:, 1] > 0.5
            total = np.where(is_hidden[:, None], total * self.untold, total)
        return total

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
        if found.untold.size and found.untold.shape != shapes["untold"]:
            raise _wrong("what it says of hidden resolving powers does not fit together")
        low, high = LIMITS
        for factors in (found.factors, found.by_coverage, found.untold):
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


def _stretched(vsini_kms: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.arcsinh(vsini_kms / _VSINI_KNEE_KMS)


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
