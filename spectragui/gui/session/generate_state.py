"""What the Generate tab shows, as one frozen value."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from spectragui.core.labels import PARAMETER_LABELS
from spectragui.inference.generate.request import CVAE, EMULATOR, GenerateRequest

if TYPE_CHECKING:
    from spectragui.inference.generate.overlay import Backdrop, Overlay

LABEL_FIELDS = PARAMETER_LABELS
OBSERVING_FIELDS = ("resolving_power", "v_rad", "extra_fwhm", "snr")
SAMPLES_SHOWN = 12
MODEL_WORDS = {CVAE: "CVAE", EMULATOR: "emulator"}
FloatArray = NDArray[np.float64]


@dataclasses.dataclass(frozen=True)
class GenerateState:
    """Sliders and switches of the Generate tab.

    Attributes
    ----------
    request : GenerateRequest
        Labels, observing, model and samples.
    compares : bool
        Whether the other model is drawn too, and their difference.
    is_over_observed : bool
        Whether the selected spectrum is drawn behind.
    free : tuple of str
        Labels that a fit may change.
    """

    request: GenerateRequest = GenerateRequest(allow_extrapolation=True)
    compares: bool = False
    is_over_observed: bool = False
    free: tuple[str, ...] = PARAMETER_LABELS

    def with_request(self, **changes: Any) -> GenerateState:
        """Return the state with fields of the request changed."""
        return dataclasses.replace(self, request=dataclasses.replace(self.request, **changes))

    @property
    def other_model(self) -> str:
        """The model that is compared with the chosen one."""
        return EMULATOR if self.request.model == CVAE else CVAE


@dataclasses.dataclass(frozen=True, eq=False)
class Generation:
    """What one run of the generator gave for the tab.

    Attributes
    ----------
    state : GenerateState
        What was asked for.
    backdrop : Backdrop or None
    wavelength_aa, flux : ndarray, shape (n_pixels,)
        Air; noise-free, with the velocity.
    noisy : ndarray, shape (n_pixels,), or None
        The same with noise.
    samples : ndarray, shape (n_samples, n_pixels), or None
    spread : ndarray, shape (n_pixels,), or None
        Half of the width between the 16th and 84th percentile of the samples.
    other : ndarray, shape (n_pixels,), or None
        The other model's flux.
    overlay : Overlay or None
    extrapolated : tuple of str
        Sentences; empty inside the trained range.
    is_settled : bool
        False for a passing picture while a slider moves.
    """

    state: GenerateState
    backdrop: Backdrop | None
    wavelength_aa: FloatArray
    flux: FloatArray
    noisy: FloatArray | None
    samples: NDArray[np.floating] | None
    spread: FloatArray | None
    other: FloatArray | None
    overlay: Overlay | None
    extrapolated: tuple[str, ...]
    is_settled: bool
