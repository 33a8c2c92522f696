"""UVES_popler: an image whose rows are flux, error, continuum and more on one logarithmic scale."""

from __future__ import annotations

import dataclasses

import numpy as np

from spectragui.core.spectrum import AnySpectrum
from spectragui.io.reading.assemble import Context, make_spectrum
from spectragui.io.reading.linear_scale import has_linear_scale, linear_scale, stated_by_keywords
from spectragui.io.reading.raw_order import RawOrder
from spectragui.io.reading.read_options import ReadOptions
from spectragui.io.reading.reader import register_reader
from spectragui.io.reading.row_roles import roles_of_rows
from spectragui.io.reading.source import Source

_SAID = "UVES_popler writes wavelengths in vacuum, heliocentric (Murphy et al. 2019, MNRAS 482, 3458)"


@register_reader("uves-popler", priority=38)
class UvesPoplerReader:
    """Combined echelle spectra by UVES_popler, also of other spectrographs than UVES."""

    description = (
        "UVES_popler: rows of normalised flux, error, continuum on a logarithmic scale; -1e32 = no data"
    )

    def identify(self, source: Source) -> bool:
        """Return whether the header holds popler's own cards and names the rows of the first image."""
        if source.kind != "fits" or len(source.hdus[0].shape) != 2:
            return False
        header = source.headers[0]
        return "UP_WLSRT" in header and has_linear_scale(header)

    def read(self, source: Source, options: ReadOptions) -> tuple[AnySpectrum, ...]:
        """Return the one spectrum of the file."""
        header, rows = source.headers[0], np.asarray(source.data(0), dtype=np.float64)
        wavelength, _ = linear_scale(header, rows.shape[1])
        roles = roles_of_rows(header, rows)
        context = Context(source, header, options, "uves-popler", stated_by_keywords(header), "rows")
        said = {"medium": "vacuum", "medium_source": _SAID, "frame": "heliocentric", "frame_source": _SAID}
        context.stated = dataclasses.replace(context.stated, **said)
        if not context.stated.unit:
            # UP_WLSRT gives the wavelength of the first pixel in Angstrom, whatever the scale runs in.
            context.stated = dataclasses.replace(
                context.stated, unit="Angstrom", unit_source=header.quote("UP_WLSRT")
            )
        flux, error = (0, 1) if roles is None else (roles.flux, roles.error)
        sigma = None if error is None or error >= len(rows) else rows[error]
        context.uncertainty_source = "" if sigma is None else f"row {error + 1}" if error is not None else ""
        context.meta["normalised"] = True
        if roles is not None and roles.left:
            context.note(f"Rows left out of the image: {', '.join(roles.left)}.")
        return (make_spectrum([RawOrder(wavelength, rows[flux], sigma)], context),)
