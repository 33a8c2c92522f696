"""Honest errors: what noise leaves, and what the physics of the training spectra gets wrong.

The networks' own errors are calibrated on simulated noise. Real stars differ from every
synthetic spectrum by more; the part of the misfit that noise cannot explain measures by how much,
and is nothing for a simulated spectrum.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

from spectragui.core.labels import LabelSet
from spectragui.inference.fit.compare import Misfit

LARGEST_FRACTION = 1.0


def misfit_fraction(misfit: Misfit) -> float:
    """Return the unexplained structure in units of the lines' own, 0 where noise explains all.

    Parameters
    ----------
    misfit : Misfit

    Returns
    -------
    float
        0 to `LARGEST_FRACTION`.
    """
    if misfit.signal <= 0:
        return LARGEST_FRACTION
    # What is left of the noise's variance after subtracting its expectation scatters by this much.
    noise_share = misfit.noise**2 * math.sqrt(2.0 / max(misfit.n_pixels, 1))
    beyond = max(misfit.unexplained**2 - 3.0 * noise_share, 0.0)
    return min(math.sqrt(beyond) / misfit.signal, LARGEST_FRACTION)


def with_systematics(
    labels: LabelSet,
    misfit: Misfit,
    at_tenth: Mapping[str, float],
    coverage: float = 1.0,
    unseen: float = 0.0,
) -> LabelSet:
    """Add to the errors what the physics of the training spectra may be wrong by.

    Parameters
    ----------
    labels : LabelSet
        With errors that count noise only.
    misfit : Misfit
        Of the spectrum generated at the labels.
    at_tenth : mapping of str to float
        1-sigma error of a label for an unexplained structure of a tenth of the lines' own, by the card.
    coverage : float
        Part of the window that was seen; the errors of fewer lines average out less.
    unseen : float
        Least `misfit_fraction`, where the noise is not known well enough to see a smaller one.

    Returns
    -------
    LabelSet

    Notes
    -----
    sigma^2 = sigma_noise^2 + (s f / 0.1)^2 coverage^-1/2, f the `misfit_fraction` and s the label's
    entry in ``at_tenth``.
    """
    fraction = max(misfit_fraction(misfit), unseen) / max(coverage, 0.05) ** 0.25
    return with_fraction(labels, fraction, at_tenth)


def with_fraction(labels: LabelSet, fraction: float, at_tenth: Mapping[str, float]) -> LabelSet:
    """Add to the errors what an unexplained structure of ``fraction`` of the lines' own makes."""
    errors = {
        name: math.hypot(error, fraction / 0.1 * at_tenth.get(name, 0.0))
        for name, error in labels.errors.items()
    }
    return LabelSet(dict(labels.values), errors)
