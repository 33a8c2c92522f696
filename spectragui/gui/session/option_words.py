"""What the window calls the options of the command line: texts of the rooms below name those."""

from __future__ import annotations

# What has no field of the form: as it is said to a command, and in the window.
_OTHERS = {
    "Give a spectrum of a similar star at rest: --template FILE.": "Choose a spectrum of a similar star at "
    "rest under “Templates”.",
    "can be given with --template": "can be chosen under “Templates” of Velocity",
    "Leave the rules out with --no-rules.": "Read it with other options.",
    "Give them: --ra, --dec, --time, --site.": "The window takes them from the header alone.",
    "train without --resume.": "discard the training and start it anew.",
    "Train without --resume.": "Discard the training and start it anew.",
    "Start it without --resume.": "Discard the training and start it anew.",
    "Name it (train: `grid` in the configuration; evaluate: --grid), or set SPECTRAGUI_SHARED.": "Set the "
    "environment's SPECTRAGUI_SHARED to the folder that holds it, and start the program again.",
}
OPEN_QUOTE, CLOSE_QUOTE = "“", "”"


def with_control_names(text: str) -> str:
    """Return a text with the names of the form's fields in place of the command line's reading options."""
    if "--" not in text:
        return text
    from spectragui.core.parameters import parameter_infos
    from spectragui.io.reading.read_options import ReadOptions  # late: all readers come along

    for told, shown in _OTHERS.items():
        text = text.replace(told, shown)
    for name, info in parameter_infos(ReadOptions()).items():
        text = text.replace("--" + name.replace("_", "-"), f"{OPEN_QUOTE}{info.label}{CLOSE_QUOTE}")
    return text


def note_with_control_names(text: str) -> str:
    """Return a note of a file as `with_control_names` does, and where these fields are."""
    told = with_control_names(text)
    return told if told == text else f"{told} It is in File > Open with options."
