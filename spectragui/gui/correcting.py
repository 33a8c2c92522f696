"""Correct what the passport says, or convert the axis: both undoable, both keep the flux."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

from spectragui.core.spectral_axis import Frame, Medium, SpectralAxis
from spectragui.core.spectrum import AnySpectrum, EchelleSpectrum, Spectrum
from spectragui.gui.predicting import cancel_prediction, without_results
from spectragui.gui.session import Session

BY_HAND = "corrected by hand"


@dataclasses.dataclass(frozen=True)
class Correction:
    """What the passport should say instead; empty = leave it.

    Attributes
    ----------
    unit : str
        The unit that the numbers really are in ("Angstrom", "nm", "um").
    medium, frame : str
    """

    unit: str = ""
    medium: str = ""
    frame: str = ""


def corrected(spectrum: AnySpectrum, correction: Correction) -> AnySpectrum:
    """Return the spectrum with another passport on the same numbers.

    A corrected unit keeps the numbers and changes the wavelengths that they stand for; the axis is
    then given in Angstrom. A corrected frame forgets the velocity history, which led to the old one.
    """
    return _with_axes(spectrum, lambda axis: _corrected_axis(axis, correction))


def converted(spectrum: AnySpectrum, medium: str = "", velocity_kms: float | None = None) -> AnySpectrum:
    """Return the spectrum with its wavelengths changed to another medium or to the rest frame.

    Parameters
    ----------
    spectrum : Spectrum or EchelleSpectrum
    medium : str
        "air" or "vacuum"; empty = as it is.
    velocity_kms : float or None
        Velocity of the source, positive = receding, to be taken out; None = as it is.

    Raises
    ------
    UnitError
        If the medium is not known, or the wavelengths are in the rest frame already.
    """

    def convert(axis: SpectralAxis) -> SpectralAxis:
        if velocity_kms is not None:
            axis = axis.shifted(velocity_kms, "rest", f"v = {velocity_kms:+.3f} km/s taken out by hand")
        return axis.in_medium(_as_medium(medium)) if medium else axis

    return _with_axes(spectrum, convert)


def replace_spectrum(session: Session, spectrum_id: str, spectrum: AnySpectrum, undo: str) -> None:
    """Put another version of an open spectrum in its place; its results no longer hold and go."""
    state = session.state
    cancel_prediction(session, spectrum_id)
    spectra = tuple(
        item.replace(spectrum=spectrum) if item.id == spectrum_id else item for item in state.spectra
    )
    results = without_results(state.results, spectrum_id)
    if len(results) == len(state.results):
        session.update(undo=undo, spectra=spectra)
        return
    session.update(undo=undo, spectra=spectra, results=results)
    session.notifications.info(
        "The result that was read before the change was taken from the table.",
        hint="Predict again; Undo brings it back.",
    )


def _corrected_axis(axis: SpectralAxis, correction: Correction) -> SpectralAxis:
    if correction.unit and correction.unit != axis.unit:
        axis = (
            axis.replace(unit=correction.unit)
            .in_angstrom()
            .replace(unit_source=f"{BY_HAND}: {correction.unit}")
        )
    if correction.medium and correction.medium != axis.medium:
        axis = axis.replace(medium=_as_medium(correction.medium), medium_source=BY_HAND)
    if correction.frame and correction.frame != axis.frame:
        axis = axis.replace(frame=_as_frame(correction.frame), frame_source=BY_HAND, velocity_history=())
    return axis


def _with_axes(spectrum: AnySpectrum, change: Callable[[SpectralAxis], SpectralAxis]) -> AnySpectrum:
    def one(order: Spectrum) -> Spectrum:
        return order.replace(spectral_axis=change(order.spectral_axis))

    if isinstance(spectrum, EchelleSpectrum):
        return spectrum.replace(orders=tuple(one(order) for order in spectrum.orders))
    return one(spectrum)


def _as_medium(text: str) -> Medium:
    return text  # type: ignore[return-value]  # checked by SpectralAxis


def _as_frame(text: str) -> Frame:
    return text  # type: ignore[return-value]  # checked by SpectralAxis
