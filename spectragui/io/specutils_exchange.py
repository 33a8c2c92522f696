"""To and from `specutils.Spectrum` without loss: uncertainty, mask, units, passport and meta.

The passport travels in ``meta["spectragui"]`` as JSON. A `specutils.Spectrum` that did not come
from here gets its passport from its own header.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spectragui.core.errors import ReadError, UnitError
from spectragui.core.spectral_axis import SpectralAxis
from spectragui.core.spectrum import AnySpectrum, EchelleSpectrum, Spectrum
from spectragui.io.passport_json import columns_of, passport_to_json, spectrum_from_json

_KEY = "spectragui"


def to_specutils(spectrum: Spectrum) -> Any:
    """Return a `specutils.Spectrum` of one spectrum.

    Parameters
    ----------
    spectrum : Spectrum

    Returns
    -------
    specutils.Spectrum
        With `StdDevUncertainty` where there is one; arrays are copies.
    """
    from astropy import units as u
    from astropy.nddata import StdDevUncertainty
    from specutils import Spectrum as SpecutilsSpectrum

    unit = u.Unit(spectrum.flux_unit) if spectrum.flux_unit else u.dimensionless_unscaled
    sigma = (
        None if spectrum.uncertainty is None else StdDevUncertainty(spectrum.uncertainty.copy(), unit=unit)
    )
    meta = {**spectrum.meta, _KEY: passport_to_json(spectrum)}
    return SpecutilsSpectrum(
        flux=u.Quantity(spectrum.flux.copy(), unit),
        spectral_axis=u.Quantity(spectrum.spectral_axis.values.copy(), spectrum.spectral_axis.unit),
        uncertainty=sigma,
        mask=(~spectrum.good).copy(),
        meta=meta,
    )


def to_specutils_list(spectrum: AnySpectrum) -> Any:
    """Return a `specutils.SpectrumList` with one entry for each order."""
    from specutils import SpectrumList

    orders = spectrum.orders if isinstance(spectrum, EchelleSpectrum) else (spectrum,)
    return SpectrumList([to_specutils(order) for order in orders])


def from_specutils(spectrum: Any) -> Spectrum:
    """Return the `Spectrum` of a 1-D `specutils.Spectrum`.

    Notes
    -----
    Variance and inverse variance become 1 sigma; what comes from `to_specutils` is equal to what
    went in. Descending axes are reversed.

    Raises
    ------
    ReadError
        If it has more than one dimension or no axis that a wavelength follows from.
    """
    flux = np.asarray(spectrum.flux.value, dtype=np.float64)
    if flux.ndim != 1:
        raise ReadError(
            f"a specutils spectrum with {flux.ndim} dimensions is no single spectrum.",
            "Convert its rows one by one.",
        )
    axis_values, unit = _axis(spectrum)
    direction = slice(None) if axis_values[0] < axis_values[-1] else slice(None, None, -1)
    sigma = _sigma(spectrum)
    mask = np.zeros(flux.shape, bool) if spectrum.mask is None else np.asarray(spectrum.mask, dtype=bool)
    try:
        result = Spectrum(
            SpectralAxis(axis_values[direction], unit=unit, unit_source="specutils"),
            flux[direction],
            None if sigma is None else sigma[direction],
            mask[direction],
            _unit_text(spectrum.flux.unit),
            {key: value for key, value in spectrum.meta.items() if key != _KEY and isinstance(key, str)},
        )
    except UnitError as error:
        raise ReadError(f"a specutils spectrum cannot be used: {error.message}", error.hint) from error
    return _with_passport(result, spectrum.meta)


def _axis(spectrum: Any) -> tuple[NDArray[np.float64], str]:
    from astropy import units as u

    axis = spectrum.spectral_axis
    if axis.unit.is_equivalent(u.pix):
        return np.asarray(axis.value, dtype=np.float64), "pixel"
    return np.asarray(axis.value, dtype=np.float64), str(axis.unit.to_string())


def _sigma(spectrum: Any) -> NDArray[np.float64] | None:
    from astropy.nddata import StdDevUncertainty

    if spectrum.uncertainty is None:
        return None
    as_sigma = spectrum.uncertainty.represent_as(StdDevUncertainty)
    values = as_sigma.quantity.to_value(spectrum.flux.unit) if as_sigma.unit is not None else as_sigma.array
    return np.asarray(values, dtype=np.float64)


def _unit_text(unit: Any) -> str:
    text = str(unit.to_string())
    return "" if text in ("", "dimensionless") else text


def _with_passport(spectrum: Spectrum, meta: Mapping[str, Any]) -> Spectrum:
    """Return the spectrum with the passport that travelled along, if it still fits the axis."""
    if _KEY not in meta:
        return spectrum
    try:
        original = spectrum_from_json(str(meta[_KEY]), columns_of(spectrum))
    except (ValueError, KeyError, TypeError):
        return spectrum
    if not isinstance(original, Spectrum) or original.spectral_axis.unit != spectrum.spectral_axis.unit:
        return spectrum
    axis = original.spectral_axis.replace(values=spectrum.spectral_axis.values)
    return spectrum.replace(spectral_axis=axis)
