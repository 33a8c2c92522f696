"""What a conversion or a correction makes of one pixel, shown in both dialogs before it is done."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QLabel, QPushButton

from spectragui.core.errors import UnitError
from spectragui.core.spectral_axis import FRAME_WORDS, UNIT_SYMBOLS, SpectralAxis
from spectragui.core.spectrum import AnySpectrum, Spectrum, orders_of

PLACES = {"Angstrom": 3, "nm": 4, "um": 7, "cm-1": 3}
FEW = 4  # pixels that are enough to show what happens


class AxisPreview(QLabel):
    """Two lines: the middle pixel as it is said to be now, and as it will be.

    Parameters
    ----------
    spectrum : Spectrum or EchelleSpectrum
    """

    def __init__(self, spectrum: AnySpectrum) -> None:
        super().__init__()
        order = orders_of(spectrum)[0]
        middle = len(order) // 2
        first = max(middle - FEW // 2, 0)
        self._pixels: Spectrum = order.select(slice(first, min(first + FEW, len(order))))
        self.setWordWrap(True)
        self.setAccessibleName("What happens to a pixel")

    def follow(self, change: Callable[[AnySpectrum], AnySpectrum], accept: QPushButton | None = None) -> None:
        """Show what ``change`` does; ``accept`` can be pressed where it does something that is allowed."""
        before = self._pixels.spectral_axis
        try:
            after = orders_of(change(self._pixels))[0].spectral_axis
        except UnitError as error:
            self.setText(str(error))
            self._colour("assumed")
            if accept is not None:
                accept.setEnabled(False)
            return
        is_flipped = before.wavelength_aa[0] > before.wavelength_aa[-1]
        is_flipped = is_flipped != (after.wavelength_aa[0] > after.wavelength_aa[-1])
        text = f"Now: {_words(before, False)}\nThen: {_words(after, is_flipped)}"
        self.setText(text if after != before else f"Now: {_words(before, False)}\nNothing changes.")
        self._colour("secondary")
        if accept is not None:
            accept.setEnabled(after != before)

    def _colour(self, role: str) -> None:
        if self.property("role") != role:
            self.setProperty("role", role)
            self.style().unpolish(self)
            self.style().polish(self)


def _words(axis: SpectralAxis, is_flipped: bool) -> str:
    value = axis.values[-1 if is_flipped else 0]
    unit = UNIT_SYMBOLS.get(axis.unit, axis.unit)
    medium = axis.medium if axis.is_medium_known else "medium unknown"
    return f"{value:.{PLACES.get(axis.unit, 3)}f} {unit}, {medium}, {FRAME_WORDS[axis.frame]}"
