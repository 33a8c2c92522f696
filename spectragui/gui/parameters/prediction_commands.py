"""The command line that makes the result that is shown: of one spectrum, or of two arms together."""

from __future__ import annotations

from spectragui.analysis.axis_conversion import Correction
from spectragui.analysis.change_words import change_words
from spectragui.core.errors import SettingsError
from spectragui.gui.parameters.predicting import options_of, shown_result
from spectragui.gui.session.session import Session
from spectragui.gui.session.state import AppState, OpenSpectrum
from spectragui.gui.spectra.command_lines import copy_command, number_word, spectrum_words
from spectragui.inference.prediction import PredictOptions

JOINT = " + "  # between the names of the files of a row of several spectra


def prediction_words(item: OpenSpectrum, options: PredictOptions) -> list[str]:
    """Return the command that predicts an open spectrum with these options, as words.

    Raises
    ------
    SettingsError
        If no file holds the spectrum.
    """
    words = ["predict", *spectrum_words(item)]
    if options.model:
        words += ["--model", options.model]
    if options.medium is not None:  # told after all changes: the reading option would be before them
        words += ["--change", change_words(Correction(medium=options.medium))]
    for flag, value in (("--resolving-power", options.resolving_power), ("--v-rad", options.v_rad)):
        if value is not None:
            words += [flag, number_word(value)]
    if options.device != PredictOptions.device:
        words += ["--device", options.device]
    return words if options.refine else [*words, "--no-refine"]


def together_words(first: OpenSpectrum, second: OpenSpectrum, options: PredictOptions) -> list[str]:
    """Return the command that predicts two open spectra as the arms of one star, as words.

    Raises
    ------
    SettingsError
        If a file does not hold one of them as it is: what is told holds for both arms.
    """
    files: list[str] = []
    for item in (first, second):
        if spectrum_words(item) != list(item.files):
            raise SettingsError(
                f"{item.name} was changed or read with options, which no command tells of one arm alone.",
                "Save it (File > Save spectrum as), open that file, and predict together again.",
            )
        files += item.files
    device = [] if options.device == PredictOptions.device else ["--device", options.device]
    return ["predict", "--together", *files, *device]


def arms_of_result(state: AppState) -> tuple[OpenSpectrum, ...]:
    """Return the two open spectra that the shown result was read from together; none where it is of one."""
    result = shown_result(state)
    if result is None or state.selected is None or result.prediction.fit is not None:
        return ()
    names = str(result.prediction.row["file"]).split(JOINT)
    arms = tuple(item for item in state.spectra if item.file_name in names)
    is_of_arms = len(names) == 2 and len(state.selected.files) < 2
    return arms if is_of_arms and len(arms) == 2 else ()


def copy_prediction_command(session: Session) -> None:
    """Put the command that predicts the selected spectrum, or its two arms, into the clipboard."""
    state = session.state
    item, arms, options = state.selected, arms_of_result(state), options_of(state)
    if arms:
        copy_command(session, lambda: together_words(arms[0], arms[1], options))
    elif item is not None:
        copy_command(session, lambda: prediction_words(item, options))
