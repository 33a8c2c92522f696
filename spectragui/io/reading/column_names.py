"""Tell by names, units and UCDs which column of a table is wavelength, flux, error or mask."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Sequence

from spectragui.io.reading.name_parts import bare_name
from spectragui.io.reading.read_options import ReadOptions
from spectragui.io.reading.source import Source

# In order of preference; matched against lower-case names.
_WAVELENGTH = (
    r"waveobs$", r"wave(length)?s?$", r"(lambda|lam|wl|wvl|wlen|wav|wavelength|wave)([_ .(\[].*)?$",
    r"wave_?.*", r"(log_?10|log|ln|lg)[ _.(]*(lam(bda)?|wave(length)?|wl|wvl)$",
    r"wave[ _]?num(ber)?s?$|wavn$|wn$", r"wellenl(ä|ae|a)ngen?$", r"longueurs?.?d.?.?ondes?$",
    r"longitud(es)?.de.onda$", r"lunghezza.?d.?onda$", r"wellenzahl(en)?$", r"nombres?.?d.?.?ondes?$",
    r"spectral_axis$", r"(log_?10|log|ln)?[ _]?freq(uenc(y|ies|e)|uenz)?$", r"fr[eé]quence$",
    r"(log_?10|log|ln)?[ _]?(photon_?)?[eé]nerg(y|ies|ie|ia|ien)$", r"nu$", r"x$", r"arg$",
)  # fmt: skip
_FLUX = (
    r"flux$", r"flux_reduced$", r"fluxes$", r"f_lambda$|flam$", r"flux[_ (\[].*", r"spec$", r"spectrum$",
    r"sci(data)?$", r"int(ensity)?$", r"i$", r"counts?$", r"norm(alized|alised)?(_flux)?$",
    r"(coadd|opt|raw|bg_?sub)_?flux.*", r"flux.*", r".*flux$", r"fluss(dichte)?$", r"fluj?o$", r"flusso$",
    r"(rel(ative)?[ _.]?)?intensit(ä|ae|é|e|a|à)(t|ten|s)?$",
    r"(rel(ative)?|norm(ali[sz]ed)?)[ _.]?(flux|int(ensity)?)$", r"y$", r"fun$",
)  # fmt: skip
_NOT_FLUX = re.compile(
    r"(err|sig|unc|var|(?<!de)noise|cont|sky|model|bkg|^bg|back|telluric|resid|qual|mask|std)", re.I
)
_ERROR = (
    r"err(or)?s?$", r"flux_?err(or)?s?$", r"e_?flux$", r"sig(ma)?s?$", r"unc(ertainty)?$",
    r"(flux_?)?(sigma|unc|std)$", r"stat_?err(or)?$", r"err(or)?_?flux.*", r"noise$",
    r"flux_?(error|uncertainty).*", r"d_?flux$", r"fehler$", r"erreur$", r"erro(re)?$", r"unsicherheit$",
    r"incertitudes?$", r"(rms|stdev|std_?dev)$", r"s$",
)  # fmt: skip
_VARIANCE = (r"var(iance)?$", r"flux_?var(iance)?$", r"stat$", r"var(iance)?_?flux$")
_IVAR = (r"ivar$", r"(flux_?)?ivar(iance)?$", r"inverse_?var(iance)?$")
_GOOD = (r"(valid|good|use)(_?pixels?)?$",)
_MASK = (r"mask$", r"and_mask$", r"qual(ity)?$", r"dq$", r"flags?$", r"mask_.*", r"bad_?pix(els?)?$")
_ORDER = (r"order$", r".*_order$", r"order_?(number|no|id)$", r"ord$", r"m$")


@dataclasses.dataclass(frozen=True)
class Column:
    """Name, unit and meaning of a column as the table gives them.

    ``unit_source`` says where the unit was read if not in TUNITn; ``comment`` is what the table says
    of the column in words.
    """

    name: str
    unit: str = ""
    ucd: str = ""
    unit_source: str = ""
    comment: str = ""


@dataclasses.dataclass(frozen=True)
class Columns:
    """Which column plays which part; None where there is none.

    ``error_kind`` is "sigma", "variance" or "ivar"; ``good`` marks pixels to use, ``mask`` those
    to ignore.
    """

    wavelength: int
    flux: int
    error: int | None = None
    error_kind: str = "sigma"
    mask: int | None = None
    order: int | None = None
    good: int | None = None


def choose_columns(columns: Sequence[Column], options: ReadOptions, source: Source) -> Columns:
    """Return which column is what.

    Raises
    ------
    ReadError
        If an option names a column that is not there, or wavelength or flux cannot be told.
    """
    wavelength = _told(columns, options.wavelength_column, source, "wavelength")
    flux = _told(columns, options.flux_column, source, "flux")
    wavelength = wavelength if wavelength is not None else find_wavelength(columns)
    flux = flux if flux is not None else find_flux(columns)
    if wavelength is None or flux is None or wavelength == flux:
        missing = "wavelength" if wavelength is None else "flux"
        names = ", ".join(column.name for column in columns[:12])
        raise source.error(
            f"no column could be told to be the {missing} (columns: {names}).",
            f"Name it with --{missing}-column.",
        )
    error, kind = _error(columns, options, source, flux)
    mask, order, good = (_first(columns, patterns) for patterns in (_MASK, _ORDER, _GOOD))
    told_mask = _told(columns, options.mask_column, source, "mask")
    if told_mask is not None:
        mask, good = told_mask, None
    return Columns(wavelength, flux, error, kind, mask, order, good)


def column_roles(columns: Sequence[Column]) -> dict[int, str]:
    """Return the role that names, units and UCDs suggest, by index of the column."""
    roles: dict[int, str] = {}
    wavelength, flux = find_wavelength(columns), find_flux(columns)
    found = {"wavelength": wavelength, "flux": flux, "mask": _first(columns, (*_MASK, *_GOOD))}
    found["order"] = _first(columns, _ORDER)
    if flux is not None:
        found["error"] = _find_error(columns, flux)[0]
    for role, index in found.items():
        if index is not None:
            roles.setdefault(index, role)
    return roles


def find_wavelength(columns: Sequence[Column]) -> int | None:
    """Return the index of the column of wavelengths, by UCD or name; None if there is none."""
    by_ucd = [
        i for i, column in enumerate(columns) if column.ucd.lower().startswith(("em.wl", "em.freq", "em.wn"))
    ]
    return by_ucd[0] if by_ucd else _first(columns, _WAVELENGTH)


def find_flux(columns: Sequence[Column]) -> int | None:
    """Return the index of the column of flux, by UCD or name; None if there is none."""
    by_ucd = [i for i, column in enumerate(columns) if _has_flux_ucd(column)]
    if by_ucd:
        main = [i for i in by_ucd if "meta.main" in columns[i].ucd.lower()]
        return (main or by_ucd)[0]
    plain = [(i, column) for i, column in enumerate(columns) if not _NOT_FLUX.search(column.name)]
    found = _first([column for _, column in plain], _FLUX)
    return None if found is None else plain[found][0]


def _has_flux_ucd(column: Column) -> bool:
    is_flux = column.ucd.lower().startswith(("phot.flux", "phot.count", "arith.ratio"))
    return is_flux and "stat" not in column.ucd and not _NOT_FLUX.search(column.name)


def _error(
    columns: Sequence[Column], options: ReadOptions, source: Source, flux: int
) -> tuple[int | None, str]:
    """Return the column of errors that goes with the flux, and whether it is sigma, variance or ivar."""
    told = _told(columns, options.error_column, source, "error")
    if told is not None:
        return told, options.error_kind or _error_kind(columns[told].name)
    found, kind = _find_error(columns, flux)
    return found, options.error_kind or kind


def _find_error(columns: Sequence[Column], flux: int) -> tuple[int | None, str]:
    """Return the column of errors of a flux by names and UCDs, and what kind it is."""
    found = _first(columns, _names_of_own_error(columns[flux].name))
    if found is not None and found != flux:
        return found, _error_kind(columns[found].name)
    by_ucd = [i for i, column in enumerate(columns) if column.ucd.lower().startswith("stat.error")]
    if by_ucd:
        return by_ucd[0], "sigma"
    for patterns, kind in ((_ERROR, "sigma"), (_IVAR, "ivar"), (_VARIANCE, "variance")):
        found = _first(columns, patterns)
        if found is not None and found != flux:
            return found, kind
    return None, "sigma"


def _names_of_own_error(flux: str) -> tuple[str, ...]:
    """Return patterns of the errors of one flux: FLUX_REDUCED has ERR_REDUCED, flux_b has e_flux_b."""
    name = flux.strip().lower()
    own = [re.escape(name)]
    rest = re.escape(name.replace("flux", "", 1)) if "flux" in name else None
    patterns = [
        rf"(e|d|err|error|sigma|unc)_?{own[0]}$",
        rf"{own[0]}_?(err|error|sigma|unc|uncertainty|std)$",
    ]
    if rest is not None:
        patterns.insert(0, rf"(err|error|sigma|unc|flux_?err|flux_?error){rest}$")
    return (*patterns, rf"{own[0]}_?(ivar|var|variance)$")


def _error_kind(name: str) -> str:
    lower = name.strip().lower()
    if re.search(r"ivar|inv(erse)?_?var", lower):
        return "ivar"
    return "variance" if re.search(r"(var(iance)?|^stat)$", lower) else "sigma"


def _first(columns: Sequence[Column], patterns: Sequence[str]) -> int | None:
    for pattern in patterns:
        for index, column in enumerate(columns):
            if re.match(pattern, column.name.strip().lower()) or re.match(pattern, bare_name(column.name)):
                return index
    return None


def _told(columns: Sequence[Column], wanted: str, source: Source, part: str) -> int | None:
    if not wanted:
        return None
    names = [column.name.strip().lower() for column in columns]
    if wanted.strip().lower() in names:
        return names.index(wanted.strip().lower())
    if wanted.strip().isdigit() and 1 <= int(wanted) <= len(columns):
        return int(wanted) - 1
    known = ", ".join(column.name for column in columns[:20])
    raise source.error(f"there is no column {wanted!r}.", f"Name one of these with --{part}-column: {known}.")
