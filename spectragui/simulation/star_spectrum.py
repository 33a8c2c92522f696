"""A star's spectrum on a fine grid: an emulator where one reaches, seeded lines elsewhere, a continuum."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

import numpy as np
from numpy.typing import ArrayLike, NDArray

from spectragui.core.errors import SettingsError
from spectragui.core.model_card import OPTICAL_EMULATOR
from spectragui.core.numerics import interpolate_cubic
from spectragui.core.spectral_axis import SPEED_OF_LIGHT_KMS
from spectragui.simulation.broadening import broaden
from spectragui.simulation.emulator import Emulator, load_emulator
from spectragui.simulation.extinction import dust_transmission
from spectragui.simulation.forward_model import SOLAR
from spectragui.simulation.line_forest import forest_flux
from spectragui.simulation.macroturbulence import rotation_in_total

TAPER_AA = 0.5  # over which the emulator gives way to seeded lines
_PLANCK_AA_K = 1.4387769e8  # h c / k
_LIMITS = {
    "teff": (2000.0, 50_000.0),
    "logg": (-1.0, 7.0),
    "m_h": (-5.0, 1.0),
    "alpha_m": (-1.0, 1.0),
    "vmic": (0.0, 20.0),
    "vsini": (0.0, 500.0),
}


@dataclasses.dataclass(frozen=True)
class Star:
    """What is observed.

    Attributes
    ----------
    labels : mapping
        teff [K], logg, m_h, alpha_m [dex], vmic, vsini [km/s, macroturbulence included]; missing ones
        are solar.
    v_rad_kms : float
        Barycentric, positive = receding.
    vmac_kms : float
        Radial-tangential macroturbulence, part of ``vsini``.
    ebv : float
        Colour excess E(B-V) [mag].
    line_seed : int
        Of the lines where no emulator reaches: the same for every exposure of a star.
    name : str
        What the header calls it; empty = by its temperature.
    """

    labels: Mapping[str, float]
    v_rad_kms: float = 0.0
    vmac_kms: float = 0.0
    ebv: float = 0.0
    line_seed: int = 1
    name: str = ""

    @property
    def all_labels(self) -> dict[str, float]:
        """All six labels."""
        return {**SOLAR, **{name: float(value) for name, value in self.labels.items()}}


def check_labels(labels: Mapping[str, float]) -> None:
    """Raise SettingsError where a label is not one of a star."""
    for name, value in labels.items():
        low, high = _LIMITS[name]
        if not low <= value <= high:
            raise SettingsError(f"{name} = {value:g} is outside {low:g} to {high:g}.")


def emulator_for(labels: Mapping[str, float], emulator: Emulator | None = None) -> Emulator | None:
    """Return the bundled emulator if these labels lie inside its range, else None."""
    emulator = load_emulator(OPTICAL_EMULATOR) if emulator is None else emulator
    inside = all(low <= labels[name] <= high for name, (low, high) in emulator.label_ranges.items())
    return emulator if inside else None


def emulated_range_aa(emulator: Emulator) -> tuple[float, float]:
    """Return between which rest wavelengths lines are the emulator's [Angstrom, air]."""
    first, last = (float(value) for value in emulator.wavelength_aa[[0, -1]])
    return first + TAPER_AA, last - TAPER_AA


def star_lines(
    star: Star, wavelength_aa: NDArray[np.float64], dv_kms: float, emulator: Emulator | None
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Return the star's normalised spectrum, rotating, and which pixels hold seeded lines.

    Parameters
    ----------
    star : Star
    wavelength_aa : ndarray, shape (n_pixels,)
        Rest frame, air, constant in log wavelength with ``dv_kms`` a pixel.
    dv_kms : float
    emulator : Emulator or None
        None = seeded lines everywhere.

    Returns
    -------
    flux : ndarray, shape (n_pixels,)
    is_forest : ndarray of bool, shape (n_pixels,)
    """
    labels = star.all_labels
    generator = np.random.default_rng([star.line_seed, 5])
    flux = forest_flux(float(wavelength_aa[0]), dv_kms, wavelength_aa.size, labels, generator)
    is_forest = np.ones(flux.size, dtype=bool)
    if emulator is not None:
        low, high = emulated_range_aa(emulator)
        inside = (wavelength_aa > low - TAPER_AA) & (wavelength_aa < high + TAPER_AA)
        values = [[labels[name] for name in emulator.label_names]]
        place = (
            np.log(wavelength_aa[inside] / emulator.wavelength_aa[0]) * SPEED_OF_LIGHT_KMS / emulator.dv_kms
        )
        known = interpolate_cubic(emulator.normalised_flux(values)[0].astype(np.float64), place)
        distance = np.minimum(wavelength_aa[inside] - low, high - wavelength_aa[inside])
        share = np.clip(1.0 + distance / TAPER_AA, 0.0, 1.0)
        flux[inside] = share * known + (1.0 - share) * flux[inside]
        is_forest[inside] = share < 1.0
    rotation = float(rotation_in_total(labels["vsini"], star.vmac_kms))
    if rotation > 0 or star.vmac_kms > 0:
        flux = np.asarray(broaden(flux, dv_kms, vsini_kms=rotation, vmac_kms=star.vmac_kms), dtype=np.float64)
    return flux, is_forest


def star_continuum(star: Star, wavelength_aa: ArrayLike, emulator: Emulator | None) -> NDArray[np.float64]:
    """Return the continuum flux per wavelength behind the dust, median 1.

    Parameters
    ----------
    star : Star
    wavelength_aa : array_like, shape (n_pixels,)
        Rest frame.
    emulator : Emulator or None

    Notes
    -----
    A black body, times the emulator's ratio to it inside the emulator's window and its value at the
    window's ends outside.
    """
    wavelength = np.asarray(wavelength_aa, dtype=np.float64)
    labels = star.all_labels
    logarithm = _ln_planck(wavelength, labels["teff"])
    if emulator is not None:
        knots = emulator.wavelength_aa[emulator.knot_pixels]
        values = [[labels[name] for name in emulator.label_names]]
        known = np.log(emulator.continuum(values)[0].astype(np.float64)[emulator.knot_pixels])
        logarithm += np.interp(wavelength, knots, known - _ln_planck(knots, labels["teff"]))
    flux = np.exp(logarithm - np.median(logarithm))
    return np.asarray(flux * dust_transmission(wavelength, star.ebv))


def _ln_planck(wavelength_aa: NDArray[np.float64], teff: float) -> NDArray[np.float64]:
    """Return ln of the black-body flux per wavelength, up to a constant."""
    return np.asarray(
        -5.0 * np.log(wavelength_aa / 5000.0) - np.log(np.expm1(_PLANCK_AA_K / wavelength_aa / teff))
    )
