"""Take the blaze of the grating out of each order."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

import numpy as np

from spectragui.core.errors import SpectraGUIError, StageError
from spectragui.core.numerics import FloatArray
from spectragui.core.parameters import param
from spectragui.core.spectrum import AnySpectrum, Spectrum, orders_of
from spectragui.preprocessing.envelope.blaze import fit_sinc2_blaze
from spectragui.preprocessing.envelope.order_shape import (
    KEY,
    own_shape,
    with_order_shapes,
    without_order_shapes,
)
from spectragui.preprocessing.pixel_stage import PixelStage, in_angstrom, require_good
from spectragui.preprocessing.stage import StageCurve, StageResult, register_stage


@register_stage("deblaze", priority=50)
@dataclasses.dataclass(frozen=True)
class Deblaze(PixelStage):
    """Divide each order by its blaze, scaled to one at its maximum, so that counts stay counts there."""

    title = "Deblaze"
    help = "Divide each order by the grating's blaze: of the file, of a flat field, or fitted."

    blaze: str = param(
        "auto",
        label="Blaze",
        choices=("auto", "file", "flat", "shared", "sinc²", "smooth"),
        help="The file's, a flat field's, the shape that neighbouring orders share, a fitted sinc², or a "
        "smooth envelope of each order; auto = the file's, else the shared one.",
    )
    flat_file: str = param(
        "",
        label="Flat field",
        help="File of a flat field with the same orders, for the choice 'flat'.",
        used_if=("blaze", ("flat",)),
    )
    least: float = param(
        0.05,
        label="Least blaze",
        minimum=0.0,
        maximum=0.9,
        step=0.01,
        help="Pixels with less than this of the maximum are masked.",
    )

    def new_meta(self) -> Mapping[str, Any]:
        """Return that the blaze is out of the flux now."""
        return {"has_blaze": False}

    def run(self, spectrum: AnySpectrum) -> StageResult:
        """Take the blaze out of every order, its neighbours in mind."""
        if self.blaze not in ("auto", "shared"):
            return super().run(spectrum)
        return without_order_shapes(super().run(with_order_shapes(spectrum)))

    def run_pixels(self, order: Spectrum, index: int) -> StageResult:
        """Return the order divided by its blaze."""
        require_good(order, 1)
        blaze, note = self._blaze_of(order)
        top = float(np.nanmax(blaze[order.good]))
        if not top > 0:
            raise StageError("The blaze is nowhere positive.")
        blaze = blaze / top
        assert order.mask is not None
        bad = ~np.isfinite(blaze) | (blaze <= max(self.least, 1e-6))
        divisor = np.where(bad, np.nan, blaze)
        sigma = None if order.uncertainty is None else order.uncertainty / divisor
        changed = order.replace(flux=order.flux / divisor, uncertainty=sigma, mask=order.mask | bad)
        level = (
            float(np.percentile((order.flux / divisor)[order.good & ~bad], 90))
            if (~bad & order.good).any()
            else 1.0
        )
        curve = StageCurve("blaze", "continuum", index, order.wavelength_aa, blaze * level)
        return StageResult(changed, (curve,), notes=(note,))

    def _blaze_of(self, order: Spectrum) -> tuple[FloatArray, str]:
        own = _stored_blaze(order)
        if self.blaze == "flat":
            return self._from_flat(order), "Divided by the flat field."
        if self.blaze == "file" or (self.blaze == "auto" and own is not None):
            if own is None:
                raise StageError("The file gives no blaze.", "Choose a fitted blaze or a flat field.")
            return own, "Divided by the file's blaze."
        if self.blaze in ("auto", "shared") and order.meta.get(KEY) is not None:
            return np.asarray(order.meta[KEY]), "Divided by the shape that neighbouring orders share."
        envelope = own_shape(order)
        if self.blaze == "smooth":
            return envelope, "Divided by a smooth upper envelope."
        return fit_sinc2_blaze(order.wavelength_aa, envelope, order.good), "Divided by a fitted sinc²."

    def _from_flat(self, order: Spectrum) -> FloatArray:
        from spectragui.io.read import read_spectrum

        if not self.flat_file:
            raise StageError("No flat field is given.", "Choose its file.")
        try:
            flats = [in_angstrom(flat) for flat in orders_of(read_spectrum(self.flat_file))]
        except SpectraGUIError as error:
            raise StageError(error.message, error.hint) from error
        best = max(flats, key=lambda flat: _overlap(flat.wavelength_aa, order.wavelength_aa))
        if _overlap(best.wavelength_aa, order.wavelength_aa) <= 0:
            raise StageError("The flat field has no order at these wavelengths.")
        good = best.good
        return np.interp(
            order.wavelength_aa, best.wavelength_aa[good], best.flux[good], left=np.nan, right=np.nan
        )


def _stored_blaze(order: Spectrum) -> FloatArray | None:
    blaze = order.meta.get("blaze")
    if blaze is None or np.shape(blaze) != (len(order),):
        return None
    return np.asarray(blaze, dtype=np.float64)


def _overlap(one: FloatArray, other: FloatArray) -> float:
    return float(min(one[-1], other[-1]) - max(one[0], other[0]))
