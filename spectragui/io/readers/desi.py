"""DESI coadds and spectra files: many targets, each with the arms B, R and Z."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from spectragui.core.numerics import median_snr
from spectragui.core.spectrum import AnySpectrum
from spectragui.io.headers.fits_header import Header
from spectragui.io.reading.assemble import Context, make_spectrum
from spectragui.io.reading.mask_rules import bad_by_rule
from spectragui.io.reading.raw_order import RawOrder, sigma_from_ivar
from spectragui.io.reading.read_options import ReadOptions
from spectragui.io.reading.reader import register_reader
from spectragui.io.reading.source import Source
from spectragui.io.reading.spectrum_list import SpectrumEntry, SpectrumList
from spectragui.io.reading.stated import Stated

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

    def read(self, source: Source, options: ReadOptions) -> Sequence[AnySpectrum]:
        """Return the spectra of all targets that have any light, each made when it is asked for."""
        names = [hdu.name for hdu in source.hdus]
        arms = {arm: _arm(source, names, arm) for arm in _ARMS if f"{arm}_FLUX" in names}
        targets = source.data(names.index("FIBERMAP"))
        rows = _lit_rows(arms, len(targets))
        if not rows:
            raise source.error("no target has a spectrum with a positive inverse variance.")

        def make(index: int) -> AnySpectrum:
            orders = [_order(arm, rows[index], options) for arm in arms.values()]
            return make_spectrum(orders, _context(source, options, targets, rows[index]))

        return SpectrumList([_entry(i, row, arms, targets) for i, row in enumerate(rows)], make)


def _lit_rows(arms: dict[str, dict[str, Any]], n_targets: int) -> list[int]:
    """Return the targets with a positive inverse variance somewhere (or all, where none is given)."""
    given = [arm["IVAR"] for arm in arms.values()]
    if any(ivar is None for ivar in given):
        return list(range(n_targets))
    lit = np.any([np.any(ivar > 0, axis=1) for ivar in given], axis=0)
    return [int(row) for row in np.flatnonzero(lit)]


def _entry(index: int, row: int, arms: dict[str, dict[str, Any]], targets: Any) -> SpectrumEntry:
    ends = [float(end) for arm in arms.values() for end in arm["WAVELENGTH"][[0, -1]]]
    ratios = [
        median_snr(arm["FLUX"][row], sigma_from_ivar(arm["IVAR"][row]))
        for arm in arms.values()
        if arm["IVAR"] is not None
    ]
    finite = [ratio for ratio in ratios if np.isfinite(ratio)]
    snr = float(np.median(finite)) if finite else float("nan")
    identifier = str(targets["TARGETID"][row]) if "TARGETID" in targets.names else ""
    name = f"TARGETID {identifier}" if identifier else f"row {row}"
    return SpectrumEntry(index, name, snr, (min(ends), max(ends)), identifier)


def _arm(source: Source, names: list[str], arm: str) -> dict[str, Any]:
    found = {}
    for part in ("WAVELENGTH", "FLUX", "IVAR", "MASK"):
        name = f"{arm}_{part}"
        found[part] = np.asarray(source.data(names.index(name))) if name in names else None
    return found


def _order(arm: dict[str, Any], row: int, options: ReadOptions) -> RawOrder:
    flags = arm["MASK"]
    sigma = None if arm["IVAR"] is None else sigma_from_ivar(arm["IVAR"][row])
    bad = None if flags is None else bad_by_rule(flags[row], options)
    return RawOrder(arm["WAVELENGTH"], arm["FLUX"][row], sigma, bad)


def _context(source: Source, options: ReadOptions, targets: Any, row: int) -> Context:
    header = Header(source.headers[0].cards)
    context = Context(source, header, options, "desi", is_echelle=True, has_blaze=False)
    context.stated = Stated(
        "Angstrom", "BUNIT of the wavelengths", "vacuum", "DESI data model: wavelengths in vacuum",
        "barycentric", "DESI data model: corrected to the barycentre",
    )  # fmt: skip
    context.flux_unit = "1e-17 erg / (Angstrom s cm2)"
    context.uncertainty_source = "1 / sqrt(inverse variance)"
    identifier = str(targets["TARGETID"][row]) if "TARGETID" in targets.names else str(row)
    context.meta.update(object=f"TARGETID {identifier}", instrument="DESI")
    return context
