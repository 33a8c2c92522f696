"""The command line that does what the window did: how a spectrum was read and changed, as words."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Sequence

from PySide6.QtGui import QGuiApplication

from spectragui.analysis.axis_conversion import AxisConversion, Correction
from spectragui.analysis.change_words import change_words
from spectragui.analysis.painted_mask import PaintedMask
from spectragui.core.errors import SettingsError, SpectraGUIError
from spectragui.gui.session.session import Session
from spectragui.gui.session.state import OpenSpectrum

PROGRAM = "spectragui"
_ABOUT_THE_FILE = ("spectrum",)  # said by the item's own index


def spectrum_words(item: OpenSpectrum) -> list[str]:
    """Return the words that read and change an open spectrum: its files, options and changes.

    Raises
    ------
    SettingsError
        If no file holds it, or what was done to it cannot be told.
    """
    if not item.files:
        raise SettingsError(
            f"{item.name} was made here: no file holds it, so no command can read it.",
            "Save it (File > Save spectrum as), open that file, and copy the command there.",
        )
    words = [*item.files, *_option_words(item)]
    for change in item.changes:
        if not isinstance(change, (Correction, AxisConversion, PaintedMask)):
            raise SettingsError(
                f"{item.name} was changed in an earlier session; how is not known any more.",
                "Save it (File > Save spectrum as), open that file, and copy the command there.",
            )
        words += ["--change", change_words(change)]
    return words


def copy_command(session: Session, words: Callable[[], Sequence[str]]) -> None:
    """Put a command into the clipboard and say it; say why where there is none."""
    try:
        command = shlex.join([PROGRAM, *words()])
    except SpectraGUIError as error:
        session.notifications.failure(error)
        return
    QGuiApplication.clipboard().setText(command)
    session.notifications.success(f"Copied: {command}", is_verbatim=True)


def number_word(value: float) -> str:
    """Return a number with all its digits, without a decimal point where it is whole."""
    return str(int(value)) if float(value).is_integer() else repr(float(value))


def _option_words(item: OpenSpectrum) -> list[str]:
    from spectragui.io.reading.read_options import OPTION_FLAGS, ReadOptions  # late: all readers come along

    options = item.options or ReadOptions(use_rules=True)
    words = []
    if len(item.files) == 1 and int(item.spectrum.meta.get("n_spectra", 1)) > 1:
        words += ["--spectrum", str(item.index)]
    for name, flag in OPTION_FLAGS.items():
        value = getattr(options, name)
        if value and name not in _ABOUT_THE_FILE:
            words += [flag, str(value)]
    return words if options.use_rules else [*words, "--no-rules"]
