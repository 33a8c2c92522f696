"""Subaru PFS: pfsArm (one arm, rows of fibres) and pfsObject (table of the coadded spectrum)."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from spectragui.core.spectrum import AnySpectrum
from spectragui.io.reading.assemble import Context, make_spectrum
from spectragui.io.reading.linear_scale import has_linear_scale, wavelength_scale
from spectragui.io.reading.mask_rules import bad_by_rule
from spectragui.io.reading.raw_order import RawOrder, float_array, sigma_from_variance
from spectragui.io.reading.read_options import ReadOptions
from spectragui.io.reading.reader import register_reader
from spectragui.io.reading.source import Source
from spectragui.io.reading.spectrum_list import SpectrumEntry, SpectrumList
from spectragui.io.reading.stated import Stated

_TABLES = ("FLUX_TABLE", "FLUXTABLE", "FLUXTBL")
_BAD_PLANES = re.compile(r"(BAD|SAT$|CR$|NO_DATA|UNMASKEDNAN|EDGE)")
OBJECT_UNIT = "nJy"  # of pfsObject and pfsSingle by the PFS data model, which writes no BUNIT
_MEDIUM = ("vacuum", "PFS data model: wavelengths in vacuum")


@register_reader("pfs", priority=25)
class PfsReader:
    """Spectra of the Prime Focus Spectrograph."""

    description = "Subaru PFS: pfsArm, pfsMerged (a spectrum a fibre), pfsObject and pfsSingle"

    def identify(self, source: Source) -> bool:
        """Return whether the extensions are those of one of the two."""
        if source.kind != "fits":
            return False
        names = {hdu.name for hdu in source.hdus}
        is_arm = {"FLUX", "COVAR", "MASK", "WAVELENGTH", "SKY"} <= names
        return is_arm or ({"COVAR", "MASK"} <= names and ("FLUX" in names or _table(source) is not None))

    def read(self, source: Source, options: ReadOptions) -> Sequence[AnySpectrum]:
        """Return the object's spectrum, or one spectrum a fibre."""
        names = [hdu.name for hdu in source.hdus]
        if "FLUX" in names and len(source.hdus[names.index("FLUX")].shape) == 1:
            raw = _on_grid(source, names, options)
            if raw is not None and not _are_better(source, raw):
                context = _context(source, options, "COVAR")
                context.flux_unit = context.flux_unit or OBJECT_UNIT
                return (make_spectrum([raw], context),)
        table = _table(source)
        if table is not None:
            context = _context(source, options, source.hdus[table].name)
            context.flux_unit = context.flux_unit or OBJECT_UNIT
            return (make_spectrum([_samples(source, table, options)], context),)
        return _fibres(source, names, options)


def _table(source: Source) -> int | None:
    names = [hdu.name for hdu in source.hdus]
    return next((names.index(name) for name in _TABLES if name in names), None)


def _are_better(source: Source, grid: RawOrder) -> bool:
    """Whether the table of samples is that of one visit: ascending, and not much finer than the grid.

    The samples are not resampled, so their errors are independent; but those of several visits lie
    in disorder between one another.
    """
    table = _table(source)
    if table is None:
        return False
    names = {name.lower(): name for name in source.hdus[table].columns.names}
    column = names.get("lambda", names.get("wavelength"))
    if column is None or "flux" not in names:
        return False
    steps = np.diff(float_array(source.data(table)[column]))
    usual = float(np.median(np.abs(np.diff(float_array(grid.wavelength)))))
    return bool(steps.size and np.all(steps > 0) and float(np.median(steps)) > 0.4 * usual)


def _on_grid(source: Source, names: list[str], options: ReadOptions) -> RawOrder | None:
    """Return the spectrum of the image FLUX if it says its wavelengths; None where it does not."""
    index = names.index("FLUX")
    flux = float_array(source.data(index))
    if "WAVELENGTH" in names and source.hdus[names.index("WAVELENGTH")].shape == (flux.size,):
        wavelength = float_array(source.data(names.index("WAVELENGTH")))
    elif has_linear_scale(source.own_headers[index]):
        wavelength = wavelength_scale(source.own_headers[index], flux.size)
        if wavelength[0] < 1e-3:
            wavelength = wavelength * 1e9  # astropy's WCS writes metres
    else:
        return None
    flags, bits = np.asarray(source.data(names.index("MASK"))).ravel(), _bad_bits(source, names)
    bad = bad_by_rule(flags, options, bits=bits) if flags.size == flux.size else None
    covariance = np.asarray(source.data(names.index("COVAR")))
    is_right = covariance.ndim == 2 and covariance.shape[1] == flux.size
    sigma = sigma_from_variance(covariance[0]) if is_right else None
    return RawOrder(wavelength, flux, sigma, bad)


def _fibres(source: Source, names: list[str], options: ReadOptions) -> SpectrumList:
    """Return one spectrum a fibre that has any light, each made when it is asked for."""
    flux, wavelength, flags = (
        np.atleast_2d(np.asarray(source.data(names.index(n)))) for n in ("FLUX", "WAVELENGTH", "MASK")
    )
    sigma = _arm_sigma(np.asarray(source.data(names.index("COVAR"))), flux)
    bad = bad_by_rule(flags, options, bits=_bad_bits(source, names))
    rows = [row for row in range(len(flux)) if np.any(np.nan_to_num(flux[row]))]
    if not rows:
        raise source.error("none of its fibres has any light.", "Choose another file.")
    numbers = _fibre_numbers(source, names, len(flux))

    def make(index: int) -> AnySpectrum:
        row = rows[index]
        parts = [None if image is None else image[row] for image in (sigma, bad)]
        context = _context(source, options, "COVAR")
        if len(rows) > 1:
            context.meta.update(object=f"fibre {numbers[row]}", identifier=str(numbers[row]))
        return make_spectrum([RawOrder(wavelength[row], flux[row], *parts)], context)

    entries = [
        SpectrumEntry(i, f"fibre {numbers[row]}", identifier=str(numbers[row])) for i, row in enumerate(rows)
    ]
    return SpectrumList(entries, make)


def _fibre_numbers(source: Source, names: list[str], n_fibres: int) -> list[int]:
    """Return the fibres' own numbers, or their rows where the file does not say."""
    if "FIBERID" in names:
        numbers = np.asarray(source.data(names.index("FIBERID"))).ravel()
        if numbers.size == n_fibres and numbers.dtype.kind in "iu":
            return [int(number) for number in numbers]
    return list(range(n_fibres))


def _bad_bits(source: Source, names: list[str]) -> int | None:
    """Return the bits of the mask planes that spoil a pixel, by the MP_ cards; None without them."""
    header = source.headers[names.index("MASK")]
    planes = {card[3:]: header.number(card) for card in header.matching(r"MP_")}
    bits = [int(n) for plane, n in planes.items() if _BAD_PLANES.match(plane) and 0 <= n < 63]
    return sum(1 << bit for bit in set(bits)) or None


def _samples(source: Source, index: int, options: ReadOptions) -> RawOrder:
    """Return the table of all samples of all visits."""
    data = source.data(index)
    names = {name.lower(): name for name in data.names}
    wavelength = float_array(data[names.get("lambda", names.get("wavelength", "lambda"))])
    bad = bad_by_rule(np.asarray(data[names["mask"]]).ravel(), options) if "mask" in names else None
    variance = next((data[names[n]] for n in ("fluxvariance", "variance") if n in names), None)
    sigma = None if variance is None else sigma_from_variance(variance)
    if variance is None and "error" in names:
        sigma = float_array(data[names["error"]])
    return RawOrder(wavelength, float_array(data[names["flux"]]), sigma, bad)


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
