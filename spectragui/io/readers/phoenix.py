"""PHOENIX-ACES model spectra: flux and labels in one file, wavelengths in another or in the header.

References
----------
Husser et al. 2013, A&A 553, A6.
"""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from spectragui.core.labels import MAIN_LABELS, LabelSet
from spectragui.core.spectrum import AnySpectrum
from spectragui.io.headers.fits_header import Header
from spectragui.io.readers.fits_image import flux_unit
from spectragui.io.reading.assemble import Context, make_spectrum
from spectragui.io.reading.linear_scale import has_linear_scale, linear_scale, stated_by_keywords
from spectragui.io.reading.raw_order import RawOrder, float_array
from spectragui.io.reading.read_options import ReadOptions
from spectragui.io.reading.reader import register_reader
from spectragui.io.reading.side_files import NOT_A_SPECTRUM, wavelength_files_beside, wavelength_vector
from spectragui.io.reading.source import Source
from spectragui.io.reading.stated import Stated

_WAVELENGTH_FILE = "WAVE_PHOENIX-ACES-AGSS-COND-2011.fits"
_LABELS = {"teff": "PHXTEFF", "logg": "PHXLOGG", "m_h": "PHXM_H", "alpha_m": "PHXALPHA", "vmic": "PHXXI_L"}


@register_reader("phoenix", priority=28)
class PhoenixReader:
    """Synthetic spectra of the Göttingen library."""

    description = f"PHOENIX-ACES HiRes (with {_WAVELENGTH_FILE} beside it) and MedRes models"

    def identify(self, source: Source) -> bool:
        """Return whether the first image is a vector and the header gives PHOENIX labels."""
        is_vector = source.kind == "fits" and len(source.hdus[0].shape) == 1
        return is_vector and ("PHXTEFF" in source.headers[0] or _is_wavelength_file(source))

    def read(self, source: Source, options: ReadOptions) -> tuple[AnySpectrum, ...]:
        """Return the model spectrum with its labels."""
        header = source.headers[0]
        if "PHXTEFF" not in header:
            raise source.error(*NOT_A_SPECTRUM["wavelengths"])
        flux = float_array(source.data(0))
        context = Context(source, header, options, "phoenix", product="model", flux_unit=flux_unit(header))
        wavelength, stated = _wavelengths(source, header, options, flux.size, context)
        context.stated = Stated(
            stated.unit or "Angstrom", stated.unit_source or "PHOENIX-ACES: wavelengths in Angstrom",
            stated.medium or "vacuum", stated.medium_source or "PHOENIX-ACES (Husser et al. 2013): vacuum",
            "rest", "a model spectrum",
        )  # fmt: skip
        values = {name: header.number(keyword) for name, keyword in _LABELS.items()}
        labels = {name: value for name, value in values.items() if math.isfinite(value)}
        context.simulated_source = "the file is of the PHOENIX library"
        context.meta.update(labels=LabelSet(labels), instrument="PHOENIX-ACES")
        said = [f"{labels[k]:g}" for k in MAIN_LABELS if k in labels]
        context.meta["name"] = "PHOENIX " + " ".join(said)
        return (make_spectrum([RawOrder(wavelength, flux)], context),)


def _is_wavelength_file(source: Source) -> bool:
    """Whether this is the library's file of wavelengths: a vector called "wave" by its header."""
    header = source.headers[0]
    return not has_linear_scale(header) and header.text("CTYPE").lower().startswith("wave")


def _wavelengths(
    source: Source, header: Header, options: ReadOptions, n_pixels: int, context: Context
) -> tuple[NDArray[np.float64], Stated]:
    named = header.text("WAVE")
    if has_linear_scale(header) and not options.wavelength_file and not named.lower().endswith(".fits"):
        wavelength, note = linear_scale(header, n_pixels)
        if note:
            context.note(f"Wavelength scale: {note}.")
        return wavelength, stated_by_keywords(header)
    path = _wavelength_file(source, options, n_pixels)
    context.note(f"Wavelengths from {path.name}.")
    return wavelength_vector(path, n_pixels, needed_by=source), Stated()


def _wavelength_file(source: Source, options: ReadOptions, n_pixels: int) -> Path:
    if options.wavelength_file:
        return Path(options.wavelength_file)
    beside = source.path.parent / _WAVELENGTH_FILE
    if beside.is_file():
        return beside
    found = wavelength_files_beside(source, (n_pixels,))
    if len(found) == 1:
        return found[0]
    raise source.error(
        f"this PHOENIX model holds fluxes only; its wavelengths are in {_WAVELENGTH_FILE}, "
        "which is not beside it.",
        "Put that file into the same folder, or name it with --wavelength-file.",
    )
