"""Take a velocity out of the wavelengths."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from spectragui.core.errors import StageError, UnitError
from spectragui.core.parameters import param
from spectragui.core.spectral_axis import Frame, add_velocities
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
        """Shift every order by the same velocity.

        Notes
        -----
        A file that is in the wanted frame already is left as it is where the file's velocity is used, so
        that one chain serves spectra at rest and as observed; a velocity given by hand is refused then.
        """
        first = orders_of(spectrum)[0]
        if self.from_file and first.spectral_axis.frame == self.frame:
            return StageResult(
                spectrum, notes=(f"The wavelengths are in the {self._frame_words()} already.",)
            )
        velocity = self._velocity({**first.meta, **spectrum.meta}, first.spectral_axis.frame)
        result = OrderStage.run(dataclasses.replace(self, velocity_kms=velocity, from_file=False), spectrum)
        notes = [f"{velocity:+.3f} km/s taken out; the wavelengths are in the {self._frame_words()} now."]
        if self._lacks_correction({**first.meta, **spectrum.meta}, first.spectral_axis.frame):
            notes.append(
                "The file's velocity of the star is about the Sun's, and its barycentric correction is not "
                "known: the result may be off by 30 km/s."
            )
        return dataclasses.replace(result, notes=(*result.notes, *notes))

    def run_order(self, order: Spectrum, index: int) -> StageResult:
        """Return the order on its shifted axis, in Angstrom."""
        upright = in_angstrom(order)
        velocity = self._velocity(order.meta, upright.spectral_axis.frame)
        frame: Frame = "rest" if self.frame == "rest" else "barycentric"
        source = f"v = {velocity:+.3f} km/s taken out by the stage {self.title}"
        try:
            axis = upright.spectral_axis.shifted(velocity, frame, source)
        except UnitError as error:
            raise StageError(error.message, error.hint) from error
        return StageResult(upright.replace(spectral_axis=axis))

    def _velocity(self, meta: Mapping[str, Any], axis_frame: Frame) -> float:
        """Return the star's velocity (or the observer's, away) in the frame of the axis [km/s].

        Notes
        -----
        ``meta["v_rad_kms"]`` is barycentric: as the observer saw it, the star recedes by less by the
        observer's motion towards it.
        """
        if not self.from_file:
            return self.velocity_kms
        star, observer = meta.get("v_rad_kms"), meta.get("berv_kms")
        if self.frame == "barycentric":
            if observer is None:
                raise _missing("barycentric correction")
            return -float(observer)
        if star is None:
            raise _missing("velocity of the star")
        if axis_frame == "observer" and observer is not None:
            return add_velocities(float(star), -float(observer))
        return float(star)

    def _lacks_correction(self, meta: Mapping[str, Any], axis_frame: Frame) -> bool:
        is_star = self.from_file and self.frame == "rest"
        return is_star and axis_frame == "observer" and meta.get("berv_kms") is None

    def _frame_words(self) -> str:
        return "star's rest frame" if self.frame == "rest" else "barycentric frame"


def _missing(what: str) -> StageError:
    return StageError(f"The file gives no {what}.", "Give the velocity by hand.")
