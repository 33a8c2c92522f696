"""Where networks are run: what a user asks for, checked where torch is known."""

from __future__ import annotations

from typing import Any

from spectragui.core.parameters import param

DEVICES = ("auto", "cpu", "cuda")


def device_param() -> Any:
    """Describe the field of a dataclass that says where networks are run."""
    return param(
        "auto",
        label="Device",
        help="Where networks run: cuda = a GPU, auto = a GPU where there is one.",
        choices=DEVICES,
    )
