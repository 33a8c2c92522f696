"""The last resort: whatever the loaders of specutils can read."""

from __future__ import annotations

from typing import Any

import numpy as np

from spectragui.core.errors import SpectraGUIError
from spectragui.core.spectrum import AnySpectrum, EchelleSpectrum, Spectrum
from spectragui.io.headers.fits_header import Header
from spectragui.io.reading.assemble import Context, make_spectrum
from spectragui.io.reading.no_spectrum import no_spectrum
from spectragui.io.reading.raw_order import RawOrder
from spectragui.io.reading.read_options import ReadOptions
from spectragui.io.reading.reader import register_reader
from spectragui.io.reading.source import Source
from spectragui.io.reading.stated import Stated
from spectragui.io.reading.wavelength_units import parse_unit
from spectragui.io.specutils_exchange import from_specutils

_MAX_SPECTRA = 2000
#: Loaders that take any image or table for a spectrum; our own readers of these layouts refuse those.
_CREDULOUS = {"wcs1d-fits", "tabular-fits", "iraf", "ASCII", "IPAC", "ECSV", "generic", "hdf5"}


@register_reader("specutils", priority=200)
class SpecutilsReader:
    """FITS files that none of our readers knows, by the loaders of specutils."""

    description = "any format that the loaders of specutils know"

    def identify(self, source: Source) -> bool:
        """Return whether a loader of specutils claims the file."""
        return source.kind == "fits" and _holds_data(source) and bool(_formats(source))

    def read(self, source: Source, options: ReadOptions) -> tuple[AnySpectrum, ...]:
        """Return what the first loader gives that works."""
        for name in _formats(source):
            try:
                spectra = _load(source, name)
            except (ValueError, TypeError, KeyError, IndexError, OSError, AttributeError, SpectraGUIError):
                continue
            return tuple(_through_our_checks(spectrum, source, options, name) for spectrum in spectra)
        raise no_spectrum(source)


def _holds_data(source: Source) -> bool:
    """Whether an extension may hold a spectrum; specutils takes long to import."""
    return any(
        bool(hdu.columns.names) if hasattr(hdu, "columns") else max(hdu.shape or (0,)) >= 8
        for hdu in source.hdus
    )


def _formats(source: Source) -> list[str]:
    import astropy.io.registry as registry
    from specutils import Spectrum as SpecutilsSpectrum
    from specutils import SpectrumList

    found: list[str] = []
    for cls in (SpecutilsSpectrum, SpectrumList):
        with source.catching_warnings():
            try:
                # The opened file, so that each of forty loaders does not open it again.
                names = registry.identify_format(
                    "read", cls, str(source.path), None, [source.astropy_hdus], {}
                )
            except (ValueError, TypeError, KeyError, IndexError, OSError, AttributeError):
                continue
        found.extend(f"{cls.__name__}:{name}" for name in names if name.split(" ")[0] not in _CREDULOUS)
    source.notes.clear()
    return found


def _load(source: Source, name: str) -> list[Spectrum]:
    from specutils import Spectrum as SpecutilsSpectrum
    from specutils import SpectrumList

    kind, loader = name.split(":", 1)
    with source.catching_warnings():
        if kind == "SpectrumList":
            loaded = list(SpectrumList.read(str(source.path), format=loader))
        else:
            loaded = [SpecutilsSpectrum.read(str(source.path), format=loader)]
        spectra = [from_specutils(row) for entry in loaded for row in _rows(entry)]
    if not spectra or any(spectrum.spectral_axis.unit == "pixel" for spectrum in spectra):
        raise ValueError("it gives no wavelengths")
    return spectra[:_MAX_SPECTRA]


def _rows(entry: Any) -> list[Any]:
    flux = np.asarray(entry.flux.value)
    if flux.ndim == 1:
        return [entry]
    if flux.ndim == 2 and flux.shape[0] < flux.shape[1]:
        return [entry[row] for row in range(flux.shape[0])]
    raise ValueError(f"it gives an array of {flux.ndim} dimensions, an image or a cube")


def _through_our_checks(spectrum: Spectrum, source: Source, options: ReadOptions, loader: str) -> AnySpectrum:
    header = source.headers[0] if source.kind == "fits" else Header([])
    context = Context(source, header, options, "specutils")
    unit = parse_unit(spectrum.spectral_axis.unit) or spectrum.spectral_axis.unit
    context.stated = Stated(unit, f"specutils loader {loader.split(':', 1)[1]}")
    context.flux_unit = spectrum.flux_unit
    context.uncertainty_source = "specutils" if spectrum.uncertainty is not None else ""
    context.note(f"Read by the specutils loader {loader.split(':', 1)[1]!r}.")
    raw = RawOrder(spectrum.spectral_axis.values, spectrum.flux, spectrum.uncertainty, spectrum.mask)
    made = make_spectrum([raw], context)
    return made.orders[0] if isinstance(made, EchelleSpectrum) and len(made) == 1 else made
