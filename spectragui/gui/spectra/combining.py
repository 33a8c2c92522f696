"""Make new spectra of several: co-add exposures, ratio, difference, division by a telluric standard."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import TYPE_CHECKING

from spectragui.core.progress import Progress
from spectragui.core.spectrum import AnySpectrum
from spectragui.gui.session.session import Session
from spectragui.gui.session.state import OpenSpectrum
from spectragui.gui.spectra.derived import add_derived

if TYPE_CHECKING:
    from spectragui.analysis.coadd import Coadded, CoaddOptions


def coadd_spectra(session: Session, items: Sequence[OpenSpectrum], options: CoaddOptions) -> None:
    """Co-add open spectra in the background; the result comes into the tree."""
    session.run(
        "coadd",
        run_coadd,
        tuple(item.spectrum for item in items),
        options,
        title=f"Co-adding {len(items)} exposures",
        on_done=functools.partial(_on_coadded, session, len(items)),
    )


def run_coadd(spectra: tuple[AnySpectrum, ...], options: CoaddOptions, progress: Progress) -> Coadded:
    """Co-add in a worker."""
    from spectragui.analysis.coadd import coadd

    return coadd(spectra, options, progress)


def _on_coadded(session: Session, n_spectra: int, result: Coadded) -> None:
    add_derived(session, result.spectrum, f"Co-add {n_spectra} exposures")
    session.notifications.success(str(result.spectrum.meta["history"][-1]))


def combine_spectra(
    session: Session,
    operation: str,
    first: OpenSpectrum,
    second: OpenSpectrum,
    exponent: float | None = None,
    *,
    takes_denoised: bool = False,
) -> None:
    """Combine two open spectra in the background; the result comes into the tree.

    Parameters
    ----------
    session : Session
    operation : str
        Name of one of `spectragui.analysis.spectrum_arithmetic.OPERATIONS`.
    first, second : OpenSpectrum
    exponent : float or None
        Of the transmission, for a telluric standard; None = from the headers' airmasses.
    takes_denoised : bool
        Whether a telluric standard may divide, or be, a denoised spectrum.
    """
    session.run(
        f"combine:{operation}",
        run_combine,
        operation,
        first.spectrum.with_meta(name=first.name),
        second.spectrum.with_meta(name=second.name),
        exponent,
        takes_denoised,
        title=f"Combining {first.name} and {second.name}",
        on_done=functools.partial(_on_combined, session, operation),
    )


def run_combine(
    operation: str,
    first: AnySpectrum,
    second: AnySpectrum,
    exponent: float | None,
    takes_denoised: bool,
    progress: Progress,
) -> AnySpectrum:
    """Combine in a worker."""
    from spectragui.analysis.spectrum_arithmetic import OPERATIONS, divide_by_standard

    progress(0.0, "Combining")
    if operation == "telluric":
        return divide_by_standard(first, second, exponent, progress, takes_denoised=takes_denoised)
    function = next(one.function for one in OPERATIONS if one.name == operation)
    return function(first, second, progress=progress)


def _on_combined(session: Session, operation: str, result: AnySpectrum) -> None:
    words = {"ratio": "Ratio", "difference": "Difference", "telluric": "Divide by telluric standard"}
    add_derived(session, result, words[operation])
    session.notifications.success(str(result.meta["history"][-1]))
