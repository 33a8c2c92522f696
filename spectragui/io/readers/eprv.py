"""The EPRV standard (level 2 to 4): a flux, wavelengths, variance, blaze and quality each trace.

References
----------
https://eprv-data-standard.readthedocs.io
"""

from __future__ import annotations

import re

import numpy as np

from spectragui.core.spectrum import AnySpectrum
from spectragui.io.reading.assemble import Context, make_spectrum
from spectragui.io.reading.mask_rules import bad_by_rule
from spectragui.io.reading.named_images import image_numbers, orders_of_images
from spectragui.io.reading.read_options import ReadOptions
from spectragui.io.reading.reader import register_reader
from spectragui.io.reading.source import Source
from spectragui.io.reading.stated import Stated

_FLUX = re.compile(r"(TRACE\d+|STITCHED_\w+)_FLUX$")


@register_reader("eprv", priority=24)
class EprvReader:
    """Files of the standard that the makers of precise spectrographs agreed on."""

    description = "EPRV standard level 2 and 3: TRACEn_FLUX, TRACEn_WAVE, TRACEn_VAR (first science trace)"

    def identify(self, source: Source) -> bool:
        """Return whether a trace's flux and wavelengths are there."""
        return source.kind == "fits" and bool(_traces(image_numbers(source)))

    def read(self, source: Source, options: ReadOptions) -> tuple[AnySpectrum, ...]:
        """Return the orders of the first science trace; stitched spectra are one order."""
        names = image_numbers(source)
        trace = _science_trace(source, _traces(names))
        is_stitched = "STITCHED" in trace
        context = Context(source, source.headers[0], options, "eprv", product="orders")
        context.is_echelle = not is_stitched
        frame, level = ("barycentric", 3) if is_stitched else ("observer", 2)
        context.stated = Stated(
            "Angstrom", "EPRV data standard", "vacuum", "EPRV data standard: wavelengths in vacuum",
            frame, f"EPRV data standard, level {level}",
        )  # fmt: skip
        if f"{trace}_VAR" in names:
            context.uncertainty_source = f"sqrt of extension {trace}_VAR"
        images = [f"{trace}_{what}" for what in ("FLUX", "WAVE", "VAR", "BLAZE")]
        orders = orders_of_images(source, names, *images)
        context.blaze_source = f"extension {trace}_BLAZE"
        if f"{trace}_QUALITY" in names:
            flags = np.atleast_2d(np.asarray(source.data(names[f"{trace}_QUALITY"])))
            bad = bad_by_rule(flags, options)
            for index, order in enumerate(orders if bad is not None and len(flags) == len(orders) else []):
                order.mask = bad[index] if bad is not None else None
        context.note(f"The flux is that of {trace}.")
        _add_velocity(source, names, context)
        return (make_spectrum(orders, context),)


def _traces(names: dict[str, int]) -> list[str]:
    found = [match.group(1) for name in names if (match := _FLUX.match(name))]
    return [trace for trace in found if f"{trace}_WAVE" in names]


def _science_trace(source: Source, traces: list[str]) -> str:
    """Return the first trace that the header calls one of science, else the first that is no other."""
    said = {trace: _said_of(source, trace) for trace in traces}
    science = [trace for trace, word in said.items() if word.startswith(("SCI", "OBJ", "TARGET", "STAR"))]
    others = [trace for trace, word in said.items() if not word.startswith(("CAL", "SKY", "DARK"))]
    return (science or others or traces)[0]


def _said_of(source: Source, trace: str) -> str:
    if trace.endswith("_SCI"):
        return "SCI"
    return source.headers[0].text(trace[trace.find("TRACE") :]).upper()


def _add_velocity(source: Source, names: dict[str, int], context: Context) -> None:
    if "BARYCORR_KMS" in names:
        values = np.asarray(source.data(names["BARYCORR_KMS"]), dtype=np.float64).ravel()
        if np.isfinite(values).any():
            velocity = float(np.nanmedian(values))
            context.meta.update(berv_kms=velocity, berv_source="extension BARYCORR_KMS (median)")
