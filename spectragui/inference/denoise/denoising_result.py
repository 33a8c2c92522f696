"""What denoising gives: the spectrum, its uncertainty and the proof beside it."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from spectragui.core.denoised import covariance_factor
from spectragui.core.parameters import param
from spectragui.core.spectral_axis import FASTEST_STAR_KMS
from spectragui.core.spectrum import AnySpectrum, orders_of
from spectragui.inference.prediction import Verdict


@dataclasses.dataclass(frozen=True)
class DenoiseOptions:
    """What a user may tell instead of letting the denoiser find out.

    Attributes
    ----------
    model : str
        Name or folder of a denoiser; empty = the one whose window the spectrum covers.
    device : {"auto", "cpu", "cuda"}
    v_rad : float or None
        km/s, in the frame of the file's wavelengths; None = found on the way.
    """

    model: str = param("", label="Model", help="Denoiser; left alone: the one that suits the spectrum.")
    device: str = param("auto", label="Device", help="Where networks run.", choices=("auto", "cpu", "cuda"))
    v_rad: float | None = param(
        None,
        label="Velocity",
        help="Radial velocity in the frame of the file's wavelengths, positive = receding; "
        "left alone: found on the way.",
        unit="km/s",
        minimum=-FASTEST_STAR_KMS,
        maximum=FASTEST_STAR_KMS,
        step=1.0,
    )


@dataclasses.dataclass(frozen=True)
class LineChange:
    """How the equivalent width of a strong line changed.

    Attributes
    ----------
    name : str
    wavelength : float
        Rest wavelength [Angstrom] in the model's medium.
    ew_noisy, e_ew_noisy, ew_denoised, e_ew_denoised : float
        Equivalent widths and 1-sigma errors [Angstrom] against the model's continuum, over the same pixels.
    change_sigma : float
        (denoised - noisy) over the error of that difference.
    misfit_sigma : float
        How much deeper the data's line is than the denoised one, matched to its profile and freed of what
        the model follows [sigma]; negative = shallower.
    """

    name: str
    wavelength: float
    ew_noisy: float
    e_ew_noisy: float
    ew_denoised: float
    e_ew_denoised: float
    change_sigma: float
    misfit_sigma: float = 0.0


@dataclasses.dataclass(frozen=True)
class Region:
    """Where the network removed signal that the data hold, or invented some that they do not.

    Attributes
    ----------
    start_aa, stop_aa : float
        On the spectrum's own axis [Angstrom].
    chi2 : float
        Mean of (residual / sigma)^2 inside.
    significance : float
        Of the difference, in sigma.
    kind : {"removed", "invented"}
    words : str
        One sentence.
    """

    start_aa: float
    stop_aa: float
    chi2: float
    significance: float
    kind: Literal["removed", "invented"]
    words: str


@dataclasses.dataclass(frozen=True, eq=False)
class Denoised:
    """A denoised spectrum, and how far to believe it.

    Attributes
    ----------
    spectrum : Spectrum
        On the pixels of the input, in its unit, medium, frame and scale; pixels outside the model's window
        masked. The uncertainty is that of the denoised flux, common to many pixels: see `factor`.
    noisy : Spectrum
        What was denoised, unchanged.
    model, version : str
    snr_before, snr_after : float
    residual_sigma : ndarray, shape (n_pixels,)
        (noisy - denoised) / sigma of the noise; NaN where masked.
    whiteness_p : float
    whiteness_words : str
    lines : tuple of LineChange
    regions : tuple of Region
    verdict : Verdict
    row : mapping
        Row of `spectragui.core.denoise_columns.DENOISE_COLUMNS`.
    notes : tuple of str
        What was assumed on the way.
    """

    spectrum: AnySpectrum
    noisy: AnySpectrum
    model: str
    version: str
    snr_before: float
    snr_after: float
    residual_sigma: NDArray[np.float64]
    whiteness_p: float
    whiteness_words: str
    lines: tuple[LineChange, ...]
    regions: tuple[Region, ...]
    verdict: Verdict
    row: Mapping[str, Any]
    notes: tuple[str, ...] = ()

    @property
    def factor(self) -> NDArray[np.float64]:
        """Covariance of the denoised flux = factor @ factor.T, shape (n_pixels, k); NaN where masked.

        The spectrum keeps it, in half precision and in units of its uncertainty.
        """
        (order,) = orders_of(self.spectrum)
        found = covariance_factor(order)
        if found is None or order.uncertainty is None:
            return np.zeros((len(order), 0))
        # All of the uncertainty is common: what rounding took from rows is given back.
        length = np.sqrt(np.einsum("pk,pk->p", found, found))
        found *= (order.uncertainty / np.where(length > 0, length, 1.0))[:, None]
        found[~np.isfinite(order.uncertainty)] = np.nan
        return found

    def __reduce__(self) -> tuple[Any, ...]:
        # A mappingproxy cannot be pickled.
        fields = {field.name: getattr(self, field.name) for field in dataclasses.fields(self)}
        return _rebuild, ({**fields, "row": dict(self.row)},)


def _rebuild(fields: dict[str, Any]) -> Denoised:
    from types import MappingProxyType

    return Denoised(**{**fields, "row": MappingProxyType(fields["row"])})
