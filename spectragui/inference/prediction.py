"""What a prediction gives: labels, verdict, the comparison that is plotted, the table's row."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from spectragui.core.labels import LabelSet
from spectragui.core.model_card import Medium
from spectragui.core.parameters import param

Level = Literal["good", "caution", "bad"]


@dataclasses.dataclass(frozen=True)
class PredictOptions:
    """What a user may tell the prediction instead of letting it find out.

    Attributes
    ----------
    model : str
        Name of a bundled or imported model; empty = the one that suits the spectrum best.
    resolving_power : float or None
        wavelength / FWHM; None = from the file.
    medium : {"air", "vacuum"} or None
        None = from the file.
    v_rad : float or None
        km/s, in the frame of the file's wavelengths; None = found by cross-correlation.
    refine : bool
        Whether to follow the network by least squares against the emulator.
    device : {"auto", "cpu", "cuda"}
        Where the network is run.
    """

    model: str = ""
    resolving_power: float | None = param(
        None,
        label="R",
        help="Resolving power, wavelength / FWHM; left alone: from the file.",
        minimum=500.0,
        maximum=500_000.0,
        step=1000.0,
    )
    medium: str | None = param(
        None,
        label="Medium",
        help="Air or vacuum wavelengths; left alone: from the file.",
        choices=("air", "vacuum"),
    )
    v_rad: float | None = param(
        None,
        label="Velocity",
        help="Radial velocity in the frame of the file's wavelengths, positive = receding; "
        "left alone: measured by cross-correlation.",
        unit="km/s",
        minimum=-1000.0,
        maximum=1000.0,
        step=1.0,
    )
    refine: bool = param(
        True,
        label="Follow by a fit",
        help="Follow the network by least squares against the emulator: slower, more accurate.",
    )
    device: str = "auto"  # no option of a spectrum: in Preferences, and of a command


@dataclasses.dataclass(frozen=True)
class Verdict:
    """Whether to believe the numbers.

    Attributes
    ----------
    level : {"good", "caution", "bad"}
    sentence : str
        The verdict in words ("Inside what the model knows").
    reasons : tuple of str
        One sentence for each bit ("near the edge in Teff: 3968 K, training starts at 3900 K").
    flag_warn, flag_bad : int
        Bits of `spectragui.core.flags.Flag`.
    """

    level: Level
    sentence: str
    reasons: tuple[str, ...] = ()
    flag_warn: int = 0
    flag_bad: int = 0


@dataclasses.dataclass(frozen=True, eq=False)
class Comparison:
    """Data and generated spectrum on the data's pixels, for the plot beside the numbers.

    Attributes
    ----------
    wavelength_aa : ndarray, shape (n_pixels,)
        In ``medium``, rest frame, ascending; segments follow one another, separated by NaN in the fluxes.
    observed, uncertainty : ndarray, shape (n_pixels,)
        Normalised flux and its 1 sigma (the data's own).
    generated : ndarray, shape (n_pixels,)
        Spectrum generated at ``labels``, same pixels.
    residual_sigma : ndarray, shape (n_pixels,)
        (observed - generated) / sqrt(uncertainty^2 + model error^2).
    mask : ndarray of bool, shape (n_pixels,)
        True = not used.
    labels : LabelSet
        Where the spectrum was generated: the fit's, else the network's.
    medium : {"air", "vacuum"}
        The model's.
    model : str
        Folder of the model whose emulator generated.
    """

    wavelength_aa: NDArray[np.float64]
    observed: NDArray[np.float64]
    uncertainty: NDArray[np.float64]
    generated: NDArray[np.float64]
    residual_sigma: NDArray[np.float64]
    mask: NDArray[np.bool_]
    labels: LabelSet
    medium: Medium = "air"
    model: str = ""


@dataclasses.dataclass(frozen=True, eq=False)
class Prediction:
    """Everything that one model says of one spectrum.

    Attributes
    ----------
    row : mapping
        Complete row of the results table (`spectragui.core.results.RESULT_COLUMNS`).
    network : LabelSet or None
        The network's labels with 1-sigma errors; None if the spectrum cannot be served.
    fit : LabelSet or None
        The least-squares refinement's labels; None if it was switched off or failed.
    upper_limits : mapping of str to float
        Label name -> upper limit where the label is one (v sin i below c/2R).
    verdict : Verdict
    comparison : Comparison or None
    notes : tuple of str
        What was assumed or found out on the way, in sentences.
    v_rad_frame : {"barycentric", "heliocentric", "observer", "rest", "unknown", ""}
        Frame of the row's velocity; empty where there is none or nobody remembers.
    is_resolving_power_estimated : bool
        Whether the row's resolving power is by the widths of the lines.
    """

    row: Mapping[str, Any]
    network: LabelSet | None
    fit: LabelSet | None
    verdict: Verdict
    upper_limits: Mapping[str, float] = dataclasses.field(default_factory=lambda: MappingProxyType({}))
    comparison: Comparison | None = None
    notes: tuple[str, ...] = ()
    v_rad_frame: str = ""
    is_resolving_power_estimated: bool = False

    def __post_init__(self) -> None:
        """Write the frame of the velocity into the row, from where tables take it."""
        if self.row["v_rad_frame"] != self.v_rad_frame:
            object.__setattr__(self, "row", MappingProxyType({**self.row, "v_rad_frame": self.v_rad_frame}))

    @property
    def is_of_earlier_state(self) -> bool:
        """Whether the spectrum was changed after it was predicted."""
        return bool(self.row["earlier_state"])

    def of_earlier_state(self) -> Prediction:
        """Return the same prediction, marked: its spectrum was changed since."""
        row = MappingProxyType({**self.row, "earlier_state": 1})
        return dataclasses.replace(self, row=row)

    def __reduce__(self) -> tuple[Any, ...]:
        # mappingproxies cannot be pickled; predictions cross process borders.
        fields = {field.name: getattr(self, field.name) for field in dataclasses.fields(self)}
        fields["row"] = dict(self.row)
        fields["upper_limits"] = dict(self.upper_limits)
        return _rebuild, (fields,)


def _rebuild(fields: dict[str, Any]) -> Prediction:
    fields["row"] = MappingProxyType(fields["row"])
    fields["upper_limits"] = MappingProxyType(fields["upper_limits"])
    return Prediction(**fields)
