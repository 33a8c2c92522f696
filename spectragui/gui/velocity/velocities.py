"""Measure the velocity of an open spectrum in the background, and apply it: each once, each undone as one."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from spectragui.analysis.axis_conversion import AxisConversion
from spectragui.core.progress import Progress
from spectragui.core.spectrum import AnySpectrum
from spectragui.gui.session.session import Session
from spectragui.gui.session.state import OpenSpectrum
from spectragui.gui.spectra.command_lines import number_word, spectrum_words
from spectragui.gui.spectra.correcting import change_spectrum

if TYPE_CHECKING:
    from spectragui.inference.velocity.star_velocity import StarVelocity, VelocityOptions


def measure(
    session: Session,
    item: OpenSpectrum,
    options: VelocityOptions,
    on_done: Callable[[StarVelocity], None],
    on_failed: Callable[[BaseException], None],
) -> int:
    """Start, or start again, the measurement of an open spectrum's velocity; returns the task's number."""
    return session.run(
        velocity_key(item.id),
        run_velocity,
        item.spectrum,
        options,
        title=f"Velocity of {item.name}",
        on_done=on_done,
        on_failed=on_failed,
    )


def velocity_words(item: OpenSpectrum, options: VelocityOptions) -> list[str]:
    """Return the command that measures an open spectrum's velocity with these options, as words.

    Raises
    ------
    SettingsError
        If no file holds the spectrum.
    """
    words = ["velocity", *spectrum_words(item)]
    if options.template:
        words += ["--template", options.template]
    if options.range_aa is not None:
        words += ["--range", *(number_word(limit) for limit in options.range_aa)]
    return words


def velocity_key(spectrum_id: str) -> str:
    """Return the key of the task that measures a spectrum's velocity."""
    return f"velocity:{spectrum_id}"


def run_velocity(spectrum: AnySpectrum, options: VelocityOptions, progress: Progress) -> StarVelocity:
    """Measure in a worker; templates are loaded there, when first used."""
    progress(0.0, "Loading the templates")
    from spectragui.inference.velocity.star_velocity import measure_star_velocity

    return measure_star_velocity(spectrum, options, progress)


def apply_rest_frame(session: Session, item: OpenSpectrum, velocity: StarVelocity) -> None:
    """Shift an open spectrum to its rest frame: one entry of the history, recorded in the passport.

    Raises
    ------
    UnitError
        If it is in the rest frame already.
    """
    source = f"cross-correlation with {velocity.best.templates.name} templates"
    change = AxisConversion(velocity_kms=velocity.axis_velocity_kms, frame="rest", source=source)
    change_spectrum(session, item.id, change, f"Shift {item.name} to the rest frame")


def apply_barycentric(session: Session, item: OpenSpectrum, velocity: StarVelocity) -> None:
    """Bring an open spectrum to the barycentric frame: one entry of the history.

    Raises
    ------
    UnitError
        If it is there already.
    """
    correction = velocity.correction
    if correction is None:
        return
    source = f"barycentric correction, {correction.source}"
    change = AxisConversion(velocity_kms=-correction.velocity_kms, frame="barycentric", source=source)
    change_spectrum(session, item.id, change, f"Convert {item.name} to the barycentre")
