"""Spectral axis with its passport: unit, medium, frame, velocity history, and where each was read.

Also the two conversions that everything else relies on: air <-> vacuum and the relativistic
Doppler shift.
"""

from __future__ import annotations

import dataclasses
from typing import Literal, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray

from spectragui.core.errors import UnitError

Medium = Literal["air", "vacuum", "unknown"]
Frame = Literal["observer", "barycentric", "heliocentric", "rest", "unknown"]

SPEED_OF_LIGHT_KMS = 299792.458
#: Fastest star that is simulated, generated and searched for; z = 0.003 is 899 km/s.
FASTEST_STAR_KMS = 1000.0
AIR_LIMIT_AA = 2000.0  # below, wavelengths are vacuum by convention

UNIT_SYMBOLS = {"Angstrom": "Å", "nm": "nm", "um": "µm", "cm-1": "cm⁻¹", "Hz": "Hz", "pixel": "pixel"}
FRAME_WORDS = {
    "observer": "observer's frame",
    "barycentric": "barycentric",
    "heliocentric": "heliocentric",
    "rest": "rest frame",
    "unknown": "frame unknown",
}


def read_only(values: ArrayLike, dtype: type = np.float64) -> NDArray:
    """Return a contiguous, native, read-only copy of ``values`` (no copy if it already is one)."""
    array = np.asarray(values)
    if array.dtype == dtype and not array.flags.writeable and array.flags.c_contiguous and array.base is None:
        return array
    array = np.array(array, dtype=dtype, order="C", copy=True)
    array.setflags(write=False)
    return array


def vacuum_to_air(wavelength_aa: ArrayLike) -> NDArray[np.float64]:
    """Convert vacuum wavelengths to standard air.

    Parameters
    ----------
    wavelength_aa : array_like, shape (...), Angstrom, vacuum

    Returns
    -------
    ndarray, shape (...), Angstrom, air above 2000 A, unchanged below

    References
    ----------
    Morton 2000, ApJS 130, 403 (IAU standard, after Birch & Downs 1994).
    """
    vacuum = np.asarray(wavelength_aa, dtype=np.float64)
    s2 = np.square(1e4 / vacuum)
    n = 1.0 + 8.34254e-5 + 2.406147e-2 / (130.0 - s2) + 1.5998e-4 / (38.9 - s2)
    return np.where(vacuum >= AIR_LIMIT_AA, vacuum / n, vacuum)


def air_to_vacuum(wavelength_aa: ArrayLike) -> NDArray[np.float64]:
    """Convert standard-air wavelengths to vacuum.

    Parameters
    ----------
    wavelength_aa : array_like, shape (...), Angstrom, air

    Returns
    -------
    ndarray, shape (...), Angstrom, vacuum

    Notes
    -----
    Starts from Piskunov's inverse (VALD) and takes one fixed-point step with the Morton formula,
    so that air -> vacuum -> air closes to better than 1e-9 A.
    """
    air = np.asarray(wavelength_aa, dtype=np.float64)
    s2 = np.square(1e4 / air)
    n = 1.0 + 8.336624212083e-5 + 2.408926869968e-2 / (130.1065924522 - s2)
    n = n + 1.599740894897e-4 / (38.92568793293 - s2)
    # vacuum_to_air() switches at 2000 A vacuum, which is 1999.35 A in air.
    converted = np.where(air * n >= AIR_LIMIT_AA, air * n, air)
    for _ in range(2):
        converted = np.where(converted >= AIR_LIMIT_AA, converted + (air - vacuum_to_air(converted)), air)
    return converted


def doppler_factor(velocity_kms: float) -> float:
    """Return lambda_observed / lambda_rest of a source receding at ``velocity_kms`` (relativistic)."""
    beta = velocity_kms / SPEED_OF_LIGHT_KMS
    if not abs(beta) < 1.0:
        raise UnitError(f"A velocity of {velocity_kms:g} km/s is not below the speed of light.")
    return float(np.sqrt((1.0 + beta) / (1.0 - beta)))


def add_velocities(first_kms: float, second_kms: float) -> float:
    """Return two velocities along one line added relativistically [km/s]."""
    product = first_kms * second_kms / SPEED_OF_LIGHT_KMS**2
    return (first_kms + second_kms) / (1.0 + product)


@dataclasses.dataclass(frozen=True)
class VelocityStep:
    """One change of frame: the axis was divided by the Doppler factor of ``velocity_kms``.

    ``velocity_kms`` is positive when the source recedes in the frame that was left.
    """

    velocity_kms: float
    frame_before: str
    frame_after: str
    source: str


@dataclasses.dataclass(frozen=True, eq=False)
class SpectralAxis:
    """Pixel positions of a spectrum and what is known about them.

    Attributes
    ----------
    values : ndarray, shape (n_pixels,), in ``unit``
        Strictly ascending, finite, float64, read-only.
    unit : str
        astropy unit text: "Angstrom", "nm", "um", "cm-1", ...; "pixel" when nothing is known.
    medium : {"air", "vacuum", "unknown"}
    frame : {"observer", "barycentric", "heliocentric", "rest", "unknown"}
    unit_source, medium_source, frame_source : str
        The keyword each was read from ("CTYPE1 = 'AWAV'"), or "assumed: ..." with the reason.
    velocity_history : tuple of VelocityStep
        Shifts already applied, oldest first.
    """

    values: NDArray[np.float64]
    unit: str = "Angstrom"
    medium: Medium = "unknown"
    frame: Frame = "unknown"
    unit_source: str = ""
    medium_source: str = ""
    frame_source: str = ""
    velocity_history: tuple[VelocityStep, ...] = ()

    def __post_init__(self) -> None:
        values = read_only(self.values)
        if values.ndim != 1 or values.size < 2:
            raise UnitError("A spectral axis needs at least two pixels in one dimension.")
        if not np.all(np.isfinite(values)) or not np.all(np.diff(values) > 0):
            raise UnitError("A spectral axis must be finite and strictly ascending.")
        if self.medium not in get_args(Medium):
            raise UnitError(f"The medium {self.medium!r} is unknown.", "Use air, vacuum or unknown.")
        if self.frame not in get_args(Frame):
            known = ", ".join(get_args(Frame))
            raise UnitError(f"The frame {self.frame!r} is unknown.", f"Use one of {known}.")
        object.__setattr__(self, "values", values)
        object.__setattr__(self, "velocity_history", tuple(self.velocity_history))

    def __len__(self) -> int:
        return self.values.size

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, SpectralAxis):
            return NotImplemented
        same = all(
            getattr(self, field.name) == getattr(other, field.name)
            for field in dataclasses.fields(self)
            if field.name != "values"
        )
        return same and np.array_equal(self.values, other.values)

    __hash__ = None  # type: ignore[assignment]

    @property
    def is_medium_known(self) -> bool:
        """Whether the medium is air or vacuum."""
        return self.medium != "unknown"

    @property
    def is_medium_assumed(self) -> bool:
        """Whether the medium is unknown or was assumed rather than read."""
        return self.medium == "unknown" or self.medium_source.startswith("assumed")

    @property
    def wavelength_aa(self) -> NDArray[np.float64]:
        """Wavelength [Angstrom] in the axis' own medium and frame, shape (n_pixels,).

        Descending where the unit is a frequency or a wavenumber.

        Raises
        ------
        UnitError
            If the axis has no unit that a wavelength follows from.
        """
        if self.unit == "Angstrom":
            return self.values
        return _to_wavelength_aa(self.values, self.unit)

    def replace(self, **changes: object) -> SpectralAxis:
        """Return a copy with some attributes changed (a *correction*: the values stay)."""
        return dataclasses.replace(self, **changes)  # type: ignore[arg-type]

    def in_angstrom(self) -> SpectralAxis:
        """Return the axis in Angstrom; raises `UnitError` for one that is not a wavelength."""
        if self.unit == "Angstrom":
            return self
        wavelength = self.wavelength_aa
        if wavelength[0] > wavelength[-1]:
            raise UnitError("An axis in frequency or wavenumber must be flipped with its spectrum.")
        return self.replace(values=wavelength, unit="Angstrom", unit_source=f"converted from {self.unit}")

    def in_medium(self, medium: Medium) -> SpectralAxis:
        """Return the axis converted to ``medium`` ("air" or "vacuum").

        Raises
        ------
        UnitError
            If the axis' own medium is unknown, or ``medium`` is neither.
        """
        if medium == self.medium:
            return self
        if self.medium == "unknown":
            raise UnitError(
                "The medium of the wavelengths is not known, so they cannot be converted.",
                "Say first whether they are in air or vacuum.",
            )
        if medium not in ("air", "vacuum"):
            raise UnitError(f"Wavelengths cannot be converted to {medium!r}.", "Use air or vacuum.")
        axis = self.in_angstrom()
        convert = air_to_vacuum if medium == "vacuum" else vacuum_to_air
        source = f"converted from {self.medium}"
        return axis.replace(values=convert(axis.values), medium=medium, medium_source=source)

    def shifted(self, velocity_kms: float, frame: Frame, source: str) -> SpectralAxis:
        """Return the axis with a velocity taken out: lambda / doppler_factor(velocity).

        Parameters
        ----------
        velocity_kms : float
            Velocity of the source in the present frame, positive = receding.
        frame : str
            The frame that is reached.
        source : str
            Where the velocity comes from, for the passport.

        Raises
        ------
        UnitError
            If the axis is in ``frame`` already: a velocity is never applied twice.
        """
        if frame == self.frame:
            raise UnitError(
                f"The wavelengths are in the {FRAME_WORDS[frame]} already; "
                "the velocity was not applied again.",
                "Correct the frame in the passport if it is wrong.",
            )
        axis = self.in_angstrom()
        step = VelocityStep(float(velocity_kms), self.frame, frame, source)
        return axis.replace(
            values=axis.values / doppler_factor(velocity_kms),
            frame=frame,
            frame_source=source,
            velocity_history=(*self.velocity_history, step),
        )

    def label(self) -> str:
        """Return the label of a plot's axis: "Wavelength (Å, air, rest frame)"."""
        if self.unit == "pixel":
            return "Pixel"
        quantity = {"cm-1": "Wavenumber", "Hz": "Frequency"}.get(self.unit, "Wavelength")
        medium = self.medium if self.is_medium_known else "medium unknown"
        return f"{quantity} ({UNIT_SYMBOLS.get(self.unit, self.unit)}, {medium}, {FRAME_WORDS[self.frame]})"


def _to_wavelength_aa(values: NDArray[np.float64], unit: str) -> NDArray[np.float64]:
    from astropy import units as u

    try:
        quantity = u.Quantity(values, unit)
        return np.asarray(quantity.to_value(u.AA, equivalencies=u.spectral()), dtype=np.float64)
    except (ValueError, TypeError, u.UnitConversionError) as error:
        raise UnitError(
            f"The axis is in {unit!r}, from which no wavelength follows.",
            "Say which unit it is in: Angstrom, nm or um.",
        ) from error
