"""What the Denoise tab shows, as frozen values."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from spectragui.inference.denoise.denoising_result import DenoiseOptions

if TYPE_CHECKING:
    from spectragui.core.spectrum import AnySpectrum
    from spectragui.inference.denoise.denoising_result import Denoised
    from spectragui.inference.denoise.fit_from_denoised import FitFromDenoised
    from spectragui.inference.denoise.line_trial import LineTrial


@dataclasses.dataclass(frozen=True)
class DenoiseState:
    """What the next denoising is told, and what is wanted of the exposures to come.

    Attributes
    ----------
    options : DenoiseOptions
    wanted_snr : float
        Signal-to-noise ratio per pixel that the co-added exposures are to have.
    wanted_label, wanted_error : str, float
        Label, and the error that it is to have from them.
    """

    options: DenoiseOptions = DenoiseOptions()
    wanted_snr: float = 20.0
    wanted_label: str = "teff"
    wanted_error: float = 100.0


@dataclasses.dataclass(frozen=True, eq=False)
class Denoising:
    """One spectrum of the tree, denoised.

    Attributes
    ----------
    spectrum_id : str
        The open spectrum that was denoised.
    spectrum : Spectrum or EchelleSpectrum
        As it was then.
    denoised : Denoised
    options : DenoiseOptions
        What was told.
    kept_id : str
        The open spectrum that the result became; empty = it is not in the tree.
    trial : LineTrial or None
        A line that was put in or deepened, to see what becomes of it.
    fit : FitFromDenoised or None
        Labels that were fitted to the noisy flux from here.
    """

    spectrum_id: str
    spectrum: AnySpectrum
    denoised: Denoised
    options: DenoiseOptions
    kept_id: str = ""
    trial: LineTrial | None = None
    fit: FitFromDenoised | None = None

    def replace(self, **changes: object) -> Denoising:
        """Return a copy with some attributes changed."""
        return dataclasses.replace(self, **changes)  # type: ignore[arg-type]


@dataclasses.dataclass(frozen=True)
class Night:
    """The exposures of one star that came into the watched folder.

    Attributes
    ----------
    star : str
        Object of the files.
    exposure_ids : tuple of str
        Open spectra, in the order in which they came.
    coadd_id : str
        The open spectrum that is the sum so far; empty while there is one exposure.
    snr : float
        Of the sum so far, per pixel.
    problem : str
        Why the newest could not be added; empty = it could.
    """

    star: str
    exposure_ids: tuple[str, ...] = ()
    coadd_id: str = ""
    snr: float = float("nan")
    problem: str = ""

    def replace(self, **changes: object) -> Night:
        """Return a copy with some attributes changed."""
        return dataclasses.replace(self, **changes)  # type: ignore[arg-type]
