"""Bring wavelengths to air or to vacuum."""

from __future__ import annotations

import dataclasses

from spectragui.core.errors import StageError
from spectragui.core.parameters import param
from spectragui.core.spectral_axis import Medium
from spectragui.core.spectrum import Spectrum
from spectragui.preprocessing.pixel_stage import in_angstrom
from spectragui.preprocessing.stage import OrderStage, StageResult, register_stage


@register_stage("air_vacuum", priority=100)
@dataclasses.dataclass(frozen=True)
class AirVacuum(OrderStage):
    """Convert wavelengths between standard air and vacuum; flux, errors and mask stay."""

    title = "Air or vacuum"
    help = "Convert wavelengths to standard air or to vacuum (Morton 2000); above 2000 Å only."

    medium: str = param("air", label="To", choices=("air", "vacuum"), help="Medium of the result.")
    unknown_is: str = param(
        "stop",
        label="Where not known",
        choices=("stop", "air", "vacuum"),
        help="What wavelengths are in where the file does not say: stop and ask, or take it for granted.",
    )

    def run_order(self, order: Spectrum, index: int) -> StageResult:
        """Return the order on its converted axis, in Angstrom."""
        upright = in_angstrom(order)
        axis = upright.spectral_axis
        notes: tuple[str, ...] = ()
        if not axis.is_medium_known:
            if self.unknown_is == "stop":
                raise StageError(
                    "The file does not say whether wavelengths are in air or vacuum.",
                    "Say it in the passport, or choose here what to take for granted.",
                )
            axis = axis.replace(medium=_medium(self.unknown_is), medium_source="assumed: by the stage")
            notes = (f"Taken for granted: the wavelengths were in {self.unknown_is}.",)
        if axis.medium == self.medium:
            same = order if axis is upright.spectral_axis else upright.replace(spectral_axis=axis)
            return StageResult(same, notes=(*notes, f"The wavelengths are in {self.medium} already."))
        changed = upright.replace(spectral_axis=axis.in_medium(_medium(self.medium)))
        return StageResult(changed, notes=notes)


def _medium(text: str) -> Medium:
    return "air" if text == "air" else "vacuum"
