"""`CatalogueMapping`: which column of a catalogue plays which part, guessed and changed by hand."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Literal

from spectragui.core.errors import CatalogueError
from spectragui.core.photometry import CATALOGUE_ROLES, BandSet, band_set, band_sets

Kind = Literal["magnitudes", "fluxes"]
MassScale = Literal["", "log10", "linear"]
#: Units of fluxes, and what they are in microjansky.
FLUX_UNITS: Mapping[str, float] = MappingProxyType(
    {"uJy": 1.0, "nJy": 1e-3, "mJy": 1e3, "Jy": 1e6, "nanomaggy": 3.630780547701013, "erg/s/cm2/Hz": 1e29}
)
_UNIT_WORDS = {
    "ujy": "uJy", "microjansky": "uJy", "microjy": "uJy", "mujy": "uJy", "njy": "nJy", "nanojansky": "nJy",
    "mjy": "mJy", "jy": "Jy", "jansky": "Jy", "nanomaggy": "nanomaggy", "nmgy": "nanomaggy",
    "nanomaggies": "nanomaggy", "erg/s/cm2/hz": "erg/s/cm2/Hz", "erg/(s cm2 hz)": "erg/s/cm2/Hz",
    "ergs-1cm-2hz-1": "erg/s/cm2/Hz",
}  # fmt: skip
FEWEST_BANDS = 3  # by which a catalogue is known

# Names by role, in order of preference, as `_plain` writes them: the thesis', VizieR's, ours.
_NAMES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "id": ("id", "objid", "objectid", "sourceid", "name", "number", "source", "object"),
        "ra": ("ra", "radeg", "raj2000", "alphaj2000"),
        "dec": ("dec", "decdeg", "dej2000", "decj2000", "deltaj2000", "de"),
        "area": ("area", "isoareaimage"),
        "fwhm": ("fwhm", "fwhmimage"),
        "stell": ("stell", "classstar", "stellarity"),
        "ell": ("ell", "ellipticity"),
        "rk": ("rk", "kronradius"),
        "rf": ("rf", "fluxradius"),
        "s2n": ("s2n", "sn", "snr"),
        "z": ("zb1", "zb", "z", "zspec", "zphot", "redshift", "ztrue", "zbest"),
        "z_lower": ("zbmin1", "zb1l", "zbmin", "zlower", "zmin", "zlow"),
        "z_upper": ("zbmax1", "zb1u", "zbmax", "zupper", "zmax", "zhigh"),
        "odds": ("odds1", "odds"),
        "type": ("tb1", "tb", "spectraltype", "type"),
        "log_mass": (
            "stellmass1", "logm*1", "stellarmass", "logmass", "stellmass", "logmstar", "logm",
            "mass", "mstar",
        ),
        "m_abs_b": ("mabs1", "bmag1", "mabsb", "absb", "mb", "mabs"),
        "star": ("labelstarhst", "star", "isstar", "labelstar"),
        "kind": ("kind", "class"),
        "parent_id": ("parentid",),
        "donor": ("donor",),
        "photoflag": ("photoflag", "photflag"),
        "satur_flag": ("saturflag", "fsatur"),
        "stellar_flag": ("stellarflag", "fstellar"),
        "nfobs": ("nfobs",),
    }
)  # fmt: skip
# Patterns of names without punctuation: F365W, mag_F365W, F365W_mag; dF365W, e_F365W, magerr_F365W.
_VALUE = (r"{}", r"(?:mag|magab|abmag|magauto|magiso|mab){}", r"{}(?:mag|ab|magab)")
_FLUX = (r"(?:flux|fnu|f){}", r"{}(?:flux|fnu)")
_ERROR = (
    r"(?:e|d|err|error|sig|sigma|magerr|emag|unc|errmag|dmag|magerrauto|emagauto){}",
    r"{}(?:err|error|sigma|unc|magerr|e|errmag)",
    r"(?:fluxerr|eflux|errflux|fluxerror|dflux|sigflux|sigmaflux){}", r"{}(?:fluxerr|eflux|fluxerror)",
)  # fmt: skip
_LIMIT = (r"l{}", r"{}(?:limit|lim|upperlimit|islimit)", r"(?:lim|limit|ul|lmag){}")


@dataclasses.dataclass(frozen=True)
class CatalogueMapping:
    """Which column plays which part.

    Attributes
    ----------
    band_set : str
        Name of the bands, or the path of one's own.
    columns : mapping of str to str
        Role -> column. Roles are the names of the bands (F365W), their errors (e_F365W) and limit flags
        (l_F365W), and those of `CATALOGUE_ROLES`.
    kind : {"magnitudes", "fluxes"}
        AB magnitudes, or fluxes in ``flux_unit``.
    flux_unit : str
        One of `FLUX_UNITS`; empty = not known.
    mass_scale : {"", "log10", "linear"}
        Of the catalogue's stellar mass; empty = told by its values.
    remarks : tuple of str
        What was assumed, in sentences.
    """

    band_set: str
    columns: Mapping[str, str]
    kind: Kind = "magnitudes"
    flux_unit: str = ""
    mass_scale: MassScale = ""
    remarks: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "columns", MappingProxyType(dict(self.columns)))

    def __reduce__(self) -> tuple[object, ...]:
        told = (self.kind, self.flux_unit, self.mass_scale, self.remarks)
        return CatalogueMapping, (self.band_set, dict(self.columns), *told)

    @property
    def bands(self) -> BandSet:
        """The bands that are meant."""
        return band_set(self.band_set)

    @property
    def roles(self) -> tuple[str, ...]:
        """All roles there are, in the order in which they are shown."""
        return all_roles(self.bands)

    @property
    def present_bands(self) -> tuple[str, ...]:
        """Bands that have a column."""
        return tuple(name for name in self.bands.names if name in self.columns)

    def with_column(self, role: str, column: str) -> CatalogueMapping:
        """Return the mapping with a column in a role; an empty name takes the role away.

        Raises
        ------
        CatalogueError
            If there is no such role.
        """
        if role not in self.roles:
            raise CatalogueError(
                f"There is no role {role!r} for a column.",
                f"Known: a band ({self.bands.names[0]}), its error (e_{self.bands.names[0]}), its limit flag "
                f"(l_{self.bands.names[0]}), {', '.join(CATALOGUE_ROLES)}.",
            )
        columns = {key: value for key, value in self.columns.items() if key != role}
        return dataclasses.replace(self, columns=columns | ({role: column} if column else {}))


def all_roles(bands: BandSet) -> tuple[str, ...]:
    """Return the roles that columns may play in a catalogue of some bands."""
    marks = ("", "e_", "l_")
    return (*CATALOGUE_ROLES, *(f"{mark}{name}" for name in bands.names for mark in marks))


def guess_from_columns(
    columns: Sequence[str], units: Mapping[str, str] | None = None, bands: str = ""
) -> CatalogueMapping:
    """Return the mapping that names (and units) of columns suggest.

    Parameters
    ----------
    columns : sequence of str
    units : mapping of str to str, optional
        Column -> unit.
    bands : str, optional
        Name of the band set; by default the one most of whose bands are found.

    Returns
    -------
    CatalogueMapping
        Without bands where no name is known: `read_catalogue` says then what is missing.
    """
    sets = [bands] if bands else list(band_sets())
    guesses = [_guess(columns, units or {}, name) for name in sets]
    return max(guesses, key=lambda guess: len(guess.present_bands))


def _guess(columns: Sequence[str], units: Mapping[str, str], set_name: str) -> CatalogueMapping:
    bands = band_set(set_name)
    plain = {_plain(name): name for name in reversed(columns)}
    found: dict[str, str] = {}
    remarks: list[str] = []
    n_flux = 0
    for band in bands.bands:
        names = [re.escape(_plain(name)) for name in (band.name, *band.also)]
        value = _find(plain, names, _VALUE)
        as_flux = _find(plain, names, _FLUX) if value is None else None
        n_flux += as_flux is not None
        parts = {
            band.name: value or as_flux,
            f"e_{band.name}": _find(plain, names, _ERROR),
            f"l_{band.name}": _find(plain, names, _LIMIT),
        }
        found |= {role: column for role, column in parts.items() if column is not None}
    used = set(found.values())
    for role, usual in _NAMES.items():
        there = [plain[name] for name in usual if name in plain and plain[name] not in used]
        if there:
            found[role] = there[0]
            used.add(there[0])
            if len(there) > 1:
                remarks.append(f"{_listed(there)} may all be {role}; {there[0]} is used.")
    kind: Kind = "fluxes" if n_flux else "magnitudes"
    flux_unit = ""
    told = {units[found[name]] for name in bands.names if name in found and units.get(found[name])}
    words = {_UNIT_WORDS.get(unit.strip().lower().replace(" ", ""), "") for unit in told} - {""}
    if words:
        kind, flux_unit = "fluxes", sorted(words)[0]
        remarks.append(f"Fluxes in {flux_unit}, as the units of the columns say.")
        if len(words) > 1:
            remarks.append(f"The bands have several units ({', '.join(sorted(words))}); {flux_unit} is used.")
    return CatalogueMapping(set_name, found, kind, flux_unit, "", tuple(remarks))


def _find(plain: Mapping[str, str], names: Sequence[str], patterns: Sequence[str]) -> str | None:
    for name in names:
        for pattern in patterns:
            matcher = re.compile(pattern.format(name))
            for candidate, column in plain.items():
                if matcher.fullmatch(candidate):
                    return column
    return None


def _plain(name: str) -> str:
    """Return a name without case and punctuation; the star of logM* stays."""
    return re.sub(r"[^a-z0-9*]+", "", name.strip().lower())


def _listed(names: Sequence[str]) -> str:
    return f"{', '.join(names[:-1])} and {names[-1]}"
