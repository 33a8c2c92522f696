"""Mask the absorption bands of the Earth's atmosphere."""

from __future__ import annotations

import dataclasses

from spectragui.core.parameters import param
from spectragui.core.spectral_axis import SPEED_OF_LIGHT_KMS
from spectragui.core.spectrum import Spectrum
from spectragui.io.line_lists.line_lists import Band, telluric_bands
from spectragui.preprocessing.observer_frame import EARTH_KMS, observer_factor
from spectragui.preprocessing.pixel_stage import PixelStage
from spectragui.preprocessing.stage import StageRegion, StageResult, register_stage
from spectragui.preprocessing.stages.mask_ranges import inside_ranges

STRENGTHS = ("weak", "medium", "strong", "opaque")


@register_stage("mask_tellurics", priority=25)
@dataclasses.dataclass(frozen=True)
class MaskTellurics(PixelStage):
    """Mask whole bands of telluric lines, in the observer's frame."""

    title = "Mask tellurics"
    help = "Ignore the absorption bands of the Earth's atmosphere, where they are in the observer's frame."

    weakest: str = param(
        "medium",
        label="From strength",
        choices=STRENGTHS,
        help="Bands with lines deeper than 1 % (weak), 10 % (medium), 50 % (strong), or only opaque ones.",
    )
    margin_kms: float = param(
        0.0,
        label="Margin",
        unit="km/s",
        minimum=0.0,
        maximum=1000.0,
        step=5.0,
        help="Taken along on both sides of each band.",
    )

    def run_pixels(self, order: Spectrum, index: int) -> StageResult:
        """Return the order with the bands masked."""
        factor, margin = observer_factor(order), self.margin_kms
        notes: tuple[str, ...] = ()
        if factor is None:
            factor, margin = 1.0, margin + EARTH_KMS
            notes = (
                "The velocity between the spectrum's frame and the observer's is not known: "
                f"bands were masked {EARTH_KMS:.0f} km/s wider.",
            )
        wavelength = order.wavelength_aa
        ranges, regions = [], []
        for band in self._bands():
            low, high = band.limits_in(order.spectral_axis.medium)
            low = low / factor * (1 - margin / SPEED_OF_LIGHT_KMS)
            high = high / factor * (1 + margin / SPEED_OF_LIGHT_KMS)
            if high < wavelength[0] or low > wavelength[-1]:
                continue
            ranges.append((low, high))
            region = (max(low, float(wavelength[0])), min(high, float(wavelength[-1])))
            regions.append(StageRegion(*region, "telluric", index, f"{band.name}, {band.strength}"))
        marked = inside_ranges(wavelength, tuple(ranges))
        changed = order.replace(mask=~order.good | marked) if ranges else order
        return StageResult(changed, regions=tuple(regions), notes=notes if ranges else ())

    def _bands(self) -> tuple[Band, ...]:
        chosen = STRENGTHS[STRENGTHS.index(self.weakest) :]
        return tuple(band for band in telluric_bands() if band.strength in chosen)
