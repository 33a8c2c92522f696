"""Subaru PFS: pfsArm (one arm, rows of fibres) and pfsObject (table of the coadded spectrum)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from spectragui.core.spectrum import AnySpectrum
from spectragui.io.assemble import Context, make_spectrum
from spectragui.io.axis_passport import Stated
from spectragui.io.raw_order import RawOrder, float_array, sigma_from_variance
from spectragui.io.read_options import ReadOptions
from spectragui.io.reader import register_reader
from spectragui.io.source import Source

_MEDIUM = ("vacuum", "PFS data model: wavelengths in vacuum")


@register_reader("pfs", priority=25)
class PfsReader:
    """Spectra of the Prime Focus Spectrograph."""

    description = "Subaru PFS: pfsArm and pfsObject"

    def identify(self, source: Source) -> bool:
        """Return whether the extensions are those of one of the two."""
        if source.kind != "fits":
            return False
        names = {hdu.name for hdu in source.hdus}
        is_arm = {"FLUX", "COVAR", "MASK", "WAVELENGTH", "SKY"} <= names
        return is_arm or {"FLUXTBL", "COVAR", "MASK"} <= names

    def read(self, source: Source, options: ReadOptions) -> tuple[AnySpectrum, ...]:
        """Return the object's spectrum, or one spectrum a fibre."""
        names = [hdu.name for hdu in source.hdus]
        if "FLUXTBL" in names:
            return (
                make_spectrum(
                    [_object(source, names.index("FLUXTBL"))], _context(source, options, "FLUXTBL")
                ),
            )
        flux, wavelength = (
            np.atleast_2d(np.asarray(source.data(names.index(n)))) for n in ("FLUX", "WAVELENGTH")
        )
        flags = np.atleast_2d(np.asarray(source.data(names.index("MASK"))))
        sigma = _arm_sigma(np.asarray(source.data(names.index("COVAR"))), flux)
        orders = [
            RawOrder(wavelength[i], flux[i], None if sigma is None else sigma[i], flags[i] != 0)
            for i in range(len(flux))
        ]
        return tuple(make_spectrum([order], _context(source, options, "COVAR")) for order in orders)


def _object(source: Source, index: int) -> RawOrder:
    data = source.data(index)
    names = {name.lower(): name for name in data.names}
    wavelength = float_array(data[names.get("lambda", names.get("wavelength", "lambda"))])
    flags = np.asarray(data[names["mask"]]).ravel() != 0 if "mask" in names else None
    variance = next((data[names[n]] for n in ("fluxvariance", "variance", "error") if n in names), None)
    sigma = None if variance is None else sigma_from_variance(variance)
    return RawOrder(wavelength, float_array(data[names["flux"]]), sigma, flags)


def _arm_sigma(covariance: NDArray[np.floating], flux: NDArray[np.floating]) -> NDArray[np.float64] | None:
    """Return sqrt of the diagonal: the first of the three bands of the covariance."""
    if covariance.ndim == 3 and covariance.shape[0] == flux.shape[0] and covariance.shape[2] == flux.shape[1]:
        return sigma_from_variance(covariance[:, 0, :]).reshape(flux.shape)
    return None


def _context(source: Source, options: ReadOptions, errors: str) -> Context:
    header = source.headers[0]
    context = Context(source, header, options, "pfs")
    context.stated = Stated("nm", "PFS data model", *_MEDIUM)
    context.uncertainty_source = f"sqrt of the variance in {errors}"
    context.meta["instrument"] = "PFS"
    return context
