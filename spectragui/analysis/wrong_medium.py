"""The velocity that a star at rest shows where air wavelengths are taken for vacuum, or the reverse."""

from __future__ import annotations

from spectragui.core.spectral_axis import SPEED_OF_LIGHT_KMS, air_to_vacuum

WIDEST_KMS = 3.0  # further off it is a star that moves


def air_vacuum_velocity(low_aa: float, high_aa: float) -> tuple[float, float]:
    """Return the smallest and largest of (vacuum / air - 1) c [km/s] between two air wavelengths."""
    ends = [SPEED_OF_LIGHT_KMS * (float(air_to_vacuum(aa)) / aa - 1.0) for aa in (low_aa, high_aa)]
    return min(ends), max(ends)


def is_air_vacuum_velocity(
    velocity_kms: float, error_kms: float, low_aa: float, high_aa: float, margin_kms: float = 0.3
) -> bool:
    """Say whether a velocity (of either sign) is what a wrong medium makes of a star at rest.

    Parameters
    ----------
    velocity_kms, error_kms : float
    low_aa, high_aa : float
        Range it was measured in [Angstrom, air].
    margin_kms : float
        For what the star itself may move.
    """
    low, high = air_vacuum_velocity(low_aa, high_aa)
    reach = min(0.5 * (high - low) + 3.0 * error_kms + margin_kms, WIDEST_KMS)
    return abs(abs(velocity_kms) - 0.5 * (low + high)) < reach
