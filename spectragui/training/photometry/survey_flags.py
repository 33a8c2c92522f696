"""What the survey's own flags say beside the networks: its rows alone have them, none is trained on."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from spectragui.core.photometry import PhotometricTable
from spectragui.core.photometry_result import PhotometryFlag, PhotometryResult
from spectragui.training.photometry.measures import Measure, label_of, redshift_measures

Bools = NDArray[np.bool_]
UNKNOWN_STELLARITY = 0.5  # what the survey gives to faint objects
_CONDITION = "real rows, by the survey's flags"
#: Name in the table of flags -> (what its rows are called, which they are).
_FLAGS: dict[str, tuple[tuple[str, Callable[[NDArray[np.float64]], Bools]], ...]] = {
    "photoflag": (("PhotFlag = 0", lambda flag: flag == 0), ("PhotFlag > 0", lambda flag: flag > 0)),
    "satur_flag": (("FSatur = 0", lambda flag: flag == 0), ("FSatur > 0", lambda flag: flag > 0)),
    "stellar_flag": (
        ("FStellar < 0.5", lambda flag: flag < UNKNOWN_STELLARITY),
        ("FStellar = 0.5", lambda flag: flag == UNKNOWN_STELLARITY),
        ("FStellar > 0.5", lambda flag: flag > UNKNOWN_STELLARITY),
    ),
}


def survey_flag_measures(table: PhotometricTable, result: PhotometryResult) -> list[Measure]:
    """Return, for the rows of each flag, how many there are, how many we warn of, and what is said of them.

    Parameters
    ----------
    table : PhotometricTable
        With the survey's flags and redshifts.
    result : PhotometryResult
        Of the same objects.
    """
    magnitude, z = np.asarray(table.reference_magnitude, dtype=np.float64), label_of(table, "z")
    rows: list[Measure] = []
    for flag, choices in _FLAGS.items():
        values = np.asarray(table.flags.get(flag, np.full(len(table), np.nan)), dtype=np.float64)
        for name, choose in choices:
            chosen = choose(values)
            n = int(chosen.sum())
            if not n:
                continue
            said = {
                "warned_of_survey_flag": (result["flag_warn"][chosen] & PhotometryFlag.SURVEY_FLAG) > 0,
                "not_to_be_used": result["flag_bad"][chosen] != 0,
                "called_star": result["p_star"][chosen] > 0.5,
            }
            rows += [
                Measure("flags", "network", _CONDITION, name, key, float(np.mean(value)), n)
                for key, value in said.items()
            ]
            galaxies = chosen & np.isfinite(z) & (result["p_star"] <= 0.5)
            if galaxies.sum() >= 10:
                said_z, condition = result["z"][galaxies], f"{_CONDITION}, {name}"
                found = redshift_measures("network", condition, said_z, z[galaxies], magnitude[galaxies])
                rows += [one for one in found if one.selection == "all"]
    return rows
