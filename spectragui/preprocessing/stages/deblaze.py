"""Take the blaze of the grating out of each order."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

import numpy as np

from spectragui.core.errors import StageError
from spectragui.core.numerics import BoolArray, FloatArray
from spectragui.core.parameters import param
from spectragui.core.spectrum import AnySpectrum, EchelleSpectrum, Spectrum, orders_of
from spectragui.preprocessing.envelope.blaze import fit_sinc2_blaze
from spectragui.preprocessing.envelope.known_blaze import (
    SCALE,
    blaze_of_file,
    is_out,
    recorded,
    with_common_scale,
    without_blaze,
)
from spectragui.preprocessing.envelope.order_ends import find_dim_ends
from spectragui.preprocessing.envelope.order_shape import (
    KEY,
    OF_ENVELOPES,
    bright_pixels,
    own_shape,
    with_order_shapes,
    without_order_shapes,
)
from spectragui.preprocessing.pixel_stage import PixelStage, require_good
from spectragui.preprocessing.stage import StageCurve, StageResult, register_stage

# Of an order's level: a dim end that is still lower was not followed by an estimated blaze. The second is for
# a grating's, which is known beyond what was seen; there bands of a star may be so low.
UNSEEN, UNSEEN_OF_GRATING = 0.8, 0.5
BLAZES = ("auto", "file", "flat", "shared", "sinc²", "smooth", "none")


@register_stage("deblaze", priority=50)
@dataclasses.dataclass(frozen=True)
class Deblaze(PixelStage):
    """Divide each order by its blaze, scaled to one at its maximum, so that counts stay counts there."""

    title = "Deblaze"
    help = "Divide each order by the grating's blaze: of the file, of a flat field, or fitted."

    blaze: str = param(
        "auto",
        label="Blaze",
        choices=BLAZES,
        help="The file's (or that of a file beside it), a flat field's, the shape that neighbouring orders "
        "share, a fitted sinc², or a smooth envelope of each order; auto = the file's, else the shared one; "
        "none = leave it in the flux.",
    )
    flat_file: str = param(
        "",
        label="Flat field",
        help="File of a flat field or a blaze with the same orders, for the choice 'flat'.",
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
        if self.blaze not in ("auto", "file"):
            spectrum = recorded(spectrum)
        if self.blaze == "none":
            return StageResult(spectrum, notes=("The blaze stays in the flux.",))
        if self.blaze == "flat":
            spectrum = self._with_flat(spectrum)
        if self.blaze in ("auto", "file", "flat") and isinstance(spectrum, EchelleSpectrum):
            spectrum = with_common_scale(spectrum)
        needs_shape = self.blaze == "shared" or not all("blaze" in o.meta for o in orders_of(spectrum))
        if self.blaze in ("auto", "shared") and needs_shape:
            spectrum = with_order_shapes(spectrum)
        result = without_order_shapes(super().run(spectrum))
        return dataclasses.replace(result, spectrum=without_blaze(result.spectrum))

    def run_pixels(self, order: Spectrum, index: int) -> StageResult:
        """Return the order divided by its blaze."""
        require_good(order, 1)
        blaze, note = self._blaze_of(order)
        if not np.isfinite(blaze[order.good]).any():
            raise StageError("The blaze is nowhere positive.")
        top = float(np.nanmax(blaze[order.good]))
        if not top > 0:
            raise StageError("The blaze is nowhere positive.")
        scale = float(order.meta.get(SCALE, top))
        is_known = self.blaze in ("auto", "file", "flat") and "blaze" in order.meta
        is_divided = is_known and is_out(order)
        bad = ~np.isfinite(blaze) | (blaze <= max(self.least, 1e-6) * top)
        scaled = np.ones(blaze.size) if is_divided else blaze / (scale if is_known else top)
        divisor = np.where(bad, np.nan, scaled)
        sigma = None if order.uncertainty is None else order.uncertainty / divisor
        changed = order.replace(flux=order.flux / divisor, uncertainty=sigma, mask=order.mask | bad)
        if not is_known:
            least = UNSEEN if order.meta.get(OF_ENVELOPES, True) else UNSEEN_OF_GRATING
            unseen = _unseen_ends(order, divisor, least)
            changed = changed.replace(mask=changed.mask | unseen)
            bad |= unseen
        kept = order.good & ~bad
        level = float(np.percentile((order.flux / divisor)[kept], 90)) if kept.any() else 1.0
        curve = StageCurve("blaze", "continuum", index, order.wavelength_aa, blaze / top * level)
        return StageResult(changed, (curve,), notes=(note,))

    def _blaze_of(self, order: Spectrum) -> tuple[FloatArray, str]:
        own, source = blaze_of_file(order)
        if self.blaze == "flat" and own is not None:
            return own, "Divided by the flat field."
        if self.blaze == "file" or (self.blaze == "auto" and own is not None):
            if own is None:
                raise StageError("The file gives no blaze.", "Choose a fitted blaze or a flat field.")
            verb = "The reader has divided by" if is_out(order) else "Divided by"
            return own, f"{verb} the file's blaze{f' ({source})' if source else ''}."
        if self.blaze in ("auto", "shared") and order.meta.get(KEY) is not None:
            return np.asarray(order.meta[KEY]), "Divided by the shape that neighbouring orders share."
        envelope = own_shape(order)
        if self.blaze == "smooth":
            return envelope, "Divided by a smooth upper envelope."
        return fit_sinc2_blaze(order.wavelength_aa, envelope, order.good), "Divided by a fitted sinc²."

    def _with_flat(self, spectrum: AnySpectrum) -> AnySpectrum:
        from spectragui.preprocessing.envelope.flat_field import with_flat_field

        if not self.flat_file:
            raise StageError("No flat field is given.", "Choose its file.")
        return with_flat_field(spectrum, self.flat_file)


def _unseen_ends(order: Spectrum, blaze: FloatArray, least: float) -> BoolArray:
    """Return the dim ends of an order whose fall an estimated blaze has not followed, unseen there."""
    if order.wavelength_aa[0] > order.wavelength_aa[-1]:
        turned = order.select(slice(None, None, -1))
        return _unseen_ends(turned, blaze[::-1], least)[::-1]
    mask = order.mask | ~np.isfinite(blaze)
    flat = np.where(mask, 0.0, order.flux / np.where(mask, 1.0, blaze))
    return order.good & ~bright_pixels(order) & find_dim_ends(flat, mask, least)
