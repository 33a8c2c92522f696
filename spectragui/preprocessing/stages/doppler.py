"""Take a velocity out of the wavelengths."""

from __future__ import annotations

import dataclasses

from spectragui.core.errors import StageError, UnitError
from spectragui.core.parameters import param
from spectragui.core.spectral_axis import Frame
from spectragui.core.spectrum import AnySpectrum, Spectrum, orders_of
from spectragui.preprocessing.pixel_stage import in_angstrom
from spectragui.preprocessing.stage import OrderStage, StageResult, register_stage


@register_stage("doppler", priority=110)
@dataclasses.dataclass(frozen=True)
class Doppler(OrderStage):
    """Shift to the star's rest frame, or to the barycentre; a velocity is never taken out twice."""

    title = "Doppler shift"
    help = "Take a velocity out of the wavelengths: to the star's rest frame or to the barycentre."

    velocity_kms: float = param(
        0.0,
        label="Velocity",
        unit="km/s",
        minimum=-100_000.0,
        maximum=100_000.0,
        step=0.1,
        help="Of the star in the spectrum's present frame, positive = receding.",
        used_if=("from_file", (False,)),
    )
    from_file: bool = param(
        False,
        label="Velocity of the file",
        help="Use the star's velocity (or the Earth's motion) that the file gives instead.",
    )
    frame: str = param("rest", label="To", choices=("rest", "barycentric"), help="The frame that is reached.")

    def run(self, spectrum: AnySpectrum) -> StageResult:
        """Shift every order by the same velocity."""
        first = orders_of(spectrum)[0]
        velocity = self._velocity({**first.meta, **spectrum.meta})
        result = super().run(spectrum)
        note = f"{velocity:+.3f} km/s taken out; the wavelengths are in the {self._frame_words()} now."
        return dataclasses.replace(result, notes=(*result.notes, note))

    def run_order(self, order: Spectrum, index: int) -> StageResult:
        """Return the order on its shifted axis, in Angstrom."""
        upright = in_angstrom(order)
        velocity = self._velocity(order.meta)
        frame: Frame = "rest" if self.frame == "rest" else "barycentric"
        source = f"v = {velocity:+.3f} km/s taken out by the stage {self.title}"
        try:
            axis = upright.spectral_axis.shifted(velocity, frame, source)
        except UnitError as error:
            raise StageError(error.message, error.hint) from error
        return StageResult(upright.replace(spectral_axis=axis))

    def _velocity(self, meta: object) -> float:
        if not self.from_file:
            return self.velocity_kms
        assert hasattr(meta, "get")
        key = "v_rad_kms" if self.frame == "rest" else "berv_kms"
        value = meta.get(key)
        if value is None:
            what = "velocity of the star" if self.frame == "rest" else "barycentric correction"
            raise StageError(f"The file gives no {what}.", "Give the velocity by hand.")
        # The correction is the observer's motion towards the star: the star recedes by its opposite.
        return float(value) if self.frame == "rest" else -float(value)

    def _frame_words(self) -> str:
        return "star's rest frame" if self.frame == "rest" else "barycentric frame"
