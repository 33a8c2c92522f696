"""`Remark`: what a step of the prediction assumed or found out, for the verdict."""

from __future__ import annotations

import dataclasses

from spectragui.core.denoised import denoised_sentence
from spectragui.core.flags import Flag
from spectragui.core.spectrum import AnySpectrum
from spectragui.core.wording import with_true_minus


@dataclasses.dataclass(frozen=True)
class Remark:
    """A bit of `Flag`, a sentence for the user, and how bad it is.

    Attributes
    ----------
    flag : Flag
    sentence : str
    is_bad : bool
        True = do not use the result; False = read it with care.
    """

    flag: Flag
    sentence: str
    is_bad: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "sentence", with_true_minus(self.sentence))


def denoised_remarks(spectrum: AnySpectrum) -> list[Remark]:
    """Return that a spectrum is not data, where a network denoised it."""
    sentence = denoised_sentence(spectrum)
    return [Remark(Flag.DENOISED, sentence)] if sentence else []
