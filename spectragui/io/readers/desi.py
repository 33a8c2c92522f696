"""DESI coadds and spectra files: many targets, each with the arms B, R and Z."""

from __future__ import annotations

from typing import Any

import numpy as np

from spectragui.core.spectrum import AnySpectrum
from spectragui.io.assemble import Context, make_spectrum
from spectragui.io.axis_passport import Stated
from spectragui.io.fits_header import Header
from spectragui.io.raw_order import RawOrder, sigma_from_ivar
from spectragui.io.read_options import ReadOptions
from spectragui.io.reader import register_reader
from spectragui.io.source import Source

_ARMS = ("B", "R", "Z")


@register_reader("desi", priority=25)
class DesiReader:
    """Spectra of DESI, one an entry of the fibre map."""

    description = "DESI coadd or spectra file: one spectrum a target, its arms as orders"

    def identify(self, source: Source) -> bool:
        """Return whether there are arms with wavelength, flux and inverse variance, and a fibre map."""
        if source.kind != "fits":
            return False
        names = {hdu.name for hdu in source.hdus}
        return "FIBERMAP" in names and any(
            f"{arm}_WAVELENGTH" in names and f"{arm}_FLUX" in names for arm in _ARMS
        )

    def read(self, source: Source, options: ReadOptions) -> tuple[AnySpectrum, ...]:
        """Return the spectra of all targets that have any light."""
        names = [hdu.name for hdu in source.hdus]
        arms = {arm: _arm(source, names, arm) for arm in _ARMS if f"{arm}_FLUX" in names}
        targets = source.data(names.index("FIBERMAP"))
        spectra = []
        for row in range(len(targets)):
            orders = [_order(arm, row) for arm in arms.values()]
            if any(np.any(order.uncertainty > 0) for order in orders if order.uncertainty is not None):
                spectra.append(make_spectrum(orders, _context(source, options, targets, row)))
        if not spectra:
            raise source.error("no target has a spectrum with a positive inverse variance.")
        return tuple(spectra)


def _arm(source: Source, names: list[str], arm: str) -> dict[str, Any]:
    found = {}
    for part in ("WAVELENGTH", "FLUX", "IVAR", "MASK"):
        name = f"{arm}_{part}"
        found[part] = np.asarray(source.data(names.index(name))) if name in names else None
    return found


def _order(arm: dict[str, Any], row: int) -> RawOrder:
    flags = arm["MASK"]
    sigma = None if arm["IVAR"] is None else sigma_from_ivar(arm["IVAR"][row])
    return RawOrder(arm["WAVELENGTH"], arm["FLUX"][row], sigma, None if flags is None else flags[row] != 0)


def _context(source: Source, options: ReadOptions, targets: Any, row: int) -> Context:
    header = Header(source.headers[0].cards)
    context = Context(source, header, options, "desi", is_echelle=True)
    context.stated = Stated(
        "Angstrom", "BUNIT of the wavelengths", "vacuum", "DESI data model: wavelengths in vacuum",
        "barycentric", "DESI data model: corrected to the barycentre",
    )  # fmt: skip
    context.flux_unit = "1e-17 erg / (Angstrom s cm2)"
    context.uncertainty_source = "1 / sqrt(inverse variance)"
    identifier = str(targets["TARGETID"][row]) if "TARGETID" in targets.names else str(row)
    context.meta.update(object=f"TARGETID {identifier}", instrument="DESI")
    return context
