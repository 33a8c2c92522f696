"""Changes of a spectrum as words: what the window did to it, told on the command line."""

from __future__ import annotations

import math
import shlex
from collections.abc import Iterable

from spectragui.analysis.axis_conversion import AxisConversion, Correction
from spectragui.analysis.painted_mask import PaintedMask
from spectragui.core.errors import SettingsError
from spectragui.core.spectrum import AnySpectrum

SpectrumChange = Correction | AxisConversion | PaintedMask

UNITS = ("Angstrom", "nm", "um", "cm-1")
_MEDIA = ("air", "vacuum")
_FRAMES = ("observer", "barycentric", "heliocentric", "rest", "unknown")
_CORRECTED = {"unit": UNITS, "medium": (*_MEDIA, "unknown"), "frame": _FRAMES}
_CONVERTED = {"unit": UNITS, "medium": _MEDIA, "velocity": (), "frame": _FRAMES, "source": ()}
_HINT = (
    "Write it as 'correct medium=vacuum', 'convert velocity=16.9 frame=rest', 'convert unit=nm', "
    "'mask 5000 5010' or 'unmask 5000 5010'."
)


def change_words(change: SpectrumChange) -> str:
    """Return a change as `parse_change` reads it, with all digits."""
    if isinstance(change, PaintedMask):
        return f"{'mask' if change.is_masked else 'unmask'} {change.start_aa!r} {change.stop_aa!r}"
    said = {"unit": change.unit, "medium": change.medium}
    if isinstance(change, Correction):
        return shlex.join(["correct", *_pairs({**said, "frame": change.frame})])
    if change.velocity_kms is not None:
        said |= {"velocity": repr(float(change.velocity_kms)), "frame": change.frame, "source": change.source}
    return shlex.join(["convert", *_pairs(said)])


def parse_change(text: str) -> SpectrumChange:
    """Return the change that words tell.

    Parameters
    ----------
    text : str
        "correct" with any of unit, medium, frame: what the numbers really are; "convert" with any of
        unit, medium, velocity [km/s, to be taken out], frame (reached by the velocity) and source;
        "mask" or "unmask" with two wavelengths [Angstrom].

    Raises
    ------
    SettingsError
        If they tell none.
    """
    try:
        kind, *words = shlex.split(text)
    except ValueError as error:
        raise SettingsError(f"The change {text!r} cannot be read.", _HINT) from error
    if kind in ("mask", "unmask") and len(words) == 2:
        start, stop = (_number(word, text) for word in words)
        return PaintedMask(start, stop, kind == "mask")
    if kind == "correct":
        return Correction(**_said(words, _CORRECTED, text))
    if kind == "convert":
        said = _said(words, _CONVERTED, text)
        velocity = said.pop("velocity", None)
        if velocity is None and "frame" in said:
            raise SettingsError(f"The change {text!r} lacks the velocity that leads to the frame.", _HINT)
        return AxisConversion(**said, velocity_kms=None if velocity is None else _number(velocity, text))
    raise SettingsError(f"The change {text!r} is not known.", _HINT)


def with_changes(spectrum: AnySpectrum, changes: Iterable[SpectrumChange]) -> AnySpectrum:
    """Return a spectrum with changes made to it, one after another."""
    for change in changes:
        spectrum = change(spectrum)
    return spectrum


def _pairs(said: dict[str, str]) -> list[str]:
    return [f"{name}={value}" for name, value in said.items() if value]


def _said(words: list[str], known: dict[str, tuple[str, ...]], text: str) -> dict[str, str]:
    said: dict[str, str] = {}
    for word in words:
        name, _, value = word.partition("=")
        if name not in known or not value or name in said:
            raise SettingsError(f"{word!r} in the change {text!r} is not known.", _HINT)
        if known[name] and value not in known[name]:
            raise SettingsError(
                f"{value!r} in the change {text!r} is not known.", f"Choose: {', '.join(known[name])}."
            )
        said[name] = value
    if not said:
        raise SettingsError(f"The change {text!r} changes nothing.", _HINT)
    return said


def _number(word: str, text: str) -> float:
    try:
        value = float(word)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise SettingsError(f"{word!r} in the change {text!r} is no number.", _HINT)
    return value
