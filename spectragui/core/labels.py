"""Stellar labels: their names in files and on screen, units, and a set of them with errors."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from types import MappingProxyType

from spectragui.core.errors import SettingsError


@dataclasses.dataclass(frozen=True)
class Label:
    """One stellar label.

    Attributes
    ----------
    name : str
        In files and code ("teff").
    symbol : str
        On screen, HTML allowed ("T<sub>eff</sub>").
    plain_symbol : str
        On screen where HTML cannot be shown ("Teff").
    unit : str
        astropy unit text.
    description : str
        Meaning, in one line.
    ucd : str
        IVOA unified content descriptor.
    decimals : int
        Decimals shown where there is no error.
    """

    name: str
    symbol: str
    plain_symbol: str
    unit: str
    description: str
    ucd: str
    decimals: int


LABELS: Mapping[str, Label] = MappingProxyType(
    {
        label.name: label
        for label in (
            Label(
                "teff",
                "T<sub>eff</sub>",
                "Teff",
                "K",
                "effective temperature",
                "phys.temperature.effective",
                0,
            ),
            Label("logg", "log g", "log g", "dex", "log10 of the surface gravity in cgs", "phys.gravity", 2),
            Label(
                "m_h",
                "[M/H]",
                "[M/H]",
                "dex",
                "metallicity, all metals scaled (Asplund 2009)",
                "phys.abund.Z",
                2,
            ),
            Label(
                "alpha_m",
                "[α/M]",
                "[α/M]",
                "dex",
                "O Ne Mg Si S Ca Ti relative to the metals",
                "phys.abund",
                2,
            ),
            Label(
                "vsini",
                "v sin i",
                "v sin i",
                "km/s",
                "total rotational broadening, macroturbulence included",
                "phys.veloc.rotat",
                1,
            ),
            Label("vmic", "ξ", "ξ", "km/s", "microturbulence", "phys.veloc.microTurb", 2),
            Label(
                "resolving_power", "R", "R", "", "resolving power, wavelength / FWHM", "spect.resolution", 0
            ),
            Label(
                "v_rad",
                "v<sub>rad</sub>",
                "v_rad",
                "km/s",
                "radial velocity, positive = receding",
                "spect.dopplerVeloc",
                2,
            ),
        )
    }
)


#: What a model may say of a star, in the order of tables and cards; the one place where they are listed.
PARAMETER_LABELS: tuple[str, ...] = ("teff", "logg", "m_h", "alpha_m", "vsini", "vmic")
#: Of them, what a spectrum is computed from, in the order of grids and emulators.
STAR_LABELS: tuple[str, ...] = tuple(name for name in PARAMETER_LABELS if name != "vsini")
#: The three that place a star, each with a column of its own for the fit.
MAIN_LABELS: tuple[str, ...] = PARAMETER_LABELS[:3]


@dataclasses.dataclass(frozen=True)
class LabelSet:
    """Values of some labels, and their 1-sigma errors where known.

    Attributes
    ----------
    values : mapping of str to float
        Label name -> value in the label's unit.
    errors : mapping of str to float
        Label name -> 1 sigma; a name may be missing.
    """

    values: Mapping[str, float]
    errors: Mapping[str, float] = dataclasses.field(default_factory=dict)

    def __post_init__(self) -> None:
        unknown = [name for name in (*self.values, *self.errors) if name not in LABELS]
        if unknown:
            raise SettingsError(f"{unknown[0]!r} is not a label.", f"Known: {', '.join(LABELS)}.")
        object.__setattr__(self, "values", MappingProxyType({k: float(v) for k, v in self.values.items()}))
        object.__setattr__(self, "errors", MappingProxyType({k: float(v) for k, v in self.errors.items()}))

    def __reduce__(self) -> tuple[type, tuple[dict[str, float], dict[str, float]]]:
        return type(self), (dict(self.values), dict(self.errors))

    def __getitem__(self, name: str) -> float:
        return self.values[name]

    def __contains__(self, name: object) -> bool:
        return name in self.values

    def error(self, name: str) -> float:
        """Return the 1-sigma error of a label, NaN where it is not known."""
        return self.errors.get(name, math.nan)

    def replace(self, **values: float) -> LabelSet:
        """Return a copy with some values changed; their errors are dropped."""
        errors = {name: error for name, error in self.errors.items() if name not in values}
        return LabelSet({**self.values, **values}, errors)


def format_with_error(value: float, error: float | None = None, *, decimals: int = 2) -> str:
    """Write value and error together, the error with two significant digits.

    Parameters
    ----------
    value, error : float
        In the same unit; NaN or None = not known.
    decimals : int
        Decimals of the value where the error is not known.

    Returns
    -------
    str
        "5779 ± 41", "4.42 ± 0.07", "−0.01 ± 0.03"; empty where the value is not known.
    """
    if value is None or not math.isfinite(value):
        return ""
    if error is None or not math.isfinite(error) or error <= 0:
        return true_minus(f"{value:.{decimals}f}")
    places = 1 - math.floor(math.log10(error))
    if round(error, places) >= 10 ** (2 - places):  # 0.0996 -> 0.10, not 0.100
        places -= 1
    # Labels are never known to more decimals than makes sense on screen: 0.070 is shown as 0.07.
    places = max(0, min(places, max(decimals, 0)))
    shown = max(round(error, places), 10.0**-places)
    return f"{true_minus(f'{value:.{places}f}')} ± {shown:.{places}f}"


def true_minus(text: str) -> str:
    """Replace the hyphen before a number by a true minus sign, and "-0.00" by "0.00"."""
    if text.startswith("-"):
        return text[1:] if float(text) == 0 else "\u2212" + text[1:]
    return text
