"""What networks say of the objects of a catalogue: columns with units, flags, redshift probabilities."""

from __future__ import annotations

import dataclasses
import enum
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spectragui.core.results import Column

N_TYPES = 5
#: The classes of the mock: bins of log10 of the specific star formation rate [1/yr].
TYPE_NAMES = ("E", "Sbc", "Scd", "Irr", "SB")


class PhotometryFlag(enum.IntFlag):
    """Reasons for caution with an object; bits that spectra have too mean the same."""

    LABEL_RANGE = 1
    OUT_OF_DISTRIBUTION = 2
    LOW_SNR = 8
    COVERAGE = 16
    NOT_SERVED = 256
    BIMODAL = 4096
    BROAD = 8192
    STAR = 16384
    NO_MORPHOLOGY = 32768
    SURVEY_FLAG = 65536


PHOTOMETRY_FLAG_WORDS: Mapping[PhotometryFlag, str] = MappingProxyType(
    {
        PhotometryFlag.LABEL_RANGE: "its brightness or redshift is at the edge of, or outside, the training",
        PhotometryFlag.OUT_OF_DISTRIBUTION: "its colours are unlike those of any object trained on",
        PhotometryFlag.LOW_SNR: "half of its bands or more have a signal-to-noise ratio below 2",
        PhotometryFlag.COVERAGE: "it was observed in less than half of the bands",
        PhotometryFlag.NOT_SERVED: "it has too few magnitudes to be served",
        PhotometryFlag.BIMODAL: "a second redshift is possible",
        PhotometryFlag.BROAD: "its redshift is uncertain: the 68 % interval is wider than 0.1 (1 + z)",
        PhotometryFlag.STAR: "it is rather a star or a QSO: redshift, mass and type are those of a galaxy",
        PhotometryFlag.NO_MORPHOLOGY: "no size or shape is known: its stellarity is from colours alone",
        PhotometryFlag.SURVEY_FLAG: "the catalogue says that it is saturated",
    }
)

_P = "probability"
PHOTOMETRY_COLUMNS: tuple[Column, ...] = (
    Column("z", "number", "", "redshift, from the highest peak of its probability", "src.redshift.phot"),
    Column("e_z", "number", "", "half of the 68 % interval of z", "stat.error;src.redshift.phot"),
    Column("z_lower", "number", "", "lower end of the 68 % interval of z", "src.redshift.phot;stat.min"),
    Column("z_upper", "number", "", "upper end of the 68 % interval of z", "src.redshift.phot;stat.max"),
    Column("p_star", "number", "", f"{_P} to be a star or a QSO; uses size and shape", "src.class"),
    Column("log_mass", "number", "dex", "log10 of the stellar mass in solar masses", "phys.mass"),
    Column("e_log_mass", "number", "dex", "1-sigma error of log_mass", "stat.error;phys.mass"),
    Column("m_abs_b", "number", "mag", "absolute B magnitude (AB at 4400 A)", "phys.magAbs;em.opt.B"),
    Column("e_m_abs_b", "number", "mag", "1-sigma error of m_abs_b", "stat.error;phys.magAbs;em.opt.B"),
    Column("spectral_type", "integer", "", "type: 1 E, 2 Sbc, 3 Scd, 4 Irr, 5 SB; 0 = none", "src.class"),
    *(
        Column(f"p_type_{number}", "number", "", f"{_P} of type {number} ({name}), of a galaxy")
        for number, name in enumerate(TYPE_NAMES, start=1)
    ),
    Column("flag_warn", "integer", "", "bits: read with care", "meta.code"),
    Column("flag_bad", "integer", "", "bits: do not use", "meta.code"),
    Column("flags", "text", "", "names of the bits that are set"),
    # Further columns come last, so that programs that count columns go on.
    Column("z_second", "number", "", "redshift of the second peak; empty where there is none"),
    Column("p_second", "number", "", f"{_P} about the second peak"),
    Column("odds", "number", "", f"{_P} within 0.03 (1 + z) of z"),
    Column("p_star_photometry", "number", "", f"{_P} to be a star or a QSO, by colours alone"),
    Column("n_bands", "integer", "", "bands with a magnitude or a limit"),
)  # fmt: skip
PHOTOMETRY_COLUMN_NAMES: tuple[str, ...] = tuple(column.name for column in PHOTOMETRY_COLUMNS)


def photometry_flag_names(bits: int) -> str:
    """Return the names of the bits that are set, comma-separated."""
    return ",".join(str(flag.name) for flag in PhotometryFlag if flag & bits)


@dataclasses.dataclass(frozen=True, eq=False)
class PhotometryResult:
    """Predictions for the objects of a table, in its order.

    Attributes
    ----------
    columns : mapping of str to ndarray, shape (n,)
        By `PHOTOMETRY_COLUMNS`; "flags" is not among them, since `flag_texts` makes it.
    z_grid : ndarray, shape (k,)
        Redshifts that `pdf` is given at.
    pdf_of : callable
        ``pdf_of(index)`` returns the probability density of the redshift of one object, shape (k,).
    models : mapping of str to str
        Task -> name and version of the model.
    remarks : tuple of str
        What holds for all objects, in sentences.
    """

    columns: Mapping[str, NDArray[Any]]
    z_grid: NDArray[np.float64]
    pdf_of: Callable[[int], NDArray[np.float64]]
    models: Mapping[str, str]
    remarks: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for name in ("columns", "models"):
            object.__setattr__(self, name, MappingProxyType(dict(getattr(self, name))))

    def __len__(self) -> int:
        return len(self.columns["z"])

    def __getitem__(self, name: str) -> NDArray[Any]:
        return self.columns[name]

    @property
    def model(self) -> str:
        """Names and versions of its models, joined."""
        return ", ".join(dict.fromkeys(self.models.values()))

    def pdf(self, index: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return redshifts and their probability density for one object, shape (k,) each."""
        return self.z_grid, self.pdf_of(index)

    def words(self, index: int) -> tuple[str, ...]:
        """Return what is to be said of one object, a sentence each; the worst first."""
        bad, warn = int(self.columns["flag_bad"][index]), int(self.columns["flag_warn"][index])
        sentences = []
        for bits, end in ((bad, "; do not use it."), (warn & ~bad, ".")):
            for flag, meaning in PHOTOMETRY_FLAG_WORDS.items():
                if not flag & bits:
                    continue
                told = meaning[0].upper() + meaning[1:]
                if flag == PhotometryFlag.BIMODAL:
                    z, p = self.columns["z_second"][index], self.columns["p_second"][index]
                    told = f"A second redshift is possible: {z:.3f}, with a probability of {100 * p:.0f} %"
                sentences.append(told + end)
        return tuple(sentences)

    def flag_texts(self) -> NDArray[Any]:
        """Return the column "flags": names of the bits that are set, shape (n,)."""
        bits = self.columns["flag_warn"] | self.columns["flag_bad"]
        found, place = np.unique(bits, return_inverse=True)
        names = np.array([photometry_flag_names(int(value)) for value in found] or [""])
        return names[place] if len(found) else np.empty(0, dtype="U1")

    def select(self, index: Any) -> PhotometryResult:
        """Return the predictions of some objects; ``index`` is a slice, a mask or an array of indices."""
        rows = np.arange(len(self))[index]
        columns = {name: values[index] for name, values in self.columns.items()}
        return dataclasses.replace(self, columns=columns, pdf_of=lambda i: self.pdf_of(int(rows[i])))
