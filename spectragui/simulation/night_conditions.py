"""`NightConditions`: what decides how many photons of a star, of the sky and of the Moon are counted."""

from __future__ import annotations

import dataclasses

import numpy as np

from spectragui.core.parameters import check_parameters, param, parameter_infos


@dataclasses.dataclass(frozen=True)
class NightConditions:
    """A star of some brightness, observed with some number of exposures under some sky.

    The ranges are those of the survey of Pal & Dobos (2024, Table 1); networks draw from them evenly.
    """

    magnitude: float = param(
        21.0,
        label="Magnitude",
        unit="mag",
        minimum=14.0,
        maximum=26.0,
        help="i band, AB.",
    )
    exposures: int = param(20, label="Exposures", minimum=1, maximum=1000, help="Added up.")
    exposure_time: float = param(
        900.0, label="Exposure time", unit="s", minimum=1.0, maximum=36_000.0, help="Of one exposure."
    )
    seeing: float = param(
        0.8, label="Seeing", unit="arcsec", minimum=0.2, maximum=5.0, help="FWHM at 5000 A and the zenith."
    )
    zenith: float = param(
        30.0, label="Zenith angle", unit="deg", minimum=0.0, maximum=75.0, help="Of the star."
    )
    field_angle: float = param(
        0.3, label="Field angle", unit="deg", minimum=0.0, maximum=0.675, help="Of the fibre, from the axis."
    )
    moon_zenith: float = param(
        60.0,
        label="Moon's zenith angle",
        unit="deg",
        minimum=0.0,
        maximum=180.0,
        help="Above 90: set.",
    )
    moon_target: float = param(
        120.0, label="Moon to star", unit="deg", minimum=0.0, maximum=180.0, help="Angle between them."
    )
    moon_phase: float = param(
        0.1, label="Moon's phase", minimum=0.0, maximum=0.5, help="0 = new, 0.25 = half, 0.5 = full."
    )

    def __post_init__(self) -> None:
        check_parameters(self)


#: What networks are trained on: each drawn evenly (Pal & Dobos 2024, Tables 1 and 3).
DRAWN = {
    "magnitude": (19.0, 22.5),
    "seeing": (0.5, 1.5),
    "zenith": (0.0, 45.0),
    "field_angle": (0.0, 0.65),
    "moon_zenith": (30.0, 90.0),
    "moon_target": (60.0, 180.0),
    "moon_phase": (0.0, 0.25),
}


def draw_conditions(generator: np.random.Generator, **told: float) -> NightConditions:
    """Draw the conditions of one observation, but for what is told."""
    drawn = {name: float(generator.uniform(low, high)) for name, (low, high) in DRAWN.items()}
    return NightConditions(**{**drawn, **told})  # type: ignore[arg-type]


def condition_names() -> tuple[str, ...]:
    """Return the names of all conditions, as options of the command line are called."""
    return tuple(parameter_infos(NightConditions()))
