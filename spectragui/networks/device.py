"""The device that networks run on: a GPU if it is asked for and there, else the CPU, with a sentence."""

from __future__ import annotations

import dataclasses
import functools

from spectragui.core.device_choice import DEVICES
from spectragui.core.errors import SettingsError

NO_GPU = "No GPU that torch can use was found: the CPU is used."


@dataclasses.dataclass(frozen=True)
class Device:
    """Where networks run.

    Attributes
    ----------
    name : {"cpu", "cuda"}
        As torch calls it.
    remark : str
        A sentence where it is not what was asked for; else empty.
    """

    name: str
    remark: str = ""


@functools.lru_cache(maxsize=len(DEVICES))
def choose_device(wanted: str) -> Device:
    """Return the device for what a user asked for.

    Parameters
    ----------
    wanted : {"auto", "cpu", "cuda"}

    Raises
    ------
    SettingsError
        If it is none of them.
    """
    if wanted not in DEVICES:
        raise SettingsError(f"There is no device {wanted!r}.", f"Choose: {', '.join(DEVICES)}.")
    if wanted == "cpu":
        return Device("cpu")
    import torch

    if torch.cuda.is_available():
        return Device("cuda")
    return Device("cpu", NO_GPU if wanted == "cuda" else "")
